/*
 * neutral.c - neutralisations: safety car, virtual safety car, red flag with its restart.
 *
 * Behind the safety car the field closes up (road.c keeps the distances); it comes in once the lead lap is together and
 * lapped cars had their chance. Under a red flag everybody drives to the pit lane and starts again from the grid.
 */
#include "internal.h"

#define MAX_SC_LAPS 7

static void say_safety_car(struct sim *s, int mode, int status, const char *text)
{
	sim_say(s, &(struct sim_message){ .category = F1P_RC_SAFETY_CAR, .mode = (uint8_t)mode, .status = (uint8_t)status }, "%s", text);
}

/* ------------------------------------------------------------ safety car */

void sim_deploy_sc(struct sim *s)
{
	s->pending = false;
	if (s->flag || (s->phase != SIM_GREEN && s->phase != SIM_VSC && s->phase != SIM_VSC_ENDING)) {
		return;
	}
	s->phase = SIM_SC;
	s->neutral_id++;
	s->n_sc++;
	s->sc_laps = 0;
	s->sc_min = 2 + (int)f1p_rng_below(&s->rng, 2);
	s->sc_in = s->unlapped = false;
	say_safety_car(s, F1P_MODE_SC, F1P_RCS_DEPLOYED, "SAFETY CAR DEPLOYED");
	sim_emit_track(s);
}

/* Every car on the lead lap has closed up. */
static bool bunched(struct sim *s)
{
	for (int i = 0; i < s->n_cars; i++) {
		const struct sim_car *car = &s->cars[i];
		if (car->phase == SIM_CAR_RUNNING && car->gap.laps == 0 && car->gap.ms != F1P_UNKNOWN && car->gap.ms > 2500 * s->n_cars) {
			return false;
		}
	}
	return true;
}

static bool wave_lapped_cars(struct sim *s)
{
	char list[160] = "";
	size_t used = 0;
	for (int place = 0; place < s->n_cars; place++) {
		struct sim_car *car = sim_car_at(s, place);
		if (car->phase != SIM_CAR_RUNNING || car->gap.laps == 0 || used + 8 > sizeof(list)) {
			continue;
		}
		car->unlapping = true;
		char digits[5];
		size_t n = 0;
		for (int v = car->number; v > 0 && n < sizeof(digits); v /= 10) {
			digits[n++] = (char)('0' + v % 10);
		}
		if (used > 0) {
			list[used++] = ',';
			list[used++] = ' ';
		}
		while (n > 0) {
			list[used++] = digits[--n];
		}
	}
	if (used == 0) {
		return false;
	}
	sim_say(s, &(struct sim_message){ .category = F1P_RC_OTHER }, "LAPPED CARS MAY NOW OVERTAKE THE SAFETY CAR: %s", list);
	return true;
}

void sim_back_to_green(struct sim *s)
{
	s->phase = SIM_GREEN;
	for (int i = 0; i < s->n_cars; i++) {
		s->cars[i].unlapping = false;
	}
	sim_say_flag(s, F1P_FLAG_CLEAR, "TRACK CLEAR");
	sim_emit_track(s);
}

/* The leader completes a lap behind the safety car. */
void sim_sc_lap(struct sim *s)
{
	s->sc_laps++;
	if (s->sc_in) {
		sim_back_to_green(s);
		return;
	}
	if (s->sc_laps < s->sc_min || (s->sc_laps < MAX_SC_LAPS && !bunched(s))) {
		return;
	}
	if (!s->unlapped && s->sc_laps < MAX_SC_LAPS) {
		s->unlapped = true;
		if (wave_lapped_cars(s)) {
			return; /* they get this lap to catch up */
		}
	}
	sim_clear_all(s);
	s->sc_in = true;
	say_safety_car(s, F1P_MODE_SC, F1P_RCS_IN_THIS_LAP, "SAFETY CAR IN THIS LAP");
}

/* ------------------------------------------------------------ virtual safety car */

void sim_deploy_vsc(struct sim *s)
{
	s->pending = false;
	if (s->flag || s->phase != SIM_GREEN) {
		return;
	}
	s->phase = SIM_VSC;
	s->neutral_id++;
	s->n_vsc++;
	say_safety_car(s, F1P_MODE_VSC, F1P_RCS_DEPLOYED, "VIRTUAL SAFETY CAR DEPLOYED");
	sim_emit_track(s);
	sim_task(s, sim_later(s, 70, 170), SIM_TASK_VSC_ENDING, 0, s->neutral_id);
}

