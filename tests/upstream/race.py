"""A synthetic race: what happens, and when. How a feed tells it is the business of feed.py, rows.py and results.py.

Everything is invented and follows from the seed. Times are milliseconds since the beginning of the session's feed.
"""
import dataclasses
import heapq
import random

SHARE = (0.28, 0.40, 0.32)  # of a lap, per sector
COMPOUNDS = ("MEDIUM", "HARD", "SOFT")
TEAMS = ("Amber", "Beryl", "Coral", "Delta", "Ember", "Fjord", "Grove", "Heron", "Ivory", "Jasper", "Krill")
GIVEN = ("Ada", "Bo", "Cy", "Dee", "Eli", "Fay", "Gus", "Hal", "Ivo", "Joy", "Kit")
FAMILY = ("Alder", "Birch", "Cedar", "Dogwood", "Elm", "Fir", "Gorse", "Hazel", "Ilex", "Juniper", "Kapok", "Larch", "Maple",
          "Nutmeg", "Oak", "Pine", "Quince", "Rowan", "Spruce", "Teak", "Upas", "Viburnum")


@dataclasses.dataclass
class Plan:
    """What kind of session it is to be."""
    kind: str = "Race"      # Race, Qualifying, Practice
    name: str = "Race"
    cars: int = 10
    laps: int = 8
    lap_ms: int = 60000
    seed: int = 1
    before_ms: int = 30000  # from the beginning of the feed to the start
    after_ms: int = 20000   # from the last car's finish to the end of the feed
    length_ms: int = 0      # of a timed session, or of one part of qualifying; 0 = from laps
    parts_ms: tuple = ()    # the parts of qualifying, if they differ
    retirements: int = 1
    safety_car: bool = True
    stops: int = 1
    telemetry: bool = False
    key: int = 90010        # of the session
    meeting_key: int = 9001
    meeting: str = "Example Grand Prix"
    year: int = 0           # 0 = that of the beginning
    round: int = 5
    gmt_offset_s: int = 7200
    starts_late_ms: int = 0  # the start that the calendars know is this much earlier than the real one


@dataclasses.dataclass
class Car:
    number: int
    code: str
    given: str
    family: str
    team: str
    colour: str
    grid: int
    pace_ms: int


@dataclasses.dataclass
class Stint:
    compound: str
    first_lap: int
    age: int = 0
    laps: int = 0


