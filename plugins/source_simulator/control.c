/*
 * control.c - race control: flags, incidents, penalties, start and finish, and the list of what is due when.
 *
 * Chances of a neutralisation after a retirement are those counted on 298 retirements of 2018-24; the small free hazards,
 * bring the totals to the measured 0.010 (SC) and 0.009 (VSC) per lap.
 */
#include "internal.h"

#include <string.h>

#define FREE_SC_PER_LAP 0.0025
#define FREE_VSC_PER_LAP 0.0050
#define TRACK_LIMITS_PER_LAP 0.004
#define COLLISION_PENALTY 0.2

struct outcome {
	double red, sc, vsc;
};
static const struct outcome after_accident = { .red = 0.06, .sc = 0.48, .vsc = 0.06 };
static const struct outcome after_mechanical = { .red = 0.01, .sc = 0.10, .vsc = 0.21 };

void sim_task(struct sim *s, int64_t t, int kind, int a, int b)
{
	if (s->n_tasks < SIM_TASKS) {
		s->tasks[s->n_tasks++] = (struct sim_task){ .t = t > s->now ? t : s->now, .seq = s->task_seq++, .kind = (uint8_t)kind,
			.a = a, .b = b };
	}
}

int sim_leader_lap(const struct sim *s)
{
	int lap = s->lead_laps + 1;
	return lap < s->cfg.laps ? lap : s->cfg.laps;
}

int64_t sim_later(struct sim *s, double lo_s, double hi_s)
{
	return s->now + sim_round(sim_uniform(s, lo_s, hi_s) * 1000);
}

void sim_say_plain(struct sim *s, const char *text)
{
	sim_say(s, &(struct sim_message){ .category = F1P_RC_OTHER }, "%s", text);
}

void sim_say_flag(struct sim *s, int flag, const char *text)
{
	sim_say(s, &(struct sim_message){ .category = F1P_RC_FLAG, .flag = (uint8_t)flag, .scope = F1P_SCOPE_TRACK }, "%s", text);
}

/* ------------------------------------------------------------ yellow flags */

static void yellow(struct sim *s, int sector, bool is_double)
{
	if (s->phase == SIM_RED || s->phase == SIM_OVER) {
		return;
	}
	s->yellow[sector] = true;
	sim_say(s,
		&(struct sim_message){ .category = F1P_RC_FLAG, .flag = is_double ? F1P_FLAG_DOUBLE_YELLOW : F1P_FLAG_YELLOW,
			.scope = F1P_SCOPE_SECTOR, .sector = (uint8_t)(sector + 1) },
		"%sYELLOW IN TRACK SECTOR %d", is_double ? "DOUBLE " : "", sector + 1);
	sim_emit_track(s);
}

static void clear_sector(struct sim *s, int sector)
{
	if (!s->yellow[sector]) {
		return;
	}
	s->yellow[sector] = false;
	sim_say(s,
		&(struct sim_message){ .category = F1P_RC_FLAG, .flag = F1P_FLAG_CLEAR, .scope = F1P_SCOPE_SECTOR,
			.sector = (uint8_t)(sector + 1) },
		"CLEAR IN TRACK SECTOR %d", sector + 1);
	sim_emit_track(s);
}

void sim_clear_all(struct sim *s)
{
	for (int i = 0; i < SIM_NODES; i++) {
		clear_sector(s, i);
	}
}

/* ------------------------------------------------------------ incidents */

static bool may_neutralise(const struct sim *s)
{
	return !s->pending && !s->flag && (s->phase == SIM_GREEN || s->phase == SIM_VSC || s->phase == SIM_VSC_ENDING);
}

/* Whether enough of the race is left to be stopped and started again. */
static bool may_stop_race(const struct sim *s)
{
	return s->cfg.red_flag != SIM_NO && !s->pending && !s->flag && s->phase != SIM_RED && s->phase != SIM_BEFORE &&
	       s->lead_laps + 4 < s->cfg.laps;
}

