/* test_fold.c - see test_fold.h. */
#include "test_fold.h"

#include <string.h>

struct sim_config fold_config(uint64_t seed)
{
	return (struct sim_config){ .seed = seed, .cars = 20, .laps = 57, .lap_time_s = 88, .pit_loss_s = 22, .rain = SIM_AUTO,
		.safety_car = SIM_AUTO, .red_flag = SIM_AUTO, .rate = 1, .pre_start_s = 60, .start_ns = INT64_C(1893506400) * 1000000000 };
}

struct fold_car *fold_car(struct fold *f, int number)
{
	for (int i = 0; i < f->n_cars; i++) {
		if (f->cars[i].number == number) {
			return &f->cars[i];
		}
	}
	return NULL;
}

struct fold_car *fold_place(struct fold *f, int position)
{
	for (int i = 0; i < f->n_cars; i++) {
		if (f->cars[i].position == position) {
			return &f->cars[i];
		}
	}
	return NULL;
}

static bool known(const struct fold_car *c)
{
	return c->gap_laps > 0 || c->gap_ms != F1P_UNKNOWN;
}

static void check_record(struct fold *f)
{
	const struct fold_car *at[F1P_MAX_CARS + 1] = { NULL }, *before = NULL;
	for (int i = 0; i < f->n_cars; i++) {
		int p = f->cars[i].position;
		if (p < 1 || p > f->n_cars || at[p]) {
			f->doubled++;
			return;
		}
		at[p] = &f->cars[i];
	}
	for (int p = 1; p <= f->n_cars; p++) {
		const struct fold_car *c = at[p];
		if (!known(c)) {
			continue;
		}
		if (before && (c->gap_laps < before->gap_laps || (c->gap_laps == 0 && c->gap_ms <= before->gap_ms))) {
			f->unsorted++;
		}
		before = c;
	}
}

static void fold_track(struct fold *f, int status)
{
	if (f->track == F1P_TRACK_SC && status != F1P_TRACK_RED) {
		int lead_lap = 0;
		int32_t last = 0;
		for (int i = 0; i < f->n_cars; i++) {
			const struct fold_car *c = &f->cars[i];
			if (c->gap_laps == 0 && c->gap_ms != F1P_UNKNOWN && !c->in_pit) {
				lead_lap++;
				last = c->gap_ms > last ? c->gap_ms : last;
			}
		}
		if (lead_lap > 1) {
			f->bunch_sum += last / 1000.0 / (lead_lap - 1);
			f->bunch_n++;
		}
	}
	f->n_sc += status == F1P_TRACK_SC;
	f->n_vsc += status == F1P_TRACK_VSC;
	f->n_red += status == F1P_TRACK_RED;
	f->track = status;
}

static bool is_neutral(const struct fold *f)
{
	return f->track != F1P_TRACK_CLEAR && f->track != F1P_TRACK_YELLOW;
}

static void fold_lap(struct fold *f, const struct f1p_ev_car_lap *e)
{
	struct fold_car *c = fold_car(f, e->car);
	if (e->mask & F1P_LAP_NUMBER) {
		f->laps_in_red += f->t_red > 0 && e->h.t_event_ns > f->t_red + INT64_C(400000000000);
		c->laps = e->laps;
		c->t_line[e->laps] = e->h.t_event_ns;
		c->neutral[e->laps] = c->neutral[e->laps] || is_neutral(f);
		c->in_lap[e->laps] = c->in_pit;
	}
	if (e->mask & F1P_LAP_LAST) {
		c->lap_ms[e->laps] = e->last_ms;
		bool same = c->sector_ms[0] + c->sector_ms[1] + c->sector_ms[2] == e->last_ms;
		c->sectors_match += same;
		c->sectors_differ += !same;
	}
}

static void fold_stint(struct fold *f, const struct f1p_ev_stint *e)
{
	struct fold_car *c = fold_car(f, e->car);
	if (e->mask & F1P_STINT_COMPOUND) {
		f->stint_jumps += e->index != c->n_stints;
		c->n_stints = e->index + 1;
		c->compounds[e->index] = e->compound;
		f->wet_tyres += e->compound == F1P_TYRE_INTERMEDIATE || e->compound == F1P_TYRE_WET;
	}
	c->stint_laps[e->index] = e->total_laps;
}

static void fold_status(struct fold *f, const struct f1p_ev_car_status *e)
{
	struct fold_car *c = fold_car(f, e->car);
	if (e->mask & F1P_CAR_IN_PIT) {
		c->in_pit = e->in_pit == F1P_YES;
	}
	if (e->mask & F1P_CAR_STOPPED) {
		c->stopped = e->stopped == F1P_YES;
	}
	if (e->mask & F1P_CAR_RETIRED) {
		c->retired = e->retired == F1P_YES;
	}
	if (e->mask & F1P_CAR_PIT_STOPS) {
		c->stops = e->pit_stops;
	}
}

static void fold_gap(struct fold *f, const struct f1p_ev_car_gap *e)
{
	struct fold_car *c = fold_car(f, e->car);
	f->gaps++;
	if (!c) {
		f->unknown_car++;
		return;
	}
	c->gap_ms = e->gap_ms;
	c->gap_laps = e->gap_laps;
	c->interval_ms = e->interval_ms;
	c->was_lapped = c->was_lapped || e->gap_laps > 0;
}

