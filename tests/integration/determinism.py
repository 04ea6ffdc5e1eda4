"""The same recording gives the same journal, state and forecasts: twice, at any pace, with any number of workers."""
import os

import support
from support import shared

FIXTURE = os.path.join(support.SOURCE, "tests", "fixtures", "short_race")
SAME = ("state_sha256", "forecast_sha256", "seq", "events", "forecasts", "order")
QUICK = {"seed": 5, "laps": 3, "lap_time_s": 60, "pre_start_s": 5}  # 3.5 minutes of race
LONG = {"seed": 5, "laps": 4 if support.SANITIZE else 8}


class Determinism(support.Case):
    def assert_same(self, one, other):
        self.assertGreater(one["forecasts"], 10, "too little happened to compare")
        for key in SAME:
            self.assertEqual(one[key], other[key], key)

    def assert_same_journals(self, *names):
        first, torn = support.read_journal(self.path(names[0]))
        self.assertEqual(torn, 0)
        self.assertEqual([e.seq for e in first], list(range(1, len(first) + 1)))
        for name in names[1:]:
            events, torn = support.read_journal(self.path(name))
            self.assertEqual(torn, 0)
            self.assertEqual(len(events), len(first))
            for a, b in zip(first, events):
                self.assertEqual(a.timeless(), b.timeless(), (a, b))
        return first

    def few_runs(self):
        """Predictors alone, with fewer simulations: conf.d of a replay."""
        return self.conf({
            "00-f1pd.ini": support.core(),
            "50-predictor-midrace.ini": support.ini("predictor_midrace", {"runs": 500}),
            "51-predictor-order.ini": support.ini("predictor_order"),
            "59-predictor-ensemble.ini": support.ini("predictor_ensemble"),
        })

    def test_simulation_twice(self):
        one = self.simulate("--journal", self.path("1.f1j"), race=LONG, timeout=100)
        other = self.simulate("--journal", self.path("2.f1j"), race=LONG, timeout=100)
        self.assert_same(one, other)
        events = self.assert_same_journals("1.f1j", "2.f1j")
        self.assertEqual(len(events), one["seq"])
        self.assertGreater(sum(e.type == support.EV_FORECAST for e in events), one["forecasts"])

    def test_another_seed_is_another_race(self):
        one = self.simulate("--no-forecasts", race=LONG)
        other = self.simulate("--no-forecasts", race=dict(LONG, seed=6))
        self.assertNotEqual(one["state_sha256"], other["state_sha256"])
        self.assertTrue(one["simulated"] and other["simulated"])

    def test_simulation_with_one_and_two_workers(self):
        one = self.simulate("--workers", "1", "--journal", self.path("1.f1j"), race=LONG, timeout=100)
        two = self.simulate("--workers", "2", "--journal", self.path("2.f1j"), race=LONG, timeout=100)
        self.assert_same(one, two)
        self.assert_same_journals("1.f1j", "2.f1j")

    def test_simulation_at_50_200_and_max(self):
        runs = [self.simulate("--speed", speed, "--journal", self.path(speed), race=QUICK, timeout=100)
                for speed in ("50", "200", "max")]
        self.assert_same(runs[0], runs[1])
        self.assert_same(runs[0], runs[2])
        self.assertGreater(runs[0]["wall_s"], 3, "x50 was not paced")
        self.assert_same_journals("50", "200", "max")

    def test_recording_at_50_and_max(self):
        paced = self.replay(FIXTURE, "--speed", "50", timeout=100)
        at_once = self.replay(FIXTURE, "--workers", "2")
        self.assert_same(paced, at_once)
        self.assertEqual((at_once["rejected"], at_once["rejected_events"]), (0, 0))

    def test_recording_in_another_folder(self):
        """Where a recording lies does not enter what is made of it."""
        os.symlink(FIXTURE, self.path("elsewhere"))
        self.assert_same(self.replay(FIXTURE), self.replay(self.path("elsewhere")))

    def test_journal_replays_to_the_same_state_and_forecasts(self):
        for name, play in (("simulation", lambda j: self.simulate("--journal", j, race=QUICK)),
                           ("recording", lambda j: self.replay(FIXTURE, "--journal", j))):
            with self.subTest(name):
                first = play(self.path(name + ".f1j"))
                again = self.replay(self.path(name + ".f1j"), "--journal", self.path(name + "2.f1j"))
                self.assert_same(first, again)
                self.assertEqual(first["simulated"], again["simulated"])
                a, b = (support.read_journal(self.path(n))[0] for n in (name + ".f1j", name + "2.f1j"))
                ends = (support.EV_SOURCE_END,)  # names the source, which is another
                self.assertEqual([e.timeless() for e in a if e.type not in ends], [e.timeless() for e in b if e.type not in ends])

    def test_forecasts_do_not_touch_the_race(self):
        with_them = self.simulate(race=QUICK)
        without = self.simulate("--no-forecasts", race=QUICK)
        self.assertEqual(without["forecasts"], 0)
        self.assertEqual(with_them["order"], without["order"])
        self.assertEqual(with_them["seq"] - without["seq"], 3 * with_them["forecasts"])  # two members and the ensemble

    def test_recorded_sprint_at_max_twice(self):
        folder, conf = shared("recordings", "livetiming", "raw", "2023_Azerbaijan_Sprint"), self.few_runs()
        one = self.replay(folder, "-c", conf, "--workers", "1", "--journal", self.path("1.f1j"), timeout=100)
        two = self.replay(folder, "-c", conf, "--workers", "2", "--journal", self.path("2.f1j"), timeout=100)
        self.assert_same(one, two)
        self.assert_same_journals("1.f1j", "2.f1j")
        again = self.replay(self.path("1.f1j"), "-c", conf, timeout=100)
        self.assert_same(one, again)

    def test_recorded_sprint_paced_and_at_max(self):
        folder, conf = shared("recordings", "livetiming", "raw", "2023_Azerbaijan_Sprint"), self.few_runs()
        at_once = self.replay(folder, "-c", conf, timeout=100)
        paced = self.replay(folder, "-c", conf, "--speed", "1000", timeout=100)
        self.assert_same(at_once, paced)


if __name__ == "__main__":
    support.main()
