"""Whoever joins a race that is on learns when it was started, from each source by itself."""
import time

import support
from upstream_case import QUICK_LIMITS, Live

PLAN = {"cars": 6, "laps": 14, "lap_ms": 12000, "before_ms": 5000}


class Join(Live):
    def join(self, **sources):
        up = self.upstream(PLAN, speed=10)
        up.control("play")
        time.sleep(5)  # four laps are run before anybody listens
        d = self.live(self.sources(**sources))
        d.wait(lambda: (self.session(d) or {}).get("lap"), "the race")
        self.assertGreater(self.session(d)["lap"], 3)
        d.wait(lambda: self.session(d)["session"]["green"], "the start")
        session = self.session(d)["session"]
        self.assertEqual(session["status"], "started")
        self.assertEqual(session["green"], session["start"])  # it began in time
        ledger = self.api(d, "/api/v1/gaps")
        self.assertEqual(ledger["gaps"], [], "what was run before is no gap")
        d.stop()

    def test_over_live_timing(self):
        self.join(livetiming={})

    def test_over_openf1(self):
        self.join(openf1=QUICK_LIMITS)


if __name__ == "__main__":
    support.main()
