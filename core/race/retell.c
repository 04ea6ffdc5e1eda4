#include "race/retell.h"
#include "race/race_internal.h"

struct teller {
	const struct f1p_state *st;
	void (*fn)(void *arg, struct f1p_event *);
	void *arg;
};

static void tell(const struct teller *t, uint16_t type, void *event, size_t size)
{
	struct f1p_event *h = event;

	h->size = (uint32_t)size;
	h->type = type;
	h->flags = F1P_EVF_SNAPSHOT;
	h->t_event_ns = t->st->t_event_ns;
	t->fn(t->arg, h);
}
#define TELL(t, type, event) tell((t), (type), (event), sizeof(*(event)))

static void tell_value(const struct teller *t, uint16_t type, int32_t value)
{
	struct f1p_ev_value e = {.value = value};

	TELL(t, type, &e);
}

static void tell_session(const struct teller *t)
{
	const struct f1p_state *st = t->st;
	struct f1p_ev_session e = {.session_key = st->session_key, .meeting_key = st->meeting_key, .circuit_key = st->circuit_key,
				   .year = st->year, .type = st->type, .number = st->number, .t_start_ns = st->t_start_ns,
				   .t_end_ns = st->t_end_ns, .gmt_offset_s = st->gmt_offset_s};

	if (st->type == F1P_SESSION_UNKNOWN && !st->session_key && st->t_start_ns == F1P_UNKNOWN_NS) {
		return;
	}
	copy_text(e.name, sizeof(e.name), st->name, sizeof(st->name));
	copy_text(e.meeting, sizeof(e.meeting), st->meeting, sizeof(st->meeting));
	copy_text(e.circuit, sizeof(e.circuit), st->circuit, sizeof(st->circuit));
	copy_text(e.location, sizeof(e.location), st->location, sizeof(st->location));
	copy_text(e.country, sizeof(e.country), st->country, sizeof(st->country));
	copy_text(e.path, sizeof(e.path), st->path, sizeof(st->path));
	TELL(t, F1P_EV_SESSION, &e);
}

static void tell_progress(const struct teller *t)
{
	const struct f1p_state *st = t->st;
	struct f1p_ev_lap_count laps = {.total = st->total_laps, .current = st->lap};
	struct f1p_ev_clock clock = {.remaining_ms = st->clock_remaining_ms, .t_at_ns = st->t_clock_ns, .running = st->clock_running};

	if (st->status != F1P_STATUS_UNKNOWN) {
		struct f1p_ev_session_status e = {.value = st->status, .t_first_start_ns = st->t_green_ns};

		TELL(t, F1P_EV_SESSION_STATUS, &e);
	}
	if (st->part) {
		tell_value(t, F1P_EV_SESSION_PART, st->part);
	}
	laps.mask = (st->total_laps != F1P_UNKNOWN ? F1P_LAPS_TOTAL : 0) | (st->lap != F1P_UNKNOWN ? F1P_LAPS_CURRENT : 0);
	if (laps.mask) {
		TELL(t, F1P_EV_LAP_COUNT, &laps);
	}
	clock.mask = (st->clock_remaining_ms != F1P_UNKNOWN ? F1P_CLOCK_REMAINING : 0) |
		     (st->t_clock_ns != F1P_UNKNOWN_NS ? F1P_CLOCK_AT : 0) |
		     (st->clock_running != F1P_TRI_UNKNOWN ? F1P_CLOCK_RUNNING : 0);
	if (clock.mask) {
		TELL(t, F1P_EV_CLOCK, &clock);
	}
}

static void tell_driver(const struct teller *t, const struct f1p_car *car)
{
	struct f1p_ev_driver e = {.car = car->number, .line = car->listed, .colour_rgb = car->colour_rgb};

	e.mask = (car->code[0] ? F1P_DRIVER_CODE : 0) | (car->name[0] ? F1P_DRIVER_NAME : 0) | (car->team[0] ? F1P_DRIVER_TEAM : 0) |
		 (car->country[0] ? F1P_DRIVER_COUNTRY : 0) | (car->colour_rgb ? F1P_DRIVER_COLOUR : 0) |
		 (car->listed ? F1P_DRIVER_LINE : 0);
	copy_text(e.code, sizeof(e.code), car->code, sizeof(car->code));
	copy_text(e.name, sizeof(e.name), car->name, sizeof(car->name));
	copy_text(e.team, sizeof(e.team), car->team, sizeof(car->team));
	copy_text(e.country, sizeof(e.country), car->country, sizeof(car->country));
	if (e.mask) {
		TELL(t, F1P_EV_DRIVER, &e);
	}
}

