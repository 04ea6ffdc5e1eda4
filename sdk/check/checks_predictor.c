/*
 * checks_predictor.c - predictors: sound probabilities on all kinds of races, the same bytes every time, cancelled in time.
 */
#include "check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TOLERANCE 1e-9
#define CANCEL_MS 50
#define GUARD 4096u /* bytes behind the output that must stay as they are */

static const struct {
	uint32_t cars;
	enum synth_phase phase;
	const char *name;
} races[] = {
	{0, SYNTH_GRID, "no cars"},
	{1, SYNTH_GRID, "1 car on the grid"},
	{2, SYNTH_MID, "2 cars in mid-race"},
	{20, SYNTH_GRID, "20 cars on the grid"},
	{20, SYNTH_MID, "20 cars in mid-race"},
	{22, SYNTH_MID, "22 cars in mid-race"},
	{32, SYNTH_MID, "32 cars in mid-race"},
	{20, SYNTH_ALL_RETIRED, "20 cars, all retired"},
};

struct bench { /* a predictor and room for one forecast */
	struct check *c;
	struct instance inst;
	const struct f1p_predictor *predictor;
	const struct f1p_ensemble *ensemble;
	struct f1p_state *state;
};

static bool never(void *arg)
{
	(void)arg;
	return false;
}

static enum check_result bench_open(struct bench *b, struct check *c, bool need_predictor)
{
	enum check_result result;

	*b = (struct bench){.c = c};
	fake_host_reset(c->host);
	result = instance_open(c, &b->inst);
	if (result != CHECK_PASS) {
		return result;
	}
	b->predictor = b->inst.plugin->get_extension(b->inst.plugin, F1P_EXT_PREDICTOR);
	b->ensemble = b->inst.plugin->get_extension(b->inst.plugin, F1P_EXT_ENSEMBLE);
	if (need_predictor && !b->predictor) {
		instance_close(&b->inst);
		return check_skip(c, "no " F1P_EXT_PREDICTOR ", only " F1P_EXT_ENSEMBLE);
	}
	b->state = calloc(1, sizeof(*b->state));
	if (!b->state) {
		abort();
	}
	return CHECK_PASS;
}

static void bench_close(struct bench *b)
{
	instance_close(&b->inst);
	free(b->state);
}

static struct f1p_forecast *forecast_room(void)
{
	struct f1p_forecast *out = calloc(1, sizeof(*out));

	if (!out) {
		abort();
	}
	out->size = sizeof(*out);
	return out;
}

/* ---- soundness */

static bool is_probability(double p)
{
	return isfinite(p) && p >= -0.0 && p <= 1.0 + TOLERANCE;
}

static bool near(double a, double b, double tolerance)
{
	return fabs(a - b) <= tolerance;
}

static double head_sum(const struct f1p_car_forecast *car, uint32_t n, uint32_t places)
{
	double sum = 0;

	for (uint32_t k = 0; k < n && k < places; k++) {
		sum += car->p_position[k];
	}
	return sum;
}

/* Rising, none below the winner's 0, and above an unknown one only unknown ones. */
static bool gaps_rise(const struct f1p_car_forecast *car)
{
	int32_t below = 0;

	for (int i = 0; i < F1P_GAP_LEVELS; i++) {
		if (car->gap_ms[i] != F1P_UNKNOWN && (below == F1P_UNKNOWN || car->gap_ms[i] < below)) {
			return false;
		}
		below = car->gap_ms[i];
	}
	return true;
}

static enum check_result gaps_sound(struct check *c, const struct f1p_car_forecast *car, const char *race)
{
	if (car->gap_given > 1) {
		return check_fail(c, "%s, car %u: gap_given is %u, neither 0 nor 1", race, car->car, car->gap_given);
	}
	if (car->gap_given && !gaps_rise(car)) {
		return check_fail(c, "%s, car %u: gap_ms %d %d %d %d %d: rising from 0, unknown only at the end", race, car->car,
			car->gap_ms[F1P_GAP_Q05], car->gap_ms[F1P_GAP_Q25], car->gap_ms[F1P_GAP_Q50], car->gap_ms[F1P_GAP_Q75],
			car->gap_ms[F1P_GAP_Q95]);
	}
	return CHECK_PASS;
}

