/*
 * prepare.c - the input of the kernel: where the cars are, what they run on, what is still to come for each.
 */
#include "prepare.h"

#include <string.h>

#include "helpers/fmath.h"
#include "helpers/rng.h"
#include "stops_table.h"

#define PIT_ENTRY_S 4.0       /* part of the pit loss that a car has behind it once it is in the lane */
#define GAP_UNKNOWN_S 1.5     /* assumed interval where the feed shows none */
#define PASS_LOGIT (-2.2)     /* equal cars; effective value: the races of 2020-24 come out best near it */
#define NEVER_Z 100.0f
#define HAZARD_LAPS 2

static uint32_t chance20(double p)
{
	double x = p * 1048576.0;
	return x <= 0.0 ? 0 : x >= 1048576.0 ? 1048576 : (uint32_t)x;
}

static double mid(uint32_t i, uint32_t n)
{
	return ((double)i + 0.5) / (double)n;
}

void mc_tables_init(struct mc_tables *tables, const struct midrace_cfg *cfg)
{
	const uint32_t mistakes = 49; /* 1.2 % of laps */
	memset(tables, 0, sizeof(*tables));
	for (uint32_t i = 0; i < MC_NOISE - mistakes; i++) {
		tables->noise[i] = (float)(0.55 * f1p_normal_quantile(mid(i, MC_NOISE - mistakes)));
	}
	for (uint32_t i = 0; i < mistakes; i++) {
		tables->noise[MC_NOISE - mistakes + i] = (float)(-1.5 * f1p_log(1.0 - mid(i, mistakes)));
	}
	for (uint32_t i = 0; i < MC_NORMAL; i++) {
		tables->normal[i] = (float)f1p_normal_quantile(mid(i, MC_NORMAL));
	}
	for (uint32_t i = 0; i < MC_PIT; i++) {
		const uint32_t slow = MC_PIT / 10;
		tables->exponential[i] = (float)-f1p_log(1.0 - mid(i, MC_PIT));
		tables->pit[i] = i < slow ? (float)(-5.0 * f1p_log(1.0 - mid(i, slow)))
					  : (float)f1p_normal_quantile(mid(i - slow, MC_PIT - slow));
		double difference = (double)i / 32.0 - 4.0;
		tables->pass[i] = (uint32_t)(16777216.0 * f1p_logistic(PASS_LOGIT + cfg->overtaking + 1.8 * difference));
	}
	tables->sc_factor = 0.45f;
	tables->vsc_factor = 0.62f;
	tables->follow_s = 0.6f;
	tables->sc_gap_s = 0.9f;
	tables->sc_keep = 0.35f;
	tables->sc_chance = chance20(cfg->sc_per_lap);
	tables->vsc_chance = chance20(cfg->vsc_per_lap);
	tables->red_chance = chance20(cfg->red_per_lap);
}

static bool is_dry(uint8_t compound)
{
	return compound > F1P_TYRE_UNKNOWN && compound != F1P_TYRE_INTERMEDIATE && compound != F1P_TYRE_WET;
}

static bool is_wet(uint8_t compound)
{
	return compound == F1P_TYRE_INTERMEDIATE || compound == F1P_TYRE_WET;
}

static uint8_t compound_now(const struct f1p_car *car)
{
	if (car->compound > F1P_TYRE_UNKNOWN) {
		return car->compound;
	}
	for (uint32_t i = car->n_stints < F1P_MAX_STINTS ? car->n_stints : F1P_MAX_STINTS; i-- > 0;) {
		if (car->stints[i].compound > F1P_TYRE_UNKNOWN) {
			return car->stints[i].compound;
		}
	}
	return F1P_TYRE_UNKNOWN;
}

/* Bit per compound that the car has used, the one on it now included. */
static uint32_t compounds_used(const struct f1p_car *car)
{
	uint32_t used = 0;
	for (uint32_t i = 0; i < car->n_stints && i < F1P_MAX_STINTS; i++) {
		used |= 1u << (car->stints[i].compound & 31u);
	}
	for (uint32_t k = 0; k < car->n_laps && k < F1P_MAX_LAPS; k++) {
		used |= 1u << (car->history[k].compound & 31u);
	}
	return used | 1u << (car->compound & 31u);
}

