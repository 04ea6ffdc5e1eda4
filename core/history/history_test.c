/*
 * history_test.c - the store: what goes in comes out, ranges, keys, order, queries, and many threads at once.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "history/history_fixture.h"

#include <pthread.h>
#include <stdatomic.h>

#define MANY 400

/* ---- random rows of every type ---- */

static int64_t draw(struct f1p_rng *r, const struct history_column *c)
{
	uint64_t span = (uint64_t)(c->hi - c->lo) + 1;
	int64_t v;

	if ((c->flags & HISTORY_COL_UNKNOWN) && f1p_rng_u64(r) % 4 == 0)
		return fixture_unknown(c);
	switch (f1p_rng_u64(r) % 4) { /* the ends of the range are where mistakes live */
	case 0:
		v = c->lo;
		break;
	case 1:
		v = c->hi;
		break;
	default:
		v = c->lo + (int64_t)(f1p_rng_u64(r) % span);
	}
	return history_column_is_race(c) && v % 100 == 0 ? v + 1 : v;
}

static void draw_text(struct f1p_rng *r, const struct history_column *c, char *out)
{
	static const char *const free_text[] = {"", "São Paulo", "a \"b\", 'c'; DROP TABLE lap", "Łódź Grand Prix"};
	static const char slug[] = "abcdefghijklmnopqrstuvwxyz0123456789_-";

	if (!(c->flags & HISTORY_COL_SLUG)) {
		const char *text = free_text[f1p_rng_u64(r) % 4];
		snprintf(out, c->size, "%s", strlen(text) < c->size ? text : "ABC");
		return;
	}
	size_t n = f1p_rng_u64(r) % c->size; /* up to the last byte before the NUL */
	if (n == 0 && !(c->flags & HISTORY_COL_EMPTY))
		n = 1;
	for (size_t i = 0; i < n; i++)
		out[i] = slug[f1p_rng_u64(r) % (sizeof(slug) - 1)];
}

static void draw_row(struct f1p_rng *r, uint32_t type, void *row)
{
	const struct history_table *t = history_table(type);
	struct f1p_history_row *head = row;

	memset(row, 0, t->row_size);
	head->size = t->row_size;
	head->type = type;
	for (uint32_t i = 0; i < t->n_columns; i++)
		if (t->columns[i].kind == HISTORY_TEXT)
			draw_text(r, &t->columns[i], (char *)row + t->columns[i].offset);
		else
			fixture_set(&t->columns[i], row, draw(r, &t->columns[i]));
}

static int64_t fixture_get(const struct history_column *c, const void *row)
{
	const char *at = (const char *)row + c->offset;

	switch (c->kind) {
	case HISTORY_U8:
		return *(const uint8_t *)at;
	case HISTORY_U16:
		return *(const uint16_t *)(const void *)at;
	case HISTORY_I16:
		return *(const int16_t *)(const void *)at;
	case HISTORY_U32:
		return *(const uint32_t *)(const void *)at;
	case HISTORY_I32:
		return *(const int32_t *)(const void *)at;
	default:
		return *(const int64_t *)(const void *)at;
	}
}

/* In order of the key. */
static int compare(const struct history_table *t, const void *a, const void *b)
{
	for (uint32_t i = 0; i < t->n_columns && (t->columns[i].flags & HISTORY_COL_KEY); i++) {
		const struct history_column *c = &t->columns[i];
		if (c->kind == HISTORY_TEXT) {
			int d = strcmp((const char *)a + c->offset, (const char *)b + c->offset);
			if (d)
				return d;
			continue;
		}
		int64_t x = fixture_get(c, a), y = fixture_get(c, b);
		if (x != y)
			return x < y ? -1 : 1;
	}
	return 0;
}

struct kept {
	const struct history_table *t;
	char *rows;
	size_t n;
};

static bool keep(void *arg, const struct f1p_history_row *row)
{
	struct kept *k = arg;

	assert_true(k->n < MANY);
	memcpy(k->rows + k->n++ * k->t->row_size, row, k->t->row_size);
	return true;
}

