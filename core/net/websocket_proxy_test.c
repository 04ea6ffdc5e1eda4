/* websocket_proxy_test.c - WebSockets through a proxy: the tunnel, who looks up what, and everything that the proxy may refuse. */
#include "net/websocket_fixture.h"

#include "net/proxy_fixture.h"
#include "net/tls_fixture.h"

#define NAME "live.test" /* only the proxy can look it up */
#define PROXY_NAME "proxy.test"
#define LOGIN "an%41na:p@ss:w%rd"

struct scene {
	struct server *s;
	SSL_CTX *tls;
	struct test_proxy *p;
	struct client c;
	struct watch w;
	char url[64];
	int odd_lookups; /* of names that are not the proxy's */
};

static int look_up(void *arg, const char *host, struct ws_addresses *out)
{
	struct scene *s = arg;

	if (strcmp(host, PROXY_NAME) != 0) {
		s->odd_lookups++;
		return EAI_NONAME;
	}
	out->n = 1;
	strcpy(out->text[0], "127.0.0.1");
	return 0;
}

static void echo(struct peer *p)
{
	char payload[200];
	size_t n = sizeof(payload);

	if (peer_upgrade(p) && peer_text(p, "welcome") && peer_read_frame(p, payload, &n) == (FIN | OP_TEXT) &&
		peer_frame(p, FIN | OP_TEXT, payload, n))
		peer_wait_gone(p);
}

/* cert_name NULL: without TLS */
static void scene_init(struct scene *s, const char *cert_name, const char *login)
{
	*s = (struct scene){0};
	s->tls = cert_name ? server_tls(cert_name, -DAY_S, DAY_S) : NULL;
	s->s = server_start(echo, s->tls, NULL);
	s->p = test_proxy_start((uint16_t)s->s->port);
	snprintf(s->url, sizeof(s->url), "http://" PROXY_NAME ":%u", s->p->port);
	client_start(&s->c, (struct ws_options){.look_up = look_up, .arg = s, .ca_file = ca_file, .proxy = s->url,
					.proxy_login = login, .user_agent = "f1pd-test/1"});
}

static void scene_finish(struct scene *s)
{
	client_stop(&s->c);
	test_proxy_stop(s->p);
	server_stop(s->s);
	SSL_CTX_free(s->tls);
	assert_int_equal(s->odd_lookups, 0);
	assert_int_equal(s->w.out_of_order, 0);
}

static void open_url(struct scene *s, const char *url, int64_t timeout_ms)
{
	static const struct f1p_header secret = {"Authorization", "Bearer t0k3n"};

	s->w = (struct watch){0};
	assert_non_null(client_open_request(&s->c, &s->w,
		(struct f1p_websocket_request){.url = url, .connect_timeout_ms = timeout_ms, .headers = &secret, .n_headers = 1}, 1));
}

static void talks(struct scene *s, const char *url)
{
	open_url(s, url, 0);
	assert_int_equal(ws_send(s->w.socket, "thanks", 6, false), F1P_OK);
	if (!run_until(&s->c, &s->w.messages, 2))
		fail_msg("%s: %s", url, s->w.reason);
	assert_string_equal(s->w.all, "welcome|thanks|");
	ws_close(s->w.socket);
}

static void fails(struct scene *s, const char *url, int64_t timeout_ms, const char *reason)
{
	open_url(s, url, timeout_ms);
	assert_true(run_until(&s->c, &s->w.closed, 1));
	assert_int_equal(s->w.opened, 0);
	assert_int_equal(s->w.http_status, 0);
	if (!strstr(s->w.reason, reason))
		fail_msg("\"%s\" does not say \"%s\"", s->w.reason, reason);
	assert_null(strstr(s->w.reason, "p@ss"));
	assert_null(strstr(s->w.reason, "t0k3n"));
	assert_null(strstr(s->w.reason, "s3cr3t"));
}

