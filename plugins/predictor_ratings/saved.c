#include "saved.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gaps.h"
#include "helpers/fmath.h"
#include "names.h"

#define ACTIVE_RACES 300 /* in race_id: two seasons and this one */
#define SAVED_MAX 512u   /* drivers, teams, circuits each */
#define VERSION 1.0

static const char *const beta_name[WEEKEND_TARGETS] = {"weight.race", "weight.race_early", "weight.qualifying"};
static const char *const spread_name[WEEKEND_TARGETS] = {"spread.race", "spread.race_early", "spread.qualifying"};

enum { M_SUM, M_WEIGHT, M_SIZE };
enum { D_CODE, D_LAST_RACE, D_RACES, D_LINEAGE, D_RACE_MEAN, D_RACE_VAR, D_QUALIFYING_MEAN, D_QUALIFYING_VAR, D_PLACE,
	D_RETIREMENT = D_PLACE + M_SIZE, D_START = D_RETIREMENT + M_SIZE, D_SIZE = D_START + M_SIZE };
enum { T_LINEAGE, T_LAST_RACE, T_RACE_MEAN, T_RACE_VAR, T_QUALIFYING_MEAN, T_QUALIFYING_VAR, T_PLACE,
	T_RETIREMENT = T_PLACE + M_SIZE, T_SIZE = T_RETIREMENT + M_SIZE };
enum { C_NUMBER, C_VISITS, C_STREET, C_SCHEDULED_LAPS, C_PIT, C_EASE = C_PIT + M_SIZE, C_STOPS = C_EASE + M_SIZE,
	C_LAPS = C_STOPS + M_SIZE, C_RACES, C_SC, C_VSC, C_RED, C_SIZE };
enum { S_VERSION, S_LAST_RACE, S_T_START_S, S_SEASON, S_SEASON_RACES, S_ERA_RACES, S_PIT, S_EASE = S_PIT + M_SIZE,
	S_STOPS = S_EASE + M_SIZE, S_RETIREMENT = S_STOPS + M_SIZE, S_STARTED, S_LAPS, S_SIZE };

/* Numbers of a file that anybody may have written. */
static double amount(double v)
{
	return v > 0.0 && v < 1e12 ? v : 0.0;
}

static int32_t whole(double v)
{
	return (int32_t)(v > 0.0 && v < 1e6 ? v : 0.0);
}

static void put_memory(double *v, const struct memory *m)
{
	v[M_SUM] = m->sum;
	v[M_WEIGHT] = m->weight;
}

static struct memory get_memory(const double *v)
{
	return (struct memory){.sum = v[M_SUM], .weight = amount(v[M_WEIGHT])};
}

static bool put_named(struct params *p, const char *kind, const char *id, const double *v, size_t n)
{
	char name[PARAMS_MAX_NAME];

	snprintf(name, sizeof(name), "%s.%s", kind, id);
	return params_set(p, name, v, n);
}

/* Up to seven letters and digits as a number, so that it fits among numbers. */
static double code_number(const char code[8])
{
	double v = 0.0;

	for (uint32_t i = 0; i < 5 && code[i]; i++)
		v = v * 128.0 + (double)(unsigned char)(code[i] & 127);
	return v;
}

static void code_text(double v, char code[8])
{
	char reversed[8];
	uint32_t n = 0;

	memset(code, 0, 8);
	for (uint64_t u = v > 0.0 && v < 3.4e10 ? (uint64_t)v : 0; u > 0 && n < 5; u /= 128)
		reversed[n++] = (char)(u % 128);
	for (uint32_t i = 0; i < n; i++)
		code[i] = reversed[n - 1 - i];
}

static double mean_at(const struct rating *r, uint32_t place)
{
	return place < r->n ? r->mean[place] : 0.0;
}

static double var_at(const struct rating *r, uint32_t place)
{
	return place < r->n ? r->cov[(size_t)place * r->capacity + place] : 0.0;
}

