/*
 * stream_clients_test.c - clients that come back, lag, look at the past or take other forms end up with what everyone has.
 *
 * Time is the test's: nothing here waits for a clock.
 */
#include <stdatomic.h>
#include <zlib.h>

#include "forms.h"
#include "helpers/rng.h"
#include "sink_fixture.h"

#define MESSAGES_MAX 4096u
#define SECOND INT64_C(1000000000)

static _Atomic int64_t test_clock_ns = 1000 * SECOND;

static int64_t test_now(const struct f1p_host *h)
{
	(void)h;
	return test_clock_ns;
}

static int setup_timed(void **arg)
{
	setup_stopped(arg);
	((struct fixture *)*arg)->host.host.now_utc_ns = test_now;
	((struct fixture *)*arg)->config.update_every = 0;
	start(*arg);
	return 0;
}
#define TIMED(name) cmocka_unit_test_setup_teardown(name, setup_timed, teardown)

/* ------------------------------------------------------ clients that come back */

struct told { /* ids and types of messages, in order */
	char id[MESSAGES_MAX][STREAM_ID];
	size_t n;
};

static void value_of(const char *text, const char *key, char *out, size_t size)
{
	char name[32];
	snprintf(name, sizeof(name), "\"%s\":\"", key);
	const char *at = strstr(text, name);
	assert_non_null(at);
	at += strlen(name);
	snprintf(out, size, "%.*s", (int)strcspn(at, "\""), at);
}

static void note(struct told *t, const char *text)
{
	assert_true(t->n < MESSAGES_MAX);
	value_of(text, "id", t->id[t->n++], STREAM_ID);
}

static void read_one(struct fixture *f, int fd)
{
	size_t n = 0;
	assert_int_equal(client_frame(fd, f->text, TEXT_MAX, &n, CLIENT_WAIT_MS), 1);
	assert_json(f->text, n);
}

static bool is_type(struct fixture *f, const char *type)
{
	char want[48];
	snprintf(want, sizeof(want), "{\"type\":\"%s\"", type);
	return strncmp(f->text, want, strlen(want)) == 0;
}

/* Makes news and waits until the stream has it: one message each. */
static void advance(struct fixture *f, const char *text)
{
	test_clock_ns += SECOND;
	f->race->t_event_ns += SECOND;
	publish_message(f, text);
}

static void a_client_that_comes_back_misses_nothing_and_gets_nothing_twice(void **arg)
{
	struct fixture *f = *arg;
	static struct told all, cut;
	struct f1p_rng rng;
	char path[160], last[STREAM_ID];
	memset(&all, 0, sizeof(all));
	memset(&cut, 0, sizeof(cut));
	f1p_rng_seed(&rng, 3, 9);
	publish(f);
	get_until(f, "/api/v1/session/current", "HTTP/1.1 200");
	int whole = open_socket(f, WS_PATH), fd = open_socket(f, WS_PATH);
	next_message(f, whole, "snapshot");
	next_message(f, fd, "snapshot");
	value_of(f->text, "id", last, sizeof(last));
	for (int round = 0; round < 40; round++) {
		uint32_t n = 1 + f1p_rng_below(&rng, 20);
		for (uint32_t i = 0; i < n; i++) {
			advance(f, "X");
			read_one(f, whole); /* each its own message: the stream makes one of each */
			note(&all, f->text);
		}
		for (uint32_t i = f1p_rng_below(&rng, n); i > 0; i--) {
			read_one(f, fd);
			note(&cut, f->text);
			value_of(f->text, "id", last, sizeof(last));
		}
		close(fd);
		snprintf(path, sizeof(path), WS_PATH "?from=%s", last);
		fd = open_socket(f, path);
		read_one(f, fd);
		assert_true(is_type(f, "resumed"));
		assert_has(f, "\"resumed\":true");
	}
	while (cut.n < all.n) {
		read_one(f, fd);
		note(&cut, f->text);
	}
	assert_memory_equal(all.id, cut.id, all.n * sizeof(all.id[0]));
	close(fd);
	close(whole);
}

