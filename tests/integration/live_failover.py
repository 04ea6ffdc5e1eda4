"""Live timing and OpenF1 together: one fails, the other takes over, the first comes back; and nothing is told twice."""
import struct

import support
from upstream_case import EV_SOURCE_CHOICE, Live, lap_times

OPENF1 = {"session": "latest", "limits": "custom", "limit_per_second": 50, "limit_per_minute": 1000, "section": {"priority": 40}}
LONG = {"laps": 12}
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
        self.upstream(LONG, **kw)
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
        race = self.up.programme.sessions[0].race
        true = {(n, lap, t[3 * lap] - t[3 * lap - 3]) for n, t in race.when.items() for lap in range(1, (len(t) - 1) // 3 + 1)}
        self.assertEqual(lap_times(self.journal()) - true, set())
        self.assertLessEqual(len(self.choices()), 1)

    def test_the_first_dies_and_comes_back(self):
        d = self.both()
        watcher = self.watch(d)
        self.wait_lap(d, 3)
        died_ms = self.up.now_ms()
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
        switches = [(a, b) for t, a, b in self.choices() if t / 1e6 > died_ms]
        self.assertEqual(switches, [("source-livetiming", "source-openf1"), ("source-openf1", "source-livetiming")], "it flaps")
        # 5 s of silence, and what the two clocks may differ by.
        at = next(t for t, a, _ in self.choices() if t / 1e6 > died_ms)
        self.assertLess(at / 1e6 - died_ms, 5000 + 1500 * self.up.speed / 10)
        race = self.up.programme.sessions[0].race
        true = {(n, lap, t[3 * lap] - t[3 * lap - 3]) for n, t in race.when.items() for lap in range(1, (len(t) - 1) // 3 + 1)}
        self.assertEqual(lap_times(self.journal()), true)
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

    def test_both_die_and_the_last_state_is_served_as_stale(self):
        d = self.both()
        self.wait_lap(d, 3)
        self.up.control("status", family="socket", code=503)
        self.up.control("status", family="openf1", code=503)
        self.up.control("cut_all", how="reset")
        d.wait(lambda: support.http(d.api, "/readyz")[0] == 503, "not ready")
        self.assertTrue(self.api(d, "/api/v1/sources")["stale"])
        self.assertGreaterEqual(self.session(d)["lap"], 3)
        self.up.control("clear")
        d.wait(lambda: support.http(d.api, "/readyz")[0] == 200, "ready again")
        self.wait_end(d)
        d.stop()


if __name__ == "__main__":
    support.main()
