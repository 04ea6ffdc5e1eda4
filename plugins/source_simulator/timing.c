/*
 * timing.c - what timing shows of a car at a loop: mini-sector, sector, speed trap, lap, personal and overall bests.
 */
#include "internal.h"

static void emit_segment(struct sim *s, struct sim_car *car, int segment, int32_t ms)
{
	struct f1p_ev_car_segment *e = sim_emit(s, F1P_EV_CAR_SEGMENT, sizeof(*e));
	e->car = (uint16_t)car->number;
	e->sector = segment < SIM_SECTOR1 ? 0 : segment < SIM_SECTOR2 ? 1 : 2;
	e->segment = (uint8_t)(segment - (segment < SIM_SECTOR1 ? 0 : segment < SIM_SECTOR2 ? SIM_SECTOR1 : SIM_SECTOR2));
	bool personal = car->best_segment[segment] == 0 || ms < car->best_segment[segment];
	bool overall = s->best_segment[segment] == 0 || ms < s->best_segment[segment];
	e->status = car->in_pit ? 2064 : overall ? 2051 : personal ? 2049 : 2048;
	if (car->in_pit) {
		return;
	}
	car->best_segment[segment] = personal ? ms : car->best_segment[segment];
	s->best_segment[segment] = overall ? ms : s->best_segment[segment];
}

static void emit_speed(struct sim *s, const struct sim_car *car, int trap, int typical)
{
	struct f1p_ev_car_speed *e = sim_emit(s, F1P_EV_CAR_SPEED, sizeof(*e));
	double spread = f1p_rng_normal(&s->rng);
	e->car = (uint16_t)car->number;
	e->trap = (uint8_t)trap;
	int kmh = typical + (int)(5 * spread) - (int)(60 * s->wetness) - (s->phase == SIM_GREEN ? 0 : typical / 3);
	e->speed_kmh = kmh > 60 ? kmh : 60;
}

static void emit_sector(struct sim *s, struct sim_car *car, int sector)
{
	int32_t ms = (int32_t)(s->now - car->t_sector);
	car->t_sector = s->now;
	if (sector == 0 && !car->timed_lap) {
		return; /* a standing start gives no first sector */
	}
	bool personal = car->best_sector[sector] == 0 || ms < car->best_sector[sector];
	bool overall = s->best_sector[sector] == 0 || ms < s->best_sector[sector];
	car->best_sector[sector] = personal ? ms : car->best_sector[sector];
	s->best_sector[sector] = overall ? ms : s->best_sector[sector];
	struct f1p_ev_car_sector *e = sim_emit(s, F1P_EV_CAR_SECTOR, sizeof(*e));
	e->mask = F1P_SECTOR_TIME | F1P_SECTOR_OVERALL | F1P_SECTOR_PERSONAL;
	e->car = (uint16_t)car->number;
	e->sector = (uint8_t)sector;
	e->time_ms = ms;
	e->overall = overall ? F1P_YES : F1P_NO;
	e->personal = personal ? F1P_YES : F1P_NO;
}

void sim_emit_lap(struct sim *s, struct sim_car *car, int laps)
{
	struct f1p_ev_car_lap *e = sim_emit(s, F1P_EV_CAR_LAP, sizeof(*e));
	int32_t ms = (int32_t)(s->now - car->t_lap);
	e->mask = F1P_LAP_NUMBER;
	e->car = (uint16_t)car->number;
	e->laps = laps;
	car->t_lap = s->now;
	if (!car->timed_lap) {
		car->timed_lap = true;
		return;
	}
	bool personal = car->best_ms == 0 || ms < car->best_ms, overall = s->best_lap_ms == 0 || ms < s->best_lap_ms;
	e->mask |= F1P_LAP_LAST | F1P_LAP_LAST_OVERALL | F1P_LAP_LAST_PERSONAL;
	e->last_ms = ms;
	e->last_overall = overall ? F1P_YES : F1P_NO;
	e->last_personal = personal ? F1P_YES : F1P_NO;
	s->best_lap_ms = overall ? ms : s->best_lap_ms;
	if (personal) {
		car->best_ms = ms;
		car->best_lap = laps;
		e->mask |= F1P_LAP_BEST | F1P_LAP_BEST_LAP;
		e->best_ms = ms;
		e->best_lap = laps;
	}
}

void sim_emit_road(struct sim *s, struct sim_car *car, int loop)
{
	emit_segment(s, car, (car->node - 1) % SIM_NODES, (int32_t)(s->now - car->t_last));
	if (loop == SIM_SECTOR1) {
		emit_sector(s, car, 0);
		emit_speed(s, car, F1P_TRAP_I1, 285);
	} else if (loop == SIM_SECTOR2) {
		emit_sector(s, car, 1);
		emit_speed(s, car, F1P_TRAP_I2, 302);
	} else if (loop == 2) {
		emit_speed(s, car, F1P_TRAP_ST, 318);
	} else if (loop == 0) {
		emit_sector(s, car, 2);
		emit_speed(s, car, F1P_TRAP_FL, 290);
	}
}
