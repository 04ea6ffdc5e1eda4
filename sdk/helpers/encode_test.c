/*
 * encode_test.c - what a reader of our JSON sees: names, units, unknowns, and differences that add up to the whole.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "helpers/encode.h"
#include "helpers/event_size.h"
#include "helpers/json_reader.h"

struct fixture {
	struct f1p_json json;
	struct f1p_state *state, *later;
	char out[262144];
};

static struct f1p_state *empty_state(void)
{
	struct f1p_state *s = calloc(1, sizeof(*s));
	assert_non_null(s);
	s->size = sizeof(*s);
	s->lap = s->total_laps = s->clock_remaining_ms = F1P_UNKNOWN;
	s->gmt_offset_s = s->lap_neutral_start = s->best_ms = F1P_UNKNOWN;
	s->t_start_ns = s->t_end_ns = s->t_track_ns = s->t_green_ns = s->t_clock_ns = F1P_UNKNOWN_NS;
	s->weather.air_temp_dc = s->weather.track_temp_dc = s->weather.humidity_dpct = F1P_UNKNOWN;
	s->weather.pressure_dhpa = s->weather.wind_speed_dms = s->weather.wind_dir_deg = F1P_UNKNOWN;
	s->weather.track_trend_dc = F1P_UNKNOWN;
	s->weather.t_rain_changed_ns = s->weather.t_ns = F1P_UNKNOWN_NS;
	return s;
}

static struct f1p_car *add_car(struct f1p_state *s, uint16_t number, const char *code)
{
	struct f1p_car *car = &s->cars[s->n_cars];
	s->order[s->n_cars] = s->n_cars;
	s->n_cars++;
	car->number = number;
	snprintf(car->code, sizeof(car->code), "%s", code);
	car->position = s->n_cars;
	car->gap_ms = car->interval_ms = car->last_ms = F1P_UNKNOWN;
	car->compound = F1P_TYRE_UNKNOWN;
	return car;
}

static int setup(void **arg)
{
	struct fixture *f = calloc(1, sizeof(*f));
	assert_non_null(f);
	f1p_json_init(&f->json);
	f->state = empty_state();
	f->later = empty_state();
	*arg = f;
	return 0;
}

static int teardown(void **arg)
{
	struct fixture *f = *arg;
	f1p_json_finish(&f->json);
	free(f->state);
	free(f->later);
	free(f);
	return 0;
}

/* Every text that we write must be one well-formed JSON value. */
static const char *text_of(struct fixture *f)
{
	static const struct f1p_json_handler check = {0};
	size_t n = 0;
	char err[128] = "";
	const char *text = f1p_json_text(&f->json, &n);
	assert_non_null(text);
	assert_true(n < sizeof(f->out));
	memcpy(f->out, text, n + 1);
	if (f1p_json_read(&check, NULL, f->out, n, err, sizeof(err)) != F1P_OK) {
		fail_msg("not JSON: %s in %s", err, f->out);
	}
	f1p_json_clear(&f->json);
	return f->out;
}

static void assert_has(const char *text, const char *part)
{
	if (!strstr(text, part)) {
		fail_msg("%s is missing in %s", part, text);
	}
}

static void assert_lacks(const char *text, const char *part)
{
	if (strstr(text, part)) {
		fail_msg("%s should not be in %s", part, text);
	}
}

static void names_are_the_words_of_the_field(void **arg)
{
	(void)arg;
	assert_string_equal(f1p_track_status_name(F1P_TRACK_VSC_ENDING), "vsc_ending");
	assert_string_equal(f1p_compound_name(F1P_TYRE_INTERMEDIATE), "intermediate");
	assert_string_equal(f1p_session_type_name(F1P_SESSION_SPRINT_QUALIFYING), "sprint_qualifying");
	assert_string_equal(f1p_session_status_name(F1P_STATUS_ABORTED), "aborted");
	assert_string_equal(f1p_rc_flag_name(F1P_FLAG_BLACK_AND_WHITE), "black_and_white");
	assert_string_equal(f1p_rc_status_name(F1P_RCS_IN_THIS_LAP), "in_this_lap");
	assert_string_equal(f1p_trigger_name(F1P_TRIGGER_RETIREMENT), "retirement");
	assert_string_equal(f1p_event_type_name(F1P_EV_SOURCE_END), "source_end");
	assert_string_equal(f1p_missing_name(F1P_MISSING_FRESH), "fresh");
	assert_string_equal(f1p_missing_name(F1P_MISSING_NEWS), "news");
}

