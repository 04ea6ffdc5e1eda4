/* insights_parts_test.c - places, losses, rejoins, passes and stops on races whose answer is known. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "helpers/rng.h"
#include "insights_fixture.h"
#include "measure.h"
#include "overtake.h"

#include <math.h>

/* ---- area under the curve ---- */

static void test_auc_knows_order_ties_and_one_sidedness(void **state)
{
	const float score[] = {1, 2, 3, 4}, good[] = {0, 0, 1, 1}, bad[] = {1, 1, 0, 0}, mixed[] = {0, 1, 0, 1}, ones[] = {1, 1, 1, 1};
	const float same[] = {7, 7, 7, 7};

	(void)state;
	assert_true(rows_auc(score, good, 4) == 1.0);
	assert_true(rows_auc(score, bad, 4) == 0.0);
	assert_true(rows_auc(score, mixed, 4) == 0.75);
	assert_true(rows_auc(same, mixed, 4) == 0.5);
	assert_true(isnan(rows_auc(score, ones, 4)));
}

/* ---- the field at a line ---- */

static void test_the_field_is_in_order_of_the_line_not_of_the_list(void **state)
{
	struct f1p_state *s = timed_race(4, 10, 50, 2000);
	struct field f;

	(void)state;
	timed_stop(&s->cars[0], 6, 4000, 18000);
	field_at(&f, s, 5);
	assert_int_equal(f.car[0], 0);
	field_at(&f, s, 8);
	assert_int_equal(f.n, 4);
	assert_int_equal(f.car[0], 1);
	assert_int_equal(f.car[3], 0);
	assert_int_equal(field_place(&f, 0), 3);
	assert_true(fabs(f.end_s[3] - f.end_s[0] - 20) < 1e-9);
	s->cars[2].n_laps = 7; /* has stopped on track */
	field_at(&f, s, 8);
	assert_int_equal(f.n, 3);
	assert_int_equal(field_place(&f, 2), 3); /* not in it */
	free(s);
}

/* ---- pit loss ---- */

static void test_the_loss_leans_on_the_prior_until_stops_are_seen(void **state)
{
	struct f1p_state *s = timed_race(10, 30, 50, 3000);
	struct pit_loss p;

	(void)state;
	s->prior[F1P_PRIOR_PIT_LOSS] = 20000;
	pit_loss_at(&p, s, 30);
	assert_int_equal(p.stops, 0);
	assert_true(fabs(p.total_s - 20) < 1e-9);
	for (uint32_t i = 0; i < 9; i++) {
		timed_stop(&s->cars[i], 10 + (int32_t)i, 5000, 21000);
	}
	pit_loss_at(&p, s, 30);
	assert_int_equal(p.stops, 8);
	assert_true(fabs(p.total_s - (3 * 20 + 8 * 26) / 11.0) < 1e-6);
	assert_true(fabs(p.after_s - (3 * 20 * 0.82 + 8 * 21) / 11.0) < 1e-6);
	pit_loss_at(&p, s, 10); /* the first stop's out-lap is still to come */
	assert_int_equal(p.stops, 0);
	free(s);
}

/* ---- rejoin ---- */

static struct rejoin_case spread(uint32_t rivals, double first_behind_s, double step_s)
{
	struct rejoin_case c = {.n = rivals, .loss_s = 20, .loss_sd_s = 0.3, .rival_loss_s = 20, .noise_s = 0.3};

	for (uint32_t i = 0; i < rivals; i++) {
		c.rivals[i].ahead_s = -(first_behind_s + step_s * i);
	}
	return c;
}

static double sum_of(const double *p, uint32_t n)
{
	double sum = 0;

	for (uint32_t k = 0; k < n; k++) {
		sum += p[k];
	}
	return sum;
}

static void test_rejoin_counts_those_within_the_loss(void **state)
{
	struct rejoin_case c = spread(4, 5, 10); /* 5, 15, 25, 35 s behind: two pass */
	double p[F1P_MAX_CARS + 1];

	(void)state;
	rejoin_distribution(&c, p);
	assert_true(fabs(sum_of(p, 5) - 1) < 1e-9);
	assert_true(p[2] > 0.85);
	assert_true(p[3] > 0.02); /* a slow stop lets the third by */
	c.rivals[0].p_stop = c.rivals[1].p_stop = 1; /* they come in as well */
	rejoin_distribution(&c, p);
	assert_true(p[0] > 0.85);
}

