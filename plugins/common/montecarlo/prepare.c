/*
 * prepare.c - the input of the kernel: where the cars are, what they run on, what is still to come for each.
 */
#include "prepare.h"

#include <string.h>

#include "helpers/fmath.h"
#include "helpers/rng.h"
#include "hazard.h"
#include "pace.h"
#include "plan.h"
#include "priors.h"
#include "tyres.h"

#define PIT_ENTRY_S 4.0	   /* part of the pit loss that a car has behind it once it is in the lane */
#define GAP_UNKNOWN_S 1.5  /* assumed interval where the feed shows none */
#define PASS_LOGIT (-2.2)  /* equal cars; effective values: the races of 2018-24 come out best near them */
#define PASS_SLOPE 1.2	   /* per % of a lap */
#define SC_PIT_SHARE 0.58f /* of the pit loss under SC, VSC */
#define VSC_PIT_SHARE 0.70f
#define HAZARD_LAPS 2
#define LAP_NOISE 0.65 /* % */
#define WRONG_TYRE 6.0 /* % of a lap lost when all others run on the other kind */

static uint32_t chance20(double p)
{
	double x = p * 1048576.0;
	return x <= 0.0 ? 0 : x >= 1048576.0 ? 1048576 : (uint32_t)x;
}

static double mid(uint32_t i, uint32_t n)
{
	return ((double)i + 0.5) / (double)n;
}

void mc_tables_init(struct mc_tables *tables)
{
	const uint32_t mistakes = 49; /* 1.2 % of laps */
	memset(tables, 0, sizeof(*tables));
	for (uint32_t i = 0; i < MC_NOISE - mistakes; i++) {
		tables->noise[i] = (float)(LAP_NOISE * f1p_normal_quantile(mid(i, MC_NOISE - mistakes)));
	}
	for (uint32_t i = 0; i < mistakes; i++) {
		tables->noise[MC_NOISE - mistakes + i] = (float)(-1.5 * f1p_log(1.0 - mid(i, mistakes)));
	}
	for (uint32_t i = 0; i < MC_NORMAL; i++) {
		tables->normal[i] = (float)f1p_normal_quantile(mid(i, MC_NORMAL));
		tables->logit[i] = (float)f1p_logit(mid(i, MC_NORMAL));
	}
	for (uint32_t i = 0; i < MC_PIT; i++) {
		const uint32_t slow = MC_PIT / 10;
		tables->exponential[i] = (float)-f1p_log(1.0 - mid(i, MC_PIT));
		tables->pit[i] = i < slow ? (float)(-5.0 * f1p_log(1.0 - mid(i, slow)))
					  : (float)f1p_normal_quantile(mid(i - slow, MC_PIT - slow));
	}
	tables->sc_factor = SC_PIT_SHARE;
	tables->vsc_factor = VSC_PIT_SHARE;
	tables->follow_s = 0.6f;
	tables->sc_gap_s = 0.9f;
	tables->sc_keep = 0.35f;
}

/* Chance to pass by how much faster the car behind is on the lap. */
static void set_passing(struct mc_field *f, double ease)
{
	for (uint32_t i = 0; i < MC_PASS; i++) {
		double difference = (double)i / 32.0 - 4.0;
		f->pass[i] = (uint32_t)(16777216.0 * f1p_logistic(PASS_LOGIT + ease + PASS_SLOPE * difference));
	}
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
static uint32_t set_gaps(
	double gap[F1P_MAX_CARS], const struct f1p_state *state, const struct positions_field *cars, double lap_s)
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
	if (f->mode == MC_SC && sc_in_this_lap(state)) {
		f->mode_left = 1;
	}
}

/* Laps of the race: as scheduled, or as many as the clock allows. */
static int32_t distance(
	const struct f1p_state *state, const struct midrace_cfg *cfg, int32_t done, double lap_ms, uint32_t *missing)
{
	int32_t total = state->total_laps;
	if (total < 1 || total > 200) {
		*missing |= F1P_MISSING_LAPS;
		total = state->type == F1P_SESSION_SPRINT ? (int32_t)cfg->default_laps / 3 : (int32_t)cfg->default_laps;
	}
	if (state->clock_remaining_ms > 0 && done > 0 && !red_flag(state)) {
		int32_t by_clock = done + (int32_t)(state->clock_remaining_ms / lap_ms) + 1;
		total = by_clock < total ? by_clock : total;
	}
	return total > done ? total : done;
}

