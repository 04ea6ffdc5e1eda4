"""The page while f1pd follows live sources (the fake upstream of tests/upstream): fresh, lost, between sessions, without network."""
import datetime
import os
import pathlib
import socket
import sys
import time
import zoneinfo

import browser
import daemon
from daemon import wait_for

sys.path.insert(0, str(daemon.SOURCE / "tests" / "upstream"))

import feed
import race
import upstream

RACE = {"cars": 8, "laps": 12, "lap_ms": 20000, "before_ms": 60000, "after_ms": 15000, "retirements": 0, "safety_car": False}
SOURCES = ("livetiming", "openf1", "ergast", "weather")
CPU_LIMIT = 0.05  # of one processor, when there is nothing to do

STRIP = """
return [...document.querySelectorAll("#sources li")].map((li) => ({
  text: li.textContent, level: li.dataset.level, title: li.title, visible: li.getClientRects().length > 0 }));
"""

HOSTILE = '<img src=x onerror="hit=1">%s'
NAMES = """
return [...document.querySelectorAll("#tower tbody tr[data-car] td.car .name")].map((e) => e.textContent).filter((t) => t.includes("<"));
"""
# What the hostile texts would lead to: a variable, an image, bold or slanted text.
EXECUTED = """
return [window.hit ?? null, document.querySelectorAll("img[src=x]").length,
  [...document.querySelectorAll("#tower *, header *, #race-control *, footer *")].filter((e) => ["B", "IMG"].includes(e.tagName)).length];
"""


def millis(text):
    return int(daemon.seconds_of(text) * 1000)


