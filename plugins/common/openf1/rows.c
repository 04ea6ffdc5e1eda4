/*
 * rows.c - takes events in; see rows_laps.c for laps, stints and stops, rows_fields.c for the way out.
 */
#include "rows_internal.h"

#include <helpers/event_size.h>
#include <stdlib.h>
#include <string.h>

#define TELEMETRY_MAX 2000000u /* 22 cars, 3.7 per second, seven hours */
#define STREAM_MAX 500000u
#define MESSAGES_MAX 4096u
#define WEATHER_MAX 20000u

static void list_init(struct rows_list *list, size_t item_size, size_t max)
{
	*list = (struct rows_list){.item_size = item_size, .max = max};
}

struct openf1_rows *openf1_rows_create(void)
{
	struct openf1_rows *r = calloc(1, sizeof(*r));

	if (r != NULL) {
		r->t_over_ns = F1P_UNKNOWN_NS;
		list_init(&r->positions, sizeof(struct rows_position), STREAM_MAX);
		list_init(&r->intervals, sizeof(struct rows_interval), STREAM_MAX);
		list_init(&r->weathers, sizeof(struct f1p_ev_weather), WEATHER_MAX);
		list_init(&r->messages, sizeof(struct rows_message), MESSAGES_MAX);
		list_init(&r->telemetry, sizeof(struct f1p_ev_telemetry), TELEMETRY_MAX);
		list_init(&r->places, sizeof(struct f1p_ev_xyz), TELEMETRY_MAX);
	}
	return r;
}

void openf1_rows_clear(struct openf1_rows *r)
{
	struct rows_list *lists[] = {&r->positions, &r->intervals, &r->weathers, &r->messages, &r->telemetry, &r->places};

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		free(lists[i]->items);
		list_init(lists[i], lists[i]->item_size, lists[i]->max);
	}
	for (uint16_t i = 0; i < r->n_cars; i++) {
		free(r->cars[i]->lap);
		free(r->cars[i]);
	}
	r->n_cars = 0;
	r->has_session = false;
	r->status = 0;
	r->part = 0;
	r->t_over_ns = F1P_UNKNOWN_NS;
	memset(&r->weather, 0, sizeof(r->weather));
}

void openf1_rows_destroy(struct openf1_rows *r)
{
	if (r != NULL) {
		openf1_rows_clear(r);
		free(r);
	}
}

void openf1_rows_leave_out_telemetry(struct openf1_rows *r)
{
	r->telemetry.max = r->places.max = 0;
}

const struct f1p_ev_session *openf1_rows_session(const struct openf1_rows *r)
{
	return r->has_session ? &r->session : NULL;
}

uint64_t openf1_rows_lost(const struct openf1_rows *r)
{
	return r->lost;
}

bool rows_is_race(const struct openf1_rows *r)
{
	return !r->has_session || r->session.type == F1P_SESSION_RACE || r->session.type == F1P_SESSION_SPRINT;
}

void *rows_append(struct openf1_rows *r, struct rows_list *list)
{
	if (list->n == list->max) {
		r->lost++;
		return NULL;
	}
	if (list->n == list->cap) {
		size_t cap = list->cap != 0 ? list->cap * 2 : 256;
		char *grown = realloc(list->items, cap * list->item_size);

		if (grown == NULL) {
			r->no_memory = true;
			r->lost++;
			return NULL;
		}
		list->items = grown;
		list->cap = cap;
	}
	return list->items + list->n++ * list->item_size;
}

struct rows_car *rows_car(struct openf1_rows *r, uint16_t number)
{
	struct rows_car *car = NULL;

