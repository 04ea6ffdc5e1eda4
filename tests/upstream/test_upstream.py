"""The fake upstream does what it says: without that, no test that uses it proves anything."""
import asyncio
import json
import os
import random
import socket
import ssl
import sys
import time
import unittest
import urllib.error
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "integration")]

import feed
import merge
import race
import recording
import support
import upstream
import websockets

ALL = list(feed.PUBLIC + feed.TOKEN)
QUICK = race.Plan(cars=6, laps=5, lap_ms=20000, before_ms=5000, after_ms=2000)


class SignalR:
    """A client of the hub that does what the real ones do."""

    def __init__(self, url, token=None, names=tuple(ALL)):
        self.url, self.names = url, names
        self.headers = {"Authorization": "Bearer " + token} if token else {}
        self.snapshot, self.messages, self.pings, self.closing, self.text = None, [], 0, None, ""

    def ask(self, method, query=""):
        request = urllib.request.Request(self.url + "/signalrcore/negotiate" + query, b"" if method == "POST" else None, self.headers,
                                         method=method)
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.headers, answer.read()

    async def open(self, name=None):
        loop = asyncio.get_running_loop()
        if name is None:
            headers, _ = await loop.run_in_executor(None, self.ask, "OPTIONS")
            self.headers["Cookie"] = headers["Set-Cookie"].split(";")[0]
            _, body = await loop.run_in_executor(None, self.ask, "POST", "?negotiateVersion=1")
            name = json.loads(body)["connectionToken"]
        self.name = name
        address = self.url.replace("http", "ws", 1) + "/signalrcore?id=" + urllib.parse.quote(name, safe="")
        self.ws = await websockets.connect(address, extra_headers=self.headers, ping_interval=None, max_size=None,
                                          close_timeout=0.1)
        await self.ws.send('{"protocol":"json","version":1}\x1e')
        return self

    async def subscribe(self):
        await self.ws.send(json.dumps({"type": 1, "invocationId": "0", "target": "Subscribe", "arguments": [list(self.names)]}) + "\x1e")
        await self.until(lambda: self.snapshot is not None)
        return self

    async def receive(self):
        self.text += await self.ws.recv()
        *records, self.text = self.text.split("\x1e")
        for record in map(json.loads, records):
            kind = record.get("type")
            if kind == 3:
                self.snapshot = record.get("result", record)
            elif kind == 1:
                self.messages.append(record["arguments"])
            elif kind == 6:
                self.pings += 1
            elif kind == 7 or "error" in record:
                self.closing = record

    async def until(self, condition):
        while not condition():
            await self.receive()

    async def to_the_end(self):
        """Until the connection ends."""
        try:
            while True:
                await self.receive()
        except websockets.ConnectionClosed as end:
            return end

    def folded(self):
        state = merge.State()
        for topic, data in self.snapshot.items():
            state.apply(topic, data)
        for topic, data, _ in self.messages:
            state.apply(topic, data)
        return state.topics


