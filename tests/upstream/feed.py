"""Tells a session in the shapes of the live-timing feed: a list of (t_ms, topic, data) in order of time.

What stands at t_ms 0 is the initial state. A driver of the feed adds UTC: texts in the data are made for `epoch_ms`, the UTC of t_ms 0.
"""
import base64
import json
import time
import zlib

WORDS = {"1": "AllClear", "2": "Yellow", "4": "SCDeployed", "5": "Red", "6": "VSCDeployed", "7": "VSCEnding"}
PUBLIC = ("Heartbeat", "SessionInfo", "SessionStatus", "SessionData", "TrackStatus", "LapCount", "ExtrapolatedClock", "WeatherData",
          "RaceControlMessages", "DriverList", "TimingData", "TimingAppData", "TopThree", "TimingStats", "PitLaneTimeCollection",
          "TyreStintSeries", "CurrentTyres")
TOKEN = ("CarData.z", "Position.z", "DriverRaceInfo", "ChampionshipPrediction", "TeamRadio", "PitStopSeries")


def utc(ms, digits=3):
    text = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(ms // 1000))
    return text + (".%03d" % (ms % 1000) + "0" * (digits - 3) + "Z" if digits else "")


def lap_text(ms):
    return "%d:%06.3f" % (ms // 60000, ms % 60000 / 1000) if ms >= 60000 else "%.3f" % (ms / 1000)


def gap_text(ms):
    return "+%.3f" % (ms / 1000)


def hms(seconds):
    sign = "-" if seconds < 0 else ""
    seconds = abs(seconds)
    return "%s%02d:%02d:%02d" % (sign, seconds // 3600, seconds // 60 % 60, seconds % 60)


def pack(data):
    """As .z topics are packed: JSON, raw deflate, base64."""
    squeeze = zlib.compressobj(6, zlib.DEFLATED, -15)
    text = json.dumps(data, separators=(",", ":")).encode()
    return base64.b64encode(squeeze.compress(text) + squeeze.flush()).decode()


def session_path(plan, start_ms):
    day = time.strftime("%Y-%m-%d", time.gmtime(start_ms // 1000))
    return "%d/%s_%s/%s_%s/" % (plan.year, day, plan.meeting.replace(" ", "_"), day, plan.name.replace(" ", "_"))


def session_info(plan, start_ms, end_ms, status="Inactive"):
    """start_ms: UTC, as the calendars know it."""
    local = plan.gmt_offset_s * 1000
    return {"Meeting": {"Key": plan.meeting_key, "Name": plan.meeting, "OfficialName": plan.meeting.upper(), "Location": "Exampletown",
                        "Number": plan.round, "Country": {"Key": 1, "Code": "EXA", "Name": "Example"},
                        "Circuit": {"Key": 99, "ShortName": "Examplering"}},
            "SessionStatus": status, "ArchiveStatus": {"Status": "Generating"}, "Key": plan.key, "Type": plan.kind, "Name": plan.name,
            "StartDate": utc(start_ms + local, 0), "EndDate": utc(end_ms + local, 0), "GmtOffset": hms(plan.gmt_offset_s),
            "Path": session_path(plan, start_ms)}


def driver_list(cars):
    return {str(c.number): {"RacingNumber": str(c.number), "BroadcastName": "%s %s" % (c.given[0], c.family.upper()),
                            "FullName": "%s %s" % (c.given, c.family.upper()), "Tla": c.code, "Line": c.grid, "TeamName": c.team,
                            "TeamColour": c.colour, "FirstName": c.given, "LastName": c.family,
                            "Reference": "%s01" % c.code, "PublicIdRight": "none"} for c in cars}


class Feed:
    """What all kinds of sessions share: the list of messages, the clocks, the background topics."""

    def __init__(self, plan, epoch_ms, start_ms, end_ms):
        self.plan, self.epoch_ms, self.start_ms, self.end_ms = plan, epoch_ms, start_ms, end_ms
        self.messages = []

    def say(self, t_ms, topic, data):
        self.messages.append((int(t_ms), topic, data))

    def at(self, t_ms, digits=3):
        return utc(self.epoch_ms + int(t_ms), digits)

    def begin(self, cars, scheduled_end_ms):
        planned = self.epoch_ms + self.start_ms - self.plan.starts_late_ms
        self.info = session_info(self.plan, planned, planned + scheduled_end_ms)
        self.say(0, "SessionInfo", self.info)
        self.say(0, "DriverList", driver_list(cars))
        self.say(0, "SessionStatus", {"Status": "Inactive", "Started": "Inactive"})
        self.say(0, "TrackStatus", {"Status": "1", "Message": "AllClear"})
        self.say(0, "SessionData", {"Series": [], "StatusSeries": []})
        self.say(0, "RaceControlMessages", {"Messages": []})
        self.say(0, "ExtrapolatedClock", {"Utc": self.at(0), "Remaining": hms(scheduled_end_ms // 1000), "Extrapolating": False})
        self.n_messages = self.n_status = self.n_series = 0

    def background(self):
        for t in range(0, self.end_ms, 15000):
            self.say(t, "Heartbeat", {"Utc": self.at(t, 7), "_kf": True})
        for i, t in enumerate(range(0, self.end_ms, 60000)):
            self.say(t, "WeatherData", {"AirTemp": "%.1f" % (24 + 0.1 * i), "Humidity": "%.1f" % (48 - 0.1 * i), "Pressure": "1009.4",
                                        "Rainfall": "0", "TrackTemp": "%.1f" % (38 + 0.2 * i), "WindDirection": str((200 + 3 * i) % 360),
                                        "WindSpeed": "%.1f" % (1 + i % 3), "_kf": True})

    def status(self, t_ms, status):
        self.say(t_ms, "SessionStatus", {"Status": status, "Started": "Started" if status == "Started" else "Finished"})
        self.say(t_ms, "SessionData", {"StatusSeries": {str(self.n_status): {"Utc": self.at(t_ms), "SessionStatus": status}}})
        self.n_status += 1
        if status in ("Started", "Finalised"):
            self.say(t_ms, "SessionInfo", dict(self.info, SessionStatus=status, _kf=True))

    def clock(self, t_ms, remaining_ms, runs):
        self.say(t_ms, "ExtrapolatedClock", {"Utc": self.at(t_ms), "Remaining": hms(max(0, remaining_ms) // 1000), "Extrapolating": runs})

    def track(self, t_ms, status):
        self.say(t_ms, "TrackStatus", {"Status": status, "Message": WORDS[status], "_kf": True})
        self.say(t_ms, "SessionData", {"StatusSeries": {str(self.n_status): {"Utc": self.at(t_ms), "TrackStatus": WORDS[status]}}})
        self.n_status += 1

    def control(self, t_ms, lap, category, text, more):
        message = {"Utc": self.at(t_ms, 0), **({"Lap": lap} if lap else {}), "Category": category, "Message": text, **more}
        self.say(t_ms, "RaceControlMessages", {"Messages": {str(self.n_messages): message}})
        self.n_messages += 1

    def done(self):
        self.messages.sort(key=lambda m: m[0])  # stable
        return self.messages


def car_at_start(car):
    sectors = [{"Stopped": False, "Value": "", "Status": 0, "OverallFastest": False, "PersonalFastest": False,
                "Segments": [{"Status": 0} for _ in range(3)]} for _ in range(3)]
    return {"GapToLeader": "", "IntervalToPositionAhead": {"Value": "", "Catching": False}, "Line": car.grid, "Position": str(car.grid),
            "ShowPosition": True, "RacingNumber": str(car.number), "Retired": False, "InPit": False, "PitOut": False, "Stopped": False,
            "Status": 64, "NumberOfLaps": 0, "NumberOfPitStops": 0, "Sectors": sectors,
            "Speeds": {k: {"Value": "", "Status": 0, "OverallFastest": False, "PersonalFastest": False} for k in ("I1", "I2", "FL", "ST")},
            "BestLapTime": {"Value": ""}, "LastLapTime": {"Value": "", "Status": 0, "OverallFastest": False, "PersonalFastest": False}}


class RaceFeed(Feed):
    def __init__(self, race, epoch_ms):
        super().__init__(race.plan, epoch_ms, race.start_ms, race.end_ms)
        self.race = race
        self.begin(race.cars, 7200000)
        self.say(0, "LapCount", {"CurrentLap": 1, "TotalLaps": race.plan.laps})
        self.say(0, "TimingData", {"Lines": {str(c.number): car_at_start(c) for c in race.cars}, "Withheld": False})
        self.say(0, "TimingAppData", {"Lines": {str(c.number): self.tyres_at_start(c) for c in race.cars}})
        self.say(0, "PitLaneTimeCollection", {"PitTimes": {}})
        self.say(0, "PitStopSeries", {"PitTimes": {}})
        self.stops = {}
        for t_ms, what, details in race.story:
            getattr(self, "tell_" + what)(t_ms, **details)
        self.background()
        if race.plan.telemetry:
            self.telemetry()

    def tyres_at_start(self, car):
        first = self.race.stints[car.number][0]
        return {"RacingNumber": str(car.number), "Line": car.grid, "GridPos": str(car.grid),
                "Stints": [{"LapFlags": 0, "Compound": first.compound, "New": "true", "TyresNotChanged": "0", "TotalLaps": 0,
                            "StartLaps": 0}]}

    def timing(self, t_ms, car, data):
        self.say(t_ms, "TimingData", {"Lines": {str(car): data}})

    def tell_status(self, t_ms, status):
        self.status(t_ms, status)
        if status == "Started":
            self.clock(t_ms, 7200000, True)

    def tell_lap(self, t_ms, lap):
        if lap > 1:
            self.say(t_ms, "LapCount", {"CurrentLap": lap})
        self.say(t_ms, "SessionData", {"Series": {str(self.n_series): {"Utc": self.at(t_ms), "Lap": lap}}})
        self.n_series += 1

    def tell_track(self, t_ms, status):
        self.track(t_ms, status)

    def tell_message(self, t_ms, lap, category, text, more):
        self.control(t_ms, lap, category, text, more)

    def tell_order(self, t_ms, moved, order):
        self.say(t_ms, "TimingData", {"Lines": {str(c): {"Line": line, "Position": str(line)} for c, line in moved}})
        self.say(t_ms, "DriverList", {str(c): {"Line": line} for c, line in moved})

    def tell_sector(self, t_ms, car, lap, sector, sector_ms, leads, gap_ms, laps_down, interval_ms, speed, **end):
        for i in range(2):  # the mini-sectors on the way, which keep the feed busy
            self.timing(t_ms - sector_ms * (2 - i) // 3, car, {"Sectors": {str(sector): {"Segments": {str(i): {"Status": 2048 + i}}}}})
        data = {"Sectors": {str(sector): {"Value": "%.3f" % (sector_ms / 1000), "Status": 0,
                                          "Segments": {"2": {"Status": 2049 if end.get("better") else 2048}}}},
                "Speeds": {("I1", "I2", "FL")[sector]: {"Value": str(speed)}}}
        if leads:
            data["GapToLeader"] = "LAP %d" % (lap + (sector == 2))
        elif laps_down:
            data["GapToLeader"] = "%dL" % laps_down
        else:
            data["GapToLeader"] = gap_text(gap_ms)
        if interval_ms is not None:
            data["IntervalToPositionAhead"] = {"Value": gap_text(interval_ms), "Catching": interval_ms < 1000}
        if sector == 0:
            data["Sectors"]["1"] = {"Value": "", "PreviousValue": "0.000"}
            data["Sectors"]["2"] = {"Value": ""}
        if end:
            data.update({"NumberOfLaps": lap, "LastLapTime": {"Value": lap_text(end["lap_ms"]), "PersonalFastest": end["better"]}})
            if end["better"]:
                data["BestLapTime"] = {"Value": lap_text(end["lap_ms"]), "Lap": lap}
        self.timing(t_ms, car, data)
        if end:
            stints = {str(end["stint"] - 1): {"TotalLaps": end["stint_laps"]}}
            self.say(t_ms + 40, "TimingAppData", {"Lines": {str(car): {"Stints": stints}}})

    def tell_retired(self, t_ms, car, lap, order):
        self.timing(t_ms, car, {"Retired": True, "Stopped": True, "Status": 4})
        self.tell_order(t_ms, [(c, i + 1) for i, c in enumerate(order)], order)

    def tell_pit_in(self, t_ms, car, lap, stops):
        self.timing(t_ms, car, {"InPit": True, "NumberOfPitStops": stops})
        self.say(t_ms, "PitLaneTimeCollection", {"PitTimes": {str(car): {"RacingNumber": str(car), "Duration": "", "Lap": str(lap)}}})

    def tell_tyres(self, t_ms, car, stint, compound, age, lap):
        new = {"LapFlags": 0, "Compound": compound, "New": "false" if age else "true", "TyresNotChanged": "0", "TotalLaps": age,
               "StartLaps": age}
        self.say(t_ms, "TimingAppData", {"Lines": {str(car): {"Stints": {str(stint - 1): new}}}})

    def tell_pit_out(self, t_ms, car, lap, lane_ms, standing_ms, stop):
        self.timing(t_ms, car, {"InPit": False, "PitOut": True})
        times = {"RacingNumber": str(car), "Duration": "%.1f" % (lane_ms / 1000), "Lap": str(lap)}
        self.say(t_ms, "PitLaneTimeCollection", {"PitTimes": {str(car): times}})
        self.say(t_ms + 5000, "PitLaneTimeCollection", {"PitTimes": {"_deleted": [str(car)]}})
        entry = {"Timestamp": self.at(t_ms), "PitStop": {"RacingNumber": str(car), "PitStopTime": "%.1f" % (standing_ms / 1000),
                                                         "PitLaneTime": "%.3f" % (lane_ms / 1000), "Lap": str(lap)}}
        self.say(t_ms + 100, "PitStopSeries", {"PitTimes": {str(car): [entry] if stop == 1 else {str(stop - 1): entry}}})
        self.timing(t_ms + 3000, car, {"PitOut": False})

    def telemetry(self):
        for t in range(1000, self.end_ms, 1000):
            cars = {str(c.number): {"Channels": {"0": 11000, "2": 200 + (t // 1000 + c.number) % 120, "3": 7, "4": 90, "5": 0}}
                    for c in self.race.cars}
            self.say(t, "CarData.z", pack({"Entries": [{"Utc": self.at(t - 240 * i, 7), "Cars": cars} for i in (3, 2, 1, 0)]}))
            where = {str(c.number): {"Status": "OnTrack", "X": t // 10 % 9000, "Y": 10 * c.number, "Z": 5} for c in self.race.cars}
            self.say(t, "Position.z", pack({"Position": [{"Timestamp": self.at(t, 7), "Entries": where}]}))
