/*
 * base64_test.c - the vectors of RFC 4648, section 10, both alphabets, and what is no base64.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "helpers/base64.h"

#include <string.h>

static void decodes(const char *text, const char *bytes)
{
	unsigned char out[64];
	size_t n = 99;

	assert_true(f1p_base64_decode(text, strlen(text), '+', '/', out, &n));
	assert_int_equal(n, strlen(bytes));
	assert_memory_equal(out, bytes, n);
}

static void the_vectors_of_the_standard(void **state)
{
	(void)state;
	decodes("", "");
	decodes("Zg==", "f");
	decodes("Zm8=", "fo");
	decodes("Zm9v", "foo");
	decodes("Zm9vYg==", "foob");
	decodes("Zm9vYmE=", "fooba");
	decodes("Zm9vYmFy", "foobar");
	decodes("Zm9vYg", "foob"); /* tokens have no padding */
}

static void each_alphabet_has_its_own_last_digits(void **state)
{
	static const unsigned char expected[] = {0xfb, 0xff};
	unsigned char out[8];
	size_t n = 0;

	(void)state;
	assert_true(f1p_base64_decode("+/8", 3, '+', '/', out, &n));
	assert_int_equal(n, 2);
	assert_memory_equal(out, expected, 2);
	assert_true(f1p_base64_decode("-_8", 3, '-', '_', out, &n));
	assert_memory_equal(out, expected, 2);
	assert_false(f1p_base64_decode("-_8", 3, '+', '/', out, &n));
	assert_false(f1p_base64_decode("+/8", 3, '-', '_', out, &n));
}

static void what_is_no_base64_is_refused(void **state)
{
	static const char *const bad[] = {"Zm9vY", "Zm 9v", "Zg==Zg==", "Zm9\xc3\xbc", "Z"};
	unsigned char out[16];
	size_t n = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_false(f1p_base64_decode(bad[i], strlen(bad[i]), '+', '/', out, &n));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_vectors_of_the_standard),
		cmocka_unit_test(each_alphabet_has_its_own_last_digits),
		cmocka_unit_test(what_is_no_base64_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
