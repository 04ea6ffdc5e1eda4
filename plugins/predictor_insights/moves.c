#include "moves.h"

#include <stdlib.h>
#include <string.h>

#include "changes.h"
#include "helpers/fmath.h"
#include "positions.h"

#define BATCHES 25u
#define CAUSES_MAX 12u /* simulated, the likeliest to matter first */
#define ROADS_MAX 4u   /* of them on the road */

/* Wins by batch and index into cars[]. */
struct wins {
	uint32_t by[BATCHES][F1P_MAX_CARS];
};

struct work {
	struct mc_runner runner;
	const struct simulation *sim;
	const struct f1p_state *now, *before;
	uint64_t seed;
	uint32_t per_batch;
	struct mc_field field;
	struct mc_counts counts;
	struct wins is, was, would;
	struct f1p_state without;
	struct change changes[CHANGES_MAX];
	uint32_t n_changes;
	double moved[F1P_MAX_CARS], error[F1P_MAX_CARS]; /* of all, by car, in all */
	double part[CAUSES_MAX][F1P_MAX_CARS];
	struct change causes[CAUSES_MAX];
	uint32_t n_causes;
};

static f1p_status simulate(struct work *w, struct wins *out, const struct f1p_state *s)
{
	struct positions_field cars;
	uint16_t rows[MC_LANES];

	memset(out, 0, sizeof(*out));
	positions_field_init(&cars, s);
	if (cars.n_running == 0) {
		return F1P_OK;
	}
	mc_field_init(&w->field, rows, s, &cars, &w->sim->cfg, &w->sim->model, w->seed);
	for (uint32_t b = 0; b < BATCHES; b++) {
		f1p_status status = mc_simulate(&w->runner, &w->field, b * w->per_batch, w->per_batch, &w->counts);
		if (status != F1P_OK) {
			return status;
		}
		for (uint32_t lane = 0; lane < w->field.n; lane++) {
			out->by[b][cars.car[rows[lane]]] = w->counts.place[lane][0];
		}
	}
	return F1P_OK;
}

/* Mean of the difference in one car's chance, and its standard error: runs of one batch share their futures, so it is paired. */
static double difference(double *error, const struct wins *a, const struct wins *b, uint32_t car, uint32_t per_batch)
{
	double sum = 0, squares = 0;

	for (uint32_t k = 0; k < BATCHES; k++) {
		double d = ((double)a->by[k][car] - (double)b->by[k][car]) / per_batch;
		sum += d;
		squares += d * d;
	}
	double mean = sum / BATCHES, variance = (squares / BATCHES - mean * mean) / (BATCHES - 1);
	*error = variance > 0 ? f1p_sqrt(variance) : 0;
	return mean;
}

static bool is_news(double change, double error)
{
	return f1p_abs(change) >= MOVES_LEAST && f1p_abs(change) > MOVES_SURE * error;
}

/* How far each car's chance moved in all. False: none did. */
static bool whole_moves(struct work *w)
{
	bool any = false;

	for (uint32_t i = 0; i < w->now->n_cars; i++) {
		w->moved[i] = difference(&w->error[i], &w->is, &w->was, i, w->per_batch);
		any |= is_news(w->moved[i], w->error[i]);
	}
	return any;
}

static bool is_passed_by_a_cause(const struct work *w, uint32_t car)
{
	for (uint32_t k = 0; k < w->n_causes; k++) {
		if (w->causes[k].kind == CHANGE_ROAD && w->causes[k].passed == car) {
			return true;
		}
	}
	return false;
}

/* The car on the road whose chance moved most and that is not among the causes yet; NULL: none. */
static const struct change *next_road(const struct work *w, const bool taken[CHANGES_MAX])
{
	const struct change *best = NULL;

	for (uint32_t k = 0; k < w->n_changes; k++) {
		const struct change *c = &w->changes[k];
		if (c->kind == CHANGE_ROAD && !taken[k] && is_news(w->moved[c->car], w->error[c->car]) && !is_passed_by_a_cause(w, c->car) &&
		    (!best || f1p_abs(w->moved[c->car]) > f1p_abs(w->moved[best->car]))) {
			best = c;
		}
	}
	return best;
}

static void choose_causes(struct work *w)
{
	bool taken[CHANGES_MAX] = {false};
	const struct change *road;

	for (uint32_t k = 0; k < w->n_changes && w->n_causes < CAUSES_MAX - ROADS_MAX; k++) {
		if (w->changes[k].kind != CHANGE_ROAD) {
			w->causes[w->n_causes++] = w->changes[k];
		}
	}
	for (uint32_t k = 0; k < ROADS_MAX && (road = next_road(w, taken)) != NULL; k++) {
		taken[road - w->changes] = true;
		w->causes[w->n_causes++] = *road;
	}
}

