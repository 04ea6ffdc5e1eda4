/*
 * enrich.c - fields derived from the rest of the state: running order, stops, tyres on the car, recent pace, best lap.
 *
 * Done when somebody looks, for the cars that changed. Every value is a pure function of state and memory: it does not
 * matter how often this is called.
 */
#include "race/race_internal.h"
#include <string.h>

#define PACE_LAPS 5
#define PACE_LIMIT_PCT 107

/* Sorts unknown behind known, the pit lane behind the grid. */
static int64_t order_key(const struct f1p_car *car)
{
	int64_t position = car->position >= 1 && car->position <= 999 ? car->position : 1000;
	int64_t grid = car->grid >= 1 && car->grid <= 999 ? car->grid : car->grid == 0 ? 1000 : 1001;
	int64_t listed = car->listed ? car->listed : UINT16_MAX;

	return (position * 2000 + grid) * 65536 + listed;
}

static void enrich_order(struct f1p_state *st)
{
	for (uint16_t i = 0; i < st->n_cars; i++) {
		int64_t key = order_key(&st->cars[i]);
		uint16_t at = i;

		while (at > 0 && order_key(&st->cars[st->order[at - 1]]) > key) {
			st->order[at] = st->order[at - 1];
			at--;
		}
		st->order[at] = i;
	}
}

int32_t stint_changes(const struct f1p_car *car, const struct car_memory *m)
{
	int32_t changes = 0;

	for (uint32_t k = 1; k < car->n_stints; k++) {
		const struct f1p_stint *s = &car->stints[k];
		const struct f1p_stint *prev = &car->stints[k - 1];
		bool of_length = s->first_lap == F1P_UNKNOWN || prev->first_lap == F1P_UNKNOWN || s->first_lap > prev->first_lap;

		changes += of_length && s->not_changed != F1P_YES && !(m->stints_free & (1u << k));
	}
	return changes;
}

static int32_t count_stops(const struct f1p_car *car, const struct car_memory *m)
{
	int32_t shown = stint_changes(car, m);
	/* A car that ends its race in the pit lane made no stop there. */
	int32_t passages = m->passages - (m->passage_open && car->retired == F1P_YES);

	return passages > shown ? passages : shown;
}

static void enrich_tyres(struct f1p_car *car, const struct car_memory *m)
{
	const struct f1p_stint *s;

	car->compound = m->tyre_compound;
	car->tyre_new = m->tyre_new;
	car->tyre_age = F1P_UNKNOWN;
	car->stint_laps = F1P_UNKNOWN;
	if (car->n_stints == 0) {
		return;
	}
	s = &car->stints[car->n_stints - 1];
	if (s->compound != F1P_TYRE_UNKNOWN) {
		car->compound = s->compound;
		car->tyre_new = s->is_new;
	}
	if (s->first_lap != F1P_UNKNOWN && car->laps != F1P_UNKNOWN) {
		car->stint_laps = car->laps >= s->first_lap ? car->laps - s->first_lap + 1 : 0;
	}
	car->tyre_age = s->total_laps;
	if (car->stint_laps != F1P_UNKNOWN && s->start_laps >= 0 && s->start_laps <= LAPS_MAX &&
	    s->start_laps + car->stint_laps > s->total_laps) {
		car->tyre_age = s->start_laps + car->stint_laps; /* the feed counts some seconds after the line */
	}
}

/* Mean of the newest laps that show the car's own speed; laps far slower than the best of them were held up. */
static int32_t recent_pace(const struct f1p_car *car)
{
	int32_t times[PACE_LAPS];
	int32_t best = INT32_MAX;
	int64_t sum = 0;
	int n = 0;
	int used = 0;

	for (int i = car->n_laps; i > 0 && n < PACE_LAPS; i--) {
		const struct f1p_lap *lap = &car->history[i - 1];

		if (lap->time_ms <= 0 || i == 1 ||
		    (lap->flags & (F1P_LAPF_IN | F1P_LAPF_OUT | F1P_LAPF_NEUTRAL | F1P_LAPF_INFERRED))) {
			continue;
		}
		times[n++] = lap->time_ms;
		best = lap->time_ms < best ? lap->time_ms : best;
	}
	for (int i = 0; i < n; i++) {
		if ((int64_t)times[i] * 100 <= (int64_t)best * PACE_LIMIT_PCT) {
			sum += times[i];
			used++;
		}
	}
	return used ? (int32_t)((sum + used / 2) / used) : F1P_UNKNOWN;
}

/* For feeds that tell no best lap. */
static int32_t best_of_history(const struct f1p_car *car)
{
	int32_t best = F1P_UNKNOWN;

	for (size_t i = 0; i < car->n_laps; i++) {
		const struct f1p_lap *lap = &car->history[i];

		if (lap->time_ms > 0 && !(lap->flags & F1P_LAPF_INFERRED) && (best == F1P_UNKNOWN || lap->time_ms < best)) {
			best = lap->time_ms;
		}
	}
	return best;
}

static void enrich_best(struct f1p_state *st)
{
	st->best_ms = F1P_UNKNOWN;
	st->best_car = 0;
	for (size_t i = 0; i < st->n_cars; i++) {
		const struct f1p_car *car = &st->cars[i];
		int32_t times[5] = {car->best_ms, car->part_best_ms[0], car->part_best_ms[1], car->part_best_ms[2],
				    car->best_ms == F1P_UNKNOWN ? best_of_history(car) : F1P_UNKNOWN};

		for (size_t k = 0; k < 5; k++) {
			if (times[k] > 0 && (st->best_ms == F1P_UNKNOWN || times[k] < st->best_ms)) {
				st->best_ms = times[k];
				st->best_car = car->number;
			}
		}
	}
}

static uint8_t neutralised(const struct fold *f)
{
	if (neutral_now(f) & SEEN_NEUTRAL) {
		return F1P_YES;
	}
	return f->st.track == F1P_TRACK_UNKNOWN ? F1P_TRI_UNKNOWN : F1P_NO;
}

void enrich(struct fold *f)
{
	for (size_t i = 0; i < f->st.n_cars; i++) {
		struct f1p_car *car = &f->st.cars[i];
		struct car_memory *m = &f->mem[i];

		if (m->dirty) {
			car->stops = count_stops(car, m);
			enrich_tyres(car, m);
			car->pace_ms = recent_pace(car);
			m->dirty = false;
		}
	}
	if (f->order_dirty) {
		enrich_order(&f->st);
		f->order_dirty = false;
	}
	if (f->best_dirty) {
		enrich_best(&f->st);
		f->best_dirty = false;
	}
	f->st.neutralised = neutralised(f);
}
