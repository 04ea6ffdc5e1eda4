/*
 * ingest_test.c - what passes the gate and what does not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "race/ingest.h"
#include <string.h>

#define S INT64_C(1000000000)
#define T0 (INT64_C(1700000000) * S)

static uint64_t next_seq;

static int setup(void **state)
{
	*state = ingest_create();
	next_seq = 0;
	return *state ? 0 : -1;
}

static int teardown(void **state)
{
	ingest_destroy(*state);
	return 0;
}

static void head(void *event, uint16_t type, size_t size, int64_t t_ns)
{
	struct f1p_event *h = event;

	h->size = (uint32_t)size;
	h->type = type;
	h->source_id = 1;
	h->source_seq = ++next_seq;
	h->t_event_ns = t_ns;
}

static struct f1p_ev_car_value position(uint16_t car, int32_t value, int64_t t_ns)
{
	struct f1p_ev_car_value e = {.car = car, .value = value};

	head(&e, F1P_EV_CAR_POSITION, sizeof(e), t_ns);
	return e;
}

static enum ingest_verdict check(struct ingest *in, void *event)
{
	const char *why = NULL;
	enum ingest_verdict v = ingest_check(in, event, &why);

	if (v == INGEST_OK) {
		assert_null(why);
	} else {
		assert_non_null(why);
		assert_true(strlen(why) > 10);
	}
	return v;
}

static enum ingest_verdict check_position(struct ingest *in, uint16_t car, int32_t value, int64_t t_ns)
{
	struct f1p_ev_car_value e = position(car, value, t_ns);

	return check(in, &e);
}

static void good_events_pass_unchanged(void **state)
{
	struct f1p_ev_car_value e = position(44, 1, T0);
	struct f1p_ev_car_value before = e;

	assert_int_equal(check(*state, &e), INGEST_OK);
	assert_memory_equal(&e, &before, sizeof(e));
	assert_int_equal(ingest_count(*state, INGEST_OK), 1);
}

static void ranges_are_checked(void **state)
{
	assert_int_equal(check_position(*state, 0, 1, T0), INGEST_BAD_VALUE);
	assert_int_equal(check_position(*state, 1000, 1, T0), INGEST_BAD_VALUE);
	assert_int_equal(check_position(*state, 44, 0, T0), INGEST_BAD_VALUE);
	assert_int_equal(check_position(*state, 44, 99, T0), INGEST_BAD_VALUE);
	assert_int_equal(check_position(*state, 999, 22, T0), INGEST_OK);
	assert_int_equal(ingest_count(*state, INGEST_BAD_VALUE), 4);
}

static void negative_laps_are_refused_only_where_told(void **state)
{
	struct f1p_ev_car_lap e = {.mask = F1P_LAP_NUMBER, .car = 1, .laps = -1};

	head(&e, F1P_EV_CAR_LAP, sizeof(e), T0);
	assert_int_equal(check(*state, &e), INGEST_BAD_VALUE);
	e.mask = F1P_LAP_LAST;
	e.last_ms = 90000;
	head(&e, F1P_EV_CAR_LAP, sizeof(e), T0);
	assert_int_equal(check(*state, &e), INGEST_OK);
	e.last_ms = F1P_UNKNOWN;
	head(&e, F1P_EV_CAR_LAP, sizeof(e), T0);
	assert_int_equal(check(*state, &e), INGEST_OK);
	e.last_ms = 0;
	head(&e, F1P_EV_CAR_LAP, sizeof(e), T0);
	assert_int_equal(check(*state, &e), INGEST_BAD_VALUE);
}

static void enums_outside_their_range_are_refused(void **state)
{
	struct f1p_ev_value v = {.value = F1P_TRACK_VSC_ENDING + 1};
	struct f1p_ev_stint s = {.mask = F1P_STINT_COMPOUND, .car = 1, .compound = 0};
	struct f1p_ev_car_status c = {.mask = F1P_CAR_IN_PIT, .car = 1, .in_pit = 0};
	struct f1p_ev_race_control r = {.lap = F1P_UNKNOWN, .t_utc_ns = F1P_UNKNOWN_NS, .category = 1, .flag = 1, .scope = 1,
					.mode = 1, .status = 99};

	head(&v, F1P_EV_TRACK_STATUS, sizeof(v), T0);
	assert_int_equal(check(*state, &v), INGEST_BAD_VALUE);
	v.value = 0;
	head(&v, F1P_EV_SESSION_STATUS, sizeof(v), T0);
	assert_int_equal(check(*state, &v), INGEST_BAD_VALUE);
	head(&s, F1P_EV_STINT, sizeof(s), T0);
	assert_int_equal(check(*state, &s), INGEST_BAD_VALUE);
	head(&c, F1P_EV_CAR_STATUS, sizeof(c), T0);
	assert_int_equal(check(*state, &c), INGEST_BAD_VALUE);
	head(&r, F1P_EV_RACE_CONTROL, sizeof(r), T0);
	assert_int_equal(check(*state, &r), INGEST_BAD_VALUE);
	r.status = F1P_RCS_NONE;
	head(&r, F1P_EV_RACE_CONTROL, sizeof(r), T0);
	assert_int_equal(check(*state, &r), INGEST_OK);
}

static void sizes_must_fit_the_type(void **state)
{
	struct {
		struct f1p_ev_car_value e;
		uint8_t more[16];
	} big = {.e = position(1, 1, T0)};

	big.e.h.size = sizeof(big.e) - 8;
	assert_int_equal(check(*state, &big), INGEST_BAD_SHAPE);
	big.e.h.size = sizeof(big.e) + 4;
	assert_int_equal(check(*state, &big), INGEST_BAD_SHAPE);
	big.e.h.size = 0;
	assert_int_equal(check(*state, &big), INGEST_BAD_SHAPE);
	big.e.h.size = F1P_EVENT_MAX + 8;
	assert_int_equal(check(*state, &big), INGEST_BAD_SHAPE);
	big.e.h.size = sizeof(big.e) + 8; /* of a newer minor version */
	assert_int_equal(check(*state, &big), INGEST_OK);
}

