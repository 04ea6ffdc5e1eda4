/*
 * rows_result.c - what OpenF1 takes from the official documents, or concludes: the result as the timing has it, and who changed
 * places with whom.
 */
#include "rows_internal.h"

#include <string.h>

/* ---- session_result ---- */

static void sort_by_position(const struct openf1_rows *r, const struct rows_car *out[F1P_MAX_CARS])
{
	for (uint16_t i = 0; i < r->n_cars; i++) {
		const struct rows_car *car = r->cars[i];
		uint16_t at = i;

		for (; at > 0 && car->position != F1P_UNKNOWN &&
			(out[at - 1]->position == F1P_UNKNOWN || out[at - 1]->position > car->position);
			at--) {
			out[at] = out[at - 1];
		}
		out[at] = car;
	}
}

static int32_t laps_of(const struct rows_car *car)
{
	return car->laps > 0 ? car->laps : 0;
}

/* Who has not crossed the line after the winner is out, whether the feed says so or not. */
static bool is_out(const struct rows_car *car, const struct rows_car *winner)
{
	bool crossed = car->t_line_ns != F1P_UNKNOWN_NS && car->t_line_ns >= winner->t_line_ns;

	return car->retired || (winner->t_line_ns != F1P_UNKNOWN_NS && !crossed);
}

/* The sum of the laps; F1P_UNKNOWN if one is missing, as the feed's first lap is. */
static int32_t race_time(const struct rows_car *car)
{
	int64_t sum = 0;

	for (int32_t i = 0; i < laps_of(car); i++) {
		if (car->lap == NULL || i >= car->newest_lap || car->lap[i].time_ms == F1P_UNKNOWN) {
			return F1P_UNKNOWN;
		}
		sum += car->lap[i].time_ms;
	}
	return sum > 0 && sum < INT32_MAX ? (int32_t)sum : F1P_UNKNOWN;
}

static void result_head(struct rows_out *o, const struct rows_car *car, bool dnf, bool dns)
{
	rows_add_bool(o, "dnf", dnf);
	rows_add_bool(o, "dns", dns);
	rows_add_int(o, "driver_number", true, car->number);
	rows_add_bool(o, "dsq", false);
}

static void result_tail(struct rows_out *o, const struct rows_car *car, bool classified)
{
	rows_add_meeting_key(o);
	rows_add_int(o, "number_of_laps", true, laps_of(car));
	rows_add_int(o, "position", classified && car->position != F1P_UNKNOWN, car->position);
	rows_add_session_key(o);
	rows_give(o);
}

static void race_result(struct rows_out *o, const struct rows_car *car, const struct rows_car *winner)
{
	bool dns = laps_of(car) == 0 && car->newest_lap == 0, out = !dns && is_out(car, winner);
	bool classified = !dns && (int64_t)laps_of(car) * 10 >= (int64_t)laps_of(winner) * 9;
	const struct rows_interval *g = &car->gaps;
	char gap[24];

	result_head(o, car, out, dns);
	rows_add_decimal(o, "duration", !out && !dns, race_time(car), 3);
	if (car == winner) {
		rows_add_int(o, "gap_to_leader", true, 0);
	} else {
		rows_add_gap(o, "gap_to_leader", g->gap_known && !out && !dns, g->gap_ms, g->gap_laps, gap);
	}
	result_tail(o, car, classified);
}

static int32_t behind(int32_t ms, int32_t best_ms)
{
	return ms != F1P_UNKNOWN && best_ms != F1P_UNKNOWN ? ms - best_ms : F1P_UNKNOWN;
}

static void practice_result(struct rows_out *o, const struct rows_car *car, int32_t best_ms)
{
	result_head(o, car, false, laps_of(car) == 0);
	rows_add_decimal(o, "duration", true, car->best_ms, 3);
	rows_add_decimal(o, "gap_to_leader", true, behind(car->best_ms, best_ms), 3);
	result_tail(o, car, true);
}

static void qualifying_result(struct rows_out *o, const struct rows_car *car, const int32_t best_ms[3])
{
	struct openf1_field *f = NULL;
	int32_t gaps[3];

	for (int i = 0; i < 3; i++) {
		gaps[i] = behind(car->part_best_ms[i], best_ms[i]);
	}
	result_head(o, car, false, laps_of(car) == 0);
	f = rows_add(o, "duration", OPENF1_SECONDS);
	f->ms = car->part_best_ms;
	f->value = 3;
	f = rows_add(o, "gap_to_leader", OPENF1_SECONDS);
	f->ms = gaps;
	f->value = 3;
	result_tail(o, car, true);
}

