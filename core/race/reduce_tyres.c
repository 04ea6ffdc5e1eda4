/*
 * reduce_tyres.c - stints: what the car ran on which laps.
 *
 * The feed appends a stint some seconds to a lap after the stop and may correct its compound minutes later, so the laps of
 * the history that belong to a stint are stamped again whenever the stint changes.
 */
#include "race/race_internal.h"
#include <string.h>

#define AGE_PATCH_NS (60 * NS_PER_S) /* the feed's own lap count of a set follows the crossing by some seconds */

void stint_clear(struct f1p_stint *s)
{
	memset(s, 0, sizeof(*s));
	s->compound = F1P_TYRE_UNKNOWN;
	s->is_new = F1P_TRI_UNKNOWN;
	s->not_changed = F1P_TRI_UNKNOWN;
	s->total_laps = F1P_UNKNOWN;
	s->start_laps = F1P_UNKNOWN;
	s->first_lap = F1P_UNKNOWN;
}

uint16_t stint_age_at(const struct f1p_stint *s, int32_t lap)
{
	int32_t age;

	if (s->first_lap == F1P_UNKNOWN || s->start_laps < 0 || s->start_laps > LAPS_MAX || lap < s->first_lap) {
		return 0xffff;
	}
	age = s->start_laps + lap - s->first_lap + 1;
	return (uint16_t)age;
}

/* Laps that the stints before this one took, by their own figures; for cars joined in mid-race. */
static int32_t first_by_lengths(struct race *r, const struct f1p_car *car, uint32_t k)
{
	const struct f1p_stint *prev = &car->stints[k - 1];
	int32_t first;

	if (prev->first_lap == F1P_UNKNOWN || prev->total_laps < 0 || prev->start_laps < 0 || prev->total_laps > LAPS_MAX ||
	    prev->start_laps > prev->total_laps) {
		return F1P_UNKNOWN;
	}
	first = prev->first_lap + prev->total_laps - prev->start_laps;
	repair_note(r, F1P_DATA_TYRES, car->number, first, "first lap of stint %u by the length of the stint before", k + 1);
	return first;
}

static int32_t first_by_stop(struct race *r, const struct f1p_car *car, uint32_t k)
{
	int32_t prev_first = car->stints[k - 1].first_lap;
	const struct f1p_stint *s = &car->stints[k];
	int32_t run;

	if (car->last_pit_lap != F1P_UNKNOWN && (prev_first == F1P_UNKNOWN || car->last_pit_lap >= prev_first)) {
		return car->last_pit_lap + 1;
	}
	if (car->laps == F1P_UNKNOWN || car->laps <= 0) {
		return 1; /* changed on the grid */
	}
	if (prev_first == F1P_UNKNOWN) {
		return F1P_UNKNOWN;
	}
	/* No pit entry was told: laps since then by the set's own count. */
	run = s->total_laps > s->start_laps && s->start_laps >= 0 && s->total_laps <= LAPS_MAX
		      ? s->total_laps - s->start_laps : 0;
	run = run < car->laps ? car->laps + 1 - run : 1;
	repair_note(r, F1P_DATA_TYRES, car->number, run, "first lap of stint %u by the set's own count: no pit entry was told", k + 1);
	return run;
}

/* The source itself knows on which lap the stint began. True if that is news. */
static bool take_first(struct car_memory *m, uint32_t k, const struct f1p_ev_stint *e)
{
	if (!(e->mask & F1P_STINT_FIRST) || e->first_lap < 1 || e->first_lap > LAPS_MAX || m->stint_first[k] == e->first_lap) {
		return false;
	}
	m->stint_first[k] = e->first_lap;
	return true;
}

