"""The shipped model on seasons of the real history: its scores are those that were measured when it was shipped.

golden_scores.json holds what `f1pd backtest` said of conf.d/model.json on these seasons. They are among those that the model was fitted
on, so they say nothing about its worth: they say that model file, predictors and walk still do what they did. After a change that is meant
to alter forecasts, `GOLDEN_SCORES=write` writes it anew; look at the difference before you keep it.
"""
import json
import os

import support

GOLDEN = os.path.join(os.path.dirname(os.path.abspath(__file__)), "golden_scores.json")
SEASONS = ("2023", "2024")
RUNS = 500  # simulated races a forecast: enough to tell a broken model, and quick
LOSSES = ("win_logloss", "podium_logloss", "points_logloss", "dnf_logloss", "rps")
SHARES = ("top3_hit", "winner_hit", "cover50", "cover90")
# Other random numbers in the simulation move a loss by up to a few percent at 90 % of the distance, and a hit by a car or two of 138.
LOSS_TOLERANCE = .03
LOSS_LEAST = .001
SHARE_TOLERANCE = .025


def tolerance(metric, value):
    return SHARE_TOLERANCE if metric in SHARES else max(LOSS_LEAST, LOSS_TOLERANCE * value)


class GoldenScores(support.Case):
    def measure(self):
        p = self.run_f1pd("backtest", "--history", support.shared("history"), "-c", os.path.join(support.SOURCE, "conf.d"), "--model",
                          os.path.join(support.SOURCE, "conf.d", "model.json"), "--from", SEASONS[0], "--to", SEASONS[1], "--set",
                          "predictor-midrace.runs=%d" % RUNS, "--json", timeout=60)
        return {phase["phase"]: phase for phase in json.loads(p.stdout)["phases"]}

    def check_golden(self, phases):
        with open(GOLDEN) as f:
            golden = json.load(f)
        self.assertEqual([len(golden["phases"]), golden["runs"]], [7, RUNS])
        off = []
        for name, figures in golden["phases"].items():
            self.assertEqual(phases[name]["races"], golden["races"], name)
            for metric, value in figures.items():
                seen = phases[name]["models"]["ensemble"][metric]
                if abs(seen - value) > tolerance(metric, value):
                    off.append("%s %s: %.4f, was %.4f" % (name, metric, seen, value))
        self.assertEqual(off, [], "GOLDEN_SCORES=write %s writes the figures anew" % __file__)

    def check_baselines_are_beaten(self, phases):
        """Pooled over the phases in which the grid stands, what is published says more than what anybody can say."""
        for metric in ("win_logloss", "podium_logloss", "points_logloss", "rps"):
            said, anybody = [], []
            for name, phase in phases.items():
                table = "grid_table" if name == "lights_out" else "order_table"
                if name != "pre_qualifying":
                    said.append(phase["models"]["ensemble"][metric])
                    anybody.append(phase["baselines"][table][metric])
            self.assertLess(sum(said), .95 * sum(anybody), metric)
        hits = [[phase[kind][name]["top3_hit"] for phase in phases.values() if phase["phase"] != "pre_qualifying"]
                for kind, name in (("models", "ensemble"), ("baselines", "current_order"))]
        self.assertGreater(sum(hits[0]), sum(hits[1]))

    def test_the_shipped_model_scores_as_it_was_measured(self):
        phases = self.measure()
        if os.environ.get("GOLDEN_SCORES") == "write":
            figures = {name: {m: round(phase["models"]["ensemble"][m], 5) for m in LOSSES + SHARES} for name, phase in phases.items()}
            with open(GOLDEN, "w") as f:
                json.dump({"seasons": SEASONS, "runs": RUNS, "races": phases["d50"]["races"], "phases": figures}, f, indent=1)
                f.write("\n")
        self.check_golden(phases)
        self.check_baselines_are_beaten(phases)


if __name__ == "__main__":
    support.main()
