/*
 * race_retell_test.c - a state told again to an empty race is the same race, kind by kind and car by car.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "race/data_kind.h"
#include "race/ingest.h"
#include "race/noop.h"
#include "race/race_compare.h"
#include "race/race_fixture.h"
#include "race/retell.h"

struct listener {
	struct race *race;
	struct ingest *gate;
	uint64_t seq;
	uint32_t kinds;
	uint16_t car;
	int news;
};

static void listen(void *arg, struct f1p_event *ev)
{
	struct listener *l = arg;
	const char *why = "";

	ev->source_id = 1;
	ev->source_seq = ++l->seq;
	ev->seq = l->seq;
	assert_true(ev->flags & F1P_EVF_SNAPSHOT);
	assert_true(l->kinds & 1u << event_kind(ev));
	assert_true(!l->car || event_car(ev) == l->car);
	if (ingest_check(l->gate, ev, &why) != INGEST_OK) {
		fail_msg("event of type %u: %s", ev->type, why);
	}
	l->news += race_would_change(l->race, ev);
	race_apply(l->race, ev);
}

static struct listener told(const struct f1p_state *st, uint32_t kinds, uint16_t car)
{
	struct listener l = {.race = race_create(), .gate = ingest_create(), .kinds = kinds, .car = car};

	race_retell(st, kinds, car, listen, &l);
	return l;
}

static void finish(struct listener *l)
{
	race_destroy(l->race);
	ingest_destroy(l->gate);
}

/* Laps, stops, weather, messages, a retired car, sectors, speeds: of everything something. */
static struct feed *rich_race(void)
{
	struct feed *f = calloc(1, sizeof(*f));

	f->race = race_create();
	feed_start(f, 4);
	for (uint16_t car = 1; car <= 4; car++) {
		struct f1p_ev_driver d = {.mask = 63, .car = car, .line = car, .colour_rgb = 0x123456, .code = "ABC", .country = "NED",
					  .name = "A Driver", .team = "A Team"};
		struct f1p_ev_car_speed v = {.car = car, .trap = F1P_TRAP_ST, .speed_kmh = 300 + car};
		struct f1p_ev_car_best b = {.car = car, .part = 2, .best_ms = 80000 + car, .lap = 3};

		feed_put(f, &d, F1P_EV_DRIVER, sizeof(d));
		feed_put(f, &v, F1P_EV_CAR_SPEED, sizeof(v));
		feed_put(f, &b, F1P_EV_CAR_BEST, sizeof(b));
		feed_stint(f, car, 0, F1P_TYRE_MEDIUM, 0, 0);
	}
	feed_laps(f, 4, 1, 6);
	feed_gap(f, 2, 1000, 1000);
	feed_pit(f, 3, true);
	feed_stint(f, 3, 1, F1P_TYRE_HARD, 0, 0);
	feed_pit(f, 3, false);
	feed_weather(f, 301, true);
	feed_text(f, 0, "GREEN LIGHT - PIT EXIT OPEN");
	feed_text(f, 1, "CAR 4 (ABC) STOPPED AT TURN 1");
	feed_track(f, F1P_TRACK_SC);
	feed_car_flag(f, 4, F1P_CAR_RETIRED, true);
	feed_car_value(f, F1P_EV_TOP_THREE, 1, 1);
	feed_laps(f, 3, 7, 9);
	return f;
}

static void a_race_told_again_is_the_same_race(void **state)
{
	struct feed *f = rich_race();
	const struct f1p_state *s = race_state(f->race);
	struct listener l = told(s, ALL_KINDS, 0);
	const struct f1p_state *again = race_state(l.race);
	char why[160] = "";

	(void)state;
	if (!race_same_facts(again, s, why, sizeof(why))) {
		fail_msg("%s", why);
	}
	for (size_t i = 0; i < s->n_cars; i++) {
		const struct f1p_car *car = race_car(again, s->cars[i].number);

		for (size_t k = 0; k < s->cars[i].n_laps; k++) {
			assert_int_equal(car->history[k].time_ms, s->cars[i].history[k].time_ms);
		}
	}
	assert_int_equal(race_car(again, 4)->retired, F1P_YES);
	assert_int_equal(again->t_green_ns, feed_ns(0)); /* who comes late learns when it began */
	assert_true(l.news > 50);
	l.news = 0;
	race_retell(s, ALL_KINDS, 0, listen, &l); /* and told a third time it is no news */
	assert_int_equal(l.news, 0);
	finish(&l);
	race_destroy(f->race);
	free(f);
}