class Upstream(support.Case):
    def upstream(self, *args, **kw):
        kw.setdefault("speed", 40)
        up = upstream.Upstream(*(args or (QUICK,)), **kw)
        up.start()
        self.addCleanup(up.stop)
        return up

    def get(self, up, target, data=None, headers=None, **kw):
        request = urllib.request.Request(up.url + target, data, headers or {})
        try:
            with urllib.request.urlopen(request, timeout=10, **kw) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as e:
            with e:
                return e.code, e.read()

    def rows(self, up, target, **kw):
        status, body = self.get(up, target, **kw)
        self.assertEqual(status, 200, body)
        return json.loads(body)

    def raw(self, up, target="/v1/drivers", seconds=3):
        """All bytes of the answer until the end, and how it ended."""
        with socket.create_connection(("127.0.0.1", up.port), timeout=seconds) as s:
            s.sendall(b"GET %s HTTP/1.1\r\nHost: x\r\n\r\n" % target.encode())
            data = b""
            try:
                while True:
                    part = s.recv(65536)
                    if not part:
                        return data, "closed"
                    data += part
            except ConnectionResetError:
                return data, "reset"
            except TimeoutError:
                return data, "open"

    def wait(self, condition, what):
        end = time.monotonic() + 20
        while not condition():
            self.assertLess(time.monotonic(), end, "no " + what)
            time.sleep(0.02)

    # ---- live timing

    def test_a_subscriber_has_the_whole_state_at_the_end(self):
        up = self.upstream(play=False)

        async def watch():
            client = await SignalR(up.url, "any").open()
            await client.subscribe()
            self.assertEqual(client.snapshot["TimingData"]["Lines"]["1"]["NumberOfLaps"], 0)
            self.assertNotIn("TimingStats", client.snapshot)
            up.control("play")
            await client.until(lambda: any(t == "SessionStatus" and d["Status"] == "Ends" for t, d, _ in client.messages))
            return client

        client = asyncio.run(watch())
        folded = client.folded()
        whole = merge.State()
        for _, topic, data in up.published():
            whole.apply(topic, data)
        folded.pop("Heartbeat"), whole.topics.pop("Heartbeat")
        self.assertEqual(folded, whole.topics)
        laps = [line["NumberOfLaps"] for line in folded["TimingData"]["Lines"].values()]
        self.assertEqual(max(laps), QUICK.laps)
        stamps = [stamp for _, _, stamp in client.messages]
        self.assertEqual(stamps, sorted(stamps))
        asked = [(e["method"], bool(e["cookie"])) for e in up.log() if e["family"] in ("negotiate", "socket")]
        self.assertEqual(asked, [("OPTIONS", False), ("POST", True), ("GET", True)])

    def test_two_subscribers_hear_the_same_whenever_they_join(self):
        up = self.upstream()

        async def join():
            one = await (await SignalR(up.url).open()).subscribe()
            await one.until(lambda: len(one.messages) > 30)
            two = await (await SignalR(up.url).open()).subscribe()
            ends = [asyncio.create_task(c.until(lambda c=c: any(d == {"Status": "Ends", "Started": "Finished"} for _, d, _ in c.messages)))
                    for c in (one, two)]
            await asyncio.gather(*ends)
            return one, two

        one, two = asyncio.run(join())
        self.assertLess(len(two.messages), len(one.messages))
        self.assertEqual(two.messages, one.messages[-len(two.messages):])
        self.assertEqual(one.folded(), two.folded())

    def test_token_topics_need_a_token(self):
        up = self.upstream(token="good", play=False)

        async def topics(token):
            return set((await (await SignalR(up.url, token).open()).subscribe()).snapshot)

        self.assertIn("PitStopSeries", asyncio.run(topics("good")))
        self.assertNotIn("PitStopSeries", asyncio.run(topics(None)))
        self.assertIn("TimingData", asyncio.run(topics(None)))
        with self.assertRaises(urllib.error.HTTPError) as refused:
            asyncio.run(topics("bad"))
        self.assertEqual(refused.exception.code, 401)
        refused.exception.close()

    def test_connection_ids_are_checked(self):
        up = self.upstream(play=False)

        async def statuses():
            first = await SignalR(up.url).open()
            out = []
            for name in ("unknown", first.name):
                try:
                    await SignalR(up.url).open(name)
                except websockets.InvalidStatusCode as e:
                    out.append(e.status_code)
            return out

        self.assertEqual(asyncio.run(statuses()), [404, 409])

    def test_fragments_pings_and_errors(self):
        up = self.upstream(play=False)
        up.control("feed", fragments=7, ping_s=0.1)

        async def talk():
            client = await (await SignalR(up.url).open()).subscribe()
            await client.until(lambda: client.pings > 1)
            up.control("feed", subscribe_error="no such method", handshake_error=None)
            second = await (await SignalR(up.url).open()).subscribe()
            self.assertEqual(second.snapshot["error"], "no such method")
            up.control("feed", handshake_error="not today")
            third = await SignalR(up.url).open()
            await third.to_the_end()
            self.assertEqual(third.closing, {"error": "not today"})

        asyncio.run(talk())

    def test_every_way_to_end_a_connection(self):
        up = self.upstream(play=False)

        async def end(how):
            client = await (await SignalR(up.url).open()).subscribe()
            up.control("cut", how=how)
            closed = await client.to_the_end()
            return closed.rcvd.code if closed.rcvd else None, client.closing

        self.assertEqual(asyncio.run(end("frame")), (None, None))
        self.assertEqual(asyncio.run(end("drop")), (None, None))
        self.assertEqual(asyncio.run(end("reset")), (None, None))
        self.assertEqual(asyncio.run(end("away")), (1001, None))
        code, closing = asyncio.run(end("close"))
        self.assertEqual((code, closing["allowReconnect"]), (1000, True))
        self.assertEqual(len(up.log(event="cut")), 5)

    def test_one_of_two_is_cut_and_never_both(self):
        up = self.upstream(speed=5)

        async def hold(client, times):
            for _ in range(times):
                await (await client.open()).subscribe()
                await client.to_the_end()
                if up.counts()["cuts"] >= 20:
                    return

        async def both():
            clients = [SignalR(up.url) for _ in range(2)]
            tasks = [asyncio.create_task(hold(c, 25)) for c in clients]
            while up.counts()["subscribers"] < 2:
                await asyncio.sleep(0.01)
            up.control("cut", times=20, keep=1, gap_s=(0.0, 0.02), how="any", seed=4)
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in tasks:
                task.cancel()

        asyncio.run(both())
        cuts = up.log(event="cut")
        self.assertEqual(len(cuts), 20)
        self.assertEqual({c["connections"] for c in cuts}, {2})
        self.assertGreater(len({c["how"] for c in cuts}), 2)

    def test_the_two_hour_cut(self):
        up = self.upstream(play=False)
        up.control("lifetime", seconds=0.3)

        async def hold():
            client = await (await SignalR(up.url).open()).subscribe()
            start = time.monotonic()
            await client.to_the_end()
            return time.monotonic() - start

        self.assertLess(0.1, asyncio.run(hold()))
        self.assertEqual(up.counts()["cuts"], 1)

    def test_duplicates_reordering_and_skew(self):
        up = self.upstream(play=False)
        up.control("feed", duplicate=0.3, reorder=0.3, skew_ms=90000)

        async def watch():
            client = await (await SignalR(up.url, names=("TimingData", "TimingAppData")).open()).subscribe()
            up.control("play")
            await client.until(lambda: len(client.messages) > 60)
            return client.messages

        messages = asyncio.run(watch())
        texts = [json.dumps(m) for m in messages]
        self.assertGreater(len(texts), len(set(texts)))
        stamps = [recording.parse_utc(m[2]) for m in messages]
        self.assertNotEqual(stamps, sorted(stamps))
        truth = min(t for t, topic, _ in up.published() if t > up.programme.sessions[0].begin_ms and topic == "TimingData")
        self.assertEqual(min(stamps), truth + 90000)

    def test_another_session_on_the_same_connection(self):
        up = self.upstream()

        async def watch():
            client = await (await SignalR(up.url).open()).subscribe()
            await client.until(lambda: len(client.messages) > 20)
            up.control("switch", kind="Qualifying", name="Qualifying", key=90020, cars=8, laps=2, lap_ms=20000, before_ms=3000)
            await client.until(lambda: any(t == "SessionInfo" and d["Key"] == 90020 for t, d, _ in client.messages))
            late = await (await SignalR(up.url).open()).subscribe()
            self.assertEqual(late.snapshot["SessionInfo"]["Key"], 90020)
            self.assertEqual(len(late.snapshot["TimingData"]["Lines"]), 8)
            self.assertNotIn("LapCount", late.snapshot)
            await late.until(lambda: any(t == "TimingData" and d.get("SessionPart") == 3 for t, d, _ in late.messages))

        asyncio.run(watch())
        self.assertEqual({r["session_key"] for r in self.rows(up, "/v1/laps?session_key=latest")}, {90020})

    def test_silence_and_garbage(self):
        up = self.upstream()

        async def watch():
            client = await (await SignalR(up.url).open()).subscribe()
            await client.until(lambda: client.messages)
            up.control("mute")
            await asyncio.sleep(0.1)
            before = up.counts()["published"]
            with self.assertRaises(asyncio.TimeoutError):
                await asyncio.wait_for(client.receive(), 0.5)
            self.assertGreater(up.counts()["published"], before)
            up.control("mute", on=False)
            await asyncio.wait_for(client.receive(), 5)
            up.control("garbage_record", text='{"type":1,"target":')
            with self.assertRaises(ValueError):
                await asyncio.wait_for(client.to_the_end(), 5)

        asyncio.run(watch())

    # ---- trouble over HTTP

    def test_every_fault_of_an_answer(self):
        up = self.upstream()
        up.control("status", family="openf1", code=429, retry_after=2, times=1)
        data, _ = self.raw(up, seconds=0.5)
        self.assertTrue(data.startswith(b"HTTP/1.1 429") and b"\r\nRetry-After: 2\r\n" in data, data)
        up.control("status", family="openf1", code=429, times=1)
        self.assertNotIn(b"Retry-After", self.raw(up, seconds=0.5)[0])
        up.control("status", family="openf1", code=500, times=1)
        self.assertIn(b"<h1>An error occurred", self.raw(up, seconds=0.5)[0])
        up.control("silent", family="openf1", times=1)
        self.assertEqual(self.raw(up, seconds=0.5), (b"", "open"))
        up.control("truncated", family="openf1", times=1)
        data, end = self.raw(up)
        self.assertEqual(end, "closed")
        head, _, body = data.partition(b"\r\n\r\n")
        self.assertGreater(int(head.split(b"Content-Length: ")[1].split(b"\r")[0]), len(body))
        up.control("reset", family="openf1", times=1)
        self.assertEqual(self.raw(up)[1], "reset")
        up.control("bad_status_line", family="openf1", times=1)
        self.assertFalse(self.raw(up)[0].startswith(b"HTTP"))
        up.control("cut_json", family="openf1", times=1)
        with self.assertRaises(ValueError):
            self.rows(up, "/v1/drivers")
        up.control("garbage", family="openf1", times=1)
        with self.assertRaises(ValueError):
            self.rows(up, "/v1/drivers")
        up.control("redirect", family="openf1", to="/v1/position", times=1)
        self.assertIn("position", self.rows(up, "/v1/drivers")[0])
        up.control("slow", family="openf1", delay_s=0.4, times=1)
        before = time.monotonic()
        self.assertEqual(len(self.rows(up, "/v1/drivers")), QUICK.cars)
        self.assertGreater(time.monotonic() - before, 0.35)
        up.control("huge", family="openf1", bytes=3 << 20, times=1)
        self.assertGreater(len(self.raw(up, seconds=1)[0]), 3 << 20)
        faults = [e["fault"] for e in up.log(family="openf1") if e["fault"]]
        self.assertEqual(len(faults), 12)

    def test_faults_know_their_family_and_path_and_number(self):
        up = self.upstream()
        up.control("status", family="openf1", code=503, times=2, match="laps")
        self.assertEqual(self.get(up, "/v1/drivers")[0], 200)
        self.assertEqual([self.get(up, "/v1/laps?driver_number=1")[0] for _ in range(3)], [503, 503, 200])
        up.control("status", family="jolpica", code=500)
        self.assertEqual(self.get(up, "/ergast/f1/current.json")[0], 500)
        up.control("clear")
        self.assertEqual(self.get(up, "/ergast/f1/current.json")[0], 200)

    def test_control_over_http(self):
        up = self.upstream()
        order = json.dumps({"scenario": "status", "family": "weather", "code": 503, "times": 1}).encode()
        self.assertEqual(self.get(up, "/control", order)[0], 200)
        self.assertEqual(self.get(up, "/v1/forecast?latitude=1&longitude=1")[0], 503)
        self.assertEqual(self.get(up, "/control", b'{"scenario": "no such"}')[0], 400)
        log = self.rows(up, "/control/log")
        self.assertEqual([e["fault"] for e in log["log"]], ["status"])

    # ---- REST

    def finished(self, **kw):
        """A programme whose sessions are over."""
        plans = [(race.Plan(kind="Qualifying", name="Qualifying", key=90009, cars=6, laps=3, lap_ms=20000), 0),
                 (race.Plan(cars=6, laps=30, lap_ms=20000), 7200)]
        return self.upstream(plans, begin_ms=int(time.time() - 86400) * 1000, **kw)

    def test_openf1_filters(self):
        up = self.finished(speed=1)
        up.control("play", speed=1e6)
        self.wait(up.over, "end")
        up.control("pause")
        laps = self.rows(up, "/v1/laps?session_key=latest")
        self.assertGreater(len(laps), 5 * 29)
        one = self.rows(up, "/v1/laps?session_key=90010&driver_number=1&lap_number%3E=10&lap_number%3C13")
        self.assertEqual([lap["lap_number"] for lap in one], [10, 11, 12])
        two = self.rows(up, "/v1/drivers?session_key=latest&driver_number=1&driver_number=%d" % laps[0]["driver_number"])
        self.assertEqual(len(two), 1 if laps[0]["driver_number"] == 1 else 2)
        dates = sorted(row["date"] for row in self.rows(up, "/v1/position?session_key=90010"))
        cut = urllib.parse.quote(dates[len(dates) // 2])
        later = self.rows(up, "/v1/position?session_key=90010&date>=" + cut)
        self.assertEqual(len(later), sum(d >= dates[len(dates) // 2] for d in dates))
        self.assertEqual(self.rows(up, "/v1/laps?driver_number=0"), [])
        up.control("openf1", empty_is_404=True)
        self.assertEqual(self.get(up, "/v1/laps?driver_number=0")[0], 404)

    def test_openf1_token_and_lock(self):
        up = self.upstream()
        up.control("openf1", locked=True)
        status, body = self.get(up, "/v1/laps")
        self.assertEqual(status, 401)
        self.assertIn(b"Session in progress", body)
        self.assertEqual(self.get(up, "/token", b"username=user%40example.invalid&password=wrong")[0], 401)
        token = self.rows(up, "/token", data=b"username=user%40example.invalid&password=secret")
        self.assertEqual(token["expires_in"], "3600")
        header = {"Authorization": "Bearer " + token["access_token"]}
        self.assertEqual(self.get(up, "/v1/laps", headers=header)[0], 200)
        self.assertEqual(self.get(up, "/v1/laps", headers={"Authorization": "Bearer old"})[0], 401)

    def test_openf1_windows(self):
        up = self.upstream()
        up.control("openf1", windows=[(3, 1.0)])
        self.assertEqual([self.get(up, "/v1/drivers")[0] for _ in range(5)].count(429), 2)
        self.assertEqual(up.counts()["over_limit"], 2)

    def test_openf1_shows_only_what_has_happened(self):
        up = self.upstream(play=False)
        self.assertEqual(len(self.rows(up, "/v1/drivers")), QUICK.cars)
        self.assertEqual(self.rows(up, "/v1/laps"), [])
        up.control("play")
        self.wait(lambda: any(lap["lap_duration"] for lap in self.rows(up, "/v1/laps?lap_number=1")), "lap time")
        self.assertLess(max(lap["lap_number"] for lap in self.rows(up, "/v1/laps")), QUICK.laps)
        self.assertEqual(self.rows(up, "/v1/session_result"), [])

    def test_jolpica_pages_and_results_when_they_are_in(self):
        up = self.finished(speed=1)
        year = time.gmtime(up.now_ms() // 1000).tm_year
        empty = self.rows(up, "/ergast/f1/%d/5/results.json" % year)["MRData"]
        self.assertEqual((empty["total"], empty["RaceTable"]["Races"]), ("0", []))
        up.control("play", speed=1e6)
        self.wait(lambda: self.rows(up, "/ergast/f1/%d/5/results.json" % year)["MRData"]["total"] == "6", "results")
        timings, offset, total = {}, 0, 1
        while offset < total:
            page = self.rows(up, "/ergast/f1/%d/5/laps.json?limit=50&offset=%d" % (year, offset))["MRData"]
            total, offset = int(page["total"]), offset + int(page["limit"])
            self.assertLessEqual(sum(len(lap["Timings"]) for lap in page["RaceTable"]["Races"][0]["Laps"]), 50)
            for lap in page["RaceTable"]["Races"][0]["Laps"]:
                timings.setdefault(lap["number"], []).extend(lap["Timings"])
        self.assertEqual(sum(map(len, timings.values())), total)
        told = {(r["lap_number"], r["driver_number"]): r["lap_duration"] for r in self.rows(up, "/v1/laps?session_key=90010")}
        names = {c.family.lower(): c.number for c in up.programme.sessions[1].cars}
        for lap, rows in timings.items():
            for row in rows:
                self.assertEqual(row["time"], feed.lap_text(round(1000 * told[int(lap), names[row["driverId"]]])))
        over = self.rows(up, "/ergast/f1/%d/driverstandings.json" % year)["MRData"]["StandingsTable"]["StandingsLists"][0]
        self.assertEqual(over["DriverStandings"][0]["points"], "25")
        race_ = self.rows(up, "/ergast/f1/current/races/")["MRData"]["RaceTable"]["Races"][0]
        self.assertIn("Qualifying", race_)
        self.assertEqual(len(self.rows(up, "/ergast/f1/current/5/qualifying/")["MRData"]["RaceTable"]["Races"][0]["QualifyingResults"]), 6)
        stops = self.rows(up, "/ergast/f1/current/last/pitstops/?limit=1000")["MRData"]
        self.assertEqual(stops["limit"], "100")
        self.assertGreater(len(stops["RaceTable"]["Races"][0]["PitStops"]), 2)

    def test_weather(self):
        up = self.upstream()
        up.control("rain", mm=4.0)
        answer = self.rows(up, "/v1/forecast?latitude=45.6&longitude=9.28&timeformat=unixtime&current=temperature_2m"
                               "&minutely_15=precipitation&forecast_minutely_15=8&hourly=precipitation,precipitation_probability&forecast_hours=6")
        self.assertEqual(answer["minutely_15"]["precipitation"], [1.0] * 8)
        self.assertEqual(len(answer["hourly"]["time"]), 6)
        status, body = self.get(up, "/v1/forecast?latitude=1&longitude=1&hourly=rainfall_of_frogs")
        self.assertEqual((status, json.loads(body)["error"]), (400, True))
        self.assertEqual(self.get(up, "/data/3.0/onecall?lat=1&lon=1&appid=wrong")[0], 401)
        answer = self.rows(up, "/data/3.0/onecall?lat=1&lon=1&appid=key&exclude=minutely")
        self.assertEqual(answer["hourly"][0]["rain"], {"1h": 4.0})
        self.assertNotIn("minutely", answer)

    def test_archive(self):
        up = self.upstream(play=False)
        year = up.programme.sessions[0].plan.year
        index = json.loads(self.get(up, "/static/%d/Index.json" % year)[1].decode("utf-8-sig"))
        self.assertNotIn("Path", index["Meetings"][0]["Sessions"][0])
        up.control("play", speed=400)
        self.wait(up.over, "end")
        body = self.get(up, "/static/%d/Index.json" % year)[1]
        self.assertEqual(body[:3], b"\xef\xbb\xbf")
        path = json.loads(body.decode("utf-8-sig"))["Meetings"][0]["Sessions"][0]["Path"]
        feeds = json.loads(self.get(up, "/static/%sIndex.json" % path)[1].decode("utf-8-sig"))["Feeds"]
        stream = self.get(up, "/static/" + path + feeds["TimingData"]["StreamPath"])[1].decode("utf-8-sig")
        self.assertTrue(stream.endswith("}\r\n"))
        offsets = [line[:12] for line in stream.split("\r\n")[:-1]]
        self.assertEqual(offsets, sorted(offsets))
        self.assertEqual(json.loads(stream[12:stream.index("\r")])["Withheld"], False)
        request = urllib.request.Request(up.url + "/static/Index.json")
        with urllib.request.urlopen(request, timeout=10) as answer:
            tag = answer.headers["ETag"]
        self.assertEqual(self.get(up, "/static/Index.json", headers={"If-None-Match": tag})[0], 304)
        self.assertEqual(self.get(up, "/static/2000/Index.json")[0], 404)

    # ---- the rest

    def test_tls(self):
        up = self.upstream(tls=True)
        self.assertEqual(len(self.rows(up, "/v1/drivers", context=ssl.create_default_context(cafile=up.ca_file))), QUICK.cars)
        with self.assertRaises(urllib.error.URLError):
            self.get(up, "/v1/drivers", context=ssl.create_default_context())

    def test_a_recording_moved_to_now(self):
        folder = os.path.join(support.SOURCE, "tests", "fixtures", "short_race")
        now = int(time.time()) * 1000
        up = self.upstream(recorded=folder, begin_ms=now, speed=1000)
        self.wait(up.over, "end")
        beats = [(t, d) for t, topic, d in up.published() if topic == "Heartbeat"]
        self.assertLess(abs(beats[0][0] - now), 2000)
        for t, data in beats:
            self.assertEqual(recording.parse_utc(data["Utc"]), t)
        messages = sum(len(recording.read_stream(os.path.join(folder, f))) for f in os.listdir(folder))
        self.assertEqual(up.counts()["published"], messages)

    def test_a_rebuilt_recording_with_its_openf1_rows(self):
        name = "2023_Monaco_Race"
        timing = support.shared("recordings", "livetiming", "rebuilt", name)
        rows = support.shared("recordings", "openf1", "rebuilt", name)
        up = self.upstream(recorded=timing, openf1_rows=rows, speed=1e5)
        self.wait(up.over, "end")
        laps = self.rows(up, "/v1/laps?session_key=latest&driver_number=1")
        state = up.call(lambda: up.hub.state.topics["TimingData"]["Lines"]["1"]["NumberOfLaps"])
        self.assertEqual(max(lap["lap_number"] for lap in laps), state)

    def test_the_same_seed_is_the_same_race(self):
        one, two = race.Race(QUICK), race.Race(QUICK)
        self.assertEqual(one.story, two.story)
        other = race.Race(race.Plan(**{**vars(QUICK), "seed": 2}))
        self.assertNotEqual(one.story, other.story)

    def test_many_races_are_sound(self):
        rng = random.Random(5)
        for seed in range(25):
            cars, laps = rng.randrange(4, 22), rng.randrange(4, 30)
            r = race.Race(race.Plan(cars=cars, laps=laps, seed=seed, retirements=rng.randrange(3),
                                    lap_ms=rng.choice((20000, 60000, 90000))))
            with self.subTest(seed=seed):
                order = r.result()
                self.assertEqual([row[0] for row in order], list(range(1, cars + 1)))
                self.assertEqual(order[0][2], laps)
                self.assertEqual([h[0] for h in r.story], sorted(h[0] for h in r.story))
                self.assertEqual(sum(h[1] == "pit_in" for h in r.story), sum(h[1] == "pit_out" for h in r.story))
                gaps = [h[2]["gap_ms"] for h in r.story if h[1] == "sector" and h[2]["gap_ms"] is not None]
                self.assertGreaterEqual(min(gaps), 0)


if __name__ == "__main__":
    support.main()
