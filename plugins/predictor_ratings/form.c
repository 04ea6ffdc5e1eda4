#include "form.h"

#include "gaps.h"
#include "helpers/fmath.h"

#define KEEP_DRIVER_PLACE .85
#define KEEP_TEAM_PLACE .92
#define KEEP_DRIVER_RETIREMENT .98
#define KEEP_TEAM_RETIREMENT .97
#define KEEP_START .97
#define KEEP_SEASON .6  /* a team's record over the winter */
#define KEEP_ERA .3
#define RETIREMENT_ENTRIES 15.0
#define START_RACES 15.0
#define RECENT_RACES 8u
#define OLDER_WEIGHT .4
#define DEFAULT_RETIREMENT .14
#define DEFAULT_PER_LAP .0022
#define CHANCE_MIN .02
#define CHANCE_MAX .5

void form_driver_race(struct form *f, const struct book_entry *e, double start_gain)
{
	if (e->position > 0)
		memory_add(&f->place, KEEP_DRIVER_PLACE, (double)e->position);
	memory_add(&f->retirement, KEEP_DRIVER_RETIREMENT, e->retired ? 1.0 : 0.0);
	if (is_known(start_gain))
		memory_add(&f->start, KEEP_START, start_gain);
}

void form_team_race(struct form *f, const struct book_entry *e)
{
	if (e->position > 0)
		memory_add(&f->place, f1p_sqrt(KEEP_TEAM_PLACE), (double)e->position);
	memory_add(&f->retirement, f1p_sqrt(KEEP_TEAM_RETIREMENT), e->retired ? 1.0 : 0.0);
}

void form_team_season(struct form *f, bool new_era)
{
	memory_fade(&f->place, new_era ? KEEP_ERA : KEEP_SEASON);
	memory_fade(&f->retirement, new_era ? KEEP_ERA : KEEP_SEASON);
}

double form_place(const struct form *f)
{
	return memory_mean(&f->place, FORM_PLACE_PRIOR, 1.0);
}

double form_start_gain(const struct form *f)
{
	return memory_mean(&f->start, 0.0, START_RACES);
}

/* Gain on the first lap of those that both started from a slot and came round. */
static bool first_lap(const struct book_entry *e, uint32_t *slot, int32_t *gain)
{
	if (!e->raced || e->grid < 1 || e->grid > (int32_t)F1P_MAX_CARS || e->lap1_position < 1 ||
		e->lap1_position > (int32_t)F1P_MAX_CARS)
		return false;
	*slot = (uint32_t)e->grid;
	*gain = e->grid - e->lap1_position;
	return true;
}

double starts_gain(const struct starts *s, const struct book_entry *e)
{
	uint32_t slot, total = 0, below = 0;
	int32_t gain;

	if (!first_lap(e, &slot, &gain))
		return f1p_nan();
	uint32_t from = slot > 1 ? slot - 1 : 1, to = slot < F1P_MAX_CARS ? slot + 1 : F1P_MAX_CARS;
	for (uint32_t k = from; k <= to; k++) {
		for (uint32_t g = 0; g <= 2 * F1P_MAX_CARS; g++)
			total += s->count[k][g];
	}
	for (uint32_t g = 0; g <= 2 * F1P_MAX_CARS; g++) {
		for (uint32_t k = from; k <= to; k++)
			below += s->count[k][g];
		if (2 * below >= total && total > 0)
			return (double)(gain - (int32_t)g + (int32_t)F1P_MAX_CARS);
	}
	return (double)gain;
}

void starts_add(struct starts *s, const struct book_entry *e)
{
	uint32_t slot;
	int32_t gain;

	if (first_lap(e, &slot, &gain) && s->count[slot][gain + (int32_t)F1P_MAX_CARS] < UINT16_MAX)
		s->count[slot][gain + (int32_t)F1P_MAX_CARS]++;
}

void retirements_add(struct retirements *r, const struct book_race *race)
{
	uint32_t at = r->n++ % RETIREMENT_RACES;

	r->started[at] = r->retired[at] = r->laps[at] = 0.0;
	for (uint32_t i = 0; i < race->n; i++) {
		const struct book_entry *e = &race->entry[i];
		if (!e->raced)
			continue;
		r->started[at] += 1.0;
		r->retired[at] += e->retired ? 1.0 : 0.0;
		r->laps[at] += e->laps > 0 ? (double)e->laps : 0.0;
	}
}

/* Retired per start, or per lap. */
static double recent_rate(const struct retirements *r, const double *per, double prior, double prior_weight)
{
	double retired = prior * prior_weight, of = prior_weight;
	uint32_t n = r->n < RETIREMENT_RACES ? r->n : RETIREMENT_RACES;

	for (uint32_t ago = 1; ago <= n; ago++) {
		uint32_t at = (r->n - ago) % RETIREMENT_RACES;
		double weight = ago <= RECENT_RACES ? 1.0 : OLDER_WEIGHT;
		retired += weight * r->retired[at];
		of += weight * per[at];
	}
	return retired / of;
}

double retirements_share(const struct retirements *r)
{
	return recent_rate(r, r->started, DEFAULT_RETIREMENT, 20.0);
}

double retirements_per_lap(const struct retirements *r)
{
	return recent_rate(r, r->laps, DEFAULT_PER_LAP, 1000.0);
}

double retirement_chance(const struct retirements *r, const struct form *team, const struct form *driver)
{
	double share = retirements_share(r);
	double of_team = memory_mean(&team->retirement, share, RETIREMENT_ENTRIES) / share;
	double of_driver = memory_mean(&driver->retirement, share, RETIREMENT_ENTRIES) / share;
	double p = share * f1p_sqrt(of_team * of_driver);

	return p < CHANCE_MIN ? CHANCE_MIN : p > CHANCE_MAX ? CHANCE_MAX : p;
}
