/*
 * archive_fixture.h - for tests: the plugin on a fake host, a folder of its own, and a small archive that answers.
 */
#ifndef ARCHIVE_FIXTURE_H
#define ARCHIVE_FIXTURE_H

#include "fake_host.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SECOND INT64_C(1000000000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define NOW INT64_C(1901000000000000000) /* 2030-03-29 */
#define RACE "2030/2030-03-17_Alpha_Grand_Prix/2030-03-17_Race/"
#define STREAM                                                                                                                   \
	"\xef\xbb\xbf"                                                                                                           \
	"00:00:00.100{\"a\":1}\r\n00:00:01.000{\"b\":2}\r\n"

extern const struct f1p_entry f1p_entry_v1;

struct rig {
	struct fake_host *fake;
	struct f1p_plugin *plugin;
	char folder[64];
	int64_t due_ns;
	f1p_status status;
};

static inline void rig_start(struct rig *r, const char *options)
{
	char text[1024];

	/* the first of two counts */
	snprintf(text, sizeof(text), "%sbase_url=http://127.0.0.1:1\nmirror_url=\nfolder=%s\n", options, r->folder);
	r->plugin = fake_start(r->fake, &f1p_entry_v1, "source_archive", text);
}

static inline void rig_begin(struct rig *r, const char *options)
{
	*r = (struct rig){.fake = fake_host_create("source-archive")};
	assert_non_null(r->fake);
	strcpy(r->folder, "/tmp/f1pd-archive-XXXXXX");
	assert_non_null(mkdtemp(r->folder));
	r->fake->now_ns = NOW;
	rig_start(r, options);
}

static inline void rig_end(struct rig *r)
{
	char command[128];

	fake_stop(r->fake, r->plugin);
	fake_host_destroy(r->fake);
	snprintf(command, sizeof(command), "rm -rf %s", r->folder);
	assert_int_equal(system(command), 0);
}

/* The daemon ends and is started again. */
static inline void rig_again(struct rig *r, const char *options)
{
	fake_stop(r->fake, r->plugin);
	r->fake->log[0] = '\0';
	r->fake->log_bytes = 0;
	rig_start(r, options);
	assert_non_null(r->plugin);
}

/* Polls until the plugin waits for an answer, for a time, or has ended. */
static inline f1p_status rig_poll(struct rig *r)
{
	for (int i = 0; i < 100; i++) {
		unsigned wakes = r->fake->wakes;
		r->status = fake_poll(r->fake, r->plugin, &r->due_ns);
		if (r->status != F1P_OK || (r->due_ns > r->fake->now_ns && wakes == r->fake->wakes))
			return r->status;
	}
	fail_msg("polled 100 times without end");
	return r->status;
}

static inline int pending(const struct rig *r)
{
	int n = 0;

	for (size_t i = 0; i < r->fake->n_requests; i++)
		n += !r->fake->requests[i].done && !r->fake->requests[i].cancelled;
	return n;
}

/* The request for this path, asked for now. */
static inline struct fake_request *asked(struct rig *r, const char *path)
{
	rig_poll(r);
	struct fake_request *q = fake_pending(r->fake, path);
	if (!q)
		fail_msg("nobody asks for %s; log:\n%s", path, r->fake->log);
	return q;
}

static inline void answer(struct rig *r, const char *path, uint32_t status, const char *body)
{
	struct fake_request *q = asked(r, path);

	if (q->save_path[0] && status == 200) { /* as the host does */
		FILE *f = fopen(q->save_path, "w");
		assert_non_null(f);
		fputs(body, f);
		fclose(f);
		body = "";
	}
	fake_answer(r->fake, q, status, NULL, body);
}

static inline void says(const struct rig *r, const char *text)
{
	if (!strstr(r->fake->log, text))
		fail_msg("the log does not say \"%s\":\n%s", text, r->fake->log);
}

static inline void file_path(const struct rig *r, const char *name, char *out, size_t size)
{
	snprintf(out, size, "%s/%s%s", r->folder, RACE, name);
}

static inline bool there(const struct rig *r, const char *name)
{
	char path[256];

	file_path(r, name, path, sizeof(path));
	return access(path, F_OK) == 0;
}

static inline void put_file(const struct rig *r, const char *name, const char *text)
{
	char path[256];

	file_path(r, name, path, sizeof(path));
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

#define FEED(topic) "\"" topic "\":{\"KeyFramePath\":\"" topic ".json\",\"StreamPath\":\"" topic ".jsonStream\"}"
#define ESSENTIALS                                                                                                               \
	FEED("SessionInfo")                                                                                                      \
	"," FEED("SessionStatus") "," FEED("TrackStatus") "," FEED("DriverList") "," FEED("TimingData") "," FEED(                \
		"TimingAppData") "," FEED("RaceControlMessages") "," FEED("Heartbeat")
#define SESSION_INDEX "\xef\xbb\xbf{\"Feeds\":{" ESSENTIALS "}}\r\n"

/* Answers every file that is asked for. Returns how many. */
static inline int serve_files(struct rig *r)
{
	struct fake_request *q;
	int n = 0;

	rig_poll(r);
	while ((q = fake_pending(r->fake, ".jsonStream")) != NULL) {
		answer(r, q->url, 200, STREAM);
		n++;
	}
	rig_poll(r);
	return n;
}

#define MEETING(number, name, location, country, code, sessions)                                                                 \
	"{\"Key\":900" number ",\"Code\":\"M\",\"Number\":" number ",\"Location\":\"" location                                   \
	"\",\"OfficialName\":\"X\",\"Name\":\"" name "\",\"Country\":{\"Key\":1,\"Code\":\"" code "\",\"Name\":\"" country       \
	"\"},\"Circuit\":{\"Key\":63,\"ShortName\":\"" location " Ring\"},\"Sessions\":[" sessions "]}"
#define SESSION(key, type, name, day, path)                                                                                      \
	"{\"Key\":" key ",\"Type\":\"" type "\",\"Name\":\"" name "\",\"StartDate\":\"" day "T14:00:00\",\"EndDate\":\"" day     \
	"T16:00:00\",\"GmtOffset\":\"-06:00:00\"" path "}"
#define PATH(path) ",\"Path\":\"" path "\""
#define YEAR(meetings) "\xef\xbb\xbf{\"Year\":2030,\"Meetings\":[" meetings "]}"

#endif
