#include "fold.h"

#include <stdlib.h>
#include <string.h>

#include "gaps.h"
#include "helpers/fmath.h"

#define WINTERS_MAX 6 /* a longer break than this is no different */
#define QUALIFYING_WET_NOISE 4.0

void fold_init(struct fold *f, const struct fold_rules *rules)
{
	*f = (struct fold){.rules = rules};
	rating_init(&f->race, &rating_of_races);
	rating_init(&f->qualifying, &rating_of_qualifying);
}

void fold_finish(struct fold *f)
{
	rating_finish(&f->race);
	rating_finish(&f->qualifying);
	free(f->driver);
	free(f->lineage_of);
	free(f->circuit);
	free(f->lineage);
	free(f->visits.v);
	fold_init(f, f->rules);
}

static bool copy_array(void *to, const void *from, size_t n, size_t size)
{
	void *copy = n ? malloc(n * size) : NULL;

	if (n && !copy)
		return false;
	if (n)
		memcpy(copy, from, n * size);
	memcpy(to, &copy, sizeof(copy));
	return true;
}

bool fold_copy(struct fold *to, const struct fold *from)
{
	fold_finish(to);
	struct fold copy = *from;
	copy.driver = NULL;
	copy.lineage_of = NULL;
	copy.circuit = NULL;
	copy.lineage = NULL;
	copy.visits.v = NULL;
	copy.visits.capacity = from->visits.n;
	rating_init(&copy.race, from->race.k);
	rating_init(&copy.qualifying, from->qualifying.k);
	*to = copy;
	bool fine = rating_copy(&to->race, &from->race) && rating_copy(&to->qualifying, &from->qualifying) &&
		copy_array(&to->driver, from->driver, from->n_drivers, sizeof(*from->driver)) &&
		copy_array(&to->lineage_of, from->lineage_of, from->n_teams, sizeof(*from->lineage_of)) &&
		copy_array(&to->circuit, from->circuit, from->n_circuits, sizeof(*from->circuit)) &&
		copy_array(&to->lineage, from->lineage, from->n_lineages, sizeof(*from->lineage)) &&
		copy_array(&to->visits.v, from->visits.v, from->visits.n, sizeof(*from->visits.v));
	if (!fine)
		fold_finish(to);
	return fine;
}

/* Room for n elements of `size`, zeroed; *array may move. */
static bool grow(void *array, uint32_t *n, uint32_t wanted, size_t size)
{
	void *old;

	if (wanted <= *n)
		return true;
	memcpy(&old, array, sizeof(old));
	void *larger = realloc(old, wanted * size);
	if (!larger)
		return false;
	memset((char *)larger + *n * size, 0, (wanted - *n) * size);
	memcpy(array, &larger, sizeof(larger));
	*n = wanted;
	return true;
}

bool fold_follow(struct fold *f, const struct book *book)
{
	uint32_t drivers = f->n_drivers, teams = f->n_teams;

	if (!grow(&f->driver, &f->n_drivers, book->n_drivers, sizeof(*f->driver)) ||
		!grow(&f->lineage_of, &f->n_teams, book->n_teams, sizeof(*f->lineage_of)) ||
		!grow(&f->circuit, &f->n_circuits, book->n_circuits, sizeof(*f->circuit)))
		return false;
	for (uint32_t i = drivers; i < f->n_drivers; i++)
		f->driver[i] = (struct known_driver){.race_place = RATING_NONE, .qualifying_place = RATING_NONE,
			.lineage = BOOK_NONE};
	for (uint32_t i = teams; i < f->n_teams; i++)
		f->lineage_of[i] = BOOK_NONE;
	return true;
}

static bool is_reset(const struct fold_rules *rules, int32_t season)
{
	for (uint32_t i = 0; i < rules->n_resets; i++) {
		if (rules->reset[i] == season)
			return true;
	}
	return false;
}

static void winter(struct fold *f, bool new_era)
{
	rating_next_season(&f->race, new_era);
	rating_next_season(&f->qualifying, new_era);
	for (uint32_t i = 0; i < f->n_lineages; i++)
		form_team_season(&f->lineage[i].form, new_era);
	f->season_races = 0;
	if (new_era)
		f->era_races = 0;
}

static void to_season(struct fold *f, int32_t season)
{
	if (f->season == 0 || season <= f->season) {
		f->season = f->season > season ? f->season : season;
		return;
	}
	int32_t from = season - f->season > WINTERS_MAX ? season - WINTERS_MAX : f->season;
	for (int32_t s = from + 1; s <= season; s++)
		winter(f, is_reset(f->rules, s));
	f->season = season;
}