static bool put_drivers(struct params *p, const struct book *book, const struct fold *f)
{
	for (uint32_t i = 0; i < f->n_drivers; i++) {
		const struct known_driver *d = &f->driver[i];
		double v[D_SIZE] = {0};
		if (d->last_race == 0 || f->last_race - d->last_race >= ACTIVE_RACES)
			continue;
		v[D_CODE] = code_number(book->driver[i].code);
		v[D_LAST_RACE] = (double)d->last_race;
		v[D_RACES] = (double)d->races;
		v[D_LINEAGE] = (double)d->lineage;
		v[D_RACE_MEAN] = mean_at(&f->race, d->race_place);
		v[D_RACE_VAR] = var_at(&f->race, d->race_place);
		v[D_QUALIFYING_MEAN] = mean_at(&f->qualifying, d->qualifying_place);
		v[D_QUALIFYING_VAR] = var_at(&f->qualifying, d->qualifying_place);
		put_memory(&v[D_PLACE], &d->form.place);
		put_memory(&v[D_RETIREMENT], &d->form.retirement);
		put_memory(&v[D_START], &d->form.start);
		if (!put_named(p, "driver", book->driver[i].id, v, D_SIZE))
			return false;
	}
	return true;
}

static bool put_teams(struct params *p, const struct book *book, const struct fold *f)
{
	for (uint32_t i = 0; i < f->n_lineages; i++) {
		const struct lineage *l = &f->lineage[i];
		double v[T_SIZE] = {0};
		if (l->last_race == 0 || f->last_race - l->last_race >= ACTIVE_RACES || l->team >= book->n_teams)
			continue;
		v[T_LINEAGE] = (double)i;
		v[T_LAST_RACE] = (double)l->last_race;
		v[T_RACE_MEAN] = mean_at(&f->race, l->race_place);
		v[T_RACE_VAR] = var_at(&f->race, l->race_place);
		v[T_QUALIFYING_MEAN] = mean_at(&f->qualifying, l->qualifying_place);
		v[T_QUALIFYING_VAR] = var_at(&f->qualifying, l->qualifying_place);
		put_memory(&v[T_PLACE], &l->form.place);
		put_memory(&v[T_RETIREMENT], &l->form.retirement);
		if (!put_named(p, "team", book->team[l->team].id, v, T_SIZE))
			return false;
	}
	return true;
}

static void put_circuit(double *v, const struct circuit *c)
{
	v[C_VISITS] = (double)c->visits;
	put_memory(&v[C_PIT], &c->pit_loss_ms);
	put_memory(&v[C_EASE], &c->ease);
	put_memory(&v[C_STOPS], &c->stops);
	v[C_LAPS] = c->laps;
	v[C_RACES] = c->races;
	v[C_SC] = c->n_sc;
	v[C_VSC] = c->n_vsc;
	v[C_RED] = c->n_red;
}

static void get_circuit(const double *v, struct circuit *c)
{
	*c = (struct circuit){.visits = (uint32_t)whole(v[C_VISITS]),
		.pit_loss_ms = get_memory(&v[C_PIT]),
		.ease = get_memory(&v[C_EASE]),
		.stops = get_memory(&v[C_STOPS]),
		.laps = amount(v[C_LAPS]),
		.races = amount(v[C_RACES]),
		.n_sc = amount(v[C_SC]),
		.n_vsc = amount(v[C_VSC]),
		.n_red = amount(v[C_RED]),
		.street = v[C_STREET] > 0.0,
		.scheduled_laps = whole(v[C_SCHEDULED_LAPS])};
}

static bool put_circuits(struct params *p, const struct book *book, const struct fold *f)
{
	double v[C_SIZE] = {0};

	for (uint32_t kind = 0; kind < 2; kind++) {
		put_circuit(v, &f->circuits.kind[kind]);
		if (!params_set(p, kind ? "circuits.street" : "circuits.other", v, C_SIZE))
			return false;
	}
	for (uint32_t i = 0; i < f->n_circuits; i++) {
		if (f->circuit[i].races <= 0.0 && f->circuit[i].visits == 0)
			continue;
		put_circuit(v, &f->circuit[i]);
		v[C_NUMBER] = (double)i;
		v[C_STREET] = f->circuit[i].street ? 1.0 : 0.0;
		v[C_SCHEDULED_LAPS] = (double)f->circuit[i].scheduled_laps;
		if (!put_named(p, "circuit", book->circuit[i].id, v, C_SIZE))
			return false;
	}
	return true;
}

