"""Every source passes the same list of scenarios: TABLE says which misbehaviour each one meets and what the user then sees. The tests
are in live_scenarios.py (one run of the daemon meets many, one after the other) and where the cells name them."""
import re

from upstream_case import Live, lap_times, true_laps

SCENARIOS = ("slow", "silent", "429 with Retry-After", "429", "401", "403", "500", "502", "garbage", "truncated", "wrong length",
             "reset in mid-frame", "two-hour cut", "clock skew", "stale session times", "doubled and reordered", "session switch")
# How the fake upstream is told to answer.
FAULTS = {"slow": ("slow", {"delay_s": 0.3}), "silent": ("silent", {"hold_s": 0.3}),
          "429 with Retry-After": ("status", {"code": 429, "retry_after": 1}),
          "500": ("status", {"code": 500}), "502": ("status", {"code": 502}), "garbage": ("garbage", {}),
          "truncated": ("truncated", {}), "wrong length": ("wrong_length", {"by": 100}), "reset in mid-frame": ("reset", {}),
          # Last what keeps sources away for long:
          "429": ("status", {"code": 429}), "401": ("status", {"code": 401}), "403": ("status", {"code": 403})}
LEFT_ALONE = "said 429 and wants to be left alone for 1 s"
# What /api/v1/sources says of the server ("last_error"); None: no new word there.
LAST_ERROR = {"slow": None, "429 with Retry-After": "status 429", "429": "status 429", "401": "status 401", "403": "status 403",
              "500": "status 500", "502": "status 502", "garbage": None, "truncated": r"closed with \d+ bytes remaining to read",
              "wrong length": "closed with 100 bytes remaining to read", "reset in mid-frame": "(?i)poll|reset|receiv"}


def elsewhere(test):
    """The cell is a test of its own: FILE.test_NAME."""
    return ("test", test)


def not_here(why):
    """The scenario does not apply."""
    return ("not", why)


def seen(error, log):
    """Met in the run of the source: pattern of the server's last error, pattern of the lines of the log; None: none."""
    return ("seen", (error, log))


def row(log, **cells):
    """Cells of what is asked over HTTP. log: {scenario: pattern}; nothing else is logged."""
    return {**{scenario: seen(error, log.get(scenario)) for scenario, error in LAST_ERROR.items()}, **cells}


