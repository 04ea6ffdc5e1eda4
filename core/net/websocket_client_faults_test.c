/* websocket_client_faults_test.c - servers that refuse, lie, fall silent or break off: one `closed` with the reason, always. */
#include "net/websocket_fixture.h"

#include <netdb.h>

#define NO_LIMITS                                                                                                                \
	(struct f1p_websocket_request)                                                                                           \
	{                                                                                                                        \
		0                                                                                                                \
	}
#define REASON_IS(w, text) assert_non_null(strstr((w).reason, text))

/* ---- name look-ups of the tests; they may outlive the pool: static ---- */

static pthread_mutex_t names_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t names_released = PTHREAD_COND_INITIALIZER;
static bool names_hang;
static int names_hanging;

static int look_up(void *arg, const char *host, struct ws_addresses *out)
{
	(void)arg;
	pthread_mutex_lock(&names_lock);
	names_hanging++;
	while (names_hang && strcmp(host, "hangs.test") == 0)
		pthread_cond_wait(&names_released, &names_lock);
	names_hanging--;
	pthread_cond_broadcast(&names_released);
	pthread_mutex_unlock(&names_lock);
	if (strcmp(host, "nobody.test") == 0)
		return EAI_NONAME;
	out->n = strcmp(host, "two.test") == 0 ? 2 : 1;
	strcpy(out->text[0], out->n == 2 ? "127.0.0.2" : "127.0.0.1");
	strcpy(out->text[1], "127.0.0.1");
	return 0;
}

static void hang_names(bool hang)
{
	pthread_mutex_lock(&names_lock);
	names_hang = hang;
	pthread_cond_broadcast(&names_released);
	while (!hang && names_hanging > 0)
		pthread_cond_wait(&names_released, &names_lock);
	pthread_mutex_unlock(&names_lock);
}

static int set_up(void **state)
{
	struct client *c = calloc(1, sizeof(*c));

	client_start(c, (struct ws_options){.look_up = look_up});
	*state = c;
	return 0;
}

static int tear_down(void **state)
{
	client_stop(*state);
	free(*state);
	return 0;
}

/* Opens, waits for the end; it comes once, without `opened` or messages out of order. */
static void until_closed(struct client *c, struct watch *w, const struct server *s, struct f1p_websocket_request r)
{
	client_open(c, w, s, r);
	assert_true(run_until(c, &w->closed, 1));
	run_for(c, 20);
	assert_int_equal(w->closed, 1);
	assert_int_equal(w->out_of_order, 0);
}

/* ---- the upgrade ---- */

/* arg: the whole answer */
static void answer(struct peer *p)
{
	const char *text = p->server->arg;

	if (peer_read_request(p) && peer_write(p, text, strlen(text)))
		peer_wait_gone(p);
}

