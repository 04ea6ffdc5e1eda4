/*
 * strategy.c - when a car stops and on what it leaves: planned stops, the two-compound rule, safety cars, weather, cliff.
 */
#include "internal.h"

#define MEAN_DRY_LIFE 27.0
#define STOP_UNDER_SC 0.75 /* chance that a car whose stop is due takes it */
#define STOP_UNDER_VSC 0.45

static double dry_life(const struct sim *s)
{
	return MEAN_DRY_LIFE * 88.0 / s->cfg.lap_time_s / s->wear;
}

/* A dry race asks for two dry compounds; wet tyres, and sprints, are free of it. */
static bool owes_compound(const struct sim *s, const struct sim_car *car)
{
	int used = 0;
	for (int i = 0; i < SIM_DRY_COMPOUNDS; i++) {
		used += car->dry_used[i];
	}
	return !s->cfg.sprint && !car->wet_used && used < 2;
}

static int last_stop_lap(const struct sim *s)
{
	return s->cfg.laps >= 10 ? s->cfg.laps - 4 : s->cfg.laps - 1;
}

static int stops_left(const struct sim *s, const struct sim_car *car, int laps_left)
{
	int left = car->wet_used ? 0 : car->stops_target - (car->n_stints - 1);
	int owed = owes_compound(s, car) ? 1 : 0;
	left = left > owed ? left : owed;
	if (left == 0 && laps_left + car->age > sim_tyre_life(s, car->compound) * 1.25) {
		left = 1;
	}
	return left;
}

/* Sets the lap at whose end the car stops next; 0 = no more. */
void sim_plan_stop(struct sim *s, struct sim_car *car, int laps_done)
{
	int laps_left = s->cfg.laps - laps_done;
	double jitter = f1p_rng_normal(&s->rng);
	car->stop_lap = 0;
	if (!sim_is_dry(car->compound)) {
		return; /* the weather decides */
	}
	int left = stops_left(s, car, laps_left);
	if (left == 0 || car->n_stints >= SIM_MAX_STINTS) {
		return;
	}
	double life = sim_tyre_life(s, car->compound) - 0.5 * car->age;
	life = life > 2 ? life : 2;
	double stint = laps_left * life / (life + left * dry_life(s)) * (1 + 0.08 * jitter);
	int lap = laps_done + (stint > 1 ? (int)sim_round(stint) : 1);
	int last = last_stop_lap(s);
	car->stop_lap = lap < last ? lap : last;
}

/* The softest dry compound that lasts the stint ahead, and that the rule allows. */
static int dry_compound(struct sim *s, const struct sim_car *car, int laps_left)
{
	int left = car->stops_target - car->n_stints;
	double stint = laps_left / (left > 0 ? left + 1.0 : 1.0), taste = f1p_rng_uniform(&s->rng);
	int c = F1P_TYRE_SOFT;
	while (c < F1P_TYRE_HARD && sim_tyre_life(s, c) * (0.85 + 0.35 * taste) < stint) {
		c++;
	}
	if (left <= 0 && owes_compound(s, car) && car->dry_used[c - F1P_TYRE_SOFT]) {
		c = c == F1P_TYRE_HARD ? F1P_TYRE_MEDIUM : c + 1;
	}
	return c;
}

int sim_choose_compound(struct sim *s, const struct sim_car *car, int laps_done)
{
	int wet = sim_weather_compound(s->wetness);
	return wet != F1P_TYRE_UNKNOWN ? wet : dry_compound(s, car, s->cfg.laps - laps_done);
}

static bool weather_stop(const struct sim *s, const struct sim_car *car)
{
	int best = sim_weather_compound(s->wetness);
	int to = best == F1P_TYRE_UNKNOWN ? F1P_TYRE_MEDIUM : best;
	if (to == car->compound || (sim_is_dry(to) && sim_is_dry(car->compound))) {
		return false;
	}
	return sim_weather_pct(car->compound, s->wetness) - sim_weather_pct(to, s->wetness) > car->caution;
}

/* Under a safety car a stop costs less: cars whose stop is due take it, once per neutralisation. */
static bool cheap_stop(struct sim *s, struct sim_car *car, int lap)
{
	if ((s->phase != SIM_SC && s->phase != SIM_VSC) || car->decided == s->neutral_id) {
		return false;
	}
	car->decided = s->neutral_id;
	double chance = f1p_rng_uniform(&s->rng), p = s->phase == SIM_SC ? STOP_UNDER_SC : STOP_UNDER_VSC;
	if (!sim_is_dry(car->compound) || s->cfg.laps - lap < 3) {
		return false;
	}
	if (car->stop_lap == 0) {
		bool worn = car->age > 0.5 * sim_tyre_life(s, car->compound) && s->cfg.laps - lap > 10 && car->n_stints < 4;
		return worn && !s->cfg.sprint && chance < 0.3 * p;
	}
	int planned = car->stop_lap - car->stint_begin, run = lap - car->stint_begin;
	bool due = run * 100 >= planned * 35 || car->stop_lap - lap <= 10;
	return due && lap > 1 && chance < p;
}

/* Asked when the car reaches the pit entry. */
bool sim_wants_stop(struct sim *s, struct sim_car *car)
{
	int lap = car->node / SIM_NODES + 1, laps_left = s->cfg.laps - lap;
	if (laps_left < 1 || s->flag || car->n_stints >= SIM_MAX_STINTS) {
		return false;
	}
	if (cheap_stop(s, car, lap)) {
		return true;
	}
	if (laps_left >= 2 && weather_stop(s, car)) {
		return true;
	}
	if (!sim_is_dry(car->compound)) {
		return false;
	}
	if (sim_weather_compound(s->wetness) != F1P_TYRE_UNKNOWN) {
		return false; /* no new slicks in the wet */
	}
	if (owes_compound(s, car) && lap >= last_stop_lap(s)) {
		return true;
	}
	if (car->stop_lap > 0 && lap >= car->stop_lap) {
		return true;
	}
	return laps_left > 5 && car->age > sim_tyre_life(s, car->compound) * 1.35;
}

/* New tyres. The stint counter of the feed starts at 0 laps. */
void sim_fit_tyres(struct sim *s, struct sim_car *car, int compound, int laps_done)
{
	double caution = f1p_rng_uniform(&s->rng);
	car->compound = (uint8_t)compound;
	car->set_age = 0;
	car->age = 0;
	car->compounds[car->n_stints++] = (uint8_t)compound;
	car->stint_begin = laps_done;
	car->caution = 1.0 + 3.0 * caution;
	if (sim_is_dry(compound)) {
		car->dry_used[compound - F1P_TYRE_SOFT] = true;
	} else {
		car->wet_used = true;
	}
	sim_plan_stop(s, car, laps_done);
}
