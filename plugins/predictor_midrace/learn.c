/*
 * learn.c - examples become rows when their race is over; fit() runs the regressions.
 *
 * The last state of a race holds all its laps, so one copy of it is all that is kept until the next race begins; of the
 * states before it only the track status of each lap is needed.
 */
#include "learn.h"

#include <stdlib.h>
#include <string.h>

#include "linear.h"
#include "logistic.h"
#include "pace.h"
#include "plan.h"
#include "stops.h"
#include "tyres.h"

#define LAPS F1P_MAX_LAPS
#define GREEN_KEPT 3 /* of the green laps without a stop one in so many is kept, with this weight */
#define LEAST_ROWS 4000u
#define STOP_HALF_LIFE 5.0 /* seasons */
#define TYRE_HALF_LIFE 2.0
#define TYRE_PSEUDO_RACES 10.0 /* weight of what is built in */
#define STRENGTH 1.0	       /* of the penalty on the coefficients */
#define PIT_LOSS_S 22.0

enum stop_kind { STOP_GREEN = 1, STOP_NEUTRAL, STOP_WET };

struct stop_row {
	float age, left, total, stops_prior, mismatch, weight;
	int16_t season;
	int8_t rel, since;
	uint8_t place, tyre, kind; /* enum stop_kind */
	bool owes, vsc, wet, on_wet, hit;
};

/* What tyres cost in one race. */
struct tyre_row {
	int32_t season;
	struct pace_tyres tyres;
};

struct learn {
	int32_t race_id; /* 0: no race in hand */
	struct f1p_state *last;
	uint8_t track[LAPS + 1]; /* by lap of the leader */
	int8_t since[LAPS + 1];
	bool reds[LAPS + 1]; /* there has been a red flag by then */
	struct stop_row *rows;
	size_t n_rows, max_rows;
	struct tyre_row *tyres;
	size_t n_tyres, max_tyres;
};

struct learn *learn_create(void)
{
	struct learn *l = calloc(1, sizeof(*l));
	if (l) {
		l->last = malloc(sizeof(*l->last));
	}
	if (l && !l->last) {
		free(l);
		return NULL;
	}
	return l;
}

void learn_destroy(struct learn *l)
{
	if (l) {
		free(l->last);
		free(l->rows);
		free(l->tyres);
		free(l);
	}
}

static void *grown(void *old, size_t n, size_t *max, size_t item)
{
	if (n < *max) {
		return old;
	}
	size_t more = *max ? 2 * *max : 1024;
	void *p = realloc(old, more * item);
	if (p) {
		*max = more;
	}
	return p;
}

static uint32_t laps_of(const struct f1p_car *car)
{
	return car->n_laps < LAPS ? car->n_laps : LAPS;
}

/* The first lap on which somebody ran on wet tyres. */
static uint32_t first_wet_lap(const struct f1p_state *s)
{
	uint32_t first = LAPS + 1;
	for (uint32_t i = 0; i < s->n_cars; i++) {
		for (uint32_t k = 0; k < laps_of(&s->cars[i]) && k + 1 < first; k++) {
			if (tyre_is_wet(s->cars[i].history[k].compound)) {
				first = k + 1;
			}
		}
	}
	return first;
}

struct book {
	uint32_t first_wet;		       /* lap */
	double on_wet[LAPS + 1];	       /* share of the cars on wet tyres, by lap */
	uint8_t stops[F1P_MAX_CARS][LAPS + 1]; /* made by the end of each lap */
	int32_t median[LAPS + 1];	       /* of the first ten then */
};

static double share_on_wet(const struct f1p_state *s, uint32_t lap)
{
	uint32_t n = 0, wet = 0;
	for (uint32_t i = 0; i < s->n_cars; i++) {
		if (lap <= laps_of(&s->cars[i])) {
			n++;
			wet += tyre_is_wet(s->cars[i].history[lap - 1].compound);
		}
	}
	return n ? (double)wet / n : 0.0;
}

static void book_stops(struct book *book, const struct learn *l)
{
	const struct f1p_state *s = l->last;
	memset(book, 0, sizeof(*book));
	book->first_wet = first_wet_lap(s);
	for (uint32_t i = 0; i < s->n_cars; i++) {
		for (uint32_t lap = 1; lap <= LAPS; lap++) {
			bool in = lap <= laps_of(&s->cars[i]) && (s->cars[i].history[lap - 1].flags & F1P_LAPF_IN) &&
				  l->track[lap] != F1P_TRACK_RED;
			book->stops[i][lap] = (uint8_t)(book->stops[i][lap - 1] + (in && book->stops[i][lap - 1] < 20));
		}
	}
	for (uint32_t lap = 1; lap <= LAPS; lap++) {
		uint32_t with[21] = {0}, n = 0;
		for (uint32_t i = 0; i < s->n_cars; i++) {
			if (lap <= laps_of(&s->cars[i]) && s->cars[i].history[lap - 1].position - 1u < 10u) {
				with[book->stops[i][lap]]++;
				n++;
			}
		}
		int32_t median = 0;
		for (uint32_t seen = with[0]; 2 * seen < n; seen += with[median]) {
			median++;
		}
		book->median[lap] = median;
		book->on_wet[lap] = share_on_wet(s, lap);
	}
}

