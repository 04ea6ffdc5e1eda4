"""The OpenF1-compatible API over HTTP: against OpenF1's own answers, and with f1pd's own OpenF1 source as its client."""
import csv
import datetime
import io
import json
import os
import re
import time
import urllib.parse

import openf1_rows
import support

# Of each collection the fields and their JSON types as OpenF1 declares them: i whole, f number, s text, b truth, t time; ? may be null,
# and so may every field here that is not known. Text in the place of a gap: "+1 LAP". In qualifying some are lists of three.
KEYS = {"meeting_key": "i", "session_key": "i"}
PLACE = {"circuit_key": "i", "circuit_short_name": "s", "country_code": "s", "country_key": "i", "country_name": "s", "location": "s",
         "year": "i", "date_start": "t", "date_end": "t", "gmt_offset": "s", "is_cancelled": "b"}
FIELDS = {
    "sessions": {**KEYS, **PLACE, "session_name": "s", "session_type": "s"},
    "meetings": {"meeting_key": "i", **PLACE, "meeting_name": "s", "meeting_official_name": "s", "country_flag": "s", "circuit_type": "s",
                 "circuit_image": "s", "circuit_info_url": "s"},
    "drivers": {**KEYS, "driver_number": "i", **dict.fromkeys(("broadcast_name", "full_name", "name_acronym", "team_name", "team_colour",
                                                              "first_name", "last_name", "headshot_url", "country_code"), "s")},
    "laps": {**KEYS, "driver_number": "i", "lap_number": "i", "date_start": "t", "duration_sector_1": "f", "duration_sector_2": "f",
             "duration_sector_3": "f", "lap_duration": "f", "i1_speed": "i", "i2_speed": "i", "st_speed": "i", "is_pit_out_lap": "b",
             "segments_sector_1": "l", "segments_sector_2": "l", "segments_sector_3": "l"},
    "intervals": {**KEYS, "driver_number": "i", "date": "t", "gap_to_leader": "fs", "interval": "fs"},
    "position": {**KEYS, "driver_number": "i", "date": "t", "position": "i"},
    "pit": {**KEYS, "driver_number": "i", "lap_number": "i", "date": "t", "pit_duration": "f", "lane_duration": "f", "stop_duration": "f"},
    "stints": {**KEYS, "driver_number": "i", "stint_number": "i", "lap_start": "i", "lap_end": "i", "compound": "s", "tyre_age_at_start": "i"},
    "race_control": {**KEYS, "driver_number": "i", "lap_number": "i", "date": "t", "category": "s", "flag": "s", "scope": "s", "sector": "i",
                     "qualifying_phase": "i", "message": "s"},
    "overtakes": {**KEYS, "overtaking_driver_number": "i", "overtaken_driver_number": "i", "date": "t", "position": "i"},
    "weather": {**KEYS, "date": "t", "air_temperature": "f", "track_temperature": "f", "humidity": "f", "pressure": "f", "rainfall": "i",
                "wind_direction": "i", "wind_speed": "f"},
    "session_result": {**KEYS, "driver_number": "i", "position": "i", "number_of_laps": "i", "dnf": "b", "dns": "b", "dsq": "b",
                       "duration": "f", "gap_to_leader": "fs"},
    "starting_grid": {**KEYS, "driver_number": "i", "position": "i", "lap_duration": "f"},
}
EMPTY = ("car_data", "location", "team_radio", "championship_drivers", "championship_teams")  # of a simulation without telemetry
KINDS = {"i": int, "f": (int, float), "s": str, "t": str, "b": bool, "l": list}
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?\+00:00$")

FIXTURE = os.path.join(support.SOURCE, "tests", "fixtures", "short_race")


