#include "match.h"

#include <string.h>

#include "names.h"

#define LATELY_RACES 200 /* in race_id: this season or the one before */
#define SAME_TEAM .5     /* share of the words */

static bool lately(const struct fold *f, int32_t race_id)
{
	return race_id > 0 && f->last_race - race_id < LATELY_RACES;
}

static int32_t last_race_of(const struct fold *f, uint32_t driver)
{
	return driver < f->n_drivers ? f->driver[driver].last_race : 0;
}

/* How well the book's driver fits the car; 0 = not. */
static int driver_fits(const struct book_driver *d, const struct name_tokens *name, const struct f1p_car *car)
{
	struct name_tokens theirs;
	bool code = car->code[0] && strncmp(d->code, car->code, sizeof(car->code)) == 0;

	if (name->n == 0)
		return code ? 1 : 0;
	names_split(&theirs, d->name[0] ? d->name : d->id, d->name[0] ? sizeof(d->name) : sizeof(d->id));
	int fits = names_person(name, &theirs);
	return fits >= 3 ? fits + code : fits == 2 && code ? 2 : 0;
}

static uint32_t match_driver(struct book *book, const struct fold *f, const struct f1p_car *car)
{
	struct name_tokens name;
	uint32_t best = BOOK_NONE;
	int best_fits = 0;
	char id[32];

	names_split(&name, car->name, sizeof(car->name));
	for (uint32_t i = 0; i < book->n_drivers; i++) {
		int fits = driver_fits(&book->driver[i], &name, car);
		if (fits == 1 && !lately(f, last_race_of(f, i)))
			continue;
		if (fits > best_fits || (fits > 0 && fits == best_fits && last_race_of(f, i) > last_race_of(f, best))) {
			best = i;
			best_fits = fits;
		}
	}
	if (best != BOOK_NONE)
		return best;
	if (name.n == 0)
		names_split(&name, car->code, sizeof(car->code));
	names_slug(id, sizeof(id), &name);
	return book_add_driver(book, id);
}

static bool same_text(const struct f1p_car *a, const struct f1p_car *b)
{
	return strncmp(a->team, b->team, sizeof(a->team)) == 0;
}

/* How well the constructor's name fits, 0..; those that race now come before those that are only known by name. */
static double team_fits(const struct book *book, const struct fold *f, uint32_t team, const struct name_tokens *name)
{
	struct name_tokens by_name, by_id;
	uint32_t lineage = team < f->n_teams ? f->lineage_of[team] : BOOK_NONE;
	bool now = lineage != BOOK_NONE && f->lineage[lineage].team == team && lately(f, f->lineage[lineage].last_race);

	names_split(&by_name, book->team[team].name, sizeof(book->team[team].name));
	names_split(&by_id, book->team[team].id, sizeof(book->team[team].id));
	double fits = names_team(name, &by_name), other = names_team(name, &by_id);
	fits = fits > other ? fits : other;
	/* A name from before, now borne by nobody, may come back, but only as a whole. */
	if (fits < SAME_TEAM || (!now && fits < 1.0))
		return 0.0;
	return fits + (now ? .5 : 0.0) + .01 * (double)by_name.n;
}

/* What most of the cars of this team drove for last; BOOK_NONE if they are all new. */
static uint32_t team_of_drivers(const struct fold *f, const struct f1p_state *state, const struct fold_car *car, uint32_t which)
{
	uint32_t best = BOOK_NONE, best_votes = 0;

	for (uint32_t i = 0; i < state->n_cars; i++) {
		uint32_t votes = 0, lineage = car[i].driver < f->n_drivers ? f->driver[car[i].driver].lineage : BOOK_NONE;
		if (!same_text(&state->cars[i], &state->cars[which]) || lineage >= f->n_lineages ||
			!lately(f, f->lineage[lineage].last_race))
			continue;
		for (uint32_t k = 0; k < state->n_cars; k++) {
			votes += same_text(&state->cars[k], &state->cars[which]) && car[k].driver < f->n_drivers &&
				f->driver[car[k].driver].lineage == lineage;
		}
		if (votes > best_votes) {
			best_votes = votes;
			best = f->lineage[lineage].team;
		}
	}
	return best;
}

