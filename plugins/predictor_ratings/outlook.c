#include "outlook.h"

#include <string.h>

#include "gaps.h"
#include "helpers/fmath.h"
#include "match.h"

#define PACE_UNITS 1000.0    /* 0.001 % */
#define MILLI 1000.0
#define MICRO 1000000.0
#define SPRINT_SHARE 3.0     /* a sprint is a third of a race */

struct field {
	uint32_t n;
	int32_t season;
	bool sprint_session;     /* of the two sessions of a sprint: its qualifying or itself */
	struct fold_car car[F1P_MAX_CARS];
	struct weekend_car w[F1P_MAX_CARS];
	double race_var[F1P_MAX_CARS], qualifying_var[F1P_MAX_CARS];
	double race_pace[F1P_MAX_CARS], race_sd[F1P_MAX_CARS];
	double qualifying_pace[F1P_MAX_CARS], qualifying_sd[F1P_MAX_CARS];
};

/* x in units of 1 / scale; F1P_UNKNOWN for NaN. */
static int32_t scaled(double x, double scale)
{
	double v = x * scale;

	if (!is_known(v))
		return F1P_UNKNOWN;
	v = v > 1e9 ? 1e9 : v < -1e9 ? -1e9 : v;
	return (int32_t)(v < 0.0 ? v - .5 : v + .5);
}

static const struct book_entry *entry_of(const struct book_race *weekend, uint32_t driver)
{
	for (uint32_t i = 0; i < weekend->n; i++) {
		if (weekend->entry[i].driver == driver)
			return &weekend->entry[i];
	}
	return NULL;
}

static enum weekend_session session_of(const struct f1p_state *state)
{
	switch (state->type) {
	case F1P_SESSION_QUALIFYING:
		return BEFORE_QUALIFYING;
	case F1P_SESSION_SPRINT_QUALIFYING:
		return BEFORE_SPRINT_QUALIFYING;
	case F1P_SESSION_SPRINT:
		return BEFORE_SPRINT;
	default:
		return BEFORE_RACE;
	}
}

static void no_gaps(struct weekend_car *w)
{
	w->qualifying_gap = w->sprint_qualifying_gap = w->sprint_gap = f1p_nan();
	for (uint32_t k = 0; k < BOOK_PRACTICES; k++)
		w->practice_gap[k] = f1p_nan();
}

static void fill_gaps(struct field *f, const struct outlook_input *in, enum weekend_session when)
{
	for (uint32_t i = 0; i < f->n; i++) {
		const struct book_entry *e = entry_of(in->weekend, f->car[i].driver);
		no_gaps(&f->w[i]);
		if (!e)
			continue;
		fold_weekend_gaps(e, &f->w[i]);
		weekend_mask(&f->w[i], f->season, in->weekend->sprint, when);
		/* What sets the sprint's grid is its own qualifying. */
		if (f->sprint_session && is_known(f->w[i].sprint_qualifying_gap))
			f->w[i].qualifying_gap = f->w[i].sprint_qualifying_gap;
	}
}

static bool qualifying_is_over(const struct field *f)
{
	uint32_t known = 0;

	for (uint32_t i = 0; i < f->n; i++)
		known += is_known(f->w[i].qualifying_gap);
	return 2 * known > f->n;
}

/* The sessions before qualifying make its forecast, whenever it is asked for. */
static void forecast_qualifying(struct field *f, const struct outlook_input *in, enum weekend_session when)
{
	float x[F1P_MAX_CARS][BOOK_FEATURES];
	struct weekend_car before[F1P_MAX_CARS];

	memcpy(before, f->w, sizeof(before));
	for (uint32_t i = 0; i < f->n; i++)
		weekend_mask(&before[i], f->season, in->weekend->sprint,
			when == BEFORE_SPRINT_QUALIFYING || when == BEFORE_SPRINT ? BEFORE_SPRINT_QUALIFYING : BEFORE_QUALIFYING);
	weekend_qualifying_features(before, f->n, x);
	weekend_forecast(in->model, WEEKEND_QUALIFYING, (const float(*)[BOOK_FEATURES])x, f->qualifying_var, f->n,
		f->qualifying_pace, f->qualifying_sd);
}

