"""Clients that mean harm, against the whole daemon: each loses no more than its own connection. Whoever behaves is served meanwhile,
memory stays bounded, nothing that was not to be shown is shown, and the sanitizers have nothing to report at the end."""
import base64
import collections
import json
import os
import re
import resource
import socket
import struct
import threading
import time
import urllib.error
import urllib.request
import zlib

import support

WS_PATH = "/ws/live-predictions"
ALL_SERVED_S = 5 * support.PATIENCE  # how long an honest client waits at most while others attack
UPGRADE = ("Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: %s\r\nSec-WebSocket-Version: 13\r\n"
           % base64.b64encode(b"0123456789abcdef").decode())
# What is freed counts as used while the sanitizer holds it back: little of it, so that memory can be measured.
os.environ["ASAN_OPTIONS"] = os.environ.get("ASAN_OPTIONS", "") + ":quarantine_size_mb=4"
OWN_TOKEN, OTHER_TOKEN = "read-" + "5" * 30, "wrong-" + "7" * 30


def masked(first, payload, length=None, mask=b"\x11\x22\x33\x44", masks=True):
    """A frame of a client; `length` is what its head claims."""
    n = len(payload) if length is None else length
    bit = 0x80 if masks else 0
    head = bytes([first]) + (bytes([bit | n]) if n < 126 else bytes([bit | 126]) + struct.pack(">H", n) if n < 65536
                             else bytes([bit | 127]) + struct.pack(">Q", n))
    return head + (mask + bytes(b ^ mask[i % 4] for i, b in enumerate(payload)) if masks else payload)