static bool place_driver(struct fold *f, uint32_t driver)
{
	struct known_driver *d = &f->driver[driver];

	if (d->race_place == RATING_NONE)
		d->race_place = rating_add(&f->race, false);
	if (d->qualifying_place == RATING_NONE)
		d->qualifying_place = rating_add(&f->qualifying, false);
	return d->race_place != RATING_NONE && d->qualifying_place != RATING_NONE;
}

bool fold_advance(struct fold *f, const struct book *book, int32_t season, struct fold_car *car, uint32_t n)
{
	bool fine = fold_follow(f, book);

	if (!fine)
		return false;
	to_season(f, season);
	rating_next_race(&f->race);
	rating_next_race(&f->qualifying);
	fine = lineage_resolve(f, book, car, n);
	for (uint32_t i = 0; i < n && fine; i++) {
		if (car[i].driver < f->n_drivers)
			fine = place_driver(f, car[i].driver);
	}
	return fine;
}

static bool is_placed(const struct fold *f, const struct fold_car *car)
{
	return car->driver < f->n_drivers && car->lineage < f->n_lineages;
}

static struct rating_observation places(const struct fold *f, const struct fold_car *car, bool qualifying)
{
	const struct known_driver *d = &f->driver[car->driver];
	const struct lineage *l = &f->lineage[car->lineage];

	return qualifying ? (struct rating_observation){.team = l->qualifying_place, .driver = d->qualifying_place, .noise = 1.0}
			  : (struct rating_observation){.team = l->race_place, .driver = d->race_place, .noise = 1.0};
}

static void fill_visits(const struct fold *f, const struct fold_car *car, uint32_t circuit, struct weekend_car *out)
{
	for (int s = 0; s < VISIT_SESSIONS; s++) {
		out->driver_here[s] = visits_mean(&f->visits, circuit, false, car->driver, (enum visit_session)s);
		out->team_here[s] = visits_mean(&f->visits, circuit, true, car->lineage, (enum visit_session)s);
	}
}

void fold_ratings(const struct fold *f, const struct fold_car *car, uint32_t n, uint32_t circuit, struct weekend_car *out)
{
	struct rating_observation race[F1P_MAX_CARS] = {0}, qualifying[F1P_MAX_CARS] = {0};
	double mean[2][F1P_MAX_CARS], var[2][F1P_MAX_CARS];
	uint32_t m = 0;

	for (uint32_t i = 0; i < n && m < F1P_MAX_CARS; i++) {
		if (!is_placed(f, &car[i]))
			continue;
		race[m] = places(f, &car[i], false);
		qualifying[m++] = places(f, &car[i], true);
	}
	rating_forecast(&f->race, race, m, mean[0], var[0]);
	rating_forecast(&f->qualifying, qualifying, m, mean[1], var[1]);
	m = 0;
	for (uint32_t i = 0; i < n; i++) {
		bool placed = is_placed(f, &car[i]) && m < F1P_MAX_CARS;
		out[i].team = placed ? car[i].lineage : BOOK_NONE;
		out[i].race_rating = placed ? mean[0][m] : f1p_nan();
		out[i].race_var = placed ? var[0][m] : f1p_nan();
		out[i].qualifying_rating = placed ? mean[1][m] : f1p_nan();
		out[i].qualifying_var = placed ? var[1][m] : f1p_nan();
		m += placed;
		fill_visits(f, &car[i], circuit, &out[i]);
	}
}

/* The entries that took part: who only drove in practice is no part of the field. */
static uint32_t field_of(const struct book_race *race, struct fold_car *car, uint32_t *entry)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < race->n && n < F1P_MAX_CARS; i++) {
		const struct book_entry *e = &race->entry[i];
		if (!e->raced && !is_known(e->qualifying_gap))
			continue;
		entry[n] = i;
		car[n++] = (struct fold_car){.driver = e->driver, .team = e->team, .lineage = BOOK_NONE};
	}
	return n;
}

void fold_weekend_gaps(const struct book_entry *e, struct weekend_car *out)
{
	out->qualifying_gap = e->qualifying_gap;
	out->sprint_qualifying_gap = e->sprint_qualifying_gap;
	out->sprint_gap = e->sprint_gap;
	memcpy(out->practice_gap, e->practice_gap, sizeof(out->practice_gap));
}

