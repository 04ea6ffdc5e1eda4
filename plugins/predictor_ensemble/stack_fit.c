/*
 * stack_fit.c - the weights, by L-BFGS; mixture.c and tails.c do the rest.
 */
#include "stack_fit.h"

#include <stdlib.h>
#include <string.h>

#include "gaps.h"
#include "helpers/fmath.h"
#include "lbfgs.h"
#include "mixture.h"
#include "tails.h"
#include "usual.h"

#define HALF_LIFE_YEARS 8.0   /* of an example */
#define TAIL_HALF_LIFE_YEARS 4.0 /* the same for tails: the members of early years had learnt less */
#define RACE_WEIGHT 7.0       /* what all snapshots of a race, much alike, count together */
#define SPREAD 0.25           /* of the logarithm of a weight around the built-in one */
#define SPREAD_KNOTS 0.15     /* between neighbouring knots */
#define SPREAD_SPECIAL 0.25   /* of what neutralisation and rain add */
#define PLAIN_CENTRE (-1.7)    /* log-odds of the part of the plain mixture, about one seventh */
#define SPREAD_PLAIN 1.0
#define MAX_PARAMS (STACK_MEMBERS * STACK_WEIGHTS + STACK_STAGES) /* the last are the log-odds of the plain parts */

struct fit {
	const struct record *record;
	const struct stack *stack;
	const double *item_weight; /* by item */
	const double *part;        /* by item and present member: of the plain mixture */
	double *shift;             /* by item: where the last search for the normalisation ended */
	enum stack_target target;
	uint32_t n;                /* parameters */
	double centre[MAX_PARAMS];
};

static const double target_places[STACK_TARGETS] = { 1.0, 3.0, 0.0 };

/* What a car adds to z's gradient by the logarithm of each member's weight. */
struct terms {
	uint32_t n;
	double weight[STACK_MEMBERS]; /* by present member, before the missing ones' part */
	double scale;                 /* weight of all / weight of the present */
	double all, present;
};

static void terms_init(struct terms *t, const struct fit *f, const double *x, const struct record_item *item)
{
	double by_member[STACK_MEMBERS];
	*t = (struct terms){ .n = item->n };
	for (uint32_t m = 0; m < f->stack->n; m++) {
		const double *u = x + m * STACK_WEIGHTS;
		double z = stack_between(u, &item->place) + (item->place.neutral ? u[STACK_NEUTRAL] : 0.0) +
			   (item->place.wet ? u[STACK_WET] : 0.0);
		by_member[m] = f->stack->member[m].heard[item->place.stage] ? f1p_exp(z) : 0.0;
		t->all += by_member[m];
	}
	for (uint32_t i = 0; i < item->n; i++) {
		t->weight[i] = by_member[item->member[i]];
		t->present += t->weight[i];
	}
	t->scale = t->present > 0.0 ? t->all / t->present : 0.0;
}

static void add_gradient(const struct fit *f, const struct record_item *item, const struct terms *t, const double *by_weight, double sum_z,
			 const double *x, double *gradient)
{
	for (uint32_t m = 0; m < f->stack->n; m++) {
		const double *u = x + m * STACK_WEIGHTS;
		double z = stack_between(u, &item->place) + (item->place.neutral ? u[STACK_NEUTRAL] : 0.0) +
			   (item->place.wet ? u[STACK_WET] : 0.0), slope = sum_z / t->present, *g = gradient + m * STACK_WEIGHTS;
		if (!f->stack->member[m].heard[item->place.stage]) {
			continue;
		}
		for (uint32_t i = 0; i < item->n; i++) {
			if (item->member[i] == m) {
				slope += t->scale * by_weight[i] - t->all * sum_z / (t->present * t->present);
			}
		}
		slope *= f1p_exp(z);
		g[item->place.knot] += slope * (1.0 - item->place.next);
		g[item->place.next > 0.0 ? item->place.knot + 1 : item->place.knot] += slope * item->place.next;
		g[STACK_NEUTRAL] += item->place.neutral ? slope : 0.0;
		g[STACK_WET] += item->place.wet ? slope : 0.0;
	}
}

/* What the plain mixture says of the target. log_odds: of the members. */
static double mixed_chance(const struct fit *f, uint32_t index, const float *log_odds, double most)
{
	const struct record_item *item = &f->record->items[index];
	double sum = 0.0;
	for (uint32_t k = 0; k < item->n; k++) {
		sum += f->part[(size_t)index * STACK_MEMBERS + k] * f1p_logistic((double)log_odds[k]);
	}
	return most * sum;
}

/* The cars of a snapshot that run. */
struct runners {
	uint32_t n;
	const float *log_odds[F1P_MAX_CARS]; /* of the members, on the target */
	double z[F1P_MAX_CARS], y[F1P_MAX_CARS]; /* what the weights make of them; 1 = it came true */
	double most[F1P_MAX_CARS];
};

