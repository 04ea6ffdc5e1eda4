"""Recorded sessions through the real program: what f1pd says at the end is what the feed and the record books say.

The expected order is computed here, by a second and much simpler reading of the feed: the last Line of each car.
"""
import csv
import glob
import gzip
import json
import os
import sys
import unicodedata
import unittest

import support
from support import shared

GROUPS = 10
FEW = 12  # races in a tree with sanitizers


def stream(folder, topic):
    """(offset, payload) of each line of TOPIC.jsonStream, plain or gzip."""
    path = os.path.join(folder, topic + ".jsonStream")
    if not os.path.exists(path):
        path += ".gz"
        if not os.path.exists(path):
            return
    with (gzip.open if path.endswith(".gz") else open)(path, "rt", encoding="utf-8-sig") as f:
        for line in f:
            if line.strip():
                yield line[:12], json.loads(line[12:])


def feed_says(folder):
    """The cars in the feed's last order, and each car's last lap count."""
    line, laps = {}, {}
    for _, message in stream(folder, "TimingData"):
        for car, change in (message.get("Lines") or {}).items():
            if "Line" in change:
                line[int(car)] = change["Line"]
            if "NumberOfLaps" in change:
                laps[int(car)] = change["NumberOfLaps"]
    return sorted(line, key=line.get), laps


def feed_cars(folder):
    cars = set()
    for _, message in stream(folder, "DriverList"):
        cars |= {int(c) for c in message if c.isdigit()}
    return cars


def race_folders():
    root = shared("recordings", "livetiming")
    found = [p for kind in ("raw", "hybrid", "rebuilt") for shape in ("*_Race", "*_Sprint")
             for p in glob.glob(os.path.join(root, kind, shape))]
    found.sort(key=lambda p: (os.path.basename(p), p))
    if not found:
        raise unittest.SkipTest("no race in " + root)
    return found


def plain(text):
    """"São Paulo Grand Prix" -> "sao_paulo"."""
    ascii_only = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return ascii_only.replace(" Grand Prix", "").replace(" ", "_").lower()


def official(folder):
    """Rows of history for this race, in the order of classification; [] if history does not know it."""
    name = os.path.basename(folder)
    year, gp, session = name[:4], name[5:name.rindex("_")], name[name.rindex("_") + 1:]
    with open(shared("history", "races.csv"), newline="", encoding="utf-8") as f:
        ids = [r["race_id"] for r in csv.DictReader(f) if r["season"] == year and plain(r["name"]) == gp.lower()]
    if len(ids) != 1:
        return []
    with open(shared("history", "sprint.csv" if session == "Sprint" else "results.csv"), newline="", encoding="utf-8") as f:
        rows = [r for r in csv.DictReader(f) if r["race_id"] == ids[0]]
    return sorted(rows, key=lambda r: int(r["position"]))


