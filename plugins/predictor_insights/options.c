#include "options.h"

#include <string.h>

#include "positions.h"
#include "tyres.h"

#define LATER_SOON 5 /* laps */
#define LATER_LATE 10
#define ANY_TYRE (MC_TYRES - 1)
#define STOPS_AT_ALL 0.05 /* expected stops from which on a car has a stop to speak of */
#define PODIUM 3u

struct asker {
	struct mc_runner runner;
	struct mc_field plan, under_sc;
	struct mc_counts as_planned;
	uint32_t runs;
};

/* What becomes of one car, means over the runs. */
struct result {
	double position, win, podium;
};

static struct result result_of(const struct mc_counts *c, uint32_t lane, uint32_t n, uint32_t runs)
{
	struct result r = {0};

	for (uint32_t k = 0; k < n; k++) {
		double p = (double)c->place[lane][k] / runs;
		r.position += p * (k + 1);
		r.podium += k < PODIUM ? p : 0;
	}
	r.win = (double)c->place[lane][0] / runs;
	return r;
}

/* The car does stop_at and fit in this field; afterwards the field is as before. */
static f1p_status try_out(struct result *out, const struct asker *a, struct mc_field *f, uint32_t lane, int32_t stop_at, uint8_t fit)
{
	struct mc_counts counts;

	f->stop_at[lane] = stop_at;
	f->fit[lane] = fit;
	f1p_status status = mc_simulate(&a->runner, f, 0, a->runs, &counts);
	f->stop_at[lane] = MC_AS_PLANNED;
	f->fit[lane] = 0;
	if (status == F1P_OK) {
		*out = result_of(&counts, lane, f->n, a->runs);
	}
	return status;
}

static uint8_t compound_of(const struct mc_field *f, uint8_t class)
{
	return f->next_is_wet ? F1P_TYRE_INTERMEDIATE : tyre_of_class(class);
}

/* Class that the model fits if the car stops at the end of lap first_lap + k. */
static uint8_t usual_class(const struct mc_field *f, uint32_t lane, uint32_t k)
{
	uint32_t avoid = f->owes[lane] && f->tyre[lane] < MC_TYRES ? f->tyre[lane] : ANY_TYRE;

	return f->next_tyre[avoid][k < MC_LAPS ? k : MC_LAPS - 1];
}

/* The lap, from first_lap, by which the next stop is as likely made as not, if there is one. */
static uint32_t likely_stop(const struct mc_field *f, uint32_t lane)
{
	const uint16_t *end = f->stint_end[lane];
	uint32_t k = 0;

	while (k + 1 < f->n_laps && 2u * end[k] < end[f->n_laps - 1]) {
		k++;
	}
	return k;
}

/* Another dry class that the car may fit: the next softer one first. False: there is none. */
static bool other_class(const struct mc_field *f, uint32_t lane, uint8_t usual, uint8_t *other)
{
	static const uint8_t instead[TYRE_CLASSES][2] = {{TYRE_MEDIUM, TYRE_HARD}, {TYRE_SOFT, TYRE_HARD}, {TYRE_MEDIUM, TYRE_SOFT}};

	if (f->next_is_wet || usual >= TYRE_CLASSES) {
		return false;
	}
	*other = instead[usual][f->owes[lane] && f->tyre[lane] == instead[usual][0]];
	return true;
}

struct question {
	uint8_t kind, compound, fit;
	uint16_t laps;
	int32_t stop_at;
};

static f1p_status answer(struct f1p_car_insight *out, struct asker *a, uint32_t lane, const struct question *q)
{
	struct result with, without = result_of(&a->as_planned, lane, a->plan.n, a->runs);
	bool sc = q->kind == F1P_OPTION_PIT_UNDER_SC;
	f1p_status status = try_out(&with, a, sc ? &a->under_sc : &a->plan, lane, q->stop_at, q->fit);

	if (status == F1P_OK && sc) {
		status = try_out(&without, a, &a->under_sc, lane, MC_STAY_OUT, 0);
	}
	if (status == F1P_OK) {
		out->options[out->n_options++] = (struct f1p_option){.kind = q->kind,
			.compound = q->compound,
			.laps = q->laps,
			.position_change = with.position - without.position,
			.p_win_change = with.win - without.win,
			.p_podium_change = with.podium - without.podium};
	}
	return status;
}

