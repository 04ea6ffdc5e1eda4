#!/usr/bin/python3
"""A real mosquitto on loopback that stands for OpenF1's MQTT service: TLS, any name with the access token as password, QoS 0, nothing
retained. As a program it plays JSON lines {"topic": "v1/laps", "payload": {...}, "t": SECONDS} (t may be missing):

    broker.py --token SECRET --file messages.jsonl --speed 10   # prints address and CA file, waits for a subscriber, plays

As a library: Broker(token="...").start(); .wait_for_subscribers(1); .publish("v1/laps", {...}); .cut(); .set_token("..."); .stop()
"""
import argparse
import json
import os
import shutil
import signal
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from upstream import make_certificate

PATIENCE_S = 15
CONNECT, CONNACK, PUBLISH, SUBSCRIBE, SUBACK, PINGREQ, PINGRESP, DISCONNECT = 1, 2, 3, 8, 9, 12, 13, 14
NOT_AUTHORISED = 5


def find_mosquitto():
    """Its path, or None: Debian puts it where users do not look."""
    return shutil.which("mosquitto", path=os.environ.get("PATH", "") + os.pathsep + "/usr/sbin")


class Refused(Exception):
    """The broker said no; the code is that of MQTT 3.1.1."""

    def __init__(self, code):
        super().__init__("CONNACK code %d" % code)
        self.code = code


class MqttClient:
    """As much of MQTT 3.1.1 as a test needs: QoS 0. ca_file None = without TLS."""

    def __init__(self, port, user, password, ca_file=None, name="test"):
        self.packet_id = 0
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S)
        try:
            if ca_file:
                context = ssl.create_default_context(cafile=ca_file)
                self.socket = context.wrap_socket(self.socket, server_hostname="localhost")
            self._send(CONNECT << 4, self._text("MQTT") + b"\x04\xc2" + struct.pack(">H", 60) + self._text(name) + self._text(user) +
                       self._text(password))
            kind, body = self._receive()
            if kind >> 4 != CONNACK:
                raise OSError("no CONNACK but packet %d" % (kind >> 4))
            if body[1] != 0:
                raise Refused(body[1])
        except BaseException:
            self.socket.close()
            raise

    @staticmethod
    def _text(text):
        data = text.encode()
        return struct.pack(">H", len(data)) + data

    def _send(self, first, body):
        length, n = b"", len(body)
        while True:
            n, digit = n >> 7, n & 127
            length += bytes([digit | (128 if n else 0)])
            if not n:
                break
        self.socket.sendall(bytes([first]) + length + body)

    def _exactly(self, n):
        data = b""
        while len(data) < n:
            more = self.socket.recv(n - len(data))
            if not more:
                raise ConnectionError("the broker closed the connection")
            data += more
        return data

    def _receive(self):
        first, length, shift = self._exactly(1)[0], 0, 0
        while True:
            digit = self._exactly(1)[0]
            length |= (digit & 127) << shift
            shift += 7
            if digit < 128:
                return first, self._exactly(length)

    def publish(self, topic, payload):
        self._send(PUBLISH << 4, self._text(topic) + payload)

    def flush(self):
        """Returns when the broker has taken all that was published."""
        self._send(PINGREQ << 4, b"")
        while self._receive()[0] >> 4 != PINGRESP:
            pass

    def subscribe(self, topic):
        self.packet_id += 1
        self._send(SUBSCRIBE << 4 | 2, struct.pack(">H", self.packet_id) + self._text(topic) + b"\0")
        kind, body = self._receive()
        if kind >> 4 != SUBACK or body[2] > 2:
            raise OSError("subscription to %s refused" % topic)

    def receive(self):
        """(topic, payload) of the next message."""
        while True:
            kind, body = self._receive()
            if kind >> 4 == PUBLISH:
                n = struct.unpack(">H", body[:2])[0]
                return body[2:2 + n].decode(), body[2 + n:]

    def close(self):
        self.socket.close()


