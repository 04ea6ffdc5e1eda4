"""Hostile recordings, a full disk: counted or refused with one line, never a crash, nothing lost."""
import gzip
import json
import os
import random
import shutil

import support
from support import core, ini

FIXTURE = os.path.join(support.SOURCE, "tests", "fixtures", "short_race")


class Recordings(support.Case):
    def setUp(self):
        super().setUp()
        shutil.copytree(FIXTURE, self.path("race"))
        for name in os.listdir(self.path("race")):
            os.chmod(self.path("race", name), 0o644)
        self.whole = self.replay(FIXTURE, "--no-forecasts")

    def topic(self, name):
        return self.path("race", name + ".jsonStream")

    def lines(self, name):
        with open(self.topic(name), encoding="utf-8-sig") as f:
            return f.read().splitlines()

    def insert(self, name, new, at=None):
        """Lines of text (or bytes) put among those of a topic, at an index or before the last line."""
        old = [line.encode() for line in self.lines(name)]
        at = len(old) - 1 if at is None else at
        new = [line if isinstance(line, bytes) else line.encode() for line in new]
        with open(self.topic(name), "wb") as f:
            f.write(b"\n".join(old[:at] + new + old[at:]) + b"\n")
        return old[at][:12].decode()

    def offset(self, name):
        return self.lines(name)[-1][:12]

    def assert_same_race(self, r):
        for key in ("order", "laps", "total_laps", "session"):
            self.assertEqual(r[key], self.whole[key])

    def play(self, *args):
        return self.replay(self.path("race"), "--no-forecasts", *args)

    def refused(self, path, pattern):
        """No document that looks like a result, one line that names the file, a bad exit code."""
        p = self.run_f1pd("replay", path, "--json", "--no-forecasts", code=None)
        self.assertNotEqual(p.returncode, 0, p.stdout[:500])
        self.assertEqual(p.stdout, "")
        self.assertRegex(p.stderr, pattern)
        self.assertIn(os.path.basename(path), p.stderr)
        self.assertNotIn("trying again", p.stderr)
        self.assertLessEqual(len(p.stderr.splitlines()), 3, p.stderr[:3000])

    def test_garbage_lines_are_counted_and_change_nothing(self):
        t = self.offset("TimingData")
        bad = ["", "garbage", t, t + "{", t + '{"Lines":', t + "[1,2", t + '{"Lines":{}} tail', t + "\"\"\"", "99:99", t + "nul",
               b"\xff\xfe\x00\x01", t.encode() + b"{\"a\":\"\xc3\x28\"}", t + '{"Lines":{"1":{"Line":1}}']
        self.insert("TimingData", bad)
        r = self.play()
        self.assertGreater(r["rejected"], 6)
        self.assertLessEqual(r["rejected"], len(bad))
        self.assert_same_race(r)

    def test_wrong_types_change_nothing(self):
        t = self.offset("TimingData")
        wrong = ['{"Lines":7}', '{"Lines":[]}', '{"Lines":{"2":null}}', '{"Lines":{"2":[]}}', '{"Lines":{"2":{"Line":"x"}}}',
                 '{"Lines":{"2":{"Line":-5,"Position":"-1"}}}', '{"Lines":{"2":{"Line":1e300}}}', '{"Lines":{"2":{"NumberOfLaps":"many"}}}',
                 '{"Lines":{"2":{"LastLapTime":7}}}', '{"Lines":{"2":{"LastLapTime":{"Value":"1:99.xyz"}}}}',
                 '{"Lines":{"2":{"Sectors":"none"}}}', '{"Lines":{"2":{"Sectors":{"99999999":{"Value":"30.1"}}}}}',
                 '{"Lines":{"2":{"GapToLeader":{"Value":{}}}}}', '{"Lines":{"2":{"GapToLeader":"+-1..2"}}}', "[]", "null", "7", '"x"']
        self.insert("TimingData", [t + w for w in wrong])
        r = self.play()
        self.assertEqual([c["number"] for c in r["order"]], [c["number"] for c in self.whole["order"]])
        self.assertEqual(r["laps"], self.whole["laps"])

    def test_duplicate_keys(self):
        t = self.offset("TimingData")
        self.insert("TimingData", [t + '{"Lines":{"2":{"NumberOfLaps":3,"NumberOfLaps":4}},"Lines":{"2":{"NumberOfLaps":5}}}'], at=20)
        self.assertEqual([c["number"] for c in self.play()["order"]], [c["number"] for c in self.whole["order"]])

    def test_deep_nesting(self):
        t = self.offset("TimingData")
        deep = 200000
        self.insert("TimingData", [t + '{"Lines":' * deep + "1" + "}" * deep, t + "[" * deep, t + '{"a":' + "[" * deep + "]" * deep + "}"])
        r = self.play()
        self.assertGreaterEqual(r["rejected"], 2)
        self.assert_same_race(r)

    def test_gigantic_line(self):
        t = self.offset("TimingData")
        self.insert("TimingData", [t + '{"Lines":{"2":{"X":"' + "x" * (40 << 20) + '"}}}'])
        r = self.play()
        self.assert_same_race(r)
        self.assertEqual(r["rejected"], 1)

    def test_gigantic_numbers_and_names(self):
        t = self.offset("TimingData")
        self.insert("TimingData", [t + '{"Lines":{"2":{"NumberOfLaps":%s}}}' % ("9" * 5000),
                                   t + '{"Lines":{"%s":{"Line":1}}}' % ("1" * 5000), t + '{"Lines":{"2":{"%s":1}}}' % ("k" * 100000)])
        self.assert_same_race(self.play())

    def test_unknown_topics_are_no_fault(self):
        self.write("race/Unheard.jsonStream", self.offset("TimingData") + '{"Some":["thing",1,null,{"new":true}]}\n')
        r = self.play()
        self.assertEqual((r["rejected"], r["rejected_events"]), (0, 0))
        self.assert_same_race(r)

    def test_unknown_cars(self):
        t = self.offset("TimingData")
        self.insert("TimingData", [t + '{"Lines":{"%s":{"NumberOfLaps":3,"LastLapTime":{"Value":"1:10.000"}}}}' % car
                                   for car in (0, -1, 1000, 99999999999, "abc", "", "7x", "_kf", 77)])
        r = self.play()
        known = [c["number"] for c in self.whole["order"]]
        # 77 may be a car of which the feed has said nothing else; the others are no car numbers.
        self.assertEqual([c["number"] for c in r["order"] if c["number"] != 77], known)
        self.assertTrue(all(1 <= c["number"] <= 999 for c in r["order"]))

    def test_hundreds_of_cars(self):
        t = self.offset("TimingData")
        self.insert("TimingData", [t + json.dumps({"Lines": {str(n): {"Line": n, "NumberOfLaps": 1} for n in range(100, 900)}})], at=1)
        r = self.play()
        self.assertLessEqual(len(r["order"]), 32)
        self.assertEqual(len({c["number"] for c in r["order"]}), len(r["order"]))

    def test_time_going_backwards(self):
        lines = self.lines("TimingData")
        middle = len(lines) // 2
        late = ["00:00:00.001" + line[12:] for line in lines[middle:middle + 3]]
        with open(self.topic("TimingData"), "w", encoding="utf-8") as f:
            f.write("\n".join(lines[:middle] + late + lines[middle + 3:]) + "\n")
        r = self.play("--journal", self.path("j.f1j"))
        self.assert_same_race(r)
        times = [e.t_event_ns for e in support.read_journal(self.path("j.f1j"))[0]]
        self.assertEqual(times, sorted(times), "the journal goes back in time")

    def test_truncated_anywhere(self):
        with open(self.topic("TimingData"), "rb") as f:
            data = f.read()
        for share in (0.1, 0.35, 0.5, 0.77, 0.999):
            with self.subTest(share):
                with open(self.topic("TimingData"), "wb") as f:
                    f.write(data[:int(len(data) * share)])
                r = self.play()
                self.assertLessEqual(r["rejected"], 1)
                self.assertLessEqual(r["laps"] or 0, self.whole["laps"])

    def test_truncated_gzip(self):
        with open(self.topic("TimingData"), "rb") as f:
            data = gzip.compress(f.read())
        with open(self.topic("TimingData"), "wb") as f:
            f.write(data[:len(data) // 2])
        p = self.run_f1pd("replay", self.path("race"), "--json", "--no-forecasts", code=None)
        self.assertIn("TimingData.jsonStream", p.stderr)
        if p.returncode == 0:
            self.assertGreaterEqual(json.loads(p.stdout)["rejected"], 1)

    def test_random_bytes(self):
        rng = random.Random(11)
        for n in (1, 64, 5000, 3 << 20):
            self.refused(self.write("noise-%d" % n, rng.randbytes(n)), "noise-%d" % n)

    def test_random_damage(self):
        rng = random.Random(12)
        originals = {}
        for name in os.listdir(self.path("race")):
            with open(self.path("race", name), "rb") as f:
                originals[name] = f.read()
        for _ in range(12 if support.SANITIZE else 40):
            for name, data in originals.items():
                damaged = bytearray(data)
                for _ in range(rng.randrange(4)):
                    damaged[rng.randrange(len(damaged))] = rng.randrange(256)
                with open(self.path("race", name), "wb") as f:
                    f.write(damaged)
            self.run_f1pd("replay", self.path("race"), "--json", "--no-forecasts", code=None)

    def test_no_recording(self):
        os.mkdir(self.path("empty-folder"))
        self.write("empty-file", "")
        self.write("prose", "It was a dark and stormy night.\n" * 100)
        self.write("foreign.json", '{"a":1}\n')
        for name in ("absent", "empty-folder", "empty-file", "prose", "foreign.json"):
            self.refused(self.path(name), name)

    def test_unreadable_things(self):
        os.mkfifo(self.path("pipe"))
        self.refused(self.path("pipe"), "pipe")
        os.symlink("loop", self.path("loop"))
        self.refused(self.path("loop"), "loop")

    def test_damaged_journal(self):
        self.replay(FIXTURE, "--journal", self.path("race.f1j"))
        with open(self.path("race.f1j"), "rb") as f:
            data = bytearray(f.read())
        data[len(data) // 2] ^= 0xff
        self.write("damaged.f1j", bytes(data))
        r = self.replay(self.path("damaged.f1j"), "--no-forecasts")
        self.assertEqual(r["rejected"], 1)
        self.assertLess(r["laps"], self.whole["laps"])
        for n in (8, 63, 64):
            self.refused(self.write("short-%d.f1j" % n, bytes(data[:n])), "short-%d" % n)

    def test_wrong_command_lines(self):
        for args in (["replay"], ["replay", FIXTURE, "--speed", "fast"], ["replay", FIXTURE, "--speed", "0"],
                     ["replay", FIXTURE, "--workers", "0"], ["replay", FIXTURE, "--wrong"], ["fly"], ["replay", FIXTURE, "more"],
                     ["-c"]):
            p = self.run_f1pd(*args, code=2)
            self.assertEqual(p.stdout, "")
            self.assertEqual(len(p.stderr.splitlines()), 1, p.stderr)
        p = self.run_f1pd("replay", FIXTURE, "--set", "wrong=1", "--json", code=1)
        self.assertRegex(p.stderr, "wrong: unknown option")
        self.assertEqual(p.stdout, "")
        self.run_f1pd("simulate", "--set", "laps=9999", code=1)
        p = self.run_f1pd("simulate", "-p", self.path("no-such-folder"), code=1)
        self.assertRegex(p.stderr, "^f1pd: -p .*no-such-folder: No such file or directory; ")
        self.assertEqual(len(p.stderr.splitlines()), 1, p.stderr)


class FullDisk(support.Case):
    def conf_with_journal(self):
        return self.conf({
            "00-f1pd.ini": core(speed=100, journal_dir=self.path("journal")),
            "10-source-simulator.ini": ini("source_simulator", {"seed": 7, "laps": 60, "lap_time_s": 60, "pre_start_s": 5}),
            "21-predictor-order.ini": ini("predictor_order"),
            "30-sink-websocket.ini": ini("sink_websocket", {"port": 0}),
        })

    def seq(self, d):
        status, body = support.http(d.port(), "/api/v1/session/current")
        return json.loads(body)["seq"] if status == 200 else 0

    def test_a_full_disk_is_said_and_survived(self):
        conf, limit = self.conf_with_journal(), 200000
        d = self.daemon(conf, limit_file_size=limit)
        line = d.wait_log("(warn|error) .*current.f1j")
        self.assertRegex(line, "File too large|full|No space")
        seq = self.seq(d)
        d.wait(lambda: self.seq(d) > seq + 500, "a race that goes on")
        self.assertLessEqual(len(d.lines("current.f1j")), 3, "the log is flooded: " + d.log()[-2000:])
        d.stop()
        journal = self.path("journal", "current.f1j")
        self.assertLessEqual(os.path.getsize(journal), limit)
        events, _ = support.read_journal(journal)
        self.assertGreater(len(events), 100)
        self.assertEqual([e.seq for e in events], list(range(1, len(events) + 1)))
        # With room again, the next start goes on from what is there.
        d = self.daemon(conf)
        d.wait_log("%d events recovered" % len(events))
        d.wait(lambda: self.seq(d) > len(events) + 500, "a race that goes on")
        d.stop()
        events, torn = support.read_journal(journal)
        self.assertEqual(torn, 0)
        self.assertEqual([e.seq for e in events], list(range(1, len(events) + 1)))

    def test_a_full_disk_does_not_stop_a_replay(self):
        # The result is right; that the journal is not whole is said, and is no success.
        p = self.run_f1pd("simulate", "--json", "--no-forecasts", "--set", "laps=5", "--journal", self.path("j.f1j"),
                          prefix=support.full_disk(60000), code=1)
        self.assertRegex(p.stderr, "error .*j.f1j: cannot write: File too large")
        self.assertEqual(p.stderr.count(" error "), 1, p.stderr)
        r = json.loads(p.stdout)
        whole = json.loads(self.run_f1pd("simulate", "--json", "--no-forecasts", "--set", "laps=5").stdout)
        self.assertEqual(r["state_sha256"], whole["state_sha256"])
        self.assertLessEqual(os.path.getsize(self.path("j.f1j")), 60000)

    def test_a_journal_folder_that_cannot_be_made(self):
        self.write("journal", "a file is in the way")
        d = self.daemon(self.conf_with_journal())
        line = d.wait_log(" warn +journal: ")
        self.assertIn("journal_dir: %s: Not a directory" % self.path("journal"), line)
        seq = self.seq(d)
        d.wait(lambda: self.seq(d) > seq + 500, "a race that goes on")
        self.assertEqual(len(d.lines(" (warn|error) ")), 1, d.log())
        d.stop()

    def test_a_log_on_a_full_disk(self):
        self.conf_with_journal()
        self.conf({"00-f1pd.ini": core(speed=100), "31-sink-log.ini": ini("sink_log", {"path": self.path("race.log"), "format": "json",
                                                                                       "events": "all"})})
        d = self.daemon(self.path("conf.d"), limit_file_size=20000)
        d.wait_log("warn .*sink-log: .*race.log.*: File too large")
        seq = self.seq(d)
        d.wait(lambda: self.seq(d) > seq + 500, "a race that goes on")
        self.assertEqual(len(d.lines("race.log")), 1, "the log is flooded: " + d.log()[-2000:])
        d.stop()


if __name__ == "__main__":
    support.main()
