"""Webhooks as a receiver sees them: a real daemon, a race that is simulated, an HTTPS server that is not f1pd's."""
import asyncio
import hashlib
import hmac
import http.server
import json
import ssl
import subprocess
import threading
import time
import unittest
import urllib.error
import urllib.request

import support

try:
    import websockets
except ImportError:
    websockets = None

RACE = dict(support.RACE, laps=4)
SUBSCRIPTIONS = "/api/v1/subscriptions"
WS = "/ws/live-predictions"


class Receiver(http.server.ThreadingHTTPServer):
    """Keeps what it gets; answers with the next of `answers`, then 204."""

    def __init__(self, case, answers=()):
        super().__init__(("127.0.0.1", 0), Handler)
        self.cert, key = case.path("cert.pem"), case.path("key.pem")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                        "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", self.cert],
                       check=True, capture_output=True)
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(self.cert, key)
        self.socket = tls.wrap_socket(self.socket, server_side=True)
        self.answers, self.got, self.lock = list(answers), [], threading.Lock()
        threading.Thread(target=self.serve_forever, daemon=True).start()
        case.addCleanup(self.server_close)
        case.addCleanup(self.shutdown)

    def url(self, path="/hook"):
        return "https://127.0.0.1:%d%s" % (self.server_port, path)

    def handle_error(self, *_):
        pass  # a daemon that is killed breaks off


class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        with self.server.lock:
            self.server.got.append((dict(self.headers), body, time.time()))
            code = self.server.answers.pop(0) if self.server.answers else 204
        self.send_response(code)
        if code == 302:
            self.send_header("Location", self.server.url("/elsewhere"))
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


