/*
 * event_check.c - what a source may emit: sizes, ranges, flags, time, as event.h says.
 */
#include "check.h"

#include <stdio.h>
#include <string.h>

#define YEAR_1950_NS (INT64_C(-631152000) * 1000000000)
#define YEAR_2200_NS (INT64_C(7258118400) * 1000000000)

struct shape {
	uint16_t type;
	uint32_t size;
	uint32_t car_at; /* offset of the uint16_t car; 0 = none */
};
#define SHAPE(type, s)                                                                                                           \
	{                                                                                                                        \
		type, sizeof(struct s), 0                                                                                        \
	}
#define CAR_SHAPE(type, s)                                                                                                       \
	{                                                                                                                        \
		type, sizeof(struct s), offsetof(struct s, car)                                                                  \
	}
static const struct shape shapes[] = {
	SHAPE(F1P_EV_SESSION, f1p_ev_session),
	SHAPE(F1P_EV_SESSION_STATUS, f1p_ev_value),
	SHAPE(F1P_EV_SESSION_PART, f1p_ev_value),
	SHAPE(F1P_EV_TRACK_STATUS, f1p_ev_value),
	SHAPE(F1P_EV_LAP_COUNT, f1p_ev_lap_count),
	SHAPE(F1P_EV_CLOCK, f1p_ev_clock),
	CAR_SHAPE(F1P_EV_DRIVER, f1p_ev_driver),
	CAR_SHAPE(F1P_EV_CAR_POSITION, f1p_ev_car_value),
	CAR_SHAPE(F1P_EV_CAR_GRID, f1p_ev_car_value),
	CAR_SHAPE(F1P_EV_CAR_GAP, f1p_ev_car_gap),
	CAR_SHAPE(F1P_EV_CAR_LAP, f1p_ev_car_lap),
	CAR_SHAPE(F1P_EV_CAR_STATUS, f1p_ev_car_status),
	CAR_SHAPE(F1P_EV_CAR_SECTOR, f1p_ev_car_sector),
	CAR_SHAPE(F1P_EV_CAR_SEGMENT, f1p_ev_car_segment),
	CAR_SHAPE(F1P_EV_CAR_SPEED, f1p_ev_car_speed),
	CAR_SHAPE(F1P_EV_CAR_BEST, f1p_ev_car_best),
	CAR_SHAPE(F1P_EV_STINT, f1p_ev_stint),
	CAR_SHAPE(F1P_EV_STINTS_RESET, f1p_ev_car_value),
	CAR_SHAPE(F1P_EV_TYRE, f1p_ev_stint),
	SHAPE(F1P_EV_WEATHER, f1p_ev_weather),
	SHAPE(F1P_EV_RACE_CONTROL, f1p_ev_race_control),
	CAR_SHAPE(F1P_EV_PIT_LANE_TIME, f1p_ev_pit),
	CAR_SHAPE(F1P_EV_PIT_STOP, f1p_ev_pit),
	CAR_SHAPE(F1P_EV_TOP_THREE, f1p_ev_car_value),
	CAR_SHAPE(F1P_EV_TELEMETRY, f1p_ev_telemetry),
	CAR_SHAPE(F1P_EV_XYZ, f1p_ev_xyz),
	SHAPE(F1P_EV_HEARTBEAT, f1p_event),
	SHAPE(F1P_EV_FEED_RESET, f1p_event),
	SHAPE(F1P_EV_OUTLOOK, f1p_ev_outlook),
	SHAPE(F1P_EV_LINK, f1p_ev_link),
	CAR_SHAPE(F1P_EV_LAP_RECORD, f1p_ev_lap_record),
	SHAPE(F1P_EV_PRIOR, f1p_ev_prior),
};

static const struct shape *shape_of(uint16_t type)
{
	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		if (shapes[i].type == type) {
			return &shapes[i];
		}
	}
	return NULL;
}

static bool refuse(char *err, size_t err_size, const struct f1p_event *ev, const char *what)
{
	snprintf(err, err_size, "type %u, size %u: %s", ev->type, ev->size, what);
	return false;
}

static bool ended(const char *text, size_t n)
{
	return memchr(text, 0, n) != NULL;
}