static enum check_result car_sound(
	struct check *c, const struct f1p_car_forecast *car, uint32_t n, uint16_t number, const char *race)
{
	double expected = 0;

	if (car->car != number) {
		return check_fail(
			c, "%s: a car is %u, the state's is %u: keep the order of the state's cars", race, car->car, number);
	}
	for (uint32_t k = 0; k < F1P_MAX_CARS; k++) {
		if (!is_probability(car->p_position[k]) || (k >= n && car->p_position[k] > 0)) {
			return check_fail(c, "%s, car %u: p_position[%u] = %g", race, number, k, car->p_position[k]);
		}
		expected += car->p_position[k] * (k + 1);
	}
	if (!near(head_sum(car, n, n), 1, TOLERANCE)) {
		return check_fail(c, "%s, car %u: p_position sums to %.12f", race, number, head_sum(car, n, n));
	}
	if (!near(car->p_win, head_sum(car, n, 1), 1e-6) || !near(car->p_podium, head_sum(car, n, 3), 1e-6)) {
		return check_fail(c, "%s, car %u: p_win %g and p_podium %g are not the sums of p_position (%g, %g)", race, number,
			car->p_win, car->p_podium, head_sum(car, n, 1), head_sum(car, n, 3));
	}
	if (!is_probability(car->p_win) || !is_probability(car->p_podium) || !is_probability(car->p_points) ||
		!is_probability(car->p_retire)) {
		return check_fail(c, "%s, car %u: a probability is outside [0, 1]", race, number);
	}
	if (car->p_points + 1e-6 < car->p_podium) {
		return check_fail(
			c, "%s, car %u: p_points %g is less than p_podium %g", race, number, car->p_points, car->p_podium);
	}
	if (!near(car->expected_position, expected, 1e-6)) {
		return check_fail(
			c, "%s, car %u: expected_position %g, by p_position %g", race, number, car->expected_position, expected);
	}
	if (car->q05 < 1 || car->q25 < car->q05 || car->q50 < car->q25 || car->q75 < car->q50 || car->q95 < car->q75 ||
		car->q95 > n) {
		return check_fail(c, "%s, car %u: quantiles %u %u %u %u %u", race, number, car->q05, car->q25, car->q50, car->q75,
			car->q95);
	}
	return gaps_sound(c, car, race);
}

static enum check_result sound(struct check *c, const struct f1p_state *state, const struct f1p_forecast *f, const char *race)
{
	enum check_result result = CHECK_PASS;

	if (f->size != sizeof(*f) || f->n_cars != state->n_cars) {
		return check_fail(c, "%s: size %u, n_cars %u of %u", race, f->size, f->n_cars, state->n_cars);
	}
	if (!memchr(f->model, 0, sizeof(f->model)) || !memchr(f->version, 0, sizeof(f->version)) || !f->model[0] ||
		!f->version[0]) {
		return check_fail(c, "%s: model and version must be given", race);
	}
	if (!is_probability(f->confidence) || !isfinite(f->mc_error) || f->mc_error < 0) {
		return check_fail(c, "%s: confidence %g, mc_error %g", race, f->confidence, f->mc_error);
	}
	for (uint32_t i = 0; i < f->n_cars && result == CHECK_PASS; i++) {
		result = car_sound(c, &f->cars[i], f->n_cars, state->cars[i].number, race);
	}
	for (uint32_t k = 0; k < f->n_cars && result == CHECK_PASS; k++) {
		double sum = 0;

		for (uint32_t i = 0; i < f->n_cars; i++) {
			sum += f->cars[i].p_position[k];
		}
		if (!near(sum, 1, TOLERANCE)) {
			result = check_fail(c, "%s: position %u is given with probability %.12f in all", race, k + 1, sum);
		}
	}
	return result;
}

/* ---- checks */

static f1p_status predict(struct bench *b, uint64_t seed, struct f1p_forecast *out)
{
	*out = (struct f1p_forecast){.size = sizeof(*out)};
	return b->predictor->predict(b->inst.plugin, b->state, seed, never, NULL, out);
}

static enum check_result run_races(struct check *c)
{
	struct bench b;
	enum check_result result = bench_open(&b, c, true);
	struct f1p_forecast *out = forecast_room();
	int said = 0;

