/* websocket_client_tls_test.c - wss://: which certificates are trusted, for which name, and that TLS hides no data. */
#include "net/websocket_fixture.h"

#include "net/tls_fixture.h"

#define NAME "live.test"

static int look_up(void *arg, const char *host, struct ws_addresses *out)
{
	(void)arg;
	(void)host;
	out->n = 1;
	strcpy(out->text[0], "127.0.0.1");
	return 0;
}

static void open_wss(struct client *c, struct watch *w, const char *name, int port)
{
	char url[128];

	snprintf(url, sizeof(url), "wss://%s:%d/live?token=s3cr3t", name, port);
	assert_non_null(client_open_request(c, w, (struct f1p_websocket_request){.url = url}, 1));
}

static void greet(struct peer *p)
{
	const char *sni = SSL_get_servername(p->ssl, TLSEXT_NAMETYPE_host_name);
	char payload[64];
	size_t n = sizeof(payload);

	p->server->goes += sni && strcmp(sni, NAME) == 0;
	if (peer_upgrade(p) && peer_text(p, "welcome") && peer_read_frame(p, payload, &n) == (FIN | OP_TEXT) &&
		peer_frame(p, FIN | OP_TEXT, payload, n))
		peer_wait_gone(p);
}

static void a_certificate_of_the_given_authority_is_trusted(void **state)
{
	struct client c;
	SSL_CTX *tls = server_tls(NAME, -DAY_S, DAY_S);
	struct server *s = server_start(greet, tls, NULL);
	struct watch w = {0};

	(void)state;
	client_start(&c, (struct ws_options){.look_up = look_up, .ca_file = ca_file});
	open_wss(&c, &w, NAME, s->port);
	assert_int_equal(ws_send(w.socket, "thanks", 6, false), F1P_OK);
	assert_true(run_until(&c, &w.messages, 2));
	assert_string_equal(w.all, "welcome|thanks|");
	assert_int_equal(s->goes, 1); /* the name was in the hello (SNI) */
	client_stop(&c);
	server_stop(s);
	SSL_CTX_free(tls);
}

static void expect_refused(const char *file, const char *cert_name, long from_s, long to_s, const char *reason)
{
	struct client c;
	SSL_CTX *tls = server_tls(cert_name, from_s, to_s);
	struct server *s = server_start(greet, tls, NULL);
	struct watch w = {0};

	client_start(&c, (struct ws_options){.look_up = look_up, .ca_file = file});
	open_wss(&c, &w, NAME, s->port);
	assert_true(run_until(&c, &w.closed, 1));
	assert_int_equal(w.opened, 0);
	assert_int_equal(w.http_status, 0);
	assert_non_null(strstr(w.reason, "live.test:"));
	assert_non_null(strstr(w.reason, "the server's certificate is refused: "));
	assert_non_null(strstr(w.reason, reason));
	assert_null(strstr(w.reason, "s3cr3t"));
	client_stop(&c);
	server_stop(s);
	assert_int_equal(w.closed, 1);
	SSL_CTX_free(tls);
}

static void an_unknown_authority_is_refused(void **state)
{
	(void)state;
	expect_refused(NULL, NAME, -DAY_S, DAY_S, "unable to get local issuer certificate");
}

static void a_certificate_for_another_name_is_refused(void **state)
{
	(void)state;
	expect_refused(ca_file, "other.test", -DAY_S, DAY_S, "hostname mismatch");
}

static void a_certificate_outside_its_time_is_refused(void **state)
{
	(void)state;
	expect_refused(ca_file, NAME, -2 * DAY_S, -DAY_S, "certificate has expired");
	expect_refused(ca_file, NAME, DAY_S, 2 * DAY_S, "certificate is not yet valid");
}

static void say_plain(struct peer *p)
{
	peer_write(p, "HTTP/1.1 400 Bad Request\r\n\r\n", 28);
	peer_wait_gone(p);
}

