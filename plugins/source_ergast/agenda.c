#include "agenda.h"

#include "fetch.h"

#include <stdlib.h>
#include <string.h>

#define CALENDAR_NS (6 * HOUR_NS)
#define SETTLED_NS (7 * DAY_NS) /* stewards have decided by then */
#define OLD_NS (14 * DAY_NS)

static struct season *season_of(const struct agenda *a, int32_t year)
{
	for (size_t i = 0; i < a->n_seasons; i++)
		if (a->seasons[i].year == year)
			return (struct season *)&a->seasons[i];
	return NULL;
}

static struct agenda_race *race_of(const struct agenda *a, int32_t year, int32_t round)
{
	struct season *s = season_of(a, year);

	for (size_t i = 0; s && i < s->n_races; i++)
		if (s->races[i].round == round)
			return &s->races[i];
	return NULL;
}

static struct work *work_of(const struct agenda *a, const struct want *w)
{
	struct season *s = season_of(a, w->season);
	struct agenda_race *r = race_of(a, w->season, w->round);

	return w->kind == KIND_CALENDAR ? (s ? &s->calendar : NULL) : r ? &r->works[w->kind] : NULL;
}

static void add_season(struct agenda *a, int32_t year)
{
	if (a->n_seasons < SEASONS_MAX)
		a->seasons[a->n_seasons++] = (struct season){.year = year};
}

struct f1p_hist_race *agenda_row(struct agenda *a, const struct want *w)
{
	struct agenda_race *r = race_of(a, w->season, w->round);

	return r ? &r->row : NULL;
}

void agenda_begin(struct agenda *a, int32_t running_year, int32_t seasons_back)
{
	a->n_seasons = 0;
	a->running_year = running_year;
	add_season(a, running_year);
	if (a->import)
		return;
	add_season(a, running_year + 1);
	for (int32_t back = 1; back <= seasons_back; back++)
		add_season(a, running_year - back);
}

static int by_round(const void *a, const void *b)
{
	const struct agenda_race *x = a, *y = b;

	return (x->round > y->round) - (x->round < y->round);
}

void agenda_calendar(struct agenda *a, int32_t year, const struct calendar *c)
{
	struct season *s = season_of(a, year);
	struct agenda_race *races = calloc(RACES_MAX, sizeof(*races));

	if (!s || !races) {
		free(races);
		return;
	}
	for (size_t i = 0; i < c->n; i++) {
		const struct race *from = &c->races[i];
		const struct agenda_race *known = race_of(a, year, from->round);
		races[i] = known ? *known : (struct agenda_race){.round = from->round};
		races[i].sprint = from->row.sprint == F1P_YES;
		races[i].row = from->row;
		races[i].t_race_ns = from->t_race_ns;
		races[i].t_qualifying_ns = from->t_qualifying_ns;
		races[i].t_sprint_ns = from->t_sprint_ns;
	}
	memcpy(s->races, races, c->n * sizeof(races[0]));
	free(races);
	s->n_races = c->n;
	qsort(s->races, s->n_races, sizeof(s->races[0]), by_round);
	s->known = true;
}

/* ---- when ---- */

static int64_t after_race(const struct agenda_race *r)
{
	return r->t_race_ns == F1P_UNKNOWN_NS ? F1P_NEVER_NS : r->t_race_ns + 150 * MINUTE_NS;
}

static const struct agenda_race *newest_held(const struct season *s, int64_t now_ns)
{
	for (size_t i = s->n_races; i > 0; i--)
		if (after_race(&s->races[i - 1]) <= now_ns)
			return &s->races[i - 1];
	return NULL;
}

/* When the answer can be there at the earliest; F1P_NEVER_NS: it is not wanted. */
static int64_t first_due(
	const struct agenda *a, const struct season *s, const struct agenda_race *r, enum kind kind, int64_t now_ns)
{
	switch (kind) {
	case KIND_QUALIFYING:
		return r->t_qualifying_ns == F1P_UNKNOWN_NS ? after_race(r) : r->t_qualifying_ns + 90 * MINUTE_NS;
	case KIND_SPRINT:
		return !r->sprint			  ? F1P_NEVER_NS
		       : r->t_sprint_ns == F1P_UNKNOWN_NS ? after_race(r)
							  : r->t_sprint_ns + 90 * MINUTE_NS;
	case KIND_RESULTS:
		return after_race(r);
	case KIND_STOPS:
	case KIND_LAPS:
		return a->laps && r->works[KIND_RESULTS].has ? after_race(r) : F1P_NEVER_NS;
	default: /* the standings tell all that was before */
		return r == newest_held(s, now_ns) && r->works[KIND_RESULTS].has ? after_race(r) : F1P_NEVER_NS;
	}
}

struct clocks {
	int64_t now_ns, real_ns;
};

static enum agenda_next later(const struct work *w, const struct clocks *c, int64_t *t_ns)
{
	int64_t due_ns = w->t_due_ns;

	if (w->state == WORK_DONE)
		return AGENDA_NOTHING;
	if (w->state == WORK_NEW)
		return AGENDA_READY;
	if (w->failures && w->held_ns > c->real_ns && due_ns < c->now_ns + (w->held_ns - c->real_ns))
		due_ns = c->now_ns + (w->held_ns - c->real_ns);
	if (due_ns <= c->now_ns)
		return AGENDA_READY;
	*t_ns = due_ns < *t_ns ? due_ns : *t_ns;
	return AGENDA_LATER;
}

