"""What the tests with live sources share: f1pd beside the fake upstream (tests/upstream), on one rehearsal clock."""
import asyncio
import json
import os
import struct
import sys
import threading
import time

import support

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "upstream"))

import broker
import feed
import race
import upstream
import websockets

# Types of events that tell how the data came, not what happened (include/f1pd/event.h).
EV_PIT_LANE_TIME = 22
EV_FEED_RESET, EV_OUTLOOK, EV_LINK, EV_LAP_RECORD = 28, 29, 30, 31
EV_HEARTBEAT, EV_SOURCE_CHOICE, EV_GAP, EV_REVISION = 27, 69, 70, 71
HOW_IT_CAME = {EV_LINK, EV_SOURCE_CHOICE, EV_GAP, EV_REVISION, support.EV_PLUGIN_STATUS, support.EV_SOURCE_END, support.EV_FORECAST, 65}

SPEED = 30
QUICK = {"cars": 8, "laps": 8, "lap_ms": 20000, "before_ms": 30000, "after_ms": 10000}
HOUR = 3600
# On these clocks a minute takes seconds: the windows of requests, which are real time, must not be the limit.
QUICK_LIMITS = {"session": "latest", "limits": "custom", "limit_per_second": 100, "limit_per_minute": 1000}
LIVETIMING = {"connect": "always", "retry_min": "100ms", "retry_max": "500ms"}


