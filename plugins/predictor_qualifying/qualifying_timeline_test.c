/*
 * qualifying_timeline_test.c - the part, its clock and the times set in it, from feeds that tell them and from those that do not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <cmocka.h>

#include "quali_builder.h"
#include "timeline.h"

#define SECOND INT64_C(1000000000)

static void tell(struct f1p_state *s, int32_t at_s, uint8_t flag)
{
	struct f1p_message *m = &s->messages[s->n_messages++];
	m->t_utc_ns = RACE_T0_NS + at_s * SECOND;
	m->flag = flag;
	m->category = F1P_RC_FLAG;
}

static void now(struct f1p_state *s, int32_t at_s, uint8_t status)
{
	s->t_event_ns = RACE_T0_NS + at_s * SECOND;
	s->status = status;
}

/* A lap completed at this time; those before it must have been added first. */
static void lap(struct f1p_car *car, int32_t at_s, int32_t time_ms)
{
	car->history[car->n_laps++].time_ms = time_ms;
	car->laps = car->n_laps;
	car->last_ms = time_ms;
	car->t_line_ns = RACE_T0_NS + at_s * SECOND;
}

static void test_nothing_told_is_the_first_part(void **state)
{
	(void)state;
	struct timeline t;
	struct f1p_state *s = quali_new(20);
	timeline_read(&t, s);
	assert_int_equal(t.part, 1);
	assert_false(t.timed);
	assert_true(t.share_left == 1.0);
	free(s);
}

static void test_lights_and_flags_make_the_parts(void **state)
{
	(void)state;
	struct timeline t;
	struct f1p_state *s = quali_new(20);
	tell(s, 0, F1P_FLAG_GREEN);
	now(s, 300, F1P_STATUS_STARTED);
	timeline_read(&t, s);
	assert_int_equal(t.part, 1);
	assert_true(fabs(t.left_ms - 780000.0) < 1.0);
	assert_int_equal((t.t_flag_ns - RACE_T0_NS) / SECOND, 1080);
	tell(s, 300, F1P_FLAG_RED); /* the clock stands */
	now(s, 900, F1P_STATUS_ABORTED);
	timeline_read(&t, s);
	assert_true(fabs(t.left_ms - 780000.0) < 1.0);
	tell(s, 1000, F1P_FLAG_GREEN);
	now(s, 1100, F1P_STATUS_STARTED);
	timeline_read(&t, s);
	assert_true(fabs(t.left_ms - 680000.0) < 1.0);
	tell(s, 1780, F1P_FLAG_CHEQUERED);
	now(s, 1790, F1P_STATUS_FINISHED);
	timeline_read(&t, s);
	assert_true(t.part == 1 && t.flag_fallen && t.left_ms == 0.0);
	tell(s, 1800, F1P_FLAG_RED); /* an accident after the flag ends nothing */
	tell(s, 2200, F1P_FLAG_GREEN);
	now(s, 2260, F1P_STATUS_STARTED);
	timeline_read(&t, s);
	assert_int_equal(t.part, 2);
	assert_true(fabs(t.left_ms - 840000.0) < 1.0);
	tell(s, 3100, F1P_FLAG_CHEQUERED);
	tell(s, 3500, F1P_FLAG_GREEN);
	tell(s, 4220, F1P_FLAG_CHEQUERED);
	tell(s, 4600, F1P_FLAG_CHEQUERED); /* told again: no fourth part */
	tell(s, 4700, F1P_FLAG_GREEN);
	now(s, 4800, F1P_STATUS_FINISHED);
	timeline_read(&t, s);
	assert_true(t.part == 3 && t.flag_fallen);
	free(s);
}

static void test_laps_belong_to_the_part_they_ended_in(void **state)
{
	(void)state;
	struct timeline t;
	struct f1p_state *s = quali_new(20);
	tell(s, 0, F1P_FLAG_GREEN);
	tell(s, 1080, F1P_FLAG_CHEQUERED);
	tell(s, 1500, F1P_FLAG_GREEN);
	lap(&s->cars[0], 200, 81000);
	lap(&s->cars[0], 1060, 860000); /* the garage */
	lap(&s->cars[0], 1140, 80000);  /* begun before the flag */
	lap(&s->cars[0], 1600, 460000);
	lap(&s->cars[0], 1679, 79000);
	now(s, 1700, F1P_STATUS_STARTED);
	timeline_read(&t, s);
	assert_int_equal(t.part, 2);
	assert_int_equal(t.best_ms[0][0], 80000);
	assert_int_equal(t.best_ms[0][1], 79000);
	assert_int_equal(t.best_ms[0][2], F1P_UNKNOWN);
	assert_int_equal(t.best_ms[1][0], F1P_UNKNOWN);
	assert_true(t.timed);
	free(s);
}

static void test_what_the_feed_tells_comes_first(void **state)
{
	(void)state;
	struct timeline t;
	struct f1p_state *s = quali_new(20);
	tell(s, 0, F1P_FLAG_GREEN);
	lap(&s->cars[0], 200, 81000);
	s->cars[0].part_best_ms[1] = 78000;
	quali_running(s, 2, 400000);
	s->t_clock_ns = RACE_T0_NS;
	s->clock_running = F1P_YES;
	now(s, 100, F1P_STATUS_STARTED);
	timeline_read(&t, s);
	assert_int_equal(t.part, 2);
	assert_true(fabs(t.left_ms - 300000.0) < 1.0);
	assert_int_equal(t.best_ms[0][0], F1P_UNKNOWN);
	assert_int_equal(t.best_ms[0][1], 78000);
	free(s);
}

static void test_a_sprint_qualifying_is_shorter(void **state)
{
	(void)state;
	struct timeline t;
	struct f1p_state *s = quali_new(20);
	s->type = F1P_SESSION_SPRINT_QUALIFYING;
	tell(s, 0, F1P_FLAG_GREEN);
	now(s, 360, F1P_STATUS_STARTED);
	timeline_read(&t, s);
	assert_true(fabs(t.share_left - 0.5) < 1e-6);
	free(s);
}

/* The whole way: a red flag leaves hope, the end of the part does not. */
static void test_an_interruption_is_not_the_end(void **state)
{
	(void)state;
	static struct f1p_forecast f;
	struct f1p_state *s = quali_new(20);
	tell(s, 0, F1P_FLAG_GREEN);
	tell(s, 400, F1P_FLAG_RED);
	now(s, 900, F1P_STATUS_INACTIVE);
	for (uint32_t i = 0; i < 20; i++) {
		lap(&s->cars[i], 300, 80000 + (int32_t)i * 30);
		s->cars[i].position = (int32_t)i + 1;
	}
	quali_predict(s, &f);
	assert_true(quali_first(&f.cars[17], 15) > 0.2);
	tell(s, 1000, F1P_FLAG_GREEN);
	tell(s, 1680, F1P_FLAG_CHEQUERED);
	now(s, 1900, F1P_STATUS_INACTIVE);
	quali_predict(s, &f);
	assert_true(f.cars[17].p_position[17] == 1.0 && quali_first(&f.cars[14], 15) > 1.0 - 1e-9);
	free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_told_is_the_first_part),
		cmocka_unit_test(test_lights_and_flags_make_the_parts),
		cmocka_unit_test(test_laps_belong_to_the_part_they_ended_in),
		cmocka_unit_test(test_what_the_feed_tells_comes_first),
		cmocka_unit_test(test_a_sprint_qualifying_is_shorter),
		cmocka_unit_test(test_an_interruption_is_not_the_end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
