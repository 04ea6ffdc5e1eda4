#include "download.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_BYTES_MAX (UINT64_C(256) << 20)
#define INDEX_BYTES_MAX (UINT64_C(1) << 20)
#define FILE_TIMEOUT_MS 600000
#define ROUNDS_MAX 3
#define PAUSE_NS (12 * INT64_C(1000000000)) /* longer than a server that fails is left alone at first */

/* Without these a recording says little: told as missing if the session's index does not name them. */
static const char *const essential[] = {"SessionInfo", "SessionStatus", "TrackStatus", "DriverList", "TimingData",
	"TimingAppData", "RaceControlMessages", "Heartbeat"};

static void log_line(const struct download *d, int level, const char *text)
{
	d->servers->host->log(d->servers->host, level, "%s", text);
}

static int64_t now_s(const struct download *d)
{
	return d->servers->host->now_utc_ns(d->servers->host) / 1000000000;
}

static void give_up(struct download *d, const char *why)
{
	if (!d->broken[0])
		snprintf(d->broken, sizeof(d->broken), "%s", why);
}

/* ---- files ---- */

static uint32_t count(const struct download *d, enum file_state state)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < d->n; i++)
		n += d->files[i].state == state;
	return n;
}

static void take(struct download *d, struct download_file *f)
{
	char why[STORE_PATH_ROOM + 100];
	f1p_status status = store_take(&d->store, f->topic, now_s(d), why, sizeof(why));

	if (status == F1P_OK) {
		const struct stored *s = store_has(&d->store, f->topic, now_s(d));
		f->state = FILE_THERE;
		d->servers->host->log(d->servers->host, F1P_LOG_INFO, "%s: %" PRIu64 " bytes (%u of %u)", f->topic,
			s ? s->bytes : 0, count(d, FILE_THERE), d->n);
	} else {
		f->state = FILE_FAILED;
		snprintf(f->ask.why, sizeof(f->ask.why), "%.390s", why);
		if (status == F1P_EIO)
			give_up(d, f->ask.why);
	}
}

static void on_file(void *arg, struct ask *ask, enum asked how, const struct f1p_http_answer *answer)
{
	struct download_file *f = arg;
	struct download *d = f->of;

	(void)answer;
	d->open--;
	if (how == ASKED_GOT) {
		take(d, f);
	} else if (how == ASKED_ABSENT) {
		f->state = FILE_ABSENT;
		store_drop(&d->store, f->topic);
		d->servers->host->log(d->servers->host, F1P_LOG_WARN, "%s: the archive does not give it", f->topic);
	} else {
		f->state = FILE_FAILED;
		if (how == ASKED_LOCAL)
			give_up(d, ask->why);
	}
	d->news(d->arg);
}

static bool add_file(struct download *d, const char *topic)
{
	struct download_file *f = &d->files[d->n];

	if (d->n == TOPICS_MAX)
		return false;
	*f = (struct download_file){.of = d, .state = FILE_WANTED};
	snprintf(f->topic, sizeof(f->topic), "%s", topic);
	store_path(&d->store, topic, f->path);
	f->ask = (struct ask){.servers = d->servers,
		.save_path = f->path,
		.max_bytes = FILE_BYTES_MAX,
		.timeout_ms = FILE_TIMEOUT_MS,
		.fn = on_file,
		.arg = f};
	snprintf(f->ask.path, sizeof(f->ask.path), "%s%s.jsonStream", d->session, topic);
	d->n++;
	return true;
}

static void add_absent(struct download *d, const char *topic)
{
	if (!add_file(d, topic))
		return;
	d->files[d->n - 1].state = FILE_ABSENT;
	d->servers->host->log(d->servers->host, F1P_LOG_WARN, "%s: the index of the session does not name it", topic);
}

static void choose_files(struct download *d, const struct topics *there)
{
	for (uint32_t i = 0; i < there->n; i++) {
		if (d->wanted->n > 0 && !topics_have(d->wanted, there->names[i]))
			continue;
		add_file(d, there->names[i]);
		struct download_file *f = &d->files[d->n - 1];
		if (store_has(&d->store, f->topic, now_s(d)))
			f->state = FILE_THERE;
	}
	if (count(d, FILE_THERE))
		d->servers->host->log(
			d->servers->host, F1P_LOG_INFO, "%u of %u files are here already", count(d, FILE_THERE), d->n);
	for (uint32_t i = 0; i < d->wanted->n; i++)
		if (!topics_have(there, d->wanted->names[i]))
			add_absent(d, d->wanted->names[i]);
	for (size_t i = 0; d->wanted->n == 0 && i < sizeof(essential) / sizeof(essential[0]); i++)
		if (!topics_have(there, essential[i]))
			add_absent(d, essential[i]);
}

