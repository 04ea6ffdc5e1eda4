/* proxy_test.c - what is a proxy and a login, and which servers are reached directly. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net/proxy.h"

#include <string.h>

static void good(const char *url, const char *name, const char *host, unsigned port)
{
	struct proxy p;
	char why[200] = "";

	if (!proxy_init(&p, url, NULL, why, sizeof(why)))
		fail_msg("%s: %s", url, why);
	assert_string_equal(p.name, name);
	assert_string_equal(p.host, host);
	assert_int_equal(p.port, port);
	assert_memory_equal(p.url, "http://", 7);
	assert_string_equal(p.url + 7, name);
}

static void bad(const char *url, const char *reason)
{
	struct proxy p;
	char why[200] = "";

	assert_false(proxy_init(&p, url, NULL, why, sizeof(why)));
	assert_false(proxy_url_check(url, why, sizeof(why)));
	if (!strstr(why, reason))
		fail_msg("%s: \"%s\" does not say \"%s\"", url, why, reason);
	assert_null(strstr(why, "s3cr3t"));
}

static void a_proxy_is_a_host_and_a_port(void **state)
{
	(void)state;
	good("http://proxy.example:3128", "proxy.example:3128", "proxy.example", 3128);
	good("HTTP://Proxy.Example:80/", "proxy.example:80", "proxy.example", 80);
	good("http://10.0.0.1:65535", "10.0.0.1:65535", "10.0.0.1", 65535);
	good("http://[fd00::1]:8080", "[fd00::1]:8080", "fd00::1", 8080);
	bad("proxy.example:3128", "write http://HOST:PORT");
	bad("https://proxy.example:3128", "write http://HOST:PORT");
	bad("socks5://proxy.example:1080", "write http://HOST:PORT");
	bad("http://proxy.example", "no port");
	bad("http://[fd00::1]", "no port");
	bad("http://proxy.example:0", "no port");
	bad("http://proxy.example:65536", "no port");
	bad("http://proxy.example:99999999999999999999", "no port");
	bad("http://proxy.example:3128/path", "something behind it");
	bad("http://proxy.example:3128?x", "something behind it");
	bad("http://:3128", "not an http://");
	bad("http://a b:3128", "spaces");
	bad("http://anna:s3cr3t@proxy.example:3128", "give it as proxy_login");
}

static void over_long_hosts_are_refused(void **state)
{
	char url[800] = "http://", why[200] = "";

	(void)state;
	memset(url + 7, 'a', 700);
	strcpy(url + 707, ":3128");
	assert_false(proxy_url_check(url, why, sizeof(why)));
	assert_true(strlen(why) > 10);
}

static void a_login_is_a_user_and_a_password(void **state)
{
	char why[200] = "", long_one[PROXY_LOGIN_MAX + 2] = "u:";
	struct proxy p;

	(void)state;
	memset(long_one + 2, 'x', PROXY_LOGIN_MAX - 2);
	assert_true(proxy_login_check(long_one, why, sizeof(why)));
	assert_true(proxy_login_check("anna:p:w@r%d", why, sizeof(why)));
	assert_true(proxy_login_check("anna:", why, sizeof(why)));
	long_one[PROXY_LOGIN_MAX] = 'x';
	assert_false(proxy_login_check(long_one, why, sizeof(why)));
	assert_non_null(strstr(why, "longer than 90"));
	assert_false(proxy_login_check("anna", why, sizeof(why)));
	assert_non_null(strstr(why, "user:password"));
	assert_false(proxy_login_check(":secret", why, sizeof(why)));
	assert_false(proxy_login_check("anna:two\r\nX-Lines: 1", why, sizeof(why)));
	assert_null(strstr(why, "two"));
	assert_false(proxy_init(&p, "http://p:1", "anna", why, sizeof(why)));
}

static void what_lives_here_is_reached_directly(void **state)
{
	static const char *const here[] = {"localhost", "LOCALHOST:8031", "localhost.:1", "127.0.0.1", "127.0.0.1:80", "127.255.0.9:1",
		"[::1]:8031", "[::1]", "[::ffff:127.0.0.1]:80"};
	static const char *const elsewhere[] = {"api.example", "api.example:443", "localhost.example", "128.0.0.1", "10.127.0.1:80",
		"[::2]:1", "[fd00::1]", "127.0.0.1.example:80"};
	struct proxy p, none = {0};
	char why[200];

	(void)state;
	assert_true(proxy_init(&p, "http://proxy.example:3128", "", why, sizeof(why)));
	for (size_t i = 0; i < sizeof(here) / sizeof(here[0]); i++)
		assert_false(proxy_serves(&p, here[i]));
	for (size_t i = 0; i < sizeof(elsewhere) / sizeof(elsewhere[0]); i++) {
		assert_true(proxy_serves(&p, elsewhere[i]));
		assert_false(proxy_serves(&none, elsewhere[i]));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_proxy_is_a_host_and_a_port),
		cmocka_unit_test(over_long_hosts_are_refused),
		cmocka_unit_test(a_login_is_a_user_and_a_password),
		cmocka_unit_test(what_lives_here_is_reached_directly),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