	for (uint16_t i = 0; i < r->n_cars; i++) {
		if (r->cars[i]->number == number) {
			return r->cars[i];
		}
	}
	if (number == 0 || r->n_cars == F1P_MAX_CARS) {
		r->lost++;
		return NULL;
	}
	car = calloc(1, sizeof(*car));
	if (car == NULL) {
		r->no_memory = true;
		return NULL;
	}
	car->number = number;
	car->position = car->grid = car->laps = car->early_ms = F1P_UNKNOWN;
	car->best_ms = car->part_best_ms[0] = car->part_best_ms[1] = car->part_best_ms[2] = F1P_UNKNOWN;
	car->gaps.car = number;
	car->t_line_ns = car->t_early_ns = car->t_pit_in_ns = F1P_UNKNOWN_NS;
	r->cars[r->n_cars++] = car;
	return car;
}

/* ---- the session ---- */

static bool is_other(const struct openf1_rows *r, const struct f1p_ev_session *ev)
{
	return r->has_session && r->session.session_key != ev->session_key;
}

static void take_session(struct openf1_rows *r, const struct f1p_ev_session *ev)
{
	if (is_other(r, ev)) {
		openf1_rows_clear(r);
	}
	r->session = *ev;
	r->session.name[sizeof(ev->name) - 1] = r->session.meeting[sizeof(ev->meeting) - 1] = '\0';
	r->session.circuit[sizeof(ev->circuit) - 1] = r->session.location[sizeof(ev->location) - 1] = '\0';
	r->session.country[sizeof(ev->country) - 1] = '\0';
	r->has_session = true;
}

/* OpenF1 makes such rows of the session's status. */
static void take_status(struct openf1_rows *r, const struct f1p_ev_value *ev)
{
	static const char *const words[] = {
		[F1P_STATUS_STARTED] = "SESSION STARTED",
		[F1P_STATUS_ABORTED] = "SESSION ABORTED",
		[F1P_STATUS_FINISHED] = "SESSION FINISHED",
		[F1P_STATUS_FINALISED] = "SESSION FINALISED",
		[F1P_STATUS_ENDS] = "SESSION ENDS",
	};
	bool is_news = ev->value >= F1P_STATUS_STARTED && ev->value <= F1P_STATUS_ENDS && ev->value != r->status;
	struct rows_message *m = is_news ? rows_append(r, &r->messages) : NULL;

	r->status = (uint8_t)ev->value;
	if (ev->value != F1P_STATUS_FINALISED && ev->value != F1P_STATUS_ENDS) {
		r->t_over_ns = F1P_UNKNOWN_NS;
	} else if (r->t_over_ns == F1P_UNKNOWN_NS) {
		r->t_over_ns = ev->h.t_event_ns;
	}
	if (m != NULL) {
		*m = (struct rows_message){
			.t_ns = ev->h.t_event_ns, .t_told_ns = ev->h.t_event_ns, .lap = F1P_UNKNOWN, .part = r->part};
		strncpy(m->text, words[ev->value], sizeof(m->text) - 1);
	}
}

/* A snapshot of the feed tells all former messages again. */
static bool is_told(const struct openf1_rows *r, const struct f1p_ev_race_control *ev)
{
	for (size_t i = 0; i < r->messages.n; i++) {
		const struct rows_message *m = ROWS_AT(&r->messages, const struct rows_message, i);

		if (m->category != 0 && m->t_ns == ev->t_utc_ns && strncmp(m->text, ev->text, sizeof(m->text) - 1) == 0) {
			return true;
		}
	}
	return false;
}

static void take_message(struct openf1_rows *r, const struct f1p_ev_race_control *ev)
{
	bool again = (ev->h.flags & F1P_EVF_SNAPSHOT) && is_told(r, ev);
	struct rows_message *m = again ? NULL : rows_append(r, &r->messages);

	if (m == NULL) {
		return;
	}
	*m = (struct rows_message){.t_ns = ev->t_utc_ns != F1P_UNKNOWN_NS ? ev->t_utc_ns : ev->h.t_event_ns,
		.t_told_ns = ev->h.t_event_ns,
		.lap = ev->lap,
		.part = r->part,
		.car = ev->car,
		.category = ev->category,
		.flag = ev->flag,
		.scope = ev->scope,
		.sector = ev->sector};
	memcpy(m->text, ev->text, sizeof(m->text) - 1);
}

