/*
 * websocket_hostile_test.c - clients that break the protocol on purpose: each loses only its own connection, and leaves nothing behind.
 */
#include "sink_fixture.h"

#include "helpers/rng.h"

enum { OP_CONTINUE = 0, OP_TEXT = 1, OP_BINARY = 2, OP_CLOSE = 8, OP_PING = 9, OP_PONG = 10, FIN = 0x80, RSV1 = 0x40 };

#define SEGMENT_MAX 400000u
#define CAP_BYTES 65536u /* what a client may say in a minute */

/* What goes out in one send(). */
struct segment {
	uint8_t *bytes;
	size_t n;
};

static void put(struct segment *s, const void *bytes, size_t n)
{
	assert_true(n <= SEGMENT_MAX - s->n);
	memcpy(s->bytes + s->n, bytes, n);
	s->n += n;
}

/* claimed: the length that the head tells. The mask is zero but the masking bit as told. */
static void put_head(struct segment *s, uint8_t first, bool masked, uint64_t claimed)
{
	uint8_t head[14] = {first, masked ? 0x80 : 0}, n = 2;

	if (claimed > 65535) {
		head[1] |= 127;
		for (int i = 0; i < 8; i++) {
			head[n++] = (uint8_t)(claimed >> (56 - 8 * i));
		}
	} else if (claimed > 125) {
		head[1] |= 126;
		head[n++] = (uint8_t)(claimed >> 8);
		head[n++] = (uint8_t)claimed;
	} else {
		head[1] |= (uint8_t)claimed;
	}
	if (masked) {
		for (uint8_t i = 0; i < 4; i++) {
			head[n++] = (uint8_t)(0x11 * (i + 1));
		}
	}
	put(s, head, n);
}

static void put_filler(struct segment *s, size_t n)
{
	assert_true(n <= SEGMENT_MAX - s->n);
	memset(s->bytes + s->n, 'x', n);
	s->n += n;
}

static void put_frame(struct segment *s, uint8_t first, size_t n)
{
	put_head(s, first, true, n);
	put_filler(s, n);
}

struct stage {
	struct fixture *f;
	struct segment segment;
	int good; /* a client that behaves */
};

static int set_stage(void **arg)
{
	struct stage *st = calloc(1, sizeof(*st));
	void *fixture = NULL;

	setup(&fixture);
	st->f = fixture;
	st->segment.bytes = malloc(SEGMENT_MAX);
	st->good = open_socket(st->f, WS_PATH);
	next_message(st->f, st->good, "snapshot");
	*arg = st;
	return 0;
}

static int clear_stage(void **arg)
{
	struct stage *st = *arg;
	void *fixture = st->f;

	close(st->good);
	free(st->segment.bytes);
	free(st);
	return teardown(&fixture);
}

/* Everyone else is served as before, and of the hostile connections none is left. */
static void assert_unharmed(struct stage *st)
{
	struct fixture *f = st->f;

	for (int i = 0; i < 500 && fake_metric(&f->host, "f1pd_ws_clients", NULL) > 1; i++) {
		nap(20);
	}
	assert_true(fake_metric(&f->host, "f1pd_ws_clients", NULL) == 1);
	publish_message(f, "STILL HERE");
	next_message(f, st->good, "race_control");
	assert_has(f, "STILL HERE");
	assert_int_equal(get(f, "/healthz"), 200);
}

static int hostile(struct stage *st)
{
	st->segment.n = 0;
	return open_socket(st->f, WS_PATH);
}

/* Reads until the connection is over: the close code that came, 0 if there was none. */
static int close_code(struct stage *st, int fd)
{
	size_t n = 0;

	for (int i = 0; i < 1000; i++) {
		int opcode = client_frame(fd, st->f->text, TEXT_MAX, &n, CLIENT_WAIT_MS);

		if (opcode < 0) {
			return 0;
		}
		if (opcode == OP_CLOSE) {
			return n >= 2 ? (uint8_t)st->f->text[0] << 8 | (uint8_t)st->f->text[1] : 0;
		}
	}
	fail_msg("the connection goes on");
	return 0;
}