static void whoever_cannot_go_on_is_told_why(void **arg)
{
	struct fixture *f = *arg;
	publish(f);
	get_until(f, "/api/v1/session/current", "HTTP/1.1 200");
	int fd = open_socket(f, WS_PATH "?from=123abc-7");
	next_message(f, fd, "snapshot");
	assert_has(f, "\"resumed\":false,\"reason\":\"that id is of another run\"");
	assert_has(f, "\"lap\":10");
	close(fd);
	fd = open_socket(f, WS_PATH "?from=100000");
	next_message(f, fd, "snapshot");
	assert_has(f, "\"reason\":\"no message has that seq\"");
	close(fd);
}

static void the_query_filters(void **arg)
{
	struct fixture *f = *arg;
	int status;
	publish(f);
	get_until(f, "/api/v1/session/current", "HTTP/1.1 200");
	int fd = open_socket(f, WS_PATH "?topics=state%2Cinsights&drivers=2,D05");
	next_message(f, fd, "snapshot");
	assert_has(f, "{\"number\":5,\"code\":\"D05\"");
	assert_lacks(f, "\"code\":\"D03\"");
	publish_message(f, "NOT FOR THIS CLIENT");
	f->race->cars[0].gap_ms = 7;
	f->race->cars[1].gap_ms = 8;
	publish(f);
	read_one(f, fd);
	assert_has(f, "\"cars\":[{\"number\":2,\"gap_ms\":8}]");
	close(fd);
	static const char *const bad[] = {"?topics=weather", "?topics=", "?drivers=XXX", "?drivers=0", "?delay=601", "?delay=-1",
		"?delay=x", "?delay=nan", "?format=xml", "?conflate=maybe", "?unknown=1", "?topics=state&topics=state"};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char path[96];
		snprintf(path, sizeof(path), WS_PATH "%s", bad[i]);
		if (client_upgrade(f->port, path, "", &status) != -1 || status != 400) {
			fail_msg("%s: status %d", path, status);
		}
	}
}

static void read_notes(struct fixture *f, int fd, int from, int to)
{
	char text[32];
	for (int i = from; i < to; i += 50) {
		snprintf(text, sizeof(text), "NUMBER %d.", i);
		read_one(f, fd);
		assert_true(is_type(f, "race_control"));
		assert_has(f, text);
	}
}

/* Far behind, but nothing of race control is left out, and the end is that of everyone. */
static void a_client_far_behind_is_told_race_control_and_then_how_it_stands(void **arg)
{
	struct fixture *f = *arg;
	char first[STREAM_ID], last[STREAM_ID], path[160];
	publish(f);
	get_until(f, "/api/v1/session/current", "HTTP/1.1 200");
	int fd = open_socket(f, WS_PATH), other = open_socket(f, WS_PATH);
	next_message(f, fd, "snapshot");
	next_message(f, other, "snapshot");
	value_of(f->text, "id", first, sizeof(first));
	close(fd);
	for (int i = 0; i < 2500; i++) {
		f->race->cars[3].gap_ms = i;
		publish(f);
		next_message(f, other, "state");
		if (i % 50 == 0) {
			char text[32];
			snprintf(text, sizeof(text), "NUMBER %d.", i);
			publish_message(f, text);
			next_message(f, other, "race_control");
		}
	}
	snprintf(path, sizeof(path), WS_PATH "?from=%s", first);
	fd = open_socket(f, path);
	read_one(f, fd);
	assert_true(is_type(f, "resumed"));
	read_notes(f, fd, 0, 500);
	for (int cut = 500; cut < 2500; cut += 500) { /* cut off in the middle of it, it still has not what was left out */
		value_of(f->text, "id", last, sizeof(last));
		close(fd);
		snprintf(path, sizeof(path), WS_PATH "?from=%s", last);
		fd = open_socket(f, path);
		read_one(f, fd);
		assert_true(is_type(f, "resumed"));
		if (cut == 1000) {
			value_of(f->text, "id", last, sizeof(last)); /* and if that was all it got */
			close(fd);
			snprintf(path, sizeof(path), WS_PATH "?from=%s", last);
			fd = open_socket(f, path);
			read_one(f, fd);
		}
		read_notes(f, fd, cut, cut + 500);
	}
	read_one(f, fd);
	assert_true(is_type(f, "snapshot"));
	assert_has(f, "\"gap_ms\":2499");
	close(fd);
	/* whoever wants each of them gets each of them */
	snprintf(path, sizeof(path), WS_PATH "?from=%s&conflate=no", first);
	fd = open_socket(f, path);
	read_one(f, fd);
	for (int i = 0; i < 2500; i++) {
		next_message(f, fd, "state");
		char text[32];
		snprintf(text, sizeof(text), "\"gap_ms\":%d}", i);
		assert_has(f, text);
	}
	close(fd);
	close(other);
}

