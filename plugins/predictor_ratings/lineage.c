/*
 * lineage.c - which team goes on as which: a constructor that has not raced lately, and whose drivers were last seen in a team that is
 * not here now, is that team under a new name. What the drivers do not tell is told by the configuration, or by there being only one
 * left on both sides; else the team is new.
 */
#include "fold.h"

#include <stdlib.h>
#include <string.h>

/* In race_id: how long a team may have been away to come back as itself, and to go on under another name. */
#define SAME_NAME_RACES 200
#define OTHER_NAME_RACES 100

struct choice {
	uint32_t team;     /* new here; the book's number */
	uint32_t lineage;  /* BOOK_NONE: none found yet */
};

struct names {
	struct fold *f;
	const struct book *book;
	struct fold_car *car;
	uint32_t n;
	struct choice choice[F1P_MAX_CARS];
	uint32_t n_choices;
	bool taken[F1P_MAX_CARS * 8]; /* by lineage */
};

static bool active(const struct fold *f, uint32_t lineage, int32_t races)
{
	return f->lineage[lineage].last_race > 0 && f->last_race - f->lineage[lineage].last_race < races;
}

static bool can_be(const struct names *w, uint32_t lineage)
{
	return lineage < w->f->n_lineages && lineage < sizeof(w->taken) && !w->taken[lineage] &&
		active(w->f, lineage, OTHER_NAME_RACES);
}

/* Sorts the teams of the field into those that go on and those that are new here. */
static void sort_teams(struct names *w)
{
	for (uint32_t i = 0; i < w->n; i++) {
		uint32_t team = w->car[i].team, lineage = team < w->f->n_teams ? w->f->lineage_of[team] : BOOK_NONE, k = 0;
		if (team == BOOK_NONE)
			continue;
		if (lineage != BOOK_NONE && w->f->lineage[lineage].team == team && active(w->f, lineage, SAME_NAME_RACES)) {
			if (lineage < sizeof(w->taken))
				w->taken[lineage] = true;
			continue;
		}
		while (k < w->n_choices && w->choice[k].team != team)
			k++;
		if (k == w->n_choices && k < F1P_MAX_CARS)
			w->choice[w->n_choices++] = (struct choice){team, BOOK_NONE};
	}
}

static void take(struct names *w, struct choice *c, uint32_t lineage)
{
	c->lineage = lineage;
	w->taken[lineage] = true;
}

static void by_configuration(struct names *w)
{
	const struct fold_rules *rules = w->f->rules;

	for (uint32_t k = 0; k < w->n_choices; k++) {
		for (uint32_t i = 0; i < rules->n_renamed && w->choice[k].lineage == BOOK_NONE; i++) {
			if (strcmp(rules->to[i], w->book->team[w->choice[k].team].id) != 0)
				continue;
			uint32_t from = book_find_team(w->book, rules->from[i]);
			uint32_t lineage = from < w->f->n_teams ? w->f->lineage_of[from] : BOOK_NONE;
			if (can_be(w, lineage))
				take(w, &w->choice[k], lineage);
		}
	}
}

static uint32_t shared_drivers(const struct names *w, uint32_t team, uint32_t lineage)
{
	uint32_t shared = 0;

	for (uint32_t i = 0; i < w->n; i++) {
		uint32_t driver = w->car[i].driver;
		shared += w->car[i].team == team && driver < w->f->n_drivers && w->f->driver[driver].lineage == lineage &&
			w->f->driver[driver].last_race > 0;
	}
	return shared;
}

/* Best fitting pairs first, so that it does not matter in which order teams are listed. */
static void by_drivers(struct names *w)
{
	for (uint32_t wanted = 4; wanted >= 1; wanted--) {
		for (uint32_t k = 0; k < w->n_choices; k++) {
			for (uint32_t l = 0; l < w->f->n_lineages && w->choice[k].lineage == BOOK_NONE; l++) {
				if (can_be(w, l) && shared_drivers(w, w->choice[k].team, l) >= wanted)
					take(w, &w->choice[k], l);
			}
		}
	}
}

static void by_elimination(struct names *w)
{
	uint32_t open = 0, left = 0, which = 0, lineage = 0;

	for (uint32_t k = 0; k < w->n_choices; k++) {
		if (w->choice[k].lineage == BOOK_NONE) {
			open++;
			which = k;
		}
	}
	for (uint32_t l = 0; l < w->f->n_lineages; l++) {
		if (can_be(w, l)) {
			left++;
			lineage = l;
		}
	}
	if (open == 1 && left == 1)
		take(w, &w->choice[which], lineage);
}

static bool begin_lineage(struct fold *f, struct choice *c)
{
	struct lineage *larger = realloc(f->lineage, (f->n_lineages + 1u) * sizeof(*larger));

	if (!larger)
		return false;
	f->lineage = larger;
	struct lineage *l = &larger[f->n_lineages];
	*l = (struct lineage){.race_place = rating_add(&f->race, true), .qualifying_place = rating_add(&f->qualifying, true),
		.team = c->team};
	c->lineage = f->n_lineages++;
	return l->race_place != RATING_NONE && l->qualifying_place != RATING_NONE;
}

bool lineage_resolve(struct fold *f, const struct book *book, struct fold_car *car, uint32_t n)
{
	struct names w = {.f = f, .book = book, .car = car, .n = n};

	sort_teams(&w);
	by_configuration(&w);
	by_drivers(&w);
	if (f->season_races == 0)
		by_elimination(&w);
	for (uint32_t k = 0; k < w.n_choices; k++) {
		if (w.choice[k].lineage == BOOK_NONE && !begin_lineage(f, &w.choice[k]))
			return false;
		f->lineage_of[w.choice[k].team] = w.choice[k].lineage;
		f->lineage[w.choice[k].lineage].team = w.choice[k].team;
	}
	for (uint32_t i = 0; i < n; i++)
		car[i].lineage = car[i].team < f->n_teams ? f->lineage_of[car[i].team] : BOOK_NONE;
	return true;
}
