/*
 * laps.c - a lap's row comes again and again while its parts become known. It is told as completed once: when its own end is known,
 * or when a later lap has begun. What changes after that is a correction.
 */
#include "decoder.h"

#include <string.h>

static bool is_complete(const struct of1_car *car, int32_t lap)
{
	const struct of1_lap *l = &car->laps[lap - 1];

	return lap < car->begun || (l->seen && (l->time_ms != 0 || l->sector_ms[2] != 0));
}

int64_t of1_lap_end_ns(const struct of1_car *car, int32_t lap)
{
	const struct of1_lap *l = &car->laps[lap - 1];

	if (l->t_start_ns != 0 && l->time_ms != 0) {
		return l->t_start_ns + l->time_ms * NS_PER_MS;
	}
	return lap < (int32_t)F1P_MAX_LAPS ? car->laps[lap].t_start_ns : 0;
}

/* A best lap of the car, perhaps of the session. */
static void take_best(struct of1_decoder *d, struct of1_car *car, int32_t lap, struct f1p_ev_car_lap *ev)
{
	int32_t time_ms = car->laps[lap - 1].time_ms;

	if (time_ms == 0) {
		return;
	}
	ev->mask |= F1P_LAP_LAST_PERSONAL | F1P_LAP_LAST_OVERALL;
	ev->last_personal = ev->last_overall = F1P_NO;
	if (car->best_ms == 0 || time_ms < car->best_ms) {
		car->best_ms = time_ms;
		car->best_lap = lap;
		ev->mask |= F1P_LAP_BEST | F1P_LAP_BEST_LAP;
		ev->best_ms = time_ms;
		ev->best_lap = lap;
		ev->last_personal = F1P_YES;
	}
	if (d->best_ms == 0 || time_ms < d->best_ms) {
		d->best_ms = time_ms;
		ev->last_overall = F1P_YES;
	}
}

/* Qualifying is ranked by the best lap of the part. */
static void tell_part_best(struct of1_decoder *d, const struct of1_car *car, int32_t lap, int64_t t_ns)
{
	uint8_t type = d->session.type;
	struct f1p_ev_car_best ev = {.car = car->number, .part = d->control.part, .best_ms = car->laps[lap - 1].time_ms, .lap = lap};

	if ((type == F1P_SESSION_QUALIFYING || type == F1P_SESSION_SPRINT_QUALIFYING) && ev.part >= 1 && ev.part <= 3 &&
		ev.best_ms != 0 && car->best_lap == lap) {
		OF1_PUSH(d, F1P_EV_CAR_BEST, t_ns, &ev);
	}
}

/* Where the end is not known, that of the next lap is the latest it can be. The laps of a car never go back in time. */
static int64_t told_end_ns(const struct of1_decoder *d, struct of1_car *car, int32_t lap)
{
	int64_t t_ns = 0;

	for (int32_t k = lap; k <= car->begun && t_ns == 0; k++) {
		t_ns = of1_lap_end_ns(car, k);
	}
	t_ns = t_ns != 0 && t_ns < d->now_ns ? t_ns : d->now_ns;
	car->t_line_ns = t_ns > car->t_line_ns ? t_ns : car->t_line_ns;
	return car->t_line_ns;
}

static void tell_completed(struct of1_decoder *d, struct of1_car *car, int32_t lap)
{
	const struct of1_lap *l = &car->laps[lap - 1];
	int64_t t_ns = told_end_ns(d, car, lap);
	struct f1p_ev_car_lap ev = {.car = car->number, .mask = F1P_LAP_NUMBER | F1P_LAP_LAST, .laps = lap,
				    .last_ms = l->time_ms != 0 ? l->time_ms : F1P_UNKNOWN};

	take_best(d, car, lap, &ev);
	OF1_PUSH(d, F1P_EV_CAR_LAP, t_ns, &ev);
	tell_part_best(d, car, lap, t_ns);
	car->told = lap;
}