static bool race_is_wet(const struct f1p_state *state)
{
	const uint32_t wet = 1u << F1P_TYRE_INTERMEDIATE | 1u << F1P_TYRE_WET;
	if (state->weather.rain == F1P_YES) {
		return true;
	}
	for (uint32_t i = 0; i < state->n_cars && i < F1P_MAX_CARS; i++) {
		if (compounds_used(&state->cars[i]) & wet) {
			return true;
		}
	}
	return false;
}

/* The compound rule: two dry compounds in a dry race. */
static bool owes_compound(const struct f1p_state *state, const struct f1p_car *car, bool wet, bool red)
{
	if (state->type != F1P_SESSION_RACE || wet || red) {
		return false;
	}
	uint32_t used = compounds_used(car), dry = 0;
	for (uint8_t c = F1P_TYRE_UNKNOWN + 1; c <= F1P_TYRE_SUPERHARD; c++) {
		dry += is_dry(c) && (used >> c & 1u);
	}
	if (dry == 0) { /* the feed names no compounds: a stop stands for a change */
		return !(car->stops > 0);
	}
	return dry < 2;
}

static double tyre_age(const struct f1p_car *car, int32_t laps_done)
{
	if (car->tyre_age >= 0 && car->tyre_age < 200) {
		return car->tyre_age;
	}
	if (car->stint_laps >= 0 && car->stint_laps < 200) {
		return car->stint_laps;
	}
	return car->last_pit_lap > 0 && car->last_pit_lap <= laps_done ? laps_done - car->last_pit_lap : laps_done;
}

/* Chance of at least k + 1 more stops, between the cells of the table. */
static double stops_chance(bool owes, double left, double age, uint32_t k)
{
	double x = left * STOPS_LEFT_BINS - 0.5, y = age * 16.0 - 0.5;
	x = x < 0.0 ? 0.0 : x > STOPS_LEFT_BINS - 1.001 ? STOPS_LEFT_BINS - 1.001 : x;
	y = y < 0.0 ? 0.0 : y > STOPS_AGE_BINS - 1.001 ? STOPS_AGE_BINS - 1.001 : y;
	uint32_t i = (uint32_t)x, j = (uint32_t)y;
	double u = x - i, v = y - j;
	const uint16_t(*t)[STOPS_AGE_BINS][3] = stops_table[owes];
	return ((1.0 - u) * ((1.0 - v) * t[i][j][k] + v * t[i][j + 1][k]) +
		u * ((1.0 - v) * t[i + 1][j][k] + v * t[i + 1][j + 1][k])) / 1000.0;
}

static void set_stops(struct mc_field *f, uint32_t lane, const struct f1p_state *state, bool owes, double laps_left)
{
	for (uint32_t k = 0; k < MC_MAX_STOPS; k++) {
		f->stop_z[k][lane] = NEVER_Z;
		if (state->type != F1P_SESSION_RACE || laps_left < 1.0) {
			continue;
		}
		double p = stops_chance(owes, laps_left / f->total_laps, (double)f->age[lane] / f->total_laps, k);
		f->stop_z[k][lane] = p >= 1.0 ? -NEVER_Z : p <= 0.001 ? NEVER_Z : (float)-f1p_normal_quantile(p);
	}
}

/* What will be fitted with k stops left after it: the shorter the run to the end, the softer; an owed compound first. */
static void set_next_tyres(struct mc_field *f, uint32_t lane, uint8_t now, bool owes, bool wet, double laps_left)
{
	for (uint32_t k = 0; k <= MC_MAX_STOPS; k++) {
		double share = laps_left / (f->total_laps * (double)(k + 2)), off, slope;
		uint8_t next = wet ? now : share < 0.2 ? F1P_TYRE_SOFT : share < 0.35 ? F1P_TYRE_MEDIUM : F1P_TYRE_HARD;
		if (owes && next == now) {
			next = now == F1P_TYRE_HARD ? F1P_TYRE_MEDIUM : F1P_TYRE_HARD;
		}
		pace_tyre(next, &off, &slope);
		f->next_off[k][lane] = (float)off;
		f->next_slope[k][lane] = (float)slope;
	}
}

