"""kill -9 at any moment: the daemon comes back by itself with the same state and sequence."""
import json
import os
import random
import threading
import time
import urllib.request

import support
from support import EV_PLUGIN_STATUS, EV_SOURCE_END, read_journal


class Recovery(support.Case):
    def make_conf(self, name, race=support.RACE, speed=200, port=None):
        files = {
            "00-f1pd.ini": support.core(speed=speed, journal_dir=self.path("journal-" + name)),
            "10-source-simulator.ini": support.ini("source_simulator", race),
            "50-predictor-midrace.ini": support.ini("predictor_midrace", {"runs": 400}),
            "51-predictor-order.ini": support.ini("predictor_order"),
            "59-predictor-ensemble.ini": support.ini("predictor_ensemble"),
        }
        if port is not None:
            files["80-sink-websocket.ini"] = support.ini("sink_websocket", {"port": port, "update_every": "50ms"})
        for file, text in files.items():
            self.write("conf-%s/%s" % (name, file), text)
        return self.path("conf-" + name), self.path("journal-" + name, "current.f1j")

    def finish_race(self, conf):
        d = self.daemon(conf)
        d.wait_log("no more data", timeout=60)
        d.stop()

    def uninterrupted(self):
        conf, journal = self.make_conf("whole", speed=0)
        self.finish_race(conf)
        events, torn = read_journal(journal)
        self.assertEqual(torn, 0)
        self.assertEqual(events[-1].type, EV_SOURCE_END)
        self.assertGreater(sum(e.type == support.EV_FORECAST for e in events), 100)
        return events, os.path.getsize(journal)

    def assert_same_story(self, expected, journal):
        events, torn = read_journal(journal)
        self.assertEqual(torn, 0)
        self.assertEqual([e for e in events if e.type == EV_PLUGIN_STATUS], [])
        for a, b in zip(expected, events):
            self.assertEqual(a.timeless(), b.timeless(), "first difference: %s, %s" % (a, b))
        self.assertEqual(len(events), len(expected))

    def kill_at(self, conf, journal, size):
        """Runs the daemon until the journal has that size, and kills it. False if the race was over before."""
        d = self.daemon(conf)
        d.wait(lambda: os.path.exists(journal) and os.path.getsize(journal) >= size or d.lines("no more data"), "journal of %d" % size)
        over = bool(d.lines("no more data"))
        d.kill()
        self.no_reports(d.log())
        return not over

    def kill_at_random_moments(self, seed, damage=None):
        expected, whole = self.uninterrupted()
        rng = random.Random(seed)
        conf, journal = self.make_conf("killed")
        moments = sorted(rng.uniform(0.03, 0.9) for _ in range(6))
        print("kills at", ["%.3f" % m for m in moments], "of %d bytes" % whole)
        for m in moments:
            self.assertTrue(self.kill_at(conf, journal, int(m * whole)), "the race was over before the kill")
            if damage:
                damage(journal, rng)
        self.finish_race(conf)
        self.assert_same_story(expected, journal)

    def test_a_recording_that_was_moved_starts_anew(self):
        port = support.free_port()
        recording = os.path.join(support.SOURCE, "tests", "fixtures", "short_race")
        conf = self.conf({
            "00-f1pd.ini": support.core(speed=1, journal_dir=self.path("journal")),
            "10-source-replay.ini": support.ini("source_replay", {"path": recording}),
            "80-sink-websocket.ini": support.ini("sink_websocket", {"port": port, "update_every": "50ms"}),
        })
        d = self.daemon(conf)
        d.wait_log("serving")
        request = urllib.request.Request("http://127.0.0.1:%d/api/v1/replay" % port, b'{"lap": 5}',
                                         {"Content-Type": "application/json"})
        self.assertEqual(urllib.request.urlopen(request, timeout=10).status, 202)

        def at_lap(lap):
            status, body = support.http(port, "/api/v1/session/current")
            return status == 200 and json.loads(body)["lap"] == lap

        d.wait(lambda: at_lap(5), "lap 5")
        d.kill()
        d = self.daemon(conf)
        d.wait_log("serving")
        d.wait(lambda: at_lap(1), "the start of the recording, not lap 5")
        self.assertEqual(d.lines("events recovered"), [])
        self.assertTrue(os.path.exists(self.path("journal", "001.f1j")), "what was before is kept")
        d.stop()

    def test_six_kills_tell_the_same_story(self):
        self.kill_at_random_moments(1)

    def test_six_other_kills_tell_the_same_story(self):
        self.kill_at_random_moments(2)

    def test_kills_with_garbage_behind_the_journal(self):
        def damage(journal, rng):
            with open(journal, "ab") as f:
                f.write(rng.randbytes(rng.randrange(1, 5000)))

        self.kill_at_random_moments(3, damage)

    def test_kills_with_a_torn_journal(self):
        def damage(journal, rng):
            with open(journal, "r+b") as f:
                f.truncate(os.path.getsize(journal) - rng.randrange(1, 3000))

        self.kill_at_random_moments(4, damage)

    def test_a_damaged_record_in_the_middle_keeps_what_is_before(self):
        expected, whole = self.uninterrupted()
        conf, journal = self.make_conf("killed")
        self.assertTrue(self.kill_at(conf, journal, whole // 2))
        at = os.path.getsize(journal) // 3
        with open(journal, "r+b") as f:
            f.seek(at)
            byte = f.read(1)[0]
            f.seek(at)
            f.write(bytes([byte ^ 0x20]))
        sound, torn = read_journal(journal)
        self.assertGreater(torn, whole // 10)
        d = self.daemon(conf)
        line = d.wait_log("events recovered")
        self.assertRegex(line, "%d events recovered.* %d torn bytes cut" % (len(sound), torn))
        d.wait_log("no more data", timeout=60)
        d.stop()
        self.assert_same_story(expected, journal)

    def test_a_header_torn_at_creation(self):
        expected, _ = self.uninterrupted()
        for left in (0, 1, 40):
            with self.subTest(left):
                conf, journal = self.make_conf("torn-%d" % left)
                self.assertTrue(self.kill_at(conf, journal, 1000))
                with open(journal, "r+b") as f:
                    f.truncate(left)
                self.finish_race(conf)
                self.assert_same_story(expected, journal)

    def test_clients_see_a_rising_sequence_over_the_restart(self):
        port = support.free_port()
        conf, journal = self.make_conf("served", port=port, speed=50)
        seen, stop = [], threading.Event()

        def client():
            while not stop.is_set():
                status, body = support.http(port, "/api/v1/session/current")
                if status == 200:
                    seen.append(json.loads(body)["seq"])
                time.sleep(0.02)

        thread = threading.Thread(target=client)
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(stop.set)
        for _ in range(3):
            d = self.daemon(conf)
            before = len(seen)
            d.wait(lambda: len(seen) > before + 20 and seen[-1] > seen[before], "a served sequence that rises")
            last = seen[-1]
            d.kill()
            sound = len(read_journal(journal)[0])
            self.assertGreaterEqual(sound, last, "a client saw what the journal lost")
        d = self.daemon(conf)
        d.wait(lambda: seen and seen[-1] > last, "new data after the restart")
        self.assertEqual(seen, sorted(seen))
        d.stop()

    def test_what_is_recovered_is_served_before_anything_new(self):
        port = support.free_port()
        conf, journal = self.make_conf("served", port=port, speed=20)
        d = self.daemon(conf)
        d.wait(lambda: os.path.exists(journal) and os.path.getsize(journal) > 150000, "some journal")
        d.kill()
        events = len(read_journal(journal)[0])
        # A slow pace: what is served now comes from the journal.
        self.write("conf-served/00-f1pd.ini", support.core(speed=1, journal_dir=self.path("journal-served")))
        d = self.daemon(conf)
        d.wait(lambda: support.http(port, "/healthz")[0] == 200, "an answer")
        answer = json.loads(support.http(port, "/api/v1/prediction/live")[1])
        self.assertGreaterEqual(answer["seq"], events)

        def last_forecast():
            answer = json.loads(support.http(port, "/api/v1/prediction/live")[1])
            return answer if answer["forecast"] else None

        answer = d.wait(last_forecast, "the last forecast")
        self.assertLess(answer["seq"], events + 500)
        d.stop()

    def test_a_second_daemon_is_kept_off_the_journal(self):
        conf, journal = self.make_conf("shared", speed=1)
        d = self.daemon(conf)
        d.wait(lambda: os.path.exists(journal), "the journal")
        p = self.run_f1pd("-c", conf, code=1)
        self.assertRegex(p.stderr, "another f1pd is writing it")
        self.assertTrue(d.alive())
        d.stop()

    def test_a_journal_of_another_race_is_set_aside(self):
        conf, journal = self.make_conf("killed")
        self.assertTrue(self.kill_at(conf, journal, 100000))
        with open(journal, "rb") as f:
            former = f.read()
        self.make_conf("killed", race=dict(support.RACE, seed=8))
        d = self.daemon(conf)
        aside = os.path.join(os.path.dirname(journal), "001.f1j")
        d.wait(lambda: os.path.exists(aside) and os.path.exists(journal) and os.path.getsize(journal) > 1000, "a new journal")
        d.stop()
        with open(aside, "rb") as f:
            self.assertEqual(f.read(), former)

    def test_a_race_that_is_over_begins_a_new_journal(self):
        expected, _ = self.uninterrupted()
        conf, journal = self.make_conf("whole", speed=0)
        self.finish_race(conf)
        self.assert_same_story(expected, journal)
        self.assert_same_story(expected, os.path.join(os.path.dirname(journal), "001.f1j"))


if __name__ == "__main__":
    support.main()