static void tell_places(const struct teller *t, const struct f1p_car *car)
{
	struct f1p_ev_car_value e = {.car = car->number};
	struct f1p_ev_car_gap gap = {.car = car->number, .catching = car->catching, .gap_ms = car->gap_ms, .gap_laps = car->gap_laps,
				     .interval_ms = car->interval_ms, .interval_laps = car->interval_laps};

	if (car->grid != F1P_UNKNOWN) {
		e.value = car->grid;
		TELL(t, F1P_EV_CAR_GRID, &e);
	}
	if (car->position != F1P_UNKNOWN) {
		e.value = car->position;
		TELL(t, F1P_EV_CAR_POSITION, &e);
	}
	gap.mask = (car->gap_ms != F1P_UNKNOWN || car->gap_laps ? F1P_GAP_LEADER : 0) |
		   (car->interval_ms != F1P_UNKNOWN || car->interval_laps ? F1P_GAP_INTERVAL : 0) |
		   (car->catching != F1P_TRI_UNKNOWN ? F1P_GAP_CATCHING : 0);
	if (gap.mask) {
		TELL(t, F1P_EV_CAR_GAP, &gap);
	}
}

static void tell_status(const struct teller *t, const struct f1p_car *car)
{
	struct f1p_ev_car_status e = {.car = car->number, .in_pit = car->in_pit, .pit_out = car->pit_out, .retired = car->retired,
				      .stopped = car->stopped, .knocked_out = car->knocked_out, .cutoff = car->cutoff,
				      .shown = car->shown, .pit_stops = car->pit_stops};
	bool flagged = car->retired_how == F1P_RETIRED_FLAG || car->retired_how == F1P_RETIRED_NOT;

	e.mask = (car->in_pit != F1P_TRI_UNKNOWN ? F1P_CAR_IN_PIT : 0) | (car->pit_out != F1P_TRI_UNKNOWN ? F1P_CAR_PIT_OUT : 0) |
		 (flagged ? F1P_CAR_RETIRED : 0) | (car->stopped != F1P_TRI_UNKNOWN ? F1P_CAR_STOPPED : 0) |
		 (car->knocked_out != F1P_TRI_UNKNOWN ? F1P_CAR_KNOCKED_OUT : 0) |
		 (car->cutoff != F1P_TRI_UNKNOWN ? F1P_CAR_CUTOFF : 0) | (car->shown != F1P_TRI_UNKNOWN ? F1P_CAR_SHOWN : 0) |
		 (car->pit_stops != F1P_UNKNOWN ? F1P_CAR_PIT_STOPS : 0);
	if (e.mask) {
		TELL(t, F1P_EV_CAR_STATUS, &e);
	}
}

static void tell_sectors(const struct teller *t, const struct f1p_car *car)
{
	for (uint8_t i = 0; i < 3; i++) {
		struct f1p_ev_car_sector e = {.car = car->number, .sector = i, .overall = car->sector_overall[i],
					      .time_ms = car->sector_ms[i], .personal = car->sector_personal[i]};

		e.mask = (car->sector_ms[i] != F1P_UNKNOWN ? F1P_SECTOR_TIME : 0) |
			 (car->sector_overall[i] != F1P_TRI_UNKNOWN ? F1P_SECTOR_OVERALL : 0) |
			 (car->sector_personal[i] != F1P_TRI_UNKNOWN ? F1P_SECTOR_PERSONAL : 0);
		if (e.mask) {
			TELL(t, F1P_EV_CAR_SECTOR, &e);
		}
	}
	for (uint8_t i = 0; i < 4; i++) {
		struct f1p_ev_car_speed e = {.car = car->number, .trap = (uint8_t)(F1P_TRAP_I1 + i), .speed_kmh = car->speed_kmh[i]};

		if (e.speed_kmh != F1P_UNKNOWN) {
			TELL(t, F1P_EV_CAR_SPEED, &e);
		}
	}
}

static void tell_history(const struct teller *t, const struct f1p_car *car)
{
	for (uint16_t i = 0; i < car->n_laps; i++) {
		const struct f1p_lap *lap = &car->history[i];
		struct f1p_ev_lap_record e = {.mask = F1P_RECORD_TIME | F1P_RECORD_OUT_LAP, .car = car->number,
					      .out_lap = lap->flags & F1P_LAPF_OUT ? F1P_YES : F1P_NO, .lap = i + 1,
					      .time_ms = lap->time_ms};

		if (lap->time_ms != F1P_UNKNOWN && !(lap->flags & F1P_LAPF_INFERRED)) {
			TELL(t, F1P_EV_LAP_RECORD, &e);
		}
	}
}