static bool seen_in_trouble(const struct f1p_car *car, const struct pace_race *race)
{
	uint32_t n = car->n_laps < F1P_MAX_LAPS ? car->n_laps : F1P_MAX_LAPS;
	if (n < 2 || race->median_ms[n - 1] <= 0.0) {
		return false;
	}
	const struct f1p_lap *lap = &car->history[n - 1];
	return !(lap->flags & (F1P_LAPF_IN | F1P_LAPF_OUT | F1P_LAPF_NEUTRAL)) && lap->time_ms > 0 &&
	       lap->time_ms > 1.15 * race->median_ms[n - 1];
}

/* Chance of retiring on each of the next two laps. */
static double hazard_now(const struct f1p_state *state, const struct f1p_car *car, const struct pace_race *race,
			 const struct midrace_cfg *cfg, bool red, bool start)
{
	if (red) {
		return cfg->retire_per_lap;
	}
	if (car->stopped == F1P_YES) {
		return 0.7;
	}
	if (start) {
		return 0.0105; /* 2.1 % of starters are out after the first lap */
	}
	if (car->t_seen_ns > 0 && car->t_seen_ns < state->t_event_ns &&
	    (double)(state->t_event_ns - car->t_seen_ns) > 1.5e6 * race->lap_ms) {
		return 0.3;
	}
	double p = cfg->retire_per_lap * (seen_in_trouble(car, race) ? 10.0 : 1.0);
	return p < 0.5 ? p : 0.5;
}

static const struct f1p_car *car_at(const struct f1p_state *state, const struct positions_field *cars, uint32_t place)
{
	return &state->cars[cars->car[cars->order[place]]];
}

/* Gap to the leader in seconds; below 0 = the state does not tell. */
static double told_gap(const struct f1p_car *car, double lap_s)
{
	double laps = car->gap_laps > 0 && car->gap_laps < 100 ? car->gap_laps : 0;
	if (car->gap_ms >= 0 && car->gap_ms < 1000000) {
		return car->gap_ms / 1000.0 + laps * lap_s;
	}
	return laps > 0 ? laps * lap_s : -1.0;
}

/* Gaps by running order: never falling, filled in where the feed is silent. Returns how many were told. */
static uint32_t set_gaps(double gap[F1P_MAX_CARS], const struct f1p_state *state, const struct positions_field *cars,
			 double lap_s)
{
	uint32_t told = 0;
	double ahead = 0.0;
	for (uint32_t place = 0; place < cars->n_running; place++) {
		const struct f1p_car *car = car_at(state, cars, place);
		double own = place == 0 ? 0.0 : told_gap(car, lap_s);
		bool exact = place == 0 || (car->gap_ms >= 0 && own >= 0.0);
		if (place > 0 && !exact && car->interval_ms >= 0 && car->interval_ms < 1000000 && !(car->interval_laps > 0)) {
			double by_interval = ahead + car->interval_ms / 1000.0;
			own = own > by_interval ? own : by_interval;
			exact = true;
		}
		if (own < 0.0) {
			own = ahead + GAP_UNKNOWN_S;
		}
		told += exact || car->gap_laps > 0;
		double least = place == 0 ? 0.0 : ahead + 0.05;
		gap[place] = own > least ? own : least;
		ahead = gap[place];
	}
	return told;
}

static bool red_flag(const struct f1p_state *state)
{
	return state->track == F1P_TRACK_RED || state->status == F1P_STATUS_ABORTED;
}