static void texts_must_end(void **state)
{
	struct f1p_ev_driver e = {.mask = F1P_DRIVER_NAME, .car = 1};

	memset(e.name, 'x', sizeof(e.name));
	head(&e, F1P_EV_DRIVER, sizeof(e), T0);
	assert_int_equal(check(*state, &e), INGEST_BAD_SHAPE);
	e.name[sizeof(e.name) - 1] = 0;
	head(&e, F1P_EV_DRIVER, sizeof(e), T0);
	assert_int_equal(check(*state, &e), INGEST_OK);
}

static void types_of_the_host_and_unknown_ones_are_refused(void **state)
{
	struct f1p_event e = {0};

	for (uint16_t type = 0; type < 200; type++) {
		enum ingest_verdict v;

		head(&e, type, sizeof(e), T0);
		v = check(*state, &e);
		assert_int_equal(v, type == F1P_EV_HEARTBEAT || type == F1P_EV_FEED_RESET ? INGEST_OK : INGEST_BAD_SHAPE);
	}
}

static void reserved_spaces_are_refused_and_foreign_ones_pass(void **state)
{
	struct f1p_event e = {.space = 1};

	head(&e, 7, sizeof(e), T0);
	assert_int_equal(check(*state, &e), INGEST_BAD_SHAPE);
	e.space = 1023;
	head(&e, 7, sizeof(e), T0);
	assert_int_equal(check(*state, &e), INGEST_BAD_SHAPE);
	e.space = 1024;
	head(&e, 7, sizeof(e), T0);
	assert_int_equal(check(*state, &e), INGEST_OK);
}

static void a_sources_ordinal_must_rise(void **state)
{
	struct f1p_ev_car_value e = position(1, 1, T0);
	struct f1p_ev_car_value other = position(1, 1, T0);

	assert_int_equal(check(*state, &e), INGEST_OK);
	assert_int_equal(check(*state, &e), INGEST_DUPLICATE);
	other.h.source_id = 2;
	other.h.source_seq = 1;
	assert_int_equal(check(*state, &other), INGEST_OK);
	other.h.source_seq = 0;
	assert_int_equal(check(*state, &other), INGEST_BAD_SHAPE);
	assert_int_equal(ingest_count(*state, INGEST_DUPLICATE), 1);
}