/* ------------------------------------------------------------- other times */

static void send_text(int fd, const char *text)
{
	uint8_t frame[140] = {0x81};
	size_t n = strlen(text);
	assert_true(n < 126);
	frame[1] = (uint8_t)(0x80 | n); /* masked with zeroes */
	memcpy(frame + 6, text, n);
	assert_true(client_send(fd, frame, n + 6));
}

static void at_lap(struct fixture *f, int lap)
{
	char text[32];
	test_clock_ns += 10 * SECOND;
	f->race->t_event_ns += 9 * SECOND;
	f->race->lap = lap;
	publish(f);
	snprintf(text, sizeof(text), "\"lap\":%d,", lap);
	get_until(f, "/api/v1/session/current", text);
}

static bool silent(struct fixture *f, int fd)
{
	size_t n = 0;
	return client_frame(fd, f->text, TEXT_MAX, &n, 150) == -1;
}

static void a_delay_shows_what_was_then(void **arg)
{
	struct fixture *f = *arg;
	for (int lap = 11; lap <= 15; lap++) { /* every 10 s; now it is lap 15 */
		at_lap(f, lap);
	}
	int fd = open_socket(f, WS_PATH "?delay=25");
	next_message(f, fd, "snapshot");
	assert_has(f, "\"lap\":12,");
	test_clock_ns += 5 * SECOND;
	next_message(f, fd, "state");
	assert_has(f, "\"state\":{\"lap\":13}");
	assert_true(silent(f, fd));
	test_clock_ns += 10 * SECOND;
	next_message(f, fd, "state");
	assert_has(f, "\"state\":{\"lap\":14}");
	send_text(fd, "{\"pause\":true}");
	next_message(f, fd, "lane");
	assert_has(f, "\"paused\":true");
	test_clock_ns += 100 * SECOND;
	assert_true(silent(f, fd));
	send_text(fd, "{\"rewind\":20}");
	next_message(f, fd, "snapshot");
	assert_has(f, "\"lap\":12,");
	send_text(fd, "{\"pause\":false,\"speed\":2}");
	next_message(f, fd, "lane");
	assert_has(f, "\"speed\":2.00");
	test_clock_ns += 5 * SECOND; /* 10 s at twice the pace */
	next_message(f, fd, "state");
	assert_has(f, "\"state\":{\"lap\":13}");
	send_text(fd, "{\"live\":true}");
	next_message(f, fd, "state");
	next_message(f, fd, "state");
	assert_has(f, "\"state\":{\"lap\":15}");
	at_lap(f, 16);
	next_message(f, fd, "state");
	assert_has(f, "\"state\":{\"lap\":16}");
	close(fd);
}

static void nonsense_is_answered_and_harms_nothing(void **arg)
{
	struct fixture *f = *arg;
	static const char *const bad[] = {"", "x", "[]", "5", "{\"delay\":601}", "{\"delay\":\"x\"}", "{\"speed\":0}",
		"{\"rewind\":1e300}", "{\"rewind\":{}}", "{\"pause\":1}", "{\"live\":false}", "{\"x\":1}",
		"{\"no_spoiler\":true}", "{\"delay\":null}"};
	publish(f);
	int fd = open_socket(f, WS_PATH);
	next_message(f, fd, "snapshot");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		send_text(fd, bad[i]);
		next_message(f, fd, "error");
	}
	f->race->lap = 11;
	publish(f);
	next_message(f, fd, "state");
	close(fd);
}

