/*
 * frame.c - see frame.h.
 */
#include "frame.h"

#include <libwebsockets.h>

#include <stdlib.h>
#include <string.h>

#include "cut.h"

#define MAX_CAR_OBJECTS 128 /* three lists of at most 32 cars are expected */

struct frame *frame_alloc(uint32_t topic, size_t length)
{
	struct frame *f = malloc(sizeof(*f) + LWS_PRE + length);
	if (!f) {
		return NULL;
	}
	*f = (struct frame){.refs = 1, .topic = topic, .length = length};
	return f;
}

struct frame *frame_create(uint32_t topic, const char *text, size_t length)
{
	struct frame *f = frame_alloc(topic, length);
	if (f) {
		memcpy(f->bytes + LWS_PRE, text, length);
	}
	return f;
}

struct frame *frame_of_json(uint32_t topic, struct f1p_json *j)
{
	size_t n = 0;
	const char *text = f1p_json_text(j, &n);
	struct frame *f = text ? frame_create(topic, text, n) : NULL;
	f1p_json_finish(j);
	return f;
}

char *frame_room(struct frame *f)
{
	return (char *)f->bytes + LWS_PRE;
}

const char *frame_text(const struct frame *f)
{
	return (const char *)f->bytes + LWS_PRE;
}

struct frame *frame_ref(struct frame *f)
{
	f->refs++;
	return f;
}

void frame_unref(struct frame *f)
{
	if (f && --f->refs == 0) {
		for (int i = 0; i < FORMS; i++) {
			frame_unref(f->forms[i]);
		}
		free(f->cars);
		free(f);
	}
}

struct finder {
	const char *text;
	struct frame_car found[MAX_CAR_OBJECTS];
	size_t n;
	uint16_t lists;
};

static void find_list(struct finder *f, struct f1p_json_slice array)
{
	struct f1p_json_cutter cut;
	struct f1p_json_slice object;
	if (!f1p_json_cut_begin(&cut, array.text, array.n)) {
		return;
	}
	f->lists++;
	while (f1p_json_cut_next(&cut, NULL, &object) == F1P_OK && f->n < MAX_CAR_OBJECTS) {
		f->found[f->n++] = (struct frame_car){.offset = (uint32_t)(object.text - f->text),
			.length = (uint32_t)object.n,
			.car = (uint16_t)cut_number(object, "number", 0),
			.list = f->lists};
	}
}

/* cars[] of the text itself and of its state{}, forecast{}, insights{} and positions{}. */
static void find_lists(struct finder *f, const char *text, size_t n, int depth)
{
	struct f1p_json_cutter cut;
	struct f1p_json_slice key, value;
	if (!f1p_json_cut_begin(&cut, text, n)) {
		return;
	}
	while (f1p_json_cut_next(&cut, &key, &value) == F1P_OK) {
		if (f1p_json_slice_is(key, "cars")) {
			find_list(f, value);
		} else if (depth == 0 && (f1p_json_slice_is(key, "state") || f1p_json_slice_is(key, "forecast") || f1p_json_slice_is(key, "insights") ||
					     f1p_json_slice_is(key, "positions"))) {
			find_lists(f, value.text, value.n, 1);
		}
	}
}

static bool find_cars(struct frame *f)
{
	struct finder finder = {.text = frame_text(f)};
	if (f->indexed) {
		return true;
	}
	find_lists(&finder, finder.text, f->length, 0);
	if (finder.n) {
		f->cars = malloc(finder.n * sizeof(finder.found[0]));
		if (!f->cars) {
			return false;
		}
		memcpy(f->cars, finder.found, finder.n * sizeof(finder.found[0]));
	}
	f->n_cars = finder.n;
	f->indexed = true;
	return true;
}

static bool wanted(uint16_t car, const uint16_t *drivers, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (drivers[i] == car) {
			return true;
		}
	}
	return false;
}

/* Between two objects of one list there is only a comma: it is written anew before each object but the first. */
struct frame *frame_for_drivers(struct frame *f, const uint16_t *drivers, size_t n)
{
	const uint8_t *text = f->bytes + LWS_PRE;
	size_t from = 0, to = 0;
	uint16_t list = 0;
	bool first = true;
	if (!find_cars(f)) {
		return NULL;
	}
	struct frame *out = f->n_cars ? frame_alloc(f->topic, f->length) : frame_ref(f);
	if (!out || out == f) {
		return out;
	}
	uint8_t *dest = out->bytes + LWS_PRE;
	for (size_t i = 0; i < f->n_cars; i++) {
		const struct frame_car *car = &f->cars[i];
		if (car->list != list) {
			memcpy(dest + to, text + from, car->offset - from);
			to += car->offset - from;
			list = car->list;
			first = true;
		}
		if (wanted(car->car, drivers, n)) {
			if (!first) {
				dest[to++] = ',';
			}
			memcpy(dest + to, text + car->offset, car->length);
			to += car->length;
			first = false;
		}
		from = (size_t)car->offset + car->length;
	}
	memcpy(dest + to, text + from, f->length - from);
	out->length = to + f->length - from;
	return out;
}
