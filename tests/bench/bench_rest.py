#!/usr/bin/python3
"""bench_rest.py - how long the state's document takes over HTTP at a steady pace, while a race runs.

wrk asks --rate times a second over --connections connections, each pausing between its requests; the race runs at ten times its
pace, so that the document is another one many times a second. Prints one JSON document. Needs Debian's wrk.
"""
import argparse
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
import bench_daemon  # noqa: E402

# A connection waits between its requests for a time around the one that makes up the rate (wrk's clock rounds up to whole ms: about one is
# taken off); wrk measures from request to answer.
SCRIPT = """
local mean = %f
function delay() return math.random() * 2 * mean end
function done(summary, latency, requests)
  io.write(string.format('{"requests":%%d,"seconds":%%.3f,"bytes":%%d,"errors":%%d,"p50_ms":%%.3f,"p90_ms":%%.3f,"p99_ms":%%.3f,"max_ms":%%.3f}\\n',
    summary.requests, summary.duration / 1e6, summary.bytes,
    summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.status + summary.errors.timeout,
    latency:percentile(50) / 1e3, latency:percentile(90) / 1e3, latency:percentile(99) / 1e3, latency.max / 1e3))
end
"""


def ask(port, path, rate, connections, seconds, headers=()):
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(SCRIPT % max(0.5, 1000.0 * connections / rate - 1))
        script.flush()
        out = subprocess.run(["wrk", "-t1", "-c%d" % connections, "-d%ds" % seconds, "--latency", "-s", script.name,
                              *(w for h in headers for w in ("-H", h)), "http://127.0.0.1:%d%s" % (port, path)],
                             capture_output=True, text=True, timeout=seconds + 60, check=True).stdout
    result = json.loads(re.search(r"^\{.*\}$", out, re.M).group(0))
    result["per_second"] = round(result["requests"] / result["seconds"])
    result["bytes_each"] = round(result.pop("bytes") / max(result["requests"], 1))
    return result


def web_seconds(pid):
    """Processor time of the web server's thread so far."""
    for task in pathlib.Path("/proc/%d/task" % pid).iterdir():
        if (task / "comm").read_text().strip() == "f1pd-web":
            fields = (task / "stat").read_text().rsplit(")", 1)[1].split()
            return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    raise AssertionError("no thread f1pd-web")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rate", type=int, default=2000)
    parser.add_argument("--connections", type=int, default=20)
    parser.add_argument("--seconds", type=int, default=10)
    args = parser.parse_args()
    if not shutil.which("wrk"):
        sys.exit("wrk is missing: apt-get install wrk")
    with bench_daemon.Daemon() as daemon:
        time.sleep(15)  # into the race
        result = {"load": pathlib.Path("/proc/loadavg").read_text().split()[0], "rate_wanted": args.rate, "connections": args.connections}
        for name, path, headers in (("state", "/api/v1/session/current", ()), ("state_gzip", "/api/v1/session/current", ("Accept-Encoding: gzip",)),
                                    ("forecast", "/api/v1/prediction/live", ())):
            before = web_seconds(daemon.process.pid)
            result[name] = ask(daemon.port, path, args.rate, args.connections, args.seconds, headers)
            used = web_seconds(daemon.process.pid) - before
            result[name]["web_thread_us_each"] = round(1e6 * used / max(result[name]["requests"], 1), 1)
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
