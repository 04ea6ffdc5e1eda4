/*
 * status_gaps_test.c - the rows of /api/v1/gaps, from a real ledger over a race.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/status_gaps.h"
#include "race/arbiter_fixture.h"
#include "race/race_internal.h"

static void visit(void *arg, void (*fn)(void *fn_arg, const struct f1p_ev_gap *), void *fn_arg)
{
	gaps_visit(arbiter_gaps(((struct arig *)arg)->arbiter), fn, fn_arg);
}

static const char *name_of(void *arg, uint32_t id)
{
	(void)arg;
	return id == RIG_A ? "source-1" : id == RIG_B ? "source-2" : "";
}

struct page {
	struct arig rig;
	struct gap_ledger ledger;
	struct f1p_json json;
};

static int setup(void **state)
{
	struct page *p = calloc(1, sizeof(*p));

	arig_init(&p->rig);
	arig_source(&p->rig, RIG_A, 90);
	arig_source(&p->rig, RIG_B, 50);
	p->ledger = (struct gap_ledger){&p->rig, visit, name_of};
	f1p_json_init(&p->json);
	*state = p;
	return 0;
}

static int teardown(void **state)
{
	struct page *p = *state;

	f1p_json_finish(&p->json);
	arig_finish(&p->rig);
	free(p);
	return 0;
}

static const char *text_of(struct page *p)
{
	size_t n = 0;

	f1p_json_clear(&p->json);
	status_gaps_write(&p->json, &p->ledger, race_state(p->rig.race));
	return f1p_json_text(&p->json, &n);
}

static uint64_t mark_of(struct page *p)
{
	return status_gaps_mark(&p->ledger, race_state(p->rig.race));
}

static void assert_has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("%s\nlacks %s", text, part);
}

static void an_empty_ledger_is_an_empty_list(void **state)
{
	assert_string_equal(text_of(*state), "{\"total\":0,\"open\":0,\"dropped\":0,\"revisions\":0,\"gaps\":[]}");
	assert_true(mark_of(*state) != 0);
}

static void an_outage_is_open_and_then_filled_by_name(void **state)
{
	struct page *p = *state;
	struct arig *r = &p->rig;
	uint64_t before;
	const char *text;

	arig_start(r, RIG_A, 2);
	arig_start(r, RIG_B, 2);
	arig_until(r, 2);
	arig_car_value(r, RIG_A, F1P_EV_CAR_POSITION, 1, 1);
	before = mark_of(p);
	arig_link(r, RIG_A, F1P_LINK_DOWN);
	assert_true(mark_of(p) != before);
	text = text_of(p);
	assert_has(text, "{\"total\":1,\"open\":");
	assert_has(text, "{\"id\":1,\"kind\":\"timing\",\"source\":\"source-1\",\"from\":\"2023-11-14T22:13:22.000Z\"");
	for (int s = 3; s < 20; s++) {
		arig_until(r, s);
		arig_car_value(r, RIG_B, F1P_EV_CAR_POSITION, 2, s % 2 ? 1 : 2);
		arig_car_value(r, RIG_B, F1P_EV_CAR_POSITION, 1, s % 2 ? 2 : 1);
		arig_lap(r, RIG_B, 1, 0, 0);
	}
	text = text_of(p);
	assert_has(text, "\"open\":0,\"dropped\":0");
	assert_has(text, "\"how\":\"other_source\",\"filled_by\":2,\"car\":null,\"first_lap\":null,\"last_lap\":null,"
			 "\"text\":\"another source went on\",\"filled_by_name\":\"source-2\"}");
}

static void a_concluded_lap_says_what_and_how(void **state)
{
	struct page *p = *state;
	struct arig *r = &p->rig;
	int s = 0;

	arig_start(r, RIG_A, 1);
	for (int lap = 1; lap <= 3; lap++) {
		for (; s < 90 * lap; s += 2) {
			arig_until(r, s);
			arig_heartbeat(r, RIG_A);
		}
		arig_lap(r, RIG_A, 1, lap, lap == 2 ? 0 : 88000);
	}
	assert_has(text_of(p), "{\"total\":1,\"open\":0,\"dropped\":0,\"revisions\":0,\"gaps\":[{\"id\":1,\"kind\":\"laps\",\"source\":\"source-1\"");
	assert_has(text_of(p), "\"how\":\"repaired\",\"filled_by\":null,\"car\":1,\"first_lap\":2,\"last_lap\":2,");
	assert_has(text_of(p), "\"text\":\"time from its sectors, or between two crossings of the line\",\"filled_by_name\":null}");
}

static void a_full_ledger_shows_its_newest_lines_and_how_many_it_dropped(void **state)
{
	struct page *p = *state;
	struct arig *r = &p->rig;
	const char *text;
	size_t rows = 0;

	arig_start(r, RIG_A, 1);
	for (uint16_t i = 0; i <= GAP_LINES_MAX + 7; i++) /* every second message is missing */
		arig_text_of(r, RIG_A, (uint16_t)(2 * i), i, "X");
	text = text_of(p);
	assert_has(text, "{\"total\":1031,\"open\":1031,\"dropped\":7,\"revisions\":0,\"gaps\":[{\"id\":8,");
	for (const char *at = text; (at = strstr(at, "\"how\":\"lost\"")); at++)
		rows++;
	assert_int_equal(rows, GAP_LINES_MAX);
	assert_has(text, "{\"id\":1031,");
}

#define GAPS_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		GAPS_TEST(an_empty_ledger_is_an_empty_list),
		GAPS_TEST(an_outage_is_open_and_then_filled_by_name),
		GAPS_TEST(a_concluded_lap_says_what_and_how),
		GAPS_TEST(a_full_ledger_shows_its_newest_lines_and_how_many_it_dropped),
	};

	return cmocka_run_group_tests_name("status_gaps", tests, NULL, NULL);
}
