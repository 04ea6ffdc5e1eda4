#include "backtest/entries.h"

#include <stdlib.h>
#include <string.h>

#define FREE_NUMBERS 900

struct entry *entry_of_driver(struct entry_list *l, const char *driver_id)
{
	for (size_t i = 0; i < l->n; i++)
		if (strcmp(l->cars[i].driver_id, driver_id) == 0)
			return &l->cars[i];
	return NULL;
}

const struct entry *entry_of_car(const struct entry_list *l, uint16_t car)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->cars[i].car == car)
			return &l->cars[i];
	return NULL;
}

static struct entry *add_entry(struct entry_list *l, const char *driver_id, const char *constructor_id)
{
	struct entry *e = entry_of_driver(l, driver_id);

	if (e || l->n == F1P_MAX_CARS)
		return e;
	e = &l->cars[l->n++];
	*e = (struct entry){.grid = F1P_UNKNOWN, .gap_ms = F1P_UNKNOWN, .driver_id = driver_id, .constructor_id = constructor_id};
	return e;
}

static void add_results(struct entry_list *l, const struct past *p, int32_t race_id, uint8_t session)
{
	size_t n;
	const struct f1p_hist_result *r = past_rows(p, F1P_HIST_RESULT, race_id, race_id, &n);

	for (size_t i = 0; i < n; i++) {
		struct entry *e = r[i].session == session ? add_entry(l, r[i].driver_id, r[i].constructor_id) : NULL;
		if (!e)
			continue;
		e->result = &r[i];
		e->grid = r[i].dnf == F1P_DNF_DNS ? F1P_UNKNOWN : r[i].grid;
		e->retired = r[i].dnf != F1P_DNF_NONE && r[i].dnf != F1P_DNF_UNKNOWN && r[i].dnf != F1P_DNF_DSQ;
		if (r[i].dnf == F1P_DNF_UNKNOWN)
			e->retired = r[i].classified == F1P_NO;
	}
}

static void add_qualifying(struct entry_list *l, const struct past *p, int32_t race_id)
{
	size_t n;
	const struct f1p_hist_qualifying *q = past_rows(p, F1P_HIST_QUALIFYING, race_id, race_id, &n);

	for (size_t i = 0; i < n; i++) {
		struct entry *e = q[i].session == F1P_HIST_MAIN ? add_entry(l, q[i].driver_id, q[i].constructor_id) : NULL;
		if (e)
			e->qualifying = &q[i];
	}
}

static bool is_taken(const struct entry_list *l, uint16_t car)
{
	return entry_of_car(l, car) != NULL;
}

static void number_cars(struct entry_list *l)
{
	for (size_t i = 0; i < l->n; i++) {
		const struct f1p_hist_result *r = l->cars[i].result;
		bool known = r && r->number >= 1 && r->number < FREE_NUMBERS;
		uint16_t car = known ? (uint16_t)r->number : FREE_NUMBERS;
		if (known && is_taken(l, car))
			car = FREE_NUMBERS;
		while (car >= FREE_NUMBERS && is_taken(l, car))
			car++;
		l->cars[i].car = car;
	}
}

static int compare_cars(const void *a, const void *b)
{
	return (int)((const struct entry *)a)->car - (int)((const struct entry *)b)->car;
}

/* What orders the cars in one list or another; INT32_MAX: not in it. */
static int32_t start_key(const struct entry *e)
{
	return e->grid == F1P_UNKNOWN || e->grid < 0 ? INT32_MAX : e->grid == 0 ? INT32_MAX - 1 : e->grid;
}

static int32_t finish_key(const struct entry *e)
{
	return e->grid == F1P_UNKNOWN || !e->result || e->result->position == F1P_UNKNOWN ? INT32_MAX : e->result->position;
}

static int32_t qualifying_key(const struct entry *e)
{
	return !e->qualifying || e->qualifying->position == F1P_UNKNOWN ? INT32_MAX : e->qualifying->position;
}

/* 1 + how many come before; equal ones in the order of the list. */
static uint16_t rank(const struct entry_list *l, size_t i, int32_t (*key)(const struct entry *))
{
	int32_t own = key(&l->cars[i]);
	uint16_t before = 0;

	if (own == INT32_MAX)
		return 0;
	for (size_t k = 0; k < l->n; k++) {
		int32_t other = key(&l->cars[k]);
		before = (uint16_t)(before + (other < own || (other == own && k < i)));
	}
	return (uint16_t)(before + 1);
}

static const struct f1p_hist_result *winner_of(const struct entry_list *l)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->cars[i].result && l->cars[i].result->position == 1)
			return l->cars[i].result;
	return NULL;
}

/* Some seasons have times of lapped cars too, so the laps decide. Who was disqualified stands last, wherever he crossed the line. */
static void find_gap(struct entry *e, const struct f1p_hist_result *winner)
{
	const struct f1p_hist_result *r = e->result;

	if (!e->finish || r->dnf == F1P_DNF_DSQ)
		return;
	bool behind = e->retired || (r->laps >= 0 && r->laps < winner->laps);
	bool timed = r->laps >= 0 && r->laps == winner->laps && winner->time_ms >= 0 && r->time_ms >= winner->time_ms;
	e->gap_known = behind || timed;
	if (!behind && timed)
		e->gap_ms = r->time_ms - winner->time_ms;
}

static void find_gaps(struct entry_list *l)
{
	const struct f1p_hist_result *winner = winner_of(l);

	for (size_t i = 0; winner && i < l->n; i++)
		find_gap(&l->cars[i], winner);
}

static void rank_all(struct entry_list *l)
{
	l->n_started = l->n_qualified = 0;
	number_cars(l);
	qsort(l->cars, l->n, sizeof(l->cars[0]), compare_cars);
	for (size_t i = 0; i < l->n; i++) {
		struct entry *e = &l->cars[i];
		e->start = rank(l, i, start_key);
		e->finish = rank(l, i, finish_key);
		e->qualified = rank(l, i, qualifying_key);
		l->n_started += e->start > 0;
		l->n_qualified += e->qualified > 0;
	}
	find_gaps(l);
}

void entry_list_read(struct entry_list *l, const struct past *p, int32_t race_id)
{
	l->n = 0;
	add_results(l, p, race_id, F1P_HIST_MAIN);
	add_qualifying(l, p, race_id);
	rank_all(l);
}

void entry_list_read_sprint(struct entry_list *l, const struct past *p, int32_t race_id)
{
	l->n = 0;
	add_results(l, p, race_id, F1P_HIST_SPRINT);
	rank_all(l);
}

void entry_list_of_state(struct entry_list *l, const struct f1p_state *s)
{
	memset(l, 0, sizeof(*l));
	for (uint32_t i = 0; i < s->n_cars; i++)
		l->cars[l->n++] = (struct entry){.car = s->cars[i].number, .grid = s->cars[i].grid, .gap_ms = F1P_UNKNOWN};
	qsort(l->cars, l->n, sizeof(l->cars[0]), compare_cars);
	for (size_t i = 0; i < l->n; i++) {
		l->cars[i].start = rank(l, i, start_key);
		l->n_started += l->cars[i].start > 0;
	}
}