static void tell_record(struct of1_decoder *d, const struct of1_car *car, int32_t lap)
{
	const struct of1_lap *l = &car->laps[lap - 1];
	struct f1p_ev_lap_record ev = {.car = car->number, .lap = lap, .time_ms = F1P_UNKNOWN, .t_lap_start_ns = F1P_UNKNOWN_NS};

	if (l->time_ms != 0) {
		ev.mask |= F1P_RECORD_TIME;
		ev.time_ms = l->time_ms;
	}
	for (int i = 0; i < 3; i++) {
		ev.sector_ms[i] = l->sector_ms[i] != 0 ? l->sector_ms[i] : F1P_UNKNOWN;
		ev.mask |= l->sector_ms[i] != 0 ? F1P_RECORD_SECTORS : 0;
	}
	if (l->out_lap != 0 && lap > 1) { /* on lap 1 it means the way to the grid */
		ev.mask |= F1P_RECORD_OUT_LAP;
		ev.out_lap = l->out_lap;
	}
	if (l->t_start_ns != 0) {
		ev.mask |= F1P_RECORD_START;
		ev.t_lap_start_ns = l->t_start_ns;
	}
	if (ev.mask != 0) {
		OF1_PUSH(d, F1P_EV_LAP_RECORD, d->now_ns, &ev);
	}
}

/* The time of the newest lap came behind its number. */
static void tell_last(struct of1_decoder *d, struct of1_car *car, int32_t lap)
{
	struct f1p_ev_car_lap ev = {.car = car->number, .mask = F1P_LAP_NUMBER | F1P_LAP_LAST, .laps = lap,
				    .last_ms = car->laps[lap - 1].time_ms};

	take_best(d, car, lap, &ev);
	OF1_PUSH(d, F1P_EV_CAR_LAP, d->now_ns, &ev);
	tell_part_best(d, car, lap, d->now_ns);
}

static void tell_sector(struct of1_decoder *d, const struct of1_car *car, int32_t lap, int sector)
{
	const struct of1_lap *l = &car->laps[lap - 1];
	int64_t t_ns = l->t_start_ns;
	struct f1p_ev_car_sector ev = {
		.car = car->number, .sector = (uint8_t)sector, .mask = F1P_SECTOR_TIME, .time_ms = l->sector_ms[sector]};

	for (int i = 0; i <= sector && t_ns != 0; i++) {
		t_ns = l->sector_ms[i] != 0 ? t_ns + l->sector_ms[i] * NS_PER_MS : 0;
	}
	OF1_PUSH(d, F1P_EV_CAR_SECTOR, t_ns != 0 ? t_ns : d->now_ns, &ev);
}

static void tell_speed(struct of1_decoder *d, const struct of1_car *car, int trap, int32_t speed_kmh)
{
	static const uint8_t traps[] = {F1P_TRAP_I1, F1P_TRAP_I2, F1P_TRAP_ST};
	struct f1p_ev_car_speed ev = {.car = car->number, .trap = traps[trap], .speed_kmh = speed_kmh};

	OF1_PUSH(d, F1P_EV_CAR_SPEED, d->now_ns, &ev);
}

#define CHANGED_TIME 1u
#define CHANGED_OTHER 2u

/* Sectors and speeds are shown for the newest lap only. */
static uint32_t merge_parts(struct of1_decoder *d, const struct of1_car *car, struct of1_lap *l, int32_t lap)
{
	const struct of1_row *row = &d->row;
	bool newest = lap == car->begun;
	uint32_t changed = 0;

	for (int i = 0; i < 3; i++) {
		if (of1_has(row, OF1_F_SECTOR_1 + (enum of1_field)i) && l->sector_ms[i] != row->sector_ms[i]) {
			l->sector_ms[i] = row->sector_ms[i];
			changed |= CHANGED_OTHER;
			if (newest) {
				tell_sector(d, car, lap, i);
			}
		}
		if (of1_has(row, OF1_F_SPEED_I1 + (enum of1_field)i) && l->speed_kmh[i] != row->speed_kmh[i]) {
			l->speed_kmh[i] = (int16_t)row->speed_kmh[i];
			if (newest) {
				tell_speed(d, car, i, row->speed_kmh[i]);
			}
		}
	}
	return changed;
}

