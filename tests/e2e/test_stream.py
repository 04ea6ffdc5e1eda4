"""The WebSocket stream, read as any program would read it."""
import asyncio
import copy
import json
import os
import socket
import time

import daemon
from daemon import QUIET, SLOW, wait_for

try:
    import websockets
except ImportError:
    websockets = None

WATCH = min(SLOW, 2)  # time to look on is stretched less than time to wait
SKIPPED_KEYS = ("seq", "time", "race_control", "stale", "ages_ms")  # of the state: they are told by the messages themselves


def connect(url):
    return websockets.connect(url, compression=None, max_size=1 << 24, max_queue=1024, ping_interval=None)


async def collect(url, seconds=None, enough=None, stop=None):
    """[(time, text)] of one client: for so long, until enough(message) says so, or until `stop` is set."""
    got = []
    end = time.monotonic() + (seconds or 60 * SLOW)
    async with connect(url) as ws:
        while time.monotonic() < end and not (stop and stop.is_set()):
            try:
                text = await asyncio.wait_for(ws.recv(), min(0.25, max(0.01, end - time.monotonic())))
            except asyncio.TimeoutError:
                continue
            got.append((time.monotonic(), text))
            if enough and enough(json.loads(text)):
                break
    return got


def fold(state, message):
    """The state after a message, as the README of sink_websocket says: by this alone a client must be right."""
    if message["type"] == "snapshot":
        return copy.deepcopy(message["state"])
    if message["type"] != "state":
        return state
    changes = message["state"]
    state = {**state, **{key: value for key, value in changes.items() if key != "cars"}}
    cars = {car["number"]: car for car in state["cars"]}
    for change in changes.get("cars", []):
        cars[change["number"]] = {**cars.get(change["number"], {}), **change}
    state["cars"] = [cars[number] for number in state["order"]]
    return state


def comparable(state):
    return {key: value for key, value in state.items() if key not in SKIPPED_KEYS}


class Silent:
    """A client that shakes hands and then never reads."""

    def __init__(self, port):
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.socket.connect(("127.0.0.1", port))
        self.socket.sendall(b"GET /ws/live-predictions HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n"
                            b"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n")
        assert self.socket.recv(12) == b"HTTP/1.1 101"

    def close(self):
        self.socket.close()