struct setting {
	const struct f1p_state *state;
	const struct midrace_cfg *cfg;
	const struct race_laps *laps;
	const struct pace_car *pace;
	const struct midrace_model *model; /* with the tyres of this race */
	double mismatch[2];		   /* share of the cars on dry tyres, on wet ones */
	int32_t done;
	bool wet, red, start;
};

static void set_hazard(struct mc_field *f, uint32_t lane, const struct setting *s, uint32_t index)
{
	double usual = priors_retire_per_lap(s->state, index, f->total_laps, s->cfg);
	f->dnf_now[lane] = chance20(hazard_now(s->state, &s->state->cars[index], s->laps, usual, s->red, s->start));
	f->dnf[lane] = chance20(usual);
}

static void set_lane(struct mc_field *f, uint32_t lane, const struct setting *s, uint32_t row, uint32_t index)
{
	const struct f1p_car *car = &s->state->cars[index];
	bool in_lane = car->in_pit == F1P_YES && !s->red && !s->start;
	bool on_wet = tyre_is_wet(tyre_now(car));
	double off, slope;
	tyre_cost(s->model, tyre_now(car), &off, &slope);
	f->key[lane] = (uint32_t)f1p_mix64(f->seed ^ ((uint64_t)car->number * UINT64_C(0x9e3779b97f4a7c15)));
	f->pace[lane] = (float)s->pace[row].mean;
	f->pace_sd[lane] = (float)s->pace[row].sd;
	if (!s->red && s->mismatch[!on_wet] > 0.5) {
		off += WRONG_TYRE * (s->mismatch[!on_wet] - 0.5);
	}
	f->off[lane] = (float)off;
	f->slope[lane] = (float)slope;
	f->age[lane] = s->red || in_lane ? 0.0f : (float)tyre_laps(car, s->done);
	f->slot[lane] = car->grid >= 1 && car->grid <= 100 ? (float)car->grid : (float)f->n;
	f->slot[lane] -= (float)priors_start_gain(s->state, index);
	f->stops_done[lane] = (car->stops > 0 && car->stops < 20 ? car->stops : 0) + in_lane;
	set_hazard(f, lane, s, index);
	f->penalty_s[lane] = car->penalty_ms > 0 && car->penalty_ms < 600000 ? (float)car->penalty_ms / 1000.0f : 0.0f;
}

