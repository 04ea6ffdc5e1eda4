"""The past into the history store: f1pd import from a folder and from a server of the Ergast shapes."""
import http.server
import json
import os
import sqlite3
import threading
import urllib.parse

import support

DRIVERS = ("alpha", "beta", "gamma", "delta")
LAPS = 40


class Jolpica(http.server.ThreadingHTTPServer):
    """A season of two races, paged by rows as the real one does: a page may begin in the middle of a lap."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked, self.troubles, self.sudden_end = [], [], None
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def rows(self, kind):
        who = [{"Driver": {"driverId": d, "code": d[:3].upper(), "givenName": "A.", "familyName": d.title()},
                "Constructor": {"constructorId": "team_" + d, "name": "Team " + d}, "number": str(i + 1), "position": str(i + 1)}
               for i, d in enumerate(DRIVERS)]
        if kind == "results":
            return [dict(w, positionText=w["position"], points="%d" % (25 - 5 * i), grid=str(i + 1), laps=str(LAPS), status="Finished",
                         Time={"millis": str(3600000 + 4000 * i), "time": "+x"}) for i, w in enumerate(who)]
        if kind == "qualifying":
            return [dict(w, Q1="1:30.%03d" % i, Q2="", Q3="") for i, w in enumerate(who)]
        if kind == "pitstops":
            return [{"driverId": "alpha", "lap": "10", "stop": "1", "time": "15:00:00", "duration": "22.313"}]
        if kind == "laps":
            return [(lap, {"driverId": d, "position": str(i + 1), "time": "1:30.%03d" % (100 * i)})
                    for lap in range(1, LAPS + 1) for i, d in enumerate(DRIVERS)]
        if kind == "driverstandings":
            return [dict(w, points="%d.5" % (50 - i), wins="0", Constructors=[w["Constructor"]]) for i, w in enumerate(who)]
        if kind == "constructorstandings":
            return [dict(w, points=str(50 - i), wins="0") for i, w in enumerate(who)]
        return []

    def answer(self, path, limit, offset):
        season, *rest = path.strip("/").split("/")
        kind = rest[-1]
        if kind == "races":
            rows = [{"season": season, "round": str(n), "raceName": "Grand Prix %d" % n, "date": "2021-0%d-07" % n, "time": "13:00:00Z",
                     "Circuit": {"circuitId": "ring_%d" % n, "circuitName": "Ring", "Location": {"lat": "1.5", "long": "-2.25"}},
                     "Qualifying": {"date": "2021-0%d-06" % n, "time": "13:00:00Z"}} for n in (1, 2)]
            table = {"RaceTable": {"season": season, "Races": rows[offset:offset + limit]}}
        else:
            rows = self.rows(kind)
            race = {"season": season, "round": rest[0]}
            page = rows[offset:offset + limit]
            if kind == "laps":
                race["Laps"] = [{"number": str(lap), "Timings": [t for n, t in page if n == lap]}
                                for lap in sorted({n for n, _ in page})]
            names = {"results": "Results", "qualifying": "QualifyingResults", "pitstops": "PitStops", "sprint": "SprintResults",
                     "driverstandings": "DriverStandings", "constructorstandings": "ConstructorStandings"}
            if kind in names:
                race[names[kind]] = page
            table = {"StandingsTable": {"StandingsLists": [race]}} if "standings" in kind else {"RaceTable": {"Races": [race]}}
        return {"MRData": dict(table, limit=str(limit), offset=str(offset), total=str(len(rows)))}

    def stop(self):
        self.shutdown()
        self.server_close()


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        url = urllib.parse.urlparse(self.path)
        query = dict(urllib.parse.parse_qsl(url.query))
        server = self.server
        server.asked.append(url.path)
        trouble = server.troubles.pop(0) if server.troubles else None
        if server.sudden_end and len(server.asked) >= server.sudden_end:
            return  # the connection just ends
        limit = min(int(query["limit"]), 30)
        body = json.dumps(server.answer(url.path[len("/ergast/f1/"):], limit, int(query["offset"]))).encode()
        if trouble == "truncated":
            body = body[:len(body) // 2]
        self.send_response(trouble if isinstance(trouble, int) else 200)
        if trouble == 429:
            self.send_header("Retry-After", "1")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


class History(support.Case):
    def server(self):
        s = Jolpica()
        self.addCleanup(s.stop)
        self.conf({"14-source-ergast.ini": support.ini("source_ergast", {
            "base_url": "http://127.0.0.1:%d/ergast/f1" % s.server_address[1], "limits_per_second": 100, "limits_per_hour": 1000},
            enabled="no")})
        return s

    def import_(self, *args, **kw):
        return self.run_f1pd("import", *args, "--data", self.path("data"), "-c", self.path("conf.d"), **kw)

    def select(self, sql):
        db = sqlite3.connect(self.path("data", "history.sqlite"))
        try:
            return db.execute(sql).fetchall()
        finally:
            db.close()

    def assert_whole(self):
        self.assertEqual(self.select("SELECT count(*), sum(time_ms), count(DISTINCT driver_id) FROM lap"),
                         [(2 * LAPS * 4, 2 * LAPS * (4 * 90000 + 600), 4)])
        self.assertEqual(self.select("SELECT max(elapsed_ms - gap_ms), max(gap_ms) FROM lap"), [(LAPS * 90000, LAPS * 300)])
        self.assertEqual(self.select("SELECT lap FROM lap WHERE flags = 1"), [(10,), (10,)])
        self.assertEqual(self.select("SELECT race_id, laps, circuit_id FROM race"), [(202101, LAPS, "ring_1"), (202102, LAPS, "ring_2")])
        self.assertEqual(self.select("SELECT count(*) FROM result"), [(8,)])
        self.assertEqual(self.select("SELECT count(*) FROM qualifying"), [(8,)])
        self.assertEqual(self.select("SELECT DISTINCT race_id FROM standing"), [(202102,)])
        self.assertEqual(self.select("SELECT name FROM driver WHERE id = 'alpha'"), [("A. Alpha",)])

    def test_a_season_comes_from_the_network(self):
        server = self.server()
        p = self.import_("--season", "2021")
        self.assert_whole()
        self.assertRegex(p.stdout, r"(?m)^lap +%d$" % (2 * LAPS * 4))
        self.assertIn("season 2021 is complete", p.stderr)
        before = len(server.asked)
        self.import_("--season", "2021")
        self.assertEqual(set(server.asked[before:]) - {"/ergast/f1/2021/races/"}, set(), "asked for again")

    def test_an_import_goes_on_where_it_was_broken_off(self):
        server = self.server()
        server.sudden_end = 12
        with open(self.path("log"), "w") as log:
            broken = support.subprocess.Popen([support.F1PD, "import", "--season", "2021", "--data", self.path("data"), "-c",
                                               self.path("conf.d")], stderr=log, stdout=log, cwd=self.dir)
        deadline = support.time.monotonic() + 20 * support.PATIENCE
        while len(server.asked) < 12 and support.time.monotonic() < deadline:
            support.time.sleep(0.05)
        broken.kill()
        broken.wait()
        server.sudden_end = None
        first = list(server.asked)
        self.import_("--season", "2021")
        self.assert_whole()
        whole = [path for path in set(first) if path.endswith("/2/results/")]
        self.assertEqual(server.asked.count("/ergast/f1/2021/2/results/"), 1, (first, whole))

    def test_a_server_in_trouble_is_asked_again(self):
        server = self.server()
        server.troubles = [500, None, 429, "truncated", None, 503, 429, None, "truncated"]
        self.import_("--season", "2021")
        self.assert_whole()

    def test_a_folder_of_csv_files(self):
        self.write("set/races.csv", "race_id,name,circuit_id,laps\n202101,One,ring_1,40\n202102,\"Two, too\",ring_2,\n")
        self.write("set/laps.csv", "race_id,lap,driver_id,lap_time_s\n202101,1,alpha,90.5\n202101,2,alpha,slow\n")
        self.conf({"00-f1pd.ini": support.core(workers=1)})
        p = self.import_("--history", self.path("set"), code=1)
        self.assertIn("laps.csv:3: lap_time_s: \"slow\" is no number", p.stderr)
        self.assertRegex(p.stdout, r"(?m)^laps.csv +1 +0 +1$")
        self.assertRegex(p.stdout, r"(?m)^races.csv +2 +0 +0$")
        self.assertRegex(p.stdout, r"(?m)^stints.csv +not there$")
        self.assertEqual(self.select("SELECT name, laps FROM race WHERE race_id = 202102"), [("Two, too", None)])
        self.assertEqual(self.select("SELECT time_ms FROM lap"), [(90500,)])

    def test_what_cannot_be_imported_is_said(self):
        self.conf({"00-f1pd.ini": support.core(workers=1)})
        self.assertIn("no races.csv", self.import_("--history", self.path("nothing"), code=1).stderr)
        self.assertIn("takes a year", self.import_("--season", "next", code=1).stderr)
        self.assertIn("either", self.run_f1pd("import", code=2).stderr)
        self.assertIn("--data DIR", self.run_f1pd("import", "--season", "2021", "-c", self.path("conf.d"), code=1).stderr)


if __name__ == "__main__":
    support.main()
