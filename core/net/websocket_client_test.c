/* websocket_client_test.c - the WebSocket client against a real server: what goes right, and how a caller may end it. */
#include "net/websocket_fixture.h"

#define NO_LIMITS                                                                                                                \
	(struct f1p_websocket_request)                                                                                           \
	{                                                                                                                        \
		0                                                                                                                \
	}

static int set_up(void **state)
{
	struct client *c = calloc(1, sizeof(*c));

	client_start(c, (struct ws_options){.user_agent = "f1pd-test/1"});
	*state = c;
	return 0;
}

static int tear_down(void **state)
{
	client_stop(*state);
	free(*state);
	return 0;
}

static void echo(struct peer *p)
{
	static _Thread_local unsigned char payload[2 << 20];

	if (!peer_upgrade(p))
		return;
	for (;;) {
		size_t n = sizeof(payload);
		int op = peer_read_frame(p, payload, &n);

		if (op < 0 || !peer_frame(p, (unsigned)op, payload, n) || op == (FIN | OP_CLOSE))
			return;
	}
}

static void send_three(struct watch *w)
{
	assert_int_equal(ws_send(w->socket, "one", 3, false), F1P_OK);
	assert_int_equal(ws_send(w->socket, "\0\1", 2, true), F1P_OK);
	assert_int_equal(ws_send(w->socket, "", 0, false), F1P_OK);
}

static void messages_go_both_ways_in_order(void **state)
{
	struct client *c = *state;
	struct server *s = server_start(echo, NULL, NULL);
	struct watch w = {.on_opened = send_three};

	client_open(c, &w, s, NO_LIMITS);
	assert_true(run_until(c, &w.messages, 3));
	assert_string_equal(w.all, "one|||");
	assert_int_equal(w.bytes, 5);
	assert_int_equal(w.binaries, 1);
	assert_int_equal(w.opened, 1);
	assert_int_equal(w.closed, 0);
	assert_int_equal(w.out_of_order, 0);
	ws_close(w.socket);
	server_stop(s);
}

/* What the request must hold; kept for the test to look at. */
static char seen_request[16384];

static void keep_request(struct peer *p)
{
	if (!peer_read_request(p))
		return;
	memcpy(seen_request, p->request, sizeof(seen_request));
	peer_switch(p, "Sec-WebSocket-Protocol: json\r\n");
	peer_text(p, "hello");
	peer_wait_gone(p);
}

static void the_request_holds_path_headers_and_protocol(void **state)
{
	static char token[6000] = "Bearer ";
	struct client *c = *state;
	struct server *s = server_start(keep_request, NULL, NULL);
	const struct f1p_header headers[] = {{"Authorization", token}, {"Cookie", "AWSALBCORS=x; b=2"}};
	char url[128], host[64];
	struct watch w = {0};

	memset(token + 7, 'J', sizeof(token) - 8);
	snprintf(url, sizeof(url), "ws://127.0.0.1:%d/a/b?id=%%2B1&x=[2]", s->port);
	assert_non_null(client_open_request(
		c, &w, (struct f1p_websocket_request){.url = url, .headers = headers, .n_headers = 2, .protocol = "json"}, 1));
	assert_true(run_until(c, &w.messages, 1));
	assert_string_equal(w.last, "hello");
	snprintf(host, sizeof(host), "\r\nHost: 127.0.0.1:%d\r\n", s->port);
	assert_non_null(strstr(seen_request, "GET /a/b?id=%2B1&x=[2] HTTP/1.1\r\n"));
	assert_non_null(strstr(seen_request, host));
	assert_non_null(strstr(seen_request, token));
	assert_non_null(strstr(seen_request, "\r\nCookie: AWSALBCORS=x; b=2\r\n"));
	assert_non_null(strstr(seen_request, "\r\nUser-Agent: f1pd-test/1\r\n"));
	assert_non_null(strstr(seen_request, "\r\nSec-WebSocket-Protocol: json\r\n"));
	assert_null(strstr(seen_request, "permessage-deflate"));
	ws_close(w.socket);
	server_stop(s);
}

