"""The same session as OpenF1 tells it: documents (visible from utc_ms, collection, key, row); a later one with the same key
replaces the former."""
import feed


def date(ms):
    return feed.utc(ms)[:-1] + "000+00:00"


class Rows:
    def __init__(self, session):
        self.session, self.plan, self.begin_ms = session, session.plan, session.begin_ms
        self.out = []
        self.base = {"meeting_key": self.plan.meeting_key, "session_key": self.plan.key}
        for car in session.cars:
            self.driver(car)
            self.position(session.begin_ms, car.number, car.grid)
        for t_ms, topic, data in session.messages:
            if topic == "RaceControlMessages" and isinstance(data["Messages"], dict):
                self.control(t_ms, *data["Messages"].values())
            elif topic == "WeatherData":
                self.weather(t_ms, data)
            elif topic == "SessionStatus":
                self.status(t_ms, data["Status"])

    def add(self, t_ms, collection, key, row):
        self.out.append((t_ms, collection, key, {**self.base, **row}))

    def driver(self, car):
        full = "%s %s" % (car.given, car.family.upper())
        self.add(self.begin_ms, "drivers", car.number, {
            "driver_number": car.number, "broadcast_name": "%s %s" % (car.given[0], car.family.upper()), "full_name": full,
            "name_acronym": car.code, "team_name": car.team, "team_colour": car.colour, "first_name": car.given,
            "last_name": car.family, "headshot_url": None, "country_code": None})

    def position(self, t_ms, car, place):
        self.add(t_ms, "position", (t_ms, car), {"date": date(t_ms), "driver_number": car, "position": place})

    def control(self, t_ms, message):
        sector = message.get("Sector")
        number = message.get("RacingNumber")
        self.add(t_ms, "race_control", (t_ms, message["Message"]), {
            "date": date(t_ms // 1000 * 1000), "driver_number": int(number) if number else None, "lap_number": message.get("Lap"),
            "category": message["Category"], "flag": message.get("Flag"), "scope": message.get("Scope"), "sector": sector,
            "qualifying_phase": None, "message": message["Message"]})

    def status(self, t_ms, status):
        if status == "Inactive":
            return
        self.add(t_ms, "race_control", (t_ms, status), {
            "date": date(t_ms), "driver_number": None, "lap_number": None, "category": "SessionStatus", "flag": None, "scope": None,
            "sector": None, "qualifying_phase": None, "message": "SESSION " + status.upper()})

    def weather(self, t_ms, data):
        self.add(t_ms, "weather", t_ms, {
            "date": date(t_ms), "air_temperature": float(data["AirTemp"]), "track_temperature": float(data["TrackTemp"]),
            "humidity": float(data["Humidity"]), "pressure": float(data["Pressure"]), "rainfall": int(data["Rainfall"]),
            "wind_direction": int(data["WindDirection"]), "wind_speed": float(data["WindSpeed"])})


class RaceRows(Rows):
    def __init__(self, session):
        super().__init__(session)
        self.race = session.race
        self.laps, self.out_laps = {}, set()
        for car in session.cars:
            first = self.race.stints[car.number][0]
            self.stint(self.begin_ms, car.number, 1, 1, 1, first.compound, 0)
            self.grid(car)
            self.lap(session.begin_ms + self.race.start_ms, car.number, 1)
        for t_ms, what, details in self.race.story:
            tell = getattr(self, "tell_" + what, None)
            if tell:
                tell(session.begin_ms + t_ms, **details)
        self.result()
        if self.plan.telemetry:
            self.telemetry()

    def grid(self, car):
        self.add(self.begin_ms, "starting_grid", car.number, {"driver_number": car.number, "position": car.grid, "lap_duration": None,
                                                              "session_key": self.plan.key - 1})

    def lap(self, t_ms, car, lap):
        self.laps[car, lap] = {"driver_number": car, "lap_number": lap, "date_start": date(t_ms), "lap_duration": None,
                               "duration_sector_1": None, "duration_sector_2": None, "duration_sector_3": None, "i1_speed": None,
                               "i2_speed": None, "st_speed": None, "is_pit_out_lap": (car, lap) in self.out_laps,
                               "segments_sector_1": None, "segments_sector_2": None, "segments_sector_3": None}
        self.add(t_ms, "laps", (lap, car), dict(self.laps[car, lap]))

    def stint(self, t_ms, car, number, first, last, compound, age):
        self.add(t_ms, "stints", (number, car), {"driver_number": car, "stint_number": number, "lap_start": first, "lap_end": last,
                                                 "compound": compound, "tyre_age_at_start": age})

    def tell_order(self, t_ms, moved, order):
        for car, line in moved:
            self.position(t_ms, car, line)

    def tell_retired(self, t_ms, car, lap, order):
        for i, number in enumerate(order):
            self.position(t_ms, number, i + 1)

    def tell_pit_in(self, t_ms, car, lap, stops):
        self.out_laps.add((car, lap + 1))

    def tell_pit_out(self, t_ms, car, lap, lane_ms, standing_ms, stop):
        self.add(t_ms, "pit", (lap, car), {"date": date(t_ms), "driver_number": car, "lap_number": lap, "lane_duration": lane_ms / 1000,
                                           "pit_duration": lane_ms / 1000, "stop_duration": round(standing_ms / 1000, 1)})

    def tell_sector(self, t_ms, car, lap, sector, sector_ms, leads, gap_ms, laps_down, interval_ms, speed, **end):
        gap = 0.0 if leads else "+%d LAP%s" % (laps_down, "S" if laps_down > 1 else "") if laps_down else gap_ms / 1000
        self.add(t_ms, "intervals", (t_ms, car), {"date": date(t_ms), "driver_number": car, "gap_to_leader": gap,
                                                  "interval": None if interval_ms is None else interval_ms / 1000})
        row = self.laps[car, lap]
        row["duration_sector_%d" % (sector + 1)] = sector_ms / 1000
        if sector < 2:
            row["i%d_speed" % (sector + 1)] = speed
        if end:
            row["lap_duration"] = end["lap_ms"] / 1000
        self.add(t_ms + 200, "laps", (lap, car), dict(row))
        if not end:
            return
        stint = self.race.stints[car][end["stint"] - 1]
        self.stint(t_ms + 300, car, end["stint"], stint.first_lap, lap, stint.compound, stint.age)
        if lap < self.plan.laps:
            self.lap(t_ms, car, lap + 1)

    def tell_tyres(self, t_ms, car, stint, compound, age, lap):
        self.stint(t_ms, car, stint, lap, lap, compound, age)

    def result(self):
        best = None
        for place, car, laps, status, time_ms in self.race.result():
            best = time_ms if best is None else best
            down = self.plan.laps - laps
            gap = "+%d LAP%s" % (down, "S" if down > 1 else "") if down else None if time_ms is None else (time_ms - best) / 1000
            gap = None if time_ms is None else 0 if place == 1 else gap
            self.add(self.session.end_ms, "session_result", car, {
                "driver_number": car, "position": None if time_ms is None else place, "number_of_laps": laps, "dnf": time_ms is None,
                "dns": False, "dsq": False, "duration": None if time_ms is None else time_ms / 1000, "gap_to_leader": gap})

    def telemetry(self):
        for t in range(self.session.begin_ms + 1000, self.session.end_ms, 1000):
            for car in self.session.cars:
                self.add(t, "car_data", (t, car.number), {"date": date(t), "driver_number": car.number, "brake": 0, "n_gear": 7,
                                                          "rpm": 11000, "speed": 200 + (t // 1000 + car.number) % 120, "throttle": 90,
                                                          "drs": None})
                self.add(t, "location", (t, car.number), {"date": date(t), "driver_number": car.number, "x": t // 10 % 9000,
                                                          "y": 10 * car.number, "z": 5})


class TimedRows(Rows):
    def __init__(self, session, story):
        super().__init__(session)
        for t_ms, what, details in story:
            if what == "flying":
                self.flying(session.begin_ms + t_ms, **details)

    def flying(self, t_ms, car, lap, lap_ms, better, part, moved, behind_ms):
        self.add(t_ms, "laps", (lap, car), {
            "driver_number": car, "lap_number": lap, "date_start": date(t_ms - lap_ms), "lap_duration": lap_ms / 1000,
            "duration_sector_1": None, "duration_sector_2": None, "duration_sector_3": None, "i1_speed": None, "i2_speed": None,
            "st_speed": None, "is_pit_out_lap": False, "segments_sector_1": None, "segments_sector_2": None, "segments_sector_3": None})
        for number, line in moved:
            self.position(t_ms, number, line)


def documents(session):
    """In order of the time from which they are visible."""
    made = RaceRows(session) if session.race else TimedRows(session, session.timed.story)
    return sorted(made.out, key=lambda d: d[0])
