/* forecaster_prior_test.c - what the past says of the cars stands in the state before anybody forecasts from it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "forecast/forecaster_fixture.h"
#include "forecast/forecaster_internal.h"
#include "forecast/prior.h"

static int asked;
static f1p_status answer;

static f1p_status tell(struct f1p_plugin *p, const struct f1p_state *s, struct f1p_ev_prior *out, uint32_t max, uint32_t *n)
{
	struct brain *b = p->impl;

	asked++;
	b->on_worker = workers_is_worker();
	assert_true(max > s->n_cars);
	if (answer != F1P_OK) {
		return answer;
	}
	out[0] = (struct f1p_ev_prior){.n = 1, .value = {22000}};
	for (uint32_t i = 0; i < s->n_cars; i++) {
		out[i + 1] = (struct f1p_ev_prior){.car = s->cars[i].number, .n = 2, .value = {-100 * (int32_t)i, 40}};
	}
	*n = s->n_cars + 1;
	return F1P_OK;
}

static const struct f1p_priors priors = {sizeof(priors), 0, tell};

static struct bench *open_with_priors(void)
{
	struct bench *t = open_waiting(2);

	asked = 0;
	answer = F1P_OK;
	t->a.inst->priors = &priors;
	cast(t, "abe");
	return t;
}

static void test_priors_come_ahead_of_the_forecasts_and_enter_them(void **state)
{
	struct bench *t = open_with_priors();

	(void)state;
	serve(t, 1);
	assert_int_equal(asked, 1);
	assert_int_equal(t->n, 4 + 1 + 3);
	for (uint16_t i = 0; i < 4; i++) {
		assert_int_equal(t->notes[i].type, F1P_EV_PRIOR);
		assert_int_equal(t->notes[i].instance_id, 10 + i);
	}
	assert_int_equal(t->notes[4].instance_id, 0); /* the race, with the key: last */
	assert_int_equal(t->notes[5].type, F1P_EV_FORECAST);
	assert_int_equal(t->state->prior[0], 22000);
	assert_int_equal(t->state->car_prior[3][0], -300);
	assert_int_equal(t->state->car_prior[3][2], F1P_UNKNOWN);
	assert_int_equal(t->failures, 0);
	close_bench(t);
}

static void test_they_are_asked_for_once_for_a_line_up(void **state)
{
	struct bench *t = open_with_priors();

	(void)state;
	serve(t, 1);
	serve(t, 2);
	assert_int_equal(asked, 1);
	t->state->cars[2].grid = 5; /* the grid is known now */
	serve(t, 3);
	assert_int_equal(asked, 2);
	assert_int_equal(t->notes[t->n - 4].type, F1P_EV_PRIOR); /* only the key: the values are the same */
	assert_int_equal(t->notes[t->n - 5].type, F1P_EV_FORECAST);
	t->state->status = F1P_STATUS_STARTED;
	t->state->cars[2].grid = 6; /* under way nothing new can come of the past */
	serve(t, 4);
	assert_int_equal(asked, 2);
	close_bench(t);
}

static uint32_t told;

static uint32_t season_scores(void *arg, const struct f1p_state *s, struct f1p_member_score *out)
{
	(void)arg;
	assert_int_equal(s->year, 2031);
	if (told)
		out[0] = (struct f1p_member_score){.name = "a", .races = {told, told}};
	return told > 0;
}

/* What the members were worth comes with the priors, and again when it is news. */
static void test_scores_of_the_season_come_with_the_priors(void **state)
{
	struct bench *t = open_with_priors();

	(void)state;
	t->f->ops.member_scores = season_scores;
	told = 0;
	serve(t, 1);
	assert_int_equal(t->notes[0].type, F1P_EV_PRIOR); /* no race is over yet: nothing is told */
	told = 3;
	t->state->cars[2].grid = 5;
	size_t at = t->n;
	serve(t, 2);
	assert_int_equal(t->notes[at].type, F1P_EV_MEMBER_SCORES);
	assert_int_equal(t->state->member_scores[0].races[F1P_SCORE_RACE], 3);
	t->state->cars[2].grid = 6;
	at = t->n;
	serve(t, 3);
	assert_int_equal(t->notes[at].type, F1P_EV_PRIOR);
	close_bench(t);
}

static void test_a_past_that_knows_nothing_is_not_asked_again(void **state)
{
	struct bench *t = open_with_priors();

	(void)state;
	answer = F1P_EUNSUPPORTED;
	serve(t, 1);
	serve(t, 2);
	assert_int_equal(asked, 1);
	assert_int_equal(t->notes[0].type, F1P_EV_PRIOR);
	assert_int_equal(t->notes[0].instance_id, 0);
	assert_int_equal(t->notes[1].type, F1P_EV_FORECAST);
	assert_int_equal(t->state->prior[0], F1P_UNKNOWN);
	assert_int_equal(t->failures, 0);
	close_bench(t);
}

static void test_a_failure_is_reported_and_the_forecast_goes_on_without(void **state)
{
	struct bench *t = open_with_priors();

	(void)state;
	answer = F1P_EIO;
	serve(t, 1);
	assert_int_equal(t->failures, 1);
	assert_int_equal(t->failed_status, F1P_EIO);
	assert_int_equal(t->n, 3);
	assert_int_equal(t->notes[2].published, 1);
	close_bench(t);
}

static void test_the_key_knows_the_line_up_and_not_its_order(void **state)
{
	struct f1p_state *s = calloc(1, sizeof(*s));

	(void)state;
	s->n_cars = 2;
	s->type = F1P_SESSION_RACE;
	s->cars[0].number = 1;
	s->cars[1].number = 44;
	int32_t key = prior_key(s);
	s->cars[0].number = 44;
	s->cars[1].number = 1;
	assert_int_equal(prior_key(s), key);
	s->cars[1].number = 2;
	assert_int_not_equal(prior_key(s), key);
	assert_true(key > 0);
	free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_priors_come_ahead_of_the_forecasts_and_enter_them),
		cmocka_unit_test(test_they_are_asked_for_once_for_a_line_up),
		cmocka_unit_test(test_scores_of_the_season_come_with_the_priors),
		cmocka_unit_test(test_a_past_that_knows_nothing_is_not_asked_again),
		cmocka_unit_test(test_a_failure_is_reported_and_the_forecast_goes_on_without),
		cmocka_unit_test(test_the_key_knows_the_line_up_and_not_its_order),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
