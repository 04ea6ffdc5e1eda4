#include "race/noop.h"
#include "race/race_internal.h"
#include <string.h>

#define SAME_MESSAGE_NS (2 * NS_PER_S) /* feeds round the times of one message differently */
#define DIFFERS(e, bit, a, b) (((e)->mask & (bit)) && (a) != (b))

bool race_is_empty(const struct f1p_state *st)
{
	return st->n_cars == 0 && st->session_key == 0 && st->type == F1P_SESSION_UNKNOWN && st->name[0] == '\0';
}

static bool text_differs(const char *kept, size_t kept_size, const char *told, size_t told_size)
{
	size_t n = strnlen(told, told_size < kept_size - 1 ? told_size : kept_size - 1);

	return strlen(kept) != n || memcmp(kept, told, n) != 0;
}
#define TEXT_DIFFERS(kept, told) text_differs((kept), sizeof(kept), (told), sizeof(told))

bool race_is_session(const struct f1p_state *st, const struct f1p_ev_session *e)
{
	if (st->session_key && e->session_key) {
		return st->session_key == e->session_key;
	}
	return st->year == e->year && st->type == e->type && !TEXT_DIFFERS(st->name, e->name);
}

static bool session_changes(struct race *r, const struct f1p_event *ev)
{
	const struct f1p_ev_session *e = (const struct f1p_ev_session *)ev;
	const struct f1p_state *st = &r->now.st;

	return r->before_valid || st->session_key != e->session_key || st->meeting_key != e->meeting_key ||
	       st->circuit_key != e->circuit_key || st->year != e->year || st->type != e->type || st->number != e->number ||
	       st->t_start_ns != e->t_start_ns || st->t_end_ns != e->t_end_ns || st->gmt_offset_s != e->gmt_offset_s ||
	       TEXT_DIFFERS(st->name, e->name) || TEXT_DIFFERS(st->meeting, e->meeting) || TEXT_DIFFERS(st->circuit, e->circuit) ||
	       TEXT_DIFFERS(st->location, e->location) || TEXT_DIFFERS(st->country, e->country) || TEXT_DIFFERS(st->path, e->path);
}

static bool status_changes(struct race *r, const struct f1p_event *ev)
{
	return ((const struct f1p_ev_value *)ev)->value != r->now.st.status || first_start_ns(&r->now, ev) != F1P_UNKNOWN_NS;
}

static bool part_changes(struct race *r, const struct f1p_event *ev)
{
	return ((const struct f1p_ev_value *)ev)->value != r->now.st.part;
}

static bool track_changes(struct race *r, const struct f1p_event *ev)
{
	return ((const struct f1p_ev_value *)ev)->value != r->now.st.track;
}

static bool lap_count_changes(struct race *r, const struct f1p_event *ev)
{
	const struct f1p_ev_lap_count *e = (const struct f1p_ev_lap_count *)ev;

	return DIFFERS(e, F1P_LAPS_TOTAL, e->total, r->now.st.total_laps) ||
	       DIFFERS(e, F1P_LAPS_CURRENT, e->current, r->now.st.lap) || ((e->mask & F1P_LAPS_CURRENT) && !r->now.lap_count_seen);
}

static bool clock_changes(struct race *r, const struct f1p_event *ev)
{
	const struct f1p_ev_clock *e = (const struct f1p_ev_clock *)ev;
	const struct f1p_state *st = &r->now.st;

	return DIFFERS(e, F1P_CLOCK_REMAINING, e->remaining_ms, st->clock_remaining_ms) ||
	       DIFFERS(e, F1P_CLOCK_AT, e->t_at_ns, st->t_clock_ns) || DIFFERS(e, F1P_CLOCK_RUNNING, e->running, st->clock_running);
}

/* For all that a known car tells: an unknown car is news, whatever it says. */
#define KNOWN_CAR(r, e)                                                                                                          \
	struct f1p_car *car = fold_find_car(&(r)->now, (e)->car);                                                                \
	if (!car) {                                                                                                              \
		return (r)->now.st.n_cars < F1P_MAX_CARS;                                                                        \
	}

