"""The HTTP interface, readiness, metrics, and the way in: scripts/run."""
import json
import math
import os
import re
import signal
import socket
import subprocess
import time
import unittest

import daemon
from daemon import SLOW, wait_for


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def write_recording(folder, stamps):
    """A tiny session in the form of the static archive, with a heartbeat at each of the stamps (seconds)."""
    folder.mkdir()
    def topic(name, *records):
        text = "".join(f"{int(s // 3600):02}:{int(s // 60) % 60:02}:{s % 60:06.3f}{json.dumps(data)}\n" for s, data in records)
        (folder / f"{name}.jsonStream").write_text(text)
    topic("SessionInfo", (0.1, {"Meeting": {"Key": 7, "Name": "Silent Grand Prix", "Location": "Stillwater",
          "Circuit": {"Key": 8, "ShortName": "Pauseñring"}}, "Key": 77, "Type": "Race", "Name": "Race",
          "StartDate": "2030-05-05T15:00:00", "EndDate": "2030-05-05T17:00:00", "GmtOffset": "00:00:00"}))
    topic("DriverList", (0.2, {"1": {"RacingNumber": "1", "Tla": "ONE", "Line": 1}, "2": {"RacingNumber": "2", "Tla": "TWO", "Line": 2}}))
    topic("Heartbeat", *((s, {"Utc": time.strftime("2030-05-05T15:%M:%S.000Z", time.gmtime(s))}) for s in stamps))