void sim_vsc_ending(struct sim *s, int id)
{
	if (s->phase != SIM_VSC || s->neutral_id != id) {
		return;
	}
	s->phase = SIM_VSC_ENDING;
	sim_clear_all(s);
	say_safety_car(s, F1P_MODE_VSC, F1P_RCS_ENDING, "VIRTUAL SAFETY CAR ENDING");
	sim_emit_track(s);
	sim_task(s, sim_later(s, 9, 15), SIM_TASK_VSC_END, 0, id);
}

/* ------------------------------------------------------------ red flag */

/* Everybody drives slowly to the pit lane: to the end of the leader's lap, lapped cars so many laps less. */
void sim_red_flag(struct sim *s)
{
	s->pending = false;
	if (s->flag || s->phase == SIM_RED || s->lead_laps + 1 >= s->cfg.laps) {
		return;
	}
	const struct sim_car *lead = sim_behind(s, 0);
	int node = lead ? lead->node : 0, target = (node / SIM_NODES + 1) * SIM_NODES;
	for (int i = 0; i < s->n_cars; i++) {
		struct sim_car *car = &s->cars[i];
		car->unlapping = false;
		car->park_node = target - (node - car->node) / SIM_NODES * SIM_NODES;
	}
	sim_clear_all(s);
	s->phase = SIM_RED;
	s->neutral_id++;
	s->n_red++;
	s->clock_ms -= s->now - s->t_clock;
	sim_say_flag(s, F1P_FLAG_RED, "RED FLAG");
	sim_emit_track(s);
	sim_emit_value(s, F1P_EV_SESSION_STATUS, F1P_STATUS_ABORTED);
	sim_emit_clock(s, false);
}

/* When the last car has joined the queue in the pit lane (or has stopped), the time of the restart is set. */
void sim_plan_restart(struct sim *s)
{
	for (int i = 0; i < s->n_cars; i++) {
		if (s->cars[i].phase == SIM_CAR_RUNNING) {
			return;
		}
	}
	int64_t start_min = (s->cfg.start_ns / 1000000 + s->now) / 60000 + 9 + f1p_rng_below(&s->rng, 10);
	int64_t restart = start_min * 60000 - s->cfg.start_ns / 1000000;
	sim_task(s, restart - 300000, SIM_TASK_RESUME_NOTICE, 0, (int)(start_min % 1440));
	sim_task(s, restart, SIM_TASK_RESTART, 0, 0);
}

/* A car reaches the queue in the pit lane. */
void sim_park(struct sim *s, struct sim_car *car)
{
	if (!car->in_pit) {
		car->in_pit = true;
		sim_emit_status(s, car, F1P_CAR_IN_PIT, true);
	}
	car->phase = SIM_CAR_PARKED;
	car->t_next = car->t_extra = SIM_NEVER;
	sim_plan_restart(s);
}

/* Standing start in running order, on tyres of free choice. */
void sim_restart(struct sim *s)
{
	int slot = 0;
	s->phase = SIM_GREEN;
	s->t_clock = s->now;
	sim_weather_advance(s);
	sim_say_plain(s, "STANDING START");
	sim_say_flag(s, F1P_FLAG_CLEAR, "TRACK CLEAR");
	sim_emit_track(s);
	sim_emit_value(s, F1P_EV_SESSION_STATUS, F1P_STATUS_STARTED);
	sim_emit_clock(s, true);
	for (int place = 0; place < s->n_cars; place++) {
		struct sim_car *car = sim_car_at(s, place);
		if (car->phase != SIM_CAR_PARKED) {
			continue;
		}
		int laps = car->node / SIM_NODES;
		if (car->n_stints < SIM_MAX_STINTS) {
			sim_fit_tyres(s, car, sim_choose_compound(s, car, laps), laps);
			sim_emit_stint(s, car, F1P_STINT_COMPOUND | F1P_STINT_NEW | F1P_STINT_TOTAL | F1P_STINT_START | F1P_STINT_NOT_CHANGED);
		}
		sim_launch(s, car, slot++);
		sim_emit_status(s, car, F1P_CAR_IN_PIT, false);
	}
}
