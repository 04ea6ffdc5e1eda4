#include "backtest/baselines_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SMEAR 0.5             /* share of a plain order's weight that lies on all places alike */
#define SLOT_SD 0.25          /* width of the kernel over slots, growing with the slot */
#define SLOT_SD_PER_SLOT 0.12
#define PLACE_SD 0.7          /* over places, behind the slots that are looked up exactly */
#define EXACT_SLOTS 6
#define LEAST (0.3 / 24)      /* added to the counts: nothing is impossible */
#define ORDER_CAP 12
#define POINTS_CAP 20
#define RETIRED_BEFORE 0.15   /* of the starters, where nothing has been seen yet; weighs as five races */

struct table {
	double m[CARS][CARS]; /* [rank][place] */
};

const char *baseline_name(int b)
{
	static const char *const names[BASELINES] = {"grid", "grid_table", "current_order", "order_table"};

	return b >= 0 && b < BASELINES ? names[b] : "?";
}

struct baselines *baselines_create(void)
{
	return calloc(1, sizeof(struct baselines));
}

void baselines_destroy(struct baselines *b)
{
	free(b);
}

/* ---- tables ---- */

static void balance(struct table *t, size_t n)
{
	for (int round = 0; round < 500; round++) {
		double worst = 0;
		for (size_t k = 0; k < n; k++) {
			double sum = 0;
			for (size_t i = 0; i < n; i++)
				sum += t->m[i][k];
			for (size_t i = 0; i < n; i++)
				t->m[i][k] /= sum;
		}
		for (size_t i = 0; i < n; i++) {
			double sum = 0;
			for (size_t k = 0; k < n; k++)
				sum += t->m[i][k];
			worst = fabs(sum - 1) > worst ? fabs(sum - 1) : worst;
			for (size_t k = 0; k < n; k++)
				t->m[i][k] /= sum;
		}
		if (worst < 1e-12)
			return;
	}
}

static double kernel(double distance, double sd)
{
	return exp(-0.5 * distance * distance / (sd * sd));
}

/* Places of one rank spread over their neighbours. */
static void smooth_places(double *row, size_t n)
{
	double out[CARS] = {0};

	for (size_t k = 0; k < n; k++) {
		double sum = 0;
		for (size_t j = 0; j < n; j++)
			sum += kernel((double)j - (double)k, PLACE_SD);
		for (size_t j = 0; j < n; j++)
			out[j] += row[k] * kernel((double)j - (double)k, PLACE_SD) / sum;
	}
	memcpy(row, out, n * sizeof(*row));
}

/* From counts by rank and place. */
static void make_table(struct table *t, const double (*counts)[CARS], size_t n)
{
	for (size_t g = 0; g < n; g++) {
		double sd = SLOT_SD + SLOT_SD_PER_SLOT * (double)(g + 1);
		for (size_t k = 0; k < n; k++) {
			t->m[g][k] = 0;
			for (size_t other = 0; other < n; other++)
				t->m[g][k] += counts[other][k] * kernel((double)other - (double)g, sd);
		}
		if (g >= EXACT_SLOTS)
			smooth_places(t->m[g], n);
		for (size_t k = 0; k < n; k++)
			t->m[g][k] += LEAST;
	}
	balance(t, n);
}

static void make_order(struct table *t, size_t n)
{
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < n; k++)
			t->m[i][k] = SMEAR / (double)n + (i == k ? 1 - SMEAR : 0);
}

static void make_grid_table(const struct baselines *b, struct table *t, size_t n)
{
	static const struct grid_race nobody;
	double counts[CARS][CARS] = {{0}};
	size_t races = b->n_grids < GRID_RACES ? b->n_grids : GRID_RACES;

	for (size_t r = 0; r < GRID_RACES; r++) {
		const struct grid_race *race = r < races ? &b->grids[r] : &nobody;
		for (size_t g = 0; g < CARS; g++)
			if (race->place[g])
				counts[g][race->place[g] - 1] += 1;
	}
	make_table(t, (const double (*)[CARS])counts, n);
}

/* ---- who lies where ---- */

struct field {
	size_t n, running;
	uint16_t car[CARS]; /* rank -> index into the state's cars: those that run in their order, then the others */
};

static bool is_out(const struct f1p_state *s, size_t i)
{
	return s->cars[i].retired == F1P_YES;
}

static void field_by_order(struct field *f, const struct f1p_state *s)
{
	*f = (struct field){0};
	for (int out = 0; out <= 1; out++) {
		for (size_t k = 0; k < s->n_cars; k++)
			if (is_out(s, s->order[k]) == out)
				f->car[f->n++] = s->order[k];
		if (!out)
			f->running = f->n;
	}
}

static void field_by_grid(struct field *f, const struct f1p_state *s, const struct entry_list *entries)
{
	*f = (struct field){0};
	for (size_t start = 1; start <= entries->n + 1; start++)
		for (size_t i = 0; i < s->n_cars; i++) {
			const struct entry *e = entry_of_car(entries, s->cars[i].number);
			size_t own = e && e->start ? e->start : entries->n + 1;
			if (own == start)
				f->car[f->n++] = (uint16_t)i;
		}
	f->running = f->n;
}

/* ---- forecasts ---- */

static uint8_t quantile(const double *p, size_t n, double q)
{
	double below = 0;

	for (size_t k = 0; k < n; k++) {
		below += p[k];
		if (below >= q - 1e-12)
			return (uint8_t)(k + 1);
	}
	return (uint8_t)n;
}