static bool driver_changes(struct race *r, const struct f1p_event *ev)
{
	const struct f1p_ev_driver *e = (const struct f1p_ev_driver *)ev;
	KNOWN_CAR(r, e)

	return ((e->mask & F1P_DRIVER_CODE) && TEXT_DIFFERS(car->code, e->code)) ||
	       ((e->mask & F1P_DRIVER_NAME) && TEXT_DIFFERS(car->name, e->name)) ||
	       ((e->mask & F1P_DRIVER_TEAM) && TEXT_DIFFERS(car->team, e->team)) ||
	       ((e->mask & F1P_DRIVER_COUNTRY) && TEXT_DIFFERS(car->country, e->country)) ||
	       DIFFERS(e, F1P_DRIVER_COLOUR, e->colour_rgb, car->colour_rgb) || DIFFERS(e, F1P_DRIVER_LINE, e->line, car->listed);
}

static bool position_changes(struct race *r, const struct f1p_event *ev)
{
	const struct f1p_ev_car_value *e = (const struct f1p_ev_car_value *)ev;
	const struct f1p_lap *lap;
	KNOWN_CAR(r, e)

	lap = fresh_lap(car, ev->t_event_ns);
	return car->position != e->value || (lap && e->value > 0 && lap->position != e->value);
}

static bool grid_changes(struct race *r, const struct f1p_event *ev)
{
	const struct f1p_ev_car_value *e = (const struct f1p_ev_car_value *)ev;
	KNOWN_CAR(r, e)

	return car->grid != e->value;
}

static bool gap_changes(struct race *r, const struct f1p_event *ev)
{
	const struct f1p_ev_car_gap *e = (const struct f1p_ev_car_gap *)ev;
	const struct f1p_lap *lap;
	KNOWN_CAR(r, e)

	lap = fresh_lap(car, ev->t_event_ns);
	return DIFFERS(e, F1P_GAP_LEADER, e->gap_ms, car->gap_ms) || DIFFERS(e, F1P_GAP_LEADER, e->gap_laps, car->gap_laps) ||
	       DIFFERS(e, F1P_GAP_INTERVAL, e->interval_ms, car->interval_ms) ||
	       DIFFERS(e, F1P_GAP_INTERVAL, e->interval_laps, car->interval_laps) ||
	       DIFFERS(e, F1P_GAP_CATCHING, e->catching, car->catching) || (lap && DIFFERS(e, F1P_GAP_LEADER, e->gap_ms, lap->gap_ms)) ||
	       (lap && DIFFERS(e, F1P_GAP_INTERVAL, e->interval_ms, lap->interval_ms));
}

static bool last_changes(struct f1p_car *car, const struct f1p_ev_car_lap *e)
{
	const struct f1p_lap *lap = lap_of_time(car, e->h.t_event_ns);

	if (e->last_ms != car->last_ms) {
		return true;
	}
	if (e->last_ms == F1P_UNKNOWN) {
		return false;
	}
	if (lap) {
		return lap->time_ms != e->last_ms || (lap->flags & F1P_LAPF_INFERRED);
	}
	return !(e->h.flags & F1P_EVF_SNAPSHOT); /* kept for the crossing that comes */
}

static bool car_lap_changes(struct race *r, const struct f1p_event *ev)
{
	const struct f1p_ev_car_lap *e = (const struct f1p_ev_car_lap *)ev;
	KNOWN_CAR(r, e)

	return DIFFERS(e, F1P_LAP_NUMBER, e->laps, car->laps) || ((e->mask & F1P_LAP_LAST) && last_changes(car, e)) ||
	       DIFFERS(e, F1P_LAP_BEST, e->best_ms, car->best_ms) || DIFFERS(e, F1P_LAP_BEST_LAP, e->best_lap, car->best_lap) ||
	       DIFFERS(e, F1P_LAP_LAST_OVERALL, e->last_overall, car->last_overall) ||
	       DIFFERS(e, F1P_LAP_LAST_PERSONAL, e->last_personal, car->last_personal);
}