	for (size_t i = 0; i < sizeof(races) / sizeof(races[0]) && result == CHECK_PASS; i++) {
		f1p_status status;

		synth_state(b.state, races[i].cars, races[i].phase, c->seed);
		status = predict(&b, c->seed, out);
		if (status == F1P_OK) {
			said++;
			result = sound(c, b.state, out, races[i].name);
		} else if (status != F1P_EUNSUPPORTED) {
			result = check_fail(c, "%s: predict returned %d: %s", races[i].name, status, c->host->fail_reason);
		}
	}
	if (b.state) {
		bench_close(&b);
	}
	free(out);
	if (result == CHECK_PASS && said == 0) {
		return check_skip(c, "predict() answers F1P_EUNSUPPORTED to every race of the check");
	}
	return result;
}

struct job {
	struct bench bench;
	uint64_t seed;
	struct f1p_forecast *out;
	f1p_status status;
	pthread_t thread;
};

static void *job_main(void *arg)
{
	struct job *j = arg;

	j->status = predict(&j->bench, j->seed, j->out);
	return NULL;
}

static enum check_result two_threads(struct check *c, struct job jobs[2])
{
	for (int i = 0; i < 2; i++) {
		synth_state(jobs[i].bench.state, 20, SYNTH_MID, c->seed);
		if (pthread_create(&jobs[i].thread, NULL, job_main, &jobs[i]) != 0) {
			abort();
		}
	}
	for (int i = 0; i < 2; i++) {
		pthread_join(jobs[i].thread, NULL);
	}
	if (jobs[0].status != jobs[1].status || memcmp(jobs[0].out, jobs[1].out, sizeof(*jobs[0].out)) != 0) {
		return check_fail(c, "two instances on two threads made different forecasts of the same state and seed");
	}
	return CHECK_PASS;
}

/* What was forecast in between must not matter. */
static enum check_result without_memory(struct check *c, struct job *j, struct f1p_forecast *again)
{
	f1p_status status;

	synth_state(j->bench.state, 22, SYNTH_GRID, c->seed + 1);
	predict(&j->bench, 77, again);
	synth_state(j->bench.state, 20, SYNTH_MID, c->seed);
	status = predict(&j->bench, j->seed, again);
	if (status != j->status || memcmp(j->out, again, sizeof(*again)) != 0) {
		return check_fail(c, "the same state and seed gave another forecast after one of another race");
	}
	return CHECK_PASS;
}

static enum check_result run_reproducible(struct check *c)
{
	struct job jobs[2] = {{.seed = c->seed + 5}, {.seed = c->seed + 5}};
	struct f1p_forecast *again = forecast_room();
	enum check_result result = CHECK_PASS;

	for (int i = 0; i < 2 && result == CHECK_PASS; i++) {
		jobs[i].out = forecast_room();
		result = bench_open(&jobs[i].bench, c, true);
	}
	if (result == CHECK_PASS) {
		result = two_threads(c, jobs);
	}
	if (result == CHECK_PASS) {
		result = without_memory(c, &jobs[0], again);
	}
	for (int i = 0; i < 2; i++) {
		free(jobs[i].out);
		if (jobs[i].bench.state) {
			bench_close(&jobs[i].bench);
		}
	}
	free(again);
	return result;
}

/* Two Monte-Carlo runs of the same race differ by their standard errors; an exact model not at all. */
static double permutation_tolerance(const struct f1p_forecast *f)
{
	return f->runs ? 6 * sqrt(0.5 / f->runs) : TOLERANCE;
}

static enum check_result run_permutation(struct check *c)
{
	struct bench b;
	enum check_result result = bench_open(&b, c, true);
	struct f1p_forecast *one = forecast_room(), *two = forecast_room();
	struct f1p_state *straight = calloc(1, sizeof(*straight));