/* Something lies or happens at a node: yellow flags, and perhaps more. */
void sim_incident(struct sim *s, int node, int out)
{
	int sector = node % SIM_NODES;
	double fate = f1p_rng_uniform(&s->rng);
	int64_t yellow_at = sim_later(s, 1.5, 5), clear_at = sim_later(s, 15, 50), act_at = sim_later(s, 12, 32);
	struct outcome o = { 0 };
	if (out == SIM_OUT_ACCIDENT) {
		o = after_accident;
	} else if (out == SIM_OUT_MECHANICAL) {
		o = after_mechanical;
	}
	int act = 0;
	if (fate < o.red && may_stop_race(s)) {
		act = SIM_TASK_RED;
	} else if (fate < o.red + o.sc && may_neutralise(s) && s->cfg.safety_car != SIM_NO) {
		act = SIM_TASK_SC;
	} else if (fate < o.red + o.sc + o.vsc && may_neutralise(s) && s->cfg.safety_car != SIM_NO && s->phase == SIM_GREEN) {
		act = SIM_TASK_VSC;
	}
	sim_task(s, yellow_at, SIM_TASK_YELLOW, sector, out == SIM_OUT_ACCIDENT);
	if (act) {
		s->pending = true;
		sim_task(s, act_at, act, sector, 0);
		clear_at = act_at + 90000;
	}
	sim_task(s, clear_at, SIM_TASK_CLEAR, sector, 0);
}

/* A car stops for good, beside the road or in its garage. */
void sim_stop_car(struct sim *s, struct sim_car *car)
{
	bool garage = car->out == SIM_OUT_IN_PIT;
	car->phase = SIM_CAR_STOPPED;
	car->t_next = car->t_extra = SIM_NEVER;
	car->out_node = SIM_PATH;
	if (garage) {
		sim_emit_status(s, car, F1P_CAR_IN_PIT, true);
	} else {
		sim_emit_status(s, car, F1P_CAR_STOPPED, true);
	}
	sim_clear_gap(s, car);
	int64_t message_at = sim_later(s, 5, 15);
	sim_task(s, sim_later(s, 20, 70), SIM_TASK_RETIRED, sim_index(s, car), 0);
	if (s->phase == SIM_RED) {
		sim_plan_restart(s);
	}
	if (garage) {
		return;
	}
	int turn = (car->node % SIM_NODES) * SIM_TURNS / SIM_NODES + 1;
	sim_task(s, message_at, SIM_TASK_CAR_MESSAGE, sim_index(s, car), turn);
	sim_incident(s, car->node, car->out);
	double guilt = f1p_rng_uniform(&s->rng);
	struct sim_car *behind = sim_behind(s, car->position);
	if (car->out == SIM_OUT_ACCIDENT && guilt < COLLISION_PENALTY && behind) {
		sim_task(s, s->now + 420000, SIM_TASK_PENALTY, sim_index(s, behind), SIM_COLLISION);
	}
}

static void penalty(struct sim *s, int index, int offence)
{
	static const char *const reasons[] = { "", "SPEEDING IN THE PIT LANE", "CAUSING A COLLISION", "TRACK LIMITS" };
	struct sim_car *car = &s->cars[index];
	int seconds = offence == SIM_COLLISION ? 10 : 5;
	if (car->phase == SIM_CAR_STOPPED || s->phase == SIM_OVER) {
		return;
	}
	car->penalty_s += seconds;
	sim_say(s, &(struct sim_message){ .category = F1P_RC_OTHER, .car = car }, "FIA STEWARDS: %d SECOND TIME PENALTY FOR CAR %d (%s) - %s",
		seconds, car->number, sim_code(car), reasons[offence]);
}

static void track_limits(struct sim *s, struct sim_car *car)
{
	car->strikes++;
	int turn = 1 + (int)f1p_rng_below(&s->rng, SIM_TURNS), ms = car->best_ms;
	int64_t day_s = (s->cfg.start_ns / 1000000 + s->now) / 1000 % 86400;
	if (ms > 0) {
		sim_say(s, &(struct sim_message){ .category = F1P_RC_OTHER, .car = car },
			"CAR %d (%s) TIME %d:%02d.%03d DELETED - TRACK LIMITS AT TURN %d LAP %d %02d:%02d:%02d", car->number, sim_code(car),
			ms / 60000, ms / 1000 % 60, ms % 1000, turn, car->node / SIM_NODES, (int)(day_s / 3600), (int)(day_s / 60 % 60),
			(int)(day_s % 60));
	}
	if (car->strikes == 3) {
		sim_say(s,
			&(struct sim_message){ .category = F1P_RC_FLAG, .flag = F1P_FLAG_BLACK_AND_WHITE, .scope = F1P_SCOPE_DRIVER, .car = car },
			"BLACK AND WHITE FLAG FOR CAR %d (%s) - TRACK LIMITS", car->number, sim_code(car));
	} else if (car->strikes == 4) {
		penalty(s, sim_index(s, car), SIM_TRACK_LIMITS);
	}
}

