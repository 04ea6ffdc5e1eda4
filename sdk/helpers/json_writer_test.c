/* json_writer_test.c - texts with known answers, hostile text, misuse. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <helpers/json_reader.h>
#include <helpers/json_writer.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Asserts the text that is in the writer and begins anew. */
static void expect(struct f1p_json *j, const char *wanted)
{
	size_t n = 99;
	const char *text = f1p_json_text(j, &n);

	if (wanted == NULL) {
		assert_null(text);
		assert_int_equal(n, 0);
	} else {
		assert_non_null(text);
		assert_string_equal(text, wanted);
		assert_int_equal(n, strlen(wanted));
	}
	f1p_json_clear(j);
}

static void writes_nested_values(void **state)
{
	struct f1p_json j;

	(void)state;
	f1p_json_init(&j);
	f1p_json_object(&j);
	f1p_json_key(&j, "a");
	f1p_json_array(&j);
	f1p_json_int(&j, 1);
	f1p_json_object(&j);
	f1p_json_end(&j);
	f1p_json_array(&j);
	f1p_json_end(&j);
	f1p_json_null(&j);
	f1p_json_end(&j);
	f1p_json_key(&j, "b");
	f1p_json_bool(&j, false);
	f1p_json_key(&j, "c");
	f1p_json_raw(&j, "{\"x\":1}", 7);
	f1p_json_end(&j);
	expect(&j, "{\"a\":[1,{},[],null],\"b\":false,\"c\":{\"x\":1}}");
	f1p_json_finish(&j);
}

static void writes_integers_at_their_limits(void **state)
{
	struct f1p_json j;

	(void)state;
	f1p_json_init(&j);
	f1p_json_array(&j);
	f1p_json_int(&j, INT64_MIN);
	f1p_json_int(&j, INT64_MAX);
	f1p_json_uint(&j, UINT64_MAX);
	f1p_json_int(&j, 0);
	f1p_json_end(&j);
	expect(&j, "[-9223372036854775808,9223372036854775807,18446744073709551615,0]");
	f1p_json_finish(&j);
}

static void writes_decimals_as_asked(void **state)
{
	struct f1p_json j;

	(void)state;
	f1p_json_init(&j);
	f1p_json_array(&j);
	f1p_json_num(&j, 1.5, 3);
	f1p_json_num(&j, -0.0004, 3);
	f1p_json_num(&j, -12.3456, 2);
	f1p_json_num(&j, 0.05, 2);
	f1p_json_num(&j, 2.5, 0);
	f1p_json_num(&j, 99.9999, 3);
	f1p_json_num(&j, 1e18, 3);
	f1p_json_num(&j, 0.125, 77);
	f1p_json_end(&j);
	expect(&j, "[1.500,0.000,-12.35,0.05,3,100.000,1000000000000000000,0.125000000]");
	f1p_json_finish(&j);
}

static void numbers_that_are_not_finite_become_null(void **state)
{
	struct f1p_json j;

	(void)state;
	f1p_json_init(&j);
	f1p_json_array(&j);
	f1p_json_num(&j, NAN, 3);
	f1p_json_num(&j, INFINITY, 3);
	f1p_json_num(&j, -INFINITY, 3);
	f1p_json_end(&j);
	expect(&j, "[null,null,null]");
	f1p_json_finish(&j);
}

static void largest_double_is_still_a_number(void **state)
{
	struct f1p_json j;
	size_t n = 0;
	const char *text = NULL;

	(void)state;
	f1p_json_init(&j);
	f1p_json_num(&j, -1.7976931348623157e308, 9);
	text = f1p_json_text(&j, &n);
	assert_non_null(text);
	assert_int_equal(n, 310);
	assert_true(strtod(text, NULL) == -1.7976931348623157e308);
	f1p_json_finish(&j);
}

static void escapes_text(void **state)
{
	struct f1p_json j;

	(void)state;
	f1p_json_init(&j);
	f1p_json_strn(&j, "q\" b\\ n\n t\t r\r \x01 \x7f e\xc3\xa9 \0z", 25);
	expect(&j, "\"q\\\" b\\\\ n\\n t\\t r\\r \\u0001 \\u007f e\xc3\xa9 \\u0000z\"");
	f1p_json_finish(&j);
}

