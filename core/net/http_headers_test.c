#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net/http_headers.h"

#include <stdio.h>
#include <string.h>

static void add(struct http_headers *h, const char *line)
{
	assert_true(http_headers_add_line(h, line, strlen(line)));
}

static void lines_become_names_and_values(void **state)
{
	struct http_headers h = {0};
	struct f1p_header list[HTTP_HEADERS_MAX];

	(void)state;
	add(&h, "Content-Type:text/plain\r\n");
	add(&h, "X-Empty:\r\n");
	add(&h, "X-Spaces: \t a b \t \r\n");
	add(&h, "no colon here\r\n");
	add(&h, ": no name\r\n");
	add(&h, " folded: line\r\n");
	add(&h, "\r\n");
	add(&h, "X-Odd: a\x01\x1b[2Jb\r\n");
	assert_int_equal(http_headers_list(&h, list), 4);
	assert_string_equal(list[0].name, "content-type");
	assert_string_equal(list[0].value, "text/plain");
	assert_string_equal(http_headers_get(&h, "x-empty"), "");
	assert_string_equal(http_headers_get(&h, "x-spaces"), "a b");
	assert_string_equal(http_headers_get(&h, "x-odd"), "a??[2Jb");
	assert_null(http_headers_get(&h, "folded"));
	assert_true(http_headers_add_line(&h, "X-Nul: a\0b\r\n", 12));
	assert_string_equal(http_headers_get(&h, "x-nul"), "a?b");
	http_headers_finish(&h);
}

static void number_and_size_are_capped(void **state)
{
	struct http_headers h = {0};
	static char longest[HTTP_HEADERS_BYTES_MAX + 10];
	char line[40];

	(void)state;
	memset(longest, 'v', sizeof(longest));
	assert_false(http_headers_put(&h, "x", 1, longest, sizeof(longest)));
	assert_true(http_headers_put(&h, "x", 1, longest, HTTP_HEADERS_BYTES_MAX - 10));
	assert_false(http_headers_put(&h, "y", 1, longest, 20));
	http_headers_clear(&h);
	for (unsigned i = 0; i < HTTP_HEADERS_MAX; i++) {
		snprintf(line, sizeof(line), "X-%u: %u\r\n", i, i);
		add(&h, line);
	}
	assert_false(http_headers_add_line(&h, line, strlen(line)));
	assert_string_equal(http_headers_get(&h, "x-127"), "127");
	http_headers_finish(&h);
}

static void their_text_can_be_taken_up_again(void **state)
{
	struct http_headers h = {0}, again = {0};

	(void)state;
	add(&h, "ETag: \"1\"\r\n");
	add(&h, "X-Empty:\r\n");
	assert_true(http_headers_from_text(&again, h.text, h.used));
	assert_int_equal(again.n, 2);
	assert_string_equal(http_headers_get(&again, "etag"), "\"1\"");
	assert_false(http_headers_from_text(&again, h.text, h.used - 1));
	assert_false(http_headers_from_text(&again, "name only", 10));
	assert_true(http_headers_from_text(&again, "", 0));
	assert_int_equal(again.n, 0);
	http_headers_finish(&h);
	http_headers_finish(&again);
}

static void an_update_keeps_what_tells_of_the_body(void **state)
{
	struct http_headers h = {0}, newer = {0};

	(void)state;
	add(&h, "Content-Length: 500\r\n");
	add(&h, "Cache-Control: max-age=5\r\n");
	add(&h, "X-Old: 1\r\n");
	add(&h, "Age: 100\r\n");
	add(&newer, "Cache-Control: max-age=60\r\n");
	add(&newer, "Content-Length: 0\r\n");
	add(&newer, "X-New: 2\r\n");
	assert_true(http_headers_update(&h, &newer));
	assert_string_equal(http_headers_get(&h, "content-length"), "500");
	assert_string_equal(http_headers_get(&h, "cache-control"), "max-age=60");
	assert_string_equal(http_headers_get(&h, "x-old"), "1");
	assert_string_equal(http_headers_get(&h, "x-new"), "2");
	assert_null(http_headers_get(&h, "age"));
	http_headers_finish(&h);
	http_headers_finish(&newer);
}

static struct http_lifetime lifetime(const char *a, const char *b, const char *c)
{
	struct http_headers h = {0};
	struct http_lifetime life;

	add(&h, a);
	add(&h, b);
	add(&h, c);
	life = http_headers_lifetime(&h);
	http_headers_finish(&h);
	return life;
}

static void what_may_be_kept_and_how_long(void **state)
{
	(void)state;
	assert_true(lifetime("", "", "").keep);
	assert_true(lifetime("", "", "").max_age_ms == 0);
	assert_true(lifetime("Cache-Control: public, max-age=30", "", "").max_age_ms == 30000);
	assert_true(lifetime("Cache-Control: MAX-AGE=\"30\"", "", "").max_age_ms == 30000);
	assert_true(lifetime("Cache-Control: max-age=99999999999999999999", "", "").max_age_ms == 365LL * 86400 * 1000);
	assert_true(lifetime("Cache-Control: max-age=-3", "", "").max_age_ms == 0);
	assert_true(lifetime("Cache-Control: s-maxage=30", "", "").max_age_ms == 0);
	assert_true(lifetime("Cache-Control: max-age=30,no-cache", "", "").max_age_ms == 0);
	assert_true(lifetime("Cache-Control: max-age=30,no-cache", "", "").keep);
	assert_false(lifetime("Cache-Control: private", "Cache-Control: ,,  No-Store", "").keep);
	assert_false(lifetime("Vary: *", "", "").keep);
	assert_true(lifetime("Vary: Accept-Encoding", "", "").keep);
	assert_true(lifetime("Age: 12", "", "").age_ms == 12000);
	assert_true(lifetime("Date: Tue, 14 Nov 2023 22:13:20 GMT", "Expires: Tue, 14 Nov 2023 22:14:20 GMT", "").max_age_ms ==
		    60000);
	assert_true(lifetime("Date: Tue, 14 Nov 2023 22:13:20 GMT", "Expires: 0", "").max_age_ms == 0);
	assert_true(lifetime("Date: Tue, 14 Nov 2023 22:13:20 GMT", "Expires: Tue, 14 Nov 2023 22:14:20 GMT",
			    "Cache-Control: max-age=5").max_age_ms == 5000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_become_names_and_values),
		cmocka_unit_test(number_and_size_are_capped),
		cmocka_unit_test(their_text_can_be_taken_up_again),
		cmocka_unit_test(an_update_keeps_what_tells_of_the_body),
		cmocka_unit_test(what_may_be_kept_and_how_long),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