static void the_environment_names_no_proxy(void **state)
{
	struct client *c = *state;
	struct server *s = server_start(echo, NULL, NULL);
	struct watch w = {0};

	setenv("http_proxy", "http://127.0.0.1:1", 1);
	client_open(c, &w, s, NO_LIMITS);
	assert_true(run_until(c, &w.opened, 1));
	unsetenv("http_proxy");
	ws_close(w.socket);
	server_stop(s);
}

static void fragments(struct peer *p)
{
	unsigned char pong[125];
	size_t n = sizeof(pong);

	if (!peer_upgrade(p))
		return;
	peer_frame(p, OP_TEXT, "al", 2);
	peer_frame(p, FIN | OP_PING, "in between", 10);
	peer_frame(p, OP_CONTINUE, "", 0);
	peer_frame(p, OP_CONTINUE, "ph", 2);
	peer_frame(p, FIN | OP_PONG, "unasked", 7);
	peer_frame(p, FIN | OP_CONTINUE, "a", 1);
	peer_frame(p, OP_BINARY, "be", 2);
	peer_frame(p, FIN | OP_CONTINUE, "ta", 2);
	if (peer_read_frame(p, pong, &n) == (FIN | OP_PONG) && n == 10 && memcmp(pong, "in between", 10) == 0)
		p->server->goes++;
	peer_wait_gone(p);
}

static void fragments_become_one_message_also_around_a_ping(void **state)
{
	struct client *c = *state;
	struct server *s = server_start(fragments, NULL, NULL);
	struct watch w = {0};

	client_open(c, &w, s, NO_LIMITS);
	assert_true(run_until(c, &w.messages, 2));
	assert_string_equal(w.all, "alpha|beta|");
	assert_int_equal(w.binaries, 1);
	assert_true(run_until_goes(c, s, 1)); /* the pong came back with the ping's payload */
	ws_close(w.socket);
	server_stop(s);
}

#define BIG (10u << 20)

static void send_big(struct peer *p)
{
	char *big = malloc(BIG);

	for (uint32_t i = 0; i < BIG; i++)
		big[i] = (char)(i % 251);
	if (peer_upgrade(p)) {
		peer_frame(p, FIN | OP_BINARY, big, BIG); /* in one frame, then in three */
		peer_frame(p, OP_BINARY, big, 1000000);
		peer_frame(p, OP_CONTINUE, big + 1000000, 1000000);
		peer_frame(p, FIN | OP_CONTINUE, big + 2000000, BIG - 2000000);
		peer_wait_gone(p);
	}
	free(big);
}

static void check_big(struct watch *w, const void *bytes, size_t n)
{
	const char *b = bytes;

	assert_int_equal(n, BIG);
	for (uint32_t i = 0; i < BIG; i += 17)
		assert_int_equal(b[i], (char)(i % 251));
	assert_int_equal(b[n - 1], (char)((n - 1) % 251));
	(void)w;
}

static void a_message_of_ten_megabytes_arrives_whole(void **state)
{
	struct client *c = *state;
	struct server *s = server_start(send_big, NULL, NULL);
	struct watch w = {.on_message = check_big};

	client_open(c, &w, s, NO_LIMITS);
	assert_true(run_until(c, &w.messages, 2));
	assert_int_equal(w.closed, 0);
	ws_close(w.socket);
	server_stop(s);
}

