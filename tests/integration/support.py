"""What the process tests share: the real f1pd, configuration folders, a running daemon, journals.

A test file ends with support.main(); ctest runs each test method in a process of its own:  FILE.py test_name
A test that cannot run here raises SkipTest: "SKIPPED: why" is printed and the exit code is 77.
"""
import atexit
import json
import os
import re
import resource
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.error
import urllib.request
from http.client import HTTPException

BUILD = os.environ["F1PD_BUILD"]
SOURCE = os.environ["F1PD_SOURCE"]
SHARED = os.environ.get("F1PD_SHARED", "")
F1PD = os.path.join(BUILD, "bin", "f1pd")
PLUGINS = os.path.join(BUILD, "lib", "f1pd", "plugins")
SANITIZE = os.environ.get("F1PD_SANITIZE", "")
# How much longer things may take: the sanitizers, above all the thread sanitizer, cost that much.
PATIENCE = 12 if "thread" in SANITIZE else 6 if SANITIZE else 3

# LeakSanitizer itself may fall over while it stops the threads of a process that ends: no verdict, and no fault of f1pd's.
NO_VERDICT = "LeakSanitizer has encountered a fatal error"
REPORTS = re.compile(r"Sanitizer|runtime error:|Assertion .* failed")


def uncounted():
    """Environment for a program that must not write its line counts, in the coverage build, where they belong: they would be cut
    short, and told as an error."""
    folder = tempfile.mkdtemp(prefix="f1pd-counts-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return {"GCOV_PREFIX": folder, "GCOV_ERROR_FILE": "/dev/null"}


def full_disk(size):
    """The beginning of a command whose files cannot grow beyond so many bytes."""
    return ["env", *("%s=%s" % item for item in uncounted().items()), "prlimit", "--fsize=%d" % size, "--"]


def shared(*parts):
    """A path below the folder of third-party recordings; skips the test where that is absent."""
    path = os.path.join(SHARED, *parts)
    if not SHARED or not os.path.exists(path):
        raise unittest.SkipTest("no %s: set F1PD_SHARED to the folder with the recordings" % path)
    return path


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def http(port, path):
    """(status, body) of a GET; (0, reason) if nobody answers."""
    try:
        with urllib.request.urlopen("http://127.0.0.1:%d%s" % (port, path), timeout=5 * PATIENCE) as r:
            return r.status, r.read().decode()
    except urllib.error.HTTPError as e:
        return e.code, e.read().decode()
    except (OSError, HTTPException) as e:  # the latter where f1pd is killed in mid-answer
        return 0, str(e)


# ---- journals (sdk/helpers/journal_format.h)

HEADER = 64
EVENT_HEADER = 48  # of each event: struct f1p_event
EV_CAR_LAP, EV_RACE_CONTROL, EV_PIT_STOP = 11, 21, 23
EV_FORECAST, EV_PLUGIN_STATUS, EV_SOURCE_END = 64, 66, 68


class Event:
    def __init__(self, data):
        self.data = data
        (self.size, self.space, self.type, self.flags, self.source_id, self.seq, self.source_seq, self.t_event_ns,
         self.t_recv_ns) = struct.unpack_from("<IHHIIQQqq", data)

    def timeless(self):
        """All but the time at which it was received, which depends on the pace."""
        return self.data[:40] + self.data[48:]

    def __repr__(self):
        return "event seq %d type %d source %d #%d" % (self.seq, self.type, self.source_id, self.source_seq)


def read_journal(path):
    """The events of the sound part, and the number of bytes behind it."""
    import zlib
    with open(path, "rb") as f:
        data = f.read()
    events, at = [], HEADER
    if data[:8] != b"F1PDJRN1":
        raise AssertionError("%s is no journal" % path)
    while at + 8 <= len(data):
        size, crc = struct.unpack_from("<II", data, at)
        body = data[at + 8:at + 8 + size]
        if len(body) < size or zlib.crc32(body) != crc:
            break
        events.append(Event(body))
        at += 8 + size
    return events, len(data) - at


# ---- configuration folders

def ini(plugin, options=None, **section):
    lines = ["[plugin]", "id = " + plugin] + ["%s = %s" % (k, v) for k, v in section.items()]
    return "\n".join(lines + ["", "[options]"] + ["%s = %s" % (k, v) for k, v in (options or {}).items()]) + "\n"


def core(**options):
    return "\n".join(["[f1pd]"] + ["%s = %s" % (k, v) for k, v in options.items()]) + "\n"


RACE = {"seed": 7, "laps": 6, "lap_time_s": 60, "pre_start_s": 5}


class Case(unittest.TestCase):
    maxDiff = 2000

    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="f1pd-test-")
        self.addCleanup(shutil.rmtree, self.dir, ignore_errors=True)

    def path(self, *parts):
        return os.path.join(self.dir, *parts)

    def write(self, name, text):
        path = self.path(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as f:
            f.write(text if isinstance(text, bytes) else text.encode())
        return path

    def conf(self, files):
        """Writes conf.d anew; a value of None takes the file away."""
        for name, text in files.items():
            if text is None:
                os.remove(self.path("conf.d", name))
            else:
                self.write("conf.d/" + name, text)
        return self.path("conf.d")

    def run_f1pd(self, *args, timeout=60, prefix=(), code=0):
        """Runs to the end; code None: any exit code but a crash. Returns the CompletedProcess."""
        p = subprocess.run([*prefix, F1PD, *args], capture_output=True, text=True, errors="replace", timeout=timeout * PATIENCE,
                           cwd=self.dir)
        self.no_reports(p.stderr)
        if code is None:
            self.assertGreaterEqual(p.returncode, 0, "killed by a signal: " + p.stderr[-2000:])
        else:
            self.assertEqual(p.returncode, code, (p.stdout + p.stderr)[-2000:])
        return p

    def replay(self, path, *args, **kw):
        return json.loads(self.run_f1pd("replay", path, "--json", *args, **kw).stdout)

    def simulate(self, *args, race=RACE, **kw):
        sets = [w for k, v in race.items() for w in ("--set", "%s=%s" % (k, v))]
        return json.loads(self.run_f1pd("simulate", "--json", *sets, *args, **kw).stdout)

    def no_reports(self, text):
        found = REPORTS.search(text)
        self.assertIsNone(found, text[max(0, (found.start() if found else 0) - 500):][:4000])

    def daemon(self, conf=None, **kw):
        d = Daemon(self, conf, **kw)
        self.addCleanup(d.finish)
        return d


class Daemon:
    """f1pd on a configuration folder; or whatever command begins one."""

    def __init__(self, case, conf, plugins=None, limit_file_size=None, command=None):
        def limit():
            if limit_file_size is not None:
                resource.setrlimit(resource.RLIMIT_FSIZE, (limit_file_size, limit_file_size))

        self.case = case
        # Through a pipe: a limit on file sizes must not hit the log.
        self.log_path = tempfile.mkstemp(prefix="log-", dir=case.dir)[1]
        self.log_copy = subprocess.Popen(["tee", self.log_path], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
        args = command or [F1PD, "-c", conf] + (["-p", plugins] if plugins else [])
        self.process = subprocess.Popen(args, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=self.log_copy.stdin,
                                        cwd=case.dir, preexec_fn=limit,
                                        env=None if limit_file_size is None else {**os.environ, **uncounted()})
        self.log_copy.stdin.close()

    def log(self):
        with open(self.log_path, errors="replace") as f:
            return f.read()

    def lines(self, pattern):
        return [line for line in self.log().splitlines() if re.search(pattern, line)]

    def alive(self):
        return self.process.poll() is None

    def wait(self, condition, what, timeout=20):
        """Until condition() is true; its value."""
        end = time.monotonic() + timeout * PATIENCE
        while True:
            value = condition()
            if value:
                return value
            if not self.alive():
                self.log_copy.wait(10)
                raise AssertionError("f1pd ended with %s before %s:\n%s" % (self.process.returncode, what, self.log()[-3000:]))
            if time.monotonic() > end:
                raise AssertionError("no %s within %d s:\n%s" % (what, timeout * PATIENCE, self.log()[-3000:]))
            time.sleep(0.02)

    def wait_log(self, pattern, timeout=20, count=1):
        """The count-th line with the pattern."""
        return self.wait(lambda: (self.lines(pattern)[count - 1:] or [None])[0], "line with \"%s\"" % pattern, timeout)

    def port(self, count=1):
        return int(re.search(r":(\d+)/$", self.wait_log("serving http", count=count)).group(1))

    def reload(self):
        self.process.send_signal(signal.SIGHUP)

    def kill(self):
        self.process.kill()
        self.process.wait(10)
        self.log_copy.wait(10)

    def stop(self):
        """SIGTERM; the daemon must end well, soon, with nothing to report."""
        self.process.terminate()
        code = self.process.wait(10 * PATIENCE)
        self.log_copy.wait(10)
        if NO_VERDICT in self.log():
            print(NO_VERDICT)
            return
        self.case.no_reports(self.log())
        self.case.assertEqual(code, 0, self.log()[-3000:])

    def finish(self):
        if self.alive():
            self.kill()
        self.log_copy.wait(10)


def main():
    module = sys.modules["__main__"]
    loader = unittest.defaultTestLoader
    names = sys.argv[1:]
    if names:
        cases = [c for c in vars(module).values() if isinstance(c, type) and issubclass(c, Case)]
        tests = [c(n) for n in names for c in cases if n in loader.getTestCaseNames(c)]
        if len(tests) != len(names):
            sys.exit("no such test, or more than one: %s" % " ".join(names))
        suite = unittest.TestSuite(tests)
    else:
        suite = loader.loadTestsFromModule(module)
    os.umask(0o022)
    result = unittest.TextTestRunner(verbosity=2).run(suite)
    for test, why in result.skipped:
        print("SKIPPED: %s: %s" % (test.id(), why))
    if not result.wasSuccessful():
        sys.exit(1)
    sys.exit(77 if result.skipped and len(result.skipped) == result.testsRun else 0)