NO_CONNECTION = not_here("every question is a connection of its own or an idle one: there is nothing to cut after two hours")
NO_STATUS = not_here("MQTT has no such answer; REST, which fills its gaps, meets it in the row of openf1")
BY_REST = not_here("the session is found over REST: see the row of openf1")
TABLE = {
    "livetiming": {
        **row({"429 with Retry-After": LEFT_ALONE, "429": "negotiate: HTTP 429", "500": "negotiate: HTTP 500", "502": "negotiate: HTTP 502",
               "401": "negotiate: HTTP 401: not let in without a token", "403": "negotiate: HTTP 403: not let in without a token",
               "garbage": "negotiate: the answer is no JSON object", "truncated": "negotiate: POST .* bytes remaining to read",
               "wrong length": "negotiate: POST .* 100 bytes remaining to read", "reset in mid-frame": "negotiate: POST .*next attempt"}),
        "silent": elsewhere("live_cells.test_live_timing_does_not_answer"),
        "two-hour cut": elsewhere("live_timing.test_the_two_hour_cut_is_forestalled"),
        "clock skew": elsewhere("live_timing.test_a_clock_that_is_ahead"),
        "stale session times": elsewhere("live_cells.test_session_times_of_yesterday_over_live_timing"),
        "doubled and reordered": elsewhere("live_timing.test_messages_doubled_and_out_of_order"),
        "session switch": elsewhere("live_timing.test_another_session_on_the_same_connection")},
    "openf1": {
        **row({"429 with Retry-After": LEFT_ALONE, "429": "OpenF1 says too many requests: 10 s pause, then 1.5 times slower",
               "500": "the server answered with status 500; next try in", "502": "the server answered with status 502; next try in",
               "garbage": "the answer is no JSON array; next try in", "truncated": "bytes remaining to read; next try in",
               "wrong length": "100 bytes remaining to read; next try in", "reset in mid-frame": "next try in"}),
        "silent": elsewhere("live_cells.test_openf1_does_not_answer"),
        "401": elsewhere("live_openf1.test_locked_out_without_an_account"),
        "403": elsewhere("live_cells.test_openf1_says_403"),
        "two-hour cut": NO_CONNECTION,
        "clock skew": elsewhere("live_cells.test_openf1_whose_clock_is_ahead"),
        "stale session times": elsewhere("live_cells.test_session_times_of_yesterday_over_openf1"),
        "doubled and reordered": elsewhere("live_cells.test_rows_doubled_and_out_of_order"),
        "session switch": elsewhere("live_cells.test_another_session_over_openf1")},
    "mqtt": {
        **{scenario: NO_STATUS for scenario in ("429 with Retry-After", "429", "403", "500", "502")},
        "slow": elsewhere("live_mqtt.test_a_slow_broker_is_no_fault"),
        "silent": elsewhere("live_mqtt.test_a_broker_that_falls_silent"),
        "401": elsewhere("live_mqtt.test_a_broker_that_refuses_the_account"),
        "garbage": elsewhere("live_mqtt.test_payloads_that_are_no_rows"),
        "truncated": elsewhere("live_mqtt.test_payloads_that_are_no_rows"),
        "wrong length": not_here("the length is that of the packet; a payload that is too short is the scenario truncated"),
        "reset in mid-frame": elsewhere("live_mqtt.test_the_stream_is_cut_in_mid_frame"),
        "two-hour cut": elsewhere("live_mqtt.test_the_stream_is_renewed_before_its_token_ends"),
        "clock skew": not_here("rows carry their own dates on both ways and nothing else: see the row of openf1"),
        "stale session times": BY_REST,
        "doubled and reordered": elsewhere("live_mqtt.test_rows_doubled_and_out_of_order_over_the_stream"),
        "session switch": BY_REST},
    "jolpica": {
        # The host asks again by itself before the source, or anybody, is told.
        **row({"429 with Retry-After": LEFT_ALONE, "401": "the server answers 401; it is tried again later",
               "403": "the server answers 403; it is tried again later", "garbage": "the answer is no JSON: .*; it is tried again later"}),
        "silent": elsewhere("live_cells.test_jolpica_does_not_answer"),
        "two-hour cut": NO_CONNECTION,
        "clock skew": not_here("its times are those of a calendar; nothing is measured against our clock"),
        "stale session times": elsewhere("live_season.test_a_start_that_is_moved_by_three_hours"),
        "doubled and reordered": not_here("a page is one document; rows that move between pages are tested beside the plugin"),
        "session switch": elsewhere("live_cells.test_jolpica_from_session_to_session")},
    "weather": {
        **row({"429 with Retry-After": LEFT_ALONE, "401": "Open-Meteo: HTTP 401", "403": "Open-Meteo: HTTP 403",
               "garbage": "Open-Meteo: lexical error: .*: asked again in 1 min"}),
        "silent": elsewhere("live_cells.test_the_weather_does_not_answer"),
        "two-hour cut": NO_CONNECTION,
        "clock skew": elsewhere("live_cells.test_the_weather_of_another_hour_is_refused"),
        "stale session times": not_here("a forecast is of a place; sessions come from the calendar"),
        "doubled and reordered": not_here("one answer is one document"),
        "session switch": elsewhere("live_season.test_the_forecast_of_the_weather")},
    "archive": {
        # By f1pd import; its log is what the user reads.
        **{scenario: seen(None, None) for scenario in FAULTS},
        "429 with Retry-After": seen(None, LEFT_ALONE), "401": seen(None, "1 files did not come whole; they are tried again"),
        "403": seen(None, "TimingData: the archive does not give it"),
        "garbage": seen(None, "1 files did not come whole; they are tried again"),
        "two-hour cut": NO_CONNECTION,
        "clock skew": not_here("what is fetched is over; only the calendar looks at our clock"),
        "stale session times": elsewhere("import.test_the_calendar_of_the_archive"),
        "doubled and reordered": not_here("a file is one document, whose lines are those of the feed: see recordings.py"),
        "session switch": elsewhere("import.test_its_words_its_url_and_latest_are_the_same_session")},
}


class ScenarioCase(Live):
    """What the tests of the table look at."""
    SPEED = 30

    def servers(self, d, service):
        """Those of /api/v1/sources; service None: all."""
        found = self.api(d, "/api/v1/sources")["servers"]
        return [s for s in found if service is None or self.up.url_of(service).endswith(s["server"])]

    def failures(self, d, service):
        return sum(s["failures"] for s in self.servers(d, service))

    def says(self, d, service, error, failures):
        """The page of the sources names this error of a server, and counts it; a refusal (4xx) is none of its failures."""
        servers = self.servers(d, service)
        counted = sum(s["failures"] for s in servers) > failures or error.startswith("status 4")
        return counted and any(re.search(error, s["last_error"] or "") for s in servers)

    def met(self, family, n):
        """The entries of the upstream's log from the first one since the n-th that went wrong."""
        log = self.up.log(family=family)[n:]
        wrong = next((i for i, e in enumerate(log) if e["fault"]), None)
        return [] if wrong is None else log[wrong:]

    def assert_true_race(self, d):
        """Order and laps as they were, whatever went wrong on the way."""
        r = self.up.programme.sessions[0].race
        d.wait(self.up.over, "end of the upstream's race", timeout=40)
        true = set(true_laps(r))
        d.wait(lambda: set(lap_times(self.journal())) >= true, "all lap times")
        self.assertEqual(set(lap_times(self.journal())) - true, set(), "laps that never were")
        d.wait(lambda: self.session(d)["order"] == [row[1] for row in r.result()], "true order")
        done = {number: laps for _, number, laps, _, _ in r.result()}
        d.wait(lambda: {c["number"]: c["laps"] for c in self.session(d)["cars"]} == done, "all laps in the state, which follows the journal")