static void take_weather(struct openf1_rows *r, const struct f1p_ev_weather *ev)
{
	struct f1p_ev_weather *w = &r->weather;
	struct f1p_ev_weather *row = NULL;
	const struct {
		uint32_t bit;
		int32_t *to;
		int32_t from;
	} fields[] = {
		{F1P_WX_AIR, &w->air_temp_dc, ev->air_temp_dc},
		{F1P_WX_TRACK, &w->track_temp_dc, ev->track_temp_dc},
		{F1P_WX_HUMIDITY, &w->humidity_dpct, ev->humidity_dpct},
		{F1P_WX_PRESSURE, &w->pressure_dhpa, ev->pressure_dhpa},
		{F1P_WX_WIND_SPEED, &w->wind_speed_dms, ev->wind_speed_dms},
		{F1P_WX_WIND_DIR, &w->wind_dir_deg, ev->wind_dir_deg},
	};

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		*fields[i].to = ev->mask & fields[i].bit ? fields[i].from : *fields[i].to;
	}
	w->rain = ev->mask & F1P_WX_RAIN ? ev->rain : w->rain;
	w->mask |= ev->mask;
	w->h.t_event_ns = ev->h.t_event_ns;
	row = rows_append(r, &r->weathers);
	if (row != NULL) {
		*row = *w;
	}
}

/* ---- cars ---- */

static void take_driver(struct openf1_rows *r, const struct f1p_ev_driver *ev)
{
	struct rows_car *car = rows_car(r, ev->car);
	struct f1p_ev_driver *d = car != NULL ? &car->driver : NULL;

	if (d == NULL) {
		return;
	}
	d->mask |= ev->mask;
	if (ev->mask & F1P_DRIVER_CODE) {
		memcpy(d->code, ev->code, sizeof(d->code) - 1);
	}
	if (ev->mask & F1P_DRIVER_NAME) {
		memcpy(d->name, ev->name, sizeof(d->name) - 1);
	}
	if (ev->mask & F1P_DRIVER_TEAM) {
		memcpy(d->team, ev->team, sizeof(d->team) - 1);
	}
	if (ev->mask & F1P_DRIVER_COUNTRY) {
		memcpy(d->country, ev->country, sizeof(d->country) - 1);
	}
	if (ev->mask & F1P_DRIVER_COLOUR) {
		d->colour_rgb = ev->colour_rgb & 0xffffff;
	}
}

static void take_position(struct openf1_rows *r, const struct f1p_ev_car_value *ev)
{
	struct rows_car *car = rows_car(r, ev->car);
	struct rows_position *row = NULL;

	if (car == NULL || ev->value == F1P_UNKNOWN || ev->value == car->position) {
		return;
	}
	car->position = ev->value;
	row = rows_append(r, &r->positions);
	if (row != NULL) {
		*row = (struct rows_position){.t_ns = ev->h.t_event_ns, .car = ev->car, .position = ev->value};
	}
}

static void take_grid(struct openf1_rows *r, const struct f1p_ev_car_value *ev)
{
	struct rows_car *car = rows_car(r, ev->car);

	if (car != NULL) {
		car->grid = ev->value;
		car->t_grid_ns = ev->h.t_event_ns;
	}
}

static void take_best(struct openf1_rows *r, const struct f1p_ev_car_best *ev)
{
	struct rows_car *car = ev->part <= 3 ? rows_car(r, ev->car) : NULL;

	if (car != NULL) {
		*(ev->part > 0 ? &car->part_best_ms[ev->part - 1] : &car->best_ms) = ev->best_ms;
	}
}