/* What may be asked for one car. */
static uint32_t questions(struct question q[F1P_MAX_OPTIONS], const struct asker *a, uint32_t lane, const struct f1p_car *car)
{
	static const uint16_t later[] = {LATER_SOON, LATER_LATE};
	const struct mc_field *f = &a->plan;
	uint8_t now = compound_of(f, usual_class(f, lane, 0)), other;
	uint32_t n = 0, likely = likely_stop(f, lane);

	q[n++] = (struct question){.kind = F1P_OPTION_PIT_NOW, .compound = now, .stop_at = f->first_lap};
	for (uint32_t k = 0; k < 2; k++) {
		if (f->first_lap + later[k] < f->total_laps) {
			q[n++] = (struct question){.kind = F1P_OPTION_PIT_LATER, .compound = compound_of(f, usual_class(f, lane, later[k])),
				.laps = later[k], .stop_at = f->first_lap + later[k]};
		}
	}
	if (f->mode == MC_GREEN) {
		q[n++] = (struct question){.kind = F1P_OPTION_PIT_UNDER_SC, .compound = now, .stop_at = f->first_lap};
	}
	if (a->as_planned.stops[lane] >= STOPS_AT_ALL * a->runs && other_class(f, lane, usual_class(f, lane, likely), &other)) {
		q[n++] = (struct question){.kind = F1P_OPTION_OTHER_COMPOUND, .compound = compound_of(f, other), .laps = (uint16_t)likely,
			.fit = (uint8_t)(other + 1)};
	}
	if (!f->owes[lane]) {
		q[n++] = (struct question){.kind = F1P_OPTION_NO_STOP, .compound = tyre_now(car), .stop_at = MC_NO_STOP};
	}
	return n;
}

static bool may_choose(const struct f1p_car *car)
{
	return car->in_pit != F1P_YES && car->stopped != F1P_YES;
}

static bool race_has_options(const struct f1p_state *s, const struct mc_field *f)
{
	return s->type == F1P_SESSION_RACE && s->track != F1P_TRACK_RED && s->status != F1P_STATUS_ABORTED && !f->start &&
	       f->first_lap < f->total_laps;
}

static f1p_status say_car(struct f1p_car_insight *out, struct asker *a, uint32_t lane, const struct f1p_car *car)
{
	struct question q[F1P_MAX_OPTIONS];
	uint32_t n = questions(q, a, lane, car);
	f1p_status status = F1P_OK;

	for (uint32_t k = 0; k < n && status == F1P_OK; k++) {
		status = answer(out, a, lane, &q[k]);
	}
	return status;
}

f1p_status options_say(struct f1p_insights *out, const struct f1p_state *s, const struct simulation *sim, uint64_t seed,
		       bool (*cancel)(void *), void *cancel_arg)
{
	struct asker a = {.runner = {&sim->tables, sim->run, cancel, cancel_arg}, .runs = sim->runs};
	struct positions_field cars;
	uint16_t rows[MC_LANES];

	positions_field_init(&cars, s);
	if (sim->runs == 0 || positions_finished(s) || cars.n_running == 0) {
		return F1P_OK;
	}
	mc_field_init(&a.plan, rows, s, &cars, &sim->cfg, &sim->model, seed);
	f1p_status status = mc_simulate(&a.runner, &a.plan, 0, a.runs, &a.as_planned);
	out->runs = a.runs;
	a.under_sc = a.plan;
	a.under_sc.mode = MC_SC;
	a.under_sc.mode_elapsed = 0;
	bool any = race_has_options(s, &a.plan);
	for (uint32_t lane = 0; lane < a.plan.n && status == F1P_OK; lane++) {
		uint32_t i = cars.car[rows[lane]];
		out->cars[i].stops_left = (double)a.as_planned.stops[lane] / a.runs;
		if (any && may_choose(&s->cars[i])) {
			status = say_car(&out->cars[i], &a, lane, &s->cars[i]);
		}
	}
	return status;
}