/* The last word of race control on the safety car: it comes in this lap. */
static bool sc_in_this_lap(const struct f1p_state *state)
{
	for (uint32_t i = state->n_messages < F1P_MAX_MESSAGES ? state->n_messages : F1P_MAX_MESSAGES; i-- > 0;) {
		const struct f1p_message *m = &state->messages[i];
		if (m->mode == F1P_MODE_SC && (m->status == F1P_RCS_IN_THIS_LAP || m->status == F1P_RCS_DEPLOYED)) {
			return m->status == F1P_RCS_IN_THIS_LAP;
		}
	}
	return false;
}

static void set_mode(struct mc_field *f, const struct f1p_state *state)
{
	f->mode = state->track == F1P_TRACK_SC ? MC_SC : state->track == F1P_TRACK_VSC ? MC_VSC : MC_GREEN;
	f->mode_left = -1;
	f->mode_elapsed = 1;
	if (f->mode != MC_GREEN && state->lap_neutral_start > 0 && state->lap_neutral_start <= f->first_lap) {
		f->mode_elapsed = f->first_lap - state->lap_neutral_start;
	}
	f->stops_open = f->mode != MC_GREEN && f->mode_elapsed < 1;
	if (f->mode == MC_SC && sc_in_this_lap(state)) {
		f->mode_left = 1;
		f->stops_open = false;
	}
}

static int32_t distance(const struct f1p_state *state, const struct midrace_cfg *cfg, int32_t done, double lap_ms,
			uint32_t *missing)
{
	int32_t total = state->total_laps;
	if (total < 1 || total > 200) {
		*missing |= F1P_MISSING_LAPS;
		total = state->type == F1P_SESSION_SPRINT ? (int32_t)cfg->default_laps / 3 : (int32_t)cfg->default_laps;
		if (state->clock_remaining_ms > 0 && done > 0) {
			int32_t by_clock = done + (int32_t)(state->clock_remaining_ms / lap_ms) + 1;
			total = by_clock < total ? by_clock : total;
		}
	}
	return total > done ? total : done;
}

struct setting {
	const struct f1p_state *state;
	const struct midrace_cfg *cfg;
	const struct pace_race *race;
	const struct pace_car *pace;
	int32_t done;
	bool wet, red, start;
};

static void set_lane(struct mc_field *f, uint32_t lane, const struct setting *s, uint32_t row, const struct f1p_car *car)
{
	bool in_lane = car->in_pit == F1P_YES && !s->red && !s->start;
	bool owes = owes_compound(s->state, car, s->wet, s->red) && !in_lane;
	uint8_t compound = compound_now(car);
	double off, slope, left = f->total_laps - s->done;
	pace_tyre(compound, &off, &slope);
	f->key[lane] = (uint32_t)f1p_mix64(f->seed ^ ((uint64_t)car->number * UINT64_C(0x9e3779b97f4a7c15)));
	f->pace[lane] = (float)s->pace[row].mean;
	f->pace_sd[lane] = (float)s->pace[row].sd;
	f->off[lane] = (float)off;
	f->slope[lane] = (float)slope;
	f->age[lane] = s->red || in_lane ? 0.0f : (float)tyre_age(car, s->done);
	f->slot[lane] = car->grid >= 1 && car->grid <= 100 ? (float)car->grid : (float)f->n;
	f->stops_done[lane] = (car->stops > 0 && car->stops < 20 ? car->stops : 0) + in_lane;
	double now = hazard_now(s->state, car, s->race, s->cfg, s->red, s->start);
	f->dnf_now[lane] = chance20(now);
	f->dnf[lane] = chance20(s->cfg->retire_per_lap);
	f->penalty_s[lane] = car->penalty_ms > 0 && car->penalty_ms < 600000 ? (float)car->penalty_ms / 1000.0f : 0.0f;
	set_stops(f, lane, s->state, owes, left);
	set_next_tyres(f, lane, compound, owes, s->wet && is_wet(compound), left);
	if (in_lane) {
		f->off[lane] = f->next_off[0][lane];
		f->slope[lane] = f->next_slope[0][lane];
	}
}

