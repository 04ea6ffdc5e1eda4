/*
 * learn_params_test.c - named arrays: what is written is read again, and hostile text is refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "params.h"

struct text {
	char bytes[4096];
	size_t n;
};

static void append(void *arg, const void *bytes, size_t n)
{
	struct text *t = arg;
	assert_true(t->n + n < sizeof(t->bytes));
	memcpy(t->bytes + t->n, bytes, n);
	t->n += n;
	t->bytes[t->n] = 0;
}

static void test_names_come_sorted_and_values_come_back(void **state)
{
	(void)state;
	const double b[] = { 1.0, -0.5, 1e-30, 123456789.0, 3.14159265358979 }, a[] = { 0.1 };
	struct params *p = params_create();
	assert_true(params_set(p, "b.two", b, 5) && params_set(p, "a", a, 1) && params_set(p, "empty", NULL, 0));
	struct text t = { .n = 0 }, again = { .n = 0 };
	params_write(p, append, &t);
	assert_string_equal(t.bytes, "{\n\"a\":[0.1],\n\"b.two\":[1,-0.5,1e-30,123456789,3.14159265],\n\"empty\":[]}");
	char why[100];
	struct params *q = params_read(t.bytes, t.n, why, sizeof(why));
	assert_non_null(q);
	params_write(q, append, &again);
	assert_string_equal(t.bytes, again.bytes);
	const double *v = params_get(q, "b.two", 5);
	assert_non_null(v);
	assert_true(v[1] == -0.5 && v[3] == 123456789.0 && fabs(v[4] - 3.14159265) < 1e-15 && fabs(v[2] / 1e-30 - 1) < 1e-13);
	assert_null(params_get(q, "b.two", 4));
	assert_null(params_get(q, "c", 1));
	assert_int_equal(params_length(q, "b.two"), 5);
	assert_int_equal(params_length(q, "c"), 0);
	params_destroy(p);
	params_destroy(q);
}

static void test_set_replaces_and_refuses(void **state)
{
	(void)state;
	const double v[] = { 1.0, 2.0 }, bad[] = { NAN }, worse[] = { INFINITY };
	struct params *p = params_create();
	assert_true(params_set(p, "x", v, 2) && params_set(p, "x", v + 1, 1));
	assert_null(params_get(p, "x", 2));
	assert_true(params_get(p, "x", 1)[0] == 2.0);
	assert_false(params_set(p, "x", bad, 1));
	assert_false(params_set(p, "x", worse, 1));
	assert_false(params_set(p, "", v, 1));
	assert_false(params_set(p, "quo\"te", v, 1));
	assert_true(params_get(p, "x", 1)[0] == 2.0);
	params_destroy(p);
	params_destroy(NULL);
}

static void test_many_names_are_found(void **state)
{
	(void)state;
	struct params *p = params_create();
	char name[16];
	for (unsigned i = 0; i < PARAMS_MAX_NAMES; i++) {
		double v = i;
		snprintf(name, sizeof(name), "n%u", i * 2654435761u);
		assert_true(params_set(p, name, &v, 1));
	}
	double one = 1.0;
	assert_false(params_set(p, "one too many", &one, 1));
	for (unsigned i = 0; i < PARAMS_MAX_NAMES; i++) {
		snprintf(name, sizeof(name), "n%u", i * 2654435761u);
		assert_true(params_get(p, name, 1)[0] == (double)i);
	}
	params_destroy(p);
}

static void test_hostile_text_is_refused(void **state)
{
	(void)state;
	static const char *const bad[] = { "", "[]", "{", "{\"a\":1}", "{\"a\":[1,]}", "{\"a\":[\"1\"]}", "{\"a\":[null]}", "{\"a\":[true]}",
		"{\"a\":[[1]]}", "{\"a\":{\"b\":[1]}}", "{\"a\":[1],\"a\":[2]}", "{\"a\":[1e999]}", "{\"a\":[1e99999999999]}",
		"{\"a\":[NaN]}", "{\"\":[1]}", "{\"a\\u0000b\":[1]}", "{\"a\":[1]} x",
		"{\"0123456789012345678901234567890123456789012345678901234567890123\":[1]}", "{\"\\u00e4\":[1]}" };
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char why[100] = "";
		assert_null(params_read(bad[i], strlen(bad[i]), why, sizeof(why)));
		assert_true(why[0] != 0);
	}
	char *large = malloc(PARAMS_MAX_TEXT + 1), why[100];
	memset(large, ' ', PARAMS_MAX_TEXT + 1);
	assert_null(params_read(large, PARAMS_MAX_TEXT + 1, why, sizeof(why)));
	free(large);
}

static void test_numbers_of_all_shapes(void **state)
{
	(void)state;
	const char text[] = "{\"a\":[0,-0,1E2,1e-2,2.5e+1,0.000000000000000000000000125,123456789012345678901234567890,1e-320]}";
	const double want[] = { 0, 0, 100, 0.01, 25, 1.25e-25, 1.2345678901234568e29, 1e-320 };
	char why[100];
	struct params *p = params_read(text, strlen(text), why, sizeof(why));
	assert_non_null(p);
	const double *v = params_get(p, "a", 8);
	for (size_t i = 0; i < 7; i++) {
		assert_true(fabs(v[i] - want[i]) <= 1e-14 * fabs(want[i]));
	}
	assert_true(v[7] >= 0.0 && v[7] < 1e-300);
	params_destroy(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names_come_sorted_and_values_come_back),
		cmocka_unit_test(test_set_replaces_and_refuses),
		cmocka_unit_test(test_many_names_are_found),
		cmocka_unit_test(test_hostile_text_is_refused),
		cmocka_unit_test(test_numbers_of_all_shapes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