static void a_server_without_tls_gives_a_reason(void **state)
{
	struct client c;
	struct server *s = server_start(say_plain, NULL, NULL);
	struct watch w = {0};

	(void)state;
	client_start(&c, (struct ws_options){.look_up = look_up, .ca_file = ca_file});
	open_wss(&c, &w, NAME, s->port);
	assert_true(run_until(&c, &w.closed, 1));
	assert_int_equal(w.opened, 0);
	assert_non_null(strstr(w.reason, "cannot connect: "));
	client_stop(&c);
	server_stop(s);
}

#define FLOOD_MESSAGES 45
#define FLOOD_BYTES (1u << 20)

static void flood(struct peer *p)
{
	char *mega = calloc(1, FLOOD_BYTES);

	if (peer_upgrade(p)) {
		for (int i = 0; i < FLOOD_MESSAGES && peer_frame(p, FIN | OP_BINARY, mega, FLOOD_BYTES); i++)
			p->server->goes++;
		peer_text(p, "the end");
		peer_wait_gone(p);
	}
	free(mega);
}

/* What TLS has unpacked already must not be forgotten when reading goes on after a stop. */
static void a_flood_through_tls_is_held_back_and_arrives_whole(void **state)
{
	struct client c;
	SSL_CTX *tls = server_tls(NAME, -DAY_S, DAY_S);
	struct server *s = server_start(flood, tls, NULL);
	struct watch w = {0};
	int64_t end_ms = real_ms() + PATIENCE_MS;

	(void)state;
	client_start(&c, (struct ws_options){.look_up = look_up, .ca_file = ca_file});
	open_wss(&c, &w, NAME, s->port);
	while (s->goes < 33 && real_ms() < end_ms) /* the loop stands still */
		usleep(1000);
	assert_true(run_until(&c, &w.messages, FLOOD_MESSAGES + 1));
	assert_string_equal(w.last, "the end");
	assert_int_equal(w.bytes, FLOOD_MESSAGES * FLOOD_BYTES + 7);
	client_stop(&c);
	server_stop(s);
	SSL_CTX_free(tls);
}

static void keep_line(void *arg, int level, const char *line)
{
	if (level == F1P_LOG_ERROR)
		snprintf(arg, 256, "%s", line);
}

static void a_missing_or_broken_ca_file_is_said(void **state)
{
	char err[256] = "", line[256] = "", broken[] = "/tmp/f1pd-ws-bad-XXXXXX";
	struct client c;
	struct watch w = {0};
	uv_loop_t loop;

	(void)state;
	uv_loop_init(&loop);
	assert_null(ws_pool_create(&loop, &(struct ws_options){.ca_file = "/nowhere/ca.pem"}, err, sizeof(err)));
	assert_non_null(strstr(err, "/nowhere/ca.pem: cannot read"));
	uv_loop_close(&loop);
	close(mkstemp(broken));
	client_start(&c, (struct ws_options){.ca_file = broken, .log = keep_line, .arg = line});
	open_wss(&c, &w, "127.0.0.1", 1);
	assert_true(run_until(&c, &w.closed, 1));
	assert_non_null(strstr(line, broken));
	assert_non_null(strstr(line, "cannot load certificate authorities"));
	assert_non_null(strstr(w.reason, "the WebSocket client could not start"));
	open_wss(&c, &w, "127.0.0.1", 1); /* it tries again each time */
	assert_true(run_until(&c, &w.closed, 2));
	client_stop(&c);
	unlink(broken);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_certificate_of_the_given_authority_is_trusted),
		cmocka_unit_test(an_unknown_authority_is_refused),
		cmocka_unit_test(a_certificate_for_another_name_is_refused),
		cmocka_unit_test(a_certificate_outside_its_time_is_refused),
		cmocka_unit_test(a_server_without_tls_gives_a_reason),
		cmocka_unit_test(a_flood_through_tls_is_held_back_and_arrives_whole),
		cmocka_unit_test(a_missing_or_broken_ca_file_is_said),
	};
	return cmocka_run_group_tests(tests, make_authority, drop_authority);
}
