/*
 * csv_reader_test.c - records, quotes and line ends of RFC 4180, and the set's ways of writing values.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "history/csv_reader.h"
#include "history/csv_value.h"

#include <stdlib.h>
#include <string.h>

struct csv {
	FILE *file;
	struct csv_reader r;
};

static struct csv *begin(const char *text, size_t n)
{
	struct csv *c = calloc(1, sizeof(*c));

	assert_non_null(c);
	c->file = tmpfile();
	assert_non_null(c->file);
	assert_int_equal(fwrite(text, 1, n, c->file), n);
	rewind(c->file);
	csv_begin(&c->r, c->file);
	return c;
}

static struct csv *begin_text(const char *text)
{
	return begin(text, strlen(text));
}

static void end(struct csv *c)
{
	assert_int_equal(csv_next(&c->r), CSV_END);
	assert_int_equal(csv_next(&c->r), CSV_END);
	fclose(c->file);
	free(c);
}

/* want: fields separated by '|' */
static void expect(struct csv *c, unsigned long line, const char *want)
{
	char got[1024] = "";

	assert_int_equal(csv_next(&c->r), CSV_RECORD);
	for (size_t i = 0; i < c->r.n_fields; i++)
		snprintf(got + strlen(got), sizeof(got) - strlen(got), "%s%s", i ? "|" : "", c->r.fields[i]);
	assert_string_equal(got, want);
	assert_int_equal(c->r.line, line);
}

static void expect_bad(struct csv *c, unsigned long line, const char *because)
{
	assert_int_equal(csv_next(&c->r), CSV_BAD);
	assert_non_null(strstr(c->r.reason, because));
	assert_int_equal(c->r.line, line);
}

static void test_records(void **state)
{
	struct csv *c = begin_text("a,b,c\n1,,3\r\n,,\n\n\r\nlast,one");

	(void)state;
	expect(c, 1, "a|b|c");
	expect(c, 2, "1||3");
	expect(c, 3, "||");
	expect(c, 6, "last|one");
	end(c);
	end(begin_text(""));
	end(begin_text("\n\n"));
	c = begin_text("\xef\xbb\xbf"
		       "a\n");
	expect(c, 1, "a");
	end(c);
	c = begin_text("\xef\xbb");
	expect(c, 1, "\xef\xbb");
	end(c);
}

static void test_quotes(void **state)
{
	struct csv *c = begin_text("\"a,b\",\"say \"\"hi\"\"\",\"\"\n\"two\nlines\",x\r\n\"end\"");

	(void)state;
	expect(c, 1, "a,b|say \"hi\"|");
	expect(c, 2, "two\nlines|x");
	expect(c, 4, "end");
	end(c);
}

static void test_a_broken_record_does_not_spoil_the_next(void **state)
{
	struct csv *c = begin_text("\"a\"b,c\nok,1\nx\"y,2\nok,2\na\rb\nok,3\n");

	(void)state;
	expect_bad(c, 1, "behind a closing quote");
	expect(c, 2, "ok|1");
	expect_bad(c, 3, "within an unquoted field");
	expect(c, 4, "ok|2");
	expect_bad(c, 5, "CR without LF");
	expect(c, 6, "ok|3");
	end(c);
	c = begin("a,\0b\nok\n", 8);
	expect_bad(c, 1, "NUL");
	expect(c, 2, "ok");
	end(c);
	c = begin_text("ok\n\"never closed\nand on");
	expect(c, 1, "ok");
	expect_bad(c, 2, "not closed");
	end(c);
}

static void test_records_have_an_end(void **state)
{
	size_t n = CSV_RECORD_MAX + 100;
	char *text = malloc(n + 4);

	(void)state;
	assert_non_null(text);
	memset(text, 'x', n);
	memcpy(text + n, "\nok\n", 4);
	struct csv *c = begin(text, n + 4);
	expect_bad(c, 1, "longer than 64 KiB");
	expect(c, 2, "ok");
	end(c);
	memset(text, ',', 200);
	memcpy(text + 200, "\nok\n", 4);
	c = begin(text, 204);
	expect_bad(c, 1, "128 fields");
	expect(c, 2, "ok");
	end(c);
	free(text);
}

static void test_dates_and_times(void **state)
{
	static const char *const bad_dates[] = {"", "2014-3-16", "2014-13-01", "2014-00-01", "2014-01-32", "1949-01-01",
		"2014-03-16 ", "2014/03/16", "99999-01-01"};
	static const char *const bad_times[] = {"", "6:00", "24:00", "06:60", "06:00:60", "06:00:", "06:00:00Z", "0600"};
	int64_t t;

	(void)state;
	assert_true(csv_date("1970-01-01", &t));
	assert_int_equal(t, 0);
	assert_true(csv_date("2024-02-29", &t));
	assert_int_equal(t, INT64_C(1709164800000000000));
	assert_true(csv_date("1950-05-13", &t));
	assert_int_equal(t, INT64_C(-619747200000000000));
	assert_true(csv_time_of_day("13:10", &t));
	assert_int_equal(t, INT64_C(47400000000000));
	assert_true(csv_time_of_day("23:59:59", &t));
	assert_int_equal(t, INT64_C(86399000000000));
	for (size_t i = 0; i < sizeof(bad_dates) / sizeof(bad_dates[0]); i++)
		assert_false(csv_date(bad_dates[i], &t));
	for (size_t i = 0; i < sizeof(bad_times) / sizeof(bad_times[0]); i++)
		assert_false(csv_time_of_day(bad_times[i], &t));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_records),
		cmocka_unit_test(test_quotes),
		cmocka_unit_test(test_a_broken_record_does_not_spoil_the_next),
		cmocka_unit_test(test_records_have_an_end),
		cmocka_unit_test(test_dates_and_times),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
