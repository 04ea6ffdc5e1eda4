"""conf.d: errors are named to the line, the rest runs, and SIGHUP changes what was changed and nothing else."""
import asyncio
import json
import os
import re
import socket
import threading

import websockets

import support
from support import core, ini


def base(port=0, **extra):
    files = {
        "00-f1pd.ini": core(speed=20),
        "10-source-simulator.ini": ini("source_simulator", {"seed": 7, "laps": 40, "lap_time_s": 60, "pre_start_s": 5}),
        "20-predictor-midrace.ini": ini("predictor_midrace", {"runs": 300}),
        "21-predictor-order.ini": ini("predictor_order"),
        "29-predictor-ensemble.ini": ini("predictor_ensemble"),
        "30-sink-websocket.ini": ini("sink_websocket", {"port": port, "update_every": "50ms"}),
        "31-sink-log.ini": ini("sink_log", {"path": "race.log"}),
    }
    files.update(extra)
    return files


class Listener:
    """A WebSocket client in a thread of its own. Keeps the sequence numbers; knows whether it was ever disconnected."""

    def __init__(self, case, port):
        self.seqs, self.types, self.closed = [], [], None
        self.stop_wanted = threading.Event()
        self.url = "ws://127.0.0.1:%d/ws/live-predictions" % port
        self.thread = threading.Thread(target=lambda: asyncio.run(self.listen()))
        self.thread.start()
        case.addCleanup(self.stop)

    async def listen(self):
        try:
            async with websockets.connect(self.url, max_size=None, open_timeout=10 * support.PATIENCE, ping_interval=None) as ws:
                while not self.stop_wanted.is_set():
                    try:
                        message = json.loads(await asyncio.wait_for(ws.recv(), 0.2))
                    except asyncio.TimeoutError:
                        continue
                    self.seqs.append(message["seq"])
                    self.types.append(message["type"])
        except (OSError, websockets.WebSocketException) as e:
            self.closed = repr(e)

    def stop(self):
        self.stop_wanted.set()
        self.thread.join()

    def moves(self, d, case, by=5):
        """More messages come, on the same connection, and the sequence rises."""
        n = len(self.seqs)
        d.wait(lambda: self.closed or len(self.seqs) >= n + by, "messages for the client")
        case.assertIsNone(self.closed, "the client was dropped")
        case.assertEqual(self.seqs, sorted(self.seqs))
        case.assertGreater(self.seqs[-1], self.seqs[0])


