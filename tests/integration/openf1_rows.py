"""OpenF1's answers for a race against rows that f1pd made of the same race, field by field."""
import collections
import datetime
import gzip
import json
import os

import support

# What makes a row the same row.
KEYS = {"drivers": ("driver_number",), "laps": ("driver_number", "lap_number"), "pit": ("driver_number", "lap_number"),
        "stints": ("driver_number", "stint_number"), "position": ("driver_number", "date"), "intervals": ("driver_number", "date"),
        "weather": ("date",), "race_control": ("date", "message")}

# Least shares of equal fields. What differs, and why: OpenF1 drops lap times over 150 s; the recordings lack the first I1 speed of a
# race; it reckons first laps of stints on used sets wrongly, and leaves out stints of no lap; cars named in messages are not always told.
LEAST = {
    "laps": {"date_start": 1, "is_pit_out_lap": 1, "duration_sector_1": .996, "duration_sector_2": 1, "duration_sector_3": 1,
             "i1_speed": .96, "i2_speed": 1, "st_speed": 1, "lap_duration": .98},
    "stints": {"compound": 1, "tyre_age_at_start": 1, "lap_start": .98, "lap_end": .97},
    "pit": {"lane_duration": .97, "pit_duration": .97, "date": .97, "stop_duration": 1},
    "position": {"position": .995},
    "intervals": {"gap_to_leader": .9995, "interval": .9995},
    "drivers": {"full_name": 1, "name_acronym": 1, "team_name": 1, "team_colour": 1, "broadcast_name": .9, "first_name": .9,
                "last_name": .9, "country_code": 1},
    "weather": {f: 1 for f in ("air_temperature", "track_temperature", "humidity", "pressure", "rainfall", "wind_direction",
                               "wind_speed")},
    "race_control": {"category": 1, "flag": 1, "scope": 1, "sector": 1, "lap_number": 1},
}


def races():
    """[(name, folder of OpenF1's answers, recording of the same race)]; skips where there are none."""
    theirs, recordings = (support.shared("recordings", kind, "rebuilt") for kind in ("openf1", "livetiming"))
    return [(race, os.path.join(theirs, race), os.path.join(recordings, race)) for race in sorted(os.listdir(theirs))
            if os.path.exists(os.path.join(recordings, race))]


def answer(folder, collection):
    with gzip.open(os.path.join(folder, collection + ".json.gz"), "rt") as f:
        return json.load(f)


def seconds(text):
    return datetime.datetime.fromisoformat(text).timestamp()


def key_of(collection, row):
    return tuple(round(seconds(row[k]) * 1000) if k == "date" else row[k] for k in KEYS[collection])


def same(collection, field, value, mine):
    ours = mine.get(field)
    if collection == "pit" and field == "date":  # theirs is the entry, ours the exit as OpenF1 tells it today
        return abs(seconds(ours) - mine["lane_duration"] - seconds(value)) < 0.1
    if field.startswith("date") and value and ours:
        return abs(seconds(ours) - seconds(value)) < 0.0015
    if isinstance(value, str) and isinstance(ours, str):
        return ours.lower() == value.lower()
    return ours == value


def check(case, race, folder, rows_of):
    """rows_of(collection): our rows."""
    for collection, least in LEAST.items():
        if not os.path.exists(os.path.join(folder, collection + ".json.gz")):
            print(race, "has no", collection)
            continue
        theirs = answer(folder, collection)
        ours = {key_of(collection, row): row for row in rows_of(collection)}
        equal = collections.Counter()
        for row in theirs:
            mine = ours.get(key_of(collection, row))
            if mine is None:
                continue
            equal["found"] += 1
            case.assertEqual(set(row) - set(mine), set(), (race, collection, "fields that are missing"))
            for field, value in row.items():
                equal[field] += same(collection, field, value, mine)
        print(race, collection, "%d rows, %d of ours, %d of the same key:" % (len(theirs), len(ours), equal["found"]),
              " ".join("%s %.4f" % (f, equal[f] / max(equal["found"], 1)) for f in least))
        case.assertGreaterEqual(equal["found"], 0.99 * len(theirs), (race, collection))
        for field, share in {**least, "session_key": 1, "meeting_key": 1}.items():
            case.assertGreaterEqual(equal[field] / equal["found"], share, (race, collection, field))