static int ask(struct fixture *f, const char *method, const char *path, const char *cookie, const char *body)
{
	char request[1024];
	int n = snprintf(request, sizeof(request),
		"%s %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nCookie: theme=dark; %s\r\nContent-Type: "
		"application/json\r\nContent-Length: %zu\r\n\r\n%s",
		method, path, cookie, strlen(body), body);
	return client_raw(f->port, request, (size_t)n, f->text, TEXT_MAX);
}

static void take_cookie(struct fixture *f, char *out, size_t size)
{
	const char *at = strstr(f->text, "f1pd_viewer=");
	assert_non_null(at);
	assert_has(f, "HttpOnly; SameSite=Strict");
	snprintf(out, size, "%.*s", (int)strcspn(at, ";"), at);
}

static void nothing_newer_than_the_viewer_leaves(void **arg)
{
	struct fixture *f = *arg;
	char cookie[96], header[160];
	int status;
	for (int lap = 11; lap <= 15; lap++) {
		at_lap(f, lap);
	}
	publish_forecast(f, 15, 0.75);
	get_until(f, "/api/v1/prediction/live", "0.75000");
	assert_int_equal(ask(f, "POST", "/api/v1/viewer", "a=b", "{\"delay\":25,\"no_spoiler\":true}"), 200);
	assert_has(f, "\"no_spoiler\":true,\"delay_s\":25.0,\"behind_s\":25.0");
	take_cookie(f, cookie, sizeof(cookie));
	/* documents */
	assert_int_equal(ask(f, "GET", "/api/v1/session/current", cookie, ""), 200);
	assert_has(f, "\"lap\":12,");
	assert_lacks(f, "\"lap\":15,");
	assert_int_equal(ask(f, "GET", "/api/v1/prediction/live", cookie, ""), 200);
	assert_has(f, "\"forecast\":null,\"forecast_history\":[]");
	/* sockets, whatever they ask for */
	snprintf(header, sizeof(header), "Cookie: %s\r\n", cookie);
	int fd = client_upgrade(f->port, WS_PATH "?delay=0", header, &status);
	assert_true(fd >= 0);
	next_message(f, fd, "snapshot");
	assert_has(f, "\"lap\":12,");
	send_text(fd, "{\"live\":true}");
	next_message(f, fd, "error");
	assert_has(f, "no-spoiler");
	send_text(fd, "{\"rewind\":-5}");
	next_message(f, fd, "error");
	/* nor by the address of the viewer itself */
	assert_int_equal(ask(f, "POST", "/api/v1/viewer", cookie, "{\"delay\":5}"), 409);
	assert_int_equal(ask(f, "POST", "/api/v1/viewer", cookie, "{\"pause\":true}"), 200);
	test_clock_ns += 100 * SECOND;
	assert_true(silent(f, fd));
	assert_int_equal(ask(f, "GET", "/api/v1/session/current?delay=1", cookie, ""), 200);
	assert_has(f, "\"lap\":12,");
	/* until it is taken back */
	assert_int_equal(ask(f, "POST", "/api/v1/viewer", cookie, "{\"no_spoiler\":false,\"live\":true}"), 200);
	next_message(f, fd, "forecast");
	assert_int_equal(ask(f, "GET", "/api/v1/session/current", cookie, ""), 200);
	assert_has(f, "\"lap\":15,");
	close(fd);
}

static void a_viewer_from_before_a_restart_keeps_its_delay(void **arg)
{
	struct fixture *f = *arg;
	for (int lap = 11; lap <= 15; lap++) {
		at_lap(f, lap);
	}
	static const char delayed[] = "f1pd_viewer=00112233445566778899aabbccddeeff-25-0",
			  held[] = "f1pd_viewer=10112233445566778899aabbccddeeff-0-1";
	assert_int_equal(ask(f, "GET", "/api/v1/session/current", delayed, ""), 200);
	assert_has(f, "\"lap\":12,");
	assert_int_equal(ask(f, "GET", "/api/v1/session/current", held, ""), 404); /* it had seen nothing of this run */
	assert_int_equal(ask(f, "GET", "/api/v1/session/current", "f1pd_viewer=rubbish", ""), 404);
	assert_int_equal(ask(f, "GET", "/api/v1/session/current?delay=25", "a=b", ""), 200);
	assert_has(f, "\"lap\":12,");
}