static void take_gap(struct openf1_rows *r, const struct f1p_ev_car_gap *ev)
{
	struct rows_car *car = rows_car(r, ev->car);
	struct rows_interval *row = NULL;

	if (car == NULL || !rows_is_race(r) || !(ev->mask & (F1P_GAP_LEADER | F1P_GAP_INTERVAL))) {
		return;
	}
	car->gaps.t_ns = ev->h.t_event_ns;
	if (ev->mask & F1P_GAP_LEADER) {
		car->gaps.gap_ms = ev->gap_ms;
		car->gaps.gap_laps = ev->gap_laps;
		car->gaps.gap_known = ev->gap_ms != F1P_UNKNOWN || ev->gap_laps > 0;
	}
	if (ev->mask & F1P_GAP_INTERVAL) {
		car->gaps.interval_ms = ev->interval_ms;
		car->gaps.interval_laps = ev->interval_laps;
		car->gaps.interval_known = ev->interval_ms != F1P_UNKNOWN || ev->interval_laps > 0;
	}
	row = rows_append(r, &r->intervals);
	if (row != NULL) {
		*row = car->gaps;
	}
}

static void take_sample(struct openf1_rows *r, struct rows_list *list, const struct f1p_event *ev)
{
	void *row = list->max > 0 ? rows_append(r, list) : NULL;

	if (row != NULL) {
		memcpy(row, ev, list->item_size);
	}
}

static void drop_stints(struct openf1_rows *r, uint16_t number)
{
	struct rows_car *car = rows_car(r, number);

	if (car != NULL) {
		memset(car->stints, 0, sizeof(car->stints));
		car->n_stints = 0;
	}
}

/* ---- dispatch ---- */

static void dispatch(struct openf1_rows *r, const struct f1p_event *ev)
{
	const void *p = ev;

	switch (ev->type) {
	case F1P_EV_SESSION:
		take_session(r, p);
		break;
	case F1P_EV_SESSION_STATUS:
		take_status(r, p);
		break;
	case F1P_EV_SESSION_PART:
		r->part = ((const struct f1p_ev_value *)p)->value;
		break;
	case F1P_EV_DRIVER:
		take_driver(r, p);
		break;
	case F1P_EV_CAR_POSITION:
		take_position(r, p);
		break;
	case F1P_EV_CAR_GRID:
		take_grid(r, p);
		break;
	case F1P_EV_CAR_BEST:
		take_best(r, p);
		break;
	case F1P_EV_CAR_GAP:
		take_gap(r, p);
		break;
	case F1P_EV_CAR_LAP:
		rows_take_lap(r, p);
		break;
	case F1P_EV_LAP_RECORD:
		rows_take_record(r, p);
		break;
	case F1P_EV_CAR_STATUS:
		rows_take_status(r, p);
		break;
	case F1P_EV_CAR_SECTOR:
		rows_take_sector(r, p);
		break;
	case F1P_EV_CAR_SEGMENT:
		rows_take_segment(r, p);
		break;
	case F1P_EV_CAR_SPEED:
		rows_take_speed(r, p);
		break;
	case F1P_EV_STINT:
		rows_take_stint(r, p);
		break;
	case F1P_EV_STINTS_RESET:
		drop_stints(r, ((const struct f1p_ev_car_value *)p)->car);
		break;
	case F1P_EV_WEATHER:
		take_weather(r, p);
		break;
	case F1P_EV_RACE_CONTROL:
		take_message(r, p);
		break;
	case F1P_EV_PIT_LANE_TIME:
	case F1P_EV_PIT_STOP:
		rows_take_pit(r, p);
		break;
	case F1P_EV_TELEMETRY:
		take_sample(r, &r->telemetry, ev);
		break;
	case F1P_EV_XYZ:
		take_sample(r, &r->places, ev);
		break;
	default:
		break;
	}
}

f1p_status openf1_rows_take(struct openf1_rows *r, const struct f1p_event *ev)
{
	bool rewound = ev->type == F1P_EV_FEED_RESET && !(ev->flags & F1P_EVF_SNAPSHOT);

	r->no_memory = false;
	if (ev->space != F1P_SPACE_CORE) {
		return F1P_OK;
	}
	if (rewound) { /* the recording begins again */
		openf1_rows_clear(r);
	} else if (ev->size >= f1p_event_least_size(ev->type)) {
		dispatch(r, ev);
	}
	return r->no_memory ? F1P_ENOMEM : F1P_OK;
}