class Check(support.Case):
    """f1pd -t: FILE:LINE: KEY: reason, exit code 1; and the daemon starts with the rest."""

    def check(self, files, *expected, runs=True):
        conf = self.conf(base(**files))
        p = self.run_f1pd("-t", "-c", conf, code=1)
        for pattern in expected:
            self.assertRegex(p.stdout, "(?m)^" + re.escape(conf) + "/" + pattern)
        lines = [line for line in p.stdout.splitlines() if line]
        self.assertRegex(lines[-1], r": %d errors?$" % len(expected))
        self.assertEqual(len(lines), len(expected) + 1, "one line for each error: " + p.stdout)
        if runs:
            d = self.daemon(conf)
            for pattern in expected:
                d.wait_log("config: " + re.escape(conf) + "/" + pattern)
            d.wait_log("core: started")
            d.wait(lambda: support.http(d.port(), "/api/v1/session/current")[0] == 200, "a race that is served")
            d.stop()
        return p.stdout

    def test_good_configuration(self):
        p = self.run_f1pd("-t", "-c", self.conf(base()))
        self.assertRegex(p.stdout, r"ok, 6 plugins")

    def test_shipped_configuration(self):
        p = self.run_f1pd("-t", "-c", os.path.join(support.SOURCE, "conf.d"))
        self.assertRegex(p.stdout, r"ok, \d+ plugins")

    def test_unknown_key(self):
        self.check({"31-sink-log.ini": ini("sink_log", {"keep": 3, "keepp": 5})},
                   r"31-sink-log\.ini:6: keepp: unknown option; did you mean \"keep\"")

    def test_unknown_core_key(self):
        self.check({"00-f1pd.ini": "[f1pd]\nspeed = 20\nspeeed = 20\n"}, r"00-f1pd\.ini:3: speeed: unknown option")

    def test_bad_values(self):
        self.check({"31-sink-log.ini": ini("sink_log", {"format": "xml", "keep": "many", "max_size": "7"})},
                   r"31-sink-log\.ini:5: format: .*human\|json\|both", r"31-sink-log\.ini:6: keep: .*whole number",
                   r"31-sink-log\.ini:7: max_size: ")

    def test_missing_required_key(self):
        self.check({"11-source-replay.ini": ini("source_replay")}, r"11-source-replay\.ini: path: must be given")

    def test_missing_plugin_id(self):
        self.check({"31-sink-log.ini": "[plugin]\nenabled = yes\n"}, r"31-sink-log\.ini(:\d+)?: id: must be given")

    def test_missing_file_of_an_option(self):
        self.check({"11-source-replay.ini": ini("source_replay", {"path": "nowhere"}),
                    "31-sink-log.ini": ini("sink_log", {"keepp": 1})},
                   r"31-sink-log\.ini:5: keepp: ", runs=False)
        # Whether a recording is there is found out when it is opened: one line, the rest runs.
        d = self.daemon(self.path("conf.d"))
        d.wait_log("source-replay: .*nowhere.*No such file")
        d.wait(lambda: support.http(d.port(), "/api/v1/session/current")[0] == 200, "a race that is served")
        d.stop()

    def test_duplicate_key(self):
        self.check({"31-sink-log.ini": "[plugin]\nid = sink_log\n[options]\nkeep = 1\nkeep = 2\n"}, r"31-sink-log\.ini:5: keep: ")

    def test_long_line(self):
        self.check({"31-sink-log.ini": "[plugin]\nid = sink_log\n[options]\npath = %s\n" % ("x" * 4000)},
                   r"31-sink-log\.ini:4: the line has 4007 bytes")

    def test_no_ini_text(self):
        self.check({"31-sink-log.ini": "[plugin\nid = sink_log\n"}, r"31-sink-log\.ini:1: the section has no closing")

    def test_unknown_plugin(self):
        self.check({"31-sink-log.ini": ini("sink_lag")}, r"31-sink-log\.ini:2: id: no plugin \"sink_lag\"")

    def test_missing_folder(self):
        for args in (["-t"], []):
            p = self.run_f1pd(*args, "-c", self.path("absent"), code=1)
            self.assertRegex(p.stdout + p.stderr, r"absent: the configuration folder cannot be read: No such file")

    def test_missing_journal_folder_is_made(self):
        d = self.daemon(self.conf(base(**{"00-f1pd.ini": core(speed=20, journal_dir="deep/er")})))
        d.wait(lambda: os.path.exists(self.path("conf.d/deep/er/current.f1j")), "the journal")
        d.stop()