static void a_refused_upgrade_gives_its_status(void **state)
{
	static const struct {
		const char *answer;
		uint32_t status;
		const char *reason;
	} cases[] = {
		{"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n", 401, "refused the upgrade with HTTP 401"},
		{"HTTP/1.1 403 Forbidden\r\nContent-Length: 4\r\n\r\nnope", 403, "refused the upgrade with HTTP 403"},
		{"HTTP/1.1 404 Not Found\r\n\r\n", 404, "HTTP 404"},
		{"HTTP/1.0 409 Conflict\r\n\r\n", 409, "HTTP 409"},
		{"HTTP/1.1 429 Too Many\r\nRetry-After: 5\r\n\r\n", 429, "HTTP 429"},
		{"HTTP/1.1 502 Bad Gateway\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 502, "HTTP 502"},
		{"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", 200, "HTTP 200"},
		{"HTTP/1.1 302 Found\r\nLocation: ws://127.0.0.1:1/x\r\n\r\n", 302,
			"redirects (HTTP 302), which is not followed"},
		{"HTTP/1.1 308 Moved\r\nLocation: /elsewhere\r\n\r\n", 308, "redirects (HTTP 308)"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char copy[256];
		struct server *s;
		struct watch w = {0};

		snprintf(copy, sizeof(copy), "%s", cases[i].answer);
		s = server_start(answer, NULL, copy);
		until_closed(*state, &w, s, NO_LIMITS);
		assert_int_equal(w.http_status, cases[i].status);
		REASON_IS(w, cases[i].reason);
		assert_int_equal(w.opened, 0);
		assert_int_equal(s->n_peers, 1); /* it asked once, and followed nothing */
		server_stop(s);
	}
}

static void what_is_no_valid_answer_is_refused(void **state)
{
	static const char *const answers[] = {
		"SSH-2.0-OpenSSH_9.2\r\n\r\n",
		"\x16\x03\x01\x02garbage\r\n\r\n\r\n",
		"HTTP/1.1 101 Switching Protocols\r\n\r\n",
		("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
		 "Sec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n\r\n"),
		"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: x\r\n\r\n",
		"HTTP/1.1 abc\r\n\r\n",
		"HTTP/1.1 -5 X\r\n\r\n",
	};

	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		char copy[512];
		struct server *s;
		struct watch w = {0};

		snprintf(copy, sizeof(copy), "%s", answers[i]);
		s = server_start(answer, NULL, copy);
		until_closed(*state, &w, s, (struct f1p_websocket_request){.connect_timeout_ms = 700});
		assert_int_equal(w.opened, 0);
		assert_int_equal(w.http_status, 0);
		assert_non_null(strstr(w.reason, "the upgrade"));
		server_stop(s);
	}
}

static void switch_wrongly(struct peer *p)
{
	if (peer_read_request(p)) {
		peer_switch(p, p->server->arg);
		peer_wait_gone(p);
	}
}

static void what_was_not_offered_is_refused(void **state)
{
	static char protocol[] = "Sec-WebSocket-Protocol: soap\r\n",
		    deflate[] = "Sec-WebSocket-Extensions: permessage-deflate\r\n";
	char *const lines[] = {protocol, deflate};

	for (size_t i = 0; i < 2; i++) {
		struct server *s = server_start(switch_wrongly, NULL, lines[i]);
		struct watch w = {0};

		until_closed(*state, &w, s, NO_LIMITS);
		assert_int_equal(w.opened, 0);
		REASON_IS(w, "no valid answer to the upgrade");
		server_stop(s);
	}
}

static void endless_head(struct peer *p)
{
	char line[1024];

	memset(line, 'h', sizeof(line));
	memcpy(line, "X-", 2);
	memcpy(line + sizeof(line) - 2, "\r\n", 2);
	line[20] = ':';
	if (!peer_read_request(p) || !peer_write(p, "HTTP/1.1 101 Switching Protocols\r\n", 34))
		return;
	while (peer_write(p, line, sizeof(line))) {
	}
}

static void an_endless_answer_is_cut_off(void **state)
{
	struct server *s = server_start(endless_head, NULL, NULL);
	struct watch w = {0};

	until_closed(*state, &w, s, (struct f1p_websocket_request){.connect_timeout_ms = 3000});
	assert_int_equal(w.opened, 0);
	server_stop(s);
}

static void hang_up_on_request(struct peer *p)
{
	peer_read_request(p);
}

static void a_server_that_hangs_up_gives_a_reason(void **state)
{
	struct server *s = server_start(hang_up_on_request, NULL, NULL);
	struct watch w = {0};

	until_closed(*state, &w, s, NO_LIMITS);
	REASON_IS(w, "no valid answer to the upgrade");
	server_stop(s);
}

/* ---- time-outs of connecting ---- */

static void drip(struct peer *p)
{
	static const char slow[] =
		"HTTP/1.1 101 Switching Protocols\r\nX: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy";

	if (!peer_read_request(p))
		return;
	for (size_t i = 0; i < sizeof(slow) - 1 && peer_write(p, slow + i, 1); i++)
		usleep(20000);
	peer_wait_gone(p);
}

static void a_slow_handshake_times_out(void **state)
{
	struct server *s = server_start(drip, NULL, NULL);
	struct watch w = {0};
	int64_t began_ms = real_ms();

	until_closed(*state, &w, s, (struct f1p_websocket_request){.connect_timeout_ms = 300});
	assert_in_range(real_ms() - began_ms, 295, 5000);
	REASON_IS(w, "not connected after 300 ms: time-out while waiting for the answer to the upgrade");
	server_stop(s);
}

static void nothing(struct peer *p)
{
	p->server->goes++;
	peer_wait_gone(p);
}

static void open_name(struct client *c, struct watch *w, const char *scheme, const char *name, int port, int64_t timeout_ms)
{
	char url[128];

	snprintf(url, sizeof(url), "%s://%s:%d/secret?token=s3cr3t", scheme, name, port);
	assert_non_null(
		client_open_request(c, w, (struct f1p_websocket_request){.url = url, .connect_timeout_ms = timeout_ms}, 1));
}

static void tls_with_a_server_that_says_nothing_times_out(void **state)
{
	struct client *c = *state;
	struct server *s = server_start(nothing, NULL, NULL);
	struct watch w = {0};

	open_name(c, &w, "wss", "live.test", s->port, 300);
	assert_true(run_until(c, &w.closed, 1));
	REASON_IS(w, "not connected after 300 ms: time-out while connecting");
	assert_null(strstr(w.reason, "s3cr3t"));
	server_stop(s);
}

static void a_look_up_that_hangs_delays_neither_its_end_nor_others(void **state)
{
	struct client *c = *state;
	struct server *s = server_start(nothing, NULL, NULL);
	struct watch hangs = {0}, other = {0}, closes = {0};
	int64_t began_ms = real_ms();

	hang_names(true);
	open_name(c, &hangs, "ws", "hangs.test", 80, 400);
	open_name(c, &closes, "ws", "hangs.test", 80, 400);
	open_name(c, &other, "ws", "nobody.test", 80, 5000);
	assert_true(run_until(c, &other.closed, 1));
	assert_int_equal(hangs.closed, 0);
	REASON_IS(other, "nobody.test:80: no address for this name");
	ws_close(closes.socket);
	assert_true(run_until(c, &hangs.closed, 1));
	assert_in_range(real_ms() - began_ms, 395, 5000);
	REASON_IS(hangs, "hangs.test:80: not connected after 400 ms: time-out while looking up the name");
	assert_null(strstr(hangs.reason, "s3cr3t"));
	assert_int_equal(closes.closed, 0);
	hang_names(false);
	server_stop(s);
}

static void too_many_look_ups_that_hang_are_said(void **state)
{
	struct client *c = *state;
	static struct watch w[17];
	int closed = 0;

	memset(w, 0, sizeof(w));
	hang_names(true);
	for (int i = 0; i < 17; i++)
		open_name(c, &w[i], "ws", "hangs.test", 80, 10000);
	for (int64_t end_ms = real_ms() + PATIENCE_MS; closed == 0 && real_ms() < end_ms;) {
		run_for(c, 10);
		for (int i = 0; i < 17; i++) {
			closed += w[i].closed;
			assert_true(!w[i].closed || strstr(w[i].reason, "too many name look-ups hang"));
		}
	}
	assert_int_equal(closed, 1);
	client_stop(c); /* with 16 that hang: it does not wait for them */
	hang_names(false);
	client_start(c, (struct ws_options){0});
}

static void greet(struct peer *p)
{
	if (peer_upgrade(p) && peer_text(p, "welcome"))
		peer_wait_gone(p);
}

static void an_address_that_refuses_gives_way_to_the_next(void **state)
{
	struct client *c = *state;
	struct server *s = server_start(greet, NULL, NULL); /* on 127.0.0.1 only; two.test begins with 127.0.0.2 */
	struct watch w = {0};

	open_name(c, &w, "ws", "two.test", s->port, 5000);
	assert_true(run_until(c, &w.messages, 1));
	assert_string_equal(w.last, "welcome");
	ws_close(w.socket);
	server_stop(s);
}

static void a_port_where_nobody_listens_gives_a_reason(void **state)
{
	struct client *c = *state;
	struct server *s = server_start(greet, NULL, NULL);
	int port = s->port;
	struct watch w = {0};

	server_stop(s);
	open_name(c, &w, "ws", "two.test", port, 5000);
	assert_true(run_until(c, &w.closed, 1));
	REASON_IS(w, "two.test:");
	REASON_IS(w, "cannot connect: refused, or there is no route");
	assert_null(strstr(w.reason, "s3cr3t"));
}

/* A listener whose queue is full drops further connections silently, as a firewall does. */
static void an_address_that_does_not_answer_gives_way_in_time(void **state)
{
	struct client *c = *state;
	struct sockaddr_in sa = {.sin_family = AF_INET};
	struct server *good = server_start(greet, NULL, NULL);
	int deaf = socket(AF_INET, SOCK_STREAM, 0), fill[4];
	struct watch w = {0};

	sa.sin_port = htons((uint16_t)good->port);
	inet_pton(AF_INET, "127.0.0.2", &sa.sin_addr);
	assert_int_equal(bind(deaf, (struct sockaddr *)&sa, sizeof(sa)), 0);
	assert_int_equal(listen(deaf, 0), 0);
	for (int i = 0; i < 4; i++) {
		fill[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		connect(fill[i], (struct sockaddr *)&sa, sizeof(sa));
	}
	open_name(c, &w, "ws", "two.test", good->port, 2500);
	assert_true(run_until(c, &w.messages, 1) || w.closed);
	assert_string_equal(w.last, "welcome");
	ws_close(w.socket);
	for (int i = 0; i < 4; i++)
		close(fill[i]);
	close(deaf);
	server_stop(good);
}

/* ---- broken conversations ---- */

static void send_over_cap(struct peer *p)
{
	char *bytes = calloc(1, 20000);

	if (!peer_upgrade(p))
		goto out;
	peer_text(p, "small");
	if (p->index == 0) { /* announced in one frame, of which little is sent */
		peer_head(p, FIN | OP_TEXT, 1ull << 40);
		peer_write(p, bytes, 20000);
	} else { /* or grown from fragments, each below the cap */
		for (int i = 0; i < 3; i++)
			peer_frame(p, i == 0 ? OP_TEXT : OP_CONTINUE, bytes, 2000);
	}
	for (int i = 0; i < 20; i++) /* and more, although it was told to stop */
		peer_write(p, bytes, 20000);
	if (peer_read_close(p) == 1009)
		p->server->goes++;
out:
	free(bytes);
}

static void a_message_over_the_cap_ends_it_with_1009(void **state)
{
	struct server *s = server_start(send_over_cap, NULL, NULL);

	for (int i = 0; i < 2; i++) {
		struct watch w = {0};

		until_closed(*state, &w, s, (struct f1p_websocket_request){.max_bytes = 4096});
		assert_string_equal(w.all, "small|");
		REASON_IS(w, "a message of more than 4096 bytes");
		assert_true(run_until_goes(*state, s, i + 1));
	}
	server_stop(s);
}

static void exactly_the_cap(struct peer *p)
{
	char bytes[4096] = "x";

	if (peer_upgrade(p) && peer_frame(p, FIN | OP_BINARY, bytes, sizeof(bytes)))
		peer_wait_gone(p);
}

static void a_message_of_exactly_the_cap_is_taken(void **state)
{
	struct server *s = server_start(exactly_the_cap, NULL, NULL);
	struct watch w = {0};

	client_open(*state, &w, s, (struct f1p_websocket_request){.max_bytes = 4096});
	assert_true(run_until(*state, &w.messages, 1));
	assert_int_equal(w.bytes, 4096);
	ws_close(w.socket);
	server_stop(s);
}

/* arg: bytes after a good message; the first says how many */
static void send_garbage(struct peer *p)
{
	const unsigned char *bytes = p->server->arg;

	if (peer_upgrade(p) && peer_text(p, "good") && peer_write(p, bytes + 1, bytes[0]))
		peer_wait_gone(p);
}

static void a_broken_frame_ends_it_after_the_good_ones(void **state)
{
	static unsigned char cases[][16] = {
		{4, 0xf1, 2, 'h', 'i'},						 /* reserved bits */
		{4, 0x83, 2, 'h', 'i'},						 /* unknown data opcode */
		{3, 0x8b, 1, 'x'},						 /* unknown control opcode */
		{3, 0x80, 1, 'x'},						 /* continuation of nothing */
		{6, 0x01, 1, 'a', 0x81, 1, 'b'},				 /* a new message within a message */
		{3, 0x09, 1, 'x'},						 /* a fragmented ping */
		{5, 0x89, 126, 0, 130, 'x'},					 /* an over-long ping */
		{10, 0x82, 127, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, /* a negative length */
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct server *s = server_start(send_garbage, NULL, cases[i]);
		struct watch w = {0};

		until_closed(*state, &w, s, NO_LIMITS);
		assert_string_equal(w.all, "good|");
		REASON_IS(w, "broken frame");
		server_stop(s);
	}
}

/* Streams of frames with random heads, lengths and cuts, some bytes changed; the same in every run. */
static uint32_t next_random(uint32_t *x)
{
	*x ^= *x << 13;
	*x ^= *x >> 17;
	*x ^= *x << 5;
	return *x;
}

static void send_mutated(struct peer *p)
{
	static const unsigned char heads[] = {0x01, 0x00, 0x80, 0x81, 0x82, 0x02, 0x89, 0x8a, 0x88};
	uint32_t x = 2463534242u + (uint32_t)p->index * 7919u;
	unsigned char bytes[40000];
	bool going = peer_upgrade(p);

	for (int i = 0; going && i < 60; i++) {
		uint32_t n = next_random(&x) % 16 ? next_random(&x) % 126 : next_random(&x) % sizeof(bytes);
		unsigned head = heads[next_random(&x) % (i < 50 ? 8 : 9)];

		for (uint32_t k = 0; k < n; k++)
			bytes[k] = (unsigned char)next_random(&x);
		if (next_random(&x) % 24 == 0)
			head ^= 1u << next_random(&x) % 8;
		going = peer_head(p, head, n) && peer_write(p, bytes, next_random(&x) % 32 ? n : n / 2);
	}
}

#define MUTATED 60

static void mutated_streams_end_in_one_closed_each(void **state)
{
	struct server *s = server_start(send_mutated, NULL, NULL);
	static struct watch w[MUTATED];
	int with_messages = 0;

	memset(w, 0, sizeof(w));
	for (int i = 0; i < MUTATED; i++)
		client_open(*state, &w[i], s, (struct f1p_websocket_request){.max_bytes = 30000});
	for (int i = 0; i < MUTATED; i++) {
		assert_true(run_until(*state, &w[i].closed, 1));
		assert_int_equal(w[i].closed, 1);
		assert_int_equal(w[i].out_of_order, 0);
		with_messages += w[i].messages > 0;
	}
	assert_in_range(with_messages, 5, MUTATED);
	server_stop(s);
}

static void reset_in_frame(struct peer *p)
{
	if (!peer_upgrade(p))
		return;
	for (int i = 0; i < 50; i++)
		peer_text(p, "whole");
	peer_head(p, FIN | OP_TEXT, 5000);
	peer_write(p, "half", 4);
	p->server->goes++;
	while (p->server->goes < 100) /* until the test saw the whole ones */
		usleep(1000);
	peer_reset(p);
}

static void a_reset_within_a_frame_loses_only_that_frame(void **state)
{
	struct server *s = server_start(reset_in_frame, NULL, NULL);
	struct watch w = {0};

	client_open(*state, &w, s, NO_LIMITS);
	assert_true(run_until(*state, &w.messages, 50));
	s->goes = 100;
	assert_true(run_until(*state, &w.closed, 1));
	run_for(*state, 30);
	assert_int_equal(w.messages, 50);
	assert_int_equal(w.closed, 1);
	REASON_IS(w, "connection lost");
	server_stop(s);
}

static void burst_and_go(struct peer *p)
{
	char text[2000];

	memset(text, 'b', sizeof(text));
	if (!peer_upgrade(p))
		return;
	for (int i = 0; i < 500; i++)
		peer_frame(p, FIN | OP_TEXT, text, sizeof(text));
	shutdown(p->fd, SHUT_WR); /* no close frame */
	peer_wait_gone(p);
}

static void what_came_before_the_end_is_delivered(void **state)
{
	struct server *s = server_start(burst_and_go, NULL, NULL);
	struct watch w = {0};

	until_closed(*state, &w, s, NO_LIMITS);
	assert_int_equal(w.messages, 500);
	REASON_IS(w, "connection lost: it ended without a close frame");
	server_stop(s);
}

/* ---- silence ---- */

static void say_then_ignore(struct peer *p)
{
	if (!peer_upgrade(p) || !peer_text(p, "hello"))
		return;
	while (!p->server->stopping) /* reads nothing, answers no ping: as if the line were cut */
		usleep(1000);
}

static void a_silent_connection_is_found_by_the_ping(void **state)
{
	struct server *s = server_start(say_then_ignore, NULL, NULL);
	struct watch w = {0};
	int64_t began_ms = real_ms();

	until_closed(*state, &w, s, (struct f1p_websocket_request){.ping_ms = 150});
	assert_int_equal(w.messages, 1);
	assert_in_range(real_ms() - began_ms, 290, 5000);
	REASON_IS(w, "connection lost: silent, and no answer to a ping within 150 ms");
	server_stop(s);
}

static void answer_pings(struct peer *p)
{
	char payload[125];

	if (!peer_upgrade(p))
		return;
	for (int pings = 0; pings < 5;) {
		size_t n = sizeof(payload);
		int op = peer_read_frame(p, payload, &n);

		if (op < 0)
			return;
		if (op == (FIN | OP_PING)) {
			pings++;
			peer_frame(p, FIN | OP_PONG, payload, n);
		}
	}
	peer_text(p, "still here");
	peer_wait_gone(p);
}

static void pongs_keep_a_quiet_connection(void **state)
{
	struct server *s = server_start(answer_pings, NULL, NULL);
	struct watch w = {0};

	client_open(*state, &w, s, (struct f1p_websocket_request){.ping_ms = 250});
	assert_true(run_until(*state, &w.messages, 1));
	assert_string_equal(w.last, "still here");
	assert_int_equal(w.closed, 0);
	ws_close(w.socket);
	server_stop(s);
}

static void talk_without_pongs(struct peer *p)
{
	if (!peer_upgrade(p))
		return;
	for (int i = 0; i < 50 && peer_text(p, "."); i++)
		usleep(20000);
	peer_text(p, "done");
	peer_wait_gone(p);
}

static void any_data_counts_as_life(void **state)
{
	struct server *s = server_start(talk_without_pongs, NULL, NULL);
	struct watch w = {0};

	client_open(*state, &w, s, (struct f1p_websocket_request){.ping_ms = 400});
	assert_true(run_until(*state, &w.messages, 51));
	assert_int_equal(w.closed, 0);
	ws_close(w.socket);
	server_stop(s);
}

/* ---- a caller who gives up on a server that does not read ---- */

static void closing_does_not_wait_for_a_deaf_server(void **state)
{
	struct client *c = *state;
	struct server *s = server_start(say_then_ignore, NULL, NULL);
	struct watch w = {0};
	char *mega = calloc(1, 1 << 20);
	int64_t began_ms;
	int queued = 0;

	client_open(c, &w, s, NO_LIMITS);
	assert_true(run_until(c, &w.messages, 1));
	while (queued < 64 && ws_send(w.socket, mega, 1 << 20, true) == F1P_OK) {
		queued++;
		run_for(c, 20);
	}
	assert_in_range(queued, 1, 63); /* F1P_AGAIN came */
	began_ms = real_ms();
	ws_close(w.socket);
	client_stop(c);
	assert_true(real_ms() - began_ms < 3000);
	free(mega);
	server_stop(s);
	client_start(c, (struct ws_options){0});
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_refused_upgrade_gives_its_status),
		CASE(what_is_no_valid_answer_is_refused),
		CASE(what_was_not_offered_is_refused),
		CASE(an_endless_answer_is_cut_off),
		CASE(a_server_that_hangs_up_gives_a_reason),
		CASE(a_slow_handshake_times_out),
		CASE(tls_with_a_server_that_says_nothing_times_out),
		CASE(a_look_up_that_hangs_delays_neither_its_end_nor_others),
		CASE(too_many_look_ups_that_hang_are_said),
		CASE(an_address_that_refuses_gives_way_to_the_next),
		CASE(a_port_where_nobody_listens_gives_a_reason),
		CASE(an_address_that_does_not_answer_gives_way_in_time),
		CASE(a_message_over_the_cap_ends_it_with_1009),
		CASE(a_message_of_exactly_the_cap_is_taken),
		CASE(a_broken_frame_ends_it_after_the_good_ones),
		CASE(mutated_streams_end_in_one_closed_each),
		CASE(a_reset_within_a_frame_loses_only_that_frame),
		CASE(what_came_before_the_end_is_delivered),
		CASE(a_silent_connection_is_found_by_the_ping),
		CASE(pongs_keep_a_quiet_connection),
		CASE(any_data_counts_as_life),
		CASE(closing_does_not_wait_for_a_deaf_server),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
