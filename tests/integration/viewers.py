"""What a viewer with a delay, or in no-spoiler mode, is told by each address of /api/v1/openapi.json: nothing that happened later than
what it is shown. A race is halted, so that now and then stand still; what is asked is everything."""
import datetime
import json
import re

import rest
import support

ARGUMENTS = {"circuit": "simring"}
# Of the machine and of the plan, not of the race: they are as they are now.
OF_NOW = {"/api/v1/openapi.json", "/api/v1/asyncapi.json", "/api/v1/viewer", "/healthz", "/readyz", "/api/v1/plugins", "/api/v1/models", "/api/v1/schedule",
          "/api/v1/sources", "/api/v1/accuracy"}
PLANNED = {"end", "date_end"}  # of a session, known in advance
WHEN = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")


def moment(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def members(value, key=""):
    """(name of the nearest member, value) of everything that is no list and no object."""
    if isinstance(value, dict):
        for name, item in value.items():
            yield from members(item, name)
    elif isinstance(value, list):
        for item in value:
            yield from members(item, key)
    else:
        yield key, value


class Viewers(rest.Race):
    def routes(self):
        for path, method, operation in rest.documents(self.description):
            if method == "get" and "text/event-stream" not in json.dumps(operation["responses"].get("200", {})) and "ws/" not in path:
                yield re.sub(r"\{(\w+)\}", lambda m: ARGUMENTS.get(m.group(1), "1"), path)

    def halt(self, lap):
        """At that lap the clock stands, for everybody."""
        rest.ask(self.port, "/api/v1/replay", "POST", {"paused": False})
        self.d.wait(lambda: (self.json("/api/v1/session/current")["lap"] or 0) >= lap, "lap %d" % lap, 90)
        rest.ask(self.port, "/api/v1/replay", "POST", {"paused": True})
        self.d.wait(lambda: self.settled("/api/v1/session/current"), "a pause")

    def viewer(self, **wish):
        status, headers, body = rest.ask(self.port, "/api/v1/viewer", "POST", wish)
        self.assertEqual(status, 200, body)
        return {"Cookie": headers["set-cookie"].split(";")[0]}

    def look(self, headers, query=""):
        """Asks everything; what is shown of the state, and now."""
        def get(path):
            status, _, body = rest.ask(self.port, path + query, headers=headers)
            return status, body.decode()
        shown, now = json.loads(get("/api/v1/session/current")[1]), self.json("/api/v1/session/current")
        # forecasts and messages are later in the journal than the last state before them
        forecast = json.loads(get("/api/v1/prediction/live")[1])
        self.newest_seq, self.newest_time = max(shown["seq"], forecast["seq"]), max(moment(shown["time"]), moment(forecast["time"]))
        self.assertLess(self.newest_seq, now["seq"])
        self.assertGreater((moment(now["time"]) - self.newest_time).total_seconds(), 15, "the viewer is not behind")
        found = {}
        for path in self.routes():
            status, body = get(path)
            found[path] = status, body
            self.assertIn(status, (200, 404, 409, 503), path)
            if path not in OF_NOW and status == 200 and body.startswith(("{", "[")):
                self.check_shown(path, json.loads(body), shown)
        return shown, now, found

    def check_shown(self, path, document, shown):
        for key, value in members(document):
            if isinstance(value, str) and WHEN.match(value) and key not in PLANNED:
                self.assertLessEqual(moment(value), self.newest_time, "%s: %s" % (path, key))
            if key == "seq" or key.endswith("_seq"):
                self.assertLessEqual(value or 0, self.newest_seq, "%s: %s" % (path, key))
        lists = document if isinstance(document, dict) else {path: document}
        for name in ("laps", "forecasts", "/v1/laps", "race_control"):
            for row in lists.get(name) or []:
                lap = row.get("lap", row.get("lap_number")) or 0
                self.assertLessEqual(lap, (shown["lap"] or 0) + (path == "/v1/laps"), "%s: %s" % (path, row))  # OpenF1 tells of a lap when it begins

    def check_kept_back(self, found):
        """What is told to one who looks at now, and not to the viewer."""
        for path, (status, body) in found.items():
            if path in ("/api/v1/session/current", "/api/v1/prediction/live", "/api/v1/laps", "/api/v1/forecasts", "/v1/intervals", "/v1/laps"):
                live = rest.ask(self.port, path)[2].decode()
                self.assertEqual(status, 200, path)
                self.assertNotEqual(body, live, path)

    def test_a_delay_holds_everything_back(self):
        self.race(speed=15, laps=9, lap_time_s=50)
        self.describe()
        self.assertEqual(rest.ask(self.port, "/api/v1/subscriptions", "POST", {"rule": "leads", "cooldown_s": 0})[0], 201)
        self.assertEqual(rest.ask(self.port, "/api/v1/subscriptions", "POST", {"rule": "race control", "cooldown_s": 0})[0], 201)
        cookie = self.viewer(delay=30)
        self.halt(4)
        shown, now, found = self.look(cookie)
        self.check_kept_back(found)
        self.assertIn("f1pd_car_position", rest.ask(self.port, "/metrics")[2].decode())
        self.assertNotRegex(found["/metrics"][1], "f1pd_(cars?_|track_|laps?|forecast_(confidence|error))")
        self.assertIn("f1pd_journal_seq", found["/metrics"][1])
        self.assertGreater(sum(status == 200 for status, _ in found.values()), 30)
        # the argument says the same as the cookie
        self.assertEqual(self.look({}, "?delay=30")[0]["seq"], shown["seq"])
        # an alert of the last seconds waits
        alerts = self.json("/api/v1/alerts")["alerts"]
        self.assertTrue(alerts)
        seen = json.loads(found["/api/v1/alerts"][1])["alerts"]
        self.assertEqual([a["id"] for a in seen], [a["id"] for a in alerts if moment(a["time"]) <= self.newest_time])
        # at the end, when the result is known
        rest.ask(self.port, "/api/v1/replay", "POST", {"paused": False})
        self.d.wait(lambda: self.json("/api/v1/session/current")["session"]["status"] in ("finished", "finalised", "ends"), "the finish", 120)
        rest.ask(self.port, "/api/v1/replay", "POST", {"paused": True})
        self.d.wait(lambda: self.settled("/api/v1/session/current"), "a pause")
        shown, now, found = self.look(cookie)
        self.assertNotIn(shown["session"]["status"], ("finished", "finalised", "ends"))
        self.assertEqual(found["/v1/session_result"][0], 404)
        self.d.stop()

    def test_no_spoiler_mode_shows_nothing_newer_until_it_ends(self):
        self.race(speed=15, laps=9, lap_time_s=50)
        self.describe()
        self.halt(3)
        cookie = self.viewer(no_spoiler=True, pause=True)
        held = json.loads(rest.ask(self.port, "/api/v1/session/current", headers=cookie)[2])
        self.halt(4)
        shown, now, found = self.look(cookie)
        self.assertEqual(shown["seq"], held["seq"])
        self.check_kept_back(found)
        for wish in ({"pause": False, "live": True}, {"delay": 0}, {"rewind": -5}, {"speed": 4}):
            status, _, body = rest.ask(self.port, "/api/v1/viewer", "POST", wish, cookie)
            self.assertEqual(status, 409, (wish, body))
        self.assertEqual(json.loads(rest.ask(self.port, "/api/v1/session/current?delay=0", headers=cookie)[2])["seq"], held["seq"], "an argument cannot undo it")
        self.assertEqual(rest.ask(self.port, "/api/v1/viewer", "POST", {"no_spoiler": False, "live": True}, cookie)[0], 200)
        before, viewed, after = (json.loads(rest.ask(self.port, "/api/v1/session/current", headers=h)[2])["seq"] for h in ({}, cookie, {}))
        self.assertTrue(now["seq"] <= before <= viewed <= after, (before, viewed, after))
        self.d.stop()

    def test_a_delay_that_is_no_number_shows_nothing(self):
        self.race()
        for text in ("nan", "-5", "3O", "0x10", "1e400", "601", "", "5&delay=6", "inf"):
            for path in ("/api/v1/session/current", "/v1/laps", "/api/v1/alerts", "/api/v1/stream"):
                status, headers, body = rest.ask(self.port, "%s?delay=%s" % (path, text))
                self.assertEqual((status, headers["content-type"]), (400, "application/problem+json"), (path, text, body[:200]))
        self.d.stop()


if __name__ == "__main__":
    support.main()