/* ------------------------------------------------------------- other forms */

static size_t read_event(int fd, char *out, size_t size)
{
	size_t n = 0;
	while (n + 1 < size && client_read(fd, out + n, 1, CLIENT_WAIT_MS)) {
		n++;
		out[n] = '\0';
		if (n >= 2 && memcmp(out + n - 2, "\n\n", 2) == 0) {
			break;
		}
	}
	return n;
}

static int open_events(struct fixture *f, const char *query, const char *headers)
{
	char request[512];
	int fd = client_connect(f->port);
	int n = snprintf(request, sizeof(request), "GET /api/v1/stream%s HTTP/1.1\r\nHost: localhost\r\n%s\r\n", query, headers);
	assert_true(fd >= 0 && client_send(fd, request, (size_t)n));
	for (n = 0; n + 1 < TEXT_MAX && client_read(fd, f->text + n, 1, CLIENT_WAIT_MS);) {
		f->text[++n] = '\0';
		if (n >= 4 && strcmp(f->text + n - 4, "\r\n\r\n") == 0) {
			break;
		}
	}
	return fd;
}

static void events_are_the_same_stream(void **arg)
{
	struct fixture *f = *arg;
	char id[STREAM_ID], header[96];
	publish(f);
	get_until(f, "/api/v1/session/current", "HTTP/1.1 200");
	int fd = open_events(f, "?topics=state,race_control", "");
	assert_has(f, "HTTP/1.1 200");
	assert_has(f, "content-type: text/event-stream");
	assert_true(read_event(fd, f->text, TEXT_MAX) > 0);
	assert_has(f, "\ndata: {\"type\":\"snapshot\"");
	snprintf(id, sizeof(id), "%.*s", (int)strcspn(f->text + 4, "\n"), f->text + 4);
	close(fd);
	publish_message(f, "WHILE AWAY");
	f->race->lap = 11;
	publish(f);
	get_until(f, "/api/v1/session/current", "\"lap\":11");
	snprintf(header, sizeof(header), "Last-Event-ID: %s\r\n", id);
	fd = open_events(f, "?topics=state,race_control", header);
	read_event(fd, f->text, TEXT_MAX);
	assert_has(f, "\"resumed\":true");
	read_event(fd, f->text, TEXT_MAX);
	assert_has(f, "WHILE AWAY");
	read_event(fd, f->text, TEXT_MAX);
	assert_has(f, "\"state\":{\"lap\":11}");
	assert_int_equal(strncmp(f->text, "id: ", 4), 0);
	close(fd);
	for (int i = 0; i < 200 && fake_metric(&f->host, "f1pd_ws_clients", NULL) > 0; i++) {
		nap(20);
	}
	assert_true(fake_metric(&f->host, "f1pd_ws_clients", NULL) == 0);
	assert_int_equal(get(f, "/api/v1/stream?topics=nothing"), 400);
	assert_int_equal(get(f, "/api/v1/stream?format=msgpack"), 400);
}

/* Walks through MessagePack as the JSON is read: every token must be the same. */
struct walk {
	const uint8_t *p, *end;
};

static uint64_t take_number(struct walk *w, size_t bytes)
{
	uint64_t v = 0;
	assert_true((size_t)(w->end - w->p) >= bytes);
	for (size_t i = 0; i < bytes; i++) {
		v = v << 8 | *w->p++;
	}
	return v;
}

static bool walk_map(void *ctx)
{
	struct walk *w = ctx;
	assert_int_equal(take_number(w, 1), 0xde);
	take_number(w, 2);
	return true;
}

static bool walk_array(void *ctx)
{
	struct walk *w = ctx;
	assert_int_equal(take_number(w, 1), 0xdc);
	take_number(w, 2);
	return true;
}

static bool walk_text(void *ctx, const char *text, size_t n)
{
	struct walk *w = ctx;
	uint64_t head = take_number(w, 1);
	uint64_t length = head >= 0xa0 && head < 0xc0 ? head & 31 : take_number(w, head == 0xd9 ? 1 : 2);
	assert_int_equal(length, n);
	assert_memory_equal(w->p, text, n);
	w->p += n;
	return true;
}

