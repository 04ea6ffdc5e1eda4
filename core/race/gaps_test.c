/*
 * gaps_test.c - the ledger tells what was concluded, what was told late after all, and keeps its newest lines.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "race/arbiter_fixture.h"
#include "race/race_internal.h"

static int setup(void **state)
{
	struct arig *r = malloc(sizeof(*r));

	arig_init(r);
	arig_source(r, RIG_A, 90);
	*state = r;
	return 0;
}

static int teardown(void **state)
{
	arig_finish(*state);
	free(*state);
	return 0;
}

/* Until then the source shows every two seconds that it lives. */
static void go(struct arig *r, double s)
{
	while (r->now_ns < feed_ns(s)) {
		double next = (double)(r->now_ns - T0_NS) / 1e9 + 2;

		arig_until(r, next < s ? next : s);
		arig_heartbeat(r, RIG_A);
	}
}

/* The laps from..to of car 1 and car 2, 90 s each; car 1 is told without time. */
static void silent_laps(struct arig *r, int from, int to)
{
	for (int lap = from; lap <= to; lap++) {
		go(r, 90 * lap);
		arig_lap(r, RIG_A, 1, lap, 0);
		arig_lap(r, RIG_A, 2, lap, 89000 + lap);
	}
}

static void told_laps(struct arig *r, int from, int to)
{
	for (int lap = from; lap <= to; lap++) {
		go(r, 90 * lap);
		arig_lap(r, RIG_A, 1, lap, 88000 + lap); /* not what the crossings say */
		arig_lap(r, RIG_A, 2, lap, 89000 + lap);
	}
}

static void sector(struct arig *r, double at_s, uint8_t which, int32_t time_ms)
{
	struct f1p_ev_car_sector e = {.mask = F1P_SECTOR_TIME, .car = 1, .sector = which, .time_ms = time_ms};

	go(r, at_s);
	ARIG_SAY(r, RIG_A, F1P_EV_CAR_SECTOR, e, 0);
}

static void record(struct arig *r, uint32_t id, int32_t lap, int32_t time_ms)
{
	struct f1p_ev_lap_record e = {.mask = F1P_RECORD_TIME, .car = 1, .lap = lap, .time_ms = time_ms};

	ARIG_SAY(r, id, F1P_EV_LAP_RECORD, e, 0);
}

static void assert_line(struct arig *r, uint8_t how, uint32_t kind, uint16_t car, int32_t first, int32_t last)
{
	struct f1p_ev_gap line = arig_gaps(r).last;

	assert_int_equal(line.how, how);
	assert_int_equal(line.kind, kind);
	assert_int_equal(line.car, car);
	assert_int_equal(line.first_lap, first);
	assert_int_equal(line.last_lap, last);
	assert_string_equal(line.source, "source-1");
}

/* ---- laps ---- */

static void a_lap_time_that_was_concluded_is_listed_when_nobody_told_it_in_time(void **state)
{
	struct arig *r = *state;

	arig_start(r, RIG_A, 2);
	told_laps(r, 1, 2);
	sector(r, 210, 0, 30000);
	sector(r, 240, 1, 29000);
	sector(r, 269, 2, 30500);
	silent_laps(r, 3, 3);
	assert_int_equal(arig_car(r, 1)->history[2].time_ms, 89500);
	assert_int_equal(arig_gaps(r).lines, 0); /* the feed may tell it in a moment */
	told_laps(r, 4, 4);
	assert_int_equal(arig_gaps(r).lines, 1);
	assert_line(r, F1P_GAP_REPAIRED, F1P_DATA_LAPS, 1, 3, 3);
	assert_int_equal(arig_gaps(r).last.t_from_ns, feed_ns(180));
	assert_int_equal(arig_gaps(r).last.t_to_ns, feed_ns(270));
	assert_int_equal(arig_gaps(r).last.filled_by, 0);
	assert_int_equal(race_state(r->race)->gaps_total, 1);
	assert_int_equal(race_state(r->race)->gaps_open, 0); /* nothing is lost */
	told_laps(r, 5, 5);
	assert_int_equal(arig_gaps(r).lines, 1); /* said once */
}

