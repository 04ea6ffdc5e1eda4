/*
 * websocket_access_test.c - who is let in: tokens, scopes, names, foreign pages, too many, too slow, TLS.
 */
#include "sink_fixture.h"

#include <openssl/ssl.h>

#define READER "reader-0123456789abcdef"
#define PILOT "pilot-0123456789abcdef"
#define JSON "Content-Type: application/json\r\n"

static int ask(struct fixture *f, const char *method, const char *path, const char *headers, const char *body)
{
	char request[8192];
	int n = snprintf(request, sizeof(request), "%s %s HTTP/1.1\r\nConnection: close\r\n%s%s", method, path,
		strstr(headers, "Host:") ? "" : "Host: localhost\r\n", headers);
	if (body) {
		n += snprintf(request + n, sizeof(request) - (size_t)n, "Content-Length: %zu\r\n", strlen(body));
	}
	n += snprintf(request + n, sizeof(request) - (size_t)n, "\r\n%s", body ? body : "");
	return client_raw(f->port, request, (size_t)n, f->text, TEXT_MAX);
}

static int upgrade(struct fixture *f, const char *path, const char *headers)
{
	int status, fd = client_upgrade(f->port, path, headers, &status);
	if (fd >= 0) {
		close(fd);
	}
	return status;
}

static int start_refused(struct fixture *f)
{
	assert_int_equal(f->plugin->configure(f->plugin, &f->config), F1P_OK);
	return f->plugin->start(f->plugin);
}

/* ----------------------------------------------------------------- tokens */

static void other_addresses_need_a_token_or_a_yes(void **arg)
{
	struct fixture *f = *arg;
	f->config.bind = "0.0.0.0";
	assert_int_equal(start_refused(f), F1P_ECONFIG);
	assert_string_equal(f->host.reason,
		"0.0.0.0: others than this machine could connect: set tokens, or allow_anonymous = yes to let everybody read");
	f->config.bind = "::";
	assert_int_equal(start_refused(f), F1P_ECONFIG);
	f->config.bind = "0.0.0.0";
	f->config.tokens = READER " read";
	start(f);
}

static void everybody_may_read_but_not_control_where_it_is_allowed(void **arg)
{
	struct fixture *f = *arg;
	f->config.bind = "0.0.0.0";
	f->config.allow_anonymous = true;
	start(f);
	publish(f);
	get_until(f, "/api/v1/session/current", "HTTP/1.1 200");
	assert_int_equal(upgrade(f, WS_PATH, ""), 101);
	assert_int_equal(ask(f, "POST", "/api/v1/replay", JSON, "{\"paused\":true}"), 403);
	assert_has(f, "application/problem+json");
	assert_int_equal(ask(f, "POST", "/api/v1/prediction/subscribe", JSON, "{}"), 201);
	f->host.serves_rules = true;
	assert_int_equal(ask(f, "POST", "/api/v1/prediction/subscribe", JSON, "{\"rule\":\"x\"}"), 403);
	assert_int_equal(ask(f, "GET", "/echo", "Authorization: Bearer wrong-0123456789abcdef\r\n", NULL), 401);
	assert_int_equal(f->host.paused, 0);
}

static void with_tokens(struct fixture *f)
{
	f->config.tokens = "# who may what\n" READER " read\n\n  " PILOT "\tcontrol  \r\n";
	start(f);
	publish(f);
}

static void scopes_of_tokens_are_kept(void **arg)
{
	static const char reader[] = "Authorization: Bearer " READER "\r\n", pilot[] = "Authorization: bearer " PILOT "\r\n";
	struct fixture *f = *arg;
	with_tokens(f);
	assert_int_equal(ask(f, "GET", "/echo", "", NULL), 401);
	assert_has(f, "www-authenticate: Bearer");
	assert_has(f, "application/problem+json");
	assert_int_equal(ask(f, "GET", "/echo", reader, NULL), 200);
	assert_has(f, "scopes=1");
	assert_int_equal(ask(f, "GET", "/echo", pilot, NULL), 200);
	assert_has(f, "scopes=3");
	assert_int_equal(ask(f, "GET", "/metrics", "", NULL), 401);
	assert_int_equal(ask(f, "GET", "/healthz", "", NULL), 401);
	assert_int_equal(ask(f, "GET", "/api/v1/none", "", NULL), 401); /* not even what there is */
	assert_int_not_equal(ask(f, "GET", "/readyz", "", NULL), 401);
	assert_int_equal(ask(f, "GET", "/", "", NULL), 200); /* the page has no secrets */
	assert_int_equal(ask(f, "GET", "/app.js", "", NULL), 200);
	assert_int_equal(ask(f, "POST", "/api/v1/replay", "Content-Type: application/json\r\nAuthorization: Bearer " READER "\r\n", "{\"paused\":true}"), 403);
	assert_int_equal(f->host.paused, 0);
	assert_int_equal(ask(f, "POST", "/api/v1/replay", "Content-Type: application/json\r\nAuthorization: Bearer " PILOT "\r\n", "{\"paused\":true}"), 202);
	assert_int_equal(f->host.paused, 1);
}

