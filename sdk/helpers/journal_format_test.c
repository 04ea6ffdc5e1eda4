/*
 * journal_format_test.c - header and record of a journal, whole, cut and damaged.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "journal_format.h"
#include <string.h>

#define RECORD_SIZE (F1P_JOURNAL_RECORD + sizeof(struct f1p_ev_car_value))

static size_t write_one(uint8_t *out)
{
	struct f1p_ev_car_value e = {.h = {.size = sizeof(e), .type = F1P_EV_CAR_POSITION, .seq = 7}, .car = 44, .value = 1};

	return f1p_journal_record_write(out, &e.h);
}

static void header_round_trip(void **state)
{
	struct f1p_journal_header h;
	struct f1p_journal_header got;

	(void)state;
	f1p_journal_header_init(&h, 0x1122334455667788, 1);
	assert_int_equal(f1p_journal_header_check(&h, sizeof(h), &got), F1P_OK);
	assert_true(got.identity == 0x1122334455667788);
	assert_int_equal(got.abi_major, F1P_ABI_MAJOR);
	assert_memory_equal(&h, "F1PDJRN1\x40\0\0\0", 12);
}

static void header_cut_or_foreign(void **state)
{
	struct f1p_journal_header h;

	(void)state;
	f1p_journal_header_init(&h, 1, 1);
	for (size_t n = 0; n < sizeof(h); n++) {
		assert_int_equal(f1p_journal_header_check(&h, n, NULL), F1P_AGAIN);
	}
	h.abi_major++;
	assert_int_equal(f1p_journal_header_check(&h, sizeof(h), NULL), F1P_EINVAL);
	assert_int_equal(f1p_journal_header_check("{\"not\":1}", 9, NULL), F1P_EINVAL);
}

static void record_round_trip(void **state)
{
	uint8_t bytes[RECORD_SIZE + 3] = {0};
	const uint8_t *event;
	size_t size;
	size_t used;
	struct f1p_ev_car_value got;

	(void)state;
	assert_int_equal(write_one(bytes), RECORD_SIZE);
	assert_int_equal(f1p_journal_record_read(bytes, sizeof(bytes), &event, &size, &used), F1P_OK);
	assert_int_equal(used, RECORD_SIZE);
	assert_int_equal(size, sizeof(got));
	memcpy(&got, event, sizeof(got));
	assert_int_equal(got.car, 44);
	assert_int_equal(got.h.seq, 7);
}

static void cut_record_asks_for_more(void **state)
{
	uint8_t bytes[RECORD_SIZE];
	const uint8_t *event;
	size_t size;
	size_t used;

	(void)state;
	write_one(bytes);
	for (size_t n = 0; n < RECORD_SIZE; n++) {
		assert_int_equal(f1p_journal_record_read(bytes, n, &event, &size, &used), F1P_AGAIN);
	}
}

static void every_flipped_bit_is_found(void **state)
{
	uint8_t bytes[RECORD_SIZE];
	const uint8_t *event;
	size_t size;
	size_t used;

	(void)state;
	write_one(bytes);
	for (size_t bit = 0; bit < RECORD_SIZE * 8; bit++) {
		bytes[bit / 8] ^= (uint8_t)(1u << (bit % 8));
		assert_int_not_equal(f1p_journal_record_read(bytes, sizeof(bytes), &event, &size, &used), F1P_OK);
		bytes[bit / 8] ^= (uint8_t)(1u << (bit % 8));
	}
	assert_int_equal(f1p_journal_record_read(bytes, sizeof(bytes), &event, &size, &used), F1P_OK);
}

static void zeros_are_no_record(void **state)
{
	static const uint8_t zeros[4096];
	const uint8_t *event;
	size_t size;
	size_t used;

	(void)state;
	assert_int_equal(f1p_journal_record_read(zeros, sizeof(zeros), &event, &size, &used), F1P_EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(header_round_trip),
		cmocka_unit_test(header_cut_or_foreign),
		cmocka_unit_test(record_round_trip),
		cmocka_unit_test(cut_record_asks_for_more),
		cmocka_unit_test(every_flipped_bit_is_found),
		cmocka_unit_test(zeros_are_no_record),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
