/*
 * pits.c - passages through the pit lane, and stints.
 *
 * A pit row comes when the car has left the lane (rarely when it enters), so entry and exit are reckoned. Its date is the exit in
 * real rows, the entry in older ones: an entry is before the end of the lap that it ends.
 */
#include "decoder.h"

#include <string.h>

/* ---- stints ---- */

static uint8_t compound_of(const char *text)
{
	static const struct {
		const char *word;
		uint8_t compound;
	} words[] = {
		{"SOFT", F1P_TYRE_SOFT},
		{"MEDIUM", F1P_TYRE_MEDIUM},
		{"HARD", F1P_TYRE_HARD},
		{"INTERMEDIATE", F1P_TYRE_INTERMEDIATE},
		{"WET", F1P_TYRE_WET},
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(text, words[i].word) == 0) {
			return words[i].compound;
		}
	}
	return 0;
}

/* OpenF1 reckons the first lap from the laps on the sets before, which goes wrong for used ones. Where no pit row ends the lap before
 * and there is one pit row for each change, these are believed. */
static int16_t first_lap(const struct of1_car *car, uint8_t index)
{
	int16_t first = car->stints[index].first;
	int32_t stop = 0;

	if (index == 0 || car->n_pits != car->n_stints - 1) {
		return first;
	}
	for (uint8_t i = 0; i < car->n_pits; i++) {
		uint8_t rank = 0;

		for (uint8_t k = 0; k < car->n_pits; k++) {
			rank = (uint8_t)(rank + (car->pits[k].lap < car->pits[i].lap));
		}
		stop = rank == index - 1 ? car->pits[i].lap : stop;
		if (car->pits[i].lap == first - 1) {
			return first;
		}
	}
	return stop >= 1 ? (int16_t)(stop + 1) : first;
}

/* A car sent through the pit lane without a change gets a new row all the same: the same set, just as old as it was. */
static bool is_same_set(const struct of1_car *car, uint8_t index)
{
	const struct of1_stint *s = &car->stints[index];
	const struct of1_stint *before = index > 0 ? s - 1 : NULL;

	return before != NULL && before->seen && s->compound == before->compound && s->age != F1P_UNKNOWN &&
	       before->age != F1P_UNKNOWN && before->first > 0 && before->last >= before->first &&
	       s->age == before->age + before->last - before->first + 1;
}

static void tell_stint(struct of1_decoder *d, struct of1_car *car, uint8_t index)
{
	struct of1_stint *s = &car->stints[index];
	struct f1p_ev_stint ev = {.car = car->number, .index = index};

	if (s->compound != 0) {
		ev.mask |= F1P_STINT_COMPOUND;
		ev.compound = s->compound;
	}
	if (s->age != F1P_UNKNOWN) {
		ev.mask |= F1P_STINT_START | F1P_STINT_NEW;
		ev.start_laps = s->age;
		ev.is_new = s->age == 0 ? F1P_YES : F1P_NO;
	}
	if (is_same_set(car, index)) {
		ev.mask |= F1P_STINT_NOT_CHANGED;
		ev.not_changed = F1P_YES;
	}
	s->told_first = first_lap(car, index);
	if (s->told_first > 0) {
		ev.mask |= F1P_STINT_FIRST;
		ev.first_lap = s->told_first;
	}
	/* The end of a running stint is the lap in progress: only that of a finished one counts its laps. */
	if (index + 1 < car->n_stints && s->age != F1P_UNKNOWN && s->first > 0 && s->last >= s->first) {
		ev.mask |= F1P_STINT_TOTAL;
		ev.total_laps = s->age + s->last - s->first + 1;
	}
	if (ev.mask != 0) {
		OF1_PUSH(d, F1P_EV_STINT, d->now_ns, &ev);
	}
}

/* A pit row has come behind the stint that it explains. */
static void check_first_laps(struct of1_decoder *d, struct of1_car *car)
{
	for (uint8_t i = 1; i < car->n_stints; i++) {
		if (car->stints[i].seen && car->stints[i].told_first != first_lap(car, i)) {
			tell_stint(d, car, i);
		}
	}
}

static bool merge_stint(struct of1_stint *s, const struct of1_row *row)
{
	struct of1_stint old = *s;
	uint8_t compound = compound_of(row->compound);

	s->compound = compound != 0 ? compound : s->compound;
	s->age = of1_has(row, OF1_F_TYRE_AGE) ? row->tyre_age : s->age;
	s->first = of1_has(row, OF1_F_LAP_START) ? (int16_t)row->lap_start : s->first;
	if (of1_has(row, OF1_F_LAP_END) && row->lap_end > s->last) { /* it grows: a lower one is an old row come again */
		s->last = (int16_t)row->lap_end;
	}
	return s->compound != old.compound || s->age != old.age || s->first != old.first;
}

void of1_merge_stint(struct of1_decoder *d)
{
	const struct of1_row *row = &d->row;
	struct of1_car *car = of1_row_car(d);
	struct of1_stint *s = NULL;
	int16_t last = 0;
	uint8_t index = 0;
	bool changed = false;

	if (car == NULL || !of1_has(row, OF1_F_STINT)) {
		d->stats.incomplete += car != NULL;
		return;
	}
	index = (uint8_t)(row->stint - 1);
	s = &car->stints[index];
	if (of1_has(row, OF1_F_ID) && row->id < s->id) {
		d->stats.stale++;
		return;
	}
	if (!s->seen) {
		*s = (struct of1_stint){.age = F1P_UNKNOWN, .seen = true};
	}
	s->id = row->id;
	last = s->last;
	changed = merge_stint(s, row);
	if (index >= car->n_stints) {
		car->n_stints = (uint8_t)(index + 1);
		if (index > 0 && car->stints[index - 1].seen) {
			tell_stint(d, car, (uint8_t)(index - 1)); /* its length is known now */
		}
		changed = true;
	}
	if (changed || (s->last != last && index + 1 < car->n_stints)) {
		tell_stint(d, car, index);
	}
	check_first_laps(d, car);
}

