/* http_proxy_test.c - requests through a proxy: by absolute form and by CONNECT, and everything that it may refuse. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net/http_fixture.h"
#include "net/proxy_fixture.h"
#include "net/tls_fixture.h"
#include "net/websocket_fixture.h"

#define NAME "timing.test" /* which nobody can look up */
#define LOGIN "an%41na:p@ss:w%rd"

struct scene {
	struct fixture *f;
	struct test_proxy *p;
	struct server *secure; /* NULL = none */
	SSL_CTX *tls;
	char url[64];
};

static void page(struct peer *p)
{
	static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\nsecure";

	if (!peer_read_request(p))
		return;
	p->server->goes++;
	peer_write(p, answer, sizeof(answer) - 1);
}

/* Opens the client anew, with this login. */
static void use(struct scene *s, const char *login)
{
	fixture_close(s->f);
	s->f->options.proxy = s->url;
	s->f->options.proxy_login = login;
	s->f->options.measured = NULL;
	s->f->options.ca_file = ca_file;
	fixture_open(s->f);
}

/* cert_name NULL: the plain server of the fixture */
static void scene_init(struct scene *s, const char *cert_name)
{
	*s = (struct scene){.f = fixture_create(false)};
	if (cert_name) {
		s->tls = server_tls(cert_name, -DAY_S, DAY_S);
		s->secure = server_start(page, s->tls, NULL);
	}
	s->p = test_proxy_start(s->secure ? (uint16_t)s->secure->port : s->f->server->port);
	snprintf(s->url, sizeof(s->url), "http://127.0.0.1:%u", s->p->port);
	use(s, NULL);
}

static void scene_finish(struct scene *s)
{
	fixture_close(s->f);
	test_proxy_stop(s->p);
	if (s->secure)
		server_stop(s->secure);
	SSL_CTX_free(s->tls);
	fixture_destroy(s->f);
}

static struct answer *ask(struct scene *s, const char *url)
{
	static const struct f1p_header secret = {"Authorization", "Bearer t0k3n"};

	return fixture_get(s->f, url,
		(struct f1p_http_request){.timeout_ms = 8000, .flags = F1P_HTTPF_NO_RETRY, .headers = &secret, .n_headers = 1});
}

static void asked_and_opened(struct scene *s, unsigned asked, unsigned opened)
{
	unsigned was_opened = 0;

	assert_int_equal(test_proxy_asked(s->p, &was_opened), asked);
	assert_int_equal(was_opened, opened);
}

static void plain_http_goes_by_absolute_form(void **state)
{
	struct scene s;
	struct answer *a;
	char head[4096];

	(void)state;
	scene_init(&s, NULL);
	a = ask(&s, "http://" NAME "/ok");
	assert_int_equal(a->error, F1P_OK);
	assert_int_equal(a->status, 200);
	assert_string_equal(a->body, "hello");
	test_proxy_head(s.p, head);
	assert_memory_equal(head, "GET http://" NAME "/ok HTTP/1.1\r\nHost: " NAME "\r\n", 42);
	assert_null(strcasestr(head, "proxy-authorization"));
	asked_and_opened(&s, 1, 1);
	scene_finish(&s);
}

static void https_goes_through_a_tunnel_that_hears_no_secret(void **state)
{
	struct scene s;
	struct answer *a;
	char head[4096];

	(void)state;
	scene_init(&s, NAME);
	s.p->login = LOGIN;
	use(&s, LOGIN);
	a = ask(&s, "https://" NAME "/page?key=s3cr3t");
	if (a->error != F1P_OK)
		fail_msg("%s", a->reason);
	assert_string_equal(a->body, "secure");
	test_proxy_head(s.p, head);
	assert_memory_equal(head, "CONNECT " NAME ":443 HTTP/1.1\r\n", 34);
	assert_null(strstr(head, "s3cr3t"));
	assert_null(strstr(head, "t0k3n"));
	asked_and_opened(&s, 1, 1);
	assert_int_equal(s.secure->goes, 1);
	scene_finish(&s);
}

static void certificates_are_checked_through_the_tunnel(void **state)
{
	struct scene s;
	struct answer *a;

	(void)state;
	scene_init(&s, "other.test");
	a = ask(&s, "https://" NAME "/page");
	assert_int_equal(a->error, F1P_EIO);
	assert_non_null(strstr(a->reason, "certificate is not accepted"));
	assert_int_equal(s.secure->goes, 0);
	scene_finish(&s);
}

static void is_said(struct scene *s, const char *url, const char *what)
{
	struct answer *a = ask(s, url);

	assert_int_equal(a->error, F1P_EIO);
	assert_int_equal(a->status, 0);
	assert_int_equal(a->attempts, 1);
	if (!strstr(a->reason, what))
		fail_msg("\"%s\" does not say \"%s\"", a->reason, what);
	assert_non_null(strstr(a->reason, s->url + 7)); /* which proxy */
	assert_null(strstr(a->reason, "p@ss"));
	assert_null(strstr(s->f->log, "p@ss"));
}

static void a_login_is_given_and_a_wrong_one_is_said(void **state)
{
	static const char *const urls[] = {"http://" NAME "/ok", "https://" NAME "/ok"};
	struct scene s;

	(void)state;
	scene_init(&s, NULL);
	s.p->login = LOGIN;
	for (int i = 0; i < 2; i++) {
		use(&s, NULL);
		is_said(&s, urls[i], "wants a login (407)");
		use(&s, "anna:p@ssword");
		is_said(&s, urls[i], "wants another login (407)");
	}
	asked_and_opened(&s, 4, 0);
	use(&s, LOGIN);
	assert_int_equal(ask(&s, urls[0])->status, 200);
	scene_finish(&s);
}

