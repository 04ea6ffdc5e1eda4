"""Every view and control of the page, in a real browser: few daemons, many looks."""
import re
import time

from selenium.webdriver.common.keys import Keys

import a11y
import browser
import daemon
import fakes
from daemon import QUIET, SHORT_RACE, wait_for

PAGE = daemon.SOURCE / "plugins" / "sink_websocket" / "page"
PAGE_MAX = 150_000  # bytes of our own, before compression
VIEWS = ("race", "forecast", "track", "qualifying", "weekend", "accuracy", "system")

SIDEWAYS = """
const wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
const out = [...document.querySelectorAll("header *, main h2, main p, main section, #tower td, #top3 *, #tools *, #replay *, dialog[open] *")]
  .filter((e) => e.getClientRects().length > 0 && !e.closest(".hidden-text, .scroll") && e.getBoundingClientRect().right > innerWidth + 0.5)
  .map((e) => `${e.tagName} ${e.className} ${e.id}`);
return [wide, out];
"""
# What has to be scrolled sideways to be read, of that which is to be read at a glance.
CUT = """
return [...document.querySelectorAll("#tower .scroll, #heat, #stints")].map((e) => e.closest(".scroll"))
  .filter((e) => e.getClientRects().length > 0 && e.scrollWidth > e.clientWidth + 1).map((e) => `${e.parentElement.id} ${e.firstElementChild.id} ${e.scrollWidth} > ${e.clientWidth}`);
"""
HEAT = """
return [...document.querySelectorAll("#heat tbody tr")].map((tr) => ({ car: Number(tr.dataset.car),
  cells: [...tr.cells].slice(1).map((td) => Number(td.textContent || 0)), now: [...tr.cells].findIndex((td) => td.classList.contains("now")) }));
"""
FACTS = """
return Object.fromEntries([...document.querySelectorAll("#car-facts div")].map((div) => [...div.children].map((e) => e.textContent)));
"""
ROW = """
const row = document.querySelector(`#tower tr[data-car="${CAR}"]`);
return Object.fromEntries([...row.cells].map((td) => [td.className.replace("num ", "").split(" ")[0], td.textContent]));
"""


