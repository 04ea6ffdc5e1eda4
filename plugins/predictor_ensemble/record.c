/*
 * record.c - keeps the examples as plain numbers: some 100 bytes for each car of each snapshot.
 */
#include "gaps.h"
#include "record.h"

#include <stdlib.h>
#include <string.h>

void record_finish(struct record *r)
{
	free(r->items);
	free(r->numbers);
	memset(r, 0, sizeof(*r));
}

static void *grown(void *p, size_t need, size_t *cap, size_t size)
{
	size_t more = *cap ? *cap : 256;
	while (more < need) {
		more *= 2;
	}
	if (more == *cap) {
		return p;
	}
	void *q = realloc(p, more * size);
	*cap = q ? more : *cap;
	return q;
}

static bool reserve(struct record *r, size_t numbers)
{
	struct record_item *items = grown(r->items, r->n + 1, &r->cap, sizeof(*items));
	if (!items) {
		return false;
	}
	r->items = items;
	float *values = grown(r->numbers, r->n_numbers + numbers, &r->cap_numbers, sizeof(*values));
	if (!values) {
		return false;
	}
	r->numbers = values;
	return true;
}

/* A name that the model file can hold. */
static bool good_name(const char *name)
{
	for (const char *c = name; *c; c++) {
		if (*c <= ' ' || *c > '~' || *c == '"' || *c == '\\') {
			return false;
		}
	}
	return *name != '\0' && strcmp(name, "all") != 0;
}

static int32_t name_index(struct record *r, const char *name)
{
	for (uint32_t i = 0; i < r->n_names; i++) {
		if (strcmp(r->name[i], name) == 0) {
			return (int32_t)i;
		}
	}
	if (r->n_names == STACK_MEMBERS || !good_name(name) || strlen(name) >= sizeof(r->name[0])) {
		return -1;
	}
	memcpy(r->name[r->n_names], name, strlen(name) + 1);
	return (int32_t)r->n_names++;
}

static double sum_of(const double *p, uint32_t places)
{
	double sum = 0.0;
	for (uint32_t k = 0; k < places; k++) {
		sum += p[k];
	}
	return sum;
}

static void put_car(float *out, const struct record_item *item, const struct voices *v, const uint32_t *voice, uint32_t row, uint32_t place,
		    uint32_t n_cars, double most_points)
{
	const uint32_t places[STACK_TARGETS] = { 1, 3, item->points_places };
	for (uint32_t i = 0; i < item->n; i++) {
		const double *p = v->m[voice[i]].m[row];
		for (uint32_t t = 0; t < STACK_TARGETS; t++) {
			uint32_t upto = places[t] < n_cars ? places[t] : n_cars;
			out[t * item->n + i] = (float)stack_log_odds(sum_of(p, upto) / (t == STACK_POINTS ? most_points : 1.0));
		}
		out[STACK_TARGETS * item->n + i] = place >= 1 && place <= n_cars ? (float)p[place - 1] : 0.0f;
		out[(STACK_TARGETS + 1) * item->n + i] = place >= 1 ? (float)sum_of(p, place - 1 < n_cars ? place - 1 : n_cars) : 0.0f;
	}
}

bool record_add(struct record *r, const struct f1p_example *example, const struct voices *v, const struct positions_field *cars,
		int32_t default_laps)
{
	struct record_item item = { .race_id = example->race_id, .cars = cars->n, .at = r->n_numbers,
		.points_places = (uint8_t)positions_points_places(example->state) };
	uint32_t voice[STACK_MEMBERS];
	double p_retire[F1P_MAX_CARS], most[F1P_MAX_CARS];
	stack_place_of(&item.place, example->state, default_laps);
	for (uint32_t i = 0; i < v->n && item.n < STACK_MEMBERS; i++) {
		int32_t name = v->member[i].age_events == 0 ? name_index(r, v->member[i].forecast->model) : -1;
		if (name >= 0) {
			voice[item.n] = i;
			item.member[item.n++] = (uint8_t)name;
		}
	}
	size_t need = (size_t)item.cars * record_stride(&item);
	if (item.n == 0) {
		return true;
	}
	if (!reserve(r, need)) {
		return false;
	}
	voices_retire_all(v, cars, p_retire);
	stack_most(STACK_POINTS, p_retire, cars->n_running, item.points_places, most);
	for (uint32_t row = 0, running = 0; row < cars->n; row++) {
		float *out = r->numbers + item.at + (size_t)row * record_stride(&item);
		int32_t place = example->outcome[cars->car[row]].position;
		place = place >= 1 && place <= (int32_t)F1P_MAX_CARS ? place : 0;
		double most_points = cars->running[row] ? most[running++] : 1.0;
		put_car(out, &item, v, voice, row, (uint32_t)place, cars->n, most_points);
		out += (STACK_TARGETS + 2) * item.n;
		out[0] = (float)place;
		out[1] = cars->running[row] ? 1.0f : 0.0f;
		out[2] = (float)most_points;
		struct gap_score gap = gaps_score(v, &example->outcome[cars->car[row]], example->laps);
		out[3] = gap.half;
		out[4] = gap.most;
	}
	r->n_numbers += need;
	r->items[r->n++] = item;
	return true;
}
