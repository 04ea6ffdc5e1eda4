/* weather_answers_test.c - what is made of good answers, and of every bad one. */
#include "answers_fixture.h"

#include "provider.h"

static bool read_outlook(const struct provider *p, const char *body, size_t n, struct forecast *f, struct f1p_ev_outlook *e)
{
	forecast_init(f);
	p->read(f, body, n);
	return !f->fault[0] && forecast_outlook(f, p->name, NOON_S * SEC_NS, e);
}

/* What the host would refuse. */
static void assert_valid(const struct f1p_ev_outlook *e, const struct f1p_ev_weather *w)
{
	assert_in_range(e->n_steps, 1, F1P_OUTLOOK_STEPS);
	for (uint32_t i = 0; i < e->n_steps; i++) {
		const struct f1p_outlook_step *s = &e->steps[i];
		assert_true(s->t_ns > e->h.t_event_ns);
		assert_true(s->step_s == 900 || s->step_s == 3600);
		assert_true(i == 0 || s->t_ns > e->steps[i - 1].t_ns);
		assert_in_range(s->rain_probability_pct, 0, 100);
		assert_in_range(s->rain_um, 0, 500000);
		assert_true(s->air_temp_dc >= -600 && s->air_temp_dc <= 600);
		assert_in_range(s->wind_speed_dms, 0, 1200);
		assert_true(s->wind_dir_deg == F1P_UNKNOWN || (s->wind_dir_deg >= 0 && s->wind_dir_deg <= 360));
		assert_in_range(s->cloud_pct, 0, 100);
		assert_true(s->mask != 0 && s->mask < 32);
	}
	if (w->mask)
		assert_true(w->air_temp_dc >= -600 && w->air_temp_dc <= 600 && w->rain >= F1P_TRI_UNKNOWN && w->rain <= F1P_YES);
}

static void quarters_until_a_full_hour_then_hours(void **state)
{
	char *body = open_meteo_answer(NOON_S + 7 * 60, 0.25);
	struct forecast f;
	struct f1p_ev_outlook e;
	struct f1p_ev_weather w;

	(void)state;
	forecast_init(&f);
	open_meteo.read(&f, body, strlen(body));
	assert_string_equal(f.fault, "");
	assert_string_equal(f.doubt, "");
	assert_int_equal(f.bad_values, 0);
	assert_true(forecast_outlook(&f, "Open-Meteo", (NOON_S + 7 * 60) * SEC_NS, &e));
	assert_true(forecast_weather(&f, (NOON_S + 7 * 60) * SEC_NS, &w));
	assert_valid(&e, &w);
	assert_int_equal(e.n_steps, 8 + 15); /* to 14:00, then to 05:00 */
	for (uint32_t i = 0; i < 8; i++) {
		assert_true(e.steps[i].t_ns == (NOON_S + 900 * (1 + (int64_t)i)) * SEC_NS);
		assert_int_equal(e.steps[i].step_s, 900);
		assert_int_equal(e.steps[i].rain_um, 250);
		assert_int_equal(e.steps[i].air_temp_dc, 211 + (int32_t)i);
		assert_int_equal(e.steps[i].wind_speed_dms, 20);
		assert_int_equal(e.steps[i].wind_dir_deg, 181 + (int32_t)i);
		assert_int_equal(e.steps[i].rain_probability_pct, i < 4 ? 1 : 2); /* of its hour */
		assert_false(e.steps[i].mask & F1P_OUTLOOK_CLOUD);
	}
	for (uint32_t i = 8; i < e.n_steps; i++) {
		assert_true(e.steps[i].t_ns == (NOON_S + 3600 * ((int64_t)i - 5)) * SEC_NS);
		assert_int_equal(e.steps[i].step_s, 3600);
		assert_int_equal(e.steps[i].rain_um, 1000);
		assert_int_equal(e.steps[i].rain_probability_pct, (int32_t)i - 5);
		assert_int_equal(e.steps[i].cloud_pct, 55);
	}
	assert_int_equal(w.air_temp_dc, 234);
	assert_int_equal(w.humidity_dpct, 410);
	assert_int_equal(w.pressure_dhpa, 9987);
	assert_int_equal(w.wind_speed_dms, 33);
	assert_int_equal(w.wind_dir_deg, 270);
	assert_int_equal(w.rain, F1P_YES);
	assert_false(w.mask & F1P_WX_TRACK);
	free(body);
}