static void sends_are_capped_and_big_ones_arrive(void **state)
{
	struct client *c = *state;
	struct server *s = server_start(echo, NULL, NULL);
	struct watch w = {0};
	char *mega = calloc(1, 1 << 20);

	memset(mega, 'm', 1 << 20);
	client_open(c, &w, s, NO_LIMITS);
	assert_int_equal(ws_send(w.socket, mega, (1 << 20) + 1, false), F1P_EINVAL);
	assert_int_equal(ws_send(w.socket, mega, 1 << 20, false), F1P_OK); /* before it is open: it waits */
	assert_int_equal(ws_send(w.socket, "more", 4, false), F1P_AGAIN);
	assert_true(run_until(c, &w.messages, 1));
	assert_int_equal(w.bytes, 1 << 20);
	assert_int_equal(ws_send(w.socket, "more", 4, false), F1P_OK); /* it has gone: there is room */
	assert_true(run_until(c, &w.messages, 2));
	assert_string_equal(w.last, "more");
	ws_close(w.socket);
	free(mega);
	server_stop(s);
}

#define MANY 40 /* messages to each of 20 */

static void send_many(struct peer *p)
{
	char text[32];

	if (!peer_upgrade(p))
		return;
	for (int i = 0; i < MANY; i++) {
		snprintf(text, sizeof(text), "%d", i);
		peer_text(p, text);
	}
	peer_wait_gone(p);
}

static void check_order(struct watch *w, const void *bytes, size_t n)
{
	char text[32];

	snprintf(text, sizeof(text), "%.*s", (int)n, (const char *)bytes);
	assert_int_equal(atoi(text), w->messages - 1);
}

static void twenty_connections_at_once(void **state)
{
	struct client *c = *state;
	struct server *s = server_start(send_many, NULL, NULL);
	static struct watch w[20];

	memset(w, 0, sizeof(w));
	for (int i = 0; i < 20; i++) {
		w[i].on_message = check_order;
		client_open(c, &w[i], s, NO_LIMITS);
	}
	for (int i = 0; i < 20; i++) {
		assert_true(run_until(c, &w[i].messages, MANY));
		assert_int_equal(w[i].closed, 0);
		ws_close(w[i].socket);
	}
	server_stop(s);
}

static void close_at_once(struct watch *w)
{
	ws_close(w->socket);
	assert_int_equal(ws_send(w->socket, "late", 4, false), F1P_ECANCELLED);
	ws_close(w->socket);
}

static void close_at_message(struct watch *w, const void *bytes, size_t n)
{
	(void)bytes;
	(void)n;
	close_at_once(w);
}

static void count_close_1000(struct peer *p)
{
	if (!peer_upgrade(p))
		return;
	for (int i = 0; i < MANY; i++)
		peer_text(p, "again");
	if (peer_read_close(p) == 1000)
		p->server->goes++;
}

static void closing_within_a_callback_is_the_last_callback(void **state)
{
	struct client *c = *state;
	struct server *s = server_start(count_close_1000, NULL, NULL);
	struct watch at_open = {.on_opened = close_at_once}, at_message = {.on_message = close_at_message};

	client_open(c, &at_open, s, NO_LIMITS);
	client_open(c, &at_message, s, NO_LIMITS);
	assert_true(run_until_goes(c, s, 2)); /* both servers got 1000 */
	run_for(c, 50);
	assert_int_equal(at_open.opened, 1);
	assert_int_equal(at_open.messages + at_open.closed, 0);
	assert_int_equal(at_message.messages, 1);
	assert_int_equal(at_message.closed, 0);
	server_stop(s);
}

static void say_bye(struct peer *p)
{
	static const unsigned char bye[] = "\x03\xe9see you\x01\x80";

	if (!peer_upgrade(p))
		return;
	peer_text(p, "first");
	peer_text(p, "last");
	peer_frame(p, FIN | OP_CLOSE, bye, sizeof(bye) - 1);
	if (peer_read_close(p) == 1001)
		p->server->goes++;
}

static void close_in_closed(struct watch *w)
{
	assert_int_equal(ws_send(w->socket, "late", 4, false), F1P_ECANCELLED);
	ws_close(w->socket);
}