static void wrong_tokens_are_refused(void **arg)
{
	static const char *const wrong[] = {"Bearer reader-0123456789abcdefx", "Bearer reader-0123456789abcde", "Bearer", "Bearer ", "Basic reader-0123456789abcdef", READER,
		"Bearer \xff\xfe", "Bearer read", "Bearer # who may what"};
	struct fixture *f = *arg;
	char header[600];
	with_tokens(f);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		snprintf(header, sizeof(header), "Authorization: %s\r\n", wrong[i]);
		assert_int_equal(ask(f, "GET", "/echo", header, NULL), 401);
		assert_lacks(f, READER);
	}
	memset(header, 0, sizeof(header));
	snprintf(header, sizeof(header), "Authorization: Bearer %0400d\r\n", 7);
	assert_int_equal(ask(f, "GET", "/echo", header, NULL), 401);
}

static void sockets_take_the_token_from_their_address(void **arg)
{
	struct fixture *f = *arg;
	with_tokens(f);
	assert_int_equal(upgrade(f, WS_PATH, ""), 401);
	assert_int_equal(upgrade(f, WS_PATH "?token=" READER, ""), 101);
	assert_int_equal(upgrade(f, WS_PATH, "Authorization: Bearer " READER "\r\n"), 101);
	assert_int_equal(upgrade(f, WS_PATH "?token=nonsense", ""), 401);
	assert_int_equal(upgrade(f, WS_PATH "?token=" READER "&token=" READER, ""), 401);
	assert_int_equal(ask(f, "GET", "/echo?token=" READER, "", NULL), 401); /* addresses end in logs: elsewhere it counts for nothing */
	pthread_mutex_lock(&f->host.lock);
	bool told = strstr(f->host.log, READER) || strstr(f->host.log, "reader-");
	pthread_mutex_unlock(&f->host.lock);
	assert_false(told);
}

static void token_files_with_faults_are_said_clearly_and_without_the_token(void **arg)
{
	static const struct {
		const char *tokens, *says;
	} bad[] = {
		{"short read", "tokens: line 1: a token has 16 to 256 characters; make one with: openssl rand -hex 32"},
		{"# x\n" READER, "tokens: line 2: behind the token stands read or control"},
		{READER " write", "tokens: line 1: behind the token stands read or control"},
		{READER " read,,", "tokens: line 1: behind the token stands read or control"},
	};
	struct fixture *f = *arg;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		f->config.tokens = bad[i].tokens;
		assert_int_equal(start_refused(f), F1P_ECONFIG);
		assert_string_equal(f->host.reason, bad[i].says);
	}
}

/* -------------------------------------------------------- names and pages */

static void names_that_are_not_ours_are_refused_on_loopback(void **arg)
{
	static const char *const ours[] = {"localhost", "localhost:8031", "LOCALHOST", "127.0.0.1:8031", "[::1]:8031", "f1.localhost", "127.9.9.9"};
	static const char *const others[] = {"evil.example", "evil.example:8031", "localhost.evil.example", "127.0.0.1.evil.example", "notlocalhost", "[::1].evil.example", "localhost:8031@evil.example",
		"10.0.0.7", "[::2]", "127.", "."};
	struct fixture *f = *arg;
	char header[200];
	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++) {
		snprintf(header, sizeof(header), "Host: %s\r\n", ours[i]);
		assert_int_equal(ask(f, "GET", "/healthz", header, NULL), 200);
	}
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		snprintf(header, sizeof(header), "Host: %s\r\n", others[i]);
		if (ask(f, "GET", "/healthz", header, NULL) != 421) {
			fail_msg("%s was served", others[i]);
		}
	}
	f->plugin->stop(f->plugin);
	f->config.hosts = "f1.example.org, other.example";
	start(f);
	assert_int_equal(ask(f, "GET", "/healthz", "Host: F1.example.org:443\r\n", NULL), 200);
	assert_int_equal(ask(f, "GET", "/healthz", "Host: example.org\r\n", NULL), 421);
	assert_int_equal(ask(f, "GET", "/healthz", "Host: localhost\r\n", NULL), 200);
	/* by that name the world comes through a proxy, with this machine's address: it reads */
	assert_int_equal(ask(f, "POST", "/api/v1/replay", JSON "Host: f1.example.org\r\n", "{\"paused\":true}"), 403);
	assert_int_equal(ask(f, "POST", "/api/v1/replay", JSON "Host: localhost\r\n", "{\"paused\":true}"), 202);
}

