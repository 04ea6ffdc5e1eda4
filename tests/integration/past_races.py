"""A made-up history in the shape of the CSV set: seasons of short races whose drivers keep their strength, with stops, safety cars and
cars that stop. The same for the same seed; edit() may change the tables before they are written."""
import csv
import datetime
import os
import random

COLUMNS = {
    "races": "race_id season round name circuit_id country lat lon date start_time_utc laps scheduled_laps course_length_km circuit_type "
             "layout_id sprint",
    "drivers": "driver_id code given_name family_name",
    "constructors": "constructor_id name",
    "results": "race_id driver_id constructor_id number grid pit_lane_start position classified dnf_type laps points time_s",
    "qualifying": "race_id driver_id constructor_id position q1_s q2_s q3_s",
    "grid": "race_id driver_id grid_penalty",
    "practice": "race_id session driver_id constructor_id position best_s laps",
    "laps": "race_id lap driver_id position lap_time_s cum_time_s gap_leader_s stint compound tyre_laps pit_in pit_out neutral neutral_frac",
    "stints": "race_id driver_id stint compound start_lap end_lap tyre_age_at_start",
    "pitstops": "race_id driver_id stop lap duration_s tyre_change",
    "neutralisations": "race_id type start_lap end_lap start_t_s end_t_s",
    "weather": "race_id t_s leader_lap air_temp_c track_temp_c rainfall",
}
DRIVERS = ["d%02d" % i for i in range(12)]
LAPS = 20
POINTS = (25, 18, 15, 12, 10, 8, 6, 4, 2, 1)


def team(driver):
    return "team_%c" % "abcdef"[DRIVERS.index(driver) // 2]


class History:
    def __init__(self, seasons=(2030, 2031, 2032), rounds=4, seed=5):
        self.tables = {name: [] for name in COLUMNS}
        self.random = random.Random(seed)
        for d in DRIVERS:
            self.add("drivers", driver_id=d, code=d.upper(), given_name="Driver", family_name=d.title())
        for t in sorted({team(d) for d in DRIVERS}):
            self.add("constructors", constructor_id=t, name=t.replace("_", " ").title())
        for season in seasons:
            for number in range(1, rounds + 1):
                self.race(season * 100 + number)

    def add(self, table, **row):
        self.tables[table].append(row)

    def race(self, race_id):
        rng, number = self.random, race_id % 100
        self.add("races", race_id=race_id, season=race_id // 100, round=number, name="Race %d" % number, circuit_id="ring_%d" % number,
                 country="Nowhere", date=str(datetime.date(race_id // 100, 3, 1) + datetime.timedelta(14 * number)),
                 start_time_utc="13:00", laps=LAPS, scheduled_laps=LAPS, course_length_km=5, circuit_type="RACE",
                 layout_id="ring-%d" % number, sprint=0)
        best = {d: 88 + .12 * i + rng.gauss(0, .15) for i, d in enumerate(DRIVERS)}
        order = sorted(DRIVERS, key=best.get)
        for i, d in enumerate(order):
            self.add("qualifying", race_id=race_id, driver_id=d, constructor_id=team(d), position=i + 1, q1_s="%.3f" % best[d])
            self.add("grid", race_id=race_id, driver_id=d)
            self.add("practice", race_id=race_id, session="FP1", driver_id=d, constructor_id=team(d), position=i + 1,
                     best_s="%.3f" % (best[d] + 1), laps=20)
        clocks, stopped = self.laps(race_id, order)
        self.results(race_id, order, clocks, stopped)

    def laps(self, race_id, order):
        """Returns the race clock of each at its last lap, and who stopped on which lap."""
        rng = self.random
        clocks, stopped, rows = {}, {}, []
        for i, d in enumerate(order):
            clock, stint, age = .4 * i, 1, 0
            pit = rng.randrange(7, 14)
            if rng.random() < .1:
                stopped[d] = rng.randrange(2, LAPS)
            for lap in range(1, stopped.get(d, LAPS) + 1):
                seconds = 90 + .12 * DRIVERS.index(d) + .03 * age + rng.gauss(0, .3) + 22 * (lap == pit)
                clock += seconds
                rows.append(dict(race_id=race_id, lap=lap, driver_id=d, lap_time_s="%.3f" % seconds, cum_time_s="%.3f" % clock, stint=stint,
                                 compound=("MEDIUM", "HARD")[stint - 1], tyre_laps=age, pit_in=int(lap == pit),
                                 pit_out=int(lap == pit + 1), neutral_frac=0))
                age += 1
                if lap == pit and lap < stopped.get(d, LAPS):
                    self.add("pitstops", race_id=race_id, driver_id=d, stop=1, lap=lap, duration_s=22, tyre_change=1)
                    stint, age = 2, 0
            self.add("stints", race_id=race_id, driver_id=d, stint=1, compound="MEDIUM", start_lap=1, tyre_age_at_start=0)
            if stint == 2:
                self.add("stints", race_id=race_id, driver_id=d, stint=2, compound="HARD", start_lap=pit + 1, tyre_age_at_start=0)
            clocks[d] = clock
        for lap in range(1, LAPS + 1):
            place = sorted((r for r in rows if r["lap"] == lap), key=lambda r: float(r["cum_time_s"]))
            for i, r in enumerate(place):
                r.update(position=i + 1, gap_leader_s="%.3f" % (float(r["cum_time_s"]) - float(place[0]["cum_time_s"])))
        self.tables["laps"] += rows
        if race_id % 2:
            self.add("neutralisations", race_id=race_id, type="SC", start_lap=15, end_lap=16, start_t_s=1300, end_t_s=1450)
        for minute in range(-2, 30):
            self.add("weather", race_id=race_id, t_s=60 * minute, air_temp_c=20 + minute % 5, track_temp_c=30, rainfall=0)
        return clocks, stopped

    def results(self, race_id, order, clocks, stopped):
        ranked = sorted(order, key=lambda d: (-stopped.get(d, LAPS), clocks[d]))
        for i, d in enumerate(ranked):
            self.add("results", race_id=race_id, driver_id=d, constructor_id=team(d), number=DRIVERS.index(d) + 1,
                     grid=order.index(d) + 1, pit_lane_start=0, position=i + 1, classified=int(d not in stopped),
                     dnf_type="mechanical" if d in stopped else "", laps=stopped.get(d, LAPS), points=POINTS[i] if i < 10 else 0,
                     time_s="" if d in stopped else "%.3f" % clocks[d])

    def of(self, table, race_id):
        return [r for r in self.tables[table] if r["race_id"] == race_id]

    def write(self, folder):
        os.makedirs(folder, exist_ok=True)
        for name, columns in COLUMNS.items():
            with open(os.path.join(folder, name + ".csv"), "w", newline="") as f:
                out = csv.DictWriter(f, columns.split(), restval="", lineterminator="\n")
                out.writeheader()
                out.writerows(self.tables[name])
        return folder
