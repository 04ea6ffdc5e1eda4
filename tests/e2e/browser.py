"""The page in a headless Chromium."""
import os
import shutil
import tempfile
import unittest

import daemon

try:
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service
except ImportError:
    webdriver = None

DRIVER = "/usr/bin/chromedriver"
FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--enable-precise-memory-info",
         "--js-flags=--expose-gc")

# What the tower shows, as data. Levels are the bars under the chances: as exact as the forecast itself.
TOWER = """
return [...document.querySelectorAll("#tower tbody tr[data-car]")].map((row) => {
  const at = (c) => row.querySelector(c);
  return {
    car: Number(row.dataset.car), position: at("td.pos").textContent, code: at("td.car .code").textContent,
    gap: at("td.gap").textContent, win: at("td.win span").textContent, podium: at("td.podium span").textContent,
    win_level: parseFloat(at("td.win .level i").style.width), podium_level: parseFloat(at("td.podium .level i").style.width),
    expected: at("td.expected .value").textContent, visible: row.getClientRects().length > 0,
  };
});
"""

CARDS = """
return [...document.querySelectorAll("#top3 .card")].filter((card) => !card.hidden).map((card) => ({
  code: card.querySelector(".code").textContent, p: card.querySelector(".p").textContent }));
"""

# Pixels of the chart that have any paint, and those that have the colour of the first line.
CHART = """
const canvas = document.querySelector("#chart canvas");
if (!canvas || !canvas.width || !canvas.height || canvas.parentElement.hidden) return null;
const swatch = document.querySelector("#legend li i");
const want = swatch ? getComputedStyle(swatch).borderTopColor.match(/\\d+/g).slice(0, 3).map(Number) : null;
const d = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
let painted = 0, line = 0;
for (let i = 0; i < d.length; i += 4) {
  painted += d[i + 3] > 0;
  line += want && d[i + 3] > 128 && Math.abs(d[i] - want[0]) + Math.abs(d[i + 1] - want[1]) + Math.abs(d[i + 2] - want[2]) < 24;
}
return { painted, line };
"""


def need():
    if webdriver is None or not os.path.exists(DRIVER):
        raise unittest.SkipTest("python3-selenium or chromium-driver is not installed")


class Browser:
    def __init__(self, width=1440, height=1000):
        need()
        self.profile = tempfile.mkdtemp(prefix="f1pd-chromium-")
        options = webdriver.ChromeOptions()
        for flag in FLAGS:
            options.add_argument(flag)
        options.add_argument(f"--user-data-dir={self.profile}")
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        try:
            self.driver = webdriver.Chrome(service=Service(DRIVER), options=options)
        except BaseException:
            shutil.rmtree(self.profile, ignore_errors=True)
            raise
        self.driver.set_page_load_timeout(60 * daemon.SLOW)
        self.resize(width, height)

    def close(self):
        self.driver.quit()
        shutil.rmtree(self.profile, ignore_errors=True)

    def resize(self, width, height):
        """The size of the page itself; a window cannot be as narrow as a telephone."""
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride",
                                    {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600})

    def open(self, url):
        self.driver.get(url)

    def js(self, script):
        return self.driver.execute_script(script)

    def text(self, selector):
        return self.js(f"return document.querySelector({selector!r}).textContent.trim();")

    def visible(self, selector):
        return self.js(f"const e = document.querySelector({selector!r}); return Boolean(e) && e.getClientRects().length > 0;")

    def tower(self):
        return self.js(TOWER)

    def cards(self):
        return self.js(CARDS)

    def chart(self):
        return self.js(CHART)

    def lap(self):
        head = self.text("#lap").split("/")[0].strip()
        return int(head) if head.isdigit() else 0

    def connection(self):
        return self.js("return document.querySelector('#connection').dataset.state;")

    def messages(self):
        return self.js("return [...document.querySelectorAll('#race-control li .text')].map((e) => e.textContent);")

    def errors(self):
        return [entry["message"] for entry in self.driver.get_log("browser") if entry["level"] == "SEVERE"]

    def heap(self):
        """Bytes of JavaScript in use, after the garbage is gone."""
        for _ in range(2):
            self.driver.execute_cdp_cmd("HeapProfiler.collectGarbage", {})
        metrics = self.driver.execute_cdp_cmd("Performance.getMetrics", {})["metrics"]
        return {m["name"]: m["value"] for m in metrics}

    def screenshot(self, name):
        folder = daemon.BUILD / "e2e-artifacts"
        folder.mkdir(exist_ok=True)
        self.driver.save_screenshot(str(folder / f"{name}.png"))


class PageCase(daemon.Case):
    def browser(self, url, width=1440, height=1000):
        page = Browser(width, height)
        self.addCleanup(page.close)
        page.open(url)
        return page