/* Whatever the minute, the steps neither overlap nor leave a hole. */
static void steps_join_at_any_minute(void **state)
{
	(void)state;
	for (int64_t now = NOON_S; now < NOON_S + 3600; now += 60) {
		char *body = open_meteo_answer(now, 0);
		struct forecast f;
		struct f1p_ev_outlook e;
		forecast_init(&f);
		open_meteo.read(&f, body, strlen(body));
		assert_true(forecast_outlook(&f, "x", now * SEC_NS, &e));
		assert_true(e.n_steps >= 8 + 6);
		assert_true(e.steps[0].t_ns - e.steps[0].step_s * SEC_NS <= now * SEC_NS);
		for (uint32_t i = 1; i < e.n_steps; i++)
			assert_true(e.steps[i].t_ns - e.steps[i].step_s * SEC_NS == e.steps[i - 1].t_ns);
		free(body);
	}
}

static void minutes_become_quarters(void **state)
{
	char *body = open_weather_answer(NOON_S);
	struct forecast f;
	struct f1p_ev_outlook e;
	struct f1p_ev_weather w;

	(void)state;
	assert_true(read_outlook(&open_weather, body, strlen(body), &f, &e));
	assert_int_equal(f.bad_values, 0);
	assert_string_equal(f.doubt, "");
	assert_true(forecast_weather(&f, NOON_S * SEC_NS, &w));
	assert_valid(&e, &w);
	assert_int_equal(e.n_steps, 4 + 11); /* quarters to 13:00, hours to 24:00 */
	assert_int_equal(e.steps[0].rain_um, 0);
	assert_int_equal(e.steps[1].rain_um, 0);
	assert_int_equal(e.steps[2].rain_um, 1500); /* 6 mm/h */
	assert_int_equal(e.steps[3].rain_um, 1500);
	assert_true(e.steps[3].t_ns == (NOON_S + 3600) * SEC_NS);
	assert_int_equal(e.steps[4].step_s, 3600);
	assert_true(e.steps[4].t_ns == (NOON_S + 7200) * SEC_NS);
	assert_int_equal(e.steps[4].rain_um, 1500);
	assert_int_equal(e.steps[4].rain_probability_pct, 5);
	assert_int_equal(e.steps[4].air_temp_dc, 181);
	assert_int_equal(e.steps[5].rain_um, 0); /* without rain there is no "rain" */
	assert_int_equal(w.air_temp_dc, 184);
	assert_int_equal(w.rain, F1P_YES);
	assert_false(w.mask & F1P_WX_PRESSURE); /* at sea level: not what the circuit measures */
	free(body);
}

static void open_weather_without_minutes_gives_hours(void **state)
{
	char *body = open_weather_answer(NOON_S);
	struct forecast f;
	struct f1p_ev_outlook e;

	(void)state;
	memcpy(strstr(body, "minutely"), "MINUTELY", 8);
	assert_true(read_outlook(&open_weather, body, strlen(body), &f, &e));
	assert_int_equal(e.n_steps, 12);
	assert_int_equal(e.steps[0].step_s, 3600);
	free(body);
}

/* ---- bad answers: text is replaced in a good one ---- */

static char *with(const char *from, const char *to)
{
	char *body = open_meteo_answer(NOON_S, 0.5), *at = strstr(body, from);
	struct text t = {0};

	assert_non_null(at);
	put(&t, "%.*s%s%s", (int)(at - body), body, to, at + strlen(from));
	free(body);
	return t.at;
}

