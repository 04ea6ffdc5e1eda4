/*
 * rows_laps.c - laps, stints and pit stops. What belongs to which lap is told by the crossings of the line: lap times, the last
 * sector and its segments follow a crossing by up to some seconds.
 */
#include "rows_internal.h"

#include <stdlib.h>

#define NS_PER_MS INT64_C(1000000)
#define TIME_WINDOW_NS (10 * 1000 * NS_PER_MS) /* of lap times, before or behind the crossing */
#define PART_WINDOW_NS (5 * 1000 * NS_PER_MS)  /* of sectors and their speeds, behind it */
#define ENTRY_WINDOW_NS (2 * 1000 * NS_PER_MS) /* of a pit entry that lies at the line: the lap before ended there */

/* ---- laps ---- */

static struct rows_lap *lap_at(struct openf1_rows *r, struct rows_car *car, int32_t number)
{
	if (car == NULL || number < 1 || number > (int32_t)F1P_MAX_LAPS) {
		return NULL;
	}
	if (car->lap == NULL) {
		car->lap = malloc(F1P_MAX_LAPS * sizeof(*car->lap));
		if (car->lap == NULL) {
			r->no_memory = true;
			return NULL;
		}
		for (uint32_t i = 0; i < F1P_MAX_LAPS; i++) {
			car->lap[i] = (struct rows_lap){.t_start_ns = F1P_UNKNOWN_NS,
				.time_ms = F1P_UNKNOWN,
				.sector_ms = {F1P_UNKNOWN, F1P_UNKNOWN, F1P_UNKNOWN},
				.speed_kmh = {F1P_UNKNOWN, F1P_UNKNOWN, F1P_UNKNOWN}};
		}
	}
	return &car->lap[number - 1];
}

/* The same, and it is one of the car's laps from now on. */
static struct rows_lap *begin_lap(struct openf1_rows *r, struct rows_car *car, int32_t number, int64_t t_ns)
{
	struct rows_lap *lap = lap_at(r, car, number);

	if (lap != NULL) {
		lap->t_begun_ns = lap->begun ? lap->t_begun_ns : t_ns;
		lap->begun = true;
		car->newest_lap = number > car->newest_lap ? number : car->newest_lap;
	}
	return lap;
}

static int32_t in_progress(const struct rows_car *car)
{
	return car->laps > 0 ? car->laps + 1 : 1;
}

static bool just_crossed(const struct rows_car *car, int64_t t_ns, int64_t window_ns)
{
	return car->laps > 0 && car->t_line_ns != F1P_UNKNOWN_NS && t_ns >= car->t_line_ns && t_ns - car->t_line_ns <= window_ns;
}

/* The lap that a part of it, told now, belongs to. */
static struct rows_lap *lap_of_part(struct openf1_rows *r, struct rows_car *car, int64_t t_ns)
{
	if (car == NULL) {
		return NULL;
	}
	return begin_lap(r, car, just_crossed(car, t_ns, PART_WINDOW_NS) ? car->laps : in_progress(car), t_ns);
}

/* A time that equals the one before is not told: the sectors give it. */
static void sum_sectors(struct rows_lap *lap, int64_t t_ns)
{
	const int32_t *s = lap->sector_ms;

	if (lap->time_ms == F1P_UNKNOWN && s[0] > 0 && s[1] > 0 && s[2] > 0 && (int64_t)s[0] + s[1] + s[2] < 24 * 3600000) {
		lap->time_ms = s[0] + s[1] + s[2];
		lap->t_time_ns = t_ns;
		lap->summed = true;
	}
}

static void cross(struct openf1_rows *r, struct rows_car *car, int32_t laps, const struct f1p_event *ev)
{
	bool seen = !(ev->flags & F1P_EVF_SNAPSHOT) && laps > (car->laps > 0 ? car->laps : 0);
	struct rows_lap *done = begin_lap(r, car, laps, ev->t_event_ns);
	struct rows_lap *next = NULL;

	car->laps = laps;
	if (!seen || done == NULL) {
		return;
	}
	if (car->early_ms != F1P_UNKNOWN && ev->t_event_ns - car->t_early_ns <= TIME_WINDOW_NS) {
		done->time_ms = car->early_ms;
		done->t_time_ns = ev->t_event_ns;
	}
	car->early_ms = F1P_UNKNOWN;
	car->t_line_ns = ev->t_event_ns;
	next = lap_at(r, car, laps + 1); /* its row comes with its first news: after the flag there is none */
	if (next != NULL) {
		next->t_start_ns = ev->t_event_ns;
	}
	if (laps >= 2) {
		sum_sectors(&car->lap[laps - 2], ev->t_event_ns);
	}
}