static void begin_stint(struct race *r, struct f1p_car *car, uint32_t k, const struct f1p_ev_stint *e)
{
	struct fold *f = &r->now;
	struct car_memory *m = fold_memory(f, car);
	bool in_snapshot = e->h.flags & F1P_EVF_SNAPSHOT;

	if (m->stint_first[k] == F1P_UNKNOWN) {
		bool told = k == e->index && take_first(m, k, e);

		if (!told && k == 0) {
			m->stint_first[k] = 1;
		} else if (!told) {
			m->stint_first[k] = in_snapshot ? first_by_lengths(r, car, k) : first_by_stop(r, car, k);
		}
		if (!in_snapshot && k > 0 && (is_red(f) || m->pit_in_red || m->took_flag)) {
			m->stints_free |= 1u << k;
		}
	}
	car->stints[k].first_lap = m->stint_first[k];
}

void stamp_laps(struct f1p_car *car, uint32_t k)
{
	const struct f1p_stint *s = &car->stints[k];
	int32_t end = car->n_laps;

	if (s->first_lap == F1P_UNKNOWN || s->first_lap < 1) {
		return;
	}
	if (k + 1 < car->n_stints && car->stints[k + 1].first_lap != F1P_UNKNOWN && car->stints[k + 1].first_lap - 1 < end) {
		end = car->stints[k + 1].first_lap - 1;
	}
	for (int32_t lap = s->first_lap; lap <= end; lap++) {
		uint16_t age = stint_age_at(s, lap);

		car->history[lap - 1].compound = s->compound;
		if (age != 0xffff) {
			car->history[lap - 1].tyre_age = age;
		}
	}
}

static void set_stint(struct f1p_stint *s, const struct f1p_ev_stint *e)
{
	if (e->mask & F1P_STINT_COMPOUND) {
		s->compound = e->compound;
	}
	if (e->mask & F1P_STINT_NEW) {
		s->is_new = e->is_new;
	}
	if (e->mask & F1P_STINT_TOTAL) {
		s->total_laps = e->total_laps;
	}
	if (e->mask & F1P_STINT_START) {
		s->start_laps = e->start_laps;
	}
	if (e->mask & F1P_STINT_NOT_CHANGED) {
		s->not_changed = e->not_changed;
	}
}

/* The feed's own count for the lap just completed beats ours. */
struct f1p_lap *aged_lap(struct f1p_car *car, const struct car_memory *m, uint32_t k, int64_t t_ns)
{
	int64_t since = time_between(car->t_line_ns, t_ns);

	if (since < 0 || since > AGE_PATCH_NS || m->line_stint != k || k + 1 != car->n_stints || car->n_laps == 0 ||
	    car->laps != car->n_laps) {
		return NULL;
	}
	return &car->history[car->n_laps - 1];
}

static void patch_age(struct f1p_car *car, const struct car_memory *m, uint32_t k, int64_t t_ns)
{
	struct f1p_lap *lap = aged_lap(car, m, k, t_ns);
	int32_t total = car->stints[k].total_laps;

	if (lap && total >= 0 && total < LAPS_MAX) {
		lap->tyre_age = (uint16_t)total;
	}
}

/* The feed sometimes re-uses the last entry for the next set: its count falls back to the start. */
static bool is_reused(const struct f1p_car *car, uint32_t k, const struct f1p_ev_stint *e)
{
	const struct f1p_stint *s = &car->stints[k];
	int32_t start = e->mask & F1P_STINT_START ? e->start_laps : s->start_laps;

	return k > 0 && k + 1 == car->n_stints && (e->mask & F1P_STINT_TOTAL) && !(e->h.flags & F1P_EVF_SNAPSHOT) &&
	       e->total_laps >= 0 && s->total_laps >= 0 && s->total_laps <= LAPS_MAX && s->total_laps - e->total_laps >= 2 &&
	       e->total_laps == (start > 0 ? start : 0);
}

/* Or it appended an entry too early: the set has run no more laps than there were since a later stop. */
static bool began_later(const struct f1p_car *car, const struct f1p_stint *s)
{
	int32_t run = s->total_laps - (s->start_laps > 0 ? s->start_laps : 0);

	return s->first_lap != F1P_UNKNOWN && car->last_pit_lap != F1P_UNKNOWN && car->last_pit_lap > s->first_lap &&
	       run > 0 && run <= car->laps - car->last_pit_lap && run + 2 <= car->laps - s->first_lap + 1;
}

