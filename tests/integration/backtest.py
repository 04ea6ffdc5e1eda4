"""f1pd backtest and train: forecasts of the past know nothing of its future, scores are whole, a model is what was learnt."""
import datetime
import json
import os
import sys

import past_races
import support

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "upstream"))
import race
import recording
import timed

PHASES = ["pre_qualifying", "lights_out", "d10", "d25", "d50", "d75", "d90"]
BASELINES = {"grid", "grid_table", "current_order", "order_table"}
METRICS = {"top3_hit", "winner_hit", "win_logloss", "podium_logloss", "points_logloss", "dnf_logloss", "winner_logloss", "win_brier",
           "podium_brier", "points_brier", "rps", "mae", "spearman", "ece_win", "ece_podium", "ece_points", "cover50", "cover90"}
GAPS = {"gap_cover50", "gap_cover90"}  # of those who say gaps
TARGET = 203203  # the race whose future is changed
SEEN = 10        # its last lap that stays as it was


class Backtest(support.Case):
    def run_verb(self, verb, folder, *args, **kw):
        return self.run_f1pd(verb, "--history", folder, "-c", os.path.join(support.SOURCE, "conf.d"), "--set",
                             "predictor-midrace.runs=300", *args, timeout=60, **kw)

    def history(self, name="history", **kw):
        return past_races.History(**kw).write(self.path(name))

    def test_every_phase_is_scored_beside_the_baselines(self):
        folder = self.history()
        one = self.run_verb("backtest", folder, "--from", "2032", "--walk-forward", "--json", "--workers", "1").stdout
        result = json.loads(one)
        self.assertEqual([p["phase"] for p in result["phases"]], PHASES)
        for phase in result["phases"]:
            self.assertEqual(phase["races"], 4)
            self.assertEqual(set(phase["baselines"]), BASELINES)
            self.assertIn("ensemble", phase["models"])
            for name, metrics in [*phase["models"].items(), *phase["baselines"].items()]:
                self.assertEqual(METRICS - set(metrics), set(), "%s %s" % (phase["phase"], name))
                for share in ("top3_hit", "winner_hit", "cover50", "cover90", "rps", "ece_win"):
                    self.assertTrue(0 <= metrics[share] <= 1, (phase["phase"], name, share, metrics[share]))
            self.assertTrue(phase["paired"])
            for metrics in phase["baselines"].values():
                self.assertEqual(GAPS & set(metrics), set())
            if phase["phase"] in PHASES[2:]:
                self.assertTrue(0 <= phase["models"]["ensemble"]["gap_cover50"] <= 1, phase["phase"])
        self.assertTrue(0.5 < result["phases"][-1]["models"]["ensemble"]["gap_cover90"] <= 1)  # so late most ranges have an end
        self.assertEqual([r["race_id"] for r in result["races"]], [203201, 203202, 203203, 203204])
        laps = [p["lap"] for p in result["races"][0]["phases"] if p["phase"] in PHASES]
        self.assertEqual(laps, [0, 0, 2, 5, 10, 15, 18])
        # The race decides itself: the order of the last laps is nearer to the result than the grid.
        off = {p["phase"]: p["baselines"]["current_order"]["mae"] for p in result["phases"]}
        self.assertLess(off["d90"], off["lights_out"])
        three = self.run_verb("backtest", folder, "--from", "2032", "--walk-forward", "--json", "--workers", "3").stdout
        self.assertEqual(one, three)

    def other_future(self, history):
        """The second half of one race, its result, and all that comes behind it."""
        tables = history.tables
        for r in history.of("laps", TARGET):
            if r["lap"] > SEEN:
                seconds = 30 * (20 - past_races.DRIVERS.index(r["driver_id"])) / 10
                r.update(cum_time_s="%.3f" % (float(r["cum_time_s"]) + seconds * (r["lap"] - SEEN)), position="", gap_leader_s="",
                         lap_time_s="%.3f" % (float(r["lap_time_s"]) + seconds), compound="SOFT")
        results = history.of("results", TARGET)
        for r in results:
            r.update(position=len(results) + 1 - r["position"], points=0, classified=1, dnf_type="")
        for r in history.of("stints", TARGET):
            if r["start_lap"] > SEEN + 1:
                r.update(compound="SOFT", tyre_age_at_start=5)
        for table in ("races", "results", "qualifying", "grid", "practice", "laps", "stints", "pitstops", "neutralisations", "weather"):
            tables[table] = [r for r in tables[table] if r["race_id"] <= TARGET]
        tables["neutralisations"] = [r for r in tables["neutralisations"] if r["race_id"] != TARGET]
        for r in history.of("weather", TARGET):
            if r["t_s"] > (SEEN + 1) * 100:  # all have ended the lap that is seen
                r.update(rainfall=1, track_temp_c=18)

    @staticmethod
    def key(forecast):
        return forecast["race_id"], forecast["phase"], forecast["lap"], forecast["model"]

    def forecasts(self, folder, name, *args):
        path = self.path(name)
        self.run_verb("backtest", folder, "--workers", "2", "--forecasts", path, *args)
        with open(path) as f:
            return [json.loads(line) for line in f]

    def test_no_forecast_changes_with_the_future(self):
        history = past_races.History()
        before = self.forecasts(history.write(self.path("one")), "one.jsonl", "--from", "2031", "--walk-forward")
        self.other_future(history)
        after = self.forecasts(history.write(self.path("other")), "other.jsonl", "--from", "2031", "--walk-forward")
        after = {self.key(f): f for f in after}
        same, changed, models = 0, 0, set()
        for f in before:
            if f["race_id"] > TARGET:
                self.assertNotIn(self.key(f), after)
            elif f["race_id"] == TARGET and f["lap"] > SEEN:
                changed += after[self.key(f)]["hash"] != f["hash"]
            else:
                self.assertEqual(after[self.key(f)], f)
                same += 1
                models.add(f["model"])
        self.assertGreater(same, 150)
        self.assertGreater(changed, 10)  # what happened was seen when it had happened
        self.assertIn("ensemble", models)

    def train(self, folder, name, until, burn_in):
        self.run_verb("train", folder, "--until", until, "--burn-in", burn_in, "--workers", "2", "--out", self.path(name))
        with open(self.path(name)) as f:
            return f.read()

    def test_training_twice_gives_the_same_model(self):
        folder = self.history()
        one, two = (self.train(folder, name, "203103", "2029") for name in ("one.json", "two.json"))
        self.assertEqual(one, two)
        model = json.loads(one)
        self.assertEqual((model["f1pd_model"], model["until"]), (1, 203103))
        self.assertIn("predictor_prerace", model["models"])
        # With it comes what it was worth on the way, and the tables that the live forecasts are measured against.
        self.assertIn("orders", model["models"]["baselines"])
        card = model["models"]["scorecard"]
        self.assertEqual([p["phase"] for p in card["phases"]], PHASES)
        self.assertEqual(card["phases"][0]["races"], 3)
        self.assertNotIn("races", card)
        p = self.run_verb("backtest", folder, "--model", self.path("one.json"), "--from", "2031", "--only", "d50", "--json")
        self.assertIn("flatter", p.stderr)

    def test_a_model_is_what_was_learnt(self):
        folder = self.history(seasons=range(2024, 2033), rounds=8)
        self.train(folder, "one.json", "203108", "2031")
        # Who has loaded it forecasts like those who learnt it on the way.
        season = ("--from", "2032", "--to", "2032", "--burn-in", "2031")
        learnt = self.forecasts(folder, "learnt.jsonl", "--walk-forward", *season)
        loaded = self.forecasts(folder, "loaded.jsonl", "--model", self.path("one.json"), *season)
        learnt = {self.key(f): f["forecast"]["cars"] for f in learnt}
        self.assertGreater(len(loaded), 80)
        for f in loaded:
            for a, b in zip(f["forecast"]["cars"], learnt[self.key(f)]):
                for odds in ("win", "podium", "points", "retire"):
                    # Figures in the file are rounded: a few of the 300 simulated races may end in another way.
                    self.assertAlmostEqual(a[odds], b[odds], delta=.03, msg=self.key(f))

    def test_a_recording_is_the_live_view(self):
        journal = self.path("recordings", "race", "journal.f1pd")
        os.makedirs(os.path.dirname(journal))
        told = json.loads(self.run_f1pd("simulate", "--json", "--no-forecasts", "--set", "seed=7", "--set",
                                        "start_utc=2031-04-06T14:00:00Z", "--journal", journal).stdout)
        history = past_races.History(seasons=(2030,), rounds=2)
        race = 203101
        history.add("races", race_id=race, season=2031, round=1, name="Simulated", circuit_id="ring_1", date="2031-04-06",
                    start_time_utc="13:00", laps=told["laps"], scheduled_laps=told["total_laps"], sprint=0)
        for i, car in enumerate(told["order"]):
            history.add("drivers", driver_id="s%d" % car["number"], code=car["code"], given_name="S", family_name=car["code"])
            history.add("results", race_id=race, driver_id="s%d" % car["number"], constructor_id="team_a", number=car["number"],
                        grid=i + 1, position=i + 1, classified=1, laps=car["laps"])
        folder = history.write(self.path("history"))
        p = self.run_verb("backtest", folder, "--from", "2031", "--json", "--recordings", self.path("recordings"), "--only",
                          "lights_out,d50")
        self.assertIn("1 recorded races", p.stderr)
        self.assertIn("(1 recorded)", p.stderr)
        phases = {x["phase"]: x for x in json.loads(p.stdout)["phases"]}
        self.assertEqual(set(phases), {"lights_out", "d50"})
        # The grid that the history tells is the result: who starts there knows it.
        self.assertEqual(phases["lights_out"]["baselines"]["grid"]["top3_hit"], 1)

    def qualifying(self, history, race_id, seed):
        """A race of which only qualifying is known, with a recording of that."""
        plan = race.Plan(kind="Qualifying", name="Qualifying", cars=20, laps=4, lap_ms=100000, seed=seed, year=2031,
                         meeting_key=race_id, parts_ms=(1080000, 900000, 720000))
        day = datetime.date(2031, 3, 1) + datetime.timedelta(14 * (race_id % 100))
        feed = timed.TimedFeed(plan, recording.parse_utc("%sT13:50:00Z" % day))
        topics = {}
        for t_ms, topic, data in sorted(feed.messages, key=lambda m: m[0]):
            topics.setdefault(topic, []).append("%02d:%02d:%06.3f%s" % (t_ms // 3600000, t_ms // 60000 % 60, t_ms % 60000 / 1000,
                                                                        json.dumps(data)))
        for topic, lines in topics.items():
            self.write("recordings/%d/%s.jsonStream" % (race_id, topic), "\r\n".join(lines) + "\r\n")
        history.add("races", race_id=race_id, season=2031, round=race_id % 100, name="Example", circuit_id="ring_1",
                    date=str(day + datetime.timedelta(1)), start_time_utc="13:00", laps=20, scheduled_laps=20, sprint=0)
        for i, number in enumerate(feed.timed.order):
            driver = "s%d_%d" % (race_id, number)
            history.add("results", race_id=race_id, driver_id=driver, constructor_id="team_a", number=number, grid=i + 1, position=i + 1,
                        classified=1, laps=20)
            history.add("qualifying", race_id=race_id, driver_id=driver, constructor_id="team_a", position=i + 1)

    def test_who_goes_on_is_known_better_as_qualifying_goes_on(self):
        history = past_races.History(seasons=(2030,), rounds=2)
        for number in range(1, 7):
            self.qualifying(history, 203100 + number, seed=number)
        p = self.run_verb("backtest", history.write(self.path("history")), "--from", "2031", "--recordings", self.path("recordings"),
                          "--set", "predictor-qualifying.runs=2000", "--json")
        parts = {x["phase"]: x for x in json.loads(p.stdout)["qualifying_live"]}
        shares = ("start", "d25", "d50", "d75", "d90")
        self.assertEqual(list(parts), ["%s_%s" % (q, s) for q in ("q1", "q2", "q3") for s in shares])
        for q, ignorant in (("q1", .5623), ("q2", .6365), ("q3", .3251)):  # of 20 cars 15 go on, of 15 ten, of ten one is on pole
            loss = [parts["%s_%s" % (q, s)]["models"]["ensemble"]["knockout_logloss"] for s in shares]
            self.assertEqual(parts[q + "_d90"]["races"], 6)
            self.assertLess(loss[0], ignorant + .1)
            # In the end all are in the garage, and it is too late to go out again.
            self.assertLess(loss[-1], .75 * loss[0], (q, loss))
            for before, after in zip(loss, loss[1:]):
                self.assertLess(after, before + .02, (q, loss))

    def test_the_baselines_of_real_seasons_are_those_that_are_known(self):
        """Order table and current order of 2020 to 2024, as a study of the same races by other code had them."""
        folder = support.shared("history")
        self.conf({"00-f1pd.ini": "[f1pd]\n", "21-predictor-order.ini": "[plugin]\nid = predictor_order\n"})
        p = self.run_f1pd("backtest", "--history", folder, "-c", self.path("conf.d"), "--from", "2020", "--to", "2024", "--only",
                          "lights_out,d10,d25,d50,d75,d90", "--json", timeout=100)
        result = json.loads(p.stdout)
        self.assertEqual(result["excluded"], [202112])
        known = {"d10": (.2261, .701), "d25": (.2220, .723), "d50": (.1835, .783), "d75": (.1364, .862), "d90": (.0914, .925)}
        for phase in result["phases"]:
            if phase["phase"] not in known:
                continue
            loss, hit = known[phase["phase"]]
            self.assertEqual(phase["races"], 106)
            self.assertAlmostEqual(phase["baselines"]["order_table"]["podium_logloss"], loss, delta=.005, msg=phase["phase"])
            self.assertAlmostEqual(phase["baselines"]["current_order"]["top3_hit"], hit, delta=.012, msg=phase["phase"])
            self.assertLess(phase["baselines"]["order_table"]["ece_podium"], .02)

    def test_what_cannot_be_is_said_in_one_line(self):
        folder = self.history(seasons=(2030,), rounds=1)
        for args, said in ((("--from", "20x"), "--from"), (("--only", "d11"), "--only takes phases"),
                           (("--model", "x.json", "--walk-forward"), "not both"), (("--set", "nobody.runs=3"), "none of that name")):
            p = self.run_verb("backtest", folder, *args, code=None)
            self.assertNotEqual(p.returncode, 0)
            self.assertIn(said, p.stderr)
        for args, said in ((("--model", self.path("none.json")), "none.json"), (("--recordings", self.path("none")), "none"),
                           (("--from", "2040"), "nothing was scored")):
            p = self.run_verb("backtest", folder, *args, code=1)
            self.assertIn(said, p.stderr)
        self.assertIn("none", self.run_verb("backtest", self.path("none"), code=1).stderr)
        self.assertIn("--out", self.run_verb("train", folder, code=2).stderr)


if __name__ == "__main__":
    support.main()