class Reload(support.Case):
    def start(self, **extra):
        self.conf(base(**extra))
        d = self.daemon(self.path("conf.d"))
        client = Listener(self, d.port())
        client.moves(d, self)
        return d, client

    def reload(self, d, pattern="configuration reloaded"):
        before = len(d.lines(pattern))
        d.reload()
        return d.wait_log(pattern, count=before + 1)

    def test_unchanged_files_stop_nothing(self):
        d, client = self.start()
        self.assertRegex(self.reload(d), "0 stopped, 0 started, 6 running")
        client.moves(d, self)
        d.stop()

    def test_a_core_option_that_must_wait_says_so(self):
        d, client = self.start()
        self.conf({"00-f1pd.ini": core(speed=21, seed=5)})
        self.assertRegex(self.reload(d), "0 stopped, 0 started, 6 running")
        d.wait_log("seed: takes effect at the next start")
        self.assertEqual(d.lines("speed: takes effect"), [])
        self.assertEqual(json.loads(support.http(d.port(), "/healthz")[1])["speed"], 21)
        client.moves(d, self)
        d.stop()

    def test_another_sink_off_and_on_leaves_clients_connected(self):
        d, client = self.start()
        self.conf({"31-sink-log.ini": ini("sink_log", {"path": "race.log"}, enabled="no")})
        self.assertRegex(self.reload(d), "1 stopped, 0 started, 5 running")
        client.moves(d, self)
        self.conf({"31-sink-log.ini": ini("sink_log", {"path": "race.log"})})
        self.assertRegex(self.reload(d), "0 stopped, 1 started, 6 running")
        client.moves(d, self)
        self.conf({"31-sink-log.ini": None})
        self.assertRegex(self.reload(d), "1 stopped, 0 started, 5 running")
        client.moves(d, self)
        d.stop()

    def test_another_option_of_a_predictor_leaves_clients_connected(self):
        d, client = self.start()
        d.wait(lambda: "forecast" in client.types, "a forecast")
        self.conf({"20-predictor-midrace.ini": ini("predictor_midrace", {"runs": 777})})
        self.assertRegex(self.reload(d), "1 stopped, 1 started, 6 running")
        client.moves(d, self)
        n = client.types.count("forecast")
        d.wait(lambda: client.types.count("forecast") > n + 2, "forecasts after the reload")
        self.assertIsNone(client.closed)
        runs = json.loads(support.http(d.port(), "/api/v1/prediction/live")[1])["forecast"]["runs"]
        self.assertEqual(runs, 777)
        d.stop()

    def test_another_source_leaves_clients_connected(self):
        d, client = self.start()
        self.conf({"10-source-simulator.ini": ini("source_simulator", {"seed": 8, "laps": 30, "lap_time_s": 60})})
        self.assertRegex(self.reload(d), "1 stopped, 1 started, 6 running")
        client.moves(d, self)
        d.wait(lambda: '"total_laps":30' in support.http(d.port(), "/api/v1/session/current")[1], "the other race")
        client.moves(d, self)
        d.stop()

    def test_a_disabled_web_server_closes_its_port_and_comes_back(self):
        port = support.free_port()
        d, client = self.start(port=port)
        self.conf({"30-sink-websocket.ini": ini("sink_websocket", {"port": port}, enabled="no")})
        self.assertRegex(self.reload(d), "1 stopped, 0 started")
        with self.assertRaises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port), 5).close()
        d.wait(lambda: client.closed or not client.thread.is_alive(), "the end of the connection")
        self.conf({"30-sink-websocket.ini": ini("sink_websocket", {"port": port})})
        self.assertRegex(self.reload(d), "0 stopped, 1 started")
        d.wait(lambda: support.http(port, "/api/v1/session/current")[0] == 200, "an answer")
        d.stop()

    def check_broken(self, files, *expected):
        d, client = self.start()
        self.conf(files)
        line = self.reload(d, "reload: ")
        self.assertRegex(line, "reload: %d errors?; the running configuration stays" % len(expected))
        for pattern in expected:
            d.wait_log(pattern)
        client.moves(d, self)
        self.assertEqual(d.lines("configuration reloaded"), [])
        self.conf({**{name: None for name in files if name not in base()}, **base()})
        self.assertRegex(self.reload(d), "0 stopped, 0 started, 6 running")
        client.moves(d, self)
        d.stop()

    def test_broken_file_keeps_what_runs(self):
        self.check_broken({"31-sink-log.ini": "[plugin\n", "20-predictor-midrace.ini": ini("predictor_midrace", {"runs": 999})},
                          r"31-sink-log\.ini:1: ")

    def test_bad_option_keeps_what_runs(self):
        self.check_broken({"31-sink-log.ini": ini("sink_log", {"keepp": 1})}, r"31-sink-log\.ini:5: keepp: unknown option")

    def test_bad_core_option_keeps_what_runs(self):
        self.check_broken({"00-f1pd.ini": core(speed="fast")}, r"00-f1pd\.ini:2: speed: ")

    def test_a_plugin_that_is_not_there_keeps_what_runs(self):
        self.check_broken({"32-sink-more.ini": ini("sink_more")}, r"32-sink-more\.ini:2: id: no plugin \"sink_more\"")

    def test_a_second_ensemble_keeps_what_runs(self):
        self.check_broken({"28-predictor-other.ini": ini("predictor_ensemble")}, r"id: a second enabled ensemble")

    def test_a_folder_that_is_gone_keeps_what_runs(self):
        d, client = self.start()
        os.rename(self.path("conf.d"), self.path("away"))
        self.assertRegex(self.reload(d, "reload: "), "the running configuration stays")
        client.moves(d, self)
        d.stop()

    def test_many_reloads_in_a_row(self):
        d, client = self.start()
        for i in range(20):
            self.conf({"20-predictor-midrace.ini": ini("predictor_midrace", {"runs": 300 + i}),
                       "31-sink-log.ini": ini("sink_log", {"path": "race.log"}, enabled="yes" if i % 2 else "no")})
            self.reload(d)
        client.moves(d, self)
        d.stop()


if __name__ == "__main__":
    support.main()
