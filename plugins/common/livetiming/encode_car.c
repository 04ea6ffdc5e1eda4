/*
 * encode_car.c - topics about the cars but for TimingData: stints, tyres, and times in the pits.
 */
#include "encode_internal.h"
#include "encode_words.h"

#include <stdio.h>

/* ---- TimingAppData ---- */

static void write_stint(struct f1p_json *j, const struct f1p_ev_stint *ev)
{
	bool is_current = ev->h.type == F1P_EV_TYRE; /* its booleans are no texts */

	f1p_json_object(j);
	if ((ev->mask & F1P_STINT_COMPOUND) && lt_compound_word(ev->compound) != NULL) {
		lte_member_str(j, "Compound", lt_compound_word(ev->compound));
	}
	if ((ev->mask & F1P_STINT_NEW) && is_current) {
		lte_member_tri(j, "New", ev->is_new);
	} else if ((ev->mask & F1P_STINT_NEW) && (ev->is_new == F1P_YES || ev->is_new == F1P_NO)) {
		lte_member_str(j, "New", ev->is_new == F1P_YES ? "true" : "false");
	}
	if ((ev->mask & F1P_STINT_NOT_CHANGED) && (ev->not_changed == F1P_YES || ev->not_changed == F1P_NO)) {
		lte_member_str(j, "TyresNotChanged", ev->not_changed == F1P_YES ? "1" : "0");
	}
	if ((ev->mask & F1P_STINT_TOTAL) && ev->total_laps != F1P_UNKNOWN) {
		lte_member_int(j, "TotalLaps", ev->total_laps);
	}
	if ((ev->mask & F1P_STINT_START) && ev->start_laps != F1P_UNKNOWN) {
		lte_member_int(j, "StartLaps", ev->start_laps);
	}
	f1p_json_end(j);
}

static const struct f1p_event *write_stints(struct lt_encoder *e, struct lte_car *car, const struct f1p_event *at)
{
	struct lte_list stints;

	f1p_json_key(&e->json, "Stints");
	if (at->type == F1P_EV_STINTS_RESET) { /* an array replaces what was there */
		car->n_stints = LTE_NO_LIST;
		at = lte_next_of(e, at, car->number);
	}
	lte_begin_list(&stints, &e->json, &car->n_stints);
	for (; at != NULL && at->type == F1P_EV_STINT; at = lte_next_of(e, at, car->number)) {
		const struct f1p_ev_stint *ev = (const void *)at;

		lte_element(&stints, ev->index);
		write_stint(&e->json, ev);
	}
	lte_end_list(&stints, 0);
	return at;
}

static const struct f1p_event *write_app_event(struct lt_encoder *e, struct lte_car *car, const struct f1p_event *at)
{
	char text[LTE_TEXT];

	if (at->type != F1P_EV_CAR_GRID) {
		return write_stints(e, car, at);
	}
	int32_t grid = ((const struct f1p_ev_car_value *)(const void *)at)->value;
	if (grid >= 0) {
		snprintf(text, sizeof(text), "%d", grid);
		lte_member_str(&e->json, "GridPos", text);
	}
	return lte_next_of(e, at, car->number);
}

bool lte_write_app(struct lt_encoder *e)
{
	return lte_write_lines(e, write_app_event);
}

/* ---- CurrentTyres ---- */

bool lte_write_tyres(struct lt_encoder *e)
{
	struct f1p_json *j = &e->json;

	f1p_json_object(j);
	f1p_json_key(j, "Tyres");
	f1p_json_object(j);
	for (const struct f1p_event *at = lte_next(e, NULL); at != NULL; at = lte_next(e, at)) {
		const struct f1p_ev_stint *ev = (const void *)at;

		lte_car_key(j, ev->car);
		write_stint(j, ev);
	}
	f1p_json_end(j);
	f1p_json_end(j);
	return true;
}

/* ---- times in the pits ---- */

