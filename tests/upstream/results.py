"""Jolpica (the successor of Ergast): calendar, results, laps, stops and standings of the programme, paged; every leaf is a string."""
import time

import feed
from web import Answer

POINTS = (25, 18, 15, 12, 10, 8, 6, 4, 2, 1)
CIRCUIT = {"circuitId": "examplering", "url": "", "circuitName": "Examplering",
           "Location": {"lat": "45.6156", "long": "9.2811", "locality": "Exampletown", "country": "Example"}}
FIELDS = {"Practice 1": "FirstPractice", "Practice 2": "SecondPractice", "Practice 3": "ThirdPractice", "Qualifying": "Qualifying",
          "Sprint": "Sprint", "Sprint Qualifying": "SprintQualifying"}


def day_and_time(ms):
    return {"date": time.strftime("%Y-%m-%d", time.gmtime(ms // 1000)), "time": time.strftime("%H:%M:%SZ", time.gmtime(ms // 1000))}


def driver(car):
    return {"driverId": car.family.lower(), "permanentNumber": str(car.number), "code": car.code, "url": "", "givenName": car.given,
            "familyName": car.family, "dateOfBirth": "2000-01-01", "nationality": "Exampler"}


def team(car):
    return {"constructorId": car.team.lower(), "url": "", "name": car.team, "nationality": "Exampler"}


class Results:
    def __init__(self, web, clock, programme):
        self.clock = clock
        self.delay_ms = 60000   # from the end of a session until its results are entered
        self.max_limit = 100
        self.load(programme)
        web.route("/ergast/f1/", "jolpica", self.answer)

    def load(self, programme):
        self.programme = programme

    # ---- what there is

    def races(self):
        """[(season, round, race object)]: one per meeting, made of its sessions."""
        table = {}
        for plan, start, _, _, cancelled in self.programme.calendar():
            if cancelled:
                continue
            race = table.setdefault((plan.year, plan.round), {
                "season": str(plan.year), "round": str(plan.round), "url": "", "raceName": plan.meeting, "Circuit": CIRCUIT})
            if plan.name == "Race":
                race.update(day_and_time(start))
            elif plan.name in FIELDS:
                race[FIELDS[plan.name]] = day_and_time(start)
        return [(year, number, race) for (year, number), race in sorted(table.items())]

    def over(self, kind):
        """Sessions of the kind whose results are in."""
        now = self.clock.now_ms()
        return [s for s in self.programme.sessions if (s.race or s.timed) and s.plan.name == kind and s.end_ms + self.delay_ms <= now]

    def result_rows(self, session):
        out, race = [], session.race
        cars, best = race.by_number, None
        for place, number, laps, status, time_ms in race.result():
            car = cars[number]
            row = {"number": str(number), "position": str(place), "positionText": "R" if time_ms is None else str(place),
                   "points": str(POINTS[place - 1] if place <= 10 and time_ms is not None else 0), "Driver": driver(car),
                   "Constructor": team(car), "grid": str(car.grid), "laps": str(laps), "status": status}
            if time_ms is not None and laps == session.plan.laps:
                best = time_ms if best is None else best
                row["Time"] = {"millis": str(time_ms), "time": feed.lap_text(time_ms) if time_ms == best else feed.gap_text(time_ms - best)}
            if number in race.best:
                row["FastestLap"] = {"rank": "1", "lap": str(race.best[number][1]), "Time": {"time": feed.lap_text(race.best[number][0])}}
            out.append(row)
        return out

    def qualifying_rows(self, session):
        out = []
        for place, number in enumerate(session.timed.order):
            car = session.timed.by_number[number]
            row = {"number": str(number), "position": str(place + 1), "Driver": driver(car), "Constructor": team(car)}
            row.update({"Q%d" % part: feed.lap_text(ms) for part, (ms, _) in sorted(session.timed.best[number].items())})
            out.append(row)
        return out

    def lap_rows(self, session):
        """[(lap, timing)] in order of lap and place."""
        race, out = session.race, []
        for lap in range(1, session.plan.laps + 1):
            there = [(w[3 * lap], n, w[3 * lap] - w[3 * lap - 3]) for n, w in race.when.items() if len(w) > 3 * lap]
            for place, (_, number, ms) in enumerate(sorted(there)):
                car = race.by_number[number]
                out.append((lap, {"driverId": car.family.lower(), "position": str(place + 1), "time": feed.lap_text(ms)}))
        return out

    def stop_rows(self, session):
        offset = session.plan.gmt_offset_s * 1000
        return [{"driverId": session.race.by_number[d["car"]].family.lower(), "lap": str(d["lap"]), "stop": str(d["stop"]),
                 "time": time.strftime("%H:%M:%S", time.gmtime((session.begin_ms + t + offset) // 1000)),
                 "duration": "%.3f" % (d["lane_ms"] / 1000)} for t, what, d in session.race.story if what == "pit_out"]

    def standing_rows(self, year, last_round, by_team):
        points, wins, who = {}, {}, {}
        for session in self.over("Race"):
            if session.plan.year != year or session.plan.round > last_round:
                continue
            for row in self.result_rows(session):
                key = row["Constructor"]["constructorId"] if by_team else row["Driver"]["driverId"]
                points[key] = points.get(key, 0) + float(row["points"])
                wins[key] = wins.get(key, 0) + (row["position"] == "1")
                team_ = row["Constructor"]
                who[key] = {"Constructor": team_} if by_team else {"Driver": row["Driver"], "Constructors": [team_]}
        ranked = sorted(points, key=lambda k: (-points[k], -wins[k], k))
        return [{"position": str(i + 1), "positionText": str(i + 1), "points": "%g" % points[k], "wins": str(wins[k]), **who[k]}
                for i, k in enumerate(ranked)]

    # ---- the answer

    def _season(self, word):
        if word == "current":
            return int(time.strftime("%Y", time.gmtime(self.clock.now_ms() // 1000)))
        return int(word) if word.isdigit() else None

    def _round(self, year, word):
        if word in ("last", "next"):
            done = [s.plan.round for s in self.over("Race") if s.plan.year == year]
            last = max(done, default=0)
            later = [n for y, n, _ in self.races() if y == year and n > last]
            return last if word == "last" else min(later, default=0)
        return int(word) if word.isdigit() else None

    def _envelope(self, request, table):
        """table: [(heading, row)]: the rows of the page, each with the frame to put it into."""
        values = request.values()
        limit = min(int(values.get("limit", "30") or 30), self.max_limit)
        offset = int(values.get("offset", "0") or 0)
        head = {"xmlns": "", "series": "f1", "url": request.path, "limit": str(limit), "offset": str(offset), "total": str(len(table))}
        return head, table[offset:offset + limit]

    async def answer(self, request):
        parts = [p for p in request.path[len("/ergast/f1/"):].replace(".json", "").split("/") if p]
        year = self._season(parts[0]) if parts else None
        if year is None:
            return Answer(404, {"detail": "Not found."})
        parts = parts[1:]
        number = self._round(year, parts[0]) if parts and (parts[0].isdigit() or parts[0] in ("last", "next")) else None
        parts = parts[1:] if number is not None else parts
        what = parts[0].lower() if parts else "races"
        races = [(n, r) for y, n, r in self.races() if y == year and number in (None, n)]
        if what == "races":
            head, page = self._envelope(request, [(r, None) for _, r in races])
            return self._table(head, "RaceTable", year, number, {"Races": [r for r, _ in page]})
        if what in ("driverstandings", "constructorstandings"):
            return self._standings(request, year, number, what == "constructorstandings")
        return self._rows(request, year, number, what, parts[1:])

    def _table(self, head, name, year, number, content):
        table = {"season": str(year), **({"round": str(number)} if number is not None else {}), **content}
        return Answer(200, {"MRData": {**head, name: table}}, headers={"Cache-Control": "max-age=3600"})

    def _standings(self, request, year, number, by_team):
        last = number if number is not None else 99
        head, page = self._envelope(request, self.standing_rows(year, last, by_team))
        name = "ConstructorStandings" if by_team else "DriverStandings"
        done = max((s.plan.round for s in self.over("Race") if s.plan.year == year and s.plan.round <= last), default=0)
        lists = [{"season": str(year), "round": str(done), name: page}] if page else []
        return self._table(head, "StandingsTable", year, number, {"StandingsLists": lists})

    def _rows(self, request, year, number, what, rest):
        sources = {"results": ("Race", "Results", self.result_rows), "sprint": ("Sprint", "SprintResults", self.result_rows),
                   "qualifying": ("Qualifying", "QualifyingResults", self.qualifying_rows), "laps": ("Race", "Laps", self.lap_rows),
                   "pitstops": ("Race", "PitStops", self.stop_rows)}
        if what not in sources or (what in ("laps", "pitstops") and number is None):
            return Answer(400, {"detail": "season and round are required"})
        session_name, heading, rows = sources[what]
        table = []
        for session in self.over(session_name):
            if session.plan.year == year and number in (None, session.plan.round):
                table += [(session.plan.round, row) for row in rows(session)]
        if what == "laps" and rest and rest[0].isdigit():
            table = [(n, row) for n, row in table if row[0] == int(rest[0])]
        head, page = self._envelope(request, table)
        frames = {n: dict(r) for y, n, r in self.races() if y == year}
        races = {}
        for n, row in page:
            race = races.setdefault(n, {**frames[n], heading: []})
            if what != "laps":
                race[heading].append(row)
            elif race[heading] and race[heading][-1]["number"] == str(row[0]):
                race[heading][-1]["Timings"].append(row[1])
            else:
                race[heading].append({"number": str(row[0]), "Timings": [row[1]]})
        return self._table(head, "RaceTable", year, number, {"Races": list(races.values())})
