/*
 * race.c - life cycle of the race state and the dispatch of events to the reducers.
 */
#include "race/race_internal.h"
#include <helpers/event_size.h>
#include <stdlib.h>
#include <string.h>

static void weather_init(struct f1p_weather *w)
{
	w->air_temp_dc = F1P_UNKNOWN;
	w->track_temp_dc = F1P_UNKNOWN;
	w->humidity_dpct = F1P_UNKNOWN;
	w->pressure_dhpa = F1P_UNKNOWN;
	w->wind_speed_dms = F1P_UNKNOWN;
	w->wind_dir_deg = F1P_UNKNOWN;
	w->rain = F1P_TRI_UNKNOWN;
	w->track_trend_dc = F1P_UNKNOWN;
	w->t_rain_changed_ns = F1P_UNKNOWN_NS;
	w->t_ns = F1P_UNKNOWN_NS;
}

static void car_init_flags(struct f1p_car *car)
{
	car->retired = F1P_TRI_UNKNOWN;
	car->retired_how = F1P_RETIRED_UNKNOWN;
	car->in_pit = F1P_TRI_UNKNOWN;
	car->pit_out = F1P_TRI_UNKNOWN;
	car->stopped = F1P_TRI_UNKNOWN;
	car->knocked_out = F1P_TRI_UNKNOWN;
	car->cutoff = F1P_TRI_UNKNOWN;
	car->catching = F1P_TRI_UNKNOWN;
	car->last_overall = F1P_TRI_UNKNOWN;
	car->last_personal = F1P_TRI_UNKNOWN;
	car->compound = F1P_TYRE_UNKNOWN;
	car->tyre_new = F1P_TRI_UNKNOWN;
	car->shown = F1P_TRI_UNKNOWN;
}

static void car_init(struct f1p_car *car)
{
	memset(car, 0, sizeof(*car));
	car_init_flags(car);
	car->position = F1P_UNKNOWN;
	car->grid = F1P_UNKNOWN;
	car->gap_ms = F1P_UNKNOWN;
	car->interval_ms = F1P_UNKNOWN;
	car->laps = F1P_UNKNOWN;
	car->last_ms = F1P_UNKNOWN;
	car->best_ms = F1P_UNKNOWN;
	car->best_lap = F1P_UNKNOWN;
	for (int i = 0; i < 3; i++) {
		car->sector_ms[i] = F1P_UNKNOWN;
		car->sector_overall[i] = F1P_TRI_UNKNOWN;
		car->sector_personal[i] = F1P_TRI_UNKNOWN;
		car->part_best_ms[i] = F1P_UNKNOWN;
	}
	for (int i = 0; i < 4; i++) {
		car->speed_kmh[i] = F1P_UNKNOWN;
	}
	car->pit_stops = F1P_UNKNOWN;
	car->tyre_age = F1P_UNKNOWN;
	car->stint_laps = F1P_UNKNOWN;
	car->pace_ms = F1P_UNKNOWN;
	car->last_pit_lap = F1P_UNKNOWN;
	car->last_pit_lane_ms = F1P_UNKNOWN;
	car->t_line_ns = F1P_UNKNOWN_NS;
	car->t_seen_ns = F1P_UNKNOWN_NS;
	car->t_pit_in_ns = F1P_UNKNOWN_NS;
	for (size_t i = 0; i < F1P_MAX_STINTS; i++) {
		stint_clear(&car->stints[i]);
	}
	for (size_t i = 0; i < F1P_MAX_LAPS; i++) {
		lap_clear(&car->history[i]);
	}
}

static void memory_init(struct car_memory *m)
{
	memset(m, 0, sizeof(*m));
	m->t_line_before_ns = F1P_UNKNOWN_NS;
	m->t_early_last_ns = F1P_UNKNOWN_NS;
	m->t_undone_ns = F1P_UNKNOWN_NS;
	m->t_undone_line_ns = F1P_UNKNOWN_NS;
	m->t_pit_exit_ns = F1P_UNKNOWN_NS;
	m->t_stopped_ns = F1P_UNKNOWN_NS;
	m->early_last_ms = F1P_UNKNOWN;
	m->in_lap = F1P_UNKNOWN;
	m->undone_lap = F1P_UNKNOWN;
	m->told_lap = F1P_UNKNOWN;
	m->lane_lap = F1P_UNKNOWN;
	for (size_t i = 0; i < 3; i++) {
		m->t_sector_ns[i] = F1P_UNKNOWN_NS;
	}
	m->flagged_retired = F1P_TRI_UNKNOWN;
	m->tyre_compound = F1P_TYRE_UNKNOWN;
	m->tyre_new = F1P_TRI_UNKNOWN;
	for (size_t i = 0; i < F1P_MAX_STINTS; i++) {
		m->stint_first[i] = F1P_UNKNOWN;
	}
}