static void runners_init(struct runners *r, const struct fit *f, const struct record_item *item, const struct terms *t, double places)
{
	r->n = 0;
	for (uint32_t row = 0; row < item->cars; row++) {
		const float *car = record_car(f->record, item, row);
		if (!record_ran(item, car)) {
			continue;
		}
		const float *log_odds = record_log_odds(item, car, f->target);
		double z = 0.0;
		for (uint32_t i = 0; i < item->n; i++) {
			z += t->scale * t->weight[i] * (double)log_odds[i];
		}
		r->log_odds[r->n] = log_odds;
		r->most[r->n] = record_most(item, car, f->target);
		r->z[r->n] = z;
		r->y[r->n++] = record_place(item, car) >= 1 && record_place(item, car) <= (uint32_t)places ? 1.0 : 0.0;
	}
}

/* Log-loss of one snapshot and its gradient. */
static double item_loss(const struct fit *f, uint32_t index, const double *x, double *gradient)
{
	const struct record_item *item = &f->record->items[index];
	const uint32_t at_plain = f->stack->n * STACK_WEIGHTS + item->place.stage;
	double places = f->target == STACK_POINTS ? item->points_places : target_places[f->target];
	double p[F1P_MAX_CARS], slope[F1P_MAX_CARS], spread[F1P_MAX_CARS], by_weight[STACK_MEMBERS] = { 0 };
	double loss = 0.0, spread_sum = 0.0, sum_z = 0.0, to_plain = 0.0, pulled = 0.0;
	double weight = f->item_weight[index], plain = f1p_logistic(x[at_plain]);
	struct terms t;
	struct runners r;
	terms_init(&t, f, x, item);
	runners_init(&r, f, item, &t, places);
	if ((double)r.n <= places || t.present <= 0.0) {
		return 0.0;
	}
	f->shift[index] = blocks_normalise(r.z, NULL, r.most, r.n, places, f->shift[index], p);
	for (uint32_t i = 0; i < r.n; i++) {
		double mixed = mixed_chance(f, index, r.log_odds[i], r.most[i]), q = (1.0 - plain) * p[i] + plain * mixed;
		q = q < 1e-9 ? 1e-9 : q > 1.0 - 1e-9 ? 1.0 - 1e-9 : q;
		loss -= f1p_log(r.y[i] > 0.5 ? q : 1.0 - q);
		slope[i] = (q - r.y[i]) / (q * (1.0 - q));
		to_plain += slope[i] * (mixed - p[i]);
		slope[i] *= 1.0 - plain;
		spread[i] = p[i] * (1.0 - p[i] / r.most[i]);
		pulled += slope[i] * spread[i];
		spread_sum += spread[i];
	}
	gradient[at_plain] += weight * to_plain * plain * (1.0 - plain);
	for (uint32_t i = 0; i < r.n; i++) { /* the normalisation takes from all what one gains */
		double by_z = weight * spread[i] * (slope[i] - (spread_sum > 1e-12 ? pulled / spread_sum : 0.0));
		for (uint32_t k = 0; k < item->n; k++) {
			by_weight[k] += by_z * (double)r.log_odds[i][k];
			sum_z += by_z * t.weight[k] * (double)r.log_odds[i][k];
		}
	}
	add_gradient(f, item, &t, by_weight, sum_z, x, gradient);
	return weight * loss;
}

/* Adds the slope to *up and takes it from *down, which may be NULL. */
static double pull(double x, double spread, double *up, double *down)
{
	double slope = x / (spread * spread);
	*up += slope;
	if (down) {
		*down -= slope;
	}
	return 0.5 * x * slope;
}

static double objective(void *arg, const double *x, double *gradient)
{
	struct fit *f = arg;
	double loss = 0.0;
	memset(gradient, 0, f->n * sizeof(*gradient));
	for (size_t i = 0; i < f->record->n; i++) {
		loss += item_loss(f, (uint32_t)i, x, gradient);
	}
	for (uint32_t i = f->n - STACK_STAGES; i < f->n; i++) {
		loss += pull(x[i] - f->centre[i], SPREAD_PLAIN, &gradient[i], NULL);
	}
	for (uint32_t i = 0; i < f->n - STACK_STAGES; i++) {
		uint32_t k = i % STACK_WEIGHTS;
		loss += pull(x[i] - f->centre[i], k < STACK_KNOTS ? SPREAD : SPREAD_SPECIAL, &gradient[i], NULL);
		if (k > 2 && k < STACK_KNOTS) { /* knots of the race lean on the one before */
			double step = (x[i] - f->centre[i]) - (x[i - 1] - f->centre[i - 1]);
			loss += pull(step, SPREAD_KNOTS, &gradient[i], &gradient[i - 1]);
		}
	}
	return loss;
}

static double share_named(const struct weights *w, const char *name)
{
	for (uint32_t i = 0; i < w->n; i++) {
		if (strcmp(w->name[i], name) == 0) {
			return w->share[i] > MIXTURE_LEAST ? w->share[i] : MIXTURE_LEAST;
		}
	}
	return 0.0;
}