static enum agenda_next next_of_race(const struct agenda *a, const struct season *s, const struct agenda_race *r,
	const struct clocks *c, struct want *want, int64_t *t_ns)
{
	for (enum kind kind = KIND_QUALIFYING; kind < KINDS; kind++) {
		const struct work *w = &r->works[kind];
		int64_t t = w->state == WORK_DONE ? F1P_NEVER_NS : first_due(a, s, r, kind, c->now_ns);
		if (t == F1P_NEVER_NS)
			continue;
		if (t > c->now_ns) {
			*t_ns = t < *t_ns && !a->import ? t : *t_ns;
			continue;
		}
		*want = (struct want){kind, s->year, r->round};
		if (w->state == WORK_NEW)
			return AGENDA_ASK;
		if (later(w, c, t_ns) == AGENDA_READY)
			return AGENDA_READY;
	}
	return AGENDA_NOTHING;
}

enum agenda_next agenda_next(const struct agenda *a, int64_t now_ns, int64_t real_ns, struct want *want, int64_t *t_ns)
{
	const struct clocks c = {now_ns, real_ns};

	*t_ns = F1P_NEVER_NS;
	for (size_t i = 0; i < a->n_seasons; i++) {
		*want = (struct want){KIND_CALENDAR, a->seasons[i].year, 0};
		if (later(&a->seasons[i].calendar, &c, t_ns) == AGENDA_READY)
			return AGENDA_READY;
	}
	for (size_t i = 0; i < a->n_seasons && a->history; i++)
		for (size_t k = a->seasons[i].n_races; k > 0; k--) {
			enum agenda_next next = next_of_race(a, &a->seasons[i], &a->seasons[i].races[k - 1], &c, want, t_ns);
			if (next != AGENDA_NOTHING)
				return next;
		}
	return *t_ns == F1P_NEVER_NS ? AGENDA_NOTHING : AGENDA_LATER;
}

/* ---- what became of it ---- */

static void wait_until(struct work *w, int64_t t_ns)
{
	w->state = WORK_WAITS;
	w->t_due_ns = t_ns;
}

static int64_t age_of(const struct agenda *a, const struct want *w, int64_t now_ns)
{
	const struct agenda_race *r = race_of(a, w->season, w->round);

	return r && r->t_race_ns != F1P_UNKNOWN_NS ? now_ns - r->t_race_ns : OLD_NS;
}

/* It is there: once more while it may still be corrected, else never again. */
static void keep(const struct agenda *a, const struct want *want, struct work *w, int64_t age_ns, int64_t again_ns)
{
	bool final = want->kind == KIND_STOPS || want->kind == KIND_LAPS || age_ns > SETTLED_NS || a->import;

	w->has = true;
	if (final)
		w->state = WORK_DONE;
	else
		wait_until(w, again_ns);
}

void agenda_told(struct agenda *a, const struct want *want, bool has, int64_t now_ns)
{
	struct work *w = work_of(a, want);

	if (w && has)
		keep(a, want, w, age_of(a, want, now_ns), now_ns + 6 * HOUR_NS);
	else if (w)
		wait_until(w, now_ns);
}

void agenda_answered(struct agenda *a, const struct want *want, bool any, int64_t now_ns)
{
	struct work *w = work_of(a, want);
	int64_t age_ns = age_of(a, want, now_ns);

	if (!w)
		return;
	w->failures = 0;
	if (want->kind == KIND_CALENDAR && !a->import && want->season >= a->running_year)
		wait_until(w, now_ns + CALENDAR_NS);
	else if (want->kind == KIND_CALENDAR)
		w->state = WORK_DONE;
	else if (any)
		keep(a, want, w, age_ns, now_ns + DAY_NS);
	else if (a->import || age_ns > OLD_NS)
		w->state = WORK_DONE;
	else
		wait_until(w, now_ns + (age_ns > 2 * DAY_NS			     ? 6 * HOUR_NS
					       : want->kind >= KIND_DRIVER_STANDINGS ? HOUR_NS
										     : HOUR_NS / 2));
}

unsigned agenda_failed(struct agenda *a, const struct want *want, int64_t wait_ns, int64_t now_ns, int64_t real_ns)
{
	struct work *w = work_of(a, want);

	if (!w)
		return 0;
	int64_t first_ns = a->import ? MINUTE_NS / 12 : MINUTE_NS; /* at an import somebody sits and waits */
	int64_t back_off_ns = w->failures < 6 ? first_ns << w->failures : HOUR_NS;
	if (w->failures < UINT16_MAX)
		w->failures++;
	wait_until(w, now_ns);
	w->held_ns = real_ns + (wait_ns > back_off_ns ? wait_ns : back_off_ns);
	return w->failures;
}

int64_t agenda_fresh_ms(const struct agenda *a, const struct want *w, int64_t now_ns)
{
	if (w->kind == KIND_CALENDAR)
		return w->season >= a->running_year ? CALENDAR_NS / 1000000 - 60000 : 30 * DAY_NS / 1000000;
	if (age_of(a, w, now_ns) > OLD_NS)
		return FOREVER_MS;
	return (w->kind >= KIND_DRIVER_STANDINGS ? 50 : 20) * MINUTE_NS / 1000000;
}