static void every_type_comes_back_as_it_went_in(uint32_t type, struct fixture *f, struct f1p_rng *r)
{
	const struct history_table *t = history_table(type);
	char *in = calloc(MANY, t->row_size);
	struct kept out = {.t = t, .rows = calloc(MANY, t->row_size)};
	struct f1p_history_query q = {.size = sizeof(q), .type = type};
	size_t distinct = 0;

	for (size_t i = 0; i < MANY; i++)
		draw_row(r, type, in + i * t->row_size);
	fixture_put(f, in, MANY);
	fixture_flush(f);
	assert_int_equal(history_each(f->h, &q, keep, &out, NULL, 0), F1P_OK);
	for (size_t i = 0; i + 1 < out.n; i++)
		assert_true(compare(t, out.rows + i * t->row_size, out.rows + (i + 1) * t->row_size) < 0);
	for (size_t i = 0; i < MANY; i++) {
		const char *row = in + i * t->row_size;
		bool replaced = false;
		for (size_t k = i + 1; k < MANY && !replaced; k++)
			replaced = compare(t, row, in + k * t->row_size) == 0;
		if (replaced)
			continue;
		distinct++;
		size_t k = 0;
		while (k < out.n && compare(t, row, out.rows + k * t->row_size) != 0)
			k++;
		assert_true(k < out.n);
		assert_memory_equal(row, out.rows + k * t->row_size, t->row_size);
	}
	assert_int_equal(out.n, distinct);
	assert_int_equal(fixture_count(f, type, 0, 0), distinct);
	free(in);
	free(out.rows);
}

static void test_rows_of_every_type_come_back_as_they_went_in(void **state)
{
	struct fixture f;
	struct f1p_rng r;

	(void)state;
	f1p_rng_seed(&r, 7, 1);
	for (int round = 0; round < 2; round++) {
		fixture_begin(&f);
		fixture_open(&f, round ? ":memory:" : f.path);
		for (uint32_t type = 1; type < F1P_HIST_TYPES; type++)
			every_type_comes_back_as_it_went_in(type, &f, &r);
		fixture_end(&f);
	}
}

static void test_every_field_is_checked_against_its_range(void **state)
{
	struct f1p_rng r;
	_Alignas(8) char row[512];
	char why[256];

	(void)state;
	f1p_rng_seed(&r, 3, 1);
	for (uint32_t type = 1; type < F1P_HIST_TYPES; type++) {
		const struct history_table *t = history_table(type);
		for (uint32_t i = 0; i < t->n_columns; i++) {
			const struct history_column *c = &t->columns[i];
			char *text = row + c->offset;
			draw_row(&r, type, row);
			assert_true(history_row_fits((void *)row, NULL, 0));
			if (c->kind != HISTORY_TEXT) {
				fixture_set(c, row, c->hi + 1);
				assert_false(history_row_fits((void *)row, why, sizeof(why)));
				assert_non_null(strstr(why, c->name));
				if (c->lo > 0 || c->kind == HISTORY_I16 || c->kind == HISTORY_I32 || c->kind == HISTORY_I64) {
					fixture_set(c, row, c->lo - 1);
					assert_false(history_row_fits((void *)row, NULL, 0));
				}
				continue;
			}
			memset(text, 'x', c->size);
			assert_false(history_row_fits((void *)row, why, sizeof(why)));
			assert_non_null(strstr(why, c->name));
			memset(text, 0, c->size);
			assert_int_equal(history_row_fits((void *)row, NULL, 0), (c->flags & HISTORY_COL_EMPTY) != 0);
			memcpy(text, "a\x01", 2);
			assert_false(history_row_fits((void *)row, NULL, 0));
			memcpy(text, "a\xff", 2);
			assert_false(history_row_fits((void *)row, NULL, 0));
		}
	}
}

static void test_keys_are_never_unknown_and_races_have_a_round(void **state)
{
	struct f1p_hist_lap lap = fixture_lap(202401, 3, "alpha");

	(void)state;
	assert_true(history_row_fits(&lap.row, NULL, 0));
	lap.lap = F1P_UNKNOWN;
	assert_false(history_row_fits(&lap.row, NULL, 0));
	lap.lap = 3;
	lap.row.race_id = 202400;
	assert_false(history_row_fits(&lap.row, NULL, 0));
	lap.row.race_id = 202401;
	lap.row.flags = 1u << 20;
	assert_false(history_row_fits(&lap.row, NULL, 0));
	lap.row.flags = F1P_HISTL_RED | F1P_HISTL_IN;
	assert_true(history_row_fits(&lap.row, NULL, 0));
	lap.row.size -= 4;
	assert_false(history_row_fits(&lap.row, NULL, 0));
	struct f1p_history_row strange = {.size = sizeof(strange), .type = 77};
	assert_false(history_row_fits(&strange, NULL, 0));
}

/* ---- put ---- */

