"""Cells of scenario_table.py that need a run of their own: a server that does not answer, the clock, the calendar, the session."""
import os
import sqlite3
import time

import support
from scenario_table import ScenarioCase
from upstream_case import HOUR, QUICK_LIMITS, race, weekend


class Cells(ScenarioCase):
    # ---- a server that takes the question and says nothing

    def assert_waits_and_goes_on(self, d, service, family, limit_s, meanwhile, provoke=None, match=""):
        """The page shows that somebody waits, what else there is goes on; then the time-out is said, and it is asked again."""
        failures, mark = self.failures(d, service), len(d.log())
        n = len(self.up.log(family=family))
        self.up.control("silent", family=family, times=1, match=match, hold_s=10 * limit_s)
        if provoke:
            provoke()
        d.wait(lambda: any(s["running"] for s in self.servers(d, service)), "a question that waits for its answer", timeout=2)
        begun = time.monotonic()
        meanwhile()
        said = "no complete answer within %d ms" % (1000 * limit_s)
        d.wait(lambda: self.says(d, service, said, failures), said, timeout=limit_s)
        self.assertLess(time.monotonic() - begun, limit_s + 2 * support.PATIENCE)
        d.wait(lambda: [e for e in self.up.log(family=family)[n:] if e["fault"] is None and e["status"] == 200], "the next answer")
        return d.log()[mark:]

    def goes_on(self, d):
        lap = self.session(d)["lap"]
        self.wait_lap(d, lap + 1)
        self.assertEqual(self.api(d, "/healthz")["status"], "ok")

    def test_openf1_does_not_answer(self):
        """One collection waits; the others go on."""
        self.upstream({"cars": 6, "laps": 10}, speed=4)
        d = self.live(self.sources(openf1={**QUICK_LIMITS, "section": {"silence": "20s"}}))
        self.wait_lap(d, 2)
        told = self.assert_waits_and_goes_on(d, "openf1", "openf1", 20, lambda: self.goes_on(d), match="stints")
        self.assertRegex(told, "warn  source-openf1: OpenF1: stints: .*no complete answer within 20000 ms; next try in")
        self.assert_true_race(d)
        d.stop()

    def test_live_timing_does_not_answer(self):
        """One connection waits for its negotiation; the other one serves."""
        self.upstream({"cars": 6, "laps": 10}, speed=6)
        d = self.live(self.sources(livetiming={}))
        self.wait_lap(d, 2)
        told = self.assert_waits_and_goes_on(d, "livetiming", "negotiate", 15, lambda: self.goes_on(d), match="Version",
                                             provoke=lambda: self.up.control("cut", keep=1, how="reset"))
        self.assertRegex(told, "negotiate: .*no complete answer within 15000 ms; next attempt in")
        self.assert_true_race(d)
        d.stop()

    def test_jolpica_does_not_answer(self):
        self.upstream([(race.Plan(key=90003, cars=6, laps=2, lap_ms=30000), HOUR)], begin_ms=int(time.time()) // 60 * 60 * 1000)
        self.up.control("pause")
        self.up.control("silent", family="jolpica", times=1, hold_s=300)
        d = self.live(self.sources(source_ergast={"limits_per_second": 10, "limits_per_hour": 2000}))
        d.wait(lambda: self.servers(d, "jolpica") and self.servers(d, "jolpica")[0]["running"], "a question that waits")
        self.assertEqual(self.api(d, "/api/v1/schedule")["sessions"], [])
        d.wait(lambda: self.says(d, "jolpica", "no complete answer within 30000 ms", 0), "time-out", timeout=30)
        d.wait(lambda: self.api(d, "/api/v1/schedule")["sessions"], "calendar")
        self.assertEqual(d.lines(" warn  source-ergast: (?!poll took)"), [], "the host asked again: nothing is missing")
        d.stop()

    def test_the_weather_does_not_answer(self):
        self.upstream(speed=1)
        self.up.control("silent", family="weather", times=1, hold_s=300)
        d = self.live(self.sources(source_weather={"lat": "45.60", "lon": "9.30"}))
        d.wait(lambda: self.servers(d, "weather") and self.servers(d, "weather")[0]["running"], "a question that waits")
        self.assertEqual(self.source(d, "source_weather")["link"], None)
        d.wait(lambda: self.says(d, "weather", "no complete answer within 30000 ms", 0), "time-out", timeout=30)
        d.wait(lambda: self.source(d, "source_weather")["link"] == "up", "forecast")
        self.assertEqual(d.lines(" warn  source-weather: (?!poll took)"), [], "the host asked again: nothing is missing")
        d.stop()

    # ---- OpenF1 and live timing

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

    # ---- Jolpica, weather

    def kept(self, table):
        path = self.path("data", "history.sqlite")
        if not os.path.exists(path):
            return []
        with sqlite3.connect("file:%s?mode=ro" % path, uri=True) as db:
            return db.execute("select * from %s" % table).fetchall()

    def test_jolpica_from_session_to_session(self):
        """Qualifying, then the race of one weekend: each result is kept once, as its own."""
        self.upstream(weekend(), speed=1000, begin_ms=int(time.time()) // 60 * 60 * 1000)
        d = self.live(self.sources(source_ergast={"limits_per_second": 50, "limits_per_hour": 2000}))
        tables = ("qualifying", "result")
        d.wait(self.up.over, "end of the weekend", timeout=60)
        d.wait(lambda: all(len(self.kept(t)) >= 8 for t in tables), "results of both", timeout=30)
        time.sleep(1)  # of this clock a quarter of an hour: nothing is added
        self.assertEqual([len(self.kept(t)) for t in tables], [8, 8])
        d.stop()

    def test_the_weather_of_another_hour_is_refused(self):
        """A server whose clock is three hours ahead, then one that is right."""
        self.upstream(speed=1)
        self.up.control("sky", skew_s=3 * HOUR)
        d = self.live(self.sources(source_weather={"lat": "45.60", "lon": "9.30"}))
        line = d.wait_log("Open-Meteo: the forecast begins more than two hours ahead: is the clock right")
        self.assertIn(" warn ", line)
        d.wait(lambda: self.source(d, "source_weather")["link"] == "down", "the link's state")
        self.assertIn("is the clock right?", self.source(d, "source_weather")["link_text"])
        self.up.control("sky", skew_s=0)
        self.conf(self.sources(source_weather={"lat": "45.60", "lon": "9.31"}))
        d.reload()
        d.wait(lambda: self.source(d, "source_weather")["link"] == "up", "forecast")
        d.stop()


if __name__ == "__main__":
    support.main()
