/*
 * openf1_as_of_test.c - simulated races: rows as of a moment in the midst of a race that is over are the rows that were there at
 * that moment. So nobody who watches with a delay learns anything early, and nothing is kept from them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "rows.h"
#include "simulator.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define START_NS INT64_C(1900000000000000000)
#define CUT_EVERY 2999 /* events */

struct text {
	struct f1p_json json;
	char *bytes;
	size_t n, cap;
};

static bool add_row(void *arg, const struct openf1_field *fields, size_t n)
{
	struct text *t = arg;
	const char *row = NULL;
	size_t len = 0;

	f1p_json_clear(&t->json);
	openf1_row_json(&t->json, fields, n);
	row = f1p_json_text(&t->json, &len);
	assert_non_null(row);
	if (t->n + len + 2 > t->cap) {
		t->cap = 2 * (t->n + len + 2);
		t->bytes = realloc(t->bytes, t->cap);
		assert_non_null(t->bytes);
	}
	memcpy(t->bytes + t->n, row, len);
	memcpy(t->bytes + t->n + len, "\n", 2);
	t->n += len + 1;
	return true;
}

static void rows_of(struct text *t, const struct openf1_rows *rows, enum of1_collection c, int64_t until_ns)
{
	*t = (struct text){.n = 0};
	f1p_json_init(&t->json);
	assert_true(openf1_rows_each_until(rows, c, until_ns, add_row, t));
}

static void finish(struct text *t)
{
	f1p_json_finish(&t->json);
	free(t->bytes);
}

static void same_rows(const struct openf1_rows *then, const struct openf1_rows *later, enum of1_collection c, int64_t t_ns)
{
	struct text a, b;
	size_t at = 0;

	rows_of(&a, then, c, F1P_UNKNOWN_NS);
	rows_of(&b, later, c, t_ns);
	if (a.n != b.n || (a.n > 0 && memcmp(a.bytes, b.bytes, a.n) != 0)) {
		for (size_t i = 0; i < a.n && i < b.n && a.bytes[i] == b.bytes[i]; i++) {
			at = a.bytes[i] == '\n' ? i + 1 : at;
		}
		fail_msg("%s as of %lld, then:\n%.400s\nlater:\n%.400s", of1_collection_name(c),
			(long long)(t_ns - START_NS) / 1000000, a.n > at ? a.bytes + at : "", b.n > at ? b.bytes + at : "");
	}
	finish(&a);
	finish(&b);
}

static struct sim *race(uint64_t seed)
{
	return sim_create(&(struct sim_config){.seed = seed,
		.cars = 20,
		.laps = 20,
		.lap_time_s = 80,
		.pit_loss_s = 20,
		.rain = seed % 3 == 0 ? SIM_YES : SIM_AUTO,
		.safety_car = seed % 2 == 0 ? SIM_YES : SIM_AUTO,
		.red_flag = SIM_NO,
		.rate = 1,
		.pre_start_s = 30,
		.start_ns = START_NS});
}

/* Until the moment, all events of that moment included; its time. */
static int64_t take_until(struct sim *sim, struct openf1_rows *rows, uint64_t events)
{
	const struct f1p_event *ev = NULL;
	int64_t t_ns = F1P_UNKNOWN_NS;

	for (uint64_t n = 0; (ev = sim_next_event(sim)) != NULL; n++) {
		if (n >= events && ev->t_event_ns > t_ns) {
			break;
		}
		t_ns = ev->t_event_ns;
		assert_int_equal(openf1_rows_take(rows, ev), F1P_OK);
	}
	return ev != NULL ? t_ns : F1P_UNKNOWN_NS;
}

static unsigned compare_at(uint64_t seed, uint64_t events, const struct openf1_rows *later)
{
	static const enum of1_collection collections[] = {OF1_RACE_CONTROL, OF1_POSITION, OF1_INTERVALS, OF1_WEATHER,
		OF1_OVERTAKES, OF1_PIT, OF1_LAPS, OF1_STINTS, OF1_SESSION_RESULT, OF1_STARTING_GRID};
	struct openf1_rows *then = openf1_rows_create();
	struct sim *sim = race(seed);
	int64_t t_ns = F1P_UNKNOWN_NS;

	assert_true(sim != NULL && then != NULL);
	t_ns = take_until(sim, then, events);
	for (size_t i = 0; t_ns != F1P_UNKNOWN_NS && i < sizeof(collections) / sizeof(collections[0]); i++) {
		same_rows(then, later, collections[i], t_ns);
	}
	openf1_rows_destroy(then);
	sim_destroy(sim);
	return t_ns != F1P_UNKNOWN_NS;
}

static void rows_as_of_a_moment_are_those_of_that_moment(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 4; seed++) {
		struct openf1_rows *later = openf1_rows_create();
		struct sim *sim = race(seed);
		uint64_t cuts = 0;

		assert_true(sim != NULL && later != NULL);
		take_until(sim, later, UINT64_MAX);
		while (compare_at(seed, (cuts + 1) * CUT_EVERY, later)) {
			cuts++;
		}
		assert_true(cuts > 3);
		openf1_rows_destroy(later);
		sim_destroy(sim);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_as_of_a_moment_are_those_of_that_moment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