/* By which name a race is run where: what a live session calls itself. */
static bool put_meetings(struct params *p, const struct book *book, const struct fold *f)
{
	for (uint32_t r = 0; r < book->n_races && r < f->n_done; r++) {
		struct name_tokens name;
		char slug[MEETING_SLUG];
		double circuit = (double)book->race[r].circuit;
		names_split(&name, book->race[r].name, sizeof(book->race[r].name));
		names_slug(slug, sizeof(slug), &name);
		if (slug[0] && book->race[r].circuit < f->n_circuits && !put_named(p, "meeting", slug, &circuit, 1))
			return false;
	}
	return true;
}

bool saved_put(struct params *p, const struct weekend_model *m, const struct book *book, const struct fold *f, int64_t t_start_ns)
{
	double v[S_SIZE] = {[S_VERSION] = VERSION,
		[S_LAST_RACE] = (double)f->last_race,
		[S_T_START_S] = (double)(t_start_ns / 1000000000),
		[S_SEASON] = (double)f->season,
		[S_SEASON_RACES] = (double)f->season_races,
		[S_ERA_RACES] = (double)f->era_races,
		[S_RETIREMENT] = retirements_share(&f->retirements) * 1000.0,
		[S_STARTED] = 1000.0,
		[S_LAPS] = retirements_share(&f->retirements) * 1000.0 / retirements_per_lap(&f->retirements)};
	bool fine = true;

	for (int target = 0; target < WEEKEND_TARGETS && fine; target++)
		fine = params_set(p, beta_name[target], m->beta[target], BOOK_FEATURES) &&
			params_set(p, spread_name[target], m->spread[target], 2);
	if (!fine || f->last_race == 0)
		return fine;
	put_memory(&v[S_PIT], &f->circuits.pit_loss_ms);
	put_memory(&v[S_EASE], &f->circuits.ease);
	put_memory(&v[S_STOPS], &f->circuits.stops);
	return params_set(p, "state", v, S_SIZE) && put_drivers(p, book, f) && put_teams(p, book, f) && put_circuits(p, book, f) &&
		put_meetings(p, book, f);
}

bool saved_model(const struct params *p, struct weekend_model *m)
{
	struct weekend_model read;

	for (int target = 0; target < WEEKEND_TARGETS; target++) {
		const double *beta = params_get(p, beta_name[target], BOOK_FEATURES), *spread = params_get(p, spread_name[target], 2);
		if (!beta || !spread || spread[0] < 0.0 || spread[1] < 0.0)
			return false;
		memcpy(read.beta[target], beta, sizeof(read.beta[target]));
		memcpy(read.spread[target], spread, sizeof(read.spread[target]));
	}
	*m = read;
	return true;
}

/* v as an index below SAVED_MAX; BOOK_NONE if it is none. */
static uint32_t as_index(double v)
{
	return v >= 0.0 && v < (double)SAVED_MAX ? (uint32_t)v : BOOK_NONE;
}

struct loading {
	const struct params *p;
	struct book *book;
	struct fold *f;
	uint32_t lineage[SAVED_MAX], circuit[SAVED_MAX]; /* saved number -> ours */
};

/* The part of the name behind "kind.", or NULL. */
static const char *named(const char *name, const char *kind)
{
	size_t n = strlen(kind);

	return strncmp(name, kind, n) == 0 && name[n] == '.' && name[n + 1] ? name + n + 1 : NULL;
}

static bool add_lineage(struct loading *w, const char *id, const double *v)
{
	uint32_t team = book_add_team(w->book, id), number = as_index(v[T_LINEAGE]);
	struct lineage *larger = realloc(w->f->lineage, (w->f->n_lineages + 1u) * sizeof(*larger));

	if (larger)
		w->f->lineage = larger;
	if (!larger || team == BOOK_NONE || number == BOOK_NONE || v[T_RACE_VAR] < 0.0 || v[T_QUALIFYING_VAR] < 0.0 ||
		!fold_follow(w->f, w->book))
		return false;
	larger[w->f->n_lineages] = (struct lineage){.team = team,
		.last_race = whole(v[T_LAST_RACE]),
		.race_place = rating_add_at(&w->f->race, true, v[T_RACE_MEAN], v[T_RACE_VAR]),
		.qualifying_place = rating_add_at(&w->f->qualifying, true, v[T_QUALIFYING_MEAN], v[T_QUALIFYING_VAR]),
		.form = {.place = get_memory(&v[T_PLACE]), .retirement = get_memory(&v[T_RETIREMENT])}};
	w->f->lineage_of[team] = w->lineage[number] = w->f->n_lineages++;
	return true;
}