static void values_outside_an_enum_are_invalid(void **arg)
{
	(void)arg;
	assert_string_equal(f1p_track_status_name(0), "invalid");
	assert_string_equal(f1p_track_status_name(-1), "invalid");
	assert_string_equal(f1p_compound_name(255), "invalid");
	assert_string_equal(f1p_event_type_name(40), "invalid");
	assert_string_equal(f1p_missing_name(3), "invalid");
}

static void every_event_type_has_a_name(void **arg)
{
	(void)arg;
	for (int type = F1P_EV_SESSION; type <= F1P_EV_LAP_RECORD; type++) {
		assert_string_not_equal(f1p_event_type_name(type), "invalid");
	}
	for (int type = F1P_EV_FORECAST; type <= F1P_EV_REVISION; type++) {
		assert_string_not_equal(f1p_event_type_name(type), "invalid");
	}
}

static void times_are_iso_8601(void **arg)
{
	char text[F1P_TIME_TEXT];
	(void)arg;
	assert_true(f1p_time_text(0, text));
	assert_string_equal(text, "1970-01-01T00:00:00.000Z");
	assert_true(f1p_time_text(1716123600123456789, text)); /* date -ud @1716123600 */
	assert_string_equal(text, "2024-05-19T13:00:00.123Z");
	assert_true(f1p_time_text(1709251199999000000, text)); /* the last millisecond of a leap day */
	assert_string_equal(text, "2024-02-29T23:59:59.999Z");
	assert_true(f1p_time_text(-1, text));
	assert_string_equal(text, "1969-12-31T23:59:59.999Z");
	assert_false(f1p_time_text(F1P_UNKNOWN_NS, text));
	assert_string_equal(text, "");
}

static void times_at_the_ends_of_the_range_fit(void **arg)
{
	char text[F1P_TIME_TEXT];
	(void)arg;
	assert_true(f1p_time_text(INT64_MIN + 1, text));
	assert_string_equal(text, "1677-09-21T00:12:43.145Z");
	assert_true(f1p_time_text(INT64_MAX - 1, text));
	assert_string_equal(text, "2262-04-11T23:47:16.854Z");
}

static void empty_state_is_all_null_not_zero(void **arg)
{
	struct fixture *f = *arg;
	f1p_encode_state(&f->json, f->state);
	const char *text = text_of(f);
	assert_has(text, "\"lap\":null");
	assert_has(text, "\"air_temp_c\":null");
	assert_has(text, "\"rain\":null");
	assert_has(text, "\"status\":\"unknown\"");
	assert_has(text, "\"circuit\":null");
	assert_has(text, "\"cars\":[]");
	assert_has(text, "\"simulated\":false");
}

static void state_lists_cars_in_running_order(void **arg)
{
	struct fixture *f = *arg;
	add_car(f->state, 44, "AAA")->position = 2;
	add_car(f->state, 16, "BBB")->position = 1;
	f->state->order[0] = 1;
	f->state->order[1] = 0;
	f1p_encode_state(&f->json, f->state);
	const char *text = text_of(f);
	assert_has(text, "\"order\":[16,44]");
	assert_true(strstr(text, "\"code\":\"BBB\"") < strstr(text, "\"code\":\"AAA\""));
}