static bool walk_num(void *ctx, const char *text, size_t n)
{
	struct walk *w = ctx;
	char copy[40];
	double v = 0;
	uint64_t head = take_number(w, 1), bits;
	snprintf(copy, sizeof(copy), "%.*s", (int)n, text);
	if (head == 0xcb) {
		bits = take_number(w, 8);
		memcpy(&v, &bits, sizeof(v));
	} else if (head < 128) {
		v = (double)head;
	} else if (head >= 0xe0) {
		v = (double)(int8_t)head;
	} else if (head >= 0xcc && head <= 0xcf) {
		v = (double)take_number(w, (size_t)1 << (head - 0xcc));
	} else {
		assert_true(head == 0xd2 || head == 0xd3);
		v = head == 0xd2 ? (double)(int32_t)take_number(w, 4) : (double)(int64_t)take_number(w, 8);
	}
	assert_true(v == strtod(copy, NULL));
	return true;
}

static bool walk_boolean(void *ctx, bool v)
{
	assert_int_equal(take_number(ctx, 1), v ? 0xc3 : 0xc2);
	return true;
}

static bool walk_null(void *ctx)
{
	assert_int_equal(take_number(ctx, 1), 0xc0);
	return true;
}

static void assert_packed(const void *packed, size_t packed_n, const char *json, size_t n)
{
	static const struct f1p_json_handler handler = {
		walk_map, NULL, walk_array, NULL, walk_text, walk_text, walk_num, walk_boolean, walk_null};
	struct walk w = {packed, (const uint8_t *)packed + packed_n};
	assert_int_equal(f1p_json_read(&handler, &w, json, n, NULL, 0), F1P_OK);
	assert_ptr_equal(w.p, w.end);
}

static void messagepack_says_the_same(void **arg)
{
	struct fixture *f = *arg;
	static const char odd[] = "{\"a\":[-1,-32,-33,127,128,255,256,65535,65536,4294967295,4294967296,-2147483649,"
				  "18446744073709551615,0.5,-0.25,1e3],\"b\":"
				  "\"\\u00e9\",\"c\":[true,false,null,[],{}],\"d\":\"0123456789012345678901234567890123456789\"}";
	char *packed = malloc(TEXT_MAX);
	size_t n = 0, json_n = 0;
	struct frame *text = frame_create(0, odd, sizeof(odd) - 1), *form = frame_form(text, FORM_MSGPACK);
	assert_packed(frame_text(form), form->length, odd, sizeof(odd) - 1);
	frame_unref(text);
	publish(f);
	publish_forecast(f, 10, 0.75);
	get_until(f, "/api/v1/prediction/live", "0.75000");
	int plain = open_socket(f, WS_PATH), fd = open_socket(f, WS_PATH "?format=msgpack");
	assert_int_equal(client_frame(plain, f->text, TEXT_MAX, &json_n, CLIENT_WAIT_MS), 1);
	assert_int_equal(client_frame(fd, packed, TEXT_MAX, &n, CLIENT_WAIT_MS), 2);
	assert_packed(packed, n, f->text, json_n);
	assert_true(n < json_n);
	free(packed);
	close(fd);
	close(plain);
}

/* One frame with its first byte; payload as it came. */
static uint8_t raw_frame(int fd, char *out, size_t size, size_t *n)
{
	uint8_t first;
	char peeked[1];
	struct pollfd pfd = {.fd = fd, .events = POLLIN};
	assert_int_equal(poll(&pfd, 1, CLIENT_WAIT_MS), 1);
	assert_int_equal(recv(fd, peeked, 1, MSG_PEEK), 1);
	first = (uint8_t)peeked[0];
	assert_true(client_frame(fd, out, size, n, CLIENT_WAIT_MS) > 0);
	return first;
}

static void inflate_message(z_stream *z, const char *in, size_t n, char *out, size_t *out_n)
{
	static const uint8_t tail[] = {0, 0, 0xff, 0xff};
	z->next_out = (Bytef *)out;
	z->avail_out = TEXT_MAX - 1;
	z->next_in = (Bytef *)(uintptr_t)in;
	z->avail_in = (uInt)n;
	assert_int_equal(inflate(z, Z_SYNC_FLUSH), Z_OK);
	z->next_in = (Bytef *)(uintptr_t)tail;
	z->avail_in = sizeof(tail);
	assert_true(inflate(z, Z_SYNC_FLUSH) == Z_OK || z->avail_in == 0);
	*out_n = TEXT_MAX - 1 - z->avail_out;
	out[*out_n] = '\0';
}