static bool retirement_changes(const struct fold *f, const struct f1p_car *car, const struct f1p_ev_car_status *e)
{
	struct car_memory m = f->mem[car - f->st.cars];

	if (e->mask & F1P_CAR_RETIRED) {
		m.flagged_retired = e->retired;
	}
	if (e->mask & F1P_CAR_STOPPED && e->stopped != F1P_YES) {
		m.silent = false;
	}
	return e->mask & (F1P_CAR_RETIRED | F1P_CAR_STOPPED) && retirement_decide(f, car, &m) != car->retired_how;
}

static bool car_status_changes(struct race *r, const struct f1p_event *ev)
{
	const struct f1p_ev_car_status *e = (const struct f1p_ev_car_status *)ev;
	KNOWN_CAR(r, e)

	return DIFFERS(e, F1P_CAR_IN_PIT, e->in_pit, car->in_pit) || DIFFERS(e, F1P_CAR_PIT_OUT, e->pit_out, car->pit_out) ||
	       DIFFERS(e, F1P_CAR_STOPPED, e->stopped, car->stopped) || retirement_changes(&r->now, car, e) ||
	       DIFFERS(e, F1P_CAR_KNOCKED_OUT, e->knocked_out, car->knocked_out) ||
	       DIFFERS(e, F1P_CAR_CUTOFF, e->cutoff, car->cutoff) || DIFFERS(e, F1P_CAR_SHOWN, e->shown, car->shown) ||
	       DIFFERS(e, F1P_CAR_PIT_STOPS, e->pit_stops, car->pit_stops);
}

static bool sector_changes(struct race *r, const struct f1p_event *ev)
{
	const struct f1p_ev_car_sector *e = (const struct f1p_ev_car_sector *)ev;
	KNOWN_CAR(r, e)

	return DIFFERS(e, F1P_SECTOR_TIME, e->time_ms, car->sector_ms[e->sector]) ||
	       DIFFERS(e, F1P_SECTOR_OVERALL, e->overall, car->sector_overall[e->sector]) ||
	       DIFFERS(e, F1P_SECTOR_PERSONAL, e->personal, car->sector_personal[e->sector]);
}

static bool segment_changes(struct race *r, const struct f1p_event *ev)
{
	KNOWN_CAR(r, (const struct f1p_ev_car_segment *)ev)

	return false;
}

static bool speed_changes(struct race *r, const struct f1p_event *ev)
{
	const struct f1p_ev_car_speed *e = (const struct f1p_ev_car_speed *)ev;
	KNOWN_CAR(r, e)

	return car->speed_kmh[e->trap - F1P_TRAP_I1] != e->speed_kmh;
}

static bool best_changes(struct race *r, const struct f1p_event *ev)
{
	const struct f1p_ev_car_best *e = (const struct f1p_ev_car_best *)ev;
	KNOWN_CAR(r, e)

	return e->part ? car->part_best_ms[e->part - 1] != e->best_ms : car->best_ms != e->best_ms || car->best_lap != e->lap;
}

static bool stint_changes_by(struct race *r, const struct f1p_event *ev)
{
	const struct f1p_ev_stint *e = (const struct f1p_ev_stint *)ev;
	const struct f1p_stint *s;
	const struct f1p_lap *lap;
	KNOWN_CAR(r, e)

	if (e->index >= car->n_stints) {
		return true;
	}
	s = &car->stints[e->index];
	lap = e->mask & F1P_STINT_TOTAL ? aged_lap(car, fold_memory(&r->now, car), e->index, ev->t_event_ns) : NULL;
	return DIFFERS(e, F1P_STINT_COMPOUND, e->compound, s->compound) || DIFFERS(e, F1P_STINT_NEW, e->is_new, s->is_new) ||
	       DIFFERS(e, F1P_STINT_TOTAL, e->total_laps, s->total_laps) || DIFFERS(e, F1P_STINT_START, e->start_laps, s->start_laps) ||
	       DIFFERS(e, F1P_STINT_NOT_CHANGED, e->not_changed, s->not_changed) ||
	       DIFFERS(e, F1P_STINT_FIRST, e->first_lap, s->first_lap) ||
	       (lap && e->total_laps >= 0 && lap->tyre_age != e->total_laps) ||
	       (e->mask & F1P_STINT_TOTAL && !(ev->flags & F1P_EVF_SNAPSHOT) && e->index > 0); /* it may have begun later */
}

