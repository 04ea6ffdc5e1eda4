/*
 * retirement.c - who is out of the race.
 *
 * The feed's Retired flag is the best word but comes late or never (rebuilt recordings have none). Race control names cars
 * that stopped. Last, a car that the field has left behind for long is out: silence. All but the flag are undone by a new lap.
 */
#include "race/race_internal.h"
#include <stdlib.h>

#define SILENCE_MIN_NS (150 * NS_PER_S)
#define SILENCE_LAPS_HALF 5            /* 2.5 median laps */
#define SILENCE_IN_PIT 4               /* a car under repair gets so much longer */
#define STOPPED_MIN_NS (20 * NS_PER_S) /* shorter stops are spins */

uint8_t retirement_decide(const struct fold *f, const struct f1p_car *car, const struct car_memory *m)
{
	if (m->took_flag) {
		return F1P_RETIRED_NOT;
	}
	if (m->flagged_retired == F1P_YES) {
		return F1P_RETIRED_FLAG;
	}
	if (m->message_retired) {
		return F1P_RETIRED_MESSAGE;
	}
	if (m->silent) {
		return F1P_RETIRED_SILENCE;
	}
	if (m->flagged_retired == F1P_NO || car->laps >= 1 || f->st.t_green_ns != F1P_UNKNOWN_NS) {
		return F1P_RETIRED_NOT;
	}
	return F1P_RETIRED_UNKNOWN;
}

void retirement_update(struct race *r, struct f1p_car *car)
{
	struct car_memory *m = fold_memory(&r->now, car);
	uint8_t how = retirement_decide(&r->now, car, m);
	uint8_t retired = how == F1P_RETIRED_UNKNOWN ? F1P_TRI_UNKNOWN : how == F1P_RETIRED_NOT ? F1P_NO : F1P_YES;

	if ((retired == F1P_YES) != (car->retired == F1P_YES)) {
		r->changes |= RACE_CHANGED_RETIREMENT;
		m->dirty = true;
	}
	car->retired = retired;
	car->retired_how = how;
}

static int compare_ns(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a;
	int64_t y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* Median of the running cars' newest lap durations; 0 = none known. */
static int64_t median_lap(const struct fold *f)
{
	int64_t laps[F1P_MAX_CARS];
	size_t n = 0;

	for (size_t i = 0; i < f->st.n_cars; i++) {
		if (f->mem[i].line_gap_ns > 0 && f->st.cars[i].retired != F1P_YES) {
			laps[n++] = f->mem[i].line_gap_ns;
		}
	}
	if (n == 0) {
		return 0;
	}
	qsort(laps, n, sizeof(laps[0]), compare_ns);
	return laps[n / 2];
}

/* Since when the car owes a crossing: its last one, the start, or the restart after a red flag. */
static int64_t waits_since(const struct fold *f, const struct f1p_car *car)
{
	int64_t t = car->t_line_ns;

	if (t == F1P_UNKNOWN_NS && f->st.t_green_ns == F1P_UNKNOWN_NS) {
		t = f->t_first_line_ns; /* joined in mid-race */
	}
	if (t == F1P_UNKNOWN_NS || (f->st.t_green_ns != F1P_UNKNOWN_NS && f->st.t_green_ns > t)) {
		t = f->st.t_green_ns;
	}
	if (t != F1P_UNKNOWN_NS && f->t_resume_ns != F1P_UNKNOWN_NS && f->t_resume_ns > t) {
		t = f->t_resume_ns;
	}
	return t;
}

/* Twice each: after a gap in the feed the first cars to come round prove nothing about the others. */
static bool half_crossed_since(const struct fold *f, const struct f1p_car *car, int64_t t_ns)
{
	size_t others = 0;
	size_t crossed = 0;

	for (size_t i = 0; i < f->st.n_cars; i++) {
		const struct f1p_car *other = &f->st.cars[i];

		if (other == car || other->retired == F1P_YES) {
			continue;
		}
		others++;
		crossed += f->mem[i].t_line_before_ns != F1P_UNKNOWN_NS && f->mem[i].t_line_before_ns > t_ns;
	}
	return others > 0 && crossed * 2 >= others;
}

static bool is_silent(const struct fold *f, const struct f1p_car *car, int64_t allowed_ns, int64_t t_ns)
{
	int64_t since = waits_since(f, car);
	int64_t waited = time_between(since, t_ns);

	if (car->in_pit == F1P_YES && is_running(f)) {
		allowed_ns *= SILENCE_IN_PIT;
	}
	return since != F1P_UNKNOWN_NS && waited > allowed_ns && half_crossed_since(f, car, since);
}

/* Shown as stopped for a while, on the track, while the race runs. */
static bool stays_stopped(const struct fold *f, const struct f1p_car *car, const struct car_memory *m, int64_t t_ns)
{
	return car->stopped == F1P_YES && car->in_pit != F1P_YES && m->t_stopped_ns != F1P_UNKNOWN_NS &&
	       m->t_stopped_ns > waits_since(f, car) && /* all stand still on the grid */
	       time_between(m->t_stopped_ns, t_ns) >= STOPPED_MIN_NS;
}

static void conclude(struct race *r, struct f1p_car *car, int64_t t_ns)
{
	int64_t waited_ns = time_between(waits_since(&r->now, car), t_ns);

	retirement_update(r, car);
	if (car->retired_how == F1P_RETIRED_SILENCE && waited_ns != INT64_MAX) {
		repair_note(r, F1P_DATA_TIMING, car->number, car->laps == F1P_UNKNOWN ? F1P_UNKNOWN : car->laps + 1,
			"retirement concluded: %s, no lap for %lld s", car->stopped == F1P_YES ? "it stands still" : "silence",
			(long long)(waited_ns / NS_PER_S));
	}
}

void retirement_watch(struct race *r, int64_t t_ns)
{
	struct fold *f = &r->now;
	int64_t allowed = SILENCE_MIN_NS;
	int64_t median;

	if (!is_race(f) || f->st.status == F1P_STATUS_INACTIVE || is_red(f)) {
		return;
	}
	median = median_lap(f);
	if (median < INT64_MAX / 64 && median * SILENCE_LAPS_HALF / 2 > allowed) {
		allowed = median * SILENCE_LAPS_HALF / 2;
	}
	for (size_t i = 0; i < f->st.n_cars; i++) {
		struct f1p_car *car = &f->st.cars[i];
		struct car_memory *m = &f->mem[i];

		if (car->retired == F1P_YES) {
			continue;
		}
		m->silent = is_silent(f, car, allowed, t_ns) || stays_stopped(f, car, m, t_ns);
		if (m->silent || car->retired == F1P_TRI_UNKNOWN) {
			conclude(r, car, t_ns);
		}
	}
}
