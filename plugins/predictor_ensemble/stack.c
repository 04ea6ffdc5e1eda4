/*
 * stack.c - the learnt weights: where in a race we are, what they are there, their place in the model file.
 */
#include "stack.h"

#include <stdio.h>
#include <string.h>

#include "helpers/fmath.h"

#define LOG_WEIGHT_MOST 4.0
#define OUT_OF_POINTS 0.9 /* of those who retire; the others are classified all the same, in the points */
#define ROOM 0.1         /* cars that must be left above the number of places */

static const double race_knot[STACK_KNOTS - 2] = { 0.03, 0.15, 0.35, 0.55, 0.75, 0.90, 0.98 };
static const char *const target_name[STACK_TARGETS] = { "win", "podium", "points" };

static bool grid_known(const struct f1p_state *state)
{
	for (uint32_t i = 0; i < state->n_cars && i < F1P_MAX_CARS; i++) {
		if (state->cars[i].grid >= 0) {
			return true;
		}
	}
	return false;
}

void stack_place_of(struct stack_place *place, const struct f1p_state *state, int32_t default_laps)
{
	int32_t left;
	bool known;
	double done = positions_share_done(state, default_laps, &left, &known);
	uint32_t at = 0;
	*place = (struct stack_place){ .neutral = state->neutralised == F1P_YES, .wet = positions_wet(state) };
	if (positions_laps_done(state) == 0) {
		place->stage = grid_known(state) ? STACK_GRID : STACK_BEFORE_QUALIFYING;
		place->knot = place->stage == STACK_GRID ? 1 : 0;
		return;
	}
	while (at + 2 < STACK_KNOTS - 2 && done >= race_knot[at + 1]) {
		at++;
	}
	double u = (done - race_knot[at]) / (race_knot[at + 1] - race_knot[at]);
	place->stage = STACK_RACE;
	place->knot = at + 2;
	place->next = u < 0.0 ? 0.0 : u > 1.0 ? 1.0 : u;
}

double stack_between(const double *by_knot, const struct stack_place *place)
{
	return place->next > 0.0 ? (1.0 - place->next) * by_knot[place->knot] + place->next * by_knot[place->knot + 1]
				 : by_knot[place->knot];
}

double stack_nearness(const struct stack_place *place, uint32_t knot)
{
	return place->knot == knot ? 1.0 - place->next : place->knot + 1 == knot ? place->next : 0.0;
}

static double weight_of(const struct stack_member *member, enum stack_target target, const struct stack_place *place)
{
	const double *w = member->log_weight[target];
	double z = stack_between(w, place) + (place->neutral ? w[STACK_NEUTRAL] : 0.0) + (place->wet ? w[STACK_WET] : 0.0);
	return member->heard[place->stage] ? f1p_exp(z) : 0.0;
}

void stack_weights(const struct stack *stack, enum stack_target target, const struct stack_place *place, const int32_t *known,
		   uint32_t n, double *weight)
{
	double all = 0.0, present = 0.0;
	for (uint32_t i = 0; i < stack->n; i++) {
		all += weight_of(&stack->member[i], target, place);
	}
	for (uint32_t i = 0; i < n; i++) {
		weight[i] = known[i] >= 0 ? weight_of(&stack->member[known[i]], target, place) : 0.0;
		present += weight[i];
	}
	for (uint32_t i = 0; i < n && present > 0.0; i++) {
		weight[i] *= all / present;
	}
}

void stack_mixture(const struct stack *stack, const struct stack_place *place, const int32_t *known, uint32_t n, double *part)
{
	double sum = 0.0;
	for (uint32_t i = 0; i < n; i++) {
		bool heard = known[i] >= 0 && stack->member[known[i]].heard[place->stage];
		part[i] = heard ? stack_between(stack->member[known[i]].mix, place) : 0.0;
		sum += part[i];
	}
	for (uint32_t i = 0; i < n && sum > 0.0; i++) {
		part[i] /= sum;
	}
}

void stack_temper(const struct stack *stack, enum stack_target target, const struct stack_place *place, const double *mixed, uint32_t n,
		  double *p)
{
	double part = stack->plain[target][place->stage];
	for (uint32_t i = 0; i < n; i++) {
		p[i] = (1.0 - part) * p[i] + part * mixed[i];
	}
}

int32_t stack_find(const struct stack *stack, const char *model)
{
	for (uint32_t i = 0; i < stack->n; i++) {
		if (strcmp(stack->member[i].name, model) == 0) {
			return (int32_t)i;
		}
	}
	return -1;
}

double stack_log_odds(double p)
{
	return f1p_logit(p < STACK_LEAST ? STACK_LEAST : p > 1.0 - STACK_LEAST ? 1.0 - STACK_LEAST : p);
}

void stack_most(enum stack_target target, const double *p_retire, uint32_t n, uint32_t places, double *most)
{
	double sum = 0.0;
	for (uint32_t i = 0; i < n; i++) {
		most[i] = target == STACK_POINTS ? 1.0 - OUT_OF_POINTS * p_retire[i] : 1.0;
		sum += most[i];
	}
	for (uint32_t i = 0; i < n && sum < (double)places + ROOM; i++) {
		most[i] = 1.0;
	}
}

