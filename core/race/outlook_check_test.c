/*
 * outlook_check_test.c - the weather that is measured judges the forecast of it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "race/race_fixture.h"

#define STEP_S 900
#define ALL (F1P_OUTLOOK_RAIN_PROBABILITY | F1P_OUTLOOK_RAIN | F1P_OUTLOOK_AIR)

static uint16_t confidence(struct feed *f)
{
	return race_state(f->race)->origins[F1P_DATA_OUTLOOK].confidence;
}

/* Four quarters of an hour from second 0 on, all alike; told by source 2. */
static void forecast(struct feed *f, uint32_t mask, int32_t chance_pct, int32_t rain_um, int32_t air_dc)
{
	struct f1p_ev_outlook e = {.h = {.size = sizeof(e), .type = F1P_EV_OUTLOOK, .source_id = 2, .seq = ++f->seq,
					 .t_event_ns = feed_ns(f->at_s)}, .n_steps = 4};

	for (uint32_t i = 0; i < e.n_steps; i++) {
		e.steps[i] = (struct f1p_outlook_step){.t_ns = feed_ns(STEP_S * (i + 1)), .step_s = STEP_S, .mask = mask,
						       .rain_probability_pct = chance_pct, .rain_um = rain_um, .air_temp_dc = air_dc};
	}
	race_apply(f->race, &e.h);
}

static void measure(struct feed *f, uint32_t source_id, int32_t air_dc, bool rain)
{
	struct f1p_ev_weather e = {.h = {.size = sizeof(e), .type = F1P_EV_WEATHER, .source_id = source_id, .seq = ++f->seq,
					 .t_event_ns = feed_ns(f->at_s)}, .mask = F1P_WX_AIR | F1P_WX_RAIN, .air_temp_dc = air_dc,
				   .rain = rain ? F1P_YES : F1P_NO};

	race_apply(f->race, &e.h);
}

struct judged {
	uint32_t mask;
	int32_t chance_pct, rain_um, air_dc;
	bool rain;
	int32_t measured_dc;
	bool contradicted;
};

static void strong_contradictions_lower_the_confidence(void **state)
{
	static const struct judged cases[] = {
		{ALL, 0, 0, 200, false, 201, false},   {ALL, 5, 0, 200, true, 201, true},    {ALL, 40, 0, 200, true, 201, false},
		{ALL, 5, 100, 200, true, 201, false},  {ALL, 95, 300, 200, false, 201, true}, {ALL, 95, 50, 200, false, 201, false},
		{ALL, 60, 300, 200, false, 201, false}, {ALL, 0, 0, 200, false, 280, true},   {ALL, 0, 0, 200, false, 279, false},
		{ALL, 0, 0, 200, false, 120, true},    {F1P_OUTLOOK_AIR, 0, 0, 200, true, 200, false},
		{F1P_OUTLOOK_RAIN, 0, 0, 0, true, 900, true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct judged *c = &cases[i];
		struct feed f = {.race = race_create(), .at_s = 10};

		forecast(&f, c->mask, c->chance_pct, c->rain_um, c->air_dc);
		assert_int_equal(confidence(&f), 1000);
		f.at_s = 1000;
		measure(&f, 1, c->measured_dc, c->rain);
		if ((confidence(&f) < 1000) != c->contradicted) {
			fail_msg("case %zu: confidence %u", i, confidence(&f));
		}
		measure(&f, 1, c->mask & F1P_OUTLOOK_AIR ? c->air_dc : 0, c->rain_um > 0); /* agreed again */
		assert_int_equal(confidence(&f), 1000);
		race_destroy(f.race);
	}
}

static void a_new_forecast_is_judged_by_what_is_known(void **state)
{
	struct feed f = {.race = race_create(), .at_s = 10};

	(void)state;
	measure(&f, 1, 200, true);
	forecast(&f, ALL, 0, 0, 200);
	assert_true(confidence(&f) < 1000);
	forecast(&f, ALL, 80, 900, 200);
	assert_int_equal(confidence(&f), 1000);
	race_destroy(f.race);
}

static void only_the_time_of_the_forecast_and_another_source_count(void **state)
{
	struct feed f = {.race = race_create(), .at_s = 10};

	(void)state;
	forecast(&f, ALL, 0, 0, 200);
	measure(&f, 2, 200, true); /* the service's own present weather */
	assert_int_equal(confidence(&f), 1000);
	f.at_s = 4 * STEP_S + 1; /* behind the last step */
	measure(&f, 1, 200, true);
	assert_int_equal(confidence(&f), 1000);
	race_destroy(f.race);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(strong_contradictions_lower_the_confidence),
		cmocka_unit_test(a_new_forecast_is_judged_by_what_is_known),
		cmocka_unit_test(only_the_time_of_the_forecast_and_another_source_count),
	};

	return cmocka_run_group_tests_name("outlook_check", tests, NULL, NULL);
}