def weekend():
    """[(plan, seconds from the beginning)]: the feeds begin 10 minutes before their sessions."""
    common = {"cars": 8, "before_ms": 600000, "after_ms": 60000, "lap_ms": 60000}
    return [(race.Plan(kind="Practice", name="Practice 1", key=90001, laps=4, length_ms=600000, **common), HOUR // 6),
            (race.Plan(kind="Qualifying", name="Qualifying", key=90002, laps=2, length_ms=300000, **common), 7 * HOUR // 5),
            (race.Plan(kind="Race", name="Race", key=90003, laps=8, **common), 13 * HOUR // 4)]


def lap_times(events):
    """[(car, lap, ms)] as often as the events tell them, sorted: what is told twice stands here twice."""
    laps, found = {}, []
    for e in events:
        if e.type == support.EV_CAR_LAP:
            mask, car, _, _, count, last_ms = struct.unpack_from("<IHBBii", e.data, support.EVENT_HEADER)
            if mask & 1:
                laps[car] = count
            if mask & 2 and last_ms > 0 and laps.get(car, 0) > 0:
                found.append((car, laps[car], last_ms))
        elif e.type == EV_LAP_RECORD:
            mask, car, _, _, lap, ms = struct.unpack_from("<IHBBii", e.data, support.EVENT_HEADER)
            if mask & 1:
                found.append((car, lap, ms))
    return sorted(found)


def true_laps(race):
    """The same of the race as it was run."""
    return sorted((n, lap, t[3 * lap] - t[3 * lap - 3]) for n, t in race.when.items() for lap in range(1, (len(t) - 1) // 3 + 1))


def stops(events):
    """[(car, lap)] of the times in the pit lane and [(car, lap, ms)] of those in the box, as often as they were told, sorted."""
    lanes, stood = [], []
    for e in events:
        if e.type in (EV_PIT_LANE_TIME, support.EV_PIT_STOP):
            car, _, lap, lane_ms, standing_ms = struct.unpack_from("<HHiii", e.data, support.EVENT_HEADER)
            if e.type == support.EV_PIT_STOP:
                stood.append((car, lap, standing_ms))
            elif lane_ms > 0:
                lanes.append((car, lap))
    return sorted(lanes), sorted(stood)


def true_stops(race):
    outs = [details for _, what, details in race.story if what == "pit_out"]
    return sorted((e["car"], e["lap"]) for e in outs), sorted((e["car"], e["lap"], round(e["standing_ms"], -2)) for e in outs)


def gaps_of(served):
    """{car: (ms behind the leader, laps behind)} of those that go, as the API tells."""
    return {c["number"]: (c["gap_ms"], c["gap_laps"]) for c in served["cars"] if not c["retired"]}


def true_gaps(race):
    """The same at the line at the end; who was lapped is so many laps behind, and no time."""
    rows = [row for row in race.result() if row[4] is not None]
    _, _, laps, _, first_ms = rows[0]
    return {number: (ms - first_ms if done == laps else None, laps - done) for _, number, done, _, ms in rows}


def messages(events):
    """[text] of race control, as often as they were told, sorted."""
    texts = [e.data[support.EVENT_HEADER + 24:].split(b"\0")[0].decode() for e in events if e.type == support.EV_RACE_CONTROL]
    return sorted(texts)


def true_messages(race):
    return sorted(details["text"] for _, what, details in race.story if what == "message")


class Watcher(threading.Thread):
    """Reads the WebSocket stream of f1pd in the background; `messages`: [(monotonic time, message)]."""

    def __init__(self, port):
        super().__init__(daemon=True)
        self.url = "ws://127.0.0.1:%d/ws/live-predictions" % port
        self.messages, self.stopped, self.trouble = [], threading.Event(), None
        self.start()

    def run(self):
        try:
            asyncio.run(self._read())
        except Exception as e:  # told by check()
            self.trouble = e

    async def _read(self):
        options = {"compression": None, "max_size": 1 << 24, "max_queue": None, "ping_interval": None, "close_timeout": 1}
        async with websockets.connect(self.url, **options) as ws:
            while not self.stopped.is_set():
                try:
                    text = await asyncio.wait_for(ws.recv(), 0.2)
                except asyncio.TimeoutError:
                    continue
                except websockets.ConnectionClosed:
                    return
                self.messages.append((time.monotonic(), json.loads(text)))

    def of(self, kind):
        return [m for _, m in list(self.messages) if m["type"] == kind]

    def beginnings(self):
        """How often a session was told from the beginning: more than once if clients were told to forget it."""
        return sum(bool(m["session"] and m["session"]["key"]) for m in self.of("snapshot"))

    def finish(self):
        self.stopped.set()
        self.join(20)

    def check(self, case):
        """What every client may rely on, whatever the upstream did."""
        self.finish()
        case.assertIsNone(self.trouble)
        seqs = [m["seq"] for _, m in self.messages]
        case.assertEqual(seqs, sorted(seqs), "sequence numbers fell")
        case.assertEqual(self.messages[0][1]["type"], "snapshot")


class Live(support.Case):
    """One upstream, one f1pd."""

    def upstream(self, plan=None, **kw):
        kw.setdefault("speed", SPEED)
        plans = plan if isinstance(plan, list) else race.Plan(**{**QUICK, **(plan or {})})
        self.up = upstream.Upstream(plans, play=False, **kw).start()
        self.addCleanup(self.up.stop)
        return self.up

    def sources(self, livetiming=None, openf1=None, **more):
        """Configuration files of the sources: options, or None for a source that is not there. `section`: of [plugin]."""
        files = {}
        tables = {"source_livetiming": (12, livetiming, LIVETIMING), "source_openf1": (13, openf1, {"connect": "always"}),
                  **{name: (14 + i, options, {}) for i, (name, options) in enumerate(more.items())}}
        for plugin, (number, options, defaults) in tables.items():
            if options is None:
                continue
            options = {**defaults, **options}
            section = options.pop("section", {})
            service = {"ergast": "jolpica"}.get(plugin[7:], plugin[7:])
            options.setdefault("base_url", self.up.url_of(service) + ("/ergast/f1" if service == "jolpica" else ""))
            files["%d-%s.ini" % (number, plugin.replace("_", "-"))] = support.ini(plugin, options, **section)
        return files

    def live(self, files, forecasts=False, core=None, before_play=None):
        """f1pd with these sources, its clock set to the upstream's; then the upstream plays."""
        begin_ms = self.up.now_ms()
        settings = {"journal_dir": self.path("journal"), "data_dir": self.path("data"), "speed": self.up.speed,
                    "clock_start": feed.utc(begin_ms, 0) + "Z", **({"ca_file": self.up.ca_file} if self.up.ca_file else {}), **(core or {})}
        conf = {"00-f1pd.ini": support.core(**settings),
                "80-sink-websocket.ini": support.ini("sink_websocket", {"port": 0, "update_every": "50ms"}), **files}
        if forecasts:
            conf["50-predictor-midrace.ini"] = support.ini("predictor_midrace", {"runs": 300})
            conf["51-predictor-order.ini"] = support.ini("predictor_order")
            conf["59-predictor-ensemble.ini"] = support.ini("predictor_ensemble")
        d = self.daemon(self.conf(conf))
        d.wait_log("a rehearsal")
        self.up.control("play")
        d.api = d.port()
        return d

    def api(self, d, path, status=200):
        code, body = support.http(d.api, path)
        self.assertEqual(code, status, "%s: %s" % (path, body[:500]))
        return json.loads(body)

    def session(self, d):
        code, body = support.http(d.api, "/api/v1/session/current")
        return json.loads(body) if code == 200 else None

    def source(self, d, name):
        for source in self.api(d, "/api/v1/sources")["sources"]:
            if name in (source["name"], source["plugin"]):
                return source
        raise AssertionError("no source " + name)

    def watch(self, d):
        watcher = Watcher(d.api)
        self.addCleanup(watcher.finish)
        return watcher

    def wait_lap(self, d, lap, timeout=30):
        def there():
            s = self.session(d)
            return s is not None and (s["lap"] or 0) >= lap
        d.wait(there, "lap %d" % lap, timeout)

    def wait_end(self, d, timeout=40):
        """Until the upstream has told all and f1pd has it."""
        d.wait(self.up.over, "end of the upstream's race", timeout)

        def ended():
            s = self.session(d)
            return s is not None and s["session"]["status"] == "ends"
        d.wait(ended, "end of the session", timeout)
        self.assertTrue(d.alive())

    def journal(self):
        """Events of the journal of this session."""
        events, torn = support.read_journal(self.path("journal", "current.f1j"))
        self.assertEqual(torn, 0)
        return events

    def replayed(self, path):
        return self.replay(path, "--no-forecasts")

    def truth(self):
        """What a replay of the messages as they were published gives."""
        path = self.path("published.txt")
        snapshot = next(e for e in self.journal() if e.type == EV_FEED_RESET)
        self.up.write_recording(path, snapshot.t_event_ns // 1000000)
        return self.replay(path, "--no-forecasts", "--journal", self.path("truth.f1j"))

    def truth_events(self):
        events, torn = support.read_journal(self.path("truth.f1j"))
        self.assertEqual(torn, 0)
        return events

    def story(self, events):
        """The events that tell what happened, without who told them and when they came."""
        first = next(i for i, e in enumerate(events) if e.type == EV_FEED_RESET)
        events = [e for e in events[first:] if e.type != EV_HEARTBEAT]
        return [(e.type, e.t_event_ns, e.data[support.EVENT_HEADER:]) for e in events if e.type not in HOW_IT_CAME]
