/*
 * replay.c - POST /api/v1/replay: {"speed": 0.1..1000 or "max", "paused": bool, "lap": N or "time_ms": Unix milliseconds}.
 *
 * Only with Content-Type: application/json: a foreign web page cannot send that here without asking first, and nobody says yes.
 */
#include "sink_websocket.h"

#include "api.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "helpers/json_reader.h"

enum key { KEY_NONE = 1, KEY_SPEED, KEY_PAUSED, KEY_LAP, KEY_TIME };

struct wish {
	enum key key;
	int depth;
	bool speed_given, paused_given, lap_given, time_given;
	double speed;
	bool paused;
	int32_t lap;
	int64_t time_ms;
	char why[120];
};

static bool refuse(struct wish *w, const char *why)
{
	snprintf(w->why, sizeof(w->why), "%s", why);
	return false;
}

static bool on_obj_begin(void *ctx)
{
	struct wish *w = ctx;
	return ++w->depth == 1 || refuse(w, "an object inside the object is not expected");
}

static bool on_arr_begin(void *ctx)
{
	return refuse(ctx, "a list is not expected");
}

static bool on_key(void *ctx, const char *text, size_t n)
{
	static const struct {
		const char *name;
		enum key key;
	} keys[] = {{"speed", KEY_SPEED}, {"paused", KEY_PAUSED}, {"lap", KEY_LAP}, {"time_ms", KEY_TIME}};
	struct wish *w = ctx;

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (strlen(keys[i].name) == n && memcmp(keys[i].name, text, n) == 0) {
			w->key = keys[i].key;
			return true;
		}
	}
	return refuse(w, "unknown key; known are speed, paused, lap, time_ms");
}

static bool on_str(void *ctx, const char *text, size_t n)
{
	struct wish *w = ctx;

	if (w->key != KEY_SPEED || n != 3 || memcmp(text, "max", 3) != 0) {
		return refuse(w, "text is expected only as \"speed\": \"max\"");
	}
	w->speed = 0;
	return w->speed_given = true;
}

static bool on_bool(void *ctx, bool value)
{
	struct wish *w = ctx;

	if (w->key != KEY_PAUSED) {
		return refuse(w, "true or false is expected only for paused");
	}
	w->paused = value;
	return w->paused_given = true;
}

static bool take_number(struct wish *w, double v)
{
	switch (w->key) {
	case KEY_SPEED:
		w->speed = v;
		w->speed_given = true;
		return (v >= 0.1 && v <= 1000) || refuse(w, "speed is 0.1 to 1000, or \"max\"");
	case KEY_LAP:
		w->lap = v >= 1 && v <= F1P_MAX_LAPS ? (int32_t)v : 0;
		w->lap_given = true;
		return w->lap >= 1 || refuse(w, "lap is 1 to 120");
	case KEY_TIME:
		w->time_ms = v >= 0 && v <= 4e12 ? (int64_t)v : -1;
		w->time_given = true;
		return w->time_ms >= 0 || refuse(w, "time_ms is Unix time in milliseconds");
	default:
		return refuse(w, "a number is expected only for speed, lap and time_ms");
	}
}

static bool on_num(void *ctx, const char *text, size_t n)
{
	char number[32], *end;

	if (n >= sizeof(number)) {
		return refuse(ctx, "a number is too long");
	}
	memcpy(number, text, n);
	number[n] = '\0';
	double v = strtod(number, &end);
	return *end == '\0' ? take_number(ctx, v) : refuse(ctx, "a number is malformed");
}

static bool on_null(void *ctx)
{
	return refuse(ctx, "null is not expected; leave the key out");
}

static bool read_wish(struct wish *w, const char *body, size_t n, char *err, size_t err_size)
{
	static const struct f1p_json_handler handler = {.obj_begin = on_obj_begin,
		.arr_begin = on_arr_begin,
		.key = on_key,
		.str = on_str,
		.num = on_num,
		.boolean = on_bool,
		.null = on_null};
	f1p_status rc = f1p_json_read(&handler, w, body, n, err, err_size);

	if (rc == F1P_ECANCELLED) {
		snprintf(err, err_size, "%s", w->why);
	} else if (rc == F1P_OK && w->depth != 1) {
		snprintf(err, err_size, "a JSON object is expected");
		return false;
	} else if (rc == F1P_OK && w->lap_given && w->time_given) {
		snprintf(err, err_size, "lap and time_ms exclude each other");
		return false;
	}
	return rc == F1P_OK;
}

static f1p_status carry_out(const struct sink *s, const struct wish *w)
{
	f1p_status rc = F1P_OK;

	if (w->lap_given || w->time_given) { /* the one that may be refused, before anything has changed */
		rc = s->replay->seek(s->host, w->lap_given ? w->lap : 0, w->time_ms * 1000000);
	}
	if (rc == F1P_OK && w->speed_given) {
		rc = s->replay->set_speed(s->host, w->speed);
	}
	if (rc == F1P_OK && w->paused_given) {
		rc = s->replay->set_paused(s->host, w->paused);
	}
	return rc;
}

/* Speed and pause are refused for one reason alone, a jump for two. */
static const char *why_not(const struct sink *s, const struct wish *w)
{
	struct f1p_health h;
	health_get(s, &h);
	return (w->lap_given || w->time_given) && s->replay && h.live != F1P_YES
		       ? "a simulation has no other times to go to: leave out lap and time_ms, or replay a recording"
		       : "a live source rules the clock; only recordings and simulations can be steered";
}

void api_replay(struct sink *s, const struct request *r, struct answer *a)
{
	struct wish w = {.key = KEY_NONE};
	char err[200];

	if (!s->config.replay_control) {
		answer_problem(a, 403, "Forbidden", "replay_control is switched off in the configuration");
	} else if (!r->json) {
		answer_problem(a, 415, "Unsupported media type", "send Content-Type: application/json");
	} else if (!read_wish(&w, r->body, r->body_n, err, sizeof(err))) {
		answer_problem(a, 400, "Bad request", err);
	} else if (!s->replay || carry_out(s, &w) != F1P_OK) {
		answer_problem(a, 409, "Conflict", why_not(s, &w));
	} else {
		*a = (struct answer){.status = 202, .content_type = "application/json"};
		a->body = frame_create(0, "{\"accepted\":true}", 17);
	}
}
