#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net/http_test_server.h"
#include "net/http_unpack.h"

struct got {
	size_t n, max;
	unsigned pieces;
};

static bool take(void *arg, const void *bytes, size_t n)
{
	struct got *g = arg;

	assert_true(n >= 1 && n <= 16384);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(((const char *)bytes)[i], 'a' + (int)((g->n + i) % 20));
	g->n += n;
	g->pieces++;
	return g->n <= g->max;
}

static size_t packed(uint8_t *out, size_t size, size_t times)
{
	return test_gzip("abcdefghijklmnopqrst", 20, times, out, size);
}

/* In pieces of `step` bytes; true if all of it was taken. */
static bool put(struct http_unpack *u, const uint8_t *bytes, size_t n, size_t step)
{
	for (size_t i = 0; i < n; i += step)
		if (!http_unpack_put(u, bytes + i, n - i < step ? n - i : step))
			return false;
	return true;
}

static void any_cut_gives_the_same(void **state)
{
	uint8_t gz[4096];
	size_t n = packed(gz, sizeof(gz), 5000);
	static const size_t steps[] = {1, 2, 3, 7, 100, 4096};

	(void)state;
	for (size_t i = 0; i < 6; i++) {
		struct got g = {.max = SIZE_MAX};
		struct http_unpack *u = http_unpack_create(take, &g);
		assert_true(put(u, gz, n, steps[i]));
		assert_true(http_unpack_complete(u));
		assert_int_equal(g.n, 100000);
		http_unpack_destroy(u);
	}
}

static void too_short_is_not_complete(void **state)
{
	uint8_t gz[4096];
	size_t n = packed(gz, sizeof(gz), 500);

	(void)state;
	for (size_t cut = 1; cut < n; cut++) {
		struct got g = {.max = SIZE_MAX};
		struct http_unpack *u = http_unpack_create(take, &g);
		put(u, gz, n - cut, 64);
		assert_false(http_unpack_complete(u));
		http_unpack_destroy(u);
	}
}

static void it_stops_when_told(void **state)
{
	static uint8_t gz[1 << 20];
	size_t n = packed(gz, sizeof(gz), 1000000);
	struct got g = {.max = 100000};
	struct http_unpack *u = http_unpack_create(take, &g);

	(void)state;
	assert_false(http_unpack_put(u, gz, n));
	assert_true(g.n <= 100000 + 16384);
	http_unpack_destroy(u);
}

static void several_behind_each_other(void **state)
{
	uint8_t gz[8192];
	size_t a = packed(gz, 4096, 100), b = packed(gz + a, 4096, 200);
	struct got g = {.max = SIZE_MAX};
	struct http_unpack *u = http_unpack_create(take, &g);

	(void)state;
	assert_true(put(u, gz, a + b, 5));
	assert_true(http_unpack_complete(u));
	assert_int_equal(g.n, 6000);
	http_unpack_destroy(u);
}

static void what_is_no_gzip(void **state)
{
	uint8_t gz[4096];
	size_t n = packed(gz, sizeof(gz), 500);
	struct got g = {.max = SIZE_MAX};
	struct http_unpack *u = http_unpack_create(take, &g);

	(void)state;
	assert_false(http_unpack_put(u, "<html>no</html>", 15));
	http_unpack_destroy(u);
	gz[n - 5] ^= 1; /* the checksum */
	g.n = 0;
	u = http_unpack_create(take, &g);
	assert_false(http_unpack_put(u, gz, n));
	http_unpack_destroy(u);
	u = http_unpack_create(take, &g);
	assert_false(http_unpack_complete(u)); /* nothing at all is no gzip either */
	http_unpack_destroy(u);
	http_unpack_destroy(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_cut_gives_the_same),
		cmocka_unit_test(too_short_is_not_complete),
		cmocka_unit_test(it_stops_when_told),
		cmocka_unit_test(several_behind_each_other),
		cmocka_unit_test(what_is_no_gzip),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