static void state_shows_units_and_values(void **arg)
{
	struct fixture *f = *arg;
	struct f1p_car *car = add_car(f->state, 7, "CCC");
	car->colour_rgb = 0x00ff0a;
	car->gap_ms = 12345;
	car->compound = F1P_TYRE_HARD;
	car->in_pit = F1P_YES;
	car->pit_out = F1P_NO;
	car->n_stints = 1;
	car->stints[0] = (struct f1p_stint){.compound = F1P_TYRE_HARD, .is_new = F1P_NO, .total_laps = 12, .start_laps = 3};
	f->state->weather.track_temp_dc = -7;
	f->state->flags = F1P_EVF_SIMULATED;
	f1p_encode_state(&f->json, f->state);
	const char *text = text_of(f);
	assert_has(text, "\"colour\":\"#00ff0a\"");
	assert_has(text, "\"gap_ms\":12345");
	assert_has(text, "\"interval_ms\":null");
	assert_has(text, "\"in_pit\":true,\"pit_out\":false,\"stopped\":null");
	assert_has(text, "\"stints\":[{\"compound\":\"hard\",\"laps\":12,\"age\":3,\"new\":false");
	assert_has(text, "\"track_temp_c\":-0.7");
	assert_has(text, "\"simulated\":true");
}

static void text_without_nul_stays_inside_its_field(void **arg)
{
	struct fixture *f = *arg;
	struct f1p_car *car = add_car(f->state, 7, "");
	memset(car->code, 'X', sizeof(car->code));
	memset(car->country, 'Y', sizeof(car->country));
	f1p_encode_state(&f->json, f->state);
	assert_has(text_of(f), "\"code\":\"XXXXXXXX\"");
}

static void hostile_counts_do_not_read_beyond_the_arrays(void **arg)
{
	struct fixture *f = *arg;
	f->state->n_cars = UINT16_MAX;
	f->state->n_messages = UINT16_MAX;
	f->state->order[3] = UINT16_MAX;
	f->state->cars[0].n_stints = 255;
	f1p_encode_state(&f->json, f->state);
	assert_has(text_of(f), "\"cars\":[");
}

static void equal_states_have_no_changes(void **arg)
{
	struct fixture *f = *arg;
	add_car(f->state, 1, "AAA");
	memcpy(f->later, f->state, sizeof(*f->state));
	f->later->seq = 99;
	f->later->cars[0].t_seen_ns = 5; /* not shown to anyone */
	f1p_json_object(&f->json);
	assert_int_equal(f1p_encode_state_changes(&f->json, f->state, f->later), 0);
	f1p_json_end(&f->json);
	assert_string_equal(text_of(f), "{}");
}

static void changes_hold_only_what_changed(void **arg)
{
	struct fixture *f = *arg;
	add_car(f->state, 1, "AAA");
	add_car(f->state, 2, "BBB");
	memcpy(f->later, f->state, sizeof(*f->state));
	f->later->cars[1].gap_ms = 900;
	f->later->lap = 5;
	f1p_json_object(&f->json);
	assert_int_equal(f1p_encode_state_changes(&f->json, f->state, f->later), 2);
	f1p_json_end(&f->json);
	assert_string_equal(text_of(f), "{\"lap\":5,\"cars\":[{\"number\":2,\"gap_ms\":900}]}");
}

static void a_new_car_and_a_new_order_are_changes(void **arg)
{
	struct fixture *f = *arg;
	add_car(f->state, 1, "AAA");
	memcpy(f->later, f->state, sizeof(*f->state));
	add_car(f->later, 2, "BBB");
	f->later->order[0] = 1;
	f->later->order[1] = 0;
	f1p_json_object(&f->json);
	assert_int_equal(f1p_encode_state_changes(&f->json, f->state, f->later), 2);
	f1p_json_end(&f->json);
	const char *text = text_of(f);
	assert_has(text, "\"order\":[2,1]");
	assert_has(text, "{\"number\":2,\"code\":\"BBB\"");
	assert_lacks(text, "\"number\":1,");
}