static void set_places(struct mc_field *f, const struct f1p_state *state, const struct positions_field *cars,
		       const uint32_t lane_of[F1P_MAX_CARS], const double *gap, bool red)
{
	for (uint32_t place = 0; place < cars->n_running; place++) {
		const struct f1p_car *car = car_at(state, cars, place);
		uint32_t lane = lane_of[cars->order[place]];
		f->order[place] = (uint16_t)lane;
		f->gap_s[lane] = red ? 0.6f * (float)place : (float)gap[place];
		if (f->start && car->position > 0 && car->position <= 100) {
			f->slot[lane] = 0.5f * (f->slot[lane] + (float)car->position);
		}
		if (car->in_pit == F1P_YES && !red && !f->start) {
			float share = f->mode == MC_SC ? 0.45f : f->mode == MC_VSC ? 0.62f : 1.0f;
			f->gap_s[lane] += share * (f->pit_loss_s - (float)PIT_ENTRY_S);
		}
	}
	/* A car in the lane falls behind in time, not yet in position: the kernel's order follows the time. */
	for (uint32_t p = 1; p < f->n; p++) {
		uint16_t lane = f->order[p];
		uint32_t q = p;
		for (; q > 0 && f->gap_s[f->order[q - 1]] > f->gap_s[lane]; q--) {
			f->order[q] = f->order[q - 1];
		}
		f->order[q] = lane;
	}
}

static uint32_t find_missing(const struct f1p_state *state, const struct positions_field *cars, const struct pace_race *race,
			     int32_t done, uint32_t gaps_told)
{
	uint32_t missing = 0, no_grid = 0, no_tyre = 0;
	for (uint32_t place = 0; place < cars->n_running; place++) {
		const struct f1p_car *car = car_at(state, cars, place);
		no_grid += car->grid == F1P_UNKNOWN;
		no_tyre += compound_now(car) <= F1P_TYRE_UNKNOWN;
	}
	missing |= 2 * no_grid > cars->n_running ? F1P_MISSING_GRID : 0;
	missing |= 2 * no_tyre > cars->n_running ? F1P_MISSING_TYRES : 0;
	missing |= race->clean_laps == 0 ? F1P_MISSING_PACE : 0;
	missing |= done > 0 && 2 * gaps_told < cars->n_running ? F1P_MISSING_GAPS : 0;
	return missing;
}

uint32_t mc_field_init(struct mc_field *f, uint16_t rows[MC_LANES], const struct f1p_state *state,
		       const struct positions_field *cars, const struct midrace_cfg *cfg, uint64_t seed)
{
	struct pace_race race;
	struct pace_car pace[F1P_MAX_CARS];
	double gap[F1P_MAX_CARS] = { 0 };
	uint32_t missing = 0, lane_of[F1P_MAX_CARS] = { 0 };
	int32_t done = positions_laps_done(state);

	memset(f, 0, sizeof(*f));
	pace_race_init(&race, state, cars, cfg->pit_loss_s);
	pace_cars(pace, &race, state, cars, done);
	f->n = cars->n_running;
	f->n_pad = (f->n + 7u) & ~7u;
	f->seed = f1p_mix64(seed);
	f->total_laps = distance(state, cfg, done, race.lap_ms, &missing);
	f->start = done == 0 && !red_flag(state);
	f->start_spread = state->status == F1P_STATUS_STARTED ? 0.6f : 1.0f;
	f->first_lap = f->start ? 2 : done + 1;
	f->lap_s = (float)(race.lap_ms / 1000.0);
	f->pit_loss_s = (float)race.pit_loss_s;
	f->hazard_laps = HAZARD_LAPS;
	set_mode(f, state);

	struct setting setting = { state, cfg, &race, pace, done, race_is_wet(state), red_flag(state), f->start };
	uint32_t lane = 0;
	for (uint32_t row = 0; row < cars->n; row++) {
		if (cars->running[row]) {
			rows[lane] = (uint16_t)row;
			lane_of[row] = lane;
			set_lane(f, lane, &setting, row, &state->cars[cars->car[row]]);
			lane++;
		}
	}
	uint32_t told = set_gaps(gap, state, cars, f->lap_s);
	set_places(f, state, cars, lane_of, gap, setting.red);
	return missing | find_missing(state, cars, &race, done, told);
}
