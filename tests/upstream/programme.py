"""What runs when: sessions on one time line, and the clock that plays them.

A session is anything with messages [(utc_ms, topic, data)], documents [(utc_ms, collection, key, row)], and a plan.
"""
import dataclasses
import time

import feed
import race
import rows
import timed


class Clock:
    """The upstream's idea of UTC: real time, or a faster one that can be stopped and moved."""

    def __init__(self, start_ms, speed):
        self.base_ms, self.speed = start_ms, speed
        self.since = None  # monotonic; None = stopped

    def now_ms(self):
        if self.since is None:
            return self.base_ms
        return int(self.base_ms + (time.monotonic() - self.since) * 1000 * self.speed)

    def play(self, speed=None):
        self.base_ms = self.now_ms()
        self.speed = self.speed if speed is None else speed
        self.since = time.monotonic()

    def pause(self):
        self.base_ms, self.since = self.now_ms(), None

    def seconds_until(self, utc_ms):
        """Real seconds."""
        return None if self.since is None else max(0.0, (utc_ms - self.now_ms()) / 1000 / self.speed)


def dated(plan, begin_ms):
    """The plan with its year."""
    return plan if plan.year else dataclasses.replace(plan, year=time.gmtime(begin_ms // 1000).tm_year)


class Session:
    """A synthetic session whose feed begins at begin_ms (UTC)."""

    def __init__(self, plan, begin_ms):
        plan = dated(plan, begin_ms)
        self.plan, self.begin_ms = plan, begin_ms
        if plan.kind == "Race":
            self.race, self.timed = race.Race(plan), None
            story = feed.RaceFeed(self.race, begin_ms)
        else:
            story = timed.TimedFeed(plan, begin_ms)
            self.race, self.timed = None, story.timed
        self.info, self.cars = story.info, race.entry_list(plan)
        self.messages = [(begin_ms + t, topic, data) for t, topic, data in story.done()]
        self.start_ms, self.end_ms = begin_ms + story.start_ms, begin_ms + story.end_ms
        self.documents = rows.documents(self)

    def planned_start_ms(self):
        """As the calendars know it."""
        return self.start_ms - self.plan.starts_late_ms


class Programme:
    """Sessions one after the other. The feed shows the newest that has begun."""

    def __init__(self, sessions, also=()):
        """also: plans of sessions that are only in the calendars: [(plan, start_ms, cancelled)]."""
        self.sessions = sorted(sessions, key=lambda s: s.begin_ms)
        self.also = [(dated(plan, start), start, cancelled) for plan, start, cancelled in also]

    def current(self, now_ms):
        """The newest session that has begun, else the first."""
        begun = [s for s in self.sessions if s.begin_ms <= now_ms]
        return begun[-1] if begun else self.sessions[0]

    def in_session(self, now_ms):
        """Whether some session runs, as far as OpenF1's lock goes."""
        return any(s.start_ms - 1800000 <= now_ms < s.end_ms for s in self.sessions)

    def calendar(self):
        """[(plan, planned start in UTC ms, planned end, session or None, cancelled)] in order."""
        rows_ = [(s.plan, s.planned_start_ms(), s.planned_start_ms() + planned_length_ms(s.plan), s, False) for s in self.sessions]
        rows_ += [(p, t, t + planned_length_ms(p), None, cancelled) for p, t, cancelled in self.also]
        return sorted(rows_, key=lambda r: r[1])


def planned_length_ms(plan):
    return 7200000 if plan.kind == "Race" and plan.name == "Race" else 3600000
