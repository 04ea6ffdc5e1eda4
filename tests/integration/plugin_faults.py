"""Plugins that are broken, and a port that is taken: one clear line each, the rest of the daemon runs."""
import os
import re
import shutil
import socket
import subprocess

import support
from support import core, ini

SOURCE = r"""
#include <f1pd/f1pd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifndef INIT
#define INIT return F1P_OK;
#endif
#ifndef START
#define START return F1P_OK;
#endif
#ifndef MAJOR
#define MAJOR F1P_ABI_MAJOR
#endif
#ifndef MIN_MINOR
#define MIN_MINOR 0
#endif

static f1p_status write_events(struct f1p_plugin *p, const struct f1p_event *first, uint32_t count, size_t bytes)
{
	(void)p, (void)first, (void)count, (void)bytes;
#ifdef WRITE
	WRITE
#endif
	return F1P_OK;
}
static f1p_status init(struct f1p_plugin *p) { (void)p; INIT }
static f1p_status configure(struct f1p_plugin *p, const void *cfg) { (void)p, (void)cfg; return F1P_OK; }
static f1p_status start(struct f1p_plugin *p) { (void)p; START }
static void stop(struct f1p_plugin *p) { (void)p; }
static void destroy(struct f1p_plugin *p) { free(p); }
static const void *extension(struct f1p_plugin *p, const char *id)
{
	static struct f1p_sink s = {.size = sizeof(s)};
	(void)p;
	s.write = write_events;
	return strcmp(id, F1P_EXT_SINK) == 0 ? &s : NULL;
}
static const struct f1p_descriptor *descriptor(uint32_t i)
{
	static const struct f1p_descriptor d = {.size = sizeof(d), .kinds = F1P_KIND_SINK, .id = "sink_faulty", .version = "1",
		.license = "MIT", .description = "A sink with a fault"};
	return i == 0 ? &d : NULL;
}
static struct f1p_plugin *create(const struct f1p_host *host, const char *id)
{
	struct f1p_plugin *p = calloc(1, sizeof(*p));
	(void)host, (void)id;
	if (p)
		*p = (struct f1p_plugin){.size = sizeof(*p), .init = init, .configure = configure, .start = start, .stop = stop,
			.destroy = destroy, .get_extension = extension};
	return p;
}
F1P_EXPORT extern const struct f1p_entry f1p_entry_v1;
F1P_EXPORT const struct f1p_entry f1p_entry_v1 = {F1P_MAGIC, sizeof(struct f1p_entry), MAJOR, F1P_ABI_MINOR, MIN_MINOR, 1,
	descriptor, create};
"""