static void forecast(struct field *f, const struct outlook_input *in, enum weekend_session when)
{
	float x[F1P_MAX_CARS][BOOK_FEATURES];

	for (uint32_t i = 0; i < f->n; i++) {
		f->race_var[i] = f->w[i].race_var;
		f->qualifying_var[i] = f->w[i].qualifying_var;
	}
	weekend_race_features(f->w, f->n, in->weekend->qualifying_wet && !f->sprint_session, x);
	weekend_forecast(in->model, qualifying_is_over(f) ? WEEKEND_RACE : WEEKEND_RACE_EARLY, (const float(*)[BOOK_FEATURES])x,
		f->race_var, f->n, f->race_pace, f->race_sd);
	forecast_qualifying(f, in, when);
}

static double practice_mean(const struct weekend_car *w)
{
	double sum = 0.0, n = 0.0;

	for (uint32_t k = 0; k < BOOK_PRACTICES; k++) {
		if (is_known(w->practice_gap[k])) {
			sum += w->practice_gap[k];
			n += 1.0;
		}
	}
	return n > 0.0 ? sum / n : f1p_nan();
}

static void tell_nothing(struct f1p_ev_prior *p, uint16_t car)
{
	*p = (struct f1p_ev_prior){.h = {.size = sizeof(*p), .space = F1P_SPACE_CORE, .type = F1P_EV_PRIOR}, .car = car,
		.n = car ? F1P_CAR_PRIORS : F1P_RACE_PRIORS};
	for (uint32_t i = 0; i < p->n; i++)
		p->value[i] = F1P_UNKNOWN;
}

static void tell_paces(const struct field *f, uint32_t i, int32_t *v)
{
	const struct weekend_car *w = &f->w[i];

	v[F1P_PRIOR_RACE_PACE] = scaled(f->race_pace[i], PACE_UNITS);
	v[F1P_PRIOR_RACE_PACE_SD] = scaled(f->race_sd[i], PACE_UNITS);
	v[F1P_PRIOR_RACE_RATING] = scaled(w->race_rating, PACE_UNITS);
	v[F1P_PRIOR_RACE_RATING_SD] = scaled(f1p_sqrt(w->race_var), PACE_UNITS);
	v[F1P_PRIOR_QUALIFYING_PACE] = scaled(f->qualifying_pace[i], PACE_UNITS);
	v[F1P_PRIOR_QUALIFYING_PACE_SD] = scaled(f->qualifying_sd[i], PACE_UNITS);
	v[F1P_PRIOR_QUALIFYING_RATING] = scaled(w->qualifying_rating, PACE_UNITS);
	v[F1P_PRIOR_QUALIFYING_RATING_SD] = scaled(f1p_sqrt(w->qualifying_var), PACE_UNITS);
	v[F1P_PRIOR_QUALIFYING_GAP] = scaled(w->qualifying_gap, PACE_UNITS);
	v[F1P_PRIOR_PRACTICE_GAP] = scaled(practice_mean(w), PACE_UNITS);
	v[F1P_PRIOR_SPRINT_GAP] = scaled(w->sprint_gap, PACE_UNITS);
}

static void tell_record(const struct fold *ahead, const struct field *f, uint32_t i, int32_t *v)
{
	static const struct known_driver nobody = {0};
	static const struct lineage no_team = {0};
	const struct known_driver *d = f->car[i].driver < ahead->n_drivers ? &ahead->driver[f->car[i].driver] : &nobody;
	const struct lineage *l = f->car[i].lineage < ahead->n_lineages ? &ahead->lineage[f->car[i].lineage] : &no_team;
	double retire = retirement_chance(&ahead->retirements, &l->form, &d->form);

	v[F1P_PRIOR_DRIVER_FORM] = scaled(form_place(&d->form), MILLI);
	v[F1P_PRIOR_TEAM_FORM] = scaled(form_place(&l->form), MILLI);
	v[F1P_PRIOR_START_GAIN] = scaled(form_start_gain(&d->form), MILLI);
	v[F1P_PRIOR_RETIREMENT] = scaled(retire / (f->sprint_session ? SPRINT_SHARE : 1.0), MICRO);
	v[F1P_PRIOR_RACES] = (int32_t)d->races;
}

/* Teams by number, in the order in which the state lists them. */
static int32_t team_number(const struct field *f, uint32_t i)
{
	int32_t number = 0;
	uint32_t mine = 0;

	while (f->car[mine].lineage != f->car[i].lineage)
		mine++;
	for (uint32_t k = 0; k <= mine; k++) {
		uint32_t first = 0;
		while (f->car[first].lineage != f->car[k].lineage)
			first++;
		number += first == k && f->car[k].lineage != BOOK_NONE;
	}
	return f->car[i].lineage == BOOK_NONE ? F1P_UNKNOWN : number;
}