static void a_time_that_follows_its_crossing_was_never_missing(void **state)
{
	struct arig *r = *state;
	struct f1p_ev_car_lap late = {.mask = F1P_LAP_LAST, .car = 1, .last_ms = 88003};

	arig_start(r, RIG_A, 2);
	told_laps(r, 1, 2);
	silent_laps(r, 3, 3);
	go(r, 274);
	ARIG_SAY(r, RIG_A, F1P_EV_CAR_LAP, late, 0);
	told_laps(r, 4, 5);
	assert_int_equal(arig_car(r, 1)->history[2].time_ms, 88003);
	assert_int_equal(arig_gaps(r).lines, 0);
}

static void laps_that_follow_one_another_are_one_line(void **state)
{
	struct arig *r = *state;

	arig_start(r, RIG_A, 2);
	silent_laps(r, 1, 1); /* of the first lap no feed tells a time */
	told_laps(r, 2, 2);
	silent_laps(r, 3, 6);
	told_laps(r, 7, 8);
	assert_int_equal(arig_gaps(r).lines, 1);
	assert_line(r, F1P_GAP_REPAIRED, F1P_DATA_LAPS, 1, 3, 6);
	assert_int_equal(arig_gaps(r).last.t_to_ns, feed_ns(540));
	silent_laps(r, 9, 9);
	told_laps(r, 10, 10);
	assert_int_equal(arig_gaps(r).lines, 2);
	assert_line(r, F1P_GAP_REPAIRED, F1P_DATA_LAPS, 1, 9, 9);
}

static void the_last_lap_is_settled_by_the_end(void **state)
{
	struct arig *r = *state;

	arig_start(r, RIG_A, 2);
	told_laps(r, 1, 3);
	silent_laps(r, 4, 4);
	go(r, 361);
	arig_value(r, RIG_A, F1P_EV_SESSION_STATUS, F1P_STATUS_FINISHED);
	assert_int_equal(arig_gaps(r).lines, 0);
	arig_value(r, RIG_A, F1P_EV_SESSION_STATUS, F1P_STATUS_FINALISED);
	assert_int_equal(arig_gaps(r).lines, 1);
	assert_line(r, F1P_GAP_REPAIRED, F1P_DATA_LAPS, 1, 4, 4);
}

static void a_concluded_lap_that_another_source_tells_late_says_so(void **state)
{
	struct arig *r = *state;

	arig_start(r, RIG_A, 2);
	told_laps(r, 1, 2);
	silent_laps(r, 3, 4);
	told_laps(r, 5, 5);
	assert_line(r, F1P_GAP_REPAIRED, F1P_DATA_LAPS, 1, 3, 4);
	record(r, RIG_A, 3, 91234);
	assert_line(r, F1P_GAP_REPAIRED, F1P_DATA_LAPS, 1, 4, 4);
	arig_source(r, RIG_B, 50);
	arig_start(r, RIG_B, 2);
	record(r, RIG_B, 4, 92345);
	if (arig_car(r, 1)->history[3].time_ms != 92345) { /* it tells laps as they are run */
		arig_lap(r, RIG_B, 1, 4, 92345);
		go(r, 541);
		arig_lap(r, RIG_B, 1, 5, 88005);
	}
	assert_int_equal(arig_car(r, 1)->history[3].time_ms, 92345);
	assert_int_equal(arig_gaps(r).lines, 1);
	assert_int_equal(arig_gaps(r).last.how, F1P_GAP_OTHER_SOURCE);
	assert_int_equal(arig_gaps(r).last.filled_by, RIG_B);
	assert_string_equal(arig_gaps(r).last.text, "told late");
}

static void a_lost_lap_whose_sectors_come_late_is_repaired_and_a_time_ends_it(void **state)
{
	struct arig *r = *state;
	struct f1p_ev_lap_record sectors = {.mask = F1P_RECORD_SECTORS, .car = 1, .lap = 3, .sector_ms = {30000, 31000, 32000}};

	arig_start(r, RIG_A, 2);
	told_laps(r, 1, 2);
	go(r, 360);
	arig_lap(r, RIG_A, 1, 4, 88004); /* lap 3 was not told */
	assert_line(r, F1P_GAP_LOST, F1P_DATA_LAPS, 1, 3, 3);
	assert_int_equal(race_state(r->race)->gaps_open, 1);
	ARIG_SAY(r, RIG_A, F1P_EV_LAP_RECORD, sectors, 0);
	assert_line(r, F1P_GAP_REPAIRED, F1P_DATA_LAPS, 1, 3, 3);
	assert_int_equal(race_state(r->race)->gaps_open, 0);
	record(r, RIG_A, 3, 93001);
	assert_line(r, F1P_GAP_SNAPSHOT, F1P_DATA_LAPS, 1, 3, 3);
	assert_int_equal(arig_gaps(r).lines, 1);
}

