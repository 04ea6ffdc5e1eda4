#!/usr/bin/python3
"""bench_live.py - from the byte that the upstream writes to the WebSocket clients of f1pd: how long states and forecasts take.

The real daemon with conf.d as it is, its live timing connected (two connections, SignalR Core) to the fake upstream of
tests/upstream, which plays a race in real time; in addition 20 TimingData messages a second with a gap that no other message has,
and once in ten seconds a whole field within a tenth of a second, as at the line. Each client notes when it first sees each gap,
and when it first sees a forecast for each lap of the leader.

The upstream runs here, the clients in a process of their own; both read the machine's monotonic clock. "harness" is what the same
way costs without f1pd: a byte from the upstream's thread to the clients' loop. Prints one JSON document, and on standard error
one line for each target; ends with status 1 if a value never reached a client, with --strict also with status 2 if a target is
missed. F1PD_BUILD names the build tree (default build/release). Options: --help.
"""
import argparse
import collections
import json
import math
import multiprocessing
import os
import random
import re
import selectors
import socket
import struct
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "upstream"))

import bench_daemon
import race
import upstream

PER_S = 20           # TimingData messages with a mark, beside those of the race
BURST_EVERY_S = 10
BURST_S = 0.1
FIRST_MARK = 200000  # interval in ms: larger than any that the race itself has
LAP_MS = 12000       # short laps: more forecasts to measure
SETTLE_S = 3         # what is still on its way at the end
TARGET_MS = {"state": 50, "forecast": 500}
# Only of what changes a state: between two of one key there is always something else than digits.
MARK = re.compile(rb'"interval_ms":(2\d{5})(?=[,}])')
FORECAST = re.compile(rb'"type":"forecast".{0,400}?"trigger":"(\w+)".{0,400}?"lap":(\d+)', re.S)
PONG, PONG_EVERY_S = b"\x8a\x80\0\0\0\0", 10  # f1pd gives up a client that says nothing for 50 s
KEPT = 1000          # bytes of a chunk that are looked at again with the next


def quantiles(samples):
    """Of seconds, in ms."""
    if not samples:
        return {"samples": 0}
    samples = sorted(samples)
    at = {name: samples[min(len(samples) - 1, math.ceil(len(samples) * q) - 1)] for name, q in (("p50", 0.5), ("p99", 0.99), ("max", 1))}
    return {"samples": len(samples), **{name + "_ms": round(v * 1e3, 2) for name, v in at.items()}}


# ---- the clients, in a process of their own

class Client:
    def __init__(self, port):
        self.marks, self.laps, self.tail = {}, {}, b""
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=20)
        self.socket.sendall(b"GET /ws/live-predictions HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                            b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n")
        head = b""
        while b"\r\n\r\n" not in head:
            got = self.socket.recv(1)
            if not got:
                raise SystemExit("bench_live: f1pd refuses a client: %s" % head.decode(errors="replace"))
            head += got
        if b" 101 " not in head.split(b"\r\n")[0]:
            raise SystemExit("bench_live: f1pd refuses a client: %s" % head.decode(errors="replace"))
        self.socket.setblocking(False)

    def say_pong(self):
        """Instead of looking for pings among the bytes."""
        try:
            self.socket.send(PONG)
        except OSError:  # take() will tell
            pass

    def take(self):
        """False: f1pd has gone. Frames of a server are plain bytes: what is looked for is found without taking them apart."""
        try:
            chunk = self.socket.recv(1 << 20)
        except BlockingIOError:
            return True
        except ConnectionError:
            return False
        now = time.monotonic()
        text = self.tail + chunk
        for mark in MARK.findall(text):
            self.marks.setdefault(int(mark), now)
        if b'"forecast"' in text:
            for _, lap in FORECAST.findall(text):
                self.laps.setdefault(int(lap), now)
        self.tail = text[-KEPT:]
        return bool(chunk)


