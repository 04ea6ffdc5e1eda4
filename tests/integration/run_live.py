"""scripts/run --live, on what is built already: without network, and when it comes back."""
import os
import shutil

import support
from upstream_case import HOUR, Live, race, upstream

CONF = os.path.join(support.SOURCE, "conf.d")


class RunLive(Live):
    def root(self):
        """A project folder whose release build is the one under test; so `cmake` has nothing to do."""
        os.makedirs(self.path("root", "build"))
        shutil.copytree(os.path.join(support.SOURCE, "scripts"), self.path("root", "scripts"))
        os.symlink(support.BUILD, self.path("root", "build", "release"))
        self.write("bin/cmake", "#!/bin/sh\nexit 0\n")
        os.chmod(self.path("bin", "cmake"), 0o755)

    def settings(self, port):
        """conf.d as it is, but for the servers."""
        shutil.copytree(CONF, self.path("conf.d"))
        for name, path in (("12-source-livetiming", ""), ("13-source-openf1", ""), ("14-source-ergast", "/ergast/f1"),
                           ("15-source-weather", ""), ("16-source-archive", "")):
            with open(self.path("conf.d", name + ".ini")) as f:
                lines = f.read().splitlines()
            lines = ["base_url = http://127.0.0.1:%d%s" % (port, path) if line.startswith("base_url =") else
                     "mirror_url =" if line.startswith("mirror_url =") else line for line in lines]
            self.write("conf.d/%s.ini" % name, "\n".join(lines) + "\n")

    def begin(self, port):
        self.root()
        self.settings(port)
        self.page = support.free_port()
        d = self.daemon(command=["env", "PATH=%s:%s" % (self.path("bin"), os.environ["PATH"]), self.path("root", "scripts", "run"), "--live",
                                 "--config", self.path("conf.d"), "--port", str(self.page)])
        d.api = d.port()
        self.assertEqual(d.api, self.page)
        return d

    def servers(self, d):
        return self.api(d, "/api/v1/sources")["servers"]

    def schedule(self, d):
        return self.api(d, "/api/v1/schedule")

    def test_without_network_it_serves_keeps_trying_and_recovers(self):
        port = support.free_port()
        d = self.begin(port)
        status, page = support.http(d.api, "/")
        self.assertEqual(status, 200)
        self.assertIn("<title>", page)
        d.wait_log(" warn +source-(openf1|ergast|livetiming): .*127.0.0.1:%d" % port)
        self.assertEqual(support.http(d.api, "/healthz")[0], 200)
        self.assertEqual([s["name"] for s in self.schedule(d)["sessions"]], [])
        first = d.wait(lambda: sum(s["failures"] for s in self.servers(d)), "failures of the servers")
        d.wait(lambda: sum(s["failures"] for s in self.servers(d)) > first, "further attempts")
        self.assertTrue(all(s["last_error"] for s in self.servers(d)), self.servers(d))
        d.wait(lambda: self.source(d, "source_ergast")["no_answer_ms"] is not None, "word that nobody answers")

        with upstream.Upstream([(race.Plan(cars=8, laps=4, before_ms=600000), 30 * HOUR)], port=port):
            d.wait(lambda: [s["name"] for s in self.schedule(d)["sessions"]] == ["Race"], "calendar, now that there is a network", timeout=60)
            self.assertEqual(self.schedule(d)["mode"], "idle")
            self.assertIsNone(self.source(d, "source_openf1")["no_answer_ms"])
        d.stop()

    def test_a_run_is_the_real_season_in_folders_of_its_own(self):
        d = self.begin(support.free_port())
        conf = self.path("root", "build", "run-%d" % self.page, "conf.d")
        with open(os.path.join(conf, "00-f1pd.ini")) as f:
            core = f.read()
        self.assertIn("\njournal_dir = %s\n" % self.path("root", "build", "run-%d" % self.page, "journal"), core)
        self.assertIn("\ndata_dir = %s\n" % self.path("root", "build", "data"), core)
        told = self.api(d, "/api/v1/sources")["sources"]
        self.assertEqual({s["plugin"] for s in told}, {"source_livetiming", "source_openf1", "source_ergast", "source_weather", "source_archive"})
        d.wait(lambda: self.schedule(d)["mode"] == "idle", "mode of the season")
        self.assertTrue(os.path.exists(self.path("root", "build", "data", "history.sqlite")))
        with open(os.path.join(CONF, "00-f1pd.ini")) as f:
            self.assertIn("\njournal_dir =\n", f.read(), "the project's own configuration was changed")
        d.stop()


if __name__ == "__main__":
    support.main()