class StreamTest(daemon.Case):
    def setUp(self):
        if websockets is None:
            self.skipTest("python3-websockets is not installed")

    def race(self, options=None):
        return self.daemon({"source-simulator": QUIET, "sink-websocket": {"update_every": "50ms"},
                            "f1pd": {"speed": 60, "publish_every_ms": "40ms"}, **(options or {})})

    def test_snapshot_first_then_rising_sequence(self):
        f1pd = self.race()
        f1pd.wait_lap(1)
        f1pd.wait_forecast()
        got = [json.loads(text) for _, text in asyncio.run(collect(f1pd.ws(), 5 * WATCH))]
        first, rest = got[0], got[1:]
        self.assertEqual(first["type"], "snapshot")
        self.assertIs(first["resumed"], False)
        self.assertEqual(first["session"]["circuit"], "Simring")
        self.assertEqual(len(first["state"]["cars"]), 20)
        self.assertEqual(len(first["forecast"]["cars"]), 20)
        self.assertGreater(len(rest), 30)
        kinds = {message["type"] for message in rest}
        self.assertTrue({"state", "forecast"} <= kinds, kinds)
        self.assertNotIn("snapshot", kinds, "one snapshot is enough for a client that reads")
        for before, after in zip(got, rest):
            self.assertGreaterEqual(after["seq"], before["seq"])
        for kind in ("state", "forecast", "race_control"):
            of_kind = [message["seq"] for message in rest if message["type"] == kind]
            self.assertEqual(of_kind, sorted(set(of_kind)), f"the sequence of {kind} rises strictly")
        self.assertGreater(rest[0]["seq"], first["seq"])
        for message in got:
            self.assertIs(message["simulated"], True)
            self.assertEqual(message["schema"], 1)
            self.assertRegex(message["time"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")

    def test_updates_applied_to_the_snapshot_are_the_session(self):
        """A race that is held time and again: whoever was told everything up to there knows what the document says."""
        f1pd = self.race({"source-simulator": {"seed": 6, "safety_car": "yes", "red_flag": "no", "loop": "no"}})
        folded, documents = {}, []

        async def both():
            stop = asyncio.Event()

            async def hold():
                for _ in range(15):
                    documents.append(await asyncio.to_thread(f1pd.hold))
                    await asyncio.to_thread(f1pd.steer, paused=False)
                    await asyncio.sleep(0.5)
                stop.set()
            got, _ = await asyncio.gather(collect(f1pd.ws(), stop=stop), hold())
            return [json.loads(text) for _, text in got]
        f1pd.wait_lap(1)
        state, notes = None, []
        for message in asyncio.run(both()):
            state = fold(state, message)
            if message["type"] == "snapshot":
                notes = message["state"]["race_control"]
            elif message["type"] == "race_control":
                notes = [*notes, message["message"]]
            folded[message["seq"]] = (comparable(state), notes)
        for document in documents:
            mine, told = folded[max(seq for seq in folded if seq <= document["seq"])]
            for car, wanted in zip(mine["cars"], document["cars"]):
                self.assertEqual(car, wanted, f"car {wanted['number']} at {document['seq']}")
            self.assertEqual(mine, comparable(document), f"at {document['seq']}")
            self.assertEqual([note["text"] for note in told], [note["text"] for note in document["race_control"]])
        first, last = documents[0], documents[-1]
        self.assertGreater(last["lap"], first["lap"])
        self.assertNotEqual([car["gap_ms"] for car in first["cars"]], [car["gap_ms"] for car in last["cars"]])

    def test_two_clients_get_identical_frames(self):
        f1pd = self.race()
        f1pd.wait_lap(1)

        async def both():
            return await asyncio.gather(collect(f1pd.ws(), 4 * WATCH), collect(f1pd.ws(), 4 * WATCH))
        one, two = ([text for _, text in got[1:]] for got in asyncio.run(both()))
        start = next((i for i, text in enumerate(one) if text == two[0]), None)
        if start is None:
            start = 0
            two = two[two.index(one[0]):]
        n = min(len(one) - start, len(two))
        self.assertGreater(n, 30)
        self.assertEqual(one[start:start + n], two[:n])

    def test_a_client_that_never_reads_harms_no_one(self):
        f1pd = self.daemon({"source-simulator": {**QUIET, "laps": 78, "loop": "yes"}, "f1pd": {"speed": 500, "publish_every_ms": "20ms"},
                            "sink-websocket": {"update_every": "20ms", "slow_client": "2s"}},
                           disabled=["predictor-midrace", "predictor-order", "predictor-ensemble", "predictor-insights"])
        f1pd.wait_lap(2)
        silent = []

        def measure():
            times = [at for at, _ in asyncio.run(collect(f1pd.ws(), 5))]
            return len(times) / (times[-1] - times[0]), max(b - a for a, b in zip(times, times[1:]))
        try:
            alone = measure()
            silent = [Silent(f1pd.port) for _ in range(5)]
            self.assertEqual(f1pd.json("/healthz")["clients"], 5)
            beside = measure()
            print(f"messages/s alone {alone[0]:.1f} (longest wait {alone[1] * 1e3:.0f} ms), "
                  f"beside 5 silent clients {beside[0]:.1f} ({beside[1] * 1e3:.0f} ms)")
            self.assertGreater(beside[0], alone[0] * 0.6)
            self.assertLess(beside[1], 1.0 * SLOW)
            wait_for(lambda: f1pd.json("/healthz")["clients"] == 0, 40, "the silent ones are dropped")
            self.assertRegex(f1pd.get("/metrics")[1], r'(?m)^f1pd_ws_dropped_total\{.*\} 5$')
        finally:
            for client in silent:
                client.close()
        last = json.loads(asyncio.run(collect(f1pd.ws(), enough=lambda m: m["type"] == "state"))[-1][1])
        self.assertEqual(last["type"], "state")

    def test_subscription_filters_topics(self):
        f1pd = self.race()
        f1pd.wait_lap(1)
        f1pd.wait_forecast()
        status, _, text = f1pd.request("/api/v1/prediction/subscribe", {"topics": ["forecast"]})
        self.assertEqual(status, 201, text)
        answer = json.loads(text)
        self.assertGreater(answer["expires_unused_s"], 0)
        url = f"ws://127.0.0.1:{f1pd.port}{answer['ws']}"
        got = [json.loads(text) for _, text in asyncio.run(collect(url, 5 * WATCH))]
        self.assertEqual(got[0]["type"], "snapshot")
        self.assertIsNone(got[0]["state"])
        self.assertEqual(len(got[0]["forecast"]["cars"]), 20)
        self.assertGreaterEqual(len(got), 3)
        self.assertEqual({message["type"] for message in got[1:]}, {"forecast"})

    def test_subscription_filters_drivers(self):
        f1pd = self.race()
        f1pd.wait_lap(1)
        f1pd.wait_forecast()
        cars = f1pd.session()["cars"]
        wanted = {cars[0]["number"], cars[3]["number"]}
        body = {"topics": ["state", "forecast"], "drivers": [cars[0]["code"], cars[3]["number"]]}
        status, _, text = f1pd.request("/api/v1/prediction/subscribe", body)
        self.assertEqual(status, 201, text)
        url = f"ws://127.0.0.1:{f1pd.port}{json.loads(text)['ws']}"
        got = [json.loads(text) for _, text in asyncio.run(collect(url, 5 * WATCH))]
        self.assertEqual({car["number"] for car in got[0]["state"]["cars"]}, wanted)
        self.assertEqual({car["number"] for car in got[0]["forecast"]["cars"]}, wanted)
        seen = {car["number"] for m in got[1:] if m["type"] == "state" for car in m["state"].get("cars", [])}
        self.assertEqual(seen, wanted)
        self.assertNotIn("race_control", {message["type"] for message in got})

    def test_bad_subscriptions_are_refused(self):
        f1pd = self.race()
        f1pd.wait_lap(1)
        bad = [b"", b"{", b"nonsense", b"[]", b"{} {}", b'{"topics":["weather"]}', b'{"topics":"state"}', b'{"topics":[]}',
               b'{"drivers":["XXX"]}', b'{"drivers":[0]}', b'{"drivers":[1.5]}', b'{"colour":1}', b'{"topics":["state"],"topics":["state"]}',
               b'{"topics":[["state"]]}', b'{"topics":["sta\xff\xfete"]}', b"[" * 5000, os.urandom(2000)]
        for body in bad:
            status, headers, text = f1pd.request("/api/v1/prediction/subscribe", body)
            self.assertEqual(status, 400, f"{body[:60]!r}: {text}")
            self.assertIn("application/problem+json", headers["content-type"])
            problem = json.loads(text)
            self.assertEqual(problem["status"], 400)
            self.assertTrue(problem["detail"].strip(), body[:60])
        status, _, text = f1pd.request("/api/v1/prediction/subscribe", b'{"topics":["' + b"x" * 20000 + b'"]}')
        self.assertEqual(status, 413, text)
        status, headers, _ = f1pd.request("/api/v1/prediction/subscribe")
        self.assertEqual((status, headers["allow"]), (405, "POST"))

        async def unknown():
            async with connect(f1pd.ws("?subscription=s99")):
                pass
        with self.assertRaises(websockets.InvalidStatusCode) as refused:
            asyncio.run(unknown())
        self.assertEqual(refused.exception.status_code, 404)
        self.assertEqual(f1pd.get("/healthz")[0], 200)

    def test_reload_keeps_the_clients(self):
        f1pd = self.race()
        f1pd.wait_lap(1)

        async def through_a_reload():
            stop = asyncio.Event()

            async def reload():
                await asyncio.sleep(1)
                f1pd.set({"predictor-order": {"retire_per_lap": 0.01}})
                f1pd.process.send_signal(1)
                await asyncio.to_thread(wait_for, lambda: "configuration reloaded: 1 stopped, 1 started" in f1pd.log(), 10,
                                        "the daemon has read its configuration again")
                await asyncio.sleep(2 * WATCH)
                stop.set()
            got, _ = await asyncio.gather(collect(f1pd.ws(), stop=stop), reload())
            return got
        got = [json.loads(text) for _, text in asyncio.run(through_a_reload())]
        self.assertEqual([m["type"] for m in got].count("snapshot"), 1, "the same connection went on")
        times = [m["time"] for m in got if m["type"] == "forecast"]
        self.assertGreater(len(times), 2)

    def test_client_resumes_after_a_crash(self):
        f1pd = self.daemon({"source-simulator": QUIET}, start=False)
        f1pd.set({"f1pd": {"journal_dir": f1pd.folder / "journal"}})
        f1pd.start()
        f1pd.wait_lap(3)
        f1pd.wait_forecast()
        last = json.loads(asyncio.run(collect(f1pd.ws(), 1))[-1][1])
        before = f1pd.session()
        f1pd.kill()
        f1pd.set({"sink-websocket": {"port": f1pd.port}})
        f1pd.start()
        seqs = []

        def goes_on(message):
            seqs.append(message["seq"])
            return seqs[-1] > seqs[0]
        got = [json.loads(text) for _, text in asyncio.run(collect(f1pd.ws(), enough=goes_on))]
        self.assertEqual(got[0]["type"], "snapshot")
        self.assertGreaterEqual(got[0]["seq"], last["seq"], "nothing that a client had seen was lost")
        self.assertIsNotNone(got[0]["state"], "the state is there from the first message on")
        self.assertGreaterEqual(got[0]["state"]["lap"], before["lap"])
        self.assertEqual([car["number"] for car in got[0]["state"]["cars"]], got[0]["state"]["order"])
        self.assertGreater(got[-1]["seq"], got[0]["seq"])
        laps = [lap["lap"] for lap in f1pd.json("/api/v1/prediction/live")["forecast_history"]]
        self.assertEqual(laps[:2], [1, 2], "the chart goes on with the laps before the crash")


daemon.main(__name__)
