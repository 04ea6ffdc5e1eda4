#!/usr/bin/python3
"""bench_daemon.py - the running daemon: time to serve, idle processor time, blocking of the loop and latency of forecasts.

Works on the demonstration's configuration (conf.d) with another port; prints one JSON document. F1PD_BUILD names the build
tree (default build/release), --seconds N the length of each measurement. Percent are of one processor.
"""
import argparse
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import statistics
import subprocess
import tempfile
import time

SOURCE = pathlib.Path(os.environ.get("F1PD_SOURCE", pathlib.Path(__file__).resolve().parents[2]))
BUILD = pathlib.Path(os.environ.get("F1PD_BUILD", SOURCE / "build" / "release"))
STARTS = 5
PATIENCE_S = 60


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Daemon:
    """f1pd on a copy of conf.d. set: {file: {key: value}}, for keys that the file has; a key's first line is replaced."""

    def __init__(self, **files):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="f1pd-bench-"))
        shutil.copytree(SOURCE / "conf.d", self.folder / "conf.d")
        (self.folder / "conf.d").chmod(0o755)
        for path in (self.folder / "conf.d").glob("*-source-*.ini"):  # conf.d is the live one
            self.set(path.stem[3:], enabled="yes" if path.stem.endswith("-simulator") else "no")
        self.set("f1pd", speed=10)
        self.port = free_port()
        self.set("sink-websocket", port=self.port)
        for name, values in files.items():
            self.set(name.replace("_", "-"), **values)
        self.log = open(self.folder / "log", "wb")
        self.begun = time.monotonic()
        self.process = subprocess.Popen([BUILD / "bin" / "f1pd", "-c", self.folder / "conf.d"], stdout=self.log,
                                        stderr=self.log, stdin=subprocess.DEVNULL)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()
        shutil.rmtree(self.folder)

    def set(self, name, **values):
        path = next((self.folder / "conf.d").glob(f"[0-9][0-9]-{name}.ini"))
        text = path.read_text()
        for key, value in values.items():
            text, n = re.subn(rf"^{key} *=.*$", f"{key} = {value}", text, count=1, flags=re.M)
            if n != 1:
                raise SystemExit(f"bench_daemon: {path.name} has no {key}")
        path.write_text(text)

    def get(self, path):
        """The body, or None while nobody answers."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.read().decode() if answer.status == 200 else None
        except OSError:
            return None
        finally:
            connection.close()

    def wait(self, question, what, every=0.2):
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            if self.process.poll() is not None:
                break
            if question():
                return
            time.sleep(every)
        log = (self.folder / "log").read_text(errors="replace")
        raise SystemExit(f"bench_daemon: not reached: {what}\n{log[-2000:]}")

    def serve(self):
        self.wait(lambda: self.get("/healthz"), "/healthz answers", 0.001)
        return time.monotonic() - self.begun

    def metrics(self):
        """{series with labels: value}"""
        found = {}
        for line in (self.get("/metrics") or "").splitlines():
            series, _, value = line.rpartition(" ")
            if series and not line.startswith("#"):
                found[series] = float(value)
        return found

    def cpu_s(self):
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def rss_kb(self):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status).group(1))

    def cpu_percent(self, seconds):
        before, begun = self.cpu_s(), time.monotonic()
        time.sleep(seconds)
        return round((self.cpu_s() - before) / (time.monotonic() - begun) * 100, 2)

    def racing(self):
        self.wait(lambda: self.metrics().get("f1pd_lap", 0) >= 3, "the third lap")


def histogram(before, after, name, labels=""):
    """What was put between two looks at /metrics."""
    buckets, total, sum_s = [], 0, 0.0
    for series, value in after.items():
        family, _, own = series.partition("{")
        grown = value - before.get(series, 0)
        if labels not in own:
            continue
        if family == name + "_bucket":
            buckets.append((float(re.search(r'le="([^"]+)"', own).group(1).replace("+Inf", "inf")), grown))
        elif family == name + "_count":
            total += int(grown)
        elif family == name + "_sum":
            sum_s += grown
    if not total:
        return {"count": 0}
    buckets.sort()
    longest = next(le for le, n in buckets if n >= total)
    return {"count": total, "mean_ms": round(sum_s / total * 1e3, 3),
            "all_within_ms": None if longest == float("inf") else longest * 1e3,
            "over_2ms": total - int(dict(buckets)[0.002]), "over_200ms": total - int(dict(buckets)[0.2])}


def bench_start():
    took = []
    for _ in range(STARTS):
        with Daemon() as d:
            took.append(d.serve() * 1e3)
    return {"median_ms": round(statistics.median(took), 1), "all_ms": [round(t, 1) for t in took]}


def bench_idle(seconds):
    """The source has ended and nobody watches."""
    recording = SOURCE / "tests" / "fixtures" / "short_race"
    with Daemon(f1pd={"speed": 0}, source_simulator={"enabled": "no"},
                source_replay={"enabled": "yes", "path": recording, "start": "beginning"}) as d:
        d.serve()
        d.wait(lambda: d.metrics().get("f1pd_source_ended") == 1, "the end of the recording")
        time.sleep(1)
        return {"cpu_percent": d.cpu_percent(seconds), "rss_kb": d.rss_kb()}


def bench_race(seconds):
    """The demonstration itself, in the race: at ten times real time, then at real time."""
    with Daemon(source_simulator={"rain": "no", "red_flag": "no"}) as d:
        d.serve()
        d.racing()
        before = d.metrics()
        cpu = d.cpu_percent(seconds)
        after = d.metrics()
        fast = {"cpu_percent": cpu, "forecast": histogram(before, after, "f1pd_forecast_seconds"),
                "predict_midrace": histogram(before, after, "f1pd_plugin_call_seconds", 'instance="predictor-midrace"'),
                "poll": histogram(before, after, "f1pd_plugin_call_seconds", 'instance="source-simulator"'),
                "loop_block": histogram(before, after, "f1pd_loop_block_seconds"),
                "loop_cpu": histogram(before, after, "f1pd_loop_cpu_seconds")}
        d.set("f1pd", speed=1)
        d.process.send_signal(signal.SIGHUP)
        d.wait(lambda: d.metrics().get("f1pd_speed") == 1, "speed 1 after SIGHUP")
        time.sleep(1)
        before = d.metrics()
        real = {"cpu_percent": d.cpu_percent(max(seconds, 30))}
        after = d.metrics()
        real["forecast"] = histogram(before, after, "f1pd_forecast_seconds")
        real["loop_block"] = histogram(before, after, "f1pd_loop_block_seconds")
        real["loop_cpu"] = histogram(before, after, "f1pd_loop_cpu_seconds")
        return {"speed_10": fast, "speed_1": real, "rss_kb": d.rss_kb()}


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--seconds", type=float, default=10)
    seconds = options.parse_args().seconds
    result = {"bench": "daemon", "load_1min": round(os.getloadavg()[0], 2), "start_to_serving": bench_start(),
              "idle": bench_idle(seconds), "race": bench_race(seconds)}
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
