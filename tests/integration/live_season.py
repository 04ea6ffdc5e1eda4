"""A whole weekend by itself, on the rehearsal clock: calendar, modes, connections, history, weather, a forecast before the start."""
import datetime
import json
import os
import sqlite3
import time

import support
from upstream_case import HOUR, Live, feed, race, weekend

SPEED = 1000
LEAD_S = {"race": HOUR, "sprint": HOUR}  # of other sessions a quarter of an hour


def seconds(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def sprint_weekend():
    """As weekend(): the five sessions, the feeds 10 minutes before each."""
    common = {"cars": 8, "before_ms": 600000, "after_ms": 60000, "lap_ms": 60000}
    timed = {"laps": 2, "length_ms": 600000}
    return [(race.Plan(kind="Practice", name="Practice 1", key=90011, laps=4, length_ms=1800000, **common), HOUR // 6),
            (race.Plan(kind="Qualifying", name="Sprint Qualifying", key=90012, **timed, **common), 2 * HOUR),
            (race.Plan(kind="Race", name="Sprint", key=90013, laps=20, **common), 9 * HOUR // 2),
            (race.Plan(kind="Qualifying", name="Qualifying", key=90014, **timed, **common), 7 * HOUR),
            (race.Plan(kind="Race", name="Race", key=90015, laps=25, **common), 19 * HOUR // 2)]


class Season(Live):
    def weekend(self, plans=None):
        """f1pd with live timing around the sessions only, and Jolpica's calendar."""
        self.upstream(plans or weekend(), speed=SPEED, begin_ms=int(time.time()) // 60 * 60 * 1000)
        return self.live(self.sources(livetiming={"connect": "auto"},
                                      source_ergast={"limits_per_second": 50, "limits_per_hour": 2000}))

    def schedule(self, d):
        code, body = support.http(d.api, "/api/v1/schedule")
        return json.loads(body) if code == 200 else {"sessions": [], "mode": None}

    def follow(self, d, until, what, timeout=60):
        """Every word of /api/v1/schedule that differs from the one before in mode, session or start, until a condition holds."""
        said = []

        def look():
            s = self.schedule(d)
            if s["mode"] and s["session"]:
                key = (s["mode"], s["session"]["name"], s["session"]["start"], s["moved"])
                if not said or said[-1][0] != key:
                    said.append((key, s))
            return until(said)
        d.wait(look, what, timeout)
        return [s for _, s in said]

    def check_modes(self, said, sessions):
        """Before, live and after of each session in their order; and each time when the mode changes next is the right one."""
        self.assertEqual([(s["mode"], s["session"]["name"]) for s in said if s["mode"] != "idle"],
                         [(mode, session.plan.name) for session in sessions for mode in ("before", "live", "after")])
        starts = {session.plan.name: session.start_ms / 1000 for session in sessions}
        for s in said:
            start, changes = starts[s["session"]["name"]], seconds(s["mode_changes"]) if s["mode_changes"] else None
            self.assertEqual(seconds(s["session"]["start"]), start)
            if s["mode"] == "idle" and changes:
                self.assertEqual(start - changes, LEAD_S.get(s["session"]["type"], HOUR // 4), s["session"]["name"])
            elif s["mode"] == "before":
                self.assertEqual(changes, start, s["session"]["name"])

    def test_a_sprint_weekend_has_its_modes_at_their_times(self):
        d = self.weekend(plans=sprint_weekend())
        sessions = self.up.programme.sessions
        said = self.follow(d, lambda said: said and said[-1][0][:2] == ("after", "Race"), "end of the weekend", timeout=80)
        self.check_modes(said, sessions)
        types = {s["name"]: s["type"] for s in self.schedule(d)["sessions"]}
        self.assertEqual(types, {"Practice 1": "practice", "Sprint Qualifying": "sprint_qualifying", "Sprint": "sprint",
                                 "Qualifying": "qualifying", "Race": "race"})
        self.assertFalse(any(s["moved"] for s in said))
        d.stop()

    def test_a_forecast_stands_before_the_lights_go_out(self):
        plan = race.Plan(key=90003, cars=8, laps=6, before_ms=600000, after_ms=60000, lap_ms=60000)
        self.upstream([(plan, 60)], speed=60, begin_ms=int(time.time()) // 60 * 60 * 1000)
        d = self.live(self.sources(livetiming={"connect": "auto"}, source_ergast={"limits_per_second": 50, "limits_per_hour": 2000}),
                      forecasts=True)
        early = d.wait(lambda: self.forecast(d), "forecast", timeout=90)
        served = self.session(d)
        self.assertLess(self.up.now_ms(), self.up.programme.sessions[0].start_ms, "the race had begun already")
        self.assertEqual((served["session"]["status"], early["lap"] or 0), ("inactive", min(1, early["lap"] or 0)))
        self.assertEqual({c["number"] for c in early["cars"]}, {c.number for c in self.up.programme.sessions[0].cars})
        self.assertAlmostEqual(sum(c["win"] for c in early["cars"]), 1, delta=0.01)
        self.assertAlmostEqual(sum(c["podium"] for c in early["cars"]), 3, delta=0.02)
        grid = [c.number for c in sorted(self.up.programme.sessions[0].cars, key=lambda c: c.grid)]
        chance = {c["number"]: c["win"] for c in early["cars"]}
        self.assertGreater(chance[grid[0]], chance[grid[-1]], "the grid means nothing")
        self.wait_lap(d, 2, timeout=60)
        d.wait(lambda: (self.forecast(d)["lap"] or 0) >= 2, "forecast of the race")
        d.stop()

    def forecast(self, d):
        code, body = support.http(d.api, "/api/v1/prediction/live")
        return json.loads(body)["forecast"] if code == 200 else None

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

    def late_race(self):
        plan = race.Plan(key=90003, cars=8, laps=20, before_ms=600000 + 3 * HOUR * 1000, after_ms=60000, lap_ms=60000,
                         starts_late_ms=3 * HOUR * 1000)
        d = self.weekend(plans=[(plan, 5 * HOUR // 4)])
        session = self.up.programme.sessions[0]
        self.assertEqual(session.start_ms - session.planned_start_ms(), 3 * HOUR * 1000)
        return d, session

    def move_start(self):
        """The feed tells the new start, and from then on no other."""
        session, hub = self.up.programme.sessions[0], self.up.hub
        local = session.start_ms + session.plan.gmt_offset_s * 1000
        new = {"StartDate": feed.utc(local, 0), "EndDate": feed.utc(local + 2 * HOUR * 1000, 0)}
        for _, _, topic, data in hub.pending[hub.at:]:
            if topic == "SessionInfo":
                data.update(new)
        self.up.scenario_message("SessionInfo", new)

    def test_a_start_that_is_moved_by_three_hours(self):
        d, session = self.late_race()
        planned, start = session.planned_start_ms() / 1000, session.start_ms / 1000
        said = self.follow(d, lambda said: said and said[-1][0][0] == "before" and self.session(d), "hour before the race")
        self.up.call(self.move_start)
        said += self.follow(d, lambda said: said and said[-1][0][0] == "after", "end of the race")
        told = [(s["mode"], s["moved"], seconds(s["session"]["start"]) - planned, seconds(s["mode_changes"]) - planned) for s in said]
        once = [t for i, t in enumerate(told) if i == 0 or t[:3] != told[i - 1][:3]]
        self.assertEqual([t[:3] for t in once], [("idle", False, 0), ("before", False, 0), ("before", True, 3 * HOUR),
                                                 ("live", True, 3 * HOUR), ("after", True, 3 * HOUR)])
        self.assertEqual([t[3] for t in once[:3]], [-HOUR, 0, 3 * HOUR])
        self.assertEqual(seconds(said[-1]["session"]["start"]), start)
        self.assertEqual(self.session(d)["order"], [row[1] for row in session.race.result()])
        d.stop()

    def test_a_start_that_is_late_without_a_word(self):
        d, session = self.late_race()
        said = self.follow(d, lambda said: said and said[-1][0][0] == "after", "end of the race")
        self.assertEqual([(s["mode"], s["moved"]) for s in said], [(m, False) for m in ("idle", "before", "live", "after")])
        self.assertEqual(self.session(d)["order"], [row[1] for row in session.race.result()])
        d.stop()

    def test_a_session_that_is_cancelled(self):
        cancelled = race.Plan(kind="Practice", name="Practice 1", key=90009)
        plans = [(race.Plan(key=90003, cars=8, laps=20, before_ms=600000, after_ms=60000, lap_ms=60000), 2 * HOUR)]
        self.upstream(plans, speed=SPEED, begin_ms=int(time.time()) // 60 * 60 * 1000, also=[(cancelled, HOUR // 2, True)])
        files = self.sources(livetiming={"connect": "auto"},
                             openf1={"connect": "auto", "limits": "custom", "limit_per_second": 50, "limit_per_minute": 1000})
        d = self.live(files)
        said = self.follow(d, lambda said: said and said[-1][0][0] == "after", "end of the weekend")
        self.check_modes(said, self.up.programme.sessions)
        listed = {s["name"]: s["cancelled"] for s in self.schedule(d)["sessions"]}
        self.assertEqual(listed, {"Practice 1": True, "Race": False})
        for line in d.lines("season: "):
            self.assertNotIn("Practice", line)
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