static void ws_and_wss_go_through_a_tunnel(void **state)
{
	struct scene s;
	char head[4096];
	unsigned opened = 0;

	(void)state;
	scene_init(&s, NULL, NULL);
	talks(&s, "ws://" NAME "/live?token=s3cr3t");
	test_proxy_head(s.p, head);
	assert_memory_equal(head, "CONNECT " NAME ":80 HTTP/1.1\r\n", 31);
	assert_null(strcasestr(head, "proxy-authorization"));
	talks(&s, "ws://[fd00::1]:8080/live");
	test_proxy_head(s.p, head);
	assert_memory_equal(head, "CONNECT [fd00::1]:8080 HTTP/1.1\r\n", 33);
	assert_int_equal(test_proxy_asked(s.p, &opened), 2);
	assert_int_equal(opened, 2);
	scene_finish(&s);

	scene_init(&s, NAME, LOGIN);
	s.p->login = LOGIN;
	talks(&s, "wss://" NAME "/live?token=s3cr3t");
	test_proxy_head(s.p, head);
	assert_memory_equal(head, "CONNECT " NAME ":443 HTTP/1.1\r\n", 32);
	assert_null(strstr(head, "s3cr3t"));
	assert_null(strstr(head, "t0k3n"));
	scene_finish(&s);
}

static void certificates_are_checked_through_the_tunnel(void **state)
{
	struct scene s;

	(void)state;
	scene_init(&s, "other.test", NULL);
	fails(&s, "wss://" NAME "/live", 0, "the server's certificate is refused: hostname mismatch");
	scene_finish(&s);
}

static void a_missing_or_wrong_login_is_said(void **state)
{
	struct scene s;

	(void)state;
	scene_init(&s, NULL, NULL);
	s.p->login = LOGIN;
	fails(&s, "ws://" NAME "/live?token=s3cr3t", 0, "cannot connect through the proxy " PROXY_NAME ":");
	fails(&s, "wss://" NAME "/live?token=s3cr3t", 0, "a login is wanted (proxy_login");
	scene_finish(&s);
	scene_init(&s, NULL, "anna:p@ssword");
	s.p->login = LOGIN;
	fails(&s, "ws://" NAME "/live?token=s3cr3t", 0, "another login is wanted (proxy_login");
	scene_finish(&s);
}

static void what_the_proxy_may_do_instead_of_a_tunnel(void **state)
{
	static const enum proxy_mood moods[] = {PROXY_FORBIDS, PROXY_HAS_NO_WAY, PROXY_TALKS_NONSENSE, PROXY_HANGS_UP};
	struct scene s;

	(void)state;
	scene_init(&s, NULL, LOGIN);
	for (size_t i = 0; i < sizeof(moods) / sizeof(moods[0]); i++) {
		s.p->mood = moods[i];
		fails(&s, "ws://" NAME "/live", 0, "cannot connect through the proxy " PROXY_NAME ":");
		fails(&s, "wss://" NAME "/live", 0, "it did not open the way: refused");
	}
	s.p->mood = PROXY_HANGS;
	fails(&s, "ws://" NAME "/live", 200, "not connected after 200 ms: time-out while connecting through the proxy " PROXY_NAME ":");
	s.p->mood = PROXY_OPEN; /* and the next one goes through */
	talks(&s, "ws://" NAME "/live");
	scene_finish(&s);
}

static void a_proxy_that_hangs_keeps_nobody_from_closing(void **state)
{
	struct scene s;
	struct watch other = {0};

	(void)state;
	scene_init(&s, NULL, NULL);
	s.p->mood = PROXY_HANGS;
	open_url(&s, "ws://" NAME "/live", 0);
	assert_non_null(client_open_request(&s.c, &other, (struct f1p_websocket_request){.url = "wss://" NAME "/live"}, 2));
	run_for(&s.c, 50);
	ws_close(s.w.socket);
	run_for(&s.c, 50);
	assert_int_equal(other.opened + other.closed, 0);
	scene_finish(&s); /* with the other one still waiting */
	assert_int_equal(other.opened + other.closed, 0);
}

static void a_cut_in_the_tunnel_is_a_lost_connection(void **state)
{
	struct scene s;

	(void)state;
	scene_init(&s, NULL, NULL);
	s.p->cut_after = 30; /* in the answer to the upgrade */
	fails(&s, "ws://" NAME "/live", 0, "no valid answer to the upgrade");
	s.p->cut_after = 129 + 4; /* in the first frame */
	open_url(&s, "ws://" NAME "/live", 0);
	assert_true(run_until(&s.c, &s.w.closed, 1));
	assert_int_equal(s.w.opened, 1);
	assert_int_equal(s.w.messages, 0);
	assert_non_null(strstr(s.w.reason, "connection lost"));
	scene_finish(&s);
	scene_init(&s, NAME, NULL);
	s.p->cut_after = 200; /* in the TLS handshake */
	fails(&s, "wss://" NAME "/live", 0, "cannot connect through the proxy");
	scene_finish(&s);
}

