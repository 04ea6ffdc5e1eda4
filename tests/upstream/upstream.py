#!/usr/bin/python3
"""One small server that is all upstreams at once: live timing (SignalR Core), OpenF1, Jolpica, Open-Meteo, One Call, the static archive.

It plays a synthetic session or a recording at any speed, and misbehaves on command. As a program:

    upstream.py --port 0 --race synthetic --speed 10        # prints its address
    curl -d '{"scenario": "status", "family": "openf1", "code": 429, "retry_after": 2, "times": 3}' ADDRESS/control
    curl ADDRESS/control/log

As a library: Upstream(...).start(), then .control("cut", times=20), .log(), .stop(). Scenarios are the methods scenario_NAME below.
"""
import argparse
import asyncio
import json
import os
import ssl
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import archive
import feed
import merge
import openf1
import programme
import race
import recording
import results
import signalr
import sky
from web import Answer, Fault, WebServer

FAMILIES = ("negotiate", "socket", "openf1", "token", "jolpica", "weather", "onecall", "static")
FAULTS = ("slow", "drip", "silent", "status", "garbage", "html", "cut_json", "truncated", "wrong_length", "reset",
          "bad_status_line", "huge", "redirect", "wrong_accept")


def make_certificate(folder):
    """(certificate, key) files for 127.0.0.1 and localhost, self-signed; the certificate is its own authority."""
    certificate, key = os.path.join(folder, "upstream.crt"), os.path.join(folder, "upstream.key")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                    "-keyout", key, "-out", certificate, "-subj", "/CN=localhost",
                    "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"], check=True, capture_output=True, timeout=30)
    return certificate, key


