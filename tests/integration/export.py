"""f1pd export: a recording in other people's shapes, and what comes of it when it is read again."""
import ast
import collections
import csv
import itertools
import json
import os
import shutil
import signal
import subprocess
import time

import openf1_rows
import support

FIXTURE = os.path.join(support.SOURCE, "tests", "fixtures", "short_race")
# Of the report: what the race is, not how or from where it was told.
TOLD = ("simulated", "messages", "rejected", "merge_oddities", "topics", "wall_s", "messages_per_s", "seq", "state_sha256",
        "forecast_sha256", "events", "rejected_events")


class Export(support.Case):
    def export(self, recording, form, out, **kw):
        return self.run_f1pd("export", recording, "--format", form, "--out", self.path(out), **kw)

    def refused(self, recording, form, out, what, **kw):
        """One line that says what is wrong, and nothing left behind."""
        before = set(os.listdir(self.dir))
        p = self.export(recording, form, out, code=1, **kw)
        self.assertEqual(len(p.stderr.splitlines()), 1, p.stderr)
        self.assertIn(" error ", p.stderr)
        self.assertIn(what, p.stderr)
        self.assertEqual(set(os.listdir(self.dir)), before)

    def journal(self, **race):
        path = self.path("race.f1pj")
        report = self.simulate("--no-forecasts", "--journal", path, race=dict(support.RACE, **race))
        return path, report

    def rows(self, out, collection):
        with open(self.path(out, collection + ".json"), encoding="utf-8") as f:
            return json.load(f)

    def same_race(self, recording, out="lines.txt"):
        self.export(recording, "fastf1", out)
        original = self.replay(recording, "--no-forecasts", timeout=200)
        told = self.replay(self.path(out), "--no-forecasts", timeout=200)
        self.assertEqual(told["rejected"] + told["rejected_events"] + told["merge_oddities"], 0)
        self.assertGreater(original["events"], 100)
        return original, told

    # ---- lines

    def test_lines_of_a_recording_give_the_same_state(self):
        original, told = self.same_race(FIXTURE)
        self.assertEqual(told["state_sha256"], original["state_sha256"])
        self.assertEqual(told["events"], original["events"])

    def test_lines_of_a_journal_give_the_same_state(self):
        journal = self.path("race.f1pj")
        self.replay(FIXTURE, "--no-forecasts", "--journal", journal)
        original, told = self.same_race(journal)
        self.assertEqual(told["state_sha256"], original["state_sha256"])

    def test_lines_of_a_simulation_give_the_same_race(self):
        """The mark SIMULATED has no place in the feed's format: it is a part of the state, so the hash differs, and nothing else."""
        journal, _ = self.journal(safety_car="yes")
        original, told = self.same_race(journal)
        self.assertTrue(original["simulated"])
        self.assertFalse(told["simulated"])
        for report in original, told:
            for key in TOLD:
                report.pop(key)
        self.assertEqual(told, original)

    def test_lines_of_a_subscription_give_the_same_facts(self):
        """A snapshot becomes ordinary messages: its facts are kept; what is derived from when they were told may differ."""
        session = {"Meeting": {"Key": 1, "Name": "Example GP"}, "Key": 9, "Type": "Race", "Name": "Race",
                   "StartDate": "2030-05-05T15:00:00", "GmtOffset": "02:00:00", "Path": "x/"}
        lines = {n: {"Line": i, "Position": str(i), "NumberOfLaps": 10, "NumberOfPitStops": 1, "BestLapTime": {"Value": "1:30.%03d" % i},
                     "InPit": False, "LastLapTime": {"Value": "1:31.%03d" % i}} for i, n in enumerate(("4", "16", "44"), 1)}
        stints = {n: {"Stints": [{"Compound": "SOFT", "New": "true", "TotalLaps": 6, "StartLaps": 0},
                                 {"Compound": "HARD", "New": "false", "TotalLaps": 7, "StartLaps": 3}]} for n in lines}
        snapshot = {"SessionInfo": session, "SessionStatus": {"Status": "Started"}, "TrackStatus": {"Status": "1"},
                    "LapCount": {"CurrentLap": 11, "TotalLaps": 20}, "TimingData": {"Lines": lines}, "TimingAppData": {"Lines": stints},
                    "RaceControlMessages": {"Messages": [{"Utc": "2030-05-05T13:00:00", "Lap": 1, "Category": "Other", "Message": "GO"}]}}
        frames = [{"R": snapshot, "I": "1"}]
        for i in range(60):
            data = {"Lines": {"4": {"NumberOfLaps": 11 + i // 20, "GapToLeader": "LAP %d" % (12 + i // 20)},
                              "44": {"GapToLeader": "+%d.%03d" % (i, i)}}}
            message = {"H": "Streaming", "M": "feed", "A": ["TimingData", data, "2030-05-05T13:20:%02d.000Z" % i]}
            frames.append({"C": "x", "M": [message]})
        recording = self.write("frames.txt", "".join(json.dumps(f) + "\n" for f in frames))
        original, told = self.same_race(recording)
        self.assertEqual(original["events"], told["events"] + 1)  # the mark of the snapshot
        for report in original, told:
            for key in TOLD:
                report.pop(key)
            for car in report["order"]:
                car.pop("stops")
        self.assertEqual(told, original)

    def test_lines_are_read_by_python_and_by_exchanging_quotes(self):
        journal, _ = self.journal()
        self.export(journal, "fastf1", "lines.txt")
        topics = collections.Counter()
        with open(self.path("lines.txt"), encoding="utf-8") as f:
            for line in f:
                topic, data, time = ast.literal_eval(line)
                text = line.replace("'", '"').replace("True", "true").replace("False", "false")
                self.assertEqual(json.loads(text), [topic, data, time])
                self.assertRegex(time, r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3,9}Z$")
                topics[topic] += 1
        for topic in ("SessionInfo", "SessionStatus", "TrackStatus", "LapCount", "DriverList", "TimingData", "TimingAppData",
                      "WeatherData", "RaceControlMessages"):
            self.assertGreater(topics[topic], 0, topic)
        self.assertGreater(topics["TimingData"], 200)

    def test_lines_of_real_recordings_give_the_same_state(self):
        names = ("formats/classic-fragment_2023_Qatar_Sprint", "formats/updates-array_2026_Japan_Practice_1",
                 "raw/2021_Mexico_City_Qualifying", "raw/2018_Azerbaijan_Race", "raw/2020_Hungarian_Practice_2",
                 "raw/2023_Azerbaijan_Sprint_Shootout")
        for name in names[:3] if support.SANITIZE else names:
            with self.subTest(name):
                recording = support.shared("recordings", "livetiming", *name.split("/"))
                original, told = self.same_race(recording, os.path.basename(name))
                self.assertEqual(told["state_sha256"], original["state_sha256"])
                self.assertEqual(told["events"], original["events"])

    def with_less_telemetry(self, recording):
        """A copy with 1,100 lines of each stream of telemetry, about a quarter."""
        cut = self.path("cut")
        os.mkdir(cut)
        for name in os.listdir(recording):
            with open(os.path.join(recording, name), "rb") as f, open(os.path.join(cut, name), "wb") as out:
                out.writelines(itertools.islice(f, 1100 if ".z." in name else None))
        return cut

    def test_lines_with_telemetry_give_the_same_events(self):
        session = "2025_Mexico-City-Grand-Prix_Mexico-City_Qualifying"
        recording = support.shared("reference", "samples", "livetiming", "archive", session, "raw")
        if support.SANITIZE:
            recording = self.with_less_telemetry(recording)
        original, told = self.same_race(recording)
        self.assertEqual(told["state_sha256"], original["state_sha256"])
        self.assertEqual(told["events"], original["events"])
        self.assertGreater(told["topics"]["CarData.z"], 1000)
        self.assertGreater(told["topics"]["Position.z"], 1000)

    # ---- OpenF1

    def test_collections_of_a_simulated_race_are_whole(self):
        journal, report = self.journal(laps=8, red_flag="no")
        self.export(journal, "openf1-json", "rows")
        laps, drivers = self.rows("rows", "laps"), self.rows("rows", "drivers")
        numbers = {car["number"]: car for car in report["order"]}
        self.assertEqual({d["driver_number"] for d in drivers}, set(numbers))
        times = {(r["driver_number"], r["lap_number"]): r["lap_duration"] for r in laps}
        self.assertEqual(len(times), len(laps))
        for number, car in numbers.items():
            for lap in range(1, car["laps"] + 1):
                self.assertIn((number, lap), times)
                if lap > 1:  # the feed tells no time of the first lap
                    self.assertGreater(times[number, lap], 50, (number, lap))
        last = {}
        for row in self.rows("rows", "position"):
            last[row["driver_number"]] = row["position"]
        self.assertEqual(last, {n: car["position"] for n, car in numbers.items()})
        for row in self.rows("rows", "stints"):
            self.assertLessEqual(row["lap_start"], row["lap_end"])
            self.assertLessEqual(row["lap_end"], 8)
        self.assertEqual({r["session_key"] for r in laps}, {r["session_key"] for r in self.rows("rows", "sessions")})

    def test_csv_and_json_say_the_same(self):
        journal, _ = self.journal()
        self.export(journal, "openf1-json", "json")
        self.export(journal, "openf1-csv", "csv")
        names = sorted(os.path.splitext(f)[0] for f in os.listdir(self.path("json")))
        self.assertEqual(names, sorted(os.path.splitext(f)[0] for f in os.listdir(self.path("csv"))))
        for name in names:
            with open(self.path("csv", name + ".csv"), encoding="utf-8", newline="") as f:
                table = list(csv.DictReader(f))
            rows = self.rows("json", name)
            self.assertEqual(len(table), len(rows), name)
            self.assertEqual(list(table[0]), sorted(rows[0]), name)
            for line, row in zip(table, rows):
                self.assertEqual(line, {k: "" if v is None else str(v) for k, v in row.items()}, name)

    def test_collections_equal_those_of_openf1(self):
        for race, theirs, recording in openf1_rows.races()[::4]:
            self.export(recording, "openf1-json", race)
            openf1_rows.check(self, race, theirs, lambda collection: self.rows(race, collection))

    # ---- journal

    def test_the_journal_is_that_of_a_replay(self):
        self.export(FIXTURE, "journal", "made.f1pj")
        self.replay(FIXTURE, "--no-forecasts", "--journal", self.path("replayed.f1pj"))
        made, torn = support.read_journal(self.path("made.f1pj"))
        replayed, _ = support.read_journal(self.path("replayed.f1pj"))
        self.assertEqual(torn, 0)
        self.assertEqual([e.timeless() for e in made], [e.timeless() for e in replayed])
        self.assertGreater(len(made), 100)

    # ---- what goes wrong

    def test_what_is_missing_is_told(self):
        for args, what in ((("export", FIXTURE), "--format and --out"), (("export", FIXTURE, "--format", "xml", "--out", "x"), "xml"),
                           (("export", "--format", "fastf1", "--out", "x"), "path of a recording")):
            p = self.run_f1pd(*args, code=2)
            self.assertIn(what, p.stderr)
            self.assertEqual(len(p.stderr.splitlines()), 1, p.stderr)

    def test_a_recording_that_is_none_leaves_nothing(self):
        self.refused(self.path("nowhere"), "fastf1", "out", "No such file")
        garbage = self.write("garbage", bytes(range(256)) * 40)
        for form in "fastf1", "openf1-json", "journal":
            self.refused(garbage, form, "out", "garbage")

    def test_what_stands_at_the_place_stays(self):
        mine = self.write("mine", "mine")
        self.write("folder/mine", "mine")
        for form in "fastf1", "openf1-csv", "journal":
            for out in "mine", "folder":
                self.refused(FIXTURE, form, out, "exists and is not empty")
        with open(mine) as f:
            self.assertEqual(f.read(), "mine")

    def test_an_empty_folder_is_taken(self):
        os.mkdir(self.path("folder"))
        self.export(FIXTURE, "openf1-json", "folder")
        self.assertGreater(len(self.rows("folder", "laps")), 10)

    def test_a_place_that_cannot_be_written_is_told(self):
        for form in "fastf1", "openf1-json", "journal":
            self.refused(FIXTURE, form, "no/such/folder/out", "no/such/folder/out")

    def test_a_signal_leaves_all_or_nothing(self):
        """Whenever it comes."""
        journal, _ = self.journal(laps=40, rate=5)
        codes = set()
        for form in "fastf1", "openf1-json", "journal":
            for delay in (0.03, 0.1, 0.2, 0.4):
                before = set(os.listdir(self.dir))
                p = subprocess.Popen([support.F1PD, "export", journal, "--format", form, "--out", self.path("out")],
                                     stderr=subprocess.DEVNULL)
                time.sleep(delay)
                p.terminate()
                code = p.wait(60 * support.PATIENCE)
                codes.add(code)
                self.assertIn(code, (0, 1, -signal.SIGTERM))  # the last one: before f1pd looks at signals
                self.assertEqual(set(os.listdir(self.dir)) - before, {"out"} if code == 0 else set(), (form, delay))
                if code == 0:
                    path = self.path("out")
                    shutil.rmtree(path) if os.path.isdir(path) else os.remove(path)
        print("exit codes", codes)

    def test_a_full_disk_leaves_nothing(self):
        for form in "fastf1", "openf1-json", "journal":
            with self.subTest(form):
                self.refused(FIXTURE, form, "out", "out", prefix=support.full_disk(4096))


if __name__ == "__main__":
    support.main()