def closed_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class LivePage(browser.PageCase):
    def upstream(self, plans=None, speed=10, **more):
        up = upstream.Upstream(plans or race.Plan(**RACE), speed=speed, play=False, **more).start()
        self.addCleanup(up.stop)
        return up

    def live(self, up, sources=("livetiming", "ergast", "weather"), connect="always", speed=None, **options):
        """f1pd on the upstream, both on one clock. speed: of both from the start; options: more for the instances."""
        urls = {"livetiming": up.url, "openf1": up.url_of("openf1"), "ergast": up.url_of("jolpica") + "/ergast/f1",
                "weather": up.url_of("weather")}
        found = {f"source-{name}": {"base_url": urls[name]} for name in sources}
        found.get("source-livetiming", {}).update(connect=connect, retry_min="1s", retry_max="3s")
        for name, values in options.items():
            found.setdefault(name.replace("_", "-"), {}).update(values)
        found["f1pd"] = {"speed": up.speed, "clock_start": feed.utc(up.now_ms(), 0) + "Z"}
        f1pd = self.daemon(found, start=False, disabled=["source-simulator"], enabled=[f"source-{name}" for name in sources])
        f1pd.set({"f1pd": {"data_dir": f1pd.folder / "data", "journal_dir": f1pd.folder / "journal"}})
        f1pd.start()
        now = wait_for(lambda: f1pd.get("/api/v1/schedule")[0] == 200 and f1pd.json("/api/v1/schedule")["now"], 10, "the time of f1pd")
        up.call(self.set_clock, up, millis(now))
        return f1pd

    @staticmethod
    def set_clock(up, now_ms):
        up.clock.base_ms = now_ms
        up.scenario_play()

    @staticmethod
    def strip(page):
        """{"Live timing": what the foot of the page says of it}"""
        found = {}
        for item in page.js(STRIP):
            name = next((n for n in ("Live timing", "OpenF1", "Weather", "Results") if item["text"].startswith(n + " ")), item["text"])
            found[name] = {**item, "condition": item["text"][len(name):].strip()}
        return found

    def source(self, f1pd, name):
        return next(s for s in f1pd.json("/api/v1/sources")["sources"] if s["name"] == f"source-{name}")

    def assert_no_sideways_scroll(self, page):
        page.resize(360, 740)
        time.sleep(0.3)
        width = page.js("return [document.documentElement.scrollWidth, document.documentElement.clientWidth];")
        self.assertEqual(width[1], 360)
        self.assertLessEqual(width[0], 360, "the page scrolls sideways")
        self.assertEqual(page.js("""
            return [...document.querySelectorAll("header *, #next, footer *")]
              .filter((e) => e.getClientRects().length > 0 && e.getBoundingClientRect().right > 360.5)
              .map((e) => `${e.tagName} ${e.className} ${e.id}`);"""), [], "what sticks out")

    def test_live_page_shows_race_and_sources_then_the_loss(self):
        up = self.upstream()
        f1pd = self.live(up)
        page = self.browser(f1pd.url)
        wait_for(lambda: page.lap() >= 2, 60, "the second lap is shown")
        self.assertEqual(page.text("#session-title"), "Example Grand Prix · Race")
        self.assertFalse(page.visible("#simulated"))
        self.assertEqual(len(page.tower()), 8)
        wait_for(lambda: page.connection() == "live", 20, "the page says Live")
        wait_for(lambda: not page.visible("#next"), 20, "nothing is next while a race runs")
        wait_for(lambda: page.text("#gaps") == "", 10, "no gap is shown")
        found = wait_for(lambda: len(self.strip(page)) == 3 and self.strip(page), 20, "the foot names the three sources")
        self.assertEqual(set(found), {"Live timing", "Weather", "Results"})
        self.assertRegex(found["Live timing"]["condition"], r"^\d+(\.\d)? s$")
        self.assertEqual(found["Live timing"]["level"], "good")
        self.assertTrue(all(item["visible"] for item in found.values()))
        self.assertIn("timing", found["Live timing"]["title"])
        told = f1pd.json("/api/v1/sources")
        self.assertEqual(len(told["sources"]), 3)
        self.assertEqual((told["mode"], told["stale"], told["gaps_open"]), ("live", False, 0))
        timing = self.source(f1pd, "livetiming")
        self.assertEqual((timing["state"], timing["link"], timing["alive"], timing["live"]), ("running", "up", True, True))
        self.assertIn("timing", timing["active"])
        self.assertLess(timing["age_ms"], 10000 * daemon.SLOW)
        self.assertEqual(f1pd.json("/api/v1/gaps")["gaps"], [])
        self.assertEqual(f1pd.json("/healthz")["status"], "ok")
        page.screenshot("live-race")

        up.stop()
        wait_for(lambda: self.strip(page)["Live timing"]["condition"] == "lost", 40, "the foot says that live timing is lost")
        self.assertEqual(self.strip(page)["Live timing"]["level"], "bad")
        self.assertEqual(len(page.tower()), 8, "the last known order stays")
        wait_for(lambda: page.connection() == "stale", 40, "the page says that the state is old")
        self.assertEqual((page.text("#connection .state"), page.text("#connection .age")), ("No new data", ""))
        wait_for(lambda: page.text("#gaps") == "1 gap in the data", 20, "the page tells of the gap")
        self.assertEqual(f1pd.json("/api/v1/gaps")["open"], 1)
        health = f1pd.json("/healthz")
        self.assertEqual(health["status"], "degraded")
        self.assertIn("no live source has data", health["reason"])
        self.assertEqual(f1pd.get("/readyz")[0], 503)
        page.screenshot("live-lost")
        self.assert_no_sideways_scroll(page)
        page.screenshot("live-lost-telephone")

    def test_live_page_marks_silence_and_recovers(self):
        up = self.upstream(race.Plan(**{**RACE, "laps": 30}))
        f1pd = self.live(up, sources=("livetiming",), source_livetiming={"silence": "10m"})
        page = self.browser(f1pd.url)
        wait_for(lambda: page.lap() >= 2, 60, "the second lap is shown")
        up.control("mute")
        wait_for(lambda: page.connection() == "stale", 40, "the page says that the state is old")
        self.assertTrue(f1pd.json("/api/v1/sources")["stale"])
        self.assertEqual(self.source(f1pd, "livetiming")["link"], "up", "the connections stand")
        self.assertEqual(f1pd.json("/healthz")["status"], "degraded")
        wait_for(lambda: page.text("#gaps") == "1 gap in the data", 20, "the page tells of the gap")
        page.screenshot("live-silent")
        up.control("mute", on=False)
        wait_for(lambda: page.connection() == "live", 40, "the page says Live again")
        wait_for(lambda: f1pd.json("/healthz")["status"] == "ok", 20, "healthy again")
        before = page.lap()
        wait_for(lambda: page.lap() > before, 60, "the laps go on")
        ledger = f1pd.json("/api/v1/gaps")
        gap = next(g for g in ledger["gaps"] if g["id"] == 1)
        self.assertEqual((gap["source"], gap["kind"]), ("source-livetiming", "timing"))
        self.assertNotEqual(gap["how"], "open")
        self.assertEqual(ledger["total"], len({g["id"] for g in ledger["gaps"]}))

    def test_live_page_says_what_is_next_in_the_time_of_its_viewer(self):
        up = self.upstream([(race.Plan(**{**RACE, "before_ms": 600000}), 3 * 3600 - 600)], speed=1)
        f1pd = self.live(up, connect="auto")
        page = self.browser("about:blank")
        page.driver.execute_cdp_cmd("Emulation.setTimezoneOverride", {"timezoneId": "Asia/Kathmandu"})
        page.driver.execute_cdp_cmd("Emulation.setLocaleOverride", {"locale": "en-GB"})
        page.open(f1pd.url)
        wait_for(lambda: page.visible("#next"), 30, "the page says what is next")
        plan = f1pd.json("/api/v1/schedule")
        self.assertEqual((plan["mode"], plan["session"]["name"], plan["session"]["meeting"]), ("idle", "Race", "Example Grand Prix"))
        self.assertEqual([s["name"] for s in plan["sessions"]], ["Race"])
        self.assertFalse(plan["calendar_stale"])
        self.assertLess(millis(plan["now"]), millis(plan["mode_changes"]))
        start = millis(plan["session"]["start"])
        self.assertAlmostEqual(start, up.programme.sessions[0].planned_start_ms(), delta=1000)
        local = datetime.datetime.fromtimestamp(start / 1000, zoneinfo.ZoneInfo("Asia/Kathmandu"))
        text = page.text("#next")
        self.assertTrue(text.startswith("Next: Example Grand Prix · Race, "), text)
        self.assertIn(local.strftime("%H:%M"), text)
        self.assertIn(str(local.day), text)
        self.assertTrue(text.endswith(", in 3 h"), text)
        wait_for(lambda: page.text("#connection .state") == "Between sessions", 10, "the connection says Between sessions")
        found = wait_for(lambda: self.strip(page).get("Live timing"), 20, "the foot names live timing")
        self.assertEqual((found["condition"], found["level"]), ("closed", "idle"))
        self.assertEqual(f1pd.json("/healthz")["status"], "ok")
        self.assertEqual(up.counts()["subscribed"], 0)
        page.screenshot("between-sessions")
        self.assert_no_sideways_scroll(page)
        page.screenshot("between-sessions-telephone")

    def test_live_page_marks_a_session_that_nobody_tells(self):
        """The calendar knows that a race runs; live timing refuses all the time."""
        up = self.upstream([(race.Plan(**{**RACE, "before_ms": 900000}), 0)], speed=60)
        up.control("status", family="negotiate", code=503)
        f1pd = self.live(up, sources=("livetiming", "ergast"), connect="auto")
        page = self.browser(f1pd.url)
        wait_for(lambda: f1pd.json("/api/v1/schedule")["mode"] == "before", 20, "the hour before the race")
        self.assertEqual(f1pd.json("/healthz")["status"], "ok", "nothing is due yet")
        wait_for(lambda: f1pd.json("/api/v1/schedule")["mode"] == "live", 40, "the race should run")
        wait_for(lambda: f1pd.json("/healthz")["status"] == "degraded", 10, "which is not healthy")
        wait_for(lambda: page.connection() == "stale", 20, "the page says so")
        self.assertEqual(f1pd.get("/readyz")[0], 503)
        self.assertIn(self.strip(page)["Live timing"]["condition"], ("lost", "connecting"))
        page.screenshot("nobody-tells")

    def test_live_without_network(self):
        port = closed_port()
        options = {f"source-{name}": {"base_url": f"http://127.0.0.1:{port}"} for name in SOURCES}
        options["source-livetiming"].update(connect="always", retry_min="1s", retry_max="2s")
        f1pd = self.daemon(options, start=False,
                           disabled=["source-simulator"], enabled=[f"source-{name}" for name in SOURCES])
        f1pd.set({"f1pd": {"speed": 1, "data_dir": f1pd.folder / "data"}})
        f1pd.start()
        page = self.browser(f1pd.url)
        wait_for(lambda: len(self.strip(page)) == 4, 20, "the foot names the sources")
        results = wait_for(lambda: self.strip(page)["Results"]["condition"].startswith("no answer") and self.strip(page)["Results"], 20,
                           "the foot says that nobody answers")
        self.assertRegex(results["condition"], r"^no answer since \d\d:\d\d( [AP]M)?$")
        self.assertEqual(results["level"], "bad")
        notice = wait_for(lambda: page.visible("#next") and page.text("#next"), 30, "the page says that nobody answers")
        self.assertEqual(notice, f"No calendar yet: no answer from 127.0.0.1:{port}. It is tried again by itself.")
        self.assertEqual(page.text("#connection .state"), "No session known")
        self.assertEqual(page.text("#session-title"), "Waiting for a session")
        page.screenshot("no-network")
        self.assert_no_sideways_scroll(page)
        page.open("about:blank")
        before, begun = self.cpu_s(f1pd), time.monotonic()
        time.sleep(10)
        self.assertLess((self.cpu_s(f1pd) - before) / (time.monotonic() - begun), CPU_LIMIT * daemon.SLOW, "share of a processor")
        log = f1pd.log().splitlines()
        for name in ("ergast", "openf1", "livetiming"):
            told = [line for line in log if f" warn  source-{name}: " in line]
            self.assertEqual(len(told), 1, f"{name} says it once: {told}")
            self.assertIn(f"127.0.0.1:{port}", told[0])
        self.assertEqual(f1pd.json("/healthz")["sources_running"], 4)

    def test_live_texts_of_the_upstream_are_shown_as_text(self):
        """Names, messages, places and errors that are HTML: every one is read, none is executed."""
        up = self.upstream(race.Plan(**{**RACE, "laps": 30, "meeting": HOSTILE % "meeting", "name": "<b>Race</b>"}))
        f1pd = self.live(up)
        page = self.browser(f1pd.url)
        wait_for(lambda: page.lap() >= 2, 60, "the second lap is shown")
        cars = [c.number for c in up.programme.sessions[0].cars]
        up.control("message", topic="DriverList", data={str(n): {
            "FullName": HOSTILE % "name", "BroadcastName": HOSTILE % "name", "Tla": "<i>", "TeamName": HOSTILE % "team",
            "TeamColour": "0;background:url(/x)"} for n in cars})
        at = up.programme.sessions[0].messages
        told = sum(topic == "RaceControlMessages" for _, topic, _ in at)
        up.control("message", topic="RaceControlMessages", data={"Messages": {str(told): {
            "Utc": feed.utc(up.now_ms(), 0), "Lap": 2, "Category": "Other", "Message": HOSTILE % "message"}}})
        up.control("message", topic="SessionInfo", data={"Meeting": {"Circuit": {"ShortName": HOSTILE % "circuit"}}})
        wait_for(lambda: HOSTILE % "message" in page.messages(), 20, "the message is read as it is")
        wait_for(lambda: HOSTILE % "circuit" in page.js("return document.body.innerText;"), 20, "the circuit is read as it is")
        rows = wait_for(lambda: page.js(NAMES), 20, "names")
        self.assertEqual(set(rows), {HOSTILE % "name"})
        self.assertEqual(page.text("#session-title"), (HOSTILE % "meeting") + " · <b>Race</b>")
        self.assertEqual({car["code"] for car in page.tower()}, {"<i>"})
        up.control("feed", subscribe_error=HOSTILE % "error")
        up.control("cut_all", how="reset")
        wait_for(lambda: any(HOSTILE % "error" in item["title"] for item in page.js(STRIP)), 30, "the error is read as it is")
        page.screenshot("hostile-texts")
        self.assertEqual(page.js(EXECUTED), [None, 0, 0], "something was executed, or made of the texts")

    @staticmethod
    def cpu_s(f1pd):
        fields = pathlib.Path(f"/proc/{f1pd.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


daemon.main(__name__)
