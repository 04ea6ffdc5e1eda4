/*
 * pace.c - how fast a car is: rating, tyres, fuel, rain, noise, mistakes; and whether the lap ends its race.
 *
 * Percentages of a lap. Tyre offsets and slopes, fuel, lap noise, mistakes and retirement hazards are those measured on
 * real races (79,086 dry laps of 2021-24; 140 races of 2018-24); the cliff and the wet tyres are assumptions.
 */
#include "internal.h"

#define FUEL_PCT_PER_LAP 0.066
#define LAP_NOISE_PCT 0.30
#define MISTAKE_CHANCE 0.012
#define MISTAKE_PCT 1.5
#define DNF_FIRST_LAP 0.021
#define DNF_PER_LAP 0.0019
#define ACCIDENT_SHARE 0.42
#define FIRST_LAP_PCT 4.0 /* standing start and a full field */
#define REFERENCE_LAP_S 88.0 /* tyre lives below are laps of this length */

struct tyre {
	double offset, slope, life;
};
static const struct tyre tyres[SIM_DRY_COMPOUNDS] = { { 0.0, 0.069, 18 }, { 0.241, 0.052, 27 }, { 0.370, 0.045, 38 } };

/* Thousandths of a lap between two loops: 7 + 9 + 8 mini-sectors. */
static const int shares[SIM_NODES] = { 46, 41, 38, 44, 40, 39, 45, 43, 36, 44, 41, 45, 38, 42, 37, 46, 40, 44, 43, 39, 41, 45, 42, 41 };

double sim_segment_share(int segment)
{
	return shares[segment] / 1000.0;
}

bool sim_is_dry(int compound)
{
	return compound >= F1P_TYRE_SOFT && compound <= F1P_TYRE_HARD;
}

double sim_tyre_life(const struct sim *s, int compound)
{
	double life = sim_is_dry(compound) ? tyres[compound - F1P_TYRE_SOFT].life : 35;
	return life * REFERENCE_LAP_S / s->cfg.lap_time_s / s->wear;
}

/* What water costs on each kind of tyre: slicks cross over to intermediates near 0.13, those to wets near 0.75. */
double sim_weather_pct(int compound, double wetness)
{
	double w = wetness;
	if (sim_is_dry(compound)) {
		return 40 * w + 60 * w * w;
	}
	if (compound == F1P_TYRE_INTERMEDIATE) {
		return 5 + 8 * w + (w > 0.6 ? 30 * (w - 0.6) : 0);
	}
	return 10 + 7 * w;
}

int sim_weather_compound(double wetness)
{
	int best = F1P_TYRE_UNKNOWN;
	double cost = sim_weather_pct(F1P_TYRE_MEDIUM, wetness);
	for (int c = F1P_TYRE_INTERMEDIATE; c <= F1P_TYRE_WET; c++) {
		double pct = sim_weather_pct(c, wetness);
		if (pct < cost) {
			cost = pct;
			best = c;
		}
	}
	return best;
}

static double tyre_pct(const struct sim *s, const struct sim_car *car)
{
	double over = car->age - sim_tyre_life(s, car->compound);
	double cliff = over > 0 ? 0.10 * over + 0.012 * over * over : 0;
	double length = s->cfg.lap_time_s / REFERENCE_LAP_S * s->wear;
	if (!sim_is_dry(car->compound)) {
		return 0.04 * car->age * length + cliff;
	}
	const struct tyre *t = &tyres[car->compound - F1P_TYRE_SOFT];
	return t->offset + t->slope * car->age * length + cliff;
}

/* Fate: does this lap end the race of this car, where and how. Somebody must reach the flag. */
static void draw_retirement(struct sim *s, struct sim_car *car, int lap)
{
	double p = lap == 1 ? DNF_FIRST_LAP : DNF_PER_LAP;
	if (lap * 10 > s->cfg.laps * 9) {
		p = 0.0004; /* a car that gets so far is classified: few give up */
	}
	p *= 1 + 1.5 * s->wetness;
	double fate = f1p_rng_uniform(&s->rng), kind = f1p_rng_uniform(&s->rng), where = f1p_rng_uniform(&s->rng);
	if (fate >= p || sim_running(s) < 2) {
		return;
	}
	if (kind < ACCIDENT_SHARE || lap == 1) {
		car->out = SIM_OUT_ACCIDENT;
	} else {
		car->out = kind < 0.75 ? SIM_OUT_IN_PIT : SIM_OUT_MECHANICAL;
	}
	car->out_node = car->node + 1 + (int)(where * (SIM_NODES - 2));
	if (car->out == SIM_OUT_IN_PIT) {
		car->out_node = car->node + SIM_PIT_ENTRY;
	}
}

void sim_begin_lap(struct sim *s, struct sim_car *car)
{
	int lap = car->node / SIM_NODES + 1;
	double noise = LAP_NOISE_PCT * f1p_rng_normal(&s->rng), wander = f1p_rng_normal(&s->rng);
	double slip = f1p_rng_uniform(&s->rng), slip_pct = MISTAKE_PCT * f1p_rng_exponential(&s->rng);
	double head = f1p_rng_uniform(&s->rng);
	car->drift = 0.9 * car->drift + 0.06 * wander;
	double pct = car->rating + car->form + car->drift + tyre_pct(s, car) + sim_weather_pct(car->compound, s->wetness);
	pct += noise * (1 + 2 * s->wetness) + car->wet_skill * s->wetness;
	pct -= FUEL_PCT_PER_LAP * (lap - (s->cfg.laps + 1) / 2.0);
	if (lap == 1) {
		pct += FIRST_LAP_PCT;
	}
	if (lap > 1 && slip < MISTAKE_CHANCE * (1 + 3 * s->wetness)) {
		pct += slip_pct;
		if (slip_pct > 4.5 && s->phase == SIM_GREEN) {
			sim_incident(s, car->node + 1 + (int)(head * (SIM_NODES - 2)), SIM_OUT_NONE);
		}
	}
	if (pct < -6) {
		pct = -6;
	}
	car->lap_ms = s->cfg.lap_time_s * 1000 * (1 + pct / 100);
	car->head_ms = 380 + (int)(head * 420);
	draw_retirement(s, car, lap);
}

/* Time for one mini-sector with no traffic. */
double sim_segment_ms(const struct sim *s, const struct sim_car *car, int segment)
{
	double ms = car->lap_ms * sim_segment_share(segment);
	double green = s->cfg.lap_time_s * 1000 * sim_segment_share(segment);
	switch (s->phase) {
	case SIM_SC: /* nobody is quicker than the delta; the first behind the safety car sets the pace of the queue */
		if (car->unlapping) {
			return ms > green * 1.10 ? ms : green * 1.10;
		}
		green *= car->position == 1 ? 1.62 : 1.20;
		break;
	case SIM_RED:
		green *= car->position == 1 ? 1.75 : 1.30;
		break;
	case SIM_VSC:
	case SIM_VSC_ENDING:
		green *= 1.40;
		break;
	default:
		return s->yellow[segment] ? ms * 1.06 : ms;
	}
	return ms * 1.10 > green ? ms * 1.10 : green;
}
