"""OpenF1 as an MQTT stream, with all that brokers and lines do: the race it tells is the race that was run, every lap once."""
import os
import threading
import unittest
from collections import Counter

import support
from upstream_case import QUICK_LIMITS, Live, broker, lap_times, messages, true_laps, true_messages

import relay

RACE = {"laps": 12, "cars": 6}


class Stream(threading.Thread):
    """Publishes the rows of OpenF1 over a broker as they become visible. twice: each batch comes backwards before it comes."""

    def __init__(self, up, server, twice=False):
        super().__init__(daemon=True)
        self.up, self.broker, self.twice = up, server, twice
        self.rows = list(up.programme.sessions[0].documents)
        self.at, self.lock, self.stopped = 0, threading.Lock(), threading.Event()
        self.start()

    def run(self):
        while not self.stopped.wait(0.05) and self.broker.process is not None:
            due = self.up.now_ms()
            with self.lock:
                batch = []
                while self.at < len(self.rows) and self.rows[self.at][0] <= due:
                    _, collection, key, row = self.rows[self.at]
                    self.at += 1
                    batch.append({"topic": "v1/" + collection, "payload": {**row, "_key": str(key), "_id": self.at}})
                self.broker.play(batch[::-1] + batch if self.twice else batch)

    def stop(self):
        self.stopped.set()
        self.join(20)


class Mqtt(Live):
    def follow(self, plan=None, speed=20, twice=False, token_life_s=600.0):
        """f1pd with REST and the stream, which goes through a relay; publishing has begun."""
        if broker.find_mosquitto() is None:
            raise unittest.SkipTest("mosquitto is not installed (Debian package mosquitto)")
        self.upstream({**RACE, **(plan or {})}, speed=speed)
        self.up.control("openf1", locked=True, next_token="first-secret-token", token_life_s=token_life_s)
        self.server = broker.Broker(token="first-secret-token", user=self.up.openf1.user).start()
        self.addCleanup(self.server.stop)
        self.line = relay.Relay(self.server.port)
        self.addCleanup(self.line.stop)
        account = {"username": "${file:%s}" % self.write("user", self.up.openf1.user),
                   "password": "${file:%s}" % self.write("password", self.up.openf1.password)}
        for name in ("user", "password"):
            os.chmod(self.path(name), 0o600)
        d = self.live(self.sources(openf1={**QUICK_LIMITS, **account, "mqtt": "on", "mqtt_host": "localhost", "mqtt_port": self.line.port,
                                           "ca_file": self.server.ca_file}))
        d.wait_log("the stream of OpenF1 is up")
        self.stream = Stream(self.up, self.server, twice)
        self.addCleanup(self.stream.stop)
        self.wait_lap(d, 2)
        return d

    def assert_true_race(self, d):
        """Order, laps and messages as they were and no more often; the source is well in the end."""
        race = self.up.programme.sessions[0].race
        d.wait(self.up.over, "end of the upstream's race", timeout=40)
        d.wait(lambda: set(lap_times(self.journal())) >= set(true_laps(race)), "all lap times")
        d.wait(lambda: self.session(d)["order"] == [row[1] for row in race.result()], "true order")
        self.assertEqual(self.source(d, "source_openf1")["link"], "up")
        d.stop()
        for told, true in ((lap_times(self.journal()), true_laps(race)), (messages(self.journal()), true_messages(race))):
            self.assertEqual(Counter(told) - Counter(true), {}, "was not so, or was told twice")
            self.assertEqual(Counter(true) - Counter(told), {}, "not told")
        self.assertNotIn("secret-token", d.log())

    def test_a_slow_broker_is_no_fault(self):
        d = self.follow()
        self.line.delay_s = 0.3
        self.assert_true_race(d)
        self.assertEqual(d.lines(" warn  source-openf1: (?!poll took)"), [])

    def test_a_broker_that_falls_silent(self):
        """The line stands, but nothing comes: REST goes on, and after two spans of keep-alive the stream is opened anew."""
        d = self.follow({"laps": 16}, speed=5)
        self.line.silent = True
        lap = self.session(d)["lap"]
        self.wait_lap(d, lap + 1)
        self.assertEqual(self.api(d, "/healthz")["status"], "ok", "REST tells it meanwhile")
        line = d.wait_log("the stream of OpenF1 was lost", timeout=15)
        self.assertIn("REST goes on", line)
        self.line.silent = False
        d.wait_log("the stream of OpenF1 is up", count=2)
        self.assert_true_race(d)

    def test_the_stream_is_cut_in_mid_frame(self):
        d = self.follow()
        self.line.cut_in_frame()
        line = d.wait_log("the stream of OpenF1 was lost")
        self.assertRegex(line, "next try in [0-9]+ s, REST goes on")
        self.assertEqual(self.line.cuts, 1)
        d.wait_log("the stream of OpenF1 is up", count=2)
        self.assert_true_race(d)

    def test_a_broker_that_refuses_the_account(self):
        d = self.follow()
        self.stream.stop()
        self.server.set_token("other-secret-token")
        line = d.wait_log("the stream of OpenF1 refuses the account")
        self.assertIn("REST goes on", line)
        self.assertEqual(self.api(d, "/healthz")["status"], "ok")
        self.assert_true_race(d)
        self.assertGreater(self.server.refusals(), 0)

    def test_payloads_that_are_no_rows(self):
        """Bytes that are no JSON, rows that break off, nests without end, a row of another session: nothing of it is told."""
        d = self.follow()
        for payload in (b"\xff\x00 no JSON", b"[" * 5000, b'{"session_key":90010,"driver_number":1,"lap_nu', b"", b"null", b'"x"',
                        b'{"session_key":90010,"driver_number":-7,"lap_number":3,"lap_duration":1.0,"_id":9}',
                        b'{"session_key":90010,"driver_number":1,"lap_number":99999,"lap_duration":80.0,"_id":9}',
                        b'{"session_key":12,"driver_number":1,"lap_number":3,"lap_duration":80.0,"_id":9}'):
            with self.stream.lock:
                for topic in ("v1/laps", "v1/intervals", "v1/unheard_of"):
                    self.server.publish(topic, payload)
        self.assert_true_race(d)
        self.assertEqual(d.lines("the stream of OpenF1 was lost"), [])

    def test_the_stream_is_renewed_before_its_token_ends(self):
        d = self.follow(token_life_s=6.0)
        d.wait_log("the stream of OpenF1 was renewed with a fresh token")
        self.assert_true_race(d)
        self.assertEqual(d.lines("the stream of OpenF1 was lost"), [])

    def test_rows_doubled_and_out_of_order_over_the_stream(self):
        self.assert_true_race(self.follow(twice=True))


if __name__ == "__main__":
    support.main()