static void keep_features(const struct fold *f, struct book_race *race, const struct fold_car *car, const uint32_t *entry, uint32_t n)
{
	struct weekend_car w[F1P_MAX_CARS];
	float race_x[F1P_MAX_CARS][BOOK_FEATURES], qualifying_x[F1P_MAX_CARS][BOOK_FEATURES];

	fold_ratings(f, car, n, race->circuit, w);
	for (uint32_t i = 0; i < n; i++)
		fold_weekend_gaps(&race->entry[entry[i]], &w[i]);
	weekend_race_features(w, n, race->qualifying_wet, race_x);
	for (uint32_t i = 0; i < n; i++)
		weekend_mask(&w[i], f->season, race->sprint, BEFORE_QUALIFYING);
	weekend_qualifying_features(w, n, qualifying_x);
	for (uint32_t i = 0; i < n; i++) {
		struct book_entry *e = &race->entry[entry[i]];
		memcpy(e->race_x, race_x[i], sizeof(e->race_x));
		memcpy(e->qualifying_x, qualifying_x[i], sizeof(e->qualifying_x));
		e->race_rating = (float)w[i].race_rating;
		e->qualifying_rating = (float)w[i].qualifying_rating;
		e->race_spread = (float)w[i].race_var;
		e->qualifying_spread = (float)w[i].qualifying_var;
		e->in_field = is_known(w[i].race_rating);
	}
}

/* How far the sessions were from the ratings before them. */
static bool learn_visits(struct fold *f, const struct book_race *race, const struct fold_car *car, const uint32_t *entry, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		const struct book_entry *e = &race->entry[entry[i]];
		const double surprise[VISIT_SESSIONS] = {race->wet ? f1p_nan() : e->race_pace - (double)e->race_rating,
			race->qualifying_wet ? f1p_nan() : e->qualifying_gap - (double)e->qualifying_rating};
		for (int s = 0; s < VISIT_SESSIONS; s++) {
			if (is_known(surprise[s]) && race->circuit != BOOK_NONE &&
				(!visits_add(&f->visits, race->circuit, false, car[i].driver, (enum visit_session)s, surprise[s]) ||
					!visits_add(&f->visits, race->circuit, true, car[i].lineage, (enum visit_session)s, surprise[s])))
				return false;
		}
	}
	return true;
}

static void learn_ratings(struct fold *f, const struct book_race *race, const struct fold_car *car, const uint32_t *entry, uint32_t n)
{
	struct rating_observation o[2][F1P_MAX_CARS] = {0};
	uint32_t m[2] = {0, 0};

	for (uint32_t i = 0; i < n; i++) {
		const struct book_entry *e = &race->entry[entry[i]];
		const double gap[2] = {e->race_pace, e->qualifying_gap};
		const double noise[2] = {e->race_noise, race->qualifying_wet ? QUALIFYING_WET_NOISE : 1.0};
		for (uint32_t k = 0; k < 2 && is_placed(f, &car[i]); k++) {
			if (!is_known(gap[k]))
				continue;
			o[k][m[k]] = places(f, &car[i], k == 1);
			o[k][m[k]].gap = gap[k];
			o[k][m[k]++].noise = noise[k];
		}
	}
	rating_observe(&f->race, o[0], m[0]);
	rating_observe(&f->qualifying, o[1], m[1]);
}

static void learn_forms(struct fold *f, const struct book_race *race, const struct fold_car *car, const uint32_t *entry, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		const struct book_entry *e = &race->entry[entry[i]];
		if (!is_placed(f, &car[i]) || !e->raced)
			continue;
		struct known_driver *d = &f->driver[car[i].driver];
		struct lineage *l = &f->lineage[car[i].lineage];
		form_driver_race(&d->form, e, starts_gain(&f->starts, e));
		form_team_race(&l->form, e);
		d->lineage = car[i].lineage;
		d->last_race = l->last_race = race->race_id;
		d->races++;
	}
	for (uint32_t i = 0; i < race->n; i++)
		starts_add(&f->starts, &race->entry[i]);
}

bool fold_race(struct fold *f, const struct book *book, struct book_race *race)
{
	struct fold_car car[F1P_MAX_CARS] = {0};
	uint32_t entry[F1P_MAX_CARS] = {0}, n = field_of(race, car, entry);

	if (!fold_advance(f, book, race->race_id / 100, car, n))
		return false;
	keep_features(f, race, car, entry, n);
	race->features = true;
	if (!learn_visits(f, race, car, entry, n))
		return false;
	learn_ratings(f, race, car, entry, n);
	learn_forms(f, race, car, entry, n);
	retirements_add(&f->retirements, race);
	if (race->circuit < f->n_circuits)
		circuit_race(&f->circuits, &f->circuit[race->circuit], race);
	f->last_race = race->race_id;
	f->season_races++;
	f->era_races++;
	f->n_done++;
	return true;
}

bool fold_to(struct fold *f, struct book *book, uint32_t n)
{
	while (f->n_done < n) {
		if (!fold_race(f, book, &book->race[f->n_done]))
			return false;
	}
	return true;
}
