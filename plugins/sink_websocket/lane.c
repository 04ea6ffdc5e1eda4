/*
 * lane.c - see lane.h.
 */
#include "lane.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "helpers/decimal.h"
#include "helpers/json_reader.h"

#define NS_PER_S 1e9

struct lane *lane_create(struct lanes *all, struct stream *s, double delay_s)
{
	struct lane *l = calloc(1, sizeof(*l));
	if (!l) {
		return NULL;
	}
	lanes_move(all, s);
	*l = (struct lane){.refs = 1, .speed = 1, .delay_ns = (int64_t)(delay_s * NS_PER_S), .next = all->first};
	l->at_ns = all->clock_ns - l->delay_ns;
	l->position = stream_head(s);
	if (all->first) {
		all->first->prev = l;
	}
	all->first = l;
	all->n++;
	lanes_move(all, s);
	return l;
}

struct lane *lane_ref(struct lane *l)
{
	l->refs++;
	return l;
}

void lane_unref(struct lanes *all, struct lane *l)
{
	if (!l || --l->refs > 0) {
		return;
	}
	if (l->prev) {
		l->prev->next = l->next;
	} else {
		all->first = l->next;
	}
	if (l->next) {
		l->next->prev = l->prev;
	}
	all->n--;
	free(l);
}

/* Its `at_ns` is that of the last move: everything told since is to be shown too. */
static bool is_live(const struct lane *l)
{
	return l->live && !l->paused;
}

/* Never before what is kept: from there everything is told anew. */
static void find_position(struct lane *l, const struct stream *s)
{
	uint64_t begin = reel_begin(&s->reel);
	l->position = is_live(l) ? stream_head(s) : reel_position(&s->reel, l->at_ns, l->position ? l->position - 1 : 0);
	if (l->position < begin) {
		l->position = begin;
	}
}

static void move(struct lane *l, int64_t step_ns, int64_t clock_ns)
{
	int64_t limit = clock_ns - l->delay_ns;
	if (!l->paused) {
		l->at_ns += (int64_t)((double)step_ns * l->speed);
	}
	if (l->at_ns >= limit) {
		l->at_ns = limit;
		l->speed = 1;
		l->live = l->delay_ns == 0;
	} else {
		l->live = false;
	}
}

void lanes_move(struct lanes *all, struct stream *s)
{
	int64_t now = stream_clock(s), step = now - all->clock_ns;
	all->clock_ns = now;
	for (struct lane *l = all->first; l; l = l->next) {
		move(l, step, now);
		find_position(l, s);
	}
}

/* ---------------------------------------------------------------- changes */

struct reading {
	struct lane_change *out;
	char key[16];
	bool open;
	char *err;
	size_t err_size;
};

static bool refuse(struct reading *r, const char *why)
{
	snprintf(r->err, r->err_size, "%s", why);
	return false;
}

static bool on_begin(void *ctx)
{
	struct reading *r = ctx;
	if (r->open) {
		return refuse(r, "an object is not expected inside the object");
	}
	r->open = true;
	return true;
}

static bool on_list(void *ctx)
{
	return refuse(ctx, "a list is not expected");
}

static bool on_key(void *ctx, const char *text, size_t n)
{
	static const char *const known[] = {"delay", "live", "pause", "rewind", "speed", "no_spoiler"};
	struct reading *r = ctx;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (strlen(known[i]) == n && memcmp(known[i], text, n) == 0) {
			snprintf(r->key, sizeof(r->key), "%s", known[i]);
			return true;
		}
	}
	return refuse(r, "unknown key; known are delay, live, pause, rewind, speed, no_spoiler");
}

static bool on_text(void *ctx, const char *text, size_t n)
{
	(void)text;
	(void)n;
	return refuse(ctx, "text is not expected");
}

static bool number_of(const char *text, size_t n, double *out)
{
	int64_t thousandths = 0;
	bool read = f1p_parse_decimal(text, n, 3, &thousandths);
	*out = (double)thousandths / 1000;
	return read;
}

