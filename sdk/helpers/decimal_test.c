/*
 * decimal_test.c - decimal text as whole numbers of small units.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <helpers/decimal.h>

#include <string.h>

static void test_decimals(void **state)
{
	static const struct {
		const char *text;
		int decimals;
		int64_t value;
	} good[] = {{"0", 0, 0}, {"-7", 0, -7}, {"+7", 0, 7}, {"5578.710", 3, 5578710}, {"2.76083", 4, 27608},
		{"-37.8497", 4, -378497}, {"1.0005", 3, 1001}, {"-1.0005", 3, -1001}, {"0.9994999", 3, 999}, {"24.1", 1, 241},
		{"7", 3, 7000}, {"999999999999", 3, INT64_C(999999999999000)}};
	static const char *const bad[] = {
		"", "-", "1.", ".5", "1e3", "nan", "1 ", " 1", "0x10", "1.2.3", "1234567890123", "--1", "1,5"};
	int64_t v;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_true(f1p_parse_decimal(good[i].text, strlen(good[i].text), good[i].decimals, &v));
		assert_int_equal(v, good[i].value);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(f1p_parse_decimal(bad[i], strlen(bad[i]), 3, &v));
}

static void test_no_byte_behind_the_end_is_read(void **state)
{
	int64_t v;

	(void)state;
	assert_true(f1p_parse_decimal("12345", 3, 0, &v));
	assert_int_equal(v, 123);
	assert_false(f1p_parse_decimal("1.5", 2, 1, &v));
	assert_false(f1p_parse_decimal("5", 0, 0, &v));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_decimals),
		cmocka_unit_test(test_no_byte_behind_the_end_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