/* A car that takes the place of one that is on the road too has passed it. */
static void fold_position(struct fold *f, const struct f1p_ev_car_value *e)
{
	struct fold_car *c = fold_car(f, e->car), *other = fold_place(f, e->value);
	bool gains = other && other != c && e->value < c->position;
	if (gains && f->lap > 1 && !c->in_pit && !other->in_pit && !other->stopped && !other->retired) {
		f->passes[f->track]++;
	}
	c->position = e->value;
}

static void fold_session_status(struct fold *f, const struct f1p_event *e, int status)
{
	if (f->n_statuses < 16) {
		f->statuses[f->n_statuses++] = status;
	}
	f->t_red = status == F1P_STATUS_ABORTED ? e->t_event_ns : 0;
}

static void fold_driver(struct fold *f, const struct f1p_ev_driver *e)
{
	struct fold_car *c = &f->cars[f->n_cars++];
	c->number = e->car;
	c->position = f->n_cars; /* until told */
	c->gap_ms = c->interval_ms = F1P_UNKNOWN;
}

static void mix(struct fold *f, const struct f1p_event *e)
{
	const uint64_t *p = (const uint64_t *)(const void *)e; /* events are 8-byte aligned and so long */
	for (uint32_t i = 0; i < e->size / 8; i++) {
		f->hash = (f->hash ^ p[i]) * UINT64_C(1099511628211);
		f->hash ^= f->hash >> 29;
	}
}

void fold_event(struct fold *f, const struct f1p_event *e)
{
	const void *v = e;
	f->events++;
	f->backwards += e->t_event_ns < f->t_last;
	f->t_last = e->t_event_ns;
	mix(f, e);
	switch (e->type) {
	case F1P_EV_SESSION:
		f->session_type = ((const struct f1p_ev_session *)v)->type;
		break;
	case F1P_EV_SESSION_STATUS:
		fold_session_status(f, e, ((const struct f1p_ev_value *)v)->value);
		break;
	case F1P_EV_TRACK_STATUS:
		fold_track(f, ((const struct f1p_ev_value *)v)->value);
		for (int i = 0; i < f->n_cars && is_neutral(f); i++) {
			if (f->cars[i].laps < SIM_MAX_LAPS) {
				f->cars[i].neutral[f->cars[i].laps + 1] = true;
			}
		}
		break;
	case F1P_EV_LAP_COUNT:
		if (((const struct f1p_ev_lap_count *)v)->mask & F1P_LAPS_TOTAL) {
			f->total = ((const struct f1p_ev_lap_count *)v)->total;
		}
		f->backwards += ((const struct f1p_ev_lap_count *)v)->current < f->lap;
		f->lap = ((const struct f1p_ev_lap_count *)v)->current;
		break;
	case F1P_EV_DRIVER:
		fold_driver(f, v);
		break;
	case F1P_EV_CAR_POSITION:
		fold_position(f, v);
		break;
	case F1P_EV_CAR_GRID:
		fold_car(f, ((const struct f1p_ev_car_value *)v)->car)->grid = ((const struct f1p_ev_car_value *)v)->value;
		break;
	case F1P_EV_TOP_THREE:
		f->top3[((const struct f1p_ev_car_value *)v)->value] = ((const struct f1p_ev_car_value *)v)->car;
		break;
	case F1P_EV_CAR_GAP:
		fold_gap(f, v);
		break;
	case F1P_EV_CAR_LAP:
		fold_lap(f, v);
		break;
	case F1P_EV_CAR_SECTOR:
		fold_car(f, ((const struct f1p_ev_car_sector *)v)->car)->sector_ms[((const struct f1p_ev_car_sector *)v)->sector] =
			((const struct f1p_ev_car_sector *)v)->time_ms;
		break;
	case F1P_EV_CAR_STATUS:
		fold_status(f, v);
		break;
	case F1P_EV_STINT:
		fold_stint(f, v);
		break;
	case F1P_EV_WEATHER:
		f->rain_seen += ((const struct f1p_ev_weather *)v)->rain == F1P_YES;
		break;
	case F1P_EV_RACE_CONTROL:
		f->n_messages++;
		f->penalties += strstr(((const struct f1p_ev_race_control *)v)->text, " SECOND TIME PENALTY FOR CAR ") != NULL;
		f->bad_text += ((const struct f1p_ev_race_control *)v)->text[0] == '\0';
		break;
	default:
		break;
	}
	if (!(e->flags & F1P_EVF_MORE)) {
		f->records++;
		check_record(f);
	}
}

bool fold_race(struct fold *f, const struct sim_config *cfg, struct sim_result *r)
{
	memset(f, 0, sizeof(*f));
	f->hash = UINT64_C(14695981039346656037);
	struct sim *s = sim_create(cfg);
	if (!s) {
		return false;
	}
	const struct f1p_event *e;
	while (f->events < 20000000 && (e = sim_next_event(s))) {
		fold_event(f, e);
	}
	sim_result(s, r);
	bool ended = r->ended && !sim_failed(s);
	sim_destroy(s);
	return ended;
}
