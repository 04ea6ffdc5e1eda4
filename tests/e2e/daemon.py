"""Starts the real daemon on a configuration made from conf.d, and the few tools that all end-to-end tests share.

A test file ends with `daemon.main(__name__)`: run with a test's name it runs that one, without it runs all. Exit status 77: skipped.
"""
import ctypes
import datetime
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.error
import urllib.request

SOURCE = pathlib.Path(os.environ.get("F1PD_SOURCE", pathlib.Path(__file__).resolve().parents[2]))
BUILD = pathlib.Path(os.environ.get("F1PD_BUILD", SOURCE / "build" / "release"))
SHARED = pathlib.Path(os.environ.get("F1PD_SHARED", SOURCE.parent / "shared"))
F1PD = BUILD / "bin" / "f1pd"
SHORT_RACE = SOURCE / "tests" / "fixtures" / "short_race"
LOG_SHOWN = 60  # lines of the daemon's log, when a test fails
# A simulated race whose laps simply follow each other; under a red flag nothing would change for minutes.
QUIET = {"seed": 7, "safety_car": "no", "red_flag": "no", "rain": "no", "loop": "no"}


def _sanitized():
    try:
        cache = (BUILD / "CMakeCache.txt").read_text(errors="replace")
    except OSError:
        return False
    return bool(re.search(r"^F1PD_SANITIZE:\w+=\S", cache, re.M))


SLOW = 4 if _sanitized() else 1  # limits of time are stretched by this
# Few simulated races per forecast: these tests look at the way of a forecast, not at its last digit.
RUNS = 500 if SLOW > 1 else 2000


def wait_for(question, seconds, what, every=0.1):
    """Asks until the answer is true and returns it; fails with `what` and the last answer."""
    end = time.monotonic() + seconds * SLOW
    while True:
        answer = question()
        if answer:
            return answer
        if time.monotonic() > end:
            raise AssertionError(f"after {seconds * SLOW:.0f} s still not so: {what} (last answer: {answer!r})")
        time.sleep(every)


def seconds_of(text):
    """Seconds of a time that the daemon tells."""
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def set_options(path, section, values):
    """Sets keys of one section of an INI file, in place of the old ones or at the section's end."""
    values = {key: str(value) for key, value in values.items()}
    out, inside = [], False
    for line in path.read_text().splitlines() + ["[end]"]:
        if line.startswith("["):
            if inside:
                out += [f"{key} = {value}" for key, value in values.items()]
                values = {}
            inside = line.strip() == f"[{section}]"
        key = line.split("=")[0].strip()
        if inside and key in values and not line.startswith((";", "#")):
            line = f"{key} = {values.pop(key)}"
        out.append(line)
    path.write_text("\n".join(out[:-1]) + "\n")