static struct stop_row row_of(const struct learn *l, const struct book *book, uint32_t i, uint32_t lap, double stops_prior)
{
	const struct f1p_state *s = l->last;
	const struct f1p_car *car = &s->cars[i];
	const struct f1p_lap *now = &car->history[lap - 1];
	bool neutral = l->track[lap] == F1P_TRACK_SC || l->track[lap] == F1P_TRACK_VSC, wet = lap >= book->first_wet;
	int32_t rel = l->reds[lap] ? 0 : book->stops[i][lap - 1] - book->median[lap - 1];
	bool on_wet = tyre_is_wet(now->compound);
	return (struct stop_row){
		.age = now->tyre_age,
		.left = (float)(s->total_laps - (int32_t)lap),
		.total = (float)s->total_laps,
		.stops_prior = (float)stops_prior,
		.mismatch = (float)(on_wet ? 1.0 - book->on_wet[lap] : book->on_wet[lap]),
		.weight = 1.0f,
		.season = (int16_t)(l->race_id / 100),
		.rel = (int8_t)(rel < -1  ? -1
				: rel > 2 ? 2
					  : rel),
		.since = l->since[lap],
		.place = car->history[lap - 2].position,
		.tyre = tyre_class(now->compound),
		.kind = neutral ? STOP_NEUTRAL
			: wet	? STOP_WET
				: STOP_GREEN,
		.owes = !wet && tyre_rule_open(tyres_used(car, lap), book->stops[i][lap - 1]),
		.vsc = l->track[lap] == F1P_TRACK_VSC,
		.wet = wet,
		.on_wet = on_wet,
		.hit = (now->flags & F1P_LAPF_IN) != 0,
	};
}

static bool add_lap(struct learn *l, const struct book *book, uint32_t i, uint32_t lap, double stops_prior)
{
	const struct f1p_state *s = l->last;
	if (l->track[lap] == F1P_TRACK_RED || s->cars[i].history[lap - 1].tyre_age == 0xffff || (int32_t)lap >= s->total_laps) {
		return true;
	}
	struct stop_row row = row_of(l, book, i, lap, stops_prior);
	if (row.kind == STOP_GREEN && !row.hit) {
		if ((lap + i) % GREEN_KEPT != 0) {
			return true;
		}
		row.weight = GREEN_KEPT;
	}
	struct stop_row *rows = grown(l->rows, l->n_rows, &l->max_rows, sizeof(*rows));
	if (!rows) {
		return false;
	}
	l->rows = rows;
	rows[l->n_rows++] = row;
	return true;
}

static bool add_stops(struct learn *l, const struct book *book)
{
	const struct f1p_state *s = l->last;
	int32_t usual = s->prior[F1P_PRIOR_STOPS];
	double stops_prior = usual > 0 && usual < 10000 ? usual / 1000.0 : STOPS_USUAL;
	for (uint32_t i = 0; i < s->n_cars; i++) {
		for (uint32_t lap = 2; lap < laps_of(&s->cars[i]); lap++) { /* the last one known may be that of a retirement */
			if (!add_lap(l, book, i, lap, stops_prior)) {
				return false;
			}
		}
	}
	return true;
}

static bool add_tyres(struct learn *l)
{
	struct midrace_model built_in;
	struct positions_field cars;
	struct race_laps laps;
	struct pace_car pace[F1P_MAX_CARS];
	struct tyre_row *rows = grown(l->tyres, l->n_tyres, &l->max_tyres, sizeof(*rows));
	if (!rows) {
		return false;
	}
	l->tyres = rows;
	midrace_model_init(&built_in);
	positions_field_init(&cars, l->last);
	race_laps_init(&laps, l->last, &cars, PIT_LOSS_S);
	rows[l->n_tyres].season = l->race_id / 100;
	pace_fit(pace, &rows[l->n_tyres].tyres, &laps, &built_in, l->last, &cars);
	l->n_tyres++;
	return true;
}

/* The race in hand is over. */
static bool digest(struct learn *l)
{
	if (l->race_id == 0) {
		return true;
	}
	struct book *book = malloc(sizeof(*book));
	if (!book) {
		return false;
	}
	book_stops(book, l);
	bool ok = add_stops(l, book) && (book->first_wet <= LAPS || add_tyres(l));
	free(book);
	l->race_id = 0;
	return ok;
}

