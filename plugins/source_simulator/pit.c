/*
 * pit.c - a visit to the pit lane: entry at the last loop of a lap, box after the line, exit at the first loop.
 *
 * The time in the lane does not depend on how fast the field goes outside: that is why a stop under a safety car is cheap.
 */
#include "internal.h"

#define ENTRY_LOSS_MS 4000   /* of the pit loss, before the line */
#define NOMINAL_STOP_MS 2400 /* stationary time that the configured pit loss includes */
#define LANE_NOISE_MS 450
#define SLOW_STOP_CHANCE 0.10
#define SLOW_STOP_MS 4000
#define TO_BOX_MS 5000
#define SPEEDING_CHANCE 0.012

static double green_ms(const struct sim *s, int segment)
{
	return s->cfg.lap_time_s * 1000 * sim_segment_share(segment);
}

/* At the pit entry: decides what the visit costs. The box comes after the line. */
void sim_pit_enter(struct sim *s, struct sim_car *car)
{
	double jacks = f1p_rng_exponential(&s->rng), slow = f1p_rng_uniform(&s->rng), how_slow = f1p_rng_exponential(&s->rng);
	double lane = f1p_rng_normal(&s->rng), speeding = f1p_rng_uniform(&s->rng);
	car->in_pit = true;
	car->t_pit_in = s->now;
	car->stops++;
	car->stationary_ms = 2000 + (int)sim_round(400 * (jacks < 4 ? jacks : 4));
	if (slow < SLOW_STOP_CHANCE) {
		car->stationary_ms += (int)sim_round(SLOW_STOP_MS * how_slow);
	}
	double loss = s->cfg.pit_loss_s * 1000 - ENTRY_LOSS_MS - NOMINAL_STOP_MS + LANE_NOISE_MS * lane;
	car->box_ms = (int)sim_round(loss > 1000 ? loss : 1000);
	sim_emit_status(s, car, F1P_CAR_IN_PIT | F1P_CAR_PIT_STOPS, true);
	struct f1p_ev_pit *e = sim_emit(s, F1P_EV_PIT_LANE_TIME, sizeof(*e));
	e->car = (uint16_t)car->number;
	e->lap = car->node / SIM_NODES + 1;
	e->lane_ms = F1P_UNKNOWN;
	e->stationary_ms = F1P_UNKNOWN;
	car->t_next = s->now + sim_round(green_ms(s, SIM_PIT_ENTRY)) + ENTRY_LOSS_MS;
	if (speeding < SPEEDING_CHANCE) {
		sim_task(s, s->now + 150000, SIM_TASK_PENALTY, sim_index(s, car), SIM_PIT_SPEEDING);
	}
}

/* At the line, in the lane: tyres, penalties, and a team-mate who may still be in the box. */
void sim_pit_box(struct sim *s, struct sim_car *car)
{
	int laps = car->node / SIM_NODES;
	int64_t *free_at = &s->box_free[car->team], at_box = s->now + TO_BOX_MS;
	int64_t wait = *free_at > at_box ? *free_at - at_box : 0;
	int64_t held = wait + car->stationary_ms + car->penalty_s * INT64_C(1000);
	*free_at = at_box + held;
	car->stationary_ms += car->penalty_s * 1000;
	car->penalty_s = 0;
	sim_fit_tyres(s, car, sim_choose_compound(s, car, laps), laps);
	sim_begin_lap(s, car); /* again: the lap is driven on the new set */
	car->t_next = s->now + sim_round(green_ms(s, 0)) + car->box_ms + held;
	sim_emit_stint(s, car, F1P_STINT_COMPOUND | F1P_STINT_NEW | F1P_STINT_TOTAL | F1P_STINT_START | F1P_STINT_NOT_CHANGED);
}

void sim_pit_exit(struct sim *s, struct sim_car *car)
{
	int32_t lane_ms = (int32_t)(s->now - car->t_pit_in);
	int lap = car->node / SIM_NODES;
	car->in_pit = false;
	struct f1p_ev_car_status *status = sim_emit(s, F1P_EV_CAR_STATUS, sizeof(*status));
	status->mask = F1P_CAR_IN_PIT | F1P_CAR_PIT_OUT;
	status->car = (uint16_t)car->number;
	status->in_pit = F1P_NO;
	status->pit_out = F1P_YES;
	for (int type = F1P_EV_PIT_LANE_TIME; type <= F1P_EV_PIT_STOP; type++) {
		struct f1p_ev_pit *e = sim_emit(s, type, sizeof(*e));
		e->car = (uint16_t)car->number;
		e->lap = lap;
		e->lane_ms = lane_ms;
		e->stationary_ms = type == F1P_EV_PIT_STOP ? car->stationary_ms : F1P_UNKNOWN;
	}
}