def end_with_parent():
    """In the child: a test that is cut off leaves no process behind."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


class Daemon:
    """One f1pd process. `options`: {instance: {key: value}} on top of conf.d, "f1pd" being the core."""

    def __init__(self, options=None, disabled=(), enabled=()):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="f1pd-e2e-"))
        self.conf = self.folder / "conf.d"
        self.log_path = self.folder / "log"
        self.process = None
        self.port = 0
        shutil.copytree(SOURCE / "conf.d", self.conf)
        os.chmod(self.conf, 0o755)
        for path in self.conf.glob("*-source-*.ini"):  # conf.d is the live one; here the simulation runs unless told otherwise
            set_options(path, "plugin", {"enabled": "yes" if path.stem.endswith("-simulator") else "no"})
        self.set({"sink-websocket": {"port": 0}, "predictor-midrace": {"runs": RUNS}, "f1pd": {"speed": 60},
                  "source-simulator": {"seed": 7}})
        self.set(options or {})
        for name in disabled:
            set_options(self.file(name), "plugin", {"enabled": "no"})
        for name in enabled:
            set_options(self.file(name), "plugin", {"enabled": "yes"})

    def file(self, name):
        return next(self.conf.glob(f"[0-9][0-9]-{name}.ini"))

    def set(self, options):
        for name, values in options.items():
            set_options(self.file(name), "f1pd" if name == "f1pd" else "options", values)

    def start(self, ready="/healthz"):
        """ready: what has to answer at all (a server with tokens answers not everything)."""
        before = self.log_path.stat().st_size if self.log_path.exists() else 0
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen([F1PD, "-c", self.conf], stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                                            preexec_fn=end_with_parent)
        served = wait_for(lambda: self._served(before), 20, "the daemon says where it serves")
        self.port = int(served)
        bad = re.findall(r"^.* error config: .*$", self.log(), re.M)
        if bad:
            raise AssertionError("the daemon does not understand its configuration:\n" + "\n".join(bad))
        wait_for(lambda: self.get(ready)[0] in (200, 503), 20, f"{ready} answers")
        return self

    def _served(self, offset):
        text = self.log_path.read_bytes()[offset:].decode(errors="replace")
        if self.process.poll() is not None:
            raise AssertionError(f"the daemon ended with {self.process.returncode} at its start:\n{text}")
        found = re.search(r"serving http://[^ ]*:(\d+)/", text)
        return found and found.group(1)

    def stop(self):
        """Ends it in the proper way; the exit status also says what the sanitizers found."""
        if self.process is None:
            return 0
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(20 * SLOW)
            except subprocess.TimeoutExpired:
                self.kill()
                raise AssertionError("the daemon did not end within 20 s of SIGTERM")
        status, self.process = self.process.returncode, None
        return status

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process = None

    def log(self):
        return self.log_path.read_text(errors="replace") if self.log_path.exists() else ""

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def ws(self, query=""):
        return f"ws://127.0.0.1:{self.port}/ws/live-predictions{query}"

    def request(self, path, body=None, method=None, headers=None):
        """(status, headers, text). No answer at all: (0, {}, reason)."""
        data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        asked = urllib.request.Request(self.url + path, data=data, method=method, headers=headers or {})
        try:
            with urllib.request.urlopen(asked, timeout=10 * SLOW) as answer:
                return answer.status, dict(answer.headers), answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, dict(error.headers), error.read().decode()
        except OSError as error:
            return 0, {}, str(error)

    def get(self, path):
        status, _, text = self.request(path)
        return status, text

    def json(self, path):
        status, text = self.get(path)
        if status != 200:
            raise AssertionError(f"GET {path}: {status} {text}")
        return json.loads(text)

    def session(self):
        return self.json("/api/v1/session/current")

    def forecast(self):
        return self.json("/api/v1/prediction/live")["forecast"]

    def steer(self, **wish):
        status, _, text = self.request("/api/v1/replay", wish, headers={"Content-Type": "application/json"})
        if status != 202:
            raise AssertionError(f"{wish}: {status} {text}")

    def hold(self):
        """The state of a race that stands: what was on its way to anybody has come."""
        self.steer(paused=True)
        wait_for(lambda: self.json("/healthz")["paused"], 10, "the race is held")
        time.sleep(0.5)
        return self.session()

    def wait_lap(self, lap, seconds=60):
        def there():
            status, text = self.get("/api/v1/session/current")
            return status == 200 and (json.loads(text)["lap"] or 0) >= lap
        wait_for(there, seconds, f"the race reaches lap {lap}")

    def wait_forecast(self, seconds=30):
        return wait_for(self.forecast, seconds, "there is a forecast")


class Case(unittest.TestCase):
    """Stops the daemons of a test, checks that they ended well, and shows their logs if it failed."""

    def run(self, result=None):
        self.daemons = []
        before = len(result.failures) + len(result.errors)
        super().run(result)
        failed = len(result.failures) + len(result.errors) > before
        for daemon in self.daemons:
            if failed:
                tail = "\n".join(daemon.log().splitlines()[-LOG_SHOWN:])
                print(f"---- end of the log of f1pd ({daemon.conf}) ----\n{tail}\n----", file=sys.stderr)
            shutil.rmtree(daemon.folder, ignore_errors=True)
        return result

    def daemon(self, options=None, start=True, **more):
        daemon = Daemon(options, **more)
        self.daemons.append(daemon)
        self.addCleanup(self._end, daemon)
        return daemon.start() if start else daemon

    def _end(self, daemon):
        status = daemon.stop()
        # LeakSanitizer itself may fall over while it stops the threads of a process that ends: no verdict, and no fault of f1pd's.
        if status and "LeakSanitizer has encountered a fatal error" in daemon.log() and "ERROR: " not in daemon.log():
            return
        self.assertEqual(status, 0, "exit status of the daemon")

    def recording(self, *parts):
        path = SHARED.joinpath("recordings", *parts)
        if not path.exists():
            self.skipTest(f"{path} is not there")
        return path.resolve()


def main(module):
    if module != "__main__":
        return
    suite = unittest.defaultTestLoader.loadTestsFromModule(sys.modules[module])
    tests = [test for case in suite for test in case]
    if len(sys.argv) > 1:
        tests = [test for test in tests if test._testMethodName == sys.argv[1]]
        if not tests:
            sys.exit(f"no test {sys.argv[1]}")
    result = unittest.TextTestRunner(verbosity=2).run(unittest.TestSuite(tests))
    for _, why in result.skipped:
        print(f"SKIPPED: {why}")
    if result.skipped and len(result.skipped) == result.testsRun and result.wasSuccessful():
        sys.exit(77)
    sys.exit(0 if result.wasSuccessful() else 1)