class Faults(support.Case):
    def setUp(self):
        super().setUp()
        os.mkdir(self.path("plugins"), 0o755)
        for name in os.listdir(support.PLUGINS):
            shutil.copy(os.path.join(support.PLUGINS, name), self.path("plugins", name))
            os.chmod(self.path("plugins", name), 0o644)
        self.conf({
            "00-f1pd.ini": core(speed=20),
            "10-source-simulator.ini": ini("source_simulator", {"seed": 7, "laps": 40, "lap_time_s": 60, "pre_start_s": 5}),
            "21-predictor-order.ini": ini("predictor_order"),
            "30-sink-websocket.ini": ini("sink_websocket", {"port": 0}),
            "31-sink-faulty.ini": ini("sink_faulty"),
        })

    def build(self, *defines):
        self.write("faulty.c", SOURCE)
        path = self.path("plugins", "sink_faulty.so")
        subprocess.run(["gcc", "-std=c17", "-shared", "-fPIC", "-I", os.path.join(support.SOURCE, "include"),
                        *["-D" + d for d in defines], "-o", path, self.path("faulty.c")], check=True)
        os.chmod(path, 0o755)
        return path

    def check_refused(self, pattern):
        """One line says what is wrong; f1pd -t says it too; everything else runs."""
        p = self.run_f1pd("-t", "-c", self.path("conf.d"), "-p", self.path("plugins"), code=1)
        wanted = re.escape(self.path("plugins", "sink_faulty.so")) + ": .*" + pattern
        self.assertEqual(len(re.findall(wanted, p.stdout)), 1, p.stdout)
        self.assertRegex(p.stdout, ": 1 error\n")
        p = self.run_f1pd("plugins", "-c", self.path("conf.d"), "-p", self.path("plugins"))
        self.assertRegex(p.stdout, "(?m)^refused: .*sink_faulty.so: .*" + pattern)
        d = self.daemon(self.path("conf.d"), plugins=self.path("plugins"))
        d.wait_log(wanted)
        self.served(d)
        self.assertEqual(len(d.lines("sink_faulty")), 1, d.log())
        d.stop()

    def served(self, d):
        d.wait(lambda: support.http(d.port(), "/api/v1/session/current")[0] == 200, "a race that is served")

    def test_a_sound_plugin_runs(self):
        self.build()
        self.run_f1pd("-t", "-c", self.path("conf.d"), "-p", self.path("plugins"))
        d = self.daemon(self.path("conf.d"), plugins=self.path("plugins"))
        d.wait_log("started: 4 plugins")
        self.served(d)
        d.stop()

    def test_crash_in_init(self):
        self.build("INIT=*(volatile int *)0 = 1; return F1P_OK;")
        self.check_refused(r"(crashed while it was probed \(signal|ended the process while it was probed)")

    def test_abort_in_init(self):
        self.build("INIT=abort();")
        self.check_refused(r"crashed while it was probed \(signal 6\)")

    def test_exit_in_init(self):
        self.build("INIT=_exit(0);")
        self.check_refused("ended the process while it was probed")

    def test_hang_in_init(self):
        self.build("INIT=for (;;) pause();")
        self.check_refused("hung while it was probed")

    def test_wrong_abi(self):
        self.build("MAJOR=9")
        self.check_refused("built for ABI 9, this f1pd has 1")

    def test_newer_minor(self):
        self.build("MIN_MINOR=77")
        self.check_refused(r"needs ABI 1\.77, this f1pd has 1")

    def test_not_elf(self):
        self.write("plugins/sink_faulty.so", "#!/bin/sh\n")
        self.check_refused("is not an ELF file")

    def test_truncated_elf(self):
        path = self.build()
        os.truncate(path, 5000)
        self.check_refused("(cannot be loaded|crashed while it was probed)")

    def test_no_entry(self):
        shutil.copy("/lib/x86_64-linux-gnu/libz.so.1" if os.path.exists("/lib/x86_64-linux-gnu/libz.so.1") else
                    self.skipTest("no libz.so.1 at its usual place"), self.path("plugins", "sink_faulty.so"))
        self.check_refused("exports no f1p_entry_v1")

    def test_writable_by_others(self):
        os.chmod(self.build(), 0o775)
        self.check_refused(r"can be written by others \(mode 0775\)")

    def test_folder_writable_by_others(self):
        self.build()
        os.chmod(self.path("plugins"), 0o777)
        p = self.run_f1pd("-t", "-c", self.path("conf.d"), "-p", self.path("plugins"), code=1)
        self.assertRegex(p.stdout, r"its folder can be written by others \(mode 0777\)")

    def test_missing(self):
        d = self.daemon(self.path("conf.d"), plugins=self.path("plugins"))
        d.wait_log(r"31-sink-faulty\.ini:2: id: no plugin \"sink_faulty\"")
        self.served(d)
        d.stop()

    def test_a_start_that_fails_is_tried_again_with_doubling_delay(self):
        self.build('START=return F1P_EIO;')
        d = self.daemon(self.path("conf.d"), plugins=self.path("plugins"))
        d.wait_log("sink-faulty: input or output failed .*trying again in 1 s")
        d.wait_log("sink-faulty: .*trying again in 2 s")
        d.wait_log("sink-faulty: .*trying again in 4 s")
        self.served(d)
        d.stop()

    def test_a_sink_that_fails_is_restarted_and_others_get_everything(self):
        self.build('WRITE=return F1P_EIO;')
        d = self.daemon(self.path("conf.d"), plugins=self.path("plugins"))
        d.wait_log("sink-faulty: .*trying again in 1 s")
        d.wait_log("sink-faulty: running again")
        d.wait_log("sink-faulty: .*trying again in 2 s")
        self.served(d)
        d.stop()


class Port(support.Case):
    def test_a_taken_port_is_one_line_and_is_got_when_it_is_free(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            conf = self.conf({
                "00-f1pd.ini": core(speed=20, journal_dir="journal"),
                "10-source-simulator.ini": ini("source_simulator", {"seed": 7, "laps": 70, "lap_time_s": 60}),
                "30-sink-websocket.ini": ini("sink_websocket", {"port": port}),
            })
            d = self.daemon(conf)
            line = d.wait_log("trying again in 1 s")
            self.assertIn("127.0.0.1:%d" % port, line)
            self.assertRegex(line, "in use")
            self.assertEqual(len(d.lines(" (warn|error) .*%d" % port)), 1, d.log())
            journal = self.path("conf.d/journal/current.f1j")
            d.wait(lambda: os.path.exists(journal) and os.path.getsize(journal) > 50000, "a race in the journal")
        d.wait_log("sink-websocket: running again")
        d.wait(lambda: support.http(port, "/api/v1/session/current")[0] == 200, "a race that is served")
        d.stop()


if __name__ == "__main__":
    support.main()
