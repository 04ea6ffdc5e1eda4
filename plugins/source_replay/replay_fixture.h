/*
 * replay_fixture.h - for the tests: a host that collects events, and a small synthetic race told in every format.
 */
#ifndef REPLAY_FIXTURE_H
#define REPLAY_FIXTURE_H

#include <f1pd/f1pd.h>

#define T0_S INT64_C(1709391600) /* 2024-03-02T15:00:00Z: UTC of offset 0 */
#define T0_NS (T0_S * INT64_C(1000000000))
#define MS_NS INT64_C(1000000)

/* ---- host ---- */

struct fake_host {
	struct f1p_host host;
	uint8_t *events; /* one behind the other */
	size_t n, room;
	uint32_t count;
	char log[8192];
	char reason[512];
	double rejected, messages; /* metrics */
	bool no_metrics;
};

void fake_host_init(struct fake_host *);
void fake_host_finish(struct fake_host *);
void fake_host_clear(struct fake_host *);
/* The event of this ordinal, or NULL. */
const struct f1p_event *fake_event(const struct fake_host *, uint32_t index);
uint32_t fake_count_type(const struct fake_host *, uint16_t type);

/* ---- plugin ---- */

struct replay_options {
	const char *path;
	const char *start; /* as in the plugin's own config struct */
	const char *join;
	bool loop;
};

struct f1p_plugin *replay_create(struct fake_host *);
/* create, init, configure, start; NULL and host->reason if one fails. options must outlive the plugin. */
struct f1p_plugin *replay_begin(struct fake_host *, const struct replay_options *);
void replay_end(struct f1p_plugin *);
/* Polls to the end as fast as possible, at most max_polls times. The last status. */
f1p_status replay_run(struct f1p_plugin *, uint32_t max_events, uint32_t max_polls);
/* All of it: begin, run, end. */
f1p_status replay_all(struct fake_host *, const char *path, const char *start);

/* ---- race ---- */

struct told {
	int64_t offset_ms;
	const char *topic;
	const char *json;
};
extern const struct told race[];
extern const uint32_t race_n;

enum told_format {
	TOLD_ARCHIVE,	    /* folder; BOM, CRLF */
	TOLD_ARCHIVE_PLAIN, /* folder; LF, no BOM */
	TOLD_HUB_LINES,
	TOLD_FRAMES,
	TOLD_CORE,
	TOLD_PYTHON,
	TOLD_WRAPPED,	   /* Type, Json, DateTime */
	TOLD_WRAPPED_TEXT, /* Json is a string */
	TOLD_STREAM_PAYLOAD,
	TOLD_OFFSETS, /* topic, data, offset in ms */
	TOLD_UPDATES, /* array with timestamps */
	TOLD_UPDATES_UNTIMED,
	TOLD_PRETTY, /* objects over several lines */
	TOLD_TEXT,
	TOLD_FORMATS
};

/* Writes the race below dir; path gets what to play. */
void race_write(enum told_format, const char *dir, bool gz, char *path, size_t path_size);
void make_dir(char *path, size_t path_size); /* a fresh temporary folder */
void remove_dir(const char *path);
void write_file(const char *path, const void *bytes, size_t n, bool gz);
void write_text(const char *dir, const char *name, const char *text);

#endif
