"""What the forecasts of a live race were worth: scores in data_dir, once, whatever happened to the daemon in between."""
import json
import math
import os
import struct
import time

import support
from upstream_case import Live

EV_MEMBER_SCORES = 73

PHASES = ("lights_out", "d10", "d25", "d50", "d75", "d90")
DISTANCE = (None, 0.10, 0.25, 0.50, 0.75, 0.90)
LAPS = 20
SPEED = 15  # a lap takes 1.3 s, and the first forecast has 6 s before the start
RACE = {"laps": LAPS, "lap_ms": 20000, "before_ms": 90000, "after_ms": 60000}
CLIP = 5e-4  # as in core/forecast/score.c


def expected(forecast, result):
    """The metrics of a forecast as clients got it, worked out again."""
    place = {number: i + 1 for i, number in enumerate(result)}
    cars = forecast["cars"]

    def log_loss(key, happened):
        losses = []
        for car in cars:
            p = car[key] if happened(place[car["number"]]) else 1 - car[key]
            losses.append(-math.log(min(1 - CLIP, max(CLIP, p))))
        return sum(losses) / len(losses)
    podium = sorted(cars, key=lambda c: (-c["podium"], c["expected_position"]))[:3]
    favourite = max(cars, key=lambda c: c["win"])
    return {"top3_hit": sum(place[c["number"]] <= 3 for c in podium) / 3, "winner_hit": float(place[favourite["number"]] == 1),
            "win_logloss": log_loss("win", lambda p: p == 1), "podium_logloss": log_loss("podium", lambda p: p <= 3),
            "mae": sum(abs(c["expected_position"] - place[c["number"]]) for c in cars) / len(cars)}


