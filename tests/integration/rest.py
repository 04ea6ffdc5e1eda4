"""The HTTP interface against its own descriptions: every address, every field; and Prometheus' own checker on /metrics.

The schemas of /api/v1/openapi.json allow no further properties: a field that is not described fails here.
"""
import asyncio
import gzip
import json
import os
import re
import shutil
import subprocess
import threading
import unittest
import urllib.error
import urllib.request

import support

import websockets

try:
    import jsonschema
except ImportError:
    jsonschema = None

ARGUMENTS = {"circuit": "simring"}


def ask(port, path, method="GET", body=None, headers=None):
    """(status, headers with lower-case names, bytes)"""
    request = urllib.request.Request("http://127.0.0.1:%d%s" % (port, path), method=method, headers=headers or {},
                                     data=None if body is None else json.dumps(body).encode())
    if body is not None:
        request.add_header("Content-Type", "application/json")
    try:
        with urllib.request.urlopen(request, timeout=10 * support.PATIENCE) as answer:
            return answer.status, {k.lower(): v for k, v in answer.headers.items()}, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, {k.lower(): v for k, v in error.headers.items()}, error.read()


def documents(description):
    """(path, method, operation) of everything that is described."""
    for path, item in description["paths"].items():
        for method, operation in item.items():
            if method in ("get", "post", "put", "patch", "delete"):
                yield path, method, operation


class Race(support.Case):
    """A simulated race with every predictor and all that serves."""

    def race(self, speed=40, **options):
        race = dict(support.RACE, laps=6, **{"safety_car": "yes", "rain": "yes"})
        race.update(options)
        files = {"00-f1pd.ini": support.core(speed=speed, model=os.path.join(support.SOURCE, "conf.d", "model.json"), data_dir=self.path("data"),
                                             journal_dir=self.path("journal")),
                 "10-source-demo.ini": support.ini("source_simulator", race),
                 "30-sink-web.ini": support.ini("sink_websocket", {"port": 0}), "32-sink-metrics.ini": support.ini("sink_metrics"),
                 "34-sink-openf1.ini": support.ini("sink_openf1"), "35-sink-alerts.ini": support.ini("sink_alerts")}
        for at, name in enumerate(("ratings", "midrace", "prerace", "qualifying", "learnt", "insights", "ensemble")):
            options = {"runs": 200} if name == "midrace" else {}
            files["2%d-predictor-%s.ini" % (at, name)] = support.ini("predictor_" + name, options)
        self.d = self.daemon(self.conf(files))
        self.port = self.d.port()
        self.assertEqual(self.d.lines(" error "), [])
        self.d.wait(lambda: ask(self.port, "/api/v1/session/current")[0] == 200, "a session")

    def json(self, path, status=200):
        code, headers, body = ask(self.port, path)
        self.assertEqual(code, status, body[:500])
        return json.loads(body)

    def settled(self, path):
        first, second = self.json(path), self.json(path)
        return first["seq"] == second["seq"] and first

    def describe(self):
        self.description = self.json("/api/v1/openapi.json")