def entry_list(plan):
    rng = random.Random(plan.seed * 1000003)
    numbers = rng.sample([n for n in range(2, 99) if n != 17], plan.cars - 1) + [1]
    cars = []
    for i in range(plan.cars):
        family = FAMILY[i % len(FAMILY)]
        cars.append(Car(numbers[i], family[:3].upper(), GIVEN[i % len(GIVEN)], family, TEAMS[i // 2 % len(TEAMS)],
                        "%06X" % (0x112233 * (i // 2 + 1) % 0xFFFFFF), i + 1, plan.lap_ms + 90 * i + rng.randrange(120)))
    return cars


class Race:
    """Runs the race once; `story` is then the list of (t_ms, what, details) in order of time."""

    def __init__(self, plan):
        self.plan, self.cars = plan, entry_list(plan)
        self.story = []
        self.start_ms = plan.before_ms
        rng = self.rng = random.Random(plan.seed)
        self.by_number = {c.number: c for c in self.cars}
        self.passed = {c.number: 0 for c in self.cars}      # sector ends passed: 3 a lap
        self.when = {c.number: [self.start_ms] for c in self.cars}  # when[n]: of passing the n-th
        self.due = {c.number: {} for c in self.cars}        # of sector ends that are ahead
        self.stints = {c.number: [Stint(COMPOUNDS[c.grid % 2], 1)] for c in self.cars}
        self.best = {}
        self.out, self.finished = {}, {}
        self.order = [c.number for c in self.cars]
        self.told_order = list(self.order)
        self.first_at = {}
        self.leader_lap = 1
        self.neutral = None                                  # (from, to) of the safety car
        self.flag_ms = None
        self.pit_after = self._plan_stops(rng)
        self.leave = self._plan_retirements(rng)
        self._run()
        self.story.sort(key=lambda h: h[0])                  # stable: what happens at one moment stays in order
        self.end_ms = max(h[0] for h in self.story) + plan.after_ms

    def _plan_stops(self, rng):
        stops = {}
        for car in self.cars:
            laps = set()
            for i in range(self.plan.stops):
                middle = self.plan.laps * (i + 1) / (self.plan.stops + 1)
                laps.add(min(self.plan.laps - 1, max(2, round(middle + rng.uniform(-1.5, 1.5)))))
            stops[car.number] = laps if self.plan.laps > 3 else set()
        return stops

    def _plan_retirements(self, rng):
        unlucky = rng.sample([c.number for c in self.cars[2:]], min(self.plan.retirements, max(0, len(self.cars) - 3)))
        return {n: 3 * max(1, self.plan.laps * (i + 2) // (len(unlucky) + 3)) + 1 for i, n in enumerate(unlucky)}

    def tell(self, t_ms, what, **details):
        self.story.append((int(t_ms), what, details))

    def message(self, t_ms, lap, category, text, **more):
        self.tell(t_ms, "message", lap=lap, category=category, text=text, more=more)

    # ---- driving

    def _is_neutral(self, t_ms):
        return self.neutral is not None and self.neutral[0] <= t_ms < self.neutral[1]

    def _sector_ms(self, car, lap, sector, t_ms):
        stint = self.stints[car.number][-1]
        ms = SHARE[sector] * (car.pace_ms + 25 * stint.laps - 4 * lap) + self.rng.randrange(-60, 200)
        if lap == 1 and sector == 0:
            ms += 250 * car.grid
        if sector == 0 and (lap - 1) in self.pit_after[car.number]:
            ms += self._lane_ms() * 0.8
        return ms * (1.3 if self._is_neutral(t_ms) else 1.0)

    def _lane_ms(self):
        return max(6000, 0.25 * self.plan.lap_ms)

    def _ahead(self, number):
        i = self.order.index(number)
        return self.order[i - 1] if i else None

    def _next_ms(self, car, t_ms):
        n = self.passed[car.number]
        due = t_ms + self._sector_ms(car, n // 3 + 1, n % 3, t_ms)
        ahead = self._ahead(car.number)
        if ahead is not None and self._is_neutral(t_ms) and ahead not in self.out:
            # The field closes up behind the safety car, and nobody passes.
            front = self.due[ahead].get(n + 1)
            due = t_ms + (due - t_ms) / 1.2
            if front is not None:
                due = max(due, front + 700)
        due = int(due)
        self.due[car.number][n + 1] = due
        return due

    def _run(self):
        self._before()
        heap = [(self._next_ms(c, self.start_ms), c.grid, c.number) for c in self.cars]
        heapq.heapify(heap)
        while heap:
            t_ms, _, number = heapq.heappop(heap)
            car = self.by_number[number]
            self._pass(car, t_ms)
            if number in self.out or number in self.finished:
                continue
            heapq.heappush(heap, (self._next_ms(car, t_ms), car.grid, number))
        self._after()

    def _before(self):
        self.message(1500, 1, "Flag", "GREEN LIGHT - PIT EXIT OPEN", Flag="GREEN")
        self.tell(self.start_ms, "status", status="Started")
        self.tell(self.start_ms, "lap", lap=1)

    def _pass(self, car, t_ms):
        number = car.number
        self.passed[number] += 1
        n = self.passed[number]
        self.when[number].append(t_ms)
        lap, sector = (n - 1) // 3 + 1, (n - 1) % 3
        times = self.when[number]
        self._rank(t_ms)
        leads = self.order[0] == number
        first = self.first_at.setdefault(n, t_ms)
        details = {"car": number, "lap": lap, "sector": sector, "sector_ms": t_ms - times[n - 1], "leads": leads,
                   "gap_ms": None if leads else t_ms - first, "laps_down": self._laps_down(number),
                   "interval_ms": self._interval(number, n, t_ms), "speed": 280 + (t_ms + number) % 50}
        if self._retires(car, n, t_ms):
            return
        if sector == 2:
            details.update(self._end_lap(car, lap, t_ms))
        self.tell(t_ms, "sector", **details)
        if self.order != self.told_order:
            moved = [(c, i + 1) for i, c in enumerate(self.order) if self.told_order[i] != c]
            self.told_order = list(self.order)
            self.tell(t_ms, "order", moved=moved, order=list(self.order))
        if sector == 2 and lap in self.pit_after[number] and self.flag_ms is None:
            self._stop(car, lap, t_ms)

    def _rank(self, t_ms):
        del t_ms
        self.order.sort(key=lambda c: (c in self.out, -self.passed[c], self.when[c][-1] if self.passed[c] else self.by_number[c].grid))

    def _laps_down(self, number):
        return max(0, (self.passed[self.order[0]] - self.passed[number]) // 3)

    def _interval(self, number, n, t_ms):
        ahead = self._ahead(number)
        if ahead is None or ahead in self.out or len(self.when[ahead]) <= n:
            return None
        return t_ms - self.when[ahead][n]

    def _end_lap(self, car, lap, t_ms):
        number = car.number
        lap_ms = t_ms - self.when[number][3 * (lap - 1)]
        stint = self.stints[number][-1]
        stint.laps += 1
        better = lap_ms < self.best.get(number, (1 << 30, 0))[0]
        if better:
            self.best[number] = (lap_ms, lap)
        if self.order[0] == number:
            self._leader_ends_lap(lap, t_ms)
        if self.flag_ms is not None:
            self.finished[number] = t_ms
        return {"lap_ms": lap_ms, "better": better, "stint": len(self.stints[number]), "stint_laps": stint.age + stint.laps}

    def _leader_ends_lap(self, lap, t_ms):
        if lap >= self.plan.laps:
            if self.flag_ms is None:
                self.flag_ms = t_ms
                self.message(t_ms, lap, "Flag", "CHEQUERED FLAG", Flag="CHEQUERED", Scope="Track")
                self.tell(t_ms, "status", status="Finished")
            return
        self.leader_lap = lap + 1
        self.tell(t_ms, "lap", lap=lap + 1)

    def _stop(self, car, lap, t_ms):
        lane = int(self._lane_ms() + self.rng.randrange(1500))
        standing = 2000 + self.rng.randrange(900)
        before = self.stints[car.number][-1]
        after = Stint(COMPOUNDS[(COMPOUNDS.index(before.compound) + 1) % 3], lap + 1, self.rng.choice((0, 0, 3)))
        self.stints[car.number].append(after)
        stint = len(self.stints[car.number])
        enters = t_ms - 1500
        self.tell(enters, "pit_in", car=car.number, lap=lap, stops=stint - 1)
        self.tell(enters + lane // 2, "tyres", car=car.number, stint=stint, compound=after.compound, age=after.age, lap=lap + 1)
        self.tell(enters + lane, "pit_out", car=car.number, lap=lap, lane_ms=lane, standing_ms=standing, stop=stint - 1)

    def _retires(self, car, n, t_ms):
        if self.leave.get(car.number) != n:
            return False
        lap = (n - 1) // 3 + 1
        self.out[car.number] = (t_ms, lap)
        self._rank(t_ms)
        self.told_order = list(self.order)
        self.tell(t_ms, "retired", car=car.number, lap=lap, order=list(self.order))
        self.message(t_ms + 500, lap, "Flag", "YELLOW IN TRACK SECTOR 2", Flag="YELLOW", Scope="Sector", Sector=2)
        self.tell(t_ms + 500, "track", status="2")
        self.message(t_ms + 1200, lap, "Other", "CAR %d (%s) STOPPED AT TURN 4" % (car.number, car.code))
        if self.plan.safety_car and self.neutral is None and self.flag_ms is None:
            self._safety_car(lap, t_ms)
        else:
            self.tell(t_ms + 6000, "track", status="1")
            self.message(t_ms + 6000, lap, "Flag", "CLEAR IN TRACK SECTOR 2", Flag="CLEAR", Scope="Sector", Sector=2)
        return True

    def _safety_car(self, lap, t_ms):
        begin, end = t_ms + 3000, t_ms + 3000 + int(1.8 * self.plan.lap_ms)
        self.neutral = (begin, end)
        self.tell(begin, "track", status="4")
        self.message(begin, lap, "SafetyCar", "SAFETY CAR DEPLOYED", Status="DEPLOYED", Mode="SAFETY CAR")
        self.message(end - self.plan.lap_ms // 2, lap + 1, "SafetyCar", "SAFETY CAR IN THIS LAP", Status="IN THIS LAP",
                     Mode="SAFETY CAR")
        self.tell(end, "track", status="1")
        self.message(end, lap + 2, "Flag", "TRACK CLEAR", Flag="CLEAR", Scope="Track")

    def _after(self):
        end = max(list(self.finished.values()) + [self.flag_ms or self.start_ms])
        self.tell(end + 8000, "status", status="Finalised")
        self.tell(end + 9000, "status", status="Ends")

    # ---- what is told at the end

    def result(self):
        """[(position, car number, laps, status, time_ms)] in order."""
        rows = []
        for i, number in enumerate(self.order):
            laps = self.passed[number] // 3
            if number in self.out:
                rows.append((i + 1, number, laps, "Retired", None))
            else:
                rows.append((i + 1, number, laps, "Finished" if laps == self.plan.laps else "Lapped",
                             self.finished[number] - self.start_ms))
        return rows