/* Enums whose 0 is invalid, and text without end. */
static const char *content_fault(const struct f1p_event *ev)
{
	const void *p = ev;

	switch (ev->type) {
	case F1P_EV_SESSION: {
		const struct f1p_ev_session *s = p;

		if (!ended(s->name, sizeof(s->name)) || !ended(s->meeting, sizeof(s->meeting)) ||
			!ended(s->circuit, sizeof(s->circuit)) || !ended(s->location, sizeof(s->location)) ||
			!ended(s->country, sizeof(s->country)) || !ended(s->path, sizeof(s->path))) {
			return "a text field has no NUL";
		}
		return s->type < F1P_SESSION_UNKNOWN || s->type > F1P_SESSION_RACE ? "session type out of range" : NULL;
	}
	case F1P_EV_SESSION_STATUS: {
		int32_t v = ((const struct f1p_ev_value *)p)->value;

		return v < F1P_STATUS_UNKNOWN || v > F1P_STATUS_ENDS ? "session status out of range" : NULL;
	}
	case F1P_EV_TRACK_STATUS: {
		int32_t v = ((const struct f1p_ev_value *)p)->value;

		return v < F1P_TRACK_UNKNOWN || v > F1P_TRACK_VSC_ENDING ? "track status out of range" : NULL;
	}
	case F1P_EV_DRIVER: {
		const struct f1p_ev_driver *d = p;

		return ended(d->code, sizeof(d->code)) && ended(d->name, sizeof(d->name)) && ended(d->team, sizeof(d->team))
			       ? NULL
			       : "a text field has no NUL";
	}
	case F1P_EV_RACE_CONTROL: {
		const struct f1p_ev_race_control *m = p;

		if (m->category == 0 || m->flag == 0 || m->scope == 0 || m->mode == 0 || m->status == 0) {
			return "an enum field is 0 (invalid)";
		}
		return ended(m->text, sizeof(m->text)) ? NULL : "the text has no NUL";
	}
	case F1P_EV_CAR_SECTOR:
		return ((const struct f1p_ev_car_sector *)p)->sector > 2 ? "sector out of range" : NULL;
	case F1P_EV_STINT:
		return ((const struct f1p_ev_stint *)p)->index >= F1P_MAX_STINTS ? "stint index out of range" : NULL;
	case F1P_EV_OUTLOOK: {
		const struct f1p_ev_outlook *o = p;

		if (!ended(o->provider, sizeof(o->provider))) {
			return "the provider has no NUL";
		}
		return o->n_steps < 1 || o->n_steps > F1P_OUTLOOK_STEPS ? "outlook: number of steps out of range" : NULL;
	}
	case F1P_EV_PRIOR: {
		const struct f1p_ev_prior *o = p;

		return o->n < 1 || o->n > F1P_PRIORS ? "prior: number of values out of range" : NULL;
	}
	case F1P_EV_LINK: {
		const struct f1p_ev_link *l = p;

		if (!ended(l->text, sizeof(l->text))) {
			return "the text has no NUL";
		}
		return l->condition < F1P_LINK_CONNECTING || l->condition > F1P_LINK_REFUSED ? "link condition out of range" : NULL;
	}
	case F1P_EV_LAP_RECORD:
		return ((const struct f1p_ev_lap_record *)p)->lap < 1 ? "lap of a record must be 1 or more" : NULL;
	case F1P_EV_TYRE:
		return ((const struct f1p_ev_stint *)p)->index != 255 ? "index of a tyre event must be 255" : NULL;
	default:
		return NULL;
	}
}

bool event_check(const struct f1p_event *ev, char *err, size_t err_size)
{
	const struct shape *shape;
	const char *fault;
	uint16_t car;

	if (ev->size < sizeof(*ev) || ev->size > F1P_EVENT_MAX || ev->size % 8 != 0) {
		return refuse(err, err_size, ev, "size must be a multiple of 8 from 48 to F1P_EVENT_MAX");
	}
	if (ev->t_event_ns < YEAR_1950_NS || ev->t_event_ns > YEAR_2200_NS) {
		return refuse(err, err_size, ev, "t_event_ns is no time of this or the next century");
	}
	if (ev->flags & ~(F1P_EVF_MORE | F1P_EVF_SNAPSHOT | F1P_EVF_CATCHUP | F1P_EVF_SIMULATED)) {
		return refuse(err, err_size, ev, "unknown flags");
	}
	if (ev->space != F1P_SPACE_CORE) {
		return ev->space >= 1024 || refuse(err, err_size, ev, "spaces 1 to 1023 are reserved");
	}
	shape = shape_of(ev->type);
	if (!shape) {
		return refuse(err, err_size, ev, "no type that a source may emit");
	}
	if (ev->size < shape->size) {
		return refuse(err, err_size, ev, "shorter than its type");
	}
	if (shape->car_at) {
		memcpy(&car, (const uint8_t *)ev + shape->car_at, sizeof(car));
		if (car < 1 || car > F1P_MAX_CAR_NUMBER) {
			return refuse(err, err_size, ev, "car number out of range");
		}
	}
	fault = content_fault(ev);
	return fault ? refuse(err, err_size, ev, fault) : true;
}