/* ---- stops and stints ---- */

static void count_of_stops(struct arig *r, int32_t stops, uint32_t flags)
{
	struct f1p_ev_car_status e = {.mask = F1P_CAR_IN_PIT | F1P_CAR_PIT_STOPS, .car = 1, .in_pit = F1P_NO, .pit_stops = stops};

	ARIG_SAY(r, RIG_A, F1P_EV_CAR_STATUS, e, flags);
}

static void lane_time(struct arig *r, int32_t lap)
{
	struct f1p_ev_pit e = {.car = 1, .lap = lap, .lane_ms = 21000, .stationary_ms = F1P_UNKNOWN};

	ARIG_SAY(r, RIG_A, F1P_EV_PIT_LANE_TIME, e, 0);
}

/* Laps 3 to 5 pass while the connection is down; the present values come back at second 460. */
static void outage(struct arig *r)
{
	struct f1p_event e = {0};

	arig_start(r, RIG_A, 2);
	count_of_stops(r, 0, 0);
	told_laps(r, 1, 2);
	arig_link(r, RIG_A, F1P_LINK_DOWN);
	arig_until(r, 460);
	ARIG_SAY(r, RIG_A, F1P_EV_FEED_RESET, e, F1P_EVF_SNAPSHOT | F1P_EVF_MORE);
	arig_session(r, RIG_A, 77, F1P_EVF_SNAPSHOT | F1P_EVF_MORE);
	{
		struct f1p_ev_car_lap lap = {.mask = F1P_LAP_NUMBER | F1P_LAP_LAST, .car = 1, .laps = 5, .last_ms = 88005};

		ARIG_SAY(r, RIG_A, F1P_EV_CAR_LAP, lap, F1P_EVF_SNAPSHOT | F1P_EVF_MORE);
	}
	count_of_stops(r, 1, F1P_EVF_SNAPSHOT | F1P_EVF_MORE);
	ARIG_SAY(r, RIG_A, F1P_EV_HEARTBEAT, e, F1P_EVF_SNAPSHOT);
}

struct wanted {
	uint32_t kind;
	struct f1p_ev_gap *out;
	int n;
};

static void on_line(void *arg, const struct f1p_ev_gap *line)
{
	struct wanted *w = arg;

	if (line->kind == w->kind) {
		*w->out = *line;
		w->n++;
	}
}

static const struct f1p_ev_gap *find_kind(struct arig *r, uint32_t kind, struct f1p_ev_gap *out)
{
	struct wanted w = {kind, out, 0};

	gaps_visit(arbiter_gaps(r->arbiter), on_line, &w);
	assert_int_equal(w.n, 1);
	return out;
}

static void a_stop_that_only_the_count_shows_stands_there_until_its_time_comes(void **state)
{
	struct arig *r = *state;
	struct f1p_ev_gap line;

	outage(r);
	assert_int_equal(arig_car(r, 1)->stops, 1);
	find_kind(r, F1P_DATA_PIT, &line);
	assert_int_equal(line.how, F1P_GAP_REPAIRED);
	assert_int_equal(line.car, 1);
	assert_int_equal(line.first_lap, F1P_UNKNOWN);
	assert_int_equal(line.t_from_ns, feed_ns(180)); /* the outage */
	assert_int_equal(line.t_to_ns, feed_ns(460));
	assert_non_null(strstr(line.text, "1 pit stop concluded"));
	go(r, 465);
	lane_time(r, 4);
	find_kind(r, F1P_DATA_PIT, &line);
	assert_int_equal(line.how, F1P_GAP_SNAPSHOT);
	assert_int_equal(line.first_lap, 4);
	assert_string_equal(line.text, "told late");
}

static void a_later_stop_does_not_explain_the_one_before(void **state)
{
	struct arig *r = *state;
	struct f1p_ev_gap line;

	outage(r);
	go(r, 600);
	lane_time(r, 6);
	assert_int_equal(find_kind(r, F1P_DATA_PIT, &line)->how, F1P_GAP_REPAIRED);
}