static f1p_status weigh(struct work *w)
{
	f1p_status status = F1P_OK;

	for (uint32_t k = 0; k < w->n_causes && status == F1P_OK; k++) {
		changes_undo(&w->without, &w->causes[k], w->before, w->now);
		status = simulate(w, &w->would, &w->without);
		for (uint32_t i = 0; i < w->now->n_cars; i++) {
			double error, part = difference(&error, &w->is, &w->would, i, w->per_batch);
			w->part[k][i] = is_news(part, error) ? part : 0;
		}
	}
	return status;
}

/* Gains and losses of one car that say no more together than what it gained or lost. */
static void claim_no_more(struct work *w, uint32_t car)
{
	double gains = 0, losses = 0, moved = w->moved[car];

	for (uint32_t k = 0; k < w->n_causes; k++) {
		gains += w->part[k][car] > 0 ? w->part[k][car] : 0;
		losses -= w->part[k][car] < 0 ? w->part[k][car] : 0;
	}
	double most_gain = losses + (moved > 0 ? moved : 0), most_loss = gains - (moved < 0 ? moved : 0);
	for (uint32_t k = 0; k < w->n_causes; k++) {
		double *p = &w->part[k][car];
		if (*p > 0 && gains > most_gain) {
			*p *= most_gain / gains;
		} else if (*p < 0 && losses > most_loss) {
			*p *= most_loss / losses;
		}
	}
}

/* No car can have gained more than it has, nor lost more than it lacks. */
static double within_published(double part, const struct f1p_forecast *published, uint32_t car)
{
	if (car >= published->n_cars) {
		return part;
	}
	double p = published->cars[car].p_win;
	return part > p ? p : part < p - 1 ? p - 1 : part;
}

static void keep(struct f1p_insights *out, const struct f1p_move *m)
{
	uint32_t at = out->n_moves < F1P_MAX_MOVES ? out->n_moves++ : F1P_MAX_MOVES - 1;
	double size = f1p_abs(m->p_win_change);

	if (out->moves[at].car && f1p_abs(out->moves[at].p_win_change) >= size) {
		return;
	}
	for (; at > 0 && f1p_abs(out->moves[at - 1].p_win_change) < size; at--) {
		out->moves[at] = out->moves[at - 1];
	}
	out->moves[at] = *m;
}

static void say(struct f1p_insights *out, struct work *w, const struct f1p_forecast *published)
{
	for (uint32_t i = 0; i < w->now->n_cars; i++) {
		claim_no_more(w, i);
		for (uint32_t k = 0; k < w->n_causes; k++) {
			const struct change *c = &w->causes[k];
			double part = within_published(w->part[k][i], published, i);
			struct f1p_move m = {.car = w->now->cars[i].number, .trigger = changes_trigger(c), .p_win_change = part};
			if (f1p_abs(part) < MOVES_LEAST) {
				continue;
			}
			m.cause = c->car == CHANGE_NOBODY ? 0 : w->now->cars[c->car].number;
			changes_text(m.text, sizeof(m.text), c, w->before, w->now);
			keep(out, &m);
		}
	}
}

static f1p_status explain(struct f1p_insights *out, struct work *w, const struct f1p_forecast *published)
{
	w->n_changes = changes_find(w->changes, w->before, w->now);
	if (w->n_changes == 0) {
		return F1P_OK;
	}
	f1p_status status = simulate(w, &w->is, w->now);
	if (status == F1P_OK) {
		status = simulate(w, &w->was, w->before);
	}
	if (status != F1P_OK || !whole_moves(w)) {
		return status;
	}
	choose_causes(w);
	status = weigh(w);
	if (status == F1P_OK) {
		say(out, w, published);
	}
	return status;
}

f1p_status moves_say(struct f1p_insights *out, const struct f1p_state *now, const struct f1p_state *before, const struct f1p_forecast *published,
		     const struct simulation *sim, uint64_t seed, bool (*cancel)(void *), void *cancel_arg)
{
	if (!before || sim->move_runs == 0 || positions_finished(now) || positions_finished(before) || !positions_supported(before)) {
		return F1P_OK;
	}
	struct work *w = calloc(1, sizeof(*w));
	if (!w) {
		return F1P_ENOMEM;
	}
	w->runner = (struct mc_runner){&sim->tables, sim->run, cancel, cancel_arg};
	w->sim = sim;
	w->now = now;
	w->before = before;
	w->seed = seed;
	w->per_batch = (sim->move_runs + BATCHES - 1) / BATCHES;
	f1p_status status = explain(out, w, published);
	free(w);
	return status;
}
