/*
 * live.c - gaps, pace and tyres of the running cars from the laps that the state keeps.
 */
#include "live.h"

#include <string.h>

#include "helpers/fmath.h"
#include "lap_times.h"

#define LAP_DEFAULT_S 90.0
#define PIT_LOSS_DEFAULT_S 22.0
#define STOPS_DEFAULT 1.5
#define RETIREMENT_DEFAULT 0.12
#define CLEAN_FROM 0.95  /* of the field's median lap; the rest are not laps at full speed */
#define CLEAN_TO 1.06
#define DECAY 0.95       /* weight of a lap against the next one */
#define TRAFFIC 0.7      /* weight of a lap within 2 s of the car ahead */
#define PRIOR_LAPS 5.0   /* what is expected before the race counts as so many laps */
#define PRIOR_SLOPE 1.1
#define RECENT_LAPS 5u
#define GAP_UNKNOWN_S 1.5

/* The tyre's part of a lap, %: dry races of 2021-24, 79,086 laps. */
static double tyre_cost(const struct f1p_lap *lap)
{
	double age = lap->tyre_age == 0xffff ? 10.0 : lap->tyre_age < 45 ? lap->tyre_age : 45.0;
	switch (lap->compound) {
	case F1P_TYRE_SOFT:
	case F1P_TYRE_SUPERSOFT:
	case F1P_TYRE_ULTRASOFT:
	case F1P_TYRE_HYPERSOFT:
		return 0.069 * age;
	case F1P_TYRE_HARD:
	case F1P_TYRE_SUPERHARD:
		return 0.370 + 0.045 * age;
	case F1P_TYRE_INTERMEDIATE:
	case F1P_TYRE_WET:
		return 0.0;
	default:
		return 0.241 + 0.052 * age;
	}
}

/* Residuals of one lap of all rows against the field: false where the lap is no measure. y is centred on those that are. */
static double lap_of_field(const struct f1p_state *state, const struct positions_field *cars, uint32_t index, double *y, bool *valid)
{
	double v[F1P_MAX_CARS], sum = 0.0;
	uint32_t n = 0, used = 0;
	memset(valid, 0, F1P_MAX_CARS * sizeof(*valid));
	for (uint32_t row = 0; row < cars->n; row++) {
		const struct f1p_car *car = &state->cars[cars->car[row]];
		if (lap_is_free(car, index)) {
			v[n++] = car->history[index].time_ms;
		}
	}
	if (n < 4) {
		return 0.0;
	}
	double mid = median_sorting(v, n);
	for (uint32_t row = 0; row < cars->n; row++) {
		const struct f1p_car *car = &state->cars[cars->car[row]];
		double ratio = lap_is_free(car, index) ? car->history[index].time_ms / mid : 0.0;
		if (ratio >= CLEAN_FROM && ratio <= CLEAN_TO) {
			valid[row] = true;
			y[row] = (ratio - 1.0) * 100.0 - tyre_cost(&car->history[index]);
			sum += y[row];
			used++;
		}
	}
	for (uint32_t row = 0; row < cars->n && used > 0; row++) {
		y[row] -= sum / (double)used;
		y[row] = y[row] < -3.0 ? -3.0 : y[row] > 4.0 ? 4.0 : y[row];
	}
	return mid;
}

static double clip(double x, double least, double most)
{
	return x < least ? least : x > most ? most : x;
}

/* A prior in thousandths; def where it is not known. */
static double thousandths(int32_t v, double def)
{
	return v == F1P_UNKNOWN ? def : v / 1000.0;
}

struct paces {
	double sum[F1P_MAX_CARS], weight[F1P_MAX_CARS], recent[F1P_MAX_CARS];
	uint32_t n_recent[F1P_MAX_CARS];
	double lap_s;
};

/* Newest lap first. */
static void read_laps(struct paces *p, const struct f1p_state *state, const struct positions_field *cars, uint32_t laps_done)
{
	double y[F1P_MAX_CARS], weight = 1.0, recent[5];
	bool valid[F1P_MAX_CARS];
	uint32_t n = 0;
	memset(p, 0, sizeof(*p));
	for (uint32_t k = laps_done < F1P_MAX_LAPS ? laps_done : F1P_MAX_LAPS; k-- > 1; weight *= DECAY) {
		double mid = lap_of_field(state, cars, k, y, valid);
		if (mid > 0.0 && n < 5) {
			recent[n++] = mid;
		}
		for (uint32_t row = 0; row < cars->n; row++) {
			if (!valid[row]) {
				continue;
			}
			const struct f1p_lap *lap = &state->cars[cars->car[row]].history[k];
			bool free_air = lap->position == 1 || (lap->interval_ms != F1P_UNKNOWN && lap->interval_ms > 2000);
			double w = weight * (free_air ? 1.0 : TRAFFIC);
			p->sum[row] += w * y[row];
			p->weight[row] += w;
			if (p->n_recent[row] < RECENT_LAPS) {
				p->recent[row] += y[row];
				p->n_recent[row]++;
			}
		}
	}
	p->lap_s = n ? median_sorting(recent, n) / 1000.0
		     : lap_time_possible(state->best_ms) ? state->best_ms / 980.0 : LAP_DEFAULT_S;
}