static bool stints_reset_changes(struct race *r, const struct f1p_event *ev)
{
	KNOWN_CAR(r, (const struct f1p_ev_car_value *)ev)

	return car->n_stints != 0;
}

static bool tyre_changes(struct race *r, const struct f1p_event *ev)
{
	const struct f1p_ev_stint *e = (const struct f1p_ev_stint *)ev;
	const struct car_memory *m;
	KNOWN_CAR(r, e)

	m = fold_memory(&r->now, car);
	return DIFFERS(e, F1P_STINT_COMPOUND, e->compound, m->tyre_compound) || DIFFERS(e, F1P_STINT_NEW, e->is_new, m->tyre_new);
}

static bool weather_changes(struct race *r, const struct f1p_event *ev)
{
	const struct f1p_ev_weather *e = (const struct f1p_ev_weather *)ev;
	const struct f1p_weather *w = &r->now.st.weather;

	return DIFFERS(e, F1P_WX_AIR, e->air_temp_dc, w->air_temp_dc) || DIFFERS(e, F1P_WX_TRACK, e->track_temp_dc, w->track_temp_dc) ||
	       DIFFERS(e, F1P_WX_HUMIDITY, e->humidity_dpct, w->humidity_dpct) ||
	       DIFFERS(e, F1P_WX_PRESSURE, e->pressure_dhpa, w->pressure_dhpa) ||
	       DIFFERS(e, F1P_WX_WIND_SPEED, e->wind_speed_dms, w->wind_speed_dms) ||
	       DIFFERS(e, F1P_WX_WIND_DIR, e->wind_dir_deg, w->wind_dir_deg) || DIFFERS(e, F1P_WX_RAIN, e->rain, w->rain);
}

bool race_same_message(const struct f1p_message *kept, const struct f1p_message *told)
{
	int64_t apart = time_between(kept->t_utc_ns, told->t_utc_ns);

	if (strcmp(kept->text, told->text) != 0) {
		return false;
	}
	return apart == INT64_MAX ? kept->lap == told->lap : apart <= SAME_MESSAGE_NS && apart >= -SAME_MESSAGE_NS;
}

static bool message_changes(struct race *r, const struct f1p_event *ev)
{
	const struct f1p_state *st = &r->now.st;
	struct f1p_message told;

	message_read(&told, (const struct f1p_ev_race_control *)ev);
	for (size_t i = 0; i < st->n_messages; i++) {
		const struct f1p_message *kept = &st->messages[i];

		if (race_same_message(kept, &told)) { /* of the same number, another field may have been added */
			return kept->index == told.index && memcmp(kept, &told, sizeof(told)) != 0;
		}
	}
	/* Those that are kept no more are known. */
	return st->n_messages < F1P_MAX_MESSAGES || told.index > st->messages[0].index;
}

static bool pit_changes(struct race *r, const struct f1p_event *ev)
{
	const struct f1p_ev_pit *e = (const struct f1p_ev_pit *)ev;
	KNOWN_CAR(r, e)

	return (e->lane_ms != F1P_UNKNOWN && e->lane_ms != car->last_pit_lane_ms) || is_late_passage(car, e);
}

static bool top_three_changes(struct race *r, const struct f1p_event *ev)
{
	const struct f1p_ev_car_value *e = (const struct f1p_ev_car_value *)ev;

	return r->now.st.top3[e->value - 1] != e->car;
}

/* The same forecast fetched again is news: it is fresh. */
static bool outlook_changes(struct race *r, const struct f1p_event *ev)
{
	struct f1p_outlook told;

	outlook_read(&told, (const struct f1p_ev_outlook *)ev);
	return memcmp(&told, &r->now.st.outlook, sizeof(told)) != 0;
}

static bool record_time_changes(const struct f1p_car *car, const struct f1p_lap *lap, const struct f1p_ev_lap_record *e)
{
	const int32_t *s = e->sector_ms;

	if (e->mask & F1P_RECORD_TIME &&
	    (lap->time_ms != e->time_ms || lap->flags & F1P_LAPF_INFERRED ||
	     (e->lap == car->laps && e->time_ms != F1P_UNKNOWN && car->last_ms != e->time_ms))) {
		return true;
	}
	return e->mask & F1P_RECORD_SECTORS && lap->time_ms == F1P_UNKNOWN && s[0] > 0 && s[1] > 0 && s[2] > 0;
}

