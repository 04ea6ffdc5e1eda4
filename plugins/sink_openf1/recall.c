#include "recall.h"

#include <string.h>

#define NS_PER_MS INT64_C(1000000)

struct teller {
	struct sessions *to;
	const struct f1p_state *st;
	f1p_status status;
};

static void tell(struct teller *t, uint16_t type, void *event, size_t size, int64_t t_ns)
{
	f1p_status status = F1P_OK;

	*(struct f1p_event *)event =
		(struct f1p_event){.size = (uint32_t)size, .space = F1P_SPACE_CORE, .type = type, .t_event_ns = t_ns};
	status = sessions_take(t->to, event);
	t->status = t->status == F1P_OK ? status : t->status;
}
#define TELL(t, type, ...) tell((t), (type), &(__VA_ARGS__), sizeof(__VA_ARGS__), (t)->st->t_event_ns)

static void tell_session(struct teller *t)
{
	const struct f1p_state *st = t->st;
	struct f1p_ev_session ev = {.session_key = st->session_key,
		.meeting_key = st->meeting_key,
		.circuit_key = st->circuit_key,
		.year = st->year,
		.type = st->type,
		.number = st->number,
		.t_start_ns = st->t_start_ns,
		.t_end_ns = st->t_end_ns,
		.gmt_offset_s = st->gmt_offset_s};

	memcpy(ev.name, st->name, sizeof(ev.name));
	memcpy(ev.meeting, st->meeting, sizeof(ev.meeting));
	memcpy(ev.circuit, st->circuit, sizeof(ev.circuit));
	memcpy(ev.location, st->location, sizeof(ev.location));
	memcpy(ev.country, st->country, sizeof(ev.country));
	memcpy(ev.path, st->path, sizeof(ev.path));
	tell(t, F1P_EV_SESSION, &ev, sizeof(ev), st->t_event_ns);
	if (st->t_green_ns != F1P_UNKNOWN_NS) {
		tell(t, F1P_EV_SESSION_STATUS, &(struct f1p_ev_value){.value = F1P_STATUS_STARTED}, sizeof(struct f1p_ev_value),
			st->t_green_ns);
	}
	TELL(t, F1P_EV_SESSION_PART, (struct f1p_ev_value){.value = st->part});
}

static void tell_messages(struct teller *t)
{
	for (uint16_t i = 0; i < t->st->n_messages && i < F1P_MAX_MESSAGES; i++) {
		const struct f1p_message *m = &t->st->messages[i];
		struct f1p_ev_race_control ev = {.index = m->index,
			.car = m->car,
			.lap = m->lap,
			.t_utc_ns = m->t_utc_ns,
			.category = m->category,
			.flag = m->flag,
			.scope = m->scope,
			.mode = m->mode,
			.status = m->status,
			.sector = m->sector};

		memcpy(ev.text, m->text, sizeof(ev.text));
		tell(t, F1P_EV_RACE_CONTROL, &ev, sizeof(ev), t->st->t_event_ns);
	}
}

static void tell_weather(struct teller *t)
{
	const struct f1p_weather *w = &t->st->weather;
	struct f1p_ev_weather ev = {.air_temp_dc = w->air_temp_dc,
		.track_temp_dc = w->track_temp_dc,
		.humidity_dpct = w->humidity_dpct,
		.pressure_dhpa = w->pressure_dhpa,
		.wind_speed_dms = w->wind_speed_dms,
		.wind_dir_deg = w->wind_dir_deg,
		.rain = w->rain};

	ev.mask =
		F1P_WX_AIR | F1P_WX_TRACK | F1P_WX_HUMIDITY | F1P_WX_PRESSURE | F1P_WX_WIND_SPEED | F1P_WX_WIND_DIR | F1P_WX_RAIN;
	if (w->t_ns != F1P_UNKNOWN_NS && w->t_ns > 0) {
		tell(t, F1P_EV_WEATHER, &ev, sizeof(ev), w->t_ns);
	}
}

static void tell_driver(struct teller *t, const struct f1p_car *car)
{
	struct f1p_ev_driver ev = {.car = car->number, .line = car->listed, .colour_rgb = car->colour_rgb};

	ev.mask = (car->code[0] != '\0' ? F1P_DRIVER_CODE : 0) | (car->name[0] != '\0' ? F1P_DRIVER_NAME : 0) |
		  (car->team[0] != '\0' ? F1P_DRIVER_TEAM : 0) | (car->country[0] != '\0' ? F1P_DRIVER_COUNTRY : 0);
	ev.mask |= ev.mask != 0 ? F1P_DRIVER_COLOUR : 0;
	memcpy(ev.code, car->code, sizeof(ev.code));
	memcpy(ev.country, car->country, sizeof(ev.country));
	memcpy(ev.name, car->name, sizeof(ev.name));
	memcpy(ev.team, car->team, sizeof(ev.team));
	tell(t, F1P_EV_DRIVER, &ev, sizeof(ev), t->st->t_event_ns);
}