static uint32_t team_by_name(const struct book *book, const struct fold *f, const struct f1p_car *car)
{
	struct name_tokens name;
	uint32_t best = BOOK_NONE;
	double best_fits = 0.0;

	names_split(&name, car->team, sizeof(car->team));
	for (uint32_t t = 0; t < book->n_teams; t++) {
		double fits = team_fits(book, f, t, &name);
		if (fits > best_fits) {
			best_fits = fits;
			best = t;
		}
	}
	return best;
}

static bool is_taken(const struct f1p_state *state, const struct fold_car *car, uint32_t team)
{
	for (uint32_t i = 0; i < state->n_cars; i++) {
		if (car[i].team == team)
			return true;
	}
	return false;
}

/* A team whose name nobody knows: that of its drivers unless another car has that name; else a new one. */
static uint32_t team_without_name(struct book *book, const struct fold *f, const struct f1p_state *state, const struct fold_car *car,
	uint32_t which)
{
	struct name_tokens name;
	char id[32];
	uint32_t team = team_of_drivers(f, state, car, which);

	if (team != BOOK_NONE && !is_taken(state, car, team))
		return team;
	names_split(&name, state->cars[which].team, sizeof(state->cars[which].team));
	names_slug(id, sizeof(id), &name);
	return book_add_team(book, id);
}

void match_cars(struct book *book, const struct fold *f, const struct f1p_state *state, struct fold_car *car)
{
	for (uint32_t i = 0; i < state->n_cars; i++) {
		car[i] = (struct fold_car){.driver = match_driver(book, f, &state->cars[i]), .team = BOOK_NONE, .lineage = BOOK_NONE};
		car[i].team = state->cars[i].team[0] ? team_by_name(book, f, &state->cars[i]) : BOOK_NONE;
	}
	for (uint32_t i = 0; i < state->n_cars; i++) {
		uint32_t first = 0;
		while (first < i && !same_text(&state->cars[first], &state->cars[i]))
			first++;
		bool alone = !state->cars[i].team[0]; /* cars without a team's name have nothing in common */
		if (car[i].team == BOOK_NONE && first < i && !alone)
			car[i].team = car[first].team;
		else if (car[i].team == BOOK_NONE && !alone)
			car[i].team = team_without_name(book, f, state, car, i);
		else if (alone && car[i].driver < f->n_drivers && f->driver[car[i].driver].lineage < f->n_lineages)
			car[i].team = f->lineage[f->driver[car[i].driver].lineage].team;
	}
}

static bool says(const char *text, size_t size, const char *id)
{
	struct name_tokens name;
	char slug[48];

	names_split(&name, text, size);
	names_slug(slug, sizeof(slug), &name);
	return slug[0] && strcmp(slug, id) == 0;
}

uint32_t match_circuit(const struct book *book, const struct f1p_state *state, uint32_t n_races)
{
	struct name_tokens meeting, name;
	char ours[MEETING_SLUG], theirs[MEETING_SLUG];

	for (uint32_t i = 0; i < book->n_circuits; i++) {
		if (says(state->circuit, sizeof(state->circuit), book->circuit[i].id))
			return i;
	}
	names_split(&meeting, state->meeting, sizeof(state->meeting));
	names_slug(ours, sizeof(ours), &meeting);
	for (uint32_t r = n_races; r > 0 && ours[0]; r--) {
		names_split(&name, book->race[r - 1].name, sizeof(book->race[r - 1].name));
		names_slug(theirs, sizeof(theirs), &name);
		if (strcmp(ours, theirs) == 0)
			return book->race[r - 1].circuit;
	}
	for (uint32_t i = 0; i < book->n_meetings; i++) {
		if (ours[0] && strcmp(ours, book->meeting[i].id) == 0)
			return book->meeting[i].circuit;
	}
	for (uint32_t i = 0; i < book->n_circuits; i++) {
		if (says(state->location, sizeof(state->location), book->circuit[i].id))
			return i;
	}
	return BOOK_NONE;
}