def clients_main(port, count, probe, ready, result):
    """Reads until the probe is closed; sends what each client saw when."""
    clients = [Client(port) for _ in range(count)]
    selector = selectors.DefaultSelector()
    for client in clients:
        selector.register(client.socket, selectors.EVENT_READ, client)
    selector.register(probe, selectors.EVENT_READ, None)
    ready.set()
    delays, lost, running, pong_at = [], 0, True, time.monotonic() + PONG_EVERY_S
    while running:
        if time.monotonic() > pong_at:
            for client in clients:
                client.say_pong()
            pong_at += PONG_EVERY_S
        for key, _ in selector.select(1.0):
            if key.data is not None:
                if not key.data.take():
                    selector.unregister(key.fileobj)
                    lost += 1
                continue
            sent = probe.recv(8)
            if not sent:
                running = False
            else:
                delays.append(time.monotonic() - struct.unpack("d", sent)[0])
    result.send({"marks": [c.marks for c in clients], "laps": [c.laps for c in clients], "harness": delays, "lost": lost})


# ---- the upstream's side

class Marks:
    """Sends messages with gaps that nobody else tells, and remembers when; on the upstream's own loop."""

    def __init__(self, up, probe, seed=1):
        self.up, self.probe, self.rng = up, probe, random.Random(seed)
        self.cars = [car.number for car in up.programme.sessions[0].cars][1:]  # not the leader, who has none
        self.sent, self.laps, self.turn = {}, {}, 0
        self.messages = 0
        hub, told = up.hub, up.hub.broadcast

        def broadcast(batch):
            now = time.monotonic()
            for _, topic, data in batch:
                self.messages += 1
                if topic == "LapCount" and "CurrentLap" in data:
                    self.laps.setdefault(data["CurrentLap"], now)
            told(batch)
        hub.broadcast = broadcast

    @staticmethod
    def clear_the_field(up):
        """The race itself leaves the gaps to the marks: none is overtaken by another value before it is published."""
        for _, topic, data in up.programme.sessions[0].messages:
            for line in data.get("Lines", {}).values() if topic == "TimingData" else ():
                line.pop("IntervalToPositionAhead", None)

    def tell(self):
        mark = FIRST_MARK + self.turn
        car = self.cars[self.turn % len(self.cars)]
        self.turn += 1
        text = "+%.3f" % (mark / 1000)

        def send():
            self.sent[mark] = now = time.monotonic()
            self.probe.send(struct.pack("d", now))
            self.up.scenario_message("TimingData", {"Lines": {str(car): {"IntervalToPositionAhead": {"Value": text}}}})
        self.up.loop.call_soon_threadsafe(send)

    def play(self, seconds):
        """20 a second at random distances, and the bursts. No car twice within so short a time that a state could skip one."""
        begun = time.monotonic()
        burst_at, next_at = begun + BURST_EVERY_S, begun
        while next_at < begun + seconds:
            time.sleep(max(0, next_at - time.monotonic()))
            if next_at >= burst_at:
                time.sleep(1.0)
                for _ in self.cars:
                    self.tell()
                    time.sleep(BURST_S / len(self.cars))
                time.sleep(1.0)
                burst_at += BURST_EVERY_S
                next_at = time.monotonic()
            else:
                self.tell()
                next_at += self.rng.uniform(0.5, 1.5) / PER_S


# ---- what comes out

def latencies(sent, seen):
    """(seconds of every client, how many never came)"""
    taken = [client[key] - at for client in seen for key, at in sent.items() if key in client]
    return taken, len(sent) * len(seen) - len(taken)


def verdict(kind, sent, seen):
    taken, missed = latencies(sent, seen)
    found = quantiles(taken)
    return {**found, "sent": len(sent), "missed": missed, "target_p99_ms": TARGET_MS[kind],
            "met": bool(taken) and not missed and found["p99_ms"] <= TARGET_MS[kind]}


