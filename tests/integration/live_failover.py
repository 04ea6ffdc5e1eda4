"""Live timing and OpenF1 together: one fails, the other takes over, the first comes back; and nothing is told twice."""
import struct

import support
from upstream_case import EV_PIT_LANE_TIME, EV_SOURCE_CHOICE, Live, lap_times

OPENF1 = {"session": "latest", "limits": "custom", "limit_per_second": 50, "limit_per_minute": 1000, "section": {"priority": 40}}
LONG = {"laps": 10, "lap_ms": 12000, "before_ms": 15000}
SPEED = 15  # 5 s of silence must be longer than what a busy machine pauses
TIMING = 5  # F1P_DATA_TIMING


class Failover(Live):
    def choices(self, kind=TIMING):
        """[(t_ns, from, to)] of the kind, in order."""
        out = []
        for e in self.journal():
            if e.type == EV_SOURCE_CHOICE and struct.unpack_from("<I", e.data, support.EVENT_HEADER)[0] == kind:
                names = e.data[support.EVENT_HEADER + 16:]
                out.append((e.t_event_ns, *(names[i:i + 48].split(b"\0")[0].decode() for i in (0, 48))))
        return out

    def both(self, **kw):
        self.upstream(LONG, speed=SPEED, **kw)
        return self.live(self.sources(livetiming={}, openf1=OPENF1), forecasts=True)

    def rules(self, d, name, kind="timing"):
        return kind in self.source(d, name)["active"]

    def test_the_better_source_rules_while_both_live(self):
        d = self.both()
        watcher = self.watch(d)
        self.wait_lap(d, 3)
        self.assertTrue(self.rules(d, "source_livetiming"))
        self.assertFalse(self.rules(d, "source_openf1"))
        self.wait_end(d)
        d.stop()
        watcher.check(self)
        self.assertEqual(lap_times(self.journal()) - self.true_laps(), set())
        self.assertLessEqual(len(self.choices()), 1)

    def test_the_first_dies_and_comes_back(self):
        d = self.both()
        watcher = self.watch(d)
        self.wait_lap(d, 3)
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
        # 5 s of silence, and what the two clocks may differ by.
        at = self.choices()[told][0]
        self.assertLess(at / 1e6 - died_ms, 5000 + 1500 * self.up.speed / 10)
        self.assertEqual(lap_times(self.journal()), self.true_laps())
        messages = [e.data[support.EVENT_HEADER + 8:] for e in self.journal() if e.type == support.EV_RACE_CONTROL]
        texts = [m[24:].split(b"\0")[0] for m in messages]
        self.assertEqual(len(texts), len(set(zip(texts, (m[:16] for m in messages)))), "a message was told twice")

    def test_openf1_dies_and_nobody_notices(self):
        d = self.both()
        self.wait_lap(d, 3)
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
        self.wait_lap(d, 4)
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
        self.assertEqual(lap_times(self.journal()), self.true_laps())
        self.assertIn("other_source", [g["how"] for g in gaps])
        self.assertEqual([g for g in gaps if g["how"] in ("lost", "open")], [])
        self.assertEqual(self.standing_times(), {(e["car"], e["lap"], round(e["standing_ms"], -2)) for _, what, e in race.story
                                                 if what == "pit_out"})

    def standing_times(self):
        """{(car, lap, ms)} of the stops."""
        found = set()
        for e in self.journal():
            if e.type in (EV_PIT_LANE_TIME, support.EV_PIT_STOP):
                car, _, lap, _, standing_ms = struct.unpack_from("<HHiii", e.data, support.EVENT_HEADER)
                if standing_ms > 0:
                    found.add((car, lap, standing_ms))
        return found

    def true_laps(self):
        race = self.up.programme.sessions[0].race
        return {(n, lap, t[3 * lap] - t[3 * lap - 3]) for n, t in race.when.items() for lap in range(1, (len(t) - 1) // 3 + 1)}

    def test_both_die_and_the_last_state_is_served_as_stale(self):
        d = self.both()
        self.wait_lap(d, 3)
        self.up.control("status", family="socket", code=503)
        self.up.control("status", family="openf1", code=503)
        self.up.control("cut_all", how="reset")
        d.wait(lambda: support.http(d.api, "/readyz")[0] == 503, "not ready")
        d.wait(lambda: self.api(d, "/api/v1/sources")["stale"], "word that the state is stale", timeout=3)
        self.assertGreaterEqual(self.session(d)["lap"], 3)
        self.up.control("clear")
        d.wait(lambda: support.http(d.api, "/readyz")[0] == 200, "ready again")
        self.wait_end(d)
        d.stop()


if __name__ == "__main__":
    support.main()
