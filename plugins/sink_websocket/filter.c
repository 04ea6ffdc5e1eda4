/*
 * filter.c - see filter.h.
 */
#include "filter.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "helpers/json_reader.h"

enum where { WHERE_START = 1, WHERE_OBJECT, WHERE_TOPICS, WHERE_DRIVERS, WHERE_END };

struct reading {
	struct filter *out;
	const struct f1p_state *state;
	enum where where;
	enum where list; /* the list that the last key named; 0 = none */
	bool topics_given, drivers_given;
	char *err;
	size_t err_size;
};

static bool refuse(struct reading *r, const char *what, const char *text, size_t n)
{
	snprintf(r->err, r->err_size, "%s%.*s", what, (int)(n < 40 ? n : 40), text ? text : "");
	return false;
}

static bool on_obj_begin(void *ctx)
{
	struct reading *r = ctx;
	if (r->where != WHERE_START) {
		return refuse(r, "an object is not expected inside the object", NULL, 0);
	}
	r->where = WHERE_OBJECT;
	return true;
}

static bool on_obj_end(void *ctx)
{
	((struct reading *)ctx)->where = WHERE_END;
	return true;
}

static bool on_key(void *ctx, const char *text, size_t n)
{
	struct reading *r = ctx;
	bool *given = NULL;
	if (n == 6 && memcmp(text, "topics", 6) == 0) {
		given = &r->topics_given;
		r->list = WHERE_TOPICS;
	} else if (n == 7 && memcmp(text, "drivers", 7) == 0) {
		given = &r->drivers_given;
		r->list = WHERE_DRIVERS;
	} else {
		return refuse(r, "unknown key; known are topics and drivers: ", text, n);
	}
	if (*given) {
		return refuse(r, "key given twice: ", text, n);
	}
	*given = true;
	return true;
}

static bool on_arr_begin(void *ctx)
{
	struct reading *r = ctx;
	if (r->where != WHERE_OBJECT || !r->list) {
		return refuse(r, "a list is expected only as the value of topics or drivers", NULL, 0);
	}
	r->where = r->list;
	if (r->where == WHERE_TOPICS) {
		r->out->topics = 0;
	}
	return true;
}

static bool on_arr_end(void *ctx)
{
	struct reading *r = ctx;
	if (r->where == WHERE_TOPICS ? r->out->topics == 0 : r->out->n_drivers == 0) {
		return refuse(r, "the list is empty; leave the key out to get everything: ",
			r->where == WHERE_TOPICS ? "topics" : "drivers", 7);
	}
	r->where = WHERE_OBJECT;
	r->list = 0;
	return true;
}

static bool add_topic(struct reading *r, const char *text, size_t n)
{
	static const struct {
		const char *name;
		uint32_t bit;
	} topics[] = {
		{"state", TOPIC_STATE},
		{"forecast", TOPIC_FORECAST},
		{"race_control", TOPIC_RACE_CONTROL},
		{"session", TOPIC_SESSION},
		{"insights", TOPIC_INSIGHTS},
		{"positions", TOPIC_POSITIONS},
	};
	for (size_t i = 0; i < sizeof(topics) / sizeof(topics[0]); i++) {
		if (strlen(topics[i].name) == n && memcmp(topics[i].name, text, n) == 0) {
			r->out->topics |= topics[i].bit;
			return true;
		}
	}
	return refuse(r, "unknown topic; known are state, forecast, race_control, session, insights, positions: ", text, n);
}

static bool add_driver(struct reading *r, uint16_t number)
{
	if (r->out->n_drivers >= F1P_MAX_CARS) {
		return refuse(r, "too many drivers; at most 32", NULL, 0);
	}
	r->out->drivers[r->out->n_drivers++] = number;
	return true;
}

static bool add_driver_code(struct reading *r, const char *text, size_t n)
{
	uint16_t cars = r->state ? r->state->n_cars : 0;
	for (uint16_t i = 0; i < cars && i < F1P_MAX_CARS; i++) {
		const struct f1p_car *car = &r->state->cars[i];
		if (n > 0 && n < sizeof(car->code) && strnlen(car->code, sizeof(car->code)) == n &&
			memcmp(car->code, text, n) == 0) {
			return add_driver(r, car->number);
		}
	}
	return refuse(r, "no driver of this session has the code: ", text, n);
}

static bool on_str(void *ctx, const char *text, size_t n)
{
	struct reading *r = ctx;
	if (r->where == WHERE_TOPICS) {
		return add_topic(r, text, n);
	}
	if (r->where == WHERE_DRIVERS) {
		return add_driver_code(r, text, n);
	}
	return refuse(r, "a list is expected, not text: ", text, n);
}

