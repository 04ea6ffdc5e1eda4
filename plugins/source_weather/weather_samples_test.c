/* weather_samples_test.c - answers that the services really gave, where they are at hand. */
#include "answers_fixture.h"

#include "provider.h"

static char folder[512];

static char *sample(const char *name)
{
	char path[600];
	struct text t = {0};

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	FILE *f = fopen(path, "r");
	if (!f)
		fail_msg("%s cannot be read", path);
	t.at = calloc(1, 1 << 18);
	t.n = fread(t.at, 1, (1 << 18) - 1, f);
	fclose(f);
	return t.at;
}

static struct forecast read_sample(const struct provider *p, const char *name)
{
	struct forecast f;
	char *body = sample(name);

	forecast_init(&f);
	p->read(&f, body, strlen(body));
	free(body);
	return f;
}

static void other_units_are_refused(void **state)
{
	struct forecast f = read_sample(&open_meteo, "open_meteo_current_chicago.json");

	(void)state;
	assert_non_null(strstr(f.fault, "current_units."));
}

static void an_error_is_told_in_its_own_words(void **state)
{
	struct forecast f = read_sample(&open_meteo, "open_meteo_error_400.json");

	(void)state;
	assert_string_equal(f.words, "Latitude must be in range of -90 to 90°. Given: 999.0.");
	assert_string_equal(f.fault, f.words);
}

static void a_list_of_places_is_refused(void **state)
{
	struct forecast f = read_sample(&open_meteo, "open_meteo_server_test_list2_2.json");

	(void)state;
	assert_non_null(strstr(f.fault, "no object"));
}

static void hours_in_unix_time_are_read(void **state)
{
	struct forecast f = read_sample(&open_meteo, "open_meteo_server_test_unix_1.json");
	struct f1p_ev_outlook e;

	(void)state;
	assert_string_equal(f.fault, "");
	assert_true(forecast_outlook(&f, "Open-Meteo", INT64_C(1657588500) * SEC_NS, &e));
	assert_int_equal(e.n_steps, F1P_OUTLOOK_STEPS);
	assert_true(e.steps[0].t_ns == INT64_C(1657591200) * SEC_NS);
	assert_int_equal(e.steps[0].mask, F1P_OUTLOOK_AIR);
	assert_int_equal(e.steps[0].air_temp_dc, 200);
}

/* Kelvin, as it is without units=metric: nonsense as degrees, counted and left out. */
static void one_call_as_documented(void **state)
{
	struct forecast f = read_sample(&open_weather, "openweather_onecall3_doc_example_shortened.json");
	struct f1p_ev_outlook e;

	(void)state;
	assert_string_equal(f.fault, "");
	assert_true(forecast_outlook(&f, "OpenWeather", INT64_C(1684929490) * SEC_NS, &e));
	assert_int_equal(e.n_steps, 1);
	assert_true(e.steps[0].t_ns == INT64_C(1684929600) * SEC_NS);
	assert_int_equal(e.steps[0].rain_probability_pct, 15);
	assert_int_equal(e.steps[0].rain_um, 0);
	assert_int_equal(e.steps[0].wind_speed_dms, 26);
	assert_int_equal(e.steps[0].cloud_pct, 54);
	assert_false(e.steps[0].mask & F1P_OUTLOOK_AIR);
	assert_int_equal(f.bad_values, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(other_units_are_refused),
		cmocka_unit_test(an_error_is_told_in_its_own_words),
		cmocka_unit_test(a_list_of_places_is_refused),
		cmocka_unit_test(hours_in_unix_time_are_read),
		cmocka_unit_test(one_call_as_documented),
	};
	const char *shared = getenv("F1PD_SHARED");
	char probe[600];
	FILE *f;

	snprintf(folder, sizeof(folder), "%s/reference/samples/weather", shared ? shared : "");
	snprintf(probe, sizeof(probe), "%s/open_meteo_error_400.json", folder);
	f = shared ? fopen(probe, "r") : NULL;
	if (!f) {
		printf("SKIPPED: no samples of weather answers under F1PD_SHARED\n");
		return 77;
	}
	fclose(f);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
