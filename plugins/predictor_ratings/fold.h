/*
 * fold.h - all that is known before a race: the book read from its first page up to there. Copied to look ahead: a copy is brought to
 * the coming race, and the original goes on when the race has been run.
 */
#ifndef RATINGS_FOLD_H
#define RATINGS_FOLD_H

#include "book.h"
#include "circuit.h"
#include "form.h"
#include "rating.h"
#include "weekend.h"

struct fold_rules;

struct known_driver {
	uint32_t race_place, qualifying_place; /* in the ratings; RATING_NONE = not yet met */
	uint32_t lineage;   /* of the team last driven for */
	uint32_t races;
	int32_t last_race;  /* race_id; 0 = none */
	struct form form;
};

/* A team through all its names. */
struct lineage {
	uint32_t race_place, qualifying_place;
	uint32_t team;      /* its present name in the book */
	int32_t last_race;
	struct form form;
};

struct fold {
	const struct fold_rules *rules;
	struct rating race, qualifying;
	struct known_driver *driver; /* by the book's number */
	uint32_t *lineage_of;        /* by the book's number of the team; BOOK_NONE */
	struct circuit *circuit;     /* by the book's number */
	struct lineage *lineage;
	struct visits visits;
	uint32_t n_drivers, n_teams, n_circuits, n_lineages;
	struct circuits circuits;
	struct starts starts;
	struct retirements retirements;
	int32_t season, season_races, era_races;
	int32_t last_race;           /* race_id of the last race folded */
	uint32_t n_done;             /* races folded */
};

#define FOLD_RESETS 16u
#define FOLD_RENAMED 32u
/* What is configured. */
struct fold_rules {
	uint32_t n_resets, n_renamed;
	int32_t reset[FOLD_RESETS];             /* seasons with new technical rules */
	char from[FOLD_RENAMED][32], to[FOLD_RENAMED][32]; /* constructors that went on under another name */
};

void fold_init(struct fold *, const struct fold_rules *);
void fold_finish(struct fold *);
bool fold_copy(struct fold *to, const struct fold *from); /* to: initialised. False: no memory */

/* Who takes part in a session. */
struct fold_car {
	uint32_t driver, team; /* numbers in the book; BOOK_NONE = cannot be told, of no use */
	uint32_t lineage;      /* out */
};

/* Brings the fold to the race: winter, lineages of the teams, places for newcomers. False: no memory. */
bool fold_advance(struct fold *, const struct book *, int32_t season, struct fold_car *, uint32_t n);
/* What is known of the cars of the field, after fold_advance(): fills team, ratings and earlier visits of out. */
void fold_ratings(const struct fold *, const struct fold_car *, uint32_t n, uint32_t circuit, struct weekend_car *out);
/* The gaps of the weekend from the book's entry. */
void fold_weekend_gaps(const struct book_entry *, struct weekend_car *out);
/* Room for every driver, team and circuit of the book. False: no memory. */
bool fold_follow(struct fold *, const struct book *);
/* Advances to the book's race, writes the features into its entries, then learns from it. */
bool fold_race(struct fold *, const struct book *, struct book_race *);
/* Folds on to the first n races of the book. False: no memory. */
bool fold_to(struct fold *, struct book *, uint32_t n);

/* lineage.c: finds, or begins, the lineage of every car's team. first_race: the first one of a season. */
bool lineage_resolve(struct fold *, const struct book *, struct fold_car *, uint32_t n);

#endif
