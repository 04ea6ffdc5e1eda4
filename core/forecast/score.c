#include "forecast/score.h"

#include <math.h>
#include <string.h>

#define CLIP 5e-4
#define PODIUM 3

static const struct f1p_car *car_at(const struct f1p_state *s, uint16_t place)
{
	return &s->cars[s->order[place] < s->n_cars ? s->order[place] : place];
}

static void read_gap(struct score_car *out, const struct f1p_car *car, const struct f1p_car *winner)
{
	bool is_behind = car != winner && (car->retired == F1P_YES || car->gap_laps > 0);

	out->gap_ms = car == winner ? 0 : is_behind ? F1P_UNKNOWN : car->gap_ms;
	out->gap_known = is_behind || (out->gap_ms >= 0 && car->penalty_ms <= 0 && winner->penalty_ms <= 0);
}

void score_result_of(struct score_result *r, const struct f1p_state *s)
{
	*r = (struct score_result){.points_places = score_places(s->type)};
	for (uint16_t i = 0; i < s->n_cars && i < F1P_MAX_CARS; i++) {
		const struct f1p_car *car = car_at(s, i);
		r->cars[r->n] = (struct score_car){.car = car->number, .position = (uint16_t)(i + 1), .retired = car->retired == F1P_YES};
		read_gap(&r->cars[r->n++], car, car_at(s, 0));
	}
}

static const struct score_car *find(const struct score_result *r, uint16_t car)
{
	for (uint32_t i = 0; i < r->n; i++)
		if (r->cars[i].car == car)
			return &r->cars[i];
	return NULL;
}

double score_logloss(double p, bool happened)
{
	double q = happened ? p : 1 - p;

	return -log(q < CLIP ? CLIP : q > 1 - CLIP ? 1 - CLIP : q);
}

static double brier(double p, bool happened)
{
	double miss = happened ? 1 - p : p;

	return miss * miss;
}

/* Mean squared distance of the two cumulative distributions over the places but the last. */
static double ranked(const struct f1p_car_forecast *c, uint32_t places, uint16_t position)
{
	double sum = 0, below = 0;

	if (places < 2)
		return 0;
	for (uint32_t k = 0; k + 1 < places; k++) {
		below += c->p_position[k];
		double miss = below - (position <= k + 1 ? 1 : 0);
		sum += miss * miss;
	}
	return sum / (double)(places - 1);
}

/* How many of the three with the best chances of a podium stand on it. Equal chances: the one with the better expectation. */
static double top3_hit(const struct f1p_forecast *f, const struct score_result *r)
{
	bool taken[F1P_MAX_CARS] = {false};
	int hits = 0;

	for (int k = 0; k < PODIUM; k++) {
		const struct f1p_car_forecast *best = NULL;
		for (uint32_t i = 0; i < f->n_cars; i++) {
			const struct f1p_car_forecast *c = &f->cars[i];
			if (!taken[i] && (!best || c->p_podium > best->p_podium ||
					     (c->p_podium >= best->p_podium && c->expected_position < best->expected_position)))
				best = c;
		}
		if (!best)
			break;
		taken[best - f->cars] = true;
		const struct score_car *a = find(r, best->car);
		hits += a && a->position <= PODIUM;
	}
	return hits / (double)PODIUM;
}

static const struct f1p_car_forecast *favourite(const struct f1p_forecast *f)
{
	const struct f1p_car_forecast *best = &f->cars[0];

	for (uint32_t i = 1; i < f->n_cars; i++)
		if (f->cars[i].p_win > best->p_win)
			best = &f->cars[i];
	return best;
}

/* A range without an end holds whatever is late: it proves nothing. */
static void add_gap(uint32_t *cars, double *inside, const struct f1p_car_forecast *c, enum f1p_gap_level low, enum f1p_gap_level high,
	const struct score_car *a)
{
	if (!c->gap_given || !a->gap_known || c->gap_ms[high] == F1P_UNKNOWN)
		return;
	(*cars)++;
	*inside += a->gap_ms != F1P_UNKNOWN && a->gap_ms >= c->gap_ms[low] && a->gap_ms <= c->gap_ms[high];
}

static void add_car(struct score *s, const struct f1p_car_forecast *c, const struct score_car *a, uint32_t places, uint32_t scoring)
{
	bool won = a->position == 1, podium = a->position <= PODIUM, points = a->position <= scoring;

	s->cars++;
	s->win_logloss += score_logloss(c->p_win, won);
	s->podium_logloss += score_logloss(c->p_podium, podium);
	s->points_logloss += score_logloss(c->p_points, points);
	s->retire_logloss += score_logloss(c->p_retire, a->retired);
	s->win_brier += brier(c->p_win, won);
	s->podium_brier += brier(c->p_podium, podium);
	s->points_brier += brier(c->p_points, points);
	s->rps += ranked(c, places, a->position);
	s->mae += fabs(c->expected_position - a->position);
	s->cover50 += a->position >= c->q25 && a->position <= c->q75;
	s->cover90 += a->position >= c->q05 && a->position <= c->q95;
	add_gap(&s->gap_cars50, &s->gap_cover50, c, F1P_GAP_Q25, F1P_GAP_Q75, a);
	add_gap(&s->gap_cars90, &s->gap_cover90, c, F1P_GAP_Q05, F1P_GAP_Q95, a);
	if (won)
		s->winner_logloss = score_logloss(c->p_win, true);
}

bool score_forecast(struct score *s, const struct f1p_forecast *f, const struct score_result *r)
{
	uint32_t cars = f->n_cars < F1P_MAX_CARS ? f->n_cars : F1P_MAX_CARS;

	*s = (struct score){.winner_logloss = score_logloss(0, true)};
	for (uint32_t i = 0; i < cars; i++) {
		const struct score_car *a = find(r, f->cars[i].car);
		if (a)
			add_car(s, &f->cars[i], a, cars, r->points_places ? r->points_places : SCORE_POINTS_PLACES);
	}
	if (!s->cars)
		return false;
	double *const means[] = {&s->win_logloss, &s->podium_logloss, &s->points_logloss, &s->retire_logloss, &s->win_brier,
		&s->podium_brier, &s->points_brier, &s->rps, &s->mae, &s->cover50, &s->cover90};
	for (size_t i = 0; i < sizeof(means) / sizeof(means[0]); i++)
		*means[i] /= s->cars;
	s->gap_cover50 = s->gap_cars50 ? s->gap_cover50 / s->gap_cars50 : NAN;
	s->gap_cover90 = s->gap_cars90 ? s->gap_cover90 / s->gap_cars90 : NAN;
	s->top3_hit = top3_hit(f, r);
	const struct score_car *first = find(r, favourite(f)->car);
	s->winner_hit = first && first->position == 1;
	return true;
}

bool score_is_wet(const struct f1p_state *s)
{
	bool wet = s->weather.rain == F1P_YES;

	for (uint32_t i = 0; i < s->n_cars; i++)
		wet |= s->cars[i].retired != F1P_YES &&
		       (s->cars[i].compound == F1P_TYRE_INTERMEDIATE || s->cars[i].compound == F1P_TYRE_WET);
	return wet;
}
