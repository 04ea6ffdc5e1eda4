"""The stream as a client library sees it that nobody here wrote (python3-websockets): whoever is cut off, filters, looks at the past,
is slow, or takes compressed frames or MessagePack ends up, message by message, with what a client has that was there all the time; and what
that one has is what the journal folds to, which is replayed up to the same event by a daemon of its own."""
import asyncio
import copy
import json
import os
import random
import socket
import struct
import tempfile
import urllib.error
import urllib.request
import zlib

import support

try:
    import websockets
except ImportError:
    websockets = None
try:
    import msgpack
except ImportError:
    msgpack = None

SECONDS = 6
SPEED = 20
SIMULATED = {"seed": 7, "laps": 40, "lap_time_s": 60, "pre_start_s": 5, "loop": "no"}


def fold(state, message):
    """As the README of sink_websocket says: by this alone a client must be right."""
    if message["type"] == "snapshot":
        return copy.deepcopy(message["state"])
    if message["type"] == "race_control" and state:
        return {**state, "race_control": (state["race_control"] + [message["message"]])[-64:]}
    if message["type"] != "state":
        return state
    changes = message["state"]
    state = {**state, **{key: value for key, value in changes.items() if key != "cars"}}
    cars = {car["number"]: car for car in state["cars"]}
    for change in changes.get("cars", []):
        cars[change["number"]] = {**cars.get(change["number"], {}), **change}
    state["cars"] = [cars[number] for number in state["order"] if number in cars]
    return state


def visible(state, drivers=None):
    """Without what is told by the messages themselves."""
    state = {key: value for key, value in (state or {}).items() if key not in ("seq", "time")}
    if drivers and state:
        state["cars"] = [car for car in state["cars"] if car["number"] in drivers]
    return state


class Client:
    """Reads a while; keeps every message and what it knows after each."""

    def __init__(self, port, query="", compression=None, decode=json.loads):
        self.port, self.query, self.compression, self.decode = port, query, compression, decode
        self.messages, self.texts, self.states, self.state, self.last = [], [], [], None, None

    def connect(self, more="", **options):
        address = "ws://127.0.0.1:%d/ws/live-predictions?%s%s" % (self.port, self.query, more)
        return websockets.connect(address, compression=self.compression, max_size=1 << 24, **{"max_queue": 4096, **options})

    def take(self, text):
        message = self.decode(text)
        if message["type"] not in ("resumed", "lane"):
            self.state = fold(self.state, message)
            self.messages.append(message)
            self.texts.append(text)
            self.states.append(self.state)
            self.last = message["id"]
        return message

    async def read(self, seconds):
        end = asyncio.get_running_loop().time() + seconds
        async with self.connect() as ws:
            while (left := end - asyncio.get_running_loop().time()) > 0:
                try:
                    self.take(await asyncio.wait_for(ws.recv(), left))
                except asyncio.TimeoutError:
                    break

    async def read_with_cuts(self, seconds, seed):
        """Leaves after a random number of messages or a random time, comes back after a random time; the first message of each time."""
        chance, now, kinds = random.Random(seed), asyncio.get_running_loop().time, []
        end = now() + seconds
        while now() < end:
            async with self.connect("&from=" + self.last if self.last else "") as ws:
                until = now() + chance.uniform(0.2, 1)
                for i in range(chance.randint(1, 25)):
                    try:
                        message = self.take(await asyncio.wait_for(ws.recv(), None if i == 0 else max(0.01, until - now())))
                    except asyncio.TimeoutError:
                        break
                    if i == 0:
                        kinds.append(message["type"])
            await asyncio.sleep(chance.random() * 0.3)
        return kinds

    async def read_slowly(self, seconds, seed):
        """Hardly any room between the two, long pauses, now and then a cut; at the end all that is left. What came of each connection."""
        chance, now, sittings = random.Random(seed), asyncio.get_running_loop().time, []
        end = now() + seconds
        while now() < end:
            narrow = socket.socket()
            narrow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            narrow.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 536)
            narrow.connect(("127.0.0.1", self.port))
            first, leave = len(self.messages), now() + chance.uniform(0.5, 1) * seconds
            async with self.connect("&from=" + self.last if self.last else "", sock=narrow, max_queue=1, read_limit=1024) as ws:
                while now() < min(leave, end):
                    self.take(await asyncio.wait_for(ws.recv(), 10 * support.PATIENCE))
                    if chance.random() < 0.02:
                        await asyncio.sleep(chance.uniform(1, 2))
                while now() >= end:  # the rest, at once
                    try:
                        self.take(await asyncio.wait_for(ws.recv(), 0.5))
                    except asyncio.TimeoutError:
                        break
            sittings.append((first, len(self.messages)))
        return sittings


