"""Messages made for a test, given to the page in place of a server's: states that no simulation comes to when it is wanted."""
import json

import daemon

try:
    import jsonschema
except ImportError:
    jsonschema = None

DESCRIPTION = daemon.SOURCE / "plugins" / "sink_websocket" / "api" / "asyncapi.json"
WEATHER = ("air_temp_c", "track_temp_c", "humidity_pct", "pressure_hpa", "wind_speed_mps", "wind_dir_deg", "rain", "track_trend_c", "rain_changed", "reported")
SCHEMAS = {"snapshot": "SnapshotMessage", "state": "StateMessage", "forecast": "ForecastMessage", "insights": "InsightsMessage",
           "race_control": "RaceControlMessage", "session": "SessionMessage", "positions": "PositionsMessage", "resumed": "ResumedMessage"}

# Before the page's own scripts: a socket that says what the test wants it to say. Everything else is the real server's.
SOCKET = """
window.fake = { sockets: [], say(m) { this.sockets.at(-1).onmessage({ data: JSON.stringify(m) }); } };
window.WebSocket = class {
  constructor(url) { this.url = url; window.fake.sockets.push(this); setTimeout(() => this.onopen?.(), 0); }
  close() { setTimeout(() => this.onclose?.(), 0); }
};
"""


def car(number, **more):
    """One car as the server tells it, with everything unknown but its number, code and team."""
    found = {"number": number, "code": f"C{number:02d}", "name": f"Driver {number}", "team": f"Team {number // 2}", "country": None,
             "colour": "#3070c0", "position": number, "grid": number}
    for key in ("gap_ms", "gap_laps", "interval_ms", "interval_laps", "catching", "laps", "last_ms", "last_overall", "last_personal",
                "best_ms", "best_lap", "tyre_age", "tyre_new", "stops", "stint_laps", "in_pit", "pit_out", "stopped", "retired",
                "knocked_out", "cutoff", "pace_ms", "penalty_ms", "last_pit_lap", "last_pit_lane_ms"):
        found[key] = None
    found.update(sectors_ms=[None] * 3, sectors_overall=[None] * 3, sectors_personal=[None] * 3, part_best_ms=[None] * 3,
                 speeds_kmh=[None] * 4, compound="unknown", retired_how="not", stints=[])
    found.update(more)
    return found


def session(**more):
    return {"key": 1, "meeting_key": 1, "circuit_key": 1, "name": "Race", "type": "race", "number": None, "circuit": "Example Ring",
            "location": "Example", "country": "EXA", "year": 2030, "meeting": "Example Grand Prix", "status": "started", "part": None,
            "start": "2030-01-01T14:00:00.000Z", "end": None, "green": None, "gmt_offset_s": 3600, "simulated": False, **more}


def forecast(cars, lap=5, **chances):
    """The same chance of every place for every car, but for what `chances` says: {"c3": {"win": 0.5}}."""
    n = len(cars)
    rows = []
    for c in cars:
        row = {"number": c["number"], "code": c["code"], "win": 1 / n, "podium": min(1, 3 / n), "points": min(1, 10 / n), "retire": 0.1,
               "expected_position": (n + 1) / 2, "q05": 1, "q25": max(1, n // 4), "q50": (n + 1) // 2, "q75": n - n // 4, "q95": n,
               "gap_ms": None, "positions": [1 / n] * n}
        row.update(chances.get(f"c{c['number']}", {}))
        rows.append(row)
    top = [{"number": r["number"], "code": r["code"], "p_podium": r["podium"], "p_win": r["win"]}
           for r in sorted(rows, key=lambda r: -r["podium"])[:3]]
    return {"seq": 2, "time": "2030-01-01T14:10:00.000Z", "trigger": "lap", "model": "ensemble", "version": "1", "snapshot_seq": 1, "seed": "1", "runs": 1000, "lap": lap, "confidence": 0.5,
            "trend": "stable", "mc_error": 0.01, "missing": [], "top3": top, "cars": rows}


def state(cars, **more):
    return {"seq": 1, "time": "2030-01-01T14:10:00.000Z", "simulated": False, "session": session(),
            "track": {"status": "clear", "since": None, "neutralised": False}, "lap": 5, "total_laps": 50,
            "clock": {"remaining_ms": None, "running": None, "at": None}, "weather": dict.fromkeys(WEATHER), "outlook": None,
            "neutralisations": {"sc": 0, "vsc": 0, "red": 0, "lap_start": None}, "best": {"car": None, "code": None, "time_ms": None},
            "order": [c["number"] for c in cars], "cars": cars, "race_control": [], **more}


def message(kind, seq=1, **more):
    return {"type": kind, "schema": 1, "seq": seq, "id": f"1-{seq}", "time": "2030-01-01T14:10:00.000Z", "session_key": 1, "simulated": False, **more}


def snapshot(cars, told=None, **more):
    told = forecast(cars) if told is None else told or None
    whole = state(cars, **more)
    return message("snapshot", resumed=False, session=whole["session"], state=whole, forecast=told, forecast_history=[], insights=None)


def insights(cars=(), **more):
    """cars: [(number, more)]"""
    rows = [{"number": number, "expected_points": 1.0, "stops_left": 0.5, "stop_within_1": 0.1, "stop_within_5": 0.2, "rejoin": None,
             "options": [], **found} for number, found in cars]
    return message("insights", insights={"seq": 2, "time": "2030-01-01T14:10:00.000Z", "trigger": "lap", "lap": 5, "snapshot_seq": 1, "runs": 100,
                                         "sc_within_5": 0.05, "vsc_within_5": 0.04, "red_within_5": 0.01, "overtakes": [], "moves": [],
                                         "cars": rows, **more})


def positions(*places, seq=3):
    """places: (number, x in m, y in m) or (number, x, y, on the track?)"""
    return message("positions", seq=seq, positions={"cars": [{"number": p[0], "x_dm": p[1] * 10, "y_dm": p[2] * 10, "z_dm": 0,
                                                              "on_track": p[3] if len(p) > 3 else True} for p in places]})


def check(message):
    """A message that no server would send proves nothing: all are held against the description of the stream."""
    if jsonschema is None:
        return
    components = json.loads(DESCRIPTION.read_text())["components"]
    whole = {"$ref": f"#/components/schemas/{SCHEMAS[message['type']]}", "components": {"schemas": components["schemas"]}}
    errors = sorted(jsonschema.Draft202012Validator(whole).iter_errors(message), key=lambda e: -len(list(e.absolute_path)))
    if errors:
        raise AssertionError(f"{message['type']}: {'/'.join(map(str, errors[0].absolute_path))}: {errors[0].message[:300]}")


def say(page, *messages):
    for m in messages:
        check(m)
        page.driver.execute_script("window.fake.say(JSON.parse(arguments[0]));", json.dumps(m))
    settle(page)


def settle(page):
    """What was said has been drawn: the slowest part is drawn once a second."""
    page.driver.execute_async_script("const done = arguments[0]; setTimeout(() => requestAnimationFrame(() => done()), 1100);")