static void centre_of(double *centre, const struct stack *stack, uint32_t m, enum stack_target target, const struct weights *green,
		      const struct weights *neutral)
{
	const char *name = stack->member[m].name;
	double calm = share_named(green, name), busy = share_named(neutral, name);
	for (uint32_t k = 0; k < STACK_KNOTS; k++) {
		double share = mixture_built_in(stack, m, k, target);
		centre[k] = share > 0.0 ? f1p_log(share) : 0.0; /* where it was not heard, nothing asks for it */
	}
	centre[STACK_NEUTRAL] = calm > 0.0 && busy > 0.0 ? f1p_log(busy / calm) : 0.0;
	centre[STACK_WET] = 0.0;
}

static bool fit_target(struct stack *stack, const struct record *record, const double *item_weight, const double *part,
		       enum stack_target target, const struct weights *green, const struct weights *neutral)
{
	struct fit f = { .record = record, .stack = stack, .item_weight = item_weight, .part = part, .target = target,
		.n = stack->n * STACK_WEIGHTS + STACK_STAGES };
	const struct lbfgs_options options = { .iterations = 60, .memory = 8, .tolerance = 1e-7 };
	double x[MAX_PARAMS];
	f.shift = calloc(record->n, sizeof(*f.shift));
	if (!f.shift) {
		return false;
	}
	for (uint32_t m = 0; m < stack->n; m++) {
		centre_of(f.centre + m * STACK_WEIGHTS, stack, m, target, green, neutral);
	}
	for (uint32_t stage = 0; stage < STACK_STAGES; stage++) {
		f.centre[f.n - STACK_STAGES + stage] = PLAIN_CENTRE;
	}
	memcpy(x, f.centre, sizeof(x));
	double least = lbfgs_minimise(objective, &f, x, f.n, &options);
	free(f.shift);
	for (uint32_t m = 0; least == least && m < stack->n; m++) {
		memcpy(stack->member[m].log_weight[target], x + m * STACK_WEIGHTS, sizeof(stack->member[m].log_weight[target]));
	}
	for (uint32_t stage = 0; stage < STACK_STAGES; stage++) {
		stack->plain[target][stage] = f1p_logistic(x[f.n - STACK_STAGES + stage]);
	}
	return least == least;
}

/* ---- all of it ---- */

/* The snapshots of a race share its weight, stage by stage; old races count less. Returns the number of races. */
static uint32_t weigh(const struct record *record, int32_t next_race_id, double half_life_years, double *weight)
{
	uint32_t races = 0;
	for (size_t i = 0; i < record->n;) {
		uint32_t of_stage[STACK_STAGES] = { 0 };
		size_t end = i;
		for (; end < record->n && record->items[end].race_id == record->items[i].race_id; end++) {
			of_stage[record->items[end].place.stage]++;
		}
		double years = (double)(next_race_id / 100 - record->items[i].race_id / 100);
		double memory = f1p_exp(-0.69314718055994531 * (years > 0.0 ? years : 0.0) / half_life_years);
		for (; i < end; i++) {
			uint8_t stage = record->items[i].place.stage;
			weight[i] = memory * (stage == STACK_RACE ? RACE_WEIGHT : 1.0) / (double)of_stage[stage];
		}
		races++;
	}
	return races;
}

static void name_members(struct stack *stack, const struct record *record)
{
	memset(stack, 0, sizeof(*stack));
	stack->n = record->n_names;
	for (uint32_t m = 0; m < stack->n; m++) {
		memcpy(stack->member[m].name, record->name[m], sizeof(stack->member[m].name));
	}
	for (size_t i = 0; i < record->n; i++) {
		for (uint32_t k = 0; k < record->items[i].n; k++) {
			stack->member[record->items[i].member[k]].heard[record->items[i].place.stage] = true;
		}
	}
}

f1p_status stack_fit(struct stack *stack, const struct record *record, int32_t next_race_id, const struct weights *green,
		     const struct weights *neutral)
{
	struct stack fitted;
	double *weight = malloc((record->n + 1) * (1 + STACK_MEMBERS) * sizeof(*weight)), *part = weight ? weight + record->n + 1 : NULL;
	if (!weight) {
		return F1P_ENOMEM;
	}
	uint32_t races = weigh(record, next_race_id, HALF_LIFE_YEARS, weight);
	bool ok = races >= STACK_LEAST_RACES;
	if (ok) {
		name_members(&fitted, record);
		fitted.races = races;
		mixture_fit(&fitted, record, weight);
		mixture_parts(part, &fitted, record);
		usual_fit(&fitted, record, weight);
		for (uint32_t t = 0; ok && t < STACK_TARGETS; t++) {
			ok = fit_target(&fitted, record, weight, part, (enum stack_target)t, green, neutral);
		}
		weigh(record, next_race_id, TAIL_HALF_LIFE_YEARS, weight);
		ok = ok && tails_fit(&fitted, record, weight) && gaps_fit(&fitted, record, weight);
	}
	free(weight);
	if (ok) {
		*stack = fitted;
	}
	return ok ? F1P_OK : races >= STACK_LEAST_RACES ? F1P_ENOMEM : F1P_AGAIN;
}
