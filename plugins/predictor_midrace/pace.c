/*
 * pace.c - clean laps, the field's median per lap, pace of each car with its uncertainty, pit loss of this race.
 */
#include "pace.h"

#include <string.h>

#include "helpers/fmath.h"

#define LAP_MIN_MS 20000
#define LAP_MAX_MS 400000
#define PRIOR_LAPS 3.0         /* laps' worth of evidence that the grid position is */
#define PRIOR_AT_POLE (-1.40) /* pace by grid slot, dry races 2018-24: 2070 starts, residual 0.56 % */
#define PRIOR_FRONT 0.20      /* per slot up to the seventh */
#define PRIOR_BACK 0.085      /* per slot behind */
#define DECAY 0.95
#define MAX_STOPS_SEEN 64u

bool pace_tyre(uint8_t compound, double *off, double *slope)
{
	switch (compound) {
	case F1P_TYRE_SOFT:
	case F1P_TYRE_HYPERSOFT:
	case F1P_TYRE_ULTRASOFT:
	case F1P_TYRE_SUPERSOFT:
		*off = 0.0;
		*slope = 0.069;
		return true;
	case F1P_TYRE_HARD:
	case F1P_TYRE_SUPERHARD:
		*off = 0.370;
		*slope = 0.045;
		return true;
	case F1P_TYRE_INTERMEDIATE:
	case F1P_TYRE_WET:
		*off = 0.0;
		*slope = 0.0;
		return true;
	default:
		*off = 0.241;
		*slope = 0.052;
		return compound == F1P_TYRE_MEDIUM;
	}
}

static uint32_t laps_kept(const struct f1p_car *car)
{
	return car->n_laps < F1P_MAX_LAPS ? car->n_laps : F1P_MAX_LAPS;
}

/* A lap that tells the car's pace: not the first, not through the pit lane, not neutralised. */
static bool lap_is_free(const struct f1p_car *car, uint32_t index)
{
	if (index == 0 || index >= laps_kept(car)) {
		return false;
	}
	const struct f1p_lap *lap = &car->history[index];
	return !(lap->flags & (F1P_LAPF_IN | F1P_LAPF_OUT | F1P_LAPF_NEUTRAL)) && lap->time_ms >= LAP_MIN_MS &&
	       lap->time_ms <= LAP_MAX_MS;
}

static double median(double *v, uint32_t n)
{
	for (uint32_t i = 1; i < n; i++) {
		double x = v[i];
		uint32_t at = i;
		for (; at > 0 && v[at - 1] > x; at--) {
			v[at] = v[at - 1];
		}
		v[at] = x;
	}
	return n % 2 ? v[n / 2] : 0.5 * (v[n / 2 - 1] + v[n / 2]);
}

static double lap_median(const struct f1p_state *state, uint32_t index)
{
	double v[F1P_MAX_CARS];
	uint32_t n = 0;
	for (uint32_t i = 0; i < state->n_cars && i < F1P_MAX_CARS; i++) {
		if (lap_is_free(&state->cars[i], index)) {
			v[n++] = state->cars[i].history[index].time_ms;
		}
	}
	return n >= 4 ? median(v, n) : 0.0;
}

static bool lap_is_clean(const struct pace_race *race, const struct f1p_car *car, uint32_t index)
{
	if (!lap_is_free(car, index) || race->median_ms[index] <= 0.0) {
		return false;
	}
	double ratio = car->history[index].time_ms / race->median_ms[index];
	return ratio >= 0.95 && ratio <= 1.06;
}

/* In-lap and out-lap against two clean ones, for one stop; 0 if it cannot be told. */
static double stop_cost_s(const struct pace_race *race, const struct f1p_car *car, uint32_t index)
{
	if (index + 1 >= laps_kept(car)) {
		return 0.0;
	}
	const struct f1p_lap *in = &car->history[index], *out = in + 1;
	if (!(in->flags & F1P_LAPF_IN) || !(out->flags & F1P_LAPF_OUT) || ((in->flags | out->flags) & F1P_LAPF_NEUTRAL) ||
	    in->time_ms < LAP_MIN_MS || out->time_ms < LAP_MIN_MS || in->time_ms > LAP_MAX_MS || out->time_ms > LAP_MAX_MS ||
	    race->median_ms[index] <= 0.0 || race->median_ms[index + 1] <= 0.0) {
		return 0.0;
	}
	double cost = (in->time_ms + out->time_ms - race->median_ms[index] - race->median_ms[index + 1]) / 1000.0;
	return cost >= 8.0 && cost <= 45.0 ? cost : 0.0;
}

static double measured_pit_loss(const struct pace_race *race, const struct f1p_state *state, const struct positions_field *cars,
				double prior)
{
	double v[MAX_STOPS_SEEN];
	uint32_t n = 0;
	for (uint32_t row = 0; row < cars->n; row++) {
		for (uint32_t k = 1; k < F1P_MAX_LAPS && n < MAX_STOPS_SEEN; k++) {
			double cost = stop_cost_s(race, &state->cars[cars->car[row]], k);
			if (cost > 0.0) {
				v[n++] = cost;
			}
		}
	}
	return n ? ((double)n * median(v, n) + prior) / ((double)n + 1.0) : prior;
}

