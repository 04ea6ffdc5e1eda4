"""The page in a headless Chromium."""
import os
import re
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
    expected: at("td.expected .value").textContent, retired: at("td.tag").textContent.startsWith("RETIRED"), visible: row.getClientRects().length > 0,
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

# What a person saw since the page was opened: each thing once, in the order in which it was first shown.
WITNESS = """
window.seen = {};
addEventListener("DOMContentLoaded", () => setInterval(() => {
  const note = (what, text) => { const all = (window.seen[what] ??= []); if (text && !all.includes(text)) all.push(text); };
  const each = (what, query) => document.querySelectorAll(query).forEach((e) => e.getClientRects().length && note(what, e.textContent.trim()));
  each("track", "#track-status"); each("place", "#session-place"); each("lap", "#lap");
  each("leaders", "#tower tbody tr:first-child .code"); each("alerts", "#alerts li"); each("tags", "#tower td.tag span");
  each("passes", "#passes li");
}, 50));
"""
# What came over the page's sockets: their addresses, the kinds of messages, the newest number.
LISTENER = """
window.heard = { urls: [], types: [], seq: 0 };
const Plain = window.WebSocket;
window.WebSocket = class extends Plain {
  constructor(...given) {
    super(...given);
    window.heard.urls.push(this.url);
    this.addEventListener("message", ({ data }) => {
      const m = JSON.parse(data);
      window.heard.types.push(m.type);
      window.heard.seq = m.seq;
    });
  }
};
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
        self.told = []
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

    def choose(self, selector, value):
        """In a field, a list or on a slider, as by hand."""
        self.js(f"const e = document.querySelector({selector!r}); e.value = {str(value)!r}; "
                "for (const kind of ['input', 'change']) e.dispatchEvent(new Event(kind));")

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
        """Of the console, since the page was opened."""
        self.told += [entry["message"] for entry in self.driver.get_log("browser") if entry["level"] == "SEVERE"]
        return self.told

    def heap(self):
        """Bytes of JavaScript in use, after the garbage is gone."""
        for _ in range(2):
            self.driver.execute_cdp_cmd("HeapProfiler.collectGarbage", {})
        metrics = self.driver.execute_cdp_cmd("Performance.getMetrics", {})["metrics"]
        return {m["name"]: m["value"] for m in metrics}

    def before_the_page(self, script):
        """Runs in every page that is opened from now on, before its own scripts."""
        self.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": script})

    def seen(self):
        return self.js("return window.seen;")

    def screenshot(self, name):
        folder = daemon.BUILD / "screenshots"
        folder.mkdir(exist_ok=True)
        self.driver.save_screenshot(str(folder / f"{name}.png"))


class PageCase(daemon.Case):
    """No page of any test may leave an error in the console, but for those that the test brings about: `errors_expected`."""
    errors_expected = None

    def browser(self, url, width=1440, height=1000, *scripts):
        page = Browser(width, height)
        self.addCleanup(page.close)
        self.addCleanup(self._no_errors, page)
        for script in scripts:
            page.before_the_page(script)
        page.open(url)
        return page

    def press(self, page, *keys):
        page.driver.switch_to.active_element.send_keys(*keys)

    def _no_errors(self, page):
        expected = self.errors_expected
        self.assertEqual([e for e in page.errors() if not (expected and re.search(expected, e))], [], "errors in the console")