static void tell_car(const struct outlook_input *in, const struct fold *ahead, const struct field *f, uint32_t i, int32_t *v)
{
	const struct book_entry *e = entry_of(in->weekend, f->car[i].driver);

	tell_paces(f, i, v);
	tell_record(ahead, f, i, v);
	v[F1P_PRIOR_TEAM] = team_number(f, i);
	if (e && !f->sprint_session)
		v[F1P_PRIOR_GRID_PENALTY] = e->grid_penalty;
	if (qualifying_is_over(f) && !f->sprint_session)
		v[F1P_PRIOR_QUALIFYING_WET] = in->weekend->qualifying_wet;
}

static uint32_t circuit_of(const struct outlook_input *in, const struct f1p_state *state)
{
	return in->weekend->circuit != BOOK_NONE ? in->weekend->circuit : match_circuit(in->book, state, in->n_races);
}

static void tell_race(const struct outlook_input *in, const struct fold *ahead, const struct field *f, uint32_t at, int32_t *v)
{
	static const struct circuit unseen = {0};
	bool told = in->weekend->race_id != 0;
	const struct circuit *c = at < ahead->n_circuits ? &ahead->circuit[at] : &unseen;
	bool street = told ? in->weekend->street : c->street;
	struct circuit_outlook o;

	circuit_forecast(&ahead->circuits, c, told ? in->weekend->layout : "", street, &o);
	v[F1P_PRIOR_PIT_LOSS] = scaled(o.pit_loss_ms, 1.0);
	v[F1P_PRIOR_PIT_LOSS_SD] = scaled(o.pit_loss_sd_ms, 1.0);
	v[F1P_PRIOR_OVERTAKING] = scaled(o.ease, MILLI);
	v[F1P_PRIOR_STOPS] = scaled(o.stops, MILLI);
	v[F1P_PRIOR_SC_RATE] = scaled(o.sc_per_lap, MICRO);
	v[F1P_PRIOR_VSC_RATE] = scaled(o.vsc_per_lap, MICRO);
	v[F1P_PRIOR_RED_RATE] = scaled(o.red_per_lap, MICRO);
	v[F1P_PRIOR_RETIREMENT_RATE] = scaled(retirements_per_lap(&ahead->retirements), MICRO);
	v[F1P_PRIOR_ERA_RACES] = ahead->era_races;
	v[F1P_PRIOR_VISITS] = (int32_t)o.visits;
	v[F1P_PRIOR_STREET] = told || c->visits > 0 ? (int32_t)street : F1P_UNKNOWN;
	v[F1P_PRIOR_SEASON_RACES] = ahead->season_races;
	if (!f->sprint_session && told && in->weekend->scheduled_laps > 0)
		v[F1P_PRIOR_LAPS] = in->weekend->scheduled_laps;
	else if (!f->sprint_session && c->scheduled_laps > 0)
		v[F1P_PRIOR_LAPS] = c->scheduled_laps;
}

static int32_t season_of(const struct outlook_input *in, const struct f1p_state *state)
{
	if (in->weekend->race_id != 0)
		return in->weekend->race_id / 100;
	return state->year >= 1950 ? (int32_t)state->year : in->known->season;
}

f1p_status outlook_make(const struct outlook_input *in, const struct f1p_state *state, struct f1p_ev_prior *out)
{
	enum weekend_session when = session_of(state);
	struct field f = {.n = state->n_cars, .season = season_of(in, state),
		.sprint_session = when == BEFORE_SPRINT || when == BEFORE_SPRINT_QUALIFYING};
	struct fold ahead;

	fold_init(&ahead, in->known->rules);
	match_cars(in->book, in->known, state, f.car);
	if (!fold_copy(&ahead, in->known) || !fold_advance(&ahead, in->book, f.season, f.car, f.n)) {
		fold_finish(&ahead);
		return F1P_ENOMEM;
	}
	uint32_t circuit = circuit_of(in, state);
	fold_ratings(&ahead, f.car, f.n, circuit, f.w);
	fill_gaps(&f, in, when);
	forecast(&f, in, when);
	tell_nothing(&out[0], 0);
	tell_race(in, &ahead, &f, circuit, out[0].value);
	for (uint32_t i = 0; i < f.n; i++) {
		tell_nothing(&out[i + 1], state->cars[i].number);
		tell_car(in, &ahead, &f, i, out[i + 1].value);
	}
	fold_finish(&ahead);
	return F1P_OK;
}