static void only_the_kinds_that_were_asked_for(void **state)
{
	struct feed *f = rich_race();

	(void)state;
	for (uint32_t kind = 1; kind < F1P_DATA_KINDS; kind++) {
		struct listener l = told(race_state(f->race), 1u << kind, 0);

		assert_int_equal(l.seq > 0, kind != F1P_DATA_PIT && kind != F1P_DATA_OUTLOOK && kind != F1P_DATA_TELEMETRY &&
						    kind != F1P_DATA_LOCATION);
		finish(&l);
	}
	race_destroy(f->race);
	free(f);
}

static void one_car_alone(void **state)
{
	struct feed *f = rich_race();
	struct listener l = told(race_state(f->race), ALL_KINDS, 3);

	(void)state;
	assert_int_equal(race_state(l.race)->n_cars, 1);
	assert_int_equal(feed_car(&(struct feed){.race = l.race}, 3)->n_stints, 2);
	finish(&l);
	race_destroy(f->race);
	free(f);
}

static void tell_status(struct feed *f, int32_t value, int64_t t_first_start_ns, uint32_t flags)
{
	struct f1p_ev_session_status e = {.value = value, .t_first_start_ns = t_first_start_ns};

	f->flags = flags;
	feed_put(f, &e, F1P_EV_SESSION_STATUS, sizeof(e));
	f->flags = 0;
}

static void the_start_of_a_race_that_is_joined_late_is_taken_once(void **state)
{
	struct feed f = {.race = race_create()};

	(void)state;
	feed_session(&f, 77, F1P_SESSION_RACE);
	feed_at(&f, 3000);
	tell_status(&f, F1P_STATUS_INACTIVE, feed_ns(10), F1P_EVF_SNAPSHOT);
	assert_int_equal(race_state(f.race)->t_green_ns, F1P_UNKNOWN_NS);
	tell_status(&f, F1P_STATUS_ABORTED, feed_ns(3001), F1P_EVF_SNAPSHOT); /* not in the future */
	tell_status(&f, F1P_STATUS_ABORTED, feed_ns(3000 - 86401), F1P_EVF_SNAPSHOT); /* nor of another day */
	tell_status(&f, F1P_STATUS_ABORTED, F1P_UNKNOWN_NS, F1P_EVF_SNAPSHOT);
	assert_int_equal(race_state(f.race)->t_green_ns, F1P_UNKNOWN_NS);
	tell_status(&f, F1P_STATUS_ABORTED, feed_ns(12), F1P_EVF_SNAPSHOT);
	assert_int_equal(race_state(f.race)->t_green_ns, feed_ns(12));
	assert_int_equal(race_state(f.race)->status, F1P_STATUS_ABORTED);
	feed_at(&f, 3600);
	tell_status(&f, F1P_STATUS_STARTED, feed_ns(900), 0); /* a restart is no start */
	assert_int_equal(race_state(f.race)->t_green_ns, feed_ns(12));
	feed_lap(&f, 1, 1, 0);
	feed_lap(&f, 1, 2, 90000);
	assert_int_equal(feed_history(&f, 1, 2)->elapsed_ms, 3588000);
	race_destroy(f.race);
}

static void only_races_have_a_green_light(void **state)
{
	struct feed f = {.race = race_create()};

	(void)state;
	feed_session(&f, 77, F1P_SESSION_QUALIFYING);
	feed_at(&f, 3000);
	tell_status(&f, F1P_STATUS_STARTED, feed_ns(10), F1P_EVF_SNAPSHOT);
	assert_int_equal(race_state(f.race)->t_green_ns, F1P_UNKNOWN_NS);
	race_destroy(f.race);
}

static void an_empty_race_tells_nothing(void **state)
{
	struct race *r = race_create();
	struct listener l = told(race_state(r), ALL_KINDS, 0);

	(void)state;
	assert_int_equal(l.seq, 0);
	assert_true(race_is_empty(race_state(r)));
	finish(&l);
	race_destroy(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_race_told_again_is_the_same_race),
		cmocka_unit_test(only_the_kinds_that_were_asked_for),
		cmocka_unit_test(one_car_alone),
		cmocka_unit_test(the_start_of_a_race_that_is_joined_late_is_taken_once),
		cmocka_unit_test(only_races_have_a_green_light),
		cmocka_unit_test(an_empty_race_tells_nothing),
	};

	return cmocka_run_group_tests_name("race_retell", tests, NULL, NULL);
}