static struct f1p_forecast forecast_of_two(void)
{
	struct f1p_forecast fc = {.size = sizeof(fc),
		.n_cars = 2,
		.seed = UINT64_MAX,
		.runs = 10000,
		.confidence = 0.25,
		.trend = F1P_TREND_RISING,
		.missing = F1P_MISSING_GRID | F1P_MISSING_MEMBER};
	snprintf(fc.model, sizeof(fc.model), "midrace");
	fc.cars[0] =
		(struct f1p_car_forecast){.car = 1, .q05 = 1, .q95 = 2, .p_win = 0.25, .p_podium = 1, .expected_position = 1.75};
	fc.cars[1] =
		(struct f1p_car_forecast){.car = 2, .q05 = 1, .q95 = 2, .p_win = 0.75, .p_podium = 1, .expected_position = 1.25};
	fc.cars[0].p_position[0] = 0.25;
	fc.cars[0].p_position[1] = 0.75;
	return fc;
}

static void forecast_names_what_is_missing_and_who_leads(void **arg)
{
	struct fixture *f = *arg;
	struct f1p_forecast fc = forecast_of_two();
	add_car(f->state, 1, "AAA");
	add_car(f->state, 2, "BBB");
	f->state->lap = 30;
	f1p_encode_forecast(&f->json, &fc, f->state);
	const char *text = text_of(f);
	assert_has(text, "\"seed\":\"18446744073709551615\"");
	assert_has(text, "\"lap\":30");
	assert_has(text, "\"trend\":\"rising\"");
	assert_has(text, "\"missing\":[\"grid\",\"member\"]");
	assert_has(text, "\"top3\":[{\"number\":2,\"code\":\"BBB\",\"p_podium\":1.00000,\"p_win\":0.75000}");
	assert_has(text, "\"positions\":[0.25000,0.75000]");
	assert_has(text, "\"q05\":1,\"q25\":null");
}

static void a_gap_is_told_by_its_quantiles(void **arg)
{
	struct fixture *f = *arg;
	struct f1p_forecast fc = forecast_of_two();
	fc.cars[0].gap_given = 1;
	memcpy(fc.cars[0].gap_ms, (int32_t[]){0, 1500, 20250, F1P_UNKNOWN, F1P_UNKNOWN}, sizeof(fc.cars[0].gap_ms));
	fc.cars[1].gap_ms[F1P_GAP_Q50] = 1; /* never said to be given */
	f1p_encode_forecast(&f->json, &fc, NULL);
	const char *text = text_of(f);
	assert_has(text, "\"q95\":2,\"gap_ms\":[0,1500,20250,null,null],\"positions\":[0.25000,");
	assert_has(text, "\"q95\":2,\"gap_ms\":null,\"positions\":[0.00000,");
}

static void a_gap_that_is_neither_given_nor_not_is_not_told(void **arg)
{
	struct fixture *f = *arg;
	struct f1p_forecast fc = forecast_of_two();
	fc.cars[0].gap_given = fc.cars[1].gap_given = 2;
	f1p_encode_forecast(&f->json, &fc, NULL);
	assert_lacks(text_of(f), "\"gap_ms\":[");
}

static void cards_of_a_decided_race_follow_the_places(void **arg)
{
	struct fixture *f = *arg;
	struct f1p_forecast fc = forecast_of_two();
	for (int i = 0; i < 2; i++) {
		fc.cars[i].p_podium = 1;
		fc.cars[i].p_win = 0; /* a third car, not here, has won */
		fc.cars[i].expected_position = 3 - i;
	}
	f1p_encode_forecast(&f->json, &fc, NULL);
	assert_has(text_of(f), "\"top3\":[{\"number\":2,");
}

static void forecast_without_state_has_no_codes(void **arg)
{
	struct fixture *f = *arg;
	struct f1p_forecast fc = forecast_of_two();
	f1p_encode_forecast(&f->json, &fc, NULL);
	const char *text = text_of(f);
	assert_has(text, "{\"number\":1,\"code\":null");
	assert_has(text, "\"lap\":null");
}