static void a_close_of_the_server_is_told_with_code_after_all_messages(void **state)
{
	struct client *c = *state;
	struct server *s = server_start(say_bye, NULL, NULL);
	struct watch w = {.on_closed = close_in_closed};
	char expected[160];

	client_open(c, &w, s, NO_LIMITS);
	assert_true(run_until(c, &w.closed, 1));
	assert_string_equal(w.all, "first|last|");
	assert_int_equal(w.http_status, 0);
	snprintf(expected, sizeof(expected), "127.0.0.1:%d: the server closed the connection: 1001 (going away): see you??",
		s->port);
	assert_string_equal(w.reason, expected);
	assert_true(run_until_goes(c, s, 1)); /* the close was answered */
	run_for(c, 30);
	assert_int_equal(w.closed, 1);
	server_stop(s);
}

static void read_three_then_close(struct peer *p)
{
	char payload[64];
	int good = 0;

	if (!peer_upgrade(p))
		return;
	for (int i = 0; i < 3; i++) {
		size_t n = sizeof(payload);

		good += peer_read_frame(p, payload, &n) == (FIN | (i == 1 ? OP_BINARY : OP_TEXT));
	}
	if (good == 3 && peer_read_close(p) == 1000)
		p->server->goes++;
}

static void send_three_and_close(struct watch *w)
{
	send_three(w);
	ws_close(w->socket);
}

static void what_was_queued_before_the_close_is_sent(void **state)
{
	struct client *c = *state;
	struct server *s = server_start(read_three_then_close, NULL, NULL);
	struct watch w = {.on_opened = send_three_and_close};

	client_open(c, &w, s, NO_LIMITS);
	assert_true(run_until_goes(c, s, 1));
	server_stop(s);
}

static void forgetting_an_owner_ends_only_his_connections(void **state)
{
	struct client *c = *state;
	struct server *s = server_start(echo, NULL, NULL);
	struct watch a1 = {0}, a2 = {0}, b = {0};
	struct f1p_websocket_request r = {0};
	char url[64];

	snprintf(url, sizeof(url), "ws://127.0.0.1:%d/", s->port);
	r.url = url;
	assert_non_null(client_open_request(c, &a1, r, 7));
	assert_non_null(client_open_request(c, &a2, r, 7));
	assert_non_null(client_open_request(c, &b, r, 8));
	assert_true(run_until(c, &a1.opened, 1) && run_until(c, &b.opened, 1));
	ws_forget(c->pool, 7);
	assert_int_equal(ws_send(b.socket, "still", 5, false), F1P_OK);
	assert_true(run_until(c, &b.messages, 1));
	run_for(c, 30);
	assert_int_equal(a1.closed + a2.closed + a1.messages + a2.messages, 0);
	ws_close(b.socket);
	server_stop(s);
}

static void never_answer(struct peer *p)
{
	p->server->goes++;
	peer_wait_gone(p);
}

/* tear_down destroys the pool: one connection is open, one waits for an answer, one has not begun. */
static void destroying_with_open_connections_calls_nobody(void **state)
{
	struct client *c = *state;
	struct server *talks = server_start(send_many, NULL, NULL), *silent = server_start(never_answer, NULL, NULL);
	struct watch w[3] = {0};

	client_open(c, &w[0], talks, NO_LIMITS);
	client_open(c, &w[1], silent, NO_LIMITS);
	assert_true(run_until(c, &w[0].opened, 1) && run_until_goes(c, silent, 1));
	client_open(c, &w[2], talks, NO_LIMITS);
	client_stop(c);
	for (int i = 0; i < 3; i++)
		assert_int_equal(w[i].closed, 0);
	server_stop(talks);
	server_stop(silent);
	client_start(c, (struct ws_options){0}); /* for tear_down */
}