static void a_stint_without_a_pit_entry_is_concluded_from_its_own_count(void **state)
{
	struct arig *r = *state;
	struct f1p_ev_stint e = {.mask = F1P_STINT_COMPOUND | F1P_STINT_TOTAL | F1P_STINT_START, .car = 1, .compound = F1P_TYRE_SOFT};

	arig_start(r, RIG_A, 2);
	ARIG_SAY(r, RIG_A, F1P_EV_STINT, e, 0);
	told_laps(r, 1, 8);
	assert_int_equal(arig_gaps(r).lines, 0);
	e = (struct f1p_ev_stint){.mask = e.mask, .car = 1, .index = 1, .compound = F1P_TYRE_HARD, .total_laps = 3};
	ARIG_SAY(r, RIG_A, F1P_EV_STINT, e, 0);
	assert_int_equal(arig_car(r, 1)->stints[1].first_lap, 6);
	assert_line(r, F1P_GAP_REPAIRED, F1P_DATA_TYRES, 1, 6, 6);
	assert_non_null(strstr(arig_gaps(r).last.text, "stint 2"));
}

/* Car 3 comes round at 363 s for the last time; at the first crossing that is over 225 s later, at 631 s, it is out by silence. */
static void fall_silent(struct arig *r)
{
	arig_start(r, RIG_A, 3);
	for (uint16_t lap = 1; lap <= 8; lap++) {
		for (uint16_t car = 1; car <= (lap <= 4 ? 3 : 2); car++) {
			go(r, 90.0 * lap + car);
			arig_lap(r, RIG_A, car, lap, 90000);
		}
	}
	assert_int_equal(arig_car(r, 3)->retired_how, F1P_RETIRED_SILENCE);
	assert_line(r, F1P_GAP_REPAIRED, F1P_DATA_TIMING, 3, 5, 5);
}

static void a_retirement_by_silence_stands_there_until_it_is_told(void **state)
{
	struct arig *r = *state;
	struct f1p_ev_car_status e = {.mask = F1P_CAR_RETIRED, .car = 3, .retired = F1P_YES};

	fall_silent(r);
	assert_string_equal(arig_gaps(r).last.text, "retirement concluded: silence, no lap for 268 s");
	go(r, 725);
	ARIG_SAY(r, RIG_A, F1P_EV_CAR_STATUS, e, 0);
	assert_line(r, F1P_GAP_SNAPSHOT, F1P_DATA_TIMING, 3, 5, 5);
	assert_string_equal(arig_gaps(r).last.text, "told late");
}

static void a_retirement_by_silence_is_taken_back_by_a_lap(void **state)
{
	struct arig *r = *state;

	fall_silent(r);
	go(r, 725);
	arig_lap(r, RIG_A, 3, 5, 0);
	assert_int_equal(arig_car(r, 3)->retired, F1P_NO);
	assert_string_equal(find_kind(r, F1P_DATA_TIMING, &(struct f1p_ev_gap){0})->text, "taken back: it goes on");
}

static void what_was_run_before_we_came_is_no_gap(void **state)
{
	struct arig *r = *state;
	struct f1p_event e = {0};
	struct f1p_ev_stint stint = {.mask = F1P_STINT_COMPOUND | F1P_STINT_TOTAL | F1P_STINT_START, .car = 1, .compound = F1P_TYRE_SOFT,
				     .total_laps = 9};

	ARIG_SAY(r, RIG_A, F1P_EV_FEED_RESET, e, F1P_EVF_SNAPSHOT | F1P_EVF_MORE);
	arig_session(r, RIG_A, 77, F1P_EVF_SNAPSHOT | F1P_EVF_MORE);
	ARIG_SAY(r, RIG_A, F1P_EV_STINT, stint, F1P_EVF_SNAPSHOT | F1P_EVF_MORE);
	stint.index = 1;
	ARIG_SAY(r, RIG_A, F1P_EV_STINT, stint, F1P_EVF_SNAPSHOT | F1P_EVF_MORE);
	ARIG_SAY(r, RIG_A, F1P_EV_HEARTBEAT, e, F1P_EVF_SNAPSHOT);
	assert_int_equal(arig_car(r, 1)->stints[1].first_lap, 10);
	assert_int_equal(arig_gaps(r).lines, 0);
}

/* ---- a full ledger, and a recovered one ---- */

