"""Every source passes the same list of scenarios. The table below says which misbehaviour each one meets and what the user then sees:
in /api/v1/sources, in the log, and that the data are right in the end. One run of the daemon meets many scenarios, one after the other.
"""
import json
import re
import time

import support
from upstream_case import HOUR, QUICK_LIMITS, Live, race, weekend

SCENARIOS = ("slow", "silent", "429 with Retry-After", "429", "401", "403", "500", "502", "garbage", "truncated", "wrong length",
             "reset in mid-frame", "two-hour cut", "clock skew", "stale session times", "doubled and reordered", "session switch")
FAULTS = {"slow": ("slow", {"delay_s": 0.3}), "silent": ("silent", {"hold_s": 0.3}),
          "429 with Retry-After": ("status", {"code": 429, "retry_after": 1}), "429": ("status", {"code": 429}),
          "401": ("status", {"code": 401}), "403": ("status", {"code": 403}), "500": ("status", {"code": 500}),
          "502": ("status", {"code": 502}), "garbage": ("garbage", {}), "truncated": ("truncated", {}),
          "wrong length": ("wrong_length", {"by": 100}), "reset in mid-frame": ("reset", {})}


class Scenarios(Live):
    def texts(self, d, source, service, mark):
        told = self.api(d, "/api/v1/sources")
        server = [s for s in told["servers"] if s["server"] in self.up.url_of(service)]
        link = [s["link_text"] for s in told["sources"] if s["plugin"] == source]
        return json.dumps([server, link]) + d.log()[mark:]

    def one(self, d, source, service, family, scenario, match=""):
        kind, params = FAULTS[scenario]
        mark, n = len(d.log()), len(self.up.log(family=family))
        t = time.monotonic()
        self.up.control(kind, family=family, times=1, match=match, **params)
        d.wait(lambda: any(e["fault"] for e in self.up.log(family=family)[n:]), scenario + " met")
        t1 = time.monotonic()
        time.sleep(0.7)
        print("==", scenario, round(t1 - t, 2), self.texts(d, source, service, mark))

        def good():
            log = self.up.log(family=family)[n:]
            at = next(i for i, e in enumerate(log) if e["fault"])
            return any(e["fault"] is None and e["status"] == 200 for e in log[at + 1:])
        d.wait(good, scenario + " over")
        print(round(time.monotonic() - t, 2))

    def test_openf1(self):
        self.upstream({"laps": 40, "cars": 6})
        d = self.live(self.sources(openf1=QUICK_LIMITS))
        self.wait_lap(d, 1)
        for s in FAULTS:
            self.one(d, "source_openf1", "openf1", "openf1", s, match="")
        d.stop()

    def test_weather(self):
        self.upstream(weekend(), speed=900, begin_ms=int(time.time()) // 60 * 60 * 1000)
        d = self.live(self.sources(source_weather={"lat": 45.6, "lon": 9.3, "every_idle": "15m"}))
        d.wait(lambda: self.up.log(family="weather"), "first", timeout=30)
        for s in FAULTS:
            self.one(d, "source_weather", "weather", "weather", s)
        d.stop()

    def test_jolpica(self):
        self.upstream(weekend(), speed=900, begin_ms=int(time.time()) // 60 * 60 * 1000)
        d = self.live(self.sources(source_ergast={"limits_per_second": 50, "limits_per_hour": 2000}))
        d.wait(lambda: self.up.log(family="jolpica"), "first", timeout=30)
        for s in FAULTS:
            self.one(d, "source_ergast", "jolpica", "jolpica", s)
        d.stop()


if __name__ == "__main__":
    support.main()
