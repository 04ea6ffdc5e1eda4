"""What cmake --install puts into a prefix: a daemon that keeps what a season needs, without any further setting."""
import os
import re
import subprocess

import support
from upstream_case import LIVETIMING, Live, feed

RACE = {"laps": 6, "before_ms": 60000}
SPEED = 20


class Installed(Live):
    def setUp(self):
        super().setUp()
        p = subprocess.run(["cmake", "--install", support.BUILD, "--prefix", self.path("prefix")], capture_output=True, text=True,
                           timeout=60 * support.PATIENCE)
        self.assertEqual(p.returncode, 0, p.stdout[-2000:] + p.stderr[-2000:])

    def state(self, *parts):
        return self.path("prefix", "var", "lib", "f1pd", *parts)

    def edit(self, name, **options):
        """Values of options that the installed file has."""
        path = self.path("prefix", "etc", "f1pd", "conf.d", name)
        with open(path) as f:
            text = f.read()
        for key, value in options.items():
            text, n = re.subn(r"(?m)^%s =.*$" % key, "%s = %s" % (key, value), text)
            self.assertEqual(n, 1, "%s: %s" % (name, key))
        with open(path, "w") as f:
            f.write(text)

    def servers(self):
        """Only what the test must: the servers, the clock, a free port, a quick forecast."""
        self.upstream(RACE, speed=SPEED)
        self.edit("00-f1pd.ini", speed="%s\nclock_start = %sZ" % (SPEED, feed.utc(self.up.now_ms(), 0)))
        self.edit("12-source-livetiming.ini", base_url=self.up.url, connect="always", retry_min=LIVETIMING["retry_min"],
                  retry_max=LIVETIMING["retry_max"])
        self.edit("13-source-openf1.ini", base_url=self.up.url_of("openf1"))
        self.edit("14-source-ergast.ini", base_url=self.up.url_of("jolpica") + "/ergast/f1")
        self.edit("15-source-weather.ini", base_url=self.up.url_of("weather"))
        self.edit("16-source-archive.ini", base_url=self.up.url, mirror_url="")
        self.edit("20-predictor-midrace.ini", runs=300)
        self.edit("30-sink-websocket.ini", port=0)

    def begin(self):
        """Without any argument, from anywhere."""
        d = self.daemon(command=[self.path("prefix", "bin", "f1pd")])
        d.wait_log("a rehearsal")
        self.up.control("play")
        d.api = d.port()
        return d

    def test_what_is_installed_keeps_the_season(self):
        self.servers()
        d = self.begin()
        self.wait_end(d)
        d.wait(lambda: d.lines(" score: "), "scores")
        d.stop()
        for name in ("calendar.json", "history.sqlite", "scores.jsonl", "cache", "journal/current.f1j"):
            self.assertTrue(os.path.exists(self.state(name)), name)
            self.assertEqual(os.path.commonpath([self.state(), os.path.realpath(self.state(name))]), os.path.realpath(self.state()))
        events, torn = support.read_journal(self.state("journal", "current.f1j"))
        self.assertEqual(torn, 0)
        self.assertGreater(len(events), 500)
        self.assertEqual(d.lines(r" warn +(core|journal|http|history|schedule): (?!a rehearsal)"), [])

    def test_without_a_place_to_write_it_says_so_and_runs(self):
        self.servers()
        self.write("prefix/var", "a file is in the way")
        d = self.begin()
        self.wait_lap(d, 2)
        self.assertEqual(support.http(d.api, "/healthz")[0], 200)
        d.stop()
        for option in ("data_dir", "journal_dir"):
            self.assertEqual(len(d.lines(" warn .*%s: .*/prefix/.*/var: Not a directory; " % option)), 1, d.log())
        self.assertEqual(len(d.lines("Not a directory")), 2, d.log())


if __name__ == "__main__":
    support.main()