static void too_many_connections_are_refused_with_reason(void **state)
{
	struct client *c = *state;
	struct server *s = server_start(never_answer, NULL, NULL);
	static struct watch w[64];
	struct watch extra = {0};
	char url[64];

	memset(w, 0, sizeof(w));
	for (int i = 0; i < 64; i++)
		client_open(c, &w[i], s, NO_LIMITS);
	snprintf(url, sizeof(url), "ws://127.0.0.1:%d/", s->port);
	assert_null(client_open_request(c, &extra, (struct f1p_websocket_request){.url = url}, 1));
	assert_non_null(strstr(c->why, "64 connections are open already"));
	ws_forget(c->pool, 1);
	for (int64_t end_ms = real_ms() + PATIENCE_MS; !extra.socket && real_ms() < end_ms;) {
		run_for(c, 5);
		client_open_request(c, &extra, (struct f1p_websocket_request){.url = url}, 1);
	}
	assert_non_null(extra.socket); /* there is room again */
	client_stop(c);
	server_stop(s);
	client_start(c, (struct ws_options){0});
}

/* A server that sends 60 MB while the loop stands still: the client stops reading, and loses nothing. */
#define FLOOD_MESSAGES 60
#define FLOOD_BYTES (1u << 20)

static void flood(struct peer *p)
{
	char *mega = malloc(FLOOD_BYTES);

	memset(mega, 'f', FLOOD_BYTES);
	if (peer_upgrade(p)) {
		for (int i = 0; i < FLOOD_MESSAGES; i++) {
			memcpy(mega, &i, sizeof(i));
			if (!peer_frame(p, FIN | OP_BINARY, mega, FLOOD_BYTES))
				break;
			p->server->goes++;
		}
		peer_frame(p, FIN | OP_CLOSE, "\x03\xe8", 2);
		peer_wait_gone(p);
	}
	free(mega);
}

static void check_number(struct watch *w, const void *bytes, size_t n)
{
	int number;

	memcpy(&number, bytes, sizeof(number));
	assert_int_equal(n, FLOOD_BYTES);
	assert_int_equal(number, w->messages - 1);
}

static void a_loop_that_stands_still_stops_the_reading_and_loses_nothing(void **state)
{
	struct client *c = *state;
	struct server *s = server_start(flood, NULL, NULL);
	struct watch w = {.on_message = check_number};
	int64_t end_ms = real_ms() + PATIENCE_MS;
	int before = -1;

	client_open(
		c, &w, s, (struct f1p_websocket_request){.ping_ms = 250}); /* our own silence must not count as the server's */
	while (s->goes < 32 && real_ms() < end_ms)
		usleep(1000);
	while (s->goes != before && real_ms() < end_ms) { /* until it can send no more */
		before = s->goes;
		usleep(300000);
	}
	assert_in_range(before, 32, 50); /* 32 MiB and what the kernel holds */
	assert_true(run_until(c, &w.closed, 1));
	assert_int_equal(w.messages, FLOOD_MESSAGES);
	assert_non_null(strstr(w.reason, "1000 (normal)"));
	server_stop(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(messages_go_both_ways_in_order, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_request_holds_path_headers_and_protocol, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_environment_names_no_proxy, set_up, tear_down),
		cmocka_unit_test_setup_teardown(fragments_become_one_message_also_around_a_ping, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_message_of_ten_megabytes_arrives_whole, set_up, tear_down),
		cmocka_unit_test_setup_teardown(sends_are_capped_and_big_ones_arrive, set_up, tear_down),
		cmocka_unit_test_setup_teardown(twenty_connections_at_once, set_up, tear_down),
		cmocka_unit_test_setup_teardown(closing_within_a_callback_is_the_last_callback, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_close_of_the_server_is_told_with_code_after_all_messages, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_was_queued_before_the_close_is_sent, set_up, tear_down),
		cmocka_unit_test_setup_teardown(forgetting_an_owner_ends_only_his_connections, set_up, tear_down),
		cmocka_unit_test_setup_teardown(destroying_with_open_connections_calls_nobody, set_up, tear_down),
		cmocka_unit_test_setup_teardown(too_many_connections_are_refused_with_reason, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_loop_that_stands_still_stops_the_reading_and_loses_nothing, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
