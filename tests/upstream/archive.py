"""The static archive: the index of years, of a year, of a session, and the files of a session once it has ended."""
import hashlib
import json

import feed
import merge
from web import Answer

BOM = "\ufeff"


def offset_text(ms):
    return "%02d:%02d:%02d.%03d" % (ms // 3600000, ms // 60000 % 60, ms // 1000 % 60, ms % 1000)


class Archive:
    def __init__(self, web, clock, programme):
        self.clock = clock
        self.load(programme)
        web.route("/static/", "static", self.answer)

    def load(self, programme):
        self.programme = programme

    def _session_entry(self, plan, start, end, session):
        local = plan.gmt_offset_s * 1000
        entry = {"Key": plan.key, "Type": plan.kind, "Name": plan.name, "StartDate": feed.utc(start + local, 0),
                 "EndDate": feed.utc(end + local, 0), "GmtOffset": feed.hms(plan.gmt_offset_s)}
        if session is not None and session.start_ms <= self.clock.now_ms():
            entry["Path"] = session.info["Path"]
        return entry

    def year(self, year):
        meetings = {}
        for plan, start, end, session, cancelled in self.programme.calendar():
            if plan.year == year and not cancelled:
                meeting = meetings.setdefault(plan.meeting_key, {
                    "Key": plan.meeting_key, "Code": "M%d" % plan.meeting_key, "Number": plan.round, "Location": "Exampletown",
                    "OfficialName": plan.meeting.upper(), "Name": plan.meeting, "Country": {"Key": 1, "Code": "EXA", "Name": "Example"},
                    "Circuit": {"Key": 99, "ShortName": "Examplering"}, "Sessions": []})
                meeting["Sessions"].append(self._session_entry(plan, start, end, session))
        return {"Year": year, "Meetings": list(meetings.values())} if meetings else None

    def stream(self, session, topic):
        lines = [offset_text(t - session.begin_ms) + json.dumps(data, separators=(",", ":"))
                 for t, name, data in session.messages if name == topic and t <= self.clock.now_ms()]
        return "".join(line + "\r\n" for line in lines)

    def _session_file(self, session, name):
        topics = sorted({topic for t, topic, _ in session.messages if t <= self.clock.now_ms()})
        if name == "Index.json":
            return json.dumps({"Feeds": {t: {"KeyFramePath": t + ".json", "StreamPath": t + ".jsonStream"} for t in topics}})
        topic, _, kind = name.rpartition(".")
        if topic not in topics:
            return None
        if kind == "jsonStream":
            return self.stream(session, topic)
        state = merge.State()
        for t, name_, data in session.messages:
            if name_ == topic and t <= self.clock.now_ms():
                state.apply(topic, data)
        return json.dumps(state.topics[topic])

    async def answer(self, request):
        path = request.path[len("/static/"):]
        body = None
        if path == "Index.json":
            years = sorted({plan.year for plan, *_ in self.programme.calendar()})
            body = json.dumps({"Years": [{"Year": y, "Path": "%d/" % y} for y in years]})
        elif path.endswith("/Index.json") and path.count("/") == 1 and path[:4].isdigit():
            found = self.year(int(path[:4]))
            body = json.dumps(found) if found else None
        else:
            for session in self.programme.sessions:
                if path.startswith(session.info["Path"]) and session.begin_ms <= self.clock.now_ms():
                    body = self._session_file(session, path[len(session.info["Path"]):])
        if body is None:
            return Answer(404, "<Error><Code>NoSuchKey</Code></Error>", "application/xml")
        text = (BOM + body).encode()
        tag = '"%s"' % hashlib.sha1(text).hexdigest()
        if request.headers.get("if-none-match") == tag:
            return Answer(304, b"", headers={"ETag": tag})
        return Answer(200, text, "application/json", {"ETag": tag})