static void car_message(struct sim *s, struct sim_car *car, int turn)
{
	if (turn < 0) {
		int64_t day_s = (s->cfg.start_ns / 1000000 + s->now) / 1000 % 86400;
		sim_say(s, &(struct sim_message){ .category = F1P_RC_FLAG, .flag = F1P_FLAG_BLUE, .scope = F1P_SCOPE_DRIVER, .car = car },
			"WAVED BLUE FLAG FOR CAR %d (%s) TIMED AT %02d:%02d:%02d", car->number, sim_code(car), (int)(day_s / 3600),
			(int)(day_s / 60 % 60), (int)(day_s % 60));
		return;
	}
	sim_say(s, &(struct sim_message){ .category = F1P_RC_CAR_EVENT, .car = car }, "CAR %d (%s) STOPPED AT TURN %d", car->number,
		sim_code(car), turn);
}

/* ------------------------------------------------------------ start, laps, finish */

static void start(struct sim *s)
{
	s->phase = SIM_GREEN;
	sim_emit_value(s, F1P_EV_SESSION_STATUS, F1P_STATUS_STARTED);
	sim_say_flag(s, F1P_FLAG_GREEN, "GREEN LIGHT - PIT EXIT OPEN");
	s->t_clock = s->now;
	sim_emit_clock(s, true);
	for (int place = 0; place < s->n_cars; place++) {
		sim_launch(s, sim_car_at(s, place), place);
	}
}

/* Chances of a lap that need no retirement, and those that the configuration asks for. */
static void draw_lap(struct sim *s)
{
	double sc = f1p_rng_uniform(&s->rng), vsc = f1p_rng_uniform(&s->rng), limits = f1p_rng_uniform(&s->rng);
	int sector = (int)f1p_rng_below(&s->rng, SIM_NODES), lap = s->lead_laps + 1;
	if (lap >= s->forced_red_lap && s->n_red == 0 && !s->pending && s->phase != SIM_RED) {
		s->pending = true;
		sim_task(s, s->now + 4000, SIM_TASK_YELLOW, sector, 1);
		sim_task(s, s->now + 15000, SIM_TASK_RED, sector, 0);
	} else if (may_neutralise(s) && s->cfg.safety_car != SIM_NO &&
		   (sc < FREE_SC_PER_LAP || (lap >= s->forced_sc_lap && s->n_sc == 0))) {
		s->pending = true;
		sim_task(s, s->now + 3000, SIM_TASK_YELLOW, sector, 1);
		sim_task(s, s->now + 14000, SIM_TASK_SC, sector, 0);
		sim_task(s, s->now + 120000, SIM_TASK_CLEAR, sector, 0);
	} else if (may_neutralise(s) && s->cfg.safety_car != SIM_NO && s->phase == SIM_GREEN && vsc < FREE_VSC_PER_LAP) {
		s->pending = true;
		sim_task(s, s->now + 3000, SIM_TASK_YELLOW, sector, 0);
		sim_task(s, s->now + 14000, SIM_TASK_VSC, sector, 0);
	}
	double p = TRACK_LIMITS_PER_LAP * s->n_cars;
	if (lap > 2 && s->phase == SIM_GREEN && limits < p) {
		int who = (int)(limits / p * s->n_cars);
		struct sim_car *car = &s->cars[who < s->n_cars ? who : s->n_cars - 1];
		if (car->phase == SIM_CAR_RUNNING) {
			track_limits(s, car);
		}
	}
}