static bool lap_record_changes(struct race *r, const struct f1p_event *ev)
{
	const struct f1p_ev_lap_record *e = (const struct f1p_ev_lap_record *)ev;
	const struct f1p_lap *lap = recorded_lap(&r->now, e);
	bool out = e->out_lap == F1P_YES;

	if (!lap) {
		return false;
	}
	return record_time_changes(fold_find_car(&r->now, e->car), lap, e) ||
	       (e->mask & F1P_RECORD_OUT_LAP && e->out_lap != F1P_TRI_UNKNOWN && out != ((lap->flags & F1P_LAPF_OUT) != 0)) ||
	       (e->mask & F1P_RECORD_START && lap->elapsed_ms == F1P_UNKNOWN && lap->time_ms > 0 &&
		time_between(r->now.st.t_green_ns, e->t_lap_start_ns) != INT64_MAX);
}

static bool prior_changes(struct race *r, const struct f1p_event *ev)
{
	int32_t told[F1P_PRIORS];
	const int32_t *held = prior_of(&r->now, (const struct f1p_ev_prior *)ev);

	prior_read(told, (const struct f1p_ev_prior *)ev);
	return held && memcmp(told, held, sizeof(told)) != 0;
}

static bool never(struct race *r, const struct f1p_event *ev)
{
	(void)r, (void)ev;
	return false;
}

static bool always(struct race *r, const struct f1p_event *ev)
{
	(void)r, (void)ev;
	return true;
}

static bool (*const changes[])(struct race *, const struct f1p_event *) = {
	[F1P_EV_SESSION] = session_changes,
	[F1P_EV_SESSION_STATUS] = status_changes,
	[F1P_EV_SESSION_PART] = part_changes,
	[F1P_EV_TRACK_STATUS] = track_changes,
	[F1P_EV_LAP_COUNT] = lap_count_changes,
	[F1P_EV_CLOCK] = clock_changes,
	[F1P_EV_DRIVER] = driver_changes,
	[F1P_EV_CAR_POSITION] = position_changes,
	[F1P_EV_CAR_GRID] = grid_changes,
	[F1P_EV_CAR_GAP] = gap_changes,
	[F1P_EV_CAR_LAP] = car_lap_changes,
	[F1P_EV_CAR_STATUS] = car_status_changes,
	[F1P_EV_CAR_SECTOR] = sector_changes,
	[F1P_EV_CAR_SEGMENT] = segment_changes,
	[F1P_EV_CAR_SPEED] = speed_changes,
	[F1P_EV_CAR_BEST] = best_changes,
	[F1P_EV_STINT] = stint_changes_by,
	[F1P_EV_STINTS_RESET] = stints_reset_changes,
	[F1P_EV_TYRE] = tyre_changes,
	[F1P_EV_WEATHER] = weather_changes,
	[F1P_EV_RACE_CONTROL] = message_changes,
	[F1P_EV_PIT_LANE_TIME] = pit_changes,
	[F1P_EV_PIT_STOP] = pit_changes,
	[F1P_EV_TOP_THREE] = top_three_changes,
	[F1P_EV_TELEMETRY] = never,
	[F1P_EV_XYZ] = never,
	[F1P_EV_HEARTBEAT] = never,
	[F1P_EV_FEED_RESET] = always,
	[F1P_EV_OUTLOOK] = outlook_changes,
	[F1P_EV_LINK] = never,
	[F1P_EV_LAP_RECORD] = lap_record_changes,
	[F1P_EV_PRIOR] = prior_changes,
};

bool race_would_change(struct race *r, const struct f1p_event *ev)
{
	if (ev->space != F1P_SPACE_CORE) {
		return true; /* nobody here knows */
	}
	return ev->type < sizeof(changes) / sizeof(changes[0]) && changes[ev->type] && changes[ev->type](r, ev);
}