static void forecast_event_cut_short_is_not_read(void **arg)
{
	struct fixture *f = *arg;
	struct f1p_ev_forecast ev = {.h = {.space = F1P_SPACE_CORE, .type = F1P_EV_FORECAST}};
	ev.forecast = forecast_of_two();
	ev.h.size = (uint32_t)(offsetof(struct f1p_ev_forecast, forecast) + offsetof(struct f1p_forecast, cars) +
			       2 * sizeof(struct f1p_car_forecast));
	assert_true(f1p_forecast_event_valid(&ev));
	ev.h.size -= 8;
	assert_false(f1p_forecast_event_valid(&ev));
	f1p_encode_event(&f->json, &ev.h);
	assert_lacks(text_of(f), "\"forecast\":{");
	ev.forecast.n_cars = F1P_MAX_CARS + 1;
	ev.h.size = sizeof(ev);
	assert_false(f1p_forecast_event_valid(&ev));
}

static void masked_event_shows_only_its_fields(void **arg)
{
	struct fixture *f = *arg;
	struct f1p_ev_car_lap ev = {.h = {.size = sizeof(ev), .type = F1P_EV_CAR_LAP, .seq = 12, .source_id = 3},
		.mask = F1P_LAP_LAST | F1P_LAP_LAST_OVERALL,
		.car = 81,
		.last_ms = 78901,
		.last_overall = F1P_YES};
	f1p_encode_event(&f->json, &ev.h);
	const char *text = text_of(f);
	assert_has(text, "{\"type\":\"car_lap\",\"seq\":12,\"source_id\":3");
	assert_has(text, "\"car\":81,\"last_ms\":78901,\"last_overall\":true}");
	assert_lacks(text, "best_ms");
}

static void a_gap_says_what_is_missing_and_a_correction_what_it_was(void **arg)
{
	struct fixture *f = *arg;
	struct f1p_ev_gap gap = {.h = {.size = sizeof(gap), .type = F1P_EV_GAP},
		.id = 4,
		.kind = F1P_DATA_LAPS,
		.t_from_ns = 0,
		.t_to_ns = F1P_UNKNOWN_NS,
		.how = F1P_GAP_LOST,
		.car = 44,
		.first_lap = 12,
		.last_lap = 13,
		.source = "source-live"};
	struct f1p_ev_revision revision = {.h = {.size = sizeof(revision), .type = F1P_EV_REVISION},
		.field = F1P_REVISED_LAP_TIME,
		.car = 44,
		.lap = 12,
		.old_value = 91000,
		.new_value = F1P_UNKNOWN};

	f1p_encode_event(&f->json, &gap.h);
	assert_has(text_of(f), "\"id\":4,\"kind\":\"laps\",\"source\":\"source-live\",\"from\":\"1970-01-01T00:00:00.000Z\",\"to\":null,"
			       "\"how\":\"lost\",\"filled_by\":null,\"car\":44,\"first_lap\":12,\"last_lap\":13");
	f1p_encode_event(&f->json, &revision.h);
	assert_has(text_of(f), "\"field\":\"lap_time\",\"car\":44,\"lap\":12,\"old\":91000,\"new\":null");
}

static void an_outlook_shows_only_what_the_service_gave(void **arg)
{
	struct fixture *f = *arg;
	struct f1p_ev_outlook o = {.h = {.size = sizeof(o), .type = F1P_EV_OUTLOOK}, .n_steps = 99, .provider = "Some Service"};

	for (size_t i = 0; i < F1P_OUTLOOK_STEPS; i++)
		o.steps[i] = (struct f1p_outlook_step){.step_s = 900, .mask = F1P_OUTLOOK_RAIN, .rain_um = 1250};
	f1p_encode_event(&f->json, &o.h);
	const char *text = text_of(f);
	assert_has(text, "\"provider\":\"Some Service\"");
	assert_has(text, "\"length_s\":900,\"rain_mm\":1.25}");
	assert_lacks(text, "air_temp_c");
}

