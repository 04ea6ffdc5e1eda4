"""Race days as people live them: a whole race, a real one, a bad connection, a TV that is late, no spoilers."""
import time

from selenium.webdriver.common.keys import Keys

import browser
import daemon
import wire
from daemon import QUIET, wait_for

LOST = "net::ERR_|WebSocket connection to .* failed|^network - "
# What the tower says of each car, and the lap.
SHOWN = """
return { lap: document.querySelector("#lap").textContent,
  rows: [...document.querySelectorAll("#tower tbody tr[data-car]")].map((tr) => [Number(tr.dataset.car), tr.querySelector("td.gap").textContent]) };
"""
CHANCES = """
return [...document.querySelectorAll("#tower tbody tr[data-car]")].map((tr) => ["code", "win", "podium", "points", "retire"].map((c) =>
  (tr.querySelector(`.${c} span`) ?? tr.querySelector(`.${c}`)).textContent));
"""
HEAT = "return [...document.querySelectorAll('#heat tbody tr')].map((tr) => [...tr.cells].slice(1).map((td) => Number(td.textContent || 0)));"


def gap(car):
    if car["position"] == 1:
        return "Leader"
    if car["gap_laps"]:
        return f"+{car['gap_laps']} lap{'s' if car['gap_laps'] > 1 else ''}"
    return "–" if car["gap_ms"] is None else f"+{car['gap_ms'] / 1000:.3f}"


def rows(document):
    """The cars and gaps that a person should see of a document."""
    return [[car["number"], gap(car)] for car in document["cars"]]