class OpenF1Api(support.Case):
    def serve(self, source, **options):
        """f1pd that plays to the end as fast as it can; every event reaches the API."""
        files = {"00-f1pd.ini": support.core(speed=0), "11-source-race.ini": source,
                 "30-sink-websocket.ini": support.ini("sink_websocket", {"port": 0}),
                 "34-sink-openf1.ini": support.ini("sink_openf1", options, queue="block")}
        d = self.daemon(self.conf(files))
        d.api = d.port()

        def ended():
            status, body = support.http(d.api, "/healthz")
            return status and json.loads(body).get("source_ended")
        d.wait(ended, "end of the race", timeout=60)
        self.last_seq(d)
        return d

    def recording(self, path, **options):
        return self.serve(support.ini("source_replay", {"path": path, "start": "beginning"}), **options)

    def simulation(self, **race):
        return self.serve(support.ini("source_simulator", {"seed": 3, "laps": 12, "cars": 20, "lap_time_s": 80, **race}))

    def last_seq(self, d):
        """The sink may be some batches behind: until its answer no longer grows."""
        sizes = []

        def rests():
            sizes.append(sum(len(support.http(d.api, "/v1/" + c)[1]) for c in ("laps", "race_control", "position", "weather")))
            return len(sizes) > 3 and len(set(sizes[-3:])) == 1
        d.wait(rests, "rest")

    def session(self, d):
        """What f1pd itself serves of the race that is over."""
        def over():
            status, body = support.http(d.api, "/api/v1/session/current")
            session = json.loads(body) if status == 200 else {"session": {"status": ""}}
            return session if session["session"]["status"] in ("finalised", "ends") else None
        return d.wait(over, "end of the session")

    def get(self, d, collection, query="", status=200):
        code, body = support.http(d.api, "/v1/" + collection + ("?" + query if query else ""))
        self.assertEqual(code, status, (collection, query, body[:300]))
        return json.loads(body)

    # ---- OpenF1's own answers

    def test_rows_equal_those_of_openf1(self):
        for race, theirs, recording in openf1_rows.races():
            known = openf1_rows.answer(theirs, "sessions")[0]
            if known["year"] < 2024:  # test_collections_equal_those_of_openf1 has some of them
                continue
            d = self.recording(recording)
            key = known["session_key"]
            openf1_rows.check(self, race, theirs, lambda collection: self.get(d, collection, "session_key=%d" % key))
            session = self.get(d, "sessions", "session_key=latest")[0]
            for field, value in known.items():
                if field in ("country_key", "gmt_offset"):  # not told; written otherwise there
                    self.assertIn(field, session)
                else:
                    self.assertTrue(openf1_rows.same("sessions", field, value, session), (race, field, value, session[field]))
            d.stop()

    def test_the_gaps_of_a_whole_race_come_at_once(self):
        d = self.recording(openf1_rows.races()[-1][2])
        times = []
        for _ in range(5):
            begin = time.monotonic()
            rows = self.get(d, "intervals")
            times.append(time.monotonic() - begin)
        self.assertGreater(len(rows), 20000)
        print("%d rows of intervals within %.0f ms, parsed" % (len(rows), 1000 * min(times)))
        self.assertLess(min(times), 1.0 * support.PATIENCE)

    # ---- a race of our own

    def test_filters_say_what_a_client_would_select_itself(self):
        d = self.simulation()
        laps = self.get(d, "laps")
        self.assertGreater(len(laps), 200)
        dates = sorted({row["date_start"] for row in laps if row["date_start"]})
        middle = dates[len(dates) // 2]
        times = sorted(row["lap_duration"] for row in laps if row["lap_duration"])
        usual = times[len(times) // 2]
        numbers = sorted({row["driver_number"] for row in laps})
        after = "date_start>" + urllib.parse.quote(middle)
        for query, wanted in (
                ("lap_number>=10", lambda r: r["lap_number"] >= 10),
                ("lap_number%3E=3&lap_number%3C5", lambda r: 3 <= r["lap_number"] < 5),
                ("driver_number=%d&driver_number=%d" % tuple(numbers[:2]), lambda r: r["driver_number"] in numbers[:2]),
                ("is_pit_out_lap=true", lambda r: r["is_pit_out_lap"]),
                (after, lambda r: r["date_start"] and r["date_start"] > middle),
                ("lap_duration<=%s&session_key=latest" % usual, lambda r: r["lap_duration"] and r["lap_duration"] <= usual)):
            expected = [r for r in laps if wanted(r)]
            self.assertTrue(0 < len(expected) < len(laps), query)
            self.assertEqual(self.get(d, "laps", query), expected, query)
        dated = [row["date_start"] for row in laps if row["date_start"]]
        self.assertEqual(dated, sorted(dated))
        for collection in ("position", "race_control", "pit", "overtakes", "intervals"):
            moments = [row["date"][:19] for row in self.get(d, collection)]  # messages are told to the second
            self.assertEqual(moments, sorted(moments), collection)
        self.assertEqual(self.get(d, "laps", "lap_number>1000", 404), {"detail": "No results found."})
        self.assertEqual(self.get(d, "lapz", "", 404), {"detail": "Not Found"})
        self.get(d, "laps", "lap_number", 422)
        d.stop()

    def test_every_collection_has_the_fields_and_types_that_clients_know(self):
        d = self.simulation(laps=12, safety_car="yes", rain="yes")
        for collection, fields in FIELDS.items():
            rows = self.get(d, collection)
            self.assertGreater(len(rows), 0, collection)
            for row in rows:
                self.assertEqual(sorted(set(row) - {"points"}), sorted(fields), collection)
                for name, kinds in fields.items():
                    value = row[name]
                    if value is None:
                        continue
                    self.assertTrue(any(isinstance(value, KINDS[k]) and (k == "b") == isinstance(value, bool) for k in kinds),
                                    (collection, name, value))
                    self.assertTrue(kinds != "t" or TIME.match(value), (collection, name, value))
            key = rows[0]["meeting_key"]
            forms = ["meeting_key=latest", "meeting_key=%d" % key, "meeting_key%3E=" + str(key), "meeting_key<=%d" % key]
            forms += ["session_key=latest", "session_key=%d&meeting_key=latest" % rows[0]["session_key"]] if "session_key" in fields else []
            for form in forms:
                self.assertEqual(self.get(d, collection, form), rows, (collection, form))
            self.assertEqual(self.get(d, collection.upper(), "meeting_key=latest"), rows)
            self.assertEqual(self.get(d, collection, "meeting_key>%d" % key, 404), {"detail": "No results found."})
            self.assertEqual(self.get(d, collection, "no_such_field=1", 404), {"detail": "No results found."})
            self.assertEqual(self.get(d, collection, "no_such_field=1&csv=true", 404), {"detail": "No results found."})
        for collection in EMPTY:
            self.assertEqual(self.get(d, collection, "", 404), {"detail": "No results found."})
        d.stop()

    def test_csv_says_the_same_as_json(self):
        d = self.simulation(laps=6)
        for collection in ("laps", "stints", "position", "drivers", "sessions", "session_result"):
            rows = self.get(d, collection)
            status, text = support.http(d.api, "/v1/%s?csv=true" % collection)
            self.assertEqual(status, 200)
            table = list(csv.DictReader(io.StringIO(text)))
            self.assertEqual(list(table[0]), sorted(rows[0]), collection)
            self.assertEqual(table, [{k: "" if v is None else str(v) for k, v in row.items()} for row in rows], collection)
        d.stop()

    def test_the_order_of_the_result_is_that_of_the_session(self):
        d = self.simulation(laps=8)
        served = self.session(d)
        result = self.get(d, "session_result")
        self.assertEqual([row["driver_number"] for row in result], served["order"])
        laps = {c["number"]: c["laps"] or 0 for c in served["cars"]}
        self.assertEqual({row["driver_number"]: row["number_of_laps"] for row in result}, laps)
        place = {row["driver_number"]: row["position"] for row in self.get(d, "position", "date<2100-01-01")}
        self.assertEqual(sorted(place, key=place.get), served["order"])  # the newest row of each
        d.stop()

    def test_who_watches_with_a_delay_asks_the_past(self):
        d = self.daemon(self.conf({
            "00-f1pd.ini": support.core(speed=20),
            "10-source-simulator.ini": support.ini("source_simulator", {"seed": 3, "laps": 50, "lap_time_s": 60, "pre_start_s": 5}),
            "30-sink-websocket.ini": support.ini("sink_websocket", {"port": 0}), "34-sink-openf1.ini": support.ini("sink_openf1")}))
        d.api = d.port()

        def rows(query):
            status, body = support.http(d.api, "/v1/intervals?" + query)
            return [(datetime.datetime.fromisoformat(r["date"]), json.dumps(r)) for r in json.loads(body)] if status == 200 else []
        delayed = d.wait(lambda: rows("session_key=latest&delay=60"), "rows of a minute ago")
        now = rows("session_key=latest")
        self.assertGreater(now[-1][0] - delayed[-1][0], datetime.timedelta(seconds=55))
        self.assertEqual(delayed, now[:len(delayed)])
        d.stop()

    def test_a_restart_forgets_no_lap(self):
        conf = self.conf({"00-f1pd.ini": support.core(speed=60, journal_dir=self.path("journal")),
                          "10-source-simulator.ini": support.ini("source_simulator", {"seed": 3, "laps": 50, "lap_time_s": 60, "pre_start_s": 5}),
                          "30-sink-websocket.ini": support.ini("sink_websocket", {"port": 0}),
                          "34-sink-openf1.ini": support.ini("sink_openf1")})
        query = "/v1/laps?session_key=latest&lap_number<=3&lap_duration>0"

        def timed(d):
            status, body = support.http(d.api, query)
            rows = json.loads(body) if status == 200 else []
            return {(r["driver_number"], r["lap_number"]): r["lap_duration"] for r in rows}
        d = self.daemon(conf)
        d.api = d.port()
        before = d.wait(lambda: max([lap for _, lap in timed(d)], default=0) == 3 and timed(d), "three laps")
        d.kill()
        d = self.daemon(conf)
        d.api = d.port()
        d.wait(lambda: "lap_number\":5" in support.http(d.api, "/v1/laps?lap_number=5")[1], "laps to come")
        after = timed(d)
        self.assertEqual({k: after.get(k) for k in before}, before)
        drivers = self.get(d, "drivers", "session_key=latest")
        self.assertEqual(len(drivers), len({r["name_acronym"] for r in drivers}))
        self.assertEqual(len(drivers), 20)
        d.stop()

    # ---- a client that was written for OpenF1

    def test_our_own_source_of_openf1_sees_the_same_race(self):
        first = self.simulation(laps=10, red_flag="no")
        told = self.session(first)
        begin = self.get(first, "sessions", "session_key=latest")[0]["date_start"]
        hours_later = datetime.datetime.fromisoformat(begin) + datetime.timedelta(hours=2)
        files = {"00-f1pd.ini": support.core(clock_start=hours_later.strftime("%Y-%m-%dT%H:%M:%SZ")), "80-sink-websocket.ini": support.ini("sink_websocket", {"port": 0}),
                 "13-source-openf1.ini": support.ini("source_openf1", {
                     "base_url": "http://127.0.0.1:%d" % first.api, "session": "latest", "connect": "always", "limits": "custom",
                     "limit_per_second": 100, "limit_per_minute": 1000})}
        for name in os.listdir(self.path("conf.d")):
            os.remove(self.path("conf.d", name))
        second = self.daemon(self.conf(files))
        second.api = second.port()

        def seen():
            status, body = support.http(second.api, "/api/v1/session/current")
            session = json.loads(body) if status == 200 else {}
            return session if session.get("order") == told["order"] else None
        copy = second.wait(seen, "the same order")
        for field in ("laps", "best_ms", "number"):
            self.assertEqual({c["number"]: c[field] for c in copy["cars"]}, {c["number"]: c[field] for c in told["cars"]}, field)

        for mine, other in zip(*(sorted(x["cars"], key=lambda c: c["number"]) for x in (copy, told))):
            self.assertEqual([(s["compound"], s["age"]) for s in mine["stints"]], [(s["compound"], s["age"]) for s in other["stints"]])
            for one, two in zip(mine["stints"], other["stints"]):
                self.assertIn(one["laps"], (two["laps"], None), (mine["number"], one))  # None: of a set that is still on the car
        second.stop()
        first.stop()


if __name__ == "__main__":
    support.main()