static void a_refusal_of_the_proxy_is_not_repeated(void **state)
{
	struct scene s;
	struct answer *a;

	(void)state;
	scene_init(&s, NULL);
	s.p->mood = PROXY_FORBIDS;
	a = fixture_get(s.f, "https://" NAME "/ok", plain);
	assert_int_equal(a->attempts, 1);
	assert_non_null(strstr(a->reason, "does not allow this server (403)"));
	asked_and_opened(&s, 1, 0);
	scene_finish(&s);
}

static void what_the_proxy_may_do_instead_of_a_tunnel(void **state)
{
	struct scene s;
	struct answer *a;

	(void)state;
	scene_init(&s, NULL);
	s.p->mood = PROXY_HAS_NO_WAY;
	is_said(&s, "https://" NAME "/ok", "cannot reach the server (502)");
	s.p->mood = PROXY_TALKS_NONSENSE;
	is_said(&s, "https://" NAME "/ok", "through the proxy");
	s.p->mood = PROXY_HANGS_UP;
	is_said(&s, "https://" NAME "/ok", "through the proxy");
	s.p->mood = PROXY_HANGS;
	a = fixture_get(s.f, "https://two.test/ok", (struct f1p_http_request){.timeout_ms = 300, .flags = F1P_HTTPF_NO_RETRY});
	assert_int_equal(a->error, F1P_ETIMEOUT);
	assert_non_null(strstr(a->reason, "no connection within 300 ms, through the proxy 127.0.0.1:"));
	asked_and_opened(&s, 4, 0);
	scene_finish(&s);
}

static void a_cut_in_the_tunnel_is_an_error(void **state)
{
	struct scene s;
	struct answer *a;

	(void)state;
	for (size_t cut = 1; cut < 500; cut = cut * 3 + 20) { /* in the handshake */
		scene_init(&s, NAME);
		s.p->cut_after = cut;
		a = ask(&s, "https://" NAME "/page");
		assert_int_equal(a->error, F1P_EIO);
		assert_non_null(strstr(a->reason, "through the proxy"));
		asked_and_opened(&s, 1, 1);
		scene_finish(&s);
	}
	scene_init(&s, NULL);
	s.p->cut_after = 60; /* in the head of the answer */
	assert_int_equal(ask(&s, "http://" NAME "/ok")->error, F1P_EIO);
	scene_finish(&s);
}

static void a_proxy_that_is_not_there_is_named(void **state)
{
	struct scene s;

	(void)state;
	scene_init(&s, NULL);
	snprintf(s.url, sizeof(s.url), "http://127.0.0.1:1");
	use(&s, NULL);
	is_said(&s, "http://" NAME "/ok", "through the proxy");
	is_said(&s, "https://" NAME "/ok", "through the proxy");
	scene_finish(&s);
}

static void this_machine_is_reached_directly(void **state)
{
	struct scene s;
	char url[100];

	(void)state;
	scene_init(&s, NULL);
	s.p->mood = PROXY_FORBIDS;
	assert_int_equal(ask(&s, "/ok")->status, 200);
	snprintf(url, sizeof(url), "http://localhost:%u/ok", s.f->server->port);
	assert_int_equal(ask(&s, url)->status, 200);
	asked_and_opened(&s, 0, 0);
	scene_finish(&s);
}

static void the_environment_has_no_say(void **state)
{
	static const char *const names[] = {"http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"};
	struct fixture *f = fixture_create(false);
	struct scene s;

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		setenv(names[i], "http://127.0.0.1:1", 1);
	assert_int_equal(fixture_get(f, "/ok", plain)->status, 200); /* no proxy is configured */
	fixture_destroy(f);
	setenv("no_proxy", "*", 1);
	scene_init(&s, NULL);
	assert_int_equal(ask(&s, "http://" NAME "/ok")->status, 200); /* one is */
	asked_and_opened(&s, 1, 1);
	scene_finish(&s);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		unsetenv(names[i]);
	unsetenv("no_proxy");
}

static void what_is_no_proxy_is_said_at_once(void **state)
{
	struct fixture *f = fixture_create(false);
	char err[400] = "";

	(void)state;
	f->options.proxy = "socks5://127.0.0.1:1080";
	assert_null(http_client_create(&f->options, err, sizeof(err)));
	assert_non_null(strstr(err, "proxy: "));
	f->options.proxy = "http://127.0.0.1:1080";
	f->options.proxy_login = "n0c0l0n";
	assert_null(http_client_create(&f->options, err, sizeof(err)));
	assert_non_null(strstr(err, "user:password"));
	assert_null(strstr(err, "n0c0l0n"));
	fixture_destroy(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_http_goes_by_absolute_form),
		cmocka_unit_test(https_goes_through_a_tunnel_that_hears_no_secret),
		cmocka_unit_test(certificates_are_checked_through_the_tunnel),
		cmocka_unit_test(a_login_is_given_and_a_wrong_one_is_said),
		cmocka_unit_test(a_refusal_of_the_proxy_is_not_repeated),
		cmocka_unit_test(what_the_proxy_may_do_instead_of_a_tunnel),
		cmocka_unit_test(a_cut_in_the_tunnel_is_an_error),
		cmocka_unit_test(a_proxy_that_is_not_there_is_named),
		cmocka_unit_test(this_machine_is_reached_directly),
		cmocka_unit_test(the_environment_has_no_say),
		cmocka_unit_test(what_is_no_proxy_is_said_at_once),
	};
	return cmocka_run_group_tests(tests, make_authority, drop_authority);
}