static void take_time(struct openf1_rows *r, struct rows_car *car, const struct f1p_ev_car_lap *ev)
{
	struct rows_lap *lap = NULL;
	bool numbered = (ev->mask & F1P_LAP_NUMBER) && ev->laps == car->laps && !(ev->h.flags & F1P_EVF_SNAPSHOT);

	if (ev->last_ms == F1P_UNKNOWN) {
		return;
	}
	if (numbered || just_crossed(car, ev->h.t_event_ns, TIME_WINDOW_NS)) {
		lap = begin_lap(r, car, car->laps, ev->h.t_event_ns);
		if (lap != NULL) {
			lap->time_ms = ev->last_ms;
			lap->t_time_ns = ev->h.t_event_ns;
			lap->summed = false;
		}
	} else if (!(ev->h.flags & F1P_EVF_SNAPSHOT)) {
		car->early_ms = ev->last_ms;
		car->t_early_ns = ev->h.t_event_ns;
	}
}

void rows_take_lap(struct openf1_rows *r, const struct f1p_ev_car_lap *ev)
{
	struct rows_car *car = rows_car(r, ev->car);

	if (car == NULL) {
		return;
	}
	if ((ev->mask & F1P_LAP_NUMBER) && ev->laps != car->laps && ev->laps >= 0 && ev->laps <= (int32_t)F1P_MAX_LAPS) {
		cross(r, car, ev->laps, &ev->h);
	}
	if (ev->mask & F1P_LAP_LAST) {
		take_time(r, car, ev);
	}
	if (ev->mask & F1P_LAP_BEST) {
		car->best_ms = ev->best_ms;
	}
}

void rows_take_record(struct openf1_rows *r, const struct f1p_ev_lap_record *ev)
{
	struct rows_lap *lap = begin_lap(r, rows_car(r, ev->car), ev->lap, ev->h.t_event_ns);

	if (lap == NULL) {
		return;
	}
	if (ev->mask & F1P_RECORD_TIME) {
		lap->time_ms = ev->time_ms;
		lap->t_time_ns = ev->h.t_event_ns;
		lap->summed = false;
	}
	for (int i = 0; i < 3; i++) {
		if ((ev->mask & F1P_RECORD_SECTORS) && ev->sector_ms[i] != F1P_UNKNOWN) {
			lap->sector_ms[i] = ev->sector_ms[i];
			lap->t_sector_ns[i] = ev->h.t_event_ns;
		}
	}
	if (ev->mask & F1P_RECORD_OUT_LAP) {
		lap->out_lap = ev->out_lap == F1P_YES;
		lap->t_out_ns = ev->h.t_event_ns;
	}
	if (ev->mask & F1P_RECORD_START) {
		lap->t_start_ns = ev->t_lap_start_ns;
	}
}

/* ---- parts of a lap ---- */

void rows_take_sector(struct openf1_rows *r, const struct f1p_ev_car_sector *ev)
{
	bool told = (ev->mask & F1P_SECTOR_TIME) && ev->time_ms > 0 && ev->sector < 3;
	struct rows_lap *lap = told ? lap_of_part(r, rows_car(r, ev->car), ev->h.t_event_ns) : NULL;

	if (lap != NULL) {
		lap->sector_ms[ev->sector] = ev->time_ms;
		lap->t_sector_ns[ev->sector] = ev->h.t_event_ns;
	}
}

static uint32_t ms_after(int64_t t_ns, int64_t later_ns)
{
	int64_t ms = later_ns > t_ns ? (later_ns - t_ns + NS_PER_MS - 1) / NS_PER_MS : 0;

	return ms < UINT32_MAX ? (uint32_t)ms : UINT32_MAX;
}

/* A code of 0 clears what the lap before left there. The first segments may be told soon behind the line: they are of the new
 * lap. */
