"""The broker helper does what it says: TLS, the token as password, order, cuts, a dead line, a changed token."""
import json
import os
import socket
import ssl
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "integration")]

import broker
import support
from broker import Broker, MqttClient, Refused
from upstream import make_certificate


@unittest.skipUnless(broker.find_mosquitto(), "mosquitto is not installed (Debian package mosquitto)")
class BrokerTest(support.Case):
    def setUp(self):
        super().setUp()
        self.broker = Broker(token="a" * 900)
        self.addCleanup(self.broker.stop)
        self.broker.start()

    def client(self, token=None, name="client"):
        c = MqttClient(self.broker.port, self.broker.user, token or self.broker.token, self.broker.ca_file, name)
        self.addCleanup(c.close)
        return c

    def subscriber(self):
        before, c = self.broker.subscriptions(), self.client()
        c.subscribe("v1/#")
        self.broker.wait_for_subscribers(before + 1)
        return c

    def test_messages_arrive_in_order(self):
        c = self.subscriber()
        n = self.broker.play({"topic": "v1/laps", "payload": {"lap_number": i, "_id": 1000 + i}} for i in range(200))
        self.broker.publish("v1/pit", b"\xff not JSON")
        self.assertEqual(n, 200)
        for i in range(200):
            topic, payload = c.receive()
            self.assertEqual((topic, json.loads(payload)["lap_number"]), ("v1/laps", i))
        self.assertEqual(c.receive(), ("v1/pit", b"\xff not JSON"))

    def test_pace(self):
        slept = []
        self.broker.play([{"topic": "v1/x", "payload": {}, "t": t} for t in (100.0, 101.0, 130.0)], speed=10, sleep=slept.append)
        self.assertAlmostEqual(slept[1], 0.1, delta=0.05)
        self.assertAlmostEqual(slept[2], 3.0, delta=0.05)

    def test_wrong_token_is_refused(self):
        with self.assertRaises(Refused) as refused:
            self.client(token="b" * 900)
        self.assertEqual(refused.exception.code, broker.NOT_AUTHORISED)
        self.assertEqual(self.broker.refusals(), 1)

    def test_another_authority_is_refused(self):
        with tempfile.TemporaryDirectory() as folder:
            other, _ = make_certificate(folder)
            with self.assertRaises(ssl.SSLCertVerificationError):
                MqttClient(self.broker.port, "f1pd", "x", other)
        with self.assertRaises((OSError, Refused)):
            MqttClient(self.broker.port, "f1pd", self.broker.token)  # without TLS

    def test_cut_ends_connections_and_comes_back(self):
        c = self.subscriber()
        self.broker.cut()
        with self.assertRaises(OSError):
            c.receive()
        again = self.subscriber()
        self.broker.publish("v1/laps", {"after": "the cut"})
        self.assertEqual(json.loads(again.receive()[1]), {"after": "the cut"})

    def test_frozen_line_is_silent_until_it_thaws(self):
        c = self.subscriber()
        self.broker.freeze()
        self.broker.publisher.publish("v1/laps", b"late")
        c.socket.settimeout(0.3)
        with self.assertRaises((socket.timeout, TimeoutError)):
            c.receive()
        self.broker.thaw()
        c.socket.settimeout(broker.PATIENCE_S)
        self.assertEqual(c.receive(), ("v1/laps", b"late"))

    def test_new_token_replaces_the_old(self):
        old, c = self.broker.token, self.subscriber()
        self.broker.set_token("n" * 900)
        with self.assertRaises(OSError):
            c.receive()  # who came with the old one is sent away
        with self.assertRaises(Refused):
            self.client(token=old)
        self.subscriber()

    def test_program_plays_lines(self):
        lines = [{"topic": "v1/laps", "payload": {"n": i}, "t": i} for i in range(5)]
        with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as f:
            f.write("".join(json.dumps(x) + "\n" for x in lines))
            f.flush()
            program = subprocess.Popen(["/usr/bin/python3", "-B", os.path.join(HERE, "broker.py"), "--token", "t", "--file", f.name,
                                        "--speed", "0"], stdout=subprocess.PIPE, text=True)
            try:
                address = json.loads(program.stdout.readline())
                c = MqttClient(address["port"], "f1pd", "t", address["ca_file"])
                c.subscribe("v1/#")
                got = [json.loads(c.receive()[1])["n"] for _ in range(5)]
                c.close()
                self.assertEqual(got, list(range(5)))
                self.assertEqual(json.loads(program.stdout.readline()), {"played": 5})
            finally:
                program.terminate()
                program.wait(broker.PATIENCE_S)
                program.stdout.close()
            self.assertFalse(os.path.exists(os.path.dirname(address["ca_file"])), "its folder is left behind")

    def test_plain(self):
        with Broker(token="t", tls=False) as plain:
            c = MqttClient(plain.port, "f1pd", "t")
            c.subscribe("#")
            plain.publish("v1/weather", {"rainfall": 0})
            self.assertEqual(json.loads(c.receive()[1]), {"rainfall": 0})
            c.close()


if __name__ == "__main__":
    if broker.find_mosquitto() is None:
        print("SKIPPED: mosquitto is not installed (Debian package mosquitto)")
        sys.exit(77)
    support.main()
