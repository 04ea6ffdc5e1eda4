#include "backtest/lap_fold.h"

#include "backtest/lap_fold_internal.h"
#include "helpers/utf8.h"

#include <stdlib.h>
#include <string.h>

#define MS_NS INT64_C(1000000)
#define DAY_MS (24 * 3600 * SECOND_MS)
#define SPRINT_KEYS 1000000u              /* away from the keys of races */
#define SPRINT_KM 100                     /* a sprint is the least number of laps beyond that, */
#define RACE_KM 305                       /* a race beyond that */
#define WAIT_MS (120 * SECOND_MS)         /* longest time for which the end of a lap waits for the field */

struct lap_fold *lap_fold_create(const struct past *p, const struct f1p_hist_race *race, const struct entry_list *entries)
{
	struct lap_fold *f = calloc(1, sizeof(*f));
	int32_t id = race->row.race_id;

	if (!f)
		return NULL;
	f->past = p;
	f->race_row = race;
	f->entries = entries;
	f->laps = past_rows(p, F1P_HIST_LAP, id, id, &f->n_laps);
	f->stints = past_rows(p, F1P_HIST_STINT, id, id, &f->n_stints);
	f->stops = past_rows(p, F1P_HIST_STOP, id, id, &f->n_stops);
	f->neutral = past_rows(p, F1P_HIST_NEUTRALISATION, id, id, &f->n_neutral);
	f->weather = past_rows(p, F1P_HIST_WEATHER, id, id, &f->n_weather);
	for (size_t i = 0; i < F1P_MAX_CARS; i++)
		for (int32_t lap = 1; lap <= LAPS; lap++)
			f->runners[i].line_ms[lap] = NEVER;
	for (int32_t lap = 1; lap <= LAPS; lap++)
		f->leader_ms[lap] = NEVER;
	plan_race(f);
	if (!f->short_of_memory)
		return f;
	lap_fold_destroy(f);
	return NULL;
}

void lap_fold_destroy(struct lap_fold *f)
{
	if (f)
		free(f->items);
	free(f);
}

int32_t lap_fold_laps(const struct lap_fold *f)
{
	return f->winner_laps;
}

bool lap_fold_runs_on(const struct lap_fold *f, uint16_t car, int32_t lap)
{
	for (size_t i = 0; i < f->entries->n; i++)
		if (f->entries->cars[i].car == car && f->entries->cars[i].start && lap >= 0 && lap <= LAPS)
			return f->runners[i].line_ms[f->runners[i].last] >= f->leader_ms[lap];
	return false;
}

/* ---- events ---- */

static void emit(struct lap_fold *f, int64_t t_ms, uint16_t type, struct f1p_event *ev, size_t size)
{
	ev->size = (uint32_t)size;
	ev->space = F1P_SPACE_CORE;
	ev->type = type;
	ev->seq = ++f->seq;
	ev->t_event_ns = ev->t_recv_ns = f->t_start_ns + t_ms * MS_NS;
	race_apply(f->race, ev);
}
#define EMIT(f, t_ms, type, ev) emit((f), (t_ms), (type), &(ev).h, sizeof(ev))

static void emit_value(struct lap_fold *f, int64_t t_ms, uint16_t type, int32_t value)
{
	struct f1p_ev_value e = {.value = value};

	EMIT(f, t_ms, type, e);
}

static void emit_car_value(struct lap_fold *f, int64_t t_ms, uint16_t type, size_t i, int32_t value)
{
	struct f1p_ev_car_value e = {.car = f->entries->cars[i].car, .value = value};

	EMIT(f, t_ms, type, e);
}

static void emit_in_pit(struct lap_fold *f, int64_t t_ms, size_t i, uint8_t in_pit)
{
	struct f1p_ev_car_status e = {.mask = F1P_CAR_IN_PIT, .car = f->entries->cars[i].car, .in_pit = in_pit};

	EMIT(f, t_ms, F1P_EV_CAR_STATUS, e);
}