static void short_and_foreign_events_are_header_only(void **arg)
{
	struct fixture *f = *arg;
	struct f1p_event ev = {.size = sizeof(ev), .type = F1P_EV_CAR_LAP};
	f1p_encode_event(&f->json, &ev);
	assert_lacks(text_of(f), "\"car\"");
	ev.space = 2000;
	f1p_encode_event(&f->json, &ev);
	assert_has(text_of(f), "\"space\":2000,\"type\":11,\"size\":48");
}

/* Every type with a record full of 0xff and of 0x01: the text must stay well-formed. */
static void any_bytes_give_well_formed_json(void **arg)
{
	struct fixture *f = *arg;
	static const uint8_t fills[] = {0x00, 0x01, 0x7f, 0x80, 0xff};
	struct f1p_ev_forecast *ev = malloc(sizeof(*ev));
	assert_non_null(ev);
	for (size_t k = 0; k < sizeof(fills); k++) {
		for (uint16_t type = 0; type < 80; type++) {
			memset(ev, fills[k], sizeof(*ev));
			ev->h.size = sizeof(*ev);
			ev->h.space = F1P_SPACE_CORE;
			ev->h.type = type;
			f1p_encode_event(&f->json, &ev->h);
			assert_true(strlen(text_of(f)) > 2);
		}
	}
	free(ev);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

static void encode_sized(struct f1p_json *j, struct f1p_event *e, uint32_t size)
{
	e->size = size;
	f1p_json_clear(j);
	f1p_encode_event(j, e);
}

static void an_event_shorter_than_its_type_is_its_header(void **state)
{
	static uint64_t block[F1P_EVENT_MAX / 8];
	struct f1p_event *e = (struct f1p_event *)block;
	struct f1p_json cut, bare, whole;
	uint32_t with_content = 0;

	(void)state;
	f1p_json_init(&cut);
	f1p_json_init(&bare);
	f1p_json_init(&whole);
	for (uint16_t type = 1; type <= F1P_EV_INSIGHTS; type++) {
		uint32_t least = f1p_event_least_size(type);

		assert_in_range(least, sizeof(*e), F1P_EVENT_MAX);
		e->type = type;
		if (least > sizeof(*e)) {
			encode_sized(&cut, e, least - 1);
			encode_sized(&bare, e, sizeof(*e));
			encode_sized(&whole, e, least);
			assert_string_equal(f1p_json_text(&cut, NULL), f1p_json_text(&bare, NULL));
			with_content += strlen(f1p_json_text(&whole, NULL)) > strlen(f1p_json_text(&bare, NULL));
		}
	}
	assert_in_range(with_content, 25, 40); /* masked ones say nothing here */
	assert_int_equal(f1p_event_least_size(60000), sizeof(*e));
	f1p_json_finish(&cut);
	f1p_json_finish(&bare);
	f1p_json_finish(&whole);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(an_event_shorter_than_its_type_is_its_header),
		T(names_are_the_words_of_the_field),
		T(values_outside_an_enum_are_invalid),
		T(every_event_type_has_a_name),
		T(a_gap_says_what_is_missing_and_a_correction_what_it_was),
		T(an_outlook_shows_only_what_the_service_gave),
		T(times_are_iso_8601),
		T(times_at_the_ends_of_the_range_fit),
		T(empty_state_is_all_null_not_zero),
		T(state_lists_cars_in_running_order),
		T(state_shows_units_and_values),
		T(text_without_nul_stays_inside_its_field),
		T(hostile_counts_do_not_read_beyond_the_arrays),
		T(equal_states_have_no_changes),
		T(changes_hold_only_what_changed),
		T(a_new_car_and_a_new_order_are_changes),
		T(forecast_names_what_is_missing_and_who_leads),
		T(a_gap_is_told_by_its_quantiles),
		T(a_gap_that_is_neither_given_nor_not_is_not_told),
		T(cards_of_a_decided_race_follow_the_places),
		T(forecast_without_state_has_no_codes),
		T(forecast_event_cut_short_is_not_read),
		T(masked_event_shows_only_its_fields),
		T(short_and_foreign_events_are_header_only),
		T(any_bytes_give_well_formed_json),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
