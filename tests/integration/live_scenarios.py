"""Every source passes the same list of scenarios: TABLE says which misbehaviour each one meets and what the user then sees, in
/api/v1/sources or in the log. One run of the daemon meets many of them, one after the other; in the end the data are right."""
import itertools
import json
import os
import re
import sqlite3
import threading
import time
import unittest

import support
from upstream_case import QUICK_LIMITS, Live, broker, lap_times, race, true_laps

SCENARIOS = ("slow", "silent", "429 with Retry-After", "429", "401", "403", "500", "502", "garbage", "truncated", "wrong length",
             "reset in mid-frame", "two-hour cut", "clock skew", "stale session times", "doubled and reordered", "session switch")
# How the fake upstream is told to answer.
FAULTS = {"slow": ("slow", {"delay_s": 0.2}), "silent": ("silent", {"hold_s": 0.2}),
          "429 with Retry-After": ("status", {"code": 429, "retry_after": 1}),
          "500": ("status", {"code": 500}), "502": ("status", {"code": 502}), "garbage": ("garbage", {}),
          "truncated": ("truncated", {}), "wrong length": ("wrong_length", {"by": 100}), "reset in mid-frame": ("reset", {}),
          # Last what keeps sources away for long:
          "429": ("status", {"code": 429}), "401": ("status", {"code": 401}), "403": ("status", {"code": 403})}
SEEN_ON_HTTP = {"slow": ".", "silent": ".", "429 with Retry-After": "429 and wants to be left alone for 1 s",
                "429": "429", "401": "401|account", "403": "403|account", "500": "500", "502": "502", "garbage": "(?i)JSON|answer",
                "truncated": r"bytes remaining|closed", "wrong length": "100 bytes remaining|closed",
                "reset in mid-frame": "(?i)reset|poll|receiv"}


def elsewhere(test):
    """The cell is a test of its own: FILE.test_NAME."""
    return ("test", test)


def not_here(why):
    """The scenario does not apply."""
    return ("not", why)


def seen(pattern):
    """Met in the run of the source; the user reads this."""
    return ("seen", pattern)


HTTP = {scenario: seen(pattern) for scenario, pattern in SEEN_ON_HTTP.items()}
NO_CONNECTION = not_here("every question is a connection of its own or an idle one: there is nothing to cut after two hours")
NO_STATUS = not_here("MQTT has no such answer; REST, which fills its gaps, meets it in the row of openf1")
TABLE = {
    "livetiming": {
        **HTTP,
        "two-hour cut": elsewhere("live_timing.test_the_two_hour_cut_is_forestalled"),
        "clock skew": elsewhere("live_timing.test_a_clock_that_is_ahead"),
        "stale session times": elsewhere("live_scenarios.test_session_times_of_yesterday_over_live_timing"),
        "doubled and reordered": elsewhere("live_timing.test_messages_doubled_and_out_of_order"),
        "session switch": elsewhere("live_timing.test_another_session_on_the_same_connection")},
    "openf1": {
        **HTTP,
        "401": elsewhere("live_openf1.test_locked_out_without_an_account"),
        "403": elsewhere("live_scenarios.test_openf1_says_403"),
        "two-hour cut": NO_CONNECTION,
        "clock skew": elsewhere("live_scenarios.test_openf1_whose_clock_is_ahead"),
        "stale session times": elsewhere("live_scenarios.test_session_times_of_yesterday_over_openf1"),
        "doubled and reordered": elsewhere("live_scenarios.test_rows_doubled_and_out_of_order"),
        "session switch": elsewhere("live_scenarios.test_another_session_over_openf1")},
    "mqtt": {
        **{scenario: NO_STATUS for scenario in ("429 with Retry-After", "429", "403", "500", "502")},
        "slow": seen("."), "silent": seen("."),
        "401": seen("refuses the account"), "garbage": seen("."),
        "truncated": seen("."),
        "wrong length": not_here("the length is that of the packet; a payload that is too short is the scenario truncated"),
        "reset in mid-frame": seen("stream of OpenF1 was lost"),
        "two-hour cut": seen("renewed with a fresh token"),
        "clock skew": not_here("rows carry their own dates on both ways and nothing else: see the row of openf1"),
        "stale session times": not_here("the session is found over REST: see the row of openf1"),
        "doubled and reordered": seen("."),
        "session switch": not_here("the session is found over REST: see the row of openf1")},
    "jolpica": {
        **HTTP,
        "two-hour cut": NO_CONNECTION,
        "clock skew": not_here("its times are those of a calendar; nothing is measured against our clock"),
        "stale session times": elsewhere("live_season.test_a_start_that_is_moved_by_three_hours"),
        "doubled and reordered": not_here("a page is one document; rows that move between pages are tested beside the plugin"),
        "session switch": elsewhere("live_season.test_a_weekend_from_the_calendar_of_jolpica")},
    "weather": {
        **HTTP,
        "two-hour cut": NO_CONNECTION,
        "clock skew": not_here("forecasts are by the quarter hour; answers of another time are tested beside the plugin"),
        "stale session times": not_here("a forecast is of a place; sessions come from the calendar"),
        "doubled and reordered": not_here("one answer is one document"),
        "session switch": elsewhere("live_season.test_the_forecast_of_the_weather")},
}