static void a_full_ledger_keeps_the_newest_lines_and_the_open_outage(void **state)
{
	struct arig *r = *state;
	struct arig_gap_count c;
	uint32_t skips = GAP_LINES_MAX + 10;

	arig_start(r, RIG_A, 2);
	arig_link(r, RIG_A, F1P_LINK_DOWN); /* line 1 stays open: messages alone do not end it */
	for (uint32_t i = 0; i <= skips; i++) {
		struct f1p_ev_race_control e = {.h = {.size = sizeof(e), .type = F1P_EV_RACE_CONTROL, .source_id = RIG_A,
						      .t_event_ns = r->now_ns}, .index = (uint16_t)(2 * i)};

		race_apply(r->race, &e.h);
		gaps_accepted(arbiter_gaps(r->arbiter), &e.h, "source-1");
	}
	c = arig_gaps(r);
	assert_int_equal(c.lines, GAP_LINES_MAX);
	assert_int_equal(c.open, 1);
	assert_int_equal(c.last.id, skips + 1);
	assert_int_equal(c.last.last_lap, (int32_t)(2 * skips - 1));
	assert_int_equal(race_state(r->race)->gaps_total, skips + 1);
	assert_int_equal(race_state(r->race)->gaps_open, skips + 1);
	gaps_close(arbiter_gaps(r->arbiter), RIG_A, F1P_GAP_SNAPSHOT, RIG_A, r->now_ns);
	assert_int_equal(arig_gaps(r).open, 0);
	assert_int_equal(race_state(r->race)->gaps_open, skips);
}

static void a_recovered_ledger_goes_on_with_the_outage_that_was_open(void **state)
{
	struct arig *r = *state;
	struct gaps *g = arbiter_gaps(r->arbiter);
	struct f1p_ev_gap open = {.h = {.size = sizeof(open), .type = F1P_EV_GAP}, .id = 1, .kind = F1P_DATA_TIMING, .source_id = RIG_A,
				  .how = F1P_GAP_OPEN, .t_from_ns = T0_NS, .t_to_ns = F1P_UNKNOWN_NS, .source = "source-1"};

	arig_start(r, RIG_A, 2);
	told_laps(r, 1, 2);
	race_apply(r->race, &open.h);
	gaps_restore(g, &open);
	assert_true(gaps_is_open(g, RIG_A));
	gaps_open(g, RIG_A, "source-1", F1P_DATA_TIMING, r->now_ns, "the daemon did not run"); /* it is the same one */
	assert_int_equal(arig_gaps(r).lines, 1);
	gaps_close(g, RIG_A, F1P_GAP_SNAPSHOT, RIG_A, r->now_ns);
	assert_int_equal(arig_gaps(r).lines, 1);
	assert_int_equal(arig_gaps(r).last.how, F1P_GAP_SNAPSHOT);
	assert_int_equal(race_state(r->race)->gaps_open, 0);
	open.how = F1P_GAP_SNAPSHOT;
	gaps_restore(g, &open);
	assert_false(gaps_is_open(g, RIG_A));
}

#define GAPS_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		GAPS_TEST(a_lap_time_that_was_concluded_is_listed_when_nobody_told_it_in_time),
		GAPS_TEST(a_time_that_follows_its_crossing_was_never_missing),
		GAPS_TEST(laps_that_follow_one_another_are_one_line),
		GAPS_TEST(the_last_lap_is_settled_by_the_end),
		GAPS_TEST(a_concluded_lap_that_another_source_tells_late_says_so),
		GAPS_TEST(a_lost_lap_whose_sectors_come_late_is_repaired_and_a_time_ends_it),
		GAPS_TEST(a_stop_that_only_the_count_shows_stands_there_until_its_time_comes),
		GAPS_TEST(a_later_stop_does_not_explain_the_one_before),
		GAPS_TEST(a_stint_without_a_pit_entry_is_concluded_from_its_own_count),
		GAPS_TEST(a_retirement_by_silence_stands_there_until_it_is_told),
		GAPS_TEST(a_retirement_by_silence_is_taken_back_by_a_lap),
		GAPS_TEST(what_was_run_before_we_came_is_no_gap),
		GAPS_TEST(a_full_ledger_keeps_the_newest_lines_and_the_open_outage),
		GAPS_TEST(a_recovered_ledger_goes_on_with_the_outage_that_was_open),
	};

	return cmocka_run_group_tests_name("gaps", tests, NULL, NULL);
}
