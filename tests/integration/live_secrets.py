"""Passwords, tokens and keys: they reach the servers that they are for, and nothing that a person may look at."""
import base64
import http.server
import os
import threading
import urllib.parse
import urllib.request

import support
from upstream_case import QUICK_LIMITS, Live

PAGES = ("/api/v1/sources", "/api/v1/schedule", "/api/v1/gaps", "/api/v1/session/current", "/api/v1/session/Examplering/live",
         "/api/v1/prediction/live", "/api/v1/accuracy", "/healthz", "/readyz", "/metrics", "/")
SECRETS = {"f1tv": "f1tv-Token.w1th_dots-7731", "user": "first.user@example.invalid", "password": "Pass word/7732+?&",
           "access": "access-Token-7733", "key": "weather-Key-7734", "login": "proxy-user:Proxy pass/7735"}


class Proxy(http.server.BaseHTTPRequestHandler):
    """Leads everything to one server; or refuses, and says back what it was given."""
    target, barred, logins = "", False, []

    def do_GET(self):
        login = base64.b64decode(self.headers.get("Proxy-Authorization", "").partition(" ")[2]).decode(errors="replace")
        self.logins.append(login)
        if self.barred:
            return self.say(407, ("wrong login " + login).encode())
        path = urllib.parse.urlsplit(self.path)
        try:
            with urllib.request.urlopen(self.target + path.path + "?" + path.query, timeout=20) as r:
                self.say(200, r.read())
        except OSError as e:
            self.say(502, str(e).encode())

    def say(self, code, body):
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def forms(secret):
    """As it is, and as it travels."""
    parts = {secret, *secret.split(":")}
    out = set()
    for part in parts:
        out |= {part, urllib.parse.quote(part, safe=""), urllib.parse.quote_plus(part)}
        out.add(base64.b64encode(part.encode()).decode().rstrip("="))
    return out