static void small_disorder_is_clamped_and_large_refused(void **state)
{
	struct f1p_ev_car_value e = position(1, 1, T0 + 100 * S);

	assert_int_equal(check(*state, &e), INGEST_OK);
	e = position(1, 2, T0 + 71 * S);
	assert_int_equal(check(*state, &e), INGEST_OK);
	assert_true(e.h.t_event_ns == T0 + 100 * S);
	e = position(1, 2, T0 + 70 * S);
	assert_int_equal(check(*state, &e), INGEST_OK);
	e = position(1, 2, T0 + 70 * S - 1);
	assert_int_equal(check(*state, &e), INGEST_BAD_TIME);
	e = position(1, 2, T0 + 101 * S);
	assert_int_equal(check(*state, &e), INGEST_OK);
	assert_true(e.h.t_event_ns == T0 + 101 * S);
}

static void impossible_times_are_refused(void **state)
{
	assert_int_equal(check_position(*state, 1, 1, F1P_UNKNOWN_NS), INGEST_BAD_TIME);
	assert_int_equal(check_position(*state, 1, 1, -1), INGEST_BAD_TIME);
	assert_int_equal(check_position(*state, 1, 1, INT64_MAX), INGEST_BAD_TIME);
	assert_int_equal(check_position(*state, 1, 1, T0), INGEST_OK);
	assert_int_equal(check_position(*state, 1, 1, T0 + 3 * 86400 * S), INGEST_BAD_TIME);
	assert_int_equal(check_position(*state, 1, 1, T0 + S), INGEST_OK); /* the bad one moved nothing */
}

static enum ingest_verdict check_received(struct ingest *in, int64_t t_ns, int64_t t_recv_ns)
{
	struct f1p_ev_car_value e = position(1, 1, t_ns);

	e.h.t_recv_ns = t_recv_ns;
	return check(in, &e);
}

static void a_live_source_may_come_back_after_days(void **state)
{
	const int64_t day = 86400 * S, back = T0 + 9 * day;

	ingest_set_live(*state, 1, true);
	assert_int_equal(check_received(*state, T0, T0), INGEST_OK);
	assert_int_equal(check_received(*state, back, T0 + S), INGEST_BAD_TIME); /* its clock is wrong */
	assert_int_equal(check_received(*state, back, back + 2 * day + 1), INGEST_BAD_TIME);
	assert_int_equal(check_received(*state, back, F1P_UNKNOWN_NS), INGEST_BAD_TIME);
	assert_int_equal(check_received(*state, back, back + 2 * day), INGEST_OK);
	assert_int_equal(check_received(*state, back + S, back + S), INGEST_OK);
	assert_int_equal(check_received(*state, T0 + S, back + 2 * S), INGEST_BAD_TIME); /* it has come further */
}

static void the_distance_to_now_does_not_bind_a_live_source(void **state)
{
	const int64_t day = 86400 * S;

	ingest_set_live(*state, 1, true);
	assert_int_equal(check_received(*state, T0, T0 + 400 * day), INGEST_OK); /* a rehearsal on last year's data */
	assert_int_equal(check_received(*state, T0 + 2 * day, T0 + 402 * day), INGEST_OK);
	assert_int_equal(check_received(*state, T0 + 4 * day + 1, T0 + 404 * day), INGEST_BAD_TIME);
}

static int64_t time_taken(struct ingest *in, int64_t t_ns, int64_t t_recv_ns)
{
	struct f1p_ev_car_value e = position(1, 1, t_ns);

	e.h.t_recv_ns = t_recv_ns;
	assert_int_equal(check(in, &e), INGEST_OK);
	return e.h.t_event_ns;
}