static void pages_of_other_servers_may_not_post_nor_open_sockets(void **arg)
{
	static const char *const foreign[] = {"http://evil.example", "null", "https://localhost.evil.example", "http://localhost:9", "localhost", "*"};
	struct fixture *f = *arg;
	char header[300];
	for (size_t i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++) {
		snprintf(header, sizeof(header), "Content-Type: application/json\r\nOrigin: %s\r\n", foreign[i]);
		assert_int_equal(ask(f, "POST", "/api/v1/replay", header, "{\"paused\":true}"), 403);
		assert_int_equal(ask(f, "DELETE", "/echo", header, NULL), 403);
		assert_int_equal(ask(f, "GET", "/echo", header, NULL), 200);
		assert_lacks(f, "access-control-allow-origin"); /* so the browser keeps it from the page */
		snprintf(header, sizeof(header), "Origin: %s\r\n", foreign[i]);
		assert_int_equal(upgrade(f, WS_PATH, header), 403);
	}
	assert_int_equal(f->host.paused, 0);
	assert_int_equal(upgrade(f, WS_PATH, "Origin: http://localhost\r\n"), 101);
	assert_int_equal(ask(f, "POST", "/api/v1/replay", JSON "Origin: https://LOCALHOST\r\n", "{\"paused\":true}"), 202);
}

static void pages_that_are_listed_may(void **arg)
{
	struct fixture *f = *arg;
	f->config.origins = "https://a.example https://b.example:8443";
	start(f);
	assert_int_equal(ask(f, "GET", "/echo", "Origin: https://a.example\r\n", NULL), 200);
	assert_has(f, "access-control-allow-origin: https://a.example\r\n");
	assert_has(f, "vary: accept-encoding, origin");
	assert_int_equal(ask(f, "POST", "/api/v1/replay", JSON "Origin: https://b.example:8443\r\n", "{\"paused\":true}"), 202);
	assert_int_equal(upgrade(f, WS_PATH, "Origin: https://a.example\r\n"), 101);
	assert_int_equal(ask(f, "OPTIONS", "/api/v1/replay", "Origin: https://a.example\r\nAccess-Control-Request-Method: POST\r\n", NULL), 204);
	assert_has(f, "access-control-allow-methods: GET, HEAD, POST, PUT, PATCH, DELETE");
	assert_has(f, "access-control-allow-headers: authorization, content-type");
	assert_int_equal(ask(f, "OPTIONS", "/api/v1/replay", "Origin: https://c.example\r\n", NULL), 204);
	assert_lacks(f, "access-control");
	f->plugin->stop(f->plugin);
	f->config.origins = "*"; /* to read, not to change */
	start(f);
	assert_int_equal(ask(f, "GET", "/echo", "Origin: https://x.example\r\n", NULL), 200);
	assert_has(f, "access-control-allow-origin: https://x.example\r\n");
	assert_int_equal(upgrade(f, WS_PATH, "Origin: https://x.example\r\n"), 101);
	assert_int_equal(ask(f, "POST", "/api/v1/replay", JSON "Origin: https://x.example\r\n", "{\"paused\":false}"), 403);
}

/* -------------------------------------------------------------- too many */

static void requests_beyond_the_allowance_wait(void **arg)
{
	struct fixture *f = *arg;
	int served = 0, refused = 0;
	f->config.bind = "0.0.0.0";
	f->config.allow_anonymous = true;
	f->config.requests_per_second = 5; /* 20 at once */
	start(f);
	for (int i = 0; i < 60; i++) {
		int status = get(f, "/app.js");
		served += status == 200;
		refused += status == 429;
	}
	assert_true(served >= 20 && served < 60);
	assert_int_equal(served + refused, 60);
	get(f, "/app.js");
	assert_has(f, "HTTP/1.1 429");
	assert_has(f, "retry-after: ");
	assert_int_equal(upgrade(f, WS_PATH, ""), 429);
}