class FaceTest(browser.PageCase):
    def view(self, page, name):
        page.js(f"location.hash = '{name}';")
        wait_for(lambda: page.visible(f"#view-{name}"), 5, f"the view {name} is shown")
        hidden = [v for v in VIEWS if v != name and page.visible(f"#view-{v}")]
        self.assertEqual(hidden, [], "one view at a time")

    def faked(self, cars, width=1440, height=1000, **more):
        """The page of a real server, whose socket says what the test wants."""
        f1pd = self.daemon({"source-simulator": QUIET, "f1pd": {"speed": 1}})
        page = self.browser(f1pd.url, width, height, fakes.SOCKET)
        wait_for(lambda: page.js("return window.fake.sockets.length > 0;"), 10, "the page opens its socket")
        fakes.say(page, fakes.snapshot(cars, **more))
        return page

    def row(self, page, number):
        return page.js(ROW.replace("${CAR}", str(number)))

    def test_a_race_on_every_view(self):
        f1pd = self.daemon({"source-simulator": {**QUIET, "laps": 24}, "f1pd": {"speed": 60}})
        page = self.browser(f1pd.url)
        f1pd.wait_forecast()
        wait_for(lambda: len(page.tower()) == 20, 20, "the tower has its rows")
        wait_for(lambda: page.visible("#replay"), 10, "a simulation can be steered")
        self.assertFalse(page.visible("#replay-jump"), "but not be put to another lap")

        page.js("document.querySelector('#tower tr[data-car] .code').click();")
        wait_for(lambda: page.visible("#race-aside #car"), 5, "the chosen car is shown in detail")
        chosen = page.tower()[0]["car"]
        self.assertIn(f"car {chosen}", page.text("#car-team"))
        wait_for(lambda: re.search(r"P\d", page.text("#car-rejoin")), 20, "it says where the car would come out of the pits")
        self.assertRegex(page.text("#car-facts"), r"Stops within 1 / 5 laps(<1|>99|\d+) % / (<1|>99|\d+) %")
        wait_for(lambda: page.visible("#passes ol li"), 20, "passes to come are named")
        self.assertRegex(page.text("#passes ol li"), r"^[A-Z]{3} passes [A-Z]{3} for P\d+(<1|>99|\d+) %$")
        f1pd.wait_lap(8)
        wait_for(lambda: page.js("return document.querySelectorAll('#moves li').length > 0;"), 20, "the page says whose chance moved")
        self.assertRegex(page.text("#moves li"), r"^[A-Z]{3}[▲▼] [+−]\d+\.\d")

        self.view(page, "forecast")
        wait_for(lambda: len(page.js(HEAT)) == 20, 10, "the heat map has a row for each car")
        for row in page.js(HEAT):
            self.assertEqual(len(row["cells"]), 20)
            self.assertAlmostEqual(sum(row["cells"]), 100, delta=8, msg=f"car {row['car']}: roundings apart, its places add up")
        self.assertEqual(sorted(row["now"] for row in page.js(HEAT)), list(range(1, 21)), "each place is held by one car")
        self.assertTrue(page.visible("#view-forecast #chart canvas"), "the chart came along")
        self.assertTrue(page.visible("#view-forecast #car"), "and the chosen car")
        stints = page.js("return [...document.querySelectorAll('#stints tbody tr')].map((tr) => tr.querySelectorAll('.stint').length);")
        self.assertEqual(len(stints), 20)
        self.assertGreaterEqual(min(stints), 1)
        self.assertEqual(len(page.js("return [...document.querySelectorAll('#hazards li')].map((li) => li.textContent);")), 3)
        page.screenshot("forecast")

        self.view(page, "track")
        running = [car for car in f1pd.session()["cars"] if not car["retired"]]
        wait_for(lambda: page.js("return document.querySelectorAll('#ring .mark').length;") >= len(running) - 4, 10,
                 "the cars that run are on the ring, but for those in the pits")
        wait_for(lambda: re.search(r"most likely P\d+", page.text("#ring-ghost")), 10, "the ghost of the chosen car stands on the ring")
        self.assertTrue(page.js("return Boolean(document.querySelector('#ring .ghost'));"))
        page.screenshot("track")

        self.view(page, "qualifying")
        self.assertTrue(page.text("#quali-empty").startswith("No qualifying runs now"))
        self.view(page, "weekend")
        wait_for(lambda: page.text("#meetings-empty") == "No calendar is known: the live sources give it", 10, "it says that it knows no calendar")
        self.assertTrue(page.visible("#outlook-empty"))
        self.view(page, "system")
        wait_for(lambda: page.visible("#system-plugins tbody tr"), 15, "the plugins are listed")
        self.assertIn("Simulation", page.text("#system-sources tbody"))
        self.assertIn("predictor-midrace", page.text("#system-plugins tbody"))
        self.assertRegex(page.text("#system-latency"), r"forecasts took at most [\d.]+ (m|µ)?s,")
        wait_for(lambda: page.text("#system-gaps-empty") == "No data was missed" and page.visible("#system-gaps-empty"), 10, "no gaps")
        page.screenshot("system")

        self.view(page, "race")
        wait_for(lambda: page.connection() == "ended", 60, "the race is over")
        wait_for(lambda: [row["car"] for row in page.tower()] == f1pd.session()["order"], 10, "the tower shows the result")
        self.assertEqual(page.text("#lap"), "24 / 24")
        wait_for(lambda: page.tower()[0]["win"] == "100 %", 10, "the winner is certain")

    def test_what_is_unknown_is_said(self):
        cars = [fakes.car(n) for n in range(1, 7)]
        page = self.faked(cars, told=False)
        fakes.say(page, fakes.message("snapshot", resumed=False, session=fakes.session(), state=fakes.state(cars, lap=None, total_laps=None),
                                      forecast=None, forecast_history=[], insights=None))
        shown = self.row(page, 3)
        for column in ("gap", "interval", "lap-time", "stops", "win", "podium", "points", "expected", "retire"):
            self.assertEqual(shown[column], "–", f"{column} is unknown, not 0")
        self.assertEqual(shown["tyre"], "?–")
        self.assertEqual((page.text("#lap"), page.text("#clock"), page.text("#weather")), ("–", "–", "–"))
        self.assertEqual(page.text("#passes-empty"), "Not known yet")
        self.assertEqual(page.text("#moves-empty"), "No forecast yet")
        page.js("document.querySelector('#tower tr[data-car=\"3\"] .code').click();")
        wait_for(lambda: page.visible("#car-rejoin-empty"), 5, "where it would rejoin is not known")
        self.assertTrue(page.text("#car-options-empty").startswith("Not known"))
        self.view(page, "forecast")
        fakes.settle(page)
        self.assertTrue(page.visible("#heat-empty"))
        self.assertTrue(page.visible("#hazards-empty"))
        self.view(page, "track")
        fakes.settle(page)
        self.assertIn("not known", page.text("#ring-scale"))
        self.assertIn("C05 (gap unknown)", page.text("#ring-away"))

    def test_the_cars_draw_the_circuit(self):
        cars = [fakes.car(n, gap_ms=n * 1000, last_ms=90000, colour="#3070c0" if n < 3 else "#c03030") for n in range(1, 5)]
        page = self.faked(cars)
        address = lambda: page.js("return window.fake.sockets.at(-1).url;")
        self.assertNotIn("topics", address(), "positions are not asked for where nobody sees them")
        self.view(page, "track")
        wait_for(lambda: "positions" in address(), 5, "the view asks for positions")
        self.assertIn("from=1-1", address(), "behind what is known already")
        fakes.settle(page)
        self.assertTrue(page.visible("#ring") and not page.visible("#map"))
        self.assertRegex(page.text("#map-none"), r"^No map: no positions come\. .*F1TV token")

        marks = lambda: page.js("""return Object.fromEntries([...document.querySelectorAll('#map .mark')].map((g) => [g.dataset.car,
            [Number(g.children[1].getAttribute('cx')), Number(g.children[1].getAttribute('cy')), g.textContent, g.children[1].style.stroke]]));""")
        points = lambda: page.js("return document.querySelector('#map .road').getAttribute('d').split('M').length - 1;")
        # Once around 2,000 by 500 m, a place every 20 m.
        around = [(x, 0) for x in range(0, 2000, 20)] + [(2000, y) for y in range(0, 500, 20)] + \
            [(x, 500) for x in range(2000, 0, -20)] + [(0, y) for y in range(500, 0, -20)]
        fakes.say(page, fakes.positions(*[(100 + i, x, y) for i, (x, y) in enumerate(around)]))
        self.assertEqual(len(marks()), len(around))
        fakes.say(page, fakes.positions((1, 0, 0), (2, 2000, 0), (3, 1000, 500), (4, 70, 70, False), seq=900))
        self.assertTrue(page.visible("#map") and not page.visible("#ring") and not page.visible("#ring-scale"))
        self.assertEqual(points(), len(around), "one point for each place")
        self.assertEqual({car: m[:3] for car, m in marks().items()},
                         {"1": [40, 200, "C01"], "2": [680, 200, "C02"], "3": [360, 40, "C03"]}, "north is up; who is off the track is not on the map")
        self.assertEqual(marks()["1"][3], marks()["2"][3], "a team has one colour")
        self.assertNotEqual(marks()["1"][3], marks()["3"][3])
        fakes.say(page, fakes.positions((1, 4, 0), (2, 1998, 0), seq=901))
        self.assertEqual(points(), len(around), "a place where cars have been is not drawn again")
        self.assertEqual(sorted(marks()), ["1", "2"])
        page.js("document.querySelectorAll('#map .mark')[1].dispatchEvent(new MouseEvent('click', { bubbles: true }));")
        wait_for(lambda: page.visible("#view-track #car") and "C02" in page.text("#car-title"), 5, "a car on the map can be chosen")
        page.screenshot("map")

        page.js("const now = Date.now; Date.now = () => now() + 10001;")
        wait_for(lambda: page.visible("#ring") and not page.visible("#map"), 5, "a map of ten seconds ago is none")
        self.assertEqual(page.text("#map-none"), "No map now: no positions have come for 10 s.")

        fakes.say(page, fakes.snapshot(cars, session=fakes.session(start="2030-02-02T14:00:00.000Z")))
        self.assertTrue(page.visible("#ring") and not page.visible("#map"), "nothing of another session")
        fakes.say(page, fakes.positions((1, 0, 0, False), seq=1800))
        self.assertEqual((page.visible("#map"), points(), marks()), (True, 0, {}), "nor while all its cars stand beside the track")
        fakes.say(page, fakes.positions((1, 0, 0), (2, 500, 2000), seq=1900))
        self.assertEqual({car: m[:2] for car, m in marks().items()}, {"1": [40, 40], "2": [680, 200]}, "a circuit that is long from north to south lies on its side")
        self.view(page, "race")
        wait_for(lambda: "topics" not in address(), 5, "no positions where nobody sees them")

    def test_a_constructed_race_is_shown_as_told(self):
        cars = [fakes.car(n, gap_ms=(n - 1) * 1500, interval_ms=1500 if n > 1 else 0, last_ms=90000, laps=20, stops=1, retired=False,
                          in_pit=False, compound="hard", tyre_age=8, stints=[
                              {"compound": "medium", "laps": 12, "age": 0, "new": True, "first_lap": 1},
                              {"compound": "hard", "laps": 8, "age": 0, "new": True, "first_lap": 13}]) for n in range(1, 7)]
        cars[1].update(penalty_ms=5000, sectors_ms=[30000, 31000, None], sectors_overall=[True, False, None], sectors_personal=[True, True, None])
        cars[2].update(in_pit=True)
        cars[5].update(retired=True, gap_ms=None, interval_ms=None)
        told = fakes.forecast(cars, lap=20, c2={"win": 0.625, "podium": 0.9, "points": 1, "retire": 0.21, "expected_position": 1.6, "q05": 1, "q25": 1,
                                                "q50": 1, "q75": 2, "q95": 4, "gap_ms": [8100, 10000, 12345, 15000, 19900],
                                                "positions": [0.625, 0.2, 0.075, 0.05, 0.05, 0]},
                              c3={"gap_ms": [52300, 61000, 72000, None, None]}, c4={"gap_ms": [0] * 5}, c6={"gap_ms": [None] * 5})
        page = self.faked(cars, told=told, lap=20)
        fakes.say(page, fakes.insights(
            [(2, {"expected_points": 22.4, "stops_left": 0.7, "stop_within_1": 0.31, "stop_within_5": 0.64, "rejoin": [0, 0, 0.25, 0.75, 0, 0],
                  "options": [{"option": "pit_now", "compound": "soft", "laps": 0, "position_change": -1.2, "win_change": 0.034, "podium_change": 0.012},
                              {"option": "pit_under_sc", "compound": "hard", "laps": 0, "position_change": -0.8, "win_change": 0.021,
                               "podium_change": 0.0}]})],
            overtakes=[{"attacker": 2, "defender": 1, "within_1": 0.2, "within_3": 0.66, "within_5": 0.8}],
            moves=[{"car": 2, "cause": 3, "trigger": "pit", "win_change": 0.081, "text": "C03 pitted"}]))
        row = self.row(page, 2)
        self.assertEqual((row["win"], row["podium"], row["points"], row["retire"]), ("63 %", "90 %", "100 %", "21 %"))
        self.assertEqual((row["gap"], row["stops"], row["tag"], row["expected"]), ("+1.500", "1", "+5 s", "1.6"))
        self.assertEqual(self.row(page, 3)["tag"], "PIT")
        self.assertEqual(self.row(page, 6)["tag"], "RETIRED")
        self.assertEqual(page.js("return [...document.querySelectorAll('#tower tr[data-car=\"2\"] .sectors i')].map((i) => i.dataset.level);"),
                         ["overall", "personal", "none"])
        heights = page.js("return [...document.querySelectorAll('#tower tr[data-car=\"2\"] .sectors i')].map((i) => i.clientHeight);")
        self.assertEqual(heights, sorted(heights, reverse=True), "the height says the same as the colour")
        self.assertEqual(page.text("#passes li"), "C02 passes C01 for P166 %")
        self.assertEqual(page.text("#moves li"), "C02▲ +8.1C03 pitted")

        gaps = {}
        for number in (1, 6, 4, 3, 2):
            page.js(f"document.querySelector('#tower tr[data-car=\"{number}\"] .code').click();")
            fakes.settle(page)
            gaps[number] = page.js(FACTS)["Gap at the flag"]
        self.assertEqual(gaps, {1: "–", 2: "12.3 s (8.1 to 19.9 s)", 3: "72.0 s (52.3 s to a lap down or out)", 4: "0.0 s", 6: "a lap down or out"})
        options = page.js("return [...document.querySelectorAll('#car-options tbody tr')].map((tr) => [...tr.cells].map((c) => c.textContent));")
        self.assertEqual(options, [["Stop at the end of this lap S", "−1.2", "+3.4", "+1.2"],
                                   ["Stop now, if a safety car came now H", "−0.8", "+2.1", "±0"]])
        self.assertEqual(page.js("return [...document.querySelectorAll('#car-rejoin li')].map((li) => li.textContent);"), ["P325 %", "P475 %"])
        page.screenshot("constructed-race")

        self.view(page, "forecast")
        fakes.settle(page)
        heat = {row["car"]: row for row in page.js(HEAT)}
        self.assertEqual(heat[2]["cells"], [63, 20, 8, 5, 5, 0])
        self.assertEqual(heat[2]["now"], 2)
        bars = page.js("""return [...document.querySelectorAll('#stints tr[data-car="2"] .stint')].map((s) =>
            [s.dataset.compound, parseFloat(s.style.left), parseFloat(s.style.width)]);""")
        self.assertEqual(bars, [["medium", 0, 24], ["hard", 24, 16]], "in per cent of 50 laps")
        self.assertEqual(page.js("return [...document.querySelectorAll('#stints tr[data-car=\"2\"] td.num')].map((c) => c.textContent);"),
                         ["0.7", "31 %", "64 %"])
        self.assertEqual(page.text("#sc-gains"), "C02: 0.8 places better, win +2.1 points")
        page.screenshot("constructed-forecast")
        self.view(page, "track")
        fakes.settle(page)
        self.assertEqual(page.text("#ring-ghost"), "C02, after a stop on this lap: most likely P4 (75 %).")
        self.assertEqual(page.text("#ring-away"), "Not on the ring: C03 (in the pits), C06 (out)")

        # C04 takes C01's place: its row slides there, unless the viewer wants no movement.
        self.view(page, "race")
        cars[3]["position"], cars[0]["position"] = 1, 4
        order = {"order": [4, 2, 3, 1, 5, 6], "cars": [{"number": 4, "position": 1}, {"number": 1, "position": 4}]}
        moved = "return document.querySelector('#tower tr[data-car=\"4\"]').getAnimations().length;"
        page.js("const row = document.querySelector('#tower tr[data-car=\"4\"]'), own = row.animate; "
                "window.slid = 0; row.animate = (...a) => { window.slid++; return own.apply(row, a); };")
        fakes.say(page, fakes.message("state", seq=5, state=order))
        self.assertEqual([r["car"] for r in page.tower()], [4, 2, 3, 1, 5, 6])
        self.assertEqual(page.js("return window.slid;"), 1, "the row was seen to move")
        self.assertEqual(page.js(moved), 0, "and stands now")
        self.assertIn("C04 leads", page.text("#alerts"))
        page.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-reduced-motion", "value": "reduce"}]})
        fakes.say(page, fakes.message("state", seq=6, state={"order": [2, 4, 3, 1, 5, 6], "cars": [{"number": 2, "position": 1}, {"number": 4, "position": 2}]}))
        self.assertEqual(page.js("return window.slid;"), 1, "who asked for no movement sees none")
        self.assertEqual([r["car"] for r in page.tower()], [2, 4, 3, 1, 5, 6])

    def test_qualifying_shows_the_drop_zone(self):
        cars = [fakes.car(n, part_best_ms=[80000 + 100 * n, None, None], best_ms=80000 + 100 * n, sectors_ms=[25000, 30000, 25000 + 100 * n],
                          sectors_overall=[n == 1] * 3, sectors_personal=[True] * 3, retired=False, in_pit=n == 4, knocked_out=False) for n in range(1, 21)]
        told = fakes.forecast(cars, c16={"win": 0.001, "points": 0.02, "positions": [0.02] * 15 + [0.7] + [0] * 4})
        page = self.faked(cars, told=told, session=fakes.session(type="qualifying", name="Qualifying", part=1))
        self.assertEqual(page.js("return [...document.querySelectorAll('#tower thead th.num')].map((th) => th.textContent.trim()).slice(4, 7);"),
                         ["Pole", "Top 3", "Q3"])
        self.view(page, "qualifying")
        fakes.settle(page)
        rows = page.js("return [...document.querySelectorAll('#quali tbody tr')].map((tr) => [...tr.cells].map((c) => c.textContent));")
        self.assertEqual(len(rows), 20)
        self.assertEqual(page.text("#quali-part"), "Q1 · the first 15 go on")
        self.assertEqual(rows[0][2:4] + rows[0][8:], ["1:20.100", "−1.400", "25.000 ◆", "30.000 ◆", "25.100 ◆"])
        self.assertEqual(rows[3][5], "PIT")
        self.assertEqual([row[5] for row in rows[15:]], ["DROP ZONE"] * 5)
        self.assertEqual(rows[15][3:8], ["+0.100", "30 %", "DROP ZONE", "2 %", "<1 %"])
        self.assertEqual(page.js("return document.querySelector('#quali tr.cut').dataset.car;"), "15")
        page.screenshot("qualifying")

    def test_alerts_tell_of_favourites(self):
        cars = [fakes.car(n, gap_ms=n * 1000, retired=False, in_pit=False, penalty_ms=0, laps=5) for n in range(1, 7)]
        page = self.faked(cars)
        page.js("document.querySelector('#tower tr[data-car=\"3\"] .code').click();")
        fakes.settle(page)
        page.js("document.querySelector('#car-favourite').click();")
        fakes.settle(page)
        self.assertEqual(page.text("#tower tr[data-car='3'] .star".replace("'", '"')), "★")
        alerts = lambda: page.js("return [...document.querySelectorAll('#alerts li')].map((li) => li.textContent);")
        self.assertEqual(alerts(), [])
        fakes.say(page, fakes.message("state", seq=2, state={"cars": [{"number": 2, "in_pit": True}]}))
        self.assertEqual(alerts(), [], "of the others no word")
        fakes.say(page, fakes.message("state", seq=3, state={"cars": [{"number": 3, "in_pit": True}]}))
        self.assertEqual(alerts(), ["★ C03 comes into the pits"])
        fakes.say(page, fakes.message("state", seq=4, state={"track": {"status": "sc", "since": None, "neutralised": True}}))
        self.assertEqual(alerts()[0], "Safety car")
        self.assertEqual(page.js("return getComputedStyle(document.querySelector('#track-status')).backgroundColor;"), "rgb(255, 212, 59)", "yellow")
        fakes.say(page, fakes.message("forecast", seq=5, forecast=fakes.forecast(cars, c3={"win": 0.4})))
        self.assertEqual(alerts()[0], "★ C03: chance to win 40 % (+23.3 points)")
        fakes.say(page, fakes.insights(overtakes=[{"attacker": 3, "defender": 2, "within_1": 0.3, "within_3": 0.61, "within_5": 0.7}]))
        self.assertEqual(alerts()[0], "★ C03 is likely to pass C02: 61 % within 3 laps")
        page.screenshot("alerts")
        fakes.say(page, fakes.snapshot(cars))
        self.assertEqual(len(alerts()), 4, "no more than four at once; a snapshot is no news")
        self.assertEqual(page.js("return document.querySelector('#alerts').getAttribute('aria-live');"), "polite")
        page.driver.refresh()
        wait_for(lambda: page.js("return window.fake?.sockets.length > 0;"), 10, "the page opens its socket again")
        fakes.say(page, fakes.snapshot(cars))
        self.assertEqual(page.text('#tower tr[data-car="3"] .star'), "★", "favourites are kept")

    def test_rules_of_the_server_are_told(self):
        f1pd = self.daemon({"source-simulator": {**QUIET, "laps": 30}, "f1pd": {"speed": 30}})
        page = self.browser(f1pd.url)
        f1pd.wait_lap(2)
        page.js("document.querySelector('[data-opens=watch]').click();")
        say = "const i = document.querySelector('#rule'); i.value = %r; document.querySelector('#rule-add').click();"
        page.js(say % "win[ changes")
        wait_for(lambda: page.text("#rules-say").startswith("Not done"), 10, "a rule that nobody understands is refused, with the reason")
        page.js(say % "pits")
        wait_for(lambda: page.text("#rules") == "pitsRemove", 10, "the rule stands in the list")
        wait_for(lambda: re.search(r"\b(pits|pitted|stop)", page.text("#alerts")), 90, "who pits is told")
        page.screenshot("rules")
        page.js("document.querySelector('#rules button').click();")
        wait_for(lambda: page.text("#rules") == "", 10, "removed")
        self.errors_expected = "status of 400"

    def test_page_asks_for_the_token(self):
        f1pd = self.daemon({"source-simulator": QUIET}, start=False)
        tokens = f1pd.folder / "tokens"
        tokens.write_text(f"{'ab' * 32} read\n")
        tokens.chmod(0o600)
        f1pd.set({"sink-websocket": {"tokens": f"${{file:{tokens}}}"}})
        f1pd.start(ready="/readyz")
        page = self.browser(f1pd.url)
        wait_for(lambda: page.visible("#refused"), 20, "the page says that the server asks for a token")
        self.assertEqual(page.tower(), [])
        page.js("document.querySelector('#refused button').click();")
        self.assertTrue(page.visible("#set-token"))
        page.choose("#set-token", "ab" * 32)
        wait_for(page.tower, 30, "with the token the race is shown")
        wait_for(lambda: not page.visible("#refused"), 20, "and nothing more is asked")
        page.js("document.querySelector('#settings').close();")
        wait_for(lambda: page.visible("#replay"), 20, "the clock is shown")
        page.js("document.querySelector('#replay-pause').click();")
        wait_for(lambda: page.text("#replay-says").startswith("Not done"), 10, "a token that only reads does not steer")
        self.errors_expected = "status of 40[13]|Unexpected response code: 401|HTTP Authentication failed"

    def test_replay_is_steered(self):
        f1pd = self.daemon({"source-replay": {"path": SHORT_RACE}, "f1pd": {"speed": 20}}, disabled=["source-simulator"], enabled=["source-replay"])
        page = self.browser(f1pd.url)
        wait_for(lambda: page.lap() >= 3, 60, "the third lap")
        wait_for(lambda: page.visible("#replay"), 10, "a recording can be steered")
        self.press(page, Keys.SPACE)
        wait_for(lambda: page.connection() == "paused", 10, "the space bar pauses")
        wait_for(lambda: page.text("#replay-pause") == "▶ Play", 5, "the button says what it would do")
        lap = page.lap()
        page.js("document.querySelector('#replay-pause').click();")
        wait_for(lambda: page.connection() == "live", 10, "the button lets it go on")
        wait_for(lambda: page.lap() > lap, 60, "the race goes on")
        page.choose("#replay-lap", 8)
        wait_for(lambda: page.lap() >= 8, 20, "put to lap 8")
        wait_for(lambda: "of 12" in page.text("#replay-at"), 5, "the bar says which lap that is")
        page.choose("#replay-lap", 2)
        wait_for(lambda: 0 < page.lap() <= 3, 20, "and back to lap 2")
        self.assertEqual(len(page.tower()), 4)
        laps = page.js("return [...document.querySelectorAll('#race-control .when')].map((e) => e.textContent);")
        self.assertTrue(all(int(text.split()[1]) <= 4 for text in laps if text.startswith("Lap")), f"what race control will say is gone: {laps}")
        self.assertLess(float(page.text("#confidence").rpartition("lap ")[2].split()[0]) if "lap" in page.text("#confidence") else 0, 5)
        events = page.js("return [...document.querySelector('#replay-jump').options].slice(1).map((o) => o.textContent);")
        self.assertGreaterEqual(len(events), 1, "what was seen can be jumped to")
        page.choose("#replay-speed", 300)
        wait_for(lambda: page.connection() == "ended", 60, "faster to the end")
        page.screenshot("replay")

    def test_delay_and_no_spoilers(self):
        f1pd = self.daemon({"source-simulator": QUIET, "f1pd": {"speed": 10}})
        page = self.browser(f1pd.url)
        f1pd.wait_lap(2)
        wait_for(lambda: page.lap() >= 2, 20, "the second lap is shown")
        clock = "return document.querySelector('#clock').textContent.split(':').reduce((s, v) => s * 60 + Number(v), 0);"

        def behind():
            """Seconds of the race between the server's clock and the page's."""
            now = f1pd.session()
            c = now["clock"]
            since = (daemon.seconds_of(now["time"]) - daemon.seconds_of(c["at"])) if c["running"] else 0
            return page.js(clock) - (c["remaining_ms"] / 1000 - since)

        wait_for(lambda: abs(behind()) < 15, 20, "without a delay it is there where the server is")
        self.press(page, "d")
        page.choose("#sync-seconds", 30)
        wait_for(lambda: page.text("#open-sync") == "30 s behind", 10, "the tool bar says how far behind it is")
        page.screenshot("delay")
        self.press(page, Keys.ESCAPE)
        wait_for(lambda: page.connection() == "live" and 18 <= behind() <= 60, 20, "everything is 30 s behind")
        page.driver.refresh()
        wait_for(lambda: page.lap() >= 2 and page.text("#open-sync") == "30 s behind", 20, "also when the page is opened again")
        wait_for(lambda: 18 <= behind() <= 60, 10, "and it shows nothing newer")

        self.press(page, "d")
        wait_for(lambda: page.visible("#sync-marks li"), 60, "moments to compare with the TV are listed")
        self.assertRegex(page.text("#sync-marks li span"), r"^(The leader begins lap \d+|Lights out|.* flag|Track clear), \d+ s ago here$")
        page.js("document.querySelector('#sync-spoilers').click();")
        wait_for(lambda: page.text("#open-sync").startswith("No spoilers"), 10, "no spoilers from here on")
        page.js("document.querySelector('#sync-live').click();")
        wait_for(lambda: page.text("#sync-says").startswith("Not done"), 10, "the server refuses what would be newer")
        page.js("document.querySelector('#sync-spoilers').click();")
        wait_for(lambda: page.text("#open-sync") == "30 s behind", 10, "taken back")
        page.js("document.querySelector('#sync-hold').click();")
        wait_for(lambda: page.text("#open-sync").startswith("Held"), 10, "held")
        stands = page.js(clock)
        f1pd.wait_lap(f1pd.session()["lap"] + 1)
        self.assertEqual(page.js(clock), stands, "while the race goes on")
        page.js("document.querySelector('#sync-live').click();")
        wait_for(lambda: abs(behind()) < 15, 20, "and back to now")
        self.press(page, Keys.ESCAPE)
        self.errors_expected = "status of 409"

    def test_every_view_fits_every_screen(self):
        f1pd = self.daemon({"source-simulator": QUIET, "f1pd": {"speed": 30}})
        page = self.browser(f1pd.url)
        f1pd.wait_lap(4)
        page.js("document.querySelector('#tower tr[data-car] .code').click();")
        for width, height in ((360, 740), (768, 1024), (1280, 800), (1920, 1080)):
            page.resize(width, height)
            for name in VIEWS:
                self.view(page, name)
                time.sleep(0.6)
                wide, out = page.js(SIDEWAYS)
                self.assertEqual((wide > 0, out), (False, []), f"{name} at {width} pixels")
                self.assertEqual(page.js(CUT), [], f"cut off in {name} at {width} pixels")
                if width in (360, 1920):
                    page.screenshot(f"{name}-{width}")
            for dialog in ("sync", "watch", "settings", "help"):
                page.js(f"document.getElementById('{dialog}').showModal();")
                self.assertEqual(page.js(SIDEWAYS)[1], [], f"{dialog} at {width} pixels")
                page.js(f"document.getElementById('{dialog}').close();")
        self.view(page, "race")
        self.assertTrue(all(row["visible"] for row in page.tower()))
        # In a narrow page: pressing a car leads to its details, which are far below.
        page.resize(360, 740)
        page.js("document.querySelector('#car-close').click(); scrollTo(0, document.querySelector('#tower').offsetTop);"
                "document.querySelector('#tower tr[data-car] .code').click();")
        wait_for(lambda: page.js("const b = document.querySelector('#car').getBoundingClientRect(); return b.top < innerHeight && b.bottom > 0;"),
                 5, "the details of the car that was pressed are seen")

    def test_a_recording_fits_a_telephone(self):
        """With the bar of a recording, and in qualifying: nothing sticks out."""
        f1pd = self.daemon({"source-replay": {"path": SHORT_RACE}, "f1pd": {"speed": 20}}, disabled=["source-simulator"], enabled=["source-replay"])
        page = self.browser(f1pd.url, 360, 740)
        wait_for(lambda: page.visible("#replay-jump") and page.lap() >= 2, 40, "the bar with all that it has")
        for name in ("race", "forecast", "qualifying"):
            self.view(page, name)
            self.assertEqual(page.js(SIDEWAYS), [0, []], f"{name} at 360 pixels")
        page.screenshot("recording-360")

    def test_everybody_can_use_it(self):
        f1pd = self.daemon({"source-simulator": QUIET, "f1pd": {"speed": 30}})
        page = self.browser(f1pd.url)
        f1pd.wait_lap(3)
        f1pd.wait_forecast()
        page.js("document.querySelector('#tower tr[data-car] .code').click();")
        for theme, palette in (("dark", "standard"), ("dark", "safe"), ("light", "standard"), ("light", "safe")):
            page.choose("#set-theme", theme)
            page.choose("#set-palette", palette)
            self.assertEqual(page.js("return document.documentElement.dataset.theme;"), theme)
            for name in VIEWS:
                self.view(page, name)
                time.sleep(0.4)
                found = page.js(a11y.CONTRAST)
                self.assertGreater(found["looked"], 20)
                self.assertEqual(found["bad"], [], f"contrast of {name}, {theme}, {palette}")
                if palette == "standard" and theme == "dark":
                    self.assertEqual(page.js(a11y.NAMES), [], f"names in {name}")
            page.screenshot(f"system-{theme}-{palette}")
        self.view(page, "race")
        page.screenshot("race-light-safe")

        # By keyboard alone: first the views, then the tools, then one car, then the rest; arrows go from car to car.
        page.js("document.querySelector('#car-close').click(); document.querySelector('#views a').focus(); scrollTo(0, 0);")
        order = [page.js(a11y.FOCUS)]
        for _ in range(15):
            self.press(page, Keys.TAB)
            order.append(page.js(a11y.FOCUS))
            self.assertTrue(page.js(a11y.RING), f"{order} shows that it has the focus")
        self.assertEqual(order[:7], [f"view {name.capitalize()}" for name in VIEWS])
        self.assertEqual(order[7:12], ["open-sync", "sound", "Alerts", "Settings", "Help: Keys"])
        self.assertEqual(order[12], "Running order", "what may scroll sideways")
        self.assertTrue(order[13].startswith("car "), order)
        self.assertFalse(any(o.startswith("car ") for o in order[14:]), "one stop for all cars")
        page.js("document.querySelector('#tower tr[data-car] .code').focus();")
        before = page.js(a11y.FOCUS)
        self.press(page, Keys.ARROW_DOWN)
        self.assertNotEqual(page.js(a11y.FOCUS), before)
        self.press(page, Keys.ENTER)
        wait_for(lambda: page.visible("#car"), 5, "Enter shows the car")

        for key, dialog in (("?", "help"), ("d", "sync"), (",", "settings")):
            opener = page.js(a11y.FOCUS)
            self.press(page, key)
            wait_for(lambda: page.visible(f"#{dialog}"), 5, f"{key} opens {dialog}")
            self.assertTrue(page.js(f"return document.getElementById('{dialog}').contains(document.activeElement);"), "the focus goes in")
            self.assertEqual(page.js(a11y.CONTRAST)["bad"], [], f"contrast of {dialog}")
            self.press(page, Keys.ESCAPE)
            wait_for(lambda: not page.visible(f"#{dialog}"), 5, "Esc closes it")
            self.assertEqual(page.js(a11y.FOCUS), opener, "the focus comes back")
        self.press(page, "3")
        wait_for(lambda: page.visible("#view-track"), 5, "3 shows the track")
        self.press(page, "s")
        wait_for(lambda: page.text("#sound") == "♪ Sound on", 5, "s switches the sound on")
        self.assertEqual(page.js("return document.querySelector('#sound').getAttribute('aria-pressed');"), "true")

    def test_the_checks_find_what_is_wrong(self):
        """Each mistake, made in the page, is found by the check that is there for it: they can fail."""
        page = self.faked([fakes.car(n) for n in range(1, 4)])
        self.assertEqual(page.js(a11y.NAMES), [])
        self.assertEqual(page.js(a11y.CONTRAST)["bad"], [])
        for wrong, found in (("document.querySelector('#sound').textContent = '';", "no name: <button"),
                             ("document.querySelector('#set-theme').closest('label').replaceWith(document.querySelector('#set-theme'));", "no name: <select"),
                             ("document.querySelector('#ring').removeAttribute('aria-label');", "no name: <svg"),
                             ("document.querySelector('#help').removeAttribute('aria-label');", "no name: <dialog"),
                             ("document.querySelector('#tower').removeAttribute('aria-labelledby');", "no name: <section"),
                             ("document.querySelector('#tower .scroll').removeAttribute('aria-labelledby');", "no name: <div"),
                             ("document.querySelector('#passes').id = 'moves';", "id given twice: moves"),
                             ("document.querySelector('#sync').setAttribute('aria-labelledby', 'nobody');", "refers to nothing: nobody"),
                             ("document.documentElement.lang = '';", "no language")):
            page.js(wrong)
            self.assertTrue([bad for bad in page.js(a11y.NAMES) if bad.startswith(found)], f"{found}: {page.js(a11y.NAMES)}")
        page.js("const h = document.querySelector('#tower h2'); h.outerHTML = '<h3>Running order</h3>'; document.querySelector('h1').remove();")
        self.assertTrue([bad for bad in page.js(a11y.NAMES) if bad.startswith("heading skips")], page.js(a11y.NAMES))
        page.js("document.querySelector('#confidence').style.color = '#39414d';")
        self.assertTrue([bad for bad in page.js(a11y.CONTRAST)["bad"] if "confidence" in bad])
        page.js("const s = new CSSStyleSheet(); s.replaceSync('* { outline: none !important; }'); document.adoptedStyleSheets = [s];"
                "document.querySelector('#views a').focus();")
        self.assertFalse(page.js(a11y.RING))

    def test_arithmetic_of_the_tv(self):
        """When something was pressed, here and there, to the delay that makes them one."""
        f1pd = self.daemon({"source-simulator": QUIET})
        page = self.browser(f1pd.url)

        def ask(expression):
            return page.driver.execute_async_script("const done = arguments[1]; const expression = arguments[0];"
                                                    "import('/delay.js').then((d) => done(%s), (e) => done(String(e)));" % expression, expression)
        mark = "{ at: 10000, behind_s: %s }"
        for name, behind, pressed, speed, wanted in (
                ("seen on TV 25.3 s after it was shown here", 0, 35300, 1, {"delay": 25.3}),
                ("the same while the page was 12 s behind already", 12, 35300, 1, {"delay": 37.3}),
                ("seen on TV 4 s before it was shown here, 30 s behind", 30, 6000, 1, {"delay": 26}),
                ("in the same moment", 0, 10000, 1, {"delay": 0}),
                ("within a twentieth of a second", 0, 9960, 1, {"delay": 0}),
                ("as late as can be", 0, 610000, 1, {"delay": 600}),
                ("as early as can be", 2.5, 7500, 1, {"delay": 0}),
                ("a replay at twice the pace: its seconds are half as long", 10, 15000, 2, {"delay": 20})):
            self.assertEqual(ask(f"d.settle(d.delayFor({mark % behind}, {pressed}, {speed}))"), wanted, name)
        late = ask(f"d.settle(d.delayFor({mark % 0}, 610200, 1))")
        self.assertEqual((late.get("delay"), late["why"]), (None, "That is more than 600 s ago: take something newer."))
        early = ask(f"d.settle(d.delayFor({mark % 5}, 3000, 1))")
        self.assertEqual((early["delay"], early["why"]), (0, "The TV is 2 s ahead of the data: nothing can be shown earlier."))

        # Across a reconnect: what was due while the line was cut counts from when it was due, not from when it came.
        clock = "const c = d.createClock(); d.hear(c, 1000000, 5000);"
        due = lambda race, now, speed=1: ask(f"(() => {{ {clock} return d.dueAt(c, {race}, {now}, {speed}); }})()")
        self.assertEqual(due(1010000, 25000), 15000, "told 10 s after it was due")
        self.assertEqual(due(1010000, 25000, 2), 10000, "in a replay at twice the pace")
        self.assertEqual(due(1030000, 25000), 25000, "nothing is due later than it came")
        self.assertEqual(ask("d.dueAt(d.createClock(), 5, 700, 1)"), 700, "without a word before: when it came")
        self.assertEqual(ask(f"(() => {{ {clock} return d.settle(d.delayFor({{ at: d.dueAt(c, 1010000, 25000, 1), behind_s: 8 }}, 40000, 1)).delay; }})()"),
                         33, "seen on TV 25 s after it was due on a page that was 8 s behind")
        several = "[{ at: 10000, behind_s: 0 }, { at: 100000, behind_s: 0 }, { at: 190000, behind_s: 0 }]"
        self.assertEqual(ask(f"d.delayOf({several}, 112000, 1)"), 12, "of three that came at once: the last that was before the TV")
        self.assertEqual(ask(f"d.delayOf({several}, 7000, 1)"), -3, "all later than on TV: the first of them")

    def test_the_tv_is_matched(self):
        cars = [fakes.car(n) for n in range(1, 4)]
        page = self.faked(cars, session=fakes.session(status="inactive"))
        self.press(page, "d")
        say = lambda **state: fakes.say(page, fakes.message("state", seq=5, state=state))
        fakes.say(page, fakes.message("session", seq=4, session=fakes.session(status="started")))
        say(lap=6)
        say(track={"status": "sc", "since": None, "neutralised": True})
        marks = lambda: page.js("return [...document.querySelectorAll('#sync-marks span')].map((e) => e.textContent.split(',')[0]);")
        wait_for(lambda: marks() == ["Safety car", "The leader begins lap 6", "Lights out"], 10, "a flag, a lap and the start, the newest first")
        behind = lambda: float(page.js("return document.querySelector('#sync-seconds').value;"))
        ago = int(re.search(r"(\d+) s ago", page.text("#sync-marks li:last-child span")).group(1))
        page.js("document.querySelector('#sync-marks li:last-child button').click();")
        wait_for(lambda: behind() > 0, 10, "set")
        self.assertAlmostEqual(behind(), ago, delta=2 * daemon.SLOW)
        self.assertRegex(page.text("#sync-says"), r"^Set: [\d.]+ s behind, as the TV\.$")
        # Seen on TV first: the page is too far behind, by the time until it comes here.
        had = behind()
        fakes.say(page, fakes.snapshot(cars, lap=6))
        page.js("document.querySelector('#sync-early').click();")
        self.assertEqual(page.js("return document.querySelector('#sync-early').getAttribute('aria-pressed');"), "true")
        time.sleep(1.5)  # by so much the TV is ahead
        fakes.say(page, fakes.message("state", seq=8, state={"lap": 7}))
        wait_for(lambda: behind() < had, 10, "less far behind")
        self.assertTrue(1.4 <= had - behind() or behind() == 0, (had, behind()))
        # A cut in between: a moment that is told late is taken for when it was due; an unknown time of silence ends the waiting.
        page.js("document.querySelector('#sync-early').click();")
        fakes.say(page, {**fakes.message("resumed", seq=9), "resumed": True, "messages": 2}, fakes.message("race_control", seq=9, message={
            "utc": None, "lap": 7, "car": None, "category": "other", "flag": "none", "scope": "none", "mode": "none", "status": "none",
            "sector": None, "index": 1, "text": "NOTED"}))
        self.assertEqual(page.text("#sync-says"), "Waiting until it is seen here…")
        fakes.say(page, fakes.message("state", seq=10, state={"lap": 8}))
        wait_for(lambda: not page.text("#sync-says").startswith("Waiting"), 10, "the late moment has answered")
        page.js("document.querySelector('#sync-early').click();")
        fakes.say(page, fakes.snapshot(cars, lap=9))
        self.assertEqual(page.text("#sync-says"), "The connection was lost meanwhile: press again at the next one.")
        self.assertEqual(page.js("return document.querySelector('#sync-early').getAttribute('aria-pressed');"), "false")

    def test_page_is_small_and_opens_without_server(self):
        files = sorted(path.name for path in PAGE.iterdir())
        size = sum((PAGE / name).stat().st_size for name in files)
        print(f"{len(files)} files, {size} bytes")
        self.assertLessEqual(size, PAGE_MAX)
        text = (PAGE / "index.html").read_text()
        self.assertNotRegex(text, r"<script(?![^>]*src=)|<style|\sstyle=|\son\w+=", "nothing inline: the policy forbids it")

        f1pd = self.daemon({"source-simulator": QUIET})
        self.assertEqual(f1pd.request("/manifest.webmanifest")[1]["content-type"], "application/manifest+json")
        page = self.browser(f1pd.url)
        wait_for(page.tower, 20, "the tower has rows")
        kept = lambda: page.driver.execute_async_script("const done = arguments[0]; caches.open('f1pd-page').then((c) => c.keys())"
                                                        ".then((keys) => done(keys.map((k) => new URL(k.url).pathname)));")
        own = {f"/{name}" for name in files if name.endswith((".js", ".css")) and name != "sw.js"} | {"/", "/vendor/chart.js"}
        wait_for(lambda: page.js("return Boolean(navigator.serviceWorker.controller);") and own <= set(kept()), 20, "the whole page is kept")
        page.driver.get(f1pd.url + "/api/v1/session/current")
        page.open(f1pd.url)
        wait_for(page.tower, 20, "the tower has rows")
        found = kept()
        self.assertFalse([path for path in found if path.startswith("/api") or path == "/healthz"], "data is never kept")
        f1pd.kill()
        page.driver.refresh()
        wait_for(lambda: page.connection() == "lost", 20, "without the server the page opens, and says so")
        self.assertEqual(page.text("#tower-empty"), "No cars yet")
        self.assertEqual(page.tower(), [], "and shows nothing old")
        self.errors_expected = "net::ERR_|/favicon.ico"  # a document of JSON has no icon of its own


daemon.main(__name__)