static void fill_car(struct f1p_car_forecast *c, const double *p, size_t n, size_t scoring)
{
	c->expected_position = c->p_win = c->p_podium = c->p_points = 0;
	for (size_t k = 0; k < n; k++) {
		c->p_position[k] = p[k];
		c->expected_position += p[k] * (double)(k + 1);
		c->p_win += k == 0 ? p[k] : 0;
		c->p_podium += k < 3 ? p[k] : 0;
		c->p_points += k < scoring ? p[k] : 0;
	}
	c->q05 = quantile(p, n, .05);
	c->q25 = quantile(p, n, .25);
	c->q50 = quantile(p, n, .5);
	c->q75 = quantile(p, n, .75);
	c->q95 = quantile(p, n, .95);
}

/* Ranks from field->running on keep their places; `t` speaks of the others. */
static void fill(struct f1p_forecast *out, const struct f1p_state *s, const struct field *f, const struct table *t, double p_retire)
{
	memset(out, 0, sizeof(*out));
	out->size = sizeof(*out);
	out->n_cars = s->n_cars;
	for (size_t rank = 0; rank < f->n; rank++) {
		struct f1p_car_forecast *c = &out->cars[f->car[rank]];
		double p[CARS] = {0};
		bool runs = rank < f->running;
		c->car = s->cars[f->car[rank]].number;
		if (runs)
			memcpy(p, t->m[rank], f->running * sizeof(p[0]));
		else
			p[rank] = 1;
		fill_car(c, p, f->n, score_places(s->type));
		c->p_retire = runs ? p_retire : 1;
	}
}

/* The odds of a table for small numbers, as they are said; the places of the matrix stay what they are. */
static void fill_odds(struct f1p_forecast *out, const struct field *f, const struct order_counts *c)
{
	for (size_t rank = 0; rank < f->running; rank++) {
		struct f1p_car_forecast *car = &out->cars[f->car[rank]];
		double n[2] = {0}, win = 0, podium = 0, points = 0;
		size_t low = rank < ORDER_CAP - 1 ? rank : ORDER_CAP - 1, high = rank < ORDER_CAP - 1 ? rank + 1 : CARS;
		for (size_t k = low; k < high; k++) {
			n[0] += c->seen[k];
			win += c->win[k];
			podium += c->podium[k];
		}
		low = rank < POINTS_CAP - 1 ? rank : POINTS_CAP - 1;
		high = rank < POINTS_CAP - 1 ? rank + 1 : CARS;
		for (size_t k = low; k < high; k++) {
			n[1] += c->seen[k];
			points += c->points[k];
		}
		car->p_win = (win + .2) / (n[0] + 1);
		car->p_podium = (podium + .2) / (n[0] + 1);
		car->p_points = (points + .2) / (n[1] + 1);
	}
}

static double retirement_rate(const struct baselines *b)
{
	return (b->retired + RETIRED_BEFORE * 100) / (b->starters + 100);
}

static double retirement_rate_from(const struct baselines *b, enum f1p_phase phase)
{
	const struct order_counts *c = &b->orders[phase];

	return (c->retired + retirement_rate(b) * 20) / (c->running + 20);
}

void baselines_forecast(const struct baselines *b, enum baseline which, enum f1p_phase phase, const struct f1p_state *s,
	const struct entry_list *entries, struct f1p_forecast *out)
{
	struct field f;
	struct table t;
	bool by_grid = which == BASELINE_GRID || which == BASELINE_GRID_TABLE || phase <= F1P_PHASE_LIGHTS_OUT;
	double p_retire = which == BASELINE_ORDER_TABLE ? retirement_rate_from(b, phase) : retirement_rate(b);

	if (by_grid)
		field_by_grid(&f, s, entries);
	else
		field_by_order(&f, s);
	if (which == BASELINE_GRID_TABLE)
		make_grid_table(b, &t, f.running);
	else if (which == BASELINE_ORDER_TABLE)
		make_table(&t, b->orders[phase].place, f.running);
	else
		make_order(&t, f.running);
	fill(out, s, &f, &t, p_retire);
	if (which == BASELINE_ORDER_TABLE && s->type != F1P_SESSION_SPRINT) /* in a sprint fewer score */
		fill_odds(out, &f, &b->orders[phase]);
}

/* ---- learning ---- */

void baselines_learn_grid(struct baselines *b, const struct entry_list *entries)
{
	struct grid_race *race = &b->grids[b->n_grids++ % GRID_RACES];

	memset(race, 0, sizeof(*race));
	for (size_t i = 0; i < entries->n; i++) {
		const struct entry *e = &entries->cars[i];
		if (!e->start || !e->finish)
			continue;
		race->place[e->start - 1] = (uint8_t)e->finish;
		b->starters += 1;
		b->retired += e->retired;
	}
}

void baselines_learn(struct baselines *b, enum f1p_phase phase, const struct f1p_state *s, const struct entry_list *entries)
{
	struct order_counts *c = &b->orders[phase];
	struct field f;

	if (phase <= F1P_PHASE_LIGHTS_OUT)
		field_by_grid(&f, s, entries);
	else
		field_by_order(&f, s);
	for (size_t rank = 0; rank < f.running; rank++) {
		const struct entry *e = entry_of_car(entries, s->cars[f.car[rank]].number);
		if (!e || !e->finish)
			continue;
		c->seen[rank] += 1;
		c->win[rank] += e->finish == 1;
		c->podium[rank] += e->finish <= 3;
		c->points[rank] += e->finish <= (int)SCORE_POINTS_PLACES;
		c->place[rank][e->finish - 1] += 1;
		c->running += 1;
		c->retired += e->retired;
	}
}