class RaceDay(browser.PageCase):
    def assert_over(self, f1pd, page):
        """After the flag: the result is certain, and nothing is announced any more."""
        wait_for(lambda: page.connection() == "ended", 60, "the page says that it has ended")
        document = f1pd.session()
        wait_for(lambda: [row["car"] for row in page.tower()] == document["order"], 20, "the tower shows the result")
        n = sum(car["retired"] is not True for car in document["cars"])
        chances = wait_for(lambda: (lambda c: c if c[0][1] == "100 %" else None)(page.js(CHANCES)), 20, "the winner is certain")
        self.assertEqual(chances[0][0], document["cars"][0]["code"], "who has won")
        self.assertEqual([row[1] for row in chances], ["100 %"] + ["0 %"] * (len(chances) - 1))
        self.assertEqual([row[2] for row in chances], ["100 %"] * 3 + ["0 %"] * (len(chances) - 3))
        self.assertEqual([row[3] for row in chances[:n]], ["100 %"] * min(10, n) + ["0 %"] * max(0, n - 10))
        self.assertEqual([(card["code"], card["p"]) for card in page.cards()], [(row[0], "100 %") for row in chances[:3]])
        self.assertEqual(page.text("#passes-empty"), "The race is over")
        self.assertFalse(page.visible("#passes li"), "no pass is left over")
        page.js("location.hash = 'forecast';")
        certain = [[i] for i in range(len(chances))]
        wait_for(lambda: [[i for i, p in enumerate(row) if p == 100] for row in page.js(HEAT)] == certain, 10, "every place is certain")
        wait_for(lambda: page.text("#hazards-empty") == "The race is over", 10, "no safety car is to come")
        page.js("location.hash = 'race';")
        return document

    def test_a_whole_simulated_race_from_the_grid_to_the_flag(self):
        f1pd = self.daemon({"source-simulator": {"seed": 1, "laps": 24, "safety_car": "yes", "red_flag": "no", "rain": "no", "loop": "no"},
                            "f1pd": {"speed": 1}, "predictor-midrace": {"runs": 200}})
        page = self.browser(f1pd.url, 1440, 1000, browser.WITNESS)
        wait_for(lambda: len(page.tower()) == 20 and page.visible("#replay"), 20, "the grid is shown")
        self.assertRegex(page.text("#session-place"), "inactive$", "the race has not begun")
        self.press(page, "d")
        page.choose("#replay-speed", 60)
        wait_for(lambda: "Lights out" in page.text("#sync-marks"), 30, "the start")
        self.press(page, Keys.ESCAPE)
        page.screenshot("race-start")
        wait_for(lambda: page.text("#track-status") == "Safety car", 180, "the safety car")
        self.assertIn("SAFETY CAR DEPLOYED", page.messages())
        page.screenshot("race-safety-car")
        wait_for(lambda: page.text("#lap") == "24 / 24", 180, "the last lap")
        document = self.assert_over(f1pd, page)
        page.screenshot("race-result")
        seen = page.seen()
        self.assertEqual(document["session"]["status"], "ends")
        statuses = [text.rpartition(" ")[2] for text in seen["place"]]
        self.assertEqual((statuses[:2], statuses[-1]), (["inactive", "started"], "ends"))
        laps = [int(text.split()[0]) for text in seen["lap"] if text[0].isdigit()]
        self.assertEqual((laps, laps[-1]), (sorted(laps), 24), "lap after lap was shown")
        self.assertGreater(len(laps), 16)
        self.assertEqual([text for text in seen["track"] if "unknown" not in text][0], "Track clear")
        self.assertIn("Safety car", seen["track"])
        self.assertIn("Safety car", seen["alerts"])
        self.assertGreaterEqual(len(seen["leaders"]), 3, "the lead changed")
        leads = [text for text in seen["alerts"] if text.endswith(" leads")]
        self.assertTrue(set(leads) <= {f"{code} leads" for code in seen["leaders"]}, (leads, seen["leaders"]))
        self.assertGreaterEqual(len(leads), 2)
        self.assertTrue({"PIT", "RETIRED"} <= set(seen["tags"]), seen["tags"])
        self.assertGreater(len(seen["passes"]), 10, "passes were announced")
        self.assertIn("CHEQUERED FLAG", " ".join(page.messages()))

    def test_a_real_race_with_a_late_turn(self):
        path = self.recording("livetiming", "raw", "2018_Azerbaijan_Race")
        f1pd = self.daemon({"source-replay": {"path": path, "start": "lap:38"}, "f1pd": {"speed": 60}},
                           disabled=["source-simulator"], enabled=["source-replay"])
        page = self.browser(f1pd.url, 1440, 1000, browser.WITNESS)
        wait_for(lambda: "Safety car" == page.text("#track-status"), 120, "the safety car of lap 40")
        wait_for(lambda: {"RIC", "VER"} <= {row["code"] for row in page.tower() if row["retired"]}, 30, "the two that collided are out")
        page.screenshot("real-safety-car")
        wait_for(lambda: page.text("#lap") == "51 / 51", 120, "the last lap")
        document = self.assert_over(f1pd, page)
        page.screenshot("real-result")
        self.assertEqual([car["code"] for car in document["cars"][:3]], ["HAM", "RAI", "PER"], "the podium that the world knows")
        seen = page.seen()
        self.assertEqual(seen["leaders"][-2:], ["BOT", "HAM"], "the lead that was lost on lap 49")
        self.assertIn("HAM leads", seen["alerts"])
        self.assertFalse(page.visible("#simulated"))

    def test_a_short_loss_is_bridged(self):
        f1pd = self.daemon({"source-simulator": QUIET, "f1pd": {"speed": 20}}, start=False)
        f1pd.set({"f1pd": {"journal_dir": f1pd.folder / "journal"}})
        f1pd.start()
        line = wire.Wire(f1pd.port)
        self.addCleanup(line.close)
        self.errors_expected = LOST
        page = self.browser(line.url, 1440, 1000, browser.LISTENER)
        wait_for(lambda: page.lap() >= 2, 40, "lap 2")
        for _ in range(3):
            seq = page.js("return window.heard.seq;")
            line.cut()
            wait_for(lambda: page.connection() == "lost", 10, "the page says that the connection is lost")
            self.assertEqual(len(page.tower()), 20, "what was known stays")
            wait_for(lambda: f1pd.session()["seq"] > seq + 50, 30, "the race goes on meanwhile")
            line.mend()
            wait_for(lambda: page.connection() == "live", 30, "the page comes back by itself")
        heard = page.js("return window.heard;")
        self.assertEqual(heard["types"].count("snapshot"), 1, "only the first connection was told everything")
        self.assertEqual(heard["types"].count("resumed"), 3, "the others went on where the one before ended")
        self.assertTrue(all("from=" in url for url in heard["urls"][1:]), heard["urls"])
        # Nothing was missed: the page stands where the server stands.
        document = f1pd.hold()
        wait_for(lambda: page.js(SHOWN)["rows"] == rows(document), 10, "the tower is that of the server")
        self.assertEqual(page.text("#lap"), f"{document['lap']} / {document['total_laps']}")
        # Another run of the daemon knows nothing of the old stream: it tells everything anew.
        f1pd.kill()
        wait_for(lambda: page.connection() == "lost", 15, "lost")
        f1pd.set({"sink-websocket": {"port": f1pd.port}})
        f1pd.start()
        wait_for(lambda: page.connection() == "live", 30, "the page is connected to the new run")
        heard = page.js("return window.heard;")
        self.assertEqual(heard["types"].count("snapshot"), 2)
        lap = page.lap()
        wait_for(lambda: page.lap() > lap, 30, "and the race goes on")

    def test_thirty_seconds_late(self):
        """What the page shows is what the undelayed document was 30 s of the race before, to the last digit."""
        f1pd = self.daemon({"source-simulator": QUIET, "f1pd": {"speed": 5}})
        page = self.browser(f1pd.url)
        f1pd.wait_lap(2)
        self.press(page, "d")
        page.choose("#sync-seconds", 30)
        wait_for(lambda: page.text("#open-sync") == "30 s behind", 10, "the tool bar says how far behind it is")
        self.press(page, Keys.ESCAPE)
        told, checked, end = [], 0, time.monotonic() + 60 * daemon.SLOW
        while checked < 8:
            told.append((time.monotonic(), rows(f1pd.session())))
            shown = page.js(SHOWN)
            same = [at for at, order in told if order == shown["rows"]]
            if same and told[-1][1] != shown["rows"]:
                first, last = (5 * (told[-1][0] - at) for at in (same[0], same[-1]))  # it stood so from `first` until `last` seconds ago
                self.assertTrue(first >= 20 and last <= 45 * daemon.SLOW, f"it was told without a delay {first:.1f} to {last:.1f} s before")
                checked += 1
            self.assertLess(time.monotonic(), end, f"{checked} towers of the page were among those told before")
            time.sleep(0.2)
        for paused in (True, False, True):  # while the race is held, nothing is on its way
            f1pd.steer(paused=paused)
            time.sleep(1)
        late = f1pd.json("/api/v1/session/current?delay=30")
        wait_for(lambda: page.js(SHOWN)["rows"] == rows(late), 10, "the tower is that of 30 s before")
        self.assertEqual(page.js(SHOWN)["lap"], f"{late['lap']} / {late['total_laps']}")
        self.assertNotEqual(rows(late), rows(f1pd.session()))

    def test_no_spoilers_from_the_start(self):
        """Who comes late sees the race from its start, and nothing of that browser's says more."""
        f1pd = self.daemon({"source-simulator": QUIET, "f1pd": {"speed": 60}})
        f1pd.wait_lap(6)
        page = self.browser(f1pd.url)
        wait_for(lambda: page.lap() >= 6, 20, "the race is on")
        page.js("document.querySelector('#open-sync').click();")
        page.js("""document.querySelector('[data-wishes*="86400"]').click();""")
        wait_for(lambda: page.text("#open-sync").startswith("No spoilers") and page.lap() <= 1, 20, "back at the start")
        now = f1pd.session()["lap"]
        for _ in range(2):
            told = page.driver.execute_async_script("""
                const done = arguments[0];
                Promise.all(["/api/v1/session/current", "/api/v1/session/current?delay=0", "/api/v1/prediction/live", "/api/v1/laps", "/api/v1/forecasts"]
                  .map((path) => fetch(path).then((a) => a.json()))).then(done);""")
            self.assertLess(told[0]["lap"] or 0, 5)
            self.assertLess(told[1]["lap"] or 0, 5)
            self.assertLess((told[2]["forecast"] or {}).get("lap") or 0, 5)
            later = [row["lap"] for row in told[3]["laps"] + told[4]["forecasts"] if row["lap"] > 5]
            self.assertEqual(later, [], "no lap of later, no forecast of one")
            self.assertTrue(all(int(text.split()[1]) < 6 for text in page.js(
                "return [...document.querySelectorAll('#race-control .when')].map((e) => e.textContent);") if text.startswith("Lap")))
            self.assertLess(page.lap(), 6)
            page.driver.refresh()
            wait_for(lambda: page.text("#open-sync").startswith("No spoilers") and page.tower(), 20, "also when it is opened again")
        self.assertGreaterEqual(f1pd.session()["lap"], now, "while the race went on")
        page.screenshot("no-spoilers")


daemon.main(__name__)
