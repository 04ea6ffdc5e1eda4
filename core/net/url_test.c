#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net/url.h"

#include <string.h>

static void authority_is(const char *url, const char *expect)
{
	char authority[URL_AUTHORITY_MAX] = "", why[300] = "";

	assert_true(url_check(url, authority, NULL, why, sizeof(why)));
	assert_string_equal(authority, expect);
}

static void refused(const char *url, const char *expect)
{
	char authority[URL_AUTHORITY_MAX], why[300] = "";

	assert_false(url_check(url, authority, NULL, why, sizeof(why)));
	assert_non_null(strstr(why, expect));
	assert_null(strstr(why, "SECRET"));
}

static void the_server_of_a_url(void **state)
{
	bool https = false;
	char authority[URL_AUTHORITY_MAX], why[300];

	(void)state;
	authority_is("https://Api.Example.ORG/v1?x=1", "api.example.org");
	authority_is("https://api.example.org:443/", "api.example.org");
	authority_is("http://api.example.org:80", "api.example.org");
	authority_is("https://api.example.org:80/", "api.example.org:80");
	authority_is("HTTP://127.0.0.1:8031/x", "127.0.0.1:8031");
	authority_is("http://[::1]:8031/x", "[::1]:8031");
	authority_is("https://a.example#b@evil.example/", "a.example");
	assert_true(url_check("https://a.example/", authority, &https, why, sizeof(why)));
	assert_true(https);
}

static void what_is_no_url_of_ours(void **state)
{
	char longest[2100] = "https://a.example/?SECRET";

	(void)state;
	refused("", "not an http");
	refused("a.example/x", "not an http");
	refused("ftp://a.example/?SECRET", "not an http");
	refused("file:///etc/passwd", "not an http");
	refused("https://", "not an http");
	refused("https:///a.example/?SECRET", "not an http"); /* libcurl would take all three for a server's name */
	refused("https:/a.example/?SECRET", "not an http");
	refused("https:a.example/?SECRET", "not an http");
	refused("https://a.example:99999/", "not an http");
	refused("https://a b.example/?SECRET", "percent-encoded");
	refused("https://a.example/\n?SECRET", "percent-encoded");
	refused("https://a.example/\xc3\xa4", "percent-encoded");
	refused("https://me:SECRET@a.example/", "password in a URL");
	memset(longest + strlen(longest), 'x', 2050 - strlen(longest));
	refused(longest, "longer than 2000");
}

static void authorities_as_people_write_them(void **state)
{
	char out[URL_AUTHORITY_MAX];

	(void)state;
	assert_true(url_authority("API.example.org", out));
	assert_string_equal(out, "api.example.org");
	assert_true(url_authority("api.example.org:443", out));
	assert_string_equal(out, "api.example.org");
	assert_true(url_authority("api.example.org:80", out));
	assert_string_equal(out, "api.example.org");
	assert_true(url_authority("localhost:8031", out));
	assert_string_equal(out, "localhost:8031");
	assert_false(url_authority("https://api.example.org", out));
	assert_false(url_authority("api.example.org/v1", out));
	assert_false(url_authority("me@api.example.org", out));
	assert_false(url_authority("", out));
}

static void leads_to(const char *from, const char *location, const char *expect)
{
	char to[URL_MAX + 1], why[300] = "";

	assert_true(url_redirect(from, location, to, why, sizeof(why)));
	assert_string_equal(to, expect);
}

static void not_followed(const char *from, const char *location, const char *expect)
{
	char to[URL_MAX + 1], why[300] = "";

	assert_false(url_redirect(from, location, to, why, sizeof(why)));
	assert_non_null(strstr(why, expect));
	assert_null(strstr(why, "SECRET"));
}

static void redirects(void **state)
{
	(void)state;
	leads_to("https://a.example/x/y?k=1", "/z", "https://a.example/z");
	leads_to("https://a.example/x/y", "z?q=2", "https://a.example/x/z?q=2");
	leads_to("http://a.example/x", "https://A.example/x", "https://A.example/x");
	leads_to("http://a.example:8031/x", "//a.example:8031/y", "http://a.example:8031/y");
	not_followed("https://a.example/x", "http://a.example/x", "plain http on a.example");
	not_followed("https://a.example/x", "https://b.example/?SECRET", "another server, b.example");
	not_followed("https://a.example/x", "//b.example/", "b.example");
	not_followed("https://a.example/x", "https://a.example:8443/", "a.example:8443");
	not_followed("https://a.example/x", "https://a.example@b.example/SECRET", "not an http");
	not_followed("https://a.example/x", "https://a.example.b.example/", "a.example.b.example");
	not_followed("https://a.example/x", "javascript:alert(1)", "not an http");
	not_followed("https://a.example/x", "file:///etc/passwd", "not an http");
	not_followed("https://a.example/x", "/a b", "not an http");
}

static void logged_as(const char *url, const char *expect)
{
	char out[100];

	url_for_log(url, out, sizeof(out));
	assert_string_equal(out, expect);
}

static void logs_show_no_secrets(void **state)
{
	char small[8];

	(void)state;
	logged_as("https://a.example/v1/x?appid=SECRET", "https://a.example/v1/x?...");
	logged_as("https://a.example#SECRET", "https://a.example?...");
	logged_as("https://me:SECRET@a.example/x", "https://a.example/x");
	logged_as("https://me:SECRET@b@a.example/x", "https://a.example/x");
	logged_as("https://a.example/x@y", "https://a.example/x@y");
	logged_as("me:SECRET@a.example", "a.example");
	logged_as("", "");
	logged_as("https://a.example/\n\x1b[2J", "https://a.example/??[2J");
	url_for_log("https://a.example/x", small, sizeof(small));
	assert_string_equal(small, "https:/");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_server_of_a_url),
		cmocka_unit_test(what_is_no_url_of_ours),
		cmocka_unit_test(authorities_as_people_write_them),
		cmocka_unit_test(redirects),
		cmocka_unit_test(logs_show_no_secrets),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