class Secrets(Live):
    def secret(self, name):
        path = self.write(name, SECRETS[name] + "\n")
        os.chmod(path, 0o600)
        return "${file:%s}" % path

    def proxy(self):
        self.handler = type("Handler", (Proxy,), {"target": self.up.url_of("jolpica"), "logins": []})
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self.handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        return "http://127.0.0.1:%d" % server.server_address[1]

    def files(self):
        """{path: bytes} of all that f1pd has written."""
        found = {}
        for top in ("journal", "data"):
            for folder, _, names in os.walk(self.path(top)):
                for name in names:
                    with open(os.path.join(folder, name), "rb") as f:
                        found[os.path.join(top, name)] = f.read()
        return found

    def assert_hidden(self, d, when):
        shown = {path: support.http(d.api, path)[1] for path in PAGES}
        shown["the log"] = d.log()
        for args in (("plugins", "--config"), ("-t",)):
            p = self.run_f1pd(*args, "-c", self.path("conf.d"), code=None)
            shown["f1pd " + " ".join(args)] = p.stdout + p.stderr
        found = {place: text.encode() for place, text in shown.items()}
        found.update(self.files())
        self.assertIn("journal/current.f1j", found)
        for name, secret in SECRETS.items():
            for form in forms(secret):
                for place, text in found.items():
                    self.assertNotIn(form.encode(), text, "%s: %s stands in %s" % (when, name, place))

    def everything(self):
        """All sources that know a secret."""
        self.upstream({"laps": 30, "cars": 6, "telemetry": True}, speed=10, token=SECRETS["f1tv"])
        self.up.control("openf1", locked=True, next_token=SECRETS["access"])
        self.up.call(setattr, self.up.openf1, "user", SECRETS["user"])
        self.up.call(setattr, self.up.openf1, "password", SECRETS["password"])
        self.up.call(setattr, self.up.sky, "key", SECRETS["key"])
        self.secret("f1tv")
        files = self.sources(
            livetiming={"token_file": self.path("f1tv")},
            openf1={**QUICK_LIMITS, "username": self.secret("user"), "password": self.secret("password"), "section": {"priority": 40}},
            **self.askers())
        files["85-sink-metrics.ini"] = support.ini("sink_metrics")
        return self.live(files, forecasts=True, core={"proxy": self.proxy(), "proxy_login": self.secret("login"), "log_level": "debug"})

    def askers(self, ergast=None, weather=None):
        """Options of the two that ask anew whenever they are changed."""
        return {"source_ergast": {"base_url": "http://results.example.invalid/ergast/f1", "limits_per_second": 20,
                                  "limits_per_hour": 2000, **(ergast or {})},
                "source_weather": {"provider": "openweather", "key": self.secret("key"), "lat": "45.60", "lon": "9.30",
                                   "base_url": self.up.url_of("weather"), **(weather or {})}}

    def up_and_well(self, d):
        d.wait(lambda: all(self.source(d, "source_" + name)["link"] == "up" for name in ("livetiming", "openf1", "weather")), "all links")
        d.wait(lambda: len(self.handler.logins) > 2, "questions through the proxy")

    def test_they_are_shown_nowhere_whether_all_goes_well_or_not(self):
        d = self.everything()
        self.up_and_well(d)
        self.wait_lap(d, 2)
        # They were made use of:
        self.assertIn("CarData.z", self.up.log(event="subscribed")[-1]["topics"])
        self.assertTrue(self.up.log(family="token", status=200))
        self.assertTrue(self.up.log(family="onecall", status=200))
        self.assertEqual(set(self.handler.logins), {SECRETS["login"]})
        self.assert_hidden(d, "all is well")

        # Servers that refuse them, and say them back:
        echo = {"detail": "not let in: " + " ".join(SECRETS.values())}
        self.handler.barred = True
        self.up.call(setattr, self.up.hub, "token", "another")
        for family in ("openf1", "token", "onecall", "negotiate"):
            self.up.control("status", family=family, code=401, body=echo, times=3)
        self.up.control("cut_all", how="reset")
        d.wait(lambda: self.up.log(family="negotiate", status=401), "refusal of the token")
        d.wait(lambda: self.up.log(family="token", fault="status"), "refusal of the account")
        d.wait(lambda: self.source(d, "source_livetiming")["link"] == "up", "live timing without a token")
        self.conf(self.sources(**self.askers({"base_url": "http://results-2.example.invalid/ergast/f1"}, {"lon": "9.40"})))
        d.reload()
        d.wait(lambda: self.up.log(family="onecall", fault="status"), "refusal of the key")
        d.wait_log("407")
        self.assert_hidden(d, "they are refused")

        # Lines that break, answers that are none, servers that lead elsewhere:
        for kind, params in (("redirect", {"to": "http://elsewhere.example.invalid/?" + urllib.parse.quote(SECRETS["password"])}),
                             ("reset", {}), ("garbage", {}), ("cut_json", {})):
            for family in ("openf1", "token", "negotiate"):
                self.up.control(kind, family=family, times=1, **params)
        self.up.control("cut_all", how="frame")
        d.wait(lambda: len([e for e in self.up.log(family="openf1") if e["fault"] == "redirect"]) >= 1, "redirection")
        d.wait(lambda: [e for e in self.up.log(family="negotiate") if e["fault"] == "garbage"], "garbage", timeout=30)
        self.assert_hidden(d, "lines break")
        d.stop()
        self.assert_hidden_in_log(d)

    def assert_hidden_in_log(self, d):
        for name, secret in SECRETS.items():
            for form in forms(secret):
                self.assertNotIn(form, d.log(), "%s stands in the log after the stop" % name)

    def test_a_secret_in_the_wrong_place_is_named_by_its_key_only(self):
        """A file that was given for a number, for an address, for a choice: the error says where, not what it holds."""
        self.upstream()
        conf = {"00-f1pd.ini": support.core(journal_dir=self.path("journal"), proxy=self.secret("password")),
                "12-source-livetiming.ini": support.ini("source_livetiming", {"connections": self.secret("f1tv")}),
                "13-source-openf1.ini": support.ini("source_openf1", {"limits": self.secret("password"),
                                                                      "password": self.secret("access")}),
                "14-source-weather.ini": support.ini("source_weather", {"lat": self.secret("key")}),
                "15-source-ergast.ini": support.ini("source_ergast", priority=self.secret("login"))}
        p = self.run_f1pd("-t", "-c", self.conf(conf), code=None)
        self.assertNotEqual(p.returncode, 0)
        said = p.stdout + p.stderr
        for key in ("proxy", "connections", "limits", "lat", "priority"):
            self.assertIn(key, said)
        for name, secret in SECRETS.items():
            for form in forms(secret):
                self.assertNotIn(form, said, name)


if __name__ == "__main__":
    support.main()