class Attacked(support.Case):
    def serve(self, speed=10, laps=60, **web):
        """A race with everything that listens, and somebody honest who asks all the time."""
        race = dict(support.RACE, laps=laps, lap_time_s=80, cars=20)
        self.d = self.daemon(self.conf({
            "00-f1pd.ini": support.core(speed=speed, data_dir=self.path("data")),
            "10-source-demo.ini": support.ini("source_simulator", race),
            "20-predictor-order.ini": support.ini("predictor_order"),
            "30-sink-web.ini": support.ini("sink_websocket", {"port": 0, **web}), "32-sink-metrics.ini": support.ini("sink_metrics"),
            "34-sink-openf1.ini": support.ini("sink_openf1", queue="block" if speed == 0 else "coalesce"), "35-sink-alerts.ini": support.ini("sink_alerts")}))
        self.port = self.d.port()
        self.headers = {"Authorization": "Bearer " + OWN_TOKEN} if "tokens" in web else {}
        self.d.wait(lambda: self.ask("/v1/position")[0] == self.ask("/api/v1/session/current")[0] == self.ask("/readyz")[0] == 200, "a race")
        self.longest, self.unserved, self.over = 0.0, [], threading.Event()
        self.honest = threading.Thread(target=self.ask_all_the_time)
        self.honest.start()
        self.addCleanup(self.honest.join)
        self.addCleanup(self.over.set)

    def ask(self, path, method="GET", body=None, headers=None):
        request = urllib.request.Request("http://127.0.0.1:%d%s" % (self.port, path), method=method, data=body,
                                         headers={**self.headers, **(headers or {})})
        try:
            with urllib.request.urlopen(request, timeout=2 * ALL_SERVED_S) as answer:
                return answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.headers, error.read()

    def ask_all_the_time(self):
        while not self.over.is_set():
            began = time.monotonic()
            try:
                status = self.ask("/api/v1/session/current")[0]
            except OSError as error:
                status = error
            self.longest = max(self.longest, time.monotonic() - began)
            if status != 200:
                self.unserved.append(status)
            self.over.wait(0.05)

    def assert_unharmed(self):
        """Nobody else noticed, and the daemon ends well (which asserts that there are no reports of sanitizers)."""
        self.assertEqual(self.ask("/api/v1/session/current")[0], 200)
        self.over.set()
        self.honest.join()
        self.assertEqual(self.unserved, [])
        self.assertLess(self.longest, ALL_SERVED_S)
        self.d.stop()

    def rss_kb(self):
        with open("/proc/%d/status" % self.d.process.pid) as f:
            return next(int(line.split()[1]) for line in f if line.startswith("VmRSS"))

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.port), timeout=2 * ALL_SERVED_S)

    def read_all(self, s, limit=1 << 20):
        """What comes until the server ends the connection."""
        text = b""
        try:
            while len(text) < limit:
                more = s.recv(65536)
                if not more:
                    return text
                text += more
        except (ConnectionError, ValueError):
            pass
        return text

    def read_some(self, s, n):
        try:
            return s.recv(n)
        except ConnectionError:
            return b""

    def raw(self, data, end=False):
        """The answer to bytes that are sent at once, up to the end of the connection; end: on our side too."""
        with self.connect() as s:
            try:
                s.sendall(data)
                if end:
                    s.shutdown(socket.SHUT_WR)
            except OSError:
                pass  # refused before everything was sent
            return self.read_all(s)

    def socket(self, path=WS_PATH, headers=""):
        """An open WebSocket, behind its first answer."""
        s = self.connect()
        s.sendall(("GET %s HTTP/1.1\r\nHost: localhost\r\n%s%s\r\n" % (path, UPGRADE, headers)).encode())
        head = b""
        while b"\r\n\r\n" not in head:
            more = s.recv(1)
            self.assertTrue(more, head)
            head += more
        self.assertIn(b" 101 ", head)
        return s, head

    # ---- requests

    def test_malformed_requests_cost_their_connection_alone(self):
        self.serve(request_timeout="2s")
        local = b"Host: localhost\r\nConnection: close\r\n"
        for request in (
                bytes(range(256)) * 40, b"\0" * 5000, b"\r\n" * 5000, b"GET", b"GET / HTTP/1.1\r\n",
                bytes.fromhex("16030100f8010000f40303") + b"x" * 240,  # TLS
                b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0", b"FOO / HTTP/1.1\r\n" + local + b"\r\n",
                b"TRACE / HTTP/1.1\r\n" + local + b"\r\n", b"CONNECT 127.0.0.1:22 HTTP/1.1\r\n" + local + b"\r\n",
                b"GET /%zz HTTP/1.1\r\n" + local + b"\r\n", b"GET /index.html%00.png HTTP/1.1\r\n" + local + b"\r\n",
                b"GET http://evil.example/api/v1/session/current HTTP/1.1\r\n" + local + b"\r\n",
                b"GET /api/v1/session/current HTTP/1.1\r\n" + local + b"X: " + b"a" * 9000 + b"\r\n\r\n",
                b"GET /api/v1/session/current HTTP/1.1\r\n" + local + b"X: " + b"a" * 1000000 + b"\r\n\r\n",
                b"GET /api/v1/session/current HTTP/1.1\r\n" + local + b"".join(b"X-%d: 1\r\n" % i for i in range(1000)) + b"\r\n",
                b"GET /" + b"a" * 70000 + b" HTTP/1.1\r\n" + local + b"\r\n"):
            answer = self.raw(request)
            self.assertNotIn(b"200 OK", answer[:40], request[:60])
            self.assertNotIn(b"session", answer, request[:60])
        for path, status in ((b"/" + b"a" * 300, 414), (b"/api/v1/laps?" + b"a" * 3000, 414)):
            self.assertIn(b" %d " % status, self.raw(b"GET " + path + b" HTTP/1.1\r\n" + local + b"\r\n")[:40])
        self.assert_unharmed()

    def test_no_path_leads_out_of_the_page(self):
        self.serve()
        for path in ("/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/..%2f..%2fetc/passwd", "/%2e%2e%2f/etc/passwd", "//etc/passwd",
                     "/.git/config", "/%c0%ae%c0%ae/etc/passwd", "/..\\..\\etc\\passwd", "/vendor/../../../etc/passwd",
                     "/vendor/chart.js/..", "/index.html/", "/CMakeLists.txt", "/api/v1/../../../etc/passwd"):
            answer = self.raw(b"GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n" % path.encode())
            self.assertIn(b" 404 ", answer[:20], path)
            self.assertNotIn(b"root:", answer)
        self.assert_unharmed()

    def test_what_stands_behind_a_body_is_no_request(self):
        """Pipelined behind a body, in chunks, with two lengths: else a proxy before f1pd would forward what it never checked."""
        self.serve()
        inner = b"GET /v1/sessions HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        chunks = b"%x\r\n%s\r\n0\r\n\r\n" % (len(inner), inner)
        viewer = b"POST /api/v1/viewer HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        cases = [viewer + b"Content-Length: 2\r\n\r\n{}" + rest for rest in (inner, (viewer + b"Content-Length: 2\r\n\r\n{}") * 9, b"x" * 50000)]
        cases.append(viewer + b"Content-Length: 0\r\n\r\n" + inner)
        for method in (b"GET /", b"HEAD /", b"OPTIONS /healthz", b"POST /api/v1/viewer", b"PUT /x", b"DELETE /api/v1/subscriptions/r1"):
            begin = method + b" HTTP/1.1\r\nHost: localhost\r\n"
            cases += [begin + b"Transfer-Encoding: chunked\r\n\r\n" + chunks,
                      begin + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks,
                      begin + b"Content-Length: %d\r\n\r\n" % len(inner) + inner,
                      begin + b"Content-Length: %d\r\nContent-Length: 0\r\n\r\n" % len(inner) + inner]
        for length in (b"-1", b"+5", b"5, 5", b"0x5", b"18446744073709551615", b"4294967301", b"1e3"):
            cases.append(viewer + b"Content-Length: " + length + b"\r\n\r\n{}   " + inner)
        for case in cases:
            answer = self.raw(case)
            self.assertLessEqual(answer.count(b"HTTP/1."), 1, case[:150])
            self.assertNotIn(b"circuit_short_name", answer, case[:150])
        self.assert_unharmed()

    def test_arguments_stay_arguments(self):
        self.serve()
        bad = [("laps", "limit=-1"), ("laps", "limit=0"), ("laps", "limit=1e3"), ("laps", "limit=99999999999999999999"), ("laps", "limit=NaN"),
               ("laps", "limit=1&limit=2"), ("laps", "limit="), ("laps", "offset=4294967297"), ("laps", "from_lap=-1"), ("laps", "driver="),
               ("laps", "driver=65537"), ("laps", "driver=" + "1," * 60), ("laps", "driver=1%3e%3b%20rel%3d%22x%22"), ("laps", "%3cscript%3e=1"),
               ("laps", "%ff%fe%c3%28=1"), ("stream", "delay=nan"), ("stream", "delay=601"), ("stream", "delay=-1"), ("stream", "drivers=" + "1," * 60),
               ("stream", "topics=state&topics=state"), ("stream", "format=msgpack"), ("stream", "foo=1"), ("alerts", "limit=NaN"),
               ("alerts", "limit=513"), ("alerts", "limit=1&limit=2"), ("alerts", "unknown=1")]
        for name, query in bad:
            status, headers, body = self.ask("/api/v1/%s?%s" % (name, query))
            self.assertEqual((status, headers["Content-Type"]), (400, "application/problem+json"), (name, query, body[:200]))
            json.loads(body)
        for query in ("lap_number=NaN", "lap_number%3E=1e400", "lap_number=99999999999999999999999", "date_start%3E=2026-13-45",
                      "driver_number%3E=-9223372036854775809&driver_number=x", "nosuch=1"):
            status, _, body = self.ask("/v1/laps?" + query)
            self.assertIn((status, json.loads(body)), [(404, {"detail": "No results found."})], query)
        for path in ("/api/v1/race_control?limit=1&category=x%0d%0aSet-Cookie:%20a=b", "/api/v1/session/x%0d%0aSet-Cookie:%20a=b/live",
                     "/v1/laps?x%0d%0aSet-Cookie:%20a=b", "/a%0d%0aSet-Cookie:%20a=b"):
            head = self.raw(b"GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n" % path.encode()).split(b"\r\n\r\n")[0]
            self.assertNotIn(b"set-cookie", head.lower(), path)
        self.assert_unharmed()

    # ---- who asks

    def test_pages_and_names_of_others_change_nothing(self):
        self.serve()
        rule = json.dumps({"rule": "safety car"}).encode()
        for headers in ({"Origin": "http://evil.example"}, {"Origin": "null"}, {"Origin": "http://localhost.evil.example"},
                        {"Origin": "http://127.0.0.1:1"}, {"Origin": "http://127.0.0.1:%d.evil.example" % self.port}):
            for kind in ("text/plain", "application/json", "application/x-www-form-urlencoded"):
                for path in ("/api/v1/subscriptions", "/api/v1/prediction/subscribe", "/api/v1/viewer", "/api/v1/replay"):
                    status, answered, _ = self.ask(path, "POST", rule, {"Content-Type": kind, **headers})
                    self.assertEqual(status, 403, (path, headers, kind))
                    self.assertNotIn("access-control-allow-origin", str(answered).lower())
            _, answered, _ = self.ask("/api/v1/session/current", headers=headers)
            self.assertNotIn("access-control-allow-origin", str(answered).lower())
        for host in ("evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "localhost:%d@evil.example" % self.port,
                     "[::1].evil.example", "127.evil.example"):
            for path in ("/api/v1/session/current", "/v1/sessions", "/", WS_PATH):
                answer = self.raw(("GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n" % (path, host)).encode())
                self.assertIn(b" 421 ", answer[:20], (host, path))
        self.assertEqual(json.loads(self.ask("/api/v1/subscriptions")[2]), {"subscriptions": []})
        self.assert_unharmed()

    def test_tokens_are_told_to_nobody(self):
        self.serve(tokens="${file:%s}" % self.write("tokens", OWN_TOKEN + " read\n"))
        for headers in ({"Authorization": "Bearer " + OTHER_TOKEN}, {"Authorization": "Basic " + OTHER_TOKEN}, {"Authorization": "Bearer"},
                        {"Authorization": "Bearer " + OWN_TOKEN[:-1]}, {"Authorization": "Bearer " + OWN_TOKEN + "5"},
                        {"Authorization": "Bearer " + "a" * 4000}):
            for path in ("/api/v1/session/current", "/api/v1/stream", "/v1/sessions", "/metrics", "/api/v1/subscriptions"):
                status, answered, body = self.ask(path, headers=headers)
                self.assertEqual((status, answered["WWW-Authenticate"]), (401, "Bearer"), (path, headers))
                self.assertNotIn(OTHER_TOKEN.encode(), body)
        for path in (WS_PATH + "?token=" + OTHER_TOKEN, "/api/v1/stream?token=" + OTHER_TOKEN, WS_PATH):
            answer = self.raw(("GET %s HTTP/1.1\r\nHost: localhost\r\n%s\r\n" % (path, UPGRADE)).encode())
            self.assertIn(b" 401 ", answer[:20], path)
            self.assertNotIn(OTHER_TOKEN.encode(), answer)
        self.assertEqual(self.ask("/api/v1/subscriptions", "POST", b'{"rule": "safety car"}')[0], 403)  # a token that may only read
        s, _ = self.socket(WS_PATH + "?token=" + OWN_TOKEN)
        first = s.recv(65536)
        s.close()
        everything = first + b"".join(self.ask(p)[2] for p in ("/metrics", "/healthz", "/api/v1/plugins", "/api/v1/sources"))
        everything += self.d.log().encode()
        for token in (OWN_TOKEN, OTHER_TOKEN):
            self.assertNotIn(token.encode(), everything)
        self.assert_unharmed()

    def test_cookies_that_nobody_gave_are_of_no_use(self):
        self.serve()
        _, headers, _ = self.ask("/api/v1/viewer", "POST", b'{"delay": 600}', {"Content-Type": "application/json"})
        own = headers["Set-Cookie"].split(";")[0]
        self.assertIn("HttpOnly", headers["Set-Cookie"])
        self.assertIn("SameSite=Strict", headers["Set-Cookie"])
        for cookie in ("f1pd_viewer=", "f1pd_viewer=" + "z" * 32 + "-0-0", "f1pd_viewer=" + "a" * 32 + "-999-0", "f1pd_viewer=" + "a" * 32 + "-0-0x",
                       "f1pd_viewer=" + "a" * 32, "f1pd_viewer=" + "a" * 32 + "--1-0", "f1pd_viewer=" + "%00" * 10, "x=" + "y" * 200):
            self.assertIn(self.ask("/api/v1/viewer", headers={"Cookie": cookie})[0], (200, 400), cookie)
        seen = json.loads(self.ask("/api/v1/viewer", headers={"Cookie": own})[2])
        self.assertEqual((seen["viewer"], seen["delay_s"]), (True, 600))
        self.assertNotEqual(self.ask("/api/v1/session/current", headers={"Cookie": own})[0], 200)  # 600 s ago there was none
        self.assert_unharmed()

    # ---- too many, too slow, too large

    def test_a_thousand_connections_that_drip_are_cut_in_time(self):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(4096, hard), hard))
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        self.serve(request_timeout="3s")
        before = self.rss_kb()
        kinds = (b"", b"G", b"GET / HTTP/1.1\r\nHost: localhost\r\nX-", b"POST /api/v1/viewer HTTP/1.1\r\nHost: localhost\r\n"
                 b"Content-Type: application/json\r\nContent-Length: 16000\r\n\r\n{")
        slow = []
        for i in range(1000):
            s = self.connect()
            s.sendall(kinds[i % len(kinds)])
            slow.append(s)
        began = time.monotonic()
        while slow and time.monotonic() - began < 20 * support.PATIENCE:
            time.sleep(0.5)
            left = []
            for s in slow:
                try:
                    s.settimeout(0)
                    s.send(b"a")
                    if not s.recv(65536):
                        raise ConnectionError
                    left.append(s)
                except BlockingIOError:
                    left.append(s)
                except OSError:
                    s.close()
            slow = left
        self.assertEqual(len(slow), 0)
        self.assertLess(self.rss_kb() - before, 60000)
        self.assert_unharmed()

    def attack(self, headers, frames):
        s, _ = self.socket(headers=headers)
        reader = threading.Thread(target=self.read_all, args=(s,))
        reader.start()
        try:
            s.sendall(frames)
        except OSError:
            pass  # cut, as it should be
        self.assertEqual(self.ask("/readyz")[0], 200)
        return s, reader

    def hang_up(self, s, reader):
        try:
            s.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # it is over
        reader.join()
        s.close()

    def test_large_answers_that_nobody_reads_hold_nobody_up(self):
        self.serve(speed=0, laps=40)
        self.d.wait(lambda: json.loads(self.ask("/healthz")[2]).get("source_ended"), "the end of the race")
        large = len(self.ask("/v1/intervals")[2])
        self.assertGreater(large, 1500000)
        before, waiting = self.rss_kb(), []
        for _ in range(150):
            s = self.connect()
            s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            s.sendall(b"GET /v1/intervals HTTP/1.1\r\nHost: localhost\r\n\r\n")
            waiting.append(s)
        statuses = collections.Counter(self.read_some(s, 12) for s in waiting)
        self.assertGreater(statuses[b"HTTP/1.1 503"], statuses[b"HTTP/1.1 200"])
        self.assertLess(self.rss_kb() - before, 120000)
        for s in waiting:
            s.close()
        self.d.wait(lambda: self.ask("/v1/intervals")[0] == 200, "room for large answers")
        self.assert_unharmed()

    def test_frames_that_bomb(self):
        self.serve()
        deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
        bomb = deflate.compress(b" " * (64 << 20)) + deflate.flush(zlib.Z_SYNC_FLUSH)
        before = self.rss_kb()
        packed = "Sec-WebSocket-Extensions: permessage-deflate\r\n"
        must_end = {
            "broken deflate": (packed, masked(0xc1, b"\x07" * 2000)),
            "endless fragments": ("", masked(0x01, b"{") + masked(0x00, b" " * 100) * 3000), "2^62 bytes": ("", masked(0x82, b"x" * 70000, 1 << 62)),
            "unknown opcode": ("", masked(0x83, b"x")), "large ping": ("", masked(0x89, b"x" * 1000)),
            "commands without end": ("", masked(0x81, b'{"rewind": 1}') * 6000),
        }
        may_stay = {"pings": ("", masked(0x89, b"x" * 125) * 4000), "not UTF-8": ("", masked(0x81, b'{"delay": \xff\xfe\xc3\x28}') * 3000)}
        attacks = [(name, *self.attack(*what)) for name, what in {**must_end, **may_stay}.items()]
        for name, s, reader in attacks:
            reader.join(ALL_SERVED_S if name in must_end else 0.5)
            ended = not reader.is_alive()
            self.hang_up(s, reader)
            self.assertTrue(ended or name in may_stay, name)
        self.d.wait(lambda: re.search(rb"^f1pd_ws_clients\S* 0$", self.ask("/metrics")[2], re.M), "the end of all sockets")
        bombs = [self.attack(packed, masked(0xc1, bomb[:-4])) for _ in range(5)]  # the library unpacks them bit by bit, among other work
        time.sleep(1)
        for s, reader in bombs:
            self.hang_up(s, reader)
        self.assertLess(self.rss_kb() - before, 60000)
        self.assert_unharmed()

    def test_floods_of_wishes_cost_little_memory(self):
        """Tickets, viewers and rules by the hundred: each costs little (and the unit tests meet their limits)."""
        self.serve()
        before = self.rss_kb()
        json_type = {"Content-Type": "application/json"}
        statuses = {self.ask("/api/v1/prediction/subscribe", "POST", b'{"drivers": [1, 2, 3]}', json_type)[0] for _ in range(400)}
        self.assertEqual(statuses, {201})
        for i in range(600):
            cookie = "f1pd_viewer=%032x-%d-1" % (i, i % 600)
            self.assertIn(self.ask("/api/v1/viewer", headers={"Cookie": cookie})[0], (200, 503))
        rules = {self.ask("/api/v1/subscriptions", "POST", b'{"rule": "win[VER] > 50 %"}', json_type)[0] for _ in range(200)}
        self.assertEqual(rules, {201})
        self.assertLess(self.rss_kb() - before, 40000)
        self.assert_unharmed()


if __name__ == "__main__":
    support.main()