static int64_t line_ns(const struct f1p_state *st, const struct f1p_car *car, uint16_t laps)
{
	int32_t elapsed_ms = laps > 0 ? car->history[laps - 1].elapsed_ms : F1P_UNKNOWN;

	return elapsed_ms != F1P_UNKNOWN && st->t_green_ns != F1P_UNKNOWN_NS ? st->t_green_ns + elapsed_ms * NS_PER_MS
									     : F1P_UNKNOWN_NS;
}

static void tell_laps(struct teller *t, const struct f1p_car *car)
{
	for (uint16_t i = 0; i < car->n_laps && i < F1P_MAX_LAPS; i++) {
		const struct f1p_lap *lap = &car->history[i];
		bool told = lap->time_ms != F1P_UNKNOWN && !(lap->flags & F1P_LAPF_INFERRED);

		TELL(t, F1P_EV_LAP_RECORD,
			(struct f1p_ev_lap_record){.mask = F1P_RECORD_TIME | F1P_RECORD_OUT_LAP | F1P_RECORD_START,
				.car = car->number,
				.lap = i + 1,
				.time_ms = told ? lap->time_ms : F1P_UNKNOWN,
				.out_lap = lap->flags & F1P_LAPF_OUT ? F1P_YES : F1P_NO,
				.t_lap_start_ns = line_ns(t->st, car, i)});
	}
	if (car->laps != F1P_UNKNOWN) {
		TELL(t, F1P_EV_CAR_LAP, (struct f1p_ev_car_lap){.mask = F1P_LAP_NUMBER, .car = car->number, .laps = car->laps});
	}
	if (car->best_ms != F1P_UNKNOWN) {
		TELL(t, F1P_EV_CAR_BEST,
			(struct f1p_ev_car_best){.car = car->number, .best_ms = car->best_ms, .lap = car->best_lap});
	}
	for (uint8_t part = 1; part <= 3; part++) {
		TELL(t, F1P_EV_CAR_BEST,
			(struct f1p_ev_car_best){
				.car = car->number, .part = part, .best_ms = car->part_best_ms[part - 1], .lap = F1P_UNKNOWN});
	}
}

static void tell_stints(struct teller *t, const struct f1p_car *car)
{
	for (uint8_t i = 0; i < car->n_stints && i < F1P_MAX_STINTS; i++) {
		const struct f1p_stint *s = &car->stints[i];

		TELL(t, F1P_EV_STINT,
			(struct f1p_ev_stint){.mask = F1P_STINT_COMPOUND | F1P_STINT_TOTAL | F1P_STINT_START | F1P_STINT_FIRST,
				.car = car->number,
				.index = i,
				.compound = s->compound,
				.total_laps = s->total_laps,
				.start_laps = s->start_laps,
				.first_lap = s->first_lap});
	}
	if (car->last_pit_lap != F1P_UNKNOWN && car->last_pit_lane_ms != F1P_UNKNOWN) {
		TELL(t, F1P_EV_PIT_LANE_TIME,
			(struct f1p_ev_pit){.car = car->number,
				.lap = car->last_pit_lap,
				.lane_ms = car->last_pit_lane_ms,
				.stationary_ms = F1P_UNKNOWN});
	}
}

static void tell_places(struct teller *t, const struct f1p_car *car)
{
	if (car->grid != F1P_UNKNOWN) {
		TELL(t, F1P_EV_CAR_GRID, (struct f1p_ev_car_value){.car = car->number, .value = car->grid});
	}
	if (car->position != F1P_UNKNOWN) {
		TELL(t, F1P_EV_CAR_POSITION, (struct f1p_ev_car_value){.car = car->number, .value = car->position});
	}
	if (car->gap_ms != F1P_UNKNOWN || car->gap_laps > 0) {
		TELL(t, F1P_EV_CAR_GAP,
			(struct f1p_ev_car_gap){.mask = F1P_GAP_LEADER | F1P_GAP_INTERVAL,
				.car = car->number,
				.gap_ms = car->gap_ms,
				.gap_laps = car->gap_laps,
				.interval_ms = car->interval_ms,
				.interval_laps = car->interval_laps});
	}
	TELL(t, F1P_EV_CAR_STATUS,
		(struct f1p_ev_car_status){.mask = F1P_CAR_RETIRED | F1P_CAR_IN_PIT,
			.car = car->number,
			.retired = car->retired,
			.in_pit = car->in_pit});
}

f1p_status recall_state(struct sessions *to, const struct f1p_state *st)
{
	struct teller t = {.to = to, .st = st, .status = F1P_OK};

	if (st->session_key == 0 && st->n_cars == 0) {
		return F1P_OK;
	}
	tell_session(&t);
	tell_messages(&t);
	tell_weather(&t);
	for (uint16_t i = 0; i < st->n_cars && i < F1P_MAX_CARS; i++) {
		tell_driver(&t, &st->cars[i]);
		tell_laps(&t, &st->cars[i]);
		tell_stints(&t, &st->cars[i]);
		tell_places(&t, &st->cars[i]);
	}
	if (st->status > F1P_STATUS_STARTED) {
		TELL(&t, F1P_EV_SESSION_STATUS, (struct f1p_ev_value){.value = st->status});
	}
	return t.status;
}