class Stream(threading.Thread):
    """Publishes the rows of OpenF1 over a broker as they become visible."""

    def __init__(self, up, broker):
        super().__init__(daemon=True)
        self.up, self.broker = up, broker
        self.rows = list(up.programme.sessions[0].documents)
        self.at, self.twice, self.lock, self.stopped = 0, False, threading.Lock(), threading.Event()
        self.start()

    def run(self):
        while not self.stopped.wait(0.05) and self.broker.process is not None:
            due = self.up.now_ms()
            with self.lock:
                batch = []
                while self.at < len(self.rows) and self.rows[self.at][0] <= due:
                    batch.append(self.rows[self.at])
                    self.at += 1
                if self.twice:
                    batch = batch[::-1] + batch
                self.broker.play({"topic": "v1/" + collection, "payload": {**row, "_key": str(key), "_id": self.at}}
                                 for _, collection, key, row in batch)


    def stop(self):
        self.stopped.set()
        self.join(20)


class Scenarios(Live):
    SPEED = 30

    def texts(self, d, plugin, service, mark):
        told = self.api(d, "/api/v1/sources")
        servers = [s["last_error"] for s in told["servers"] if service is None or self.up.url_of(service).endswith(s["server"])]
        links = [s["link_text"] for s in told["sources"] if s["plugin"] == plugin]
        return json.dumps([servers, links]) + d.log()[mark:]

    def met(self, family, n):
        """The entries of the log from the first one since the n-th that went wrong."""
        log = self.up.log(family=family)[n:]
        wrong = next((i for i, e in enumerate(log) if e["fault"]), None)
        return [] if wrong is None else log[wrong:]

    def pass_one(self, d, row, plugin, service, family, scenario, match="", provoke=None, again=False):
        """The fault once; the user is told; and the source goes on by itself."""
        kind, params = FAULTS[scenario]
        mark, n = len(d.log()), len(self.up.log(family=family))
        self.up.control(kind, family=family, times=1, match=match, **params)
        if provoke:
            provoke()
        d.wait(lambda: self.met(family, n), "request that meets: " + scenario, timeout=4)
        wanted = TABLE[row][scenario][1]
        d.wait(lambda: re.search(wanted, self.texts(d, plugin, service, mark)), "word of %s, as \"%s\"" % (scenario, wanted), timeout=1)
        if again:
            provoke()
        d.wait(lambda: [e for e in self.met(family, n) if e["fault"] in (None, "slow") and e["status"] in (101, 200)],
               "recovery from " + scenario, timeout=4)

    def pass_all(self, d, row, *args, **kw):
        for scenario in FAULTS:
            if TABLE[row][scenario][0] == "seen":
                self.pass_one(d, row, *args, scenario, **kw)

    def assert_true_race(self, d):
        """Order and laps as they were, whatever went wrong on the way."""
        r = self.up.programme.sessions[0].race
        d.wait(self.up.over, "end of the upstream's race", timeout=40)
        true = set(true_laps(r))
        d.wait(lambda: set(lap_times(self.journal())) >= true, "all lap times")
        self.assertEqual(set(lap_times(self.journal())) - true, set(), "laps that never were")
        d.wait(lambda: self.session(d)["order"] == [row[1] for row in r.result()], "true order")
        laps = {c["number"]: c["laps"] for c in self.session(d)["cars"]}
        self.assertEqual(laps, {number: done for _, number, done, _, _ in r.result()})

    # ---- the table

    def test_the_table_has_no_hole(self):
        folder = os.path.dirname(os.path.abspath(__file__))
        for row, cells in TABLE.items():
            self.assertEqual(sorted(cells), sorted(SCENARIOS), row)
            for scenario, (what, text) in cells.items():
                if what == "test":
                    file, test = text.split(".")
                    with open(os.path.join(folder, file + ".py"), encoding="utf-8") as f:
                        self.assertIn("    def %s(" % test, f.read(), "%s: %s" % (row, scenario))
                elif what == "not":
                    self.assertGreater(len(text), 20, "%s: %s: why?" % (row, scenario))

    # ---- rows

    def test_openf1_meets_everything(self):
        self.upstream({"laps": 24, "cars": 6}, speed=self.SPEED)
        d = self.live(self.sources(openf1=QUICK_LIMITS))
        self.wait_lap(d, 1)
        self.pass_all(d, "openf1", "source_openf1", "openf1", "openf1")
        self.assert_true_race(d)
        self.assertEqual(self.source(d, "source_openf1")["link"], "up")
        d.stop()

    def test_live_timing_meets_everything(self):
        self.upstream({"laps": 16, "cars": 6}, speed=self.SPEED)
        d = self.live(self.sources(livetiming={}))
        self.wait_lap(d, 1)

        def provoke():
            self.up.control("cut_all", how="reset")
        # Only what is asked by POST goes wrong: with the question before it the server shows that it lives.
        self.pass_all(d, "livetiming", "source_livetiming", "livetiming", "negotiate", match="Version", provoke=provoke)
        self.wait_end(d)
        self.assertEqual([c["number"] for c in self.replayed(self.path("journal", "current.f1j"))["order"]],
                         [c["number"] for c in self.truth()["order"]])
        d.stop()

    def test_jolpica_meets_everything(self):
        # Races that are over: everything is there to be asked for, and each trouble puts off only what it met.
        plans = [(race.Plan(key=90000 + i, meeting_key=9000 + i, meeting="Grand Prix %d" % i, round=i, cars=8, laps=4, before_ms=600000,
                            after_ms=60000, lap_ms=60000), 3 * 3600 * i) for i in range(1, 11)]
        begin_ms = int(time.time()) // 60 * 60 * 1000
        self.upstream(plans, speed=1000, begin_ms=begin_ms)
        self.up.call(setattr, self.up.clock, "base_ms", begin_ms + 40 * 3600000)
        d = self.live(self.sources(source_ergast={"limits_per_second": 3, "limits_per_hour": 2000}))
        self.pass_all(d, "jolpica", "source_ergast", "jolpica", "jolpica")
        d.wait(lambda: self.results_kept() >= 32, "results in the history", timeout=5)
        self.assertEqual(self.results_kept() % 8, 0, "a part of a race")
        d.stop()

    def results_kept(self):
        path = self.path("data", "history.sqlite")
        if not os.path.exists(path):
            return 0
        with sqlite3.connect("file:%s?mode=ro" % path, uri=True) as db:
            names = [r[0] for r in db.execute("select name from sqlite_master where type = 'table' and name like '%result%'")]
            return sum(db.execute('select count(*) from "%s"' % n).fetchone()[0] for n in names)

    def test_weather_meets_everything(self):
        self.upstream({"laps": 3}, speed=1000)
        d = self.live(self.sources(source_weather={"lat": "45.60", "lon": "9.30"}))
        d.wait(lambda: self.source(d, "source_weather")["link"] == "up", "forecast")
        places = itertools.count(1)
        ports = itertools.cycle(("weather", "openf1", "jolpica", "livetiming"))  # few questions a minute are allowed to each server

        def provoke():  # another place is asked for at once
            place = next(places)
            self.conf(self.sources(source_weather={"lat": "45.60", "lon": "9.%02d" % place, "base_url": self.up.url_of(next(ports))}))
            d.reload()
            d.wait(lambda: self.up.log(family="weather") and ("longitude=9.%02d" % place) in self.up.log(family="weather")[-1]["target"],
                   "question about another place", timeout=4)
        self.pass_all(d, "weather", "source_weather", None, "weather", provoke=provoke, again=True)
        d.wait(lambda: self.source(d, "source_weather")["link"] == "up", "forecast")
        d.stop()

    def test_mqtt_meets_everything(self):
        if broker.find_mosquitto() is None:
            raise unittest.SkipTest("mosquitto is not installed (Debian package mosquitto)")
        self.upstream({"laps": 18, "cars": 6}, speed=self.SPEED)
        self.up.control("openf1", locked=True, next_token="first-secret-token", token_life_s=6.0)
        server = broker.Broker(token="first-secret-token", user=self.up.openf1.user).start()
        self.addCleanup(server.stop)
        account = {"username": "${file:%s}" % self.write("user", self.up.openf1.user),
                   "password": "${file:%s}" % self.write("password", self.up.openf1.password)}
        for name in ("user", "password"):
            os.chmod(self.path(name), 0o600)
        d = self.live(self.sources(openf1={**QUICK_LIMITS, **account, "mqtt": "on", "mqtt_host": "localhost", "mqtt_port": server.port,
                                           "ca_file": server.ca_file}))
        d.wait_log("stream of OpenF1 is up")
        stream = Stream(self.up, server)
        self.addCleanup(stream.stop)
        self.wait_lap(d, 1)
        with stream.lock:                        # slow, then silent
            for seconds in (0.1, 0.6):
                server.freeze()
                time.sleep(seconds)
                server.thaw()
            for payload in (b"\xff\x00 no JSON", b"[" * 5000, b'{"session_key":90010,"driver_number":1,"lap_nu'):
                server.publish("v1/laps", payload)
        d.wait_log(TABLE["mqtt"]["two-hour cut"][1])
        stream.twice = True
        with stream.lock:
            server.cut()
        d.wait_log(TABLE["mqtt"]["reset in mid-frame"][1])
        d.wait_log("stream of OpenF1 is up", count=2)
        stream.stop()
        server.set_token("other-secret-token")
        d.wait_log(TABLE["mqtt"]["401"][1])
        self.assert_true_race(d)
        self.assertEqual(self.source(d, "source_openf1")["link"], "up")
        d.stop()
        self.assertNotIn("secret-token", d.log())

    # ---- cells that need a run of their own

    def follow_openf1(self, plan=None, core=None, **settings):
        self.upstream({"laps": 6, "cars": 6, **(plan or {})}, speed=self.SPEED)
        self.up.control("openf1", **settings)
        d = self.live(self.sources(openf1=QUICK_LIMITS), core=core)
        self.assert_true_race(d)
        d.stop()

    def test_openf1_says_403(self):
        self.upstream({"laps": 4, "cars": 6}, speed=self.SPEED)
        self.up.control("status", family="openf1", code=403)
        d = self.live(self.sources(openf1=QUICK_LIMITS))
        text = d.wait(lambda: self.source(d, "source_openf1")["link_text"], "an explanation")
        self.assertRegex(text, "(?i)account")
        d.wait(lambda: self.source(d, "source_openf1")["link"] == "refused", "the link's state")
        asked = len(self.up.log(family="openf1"))
        time.sleep(2)
        self.assertLess(len(self.up.log(family="openf1")) - asked, 10, "it hammers a closed door")
        self.assertIsNone(self.session(d))
        d.stop()

    def test_openf1_whose_clock_is_ahead(self):
        self.upstream({"laps": 6, "cars": 6}, speed=self.SPEED, begin_ms=int(time.time()) * 1000)
        behind = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self.up.now_ms() // 1000 - 90))
        d = self.live(self.sources(openf1=QUICK_LIMITS), core={"clock_start": behind})
        self.assert_true_race(d)
        d.stop()

    def test_rows_doubled_and_out_of_order(self):
        self.follow_openf1(mangled=True)

    def test_session_times_of_yesterday_over_openf1(self):
        self.follow_openf1(plan={"starts_late_ms": 86400000})

    def test_session_times_of_yesterday_over_live_timing(self):
        self.upstream({"laps": 4, "cars": 6, "starts_late_ms": 86400000}, speed=self.SPEED)
        d = self.live(self.sources(livetiming={}))
        self.assert_true_race(d)
        d.stop()

    def test_another_session_over_openf1(self):
        self.upstream({"cars": 6}, speed=self.SPEED)
        d = self.live(self.sources(openf1=QUICK_LIMITS))
        self.wait_lap(d, 2)
        self.up.control("switch", kind="Qualifying", name="Qualifying", key=90020, cars=6, laps=2, lap_ms=20000, before_ms=10000)
        d.wait(lambda: self.session(d)["session"]["name"] == "Qualifying", "qualifying", timeout=2)
        d.wait(self.up.over, "end of qualifying")
        # OpenF1 has no parts of qualifying among its laps: the best is that of all.
        true = {n: min(t[0] for t in best.values()) for n, best in self.up.programme.sessions[-1].timed.best.items() if best}
        d.wait(lambda: {c["number"]: c["best_ms"] for c in self.session(d)["cars"] if c["best_ms"]} == true, "best times")
        d.stop()


if __name__ == "__main__":
    support.main()