static bool is_dry(uint8_t compound)
{
	return compound > F1P_TYRE_UNKNOWN && compound != F1P_TYRE_INTERMEDIATE && compound != F1P_TYRE_WET;
}

static float softness(uint8_t compound)
{
	switch (compound) {
	case F1P_TYRE_SOFT:
	case F1P_TYRE_SUPERSOFT:
	case F1P_TYRE_ULTRASOFT:
	case F1P_TYRE_HYPERSOFT:
		return 1.0f;
	case F1P_TYRE_HARD:
	case F1P_TYRE_SUPERHARD:
		return -1.0f;
	default:
		return 0.0f;
	}
}

/* The compound rule: two dry compounds, unless wet tyres were used or there was a red flag. */
static bool owes_compound(const struct f1p_state *state, const struct f1p_car *car)
{
	uint32_t used = 0, dry = 0;
	for (uint32_t i = 0; i < car->n_stints && i < F1P_MAX_STINTS; i++) {
		used |= 1u << (car->stints[i].compound & 31u);
	}
	used |= 1u << (car->compound & 31u);
	if (state->type != F1P_SESSION_RACE || state->n_red > 0 || used & (1u << F1P_TYRE_INTERMEDIATE | 1u << F1P_TYRE_WET)) {
		return false;
	}
	for (uint8_t c = F1P_TYRE_UNKNOWN + 1; c <= F1P_TYRE_SUPERHARD; c++) {
		dry += is_dry(c) && (used >> c & 1u);
	}
	return dry == 0 ? !(car->stops > 0) : dry < 2;
}

static void read_tyres(struct live_car *out, const struct f1p_state *state, const struct f1p_car *car, int32_t laps_done)
{
	int32_t age = car->tyre_age >= 0 && car->tyre_age < 200 ? car->tyre_age
		      : car->stint_laps >= 0 && car->stint_laps < 200 ? car->stint_laps : laps_done;
	out->tyre_age = (float)age;
	out->softness = softness(car->compound);
	out->stops = car->stops > 0 && car->stops < 20 ? (float)car->stops : 0.0f;
	out->owes = owes_compound(state, car) ? 1.0f : 0.0f;
	out->in_pit = car->in_pit == F1P_YES ? 1.0f : 0.0f;
	out->recent_stop = out->in_pit <= 0.0f && car->stops > 0 && car->stint_laps >= 0 && car->stint_laps < 2 ? 1.0f : 0.0f;
	out->penalty_s = car->penalty_ms > 0 && car->penalty_ms < 120000 ? (float)car->penalty_ms / 1000.0f : 0.0f;
}

/* By the race clock, at the last line that the car has crossed: tells lapped cars apart too. Below 0 = not known. */
static double clock_gap(const struct f1p_car *leader, const struct f1p_car *car)
{
	uint32_t laps = car->n_laps < leader->n_laps ? car->n_laps : leader->n_laps;
	if (laps < 1 || laps > F1P_MAX_LAPS) {
		return -1.0;
	}
	int64_t mine = car->history[laps - 1].elapsed_ms, first = leader->history[laps - 1].elapsed_ms;
	return mine > 0 && first > 0 && mine >= first && mine - first < 3600000 ? (double)(mine - first) / 1000.0 : -1.0;
}

/* As the feed tells it. */
static double told_gap(const struct f1p_car *car, double lap_s, double ahead)
{
	double laps = car->gap_laps > 0 && car->gap_laps < 100 ? car->gap_laps : 0;
	double interval = car->interval_ms >= 0 && car->interval_ms < 600000 && !(car->interval_laps > 0) ? car->interval_ms / 1000.0
														 : GAP_UNKNOWN_S;
	if (car->gap_ms >= 0 && car->gap_ms < 36000000) {
		return car->gap_ms / 1000.0 + laps * lap_s;
	}
	return laps * lap_s > ahead + interval ? laps * lap_s : ahead + interval;
}

static double gap_of(const struct f1p_car *leader, const struct f1p_car *car, double lap_s, double ahead)
{
	double gap = clock_gap(leader, car);
	gap = gap >= 0.0 ? gap : told_gap(car, lap_s, ahead);
	return gap > ahead ? gap : ahead;
}