class StreamClients(support.Case):
    def setUp(self):
        super().setUp()
        if websockets is None:
            self.skipTest("no python3-websockets")
        self.port = support.free_port()
        conf = self.conf({"00-f1pd.ini": support.core(speed=SPEED, publish_every_ms="40ms", journal_dir=self.path("journal")),
                          "10-source-simulator.ini": support.ini("source_simulator", SIMULATED),
                          "20-order.ini": support.ini("predictor_order"),
                          "30-sink-websocket.ini": support.ini("sink_websocket", {"port": self.port, "update_every": "20ms"})})
        self.f1pd = self.daemon(conf)
        self.f1pd.wait(lambda: support.http(self.port, "/api/v1/session/current")[0] == 200, "a session")

    def together(self, *reads):
        """The clients beside one that is there before and after them all."""
        whole = Client(self.port)

        async def all_of_them():
            watch = asyncio.ensure_future(whole.read(SECONDS + 3))
            while not whole.messages:
                await asyncio.sleep(0.05)
            got = await asyncio.gather(*(read() for read in reads))
            await watch
            return got
        got = asyncio.run(all_of_them())
        self.known = {m["id"]: (visible(s), t) for m, s, t in zip(whole.messages, whole.states, whole.texts)}
        self.ids = [m["id"] for m in whole.messages]
        self.assertGreater(len(self.ids), 50)
        self.f1pd.stop()
        self.agree_with_the_journal(whole)
        return got

    def folded(self, n_events, header, events):
        """The state that the journal's first events fold to."""
        with open(self.path("part.f1j"), "wb") as f:
            f.write(header)
            for event in events[:n_events]:
                f.write(struct.pack("<II", len(event.data), zlib.crc32(event.data)) + event.data)
        port = support.free_port()
        with tempfile.TemporaryDirectory(dir=self.dir) as conf:
            for name, text in (("00-f1pd.ini", support.core(speed=0)), ("30-web.ini", support.ini("sink_websocket", {"port": port})),
                               ("10-replay.ini", support.ini("source_replay", {"path": self.path("part.f1j"), "start": "beginning"}))):
                with open(os.path.join(conf, name), "w", encoding="utf-8") as f:
                    f.write(text)
            daemon = self.daemon(conf)
            daemon.wait_log("no more data")
            daemon.wait(lambda: json.loads(support.http(port, "/healthz")[1])["source_ended"], "the end")
            state = json.loads(support.http(port, "/api/v1/session/current")[1])
            daemon.stop()
        return {key: value for key, value in state.items() if key not in ("stale", "ages_ms")}

    def agree_with_the_journal(self, client):
        [name] = [n for n in os.listdir(self.path("journal")) if n.endswith(".f1j")]
        events, torn = support.read_journal(self.path("journal", name))
        with open(self.path("journal", name), "rb") as f:
            header = f.read(support.HEADER)
        places = [i for i, m in enumerate(client.messages) if m["type"] == "state"]
        for i in (places[len(places) // 3], places[-1]):
            n = next(n for n, e in enumerate(events) if e.seq == client.messages[i]["seq"]) + 1
            self.assertEqual(visible(client.states[i]), visible(self.folded(n, header, events)), "event %d" % n)

    def agree(self, client, drivers=None, at_least=20):
        compared = 0
        for message, state in zip(client.messages, client.states):
            if message["id"] in self.known and (drivers is None or message["type"] in ("state", "snapshot")):
                compared += 1
                self.assertEqual(visible(state), visible(self.known[message["id"]][0], drivers), message["id"])
        self.assertGreater(compared, at_least)

    def test_random_cuts_lose_and_repeat_nothing(self):
        clients = [Client(self.port), Client(self.port), Client(self.port, compression="deflate")]
        kinds = self.together(*(lambda c=c, i=i: c.read_with_cuts(SECONDS, i) for i, c in enumerate(clients)))
        for client, begun in zip(clients, kinds):
            self.assertGreater(len(begun), 5)
            self.assertEqual(begun, ["snapshot"] + ["resumed"] * (len(begun) - 1))
            told = [m["id"] for m in client.messages[1:]]
            start = self.ids.index(told[0])
            self.assertEqual(told, self.ids[start:start + len(told)])
            self.agree(client)

    def test_filters_leave_the_rest_as_it_is(self):
        cars = json.loads(support.http(self.port, "/api/v1/session/current")[1])["cars"]
        drivers = [car["number"] for car in cars[:3]]
        names = "%d,%s,%d" % (drivers[0], cars[1]["code"], drivers[2])
        some = Client(self.port, "topics=state,race_control&drivers=" + names)
        notes = Client(self.port, "topics=race_control,session")
        self.together(lambda: some.read(SECONDS), lambda: notes.read(SECONDS))
        self.assertEqual({m["type"] for m in some.messages} - {"snapshot", "state", "race_control"}, set())
        self.assertEqual({car["number"] for car in some.state["cars"]}, set(drivers))
        self.agree(some, drivers)
        self.assertIsNone(notes.messages[0]["state"])
        self.assertEqual({m["type"] for m in notes.messages[1:]} - {"race_control", "session"}, set())

    def test_a_delay_tells_the_same_later(self):
        late = Client(self.port, "delay=20")  # of the race: one second at this speed
        self.together(lambda: late.read(SECONDS))
        told = [m["id"] for m in late.messages[1:]]
        known = [i for i in told if i in self.known]
        start = self.ids.index(known[0])
        self.assertEqual(known, self.ids[start:start + len(known)])
        self.agree(late)
        gap = self.ids.index(self.ids[-1]) - self.ids.index(told[-1])
        self.assertGreater(gap, 0, "it is behind the one that has no delay")

    def test_a_slow_client_ends_up_with_the_newest(self):
        slow = Client(self.port)
        self.together(lambda: slow.read_late(SECONDS))
        self.agree(slow, at_least=1)
        self.assertIn(slow.last, self.known)

    def test_compressed_frames_say_the_same(self):
        packed = Client(self.port, compression="deflate")
        self.together(lambda: packed.read(SECONDS))
        same = [t == self.known[m["id"]][1] for m, t in zip(packed.messages[1:], packed.texts[1:]) if m["id"] in self.known]
        self.assertGreater(len(same), 30)
        self.assertTrue(all(same))

    def test_events_are_the_same_messages(self):
        async def events():
            def read():
                got = []
                with urllib.request.urlopen("http://127.0.0.1:%d/api/v1/stream" % self.port, timeout=30) as r:
                    while len(got) < 40:
                        line = r.readline().decode()
                        if line.startswith("data: "):
                            got.append(line[6:-1])
                return got
            return await asyncio.to_thread(read)
        [texts] = self.together(events)
        messages = [json.loads(t) for t in texts]
        self.assertEqual(messages[0]["type"], "snapshot")
        for message, text in zip(messages[1:], texts[1:]):
            self.assertEqual(text, self.known[message["id"]][1])

    def test_a_viewer_sees_nothing_newer_by_any_address(self):
        request = urllib.request.Request("http://127.0.0.1:%d/api/v1/viewer" % self.port, method="POST", data=b'{"delay": 40, "no_spoiler": true}',
                                         headers={"Content-Type": "application/json"})
        with urllib.request.urlopen(request) as r:
            cookie = r.headers["Set-Cookie"].split(";")[0]

        async def look():
            found = []
            async with websockets.connect("ws://127.0.0.1:%d/ws/live-predictions" % self.port, extra_headers={"Cookie": cookie}) as ws:
                for _ in range(30):
                    shown = json.loads(await ws.recv())
                    asked = urllib.request.Request("http://127.0.0.1:%d/api/v1/session/current" % self.port, headers={"Cookie": cookie})
                    try:
                        with await asyncio.to_thread(urllib.request.urlopen, asked) as r:
                            state = json.loads(r.read())
                    except urllib.error.HTTPError:
                        continue  # nothing was known then
                    found.append((shown["seq"], state["seq"], json.loads(support.http(self.port, "/api/v1/session/current")[1])["seq"]))
            return found
        [found] = self.together(look)
        self.assertGreater(len(found), 10)
        for shown, state, now in found:
            self.assertLess(shown, now)
            self.assertLess(state, now)


if __name__ == "__main__":
    support.main()
