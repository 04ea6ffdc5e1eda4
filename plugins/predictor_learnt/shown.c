/*
 * shown.c - keeps examples as plain numbers, some 90 bytes for each car of a snapshot.
 */
#include "shown.h"

#include <stdlib.h>
#include <string.h>

#define STEPS 20

void memory_finish(struct memory *m)
{
	free(m->snapshots);
	free(m->cars);
	memset(m, 0, sizeof(*m));
}

static bool reserve(struct memory *m)
{
	if (m->n == m->cap) {
		size_t cap = m->cap ? 2 * m->cap : 256;
		struct memory_snapshot *p = realloc(m->snapshots, cap * sizeof(*p));
		if (!p) {
			return false;
		}
		m->snapshots = p;
		m->cap = cap;
	}
	if (m->n_cars + F1P_MAX_CARS > m->cap_cars) {
		size_t cap = m->cap_cars ? 2 * m->cap_cars : 4096;
		struct memory_car *p = realloc(m->cars, cap * sizeof(*p));
		if (!p) {
			return false;
		}
		m->cars = p;
		m->cap_cars = cap;
	}
	return true;
}

void memory_close_race(struct memory *m)
{
	for (size_t i = m->first; i < m->n; i++) {
		for (uint32_t k = 0; k < m->snapshots[i].race.n; k++) {
			struct memory_car *car = &m->cars[m->snapshots[i].at + k];
			float stops = car->number <= F1P_MAX_CAR_NUMBER ? m->stops[car->number] : -1.0f;
			car->known_stops = !car->retired && stops >= car->live.stops;
			car->stops_left = car->known_stops ? stops - car->live.stops : 0.0f;
		}
	}
	m->first = m->n;
}

static void begin_race(struct memory *m, int32_t race_id)
{
	memory_close_race(m);
	m->race_id = race_id;
	m->step = 0;
	for (size_t i = 0; i <= F1P_MAX_CAR_NUMBER; i++) {
		m->stops[i] = -1.0f;
	}
}

static void note_stops(struct memory *m, const struct f1p_state *state)
{
	for (uint32_t i = 0; i < state->n_cars && i < F1P_MAX_CARS; i++) {
		const struct f1p_car *car = &state->cars[i];
		if (car->number <= F1P_MAX_CAR_NUMBER && car->stops >= 0 && car->stops < 20) {
			m->stops[car->number] = (float)car->stops;
		}
	}
}

static void keep_car(struct memory_car *out, const struct f1p_example *example, const struct positions_field *cars, uint32_t row)
{
	const struct f1p_outcome *mine = &example->outcome[cars->car[row]];
	uint8_t rank = 1;
	for (uint32_t other = 0; other < cars->n; other++) {
		int32_t position = example->outcome[cars->car[other]].position;
		rank = (uint8_t)(rank + (cars->running[other] && position > 0 && position < mine->position));
	}
	bool known = mine->position >= 1 && mine->position <= (int32_t)F1P_MAX_CARS;
	out->number = example->state->cars[cars->car[row]].number;
	out->place = (uint8_t)(known ? mine->position : 0);
	out->rank = known ? rank : 0;
	out->retired = mine->retired == F1P_YES;
}

bool memory_add(struct memory *m, const struct f1p_example *example)
{
	struct live_car live[F1P_MAX_CARS];
	struct live_race race;
	struct positions_field cars;
	if (example->race_id != m->race_id) {
		begin_race(m, example->race_id);
	}
	note_stops(m, example->state);
	int32_t laps_left;
	bool known;
	int32_t step = (int32_t)(positions_share_done(example->state, LIVE_DEFAULT_LAPS, &laps_left, &known) * STEPS + 0.001);
	if (example->lap < 1 || (step <= m->step && m->n > m->first)) {
		return true;
	}
	positions_field_init(&cars, example->state);
	if (!live_read(&race, live, example->state, &cars)) {
		return true;
	}
	if (!reserve(m)) {
		return false;
	}
	m->step = step;
	m->snapshots[m->n++] = (struct memory_snapshot){ .race_id = example->race_id, .race = race, .at = m->n_cars };
	for (uint32_t row = 0, i = 0; row < cars.n; row++) {
		if (cars.running[row]) {
			struct memory_car *car = &m->cars[m->n_cars++];
			memset(car, 0, sizeof(*car));
			car->live = live[i++];
			keep_car(car, example, &cars, row);
		}
	}
	return true;
}