void fold_init(struct fold *f)
{
	struct f1p_state *st = &f->st;

	memset(f, 0, sizeof(*f));
	memset(f->index_of, NO_CAR, sizeof(f->index_of));
	st->size = (uint32_t)sizeof(*st);
	st->t_event_ns = F1P_UNKNOWN_NS;
	st->type = F1P_SESSION_UNKNOWN;
	st->t_start_ns = F1P_UNKNOWN_NS;
	st->t_end_ns = F1P_UNKNOWN_NS;
	st->gmt_offset_s = F1P_UNKNOWN;
	st->status = F1P_STATUS_UNKNOWN;
	st->track = F1P_TRACK_UNKNOWN;
	st->neutralised = F1P_TRI_UNKNOWN;
	st->t_track_ns = F1P_UNKNOWN_NS;
	st->t_green_ns = F1P_UNKNOWN_NS;
	st->lap = F1P_UNKNOWN;
	st->total_laps = F1P_UNKNOWN;
	st->clock_remaining_ms = F1P_UNKNOWN;
	st->clock_running = F1P_TRI_UNKNOWN;
	st->t_clock_ns = F1P_UNKNOWN_NS;
	st->lap_neutral_start = F1P_UNKNOWN;
	st->best_ms = F1P_UNKNOWN;
	weather_init(&st->weather);
	st->outlook.t_ns = F1P_UNKNOWN_NS;
	for (size_t i = 0; i < F1P_PRIORS; i++) {
		st->prior[i] = F1P_UNKNOWN;
	}
	for (size_t i = 0; i < F1P_MAX_CARS * F1P_PRIORS; i++) {
		st->car_prior[i / F1P_PRIORS][i % F1P_PRIORS] = F1P_UNKNOWN;
	}
	for (size_t i = 0; i < sizeof(st->origins) / sizeof(st->origins[0]); i++) {
		st->origins[i].t_ns = F1P_UNKNOWN_NS;
	}
	for (size_t i = 0; i < F1P_MAX_CARS * F1P_CAR_ORIGINS; i++) {
		st->car_origins[i / F1P_CAR_ORIGINS][i % F1P_CAR_ORIGINS].t_ns = F1P_UNKNOWN_NS;
	}
	for (size_t i = 0; i < F1P_MAX_CARS; i++) {
		car_init(&st->cars[i]);
		st->cars[i].number = 0;
		memory_init(&f->mem[i]);
	}
	f->t_resume_ns = F1P_UNKNOWN_NS;
	f->t_restart_ns = F1P_UNKNOWN_NS;
	f->t_first_line_ns = F1P_UNKNOWN_NS;
}

struct f1p_car *fold_find_car(struct fold *f, uint32_t number)
{
	if (number == 0 || number > F1P_MAX_CAR_NUMBER || f->index_of[number] == NO_CAR) {
		return NULL;
	}
	return &f->st.cars[f->index_of[number]];
}

struct f1p_car *fold_car(struct fold *f, const struct f1p_event *ev, uint32_t number)
{
	struct f1p_car *car = fold_find_car(f, number);

	if (!car) {
		if (number == 0 || number > F1P_MAX_CAR_NUMBER || f->st.n_cars >= F1P_MAX_CARS) {
			return NULL;
		}
		f->index_of[number] = (uint8_t)f->st.n_cars;
		car = &f->st.cars[f->st.n_cars++];
		car->number = (uint16_t)number;
		fold_memory(f, car)->dirty = true;
		fold_memory(f, car)->seen = neutral_now(f);
		f->order_dirty = true;
	}
	car->t_seen_ns = ev->t_event_ns;
	return car;
}

void fold_set_lap(struct race *r, int32_t lap)
{
	struct f1p_state *st = &r->now.st;

	if (st->lap == lap) {
		return;
	}
	if (lap > st->lap && is_race(&r->now)) {
		r->changes |= RACE_CHANGED_LAP;
	}
	st->lap = lap;
}