bool learn_example(struct learn *l, const struct f1p_example *e)
{
	const struct f1p_state *s = e->state;
	if (s->type != F1P_SESSION_RACE || e->lap < 1 || e->lap > (int32_t)LAPS || s->n_cars > F1P_MAX_CARS) {
		return true;
	}
	if (e->race_id != l->race_id) {
		if (!digest(l)) {
			return false;
		}
		memset(l->track, 0, sizeof(l->track));
		memset(l->reds, 0, sizeof(l->reds));
		l->race_id = e->race_id;
	}
	int32_t since = s->lap_neutral_start > 0 && s->lap_neutral_start <= e->lap ? e->lap - s->lap_neutral_start : 0;
	l->track[e->lap] = s->track;
	l->reds[e->lap] = s->n_red > 0;
	l->since[e->lap] = (int8_t)(since < 100 ? since : 100);
	*l->last = *s;
	return true;
}

static struct stop_case case_of(const struct stop_row *r)
{
	return (struct stop_case){.age = (double)r->age,
		.left = (double)r->left,
		.stint = (double)r->age + (double)r->left,
		.total = (double)r->total,
		.stops_prior = (double)r->stops_prior,
		.mismatch = (double)r->mismatch,
		.rel = r->rel,
		.place = r->place,
		.since = r->since,
		.tyre = r->tyre,
		.owes = r->owes,
		.vsc = r->vsc,
		.wet = r->wet,
		.on_wet = r->on_wet};
}

/* Older seasons count less. */
static double season_weight(int32_t season, int32_t next, double seasons)
{
	double age = next - season;
	return 1.0 / (1.0 + age * age / (seasons * seasons));
}

struct stop_fit {
	uint8_t kind;
	uint32_t inputs;
	void (*fill)(const struct stop_case *c, double *x);
};

/* beta stays as it is if there are no rows or no solution. */
static bool fit_stops(const struct learn *l, const struct stop_fit *what, int32_t season, double *beta)
{
	size_t n = 0, at = 0;
	for (size_t i = 0; i < l->n_rows; i++) {
		n += l->rows[i].kind == what->kind;
	}
	double *x = n ? malloc(n * (what->inputs + 2) * sizeof(*x)) : NULL, l2[STOP_GREEN_INPUTS], fitted[STOP_GREEN_INPUTS];
	if (!x) {
		return false;
	}
	double *y = x + n * what->inputs, *w = y + n;
	for (size_t i = 0; i < l->n_rows; i++) {
		const struct stop_row *r = &l->rows[i];
		if (r->kind == what->kind) {
			struct stop_case c = case_of(r);
			what->fill(&c, x + at * what->inputs);
			y[at] = r->hit;
			w[at++] = (double)r->weight * season_weight(r->season, season, STOP_HALF_LIFE);
		}
	}
	for (uint32_t k = 0; k < what->inputs; k++) {
		l2[k] = STRENGTH;
	}
	memcpy(fitted, beta, what->inputs * sizeof(*beta));
	bool ok = logistic_fit(x, y, w, n, what->inputs, l2, NULL, fitted);
	if (ok) {
		memcpy(beta, fitted, what->inputs * sizeof(*beta));
	}
	free(x);
	return ok;
}

static void fit_tyres(const struct learn *l, int32_t season, struct midrace_model *m)
{
	struct midrace_model built_in;
	double weights = TYRE_PSEUDO_RACES;
	midrace_model_init(&built_in);
	for (uint32_t k = 0; k < TYRE_CLASSES; k++) {
		m->tyre_off[k] = weights * built_in.tyre_off[k];
		m->tyre_slope[k] = weights * built_in.tyre_slope[k];
	}
	for (size_t i = 0; i < l->n_tyres; i++) {
		double w = season_weight(l->tyres[i].season, season, TYRE_HALF_LIFE);
		for (uint32_t k = 0; k < TYRE_CLASSES; k++) {
			m->tyre_off[k] += w * l->tyres[i].tyres.off[k];
			m->tyre_slope[k] += w * l->tyres[i].tyres.slope[k];
		}
		weights += w;
	}
	for (uint32_t k = 0; k < TYRE_CLASSES; k++) {
		m->tyre_off[k] /= weights;
		m->tyre_slope[k] /= weights;
	}
}

f1p_status learn_fit(struct learn *l, int32_t next_race_id, struct midrace_model *m)
{
	static const struct stop_fit green = {STOP_GREEN, STOP_GREEN_INPUTS, stops_green_inputs},
				     neutral = {STOP_NEUTRAL, STOP_NEUTRAL_INPUTS, stops_neutral_inputs},
				     wet = {STOP_WET, STOP_WET_INPUTS, stops_wet_inputs};
	int32_t season = next_race_id / 100;
	if (!digest(l)) {
		return F1P_ENOMEM;
	}
	if (l->n_rows < LEAST_ROWS) {
		return F1P_AGAIN;
	}
	struct midrace_model fitted;
	midrace_model_init(&fitted); /* where to begin, whatever was fitted before; and what stays if there was no SC, no rain */
	if (!fit_stops(l, &green, season, fitted.stop_green)) {
		return F1P_AGAIN;
	}
	fit_stops(l, &neutral, season, fitted.stop_neutral);
	fit_stops(l, &wet, season, fitted.stop_wet);
	fit_tyres(l, season, &fitted);
	*m = fitted;
	return F1P_OK;
}
