/*
 * reduce_record.c - a completed lap that is told late, told again or corrected: it fills holes of the history, and never
 * makes a lap that the car has not completed.
 */
#include "race/race_internal.h"

static void set_time(struct f1p_car *car, struct car_memory *m, struct f1p_lap *lap, int32_t number, int32_t time_ms)
{
	lap->time_ms = time_ms;
	lap->flags &= (uint16_t)~F1P_LAPF_INFERRED;
	if (number == car->laps) {
		m->told_lap = number;
		if (time_ms != F1P_UNKNOWN) {
			car->last_ms = time_ms;
		}
	}
}

static void set_start(const struct fold *f, struct f1p_lap *lap, int64_t t_start_ns)
{
	int64_t since_green = time_between(f->st.t_green_ns, t_start_ns);

	if (lap->elapsed_ms == F1P_UNKNOWN && lap->time_ms > 0 && since_green >= 0 && since_green < 86400 * NS_PER_S) {
		lap->elapsed_ms = (int32_t)(since_green / NS_PER_MS) + lap->time_ms;
	}
}

struct f1p_lap *recorded_lap(struct fold *f, const struct f1p_ev_lap_record *e)
{
	struct f1p_car *car = fold_find_car(f, e->car);

	return car && e->lap >= 1 && e->lap <= car->n_laps ? &car->history[e->lap - 1] : NULL;
}

void reduce_lap_record(struct race *r, const struct f1p_event *ev)
{
	const struct f1p_ev_lap_record *e = (const struct f1p_ev_lap_record *)ev;
	struct f1p_lap *lap = recorded_lap(&r->now, e);
	const int32_t *s = e->sector_ms;
	struct f1p_car *car;

	if (!lap) {
		return;
	}
	car = fold_find_car(&r->now, e->car);
	if (e->mask & F1P_RECORD_TIME) {
		set_time(car, fold_memory(&r->now, car), lap, e->lap, e->time_ms);
	}
	if ((e->mask & F1P_RECORD_SECTORS) && lap->time_ms == F1P_UNKNOWN && s[0] > 0 && s[1] > 0 && s[2] > 0 &&
	    (int64_t)s[0] + s[1] + s[2] < 24 * 3600000) {
		lap->time_ms = s[0] + s[1] + s[2];
		lap->flags |= F1P_LAPF_INFERRED;
	}
	if (e->mask & F1P_RECORD_OUT_LAP && e->out_lap != F1P_TRI_UNKNOWN) {
		lap->flags = (uint16_t)(e->out_lap == F1P_YES ? lap->flags | F1P_LAPF_OUT : lap->flags & ~F1P_LAPF_OUT);
	}
	if (e->mask & F1P_RECORD_START) {
		set_start(&r->now, lap, e->t_lap_start_ns);
	}
	fold_memory(&r->now, car)->dirty = true;
	r->now.best_dirty = true;
}
