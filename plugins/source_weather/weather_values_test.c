/* weather_values_test.c - numbers as scaled integers, and paths. */
#include "answers_fixture.h"

#include "values.h"

static void numbers_are_scaled_and_rounded(void **state)
{
	static const struct {
		const char *text;
		int decimals;
		int64_t value;
	} good[] = {
		{"0", 1, 0},
		{"23.4", 1, 234},
		{"23.44", 1, 234},
		{"23.45", 1, 235},
		{"-0.05", 1, -1},
		{"-0.04", 1, 0},
		{"0.4999", 0, 0},
		{"12", 3, 12000},
		{"0.123456", 3, 123},
		{"1e2", 0, 100},
		{"1.5E-1", 2, 15},
		{"1e-9", 3, 0},
		{"5e-4", 3, 1},
		{"0.00000000000000000000000000001", 3, 0},
		{"100000000000000", 0, INT64_C(100000000000000)},
		{"1791259200", 0, 1791259200},
		{"0.1234567890123456789", 1, 1},
		{"270.0", 0, 270},
	};
	static const char *const bad[] = {"", "-", ".5", "1.2.3", "1e", "1e+", "e5", "1x", "NaN", "1e999", "1e15", "1e99999",
		"+1", "0x10", "1 ", "99999999999999999999"};
	int64_t v;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		if (!scaled_number(good[i].text, strlen(good[i].text), good[i].decimals, &v) || v != good[i].value)
			fail_msg("%s with %d decimals gives %lld", good[i].text, good[i].decimals, (long long)v);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (scaled_number(bad[i], strlen(bad[i]), 0, &v))
			fail_msg("\"%s\" was taken for %lld", bad[i], (long long)v);
	}
}

static void keep(void *arg, const struct path *p, enum value_kind kind, const char *text, size_t n)
{
	struct text *t = arg;

	for (uint32_t i = 0; i < p->depth; i++) {
		if (p->at[i].key[0])
			put(t, "/%s", p->at[i].key);
		else
			put(t, "/%u", p->at[i].index);
	}
	put(t, "=%d%.*s ", kind, (int)n, text);
}

static void every_value_comes_with_its_path(void **state)
{
	static const char json[] =
		"{\"a\":1,\"b\":{\"c\":\"x\",\"d\":[1,[2,3],{\"e\":null},true]},\"f\":[],\"g\":{},\"h\":false}";
	struct text t = {0};
	char err[100];

	(void)state;
	assert_int_equal(values_read(json, sizeof(json) - 1, keep, &t, err, sizeof(err)), F1P_OK);
	assert_string_equal(t.at, "/a=21 /b/c=3x /b/d/0=21 /b/d/1/0=22 /b/d/1/1=23 /b/d/2/e=1 /b/d/3=4 /h=5 ");
	free(t.at);
}

static void too_deep_values_are_left_out(void **state)
{
	static const char json[] = "{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":1},\"b\":2}}}}},\"c\":3}";
	struct text t = {0};
	char err[100];

	(void)state;
	assert_int_equal(values_read(json, sizeof(json) - 1, keep, &t, err, sizeof(err)), F1P_OK);
	assert_string_equal(t.at, "/a/a/a/a/a/b=22 /c=23 ");
	free(t.at);
}

static void only_objects_are_read(void **state)
{
	static const char *const bad[] = {"[]", "[{}]", "1", "\"x\"", "null", "", "{", "{} {}", "{\"a\":}"};
	struct text t = {0};
	char err[100];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		err[0] = '\0';
		assert_int_not_equal(values_read(bad[i], strlen(bad[i]), keep, &t, err, sizeof(err)), F1P_OK);
		assert_string_not_equal(err, "");
	}
	free(t.at);
}

static void paths_are_compared_whole(void **state)
{
	struct path p = {.depth = 3, .at = {{.key = "hourly"}, {.index = 7}, {.key = "dt"}}};

	(void)state;
	assert_true(path_is(&p, "hourly", "*", "dt", NULL));
	assert_false(path_is(&p, "hourly", "*", NULL, NULL));
	assert_false(path_is(&p, "hourly", "*", "dt", "x"));
	assert_false(path_is(&p, "*", "*", "dt", NULL));
	assert_false(path_is(&p, "hourly", "dt", "*", NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_scaled_and_rounded),
		cmocka_unit_test(every_value_comes_with_its_path),
		cmocka_unit_test(too_deep_values_are_left_out),
		cmocka_unit_test(only_objects_are_read),
		cmocka_unit_test(paths_are_compared_whole),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
