/*
 * outbox.c - events that wait until what belongs together has been read; told in order of time.
 *
 * The host clamps events that come late and refuses those over 30 s behind. So times never fall here: a row that comes late is
 * told at the time of the newest event before it.
 */
#include "decoder.h"

#include <stdlib.h>
#include <string.h>

#define LARGEST_OUTBOX ((size_t)64 << 20)

static uint32_t lane_of(uint16_t type)
{
	switch (type) {
	case F1P_EV_FEED_RESET:
	case F1P_EV_SESSION:
	case F1P_EV_SESSION_STATUS:
	case F1P_EV_SESSION_PART:
	case F1P_EV_TRACK_STATUS:
	case F1P_EV_LAP_COUNT:
	case F1P_EV_DRIVER:
		return OF1_LANE_SESSION;
	case F1P_EV_CAR_SECTOR:
	case F1P_EV_CAR_SPEED:
		return OF1_LANE_SECTOR;
	case F1P_EV_CAR_LAP:
	case F1P_EV_CAR_BEST:
	case F1P_EV_LAP_RECORD:
		return OF1_LANE_LAP;
	default:
		return OF1_LANE_CAR;
	}
}

static bool reserve(struct of1_outbox *out, size_t size)
{
	if (out->n + size > out->cap) {
		size_t cap = out->cap != 0 ? out->cap * 2 : 65536;
		char *bytes = cap <= LARGEST_OUTBOX ? realloc(out->bytes, cap) : NULL;

		if (bytes == NULL) {
			return false;
		}
		out->bytes = bytes;
		out->cap = cap;
	}
	if (out->events == out->slot_cap) {
		uint32_t cap = out->slot_cap != 0 ? out->slot_cap * 2 : 1024;
		struct of1_slot *slots = realloc(out->slots, cap * sizeof(*slots));

		if (slots == NULL) {
			return false;
		}
		out->slots = slots;
		out->slot_cap = cap;
	}
	return true;
}

void of1_push_bytes(struct of1_decoder *d, uint16_t type, int64_t t_ns, void *event, size_t size)
{
	struct of1_outbox *out = &d->out;

	d->changes++;
	if (d->silent) {
		return;
	}
	*(struct f1p_event *)event = (struct f1p_event){
		.size = (uint32_t)size,
		.space = F1P_SPACE_CORE,
		.type = type,
		.t_event_ns = t_ns < d->now_ns ? t_ns : d->now_ns,
	};
	if (!reserve(out, size)) {
		out->no_memory = true;
		return;
	}
	memcpy(out->bytes + out->n, event, size);
	out->slots[out->events++] = (struct of1_slot){t_ns, (uint32_t)out->n, lane_of(type)};
	out->n += size;
}

void of1_push_value(struct of1_decoder *d, uint16_t type, int64_t t_ns, int32_t value)
{
	struct f1p_ev_value ev = {.value = value};

	OF1_PUSH(d, type, t_ns, &ev);
}

void of1_push_car_value(struct of1_decoder *d, uint16_t type, int64_t t_ns, const struct of1_car *car, int32_t value)
{
	struct f1p_ev_car_value ev = {.car = car->number, .value = value};

	OF1_PUSH(d, type, t_ns, &ev);
}

static int by_time(const void *left, const void *right)
{
	const struct of1_slot *a = left;
	const struct of1_slot *b = right;

	if (a->t_ns != b->t_ns) {
		return a->t_ns < b->t_ns ? -1 : 1;
	}
	if (a->lane != b->lane) {
		return a->lane < b->lane ? -1 : 1;
	}
	return (a->at > b->at) - (a->at < b->at);
}

void of1_outbox_tell(struct of1_decoder *d, uint32_t flags, int64_t one_time_ns)
{
	struct of1_outbox *out = &d->out;

	if (one_time_ns == F1P_UNKNOWN_NS && out->events > 1) {
		qsort(out->slots, out->events, sizeof(*out->slots), by_time);
	}
	out->telling = out->events > 0;
	out->next = 0;
	out->flags = flags;
	out->one_time_ns = one_time_ns;
	of1_outbox_go_on(d, d->slice != 0 ? d->slice : UINT32_MAX);
}

void of1_outbox_go_on(struct of1_decoder *d, uint32_t max_events)
{
	struct of1_outbox *out = &d->out;

	for (; out->telling && out->next < out->events && max_events > 0; max_events--, out->next++) {
		struct f1p_event *ev = (struct f1p_event *)(void *)(out->bytes + out->slots[out->next].at);

		if (out->one_time_ns != F1P_UNKNOWN_NS) {
			ev->t_event_ns = out->one_time_ns;
		} else if (ev->t_event_ns < d->told_ns) {
			ev->t_event_ns = d->told_ns;
		}
		d->told_ns = ev->t_event_ns;
		ev->flags = out->flags | (out->next + 1 < out->events ? F1P_EVF_MORE : 0);
		d->emit(d->arg, ev);
	}
	if (out->telling && out->next == out->events) {
		of1_outbox_clear(out);
	}
}

void of1_outbox_clear(struct of1_outbox *out)
{
	out->n = 0;
	out->events = 0;
	out->telling = false;
}

void of1_outbox_finish(struct of1_outbox *out)
{
	free(out->bytes);
	free(out->slots);
	*out = (struct of1_outbox){0};
}