static void a_proxy_that_is_not_there_is_named(void **state)
{
	struct client c;
	struct watch w = {0};
	struct scene s = {0};

	(void)state;
	client_start(&c, (struct ws_options){.proxy = "http://127.0.0.1:1"});
	assert_non_null(client_open_request(&c, &w, (struct f1p_websocket_request){.url = "ws://" NAME "/live"}, 1));
	assert_true(run_until(&c, &w.closed, 1));
	assert_non_null(strstr(w.reason, "cannot connect through the proxy 127.0.0.1:1: refused, or there is no route"));
	client_stop(&c);
	w = (struct watch){0};
	client_start(&c, (struct ws_options){.proxy = "http://nowhere.test:3128", .look_up = look_up, .arg = &s});
	assert_non_null(client_open_request(&c, &w, (struct f1p_websocket_request){.url = "ws://" NAME "/live"}, 1));
	assert_true(run_until(&c, &w.closed, 1));
	assert_non_null(strstr(w.reason, "no address for the proxy nowhere.test:3128"));
	client_stop(&c);
}

static void this_machine_is_reached_directly(void **state)
{
	struct scene s;
	char url[80];
	unsigned opened = 0;

	(void)state;
	setenv("no_proxy", "*", 1); /* which says nothing to us */
	scene_init(&s, NULL, NULL);
	snprintf(url, sizeof(url), "ws://127.0.0.1:%d/live", s.s->port);
	talks(&s, url);
	assert_int_equal(test_proxy_asked(s.p, &opened), 0);
	talks(&s, "ws://" NAME "/live"); /* both kinds beside each other */
	talks(&s, url);
	assert_int_equal(test_proxy_asked(s.p, &opened), 1);
	scene_finish(&s);
	unsetenv("no_proxy");
}

static void over_long_names_are_refused_not_cut(void **state)
{
	struct scene s;
	char url[200] = "ws://";

	(void)state;
	scene_init(&s, NULL, NULL);
	memset(url + 5, 'a', 100);
	strcpy(url + 105, ":65535/live");
	fails(&s, url, 0, "too long to be reached through a proxy");
	memset(url + 5, 'a', 99);
	strcpy(url + 104, ":65535/live");
	talks(&s, url);
	scene_finish(&s);
}

static void what_is_no_proxy_is_said_at_once(void **state)
{
	char err[400] = "";
	uv_loop_t loop;

	(void)state;
	uv_loop_init(&loop);
	assert_null(ws_pool_create(&loop, &(struct ws_options){.proxy = "proxy.test:3128"}, err, sizeof(err)));
	assert_non_null(strstr(err, "proxy: "));
	assert_null(ws_pool_create(
		&loop, &(struct ws_options){.proxy = "http://proxy.test:3128", .proxy_login = "n0c0l0n"}, err, sizeof(err)));
	assert_null(strstr(err, "n0c0l0n"));
	uv_loop_close(&loop);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ws_and_wss_go_through_a_tunnel),
		cmocka_unit_test(certificates_are_checked_through_the_tunnel),
		cmocka_unit_test(a_missing_or_wrong_login_is_said),
		cmocka_unit_test(what_the_proxy_may_do_instead_of_a_tunnel),
		cmocka_unit_test(a_proxy_that_hangs_keeps_nobody_from_closing),
		cmocka_unit_test(a_cut_in_the_tunnel_is_a_lost_connection),
		cmocka_unit_test(a_proxy_that_is_not_there_is_named),
		cmocka_unit_test(this_machine_is_reached_directly),
		cmocka_unit_test(over_long_names_are_refused_not_cut),
		cmocka_unit_test(what_is_no_proxy_is_said_at_once),
	};
	return cmocka_run_group_tests(tests, make_authority, drop_authority);
}
