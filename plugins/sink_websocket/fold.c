/*
 * fold.c - see fold.h.
 */
#include "fold.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cut.h"
#include "history.h"

static bool is_null(struct f1p_json_slice s)
{
	return s.n == 0 || f1p_json_slice_is(s, "null");
}

static struct f1p_json_slice value_or_none(struct f1p_json_slice s)
{
	return is_null(s) ? (struct f1p_json_slice){0} : s;
}

static uint64_t number_of(struct f1p_json_slice s)
{
	uint64_t v = 0;
	for (size_t i = 0; i < s.n && i < 19 && s.text[i] >= '0' && s.text[i] <= '9'; i++) {
		v = v * 10 + (uint64_t)(s.text[i] - '0');
	}
	return v;
}

static void set(struct fold_object *o, struct f1p_json_slice key, struct f1p_json_slice value)
{
	for (uint32_t i = 0; i < o->n; i++) {
		if (o->members[i].key.n == key.n && memcmp(o->members[i].key.text, key.text, key.n) == 0) {
			o->members[i].value = value;
			return;
		}
	}
	if (o->n < FOLD_MEMBERS) {
		o->members[o->n++] = (struct fold_member){key, value};
	}
}

static struct f1p_json_slice get(const struct fold_object *o, const char *key)
{
	for (uint32_t i = 0; i < o->n; i++) {
		if (f1p_json_slice_is(o->members[i].key, key)) {
			return o->members[i].value;
		}
	}
	return (struct f1p_json_slice){0};
}

static struct fold_object *car_of(struct fold *f, uint64_t number)
{
	for (uint32_t i = 0; i < f->n_cars; i++) {
		if (number_of(get(&f->cars[i], "number")) == number) {
			return &f->cars[i];
		}
	}
	if (f->n_cars == F1P_MAX_CARS) {
		return NULL;
	}
	f->cars[f->n_cars].n = 0;
	return &f->cars[f->n_cars++];
}

static void apply_car(void *arg, struct f1p_json_slice object)
{
	struct fold *f = arg;
	struct f1p_json_cutter cut;
	struct f1p_json_slice key, value;
	struct fold_object *car = NULL;
	if (!f1p_json_cut_begin(&cut, object.text, object.n)) {
		return;
	}
	while (f1p_json_cut_next(&cut, &key, &value) == F1P_OK) {
		if (f1p_json_slice_is(key, "number")) { /* comes first */
			car = car_of(f, number_of(value));
		}
		if (car) {
			set(car, key, value);
		}
	}
}

static void add_message(void *arg, struct f1p_json_slice message)
{
	struct fold *f = arg;
	if (f->n_messages == F1P_MAX_MESSAGES) {
		memmove(f->messages, f->messages + 1, (F1P_MAX_MESSAGES - 1) * sizeof(f->messages[0]));
		f->n_messages--;
	}
	f->messages[f->n_messages++] = message;
}

static void apply_state(struct fold *f, struct f1p_json_slice object)
{
	struct f1p_json_cutter cut;
	struct f1p_json_slice key, value;
	if (!f1p_json_cut_begin(&cut, object.text, object.n)) {
		return;
	}
	f->has_state = true;
	while (f1p_json_cut_next(&cut, &key, &value) == F1P_OK) {
		if (f1p_json_slice_is(key, "cars")) {
			cut_each(value, apply_car, f);
		} else if (f1p_json_slice_is(key, "race_control")) {
			cut_each(value, add_message, f);
		} else if (f1p_json_slice_is(key, "seq")) {
			f->state_seq = number_of(value);
		} else if (f1p_json_slice_is(key, "time")) {
			f->state_time = value;
		} else if (!f1p_json_slice_is(key, "simulated")) { /* written from the message's own */
			set(&f->state, key, value);
		}
	}
}

static void add_lap(void *arg, struct f1p_json_slice lap)
{
	struct fold *f = arg;
	struct f1p_json_cutter cut;
	struct f1p_json_slice key, value;
	if (!f1p_json_cut_begin(&cut, lap.text, lap.n) || f1p_json_cut_next(&cut, &key, &value) != F1P_OK) {
		return;
	}
	uint64_t number = number_of(value);
	if (number >= 1 && number <= F1P_MAX_LAPS) {
		f->laps[number - 1] = lap;
	}
}

static bool hold(struct fold *f, struct frame *frame)
{
	if (f->n_held == f->cap_held) {
		size_t cap = f->cap_held ? f->cap_held * 2 : 32;
		struct frame **held = realloc(f->held, cap * sizeof(*held));
		if (!held) {
			frame_unref(frame);
			return false;
		}
		f->held = held;
		f->cap_held = cap;
	}
	f->held[f->n_held++] = frame;
	return true;
}

/* A forecast's lap of the history, made as stream.c makes it; it lives in a frame of its own, which is held too. */
static bool apply_forecast(struct fold *f, struct f1p_json_slice forecast)
{
	struct f1p_json j;
	f1p_json_init(&j);
	if (!history_of_forecast(&j, forecast.text, forecast.n)) {
		f1p_json_finish(&j);
		return true; /* of no lap */
	}
	struct frame *own = frame_of_json(0, &j);
	if (!own || !hold(f, own)) {
		return false;
	}
	add_lap(f, (struct f1p_json_slice){frame_text(own), own->length});
	return true;
}

static void forget(struct fold *f)
{
	f->session = f->forecast = f->insights = (struct f1p_json_slice){0};
	f->has_state = false;
	f->state.n = f->n_cars = f->n_messages = 0;
	memset(f->laps, 0, sizeof(f->laps));
}