	if (result == CHECK_PASS && straight) {
		synth_state(straight, 20, SYNTH_MID, c->seed);
		*b.state = *straight;
		f1p_status first = predict(&b, c->seed, one);

		synth_reverse(b.state, straight);
		f1p_status second = predict(&b, c->seed, two);

		if (first != second) {
			result = check_fail(c, "with the cars in another order predict returned %d instead of %d", second, first);
		}
		for (uint32_t i = 0; first == F1P_OK && i < 20 && result == CHECK_PASS; i++) {
			double a = one->cars[i].p_win, z = two->cars[19 - i].p_win, tolerance = permutation_tolerance(one);

			if (!near(a, z, tolerance)) {
				result = check_fail(c, "car %u: p_win %g, with the cars in another order %g (tolerance %g)",
					one->cars[i].car, a, z, tolerance);
			}
		}
		bench_close(&b);
	}
	free(straight);
	free(one);
	free(two);
	return result;
}

struct canceller {
	int after, calls;
	int64_t t_ns; /* when it first said true */
};

static bool cancel_after(void *arg)
{
	struct canceller *x = arg;

	if (x->calls++ < x->after) {
		return false;
	}
	if (x->t_ns == 0) {
		x->t_ns = mono_ns();
	}
	return true;
}

static enum check_result run_cancel(struct check *c)
{
	struct bench b;
	enum check_result result = bench_open(&b, c, true);
	struct f1p_forecast *out = forecast_room();
	static const int after[] = {0, 1, 3};

	for (size_t i = 0; i < 3 && result == CHECK_PASS; i++) {
		struct canceller x = {.after = after[i]};
		f1p_status status;
		int64_t ms;

		synth_state(b.state, 20, SYNTH_MID, c->seed);
		*out = (struct f1p_forecast){.size = sizeof(*out)};
		status = b.predictor->predict(b.inst.plugin, b.state, c->seed, cancel_after, &x, out);
		ms = x.t_ns ? (mono_ns() - x.t_ns) / 1000000 : 0;
		if (ms > CANCEL_MS * (sanitized() ? 20 : 1)) {
			result = check_fail(c, "came back %lld ms after cancel() had said true", (long long)ms);
		} else if (status != F1P_ECANCELLED && status != F1P_OK && status != F1P_EUNSUPPORTED) {
			result = check_fail(c, "cancelled, predict returned %d instead of F1P_ECANCELLED", status);
		}
	}
	if (b.state) {
		bench_close(&b);
	}
	free(out);
	return result;
}

/* Output at the end of a page, as long as a newer host's; the state at the end of another. */
static enum check_result run_bounds(struct check *c)
{
	struct bench b;
	enum check_result result = bench_open(&b, c, true);
	struct f1p_forecast empty = {.size = sizeof(empty) + GUARD};
	struct f1p_forecast *out = guarded_copy(&empty, sizeof(empty), GUARD);
	const uint8_t *behind = (const uint8_t *)(out + 1);

	if (result != CHECK_PASS) {
		return result;
	}
	synth_state(b.state, F1P_MAX_CARS, SYNTH_MID, c->seed);
	const struct f1p_state *state = guarded_copy(b.state, sizeof(*b.state), 0);

	b.predictor->predict(b.inst.plugin, state, c->seed, never, NULL, out);
	for (uint32_t i = 0; i < GUARD && result == CHECK_PASS; i++) {
		if (behind[i] != 0xa5) {
			result = check_fail(c, "wrote %u bytes behind the forecast", i + 1);
		}
	}
	if (result == CHECK_PASS && memcmp(state, b.state, sizeof(*state)) != 0) {
		result = check_fail(c, "changed the state, which is not its own");
	}
	bench_close(&b);
	return result;
}

/* ---- ensembles */

/* Three seconds from place to place; who is far back may be lapped. */
static void member_gaps(struct f1p_car_forecast *car, uint32_t place)
{
	car->gap_given = 1;
	for (uint32_t i = 0; i < F1P_GAP_LEVELS; i++) {
		car->gap_ms[i] = place + i > 15 ? F1P_UNKNOWN : (int32_t)(place * (3000 + 500 * i));
	}
}

/* A sound forecast: doubt over all places, the rest on the car's place; towards = -1 turns the order round. */
static struct f1p_forecast *member_forecast(const struct f1p_state *state, double doubt, bool reverse)
{
	struct f1p_forecast *f = forecast_room();
	uint32_t n = state->n_cars;