static bool on_num(void *ctx, const char *text, size_t n)
{
	struct reading *r = ctx;
	uint32_t v = 0;
	if (r->where != WHERE_DRIVERS) {
		return refuse(r, "a number is expected only in drivers: ", text, n);
	}
	for (size_t i = 0; i < n; i++) {
		if (text[i] < '0' || text[i] > '9' || n > 3) {
			return refuse(r, "a car number is 1 to 999, not ", text, n);
		}
		v = v * 10 + (uint32_t)(text[i] - '0');
	}
	return v == 0 ? refuse(r, "a car number is 1 to 999, not ", text, n) : add_driver(r, (uint16_t)v);
}

static bool on_boolean(void *ctx, bool value)
{
	(void)value;
	return refuse(ctx, "true and false are not expected", NULL, 0);
}

static bool on_null(void *ctx)
{
	return refuse(ctx, "null is not expected", NULL, 0);
}

bool filter_read(struct filter *out, const char *json, size_t n, const struct f1p_state *state, char *err, size_t err_size)
{
	static const struct f1p_json_handler handler = {
		on_obj_begin, on_obj_end, on_arr_begin, on_arr_end, on_key, on_str, on_num, on_boolean, on_null};
	struct reading r = {.out = out, .state = state, .where = WHERE_START, .err = err, .err_size = err_size};
	char reason[160] = "";
	*out = (struct filter){.topics = TOPIC_ALL};
	err[0] = '\0';
	f1p_status status = f1p_json_read(&handler, &r, json, n, reason, sizeof(reason));
	if (status == F1P_OK) {
		return true;
	}
	if (!err[0]) {
		snprintf(err, err_size, "not valid JSON: %s", reason);
	}
	return false;
}

static bool add_driver_text(struct reading *r, const char *text, size_t n)
{
	return n > 0 && text[0] >= '0' && text[0] <= '9' ? on_num(r, text, n) : add_driver_code(r, text, n);
}

static bool read_list(struct reading *r, const char *list, bool (*add)(struct reading *, const char *, size_t))
{
	for (const char *at = list;;) {
		size_t n = strcspn(at, ",");
		if (!add(r, at, n)) {
			return false;
		}
		if (!at[n]) {
			return true;
		}
		at += n + 1;
	}
}

bool filter_read_lists(struct filter *out, const char *topics, const char *drivers, const struct f1p_state *state, char *err,
	size_t err_size)
{
	struct reading r = {.out = out, .state = state, .where = WHERE_DRIVERS, .err = err, .err_size = err_size};
	*out = (struct filter){.topics = topics ? 0 : TOPIC_ALL};
	err[0] = '\0';
	return (!topics || read_list(&r, topics, add_topic)) && (!drivers || read_list(&r, drivers, add_driver_text));
}

/* ---------------------------------------------------------- subscriptions */

void subscriptions_finish(struct subscriptions *s)
{
	for (size_t i = 0; i < s->n; i++) {
		free(s->items[i]);
	}
	free(s->items);
	*s = (struct subscriptions){0};
}

static void expire(struct subscriptions *s, int64_t now_us)
{
	for (size_t i = 0; i < s->n;) {
		if (s->items[i]->sockets == 0 && now_us - s->items[i]->used_us > SUBSCRIPTION_UNUSED_US) {
			free(s->items[i]);
			s->items[i] = s->items[--s->n];
		} else {
			i++;
		}
	}
}

static bool grow(struct subscriptions *s)
{
	size_t cap = s->cap ? s->cap * 2 : 16;
	struct subscription **items = realloc(s->items, cap * sizeof(*items));
	if (!items) {
		return false;
	}
	s->items = items;
	s->cap = cap;
	return true;
}

struct subscription *subscriptions_add(struct subscriptions *s, const struct filter *filter, int64_t now_us)
{
	if (s->n >= SUBSCRIPTIONS_MAX) {
		expire(s, now_us);
	}
	if (s->n >= SUBSCRIPTIONS_MAX || (s->n == s->cap && !grow(s))) {
		return NULL;
	}
	struct subscription *sub = calloc(1, sizeof(*sub));
	if (!sub) {
		return NULL;
	}
	sub->filter = *filter;
	sub->used_us = now_us;
	snprintf(sub->id, sizeof(sub->id), "s%llu", (unsigned long long)++s->made);
	s->items[s->n++] = sub;
	return sub;
}

struct subscription *subscriptions_acquire(struct subscriptions *s, const char *id, int64_t now_us)
{
	expire(s, now_us);
	for (size_t i = 0; i < s->n; i++) {
		if (strcmp(s->items[i]->id, id) == 0) {
			s->items[i]->sockets++;
			return s->items[i];
		}
	}
	return NULL;
}

void subscription_release(struct subscription *sub, int64_t now_us)
{
	if (sub) {
		sub->sockets--;
		sub->used_us = now_us;
	}
}
