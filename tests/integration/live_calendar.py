"""The calendar's chain of sources, and a restart without network: what the user is told then."""
import json
import shutil

import support
from upstream_case import HOUR, Live, feed, race

CHAIN = (("jolpica", "source-ergast"), ("openf1", "source-openf1"), ("static", "source-archive"))


class Calendar(Live):
    def sources_of_calendars(self):
        return self.sources(livetiming={"connect": "auto"},
                            openf1={"connect": "auto", "limits": "custom", "limit_per_second": 50, "limit_per_minute": 1000},
                            source_ergast={"limits_per_second": 50, "limits_per_hour": 2000}, source_archive={"calendar": "yes", "mirror_url": ""})

    def schedule(self, d):
        code, body = support.http(d.api, "/api/v1/schedule")
        return json.loads(body) if code == 200 else {"calendar": None}

    def serves(self, d, name):
        return d.wait(lambda: (lambda s: s["calendar"] == name and s["session"] and s)(self.schedule(d)), "calendar of " + name, timeout=30)

    def forget_answers(self):
        """The HTTP cache: answers of the last six hours are as good as new."""
        shutil.rmtree(self.path("data", "cache"), ignore_errors=True)

    def test_each_calendar_steps_in_for_the_one_before(self):
        # A minute, after which a source tries again, is a second here.
        plan = race.Plan(key=90003, cars=8, laps=4, before_ms=600000, lap_ms=60000)
        self.upstream([(plan, 40 * HOUR)], speed=60)
        start = feed.utc(self.up.programme.sessions[0].planned_start_ms(), 0)
        files = self.sources_of_calendars()
        for i in range(len(CHAIN) + 1):
            for family, _ in CHAIN[:i]:
                self.up.control("status", family=family, code=503)
            d = self.live(files)
            name = (CHAIN[i][1] if i < len(CHAIN) else "cache")
            told = self.serves(d, name)
            self.assertEqual((told["mode"], told["session"]["name"], told["session"]["start"][:19]), ("idle", "Race", start))
            self.assertFalse(told["calendar_stale"])
            if name == "cache":
                break
            d.wait_log(" info +schedule: the calendar is that of %s$" % name)
            d.stop()
            self.assertEqual(d.lines(" schedule: the calendar is that of")[-1][-len(name):], name)
            self.forget_answers()
            self.up.control("clear")
        d.wait_log(" warn +schedule: the calendar is the kept one")
        # They come back, and the best of them serves again, by itself.
        self.up.control("clear")
        self.serves(d, "source-ergast")
        d.wait_log(" schedule: the calendar is that of source-ergast$")
        d.stop()

    def test_a_restart_in_mid_race_without_network_serves_the_last_state_as_stale(self):
        self.upstream({"laps": 30, "before_ms": 15 * 60000}, speed=60)
        files = self.sources(livetiming={}, source_ergast={"limits_per_second": 50, "limits_per_hour": 2000})
        d = self.live(files, forecasts=True)
        d.wait(lambda: self.schedule(d).get("session"), "calendar")
        self.wait_lap(d, 4, timeout=60)
        d.wait(lambda: self.api(d, "/api/v1/prediction/live")["forecast"], "forecast")
        before = self.session(d)
        d.kill()
        now_ms = self.up.now_ms()
        self.up.stop()
        settings = {"journal_dir": self.path("journal"), "data_dir": self.path("data"), "speed": 60, "clock_start": feed.utc(now_ms, 0) + "Z"}
        d = self.daemon(self.conf({"00-f1pd.ini": support.core(**settings)}))
        d.wait_log("events recovered")
        d.api = d.port()
        served = d.wait(lambda: self.session(d), "last known state", timeout=5)
        self.assertGreaterEqual(served["lap"], before["lap"])
        self.assertEqual({c["number"] for c in served["cars"]}, {c["number"] for c in before["cars"]})
        self.assertEqual(served["session"]["key"], before["session"]["key"])
        d.wait(lambda: self.api(d, "/api/v1/prediction/live")["forecast"], "last forecast", timeout=5)
        d.wait(lambda: self.api(d, "/api/v1/sources")["stale"], "word that it is stale")
        self.assertEqual(self.schedule(d)["mode"], "live")
        health = self.api(d, "/healthz")
        self.assertEqual(health["status"], "degraded")
        self.assertIn("no live source has data", health["reason"])
        self.assertEqual(support.http(d.api, "/readyz")[0], 503)
        watcher = self.watch(d)
        d.wait(lambda: watcher.messages, "a message to clients")
        self.assertEqual(watcher.messages[0][1]["state"]["lap"], served["lap"])
        self.assertFalse(self.source(d, "source_livetiming")["alive"])
        tries = len(d.lines("source-livetiming: "))
        d.wait(lambda: len(d.lines("source-livetiming: ")) > tries or self.failures(d) > 5, "further attempts")
        d.stop()
        watcher.finish()

    def failures(self, d):
        return sum(s["failures"] for s in self.api(d, "/api/v1/sources")["servers"])


if __name__ == "__main__":
    support.main()