static void compressed_says_the_same(void **arg)
{
	struct fixture *f = *arg;
	char *packed = malloc(TEXT_MAX), *text = malloc(TEXT_MAX);
	size_t n = 0, text_n = 0, plain_n = 0;
	int status;
	z_stream z = {0};
	assert_int_equal(inflateInit2(&z, -12), Z_OK); /* one inflater for all messages, as clients have */
	publish(f);
	get_until(f, "/api/v1/session/current", "HTTP/1.1 200");
	int plain = open_socket(f, WS_PATH);
	int fd = client_upgrade(
		f->port, WS_PATH, "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n", &status);
	assert_true(fd >= 0);
	for (int i = 0; i < 20; i++) {
		plain_n = 0;
		assert_int_equal(client_frame(plain, f->text, TEXT_MAX, &plain_n, CLIENT_WAIT_MS), 1);
		uint8_t first = raw_frame(fd, packed, TEXT_MAX, &n);
		if (first == 0xc1) {
			inflate_message(&z, packed, n, text, &text_n);
			assert_true(n < plain_n);
		} else {
			assert_int_equal(first, 0x81);
			memcpy(text, packed, n);
			text_n = n;
		}
		assert_int_equal(text_n, plain_n);
		assert_memory_equal(text, f->text, plain_n);
		assert_true(i > 0 || (first == 0xc1 && n * 4 < plain_n));
		f->race->cars[3].gap_ms += 10;
		f->race->cars[4].gap_ms += 10;
		publish(f);
	}
	/* a small window: nothing of ours that would not fit into it */
	int small = client_upgrade(
		f->port, WS_PATH, "Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=9\r\n", &status);
	assert_true(small >= 0);
	assert_int_equal(raw_frame(small, packed, TEXT_MAX, &n), 0x81);
	assert_json(packed, n);
	/* what the client sends compressed is understood: {"pause":true} */
	uint8_t message[64] = {0xc1};
	z_stream d = {0};
	assert_int_equal(deflateInit2(&d, 6, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY), Z_OK);
	d.next_in = (Bytef *)(uintptr_t) "{\"pause\":true}";
	d.avail_in = 14;
	d.next_out = message + 6;
	d.avail_out = sizeof(message) - 6;
	assert_int_equal(deflate(&d, Z_SYNC_FLUSH), Z_OK);
	message[1] = (uint8_t)(0x80 | (d.total_out - 4));
	assert_true(client_send(fd, message, 6 + d.total_out - 4));
	deflateEnd(&d);
	bool obeyed = false;
	for (int i = 0; i < 5 && !obeyed; i++) {
		uint8_t first = raw_frame(fd, packed, TEXT_MAX, &n);
		text_n = n;
		if (first == 0xc1) {
			inflate_message(&z, packed, n, text, &text_n);
		} else {
			memcpy(text, packed, n + 1);
		}
		obeyed = strstr(text, "\"type\":\"lane\"") != NULL && strstr(text, "\"paused\":true") != NULL;
	}
	assert_true(obeyed);
	inflateEnd(&z);
	free(packed);
	free(text);
	close(fd);
	close(small);
	close(plain);
}

/* Sends bytes as the payload of one frame with that first byte. */
static bool send_raw(int fd, uint8_t first, const uint8_t *bytes, size_t n)
{
	uint8_t head[8] = {first, 0xfe, (uint8_t)(n >> 8), (uint8_t)(n & 0xff)};
	return client_send(fd, head, sizeof(head)) && client_send(fd, bytes, n);
}