static void least(int32_t *best_ms, int32_t ms)
{
	if (ms > 0 && (*best_ms == F1P_UNKNOWN || ms < *best_ms)) {
		*best_ms = ms;
	}
}

void rows_of_results(struct rows_out *o)
{
	const struct openf1_rows *r = o->r;
	const struct rows_car *cars[F1P_MAX_CARS];
	int32_t best_ms = F1P_UNKNOWN, part_best_ms[3] = {F1P_UNKNOWN, F1P_UNKNOWN, F1P_UNKNOWN};

	if (r->t_over_ns == F1P_UNKNOWN_NS || r->t_over_ns > o->until_ns) {
		return;
	}
	sort_by_position(r, cars);
	for (uint16_t i = 0; i < r->n_cars; i++) {
		least(&best_ms, cars[i]->best_ms);
		for (int part = 0; part < 3; part++) {
			least(&part_best_ms[part], cars[i]->part_best_ms[part]);
		}
	}
	for (uint16_t i = 0; i < r->n_cars && !o->stopped; i++) {
		if (rows_is_race(r)) {
			race_result(o, cars[i], cars[0]);
		} else if (r->session.type == F1P_SESSION_PRACTICE) {
			practice_result(o, cars[i], best_ms);
		} else {
			qualifying_result(o, cars[i], part_best_ms);
		}
	}
}

/* ---- overtakes ---- */

struct places {
	uint16_t car[F1P_MAX_CARS];
	int32_t before[F1P_MAX_CARS], now[F1P_MAX_CARS];
	size_t n;
};

static int32_t *place_of(struct places *p, uint16_t car)
{
	for (size_t i = 0; i < p->n; i++) {
		if (p->car[i] == car) {
			return &p->now[i];
		}
	}
	if (p->n == F1P_MAX_CARS) {
		return NULL;
	}
	p->car[p->n] = car;
	p->before[p->n] = p->now[p->n] = F1P_UNKNOWN;
	return &p->now[p->n++];
}

static void overtake(struct rows_out *o, const struct places *p, size_t by, size_t of, int64_t t_ns)
{
	bool known = p->before[by] != F1P_UNKNOWN && p->before[of] != F1P_UNKNOWN;

	if (by == of || !known || o->stopped || p->before[by] < p->before[of] || p->now[by] > p->now[of]) {
		return;
	}
	rows_add_time(o, "date", t_ns);
	rows_add_meeting_key(o);
	rows_add_int(o, "overtaken_driver_number", true, p->car[of]);
	rows_add_int(o, "overtaking_driver_number", true, p->car[by]);
	rows_add_int(o, "position", true, p->now[by]);
	rows_add_session_key(o);
	rows_give(o);
}

static int64_t first_start_ns(const struct openf1_rows *r)
{
	for (size_t i = 0; i < r->messages.n; i++) {
		const struct rows_message *m = ROWS_AT(&r->messages, const struct rows_message, i);

		if (m->category == 0 && strcmp(m->text, "SESSION STARTED") == 0) {
			return m->t_ns;
		}
	}
	return INT64_MAX;
}

/* Two cars have changed places when the order between them is another than at the change before: on the track, in the pits, or
 * because one of them stands. Changes of the same moment are one. */
void rows_of_overtakes(struct rows_out *o)
{
	const struct rows_list *list = &o->r->positions;
	int64_t t_start_ns = first_start_ns(o->r);
	struct places p = {.n = 0};

	for (size_t i = 0, end; rows_is_race(o->r) && i < list->n && !o->stopped; i = end) {
		int64_t t_ns = ROWS_AT(list, const struct rows_position, i)->t_ns;

		for (end = i; end < list->n && ROWS_AT(list, const struct rows_position, end)->t_ns == t_ns; end++) {
			const struct rows_position *row = ROWS_AT(list, const struct rows_position, end);
			int32_t *place = place_of(&p, row->car);

			if (place != NULL) {
				*place = row->position;
			}
		}
		for (size_t by = 0; t_ns <= o->until_ns && t_ns >= t_start_ns && by < p.n; by++) {
			for (size_t of = 0; of < p.n; of++) {
				overtake(o, &p, by, of, t_ns);
			}
		}
		memcpy(p.before, p.now, sizeof(p.before));
	}
}
