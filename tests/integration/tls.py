"""https and wss with a certificate that is made here: curl, Server-Sent Events and a WebSocket client that nobody here wrote; who does not
trust the certificate, or speaks plainly, gets nothing."""
import asyncio
import json
import re
import socket
import ssl
import subprocess
import urllib.error
import urllib.request

import support

try:
    import websockets
except ImportError:
    websockets = None


class Tls(support.Case):
    def setUp(self):
        super().setUp()
        self.certificate, self.key = self.path("certificate.pem"), self.path("key.pem")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext",
                        "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", self.key, "-out", self.certificate], check=True, capture_output=True, timeout=60)
        self.f1pd = self.daemon(self.conf({
            "00-f1pd.ini": support.core(speed=20), "10-source-demo.ini": support.ini("source_simulator", dict(support.RACE, laps=60)),
            "20-predictor-order.ini": support.ini("predictor_order"),
            "30-sink-web.ini": support.ini("sink_websocket", {"port": 0, "tls_certificate": self.certificate, "tls_key": self.key})}))
        self.port = int(re.search(r":(\d+)/$", self.f1pd.wait_log(r"serving https?://")).group(1))
        self.trusting = ssl.create_default_context(cafile=self.certificate)
        self.f1pd.wait(lambda: self.get("/api/v1/session/current")[0] == 200, "a session")

    def get(self, path, **headers):
        request = urllib.request.Request("https://localhost:%d%s" % (self.port, path), headers=headers)
        try:
            with urllib.request.urlopen(request, context=self.trusting, timeout=10 * support.PATIENCE) as answer:
                return answer.status, {k.lower(): v for k, v in answer.headers.items()}, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, {}, error.read().decode()

    def curl(self, *args):
        return subprocess.run(["curl", "-sS", "-m", "20", *args], capture_output=True, text=True, timeout=60)

    def test_curl_reads_the_state_and_must_trust_the_certificate(self):
        url = "https://localhost:%d/api/v1/session/current" % self.port
        good = self.curl("--cacert", self.certificate, url)
        self.assertEqual((good.returncode, good.stderr), (0, ""))
        self.assertGreater(len(json.loads(good.stdout)["cars"]), 10)
        self.assertEqual(self.curl(url).returncode, 60, "a certificate that nobody vouches for")
        self.assertEqual(self.curl("--cacert", self.certificate, "--tls-max", "1.1", url).returncode, 35, "TLS 1.1 is not spoken")
        self.assertIn("max-age=", self.get("/")[1]["strict-transport-security"])
        self.f1pd.stop()

    def test_a_socket_and_events_tell_the_same(self):
        if websockets is None:
            self.skipTest("no python3-websockets")

        async def sockets():
            found = []
            for compression in (None, "deflate"):
                async with websockets.connect("wss://localhost:%d/ws/live-predictions" % self.port, ssl=self.trusting, compression=compression,
                                              max_size=1 << 24) as ws:
                    found.append({m["id"]: m for m in [json.loads(await asyncio.wait_for(ws.recv(), 10 * support.PATIENCE)) for _ in range(30)]})
            return found

        def events():
            told = {}
            with urllib.request.urlopen("https://localhost:%d/api/v1/stream" % self.port, context=self.trusting, timeout=10 * support.PATIENCE) as r:
                while len(told) < 60:
                    line = r.readline().decode()
                    if line.startswith("data: "):
                        message = json.loads(line[6:])
                        told[message["id"]] = message
            return told

        async def both():
            return await asyncio.gather(sockets(), asyncio.to_thread(events))
        (plain, packed), told = asyncio.run(both())
        for found in (plain, packed):
            first, *others = found.values()
            self.assertEqual(first["type"], "snapshot")
            same = [m for m in others if m["id"] in told and told[m["id"]]["type"] != "snapshot"]
            for message in same:
                self.assertEqual(message, told[message["id"]])
        self.assertGreater(len([i for i in plain if i in told]), 10, "they were there at the same time")

        async def stranger():
            async with websockets.connect("wss://localhost:%d/ws/live-predictions" % self.port, ssl=ssl.create_default_context()):
                pass
        with self.assertRaises(ssl.SSLCertVerificationError):
            asyncio.run(stranger())
        self.f1pd.stop()

    def plainly(self, data):
        """What comes back for bytes that are no TLS, until the server hangs up."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=10 * support.PATIENCE) as s:
            s.sendall(data)
            got = b""
            try:
                while chunk := s.recv(4096):
                    got += chunk
            except ConnectionResetError:
                pass
            return got

    def test_plain_http_is_refused(self):
        asked = b"GET /api/v1/session/current HTTP/1.1\r\nHost: localhost\r\n\r\n"
        upgrade = (b"GET /ws/live-predictions HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                   b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
        for data in (asked, upgrade, b"\x16\x03\x01\xff\xff" + bytes(200), b"\0" * 300):
            got = self.plainly(data)
            self.assertNotIn(b"HTTP/1.1 200", got)
            self.assertNotIn(b"101", got)
            self.assertNotIn(b"cars", got)
        self.assertNotEqual(self.curl("http://localhost:%d/" % self.port).returncode, 0)
        self.assertEqual(self.get("/healthz")[0], 200, "it serves on")
        self.assertLess(len(self.f1pd.lines("libwebsockets")), 25, "strangers cannot fill the log")
        self.f1pd.stop()

    def test_a_viewers_cookie_is_for_https_alone(self):
        request = urllib.request.Request("https://localhost:%d/api/v1/viewer" % self.port, data=b'{"delay": 5}', method="POST",
                                         headers={"Content-Type": "application/json", "Origin": "https://localhost:%d" % self.port})
        with urllib.request.urlopen(request, context=self.trusting, timeout=10 * support.PATIENCE) as answer:
            self.assertIn("; Secure", answer.headers["Set-Cookie"])
        self.f1pd.stop()


if __name__ == "__main__":
    support.main()