/* The number of a lap may come before its time: then last_ms is still that of the lap before. */
static bool knows_last(const struct f1p_car *car)
{
	const struct f1p_lap *newest = car->n_laps > 0 && car->n_laps == car->laps ? &car->history[car->n_laps - 1] : NULL;

	return car->last_ms != F1P_UNKNOWN &&
	       (!newest || (newest->time_ms == car->last_ms && !(newest->flags & F1P_LAPF_INFERRED)));
}

static void tell_laps(const struct teller *t, const struct f1p_car *car)
{
	struct f1p_ev_car_lap e = {.car = car->number, .last_overall = car->last_overall, .last_personal = car->last_personal,
				   .laps = car->laps, .last_ms = car->last_ms, .best_ms = car->best_ms, .best_lap = car->best_lap};

	e.mask = (car->laps != F1P_UNKNOWN ? F1P_LAP_NUMBER : 0) | (knows_last(car) ? F1P_LAP_LAST : 0) |
		 (car->best_ms != F1P_UNKNOWN ? F1P_LAP_BEST : 0) | (car->best_lap != F1P_UNKNOWN ? F1P_LAP_BEST_LAP : 0) |
		 (car->last_overall != F1P_TRI_UNKNOWN ? F1P_LAP_LAST_OVERALL : 0) |
		 (car->last_personal != F1P_TRI_UNKNOWN ? F1P_LAP_LAST_PERSONAL : 0);
	if (e.mask) {
		TELL(t, F1P_EV_CAR_LAP, &e);
	}
	for (uint8_t part = 1; part <= 3; part++) {
		struct f1p_ev_car_best best = {.car = car->number, .part = part, .best_ms = car->part_best_ms[part - 1],
					       .lap = F1P_UNKNOWN};

		if (best.best_ms != F1P_UNKNOWN) {
			TELL(t, F1P_EV_CAR_BEST, &best);
		}
	}
	tell_history(t, car);
}

static void tell_pit(const struct teller *t, const struct f1p_car *car)
{
	struct f1p_ev_pit e = {.car = car->number, .lap = car->last_pit_lap, .lane_ms = car->last_pit_lane_ms,
			       .stationary_ms = F1P_UNKNOWN};

	if (e.lane_ms != F1P_UNKNOWN) {
		TELL(t, F1P_EV_PIT_LANE_TIME, &e);
	}
}

static void tell_tyres(const struct teller *t, const struct f1p_car *car)
{
	const uint32_t of_set = F1P_STINT_COMPOUND | F1P_STINT_NEW;
	struct f1p_ev_stint now = {.mask = of_set, .car = car->number, .index = 255, .compound = car->compound, .is_new = car->tyre_new};

	for (uint8_t k = 0; k < car->n_stints; k++) {
		const struct f1p_stint *s = &car->stints[k];
		struct f1p_ev_stint e = {.mask = of_set | F1P_STINT_TOTAL | F1P_STINT_START | F1P_STINT_NOT_CHANGED,
					 .car = car->number, .index = k, .compound = s->compound, .is_new = s->is_new,
					 .not_changed = s->not_changed, .total_laps = s->total_laps, .start_laps = s->start_laps};

		if (s->first_lap >= 1) {
			e.mask |= F1P_STINT_FIRST;
			e.first_lap = s->first_lap;
		}
		TELL(t, F1P_EV_STINT, &e);
	}
	if (car->compound != F1P_TYRE_UNKNOWN &&
	    (car->n_stints == 0 || car->stints[car->n_stints - 1].compound == F1P_TYRE_UNKNOWN)) {
		TELL(t, F1P_EV_TYRE, &now);
	}
}

static void tell_car(const struct teller *t, uint32_t kinds, const struct f1p_car *car)
{
	if (kinds & 1u << F1P_DATA_DRIVERS) {
		tell_driver(t, car);
	}
	if (kinds & 1u << F1P_DATA_TIMING) {
		tell_places(t, car);
		tell_status(t, car);
		tell_sectors(t, car);
	}
	if (kinds & 1u << F1P_DATA_LAPS) {
		tell_laps(t, car);
	}
	if (kinds & 1u << F1P_DATA_PIT) {
		tell_pit(t, car);
	}
	if (kinds & 1u << F1P_DATA_TYRES) {
		tell_tyres(t, car);
	}
}