static void connections_beyond_the_allowance_are_refused_then_cut(void **arg)
{
	struct fixture *f = *arg;
	int fds[40], n = 0;
	f->config.bind = "0.0.0.0";
	f->config.allow_anonymous = true;
	f->config.connections_per_address = 3;
	start(f);
	for (int i = 0; i < 3; i++) {
		fds[n++] = open_socket(f, WS_PATH);
	}
	assert_int_equal(get(f, "/app.js"), 429);
	assert_has(f, "retry-after: 10");
	while (n < 40) { /* silent ones: they cost descriptors as well */
		fds[n++] = client_connect(f->port);
	}
	int cut = 0;
	for (int i = 3; i < 40; i++) {
		struct pollfd pfd = {.fd = fds[i], .events = POLLIN};
		char byte;
		cut += poll(&pfd, 1, i == 3 ? 1000 : 50) == 1 && recv(fds[i], &byte, 1, 0) <= 0;
	}
	assert_true(cut >= 40 - 3 - (int)LIMITS_SPARE - 1);
	while (n > 0) {
		close(fds[--n]);
	}
	for (int i = 0; i < 200 && get(f, "/app.js") != 200; i++) {
		nap(20);
	}
	assert_int_equal(get(f, "/app.js"), 200); /* whoever closes may come again */
}

static void this_machine_alone_is_not_limited(void **arg)
{
	struct fixture *f = *arg;
	f->config.requests_per_second = 1;
	f->config.connections_per_address = 1;
	start(f);
	int fd = open_socket(f, WS_PATH);
	for (int i = 0; i < 30; i++) {
		assert_int_equal(get(f, "/app.js"), 200);
	}
	close(fd);
}

static void addresses_are_counted_each_for_itself(void **arg)
{
	struct limits l;
	char address[64];
	(void)arg;
	assert_true(limits_init(&l, 2, 10));
	struct peer *a = limits_connect(&l, "192.0.2.1", 0);
	assert_ptr_equal(limits_connect(&l, "::ffff:192.0.2.1", 0), a);
	struct peer *b = limits_connect(&l, "2001:db8::1", 0);
	assert_ptr_equal(limits_connect(&l, "2001:db8::ffff:1", 0), b); /* the same /64 */
	assert_ptr_not_equal(limits_connect(&l, "2001:db8:0:1::1", 0), b);
	assert_ptr_not_equal(limits_connect(&l, "192.0.2.2", 0), a);
	for (int i = 0; i < 41; i++) {
		assert_int_equal(limits_request(&l, a, 5), 0);
	}
	assert_int_equal(limits_request(&l, a, 5), 1);
	assert_int_equal(limits_request(&l, b, 5), 0);
	limits_charge(&l, b, 24 << 20); /* as much as six seconds of requests */
	assert_int_equal(limits_request(&l, b, 5), 3);
	assert_int_equal(limits_request(&l, a, 5 + 1000000), 0); /* ten more a second later */
	for (uint32_t i = 0; i < 100000; i++) { /* more strangers than there is room for */
		snprintf(address, sizeof(address), "10.%u.%u.%u", i >> 16, i >> 8 & 255, i & 255);
		struct peer *p = limits_connect(&l, address, 10);
		assert_true(p >= l.peers && p <= l.peers + LIMITS_PEERS);
	}
	assert_ptr_equal(limits_connect(&l, "192.0.2.1", 11), a);
	assert_false(limits_full(&l, "192.0.2.1", 11));
	for (uint32_t i = 0; i < 2 + LIMITS_SPARE; i++) {
		limits_connect(&l, "192.0.2.1", 11);
	}
	assert_true(limits_full(&l, "192.0.2.1", 11));
	limits_finish(&l);
}

/* -------------------------------------------------------------- too slow */

/* Sends the text a byte at a time until the connection is over: after how many ms? */
static int64_t drip(struct fixture *f, const char *head, const char *drop)
{
	int64_t began = fake_mono(&f->host.host);
	int fd = client_connect(f->port);
	char byte;
	client_send(fd, head, strlen(head));
	for (int i = 0; i < 100; i++) {
		struct pollfd pfd = {.fd = fd, .events = POLLIN};
		if (!client_send(fd, drop, 1) || (poll(&pfd, 1, 100) == 1 && recv(fd, &byte, 1, 0) <= 0)) {
			break;
		}
	}
	close(fd);
	return (fake_mono(&f->host.host) - began) / 1000000;
}

static void whoever_drips_is_cut(void **arg)
{
	struct fixture *f = *arg;
	f->config.request_timeout = 1000;
	start(f);
	assert_true(drip(f, "GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ", "x") < 6000);
	assert_true(drip(f, "PUT /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9000\r\n\r\n", "x") < 6000);
	assert_true(drip(f, "", "G") < 6000);
	assert_int_equal(get(f, "/app.js"), 200);
}