static void copy(char *to, size_t size, const char *from)
{
	f1p_utf8_copy(to, size, from, strlen(from));
}

static void emit_session(struct lap_fold *f, int64_t t_ms, enum lap_fold_stage stage)
{
	const struct f1p_hist_race *r = f->race_row;
	bool qualifying = stage == LAP_FOLD_QUALIFYING, sprint = stage == LAP_FOLD_BEFORE_SPRINT;
	struct f1p_ev_session e = {.session_key = (uint32_t)r->row.race_id * 2 + !qualifying + (sprint ? SPRINT_KEYS : 0),
		.meeting_key = (uint32_t)r->row.race_id,
		.year = (uint16_t)(r->row.race_id / 100),
		.type = qualifying ? F1P_SESSION_QUALIFYING : sprint ? F1P_SESSION_SPRINT : F1P_SESSION_RACE,
		.t_start_ns = f->t_start_ns,
		.t_end_ns = F1P_UNKNOWN_NS,
		.gmt_offset_s = F1P_UNKNOWN};

	copy(e.name, sizeof(e.name), qualifying ? "Qualifying" : sprint ? "Sprint" : "Race");
	copy(e.meeting, sizeof(e.meeting), r->name);
	copy(e.circuit, sizeof(e.circuit), r->circuit_id);
	EMIT(f, t_ms, F1P_EV_SESSION, e);
	emit_value(f, t_ms, F1P_EV_SESSION_STATUS, F1P_STATUS_INACTIVE);
}

static void emit_driver(struct lap_fold *f, int64_t t_ms, size_t i)
{
	const struct entry *c = &f->entries->cars[i];
	const struct f1p_hist_name *driver = past_name(f->past, F1P_HIST_DRIVER, c->driver_id);
	const struct f1p_hist_name *team = past_name(f->past, F1P_HIST_CONSTRUCTOR, c->constructor_id);
	struct f1p_ev_driver e = {
		.mask = F1P_DRIVER_CODE | F1P_DRIVER_NAME | F1P_DRIVER_TEAM | F1P_DRIVER_LINE, .car = c->car, .line = (uint16_t)(i + 1)};

	copy(e.code, sizeof(e.code), driver ? driver->code : "");
	copy(e.name, sizeof(e.name), driver ? driver->name : c->driver_id);
	copy(e.team, sizeof(e.team), team ? team->name : c->constructor_id);
	EMIT(f, t_ms, F1P_EV_DRIVER, e);
}

static void emit_stint(struct lap_fold *f, int64_t t_ms, size_t i, const struct f1p_hist_stint *s)
{
	struct f1p_ev_stint e = {.mask = F1P_STINT_COMPOUND | F1P_STINT_NEW | F1P_STINT_START | F1P_STINT_FIRST,
		.car = f->entries->cars[i].car,
		.index = (uint8_t)(s->stint - 1),
		.compound = (uint8_t)s->compound,
		.is_new = s->age_at_start == F1P_UNKNOWN ? F1P_TRI_UNKNOWN : s->age_at_start ? F1P_NO : F1P_YES,
		.start_laps = s->age_at_start == F1P_UNKNOWN ? 0 : s->age_at_start, /* most sets are new; the feed always tells one */
		.first_lap = s->first_lap};

	if (s->stint >= 1 && s->stint <= (int32_t)F1P_MAX_STINTS)
		EMIT(f, t_ms, F1P_EV_STINT, e);
}

