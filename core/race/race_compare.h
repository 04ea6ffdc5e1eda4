/*
 * race_compare.h - for tests: are two states the same race, however and when it was told?
 */
#ifndef RACE_COMPARE_H
#define RACE_COMPARE_H

#include <f1pd/state.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Takes out what depends on the telling: numbers, times of news, origins. */
static inline struct f1p_state *race_blind(const struct f1p_state *st)
{
	struct f1p_state *b = malloc(sizeof(*b));

	memcpy(b, st, sizeof(*b));
	b->seq = 0;
	b->flags = 0;
	b->t_event_ns = 0;
	b->weather.t_ns = 0;
	b->weather.track_trend_dc = 0;
	for (size_t i = 0; i < b->n_cars; i++) {
		b->cars[i].t_seen_ns = 0;
	}
	memset((uint8_t *)b + F1P_STATE_HASHED, 0, sizeof(*b) - F1P_STATE_HASHED);
	return b;
}

static inline bool race_equal(const struct f1p_state *x, const struct f1p_state *y)
{
	struct f1p_state *a = race_blind(x);
	struct f1p_state *b = race_blind(y);
	bool same = memcmp(a, b, F1P_STATE_HASHED) == 0;

	free(a);
	free(b);
	return same;
}

#define RACE_FACT(field)                                                                                                         \
	do {                                                                                                                     \
		if (a->field != b->field) {                                                                                      \
			snprintf(why, why_size, "%s: %lld, not %lld", #field, (long long)a->field, (long long)b->field);         \
			return false;                                                                                            \
		}                                                                                                                \
	} while (0)
#define RACE_CAR_FACT(field)                                                                                                     \
	do {                                                                                                                     \
		if (c->field != d->field) {                                                                                      \
			snprintf(why, why_size, "car %u %s: %lld, not %lld", c->number, #field, (long long)c->field,             \
				(long long)d->field);                                                                            \
			return false;                                                                                            \
		}                                                                                                                \
	} while (0)

static inline const struct f1p_car *race_car(const struct f1p_state *st, uint16_t number)
{
	for (size_t i = 0; i < st->n_cars; i++) {
		if (st->cars[i].number == number) {
			return &st->cars[i];
		}
	}
	return NULL;
}

static inline bool race_same_tyres(const struct f1p_car *c, const struct f1p_car *d, char *why, size_t why_size)
{
	RACE_CAR_FACT(n_stints);
	for (size_t k = 0; k < c->n_stints; k++) {
		RACE_CAR_FACT(stints[k].compound);
		RACE_CAR_FACT(stints[k].is_new);
		RACE_CAR_FACT(stints[k].total_laps);
		RACE_CAR_FACT(stints[k].start_laps);
		RACE_CAR_FACT(stints[k].not_changed);
	}
	RACE_CAR_FACT(compound);
	return true;
}

static inline bool race_same_car(const struct f1p_car *c, const struct f1p_car *d, char *why, size_t why_size)
{
	RACE_CAR_FACT(position);
	RACE_CAR_FACT(grid);
	RACE_CAR_FACT(gap_ms);
	RACE_CAR_FACT(gap_laps);
	RACE_CAR_FACT(interval_ms);
	RACE_CAR_FACT(in_pit);
	RACE_CAR_FACT(stopped);
	RACE_CAR_FACT(knocked_out);
	RACE_CAR_FACT(pit_stops);
	RACE_CAR_FACT(laps);
	RACE_CAR_FACT(n_laps);
	RACE_CAR_FACT(last_ms);
	RACE_CAR_FACT(best_ms);
	RACE_CAR_FACT(best_lap);
	RACE_CAR_FACT(last_pit_lane_ms);
	for (size_t i = 0; i < 3; i++) {
		RACE_CAR_FACT(sector_ms[i]);
		RACE_CAR_FACT(part_best_ms[i]);
	}
	for (size_t i = 0; i < 4; i++) {
		RACE_CAR_FACT(speed_kmh[i]);
	}
	if (strcmp(c->code, d->code) != 0 || strcmp(c->name, d->name) != 0 || strcmp(c->team, d->team) != 0) {
		snprintf(why, why_size, "car %u: names differ", c->number);
		return false;
	}
	return race_same_tyres(c, d, why, why_size);
}

/* The facts that a feed tells are the same: b is as it should be. why: the first difference. */
static inline bool race_same_facts(const struct f1p_state *a, const struct f1p_state *b, char *why, size_t why_size)
{
	RACE_FACT(session_key);
	RACE_FACT(type);
	RACE_FACT(status);
	RACE_FACT(part);
	RACE_FACT(track);
	RACE_FACT(lap);
	RACE_FACT(total_laps);
	RACE_FACT(n_cars);
	RACE_FACT(n_messages);
	RACE_FACT(weather.air_temp_dc);
	RACE_FACT(weather.track_temp_dc);
	RACE_FACT(weather.rain);
	for (size_t i = 0; i < b->n_messages; i++) {
		if (strcmp(a->messages[i].text, b->messages[i].text) != 0) {
			snprintf(why, why_size, "message %zu: \"%s\", not \"%s\"", i, a->messages[i].text, b->messages[i].text);
			return false;
		}
	}
	for (size_t i = 0; i < b->n_cars; i++) {
		const struct f1p_car *c = race_car(a, b->cars[i].number);

		if (!c) {
			snprintf(why, why_size, "car %u is missing", b->cars[i].number);
			return false;
		}
		if (!race_same_car(c, &b->cars[i], why, why_size)) {
			return false;
		}
	}
	return true;
}

#endif
