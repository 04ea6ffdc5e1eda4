"""Live timing alone, over SignalR Core, with everything that has been seen to go wrong: what the user sees in the end."""
import os

import support
from upstream_case import EV_GAP, Live, gaps_of, lap_times, true_gaps, true_laps


class LiveTiming(Live):
    def finish_clean(self, d, watcher=None):
        """The race to its end, a sound stream, a sound stop."""
        self.wait_end(d)
        served = self.session(d)
        d.stop()
        if watcher is not None:
            watcher.check(self)
        return served

    def assert_equals_truth(self):
        """Event for event what an uncut replay of the published messages tells. (The states then differ only in the numbers of their
        last events: how the data came is told by events of its own.)"""
        truth, live = self.truth(), self.replayed(self.path("journal", "current.f1j"))
        expected, told = self.story(self.truth_events()), self.story(self.journal())
        for i, (a, b) in enumerate(zip(expected, told)):
            self.assertEqual(a, b, "event %d of %d" % (i, len(expected)))
        self.assertEqual(len(told), len(expected))
        for key in ("session", "laps", "order", "race_control_messages", "neutralisations"):
            self.assertEqual(live[key], truth[key], key)
        return truth

    def assert_same_result(self):
        """Every car ends where it should, with all its laps."""
        truth, live = self.truth(), self.replayed(self.path("journal", "current.f1j"))
        for key in ("number", "laps", "stops", "retired", "gap_s", "gap_laps"):
            self.assertEqual([c[key] for c in live["order"]], [c[key] for c in truth["order"]], key)
        self.assertEqual(live["race_control_messages"], truth["race_control_messages"])

    def gaps(self, d):
        return self.api(d, "/api/v1/gaps")["gaps"]

    # ---- the good day

    def test_a_race_as_it_happens(self):
        self.upstream()
        d = self.live(self.sources(livetiming={}), forecasts=True)
        watcher = self.watch(d)
        self.wait_lap(d, 2)
        d.wait(lambda: (self.source(d, "source_livetiming")["link"], self.source(d, "source_livetiming")["alive"]) == ("up", True), "link")
        source = self.source(d, "source_livetiming")
        self.assertIn("timing", source["active"])
        self.assertEqual(self.api(d, "/healthz")["status"], "ok")
        d.wait(lambda: watcher.of("forecast"), "forecast")
        served = self.finish_clean(d, watcher)
        truth = self.assert_equals_truth()
        self.assertEqual(gaps_of(served), true_gaps(self.up.programme.sessions[0].race))
        self.assertEqual(served["order"], [car["number"] for car in truth["order"]])
        self.assertFalse(served["simulated"])
        self.assertEqual(watcher.beginnings(), 1)

    def test_over_tls_with_a_certificate_that_is_known(self):
        self.upstream({"laps": 3}, tls=True)
        d = self.live(self.sources(livetiming={}))
        self.finish_clean(d)
        self.assert_equals_truth()

    def test_a_certificate_that_is_not_known_is_refused(self):
        self.upstream({"laps": 3}, tls=True)
        d = self.live(self.sources(livetiming={}), core={"ca_file": ""})
        line = d.wait_log(r"(?i)certificate|tls|ssl")
        self.assertIn("localhost", line)
        self.assertEqual(self.up.counts()["subscribed"], 0)
        self.assertIsNone(self.session(d))
        d.stop()

    def test_a_real_sprint_comes_out_as_its_recording_does(self):
        folder = support.shared("recordings", "livetiming", "raw", "2023_Azerbaijan_Sprint")
        self.upstream(recorded=folder, speed=60)
        session = self.up.programme.sessions[0]
        started = next(t for t, topic, data in session.messages if topic == "SessionStatus" and data["Status"] == "Started")
        self.up.call(setattr, self.up.clock, "base_ms", started - 120000)
        # At this pace 5 s are what a busy machine pauses: that is not what is looked at here.
        d = self.live(self.sources(livetiming={"silence": "10m", "section": {"silence": "10m"}}))
        watcher = self.watch(d)
        d.wait(lambda: self.session(d) and self.session(d)["session"]["status"] == "started", "start", timeout=10)
        self.assertEqual(self.session(d)["session"]["name"], "Sprint")
        self.wait_end(d, timeout=60)
        gaps = self.gaps(d)
        d.stop()
        watcher.check(self)
        live, recorded = self.replayed(self.path("journal", "current.f1j")), self.replay(folder, "--no-forecasts")
        self.assertEqual(self.up.counts()["published"], len(session.messages))
        self.assertEqual(gaps, [])
        recorded["session"]["year"] = live["session"]["year"]  # it was moved to today
        for key in ("session", "laps", "total_laps", "race_control_messages", "neutralisations"):
            self.assertEqual(live[key], recorded[key], key)
        self.assertGreater(len(recorded["order"]), 10)
        for told, true in zip(live["order"], recorded["order"], strict=True):
            self.assertEqual(told, true)

    # ---- cuts

    def test_one_of_two_connections_is_cut_twenty_times(self):
        self.upstream({"laps": 14})
        d = self.live(self.sources(livetiming={}), forecasts=True)
        watcher = self.watch(d)
        self.wait_lap(d, 2)
        self.up.control("cut", times=20, keep=1, gap_s=(0.05, 0.25), settled_s=0.15, how="any", seed=1)
        self.finish_clean(d, watcher)
        self.assertEqual(self.up.counts()["cuts"], 20, "the race was over before the cuts")
        self.assert_equals_truth()
        self.assertEqual(watcher.beginnings(), 1, "clients were told to forget everything")
        self.assertEqual([e for e in self.journal() if e.type == EV_GAP], [])

    def test_the_only_connection_is_cut_twenty_times(self):
        # Laps so short, and pauses so long, that some laps fall into them whole.
        # A busy machine must have joined before the start: laps run before that are no gap.
        self.upstream({"laps": 36, "lap_ms": 10000, "safety_car": False, "before_ms": 120000})
        d = self.live(self.sources(livetiming={"connections": 1, "retry_min": "800ms", "retry_max": "800ms"}))
        watcher = self.watch(d)
        self.wait_lap(d, 2)
        self.up.control("cut", times=20, gap_s=(0.0, 0.15), settled_s=0.1, how="any", seed=2)
        self.wait_end(d)
        self.assertEqual(self.up.counts()["cuts"], 20, "the race was over before the cuts")
        gaps = self.gaps(d)
        d.stop()
        watcher.check(self)
        truth, live = self.truth(), self.replayed(self.path("journal", "current.f1j"))
        self.assertEqual(watcher.beginnings(), 1, "clients were told to forget everything")
        self.same_but_for_the_ledger(truth, live, gaps)

    def same_but_for_the_ledger(self, truth, live, gaps):
        """The final state is equal; no event is false or doubled; a lap whose time is not known stands in the ledger."""
        self.assertEqual([c["number"] for c in live["order"]], [c["number"] for c in truth["order"]])
        for told, true in zip(live["order"], truth["order"]):
            for key in ("laps", "best_ms", "stops", "retired", "gap_s", "gap_laps", "stints"):
                self.assertEqual(told[key], true[key], "car %d: %s" % (true["number"], key))
        self.assertEqual(live["race_control_messages"], truth["race_control_messages"])
        self.assertEqual(live["neutralisations"], truth["neutralisations"])
        known, true = set(lap_times(self.journal())), set(true_laps(self.up.programme.sessions[0].race))
        self.assertEqual(known - true, set(), "laps that never were")
        lost = {(g["car"], lap) for g in gaps if g["car"] and g["how"] == "lost" for lap in range(g["first_lap"], g["last_lap"] + 1)}
        self.assertTrue(true - known, "no lap was lost: the cuts were too short to show anything")
        self.assertEqual(lost, {(car, lap) for car, lap, _ in true - known}, "the ledger of lost laps")
        for kind in (support.EV_RACE_CONTROL, support.EV_PIT_STOP):
            told = [e.data[support.EVENT_HEADER:] for e in self.journal() if e.type == kind]
            self.assertEqual(len(told), len(set(told)), "told twice")

    def test_the_two_hour_cut_is_forestalled(self):
        self.upstream({"laps": 10})
        # On this clock: a cut after 60 s, a renewal after 40 s.
        self.up.control("lifetime", seconds=60 / self.up.speed)
        d = self.live(self.sources(livetiming={"renew_after": "40s"}))
        self.finish_clean(d)
        self.assertEqual(self.up.counts()["cuts"], 0, "connections were kept until the server cut them")
        self.assertGreater(self.up.counts()["subscribed"], 6)
        self.assert_equals_truth()

    # ---- messages that are not as they should be

    def test_messages_doubled_and_out_of_order(self):
        self.upstream()
        self.up.control("feed", duplicate=0.2, reorder=0.2, fragments=5)
        d = self.live(self.sources(livetiming={}))
        watcher = self.watch(d)
        self.finish_clean(d, watcher)
        truth, live = self.truth(), self.replayed(self.path("journal", "current.f1j"))
        self.assertEqual(live["order"], truth["order"])
        self.assertEqual(live["race_control_messages"], truth["race_control_messages"])

    def test_a_clock_that_is_ahead(self):
        self.upstream({"laps": 4})
        self.up.control("feed", skew_ms=90000)
        d = self.live(self.sources(livetiming={}))
        self.wait_lap(d, 2)
        self.assertTrue(self.source(d, "source_livetiming")["alive"])
        self.finish_clean(d)
        self.assert_equals_truth()

    def test_garbage_among_the_messages(self):
        self.upstream()
        d = self.live(self.sources(livetiming={}))
        self.wait_lap(d, 2)
        self.up.control("garbage_record",
                        text='{"type":1,"target":"feed","arguments":["TimingData",{"Lines":{"1":{"Line":99}}},"never"]}\x1e')
        self.up.control("garbage_record", text='{"type":1,"target":\x1e[]\x1e{"type":"x"}\x1e')
        self.wait_lap(d, 3)
        self.up.control("garbage_frame")
        self.finish_clean(d)
        self.assert_same_result()

    def test_another_session_on_the_same_connection(self):
        self.upstream()
        d = self.live(self.sources(livetiming={}))
        self.wait_lap(d, 2)
        self.up.control("switch", kind="Qualifying", name="Qualifying", key=90020, cars=8, laps=2, lap_ms=20000, before_ms=10000)
        d.wait(lambda: self.session(d)["session"]["name"] == "Qualifying", "qualifying")
        self.assertEqual(self.session(d)["lap"] or 0, 0)
        self.wait_end(d)
        best = {c["number"]: c["best_ms"] for c in self.session(d)["cars"]}
        d.stop()
        qualifying = self.up.programme.sessions[-1].timed
        true = {number: times[max(times)][0] if times else None for number, times in qualifying.best.items()}
        self.assertEqual(best, true)

    # ---- silence and refusal

    def test_silence_on_an_open_connection(self):
        self.upstream({"laps": 12})
        d = self.live(self.sources(livetiming={"silence": "20s"}))
        self.wait_lap(d, 2)
        before = self.up.counts()["subscribed"]
        self.up.control("mute")
        d.wait(lambda: self.up.counts()["subscribed"] > before, "new connection")
        self.finish_clean(d)
        self.assert_same_result()

    def test_a_token_that_is_refused_leaves_the_public_topics(self):
        self.upstream({"laps": 4, "telemetry": True}, token="good")
        self.write("token", "bad-secret-token\n")
        os.chmod(self.path("token"), 0o600)
        d = self.live(self.sources(livetiming={"token_file": self.path("token")}))
        self.wait_lap(d, 2)
        text = self.source(d, "source_livetiming")["link_text"]
        for topic in ("CarData.z", "PitStopSeries"):
            self.assertIn(topic, text)
        self.finish_clean(d)
        self.assertNotIn("bad-secret-token", d.log())
        self.assertEqual(self.up.log(event="subscribed")[-1]["topics"].count("CarData.z"), 0)

    def test_a_good_token_brings_all_topics(self):
        self.upstream({"laps": 4, "telemetry": True}, token="good-secret-token")
        self.write("token", "good-secret-token\n")
        os.chmod(self.path("token"), 0o600)
        d = self.live(self.sources(livetiming={"token_file": self.path("token")}))
        self.finish_clean(d)
        self.assertNotIn("good-secret-token", d.log())
        self.assert_same_result()

    def test_the_way_in_is_barred_in_many_ways(self):
        """Whatever the beginning, the race is followed as soon as the server behaves; the reason was said. (See also live_scenarios.)"""
        self.upstream({"laps": 6})
        barred = [("negotiate", "html", {}), ("negotiate", "redirect", {}), ("negotiate", "cut_json", {}),
                  ("socket", "wrong_accept", {}), ("socket", "status", {"code": 502})]
        for family, kind, params in barred:
            self.up.control(kind, family=family, times=2, match="Version" if family == "negotiate" else "", **params)
        d = self.live(self.sources(livetiming={"connections": 1}))
        d.wait(lambda: self.up.counts()["subscribed"], "subscription", timeout=30)
        for family, kind, _ in barred:
            self.assertEqual(len([e for e in self.up.log(family=family) if e["fault"] == kind]), 2, kind)
        self.finish_clean(d)
        self.assert_same_result()
        told = "\n".join(d.lines("warn.*livetiming"))
        for reason in ("302", "502"):
            self.assertIn(reason, told)

    def test_the_subscription_is_refused(self):
        self.upstream({"laps": 6})
        self.up.control("feed", subscribe_error="Failed to invoke 'Subscribe'")
        d = self.live(self.sources(livetiming={}))
        d.wait_log("Failed to invoke")
        self.up.control("feed", subscribe_error=None)
        self.finish_clean(d)
        self.assert_same_result()


if __name__ == "__main__":
    support.main()
