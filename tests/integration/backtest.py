"""f1pd backtest and train: forecasts of the past know nothing of its future, scores are whole, a model is what was learnt."""
import json
import os

import past_races
import support

PHASES = ["pre_qualifying", "lights_out", "d10", "d25", "d50", "d75", "d90"]
BASELINES = {"grid", "grid_table", "current_order", "order_table"}
METRICS = {"top3_hit", "winner_hit", "win_logloss", "podium_logloss", "points_logloss", "dnf_logloss", "winner_logloss", "win_brier",
           "podium_brier", "points_brier", "rps", "mae", "spearman", "ece_win", "ece_podium", "ece_points", "cover50", "cover90"}
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
        self.assertEqual([r["race_id"] for r in result["races"]], [203201, 203202, 203203, 203204])
        laps = [p["lap"] for p in result["races"][0]["phases"] if p["phase"] in PHASES]
        self.assertEqual(laps, [0, 0, 2, 5, 10, 15, 18])
        # The race decides itself: late forecasts are better than early ones.
        loss = {p["phase"]: p["models"]["ensemble"]["podium_logloss"] for p in result["phases"]}
        self.assertLess(loss["d90"], loss["lights_out"])
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

    def forecasts(self, folder, name):
        path = self.path(name)
        self.run_verb("backtest", folder, "--from", "2031", "--walk-forward", "--workers", "2", "--forecasts", path)
        with open(path) as f:
            return [json.loads(line) for line in f]

    def test_no_forecast_changes_with_the_future(self):
        history = past_races.History()
        before = self.forecasts(history.write(self.path("one")), "one.jsonl")
        self.other_future(history)
        after = self.forecasts(history.write(self.path("other")), "other.jsonl")
        key = lambda f: (f["race_id"], f["phase"], f["lap"], f["model"])
        after = {key(f): f for f in after}
        same, changed, models = 0, 0, set()
        for f in before:
            if f["race_id"] > TARGET:
                self.assertNotIn(key(f), after)
            elif f["race_id"] == TARGET and f["lap"] > SEEN:
                changed += after[key(f)]["hash"] != f["hash"]
            else:
                self.assertEqual(after[key(f)], f)
                same += 1
                models.add(f["model"])
        self.assertGreater(same, 300)
        self.assertGreater(changed, 10)  # what happened was seen when it had happened
        self.assertIn("ensemble", models)

    def test_a_model_is_what_was_learnt(self):
        folder = self.history()
        texts = []
        for name in ("one.json", "two.json"):
            self.run_verb("train", folder, "--until", "203104", "--burn-in", "2031", "--out", self.path(name))
            with open(self.path(name)) as f:
                texts.append(f.read())
        self.assertEqual(texts[0], texts[1])
        model = json.loads(texts[0])
        self.assertEqual((model["f1pd_model"], model["until"]), (1, 203104))
        self.assertIn("predictor_order", model["models"])
        # With it, the same as if it had been learnt on the way.
        args = ("--from", "2032", "--to", "2032", "--only", "lights_out,d50", "--json")
        loaded = json.loads(self.run_verb("backtest", folder, "--model", self.path("one.json"), *args).stdout)
        self.assertEqual([p["phase"] for p in loaded["phases"]], ["lights_out", "d50"])
        p = self.run_verb("backtest", folder, "--model", self.path("one.json"), "--from", "2031", "--only", "d50", "--json")
        self.assertIn("flatter", p.stderr)

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