void rows_take_segment(struct openf1_rows *r, const struct f1p_ev_car_segment *ev)
{
	bool told = ev->status > 0 && ev->status <= UINT16_MAX && ev->sector < 3 && ev->segment < ROWS_SEGMENTS;
	struct rows_car *car = told ? rows_car(r, ev->car) : NULL;
	struct rows_lap *lap = NULL;

	if (car != NULL) {
		lap = ev->sector == 0 ? begin_lap(r, car, in_progress(car), ev->h.t_event_ns)
				      : lap_of_part(r, car, ev->h.t_event_ns);
	}
	if (lap == NULL) {
		return;
	}
	if (ev->segment >= lap->n_segments[ev->sector]) {
		lap->n_segments[ev->sector] = (uint8_t)(ev->segment + 1);
	}
	lap->segments[ev->sector][ev->segment] = (uint16_t)ev->status;
	lap->segments_ms[ev->sector][ev->segment] = ms_after(lap->t_begun_ns, ev->h.t_event_ns);
}

/* The trap of the straight lies behind the line: its speed is of the lap in progress. */
void rows_take_speed(struct openf1_rows *r, const struct f1p_ev_car_speed *ev)
{
	struct rows_car *car = NULL;
	struct rows_lap *lap = NULL;
	int trap = 0;

	if (ev->speed_kmh == F1P_UNKNOWN || ev->trap == F1P_TRAP_FL || (car = rows_car(r, ev->car)) == NULL) {
		return;
	}
	trap = ev->trap == F1P_TRAP_ST ? 2 : ev->trap - F1P_TRAP_I1;
	lap = trap == 2 ? begin_lap(r, car, in_progress(car), ev->h.t_event_ns) : lap_of_part(r, car, ev->h.t_event_ns);
	if (lap != NULL) {
		lap->speed_kmh[trap] = ev->speed_kmh;
		lap->t_speed_ns[trap] = ev->h.t_event_ns;
	}
}

/* ---- pits ---- */

static struct rows_pit *pit_at(struct openf1_rows *r, struct rows_car *car, int32_t lap)
{
	for (uint8_t i = 0; i < car->n_pits; i++) {
		if (car->pits[i].lap == lap) {
			return &car->pits[i];
		}
	}
	if (car->n_pits == ROWS_PITS) {
		r->lost++;
		return NULL;
	}
	car->pits[car->n_pits] = (struct rows_pit){.lap = lap, .lane_ms = F1P_UNKNOWN, .stop_ms = F1P_UNKNOWN};
	return &car->pits[car->n_pits++];
}

static void leave_pit(struct openf1_rows *r, struct rows_car *car, int64_t t_ns)
{
	bool running = r->status == F1P_STATUS_STARTED || r->status == F1P_STATUS_ABORTED;
	struct rows_lap *lap = running ? begin_lap(r, car, in_progress(car), t_ns) : lap_at(r, car, in_progress(car));
	struct rows_pit *pit = NULL;
	int64_t ms = 0;

	if (lap != NULL) {
		lap->out_lap = true;
		lap->t_out_ns = t_ns;
	}
	if (car->t_pit_in_ns == F1P_UNKNOWN_NS || t_ns < car->t_pit_in_ns) {
		return;
	}
	ms = (t_ns - car->t_pit_in_ns) / NS_PER_MS;
	pit = ms < 24 * 3600000 ? pit_at(r, car, car->pit_in_lap) : NULL;
	if (pit != NULL && pit->lane_ms == F1P_UNKNOWN) {
		pit->t_ns = pit->t_told_ns = t_ns;
		pit->lane_ms = (int32_t)((ms + 50) / 100 * 100); /* tenths, as the feed tells them */
		pit->reckoned = true;
	}
	car->t_pit_in_ns = F1P_UNKNOWN_NS;
}

void rows_take_status(struct openf1_rows *r, const struct f1p_ev_car_status *ev)
{
	struct rows_car *car = rows_car(r, ev->car);
	bool running = r->status == F1P_STATUS_STARTED || r->status == F1P_STATUS_ABORTED;

	if (car != NULL && (ev->mask & F1P_CAR_RETIRED)) {
		car->retired = ev->retired == F1P_YES;
	}
	if (car == NULL || !(ev->mask & F1P_CAR_IN_PIT)) {
		return;
	}
	if (ev->in_pit == F1P_YES && !car->in_pit) {
		car->t_pit_in_ns = running && !(ev->h.flags & F1P_EVF_SNAPSHOT) ? ev->h.t_event_ns : F1P_UNKNOWN_NS;
		car->pit_in_lap = just_crossed(car, ev->h.t_event_ns, ENTRY_WINDOW_NS) ? car->laps : in_progress(car);
	} else if (ev->in_pit == F1P_NO && !(ev->h.flags & F1P_EVF_SNAPSHOT)) {
		leave_pit(r, car, ev->h.t_event_ns);
	}
	car->in_pit = ev->in_pit == F1P_YES;
}