/* ---- the session's index ---- */

static void on_index(void *arg, struct ask *ask, enum asked how, const struct f1p_http_answer *answer)
{
	struct download *d = arg;
	struct topics *there = NULL;
	char why[200], line[500];

	if (how == ASKED_ABSENT) {
		snprintf(line, sizeof(line), "there is no session %s in the archive", d->session);
		give_up(d, line);
	} else if (how != ASKED_GOT) {
		give_up(d, ask->why);
	} else if ((there = calloc(1, sizeof(*there))) == NULL) {
		give_up(d, "no memory");
	} else if (!topics_read(there, answer->body, answer->body_bytes, why, sizeof(why))) {
		snprintf(line, sizeof(line), "%s: no index of a session: %s", ask->path, why);
		give_up(d, line);
	} else if (!store_open(&d->store, d->folder, d->session, d->broken, sizeof(d->broken))) {
		/* told */
	} else {
		choose_files(d, there);
		if (there->n == 0)
			give_up(d, "the index of the session names no stream");
	}
	free(there);
	d->news(d->arg);
}

static void ask_index(struct download *d)
{
	d->asked = true;
	d->index = (struct ask){.servers = d->servers, .max_bytes = INDEX_BYTES_MAX, .fn = on_index, .arg = d};
	snprintf(d->index.path, sizeof(d->index.path), "%sIndex.json", d->session);
	ask_begin(&d->index);
}

/* ---- going on ---- */

/* The host queues them and lets a few run at a time. */
static void ask_files(struct download *d)
{
	for (uint32_t i = 0; i < d->n && !d->broken[0]; i++) {
		struct download_file *f = &d->files[i];
		if (f->state != FILE_WANTED || f->ask.id)
			continue;
		d->open++;
		ask_begin(&f->ask);
	}
}

static void tell_failed(struct download *d)
{
	char line[500];
	uint32_t failed = count(d, FILE_FAILED);

	for (uint32_t i = 0; i < d->n; i++)
		if (d->files[i].state == FILE_FAILED)
			log_line(d, F1P_LOG_ERROR, d->files[i].ask.why);
	snprintf(line, sizeof(line),
		"%u of %u files did not come whole; what came is kept: begin again later, and it goes on from there", failed,
		d->n);
	give_up(d, line);
}

/* Every file was tried in this round. */
static int64_t end_round(struct download *d, int64_t now_ns)
{
	uint32_t failed = count(d, FILE_FAILED);

	if (failed == 0) {
		d->complete = true;
		return F1P_NEVER_NS;
	}
	if (d->t_retry_ns == 0) {
		if (++d->round == ROUNDS_MAX) {
			tell_failed(d);
			return F1P_NEVER_NS;
		}
		d->servers->host->log(
			d->servers->host, F1P_LOG_WARN, "%u files did not come whole; they are tried again", failed);
		d->t_retry_ns = now_ns + PAUSE_NS;
	}
	if (now_ns < d->t_retry_ns)
		return d->t_retry_ns;
	d->t_retry_ns = 0;
	for (uint32_t i = 0; i < d->n; i++)
		if (d->files[i].state == FILE_FAILED)
			d->files[i].state = FILE_WANTED;
	return now_ns;
}

int64_t download_go(struct download *d, int64_t now_ns)
{
	if (d->broken[0] || d->complete || d->index.id)
		return F1P_NEVER_NS;
	if (!d->asked) {
		ask_index(d);
		return F1P_NEVER_NS;
	}
	ask_files(d);
	return d->open || d->broken[0] ? F1P_NEVER_NS : end_round(d, now_ns);
}

bool download_init(struct download *d)
{
	d->files = calloc(TOPICS_MAX, sizeof(*d->files));
	return d->files != NULL;
}

void download_finish(struct download *d)
{
	if (d->index.id)
		ask_cancel(&d->index);
	for (uint32_t i = 0; d->files && i < d->n; i++)
		ask_cancel(&d->files[i].ask);
	free(d->files);
	d->files = NULL;
	d->n = d->open = 0;
}
