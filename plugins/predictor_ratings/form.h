/* form.h - means that forget: results, retirements and first laps of drivers and teams. */
#ifndef RATINGS_FORM_H
#define RATINGS_FORM_H

#include <f1pd/base.h>

#include "book.h"

/* Sum and weight of what was seen, older entries weighing less. */
struct memory {
	double sum, weight;
};

static inline void memory_add(struct memory *m, double keep, double x)
{
	m->sum = keep * m->sum + x;
	m->weight = keep * m->weight + 1.0;
}

static inline void memory_fade(struct memory *m, double keep)
{
	m->sum *= keep;
	m->weight *= keep;
}

/* With `n` entries of `prior` added. */
static inline double memory_mean(const struct memory *m, double prior, double n)
{
	return (m->sum + n * prior) / (m->weight + n);
}

struct form {
	struct memory place;      /* classified positions */
	struct memory retirement; /* 1 = retired */
	struct memory start;      /* places gained on the first lap beyond what the slot gives; drivers only */
};

#define FORM_PLACE_PRIOR 12.5
void form_driver_race(struct form *, const struct book_entry *, double start_gain); /* start_gain NaN = not known */
void form_team_race(struct form *, const struct book_entry *);
void form_team_season(struct form *, bool new_era);
double form_place(const struct form *);
/* Places; 0 for a newcomer. */
double form_start_gain(const struct form *);

/* How cars from each slot fare on the first lap. */
struct starts {
	uint16_t count[F1P_MAX_CARS + 1][2 * F1P_MAX_CARS + 1]; /* by slot and gain + F1P_MAX_CARS */
};
/* Places gained on the first lap beyond the median of slot and neighbours; NaN: not known. */
double starts_gain(const struct starts *, const struct book_entry *);
void starts_add(struct starts *, const struct book_entry *);

/* How often anybody retires: of the last races, the newest weighing more. */
#define RETIREMENT_RACES 60u
struct retirements {
	uint32_t n; /* races in the ring, and ever */
	double started[RETIREMENT_RACES], retired[RETIREMENT_RACES], laps[RETIREMENT_RACES];
};
void retirements_add(struct retirements *, const struct book_race *);
double retirements_share(const struct retirements *);    /* of starts */
double retirements_per_lap(const struct retirements *);  /* of car-laps */
/* Chance that this car does not finish: the general share, moved by the records of team and driver. */
double retirement_chance(const struct retirements *, const struct form *team, const struct form *driver);

#endif
