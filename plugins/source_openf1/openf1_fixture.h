/*
 * openf1_fixture.h - the plugin on a fake host, with a little OpenF1 of our own behind it: a race of three cars that goes on with the
 * clock. Every request is answered at once; a test may answer some of them otherwise.
 */
#ifndef OPENF1_FIXTURE_H
#define OPENF1_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fake_host.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RIG_S INT64_C(1000000000)
#define RIG_START_NS (INT64_C(1904216400) * RIG_S) /* 2030-05-05T13:00:00Z: scheduled start of session 7001 */
#define RIG_MAX_ASKED 20000
#define IN_RACE_NS (RIG_START_NS + 200 * RIG_S)
#define ALWAYS "connect=always\n"

struct rig {
	struct fake_host *fake;
	struct f1p_plugin *plugin;
	int64_t next_ns;
	/* true: it answered. NULL = the little OpenF1 answers all */
	bool (*answer)(struct rig *, struct fake_request *);
	int mode; /* the test's own */
	int64_t asked_ns[RIG_MAX_ASKED];
	size_t n_asked, n_polls;
	size_t tokens;
	bool no_rows; /* the session has not begun: all collections are empty */
};

extern const struct f1p_entry f1p_entry_v1;

struct rig *rig_create(const char *options, int64_t now_ns);
void rig_destroy(struct rig *);
/* Polls and answers until the virtual clock has gone on by so much. */
void rig_run(struct rig *, double seconds);
void rig_answer_all(struct rig *);
/* ms since the start of the session -> "2030-05-05T13:01:02.003000+00:00" */
const char *rig_time(int64_t ms, char out[64]);
size_t rig_links(const struct rig *, uint32_t condition);
const struct f1p_ev_link *rig_last_link(const struct rig *);
/* The most requests in any stretch of time of that length. */
size_t rig_most_in(const struct rig *, int64_t window_ns);

#endif