static uint32_t merge_lap(struct of1_decoder *d, const struct of1_car *car, struct of1_lap *l, int32_t lap)
{
	const struct of1_row *row = &d->row;
	uint32_t changed = 0;

	if (of1_has(row, OF1_F_DATE_START)) {
		l->t_start_ns = row->start_ns < d->now_ns ? row->start_ns : d->now_ns;
	}
	if (of1_has(row, OF1_F_LAP_TIME) && l->time_ms != row->lap_ms) {
		changed |= CHANGED_TIME | (l->time_ms != 0 ? CHANGED_OTHER : 0);
		l->time_ms = row->lap_ms;
	}
	if (of1_has(row, OF1_F_OUT_LAP) && l->out_lap != row->out_lap) {
		changed |= row->out_lap == F1P_YES || l->out_lap != 0 ? CHANGED_OTHER : 0;
		l->out_lap = row->out_lap;
	}
	return changed | merge_parts(d, car, l, lap);
}

/* No word of the start came, but cars have completed laps. */
static void see_start(struct of1_decoder *d, const struct of1_car *car)
{
	if (of1_is_race(d) && !d->control.own_status && car->begun >= 2 &&
		(d->control.status == F1P_STATUS_UNKNOWN || d->control.status == F1P_STATUS_INACTIVE)) {
		of1_set_status(d, F1P_STATUS_STARTED, d->now_ns);
	}
}

void of1_merge_lap(struct of1_decoder *d)
{
	struct of1_row *row = &d->row;
	struct of1_car *car = of1_row_car(d);
	struct of1_lap *l = NULL;
	int32_t told = 0;
	uint32_t changed = 0;

	if (car == NULL || !of1_has(row, OF1_F_LAP) || row->lap < 1 || row->lap > (int32_t)F1P_MAX_LAPS) {
		d->stats.incomplete += car != NULL;
		return;
	}
	l = &car->laps[row->lap - 1];
	if (of1_has(row, OF1_F_ID) && row->id < l->id) {
		d->stats.stale++;
		return;
	}
	l->id = row->id;
	l->seen = true;
	told = car->told;
	car->begun = row->lap > car->begun ? row->lap : car->begun;
	changed = merge_lap(d, car, l, row->lap);
	see_start(d, car);
	for (int32_t lap = told + 1; lap <= (int32_t)F1P_MAX_LAPS && is_complete(car, lap); lap++) {
		tell_completed(d, car, lap);
	}
	if (row->lap > told) {
		return;
	}
	if (row->lap == told && changed == CHANGED_TIME) {
		tell_last(d, car, row->lap);
	} else if (changed != 0) {
		tell_record(d, car, row->lap);
	}
}

void of1_tell_laps(struct of1_decoder *d, struct of1_car *car)
{
	struct f1p_ev_car_lap ev = {.car = car->number, .mask = F1P_LAP_NUMBER, .laps = car->told};

	if (car->begun == 0) {
		return;
	}
	if (car->told >= 1) {
		ev.mask |= F1P_LAP_LAST;
		ev.last_ms = car->laps[car->told - 1].time_ms != 0 ? car->laps[car->told - 1].time_ms : F1P_UNKNOWN;
	}
	if (car->best_ms != 0) {
		ev.mask |= F1P_LAP_BEST | F1P_LAP_BEST_LAP;
		ev.best_ms = car->best_ms;
		ev.best_lap = car->best_lap;
	}
	OF1_PUSH(d, F1P_EV_CAR_LAP, d->now_ns, &ev);
	for (int32_t lap = 1; lap <= car->told; lap++) {
		tell_record(d, car, lap);
	}
}
