"""Practice and qualifying: cars go out, set times and come in; qualifying in three parts, the slowest being knocked out."""
import random

import feed
import race


class Timed:
    """What happens, as (t_ms, what, details); no feed shapes here."""

    GO_IN = {20: (20, 15, 10), 22: (22, 16, 10)}

    def __init__(self, plan):
        self.plan, self.cars = plan, race.entry_list(plan)
        self.by_number = {c.number: c for c in self.cars}
        self.rng = random.Random(plan.seed + 17)
        self.story, self.laps = [], {c.number: 0 for c in self.cars}
        self.best = {c.number: {} for c in self.cars}   # part -> (ms, lap)
        self.order = [c.number for c in self.cars]
        self.start_ms = plan.before_ms
        self.parts = 3 if plan.kind == "Qualifying" else 1
        self.part_ms = plan.length_ms or plan.laps * plan.lap_ms
        t_ms, running = self.start_ms, [c.number for c in self.cars]
        for part in range(1, self.parts + 1):
            t_ms = self._part(part, t_ms, running)
            running = [n for n in self.order if n in running][:self._stay(part)]
            self.tell(t_ms, "knocked_out", cars=[n for n in self.order if n not in running], part=part)
            t_ms += plan.lap_ms
        self.tell(t_ms, "status", status="Finalised")
        self.tell(t_ms + 1000, "status", status="Ends")
        self.story.sort(key=lambda h: h[0])
        self.end_ms = self.story[-1][0] + plan.after_ms

    def _stay(self, part):
        sizes = self.GO_IN.get(len(self.cars)) or (len(self.cars), max(2, len(self.cars) * 3 // 4), max(1, len(self.cars) // 2))
        return sizes[part] if part < self.parts else len(self.cars)

    def tell(self, t_ms, what, **details):
        self.story.append((int(t_ms), what, details))

    def _part(self, part, t_ms, running):
        self.part_ms = self.plan.parts_ms[part - 1] if self.plan.parts_ms else self.part_ms
        end = t_ms + self.part_ms
        self.tell(t_ms, "status", status="Started", part=part if self.parts > 1 else 0, length_ms=self.part_ms)
        laps = []
        for number in running:
            laps += self._run(number, t_ms + self.rng.randrange(1000, self.plan.lap_ms), end)
        self.best_of(part, sorted(laps))
        self.tell(end, "status", status="Finished")
        return max([end] + [x[0] for x in laps]) + 5000

    def _run(self, number, t_ms, end):
        """[(t at the line, car, lap, ms)] of the flying laps that begin before the end."""
        laps, t = [], t_ms
        self.tell(t, "garage", car=number, into=False, lap=self.laps[number])
        t += self.plan.lap_ms * 1.2                       # the lap out
        self.laps[number] += 1
        while t < end and len(laps) < self.plan.laps:
            pace = self.by_number[number].pace_ms - 150 * len(laps)
            ms = int(pace + self.rng.randrange(-300, 400))
            t += ms
            self.laps[number] += 1
            laps.append((int(t), number, self.laps[number], ms))
        self.laps[number] += 1
        self.tell(t + self.plan.lap_ms * 0.9, "garage", car=number, into=True, lap=self.laps[number])
        return laps

    def best_of(self, part, laps):
        for t_ms, number, lap, ms in laps:
            better = ms < self.best[number].get(part, (1 << 30, 0))[0]
            if better:
                self.best[number][part] = (ms, lap)
            before = list(self.order)
            self.order.sort(key=lambda n: (-max(self.best[n], default=0), self.best[n].get(max(self.best[n], default=0), (1 << 30, 0))[0]))
            moved = [(n, i + 1) for i, n in enumerate(self.order) if before[i] != n]
            self.tell(t_ms, "flying", car=number, lap=lap, lap_ms=ms, better=better, part=part, moved=moved,
                      behind_ms=self.best[number][part][0] - min(b[part][0] for b in self.best.values() if part in b))


class TimedFeed(feed.Feed):
    def __init__(self, plan, epoch_ms):
        timed = self.timed = Timed(plan)
        super().__init__(plan, epoch_ms, timed.start_ms, timed.end_ms)
        self.begin(timed.cars, 3600000)
        lines = {}
        for car in timed.cars:
            line = feed.car_at_start(car)
            for name in ("GapToLeader", "IntervalToPositionAhead"):
                del line[name]
            line["InPit"] = True
            if timed.parts > 1:
                line.update({"KnockedOut": False, "Cutoff": False, "BestLapTimes": [{"Value": ""}] * 3,
                             "Stats": [{"TimeDiffToFastest": "", "TimeDifftoPositionAhead": ""}] * 3})
            else:
                line.update({"TimeDiffToFastest": "", "TimeDiffToPositionAhead": ""})
            lines[str(car.number)] = line
        self.say(0, "TimingData", {"Lines": lines, "Withheld": False, **({"SessionPart": 0} if timed.parts > 1 else {})})
        self.say(0, "TimingAppData", {"Lines": {str(c.number): {"RacingNumber": str(c.number), "Line": c.grid} for c in timed.cars}})
        self.stints = {c.number: 0 for c in timed.cars}
        for t_ms, what, details in timed.story:
            getattr(self, "tell_" + what)(t_ms, **details)
        self.background()

    def timing(self, t_ms, car, data):
        self.say(t_ms, "TimingData", {"Lines": {str(car): data}})

    def tell_status(self, t_ms, status, part=0, length_ms=0):
        if part:
            self.say(t_ms, "TimingData", {"SessionPart": part})
            self.say(t_ms, "SessionData", {"Series": {str(self.n_series): {"Utc": self.at(t_ms), "QualifyingPart": part}}})
            self.n_series += 1
        self.status(t_ms, status)
        if status == "Started":
            self.clock(t_ms, length_ms, True)
            self.control(t_ms, 0, "Flag", "GREEN LIGHT - PIT EXIT OPEN", {"Flag": "GREEN"})
        elif status == "Finished":
            self.control(t_ms, 0, "Flag", "CHEQUERED FLAG", {"Flag": "CHEQUERED", "Scope": "Track"})

    def tell_garage(self, t_ms, car, into, lap):
        self.timing(t_ms, car, {"InPit": into, "PitOut": not into})
        if into:
            return
        new = {"LapFlags": 0, "Compound": "SOFT", "New": "true", "TyresNotChanged": "0", "TotalLaps": 0, "StartLaps": 0}
        index, self.stints[car] = self.stints[car], self.stints[car] + 1
        self.say(t_ms, "TimingAppData", {"Lines": {str(car): {"Stints": {str(index): new} if index else [new]}}})

    def tell_flying(self, t_ms, car, lap, lap_ms, better, part, moved, behind_ms):
        data = {"NumberOfLaps": lap, "LastLapTime": {"Value": feed.lap_text(lap_ms), "PersonalFastest": better}}
        if better:
            data["BestLapTime"] = {"Value": feed.lap_text(lap_ms), "Lap": lap}
            if self.timed.parts > 1:
                data["BestLapTimes"] = {str(part - 1): {"Value": feed.lap_text(lap_ms), "Lap": lap}}
                data["Stats"] = {str(part - 1): {"TimeDiffToFastest": feed.gap_text(behind_ms) if behind_ms else ""}}
            else:
                data["TimeDiffToFastest"] = feed.gap_text(behind_ms) if behind_ms else ""
        self.timing(t_ms, car, data)
        if moved:
            self.say(t_ms, "TimingData", {"Lines": {str(n): {"Line": line, "Position": str(line)} for n, line in moved}})
            self.say(t_ms, "DriverList", {str(n): {"Line": line} for n, line in moved})

    def tell_knocked_out(self, t_ms, cars, part):
        if part < self.timed.parts:
            self.say(t_ms, "TimingData", {"Lines": {str(n): {"KnockedOut": True} for n in cars}})