static void emit_weather(struct lap_fold *f, const struct f1p_hist_weather *w)
{
	const struct {
		uint32_t bit;
		int32_t value;
	} known[] = {{F1P_WX_AIR, w->air_temp_dc}, {F1P_WX_TRACK, w->track_temp_dc}, {F1P_WX_HUMIDITY, w->humidity_dpct},
		{F1P_WX_PRESSURE, w->pressure_dhpa}, {F1P_WX_WIND_SPEED, w->wind_speed_dms}, {F1P_WX_WIND_DIR, w->wind_dir_deg}};
	struct f1p_ev_weather e = {.mask = w->rain != F1P_TRI_UNKNOWN ? F1P_WX_RAIN : 0,
		.air_temp_dc = w->air_temp_dc,
		.track_temp_dc = w->track_temp_dc,
		.humidity_dpct = w->humidity_dpct,
		.pressure_dhpa = w->pressure_dhpa,
		.wind_speed_dms = w->wind_speed_dms,
		.wind_dir_deg = w->wind_dir_deg,
		.rain = w->rain};

	for (size_t k = 0; k < sizeof(known) / sizeof(known[0]); k++)
		e.mask |= known[k].value != F1P_UNKNOWN ? known[k].bit : 0;
	EMIT(f, w->t_ms, F1P_EV_WEATHER, e);
}

/* ---- before the start ---- */

static void emit_grid(struct lap_fold *f, int64_t t_ms)
{
	for (size_t i = 0; i < f->entries->n; i++) {
		const struct entry *c = &f->entries->cars[i];
		if (!c->start)
			continue;
		f->order[c->start - 1] = (uint16_t)i;
		f->runners[i].position = c->start;
		f->n_order++;
		emit_car_value(f, t_ms, F1P_EV_CAR_GRID, i, c->grid);
		emit_car_value(f, t_ms, F1P_EV_CAR_POSITION, i, c->start);
		emit_in_pit(f, t_ms, i, c->grid == 0 ? F1P_YES : F1P_NO);
	}
}

static void emit_first_tyres(struct lap_fold *f, int64_t t_ms)
{
	for (size_t k = 0; k < f->n_stints; k++) {
		int i = starter_index(f, f->stints[k].driver_id);
		if (i >= 0 && f->stints[k].stint == 1)
			emit_stint(f, t_ms, (size_t)i, &f->stints[k]);
	}
}

static void apply_item(struct lap_fold *, const struct item *);

static int32_t scheduled_laps(const struct lap_fold *f, enum lap_fold_stage stage)
{
	int32_t laps = f->race_row->scheduled_laps;

	return stage != LAP_FOLD_BEFORE_SPRINT || laps < 1 ? laps : (laps * SPRINT_KM + RACE_KM - 1) / RACE_KM;
}

void lap_fold_begin(struct lap_fold *f, struct race *race, enum lap_fold_stage stage)
{
	int64_t t_start_ns = f->race_row->t_start_ns;
	struct f1p_ev_lap_count count = {.mask = F1P_LAPS_CURRENT | F1P_LAPS_TOTAL, .current = 1, .total = scheduled_laps(f, stage)};
	int32_t year = f->race_row->row.race_id / 100, round = f->race_row->row.race_id % 100;

	if (t_start_ns == F1P_UNKNOWN_NS) /* a day of about the right season: only the order of the races counts */
		t_start_ns = ((int64_t)(year - 1970) * 365 + 60 + round * 10) * DAY_MS * MS_NS;
	f->race = race;
	f->t_start_ns = stage == LAP_FOLD_QUALIFYING || stage == LAP_FOLD_BEFORE_SPRINT ? t_start_ns - DAY_MS * MS_NS : t_start_ns;
	f->seq = 0;
	f->next = f->n_order = 0;
	f->leader_laps = 0;
	f->track = F1P_TRACK_CLEAR;
	int64_t t_ms = stage == LAP_FOLD_BEFORE_QUALIFYING ? -(int64_t)DAY_MS - 3600 * SECOND_MS : -3600 * SECOND_MS;
	emit_session(f, t_ms, stage);
	for (size_t i = 0; i < f->entries->n; i++)
		if (stage < LAP_FOLD_BEFORE_RACE || f->entries->cars[i].start)
			emit_driver(f, t_ms, i);
	if (stage == LAP_FOLD_QUALIFYING)
		return;
	EMIT(f, t_ms, F1P_EV_LAP_COUNT, count);
	if (stage == LAP_FOLD_BEFORE_QUALIFYING)
		return;
	emit_value(f, t_ms, F1P_EV_TRACK_STATUS, F1P_TRACK_CLEAR);
	emit_grid(f, t_ms);
	if (stage == LAP_FOLD_BEFORE_SPRINT)
		return;
	for (; f->next < f->n_items && f->items[f->next].t_ms < 0; f->next++)
		apply_item(f, &f->items[f->next]);
	emit_first_tyres(f, -60 * SECOND_MS);
	for (size_t i = 0; i < F1P_MAX_CARS; i++) {
		f->runners[i].laps = 0;
		f->runners[i].out = f->runners[i].awaited = false;
	}
}