static void tell_top_three(const struct teller *t)
{
	for (int32_t rank = 1; rank <= 3; rank++) {
		struct f1p_ev_car_value e = {.car = t->st->top3[rank - 1], .value = rank};

		if (e.car) {
			TELL(t, F1P_EV_TOP_THREE, &e);
		}
	}
}

static void tell_weather(const struct teller *t)
{
	const struct f1p_weather *w = &t->st->weather;
	struct f1p_ev_weather e = {.air_temp_dc = w->air_temp_dc, .track_temp_dc = w->track_temp_dc, .humidity_dpct = w->humidity_dpct,
				   .pressure_dhpa = w->pressure_dhpa, .wind_speed_dms = w->wind_speed_dms,
				   .wind_dir_deg = w->wind_dir_deg, .rain = w->rain};

	e.mask = (w->air_temp_dc != F1P_UNKNOWN ? F1P_WX_AIR : 0) | (w->track_temp_dc != F1P_UNKNOWN ? F1P_WX_TRACK : 0) |
		 (w->humidity_dpct != F1P_UNKNOWN ? F1P_WX_HUMIDITY : 0) | (w->pressure_dhpa != F1P_UNKNOWN ? F1P_WX_PRESSURE : 0) |
		 (w->wind_speed_dms != F1P_UNKNOWN ? F1P_WX_WIND_SPEED : 0) | (w->wind_dir_deg != F1P_UNKNOWN ? F1P_WX_WIND_DIR : 0) |
		 (w->rain != F1P_TRI_UNKNOWN ? F1P_WX_RAIN : 0);
	if (e.mask) {
		TELL(t, F1P_EV_WEATHER, &e);
	}
}

static void tell_outlook(const struct teller *t)
{
	const struct f1p_outlook *o = &t->st->outlook;
	struct f1p_ev_outlook e = {.n_steps = o->n_steps};

	if (o->n_steps == 0) {
		return;
	}
	copy_text(e.provider, sizeof(e.provider), o->provider, sizeof(o->provider));
	for (uint32_t i = 0; i < o->n_steps; i++) {
		e.steps[i] = o->steps[i];
	}
	e.h = (struct f1p_event){.size = sizeof(e), .type = F1P_EV_OUTLOOK, .flags = F1P_EVF_SNAPSHOT, .t_event_ns = o->t_ns};
	t->fn(t->arg, &e.h);
}

static void tell_messages(const struct teller *t)
{
	for (uint16_t i = 0; i < t->st->n_messages; i++) {
		const struct f1p_message *m = &t->st->messages[i];
		struct f1p_ev_race_control e = {.index = m->index, .car = m->car, .lap = m->lap, .t_utc_ns = m->t_utc_ns,
						.category = m->category, .flag = m->flag, .scope = m->scope, .mode = m->mode,
						.status = m->status, .sector = m->sector};

		copy_text(e.text, sizeof(e.text), m->text, sizeof(m->text));
		TELL(t, F1P_EV_RACE_CONTROL, &e);
	}
}

void race_retell(const struct f1p_state *st, uint32_t kinds, uint16_t car, void (*fn)(void *arg, struct f1p_event *), void *arg)
{
	const struct teller t = {st, fn, arg};

	if (!car && kinds & 1u << F1P_DATA_SESSION) {
		tell_session(&t);
	}
	if (!car && kinds & 1u << F1P_DATA_TRACK && st->track != F1P_TRACK_UNKNOWN) {
		tell_value(&t, F1P_EV_TRACK_STATUS, st->track);
	}
	for (size_t i = 0; i < st->n_cars; i++) {
		if (!car || st->cars[i].number == car) {
			tell_car(&t, kinds, &st->cars[i]);
		}
	}
	if (car) {
		return;
	}
	if (kinds & 1u << F1P_DATA_TIMING) {
		tell_top_three(&t);
	}
	if (kinds & 1u << F1P_DATA_SESSION) {
		tell_progress(&t);
	}
	if (kinds & 1u << F1P_DATA_WEATHER) {
		tell_weather(&t);
	}
	if (kinds & 1u << F1P_DATA_OUTLOOK) {
		tell_outlook(&t);
	}
	if (kinds & 1u << F1P_DATA_MESSAGES) {
		tell_messages(&t);
	}
}
