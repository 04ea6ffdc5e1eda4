"""OpenF1 alone, over REST: the race it tells is the race that was run; and with everything that has been seen to go wrong."""
import support
from upstream_case import QUICK_LIMITS, Live, gaps_of, lap_times, true_gaps, true_laps


class OpenF1(Live):
    def openf1(self, **more):
        return self.sources(openf1={**QUICK_LIMITS, **more})

    def assert_true_race(self, d):
        """Order, laps, lap times and stops as they were."""
        race = self.up.programme.sessions[0].race
        true = set(true_laps(race))
        d.wait(lambda: set(lap_times(self.journal())) >= true, "all lap times", timeout=10)
        order = [row[1] for row in race.result()]
        d.wait(lambda: self.session(d)["order"] == order, "the order of the finish", timeout=20)
        served = self.session(d)
        laps = {c["number"]: c["laps"] for c in served["cars"]}
        self.assertEqual(laps, {number: done for _, number, done, _, _ in race.result()})
        self.assertEqual(set(lap_times(self.journal())) - true, set(), "laps that never were")
        d.wait(lambda: gaps_of(self.session(d)) == true_gaps(race), "the gaps at the finish", timeout=3)
        stints = {c["number"]: [s["compound"] for s in c["stints"]] for c in served["cars"]}
        self.assertEqual(stints, {n: [s.compound.lower() for s in all_] for n, all_ in race.stints.items()})

    def follow(self, **options):
        d = self.live(self.openf1(**options))
        self.wait_told(d)
        self.assert_true_race(d)
        d.stop()
        return d

    def wait_told(self, d):
        d.wait(self.up.over, "end of the upstream's race", timeout=40)
        last = self.up.programme.sessions[0].plan.laps

        def done():
            s = self.session(d)
            return s is not None and max([c["laps"] or 0 for c in s["cars"]] or [0]) >= last
        d.wait(done, "last lap", timeout=20)

    def test_the_race_is_the_one_that_was_run(self):
        self.upstream()
        self.follow()
        self.assertEqual(self.up.counts()["over_limit"], 0)

    def test_it_keeps_to_the_limits_of_free_use(self):
        self.upstream({"laps": 4})
        self.up.control("openf1", windows=[(3, 1.0), (30, 60.0)])
        d = self.live(self.sources(openf1={"session": "latest", "limits": "free"}))
        d.wait(self.up.over, "end of the upstream's race")
        self.assertGreater(len(self.up.log(family="openf1")), 3)
        self.assertEqual(self.up.counts()["over_limit"], 0)
        d.stop()

    def test_locked_out_without_an_account(self):
        self.upstream({"laps": 4})
        self.up.control("openf1", locked=True)
        d = self.live(self.openf1())
        text = d.wait(lambda: self.source(d, "source_openf1")["link_text"], "an explanation")
        self.assertRegex(text, "(?i)paid|account")
        d.wait(self.up.over, "end of the upstream's race")
        self.assertLess(len(self.up.log(family="openf1")), 60, "it hammers a closed door")
        d.stop()

    def test_an_account_opens_the_lock_and_stays_secret(self):
        self.upstream()
        self.up.control("openf1", locked=True, token_life_s=600.0)
        self.write("user", "user@example.invalid")
        self.write("password", "secret")
        d = self.follow(username="${file:%s}" % self.path("user"), password="${file:%s}" % self.path("password"))
        self.assertTrue(self.up.log(family="token", status=200))
        self.assertNotIn("user@example.invalid", d.log())

    def test_documents_that_break_off(self):
        self.upstream({"laps": 10})
        d = self.live(self.openf1())
        self.wait_lap(d, 2)
        self.up.control("cut_json", family="openf1", times=6)
        self.wait_told(d)
        self.assert_true_race(d)
        d.stop()

    def test_nothing_found_is_404(self):
        self.upstream()
        self.up.control("openf1", empty_is_404=True)
        self.follow()


if __name__ == "__main__":
    support.main()
