"""A Prometheus that nobody here wrote scrapes f1pd: with and without a token; what it then knows is what f1pd says of itself."""
import json
import os
import shutil
import subprocess
import unittest
import urllib.error
import urllib.parse
import urllib.request

import support

READ, CONTROL = "r" * 40, "c" * 40
CONFIG = """
global: {scrape_interval: 500ms, scrape_timeout: 500ms}
scrape_configs:
  - {job_name: stranger, static_configs: [{targets: ["127.0.0.1:%(port)d"]}]}
  - {job_name: f1pd, static_configs: [{targets: ["127.0.0.1:%(port)d"]}]%(access)s}
"""


class Prometheus(support.Case):
    def program(self):
        program = shutil.which("prometheus") or os.path.join(support.SOURCE, "build", "tools", "usr", "bin", "prometheus")
        if not os.path.exists(program):
            raise unittest.SkipTest("no prometheus: scripts/test fetches it from the package of that name")
        return program

    def serve(self, **web):
        self.d = self.daemon(self.conf({
            "00-f1pd.ini": support.core(speed=20), "10-source-demo.ini": support.ini("source_simulator", dict(support.RACE, laps=60)),
            "20-predictor-order.ini": support.ini("predictor_order"),
            "30-sink-web.ini": support.ini("sink_websocket", {"port": 0, **web}), "32-sink-metrics.ini": support.ini("sink_metrics")}))
        self.port = self.d.port()

    def scrape(self, token=None):
        """Prometheus, until the test ends; the job f1pd shows the token."""
        program = self.program()
        config = self.write("prometheus.yml", CONFIG % {
            "port": self.port, "access": ", authorization: {credentials_file: %s}" % self.write("token", token) if token else ""})
        self.at = "http://127.0.0.1:%d" % support.free_port()
        with open(self.path("prometheus.log"), "wb") as log:
            process = subprocess.Popen([program, "--config.file=" + config, "--storage.tsdb.path=" + self.path("tsdb"), "--web.enable-lifecycle",
                                        "--web.listen-address=" + self.at[len("http://"):]], stdout=log, stderr=log, cwd=self.dir)
        self.addCleanup(process.wait, 20)
        self.addCleanup(process.kill)

    def ask(self, path):
        """The data of an answer; None while Prometheus is not there."""
        try:
            with urllib.request.urlopen(self.at + path, timeout=20) as answer:
                answer = json.loads(answer.read())
        except (urllib.error.URLError, ConnectionError):
            return None
        self.assertEqual(answer["status"], "success")
        return answer["data"]

    def targets(self):
        """{job: target} when each has been scraped."""
        data = self.ask("/api/v1/targets")
        found = {t["labels"]["job"]: t for t in (data or {"activeTargets": []})["activeTargets"] if t["health"] != "unknown"}
        return len(found) == 2 and found

    def value(self, query):
        """The one value of a query; None while there is none."""
        result = (self.ask("/api/v1/query?query=" + urllib.parse.quote(query)) or {}).get("result")
        return float(result[0]["value"][1]) if result else None

    def check(self, stranger):
        targets = self.d.wait(self.targets, "a scrape of each target", 30)
        self.assertEqual((targets["f1pd"]["health"], targets["f1pd"]["lastError"]), ("up", ""))
        self.assertEqual(targets["stranger"]["health"], stranger, targets["stranger"]["lastError"])
        first = self.d.wait(lambda: self.value('f1pd_journal_seq{job="f1pd"}'), "the journal's number", 30)
        self.d.wait(lambda: self.value('f1pd_journal_seq{job="f1pd"}') > first, "a higher number", 30)
        self.assertEqual(self.value('up{job="f1pd"}'), 1)
        self.assertGreater(self.value('count({__name__=~"f1pd_.+",job="f1pd"})'), 20)
        self.d.wait(lambda: self.value('rate(f1pd_http_requests_total{job="f1pd",class="2xx"}[30s])'), "the rate of its own scrapes", 30)
        return targets

    def test_it_scrapes_what_is_open(self):
        self.program()
        self.serve()
        self.scrape()
        self.check("up")
        self.d.stop()

    def test_it_scrapes_with_a_token_and_not_without(self):
        self.program()
        self.serve(tokens="${file:%s}" % self.write("tokens", "%s read\n%s control\n" % (READ, CONTROL)))
        self.scrape(READ)
        targets = self.check("down")
        self.assertIn("401", targets["stranger"]["lastError"])
        self.assertIsNone(self.value('f1pd_journal_seq{job="stranger"}'))
        self.d.stop()


if __name__ == "__main__":
    support.main()
