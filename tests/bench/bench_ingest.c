/*
 * bench_ingest.c - what one live-timing message costs from its bytes to the race state, as JSON on stdout.
 *
 * The messages lie in memory; they go through the daemon's own engine: decode and merge -> gate -> journal -> race state ->
 * trigger. Without an argument: a synthetic race; with one: a recording, file or folder. In the same run the same bytes go
 * through a bare yajl SAX pass (a parser per message, empty callbacks): the ratio tells what f1pd adds to reading JSON,
 * whatever the machine. Times are processor time of the best of several rounds.
 * stages_us: each stage alone over the same events; what is left of the whole is the engine around them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <uv.h>
#include <yajl/yajl_parse.h>

#include "base/buffer.h"
#include "daemon/engine.h"
#include "feed.h"
#include "journal/journal.h"
#include "livetiming.h"
#include "race/ingest.h"

#define ROUNDS 9
#define SOURCE 1
#define FLUSH_EVERY 400 /* messages: about what the daemon handles between two flushes */

static double cpu_s(void)
{
	struct timespec t;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void best(double *least, double took)
{
	*least = *least == 0 || took < *least ? took : *least;
}

/* ---- the decoder alone, into something ---- */

static struct lt_stats decode(const struct feed *f, lt_emit_fn emit, void *arg, void (*breathe)(void *arg))
{
	struct lt_decoder *d = lt_create(emit, NULL, arg);
	if (!d) {
		return (struct lt_stats){0};
	}
	for (size_t i = 0; i < f->n; i++) {
		const struct feed_message *m = &f->messages[i];
		if (m->snapshot) {
			lt_snapshot(d, m->json, m->n, m->t_ns, 0);
		} else {
			lt_message(d, m->topic, strlen(m->topic), m->json, m->n, m->t_ns, 0);
		}
		if (breathe && i % FLUSH_EVERY == 0) {
			breathe(arg);
		}
	}
	struct lt_stats stats = *lt_get_stats(d);
	lt_destroy(d);
	return stats;
}

static f1p_status count_event(void *arg, const struct f1p_event *ev)
{
	*(uint64_t *)arg += ev->size > 0;
	return F1P_OK;
}

static f1p_status keep_event(void *arg, const struct f1p_event *ev)
{
	return buffer_push(arg, ev) ? F1P_OK : F1P_ENOMEM;
}

/* ---- the whole way, through the engine ---- */

struct pipeline {
	uv_loop_t loop;
	struct vclock clock;
	struct engine *engine;
};

static bool pipeline_open(struct pipeline *p, const char *journal_path)
{
	char err[512] = "";
	uv_loop_init(&p->loop);
	vclock_init(&p->clock, 0);
	vclock_set_driven(&p->clock, true);
	struct engine_options o = {.loop = &p->loop, .clock = &p->clock, .journal_path = journal_path, .identity = 1, .workers = 1,
		.wait = true, .forecast_every_ms = 15000, .forecast_timeout_ms = 2000, .publish_every_ms = 200};
	p->engine = engine_create(&o, err, sizeof(err));
	if (!p->engine) {
		fprintf(stderr, "bench_ingest: %s\n", err);
		return false;
	}
	engine_begin(p->engine);
	engine_add_source(p->engine, SOURCE, F1P_SOURCE_PACED | F1P_SOURCE_DETERMINISTIC);
	return true;
}

static void pipeline_close(struct pipeline *p)
{
	engine_destroy(p->engine);
	uv_run(&p->loop, UV_RUN_DEFAULT);
	uv_loop_close(&p->loop);
	vclock_finish(&p->clock);
}

static f1p_status emit_event(void *arg, const struct f1p_event *ev)
{
	return engine_emit(((struct pipeline *)arg)->engine, SOURCE, ev);
}

static void flush(void *arg)
{
	engine_flush(((struct pipeline *)arg)->engine, false);
}

/* ---- stages over events that were kept ---- */

static double check_s(const struct buffer *events)
{
	struct ingest *gate = ingest_create();
	const char *why;
	uint64_t seq = 0;
	double from = cpu_s();
	for (size_t at = 0; gate && at < events->len;) {
		struct f1p_event *ev = (struct f1p_event *)(events->data + at);
		ev->source_id = SOURCE;
		ev->source_seq = ++seq;
		ingest_check(gate, ev, &why);
		at += ev->size;
	}
	from = cpu_s() - from;
	ingest_destroy(gate);
	return from;
}

static double journal_s(const struct buffer *events, const char *path)
{
	char err[256];
	struct journal *j = NULL;
	uint32_t n = 0;
	if ((path ? journal_open(&j, path, 1, NULL, NULL, err, sizeof(err)) : journal_open_null(&j)) != F1P_OK) {
		return 0;
	}
	double from = cpu_s();
	for (size_t at = 0; at < events->len;) {
		struct f1p_event *ev = (struct f1p_event *)(events->data + at);
		journal_append(j, ev);
		at += ev->size;
		if (++n % FLUSH_EVERY == 0) {
			journal_flush(j);
		}
	}
	journal_flush(j);
	from = cpu_s() - from;
	journal_close(j);
	return from;
}

static double state_s(const struct buffer *events)
{
	struct race *race = race_create();
	double from = cpu_s();
	for (size_t at = 0; race && at < events->len;) {
		const struct f1p_event *ev = (const struct f1p_event *)(events->data + at);
		race_apply(race, ev);
		at += ev->size;
	}
	if (race) {
		race_state(race);
	}
	from = cpu_s() - from;
	race_destroy(race);
	return from;
}

/* ---- bare yajl ---- */

static int on_token(void *ctx)
{
	(void)ctx;
	return 1;
}

static int on_flag(void *ctx, int flag)
{
	(void)ctx;
	(void)flag;
	return 1;
}

static int on_number(void *ctx, const char *text, size_t n)
{
	(void)ctx;
	(void)text;
	(void)n;
	return 1;
}

static int on_text(void *ctx, const unsigned char *text, size_t n)
{
	(void)ctx;
	(void)text;
	(void)n;
	return 1;
}

static double bare_s(const struct feed *f)
{
	static const yajl_callbacks callbacks = {
		.yajl_null = on_token,
		.yajl_boolean = on_flag,
		.yajl_number = on_number,
		.yajl_string = on_text,
		.yajl_start_map = on_token,
		.yajl_map_key = on_text,
		.yajl_end_map = on_token,
		.yajl_start_array = on_token,
		.yajl_end_array = on_token,
	};
	double from = cpu_s();
	for (size_t i = 0; i < f->n; i++) {
		yajl_handle yajl = yajl_alloc(&callbacks, NULL, NULL);
		yajl_parse(yajl, (const unsigned char *)f->messages[i].json, f->messages[i].n);
		yajl_complete_parse(yajl);
		yajl_free(yajl);
	}
	return cpu_s() - from;
}

/* ---- a round of everything ---- */

struct result {
	double whole_s, whole_file_s, decode_s, check_s, journal_null_s, journal_file_s, state_s, bare_s;
	struct lt_stats stats;
	struct engine_report report;
};

/* The journal is removed again: the next round would recover it. */
static bool measure_whole(const struct feed *f, const char *journal_path, double *least, struct result *r)
{
	struct pipeline p;
	if (!pipeline_open(&p, journal_path)) {
		return false;
	}
	double from = cpu_s();
	r->stats = decode(f, emit_event, &p, flush);
	engine_flush(p.engine, false);
	best(least, cpu_s() - from);
	engine_report(p.engine, &r->report, true);
	pipeline_close(&p);
	if (journal_path) {
		unlink(journal_path);
	}
	return true;
}

static bool measure_round(const struct feed *f, const char *journal_path, struct result *r)
{
	struct buffer events = {0};
	uint64_t n = 0;
	double from = cpu_s();
	decode(f, count_event, &n, NULL);
	best(&r->decode_s, cpu_s() - from);
	decode(f, keep_event, &events, NULL);
	best(&r->check_s, check_s(&events));
	best(&r->journal_null_s, journal_s(&events, NULL));
	best(&r->journal_file_s, journal_s(&events, journal_path));
	unlink(journal_path);
	best(&r->state_s, state_s(&events));
	buffer_finish(&events);
	best(&r->bare_s, bare_s(f));
	return measure_whole(f, journal_path, &r->whole_file_s, r) && measure_whole(f, NULL, &r->whole_s, r);
}

static void print(const struct feed *f, const char *name, const struct result *r)
{
	double n = (double)f->n, us = 1e6 / n;
	double rest = r->whole_s - r->decode_s - r->check_s - r->journal_null_s - r->state_s;
	printf("{\"bench\":\"ingest\",\"feed\":\"%s\",\"messages\":%zu,\"bytes\":%zu,\"events\":%llu,\n", name, f->n, f->bytes,
		(unsigned long long)r->report.events);
	printf(" \"rejected\":%llu,\"rejected_events\":%llu,\"bad_values\":%llu,\"merge_oddities\":%llu,\n",
		(unsigned long long)r->stats.rejected, (unsigned long long)r->report.rejected,
		(unsigned long long)r->stats.bad_values, (unsigned long long)r->stats.merge_oddities);
	printf(" \"messages_per_s\":%.0f,\"messages_per_s_with_journal_file\":%.0f,\"us_per_message\":%.3f,\n", n / r->whole_s,
		n / r->whole_file_s, r->whole_s * us);
	printf(" \"stages_us\":{\"decode_and_merge\":%.3f,\"gate\":%.3f,\"journal_null\":%.3f,\"journal_file\":%.3f,\"state\":%.3f,"
	       "\"engine\":%.3f},\n",
		r->decode_s * us, r->check_s * us, r->journal_null_s * us, r->journal_file_s * us, r->state_s * us, rest * us);
	printf(" \"bare_yajl_us\":%.3f,\"ratio_to_bare_yajl\":%.2f,\"ratio_with_journal_file\":%.2f,\"state_sha256\":\"%s\"}\n",
		r->bare_s * us, r->whole_s / r->bare_s, r->whole_file_s / r->bare_s, r->report.state_sha256);
}

int main(int argc, char **argv)
{
	const char *temporary = getenv("TMPDIR");
	char folder[3000], path[4000], err[400] = "";
	struct feed f = {0};
	struct result r = {0};
	bool ok = argc < 2 ? feed_synthetic(&f) : feed_read(&f, argv[1], err, sizeof(err));
	snprintf(folder, sizeof(folder), "%s/bench_ingest.XXXXXX", temporary ? temporary : P_tmpdir);
	if (!ok || !mkdtemp(folder)) {
		fprintf(stderr, "bench_ingest: %s\n", err[0] ? err : "no memory, or no temporary folder");
		feed_finish(&f);
		return 1;
	}
	snprintf(path, sizeof(path), "%s/current.f1j", folder);
	for (int i = 0; ok && i < ROUNDS; i++) {
		ok = measure_round(&f, path, &r);
	}
	rmdir(folder);
	if (ok) {
		print(&f, argc < 2 ? "synthetic" : "recording", &r);
	}
	feed_finish(&f);
	return ok ? 0 : 1;
}