/* The feed's own times. */
void rows_take_pit(struct openf1_rows *r, const struct f1p_ev_pit *ev)
{
	struct rows_car *car = rows_car(r, ev->car);
	bool told = car != NULL && ev->lap != F1P_UNKNOWN && (ev->lane_ms != F1P_UNKNOWN || ev->stationary_ms != F1P_UNKNOWN);
	struct rows_pit *pit = told ? pit_at(r, car, ev->lap) : NULL;

	if (pit == NULL) {
		return;
	}
	pit->t_told_ns = ev->h.t_event_ns;
	if (pit->lane_ms == F1P_UNKNOWN || pit->reckoned) {
		pit->t_ns = ev->h.t_event_ns;
	}
	if (ev->lane_ms != F1P_UNKNOWN) {
		pit->lane_ms = ev->lane_ms;
		pit->reckoned = false;
	}
	if (ev->stationary_ms != F1P_UNKNOWN) {
		pit->stop_ms = ev->stationary_ms;
	}
}

/* ---- stints ---- */

void rows_take_stint(struct openf1_rows *r, const struct f1p_ev_stint *ev)
{
	struct rows_car *car = rows_car(r, ev->car);
	struct rows_stint *s = NULL;

	if (car == NULL || ev->index >= F1P_MAX_STINTS) {
		return;
	}
	s = &car->stints[ev->index];
	if (!s->seen) {
		*s = (struct rows_stint){.seen = true,
			.total_laps = F1P_UNKNOWN,
			.start_laps = F1P_UNKNOWN,
			.first_lap = F1P_UNKNOWN,
			.t_seen_ns = ev->h.t_event_ns};
	}
	car->n_stints = ev->index >= car->n_stints ? (uint8_t)(ev->index + 1) : car->n_stints;
	if ((ev->mask & F1P_STINT_COMPOUND) && ev->compound != s->compound) {
		s->compound = ev->compound;
		s->t_compound_ns = ev->h.t_event_ns;
	}
	if (ev->mask & F1P_STINT_TOTAL) {
		s->total_laps = ev->total_laps;
	}
	if (ev->mask & F1P_STINT_START) {
		s->start_laps = ev->start_laps;
	}
	if (ev->mask & F1P_STINT_FIRST) {
		s->first_lap = ev->first_lap;
	}
}

int32_t rows_laps_done(const struct rows_car *car, int64_t until_ns)
{
	int32_t done = car->newest_lap;

	while (done > 0 && (done == (int32_t)F1P_MAX_LAPS || car->lap[done].t_start_ns == F1P_UNKNOWN_NS ||
				   car->lap[done].t_start_ns > until_ns)) {
		done--;
	}
	return done;
}

static int32_t length_of(const struct rows_stint *s)
{
	bool known = s->total_laps >= 0 && s->total_laps <= (int32_t)F1P_MAX_LAPS;
	int32_t before = s->start_laps > 0 ? s->start_laps : 0;

	return known && s->total_laps > before ? s->total_laps - before : 0;
}

bool rows_stint_span(const struct rows_car *car, uint8_t index, int32_t *first, int32_t *last)
{
	int32_t next = 1;

	for (uint8_t i = 0; i <= index && i < car->n_stints; i++) {
		const struct rows_stint *s = &car->stints[i];

		*first = s->first_lap > 0 ? s->first_lap : next;
		*last = *first + length_of(s) - 1;
		if (i + 1 < car->n_stints && car->stints[i + 1].first_lap > *first) {
			*last = car->stints[i + 1].first_lap - 1;
		}
		next = *last + 1;
	}
	if (*last < *first && index + 1 == car->n_stints) {
		*last = *first; /* it has just begun */
	}
	return car->stints[index].seen && *last >= *first;
}