static void chequered_flag(struct sim *s)
{
	s->flag = true;
	s->clock_ms -= s->now - s->t_clock;
	sim_emit_value(s, F1P_EV_SESSION_STATUS, F1P_STATUS_FINISHED);
	sim_say_flag(s, F1P_FLAG_CHEQUERED, "CHEQUERED FLAG");
	sim_emit_clock(s, false);
	sim_task(s, s->now + 130000, SIM_TASK_FINALISED, 0, 0);
}

/* The first car completes a lap. Called within its record. */
void sim_leader_at_line(struct sim *s)
{
	if (s->lead_laps >= s->cfg.laps) {
		chequered_flag(s);
		return;
	}
	struct f1p_ev_lap_count *e = sim_emit(s, F1P_EV_LAP_COUNT, sizeof(*e));
	e->mask = F1P_LAPS_CURRENT;
	e->current = s->lead_laps + 1;
	if (s->phase == SIM_SC) {
		sim_sc_lap(s);
	}
	if (s->phase != SIM_RED) {
		draw_lap(s);
	}
}

static void finalised(struct sim *s)
{
	for (int i = 0; i < s->n_cars; i++) {
		if (s->cars[i].phase == SIM_CAR_RUNNING) {
			sim_task(s, s->now + 20000, SIM_TASK_FINALISED, 0, 0);
			return;
		}
	}
	s->phase = SIM_OVER;
	sim_emit_value(s, F1P_EV_SESSION_STATUS, F1P_STATUS_FINALISED);
	sim_task(s, s->now + 60000, SIM_TASK_ENDS, 0, 0);
}

static void retired(struct sim *s, struct sim_car *car)
{
	sim_emit_status(s, car, F1P_CAR_RETIRED, true);
}

void sim_run_task(struct sim *s, const struct sim_task *t)
{
	switch (t->kind) {
	case SIM_TASK_START:
		start(s);
		break;
	case SIM_TASK_PIT_EXIT_CLOSED:
		sim_say_plain(s, "PIT EXIT CLOSED");
		break;
	case SIM_TASK_WEATHER:
		sim_weather_advance(s);
		sim_weather_report(s);
		sim_task(s, s->now + 60000, SIM_TASK_WEATHER, 0, 0);
		break;
	case SIM_TASK_HEARTBEAT:
		(void)sim_emit(s, F1P_EV_HEARTBEAT, sizeof(struct f1p_event));
		sim_task(s, s->now + 15000, SIM_TASK_HEARTBEAT, 0, 0);
		break;
	case SIM_TASK_RAIN:
		sim_rain(s, t->a == 1);
		break;
	case SIM_TASK_YELLOW:
		yellow(s, t->a, t->b == 1);
		break;
	case SIM_TASK_CLEAR:
		clear_sector(s, t->a);
		break;
	case SIM_TASK_SC:
		sim_deploy_sc(s);
		break;
	case SIM_TASK_VSC:
		sim_deploy_vsc(s);
		break;
	case SIM_TASK_VSC_ENDING:
		sim_vsc_ending(s, t->b);
		break;
	case SIM_TASK_VSC_END:
		if (s->phase == SIM_VSC_ENDING && s->neutral_id == t->b) {
			sim_back_to_green(s);
		}
		break;
	case SIM_TASK_RED:
		sim_red_flag(s);
		break;
	case SIM_TASK_RESUME_NOTICE:
		sim_say(s, &(struct sim_message){ .category = F1P_RC_OTHER }, "RACE WILL RESUME AT %02d:%02d - STANDING START PROCEDURE",
			t->b / 60, t->b % 60);
		break;
	case SIM_TASK_RESTART:
		sim_restart(s);
		break;
	case SIM_TASK_CAR_MESSAGE:
		car_message(s, &s->cars[t->a], t->b);
		break;
	case SIM_TASK_RETIRED:
		retired(s, &s->cars[t->a]);
		break;
	case SIM_TASK_PENALTY:
		penalty(s, t->a, t->b);
		break;
	case SIM_TASK_FINALISED:
		finalised(s);
		break;
	default:
		sim_emit_value(s, F1P_EV_SESSION_STATUS, F1P_STATUS_ENDS);
		s->ended = true;
		break;
	}
	sim_record_end(s);
}