class Alerts(support.Case):
    def make(self, receiver, speed, **options):
        return self.conf({
            "00-f1pd.ini": support.core(speed=speed, journal_dir=self.path("journal"), data_dir=self.path("data"),
                                        **({"ca_file": receiver.cert} if receiver else {})),
            "10-source-simulator.ini": support.ini("source_simulator", RACE),
            "50-predictor-order.ini": support.ini("predictor_order"),
            "80-sink-websocket.ini": support.ini("sink_websocket", {"port": 0, "replay_control": "yes"}),
            "81-sink-alerts.ini": support.ini("sink_alerts", {"retry_first": "200ms", **options}),
        })

    def ask(self, port, path, body=None, method=None):
        r = urllib.request.Request("http://127.0.0.1:%d%s" % (port, path), None if body is None else json.dumps(body).encode(),
                                   {"Content-Type": "application/json"}, method=method)
        try:
            with urllib.request.urlopen(r, timeout=20) as answer:
                text = answer.read()
                return answer.status, json.loads(text) if text else None
        except urllib.error.HTTPError as e:
            return e.code, json.loads(e.read())

    def port(self, d):
        d.wait_log(r"core: started: \d+ plugins")  # the web server is there before who answers behind it
        return d.port()

    def kept(self):
        with open(self.path("data", "sink-alerts.json")) as f:
            return f.read()

    def alerts(self, port):
        return self.ask(port, "/api/v1/alerts")[1]["alerts"]

    def test_a_receiver_gets_signed_alerts_until_it_takes_them(self):
        receiver = Receiver(self, [500, 302])
        d = self.daemon(self.make(receiver, 60, allow_private="yes"))
        port = self.port(d)
        status, made = self.ask(port, "/api/v1/prediction/subscribe", {"rule": "finishes", "webhook": receiver.url("/a?k=v")})
        self.assertEqual(status, 201, made)
        secret = made["webhook"]["secret"]
        d.wait(lambda: len(receiver.got) >= 3, "third attempt", timeout=60)
        d.wait(lambda: self.ask(port, SUBSCRIPTIONS + "/" + made["id"])[1]["delivered"] == 1, "delivery")
        self.assertEqual(len(receiver.got), 3)  # no redirect was followed
        for headers, body, at in receiver.got:
            stamp = headers["X-F1PD-Timestamp"]
            expected = hmac.new(secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
            self.assertEqual(headers["X-F1PD-Signature"], "sha256=" + expected)
            self.assertLess(abs(int(stamp) - at), 30)
            self.assertEqual(headers["Content-Type"], "application/json")
            self.assertEqual(headers["X-F1PD-Id"], json.loads(body)["id"])
        self.assertEqual(len({body for _, body, _ in receiver.got}), 1)
        alert = json.loads(receiver.got[0][1])
        self.assertEqual((alert["kind"], alert["rule"], alert["subscription"]), ("alert", "finishes", made["id"]))
        self.assertTrue(alert["simulated"])
        self.assertGreater(alert["seq"], 0)
        self.assertEqual([a["id"] for a in self.alerts(port)], [alert["id"]])
        self.assertNotIn(secret, json.dumps(self.ask(port, SUBSCRIPTIONS)[1]) + d.log())
        d.stop()

    def test_what_is_never_taken_becomes_a_dead_letter(self):
        receiver = Receiver(self, [500] * 50)
        d = self.daemon(self.make(receiver, 1, allow_private="yes", tries=3))
        port = self.port(d)
        made = self.ask(port, SUBSCRIPTIONS, {"rule": "rain", "webhook": receiver.url()})[1]
        status, sent = self.ask(port, SUBSCRIPTIONS + "/" + made["id"] + "/test", {})
        self.assertEqual(status, 202)
        dead = d.wait(lambda: self.ask(port, SUBSCRIPTIONS + "/dead-letters")[1]["dead_letters"], "dead letter")
        self.assertEqual([(x["id"], x["tries"], x["reason"]) for x in dead], [(sent["id"], 3, "the receiver said 500")])
        self.assertEqual(len(receiver.got), 3)
        self.assertEqual(self.ask(port, SUBSCRIPTIONS + "/" + made["id"], method="DELETE")[0], 204)
        self.assertEqual(self.ask(port, SUBSCRIPTIONS)[1], {"subscriptions": []})
        d.stop()

    def test_private_addresses_are_refused_unless_allowed(self):
        receiver = Receiver(self)
        d = self.daemon(self.make(receiver, 1))
        port = self.port(d)
        for url in (receiver.url(), "https://localhost:%d/" % receiver.server_port, "https://[::ffff:127.0.0.1]:%d/" % receiver.server_port,
                    "https://2130706433:%d/" % receiver.server_port, "https://169.254.169.254/latest/meta-data/", "https://0.0.0.0/"):
            status, answer = self.ask(port, SUBSCRIPTIONS, {"rule": "rain", "webhook": url})
            self.assertEqual(status, 422, url)
            self.assertIn("allow_private", answer["detail"])
        self.assertEqual(receiver.got, [])
        d.stop()

    def test_a_killed_daemon_sends_nothing_twice(self):
        receiver = Receiver(self)
        conf = self.make(receiver, 60, allow_private="yes")
        d = self.daemon(conf)
        port = self.port(d)
        made = [self.ask(port, SUBSCRIPTIONS, {"rule": rule, "webhook": receiver.url()})[1]["id"] for rule in ("rain", "finishes")]
        d.wait(lambda: self.ask(port, "/api/v1/session/current")[1].get("lap"), "lap", timeout=30)
        d.kill()
        d = self.daemon(conf)
        port = self.port(d)
        self.assertEqual([s["id"] for s in self.ask(port, SUBSCRIPTIONS)[1]["subscriptions"]], made)
        d.wait(lambda: [x for x in receiver.got if json.loads(x[1])["rule"] == "finishes"], "the finish", timeout=60)
        d.wait(lambda: '"delivered":1' in self.kept(), "delivery")
        d.kill()
        d = self.daemon(conf)
        port = self.port(d)
        d.wait_log("no more data", timeout=30)
        time.sleep(2.5)  # two turns of the sink in which it could send
        ids = [headers["X-F1PD-Id"] for headers, _, _ in receiver.got]
        self.assertEqual(len(ids), len(set(ids)))
        self.assertEqual(sum(json.loads(body)["rule"] == "finishes" for _, body, _ in receiver.got), 1)
        self.assertEqual(self.ask(port, SUBSCRIPTIONS + "/" + made[1])[1]["delivered"], 1)
        d.stop()

    def test_rules_as_people_word_them_are_listed_tested_paused_and_deleted(self):
        d = self.daemon(self.make(None, 1))
        port = self.port(d)
        wishes = [{"rule": "win[VER] changes by \u2265 5 points"}, {"rule": "win[VER] changes by >= 5 points"},
                  {"rule": "overtake within 3 laps \u2265 60 %"}, {"rule": "overtake within 3 laps >= 60 %"}, {"rule": "safety car"},
                  {"rule": "my driver pits", "drivers": ["VER"]}]
        made = []
        for wish in wishes:
            status, answer = self.ask(port, "/api/v1/prediction/subscribe", wish)
            self.assertEqual((status, answer["rule"], answer["status"]), (201, wish["rule"].replace("\u2265", ">="), "active"), wish)
            made.append(answer["id"])
        self.assertEqual([s["id"] for s in self.ask(port, SUBSCRIPTIONS)[1]["subscriptions"]], made)
        status, answer = self.ask(port, "/api/v1/prediction/subscribe", {"rule": "my driver pits"})
        self.assertEqual(status, 400)
        self.assertIn("drivers", answer["detail"])
        one = SUBSCRIPTIONS + "/" + made[0]
        self.assertEqual(self.ask(port, one + "/test", {})[0], 202)
        self.assertEqual([(a["kind"], a["subscription"]) for a in self.alerts(port)], [("test", made[0])])
        self.assertEqual(self.ask(port, one, {"paused": True}, "PATCH")[1]["status"], "paused")
        self.assertEqual(self.ask(port, one, {"paused": False}, "PATCH")[1]["status"], "active")
        self.assertEqual(self.ask(port, one, method="DELETE")[0], 204)
        self.assertEqual([self.ask(port, one)[0], self.ask(port, one, method="DELETE")[0]], [404, 404])
        self.assertEqual([s["id"] for s in self.ask(port, SUBSCRIPTIONS)[1]["subscriptions"]], made[1:])
        d.stop()

    async def hear(self, port, path, until):
        """The messages of a stream up to the first that `until` likes."""
        heard = []
        async with websockets.connect("ws://127.0.0.1:%d%s" % (port, path), max_size=1 << 24) as ws:
            while not (heard and until(heard[-1])):
                heard.append(json.loads(await asyncio.wait_for(ws.recv(), 20 * support.PATIENCE)))
        return heard

    def test_a_ticket_opens_a_socket_that_is_told_what_its_rule_says(self):
        if websockets is None:
            raise unittest.SkipTest("no python3-websockets")
        d = self.daemon(self.make(None, 20))
        port = self.port(d)
        late = self.ask(port, "/api/v1/prediction/subscribe", {"rule": "finishes", "no_spoiler": True, "delay_s": 30})[1]
        made = self.ask(port, "/api/v1/prediction/subscribe", {"rule": "finishes"})[1]
        other = self.ask(port, "/api/v1/prediction/subscribe", {"rule": "win > 50 %"})[1]
        self.ask(port, SUBSCRIPTIONS + "/" + made["id"] + "/test", {})  # before the sockets are opened: told to none but who is behind

        async def hear_both():
            told = lambda m: m["type"] == "alerts" and m["alerts"][-1]["kind"] == "alert"
            return await asyncio.gather(self.hear(port, made["ws"], told), self.hear(port, late["ws"], told),
                                        self.hear(port, made["ws"] + "&topics=session", told), self.hear(port, made["ws"] + "&delay=60", told))
        heard = asyncio.run(hear_both())
        for messages, ticket in zip(heard, (made, late, made, made)):
            self.assertEqual([(a["subscription"], a["kind"]) for a in messages[-1]["alerts"]], [(ticket["id"], "alert")])
            self.assertEqual(messages[0]["type"], "snapshot")
            self.assertLessEqual({"seq", "id", "time", "session_key", "simulated", "schema"}, set(messages[-1]))
        for messages in heard[:3]:
            self.assertEqual([m["type"] for m in messages].count("alerts"), 1)
        self.assertEqual({m["type"] for m in heard[0]}, {"snapshot", "alerts"})  # of topics nothing was asked for
        self.assertNotIn("cars", json.dumps(heard[0]))
        self.assertEqual({m["type"] for m in heard[2]}, {"snapshot", "session", "alerts"})
        self.assertIn("catch up", heard[1][-1]["alerts"][0]["text"])
        listed = self.ask(port, "/api/v1/alerts?subscription=" + made["id"])[1]["alerts"]
        self.assertEqual([a["id"] for a in listed if a["kind"] == "alert"], [heard[0][-1]["alerts"][0]["id"]])
        self.assertEqual(self.ask(port, SUBSCRIPTIONS + "/" + other["id"], method="DELETE")[0], 204)
        for path in (other["ws"], WS + "?subscription=r99", WS + "?subscription=dead-letters", WS + "?subscription=r1%2ftest"):
            with self.assertRaises(websockets.exceptions.InvalidStatusCode) as refused:
                asyncio.run(self.hear(port, path, lambda m: True))
            self.assertEqual(refused.exception.status_code, 404, path)
        d.stop()


if __name__ == "__main__":
    support.main()
