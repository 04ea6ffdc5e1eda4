/*
 * outbox.c - events of the message in hand, until it is known to be good.
 *
 * Three lanes order the events of one message, whatever order its keys had: who and where (also status, stints, ...), then
 * sectors and speeds, then laps. A reader that files a lap thus knows the car's position and gap at the line.
 */
#include "decoder.h"

#include <stdlib.h>
#include <string.h>

#define LANES 3u
#define FIRST_CAPACITY 16384u
#define LARGEST_OUTBOX ((size_t)64 << 20)

static uint32_t lane_of(uint16_t type)
{
	switch (type) {
	case F1P_EV_CAR_SECTOR:
	case F1P_EV_CAR_SEGMENT:
	case F1P_EV_CAR_SPEED:
		return 1;
	case F1P_EV_CAR_LAP:
	case F1P_EV_CAR_BEST:
		return 2;
	default:
		return 0;
	}
}

static bool reserve(struct lt_outbox *out, size_t n)
{
	size_t cap = out->cap != 0 ? out->cap : FIRST_CAPACITY;
	char *bytes = NULL;

	if (out->n + n <= out->cap) {
		return true;
	}
	while (cap < out->n + n) {
		cap *= 2;
	}
	bytes = cap <= LARGEST_OUTBOX ? realloc(out->bytes, cap) : NULL;
	if (bytes == NULL) {
		out->no_memory = true;
		return false;
	}
	out->bytes = bytes;
	out->cap = cap;
	return true;
}

void lt_push_bytes(struct lt_decoder *d, uint16_t type, void *event, size_t size)
{
	struct lt_outbox *out = &d->out;

	*(struct f1p_event *)event = (struct f1p_event){
		.size = (uint32_t)size,
		.space = F1P_SPACE_CORE,
		.type = type,
		.flags = d->flags,
		.t_event_ns = d->t_event_ns,
	};
	if (!reserve(out, size)) {
		return;
	}
	memcpy(out->bytes + out->n, event, size);
	out->n += size;
	out->events++;
	out->lanes |= 1u << lane_of(type);
}

void lt_push_value(struct lt_decoder *d, uint16_t type, int32_t value)
{
	struct f1p_ev_value ev = {.value = value};

	LT_PUSH(d, type, &ev);
}

void lt_push_car_value(struct lt_decoder *d, uint16_t type, int32_t value)
{
	struct f1p_ev_car_value ev = {.car = d->car_number, .value = value};

	LT_PUSH(d, type, &ev);
}

static void flush_lane(struct lt_decoder *d, uint32_t lane, uint32_t *left)
{
	struct lt_outbox *out = &d->out;
	size_t at = 0;

	while (at < out->n) {
		struct f1p_event *ev = (struct f1p_event *)(void *)(out->bytes + at);

		at += ev->size;
		if (lane_of(ev->type) == lane) {
			*left -= 1;
			ev->flags |= *left > 0 ? F1P_EVF_MORE : 0;
			d->emit(d->arg, ev);
		}
	}
}

void lt_outbox_flush(struct lt_decoder *d)
{
	uint32_t left = d->out.events;

	for (uint32_t lane = 0; lane < LANES; lane++) {
		if ((d->out.lanes & 1u << lane) != 0) {
			flush_lane(d, lane, &left);
		}
	}
	d->out.n = 0;
	d->out.events = 0;
	d->out.lanes = 0;
}
