"""A whole weekend by itself, on the rehearsal clock: calendar, modes, connections, history, weather."""
import json
import os
import sqlite3
import time

import support
from upstream_case import HOUR, Live, race, weekend

SPEED = 1000


class Season(Live):
    def weekend(self, plans=None):
        """f1pd with live timing around the sessions only, and Jolpica's calendar."""
        self.upstream(plans or weekend(), speed=SPEED, begin_ms=int(time.time()) // 60 * 60 * 1000)
        return self.live(self.sources(livetiming={"connect": "auto"},
                                      source_ergast={"limits_per_second": 50, "limits_per_hour": 2000}))

    def schedule(self, d):
        code, body = support.http(d.api, "/api/v1/schedule")
        return json.loads(body) if code == 200 else {"sessions": [], "mode": None}

    def test_a_weekend_from_the_calendar_of_jolpica(self):
        d = self.weekend()
        self.assertEqual(self.up.counts()["subscribed"], 0)
        d.wait(lambda: self.schedule(d)["sessions"], "calendar")
        self.assertEqual([s["name"] for s in self.schedule(d)["sessions"]], ["Practice 1", "Qualifying", "Race"])
        d.wait(self.up.over, "end of the weekend", timeout=60)
        d.wait(lambda: self.schedule(d)["mode"] == "idle", "idle", timeout=20)
        told = [line.split("season: ")[1] for line in d.lines("season: ")]
        modes = [a for a, b in zip(told, [None] + told) if a != b and not a.startswith("idle")]
        self.assertEqual(modes, ["%s: Example Grand Prix %s" % (mode, name) for name in ("Practice 1", "Qualifying", "Race")
                                 for mode in ("before", "live", "after")])
        served = self.session(d)
        race_ = self.up.programme.sessions[-1].race
        self.assertEqual(served["order"], [row[1] for row in race_.result()])
        self.assertEqual(len(self.up.log(event="subscribed")) >= 3, True)
        d.wait(lambda: self.up.counts()["connections"] == 0, "disconnection")
        d.stop()

    def test_a_start_that_is_moved_by_three_hours(self):
        plan = race.Plan(key=90003, cars=8, laps=8, before_ms=600000 + 3 * HOUR * 1000, after_ms=60000, lap_ms=60000,
                         starts_late_ms=3 * HOUR * 1000)
        d = self.weekend(plans=[(plan, 5 * HOUR // 4)])
        d.wait(lambda: (self.session(d) or {"lap": None})["lap"] is not None and (self.session(d)["lap"] or 0) >= 3, "race", timeout=60)
        self.assertEqual(self.schedule(d)["mode"], "live")
        self.wait_end(d)
        d.stop()

    def test_a_session_that_is_cancelled(self):
        cancelled = race.Plan(kind="Practice", name="Practice 1", key=90009)
        plans = [(race.Plan(key=90003, cars=8, laps=4, before_ms=600000, after_ms=60000, lap_ms=60000), 2 * HOUR)]
        self.upstream(plans, speed=SPEED, begin_ms=int(time.time()) // 60 * 60 * 1000, also=[(cancelled, HOUR // 2, True)])
        files = self.sources(livetiming={"connect": "auto"},
                             openf1={"connect": "auto", "limits": "custom", "limit_per_second": 50, "limit_per_minute": 1000})
        d = self.live(files)
        d.wait(self.up.over, "end of the weekend", timeout=60)
        for line in d.lines("season: "):
            self.assertNotIn("Practice", line)
        self.wait_end(d)
        d.stop()

    def test_the_kept_calendar_serves_without_network(self):
        d = self.weekend()
        d.wait(lambda: self.schedule(d)["sessions"], "calendar")
        d.stop()
        self.up.control("status", family="jolpica", code=503)
        self.up.control("pause")
        d = self.live(self.sources(livetiming={"connect": "auto"}, source_ergast={}))
        d.wait(lambda: self.schedule(d)["sessions"], "kept calendar")
        self.wait_lap(d, 1, timeout=60)
        d.stop()

    def test_results_reach_the_history(self):
        plan = race.Plan(key=90003, cars=8, laps=8, before_ms=600000, after_ms=60000, lap_ms=60000)
        d = self.weekend(plans=[(plan, HOUR // 6)])
        d.wait(self.up.over, "end of the weekend", timeout=60)
        path = self.path("data", "history.sqlite")

        def rows():
            if not os.path.exists(path):
                return 0
            with sqlite3.connect("file:%s?mode=ro" % path, uri=True) as db:
                names = [r[0] for r in db.execute("select name from sqlite_master where type = 'table' and name like '%result%'")]
                return sum(db.execute("select count(*) from \"%s\"" % n).fetchone()[0] for n in names)
        d.wait(lambda: rows() >= 8, "results in the history", timeout=30)
        d.stop()

    def test_the_forecast_of_the_weather(self):
        self.upstream(weekend(), speed=SPEED, begin_ms=int(time.time()) // 60 * 60 * 1000)
        self.up.control("rain", mm=4.0)
        d = self.live(self.sources(livetiming={"connect": "auto"}, source_ergast={}, source_weather={}))
        d.wait(lambda: self.up.log(family="weather"), "request for a forecast", timeout=30)
        asked = self.up.log(family="weather")[0]["target"]
        self.assertIn("latitude=45.6", asked)
        outlook = d.wait(lambda: (self.session(d) or {}).get("outlook"), "outlook", timeout=60)
        self.assertIn("rain", json.dumps(outlook))
        d.stop()


if __name__ == "__main__":
    support.main()
