"""The page in a real browser, fed by a real daemon: what a person sees."""
import time

import browser
import daemon
from daemon import QUIET, SHORT_RACE, wait_for


def quiet(**more):
    """A race without neutralisations, in which laps simply follow each other."""
    return {"source-simulator": {**QUIET, **more}}


class PageTest(browser.PageCase):
    def page_with_race(self, options=None, **more):
        f1pd = self.daemon(options or quiet(), **more)
        page = self.browser(f1pd.url)
        wait_for(page.tower, 20, "the tower has rows")
        return f1pd, page

    def test_page_shows_the_simulated_race(self):
        f1pd, page = self.page_with_race()
        self.assertEqual(page.text("#session-title"), "Simring Grand Prix · Race")
        self.assertTrue(page.visible("#simulated"))
        self.assertEqual(page.text("#simulated"), "SIMULATED")
        self.assertTrue(page.driver.title.startswith("[SIMULATED]"))
        self.assertEqual(page.connection(), "live")
        first = wait_for(page.lap, 20, "the lap is shown")
        wait_for(lambda: page.lap() > first, 20, f"the lap rises above {first}")
        self.assertEqual(page.text("#lap").split("/")[1].strip(), "57")
        self.assertEqual(page.text("#track-status"), "Track clear")
        self.assertRegex(page.text("#weather"), r"^Dry · track \d+°.* · air \d+° · wind\s\d")
        page.screenshot("desktop")

    def test_tower_has_the_order_of_the_session(self):
        f1pd, page = self.page_with_race()
        f1pd.wait_lap(2)

        def same_order():
            before, shown, after = f1pd.session()["order"], page.tower(), f1pd.session()["order"]
            return shown if before == after == [row["car"] for row in shown] else None
        shown = wait_for(same_order, 20, "the tower shows the order of /api/v1/session/current")
        self.assertEqual(len(shown), 20)
        self.assertTrue(all(row["visible"] for row in shown))
        self.assertEqual([row["position"] for row in shown], [str(i + 1) for i in range(20)])
        self.assertEqual(shown[0]["gap"], "Leader")
        codes = {car["number"]: car["code"] for car in f1pd.session()["cars"]}
        self.assertEqual([row["code"] for row in shown], [codes[row["car"]] for row in shown])

    def test_accuracy_shows_the_scorecard_of_the_model(self):
        f1pd, page = self.page_with_race()
        page.driver.get(f1pd.url + "/#accuracy")
        rows = "return [...document.querySelectorAll('#accuracy-table tbody tr')].map(r => [r.dataset.model, r.className," \
               "...[...r.cells].map(c => c.textContent)])"
        shown = wait_for(lambda: page.js(rows), 20, "the scorecard has rows")
        self.assertFalse(page.visible("#tower"))
        card = f1pd.json("/api/v1/accuracy")["backtest"]
        phase = next(p for p in card["phases"] if p["phase"] == "lights_out")
        self.assertEqual(shown[0][0], "ensemble")
        self.assertEqual([row[0] for row in shown if row[1] == "baseline"], ["grid", "grid_table", "current_order", "order_table"])
        self.assertEqual({row[0] for row in shown if row[1] == "member"}, set(phase["models"]))
        self.assertIn(f"{phase['models']['ensemble']['podium_logloss']:.4f}", shown[0])
        self.assertIn(str(phase["models"]["ensemble"]["races"]), shown[0])
        page.screenshot("accuracy")
        page.driver.get(f1pd.url + "/#race")
        wait_for(lambda: page.visible("#tower"), 10, "the race is shown again")
        self.assertFalse(page.visible("#accuracy"))

    def test_chances_of_the_tower_add_up(self):
        f1pd, page = self.page_with_race()
        f1pd.wait_forecast()
        wait_for(lambda: all(row["win"] != "–" for row in page.tower()), 20, "every car has a chance")
        for _ in range(5):
            shown = page.tower()
            self.assertAlmostEqual(sum(row["win_level"] for row in shown), 100, delta=0.5)
            self.assertAlmostEqual(sum(row["podium_level"] for row in shown), 300, delta=0.5)
            for row in shown:
                self.assertGreaterEqual(row["podium_level"] + 0.01, row["win_level"])
                self.assertTrue(1 <= float(row["expected"]) <= 20, row)
            best = max(shown, key=lambda row: row["win_level"])
            self.assertEqual(best["win"], f"{round(best['win_level'])} %")
            time.sleep(0.5)

    def test_cards_are_the_three_most_likely_on_the_podium(self):
        f1pd, page = self.page_with_race()
        f1pd.wait_forecast()

        def same_forecast():
            before, shown, after = f1pd.forecast(), page.cards(), f1pd.forecast()
            if before["seq"] != after["seq"]:
                return None
            best = sorted(after["cars"], key=lambda car: -car["podium"])[:3]
            wanted = [{"code": car["code"], "p": f"{round(car['podium'] * 100)} %"} for car in best]
            return shown if [c["code"] for c in shown] == [c["code"] for c in wanted] and all(
                self.near(a["p"], b["p"]) for a, b in zip(shown, wanted)) else None
        wait_for(same_forecast, 20, "the cards show the three highest podium chances of /api/v1/prediction/live", every=0.02)
        self.assertRegex(page.text("#confidence"), r"^Confidence \d+ %")

    @staticmethod
    def near(a, b):
        """Two roundings of the same half percent may differ by one; ">99 %" is 99 or 100."""
        return abs(int(a.strip("<> %")) - int(b.strip("<> %"))) <= 1

    def test_chart_is_drawn(self):
        f1pd, page = self.page_with_race()
        f1pd.wait_lap(4)
        drawn = wait_for(lambda: (page.chart() or {}).get("line", 0) > 60 and page.chart(), 30,
                         "the chart has pixels in the colour of its first line")
        self.assertGreater(drawn["painted"], 2000)
        legend = page.js("return [...document.querySelectorAll('#legend li')].map((li) => li.textContent.trim());")
        self.assertGreaterEqual(len(legend), 3)
        for entry in legend:
            self.assertRegex(entry, r"^[A-Z]{3} (<1|>99|\d+) %$")

    def test_safety_car_shows(self):
        f1pd, page = self.page_with_race({"source-simulator": {"seed": 8, "safety_car": "yes", "red_flag": "no", "laps": 20},
                                          "f1pd": {"speed": 30}})
        self.assertEqual(page.text("#track-status"), "Track clear")
        wait_for(lambda: page.text("#track-status") == "Safety car", 60, "the track status says Safety car")
        self.assertEqual(page.js("return document.querySelector('#track-status').dataset.status;"), "sc")
        wait_for(lambda: "SAFETY CAR DEPLOYED" in page.messages(), 10, "race control tells of the safety car")
        page.screenshot("safety-car")
        self.assertTrue(page.visible("#race-control li"))

    def test_page_comes_back_after_a_crash(self):
        f1pd = self.daemon(quiet(), start=False)
        f1pd.set({"f1pd": {"journal_dir": f1pd.folder / "journal"}})
        f1pd.start()
        page = self.browser(f1pd.url)
        wait_for(lambda: page.lap() >= 3, 30, "lap 3 is shown")
        lap = page.lap()
        f1pd.kill()
        wait_for(lambda: page.connection() == "lost", 15, "the page says that the connection is lost")
        self.assertRegex(page.text("#connection .state"), r"^Reconnecting")
        self.assertEqual(len(page.tower()), 20, "the last known order stays")
        page.screenshot("connection-lost")
        f1pd.set({"sink-websocket": {"port": f1pd.port}})
        f1pd.start()
        wait_for(lambda: page.connection() == "live", 30, "the page is connected again, by itself")
        back = page.lap()
        self.assertGreaterEqual(back, lap, "the race goes on where it was, not from its start")
        wait_for(lambda: page.lap() > back, 30, f"the lap rises above {back}")
        self.assertEqual(len(page.tower()), 20)
        self.errors_expected = "net::ERR_"

    def test_telephone_width(self):
        f1pd, page = self.page_with_race()
        page.resize(360, 740)
        f1pd.wait_lap(2)
        wait_for(lambda: page.chart() and page.cards(), 20, "the forecast is shown")
        width = page.js("return [document.documentElement.scrollWidth, document.documentElement.clientWidth];")
        self.assertEqual(width[1], 360)
        self.assertLessEqual(width[0], 360, "the page scrolls sideways")
        self.assertEqual(page.js("""
            return [...document.querySelectorAll("header *, #tower .scroll, #tower td, #top3 *, #chart canvas, #race-control li")]
              .filter((e) => e.getClientRects().length > 0 && e.getBoundingClientRect().right > 360.5)
              .map((e) => `${e.tagName} ${e.className} ${e.id}`);"""), [], "what sticks out")
        shown = page.tower()
        self.assertEqual(len(shown), 20)
        self.assertTrue(all(row["visible"] for row in shown))
        for part in ("td.pos", "td.car .code", "td.win"):
            self.assertTrue(page.visible(f"#tower {part}"), part)
        page.screenshot("telephone")
        page.js("window.scrollTo(0, document.querySelector('#chart').offsetTop);")
        page.screenshot("telephone-chart")

    def test_memory_of_the_page_is_steady(self):
        """Two hours of race against ten minutes, on every view in turn. The ten go by slowly, so that the engine has
        compiled what it will: that too lies on its heap, and is a matter of the viewer's minutes, not of the race's."""
        early_speed, late_speed = 20, 240
        f1pd, page = self.page_with_race({"source-simulator": {"seed": 7, "laps": 30, "loop": "yes"}, "f1pd": {"speed": early_speed},
                                          "sink-websocket": {"update_every": "50ms"}, "predictor-midrace": {"runs": 200}})
        page.driver.execute_cdp_cmd("Performance.enable", {})
        page.js("document.querySelector('#tower tr[data-car] .code').click();")
        views = page.js("return [...document.querySelectorAll('#views a')].map((a) => a.hash);")

        lived = [0.0, daemon.seconds_of(f1pd.session()["time"])]  # of racing, over all races; the clock at the last look

        def live_until(minutes):
            """Goes from view to view until so much race has gone by, once through all at least."""
            end, turn = time.monotonic() + 150 * daemon.SLOW, 0
            while lived[0] < minutes * 60 or turn < len(views):
                page.js(f"location.hash = '{views[turn % len(views)]}';")
                turn += 1
                time.sleep(0.7)
                now = daemon.seconds_of(f1pd.session()["time"])
                lived[:] = [lived[0] + max(0, now - lived[1]), now]
                self.assertLess(time.monotonic(), end, f"{lived[0] / 60:.0f} of {minutes} minutes of race went by")
            page.js("location.hash = '#race';")
            time.sleep(1)
            return min((page.heap() for _ in range(3)), key=lambda m: m["JSHeapUsedSize"])

        early = live_until(10)
        f1pd.steer(speed=late_speed)
        late = live_until(120)
        told = f"after {lived[0] / 60:.0f} minutes of race: " \
                f"early {early['JSHeapUsedSize'] / 1e6:.2f} MB, {early['Nodes']:.0f} nodes; " \
               f"late {late['JSHeapUsedSize'] / 1e6:.2f} MB, {late['Nodes']:.0f} nodes"
        print(told)
        self.assertLess(late["JSHeapUsedSize"], early["JSHeapUsedSize"] * 1.2, told)
        self.assertLess(late["Nodes"], early["Nodes"] * 1.5 + 300, told)
        self.assertLess(late["JSEventListeners"], early["JSEventListeners"] + 50, told)

    def test_22_cars(self):
        f1pd, page = self.page_with_race(quiet(cars=22))
        f1pd.wait_forecast()
        wait_for(lambda: all(row["win"] != "–" for row in page.tower()), 20, "every car has a chance")
        shown = page.tower()
        self.assertEqual(len(shown), 22)
        self.assertEqual([row["position"] for row in shown], [str(i + 1) for i in range(22)])
        self.assertAlmostEqual(sum(row["win_level"] for row in shown), 100, delta=0.5)

    def test_recording_shows_its_cars(self):
        f1pd, page = self.page_with_race({"source-replay": {"path": SHORT_RACE}, "f1pd": {"speed": 300}},
                                         disabled=["source-simulator"], enabled=["source-replay"])
        self.assertEqual(page.text("#session-title"), "Example Grand Prix · Race")
        self.assertFalse(page.visible("#simulated"))
        self.assertNotIn("SIMULATED", page.driver.title)
        wait_for(lambda: page.connection() == "ended", 60, "the page says that the recording has ended")
        cars = f1pd.session()["cars"]
        self.assertEqual({row["code"] for row in page.tower()}, {"AAA", "BBB", "CCC", "DDD"})
        self.assertEqual([row["code"] for row in page.tower()], [car["code"] for car in cars])
        self.assertEqual(page.text("#lap"), "12 / 12")
        page.screenshot("short-race")

    def test_real_race_to_its_winner(self):
        race = self.recording("livetiming", "raw", "2018_Azerbaijan_Race")
        f1pd, page = self.page_with_race({"source-replay": {"path": race, "start": "lap:48"}},
                                         disabled=["source-simulator"], enabled=["source-replay"])
        self.assertFalse(page.visible("#simulated"))
        self.assertIn("Azerbaijan Grand Prix", page.text("#session-title"))
        wait_for(lambda: page.lap() == 51, 60, "the last lap")
        page.screenshot("real-race")
        wait_for(lambda: f1pd.session()["session"]["status"] in ("finished", "finalised", "ends"), 60, "the race has finished")

        def leader():
            shown = page.tower()
            return shown[0]["code"] == "HAM" and shown[0]
        shown = wait_for(leader, 20, "HAM leads at the end")
        self.assertGreater(shown["win_level"], 98, "and the forecast knows it")
        self.assertEqual(page.cards()[0]["code"], "HAM")
        self.assertFalse(page.visible("#simulated"))
        self.assertFalse(f1pd.forecast() is None)


daemon.main(__name__)
