"""OpenF1's REST interface over a programme: collections with filters, the token, the lock while a session runs."""
import datetime
import random
import re
import secrets
import time
import urllib.parse

import feed
import rows
from web import Answer

FILTER = re.compile(r"^([a-z0-9_]+?)(>=|<=|>|<|=)(.*)$")
LOCKED = {"detail": "Session in progress, access is restricted to authenticated users. Sign up here: https://example.invalid/"}
COLLECTIONS = ("car_data", "championship_drivers", "championship_teams", "drivers", "intervals", "laps", "location", "meetings",
               "overtakes", "pit", "position", "race_control", "sessions", "session_result", "starting_grid", "stints", "team_radio",
               "weather")


def moment(text):
    """Seconds of a date text, or None."""
    try:
        t = datetime.datetime.fromisoformat(text.strip().replace(" ", "T").replace("Z", "+00:00"))
    except ValueError:
        return None
    return t.replace(tzinfo=t.tzinfo or datetime.timezone.utc).timestamp()


def guess(text):
    """As the server does: bool, number, date, text."""
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    try:
        return float(text)
    except ValueError:
        at = moment(text) if re.match(r"\d{4}-\d\d", text) else None
        return text if at is None else at


def matches(value, operator, wanted):
    if isinstance(value, str) and not isinstance(wanted, str):
        value = moment(value)
    if value is None or isinstance(value, str) != isinstance(wanted, str):
        return False
    return {"=": value == wanted, ">": value > wanted, ">=": value >= wanted, "<": value < wanted, "<=": value <= wanted}[operator]


def filters(query):
    """{field: [(operator, text)]}; None if it cannot be understood."""
    found = {}
    for part in filter(None, query.split("&")):
        m = FILTER.match(urllib.parse.unquote_plus(part))
        if not m:
            return None
        found.setdefault(m[1], []).append((m[2], m[3]))
    return found


def passes(row, wanted):
    for field, conditions in wanted.items():
        if field not in row:
            return False
        equal = [guess(text) for operator, text in conditions if operator == "="]
        if equal and not any(matches(row[field], "=", value) for value in equal):
            return False
        if not all(matches(row[field], operator, guess(text)) for operator, text in conditions if operator != "="):
            return False
    return True


class OpenF1:
    def __init__(self, web, clock, programme):
        self.web, self.clock = web, clock
        self.user, self.password = "user@example.invalid", "secret"
        self.locked = False              # whether sessions in progress need a token
        self.empty_is_404 = False
        self.windows = []                # [(requests, seconds)]: more than that gives 429
        self.token_life_s = 3600.0
        self.tokens = {}                 # token -> monotonic time of its end
        self.asked = []
        self.over_limit = 0
        self.next_token = None           # what to give out instead of a random one
        self.mangled = False             # whether rows come twice and in no order
        self.rng = random.Random(1)
        self.lag_ms = 0                  # how much later than live timing rows become visible
        self.load(programme)
        web.route("/v1/", "openf1", self.answer)
        web.route("/token", "token", self.give_token)

    def load(self, programme):
        self.programme = programme
        self.at, self.newest = 0, {}
        self.documents = [d + (s,) for s in programme.sessions for d in s.documents]
        self.documents.sort(key=lambda d: d[0])

    # ---- who may

    async def give_token(self, request):
        if request.method != "POST":
            return Answer(405, {"detail": "Method Not Allowed"})
        form = dict(urllib.parse.parse_qsl(request.body.decode(errors="replace")))
        if form.get("username") != self.user or form.get("password") != self.password:
            return Answer(401, {"detail": "Incorrect username or password"})
        token = self.next_token or secrets.token_urlsafe(64)
        self.tokens[token] = time.monotonic() + self.token_life_s
        return Answer(200, {"expires_in": "%d" % self.token_life_s, "access_token": token, "token_type": "bearer"})

    def _refusal(self, request):
        now = time.monotonic()
        self.asked = [t for t in self.asked if now - t < 60] + [now]
        for limit, seconds in self.windows:
            if sum(now - t < seconds for t in self.asked) > limit:
                self.over_limit += 1
                return Answer(429, {"error": "Rate limit exceeded: %d per %d second" % (limit, seconds)})
        token = request.bearer()
        if token is not None and self.tokens.get(token, 0) < now:
            return Answer(401, {"detail": "Could not validate credentials"})
        if token is None and self.locked and self.programme.in_session(self.clock.now_ms()):
            return Answer(401, LOCKED)
        return None

    # ---- collections

    def _advance(self):
        now = self.clock.now_ms() - self.lag_ms
        while self.at < len(self.documents) and self.documents[self.at][0] <= now:
            _, collection, key, row, session = self.documents[self.at]
            self.newest.setdefault(collection, {})[session.plan.key, key] = row
            self.at += 1

    def sessions(self):
        out = []
        for plan, start, end, session, cancelled in self.programme.calendar():
            out.append({"meeting_key": plan.meeting_key, "session_key": plan.key, "session_name": plan.name, "session_type": plan.kind,
                        "date_start": rows.date(start), "date_end": rows.date(end), "gmt_offset": feed.hms(plan.gmt_offset_s),
                        "is_cancelled": cancelled, "circuit_key": 99, "circuit_short_name": "Examplering", "country_code": "EXA",
                        "country_key": 1, "country_name": "Example", "location": "Exampletown", "year": plan.year})
        return out

    def meetings(self):
        seen = {}
        for plan, start, end, _, cancelled in self.programme.calendar():
            seen.setdefault(plan.meeting_key, {
                "meeting_key": plan.meeting_key, "meeting_name": plan.meeting, "meeting_official_name": plan.meeting.upper(),
                "year": plan.year, "location": "Exampletown", "country_code": "EXA", "country_key": 1, "country_name": "Example",
                "circuit_key": 99, "circuit_short_name": "Examplering", "date_start": rows.date(start), "date_end": rows.date(end),
                "gmt_offset": feed.hms(plan.gmt_offset_s), "is_cancelled": cancelled})["date_end"] = rows.date(end)
        return list(seen.values())

    def _latest(self, field):
        now = self.clock.now_ms() + 60000
        begun = [plan for plan, start, _, _, cancelled in self.programme.calendar() if start <= now and not cancelled]
        return getattr(begun[-1], "key" if field == "session_key" else "meeting_key") if begun else None

    async def answer(self, request):
        if request.method != "GET":
            return Answer(405, {"detail": "Method Not Allowed"})
        refusal = self._refusal(request)
        if refusal is not None:
            return refusal
        collection = request.path[len("/v1/"):].lower().strip("/")
        wanted = filters(request.query)
        if collection not in COLLECTIONS:
            return Answer(404, {"detail": "Not Found"})
        if wanted is None:
            return Answer(422, {"detail": "Invalid filter"})
        for field in ("session_key", "meeting_key"):
            if ("=", "latest") in wanted.get(field, ()):
                wanted[field] = [("=", str(self._latest(field)))]
        self._advance()
        table = {"sessions": self.sessions, "meetings": self.meetings}.get(collection)
        found = [row for row in (table() if table else self.newest.get(collection, {}).values()) if passes(row, wanted)]
        if self.mangled:
            found = self.rng.sample(found + found, 2 * len(found))
        if not found and self.empty_is_404:
            return Answer(404, {"detail": "No results found."})
        return Answer(200, found)