/* The car has left the pits, but its gap is still that of the line before them. */
static bool gap_before_stop(const struct f1p_car *car)
{
	if (car->n_laps < 1 || car->n_laps > F1P_MAX_LAPS || car->in_pit == F1P_YES) {
		return false;
	}
	const struct f1p_lap *lap = &car->history[car->n_laps - 1];
	return (lap->flags & F1P_LAPF_IN) && lap->gap_ms != F1P_UNKNOWN && lap->gap_ms == car->gap_ms;
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
		if (!red && !f->start && (car->in_pit == F1P_YES || gap_before_stop(car))) {
			float share = f->mode == MC_SC ? SC_PIT_SHARE : f->mode == MC_VSC ? VSC_PIT_SHARE : 1.0f;
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

static uint32_t find_missing(
	const struct f1p_state *state, const struct positions_field *cars, uint32_t clean_laps, int32_t done, uint32_t gaps_told)
{
	uint32_t missing = 0, no_grid = 0, no_tyre = 0;
	for (uint32_t place = 0; place < cars->n_running; place++) {
		const struct f1p_car *car = car_at(state, cars, place);
		no_grid += car->grid == F1P_UNKNOWN;
		no_tyre += tyre_now(car) <= F1P_TYRE_UNKNOWN;
	}
	missing |= 2 * no_grid > cars->n_running ? F1P_MISSING_GRID : 0;
	missing |= 2 * no_tyre > cars->n_running ? F1P_MISSING_TYRES : 0;
	missing |= clean_laps == 0 ? F1P_MISSING_PACE : 0;
	missing |= done > 0 && 2 * gaps_told < cars->n_running ? F1P_MISSING_GAPS : 0;
	return missing;
}

static void share_of_kinds(double share[2], const struct f1p_state *state, const struct positions_field *cars)
{
	uint32_t wet = 0;
	for (uint32_t place = 0; place < cars->n_running; place++) {
		wet += tyre_is_wet(tyre_now(car_at(state, cars, place)));
	}
	share[1] = cars->n_running ? (double)wet / cars->n_running : 0.0;
	share[0] = 1.0 - share[1];
}

static void set_race(struct mc_field *f, const struct f1p_state *state, const struct midrace_cfg *cfg,
	const struct race_laps *laps, int32_t done, uint32_t *missing)
{
	f->n_pad = (f->n + 7u) & ~7u;
	f->total_laps = distance(state, cfg, done, laps->lap_ms, missing);
	f->start = done == 0 && !red_flag(state);
	f->start_spread = state->status == F1P_STATUS_STARTED ? 0.6f : 1.0f;
	f->first_lap = f->start ? 2 : done + 1;
	f->lap_s = (float)(laps->lap_ms / 1000.0);
	f->pit_loss_s = (float)laps->pit_loss_s;
	f->hazard_laps = HAZARD_LAPS;
	f->n_laps = f->total_laps >= f->first_lap ? (uint32_t)(f->total_laps - f->first_lap) + 1 : 0;
	f->n_laps = f->n_laps < MC_LAPS ? f->n_laps : MC_LAPS;
	set_mode(f, state);
	set_passing(f, priors_overtaking(state, cfg));
}

static void set_rates(struct mc_field *f, const struct f1p_state *state, const struct midrace_cfg *cfg)
{
	double retirements = 0.0;
	for (uint32_t lane = 0; lane < f->n; lane++) {
		retirements += f->dnf[lane] / 1048576.0;
	}
	struct priors_rates rates = priors_rates(state, retirements, cfg);
	f->sc_chance = chance20(rates.sc);
	f->vsc_chance = chance20(rates.vsc);
	f->red_chance = chance20(rates.red);
}

uint32_t mc_field_init(struct mc_field *f, uint16_t rows[MC_LANES], const struct f1p_state *state,
	const struct positions_field *cars, const struct midrace_cfg *cfg, const struct midrace_model *model, uint64_t seed)
{
	struct race_laps laps;
	struct pace_car pace[F1P_MAX_CARS];
	struct pace_tyres tyres;
	struct midrace_model here = *model;
	double gap[F1P_MAX_CARS] = {0};
	uint32_t missing = 0, lane_of[F1P_MAX_CARS] = {0}, lane = 0;

	memset(f, 0, sizeof(*f));
	f->n = cars->n_running;
	f->seed = f1p_mix64(seed);
	race_laps_init(&laps, state, cars, priors_pit_loss_s(state, cfg));
	uint32_t clean_laps = pace_fit(pace, &tyres, &laps, model, state, cars);
	memcpy(here.tyre_off, tyres.off, sizeof(here.tyre_off));
	memcpy(here.tyre_slope, tyres.slope, sizeof(here.tyre_slope));
	struct setting s = {.state = state,
		.cfg = cfg,
		.laps = &laps,
		.pace = pace,
		.model = &here,
		.done = positions_laps_done(state),
		.wet = tyre_race_is_wet(state),
		.red = red_flag(state)};
	set_race(f, state, cfg, &laps, s.done, &missing);
	s.start = f->start;
	share_of_kinds(s.mismatch, state, cars);
	for (uint32_t row = 0; row < cars->n; row++) {
		if (cars->running[row]) {
			rows[lane] = (uint16_t)row;
			lane_of[row] = lane;
			set_lane(f, lane++, &s, row, cars->car[row]);
		}
	}
	uint32_t told = set_gaps(gap, state, cars, f->lap_s);
	set_rates(f, state, cfg);
	set_places(f, state, cars, lane_of, gap, s.red);
	plan_stops(f, state, cars, lane_of, &here, &(struct plan_setting){s.mismatch[1], s.wet, s.red, s.start});
	return missing | find_missing(state, cars, clean_laps, s.done, told);
}