/* ---- model file ---- */

static bool copy_checked(double *out, const struct params *params, const char *name, const char *what, size_t n, double least,
			 double most)
{
	char key[PARAMS_MAX_NAME];
	snprintf(key, sizeof(key), "%s.%s", name, what);
	const double *v = params_get(params, key, n);
	for (size_t i = 0; v && i < n; i++) {
		if (!(v[i] >= least && v[i] <= most)) {
			return false;
		}
		out[i] = v[i];
	}
	return v != NULL;
}

static bool read_member(struct stack_member *member, const struct params *params)
{
	double heard[STACK_STAGES];
	for (uint32_t t = 0; t < STACK_TARGETS; t++) {
		if (!copy_checked(member->log_weight[t], params, member->name, target_name[t], STACK_WEIGHTS, -2.0 * LOG_WEIGHT_MOST,
				  LOG_WEIGHT_MOST)) {
			return false;
		}
	}
	if (!copy_checked(heard, params, member->name, "heard", STACK_STAGES, 0.0, 1.0) ||
	    !copy_checked(member->mix, params, member->name, "mix", STACK_KNOTS, 0.0, 1.0) ||
	    !copy_checked(member->usual, params, member->name, "usual", F1P_SCORE_STAGES, -10.0, 10.0)) {
		return false;
	}
	for (uint32_t s = 0; s < STACK_STAGES; s++) {
		member->heard[s] = heard[s] > 0.5;
	}
	return true;
}

bool stack_read(struct stack *stack, const struct params *params)
{
	static const char suffix[] = ".heard";
	double races;
	const char *name;
	memset(stack, 0, sizeof(*stack));
	for (uint32_t t = 0; t < STACK_TARGETS; t++) {
		if (!copy_checked(stack->plain[t], params, "all", target_name[t], STACK_STAGES, 0.0, 1.0)) {
			return false;
		}
	}
	if (!copy_checked(stack->tail50, params, "all", "tail50", STACK_KNOTS, 0.0, 0.5) ||
	    !copy_checked(stack->tail90, params, "all", "tail90", STACK_KNOTS, 0.0, 0.5) ||
	    !copy_checked(stack->gap50, params, "all", "gap50", STACK_KNOTS, 0.0, 100.0) ||
	    !copy_checked(stack->gap90, params, "all", "gap90", STACK_KNOTS, 0.0, 100.0) ||
	    !copy_checked(&races, params, "all", "races", 1, 1.0, 1e6)) {
		return false;
	}
	for (size_t i = 0; (name = params_name(params, i)) != NULL; i++) {
		size_t n = strlen(name), end = sizeof(suffix) - 1;
		if (n <= end || strcmp(name + n - end, suffix) != 0) {
			continue;
		}
		struct stack_member *member = &stack->member[stack->n];
		if (stack->n == STACK_MEMBERS || n - end >= sizeof(member->name)) {
			return false;
		}
		memcpy(member->name, name, n - end);
		if (!read_member(member, params)) {
			return false;
		}
		stack->n++;
	}
	stack->races = (uint32_t)races;
	return stack->n > 0;
}

static bool set(struct params *params, const char *name, const char *what, const double *v, size_t n)
{
	char key[PARAMS_MAX_NAME];
	snprintf(key, sizeof(key), "%s.%s", name, what);
	return params_set(params, key, v, n);
}

bool stack_write(const struct stack *stack, struct params *params)
{
	double races = stack->races;
	if (stack->races == 0) {
		return true;
	}
	bool ok = set(params, "all", "races", &races, 1) && set(params, "all", "tail50", stack->tail50, STACK_KNOTS) &&
		  set(params, "all", "tail90", stack->tail90, STACK_KNOTS) && set(params, "all", "gap50", stack->gap50, STACK_KNOTS) &&
		  set(params, "all", "gap90", stack->gap90, STACK_KNOTS);
	for (uint32_t t = 0; ok && t < STACK_TARGETS; t++) {
		ok = set(params, "all", target_name[t], stack->plain[t], STACK_STAGES);
	}
	for (uint32_t i = 0; ok && i < stack->n; i++) {
		const struct stack_member *member = &stack->member[i];
		double heard[STACK_STAGES];
		for (uint32_t s = 0; s < STACK_STAGES; s++) {
			heard[s] = member->heard[s] ? 1.0 : 0.0;
		}
		ok = set(params, member->name, "heard", heard, STACK_STAGES) && set(params, member->name, "mix", member->mix, STACK_KNOTS) &&
		     set(params, member->name, "usual", member->usual, F1P_SCORE_STAGES);
		for (uint32_t t = 0; ok && t < STACK_TARGETS; t++) {
			ok = set(params, member->name, target_name[t], member->log_weight[t], STACK_WEIGHTS);
		}
	}
	return ok;
}