static void take_total(struct race *r, struct f1p_car *car, uint32_t k, const struct f1p_event *ev)
{
	struct car_memory *m = fold_memory(&r->now, car);
	struct f1p_stint *s = &car->stints[k];

	if (k > 0 && k + 1 == car->n_stints && !(ev->flags & F1P_EVF_SNAPSHOT) && s->total_laps >= 0 &&
	    s->total_laps <= LAPS_MAX && s->start_laps <= LAPS_MAX && began_later(car, s)) {
		m->stint_first[k] = car->last_pit_lap + 1;
		repair_note(r, F1P_DATA_TYRES, car->number, m->stint_first[k],
			"stint %u begins behind the stop, not on lap %d where it was listed", k + 1, s->first_lap);
		s->first_lap = m->stint_first[k];
		stamp_laps(car, k - 1);
		stamp_laps(car, k);
	}
	patch_age(car, m, k, ev->t_event_ns);
}

void reduce_stint(struct race *r, const struct f1p_event *ev)
{
	const struct f1p_ev_stint *e = (const struct f1p_ev_stint *)ev;
	struct f1p_car *car = e->index < F1P_MAX_STINTS ? fold_car(&r->now, ev, e->car) : NULL;
	struct car_memory *m;
	uint32_t k = e->index;
	bool begun = false;

	if (!car) {
		return;
	}
	m = fold_memory(&r->now, car);
	m->dirty = true;
	if (is_reused(car, k, e)) {
		car->n_stints--;
		m->stint_first[k] = F1P_UNKNOWN;
		m->stints_free &= ~(1u << k);
	}
	set_stint(&car->stints[k], e);
	while (car->n_stints <= k) {
		begin_stint(r, car, car->n_stints++, e);
		begun = true;
	}
	if (begun && k > 0) {
		stamp_laps(car, k - 1);
		if (!(ev->flags & F1P_EVF_SNAPSHOT) && !(m->stints_free & (1u << k)) && car->t_pit_in_ns != F1P_UNKNOWN_NS) {
			penalties_served(&r->now, car, car->t_pit_in_ns);
		}
	}
	if (!begun && take_first(m, k, e)) {
		car->stints[k].first_lap = m->stint_first[k];
		if (k > 0) {
			stamp_laps(car, k - 1);
		}
		stamp_laps(car, k);
	}
	if (begun || (e->mask & (F1P_STINT_COMPOUND | F1P_STINT_START))) {
		stamp_laps(car, k);
	}
	if (e->mask & F1P_STINT_TOTAL) {
		take_total(r, car, k, ev);
	}
}

void reduce_stints_reset(struct race *r, const struct f1p_event *ev)
{
	const struct f1p_ev_car_value *e = (const struct f1p_ev_car_value *)ev;
	struct f1p_car *car = fold_car(&r->now, ev, e->car);

	if (!car) {
		return;
	}
	for (size_t k = 0; k < F1P_MAX_STINTS; k++) {
		stint_clear(&car->stints[k]);
	}
	car->n_stints = 0;
	fold_memory(&r->now, car)->dirty = true;
}

void reduce_tyre(struct race *r, const struct f1p_event *ev)
{
	const struct f1p_ev_stint *e = (const struct f1p_ev_stint *)ev;
	struct f1p_car *car = fold_car(&r->now, ev, e->car);
	struct car_memory *m;

	if (!car) {
		return;
	}
	m = fold_memory(&r->now, car);
	m->dirty = true;
	if (e->mask & F1P_STINT_COMPOUND) {
		m->tyre_compound = e->compound;
	}
	if (e->mask & F1P_STINT_NEW) {
		m->tyre_new = e->is_new;
	}
}