bool fold_apply(struct fold *f, struct frame *frame)
{
	struct f1p_json_cutter cut;
	struct f1p_json_slice key, value, type = {0};
	bool fine = true;
	if (!hold(f, frame) || !f1p_json_cut_begin(&cut, frame_text(frame), frame->length)) {
		return false;
	}
	while (f1p_json_cut_next(&cut, &key, &value) == F1P_OK) {
		if (f1p_json_slice_is(key, "type")) {
			type = value;
			if (f1p_json_slice_is(type, "\"snapshot\"")) {
				forget(f);
			}
		} else if (f1p_json_slice_is(key, "seq")) {
			f->seq = number_of(value);
		} else if (f1p_json_slice_is(key, "time")) {
			f->time = value;
		} else if (f1p_json_slice_is(key, "session_key")) {
			f->session_key = value;
		} else if (f1p_json_slice_is(key, "simulated")) {
			f->simulated = value;
		} else if (f1p_json_slice_is(key, "session")) {
			f->session = value_or_none(value);
		} else if (f1p_json_slice_is(key, "forecast")) {
			f->forecast = value_or_none(value);
			fine = f1p_json_slice_is(type, "\"snapshot\"") || apply_forecast(f, value);
		} else if (f1p_json_slice_is(key, "insights")) {
			f->insights = value_or_none(value);
		} else if (f1p_json_slice_is(key, "forecast_history")) {
			cut_each(value, add_lap, f);
		} else if (f1p_json_slice_is(key, "message")) {
			add_message(f, value);
		} else if (f1p_json_slice_is(key, "state") && !is_null(value)) {
			if (f1p_json_slice_is(type, "\"state\"")) {
				f->state_seq = f->seq;
				f->state_time = f->time;
			}
			apply_state(f, value);
		}
	}
	return fine;
}

struct fold *fold_create(struct frame *snapshot)
{
	struct fold *f = calloc(1, sizeof(*f));
	if (!f) {
		frame_unref(snapshot);
		return NULL;
	}
	if (!fold_apply(f, snapshot)) {
		fold_destroy(f);
		return NULL;
	}
	return f;
}

void fold_destroy(struct fold *f)
{
	if (f) {
		for (size_t i = 0; i < f->n_held; i++) {
			frame_unref(f->held[i]);
		}
		free(f->held);
		free(f);
	}
}

/* ---------------------------------------------------------------- writing */

static void write_slice(struct f1p_json *j, struct f1p_json_slice s)
{
	if (s.n) {
		f1p_json_raw(j, s.text, s.n);
	} else {
		f1p_json_null(j);
	}
}

void fold_write_key(struct f1p_json *j, const char *key, struct f1p_json_slice value)
{
	f1p_json_key(j, key);
	write_slice(j, value);
}

static void write_members(struct f1p_json *j, const struct fold_object *o)
{
	char name[64];
	for (uint32_t i = 0; i < o->n; i++) {
		struct f1p_json_slice key = o->members[i].key;
		snprintf(name, sizeof(name), "%.*s", (int)(key.n < sizeof(name) ? key.n : sizeof(name) - 1), key.text);
		fold_write_key(j, name, o->members[i].value);
	}
}

static void write_car(struct f1p_json *j, const struct fold_object *car)
{
	f1p_json_object(j);
	write_members(j, car);
	f1p_json_end(j);
}

/* In running order; who is not in it is gone. */
static void write_cars(const struct fold *f, struct f1p_json *j)
{
	struct f1p_json_slice order = get(&f->state, "order"), item;
	struct f1p_json_cutter cut;
	f1p_json_array(j);
	if (f1p_json_cut_begin(&cut, order.text ? order.text : "", order.n)) {
		while (f1p_json_cut_next(&cut, NULL, &item) == F1P_OK) {
			for (uint32_t i = 0; i < f->n_cars; i++) {
				if (number_of(get(&f->cars[i], "number")) == number_of(item)) {
					write_car(j, &f->cars[i]);
					break;
				}
			}
		}
	}
	f1p_json_end(j);
}

void fold_write_state(const struct fold *f, struct f1p_json *j)
{
	f1p_json_object(j);
	f1p_json_key(j, "seq");
	f1p_json_uint(j, f->state_seq);
	fold_write_key(j, "time", f->state_time);
	fold_write_key(j, "simulated", f->simulated);
	write_members(j, &f->state);
	f1p_json_key(j, "cars");
	write_cars(f, j);
	f1p_json_key(j, "race_control");
	f1p_json_array(j);
	for (uint32_t i = 0; i < f->n_messages; i++) {
		write_slice(j, f->messages[i]);
	}
	f1p_json_end(j);
	f1p_json_end(j);
}

void fold_write_history(const struct fold *f, struct f1p_json *j)
{
	f1p_json_array(j);
	for (uint32_t l = 0; l < F1P_MAX_LAPS; l++) {
		if (f->laps[l].n) {
			write_slice(j, f->laps[l]);
		}
	}
	f1p_json_end(j);
}

struct f1p_json_slice fold_session(const struct fold *f)
{
	struct f1p_json_slice of_state = get(&f->state, "session");
	return f->has_state && of_state.n ? of_state : f->session;
}

void fold_write(const struct fold *f, struct f1p_json *j, bool state, bool forecast, bool insights)
{
	fold_write_key(j, "session", fold_session(f));
	f1p_json_key(j, "state");
	if (state && f->has_state) {
		fold_write_state(f, j);
	} else {
		f1p_json_null(j);
	}
	fold_write_key(j, "forecast", forecast ? f->forecast : (struct f1p_json_slice){0});
	f1p_json_key(j, "forecast_history");
	if (forecast) {
		fold_write_history(f, j);
	} else {
		f1p_json_array(j);
		f1p_json_end(j);
	}
	fold_write_key(j, "insights", insights ? f->insights : (struct f1p_json_slice){0});
}