	f->n_cars = n;
	f->confidence = 1 - doubt;
	f->trend = F1P_TREND_UNKNOWN;
	strcpy(f->model, "check");
	strcpy(f->version, "1");
	for (uint32_t i = 0; i < n; i++) {
		struct f1p_car_forecast *car = &f->cars[i];
		uint32_t place = reverse ? n - 1 - i : i;

		car->car = state->cars[i].number;
		for (uint32_t k = 0; k < n; k++) {
			car->p_position[k] = doubt / n + (k == place ? 1 - doubt : 0);
			car->expected_position += car->p_position[k] * (k + 1);
		}
		car->p_win = head_sum(car, n, 1);
		car->p_podium = head_sum(car, n, 3);
		car->p_points = head_sum(car, n, 10);
		car->q05 = 1;
		car->q25 = car->q50 = car->q75 = (uint8_t)(place + 1);
		car->q95 = (uint8_t)n;
		if (doubt < 1) { /* a member that knows nothing says nothing of gaps */
			member_gaps(car, place);
		}
	}
	return f;
}

static enum check_result combine_check(struct bench *b, const struct f1p_member *members, uint32_t n)
{
	struct f1p_forecast *out = forecast_room(), *again = forecast_room();
	char name[64];
	enum check_result result;
	f1p_status status = b->ensemble->combine(b->inst.plugin, b->state, members, n, out);

	snprintf(name, sizeof(name), "%u cars, %u members", b->state->n_cars, n);
	b->ensemble->combine(b->inst.plugin, b->state, members, n, again);
	if (status == F1P_EUNSUPPORTED) {
		result = CHECK_PASS;
	} else if (status != F1P_OK) {
		result = check_fail(b->c, "%s: combine returned %d: %s", name, status, b->c->host->fail_reason);
	} else if (memcmp(out, again, sizeof(*out)) != 0) {
		result = check_fail(b->c, "%s: combine gave two different forecasts of the same members", name);
	} else {
		result = sound(b->c, b->state, out, name);
	}
	free(out);
	free(again);
	return result;
}

static enum check_result run_combine(struct check *c)
{
	static const uint32_t cars[] = {1, 2, 20, 32};
	struct bench b;
	enum check_result result = bench_open(&b, c, false);

	if (result == CHECK_PASS && !b.ensemble) {
		bench_close(&b);
		return check_skip(c, "no " F1P_EXT_ENSEMBLE);
	}
	for (size_t i = 0; i < sizeof(cars) / sizeof(cars[0]) && result == CHECK_PASS; i++) {
		struct f1p_forecast *forecasts[3];
		struct f1p_member members[3];

		synth_state(b.state, cars[i], SYNTH_MID, c->seed);
		for (int k = 0; k < 3; k++) {
			forecasts[k] = member_forecast(b.state, k == 0 ? 0.0 : k == 1 ? 1.0 : 0.3, k == 2);
			members[k] = (struct f1p_member){sizeof(members[k]), k == 1 ? 5 : 0,
				k == 0	 ? "predictor-a"
				: k == 1 ? "predictor-b"
					 : "predictor-c",
				forecasts[k]};
		}
		for (uint32_t n = 1; n <= 3 && result == CHECK_PASS; n++) {
			result = combine_check(&b, members, n);
		}
		for (int k = 0; k < 3; k++) {
			free(forecasts[k]);
		}
	}
	if (b.state) {
		bench_close(&b);
	}
	return result;
}

const struct check_def predictor_checks[] = {
	{"predictor-races", "probabilities are sound on the grid, in mid-race, with 0 to 32 cars, with all retired",
		F1P_KIND_PREDICTOR, run_races},
	{"predictor-reproducible", "same state and seed, same bytes: on two threads, and after other races", F1P_KIND_PREDICTOR,
		run_reproducible},
	{"predictor-permutation", "cars in another order get the same probabilities", F1P_KIND_PREDICTOR, run_permutation},
	{"predictor-cancel", "comes back soon after cancel() said true", F1P_KIND_PREDICTOR, run_cancel},
	{"predictor-bounds", "writes only its own fields, reads only the state", F1P_KIND_PREDICTOR, run_bounds},
	{"ensemble-combine", "if it combines: sound probabilities from 1 to 3 members, the same every time", F1P_KIND_PREDICTOR,
		run_combine},
	{0},
};