/* Sends the segment; whatever is answered, the connection must be over soon. */
static void ends(struct stage *st, int fd)
{
	client_send(fd, st->segment.bytes, st->segment.n);
	close_code(st, fd);
	close(fd);
}

static void garbage_instead_of_frames(void **arg)
{
	struct stage *st = *arg;
	struct f1p_rng rng;

	for (uint64_t seed = 1; seed <= 30; seed++) {
		int fd = hostile(st);

		f1p_rng_seed(&rng, seed, 0);
		for (int i = 0; i < 20000; i++) {
			uint64_t bits = f1p_rng_u64(&rng);

			put(&st->segment, &bits, sizeof(bits));
		}
		client_send(fd, st->segment.bytes, st->segment.n);
		close(fd);
	}
	assert_unharmed(*arg);
}

static void frames_that_no_client_may_send(void **arg)
{
	struct stage *st = *arg;
	static const struct {
		uint8_t first;
		bool masked;
		uint64_t claimed;
		size_t sent;
	} bad[] = {
		{FIN | OP_TEXT | RSV1, true, 5, 5},	       /* no such extension was agreed on */
		{FIN | 3, true, 5, 5},			       /* opcodes that do not exist */
		{FIN | 11, true, 5, 5},
		{FIN | OP_PING, true, 126, 126},	       /* control frames are short */
		{FIN | OP_CLOSE, true, 70000, 70000},
		{FIN | OP_BINARY, true, UINT64_C(1) << 63, 64}, /* the highest bit must be 0 */
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		int fd = hostile(st);

		put_head(&st->segment, bad[i].first, bad[i].masked, bad[i].claimed);
		put_filler(&st->segment, bad[i].sent);
		put_frame(&st->segment, FIN | OP_TEXT, 1000); /* and more behind it */
		ends(st, fd);
	}
	assert_unharmed(st);
}

static void a_message_beyond_the_cap_is_cut_with_a_reason(void **arg)
{
	struct stage *st = *arg;
	int fd = hostile(st);

	put_head(&st->segment, FIN | OP_BINARY, true, UINT64_C(1) << 62);
	put_filler(&st->segment, CAP_BYTES + 5000);
	client_send(fd, st->segment.bytes, st->segment.n);
	assert_int_equal(close_code(st, fd), 1008);
	assert_non_null(strstr(st->f->text + 2, "too much data"));
	close(fd);
	assert_unharmed(st);
}

static void fragments_without_end_are_cut_with_a_reason(void **arg)
{
	struct stage *st = *arg;
	int fd = hostile(st);

	put_frame(&st->segment, OP_TEXT, 100);
	for (int i = 0; i < 800; i++) {
		put_frame(&st->segment, OP_CONTINUE, 100);
	}
	client_send(fd, st->segment.bytes, st->segment.n);
	assert_int_equal(close_code(st, fd), 1008);
	close(fd);
	assert_unharmed(st);
}

/* The end is under way, and the client goes on as if nothing had been said: in the same segment, and after it. */
static void data_behind_our_close_goes_nowhere(void **arg)
{
	struct stage *st = *arg;

	for (size_t size = 1; size <= 4096; size = size * 3 + 5) {
		int fd = hostile(st);

		put_frame(&st->segment, FIN | OP_BINARY, CAP_BYTES - 1);
		for (int i = 0; i < 20; i++) {
			put_frame(&st->segment, i % 2 ? FIN | OP_CONTINUE : OP_TEXT, size);
			put_frame(&st->segment, FIN | OP_PING, 125);
		}
		put_frame(&st->segment, FIN | OP_BINARY, 100000);
		client_send(fd, st->segment.bytes, st->segment.n);
		assert_int_equal(close_code(st, fd), 1008);
		for (int i = 0; i < 20; i++) {
			client_send(fd, st->segment.bytes + CAP_BYTES, st->segment.n - CAP_BYTES);
		}
		close(fd);
	}
	assert_unharmed(st);
}