class Rest(Race):
    def describe(self):
        if jsonschema is None:
            raise unittest.SkipTest("no python3-jsonschema")
        super().describe()

    def check(self, schema, value, where):
        whole = dict(schema, components=self.description["components"])
        errors = sorted(jsonschema.Draft202012Validator(whole).iter_errors(value), key=lambda e: len(list(e.absolute_path)))
        if errors:
            raise AssertionError("%s: %s: %s" % (where, "/".join(map(str, errors[0].absolute_path)), errors[0].message[:600]))

    def check_answer(self, path, method, operation, body=None):
        status, headers, answer = ask(self.port, path, method.upper(), body)
        where = "%s %s -> %d" % (method.upper(), path, status)
        described = operation["responses"].get(str(status))
        if described is None and path.startswith("/v1/"):
            described = operation["responses"]["422"]
        elif described is None:
            self.assertGreaterEqual(status, 400, where)
            described = self.description["components"]["responses"]["Problem"]
        if "content" not in described and not answer:
            return status
        (content_type, content), = described["content"].items()
        self.assertEqual(headers["content-type"].split(";")[0], content_type, where)
        if "json" in content_type:
            self.check(content["schema"], json.loads(answer), where)
        return status

    def walk(self):
        """Every GET that needs no more than is known here."""
        seen = {}
        for path, method, operation in documents(self.description):
            if method != "get" or "text/event-stream" in json.dumps(operation["responses"].get("200", {})):
                continue
            path = re.sub(r"\{(\w+)\}", lambda m: ARGUMENTS.get(m.group(1), "1"), path)
            seen[path] = self.check_answer(path, method, operation)
            names = {p["name"] for p in operation.get("parameters", []) if p["in"] == "query"}
            for name, value in (("limit", 2), ("driver", 1), ("from_lap", 2), ("offset", 1), ("delay", 1)):
                if name in names:
                    self.check_answer("%s?%s=%s" % (path, name, value), method, operation)
        return seen

    def test_every_answer_is_as_described(self):
        self.race()
        self.describe()
        self.walk()
        self.d.wait(lambda: (self.json("/api/v1/session/current")["lap"] or 0) >= 4, "lap 4", 60)
        seen = self.walk()
        for path in ("/api/v1/laps", "/api/v1/stints", "/api/v1/forecasts", "/api/v1/strategy", "/api/v1/plugins", "/api/v1/models", "/metrics"):
            self.assertEqual(seen[path], 200, path)
        for path, key in (("/api/v1/laps", "laps"), ("/api/v1/stints", "stints"), ("/api/v1/drivers", "drivers"), ("/api/v1/forecasts", "forecasts"),
                          ("/api/v1/race_control", "race_control")):
            self.assertTrue(self.json(path)[key], path)
        models = self.json("/api/v1/models")
        self.assertIn("confidence", models["method"])
        self.assertEqual([m["name"] for m in models["models"] if not m["method"]], [])
        self.d.wait(lambda: self.json("/api/v1/sources")["sources"][0]["state"] != "running" or
                    self.json("/api/v1/session/current")["session"]["status"] in ("finished", "finalised", "ends"), "the end", 120)
        self.walk()
        self.d.stop()

    def test_what_is_sent_is_answered_as_described(self):
        self.race()
        self.describe()
        bodies = {"/api/v1/prediction/subscribe": [{"topics": ["forecast"], "drivers": [1]}, {"topics": ["nonsense"]}, []],
                  "/api/v1/replay": [{"speed": 30}, {"speed": 5000}, {"what": 1}],
                  "/api/v1/viewer": [{"delay": 2}, {"pause": True}, {"delay": "x"}],
                  "/api/v1/subscriptions": [{"rule": "safety car"}, {"rule": "nonsense"}, {"rule": "safety car", "webhook": {"url": "http://127.0.0.1/"}}]}
        for path, method, operation in documents(self.description):
            if method == "post" and path in bodies:
                good, *bad = bodies[path]
                self.assertLess(self.check_answer(path, method, operation, good), 300)
                for body in bad:
                    self.check_answer(path, method, operation, body)
        one = self.json("/api/v1/subscriptions")["subscriptions"][0]["id"]
        item = self.description["paths"]["/api/v1/subscriptions/{id}"]
        self.assertEqual(self.check_answer("/api/v1/subscriptions/" + one, "get", item["get"]), 200)
        self.assertEqual(self.check_answer("/api/v1/subscriptions/" + one, "patch", item["patch"], {"paused": True}), 200)
        test = self.description["paths"]["/api/v1/subscriptions/{id}/test"]["post"]
        self.assertEqual(self.check_answer("/api/v1/subscriptions/%s/test" % one, "post", test), 202)
        self.assertEqual(len(self.json("/api/v1/alerts")["alerts"]), 1)
        self.check_answer("/api/v1/alerts", "get", self.description["paths"]["/api/v1/alerts"]["get"])
        self.assertEqual(ask(self.port, "/api/v1/subscriptions/" + one, "DELETE")[0], 204)
        for path in ("/api/v1/none", "/api/v1/laps?limit=0", "/api/v1/laps?what=1", "/api/v1/laps?driver=XXX", "/nothing", "/api/v1/stream?what=1", "/ws/live-predictions?what=1"):
            status, headers, body = ask(self.port, path)
            self.assertIn(status, (400, 404, 426), path)
            self.assertEqual(headers["content-type"], "application/problem+json", path)
            self.check(self.description["components"]["schemas"]["Problem"], json.loads(body), path)
        for path, method, _ in documents(self.description):
            if "{" not in path and method == "get" and not path.startswith("/v1") and path != "/api/v1/stream":
                status, headers, body = ask(self.port, path, "PATCH", {})
                self.assertIn(status, (404, 405), path)
                self.assertEqual(headers["content-type"], "application/problem+json", path)
        self.d.stop()

    def test_every_message_is_as_described(self):
        self.race(speed=20)
        if jsonschema is None:
            raise unittest.SkipTest("no python3-jsonschema")
        self.description = self.json("/api/v1/asyncapi.json")
        types = {m["name"]: m["payload"] for m in self.description["components"]["messages"].values() if m["name"] != "control"}
        seen = set()

        async def listen(query, wanted, say=None):
            async with websockets.connect("ws://127.0.0.1:%d/ws/live-predictions%s" % (self.port, query), max_size=None) as socket:
                if say:
                    await socket.send(json.dumps(say))
                while not wanted <= seen:
                    try:
                        message = json.loads(await asyncio.wait_for(socket.recv(), 10 * support.PATIENCE))
                    except asyncio.TimeoutError:
                        raise AssertionError("no message of %s; only %s" % (wanted - seen, seen))
                    seen.add(message["type"])
                    self.assertIn(message["type"], types)
                    self.check(types[message["type"]], message, message["type"])
                return message["id"]

        last = asyncio.run(listen("", {"snapshot", "state", "forecast", "insights", "race_control", "session"}))
        asyncio.run(listen("?from=" + last, {"resumed"}))
        asyncio.run(listen("?delay=1", {"lane"}, {"delay": 2}))
        asyncio.run(listen("", {"error"}, {"what": 2}))
        rule = json.loads(ask(self.port, "/api/v1/prediction/subscribe", "POST", {"rule": "safety car"})[2])
        over = threading.Event()

        def test_again():
            while not over.wait(0.3):
                ask(self.port, "/api/v1/subscriptions/%s/test" % rule["id"], "POST", {})
        tester = threading.Thread(target=test_again)
        tester.start()
        try:
            asyncio.run(listen("?subscription=" + rule["id"], {"alerts"}))
        finally:
            over.set()
            tester.join()
        seen.clear()
        asyncio.run(listen("?from=nonsense", {"snapshot"}))  # with the reason
        self.assertEqual(set(types) - {"positions"},  # which no simulation tells: tests/e2e/fakes.py
                         {"snapshot", "resumed", "state", "forecast", "insights", "race_control", "session", "alerts", "error", "lane"})
        self.d.stop()

    def test_every_route_is_described_and_every_schema_is_closed(self):
        with open(os.path.join(support.SOURCE, "plugins", "sink_websocket", "api", "openapi.json"), encoding="utf-8") as f:
            description = json.load(f)
        known = {(method.upper(), re.sub(r"\{\w+\}", "{}", path)) for path, method, _ in documents(description)}
        folder = os.path.join(support.SOURCE, "plugins", "sink_websocket")
        routes = set()
        for name in os.listdir(folder):
            if name.endswith(".c") and not name.endswith("_test.c"):
                with open(os.path.join(folder, name), encoding="utf-8") as f:
                    routes |= {(m, p) for m, p in re.findall(r'\.method = F1P_(\w+), [^}]*?\.path = "([^"]+)"', f.read())}
        with open(os.path.join(support.SOURCE, "core", "daemon", "daemon_status.c"), encoding="utf-8") as f:
            routes |= {("GET", p) for p in re.findall(r'"(/api/v1/\w+)"', f.read())}
        self.assertGreater(len(routes), 20)
        self.assertEqual(routes - known, set(), "not described")
        for name, schema in description["components"]["schemas"].items():
            if schema.get("type") == "object":
                self.assertIn("additionalProperties", schema, name)
            self.assertNotEqual(schema.get("additionalProperties"), True, name)
        if jsonschema:
            for name, schema in description["components"]["schemas"].items():
                jsonschema.Draft202012Validator.check_schema(schema)

    def test_pages_add_up(self):
        self.race()
        self.d.wait(lambda: (self.json("/api/v1/session/current")["lap"] or 0) >= 4, "lap 4", 60)
        ask(self.port, "/api/v1/replay", "POST", {"paused": True})
        whole = self.d.wait(lambda: self.settled("/api/v1/laps"), "a pause")
        rows, path = [], "/api/v1/laps?limit=7"
        while path:
            status, headers, body = ask(self.port, path)
            page = json.loads(body)
            self.assertEqual((status, page["total"]), (200, whole["total"]))
            rows += page["laps"]
            found = re.search(r'<([^>]+)>; rel="next"', headers.get("link", ""))
            path = found and found.group(1)
        self.assertEqual(rows, whole["laps"])
        one = whole["laps"][0]
        mine = self.json("/api/v1/laps?driver=%s" % one["code"])["laps"]
        self.assertEqual(mine, [row for row in whole["laps"] if row["number"] == one["number"]])
        self.assertEqual(self.json("/api/v1/laps?driver=%d&from_lap=2&to_lap=2" % one["number"])["laps"], [r for r in mine if r["lap"] == 2])
        document = self.json("/api/v1/session/current")
        self.assertEqual([d["number"] for d in self.json("/api/v1/drivers")["drivers"]], document["order"])
        self.assertEqual(self.json("/api/v1/race_control")["race_control"], document["race_control"])
        stints = self.json("/api/v1/stints")["stints"]
        self.assertEqual(len(stints), sum(len(car["stints"]) for car in document["cars"]))
        self.d.stop()

    def test_compressed_and_plain_are_the_same_and_what_is_known_is_not_sent(self):
        self.race()
        self.d.wait(lambda: (self.json("/api/v1/session/current")["lap"] or 0) >= 3, "lap 3", 60)
        ask(self.port, "/api/v1/replay", "POST", {"paused": True})
        self.d.wait(lambda: self.settled("/api/v1/session/current"), "a pause")
        for path in ("/api/v1/laps", "/api/v1/prediction/live", "/api/v1/accuracy", "/app.js"):
            def alike():  # a forecast that was being made may still come
                answers = [ask(self.port, path), ask(self.port, path, headers={"Accept-Encoding": "gzip"}), ask(self.port, path)]
                return answers[0][2] == answers[2][2] and answers
            (status, headers, plain), (status, packed_headers, packed), _ = self.d.wait(alike, "a pause")
            self.assertEqual(packed_headers.get("content-encoding"), "gzip", path)
            self.assertEqual(gzip.decompress(packed), plain, path)
            self.assertEqual(headers["etag"], packed_headers["etag"], path)
            status, _, body = ask(self.port, path, headers={"If-None-Match": headers["etag"]})
            self.assertEqual((status, body), (304, b""), path)
        self.d.stop()

    def test_http2_is_not_spoken_and_many_requests_of_a_connection_count_each(self):
        self.conf({"00-f1pd.ini": support.core(), "10-source-demo.ini": support.ini("source_simulator", support.RACE),
                   "30-sink-web.ini": support.ini("sink_websocket", {"port": 0, "bind": "0.0.0.0", "allow_anonymous": "yes", "requests_per_second": 2})})
        self.d = self.daemon(self.path("conf.d"))
        address = "http://127.0.0.1:%d/readyz" % self.d.port()
        p = subprocess.run(["curl", "-s", "--http2", "-m", "20", "-w", "%{http_version} %{http_code}\\n"] + [w for _ in range(40) for w in ("-o", "/dev/null", address)],
                           capture_output=True, text=True, timeout=60)
        answers = p.stdout.split("\n")
        self.assertEqual({a.split()[0] for a in answers if a}, {"1.1"}, p.stdout)
        self.assertTrue(any(a.endswith((" 200", " 503")) for a in answers), p.stdout)
        self.assertTrue(any(a.endswith(" 429") for a in answers), p.stdout)
        self.d.stop()

    def test_promtool_finds_nothing_wrong_with_the_metrics(self):
        promtool = shutil.which("promtool") or os.path.join(support.SOURCE, "build", "tools", "usr", "bin", "promtool")
        if not os.path.exists(promtool):
            raise unittest.SkipTest("no promtool: scripts/test fetches it from the package prometheus")
        self.race()
        self.d.wait(lambda: (self.json("/api/v1/session/current")["lap"] or 0) >= 3, "lap 3", 60)
        status, headers, body = ask(self.port, "/metrics")
        self.assertEqual(status, 200)
        p = subprocess.run([promtool, "check", "metrics"], input=body, capture_output=True, timeout=60)
        self.assertEqual((p.returncode, p.stdout + p.stderr), (0, b""))
        self.d.stop()


if __name__ == "__main__":
    support.main()