static void centre(struct live_car *car, uint32_t n, size_t offset)
{
	float mean = 0.0f;
	for (uint32_t i = 0; i < n; i++) {
		mean += *(const float *)(const void *)((const char *)&car[i] + offset) / (float)n;
	}
	for (uint32_t i = 0; i < n; i++) {
		*(float *)(void *)((char *)&car[i] + offset) -= mean;
	}
}

static void read_priors(struct live_car *out, const struct f1p_state *state, uint32_t index, uint32_t n)
{
	const int32_t *prior = state->car_prior[index];
	const struct f1p_car *car = &state->cars[index];
	double middle = ((double)n + 1.0) / 2.0;
	int32_t grid = car->grid == 0 ? (int32_t)state->n_cars : car->grid;
	out->prior = (float)clip(thousandths(prior[F1P_PRIOR_RACE_PACE], 0.0), -4.0, 4.0);
	out->quali_gap = (float)clip(thousandths(prior[F1P_PRIOR_QUALIFYING_GAP], 1.0), -4.0, 5.0);
	out->driver_form = (float)clip(thousandths(prior[F1P_PRIOR_DRIVER_FORM], middle), 1.0, F1P_MAX_CARS);
	out->team_form = (float)clip(thousandths(prior[F1P_PRIOR_TEAM_FORM], middle), 1.0, F1P_MAX_CARS);
	out->retirement = (float)(prior[F1P_PRIOR_RETIREMENT] == F1P_UNKNOWN ? RETIREMENT_DEFAULT
						: clip(prior[F1P_PRIOR_RETIREMENT] / 1e6, 0.0, 0.6));
	out->grid = grid > 0 && grid < 100 ? (float)grid : (float)middle;
}

static void read_race(struct live_race *race, const struct f1p_state *state, const struct positions_field *cars, double done,
		      int32_t laps_left, double lap_s)
{
	int32_t loss = state->prior[F1P_PRIOR_PIT_LOSS], laps_done = positions_laps_done(state);
	race->done = (float)done;
	race->laps_left = (float)laps_left;
	race->laps = (float)(laps_left + laps_done);
	race->lap_s = (float)lap_s;
	race->pit_loss_s = (float)(loss > 5000 && loss < 60000 ? loss / 1000.0 : PIT_LOSS_DEFAULT_S);
	race->usual_stops = (float)clip(thousandths(state->prior[F1P_PRIOR_STOPS], STOPS_DEFAULT), 0.0, 5.0);
	race->ease = (float)clip(thousandths(state->prior[F1P_PRIOR_OVERTAKING], 0.0), -2.0, 2.0);
	race->neutral = state->neutralised == F1P_YES;
	race->wet = positions_wet(state);
	race->points_places = (uint8_t)positions_points_places(state);
	race->n = (uint8_t)cars->n_running;
}

bool live_read(struct live_race *race, struct live_car car[F1P_MAX_CARS], const struct f1p_state *state,
	       const struct positions_field *cars)
{
	struct paces paces;
	int32_t laps_left, laps_done = positions_laps_done(state);
	uint32_t index_of[F1P_MAX_CARS], n = 0;
	bool known;
	double done = positions_share_done(state, LIVE_DEFAULT_LAPS, &laps_left, &known), ahead = 0.0;
	if (laps_done < 1 || cars->n_running == 0 || !known) {
		return false;
	}
	read_laps(&paces, state, cars, (uint32_t)laps_done);
	read_race(race, state, cars, done, laps_left, paces.lap_s);
	for (uint32_t row = 0; row < cars->n; row++) {
		if (cars->running[row]) {
			index_of[row] = n;
			memset(&car[n], 0, sizeof(car[n]));
			read_tyres(&car[n], state, &state->cars[cars->car[row]], laps_done);
			read_priors(&car[n++], state, cars->car[row], cars->n_running);
		}
	}
	centre(car, n, offsetof(struct live_car, prior));
	const struct f1p_car *leader = &state->cars[cars->car[cars->order[0]]];
	for (uint32_t place = 0; place < n; place++) {
		uint32_t row = cars->order[place];
		struct live_car *c = &car[index_of[row]];
		ahead = place == 0 ? 0.0 : gap_of(leader, &state->cars[cars->car[row]], paces.lap_s, ahead);
		c->place = (float)(place + 1);
		c->gap_s = (float)ahead;
		c->pace = (float)((PRIOR_LAPS * PRIOR_SLOPE * (double)c->prior + paces.sum[row]) / (PRIOR_LAPS + paces.weight[row]));
		c->recent = (float)(paces.n_recent[row] ? paces.recent[row] / paces.n_recent[row] : (double)c->pace);
	}
	centre(car, n, offsetof(struct live_car, pace));
	centre(car, n, offsetof(struct live_car, retirement));
	return true;
}