/* The library calls for something to write then, on a connection whose client is forgotten. */
static void pings_behind_our_close_go_nowhere(void **arg)
{
	struct stage *st = *arg;
	int fd = hostile(st);

	put_frame(&st->segment, FIN | OP_BINARY, CAP_BYTES + 1);
	client_send(fd, st->segment.bytes, st->segment.n);
	assert_int_equal(close_code(st, fd), 1008);
	st->segment.n = 0;
	put_frame(&st->segment, FIN | OP_PING, 20);
	for (int i = 0; i < 10; i++) {
		client_send(fd, st->segment.bytes, st->segment.n);
		publish_message(st->f, "MEANWHILE");
		next_message(st->f, st->good, "race_control");
		nap(5);
	}
	assert_unharmed(st);
	close(fd);
}

static void data_behind_the_clients_own_close_goes_nowhere(void **arg)
{
	struct stage *st = *arg;

	for (size_t size = 2; size <= 125; size += 41) {
		int fd = hostile(st);

		put_frame(&st->segment, OP_TEXT, 10);
		put_frame(&st->segment, FIN | OP_CLOSE, size);
		put_frame(&st->segment, FIN | OP_CONTINUE, 3000);
		put_frame(&st->segment, FIN | OP_CLOSE, 125); /* once more */
		put_frame(&st->segment, FIN | OP_BINARY, 50000);
		ends(st, fd);
	}
	assert_unharmed(st);
}

static void pings_without_end_from_one_who_never_reads(void **arg)
{
	struct stage *st = *arg;
	int fd = hostile(st);

	for (int i = 0; i < 2000; i++) {
		put_frame(&st->segment, FIN | OP_PING, 125);
	}
	for (int i = 0; i < 5; i++) {
		client_send(fd, st->segment.bytes, st->segment.n);
	}
	publish_message(st->f, "MEANWHILE");
	next_message(st->f, st->good, "race_control");
	close(fd);
	assert_unharmed(st);
}

static void a_frame_in_the_segment_of_the_upgrade(void **arg)
{
	struct stage *st = *arg;
	static const char upgrade[] = "GET " WS_PATH " HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
				      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
	int fd = client_connect(st->f->port);

	st->segment.n = 0;
	put(&st->segment, upgrade, sizeof(upgrade) - 1);
	put_frame(&st->segment, FIN | OP_BINARY, CAP_BYTES);
	put_frame(&st->segment, FIN | OP_BINARY, 100000);
	client_send(fd, st->segment.bytes, st->segment.n);
	client_read_all(fd, st->f->text, TEXT_MAX);
	close(fd);
	assert_unharmed(st);
}

static void byte_by_byte_is_served_as_well(void **arg)
{
	struct stage *st = *arg;
	int fd = hostile(st), on = 1, opcode;
	size_t n = 0;

	setsockopt(fd, IPPROTO_TCP, 1 /* TCP_NODELAY */, &on, sizeof(on));
	put_frame(&st->segment, OP_TEXT, 40);
	put_frame(&st->segment, FIN | OP_PING, 7);
	put_frame(&st->segment, FIN | OP_CONTINUE, 40);
	for (size_t i = 0; i < st->segment.n; i++) {
		assert_true(client_send(fd, st->segment.bytes + i, 1));
	}
	do {
		opcode = client_frame(fd, st->f->text, TEXT_MAX, &n, CLIENT_WAIT_MS);
	} while (opcode == OP_TEXT);
	assert_int_equal(opcode, OP_PONG);
	assert_int_equal(n, 7);
	close(fd);
	assert_unharmed(st);
}

#define STAGE(name) cmocka_unit_test_setup_teardown(name, set_stage, clear_stage)

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGE(garbage_instead_of_frames),
		STAGE(frames_that_no_client_may_send),
		STAGE(a_message_beyond_the_cap_is_cut_with_a_reason),
		STAGE(fragments_without_end_are_cut_with_a_reason),
		STAGE(data_behind_our_close_goes_nowhere),
		STAGE(pings_behind_our_close_go_nowhere),
		STAGE(data_behind_the_clients_own_close_goes_nowhere),
		STAGE(pings_without_end_from_one_who_never_reads),
		STAGE(a_frame_in_the_segment_of_the_upgrade),
		STAGE(byte_by_byte_is_served_as_well),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