static void test_nobody_else_and_everybody_ahead(void **state)
{
	struct rejoin_case c = spread(0, 1, 1);
	double p[F1P_MAX_CARS + 1];

	(void)state;
	rejoin_distribution(&c, p);
	assert_true(fabs(p[0] - 1) < 1e-9);
	c = spread(31, -40, -5);
	rejoin_distribution(&c, p);
	assert_true(p[31] > 0.999);
	assert_true(fabs(sum_of(p, 32) - 1) < 1e-9);
}

static void test_measured_on_a_race_that_goes_as_foretold(void **state)
{
	struct f1p_state *s = timed_race(10, 40, 50, 6000);
	struct stop_hazard h;
	struct rejoin_score score = {0};

	(void)state;
	s->prior[F1P_PRIOR_PIT_LOSS] = 22000;
	stop_hazard_init(&h);
	for (uint32_t i = 0; i < 5; i++) {
		timed_stop(&s->cars[i], 15 + 3 * (int32_t)i, 4000, 18000);
	}
	rejoin_measure(&score, s, &h);
	assert_int_equal(score.stops, 5);
	assert_int_equal(score.before_within_1, 5);
	assert_int_equal(score.line_within_1, 5);
	stop_hazard_finish(&h);
	free(s);
}

/* ---- passes ---- */

static double chance_within(const struct f1p_state *s, uint32_t place, int horizon)
{
	struct overtake o;
	struct field f;
	double p[OVERTAKE_HORIZONS];

	overtake_init(&o);
	field_at(&f, s, s->cars[0].n_laps);
	overtake_chances(&o, s, &f, place, p);
	overtake_finish(&o);
	return p[horizon];
}

static void test_untaught_a_closer_and_faster_car_is_likelier_to_pass(void **state)
{
	struct f1p_state *near = timed_race(2, 20, 50, 400), *far = timed_race(2, 20, 50, 2500);

	(void)state;
	assert_true(chance_within(near, 1, 0) > chance_within(far, 1, 0));
	assert_true(chance_within(near, 1, 1) > chance_within(near, 1, 0));
	double usual = chance_within(near, 1, 0);
	for (int32_t lap = 18; lap <= 20; lap++) {
		near->cars[1].history[lap - 1].time_ms -= 1000;
	}
	assert_true(chance_within(near, 1, 0) > usual);
	usual = chance_within(near, 1, 0);
	near->prior[F1P_PRIOR_OVERTAKING] = -1500; /* a circuit where nobody passes */
	assert_true(chance_within(near, 1, 0) < usual);
	free(near);
	free(far);
}

/* The later car of the pair is ahead on even laps if its tyres are fresh, and never otherwise. */
static void run_pair(struct f1p_state *s, uint32_t later, bool fresh)
{
	for (int32_t lap = 1; lap <= s->cars[later].n_laps; lap++) {
		struct f1p_lap *a = &s->cars[later].history[lap - 1], *d = &s->cars[later - 1].history[lap - 1];
		a->elapsed_ms = d->elapsed_ms + (fresh && lap % 2 == 0 ? -800 : 800);
		a->tyre_age = fresh ? 2 : 20;
		d->tyre_age = 20;
	}
}