def options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=90)
    parser.add_argument("--laps", type=int, help="instead of --seconds: so many laps of %g s" % (LAP_MS / 1000))
    parser.add_argument("--strict", action="store_true", help="a missed target is an error")
    parser.add_argument("--clients", type=int, default=100)
    parser.add_argument("--set", action="append", default=[], metavar="FILE:KEY=VALUE", help="e.g. f1pd:publish_every_ms=20ms")
    asked = parser.parse_args()
    if asked.laps:
        asked.seconds = asked.laps * LAP_MS / 1000
    return asked


def configuration(up, asked):
    files = collections.defaultdict(dict, f1pd={"speed": 1}, source_simulator={"enabled": "no"},
                                    source_livetiming={"enabled": "yes", "connect": "always", "base_url": up.url})
    for text in asked:
        name, _, rest = text.partition(":")
        key, _, value = rest.partition("=")
        files[name.replace("-", "_")][key] = value
    return files


def measure(d, up, asked):
    """(what was sent when, what was seen when, numbers of the run)"""
    here, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    context = multiprocessing.get_context("fork")
    ready, (result, out) = context.Event(), context.Pipe(duplex=False)
    clients = context.Process(target=run_clients, args=(here, d.port, asked.clients, there, ready, out), daemon=True)
    clients.start()
    there.close()
    if not ready.wait(30):
        raise SystemExit("bench_live: the clients cannot connect")
    marks = Marks(up, here)
    before, cpu, begun = up.counts()["sent"], d.cpu_s(), time.monotonic()
    marks.play(asked.seconds)
    took = time.monotonic() - begun
    cpu_percent = round((d.cpu_s() - cpu) / took * 100, 2)
    sent = up.counts()["sent"] - before
    laps = {lap: at for lap, at in marks.laps.items() if at < time.monotonic() - 1}
    time.sleep(SETTLE_S)
    here.close()
    if not result.poll(30):
        raise SystemExit("bench_live: the clients do not answer")
    seen = result.recv()
    clients.join(10)
    return marks.sent, laps, seen, {"seconds": round(took, 1), "clients": asked.clients, "cpu_percent": cpu_percent,
                                    "messages_per_s": round(marks.messages / took, 1),
                                    "messages_per_s_on_the_wire": round(sent / took, 1)}


def run_clients(other_end, *args):
    other_end.close()
    clients_main(*args)


def status_of(result, strict):
    """Says how the targets were met; the exit status."""
    kinds = ("state", "forecast")
    for kind in kinds:
        found = result[kind]
        print("%s: p99 %s ms of %d samples, target %d ms: %s" % (kind, found.get("p99_ms", "-"), found["samples"], found["target_p99_ms"],
                                                               "met" if found["met"] else "MISSED"), file=sys.stderr)
    if any(result[kind]["missed"] for kind in kinds) or result["clients_lost"]:
        return 1
    return 2 if strict and not all(result[kind]["met"] for kind in kinds) else 0


def main():
    asked = options()
    plan = race.Plan(cars=20, laps=int(asked.seconds * 1000 / LAP_MS) + 10, lap_ms=LAP_MS, before_ms=5000, retirements=0, safety_car=False)
    up = upstream.Upstream(plan, play=False)
    Marks.clear_the_field(up)
    with up:
        with bench_daemon.Daemon(**configuration(up, asked.set)) as d:
            d.serve()
            up.control("play")
            d.wait(lambda: d.metrics().get("f1pd_lap", 0) >= 2, "the second lap")
            sent, laps, seen, run = measure(d, up, asked)
            loop = bench_daemon.histogram({}, d.metrics(), "f1pd_forecast_seconds")
    result = {"bench": "live", "load_1min": round(os.getloadavg()[0], 2), **run,
              "state": verdict("state", sent, seen["marks"]), "forecast": verdict("forecast", laps, seen["laps"]),
              "forecast_inside_f1pd": loop, "harness": quantiles(seen["harness"]), "clients_lost": seen["lost"]}
    print(json.dumps(result, indent=1))
    return status_of(result, asked.strict)


if __name__ == "__main__":
    sys.exit(main())
