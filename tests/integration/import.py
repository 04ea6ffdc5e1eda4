"""f1pd import SESSION: a past session from the static archive of the fake upstream into a journal, with all that can go wrong."""
import os
import shutil
import time

import support
from upstream_case import Live, race

WEEK = 7 * 86400
PLAN = {"cars": 8, "laps": 6, "lap_ms": 60000, "before_ms": 60000}


class Import(Live):
    def archive(self, plans=None, also=(), **kw):
        """The upstream, a week after the first of its sessions, and a configuration that leads to it."""
        begin_ms = int(time.time() - WEEK) * 1000
        self.upstream(plans or [(race.Plan(**PLAN), 0)], begin_ms=begin_ms, also=also, **kw)
        self.at(begin_ms + WEEK * 1000)
        self.lead_to(self.up.url)
        self.info = self.up.programme.sessions[0].info
        self.session_path = self.info["Path"].rstrip("/")
        self.folder = self.path("data", "archive", self.session_path)

    def at(self, utc_ms):
        self.up.call(setattr, self.up.clock, "base_ms", utc_ms)

    def lead_to(self, url, mirror=""):
        self.conf({"00-f1pd.ini": support.core(workers=1),
                   "16-source-archive.ini": support.ini("source_archive", {"base_url": url, "mirror_url": mirror}, enabled="no")})

    def import_(self, *args, **kw):
        return self.run_f1pd("import", *args, "--data", self.path("data"), "-c", self.path("conf.d"), **kw)

    def asked(self, part=""):
        return [e["target"] for e in self.up.log(family="static") if part in e["target"]]

    def truth(self):
        """What a replay of the messages themselves, in their order, gives."""
        session = self.up.programme.sessions[0]
        path = self.write("told.txt", "".join(self.up.hub.record(*m) + "\n" for m in session.messages))
        return self.replay(path, "--no-forecasts")

    def assert_whole(self, journal):
        """The journal tells the session as its messages do."""
        truth, told = self.truth(), self.replay(journal, "--no-forecasts")
        for key in ("session", "laps", "total_laps", "order", "race_control_messages", "neutralisations", "state_sha256"):
            self.assertEqual(told[key], truth[key], key)
        events, torn = support.read_journal(journal)
        self.assertEqual(torn, 0)
        self.assertGreater(len(events), 500)
        self.assertEqual([c["number"] for c in told["order"]], [row[1] for row in self.up.programme.sessions[0].race.result()])
        return told

    # ---- it goes well

    def test_a_race_into_a_journal(self):
        self.archive()
        p = self.import_(self.session_path)
        journal = self.folder + ".f1j"
        told = self.assert_whole(journal)
        self.assertEqual(told["state_sha256"], self.replay(self.folder, "--no-forecasts")["state_sha256"])
        size = os.path.getsize(os.path.join(self.folder, "TimingData.jsonStream"))
        self.assertRegex(p.stdout, r"(?m)^TimingData +%d bytes$" % size)
        self.assertRegex(p.stdout, r"(?m)^ +1 +%d .*laps +6" % told["order"][0]["number"])
        self.assertRegex(p.stdout, r"(?m)^%d messages \(0 rejected\)" % len(self.up.programme.sessions[0].messages))
        self.assertRegex(p.stdout, r"(?m)^journal %s \(%d bytes\)$" % (journal, os.path.getsize(journal)))
        self.assertFalse(os.path.exists(journal + ".part"))

    def test_its_words_its_url_and_latest_are_the_same_session(self):
        self.archive()
        year = self.up.programme.sessions[0].plan.year
        first = None
        for i, name in enumerate(["%d EXAMPLE race" % year, self.up.url + "/static/" + self.session_path + "/Index.json", "latest"]):
            out = self.path("%d.f1j" % i)
            self.import_(name, "--out", out)
            told = self.replay(out, "--no-forecasts")["state_sha256"]
            first = first or told
            self.assertEqual(told, first, name)
        self.assertEqual(len(self.asked("TimingData")), 1, "fetched again")

    def test_a_session_with_packed_topics_and_letters_beyond_ascii(self):
        self.archive([(race.Plan(telemetry=True, meeting="Gr\u00e3o Prix", **{**PLAN, "laps": 2}), 0)])
        out = self.path("out.f1j")
        p = self.import_("grao", "race", "--out", out, code=2)  # two words must be one argument
        self.assertIn("unexpected argument", p.stderr)
        p = self.import_("%d grao race" % self.up.programme.sessions[0].plan.year, "--out", out)
        self.assertRegex(p.stdout, r"(?m)^CarData.z +\d+ bytes$")
        self.assertRegex(p.stdout, r"(?m)^%d messages \(0 rejected\)" % len(self.up.programme.sessions[0].messages))
        self.assertTrue(os.path.exists(self.folder))
        self.assertEqual(self.replay(out, "--no-forecasts")["order"], self.truth()["order"])

    def test_a_folder_that_is_here(self):
        self.archive()
        self.import_(self.session_path)
        here = shutil.copytree(self.folder, self.path("mine"))
        before = len(self.asked())
        p = self.import_(here)
        self.assertRegex(p.stdout, r"(?m)^TimingData +\d+ bytes$")
        self.assert_whole(self.path("data", "archive", "mine.f1j"))
        self.run_f1pd("import", here, "--out", self.path("own.f1j"), "-c", self.path("conf.d"))  # no data folder is needed
        self.assert_whole(self.path("own.f1j"))
        self.assertEqual(len(self.asked()), before)

    # ---- the archive has a bad day

    def test_streams_that_are_refused_are_listed(self):
        self.archive()
        self.up.control("status", family="static", code=403, match="PitStopSeries")
        self.up.control("status", family="static", code=404, match="LapCount.jsonStream")
        p = self.import_(self.session_path)
        self.assertRegex(p.stdout, r"(?m)^PitStopSeries +missing$")
        self.assertRegex(p.stdout, r"(?m)^LapCount +missing$")
        self.assertIn("12 files, 2 missing", p.stderr)
        self.assertEqual(len(self.asked("PitStopSeries")), 1)
        told = self.replay(self.folder + ".f1j", "--no-forecasts")
        self.assertEqual([c["number"] for c in told["order"]], [c["number"] for c in self.truth()["order"]])

    def test_a_server_in_trouble_is_asked_again(self):
        self.archive()
        self.up.control("status", family="static", code=500, times=1, match="TimingData")
        self.up.control("truncated", family="static", times=1, match="TimingAppData")
        self.up.control("reset", family="static", times=1, match="DriverList")
        self.up.control("status", family="static", code=429, retry_after=1, times=1, match="Heartbeat")
        self.import_(self.session_path)
        self.assertGreater(len(self.asked("TimingData")), 1)
        self.assert_whole(self.folder + ".f1j")

    def test_a_file_that_breaks_off_is_fetched_again(self):
        self.archive()
        self.up.control("cut_json", family="static", times=1, match="TimingData")  # sound HTTP: only the content shows it
        self.up.control("html", family="static", times=1, match="SessionStatus")
        p = self.import_(self.session_path)
        self.assertIn("2 files did not come whole; they are tried again", p.stderr)
        self.assert_whole(self.folder + ".f1j")

    def test_the_mirror_steps_in(self):
        self.archive()
        self.lead_to("http://127.0.0.1:%d" % support.free_port(), self.up.url)
        self.import_(self.session_path)
        self.assert_whole(self.folder + ".f1j")

    def test_what_never_comes_leaves_no_journal_and_what_came(self):
        self.archive()
        self.up.control("html", family="static", match="TimingData")
        p = self.import_(self.session_path, code=1)
        self.assertIn("TimingData: the answer is no stream of the archive", p.stderr)
        self.assertIn("1 of 14 files did not come whole", p.stderr)
        self.assertFalse(os.path.exists(self.folder + ".f1j"))
        self.up.control("clear")
        before = len(self.asked("jsonStream"))
        self.import_(self.session_path)
        self.assertEqual(len(self.asked("jsonStream")), before + 1)
        self.assert_whole(self.folder + ".f1j")

    # ---- this machine has a bad day

    def test_an_import_goes_on_after_it_was_killed(self):
        self.archive()
        self.up.control("silent", family="static", match="TimingData", times=1)
        with open(self.path("log"), "w") as log:
            broken = support.subprocess.Popen([support.F1PD, "import", self.session_path, "--data", self.path("data"), "-c",
                                               self.path("conf.d")], stderr=log, stdout=log, cwd=self.dir)
        deadline = time.monotonic() + 20 * support.PATIENCE
        manifest = self.folder + ".manifest"
        while time.monotonic() < deadline and not (os.path.exists(manifest) and len(open(manifest).readlines()) == 13):
            time.sleep(0.05)
        broken.kill()
        broken.wait()
        self.assertEqual(len(open(manifest).readlines()), 13)
        self.assertFalse(os.path.exists(self.folder + ".f1j"))
        self.write("data/archive/" + self.session_path + "/TimingData.jsonStream.1-1.part", "00:00:00.000{\"Lines\":")
        before = len(self.asked("jsonStream"))
        p = self.import_(self.session_path)
        self.assertIn("13 of 14 files are here already", p.stderr)
        self.assertEqual(self.asked("jsonStream")[before:], ["/static/" + self.session_path + "/TimingData.jsonStream"])
        self.assert_whole(self.folder + ".f1j")
        self.assertEqual([n for n in os.listdir(self.folder) if n.endswith(".part")], [])

    def test_it_can_be_interrupted(self):
        self.archive()
        self.up.control("silent", family="static", match="TimingData")
        with open(self.path("log"), "w") as log:
            p = support.subprocess.Popen([support.F1PD, "import", self.session_path, "--data", self.path("data"), "-c",
                                          self.path("conf.d")], stderr=log, stdout=log, cwd=self.dir)
        deadline = time.monotonic() + 20 * support.PATIENCE
        while time.monotonic() < deadline and not self.asked("TimingData"):
            time.sleep(0.05)
        p.terminate()
        self.assertEqual(p.wait(20 * support.PATIENCE), 1)
        text = open(self.path("log")).read()
        self.no_reports(text)
        self.assertIn("not imported", text)
        self.assertFalse(os.path.exists(self.folder + ".f1j"))

    def test_a_disk_that_is_full(self):
        self.archive([(race.Plan(**{**PLAN, "cars": 20, "laps": 30}), 0)])
        p = self.import_(self.session_path, code=1, prefix=support.full_disk(500000))
        self.assertIn("TimingData.jsonStream: cannot write: File too large", p.stderr)
        self.assertFalse(os.path.exists(self.folder + ".f1j"))
        self.import_(self.session_path)
        journal, largest = self.folder + ".f1j", os.path.getsize(os.path.join(self.folder, "TimingData.jsonStream"))
        self.assertLess(largest + 4096, os.path.getsize(journal))
        os.remove(journal)
        self.import_(self.session_path, code=1, prefix=support.full_disk(largest + 4096))
        self.assertEqual([n for n in os.listdir(os.path.dirname(self.folder)) if ".f1j" in n], [])
        self.import_(self.session_path)
        self.assert_whole(journal)

    # ---- the user has a bad day

    def test_names_that_lead_nowhere(self):
        plans = [(race.Plan(**PLAN), 0), (race.Plan(kind="Qualifying", name="Qualifying", key=90011, **{**PLAN, "laps": 2}), 86400)]
        self.archive(plans, also=[(race.Plan(key=90012, meeting="Later Grand Prix", meeting_key=9002), WEEK + 86400, False)])
        year = self.up.programme.sessions[0].plan.year
        p = self.import_("%d example" % year, code=1)
        self.assertIn("several sessions are called so", p.stderr)
        self.assertIn(self.session_path, p.stderr)
        self.assertIn("Example Grand Prix, Qualifying", p.stderr)
        p = self.import_("%d nowhere race" % year, code=1)
        self.assertIn("no session is called so", p.stderr)
        self.assertIn(self.session_path, p.stderr)  # the nearest
        p = self.import_("%d later race" % year, code=1)
        self.assertIn("was not held yet", p.stderr)
        p = self.import_("2030/../../etc", code=1)
        self.assertIn("is no path in the archive", p.stderr)
        p = self.import_("%d/2020-01-01_No_Such/2020-01-01_Race" % year, code=1)
        self.assertIn("there is no session", p.stderr)
        self.assertEqual(self.asked("jsonStream"), [])
        self.assertIn("either", self.run_f1pd("import", "latest", "--season", "2024", code=2).stderr)
        self.assertIn("--data DIR", self.run_f1pd("import", "latest", "-c", self.path("conf.d"), code=1).stderr)
        p = self.import_(self.write("notes.txt", "hello\n"), code=1)
        self.assertFalse(os.path.exists(self.path("data", "archive", "notes.txt.f1j")))

    # ---- as a source

    def test_the_calendar_of_the_archive(self):
        plans = [(race.Plan(before_ms=600000, key=90003), 7200)]
        self.upstream(plans, speed=60, begin_ms=int(time.time()) // 60 * 60 * 1000)
        options = {"base_url": self.up.url, "mirror_url": "", "calendar": "yes"}
        d = self.live({"16-source-archive.ini": support.ini("source_archive", options)})
        d.wait(lambda: self.api(d, "/api/v1/schedule")["sessions"], "calendar")
        sessions = self.api(d, "/api/v1/schedule")["sessions"]
        self.assertEqual([(s["name"], s["meeting"]) for s in sessions], [("Race", "Example Grand Prix")])
        d.stop()


if __name__ == "__main__":
    support.main()