/* ---- the race ---- */

static uint8_t track_at(const struct lap_fold *f, int32_t t_ms)
{
	static const uint8_t worst_first[] = {F1P_TRACK_RED, F1P_TRACK_SC, F1P_TRACK_VSC};

	for (size_t k = 0; k < sizeof(worst_first); k++)
		for (size_t i = 0; i < f->n_neutral; i++)
			if (f->neutral[i].kind == worst_first[k] && f->neutral[i].t_start_ms <= t_ms && t_ms < f->neutral[i].t_end_ms)
				return worst_first[k];
	return F1P_TRACK_CLEAR;
}

static void change_track(struct lap_fold *f, int32_t t_ms)
{
	uint8_t track = track_at(f, t_ms);

	if (track == f->track)
		return;
	emit_value(f, t_ms, F1P_EV_TRACK_STATUS, track);
	if (track == F1P_TRACK_RED)
		emit_value(f, t_ms, F1P_EV_SESSION_STATUS, F1P_STATUS_ABORTED);
	else if (f->track == F1P_TRACK_RED)
		emit_value(f, t_ms, F1P_EV_SESSION_STATUS, F1P_STATUS_STARTED);
	f->track = track;
}

/* The car has ended one more lap: it stands behind those that had done so before. */
static void move_up(struct lap_fold *f, size_t car, int32_t t_ms)
{
	size_t from = (size_t)f->runners[car].position - 1, to = from;

	while (to > 0 && f->runners[f->order[to - 1]].laps < f->runners[car].laps)
		to--;
	memmove(&f->order[to + 1], &f->order[to], (from - to) * sizeof(f->order[0]));
	f->order[to] = (uint16_t)car;
	for (size_t k = to; k <= from; k++) {
		f->runners[f->order[k]].position = (uint16_t)(k + 1);
		emit_car_value(f, t_ms, F1P_EV_CAR_POSITION, f->order[k], (int32_t)k + 1);
	}
	if (from == to)
		emit_car_value(f, t_ms, F1P_EV_CAR_POSITION, car, (int32_t)to + 1);
}

static void emit_gap(struct lap_fold *f, size_t car, int32_t t_ms)
{
	const struct runner *r = &f->runners[car];
	const struct runner *ahead = r->position > 1 ? &f->runners[f->order[r->position - 2]] : NULL;
	struct f1p_ev_car_gap e = {.mask = F1P_GAP_LEADER | F1P_GAP_INTERVAL, .car = f->entries->cars[car].car};
	bool lapped = f->leader_laps > r->laps;

	e.gap_laps = f->leader_laps - r->laps;
	e.gap_ms = lapped ? F1P_UNKNOWN : t_ms - f->leader_ms[r->laps];
	e.interval_laps = ahead ? ahead->laps - r->laps : 0;
	e.interval_ms = !ahead || ahead->line_ms[r->laps] == NEVER || e.interval_laps ? F1P_UNKNOWN : t_ms - ahead->line_ms[r->laps];
	EMIT(f, t_ms, F1P_EV_CAR_GAP, e);
}