static void one_event_from_the_future_of_a_live_source_happens_now_and_blocks_nothing(void **state)
{
	const int64_t day = 86400 * S;

	ingest_set_live(*state, 1, true);
	assert_int_equal(time_taken(*state, T0, T0), T0);
	assert_int_equal(time_taken(*state, T0 + 2 * day, T0 + S), T0 + S);
	assert_int_equal(time_taken(*state, T0 + 2 * S, T0 + 2 * S), T0 + 2 * S);
	assert_int_equal(time_taken(*state, T0 + 600 * S, T0 + 3 * S), T0 + 600 * S); /* a clock may be set */
	assert_int_equal(time_taken(*state, T0 + 4 * S, T0 + 4 * S), T0 + 4 * S);     /* it was not */
	assert_int_equal(time_taken(*state, T0 + 5 * S, T0 + 5 * S), T0 + 5 * S);
}

static void the_first_event_may_be_the_wrong_one(void **state)
{
	ingest_set_live(*state, 1, true);
	assert_int_equal(time_taken(*state, T0 + 86400 * S, T0), T0 + 86400 * S);
	assert_int_equal(time_taken(*state, T0 + S, T0 + S), T0 + S);
	assert_int_equal(time_taken(*state, T0 + 2 * S, T0 + 2 * S), T0 + 2 * S);
}

static void a_live_feed_whose_clock_is_always_ahead_keeps_its_times(void **state)
{
	const int64_t skews[] = {90 * S, 5 * 3600 * S};

	(void)state;
	for (size_t k = 0; k < 2; k++) {
		struct ingest *in = ingest_create();

		ingest_set_live(in, 1, true);
		for (int i = 0; i < 1000; i++) { /* 250 s of it, then a pause of two hours */
			int64_t now = T0 + i * S / 4 + (i > 900 ? 7200 * S : 0);

			assert_int_equal(time_taken(in, now + skews[k], now), now + skews[k]);
		}
		ingest_destroy(in);
	}
}

static void a_live_feed_that_is_late_stays_late(void **state)
{
	ingest_set_live(*state, 1, true);
	assert_int_equal(time_taken(*state, T0, T0 + 100 * S), T0);
	assert_int_equal(time_taken(*state, T0 + 100 * S, T0 + 101 * S), T0 + 100 * S);
	assert_int_equal(check_received(*state, T0, T0 + 102 * S), INGEST_BAD_TIME);
}

static void a_recording_may_not_jump_however_its_clock_stands(void **state)
{
	assert_int_equal(check_received(*state, T0, T0), INGEST_OK);
	assert_int_equal(check_received(*state, T0 + 3 * 86400 * S, T0 + 3 * 86400 * S), INGEST_BAD_TIME);
	ingest_set_live(*state, 1, true);
	ingest_set_live(*state, 1, false);
	assert_int_equal(check_received(*state, T0 + 3 * 86400 * S, T0 + 3 * 86400 * S), INGEST_BAD_TIME);
}

static void sources_have_their_own_time(void **state)
{
	struct f1p_ev_car_value e;

	assert_int_equal(check_position(*state, 1, 1, T0), INGEST_OK);
	e = position(1, 1, T0 - 3600 * S);
	e.h.source_id = 2;
	assert_int_equal(check(*state, &e), INGEST_OK);
}

static void rewound_recordings_begin_anew(void **state)
{
	struct f1p_event reset = {0};
	struct f1p_ev_session session = {.session_key = 5, .type = F1P_SESSION_RACE, .t_start_ns = T0 - 9000 * S,
					 .t_end_ns = F1P_UNKNOWN_NS, .gmt_offset_s = F1P_UNKNOWN};

	assert_int_equal(check_position(*state, 1, 1, T0), INGEST_OK);
	head(&reset, F1P_EV_FEED_RESET, sizeof(reset), T0 - 5000 * S);
	assert_int_equal(check(*state, &reset), INGEST_OK);
	assert_int_equal(check_position(*state, 1, 1, T0 - 4999 * S), INGEST_OK);
	head(&session, F1P_EV_SESSION, sizeof(session), T0 - 9000 * S);
	assert_int_equal(check(*state, &session), INGEST_OK); /* a new session */
	assert_int_equal(check_position(*state, 1, 1, T0 - 8999 * S), INGEST_OK);
	head(&session, F1P_EV_SESSION, sizeof(session), T0 - 20000 * S);
	assert_int_equal(check(*state, &session), INGEST_BAD_TIME); /* the same session */
}