static void test_a_put_is_taken_whole_or_not_at_all(void **state)
{
	struct fixture f;
	struct f1p_hist_lap laps[3] = {
		fixture_lap(202401, 1, "alpha"), fixture_lap(202401, 2, "alpha"), fixture_lap(202401, 3, "alpha")};
	char why[256];

	(void)state;
	fixture_begin(&f);
	fixture_open(&f, f.path);
	laps[2].position = 0;
	assert_int_equal(history_put(f.h, &laps[0].row, 3, why, sizeof(why)), F1P_EINVAL);
	assert_string_equal(why, "row 3 of 3: lap row: position: 0 is out of range 1..99");
	fixture_flush(&f);
	assert_int_equal(fixture_count(&f, F1P_HIST_LAP, 0, 0), 0);
	laps[2].row.size = 4; /* steps into nowhere */
	assert_int_equal(history_put(f.h, &laps[0].row, 3, why, sizeof(why)), F1P_EINVAL);
	laps[2].row.size = UINT32_MAX;
	assert_int_equal(history_put(f.h, &laps[0].row, 3, NULL, 0), F1P_EINVAL);
	assert_int_equal(history_put(f.h, &laps[0].row, 0, NULL, 0), F1P_OK);
	fixture_end(&f);
}

static void test_rows_of_several_types_and_of_a_newer_plugin_go_in_together(void **state)
{
	struct fixture f;
	struct f1p_hist_name name = {
		.row = {sizeof(name), F1P_HIST_DRIVER, 0, 0}, .id = "alpha", .code = "ALP", .name = "Al Pha"};
	struct f1p_hist_lap lap = fixture_lap(202401, 1, "alpha");
	char rows[sizeof(name) + sizeof(lap) + 3 + sizeof(lap)];

	(void)state;
	fixture_begin(&f);
	fixture_open(&f, f.path);
	memcpy(rows, &name, sizeof(name));
	lap.row.size += 3; /* a field that this build does not know, and no alignment behind it */
	memcpy(rows + sizeof(name), &lap, sizeof(lap));
	lap = fixture_lap(202401, 2, "alpha");
	memcpy(rows + sizeof(name) + sizeof(lap) + 3, &lap, sizeof(lap));
	fixture_put(&f, rows, 3);
	fixture_flush(&f);
	assert_int_equal(fixture_count(&f, F1P_HIST_DRIVER, 0, 0), 1);
	assert_int_equal(fixture_count(&f, F1P_HIST_LAP, 0, 0), 2);
	name.row.race_id = 202401;
	assert_int_equal(history_put(f.h, &name.row, 1, NULL, 0), F1P_EINVAL);
	fixture_end(&f);
}

static void test_the_store_outlives_its_closing(void **state)
{
	struct fixture f;
	struct f1p_hist_lap lap = fixture_lap(202401, 1, "alpha");

	(void)state;
	fixture_begin(&f);
	fixture_open(&f, f.path);
	fixture_put(&f, &lap, 1); /* not flushed: closing writes it */
	history_close(f.h);
	fixture_open(&f, f.path);
	assert_int_equal(fixture_count(&f, F1P_HIST_LAP, 0, 0), 1);
	fixture_end(&f);
}

/* ---- queries ---- */

static bool first_only(void *arg, const struct f1p_history_row *row)
{
	*(int32_t *)arg = row->race_id;
	return false;
}

static bool sum_laps(void *arg, const struct f1p_history_row *row)
{
	*(int64_t *)arg += ((const struct f1p_hist_lap *)(const void *)row)->lap;
	return true;
}

static void test_queries_choose_by_race_and_driver(void **state)
{
	struct fixture f;
	int32_t seen = 0;
	int64_t sum = 0;

	(void)state;
	fixture_begin(&f);
	fixture_open(&f, f.path);
	for (int32_t race = 202403; race >= 202401; race--)
		for (int32_t lap = 1; lap <= 10; lap++) {
			struct f1p_hist_lap rows[2] = {fixture_lap(race, lap, "beta"), fixture_lap(race, lap, "alpha")};
			fixture_put(&f, rows, 2);
		}
	fixture_flush(&f);
	assert_int_equal(fixture_count(&f, F1P_HIST_LAP, 202402, 202402), 20);
	assert_int_equal(fixture_count(&f, F1P_HIST_LAP, 202402, 0), 40);
	assert_int_equal(fixture_count(&f, F1P_HIST_LAP, 0, 202401), 20);
	assert_int_equal(fixture_count(&f, F1P_HIST_LAP, 202404, 209999), 0);
	struct f1p_history_query q = {
		.size = sizeof(q), .type = F1P_HIST_LAP, .race_from = 202401, .race_to = 202402, .driver_id = "beta"};
	assert_int_equal(history_count(f.h, &q, NULL, 0), 20);
	assert_int_equal(history_each(f.h, &q, sum_laps, &sum, NULL, 0), F1P_OK);
	assert_int_equal(sum, 2 * 55);
	q.driver_id = "nobody' OR 1=1 --";
	assert_int_equal(history_count(f.h, &q, NULL, 0), 0);
	q = (struct f1p_history_query){.size = sizeof(q), .type = F1P_HIST_LAP};
	assert_int_equal(history_each(f.h, &q, first_only, &seen, NULL, 0), F1P_OK);
	assert_int_equal(seen, 202401);
	fixture_end(&f);
}