static void cross_line(struct lap_fold *f, const struct item *it)
{
	const struct f1p_hist_lap *l = &f->laps[it->row];
	struct runner *r = &f->runners[it->car];
	struct f1p_ev_car_lap e = {
		.mask = F1P_LAP_NUMBER | F1P_LAP_LAST, .car = f->entries->cars[it->car].car, .laps = it->lap, .last_ms = l->time_ms};
	struct f1p_ev_lap_count count = {.mask = F1P_LAPS_CURRENT, .current = it->lap + 1};

	if (l->row.flags & F1P_HISTL_IN)
		emit_in_pit(f, it->t_ms, it->car, F1P_YES);
	r->laps = it->lap;
	r->awaited = false;
	EMIT(f, it->t_ms, F1P_EV_CAR_LAP, e);
	move_up(f, it->car, it->t_ms);
	if (it->lap > f->leader_laps) {
		f->leader_laps = it->lap;
		if (it->lap < f->race_row->scheduled_laps)
			EMIT(f, it->t_ms, F1P_EV_LAP_COUNT, count);
	}
	emit_gap(f, it->car, it->t_ms);
}

static void leave_pit(struct lap_fold *f, const struct item *it)
{
	struct f1p_ev_pit e = {
		.car = f->entries->cars[it->car].car, .lap = it->lap, .lane_ms = (int32_t)it->row, .stationary_ms = F1P_UNKNOWN};

	emit_in_pit(f, it->t_ms, it->car, F1P_NO);
	if (it->row)
		EMIT(f, it->t_ms, F1P_EV_PIT_LANE_TIME, e);
}

static void give_up(struct lap_fold *f, const struct item *it)
{
	struct f1p_ev_car_status e = {.mask = F1P_CAR_RETIRED, .car = f->entries->cars[it->car].car, .retired = F1P_YES};

	EMIT(f, it->t_ms, F1P_EV_CAR_STATUS, e);
	f->runners[it->car].out = true;
	f->runners[it->car].awaited = false;
}

static void apply_item(struct lap_fold *f, const struct item *it)
{
	switch (it->what) {
	case TRACK_CHANGES:
		change_track(f, it->t_ms);
		break;
	case WEATHER_REPORT:
		emit_weather(f, &f->weather[it->row]);
		break;
	case PIT_EXIT:
		leave_pit(f, it);
		break;
	case NEW_TYRES:
		emit_stint(f, it->t_ms, it->car, &f->stints[it->row]);
		break;
	case GIVES_UP:
		give_up(f, it);
		break;
	case CROSSES_LINE:
		cross_line(f, it);
		break;
	default:
		emit_value(f, it->t_ms, F1P_EV_SESSION_STATUS, F1P_STATUS_FINISHED);
	}
}

static bool is_anybody_awaited(const struct lap_fold *f)
{
	for (size_t i = 0; i < f->n_order; i++)
		if (f->runners[f->order[i]].awaited)
			return true;
	return false;
}

/* The leader has ended a lap: now the others on it. */
static void wait_for_field(struct lap_fold *f)
{
	int32_t limit_ms = f->leader_ms[f->leader_laps] + WAIT_MS;

	for (size_t i = 0; i < f->n_order; i++) {
		struct runner *r = &f->runners[f->order[i]];
		r->awaited = !r->out && r->laps == f->leader_laps - 1;
	}
	for (; f->next < f->n_items && is_anybody_awaited(f); f->next++) {
		const struct item *it = &f->items[f->next];
		if (it->t_ms > limit_ms || (it->what == CROSSES_LINE && it->lap > f->leader_laps))
			break;
		apply_item(f, it);
	}
}

int32_t lap_fold_next(struct lap_fold *f, struct race *race)
{
	int32_t before = f->leader_laps;

	f->race = race;
	if (f->next < f->n_items && f->leader_laps == 0 && race_state(race)->status == F1P_STATUS_INACTIVE)
		emit_value(f, 0, F1P_EV_SESSION_STATUS, F1P_STATUS_STARTED);
	while (f->next < f->n_items) {
		apply_item(f, &f->items[f->next++]);
		if (f->leader_laps > before && f->leader_laps <= f->winner_laps) {
			wait_for_field(f);
			return f->leader_laps;
		}
	}
	return 0;
}