class Scores(Live):
    def race(self, **kw):
        self.upstream({**RACE, **kw}, speed=SPEED)
        self.files = self.sources(livetiming={})
        return self.live(self.files, forecasts=True)

    def again(self):
        """Another f1pd on the same folders, its clock where the upstream has been stopped."""
        return self.live(self.files, forecasts=True)

    def scores(self):
        path = self.path("data", "scores.jsonl")
        if not os.path.exists(path):
            return []
        with open(path, encoding="utf-8") as f:
            text = f.read()
        self.assertTrue(text.endswith("\n"))
        return [json.loads(line) for line in text.splitlines()]

    def check(self, scores, watchers):
        """One line for each model and phase; those of what was published are what clients would work out."""
        session = self.up.programme.sessions[0]
        told = sorted((s["instance"], s["phase"]) for s in scores)
        models = ("predictor-ensemble", "predictor-midrace", "predictor-order")
        self.assertEqual(told, sorted((m, p) for m in models for p in PHASES))
        self.assertEqual({s["session"]["key"] for s in scores}, {session.plan.key})
        self.assertEqual({s["session"]["meeting"] for s in scores}, {session.plan.meeting})
        self.assertEqual({s["instance"] for s in scores if s["published"]}, {"predictor-ensemble"})
        messages = [m for w in watchers for m in w.of("forecast") + w.of("snapshot") if m["forecast"]]
        forecasts = {m["forecast"]["snapshot_seq"]: m["forecast"] for m in messages}
        result = [row[1] for row in session.race.result()]
        for score in scores:
            self.assertEqual(score["cars"], session.plan.cars)
            done = (score["lap"] or 1) - 1
            i = PHASES.index(score["phase"])
            if DISTANCE[i] is None:
                self.assertLessEqual(score["lap"] or 0, 1)
            else:
                self.assertGreaterEqual(done, DISTANCE[i] * LAPS)
                self.assertLess(done, DISTANCE[i] * LAPS + 2, "not the first forecast of its phase")
            if score["published"]:
                for key, value in expected(forecasts[score["snapshot_seq"]], result).items():
                    self.assertAlmostEqual(score[key], value, delta=0.01, msg="%s of %s" % (key, score["phase"]))

    def wait_scores(self, d):
        d.wait(lambda: d.lines(" score: d90: "), "scores in the log")
        d.wait(lambda: len(self.scores()) >= 18, "scores in data_dir")

    def check_log(self, d):
        lines = d.lines(" score: ")
        self.assertEqual([line.split(" score: ")[1].split(":")[0] for line in lines], list(PHASES))
        for line in lines:
            self.assertRegex(line, r"podium [0-3] of 3, winner (right|wrong), win log-loss \d+\.\d{3}, podium log-loss \d+\.\d{3}, "
                                   r"mean error \d+\.\d places$")

    def test_a_live_race_is_scored_once(self):
        d = self.race()
        watcher = self.watch(d)
        self.wait_end(d)
        self.wait_scores(d)
        self.check_log(d)
        watcher.check(self)
        d.stop()
        scores = self.scores()
        self.check(scores, [watcher])
        # The feed goes on showing the session that is over.
        self.up.control("pause")
        d = self.again()
        d.wait(lambda: (self.session(d) or {"session": {"status": None}})["session"]["status"] == "ends", "the old session")
        d.stop()
        self.assertEqual(d.lines(" score: "), [])
        self.assertEqual(self.scores(), scores)

    def earlier_score(self, name, year, losses):
        session = {"year": year, "start": "%d-01-05T14:00:00Z" % year}
        return json.dumps({"session": session, "phase": "d50", "name": name, "win_logloss": losses[0], "podium_logloss": losses[1],
                           "points_logloss": losses[2]}) + "\n"

    def test_the_ensemble_is_told_what_its_members_were_worth_this_season(self):
        self.upstream({**RACE, "laps": 3}, speed=SPEED)
        year = time.gmtime(self.up.now_ms() / 1000).tm_year
        os.makedirs(self.path("data"))
        self.write("data/scores.jsonl", self.earlier_score("midrace", year, (0.1, 0.2, 0.3)) +
                   self.earlier_score("order", year, (0.3, 0.2, 0.2)) + self.earlier_score("midrace", year - 1, (0.1, 0.2, 0.3)))
        d = self.live({**self.sources(livetiming={}), "49-predictor-ratings.ini": support.ini("predictor_ratings")}, forecasts=True)
        self.wait_lap(d, 2)
        d.stop()
        events = [e for e in self.journal() if e.type in (EV_MEMBER_SCORES, support.EV_FORECAST)]
        self.assertEqual([e.type for e in events[:2]], [EV_MEMBER_SCORES, support.EV_FORECAST])
        self.assertEqual(sum(e.type == EV_MEMBER_SCORES for e in events), 1, "told again though nothing is new")
        n, = struct.unpack_from("<I", events[0].data, support.EVENT_HEADER)
        told = [struct.unpack_from("<48s2I6i", events[0].data, support.EVENT_HEADER + 8 + 80 * i) for i in range(n)]
        self.assertEqual([(t[0].rstrip(b"\0").decode(), *t[1:]) for t in told],
                         [("midrace", 0, 1, 0, 0, 0, -100000, 0, 50000), ("order", 0, 1, 0, 0, 0, 100000, 0, -50000)])

    def test_a_crash_in_mid_race_loses_no_score(self):
        d = self.race()
        first = self.watch(d)
        self.wait_lap(d, LAPS * 4 // 10)
        d.kill()
        first.finish()
        self.up.control("pause")
        d = self.again()
        d.wait_log("events recovered")
        second = self.watch(d)
        self.wait_end(d)
        self.wait_scores(d)
        self.check_log(d)
        d.stop()
        self.check(self.scores(), [first, second])

    def leave_out_the_end(self):
        hub = self.up.hub
        hub.pending = [m for m in hub.pending if '"Ends"' not in json.dumps(m[-1])]

    def test_a_crash_after_the_result_brings_no_second_score(self):
        """Timing is final, the session has not ended yet: the journal is gone on with."""
        self.upstream({**RACE, "laps": 12}, speed=SPEED)
        self.up.call(self.leave_out_the_end)
        self.files = self.sources(livetiming={})
        d = self.live(self.files, forecasts=True)
        d.wait(lambda: (self.session(d) or {"session": {"status": None}})["session"]["status"] == "finalised", "final timing", timeout=60)
        d.wait(lambda: d.lines(" score: d90: "), "scores in the log")
        scores = d.wait(self.scores, "scores in data_dir")
        d.kill()
        self.up.control("pause")
        d = self.again()
        d.wait_log("events recovered")
        self.up.control("message", topic="SessionStatus", data={"Status": "Ends"})
        d.wait(lambda: self.session(d)["session"]["status"] == "ends", "the end")
        d.stop()
        self.assertEqual(d.lines(" score: "), [])
        self.assertEqual(self.scores(), scores)


if __name__ == "__main__":
    support.main()