static bool add_driver(struct loading *w, const char *id, const double *v)
{
	uint32_t driver = book_add_driver(w->book, id), lineage = as_index(v[D_LINEAGE]);

	if (driver == BOOK_NONE || v[D_RACE_VAR] < 0.0 || v[D_QUALIFYING_VAR] < 0.0 || !fold_follow(w->f, w->book))
		return false;
	if (!w->book->driver[driver].code[0])
		code_text(v[D_CODE], w->book->driver[driver].code);
	w->f->driver[driver] = (struct known_driver){.lineage = lineage == BOOK_NONE ? BOOK_NONE : w->lineage[lineage],
		.races = (uint32_t)whole(v[D_RACES]),
		.last_race = whole(v[D_LAST_RACE]),
		.race_place = rating_add_at(&w->f->race, false, v[D_RACE_MEAN], v[D_RACE_VAR]),
		.qualifying_place = rating_add_at(&w->f->qualifying, false, v[D_QUALIFYING_MEAN], v[D_QUALIFYING_VAR]),
		.form = {.place = get_memory(&v[D_PLACE]), .retirement = get_memory(&v[D_RETIREMENT]),
			.start = get_memory(&v[D_START])}};
	return true;
}

static bool add_circuit(struct loading *w, const char *id, const double *v)
{
	uint32_t circuit = book_add_circuit(w->book, id), number = as_index(v[C_NUMBER]);

	if (circuit == BOOK_NONE || number == BOOK_NONE || !fold_follow(w->f, w->book))
		return false;
	get_circuit(v, &w->f->circuit[circuit]);
	w->circuit[number] = circuit;
	return true;
}

/* Reads every array of one kind. */
static bool add_all(struct loading *w, const char *kind, size_t size, bool (*add)(struct loading *, const char *, const double *))
{
	const char *name;

	for (size_t i = 0; (name = params_name(w->p, i)) != NULL; i++) {
		const char *id = named(name, kind);
		const double *v = id ? params_get(w->p, name, size) : NULL;
		if (id && (!v || strlen(id) > 31 || !add(w, id, v)))
			return false;
	}
	return true;
}

static bool add_meeting(struct loading *w, const char *slug, const double *v)
{
	uint32_t number = as_index(v[0]);

	return number == BOOK_NONE || w->circuit[number] == BOOK_NONE || book_add_meeting(w->book, slug, w->circuit[number]);
}

bool saved_fold(const struct params *p, struct book *book, struct fold *f, int64_t *t_start_ns)
{
	const double *v = params_get(p, "state", S_SIZE), *street = params_get(p, "circuits.street", C_SIZE),
		     *other = params_get(p, "circuits.other", C_SIZE);
	struct loading w = {.p = p, .book = book, .f = f};

	if (!v || !street || !other || v[S_VERSION] != VERSION || v[S_T_START_S] < 0.0 || v[S_T_START_S] > 8e9)
		return false;
	memset(w.lineage, 0xff, sizeof(w.lineage));
	memset(w.circuit, 0xff, sizeof(w.circuit));
	f->last_race = whole(v[S_LAST_RACE]);
	f->season = whole(v[S_SEASON]);
	f->season_races = whole(v[S_SEASON_RACES]);
	f->era_races = whole(v[S_ERA_RACES]);
	f->circuits.pit_loss_ms = get_memory(&v[S_PIT]);
	f->circuits.ease = get_memory(&v[S_EASE]);
	f->circuits.stops = get_memory(&v[S_STOPS]);
	get_circuit(other, &f->circuits.kind[0]);
	get_circuit(street, &f->circuits.kind[1]);
	f->retirements = (struct retirements){.n = 1, .started = {amount(v[S_STARTED])}, .retired = {amount(v[S_RETIREMENT])},
		.laps = {amount(v[S_LAPS])}};
	*t_start_ns = (int64_t)v[S_T_START_S] * 1000000000;
	return add_all(&w, "team", T_SIZE, add_lineage) && add_all(&w, "driver", D_SIZE, add_driver) &&
		add_all(&w, "circuit", C_SIZE, add_circuit) && add_all(&w, "meeting", 1, add_meeting);
}