class Recordings(support.Case):
    def check_race(self, folder):
        name = os.path.relpath(folder, shared("recordings", "livetiming"))
        with self.subTest(name):
            r = self.replay(folder, "--no-forecasts")
            order = [c["number"] for c in r["order"]]
            laps = {c["number"]: c["laps"] for c in r["order"]}
            expected, feed_laps = feed_says(folder)
            self.assertEqual((r["rejected"], r["rejected_events"]), (0, 0), "valid records were refused")
            self.assertGreater(len(expected), 10, "the feed names no order: is this a race?")
            # Cars that never got a place in the feed (out before its first order) come behind the others.
            self.assertEqual(order[:len(expected)], expected)
            self.assertEqual(set(order), set(expected) | feed_cars(folder))
            self.assertEqual(len(order), len(set(order)), "a car appears twice")
            self.assertEqual([c["position"] for c in r["order"][:len(expected)]], list(range(1, len(expected) + 1)))
            self.assertEqual({c: laps[c] for c in feed_laps}, feed_laps)
            self.assertEqual(r["laps"], max(feed_laps.values()))
            self.assertLessEqual(r["laps"], r["total_laps"])
            self.assertEqual(laps[order[0]], r["laps"], "the winner has not done all laps")
            self.assertEqual(r["session"]["year"], int(os.path.basename(folder)[:4]))
            self.assertEqual(r["session"]["type"], "sprint" if folder.endswith("_Sprint") else "race")
            self.check_cars(r)
            self.check_winner(folder, name, order[0])

    def check_cars(self, r):
        for car in r["order"]:
            n = car["number"]
            self.assertTrue(1 <= n <= 99, n)
            self.assertEqual(len(car["code"]), 3, n)
            self.assertTrue(car["stops"] is None or 0 <= car["stops"] <= 10, n)
            self.assertTrue(car["best_ms"] is None or 50000 < car["best_ms"] < 300000, n)
            for stint in car["stints"]:
                self.assertTrue(stint["laps"] is None or 0 <= stint["laps"] <= r["laps"] + 2, (n, stint))

    def check_winner(self, folder, name, winner):
        rows = official(folder)
        if not rows:
            print("not in the record books: " + name)
            return
        if int(rows[0]["number"]) == winner:
            return
        mine = [r for r in rows if int(r["number"]) == winner]
        self.assertTrue(mine and mine[0]["position_text"] == "DSQ",
                        "car %d won here, car %s in the record books" % (winner, rows[0]["number"]))
        print("%s: the winner on the road, car %d, was disqualified later" % (name, winner))

    def check_group(self, k):
        folders = race_folders()
        if support.SANITIZE:
            step = max(1, len(folders) // FEW)
            folders = folders[::step]
        mine = folders[k::GROUPS]
        if not mine:
            raise unittest.SkipTest("no race for group %d" % k)
        for folder in mine:
            self.check_race(folder)
        print("%d races of group %d" % (len(mine), k), file=sys.stderr)

    def test_races_group_0(self):
        self.check_group(0)

    def test_races_group_1(self):
        self.check_group(1)

    def test_races_group_2(self):
        self.check_group(2)

    def test_races_group_3(self):
        self.check_group(3)

    def test_races_group_4(self):
        self.check_group(4)

    def test_races_group_5(self):
        self.check_group(5)

    def test_races_group_6(self):
        self.check_group(6)

    def test_races_group_7(self):
        self.check_group(7)

    def test_races_group_8(self):
        self.check_group(8)

    def test_races_group_9(self):
        self.check_group(9)

    def check_official_order(self, name):
        folder = shared("recordings", "livetiming", "raw", name)
        rows = official(folder)
        self.assertGreater(len(rows), 15)
        order = [c["number"] for c in self.replay(folder, "--no-forecasts")["order"]]
        # Who never left the garage may be unknown to the feed.
        known = feed_cars(folder)
        self.assertEqual(order, [int(r["number"]) for r in rows if r["laps"] != "0" or int(r["number"]) in known])

    def test_raw_race_equals_the_official_classification(self):
        self.check_official_order("2018_Azerbaijan_Race")

    def test_raw_sprint_equals_the_official_classification(self):
        self.check_official_order("2023_Azerbaijan_Sprint")

    def test_qualifying_joined_by_snapshot(self):
        r = self.replay(shared("reference", "samples", "livetiming", "undercut", "2024_Imola_Qualifying"), "--no-forecasts")
        first, second = r["order"][:2]
        self.assertEqual((first["number"], first["part_best_ms"]), (1, [75762, 75176, 74746]))
        self.assertEqual((second["number"], second["part_best_ms"][2]), (81, 74820))
        self.assertEqual(r["race_control_messages"], 27)
        self.assertEqual((r["rejected"], r["rejected_events"]), (0, 0))
        self.assertEqual(r["session"]["type"], "qualifying")

    def test_qualifying_of_the_archive(self):
        folder = os.path.dirname(shared("reference", "samples", "livetiming", "archive",
                                        "2025_Mexico-City-Grand-Prix_Mexico-City_Qualifying", "session_info.json"))
        r = self.replay(folder, "--no-forecasts")
        best = {c["number"]: c["part_best_ms"][2] for c in r["order"]}
        self.assertEqual([c["number"] for c in r["order"][:3]], [4, 16, 44])
        self.assertEqual([best[4], best[16], best[44]], [75586, 75848, 75938])
        self.assertEqual((r["rejected"], r["rejected_events"]), (0, 0))
        self.assertGreater(r["topics"]["CarData.z"], 0)

    def check_format(self, name, session_type, cars, rejected=0):
        r = self.replay(shared("recordings", "livetiming", "formats", name), "--no-forecasts")
        self.assertEqual(r["rejected"], rejected)
        self.assertEqual(r["rejected_events"], 0)
        self.assertGreater(r["messages"], 1000)
        self.assertEqual(len(r["order"]), cars)
        if session_type:
            self.assertEqual(r["session"]["type"], session_type)
        return r

    def test_format_signalr_frames(self):
        self.check_format("signalr-frames_2023_Monaco_Practice_2", "practice", 20)

    def test_format_fastf1_save(self):
        self.check_format("fastf1-save_2025_Sao_Paulo_Sprint", None, 20)

    def test_format_updates_array_of_22_cars(self):
        self.check_format("updates-array_2026_Japan_Practice_1", None, 22)

    def test_format_classic_fragment_has_one_torn_line(self):
        folder = shared("recordings", "livetiming", "formats", "classic-fragment_2023_Qatar_Sprint")
        self.check_format(os.path.basename(folder), None, 20, rejected=1)


if __name__ == "__main__":
    support.main()