static void compressed_rubbish_harms_nothing(void **arg)
{
	struct fixture *f = *arg;
	static uint8_t bytes[8192], zeroes[1 << 20];
	struct f1p_rng rng;
	int status;
	f1p_rng_seed(&rng, 11, 3);
	publish(f);
	for (int i = 0; i < 60; i++) {
		int fd = client_upgrade(f->port, WS_PATH, "Sec-WebSocket-Extensions: permessage-deflate\r\n", &status);
		assert_true(fd >= 0);
		size_t n = 126 + f1p_rng_below(&rng, 2000);
		for (size_t k = 0; k < n; k++) {
			bytes[k] = (uint8_t)f1p_rng_u64(&rng);
		}
		send_raw(fd, (uint8_t)(f1p_rng_below(&rng, 2) ? 0xc1 : f1p_rng_u64(&rng)), bytes, n);
		send_raw(fd, 0xc1, bytes, n / 2 + 126);
		close(fd);
	}
	/* little that unfolds to much is much */
	z_stream d = {0};
	assert_int_equal(deflateInit2(&d, 9, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY), Z_OK);
	d.next_in = zeroes;
	d.avail_in = sizeof(zeroes);
	d.next_out = bytes;
	d.avail_out = sizeof(bytes);
	assert_int_equal(deflate(&d, Z_SYNC_FLUSH), Z_OK);
	int fd = client_upgrade(f->port, WS_PATH, "Sec-WebSocket-Extensions: permessage-deflate\r\n", &status);
	assert_true(send_raw(fd, 0xc1, bytes, d.total_out - 4));
	deflateEnd(&d);
	bool open = true;
	size_t n = 0;
	for (int i = 0; i < 50 && open; i++) {
		int opcode = client_frame(fd, f->text, TEXT_MAX, &n, CLIENT_WAIT_MS);
		open = opcode > 0 && opcode != 8;
	}
	assert_false(open);
	close(fd);
	assert_int_equal(get(f, "/healthz"), 200);
}

static void insights_are_a_topic_and_in_the_snapshot(void **arg)
{
	struct fixture *f = *arg;
	publish(f);
	get_until(f, "/api/v1/session/current", "HTTP/1.1 200");
	int fd = open_socket(f, WS_PATH "?topics=insights&drivers=2");
	next_message(f, fd, "snapshot");
	assert_has(f, "\"insights\":null");
	struct f1p_ev_insights ev = {
		.h = {.size = sizeof(ev), .type = F1P_EV_INSIGHTS, .seq = ++f->race->seq, .t_event_ns = f->race->t_event_ns},
		.lap = 10,
		.trigger = F1P_TRIGGER_LAP};
	ev.insights = (struct f1p_insights){.n_cars = 2, .n_overtakes = 1, .runs = 10};
	ev.insights.overtakes[0] = (struct f1p_overtake){.attacker = 2, .defender = 1, .p_1 = 0.25};
	ev.insights.cars[0].car = 1;
	ev.insights.cars[1] = (struct f1p_car_insight){.car = 2, .expected_points = 12.5};
	assert_int_equal(f->sink->write(f->plugin, &ev.h, 1, sizeof(ev)), F1P_OK);
	next_message(f, fd, "insights");
	assert_has(f, "\"insights\":{\"seq\":");
	assert_has(f, "\"attacker\":2,\"defender\":1,\"within_1\":0.2500");
	assert_has(f, "\"cars\":[{\"number\":2,\"expected_points\":12.50");
	int late = open_socket(f, WS_PATH);
	next_message(f, late, "snapshot");
	assert_has(f, "\"insights\":{\"seq\":");
	close(late);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TIMED(a_client_that_comes_back_misses_nothing_and_gets_nothing_twice),
		TIMED(whoever_cannot_go_on_is_told_why),
		TIMED(the_query_filters),
		TIMED(a_client_far_behind_is_told_race_control_and_then_how_it_stands),
		TIMED(a_delay_shows_what_was_then),
		TIMED(nonsense_is_answered_and_harms_nothing),
		TIMED(nothing_newer_than_the_viewer_leaves),
		TIMED(a_viewer_from_before_a_restart_keeps_its_delay),
		TIMED(events_are_the_same_stream),
		TIMED(messagepack_says_the_same),
		TIMED(compressed_says_the_same),
		TIMED(compressed_rubbish_harms_nothing),
		TIMED(insights_are_a_topic_and_in_the_snapshot),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