class Broker:
    """user: the name that clients must give (OpenF1 takes any). tls False: plain, as a self-hosted OpenF1 may be."""

    PUBLISHER = ("publisher", "publisher")

    def __init__(self, token="token", user="f1pd", tls=True, port=0):
        self.token, self.user, self.tls, self.port = token, user, tls, port
        self.folder = self.process = self.publisher = self.ca_file = None

    def start(self):
        program = find_mosquitto()
        if program is None:
            raise FileNotFoundError("mosquitto is not installed (Debian package mosquitto)")
        self.program, self.folder = program, tempfile.mkdtemp(prefix="f1pd-broker-")
        os.chmod(self.folder, 0o755)
        self.log_path, self.passwords = os.path.join(self.folder, "log"), os.path.join(self.folder, "passwords")
        if self.tls:
            self.ca_file, self.key = make_certificate(self.folder)
        self._write_passwords()
        chosen = self.port
        for attempt in range(5):
            self.port = chosen or self._free_port()
            if self._spawn():
                return self
        self.stop()
        raise OSError("mosquitto does not start: " + " / ".join(self.log()[-3:]))

    @staticmethod
    def _free_port():
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            return s.getsockname()[1]

    def _write_passwords(self):
        with open(self.passwords, "w", encoding="utf-8") as f:
            for user, password in ((self.user, self.token), self.PUBLISHER):
                f.write("%s:%s\n" % (user, password))
        os.chmod(self.passwords, 0o600)
        subprocess.run(["mosquitto_passwd", "-U", self.passwords], check=True, capture_output=True, timeout=PATIENCE_S)

    def _spawn(self):
        lines = ["listener %d 127.0.0.1" % self.port, "allow_anonymous false", "password_file " + self.passwords, "persistence false",
                 "log_dest file " + self.log_path, "log_type all", "log_timestamp false", "user root"]
        if self.tls:
            lines += ["certfile " + self.ca_file, "keyfile " + self.key]
        config = os.path.join(self.folder, "mosquitto.conf")
        with open(config, "w", encoding="utf-8") as f:
            f.write("\n".join(lines) + "\n")
        self.process = subprocess.Popen([self.program, "-c", config], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end and self.process.poll() is None:
            try:
                self.publisher = MqttClient(self.port, *self.PUBLISHER, ca_file=self.ca_file, name="publisher")
                return True
            except (OSError, Refused):
                time.sleep(0.02)
        self._end_process(signal.SIGKILL)
        return False

    def _end_process(self, how):
        if self.publisher:
            self.publisher.close()
            self.publisher = None
        if self.process:
            self.process.send_signal(how)
            self.process.send_signal(signal.SIGCONT)
            self.process.wait(PATIENCE_S)
            self.process = None

    def stop(self):
        self._end_process(signal.SIGKILL)
        if self.folder:
            shutil.rmtree(self.folder, ignore_errors=True)
            self.folder = None

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    # what tests look at

    def log(self):
        try:
            with open(self.log_path, encoding="utf-8", errors="replace") as f:
                return f.read().splitlines()
        except FileNotFoundError:
            return []

    def subscriptions(self):
        """How many were granted since the start, over restarts."""
        return sum(line.startswith("Sending SUBACK to ") for line in self.log())

    def refusals(self):
        return sum(line.startswith("Sending CONNACK to ") and line.endswith(", %d)" % NOT_AUTHORISED) for line in self.log())

    def wait_for_subscribers(self, n, seconds=PATIENCE_S):
        end = time.monotonic() + seconds
        while self.subscriptions() < n:
            if time.monotonic() > end:
                raise TimeoutError("%d subscriptions instead of %d" % (self.subscriptions(), n))
            time.sleep(0.02)

    # what tests command

    def publish(self, topic, payload):
        """payload: bytes as they are (also garbage), or an object. Returns when the broker has it."""
        self.publisher.publish(topic, payload if isinstance(payload, bytes) else json.dumps(payload).encode())
        self.publisher.flush()

    def play(self, messages, speed=0.0, sleep=time.sleep):
        """messages: dicts with topic, payload and, for the pace, t in seconds. speed 0 = as fast as it goes. Returns their number."""
        n, began, first = 0, time.monotonic(), None
        for message in messages:
            if speed > 0 and message.get("t") is not None:
                first = message["t"] if first is None else first
                sleep(max(0.0, began + (message["t"] - first) / speed - time.monotonic()))
            payload = message["payload"]
            self.publisher.publish(message["topic"], payload if isinstance(payload, bytes) else json.dumps(payload).encode())
            n += 1
        self.publisher.flush()
        return n

    def set_token(self, token):
        """From now on only this one opens a connection; mosquitto also ends those that came with another one."""
        self.token = token
        self._write_passwords()
        self.process.send_signal(signal.SIGHUP)
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            try:
                MqttClient(self.port, self.user, token, ca_file=self.ca_file, name="probe").close()
                return
            except (OSError, Refused):
                time.sleep(0.02)
        raise TimeoutError("mosquitto does not take the new token")

    def cut(self, down_s=0.0):
        """Ends every connection without a word; after down_s it listens again on the same port."""
        self._end_process(signal.SIGKILL)
        time.sleep(down_s)
        for attempt in range(20):
            if self._spawn():
                return
            time.sleep(0.1)
        raise OSError("mosquitto does not start again: " + " / ".join(self.log()[-3:]))

    def freeze(self):
        """Connections stay, and nothing comes: as if the line were dead. Ends with thaw()."""
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self):
        self.process.send_signal(signal.SIGCONT)


def read_lines(file):
    for number, line in enumerate(file, 1):
        if line.strip():
            try:
                message = json.loads(line)
                yield {"topic": message["topic"], "payload": message["payload"], "t": message.get("t")}
            except (ValueError, KeyError, TypeError) as e:
                raise SystemExit("line %d: not {topic, payload, t}: %s" % (number, e))


def main():
    parser = argparse.ArgumentParser(description="A mosquitto with TLS and a token that plays messages.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--user", default="f1pd")
    parser.add_argument("--token", default="token")
    parser.add_argument("--plain", action="store_true", help="without TLS")
    parser.add_argument("--file", help="JSON lines; without it: standard input")
    parser.add_argument("--speed", type=float, default=1.0, help="0 = as fast as it goes")
    parser.add_argument("--subscribers", type=int, default=1, help="play when so many have subscribed")
    args = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with Broker(token=args.token, user=args.user, tls=not args.plain, port=args.port) as broker:
        print(json.dumps({"host": "localhost", "port": broker.port, "ca_file": broker.ca_file}), flush=True)
        broker.wait_for_subscribers(args.subscribers, seconds=3600)
        with open(args.file, encoding="utf-8") if args.file else sys.stdin as f:
            n = broker.play(read_lines(f), args.speed)
        print(json.dumps({"played": n}), flush=True)
        signal.pause()


if __name__ == "__main__":
    main()
