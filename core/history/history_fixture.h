/* history_fixture.h - for tests: a store in a folder of its own, and random rows made from the column tables. */
#ifndef HISTORY_HISTORY_FIXTURE_H
#define HISTORY_HISTORY_FIXTURE_H

#include "base/log.h"
#include "helpers/rng.h"
#include "history/history.h"
#include "history/history_rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct fixture {
	char dir[64];
	char path[128];
	char log[16384];
	struct history *h;
};

static inline void fixture_log(void *arg, int level, const char *line)
{
	struct fixture *f = arg;
	size_t n = strlen(f->log);

	(void)level;
	snprintf(f->log + n, sizeof(f->log) - n, "%s\n", line);
}

static inline void fixture_begin(struct fixture *f)
{
	*f = (struct fixture){.dir = "/tmp/f1pd-history-XXXXXX"};
	assert_non_null(mkdtemp(f->dir));
	snprintf(f->path, sizeof(f->path), "%s/history.sqlite", f->dir);
	log_set_writer(fixture_log, f);
}

static inline void fixture_open(struct fixture *f, const char *path)
{
	char err[512] = "";

	f->h = history_open(path, err, sizeof(err));
	if (!f->h)
		fail_msg("%s", err);
}

static inline void fixture_end(struct fixture *f)
{
	char command[128];

	history_close(f->h);
	log_set_writer(NULL, NULL);
	snprintf(command, sizeof(command), "rm -rf '%s'", f->dir);
	assert_int_equal(system(command), 0);
}

static inline void fixture_put(struct fixture *f, const void *rows, uint32_t n)
{
	char why[512] = "";

	if (history_put(f->h, rows, n, why, sizeof(why)) != F1P_OK)
		fail_msg("%s", why);
}

static inline void fixture_flush(struct fixture *f)
{
	char why[512] = "";

	if (history_flush(f->h, why, sizeof(why)) != F1P_OK)
		fail_msg("%s", why);
}

static inline int64_t fixture_count(struct fixture *f, uint32_t type, int32_t race_from, int32_t race_to)
{
	struct f1p_history_query q = {.size = sizeof(q), .type = type, .race_from = race_from, .race_to = race_to};

	return history_count(f->h, &q, NULL, 0);
}

static inline struct f1p_hist_lap fixture_lap(int32_t race_id, int32_t lap, const char *driver)
{
	struct f1p_hist_lap l = {.row = {sizeof(l), F1P_HIST_LAP, race_id, 0},
		.lap = lap,
		.position = 1,
		.time_ms = 90000 + lap,
		.elapsed_ms = F1P_UNKNOWN,
		.gap_ms = F1P_UNKNOWN,
		.stint = 1,
		.tyre_laps = -1,
		.compound = F1P_TYRE_SOFT};

	snprintf(l.driver_id, sizeof(l.driver_id), "%s", driver);
	return l;
}

/* Writes v into the field of any width, as the compiler of a plugin would. */
static inline void fixture_set(const struct history_column *c, void *row, int64_t v)
{
	char *at = (char *)row + c->offset;

	switch (c->kind) {
	case HISTORY_U8:
		*(uint8_t *)at = (uint8_t)v;
		break;
	case HISTORY_U16:
		*(uint16_t *)(void *)at = (uint16_t)v;
		break;
	case HISTORY_I16:
		*(int16_t *)(void *)at = (int16_t)v;
		break;
	case HISTORY_U32:
		*(uint32_t *)(void *)at = (uint32_t)v;
		break;
	case HISTORY_I32:
		*(int32_t *)(void *)at = (int32_t)v;
		break;
	default:
		*(int64_t *)(void *)at = v;
	}
}

static inline int64_t fixture_unknown(const struct history_column *c)
{
	return c->kind == HISTORY_I64 ? F1P_UNKNOWN_NS : F1P_UNKNOWN;
}

#endif
