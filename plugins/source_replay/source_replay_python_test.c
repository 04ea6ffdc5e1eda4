/* The reader of Python literals: what it turns into JSON, and what it refuses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "python_literal.h"

#include <stdio.h>
#include <string.h>

static void assert_json(const char *python, const char *json)
{
	struct sr_buffer out = {0};
	const char *why = NULL;
	size_t at = 0;

	if (!sr_python_to_json(python, strlen(python), &out, &why, &at)) {
		fail_msg("%s: refused at %zu: %s", python, at, why);
	}
	sr_buffer_putc(&out, '\0');
	assert_string_equal(out.bytes, json);
	sr_buffer_finish(&out);
}

static void assert_refused(const char *python, const char *reason)
{
	struct sr_buffer out = {0};
	const char *why = NULL;
	size_t at = 0;

	assert_false(sr_python_to_json(python, strlen(python), &out, &why, &at));
	assert_string_equal(why, reason);
	assert_true(at <= strlen(python));
	sr_buffer_finish(&out);
}

static void test_words_and_numbers(void **state)
{
	(void)state;
	assert_json("[True, False, None, 12, -3.5, 1e9]", "[true,false,null,12,-3.5,1e9]");
	assert_json("[nan, inf, -inf]", "[null,null,null]");
	assert_json("[true, null]", "[true,null]");
}

static void test_brackets(void **state)
{
	(void)state;
	assert_json("('a', (1,), [], {}, ())", "[\"a\",[1],[],{},[]]");
	assert_json("{'a': {'b': [1, 2,],},}", "{\"a\":{\"b\":[1,2]}}");
	assert_json("{1: 'x', None: 2}", "{\"1\":\"x\",\"null\":2}");
	assert_json("7", "7");
}

static void test_quotes(void **state)
{
	(void)state;
	assert_json("['a\"b']", "[\"a\\\"b\"]");
	assert_json("[\"O'Team\"]", "[\"O'Team\"]");
	assert_json("['O\\'T \"x\"']", "[\"O'T \\\"x\\\"\"]");
	assert_json("['']", "[\"\"]");
}

static void test_escapes(void **state)
{
	(void)state;
	assert_json("['a\\nb\\tc\\\\d']", "[\"a\\u000ab\\u0009c\\\\d\"]");
	assert_json("['\\xe9\\u00e9\\U0001F3C1']", "[\"\xc3\xa9\xc3\xa9\xf0\x9f\x8f\x81\"]");
	assert_json("['\\101\\0']", "[\"A\\u0000\"]");
	assert_json("['\\d']", "[\"\\\\d\"]");
	assert_json("['\\ud800\\U00110000']", "[\"\xef\xbf\xbd\xef\xbf\xbd\"]");
	assert_json("['caf\xc3\xa9']", "[\"caf\xc3\xa9\"]");
}

static void test_refuses_what_is_torn(void **state)
{
	(void)state;
	assert_refused("", "it ends in the middle");
	assert_refused("['a", "a string that does not end");
	assert_refused("['a\\", "a string that does not end");
	assert_refused("['a', {'b': ", "it ends in the middle");
	assert_refused("['a' 'b']", "no comma between two values");
	assert_refused("['t'.02]", "no comma between two values");
	assert_refused("['a'] x", "text behind the closing bracket");
	assert_refused("{'a' 1}", "no colon behind a key");
	assert_refused("['a'}", "no comma between two values");
	assert_refused("['\\xg1']", "a broken \\x or \\u escape");
	assert_refused("[,]", "neither a value nor a bracket");
}

static void test_evaluates_nothing(void **state)
{
	(void)state;
	assert_refused("[__import__('os').system('true')]", "neither a value nor a bracket");
	assert_refused("[lambda: 1]", "neither a value nor a bracket");
	assert_refused("[1 + 1]", "no comma between two values");
}

static void test_depth_is_capped(void **state)
{
	char deep[200];

	(void)state;
	memset(deep, '[', 100);
	memset(deep + 100, ']', 100);
	deep[199] = '\0';
	assert_refused(deep, "nested deeper than 32");
	memset(deep, '(', 32);
	memset(deep + 32, ')', 32);
	deep[64] = '\0';
	assert_json(deep, "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]");
}

/* Each prefix of a good text is refused or read, never more. */
static void test_prefixes(void **state)
{
	const char *text = "['T', {'L': {'4': {'S': [True, None, '\\u00e9\\x41']}}, 'x': (1.5, -2)}, '2024Z']";
	char copy[128];

	(void)state;
	for (size_t n = 1; n < strlen(text); n++) {
		struct sr_buffer out = {0};
		const char *why = NULL;
		size_t at = 0;

		memcpy(copy, text, n);
		assert_false(sr_python_to_json(copy, n, &out, &why, &at));
		sr_buffer_finish(&out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words_and_numbers),
		cmocka_unit_test(test_brackets),
		cmocka_unit_test(test_quotes),
		cmocka_unit_test(test_escapes),
		cmocka_unit_test(test_refuses_what_is_torn),
		cmocka_unit_test(test_evaluates_nothing),
		cmocka_unit_test(test_depth_is_capped),
		cmocka_unit_test(test_prefixes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