static bool on_num(void *ctx, const char *text, size_t n)
{
	struct reading *r = ctx;
	double v = 0;
	bool read = number_of(text, n, &v);
	if (strcmp(r->key, "delay") == 0) {
		r->out->has_delay = true;
		r->out->delay_s = v;
		return (read && v >= 0 && v <= LANE_DELAY_MAX_S) || refuse(r, "delay is 0 to 600 seconds");
	}
	if (strcmp(r->key, "rewind") == 0) {
		r->out->has_rewind = true;
		r->out->rewind_s = v;
		return (read && v >= -LANE_REWIND_MAX_S && v <= LANE_REWIND_MAX_S) ||
		       refuse(r, "rewind is -86400 to 86400 seconds");
	}
	if (strcmp(r->key, "speed") == 0) {
		r->out->has_speed = true;
		r->out->speed = v;
		return (read && v >= 1 && v <= LANE_SPEED_MAX) || refuse(r, "speed is 1 to 8");
	}
	return refuse(r, "a number is expected only for delay, rewind and speed");
}

static bool on_boolean(void *ctx, bool value)
{
	struct reading *r = ctx;
	if (strcmp(r->key, "pause") == 0) {
		r->out->has_pause = true;
		r->out->pause = value;
		return true;
	}
	if (strcmp(r->key, "no_spoiler") == 0) {
		r->out->has_no_spoiler = true;
		r->out->no_spoiler = value;
		return true;
	}
	if (strcmp(r->key, "live") == 0 && value) {
		r->out->has_delay = r->out->has_pause = true;
		r->out->delay_s = 0;
		r->out->pause = false;
		return true;
	}
	return refuse(r, "true and false are expected only for pause and no_spoiler, true for live");
}

static bool on_null(void *ctx)
{
	return refuse(ctx, "null is not expected");
}

bool lane_change_read(struct lane_change *out, const char *json, size_t n, char *err, size_t err_size)
{
	static const struct f1p_json_handler handler = {
		on_begin, NULL, on_list, NULL, on_key, on_text, on_num, on_boolean, on_null};
	struct reading r = {.out = out, .err = err, .err_size = err_size};
	char reason[160] = "";
	*out = (struct lane_change){0};
	err[0] = '\0';
	if (f1p_json_read(&handler, &r, json, n, reason, sizeof(reason)) == F1P_OK) {
		return r.open || refuse(&r, "an object is expected");
	}
	if (!err[0]) {
		snprintf(err, err_size, "not valid JSON: %s", reason);
	}
	return false;
}

static struct lane after(const struct lane *l, const struct stream *s, const struct lane_change *c)
{
	struct lane to = *l;
	if (c->has_pause) {
		to.paused = c->pause;
	}
	if (c->has_delay) {
		to.delay_ns = (int64_t)(c->delay_s * NS_PER_S);
		to.at_ns = s->clock_ns - to.delay_ns;
	}
	if (c->has_rewind) {
		to.at_ns -= (int64_t)(c->rewind_s * NS_PER_S);
	}
	if (c->has_speed) {
		to.speed = c->speed;
	}
	return to;
}

bool lane_change_nears(const struct lane *l, const struct stream *s, const struct lane_change *c)
{
	struct lane to = after(l, s, c);
	return to.at_ns > l->at_ns || to.delay_ns < l->delay_ns || to.speed > l->speed;
}

/* As far back as the stream is kept: further there is nothing to wait for. */
void lane_apply(struct lane *l, struct stream *s, const struct lane_change *c)
{
	*l = after(l, s, c);
	const struct reel_key *oldest = s->reel.first_key < s->reel.n_keys ? &s->reel.keys[s->reel.first_key % REEL_KEYS] : NULL;
	if (c->has_rewind && oldest && l->at_ns < oldest->told_ns) {
		l->at_ns = oldest->told_ns;
	}
	move(l, 0, s->clock_ns);
	find_position(l, s);
}

void lane_encode(struct f1p_json *j, const struct lane *l, const struct stream *s)
{
	f1p_json_key(j, "delay_s");
	f1p_json_num(j, (double)l->delay_ns / NS_PER_S, 1);
	f1p_json_key(j, "behind_s");
	f1p_json_num(j, (double)(s->clock_ns - l->at_ns) / NS_PER_S, 1);
	f1p_json_key(j, "paused");
	f1p_json_bool(j, l->paused);
	f1p_json_key(j, "speed");
	f1p_json_num(j, l->speed, 2);
}
