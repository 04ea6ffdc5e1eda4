#!/usr/bin/python3
"""bench_page.py - how soon the page of a running race is painted, each time in a browser that has never seen it.

Times are from the start of the navigation: first_paint_ms is what Chromium reports of itself, race_ms the frame that shows all cars with
their chances, chart_ms the one with the chart; bytes and requests are those of the load. "slow_processor": the browser at a quarter of its speed,
about a telephone. Prints one JSON document. F1PD_BUILD names the build tree; needs python3-selenium and chromium-driver.
"""
import argparse
import json
import os
import pathlib
import statistics
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
import bench_daemon  # noqa: E402
import browser  # noqa: E402

# Looks at every frame until everything is there; what a frame shows is painted with it.
WATCH = """
window.shown = {};
(function look() {
  const rows = document.querySelectorAll("#tower tbody tr[data-car]");
  const win = [...document.querySelectorAll("#tower td.win span:first-child")];
  if (!shown.race && rows.length >= 20 && win.every((e) => /%/.test(e.textContent))) shown.race = performance.now();
  if (!shown.chart && document.querySelector("#legend li")) shown.chart = performance.now();
  if (!shown.race || !shown.chart) requestAnimationFrame(look);
})();
"""
RESULT = """
const paint = Object.fromEntries(performance.getEntriesByType("paint").map((e) => [e.name, e.startTime]));
const loaded = [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")];
return { first_paint_ms: paint["first-contentful-paint"] ?? paint["first-paint"], race_ms: shown.race, chart_ms: shown.chart,
  bytes: loaded.reduce((sum, e) => sum + e.transferSize, 0), requests: loaded.length };
"""
PATIENCE_S = 60


def look(url, slowed):
    page = browser.Browser(1440, 1000)
    try:
        page.before_the_page(WATCH)
        page.driver.execute_cdp_cmd("Emulation.setCPUThrottlingRate", {"rate": slowed})
        page.open(url)
        end = time.monotonic() + PATIENCE_S
        while not page.js("return Boolean(window.shown?.race && window.shown?.chart);"):
            if time.monotonic() > end:
                raise SystemExit("bench_page: the race was not shown within %d s" % PATIENCE_S)
            time.sleep(0.05)
        return page.js(RESULT)
    finally:
        page.close()


def summary(looks):
    found = {"times": len(looks), "bytes": looks[-1]["bytes"], "requests": looks[-1]["requests"]}
    for key in ("first_paint_ms", "race_ms", "chart_ms"):
        values = sorted(one[key] for one in looks)
        found[key] = {"median": round(statistics.median(values), 1), "worst": round(values[-1], 1)}
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--times", type=int, default=10)
    args = parser.parse_args()
    with bench_daemon.Daemon(source_simulator={"rain": "no", "red_flag": "no"}) as daemon:
        daemon.serve()
        daemon.racing()
        url = "http://127.0.0.1:%d/" % daemon.port
        result = {"bench": "page", "load_1min": round(os.getloadavg()[0], 2)}
        for name, slowed in (("fresh_profile", 1), ("slow_processor", 4)):
            result[name] = summary([look(url, slowed) for _ in range(args.times)])
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