class Upstream:
    """plans: [(race.Plan, seconds from the beginning of the programme to that of the session's feed)] or one Plan; or `recorded`: a
    folder. begin_ms: UTC at which the programme begins; None = now. play: whether the clock runs from the start."""

    def __init__(self, plans=None, speed=1.0, begin_ms=None, recorded=None, openf1_rows=None, token=None, tls=False, port=0, play=True,
                 also=(), seed=1):
        self.speed, self.port, self.tls, self.play_at_start = speed, port, tls, play
        begin_ms = int(time.time()) * 1000 if begin_ms is None else begin_ms
        if recorded:
            sessions = [recording.Recorded(recorded, begin_ms, openf1_rows)]
        else:
            plans = [(plans or race.Plan(), 0)] if not isinstance(plans, list) else plans
            sessions = [programme.Session(plan, begin_ms + int(after_s * 1000)) for plan, after_s in plans]
        self.programme = programme.Programme(sessions, [(p, begin_ms + int(after_s * 1000), cancelled) for p, after_s, cancelled in also])
        self.clock = programme.Clock(min(begin_ms, sessions[0].begin_ms), speed)
        self.seed, self.token = seed, token
        self.web = WebServer(seed)
        self.ports = {}
        self.folder = self.ca_file = None
        self.thread = self.loop = None
        self.jobs = set()

    # ---- life

    def start(self):
        ready, trouble = threading.Event(), []

        def run():
            self.loop = asyncio.new_event_loop()
            try:
                self.loop.run_until_complete(self._open())
            except Exception as e:  # handed on to the caller of start()
                trouble.append(e)
                ready.set()
                return
            ready.set()
            self.loop.run_forever()
            self.loop.run_until_complete(self._close())
            self.loop.close()

        self.thread = threading.Thread(target=run, name="upstream", daemon=True)
        self.thread.start()
        ready.wait(60)
        if trouble:
            raise trouble[0]
        return self

    async def _open(self):
        self.hub = signalr.Hub(self.web, self.clock, self.programme, self.token, self.seed)
        self.openf1 = openf1.OpenF1(self.web, self.clock, self.programme)
        self.results = results.Results(self.web, self.clock, self.programme)
        self.archive = archive.Archive(self.web, self.clock, self.programme)
        self.sky = sky.Sky(self.web, self.clock)
        self.web.route("/control", "control", self._control)
        context = None
        if self.tls:
            self.folder = tempfile.TemporaryDirectory(prefix="upstream-")
            self.ca_file, key = make_certificate(self.folder.name)
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(self.ca_file, key)
        self.port = await self.web.listen(self.port, context)
        for name in ("openf1", "jolpica", "weather"):
            self.ports[name] = await self.web.listen(0, context)
        if self.play_at_start:
            self.clock.play()
        self._job(self.hub.play())

    async def _close(self):
        for job in self.jobs:
            job.cancel()
        await asyncio.gather(*self.jobs, return_exceptions=True)
        await self.web.close()

    def stop(self):
        if self.thread is not None and self.thread.is_alive():
            self.loop.call_soon_threadsafe(self.loop.stop)
            self.thread.join(20)
        if self.folder is not None:
            self.folder.cleanup()

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    def _job(self, work):
        job = self.loop.create_task(work)
        self.jobs.add(job)
        job.add_done_callback(self.jobs.discard)

    def url_of(self, service):
        """Clients keep accounts by host and port: every service has a port of its own, though any port answers everything."""
        port = self.ports.get(service, self.port)
        return "%s://%s:%d" % ("https" if self.tls else "http", "localhost" if self.tls else "127.0.0.1", port)

    @property
    def url(self):
        return self.url_of("livetiming")

    # ---- what tests ask

    def call(self, function, *args, **kw):
        """Runs the function on the server's loop; its value."""
        async def run():
            return function(*args, **kw)
        return asyncio.run_coroutine_threadsafe(run(), self.loop).result(30)

    def control(self, scenario, **params):
        """One of the scenario_ methods."""
        return self.call(self._scenario, scenario, params)

    def log(self, **wanted):
        """Entries of the log in which all these fields have these values."""
        return [e for e in self.call(lambda: list(self.web.log.entries)) if all(e.get(k) == v for k, v in wanted.items())]

    def now_ms(self):
        return self.call(self.clock.now_ms)

    def counts(self):
        return self.call(self._counts)

    def published(self):
        """[(utc_ms, topic, data)] so far, from the initial state on."""
        return self.call(lambda: list(self.hub.published))

    def over(self):
        """Everything has been told."""
        return self.call(lambda: self.hub.at >= len(self.hub.pending))

    def _counts(self):
        hub = self.hub
        return {**hub.counts, "connections": len(hub.connections), "subscribers": sum(c.subscribed is not None for c in hub.connections),
                "published": len(hub.published), "left": len(hub.pending) - hub.at, "over_limit": self.openf1.over_limit,
                "now": self.clock.now_ms()}

    # ---- the same over HTTP

    async def _control(self, request):
        if request.method == "GET" and request.path == "/control/log":
            return Answer(200, {"counts": self._counts(), "log": self.web.log.entries})
        if request.method != "POST":
            return Answer(405, {"error": "POST /control or GET /control/log"})
        try:
            params = json.loads(request.body or b"{}")
            return Answer(200, {"ok": True, "answer": self._scenario(params.pop("scenario"), params)})
        except (ValueError, KeyError, TypeError, AttributeError) as e:
            return Answer(400, {"error": "%s: %s" % (type(e).__name__, e)})

    def _scenario(self, name, params):
        if name in FAULTS:
            return self.fault(name, **params)
        method = getattr(self, "scenario_" + name, None)
        if method is None:
            raise ValueError("no such scenario: " + name)
        return method(**params)

    def fault(self, kind, family, times=None, match="", **params):
        """The next `times` answers (None: all until `clear`) of the family whose target matches go wrong this way."""
        if family not in FAMILIES:
            raise ValueError("no such family: " + family)
        self.web.faults.add(family, Fault(kind, times, match, **params))

    def scenario_clear(self, family=None):
        """Back to good behaviour (what cuts are running goes on)."""
        self.web.faults.clear(family)
        if family is None:
            hub = self.hub
            hub.lifetime_s = hub.handshake_error = hub.subscribe_error = None
            hub.skew_ms, hub.duplicate, hub.reorder, hub.fragments, hub.heartbeats = 0, 0.0, 0.0, 1, True
            for connection in hub.connections:
                connection.mute = False
            self.openf1.locked, self.openf1.windows = False, []

    def scenario_play(self, speed=None):
        self.clock.play(speed)
        self.hub.changed.set()

    def scenario_pause(self):
        self.clock.pause()

    def scenario_cut(self, times=1, keep=0, gap_s=(0.0, 0.0), settled_s=0.0, how="frame", seed=1):
        """keep=1: only ever one of two. how: frame, drop, close, away, reset, any."""
        self._job(self.hub.cut_often(times, keep, gap_s, settled_s, how, seed))

    def scenario_cut_all(self, how="frame"):
        for connection in list(self.hub.connections):
            self.hub.cut(connection, how)

    def scenario_mute(self, on=True):
        """The live-timing connections stay open, and nothing comes."""
        for connection in self.hub.connections:
            connection.mute = on

    def scenario_lifetime(self, seconds=None):
        """The two-hour cut, after so many real seconds."""
        self.hub.lifetime_s = seconds

    def scenario_feed(self, **settings):
        """skew_ms, duplicate (share), reorder (share), fragments, heartbeats, ping_s, handshake_error, subscribe_error, token."""
        for name, value in settings.items():
            if name not in ("skew_ms", "duplicate", "reorder", "fragments", "heartbeats", "ping_s", "handshake_error", "subscribe_error",
                            "token"):
                raise ValueError("no such setting of the feed: " + name)
            setattr(self.hub, name, value)

    def scenario_garbage_record(self, text='{"type":1,"target":"feed","arguments":["TimingData",{"Lines":\x1e'):
        """Bytes as they are, to all subscribers."""
        for connection in self.hub.connections:
            connection.ws.send(text)

    def scenario_garbage_frame(self):
        """A frame with reserved bits."""
        for connection in self.hub.connections:
            connection.ws.send_raw(b"\xff\xff\xff\xff")

    def scenario_message(self, topic, data):
        """One further message, now; it becomes part of the state and of what was published."""
        now = self.clock.now_ms()
        self.hub._publish((now, self.hub.session, topic, data))
        self.hub.broadcast([(now, topic, data)])

    def scenario_switch(self, after_s=0.0, **plan):
        """Another session takes over on the same connections; the rest of the present one is not told. after_s: of the feed's time."""
        session = programme.Session(race.Plan(**plan), self.clock.now_ms() + int(after_s * 1000))
        here = self.programme.current(self.clock.now_ms())
        here.messages = [m for m in here.messages if m[0] < session.begin_ms]
        here.documents = [d for d in here.documents if d[0] < session.begin_ms]
        here.end_ms = min(here.end_ms, session.begin_ms - 1)
        self.programme.sessions.append(session)
        self.hub.extend(session)
        self.openf1.load(self.programme)

    def scenario_openf1(self, **settings):
        """locked, windows, empty_is_404, token_life_s, next_token, mangled, lag_ms."""
        for name, value in settings.items():
            if name not in ("locked", "windows", "empty_is_404", "token_life_s", "next_token", "mangled", "lag_ms"):
                raise ValueError("no such setting of OpenF1: " + name)
            setattr(self.openf1, name, value)

    def scenario_results(self, delay_ms):
        self.results.delay_ms = delay_ms

    def scenario_sky(self, skew_s):
        self.sky.skew_s = skew_s

    def scenario_rain(self, mm):
        self.sky.rain_mm = mm

    # ---- what was told, as a recording

    def write_recording(self, path, snapshot_ms=None):
        """What the first subscriber would have got had nothing gone wrong, as SignalR Core records. snapshot_ms: a Heartbeat of that
        UTC follows the snapshot, since players of recordings take the time of the next message for that of the snapshot."""
        state, published, first = merge.State(), self.published(), self.log(event="subscribed")[0]
        for _, topic, data in published[:first["published"]]:
            state.apply(topic, data)
        lines = [self.hub.record(*message) for message in published[first["published"]:] if message[1] in first["topics"]]
        if snapshot_ms is not None:
            lines.insert(0, self.hub.record(snapshot_ms - self.hub.skew_ms, "Heartbeat", {"Utc": feed.utc(snapshot_ms, 7)}))
        with open(path, "w") as f:
            f.write(json.dumps({"type": 3, "invocationId": "0", "result": state.snapshot(first["topics"])}) + signalr.END + "\n")
            f.write("\n".join(lines) + "\n")


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--port", type=int, default=0)
    options.add_argument("--race", default="synthetic", help="synthetic, or a folder of *.jsonStream")
    options.add_argument("--openf1", help="folder of OpenF1-shaped JSON of the same recorded session")
    options.add_argument("--speed", type=float, default=1.0)
    options.add_argument("--keep-times", action="store_true", help="a recording keeps its own dates")
    options.add_argument("--tls", action="store_true")
    options.add_argument("--token", help="the only bearer token that is accepted")
    for name in ("cars", "laps", "lap_ms", "seed", "before_ms"):
        options.add_argument("--" + name.replace("_", "-"), type=int, default=getattr(race.Plan, name))
    options.add_argument("--telemetry", action="store_true")
    asked = options.parse_args()
    plan = race.Plan(cars=asked.cars, laps=asked.laps, lap_ms=asked.lap_ms, seed=asked.seed, before_ms=asked.before_ms,
                     telemetry=asked.telemetry)
    begin_ms = None
    if asked.keep_times and asked.race != "synthetic":
        begin_ms = recording.Recorded(asked.race).begin_ms
    upstream = Upstream(plan, speed=asked.speed, begin_ms=begin_ms, recorded=None if asked.race == "synthetic" else asked.race,
                        openf1_rows=asked.openf1, token=asked.token, tls=asked.tls, port=asked.port)
    with upstream:
        print(upstream.url + (" ca_file=" + upstream.ca_file if upstream.ca_file else ""), flush=True)
        try:
            while True:
                time.sleep(3600)
        except KeyboardInterrupt:
            pass


if __name__ == "__main__":
    main()
