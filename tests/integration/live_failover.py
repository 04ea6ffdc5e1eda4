"""Live timing and OpenF1 together: one fails, the other takes over, the first comes back; and nothing is told twice."""
import struct
from collections import Counter

import support
from upstream_case import EV_GAP, EV_SOURCE_CHOICE, Live, lap_times, messages, stops, true_laps, true_messages, true_stops

OPENF1 = {"session": "latest", "limits": "custom", "limit_per_second": 50, "limit_per_minute": 1000, "section": {"priority": 40}}
LONG = {"laps": 16, "lap_ms": 12000, "before_ms": 15000}
SPEED = 15  # 4.5 s of silence must be longer than what a busy machine pauses
TIMING = 5  # F1P_DATA_TIMING


class Failover(Live):
    def choices(self, kind=TIMING):
        """[(virtual time of the choice in ns, from, to)] of the kind, in order."""
        out = []
        for e in self.journal():
            if e.type == EV_SOURCE_CHOICE and struct.unpack_from("<I", e.data, support.EVENT_HEADER)[0] == kind:
                names = e.data[support.EVENT_HEADER + 16:]
                out.append((e.t_recv_ns, *(names[i:i + 48].split(b"\0")[0].decode() for i in (0, 48))))
        return out

    def both(self, **kw):
        self.upstream(LONG, speed=SPEED, **kw)
        return self.live(self.sources(livetiming={}, openf1=OPENF1), forecasts=True)

    def rules(self, d, name, kind="timing"):
        return kind in self.source(d, name)["active"]

    def wait_live_timing(self, d, lap):
        """Until it is the one that tells, and the race goes."""
        self.wait_lap(d, lap)
        d.wait(lambda: self.rules(d, "source_livetiming"), "choice of live timing")

    def assert_told_once(self):
        """Every lap, message and passage of the pits that was, as it was, and no more often."""
        race, events = self.up.programme.sessions[0].race, self.journal()
        for told, true in ((lap_times(events), true_laps(race)), (messages(events), true_messages(race)),
                           (stops(events)[0], true_stops(race)[0])):
            self.assertEqual(Counter(told) - Counter(true), {}, "told, but was not so, or told twice")
            self.assertEqual(Counter(true) - Counter(told), {}, "not told")

    def test_the_better_source_rules_while_both_live(self):
        d = self.both()
        watcher = self.watch(d)
        self.wait_live_timing(d, 3)
        self.assertFalse(self.rules(d, "source_openf1"))
        self.wait_end(d)
        d.stop()
        watcher.check(self)
        self.assert_told_once()
        self.assertLessEqual(len(self.choices()), 1)

    def test_the_first_dies_and_comes_back(self):
        d = self.both()
        watcher = self.watch(d)
        self.wait_live_timing(d, 3)
        died_ms, told = self.up.now_ms(), len(self.choices())
        self.up.control("status", family="socket", code=503)
        self.up.control("cut_all", how="reset")
        d.wait(lambda: self.rules(d, "source_openf1"), "take-over by OpenF1")
        lap = self.session(d)["lap"]
        self.wait_lap(d, lap + 2)
        before = len(watcher.of("forecast"))
        d.wait(lambda: len(watcher.of("forecast")) > before, "forecast made from OpenF1")
        self.up.control("clear")
        d.wait(lambda: self.rules(d, "source_livetiming"), "return of live timing")
        self.wait_end(d)
        d.stop()
        watcher.check(self)
        self.assertEqual(watcher.beginnings(), 1, "clients were told to forget everything")
        switches = [(a, b) for _, a, b in self.choices()[told:]]
        self.assertEqual(switches, [("source-livetiming", "source-openf1"), ("source-openf1", "source-livetiming")], "it flaps")
        # 4.5 s of silence, and what the two clocks may differ by.
        at = self.choices()[told][0]
        self.assertLess(at / 1e6 - died_ms, 5000 + 1500 * self.up.speed / 10)
        self.assert_told_once()

    def test_the_first_falls_mute_and_comes_back(self):
        """Its connections stay open, and nothing comes: no error tells of it, only the silence. After 20 s it connects anew."""
        self.upstream({**LONG, "laps": 8}, speed=5)
        d = self.live(self.sources(livetiming={}, openf1=OPENF1), forecasts=True)
        watcher = self.watch(d)
        self.wait_live_timing(d, 3)
        told = len(self.choices())
        self.up.control("mute")
        mute_ms = self.up.now_ms()
        d.wait(lambda: self.rules(d, "source_openf1"), "take-over by OpenF1")
        before, lap = len(watcher.of("forecast")), self.session(d)["lap"]
        self.assertEqual(self.source(d, "source_livetiming")["alive"], False)
        self.assertEqual(support.http(d.api, "/readyz")[0], 200, "one source is enough")
        self.wait_lap(d, lap + 1)
        d.wait(lambda: len(watcher.of("forecast")) > before, "forecast made from OpenF1")
        d.wait(lambda: self.rules(d, "source_livetiming"), "return of live timing")
        self.wait_end(d)
        d.stop()
        watcher.check(self)
        self.assertEqual(watcher.beginnings(), 1, "clients were told to forget everything")
        switches = self.choices()[told:]
        self.assertEqual([(a, b) for _, a, b in switches],
                         [("source-livetiming", "source-openf1"), ("source-openf1", "source-livetiming")], "it flaps")
        # 4.5 s after its last word, which came before it fell mute; half a second of this clock for the two processes.
        self.assertLess(switches[0][0] / 1e6 - mute_ms, 5000 + 500 * self.up.speed)
        self.assert_told_once()

    def test_a_quiet_practice_at_its_own_pace_is_no_failure(self):
        """All cars stand in their garages, the feed tells its heartbeat and little else: nobody is dead, nothing is missing."""
        self.upstream({"kind": "Practice", "name": "Practice 1", "cars": 2, "laps": 1, "lap_ms": 12000, "before_ms": 3000,
                       "length_ms": 40000, "after_ms": 12000}, speed=1)
        d = self.live(self.sources(livetiming={}, openf1=OPENF1))
        d.wait(lambda: self.session(d) and self.session(d)["session"]["status"] == "started", "start of practice")
        d.wait(lambda: self.rules(d, "source_livetiming"), "choice of live timing")
        first = len(self.choices())
        d.wait(lambda: self.session(d)["session"]["status"] in ("finished", "finalised", "ends"), "end of practice")
        d.stop()
        self.assertEqual(self.choices()[first:], [])
        self.assertEqual([e for e in self.journal() if e.type == EV_GAP], [])

    def test_openf1_dies_and_nobody_notices(self):
        d = self.both()
        self.wait_live_timing(d, 3)
        before = len(self.choices())
        self.up.control("silent", family="openf1", hold_s=60)
        self.wait_end(d)
        self.assertEqual(self.api(d, "/readyz", 200) and self.source(d, "source_livetiming")["link"], "up")
        d.stop()
        self.assertEqual(self.choices()[before:], [])

    def test_together_they_are_the_better_of_both(self):
        self.upstream(LONG, speed=SPEED)
        # Without a second connection a cut of live timing loses laps, without a token it knows no stop times: those OpenF1 shall tell.
        openf1 = {**OPENF1, "section": {"priority": 40, "priorities": "pit=90"}}
        d = self.live(self.sources(livetiming={"connections": 1}, openf1=openf1))
        self.wait_live_timing(d, 7)  # most cars stop in the next two laps
        died_ms = self.up.now_ms()
        self.up.control("status", family="socket", code=503)
        self.up.control("cut_all", how="reset")
        d.wait(lambda: self.up.now_ms() - died_ms > 20000, "20 s without live timing")
        self.up.control("clear")
        d.wait(lambda: self.rules(d, "source_livetiming"), "return of live timing")
        self.wait_end(d)
        gaps, served = self.api(d, "/api/v1/gaps")["gaps"], self.session(d)
        d.stop()
        race = self.up.programme.sessions[0].race
        self.assertEqual(served["order"], [row[1] for row in race.result()])
        self.assertEqual({c["number"]: c["laps"] for c in served["cars"]}, {n: laps for _, n, laps, _, _ in race.result()})
        self.assertEqual({c["number"]: [s["compound"] for s in c["stints"]] for c in served["cars"]},
                         {n: [s.compound.lower() for s in all_] for n, all_ in race.stints.items()})
        self.assert_told_once()
        self.assertIn("other_source", [g["how"] for g in gaps])
        self.assertEqual([g for g in gaps if g["how"] in ("lost", "open")], [])
        self.assertEqual(stops(self.journal())[1], true_stops(race)[1])

    def test_both_die_and_the_last_state_is_served_as_stale(self):
        d = self.both()
        self.wait_live_timing(d, 3)
        self.up.control("status", family="socket", code=503)
        self.up.control("status", family="openf1", code=503)
        self.up.control("cut_all", how="reset")
        d.wait(lambda: support.http(d.api, "/readyz")[0] == 503, "not ready")
        d.wait(lambda: self.api(d, "/api/v1/sources")["stale"], "word that the state is stale", timeout=3)
        told = self.session(d)
        self.assertGreaterEqual(told["lap"], 3)
        self.assertTrue(told["stale"])
        d.wait(lambda: self.api(d, "/api/v1/sources")["estimate"]["lap"] > told["lap"], "an estimate of the lap")
        live, now = self.api(d, "/api/v1/sources"), self.session(d)
        self.assertTrue(live["origins"]["timing"]["stale"])
        self.assertEqual(live["estimate"]["told_lap"], told["lap"])
        self.assertEqual((now["lap"], now["order"]), (told["lap"], told["order"]))  # nothing is invented
        self.assertGreater(now["ages_ms"]["timing"], told["ages_ms"]["timing"])
        self.up.control("clear")
        d.wait(lambda: support.http(d.api, "/readyz")[0] == 200, "ready again")
        d.wait(lambda: self.api(d, "/api/v1/sources")["estimate"] is None, "no estimate any more")
        self.wait_end(d)
        d.stop()


if __name__ == "__main__":
    support.main()