static void write_pit_numbers(struct f1p_json *j, const struct f1p_ev_pit *ev)
{
	char text[LTE_TEXT];

	snprintf(text, sizeof(text), "%u", (unsigned)ev->car);
	lte_member_str(j, "RacingNumber", text);
	if (ev->lap != F1P_UNKNOWN) {
		snprintf(text, sizeof(text), "%d", ev->lap);
		lte_member_str(j, "Lap", text);
	}
}

bool lte_write_lane(struct lt_encoder *e)
{
	const struct f1p_ev_pit *ev = (const void *)e->pending;
	struct lte_car *car = lte_car(e, ev->car);
	struct f1p_json *j = &e->json;
	char text[LTE_TEXT];

	if (car == NULL) {
		return false;
	}
	f1p_json_object(j);
	f1p_json_key(j, "PitTimes");
	f1p_json_object(j);
	if (car->lane_lap != F1P_UNKNOWN && ev->lap != car->lane_lap) { /* the passage before is over */
		snprintf(text, sizeof(text), "%u", (unsigned)ev->car);
		lte_member_deleted(j, text);
	}
	car->lane_lap = ev->lap;
	lte_car_key(j, ev->car);
	f1p_json_object(j);
	write_pit_numbers(j, ev);
	lte_seconds_text(ev->lane_ms, text);
	lte_member_str(j, "Duration", text);
	f1p_json_end(j);
	f1p_json_end(j);
	f1p_json_end(j);
	return true;
}

/* What the newest stop holds can be completed, not taken back: else it is another stop. */
static bool is_same_stop(const struct lte_car *car, const struct f1p_ev_pit *ev)
{
	return car->n_stops != LTE_NO_LIST && ev->lap != F1P_UNKNOWN && ev->lap == car->stop_lap &&
	       (car->stop_lane_ms == F1P_UNKNOWN || ev->lane_ms != F1P_UNKNOWN) &&
	       (car->stop_ms == F1P_UNKNOWN || ev->stationary_ms != F1P_UNKNOWN);
}

static void write_stop(struct f1p_json *j, const struct f1p_ev_pit *ev, int64_t t_ns)
{
	char text[LTE_TEXT > LT_UTC_TEXT ? LTE_TEXT : LT_UTC_TEXT];

	f1p_json_object(j);
	lt_utc_text(t_ns, text);
	lte_member_str(j, "Timestamp", text);
	f1p_json_key(j, "PitStop");
	f1p_json_object(j);
	write_pit_numbers(j, ev);
	if (ev->stationary_ms != F1P_UNKNOWN) {
		lte_seconds_text(ev->stationary_ms, text);
		lte_member_str(j, "PitStopTime", text);
	}
	if (ev->lane_ms != F1P_UNKNOWN) {
		lte_seconds_text(ev->lane_ms, text);
		lte_member_str(j, "PitLaneTime", text);
	}
	f1p_json_end(j);
	f1p_json_end(j);
}

#define STOPS_MAX 100

bool lte_write_stop(struct lt_encoder *e)
{
	const struct f1p_ev_pit *ev = (const void *)e->pending;
	struct lte_car *car = lte_car(e, ev->car);
	struct f1p_json *j = &e->json;
	struct lte_list stops;
	uint16_t index = 0;

	if (car == NULL) {
		return false;
	}
	if (car->n_stops != LTE_NO_LIST) {
		index = is_same_stop(car, ev) ? (uint16_t)(car->n_stops - 1) : car->n_stops;
	}
	if (index >= STOPS_MAX) {
		return false;
	}
	f1p_json_object(j);
	f1p_json_key(j, "PitTimes");
	f1p_json_object(j);
	lte_car_key(j, ev->car);
	lte_begin_list(&stops, j, &car->n_stops);
	lte_element(&stops, index);
	write_stop(j, ev, e->t_ns);
	lte_end_list(&stops, 0);
	f1p_json_end(j);
	f1p_json_end(j);
	car->stop_lap = ev->lap;
	car->stop_lane_ms = ev->lane_ms;
	car->stop_ms = ev->stationary_ms;
	return true;
}