static void journaled_events_are_known_after_a_restart(void **state)
{
	struct f1p_ev_car_value e = position(1, 1, T0);

	e.h.source_seq = 500;
	ingest_seen(*state, &e.h);
	e.h.source_seq = 499;
	assert_int_equal(check(*state, &e), INGEST_DUPLICATE);
	e.h.source_seq = 501;
	e.h.t_event_ns = T0 - 10 * S;
	assert_int_equal(check(*state, &e), INGEST_OK);
	assert_true(e.h.t_event_ns == T0);
}

static void every_random_event_gets_a_verdict(void **state)
{
	union {
		struct f1p_event h;
		uint8_t bytes[1024];
	} e;
	uint64_t x = 12345;
	uint64_t sum = 0;

	for (int i = 0; i < 200000; i++) {
		for (size_t k = 0; k < sizeof(e.bytes); k += 8) {
			x ^= x << 13;
			x ^= x >> 7;
			x ^= x << 17;
			memcpy(e.bytes + k, &x, 8);
		}
		e.h.size = (uint32_t)(x % 130) * 8;
		e.h.space = 0;
		e.h.type = (uint16_t)(x % 30);
		e.h.source_id = 1;
		e.h.source_seq = (uint64_t)i + 1;
		if (x & 1024) {
			e.h.t_event_ns = T0;
		}
		assert_in_range(ingest_check(*state, &e.h, NULL), INGEST_OK, INGEST_BAD_TIME);
	}
	for (int v = INGEST_OK; v < INGEST_VERDICTS; v++) {
		sum += ingest_count(*state, (enum ingest_verdict)v);
		assert_string_not_equal(ingest_verdict_name((enum ingest_verdict)v), "unknown");
	}
	assert_int_equal(sum, 200000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(good_events_pass_unchanged, setup, teardown),
		cmocka_unit_test_setup_teardown(ranges_are_checked, setup, teardown),
		cmocka_unit_test_setup_teardown(negative_laps_are_refused_only_where_told, setup, teardown),
		cmocka_unit_test_setup_teardown(enums_outside_their_range_are_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(sizes_must_fit_the_type, setup, teardown),
		cmocka_unit_test_setup_teardown(texts_must_end, setup, teardown),
		cmocka_unit_test_setup_teardown(types_of_the_host_and_unknown_ones_are_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(reserved_spaces_are_refused_and_foreign_ones_pass, setup, teardown),
		cmocka_unit_test_setup_teardown(a_sources_ordinal_must_rise, setup, teardown),
		cmocka_unit_test_setup_teardown(small_disorder_is_clamped_and_large_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(impossible_times_are_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(a_live_source_may_come_back_after_days, setup, teardown),
		cmocka_unit_test_setup_teardown(the_distance_to_now_does_not_bind_a_live_source, setup, teardown),
		cmocka_unit_test_setup_teardown(one_event_from_the_future_of_a_live_source_happens_now_and_blocks_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(the_first_event_may_be_the_wrong_one, setup, teardown),
		cmocka_unit_test(a_live_feed_whose_clock_is_always_ahead_keeps_its_times),
		cmocka_unit_test_setup_teardown(a_live_feed_that_is_late_stays_late, setup, teardown),
		cmocka_unit_test_setup_teardown(a_recording_may_not_jump_however_its_clock_stands, setup, teardown),
		cmocka_unit_test_setup_teardown(sources_have_their_own_time, setup, teardown),
		cmocka_unit_test_setup_teardown(rewound_recordings_begin_anew, setup, teardown),
		cmocka_unit_test_setup_teardown(journaled_events_are_known_after_a_restart, setup, teardown),
		cmocka_unit_test_setup_teardown(every_random_event_gets_a_verdict, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