static void test_queries_that_make_no_sense_are_refused(void **state)
{
	struct fixture f;
	char why[256];
	struct f1p_history_query q = {.size = sizeof(q), .type = F1P_HIST_WEATHER, .driver_id = "alpha"};

	(void)state;
	fixture_begin(&f);
	fixture_open(&f, ":memory:");
	assert_int_equal(history_count(f.h, &q, why, sizeof(why)), -1);
	assert_string_equal(why, "weather rows belong to no driver");
	q = (struct f1p_history_query){.size = sizeof(q), .type = F1P_HIST_TYPES};
	assert_int_equal(history_each(f.h, &q, first_only, why, NULL, 0), F1P_EINVAL);
	q = (struct f1p_history_query){.size = 8, .type = F1P_HIST_LAP};
	assert_int_equal(history_each(f.h, &q, first_only, why, NULL, 0), F1P_EINVAL);
	fixture_end(&f);
}

/* What a model does while it reads: asks again, and notes things down. */
static bool ask_and_put(void *arg, const struct f1p_history_row *row)
{
	struct fixture *f = arg;
	struct f1p_hist_lap lap = fixture_lap(row->race_id + 1, 1, "gamma");

	assert_true(fixture_count(f, F1P_HIST_LAP, 202401, 202401) == 1);
	fixture_put(f, &lap, 1);
	return true;
}

static void test_the_callback_may_ask_and_put(void **state)
{
	struct fixture f;
	struct f1p_hist_lap lap = fixture_lap(202401, 1, "alpha");
	struct f1p_history_query q = {.size = sizeof(q), .type = F1P_HIST_LAP};

	(void)state;
	for (int memory = 0; memory < 2; memory++) {
		fixture_begin(&f);
		fixture_open(&f, memory ? ":memory:" : f.path);
		fixture_put(&f, &lap, 1);
		fixture_flush(&f);
		assert_int_equal(history_each(f.h, &q, ask_and_put, &f, NULL, 0), F1P_OK);
		fixture_flush(&f);
		assert_int_equal(fixture_count(&f, F1P_HIST_LAP, 0, 0), 2);
		fixture_end(&f);
	}
}

/* ---- threads ---- */

struct crowd {
	struct fixture *f;
	atomic_int next;
	atomic_bool done;
};

static void *put_many(void *arg)
{
	struct crowd *c = arg;
	int32_t race = 202401 + atomic_fetch_add(&c->next, 1);

	for (int32_t lap = 1; lap <= 60; lap++) {
		struct f1p_hist_lap rows[2] = {fixture_lap(race, lap, "alpha"), fixture_lap(race, lap, "beta")};
		if (history_put(c->f->h, &rows[0].row, 2, NULL, 0) != F1P_OK)
			return arg;
	}
	return history_flush(c->f->h, NULL, 0) == F1P_OK ? NULL : arg;
}

/* Both rows of a put are there or neither. */
static void *watch(void *arg)
{
	struct crowd *c = arg;
	void *bad = NULL;

	while (!atomic_load(&c->done) && !bad)
		if (fixture_count(c->f, F1P_HIST_LAP, 0, 0) % 2 != 0)
			bad = arg;
	return bad;
}

static void test_many_threads_put_while_others_read(void **state)
{
	struct fixture f;
	struct crowd c = {.f = &f};
	pthread_t putting[3], watching[2];
	void *bad;

	(void)state;
	fixture_begin(&f);
	fixture_open(&f, f.path);
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&watching[i], NULL, watch, &c), 0);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(pthread_create(&putting[i], NULL, put_many, &c), 0);
	for (size_t i = 0; i < 3; i++) {
		pthread_join(putting[i], &bad);
		assert_null(bad);
	}
	atomic_store(&c.done, true);
	for (size_t i = 0; i < 2; i++) {
		pthread_join(watching[i], &bad);
		assert_null(bad);
	}
	assert_int_equal(fixture_count(&f, F1P_HIST_LAP, 0, 0), 360);
	fixture_end(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows_of_every_type_come_back_as_they_went_in),
		cmocka_unit_test(test_every_field_is_checked_against_its_range),
		cmocka_unit_test(test_keys_are_never_unknown_and_races_have_a_round),
		cmocka_unit_test(test_a_put_is_taken_whole_or_not_at_all),
		cmocka_unit_test(test_rows_of_several_types_and_of_a_newer_plugin_go_in_together),
		cmocka_unit_test(test_the_store_outlives_its_closing),
		cmocka_unit_test(test_queries_choose_by_race_and_driver),
		cmocka_unit_test(test_queries_that_make_no_sense_are_refused),
		cmocka_unit_test(test_the_callback_may_ask_and_put),
		cmocka_unit_test(test_many_threads_put_while_others_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