void of1_tell_stints(struct of1_decoder *d, struct of1_car *car)
{
	for (uint8_t i = 0; i < car->n_stints; i++) {
		if (car->stints[i].seen) {
			tell_stint(d, car, i);
		}
	}
}

/* ---- pit lane ---- */

static struct of1_pit *find_pit(struct of1_car *car, int32_t lap)
{
	for (uint8_t i = 0; i < car->n_pits; i++) {
		if (car->pits[i].lap == lap) {
			return &car->pits[i];
		}
	}
	if (car->n_pits == OF1_MAX_PITS) {
		return NULL;
	}
	car->pits[car->n_pits] = (struct of1_pit){.lap = lap, .lane_ms = F1P_UNKNOWN, .stop_ms = F1P_UNKNOWN};
	return &car->pits[car->n_pits++];
}

static int64_t entry_ns(const struct of1_car *car, const struct of1_pit *pit)
{
	int64_t line_ns = pit->lap >= 1 && pit->lap <= (int32_t)F1P_MAX_LAPS ? of1_lap_end_ns(car, pit->lap) : 0;

	if (pit->lane_ms == F1P_UNKNOWN || (line_ns != 0 && pit->t_row_ns <= line_ns)) {
		return pit->t_row_ns;
	}
	return pit->t_row_ns - pit->lane_ms * NS_PER_MS;
}

static void tell_status(struct of1_decoder *d, const struct of1_car *car, uint8_t in_pit, int64_t t_ns)
{
	struct f1p_ev_car_status ev = {.mask = F1P_CAR_IN_PIT | F1P_CAR_PIT_STOPS,
		.car = car->number,
		.in_pit = in_pit,
		.pit_stops = car->n_pits};

	OF1_PUSH(d, F1P_EV_CAR_STATUS, t_ns, &ev);
}

static void tell_times(struct of1_decoder *d, const struct of1_car *car, const struct of1_pit *pit, int64_t t_ns)
{
	struct f1p_ev_pit ev = {.car = car->number, .lap = pit->lap, .lane_ms = pit->lane_ms, .stationary_ms = F1P_UNKNOWN};
	struct f1p_ev_pit stop = {.car = car->number, .lap = pit->lap, .lane_ms = pit->lane_ms, .stationary_ms = pit->stop_ms};

	if (pit->lane_ms != F1P_UNKNOWN) {
		OF1_PUSH(d, F1P_EV_PIT_LANE_TIME, t_ns, &ev);
	}
	if (pit->stop_ms != F1P_UNKNOWN) {
		OF1_PUSH(d, F1P_EV_PIT_STOP, t_ns, &stop);
	}
}

/* An entry that was not told in time is not told: the lap of the time in the lane says when it was. */
static void tell_exit(struct of1_decoder *d, const struct of1_car *car, struct of1_pit *pit)
{
	int64_t exit_ns = entry_ns(car, pit) + pit->lane_ms * NS_PER_MS;

	tell_status(d, car, F1P_NO, exit_ns);
	tell_times(d, car, pit, exit_ns);
	pit->told_in = pit->told_out = true;
}

void of1_merge_pit(struct of1_decoder *d)
{
	const struct of1_row *row = &d->row;
	struct of1_car *car = of1_row_car(d);
	struct of1_pit *pit = car != NULL && of1_has(row, OF1_F_LAP) ? find_pit(car, row->lap) : NULL;
	int32_t lane_ms = of1_has(row, OF1_F_LANE) ? row->lane_ms : of1_has(row, OF1_F_PIT) ? row->pit_ms : F1P_UNKNOWN;
	bool changed = false;

	if (pit == NULL) {
		d->stats.incomplete += car != NULL;
		return;
	}
	if (of1_has(row, OF1_F_ID) && row->id < pit->id) {
		d->stats.stale++;
		return;
	}
	pit->id = row->id;
	if (of1_has(row, OF1_F_DATE) || pit->t_row_ns == 0) {
		pit->t_row_ns = of1_row_time(d);
	}
	if (lane_ms != F1P_UNKNOWN && lane_ms != pit->lane_ms) {
		pit->lane_ms = lane_ms;
		changed = true;
	}
	if (of1_has(row, OF1_F_STOP) && row->stop_ms != pit->stop_ms) {
		pit->stop_ms = row->stop_ms;
		changed = true;
	}
	if (!pit->told_in && pit->lane_ms == F1P_UNKNOWN) {
		tell_status(d, car, F1P_YES, pit->t_row_ns);
		pit->told_in = true;
	} else if (!pit->told_out && pit->lane_ms != F1P_UNKNOWN) {
		tell_exit(d, car, pit);
	} else if (changed) {
		tell_times(d, car, pit, d->now_ns);
	}
	check_first_laps(d, car);
}

void of1_tell_pits(struct of1_decoder *d, struct of1_car *car)
{
	bool inside = false;

	for (uint8_t i = 0; i < car->n_pits; i++) {
		tell_times(d, car, &car->pits[i], d->now_ns);
		inside |= car->pits[i].told_in && !car->pits[i].told_out;
		car->pits[i].told_in = true;
		car->pits[i].told_out = car->pits[i].lane_ms != F1P_UNKNOWN;
	}
	tell_status(d, car, inside ? F1P_YES : F1P_NO, d->now_ns);
}