static void test_taught_it_finds_what_makes_a_pass(void **state)
{
	struct overtake o, again;
	struct f1p_rng r;
	struct field f;
	double stale[OVERTAKE_HORIZONS], fresh[OVERTAKE_HORIZONS], loaded[OVERTAKE_HORIZONS];

	(void)state;
	overtake_init(&o);
	f1p_rng_seed(&r, 4, 1);
	for (int race = 0; race < 20; race++) {
		struct f1p_state *s = timed_race(12, 40, 40, 30000);
		for (uint32_t i = 1; i < 12; i += 2) {
			run_pair(s, i, f1p_rng_chance(&r, 0.5));
		}
		assert_true(overtake_learn(&o, s));
		free(s);
	}
	assert_true(overtake_fit(&o));
	struct f1p_state *s = timed_race(2, 19, 40, 800);
	run_pair(s, 1, false);
	field_at(&f, s, 19);
	overtake_chances(&o, s, &f, 1, stale);
	run_pair(s, 1, true);
	field_at(&f, s, 19);
	overtake_chances(&o, s, &f, 1, fresh);
	assert_true(stale[0] < 0.1);
	assert_true(fresh[0] > 0.8);
	assert_true(fresh[1] >= fresh[0] && fresh[2] >= fresh[1]);
	struct params *file = params_create();
	assert_true(overtake_save(&o, file));
	overtake_init(&again);
	overtake_load(&again, file);
	overtake_chances(&again, s, &f, 1, loaded);
	assert_true(loaded[0] == fresh[0] && loaded[2] == fresh[2]);
	params_destroy(file);
	overtake_finish(&again);
	overtake_finish(&o);
	free(s);
}

static void test_a_stop_is_no_pass(void **state)
{
	struct f1p_state *s = timed_race(2, 20, 40, 1000);
	struct overtake o;

	(void)state;
	overtake_init(&o);
	timed_stop(&s->cars[0], 10, 4000, 18000);
	assert_true(overtake_learn(&o, s));
	for (size_t i = 0; i < o.rows[0].n; i++) {
		assert_true(o.rows[0].y[i] == 0.0f);
	}
	assert_true(o.rows[0].n > 0);
	overtake_finish(&o);
	free(s);
}

/* ---- stops ---- */

/* Everybody stops on lap 20, or as soon as a safety car is out. */
static void test_taught_it_knows_when_cars_stop(void **state)
{
	struct stop_hazard h;
	struct track_by_lap green = {{0}}, sc = {{0}};

	(void)state;
	stop_hazard_init(&h);
	sc.status[9] = sc.status[10] = F1P_TRACK_SC;
	for (int race = 0; race < 20; race++) {
		struct f1p_state *s = timed_race(20, 40, 40, 2000);
		bool neutral = race % 2;
		for (uint32_t i = 0; i < 20; i++) {
			if (neutral) {
				s->cars[i].history[9].flags |= F1P_LAPF_NEUTRAL;
				s->cars[i].history[10].flags |= F1P_LAPF_NEUTRAL;
			}
			timed_stop(&s->cars[i], neutral ? 10 : 20, 4000, 18000);
		}
		assert_true(stop_hazard_learn(&h, s, neutral ? &sc : &green));
		free(s);
	}
	assert_true(stop_hazard_fit(&h));
	struct f1p_state *s = timed_race(20, 19, 40, 2000);
	struct field f;
	field_at(&f, s, 19);
	assert_true(stop_chance(&h, s, &f, 3, F1P_TRACK_CLEAR, F1P_TRACK_CLEAR, 22) > 0.8);
	field_at(&f, s, 14);
	assert_true(stop_chance(&h, s, &f, 3, F1P_TRACK_CLEAR, F1P_TRACK_CLEAR, 22) < 0.1);
	field_at(&f, s, 9);
	assert_true(stop_chance(&h, s, &f, 3, F1P_TRACK_SC, F1P_TRACK_CLEAR, 22) > 0.8);
	assert_true(stop_chance(&h, s, &f, 3, F1P_TRACK_CLEAR, F1P_TRACK_CLEAR, 22) < 0.1);
	free(s);
	stop_hazard_finish(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_auc_knows_order_ties_and_one_sidedness),
		cmocka_unit_test(test_the_field_is_in_order_of_the_line_not_of_the_list),
		cmocka_unit_test(test_the_loss_leans_on_the_prior_until_stops_are_seen),
		cmocka_unit_test(test_rejoin_counts_those_within_the_loss),
		cmocka_unit_test(test_nobody_else_and_everybody_ahead),
		cmocka_unit_test(test_measured_on_a_race_that_goes_as_foretold),
		cmocka_unit_test(test_untaught_a_closer_and_faster_car_is_likelier_to_pass),
		cmocka_unit_test(test_taught_it_finds_what_makes_a_pass),
		cmocka_unit_test(test_a_stop_is_no_pass),
		cmocka_unit_test(test_taught_it_knows_when_cars_stop),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
