"""The stream as a client library sees it that nobody here wrote (python3-websockets): whoever is cut off, filters, looks at the past,
is slow, or takes compressed frames or MessagePack ends up, message by message, with what a client has that was there all the time; and what
that one has is what the journal folds to, which is replayed up to the same event by a daemon of its own."""
import asyncio
import copy
import datetime
import json
import os
import random
import re
import socket
import struct
import tempfile
import time
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
LAG = 32  # as the README says: who is further behind is conflated
KEPT = ("race_control", "session")
SPEED = 20
SIMULATED = {"seed": 7, "laps": 78, "lap_time_s": 90, "pre_start_s": 5, "loop": "no"}


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

    async def read(self, seconds=3600):
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

    def number(self):
        return int(self.last.rstrip("~").split("-")[1])

    async def fall_behind(self, ws, far_behind):
        """Reads nothing until the server says that somebody is far behind, then up to what another had by then: until it was this client, which
        is seen by the snapshot that it gets."""
        begin = len(self.messages)
        while all(m["type"] != "snapshot" for m in self.messages[begin:]):
            head = await far_behind()
            while self.number() < head:
                self.take(await asyncio.wait_for(ws.recv(), 10 * support.PATIENCE))

    async def read_slowly(self, seed, far_behind, turn):
        """Hardly any room between the two; it is cut off, comes back, falls behind when it is its turn, and reads on."""
        chance = random.Random(seed)
        for left in reversed(range(2)):
            narrow = socket.socket()
            narrow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            narrow.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 536)
            narrow.connect(("127.0.0.1", self.port))
            options = {"sock": narrow, "max_queue": 1, "read_limit": 1024, "ping_interval": None, "close_timeout": 0.1}
            async with self.connect("&from=" + self.last if self.last else "", **options) as ws:
                for _ in range(chance.randint(1, 20)):
                    self.take(await asyncio.wait_for(ws.recv(), 10 * support.PATIENCE))
                while turn.locked():
                    self.take(await asyncio.wait_for(ws.recv(), 10 * support.PATIENCE))
                if not left:
                    async with turn:
                        await self.fall_behind(ws, far_behind)
                for _ in range(chance.randint(0, 20) if left else 20):
                    self.take(await asyncio.wait_for(ws.recv(), 10 * support.PATIENCE))


