/* baselines_file.c - what the baselines learnt, to and from the model file: the live scorecard measures against the same tables. */
#include "backtest/baselines_internal.h"

#include <helpers/json_reader.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define COUNT_MAX 1e7

/* One list of numbers of the struct, under its name. */
struct list {
	const char *key;
	double *v;
	size_t n;
};
#define ORDER_LISTS 6

static void lists_of(struct order_counts *c, double ends[2], struct list out[ORDER_LISTS])
{
	const struct list lists[ORDER_LISTS] = {{"seen", c->seen, CARS}, {"win", c->win, CARS}, {"podium", c->podium, CARS},
		{"points", c->points, CARS}, {"place", &c->place[0][0], CARS * CARS}, {"ends", ends, 2}};

	memcpy(out, lists, sizeof(lists));
}

/* Counts: trailing zeros are left out, they come back by themselves. */
static void put_list(struct f1p_json *j, const char *key, const double *v, size_t n)
{
	while (n > 0 && v[n - 1] == 0)
		n--;
	f1p_json_key(j, key);
	f1p_json_array(j);
	for (size_t i = 0; i < n; i++)
		f1p_json_num(j, v[i], 3);
	f1p_json_end(j);
}

static bool take_list(struct f1p_json_slice text, double *v, size_t n)
{
	struct f1p_json_cutter cut;
	struct f1p_json_slice one;
	size_t at = 0;

	if (!f1p_json_cut_begin(&cut, text.text, text.n) || text.text[0] != '[')
		return false;
	while (f1p_json_cut_next(&cut, NULL, &one) == F1P_OK) {
		char digits[32] = "", *end;
		if (at == n || one.n == 0 || one.n >= sizeof(digits))
			return false;
		memcpy(digits, one.text, one.n);
		v[at] = strtod(digits, &end);
		if (*end || !(v[at] >= 0 && v[at] <= COUNT_MAX))
			return false;
		at++;
	}
	return true;
}

static void put_order(struct f1p_json *j, const struct order_counts *c)
{
	struct order_counts copy = *c;
	double ends[2] = {c->running, c->retired};
	struct list lists[ORDER_LISTS];

	lists_of(&copy, ends, lists);
	f1p_json_object(j);
	for (size_t i = 0; i < ORDER_LISTS; i++)
		put_list(j, lists[i].key, lists[i].v, lists[i].n);
	f1p_json_end(j);
}

static bool take_order(struct f1p_json_slice text, struct order_counts *c)
{
	struct f1p_json_cutter cut;
	struct f1p_json_slice key, value;
	double ends[2] = {0};
	struct list lists[ORDER_LISTS];

	lists_of(c, ends, lists);
	if (!f1p_json_cut_begin(&cut, text.text, text.n) || text.text[0] != '{')
		return false;
	while (f1p_json_cut_next(&cut, &key, &value) == F1P_OK)
		for (size_t i = 0; i < ORDER_LISTS; i++)
			if (f1p_json_slice_is(key, lists[i].key) && !take_list(value, lists[i].v, lists[i].n))
				return false;
	c->running = ends[0];
	c->retired = ends[1];
	return true;
}

void baselines_save(const struct baselines *b, struct f1p_json *j)
{
	double starters[2] = {b->starters, b->retired}, row[CARS];
	size_t races = b->n_grids < GRID_RACES ? b->n_grids : GRID_RACES;

	f1p_json_object(j);
	put_list(j, "starters", starters, 2);
	f1p_json_key(j, "grids");
	f1p_json_array(j);
	for (size_t r = 0; r < races; r++) { /* oldest first: a loaded table goes on where this one stood */
		const struct grid_race *g = &b->grids[(b->n_grids - races + r) % GRID_RACES];
		size_t n = CARS;
		for (size_t i = 0; i < CARS; i++)
			row[i] = g->place[i];
		while (n > 0 && row[n - 1] == 0)
			n--;
		f1p_json_array(j);
		for (size_t i = 0; i < n; i++)
			f1p_json_uint(j, g->place[i]);
		f1p_json_end(j);
	}
	f1p_json_end(j);
	f1p_json_key(j, "orders");
	f1p_json_array(j);
	for (int p = 0; p < F1P_PHASES; p++)
		put_order(j, &b->orders[p]);
	f1p_json_end(j);
	f1p_json_end(j);
}

static bool take_grids(struct f1p_json_slice text, struct baselines *b)
{
	struct f1p_json_cutter cut;
	struct f1p_json_slice one;

	if (!f1p_json_cut_begin(&cut, text.text, text.n))
		return false;
	while (f1p_json_cut_next(&cut, NULL, &one) == F1P_OK) {
		double row[CARS] = {0};
		if (b->n_grids == GRID_RACES || !take_list(one, row, CARS))
			return false;
		for (size_t i = 0; i < CARS; i++) {
			if (row[i] > CARS)
				return false;
			b->grids[b->n_grids].place[i] = (uint8_t)row[i];
		}
		b->n_grids++;
	}
	return true;
}

static bool take_orders(struct f1p_json_slice text, struct baselines *b)
{
	struct f1p_json_cutter cut;
	struct f1p_json_slice one;
	size_t at = 0;

	if (!f1p_json_cut_begin(&cut, text.text, text.n))
		return false;
	while (f1p_json_cut_next(&cut, NULL, &one) == F1P_OK)
		if (at == F1P_PHASES || !take_order(one, &b->orders[at++]))
			return false;
	return at == F1P_PHASES;
}

static bool take_member(struct baselines *b, struct f1p_json_slice key, struct f1p_json_slice value)
{
	double starters[2] = {0};

	if (f1p_json_slice_is(key, "grids"))
		return take_grids(value, b);
	if (f1p_json_slice_is(key, "orders"))
		return take_orders(value, b);
	if (!f1p_json_slice_is(key, "starters"))
		return true;
	bool good = take_list(value, starters, 2);
	b->starters = starters[0];
	b->retired = starters[1];
	return good;
}

struct baselines *baselines_load(const char *text, size_t n)
{
	struct baselines *b = baselines_create();
	struct f1p_json_cutter cut;
	struct f1p_json_slice key, value;
	bool good = b && n > 0 && text[0] == '{' && f1p_json_cut_begin(&cut, text, n);
	f1p_status status = F1P_EINVAL;

	while (good && (status = f1p_json_cut_next(&cut, &key, &value)) == F1P_OK)
		good = take_member(b, key, value);
	if (good && status == F1P_END)
		return b;
	baselines_destroy(b);
	return NULL;
}
