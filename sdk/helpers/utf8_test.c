/* utf8_test.c - which bytes are a character, and where copies are cut. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <helpers/utf8.h>

static size_t len(const char *text)
{
	return f1p_utf8_char(text, strlen(text));
}

static void knows_characters(void **state)
{
	(void)state;
	assert_int_equal(len("a"), 1);
	assert_int_equal(len("\xc3\xa9"), 2);
	assert_int_equal(len("\xe2\x82\xac"), 3);
	assert_int_equal(len("\xf4\x8f\xbf\xbf"), 4);
	assert_int_equal(f1p_utf8_char("", 0), 0);
}

static void refuses_what_is_none(void **state)
{
	(void)state;
	assert_int_equal(len("\x80"), 0);
	assert_int_equal(len("\xc1\x81"), 0);	      /* overlong */
	assert_int_equal(len("\xe0\x80\x80"), 0);     /* overlong */
	assert_int_equal(len("\xed\xa0\x80"), 0);     /* surrogate */
	assert_int_equal(len("\xf4\x90\x80\x80"), 0); /* above U+10FFFF */
	assert_int_equal(len("\xf8\x88\x80\x80\x80"), 0);
	assert_int_equal(len("\xe2\x82"), 0); /* cut */
	assert_int_equal(len("\xe2\x28\xa1"), 0);
}

static void a_text_is_valid_as_a_whole(void **state)
{
	(void)state;
	assert_true(f1p_utf8_valid("", 0));
	assert_true(f1p_utf8_valid("a\xc3\xa9\xe2\x82\xac", 6));
	assert_false(f1p_utf8_valid("a\xc3\xa9\xe2\x82\xac", 5)); /* cut */
	assert_false(f1p_utf8_valid("a\xed\xbb\xbfz", 5));
	assert_false(f1p_utf8_valid("\xff", 1));
}

static void copies_cut_at_characters_and_zero_the_rest(void **state)
{
	char dst[6];

	(void)state;
	memset(dst, 'x', sizeof(dst));
	assert_int_equal(f1p_utf8_copy(dst, sizeof(dst), "ab\xc3\xa9\xc3\xa9", 6), 4);
	assert_memory_equal(dst, "ab\xc3\xa9\0\0", 6);
	assert_int_equal(f1p_utf8_copy(dst, sizeof(dst), "a\0b", 3), 5);
	assert_string_equal(dst, "a\xef\xbf\xbd"
				 "b");
	assert_int_equal(f1p_utf8_copy(dst, 1, "a", 1), 0);
	assert_string_equal(dst, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_characters),
		cmocka_unit_test(refuses_what_is_none),
		cmocka_unit_test(a_text_is_valid_as_a_whole),
		cmocka_unit_test(copies_cut_at_characters_and_zero_the_rest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