class StreamClients(support.Case):
    def setUp(self):
        super().setUp()
        if websockets is None:
            self.skipTest("no python3-websockets")
        self.port = support.free_port()
        conf = self.conf({"00-f1pd.ini": support.core(speed=SPEED, publish_every_ms="40ms", journal_dir=self.path("journal")),
                          "10-source-simulator.ini": support.ini("source_simulator", SIMULATED),
                          "20-predictor-order.ini": support.ini("predictor_order"),
                          "30-sink-websocket.ini": support.ini("sink_websocket", {"port": self.port, "update_every": "20ms", "slow_client": "10m"}),
                          "32-sink-metrics.ini": support.ini("sink_metrics")})
        self.f1pd = self.daemon(conf)
        self.f1pd.wait(lambda: support.http(self.port, "/api/v1/session/current")[0] == 200, "a session")
        self.assertEqual(self.f1pd.lines(" error "), [])

    def together(self, *reads):
        """The clients beside one that is there before and after them all."""
        whole = self.whole = Client(self.port)

        async def all_of_them():
            watch = asyncio.ensure_future(whole.read())
            while not whole.messages:
                await asyncio.sleep(0.05)
            got = await asyncio.gather(*(read() for read in reads), asyncio.sleep(SECONDS))
            await asyncio.sleep(3)
            watch.cancel()
            await asyncio.wait([watch])
            return got[:-1]
        got = asyncio.run(all_of_them())
        self.known = {m["id"]: (visible(s), t) for m, s, t in zip(whole.messages, whole.states, whole.texts)}
        self.ids = [m["id"] for m in whole.messages]
        self.assertGreater(len(self.ids), 50)
        self.f1pd.stop()
        self.agree_with_the_journal(whole)
        return got

    def folded(self, n_events, header, events, time):
        """The state that the journal's first events fold to, of which the last is of that time."""
        with open(self.path("part.f1j"), "wb") as f:
            f.write(header)
            for event in events[:n_events]:
                f.write(struct.pack("<II", len(event.data), zlib.crc32(event.data)) + event.data)
        port = support.free_port()
        with tempfile.TemporaryDirectory(dir=self.dir) as conf:
            for name, text in (("00-f1pd.ini", support.core(speed=0)), ("30-sink-web.ini", support.ini("sink_websocket", {"port": port})),
                               ("10-source-replay.ini", support.ini("source_replay", {"path": self.path("part.f1j"), "start": "beginning"}))):
                with open(os.path.join(conf, name), "w", encoding="utf-8") as f:
                    f.write(text)
            daemon = self.daemon(conf)
            daemon.wait_log("no more data")

            def last_state():
                state, health = (json.loads(support.http(port, path)[1]) for path in ("/api/v1/session/current", "/healthz"))
                return state.get("time") == time and state["seq"] == health["seq"] and state
            state = daemon.wait(last_state, "the state at the end")
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
            self.assertEqual(visible(client.states[i]), visible(self.folded(n, header, events, client.messages[i]["time"])), "event %d" % n)

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
            self.told_without_gap(client)
            self.agree(client)

    def told_without_gap(self, client, types=None):
        """Every message of these types from its first to its last is told once, in order."""
        told = [m["id"] for m in client.messages[1:] if m["id"] in self.known]
        among = [m["id"] for m in self.whole.messages if types is None or m["type"] in types]
        self.assertGreater(len(told), 0)
        start = among.index(told[0])
        self.assertEqual(told, among[start:start + len(told)])

    def test_filters_leave_the_rest_as_it_is_whatever_is_cut(self):
        cars = json.loads(support.http(self.port, "/api/v1/session/current")[1])["cars"]
        drivers = [car["number"] for car in cars[:3]]
        names = "%d,%s,%d" % (drivers[0], cars[1]["code"], drivers[2])
        query = "topics=state,race_control&drivers=" + names
        some = [Client(self.port, query), Client(self.port, query), Client(self.port, query, compression="deflate")]
        notes = Client(self.port, "topics=race_control,session")
        begun = self.together(lambda: some[0].read(SECONDS), lambda: some[1].read_with_cuts(SECONDS, 5), lambda: some[2].read_with_cuts(SECONDS, 6),
                              lambda: notes.read_with_cuts(SECONDS, 7))
        for client, kinds in zip(some, begun):
            self.assertEqual({m["type"] for m in client.messages} - {"snapshot", "state", "race_control"}, set())
            self.assertEqual({car["number"] for car in client.state["cars"]}, set(drivers))
            self.agree(client, drivers)
            self.told_without_gap(client, {"state", "race_control"})
            self.assertEqual(kinds, kinds and ["snapshot"] + ["resumed"] * (len(kinds) - 1))
        self.assertIsNone(notes.messages[0]["state"])
        self.assertEqual({m["type"] for m in notes.messages[1:]} - {"race_control", "session"}, set())

    def test_a_delay_tells_the_same_later_whatever_is_cut(self):
        late = [Client(self.port, "delay=%d" % SPEED), Client(self.port, "delay=%d" % SPEED), Client(self.port, "delay=%d" % (2 * SPEED), compression="deflate")]
        begun = self.together(lambda: late[0].read(SECONDS), lambda: late[1].read_with_cuts(SECONDS, 8), lambda: late[2].read_with_cuts(SECONDS, 9))
        for client, kinds in zip(late, begun):
            self.told_without_gap(client)
            self.agree(client)
            self.assertEqual(kinds, kinds and ["snapshot"] + ["resumed"] * (len(kinds) - 1))
        # what it was told last is, of the race, as far behind the other's last as the delay and the time between their ends
        newest, last = (datetime.datetime.fromisoformat(m["time"]) for m in (self.whole.messages[-1], late[0].messages[-1]))
        self.assertGreater((newest - last).total_seconds(), SPEED)

    async def far_behind(self):
        """Until the slowest client is further behind than is told one by one; the number of the newest message that another has."""
        end = time.monotonic() + 40 * support.PATIENCE
        while True:
            await asyncio.sleep(1.1)  # it counts once a second
            _, metrics = await asyncio.to_thread(support.http, self.port, "/metrics")
            if float(re.search(r"^f1pd_ws_lag_frames\S* (\S+)$", metrics, re.M).group(1)) > LAG:
                return self.whole.number()
            self.assertLess(time.monotonic(), end, "nobody is far behind")

    def test_a_slow_client_is_told_what_must_not_be_missed_and_the_newest(self):
        faster = urllib.request.Request("http://127.0.0.1:%d/api/v1/replay" % self.port, method="POST", data=b'{"speed": 60}',
                                        headers={"Content-Type": "application/json"})
        urllib.request.urlopen(faster).close()  # larger messages: what the system keeps for a socket is sooner full
        slow, turn = [Client(self.port), Client(self.port)], asyncio.Lock()
        self.together(*(lambda c=c, i=i: c.read_slowly(i, self.far_behind, turn) for i, c in enumerate(slow)))
        place = {i: at for at, i in enumerate(self.ids)}
        kept = [place[m["id"]] for m in self.whole.messages if m["type"] in KEPT]
        for client in slow:
            places = [place[m["id"].rstrip("~")] for m in client.messages]
            follows = True
            for message, state, at, before in zip(client.messages[1:], client.states[1:], places[1:], places):
                self.assertGreaterEqual(at, before, "never back")
                follows = message["type"] == "snapshot" or (follows and at == before + 1)
                # between being told no more of everything and the snapshot there is nothing but these, whatever is cut
                self.assertTrue(follows or (message["type"] in KEPT and message["id"].endswith("~")), message["type"])
                if follows:
                    self.assertEqual(visible(state), visible(self.known[self.ids[at]][0]), message["id"])
            self.assertEqual([at for m, at in zip(client.messages[1:], places[1:]) if m["type"] in KEPT],
                             [at for at in kept if places[0] < at <= places[-1]])
            self.assertLess(len(client.messages), len(self.ids))

    def test_messagepack_says_the_same_whatever_is_cut(self):
        if msgpack is None:
            self.skipTest("no python3-msgpack")
        drivers = [car["number"] for car in json.loads(support.http(self.port, "/api/v1/session/current")[1])["cars"][:4]]
        packed = [Client(self.port, "format=msgpack", decode=msgpack.unpackb), Client(self.port, "format=msgpack", "deflate", msgpack.unpackb),
                  Client(self.port, "format=msgpack&drivers=" + ",".join(map(str, drivers)), "deflate", msgpack.unpackb)]
        self.together(*(lambda c=c, i=i: c.read_with_cuts(SECONDS, 20 + i) for i, c in enumerate(packed)))
        for client in packed[:2]:
            self.told_without_gap(client)
            self.agree(client)
            for message in client.messages[1:]:
                if message["id"] in self.known:
                    self.assertEqual(message, json.loads(self.known[message["id"]][1]))
        self.agree(packed[2], drivers)
        self.assertTrue(all(isinstance(text, bytes) for client in packed for text in client.texts))

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