class ServiceTest(daemon.Case):
    def replay(self, path, speed, **sink):
        return self.daemon({"source-replay": {"path": path, "start": "beginning"}, "f1pd": {"speed": speed}, "sink-websocket": sink},
                           disabled=["source-simulator"], enabled=["source-replay"])

    def test_circuit_has_an_address(self):
        f1pd = self.daemon({"source-simulator": {"seed": 7}})
        f1pd.wait_lap(1)
        for name in ("simring", "Simring", "SIMRING"):
            document = f1pd.json(f"/api/v1/session/{name}/live")
            self.assertEqual(document["session"]["circuit"], "Simring")
            self.assertEqual(len(document["cars"]), 20)
        status, headers, text = f1pd.request("/api/v1/session/monza/live")
        self.assertEqual(status, 404)
        self.assertIn("simring", json.loads(text)["detail"])
        for path in ("/api/v1/session//live", "/api/v1/session/simring/live/", "/api/v1/nothing", "/../../../../etc/passwd",
                     "/%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/passwd", "/..%2f..%2f..%2f..%2fetc%2fpasswd"):
            self.assertIn(f1pd.get(path)[0], (400, 403, 404), path)
        status, headers, _ = f1pd.request("/api/v1/session/current", method="DELETE")
        self.assertEqual(status, 405)

    def test_documents_agree(self):
        f1pd = self.daemon({"source-simulator": {"seed": 7}})
        f1pd.wait_lap(2)
        f1pd.wait_forecast()
        document, answer = f1pd.session(), f1pd.json("/api/v1/prediction/live")
        self.assertIs(document["simulated"], True)
        self.assertIs(answer["simulated"], True)
        forecast = answer["forecast"]
        self.assertEqual({car["number"] for car in forecast["cars"]}, {car["number"] for car in document["cars"]})
        for what, total in (("win", 1), ("podium", 3), ("points", 10)):
            self.assertAlmostEqual(sum(car[what] for car in forecast["cars"]), total, delta=0.002, msg=what)
        for car in forecast["cars"]:
            self.assertAlmostEqual(sum(car["positions"]), 1, delta=0.001)
            self.assertTrue(car["q05"] <= car["q25"] <= car["q50"] <= car["q75"] <= car["q95"], car)
            gaps = [math.inf if ms is None else ms for ms in car["gap_ms"] or [0] * 5]
            self.assertEqual((len(gaps), gaps), (5, sorted(gaps)), car)
            self.assertGreaterEqual(gaps[0], 0, car)
        for place in range(20):
            self.assertAlmostEqual(sum(car["positions"][place] for car in forecast["cars"]), 1, delta=0.001)
        self.assertLessEqual(forecast["snapshot_seq"], forecast["seq"])

    def test_readiness_follows_the_data(self):
        f1pd = self.daemon(start=False)
        path = f1pd.folder / "recording"
        # At x20: 4 s of heartbeats, 4 s of silence, 3 s of heartbeats, the end.
        stamps = [1 + 2 * i for i in range(40)] + [160 + 2 * i for i in range(30)]
        write_recording(path, stamps)
        f1pd = self.replay(path, 20, stale_after="1s")
        wait_for(lambda: f1pd.get("/readyz")[0] == 200, 5, "ready while data comes")
        status, text = wait_for(lambda: (lambda a: a if a[0] == 503 else None)(f1pd.get("/readyz")), 20, "not ready in the silence")
        answer = json.loads(text)
        self.assertEqual((answer["ready"], answer["reason"]), (False, "the data is stale"))
        self.assertGreater(answer["data_age_ms"], 1000)
        self.assertEqual(f1pd.get("/healthz")[0], 200, "alive all the same")
        self.assertEqual(f1pd.json("/healthz")["status"], "degraded")
        wait_for(lambda: f1pd.get("/readyz")[0] == 200, 20, "ready again when data comes again")
        wait_for(lambda: f1pd.json("/healthz")["source_ended"], 30, "the recording ends")
        time.sleep(1.5)
        self.assertEqual(f1pd.get("/readyz")[0], 200, "an end is no silence")

    def test_not_ready_without_a_session(self):
        f1pd = self.daemon(disabled=["source-simulator"])
        self.assertEqual(f1pd.get("/readyz")[0], 503)
        self.assertEqual(f1pd.get("/api/v1/session/current")[0], 404)
        self.assertIsNone(f1pd.json("/api/v1/prediction/live")["forecast"])
        self.assertEqual(f1pd.json("/healthz")["status"], "degraded")

    def test_metrics_tell_what_was_promised(self):
        f1pd = self.replay(daemon.SOURCE / "tests" / "fixtures" / "short_race", 200)
        f1pd.wait_forecast()
        wait_for(lambda: f1pd.json("/healthz")["source_ended"], 60, "the recording ends")
        time.sleep(0.3)
        status, headers, text = f1pd.request("/metrics")
        self.assertEqual(status, 200)
        self.assertTrue(headers["content-type"].startswith("text/plain"))
        kinds = dict(re.findall(r"^# TYPE (\S+) (\S+)$", text, re.M))
        helped = set(re.findall(r"^# HELP (\S+) \S", text, re.M))
        self.assertEqual(set(kinds), helped, "every family has a help text")
        values = {}
        for line in text.splitlines():
            if not line.startswith("#"):
                sample = re.fullmatch(r'([a-z0-9_]+)(?:\{((?:[a-z]+="(?:[^"\\]|\\.)*",?)*)\})? (\S+)', line)
                self.assertIsNotNone(sample, f"not the Prometheus format: {line}")
                self.assertNotIn((sample[1], sample[2]), values, "a series comes once")
                values[sample[1], sample[2]] = float(sample[3])

        def total(name, part=""):
            found = [v for (n, labels), v in values.items() if n == name and part in (labels or "")]
            self.assertTrue(found, f"{name}{{{part}}} is missing")
            return sum(found)
        for topic in ("TimingData", "LapCount", "TrackStatus"):
            self.assertGreater(total("f1pd_source_messages_total", f'topic="{topic}"'), 0)
        for topic in ("car_lap", "car_position", "track_status", "session"):
            self.assertGreater(total("f1pd_topic_events_total", f'topic="{topic}"'), 0)
            self.assertGreaterEqual(total("f1pd_topic_age_seconds", f'topic="{topic}"'), 0)
        self.assertGreater(total("f1pd_topic_age_seconds", 'topic="session"'),
                           total("f1pd_topic_age_seconds", 'topic="car_lap"'), "the oldest topic has the highest age")
        self.assertEqual(total("f1pd_events_total"), f1pd.json("/healthz")["seq"])
        self.assertEqual(total("f1pd_ingest_rejected_total"), 0)
        self.assertEqual(total("f1pd_source_rejected_total"), 0)
        self.assertEqual(kinds["f1pd_plugin_call_seconds"], "histogram")
        for instance in ("source-replay", "predictor-midrace", "predictor-order", "predictor-ensemble", "sink-websocket"):
            self.assertGreater(total("f1pd_plugin_call_seconds_count", f'instance="{instance}"'), 0)
        self.assertEqual(kinds["f1pd_forecast_seconds"], "histogram")
        forecasts = total("f1pd_forecasts_total")
        self.assertGreater(forecasts, 5)
        self.assertEqual(total("f1pd_forecast_seconds_count"), forecasts)
        self.assertGreater(total("f1pd_forecast_seconds_sum"), 0)
        self.assertEqual(total("f1pd_forecast_seconds_bucket", 'le="+Inf"'), forecasts)
        self.assertEqual(total("f1pd_ws_clients"), 0)
        self.assertGreaterEqual(total("f1pd_ws_lag_frames"), 0)
        self.assertGreater(total("f1pd_http_requests_total", 'class="2xx"'), 0)
        self.assertEqual(total("f1pd_lap"), 12)
        self.assertAlmostEqual(total("f1pd_car_win_probability"), 1, delta=1e-6)

    @unittest.skipUnless(os.path.exists("/usr/bin/apt-get"), "scripts/run installs by apt")
    def test_run_script_serves_a_race(self):
        port = free_port()
        script = daemon.SOURCE / "scripts" / "run"
        release = daemon.SOURCE / "build" / "release" / "bin" / "f1pd"
        if not release.exists():
            self.skipTest("build/release is not built: scripts/run would build it here")
        process = subprocess.Popen([script, "--port", str(port), "--speed", "60"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                   stdin=subprocess.DEVNULL, text=True, start_new_session=True, preexec_fn=daemon.end_with_parent)
        try:
            said = []
            for line in process.stdout:
                said.append(line)
                if "Open http://" in line:
                    break
            self.assertIn(f"Open http://127.0.0.1:{port}/", said[-1] if said else "", "".join(said))
            self.assertFalse([line for line in said if "installing" in line], "everything was installed already")
            f1pd = daemon.Daemon.__new__(daemon.Daemon)
            f1pd.port = port
            wait_for(lambda: f1pd.get("/readyz")[0] == 200, 30, "it serves a race")
            self.assertIn("<title>f1pd", f1pd.get("/")[1])
            self.assertIn("Chart", f1pd.get("/vendor/chart.js")[1][:4000])
            first = f1pd.session()  # the script goes on with the journal of an earlier run, if there is one
            self.assertIs(first["simulated"], True)
            self.assertEqual(len(first["cars"]), 20)
            wait_for(lambda: f1pd.session()["time"] > first["time"], 30, "the race goes on")
            f1pd.wait_forecast()
            os.killpg(process.pid, signal.SIGINT)
            self.assertEqual(process.wait(20), 0)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
            process.stdout.close()


daemon.main(__name__)