static void (*const reducers[])(struct race *, const struct f1p_event *) = {
	[F1P_EV_SESSION] = reduce_session,
	[F1P_EV_SESSION_STATUS] = reduce_session_status,
	[F1P_EV_SESSION_PART] = reduce_session_part,
	[F1P_EV_TRACK_STATUS] = reduce_track_status,
	[F1P_EV_LAP_COUNT] = reduce_lap_count,
	[F1P_EV_CLOCK] = reduce_clock,
	[F1P_EV_DRIVER] = reduce_driver,
	[F1P_EV_CAR_POSITION] = reduce_position,
	[F1P_EV_CAR_GRID] = reduce_grid,
	[F1P_EV_CAR_GAP] = reduce_gap,
	[F1P_EV_CAR_LAP] = reduce_car_lap,
	[F1P_EV_CAR_STATUS] = reduce_car_status,
	[F1P_EV_CAR_SECTOR] = reduce_sector,
	[F1P_EV_CAR_SEGMENT] = reduce_seen,
	[F1P_EV_CAR_SPEED] = reduce_speed,
	[F1P_EV_CAR_BEST] = reduce_best,
	[F1P_EV_STINT] = reduce_stint,
	[F1P_EV_STINTS_RESET] = reduce_stints_reset,
	[F1P_EV_TYRE] = reduce_tyre,
	[F1P_EV_WEATHER] = reduce_weather,
	[F1P_EV_RACE_CONTROL] = reduce_race_control,
	[F1P_EV_PIT_LANE_TIME] = reduce_pit_time,
	[F1P_EV_PIT_STOP] = reduce_pit_time,
	[F1P_EV_TOP_THREE] = reduce_top_three,
	[F1P_EV_FEED_RESET] = reduce_feed_reset,
	[F1P_EV_OUTLOOK] = reduce_outlook,
	[F1P_EV_LAP_RECORD] = reduce_lap_record,
	[F1P_EV_PRIOR] = reduce_prior,
};

/* What the host adds about the data: no time and no news of the race itself. */
static void apply_remark(struct race *r, const struct f1p_event *ev)
{
	if (ev->type == F1P_EV_SOURCE_CHOICE) {
		reduce_source_choice(r, ev);
	} else if (ev->type == F1P_EV_GAP) {
		reduce_gap_line(r, ev);
	} else if (ev->type == F1P_EV_REVISION) {
		reduce_revision(r, ev);
	} else if (ev->type == F1P_EV_MEMBER_SCORES) {
		reduce_member_scores(r, ev);
	}
}

void race_apply(struct race *r, const struct f1p_event *ev)
{
	struct f1p_state *st = &r->now.st;
	bool is_whole = ev->size >= f1p_event_least_size(ev->type);

	if (ev->seq) {
		st->seq = ev->seq;
	}
	if (ev->space != F1P_SPACE_CORE || ev->type == F1P_EV_LINK) {
		return;
	}
	if (ev->type >= sizeof(reducers) / sizeof(reducers[0])) {
		if (is_whole) {
			apply_remark(r, ev);
		}
		return;
	}
	r->n_repairs = 0;
	if (reducers[ev->type] && is_whole) {
		reducers[ev->type](r, ev);
		r->changes |= RACE_CHANGED_OTHER;
	}
	note_origin(&r->now, ev);
	if (ev->type != F1P_EV_OUTLOOK && ev->type != F1P_EV_LAP_RECORD && ev->type != F1P_EV_PRIOR) { /* told of other times */
		st->t_event_ns = ev->t_event_ns;
	}
	st->flags = ev->flags & (F1P_EVF_SIMULATED | F1P_EVF_CATCHUP);
}

uint32_t race_take_changes(struct race *r)
{
	uint32_t changes = r->changes;

	r->changes = 0;
	return changes;
}

const struct f1p_state *race_state(struct race *r)
{
	enrich(&r->now);
	return &r->now.st;
}

struct race *race_create(void)
{
	struct race *r = malloc(sizeof(*r));

	if (r) {
		memset(r, 0, sizeof(*r));
		fold_init(&r->now);
	}
	return r;
}

void race_copy(struct race *to, const struct race *from)
{
	memcpy(to, from, sizeof(*to));
}

void race_destroy(struct race *r)
{
	free(r);
}