void pace_race_init(struct pace_race *race, const struct f1p_state *state, const struct positions_field *cars, double pit_loss_s)
{
	double recent[5];
	uint32_t n = 0;
	memset(race, 0, sizeof(*race));
	for (uint32_t k = 0; k < F1P_MAX_LAPS; k++) {
		race->median_ms[k] = lap_median(state, k);
	}
	for (uint32_t k = F1P_MAX_LAPS; k-- > 0 && n < 5;) {
		if (race->median_ms[k] > 0.0) {
			recent[n++] = race->median_ms[k];
		}
	}
	bool best_known = state->best_ms >= LAP_MIN_MS && state->best_ms <= LAP_MAX_MS;
	race->lap_ms = n ? median(recent, n) : best_known ? state->best_ms * 1.02 : 90000.0;
	race->pit_loss_s = measured_pit_loss(race, state, cars, pit_loss_s);
}

static double lap_residual(const struct pace_race *race, const struct f1p_lap *lap, uint32_t index)
{
	double off, slope, age = lap->tyre_age == 0xffff ? 10.0 : lap->tyre_age < 45 ? lap->tyre_age : 45.0;
	pace_tyre(lap->compound, &off, &slope);
	return (lap->time_ms / race->median_ms[index] - 1.0) * 100.0 - off - slope * age;
}

/* Mean residual of the field on a lap: what is left of it is common to all. */
static double field_residual(const struct pace_race *race, const struct f1p_state *state, const struct positions_field *cars,
			     uint32_t index)
{
	double sum = 0.0;
	uint32_t n = 0;
	for (uint32_t row = 0; row < cars->n; row++) {
		const struct f1p_car *car = &state->cars[cars->car[row]];
		if (lap_is_clean(race, car, index)) {
			sum += lap_residual(race, &car->history[index], index);
			n++;
		}
	}
	return n ? sum / (double)n : 0.0;
}

static double air_weight(const struct f1p_lap *lap)
{
	if (lap->position == 1 || (lap->interval_ms != F1P_UNKNOWN && lap->interval_ms > 2000)) {
		return 1.0;
	}
	return lap->interval_ms == F1P_UNKNOWN ? 0.85 : 0.7;
}

static double prior_pace(const struct f1p_car *car, uint32_t n_cars)
{
	int32_t slot = car->grid == 0 ? (int32_t)n_cars : car->grid;
	if (slot < 1 || slot > 100) {
		return 0.0;
	}
	slot = slot < 22 ? slot : 22;
	return PRIOR_AT_POLE + PRIOR_FRONT * ((slot < 7 ? slot : 7) - 1) + PRIOR_BACK * (slot > 7 ? slot - 7 : 0);
}

static void add_laps(struct pace_car *pace, struct pace_race *race, const struct f1p_car *car, const double *common,
		     int32_t laps_done)
{
	double weight = 1.0, sum = 0.0, total = 0.0;
	uint32_t last = laps_done > 0 && laps_done < (int32_t)F1P_MAX_LAPS ? (uint32_t)laps_done : laps_kept(car);
	for (uint32_t k = last; k-- > 0; weight *= DECAY) {
		if (lap_is_clean(race, car, k)) {
			double y = lap_residual(race, &car->history[k], k) - common[k];
			double w = weight * air_weight(&car->history[k]);
			y = y < -3.0 ? -3.0 : y > 4.0 ? 4.0 : y;
			sum += w * y;
			total += w;
			race->clean_laps++;
		}
	}
	pace->mean = (PRIOR_LAPS * pace->mean + sum) / (PRIOR_LAPS + total);
	pace->weight = total;
	double unseen = PRIOR_LAPS / (PRIOR_LAPS + total);
	pace->sd = f1p_sqrt(0.109 + 0.141 * unseen * unseen);
}

void pace_cars(struct pace_car pace[F1P_MAX_CARS], struct pace_race *race, const struct f1p_state *state,
	       const struct positions_field *cars, int32_t laps_done)
{
	double common[F1P_MAX_LAPS], mean = 0.0;
	for (uint32_t k = 0; k < F1P_MAX_LAPS; k++) {
		common[k] = race->median_ms[k] > 0.0 ? field_residual(race, state, cars, k) : 0.0;
	}
	for (uint32_t row = 0; row < cars->n; row++) {
		pace[row].mean = prior_pace(&state->cars[cars->car[row]], cars->n);
		mean += cars->running[row] ? pace[row].mean / (double)cars->n_running : 0.0;
	}
	for (uint32_t row = 0; row < cars->n; row++) {
		pace[row].mean -= mean;
		add_laps(&pace[row], race, &state->cars[cars->car[row]], common, laps_done);
	}
}