static void replaces_invalid_utf8(void **state)
{
	struct f1p_json j;

	(void)state;
	f1p_json_init(&j);
	f1p_json_str(&j, "\xff"
			 "a\xc3"
			 "b\xed\xa0\x80\xc0\x80\xf0\x9f\x8f\x81\xf0\x9f");
	expect(&j, "\"\xef\xbf\xbd"
		   "a\xef\xbf\xbd"
		   "b\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xf0\x9f\x8f\x81"
		   "\xef\xbf\xbd\xef\xbf\xbd\"");
	f1p_json_finish(&j);
}

static void null_text_is_null(void **state)
{
	struct f1p_json j;

	(void)state;
	f1p_json_init(&j);
	f1p_json_str(&j, NULL);
	expect(&j, "null");
	f1p_json_finish(&j);
}

static void misuse_gives_no_text(void **state)
{
	struct f1p_json j;

	(void)state;
	f1p_json_init(&j);
	expect(&j, NULL); /* nothing written */
	f1p_json_object(&j);
	expect(&j, NULL); /* not closed */
	f1p_json_end(&j);
	expect(&j, NULL); /* nothing to close */
	f1p_json_int(&j, 1);
	f1p_json_int(&j, 2);
	expect(&j, NULL); /* two values */
	f1p_json_object(&j);
	f1p_json_int(&j, 1);
	f1p_json_end(&j);
	expect(&j, NULL); /* value without key */
	f1p_json_object(&j);
	f1p_json_key(&j, "a");
	f1p_json_end(&j);
	expect(&j, NULL); /* key without value */
	f1p_json_array(&j);
	f1p_json_key(&j, "a");
	f1p_json_end(&j);
	expect(&j, NULL); /* key in an array */
	f1p_json_raw(&j, "", 0);
	expect(&j, NULL); /* no value */
	f1p_json_int(&j, 3);
	expect(&j, "3"); /* and the writer can be used again */
	f1p_json_finish(&j);
}

static void nesting_has_a_limit(void **state)
{
	struct f1p_json j;

	(void)state;
	f1p_json_init(&j);
	for (int i = 0; i < 100; i++) {
		f1p_json_array(&j);
	}
	for (int i = 0; i < 100; i++) {
		f1p_json_end(&j);
	}
	expect(&j, NULL);
	f1p_json_finish(&j);
}

static void long_text_reads_back(void **state)
{
	static const struct f1p_json_handler check = {0};
	struct f1p_json j;
	size_t n = 0;
	const char *text = NULL;
	char err[100];

	(void)state;
	f1p_json_init(&j);
	f1p_json_array(&j);
	for (int i = 0; i < 20000; i++) {
		f1p_json_object(&j);
		f1p_json_key(&j, "lap\"\n");
		f1p_json_num(&j, i / 7.0, 6);
		f1p_json_end(&j);
	}
	f1p_json_end(&j);
	text = f1p_json_text(&j, &n);
	assert_non_null(text);
	assert_int_equal(f1p_json_read(&check, NULL, text, n, err, sizeof(err)), F1P_OK);
	f1p_json_finish(&j);
}

static void a_problem_is_a_whole_document(void **state)
{
	struct f1p_json j;

	(void)state;
	f1p_json_init(&j);
	f1p_json_problem(&j, 404, "Not found", "no \"x\" here");
	assert_string_equal(f1p_json_text(&j, NULL),
		"{\"type\":\"about:blank\",\"title\":\"Not found\",\"status\":404,\"detail\":\"no \\\"x\\\" here\"}");
	f1p_json_finish(&j);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_problem_is_a_whole_document),
		cmocka_unit_test(writes_nested_values),
		cmocka_unit_test(writes_integers_at_their_limits),
		cmocka_unit_test(writes_decimals_as_asked),
		cmocka_unit_test(numbers_that_are_not_finite_become_null),
		cmocka_unit_test(largest_double_is_still_a_number),
		cmocka_unit_test(escapes_text),
		cmocka_unit_test(replaces_invalid_utf8),
		cmocka_unit_test(null_text_is_null),
		cmocka_unit_test(misuse_gives_no_text),
		cmocka_unit_test(nesting_has_a_limit),
		cmocka_unit_test(long_text_reads_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
