"""A recorded session as a session of the programme: a folder of Topic.jsonStream files, plain or gzip, moved to another time.

Optionally with a folder of OpenF1-shaped COLLECTION.json files of the same session.
"""
import calendar
import glob
import gzip
import json
import os
import re
import time

import feed
import race

MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)([T ])(\d\d:\d\d:\d\d)(\.\d+)?")


def parse_utc(text):
    """Milliseconds of "2024-05-19T13:00:01.5Z"."""
    m = MOMENT.match(text)
    return calendar.timegm(time.strptime(m[1] + m[3], "%Y-%m-%d%H:%M:%S")) * 1000 + int(float(m[4] or 0) * 1000)


def offset_ms(text):
    """Of "-04:00:00"."""
    h, m, s = text.lstrip("-").split(":")
    return (-1 if text.startswith("-") else 1) * (int(h) * 3600 + int(m) * 60 + int(s)) * 1000


def move(text, by_ms):
    """All moments in the text, moved; whole seconds, so that fractions stay as they are."""
    def moved(m):
        at = calendar.timegm(time.strptime(m[1] + m[3], "%Y-%m-%d%H:%M:%S")) + by_ms // 1000
        return time.strftime("%Y-%m-%d", time.gmtime(at)) + m[2] + time.strftime("%H:%M:%S", time.gmtime(at)) + (m[4] or "")
    return MOMENT.sub(moved, text)


def read_text(path):
    opener = gzip.open if path.endswith(".gz") else open
    with opener(path, "rb") as f:
        return f.read().decode("utf-8-sig", "replace")


def read_stream(path):
    """[(offset_ms, JSON text)]"""
    out = []
    for line in read_text(path).splitlines():
        if len(line) > 12 and line[2] == ":":
            h, m, s = line[:12].split(":")
            out.append((int(h) * 3600000 + int(m) * 60000 + int(float(s) * 1000 + 0.5), line[12:]))
    return out


class Recorded:
    """Has what a Session has; its results, laps and standings are not known (race and timed are None)."""

    def __init__(self, folder, begin_ms=None, openf1=None):
        self.race = self.timed = None
        lines = []
        for path in sorted(glob.glob(os.path.join(folder, "*.jsonStream*"))):
            topic = os.path.basename(path).split(".jsonStream")[0]
            lines += [(offset, topic, text) for offset, text in read_stream(path)]
        if not lines:
            raise FileNotFoundError("no *.jsonStream in " + folder)
        lines.sort(key=lambda line: line[0])
        recorded_ms = self._t0(folder, lines)
        self.begin_ms = recorded_ms if begin_ms is None else recorded_ms + (begin_ms - recorded_ms) // 1000 * 1000
        by_ms = self.begin_ms - recorded_ms
        self.messages = [(self.begin_ms + offset, topic, json.loads(move(text, by_ms))) for offset, topic, text in lines]
        self.info = next(data for _, topic, data in self.messages if topic == "SessionInfo")
        self.plan = self._plan()
        offset = self.plan.gmt_offset_s * 1000
        self.start_ms = parse_utc(self.info["StartDate"]) - offset
        self.end_ms = self.messages[-1][0]
        self.cars, self.documents = [], []
        if openf1:
            self._read_openf1(openf1, by_ms)

    def _t0(self, folder, lines):
        for meta in glob.glob(os.path.join(folder, "meta.json*")):
            t0 = json.loads(read_text(meta)).get("t0_utc")
            if t0:
                return parse_utc(t0)
        for offset, topic, text in lines:
            if topic == "Heartbeat":
                return parse_utc(json.loads(text)["Utc"]) - offset
        return self._planned_t0(folder, lines)

    @staticmethod
    def _planned_t0(folder, lines):
        """Files that were thinned out tell no time of their own: as if the session had started when it was to."""
        info = next((json.loads(text) for _, topic, text in lines if topic == "SessionInfo"), {})
        started = next((offset for offset, topic, text in lines
                        if topic == "SessionStatus" and json.loads(text).get("Status") == "Started"), None)
        if started is None or "StartDate" not in info:
            raise ValueError("%s: neither meta.json, a Heartbeat nor the start says when it was" % folder)
        return (parse_utc(info["StartDate"]) - offset_ms(info.get("GmtOffset", "00:00:00")) - started) // 1000 * 1000

    def _plan(self):
        info = self.info
        meeting = info.get("Meeting", {})
        kind = info.get("Type", "Race")
        return race.Plan(kind=kind, name=info.get("Name", kind), key=info.get("Key", 1), meeting_key=meeting.get("Key", 1),
                         meeting=meeting.get("Name", "Recorded"), year=int(info["StartDate"][:4]), round=meeting.get("Number", 1),
                         gmt_offset_s=offset_ms(info.get("GmtOffset", "00:00:00")) // 1000)

    def planned_start_ms(self):
        return self.start_ms

    def _read_openf1(self, folder, by_ms):
        for path in sorted(glob.glob(os.path.join(folder, "*.json*"))):
            collection = os.path.basename(path).split(".json")[0]
            if collection in ("sessions", "meetings", "meta"):
                continue
            for i, row in enumerate(json.loads(move(read_text(path), by_ms))):
                row.update(session_key=self.plan.key, meeting_key=self.plan.meeting_key)
                at = self.start_ms
                when = row.get("date") or row.get("date_start")
                if when:
                    at = parse_utc(when) + (int(1000 * (row.get("lap_duration") or 0)) if collection == "laps" else 0)
                self.documents.append((at, collection, i, row))
        self.documents.sort(key=lambda d: d[0])
