/* schedule_property_test.c - random seasons, feeds and clocks: what must hold whatever comes. */
#include "schedule/season_fixture.h"

#include "helpers/rng.h"

#define SEASONS 150
#define STEPS 120

static int64_t below(struct f1p_rng *r, int64_t n)
{
	return (int64_t)(f1p_rng_u64(r) % (uint64_t)n);
}

static struct f1p_session_plan random_session(struct f1p_rng *r)
{
	struct f1p_session_plan p = session("", (uint8_t)(1 + below(r, 6)), (uint8_t)below(r, 4),
		MONDAY_NS + below(r, 14 * 24 * 4) * 15 * MIN_NS, (int)below(r, 4) * 45);

	p.cancelled = (uint8_t)(1 + below(r, 3));
	p.session_key = (uint32_t)below(r, 3) ? 0 : (uint32_t)below(r, 40);
	snprintf(p.name, sizeof(p.name), "%u/%u", p.type, p.number);
	return p;
}

static void random_publish(struct week *w, struct f1p_rng *r)
{
	struct f1p_session_plan list[20];
	uint32_t who = 1 + (uint32_t)below(r, 3);
	size_t n = 1 + (size_t)below(r, 20);
	char name[8];

	for (size_t i = 0; i < n; i++)
		list[i] = random_session(r);
	snprintf(name, sizeof(name), "c%u", who);
	publish(w, who, name, 1 + (uint32_t)below(r, 3), list, n);
}

static void random_feed(struct week *w, struct f1p_rng *r)
{
	if (below(r, 4) == 0 || !w->feed->type)
		feed_on(w, random_session(r), F1P_STATUS_INACTIVE);
	w->feed->status = (uint8_t)(1 + below(r, 7));
	w->feed->part = (uint8_t)below(r, 4);
	w->feed->t_event_ns = w->now - below(r, 5) * MIN_NS;
	if (below(r, 5) == 0 && w->feed->t_start_ns != F1P_UNKNOWN_NS)
		w->feed->t_start_ns = below(r, 4) ? w->feed->t_start_ns + (below(r, 20) - 10) * HOUR_NS : F1P_UNKNOWN_NS;
	schedule_observe(w->s, w->feed, w->now);
}

static bool differs(const struct f1p_schedule_now *a, const struct f1p_schedule_now *b)
{
	return a->mode != b->mode || a->has_session != b->has_session ||
	       memcmp(&a->session, &b->session, sizeof(a->session)) != 0;
}

/* The change comes at the very nanosecond that was told, and not before. */
static void check_next_change(struct week *w, struct f1p_rng *r)
{
	struct f1p_schedule_now is = said(w);
	int64_t next = schedule_next_change_ns(w->s);

	assert_true(next == is.t_change_ns);
	assert_true(next > w->now);
	if (next == F1P_NEVER_NS) {
		assert_false(schedule_tick(w->s, w->now + 400 * DAY_NS));
		return;
	}
	for (int i = 0; i < 5; i++) {
		w->now += below(r, next - w->now);
		assert_false(schedule_tick(w->s, w->now));
	}
	assert_false(schedule_tick(w->s, next - 1));
	w->now = next;
	assert_true(schedule_tick(w->s, next));
	assert_false(schedule_tick(w->s, next));
	struct f1p_schedule_now then = said(w);
	assert_true(differs(&is, &then));
}

static void check_answer(struct week *w, bool feed)
{
	struct f1p_schedule_now now = said(w);
	char why[160];

	assert_in_range(now.mode, F1P_SEASON_IDLE, F1P_SEASON_AFTER);
	assert_true(now.has_session == F1P_YES || now.mode == F1P_SEASON_IDLE);
	if (now.has_session != F1P_YES)
		return;
	assert_true(plan_check(&now.session, why, sizeof(why)));
	if (!feed) /* what the feed has started is not cancelled */
		assert_int_not_equal(now.session.cancelled, F1P_YES);
	if (now.mode == F1P_SEASON_LIVE)
		assert_true(w->now < now.session.t_start_ns + 8 * HOUR_NS || w->now < plan_limit_ns(&now.session));
}

static void check_order(const struct week *w)
{
	struct f1p_session_plan list[128];
	uint32_t n = schedule_list(w->s, list, 128);

	for (uint32_t i = 1; i < n && i < 128; i++)
		assert_true(list[i - 1].t_start_ns <= list[i].t_start_ns);
}

static void calendars_alone(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= SEASONS; seed++) {
		struct f1p_rng r;
		struct week w;
		f1p_rng_seed(&r, seed, 1);
		week_begin(&w, NULL, MONDAY_NS);
		random_publish(&w, &r);
		schedule_tick(w.s, w.now);
		for (int i = 0; i < STEPS; i++) {
			if (below(&r, 20) == 0)
				random_publish(&w, &r);
			schedule_tick(w.s, w.now);
			check_answer(&w, false);
			check_order(&w);
			check_next_change(&w, &r);
		}
		week_end(&w);
	}
}

static void feeds_and_clocks_that_jump(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= SEASONS; seed++) {
		struct f1p_rng r;
		struct week w;
		f1p_rng_seed(&r, seed, 2);
		week_begin(&w, NULL, MONDAY_NS);
		for (int i = 0; i < STEPS; i++) {
			w.now += below(&r, 10) ? below(&r, 40) * MIN_NS : (below(&r, 48) - 24) * HOUR_NS;
			if (below(&r, 20) == 0)
				random_publish(&w, &r);
			if (below(&r, 3))
				random_feed(&w, &r);
			if (below(&r, 50) == 0)
				schedule_forget(w.s, 1 + (uint32_t)below(&r, 3));
			schedule_tick(w.s, w.now);
			check_answer(&w, true);
			check_order(&w);
			if (below(&r, 4) == 0)
				check_next_change(&w, &r);
		}
		week_end(&w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(calendars_alone),
		cmocka_unit_test(feeds_and_clocks_that_jump),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
