"""Every source passes the same list of scenarios (scenario_table.py). Here one run of the daemon, or of f1pd import, meets many of them,
one after the other: the user is told as the table says, and in the end the data are right."""
import itertools
import os
import re
import sqlite3
import time

import support
from scenario_table import FAULTS, SCENARIOS, TABLE, ScenarioCase
from upstream_case import QUICK_LIMITS, race

WEEK = 7 * 86400


class Scenarios(ScenarioCase):
    def pass_one(self, d, row, plugin, service, family, scenario, match="", provoke=None, again=False):
        """The fault once; the user is told what the table says, and nothing where it says nothing; the source goes on by itself."""
        kind, params = FAULTS[scenario]
        error, word = TABLE[row][scenario][1]
        mark, n, failures = len(d.log()), len(self.up.log(family=family)), self.failures(d, service)
        self.up.control(kind, family=family, times=1, match=match, **params)
        if provoke:
            provoke()
        d.wait(lambda: self.met(family, n), "request that meets: " + scenario, timeout=4)
        if error:
            d.wait(lambda: self.says(d, service, error, failures), "%s: \"%s\" among the servers" % (scenario, error), timeout=1)
        if word:
            d.wait(lambda: re.search(word, d.log()[mark:]), "%s: \"%s\" in the log" % (scenario, word), timeout=1)
        if again:
            provoke()
        d.wait(lambda: [e for e in self.met(family, n) if e["fault"] in (None, "slow") and e["status"] in (101, 200)],
               "recovery from " + scenario, timeout=4)
        d.wait(lambda: self.healthy(d), "health after " + scenario, timeout=4)
        if not word:
            self.assertNotRegex(d.log()[mark:], r"warn  (http|%s): (?!.*connection lost|poll took)" % plugin.replace("_", "-"), scenario)
        if scenario == "slow":
            self.assertEqual(self.failures(d, service), failures, "slowness is no failure")

    def healthy(self, d):
        """Where a test has no calendar, that it is missing is all that may be said."""
        h = self.api(d, "/healthz")
        return h["status"] == "ok" or h["reason"].startswith("no calendar has come yet")

    def pass_all(self, d, row, *args, **kw):
        for scenario in FAULTS:
            if TABLE[row][scenario][0] == "seen":
                self.pass_one(d, row, *args, scenario, **kw)

    # ---- the table

    def test_the_table_has_no_hole(self):
        folder = os.path.dirname(os.path.abspath(__file__))
        self.assertEqual(set(TABLE), {"livetiming", "openf1", "mqtt", "jolpica", "weather", "archive"})
        for row, cells in TABLE.items():
            self.assertEqual(sorted(cells), sorted(SCENARIOS), row)
            for scenario, (what, text) in cells.items():
                if what == "test":
                    file, test = text.split(".")
                    with open(os.path.join(folder, file + ".py"), encoding="utf-8") as f:
                        self.assertIn("    def %s(" % test, f.read(), "%s: %s" % (row, scenario))
                elif what == "not":
                    self.assertGreater(len(text), 20, "%s: %s: why?" % (row, scenario))
                else:
                    self.assertIn(scenario, FAULTS, row)

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

    def test_the_archive_meets_everything(self):
        """One import after the other, each with one fault in the file that matters most."""
        begin_ms = int(time.time() - WEEK) * 1000
        self.upstream([(race.Plan(cars=6, laps=3, lap_ms=60000, before_ms=60000), 0)], begin_ms=begin_ms)
        self.up.call(setattr, self.up.clock, "base_ms", begin_ms + WEEK * 1000)
        session = self.up.programme.sessions[0]
        self.conf({"00-f1pd.ini": support.core(workers=1),
                   "16-source-archive.ini": support.ini("source_archive", {"base_url": self.up.url, "mirror_url": ""}, enabled="no")})
        for scenario, (kind, params) in FAULTS.items():
            n = len(self.up.log(family="static"))
            self.up.control(kind, family="static", times=1, match="TimingData", **params)
            data = self.path("data", scenario.replace(" ", "-"))
            p = self.run_f1pd("import", session.info["Path"].rstrip("/"), "--data", data, "-c", self.path("conf.d"))
            word = TABLE["archive"][scenario][1][1]
            asked = [e["fault"] for e in self.up.log(family="static")[n:] if "TimingData" in e["target"]]
            self.assertEqual(asked, [kind] if scenario in ("slow", "403") else [kind, None], scenario)
            self.assertIn("complete: 13 files, 1 missing" if scenario == "403" else "complete: 14 files, 0 missing", p.stderr)
            if word:
                self.assertRegex(p.stderr, word)
            else:
                self.assertNotRegex(p.stderr, r"warn  (http|source-archive): (?!poll took)", scenario)
            if scenario == "403":
                continue
            told = self.replay(os.path.join(data, "archive", session.info["Path"].rstrip("/") + ".f1j"), "--no-forecasts")
            self.assertEqual([c["number"] for c in told["order"]], [r[1] for r in session.race.result()], scenario)


if __name__ == "__main__":
    support.main()