static void heads_beyond_the_cap_are_cut(void **arg)
{
	struct fixture *f = *arg;
	size_t n = 0, size = 200000;
	char *head = malloc(size);
	assert_non_null(head);
	n += (size_t)snprintf(head, size, "GET /app.js HTTP/1.1\r\nHost: localhost\r\n");
	while (n + 100 < size) {
		n += (size_t)snprintf(head + n, size - n, "Cookie: %060zu\r\n", n);
	}
	int status = client_raw(f->port, head, n, f->text, TEXT_MAX);
	assert_true(status == 0 || (status >= 400 && status < 500));
	assert_int_equal(get(f, "/app.js"), 200);
	free(head);
}

/* -------------------------------------------------------------------- TLS */

/* A handshake with versions up to `most`; the negotiated version's name, or NULL. */
static const char *shake_hands(struct fixture *f, int most, char *out, size_t size)
{
	static const char request[] = "GET /app.js HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
	SSL_CTX_set_security_level(ctx, 0);
	SSL_CTX_set_min_proto_version(ctx, TLS1_VERSION);
	SSL_CTX_set_max_proto_version(ctx, most);
	int fd = client_connect(f->port);
	SSL *ssl = SSL_new(ctx);
	SSL_set_fd(ssl, fd);
	const char *version = NULL;
	size_t n = 0;
	if (SSL_connect(ssl) == 1) {
		version = SSL_get_version(ssl);
		SSL_write(ssl, request, (int)sizeof(request) - 1);
		for (int got; n + 1 < size && (got = SSL_read(ssl, out + n, (int)(size - 1 - n))) > 0;) {
			n += (size_t)got;
		}
	}
	out[n] = '\0';
	SSL_free(ssl);
	SSL_CTX_free(ctx);
	close(fd);
	return version;
}

static void tls_is_spoken_from_1_2_on(void **arg)
{
	struct fixture *f = *arg;
	char certificate[100], key[100], command[500];
	snprintf(certificate, sizeof(certificate), "%s/cert.pem", f->dir);
	snprintf(key, sizeof(key), "%s/key.pem", f->dir);
	snprintf(command, sizeof(command),
		"openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost -keyout %s -out %s 2>/dev/null",
		key, certificate);
	assert_int_equal(system(command), 0);

	f->config.tls_certificate = certificate;
	assert_int_equal(start_refused(f), F1P_ECONFIG);
	assert_non_null(strstr(f->host.reason, "tls_key = : it is not set; tls_certificate and tls_key go together"));
	f->config.tls_key = certificate;
	assert_int_equal(start_refused(f), F1P_ECONFIG);
	assert_non_null(strstr(f->host.reason, "no PEM key of this certificate"));
	f->config.tls_key = key;
	start(f);
	assert_string_equal(shake_hands(f, TLS1_3_VERSION, f->text, TEXT_MAX), "TLSv1.3");
	assert_has(f, "export {};");
	assert_has(f, "strict-transport-security");
	assert_string_equal(shake_hands(f, TLS1_2_VERSION, f->text, TEXT_MAX), "TLSv1.2");
	assert_has(f, "export {};");
	assert_null(shake_hands(f, TLS1_1_VERSION, f->text, TEXT_MAX));
	assert_null(shake_hands(f, TLS1_VERSION, f->text, TEXT_MAX));
	assert_true(get(f, "/app.js") != 200); /* in the clear */
	assert_lacks(f, "export {};");
	remove_file(f->dir, "cert.pem");
	remove_file(f->dir, "key.pem");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STOPPED(other_addresses_need_a_token_or_a_yes),
		STOPPED(everybody_may_read_but_not_control_where_it_is_allowed),
		STOPPED(scopes_of_tokens_are_kept),
		STOPPED(wrong_tokens_are_refused),
		STOPPED(sockets_take_the_token_from_their_address),
		STOPPED(token_files_with_faults_are_said_clearly_and_without_the_token),
		RUNNING(names_that_are_not_ours_are_refused_on_loopback),
		RUNNING(pages_of_other_servers_may_not_post_nor_open_sockets),
		STOPPED(pages_that_are_listed_may),
		STOPPED(requests_beyond_the_allowance_wait),
		STOPPED(connections_beyond_the_allowance_are_refused_then_cut),
		STOPPED(this_machine_alone_is_not_limited),
		cmocka_unit_test(addresses_are_counted_each_for_itself),
		STOPPED(whoever_drips_is_cut),
		RUNNING(heads_beyond_the_cap_are_cut),
		STOPPED(tls_is_spoken_from_1_2_on),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