static void faults_refuse_the_whole_answer(void **state)
{
	static const struct {
		const char *from, *to, *reason;
	} cases[] = {
		{"\"temperature_2m\":\"°C\"", "\"temperature_2m\":\"°F\"", "not \"°C\""},
		{"\"precipitation\":\"mm\"", "\"precipitation\":\"inch\"", "\"inch\", not \"mm\""},
		{"\"wind_speed_10m\":\"m/s\"", "\"wind_speed_10m\":\"km/h\"", "km/h"},
		{"\"time\":\"unixtime\"", "\"time\":\"iso8601\"", "iso8601"},
		{"{\"time\":1941192000,\"interval\"", "{\"time\":\"2031-07-07T12:00\",\"interval\"", "Unix seconds"},
		{"\"time\":[1941192000,", "\"time\":[null,", "Unix seconds"},
		{"\"time\":[1941192000,", "\"time\":[-5,", "Unix seconds"},
		{"\"time\":[1941192000,", "\"time\":[99999999999,", "Unix seconds"},
		{"{\"latitude\"", "{\"error\":true,\"reason\":\"Latitude must be in range.\\nGiven: 999.0.\",\"latitude\"",
			"in range. Given"},
		{"{\"latitude\"", "[{\"latitude\"", "no object"},
		{"\"latitude\":45.62", "\"latitude\":", ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *body = with(cases[i].from, cases[i].to);
		struct forecast f;
		struct f1p_ev_outlook e;
		if (read_outlook(&open_meteo, body, strlen(body), &f, &e))
			fail_msg("case %zu was taken", i);
		if (!f.fault[0] || !strstr(f.fault, cases[i].reason))
			fail_msg("case %zu: \"%s\"", i, f.fault);
		free(body);
	}
}

static void nulls_leave_one_value_out(void **state)
{
	char *body = with("\"precipitation\":[0.50,0.50,", "\"precipitation\":[0.50,null,");
	struct forecast f;
	struct f1p_ev_outlook e;

	(void)state;
	assert_true(read_outlook(&open_meteo, body, strlen(body), &f, &e));
	assert_false(e.steps[0].mask & F1P_OUTLOOK_RAIN);
	assert_true(e.steps[0].mask & F1P_OUTLOOK_AIR);
	assert_true(e.steps[1].mask & F1P_OUTLOOK_RAIN);
	assert_int_equal(f.bad_values, 0);
	free(body);
}

static void nonsense_values_are_left_out_and_counted(void **state)
{
	static const struct {
		const char *from, *to;
	} cases[] = {
		{"\"precipitation\":[0.50,0.50,", "\"precipitation\":[0.50,-1,"},
		{"\"precipitation\":[0.50,0.50,", "\"precipitation\":[0.50,9999,"},
		{"\"precipitation\":[0.50,0.50,", "\"precipitation\":[0.50,\"wet\","},
		{"\"precipitation\":[0.50,0.50,", "\"precipitation\":[0.50,true,"},
		{"\"precipitation\":[0.50,0.50,", "\"precipitation\":[0.50,1e300,"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *body = with(cases[i].from, cases[i].to);
		struct forecast f;
		struct f1p_ev_outlook e;
		assert_true(read_outlook(&open_meteo, body, strlen(body), &f, &e));
		assert_int_equal(f.bad_values, 1);
		assert_false(e.steps[0].mask & F1P_OUTLOOK_RAIN);
		assert_true(e.steps[1].mask & F1P_OUTLOOK_RAIN);
		free(body);
	}
}

static void nonsense_of_now_is_left_out(void **state)
{
	char *body = with(
		"\"temperature_2m\":23.4,\"relative_humidity_2m\":41,", "\"temperature_2m\":234,\"relative_humidity_2m\":null,");
	struct forecast f;
	struct f1p_ev_weather w;

	(void)state;
	forecast_init(&f);
	open_meteo.read(&f, body, strlen(body));
	assert_true(forecast_weather(&f, NOON_S * SEC_NS, &w));
	assert_int_equal(w.mask, F1P_WX_PRESSURE | F1P_WX_WIND_SPEED | F1P_WX_WIND_DIR | F1P_WX_RAIN);
	assert_int_equal(f.bad_values, 1);
	free(body);
}

/* An array that is shorter or longer than the times belongs to other times. */
static void arrays_of_unequal_length_are_left_out(void **state)
{
	static const char *const to[] = {"\"precipitation\":[0.50,", "\"precipitation\":[0.50,0.50,0.50,"};

	(void)state;
	for (int i = 0; i < 2; i++) {
		char *body = with("\"precipitation\":[0.50,0.50,", to[i]);
		struct forecast f;
		struct f1p_ev_outlook e;
		assert_true(read_outlook(&open_meteo, body, strlen(body), &f, &e));
		assert_non_null(strstr(f.doubt, "quarter hours has 13 times and 1"));
		for (uint32_t k = 0; k < 8; k++)
			assert_int_equal(e.steps[k].mask, F1P_OUTLOOK_AIR | F1P_OUTLOOK_WIND | F1P_OUTLOOK_RAIN_PROBABILITY);
		assert_true(e.steps[9].mask & F1P_OUTLOOK_RAIN); /* the hours are well */
		free(body);
	}
}

static void times_that_are_not_a_step_apart_leave_the_series_out(void **state)
{
	static const struct {
		const char *from, *to;
	} cases[] = {
		{"\"time\":[1941192000,1941192900,", "\"time\":[1941192000,1941192000,"},
		{"\"time\":[1941192000,1941192900,", "\"time\":[1941192900,1941192000,"},
		{"\"time\":[1941192000,1941192900,", "\"time\":[1941192000,"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *body = with(cases[i].from, cases[i].to);
		struct forecast f;
		struct f1p_ev_outlook e;
		assert_true(read_outlook(&open_meteo, body, strlen(body), &f, &e));
		assert_non_null(strstr(f.doubt, "900 s apart"));
		assert_int_equal(e.steps[0].step_s, 3600);
		free(body);
	}
}

static void a_forecast_of_another_time_is_refused(void **state)
{
	static const int64_t off[] = {-30 * 3600, -86400 * 400, 4 * 3600, 86400 * 400};

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		char *body = open_meteo_answer(NOON_S + off[i], 0);
		struct forecast f;
		struct f1p_ev_outlook e;
		assert_false(read_outlook(&open_meteo, body, strlen(body), &f, &e));
		assert_non_null(strstr(f.fault, "clock"));
		free(body);
	}
}

static void answers_without_a_forecast_are_refused(void **state)
{
	static const char *const bodies[] = {"{}", "{\"hourly\":{}}", "{\"hourly\":{\"time\":[]}}", "{\"hourly\":[]}",
		"{\"hourly\":{\"time\":[1941195600]}}", "{\"minutely_15\":{\"precipitation\":[1,2,3]}}", "", "null",
		"<html>502</html>"};
	const struct provider *const providers[] = {&open_meteo, &open_weather};

	(void)state;
	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		for (int p = 0; p < 2; p++) {
			struct forecast f;
			struct f1p_ev_outlook e;
			assert_false(read_outlook(providers[p], bodies[i], strlen(bodies[i]), &f, &e));
			assert_string_not_equal(f.fault, "");
		}
	}
}

static void very_long_arrays_are_cut(void **state)
{
	struct text t = {0};
	struct forecast f;
	struct f1p_ev_outlook e;

	(void)state;
	put(&t, "{\"hourly\":{\"x\":0");
	ARRAY(&t, "time", 5000, "%lld", (long long)(NOON_S + i * 3600));
	ARRAY(&t, "precipitation", 5000, "%d", i % 3);
	put(&t, "}}");
	assert_true(read_outlook(&open_meteo, t.at, t.n, &f, &e));
	assert_int_equal(e.n_steps, F1P_OUTLOOK_STEPS);
	free(t.at);
}

/* Cut and altered anywhere: refused, or events that the host takes. */
static void altered(const struct provider *p, char *body)
{
	size_t n = strlen(body);
	struct forecast f;
	struct f1p_ev_outlook e;
	struct f1p_ev_weather w;

	for (size_t cut = 0; cut < n; cut++) {
		char *copy = malloc(cut ? cut : 1); /* so that reading on is seen */
		memcpy(copy, body, cut);
		assert_false(read_outlook(p, copy, cut, &f, &e));
		free(copy);
	}
	for (size_t i = 0; i < n; i++) {
		static const char bytes[] = "9-.e\"[]{}:,n\0\xff";
		char was = body[i];
		for (size_t k = 0; k < 2; k++) {
			body[i] = bytes[(i + 5 * k) % (sizeof(bytes) - 1)];
			if (!read_outlook(p, body, n, &f, &e))
				continue;
			forecast_weather(&f, NOON_S * SEC_NS, &w);
			assert_valid(&e, &w);
		}
		body[i] = was;
	}
}

static void altered_answers_do_no_harm(void **state)
{
	char *a = open_meteo_answer(NOON_S, 0.5), *b = open_weather_answer(NOON_S);

	(void)state;
	altered(&open_meteo, a);
	altered(&open_weather, b);
	free(a);
	free(b);
}

static void places_are_written_as_degrees(void **state)
{
	static const struct {
		int32_t e4;
		const char *text;
	} cases[] = {{0, "0.0000"}, {455000, "45.5000"}, {-5, "-0.0005"}, {-237036, "-23.7036"}, {1800000, "180.0000"},
		{INT32_MIN, "-180.0000"}};
	char text[PLACE_TEXT];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		place_text(text, cases[i].e4);
		assert_string_equal(text, cases[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(quarters_until_a_full_hour_then_hours),
		cmocka_unit_test(steps_join_at_any_minute),
		cmocka_unit_test(minutes_become_quarters),
		cmocka_unit_test(open_weather_without_minutes_gives_hours),
		cmocka_unit_test(faults_refuse_the_whole_answer),
		cmocka_unit_test(nulls_leave_one_value_out),
		cmocka_unit_test(nonsense_values_are_left_out_and_counted),
		cmocka_unit_test(nonsense_of_now_is_left_out),
		cmocka_unit_test(arrays_of_unequal_length_are_left_out),
		cmocka_unit_test(times_that_are_not_a_step_apart_leave_the_series_out),
		cmocka_unit_test(a_forecast_of_another_time_is_refused),
		cmocka_unit_test(answers_without_a_forecast_are_refused),
		cmocka_unit_test(very_long_arrays_are_cut),
		cmocka_unit_test(altered_answers_do_no_harm),
		cmocka_unit_test(places_are_written_as_degrees),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
