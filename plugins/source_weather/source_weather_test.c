/* source_weather_test.c - the plugin on a fake host: what it asks and when, what it tells, what it says of failures. */
#include "answers_fixture.h"

#include "fake_host.h"

#define MINUTE_NS (60 * SEC_NS)
#define HOUR_NS (60 * MINUTE_NS)
#define T0 (NOON_S * SEC_NS)

extern const struct f1p_entry f1p_entry_v1;

struct rig {
	struct fake_host *f;
	struct f1p_plugin *p;
};

static void set_schedule(struct rig *r, uint32_t mode, int64_t start_ns)
{
	struct f1p_schedule_now *now = &r->f->schedule;

	now->mode = mode;
	now->has_session = F1P_YES;
	now->session.t_start_ns = start_ns;
	snprintf(now->session.meeting, sizeof(now->session.meeting), "Example Grand Prix");
	now->session.lat_e4 = 456190;
	now->session.lon_e4 = -92810;
}

static struct rig rig_with(const char *options, const char *absent)
{
	struct rig r = {.f = fake_host_create("weather")};

	r.f->now_ns = T0;
	r.f->absent[0] = absent;
	set_schedule(&r, F1P_SEASON_LIVE, T0);
	r.p = fake_start(r.f, &f1p_entry_v1, "source_weather", options);
	return r;
}

static struct rig rig(const char *options)
{
	struct rig r = rig_with(options, NULL);

	if (!r.p)
		fail_msg("no start: %s", r.f->reason);
	return r;
}

static void rig_end(struct rig *r)
{
	if (r->p)
		fake_stop(r->f, r->p);
	fake_host_destroy(r->f);
}

static int64_t poll(struct rig *r)
{
	int64_t due = F1P_UNKNOWN_NS;

	assert_int_equal(fake_poll(r->f, r->p, &due), F1P_OK);
	return due;
}

static struct fake_request *pending(struct rig *r)
{
	return fake_pending(r->f, "/");
}

/* Polls, which must ask. */
static struct fake_request *asked(struct rig *r)
{
	poll(r);
	struct fake_request *q = pending(r);
	assert_non_null(q);
	return q;
}

static void answer_well(struct rig *r, double rain_mm)
{
	struct fake_request *q = asked(r);
	char *body = open_meteo_answer(r->f->now_ns / SEC_NS, rain_mm);

	fake_answer(r->f, q, 200, NULL, body);
	free(body);
	poll(r);
}

/* An answer of the cache. */
static void answer_kept(struct rig *r, int64_t age_ns, uint32_t flags)
{
	struct fake_request *q = asked(r);
	char *body = open_meteo_answer((r->f->now_ns - age_ns) / SEC_NS, 0);
	struct f1p_http_answer a = {.size = sizeof(a),
		.status = 200,
		.flags = flags,
		.age_ms = age_ns / 1000000,
		.content_type = "",
		.reason = flags & F1P_HTTPA_STALE ? "api.open-meteo.com: time-out" : "",
		.body = body,
		.body_bytes = strlen(body),
		.retry_after_ms = F1P_UNKNOWN_NS,
		.t_server_ns = F1P_UNKNOWN_NS};

	q->done = true;
	q->fn(q->arg, &a);
	free(body);
	poll(r);
}

/* Minutes until it asks again. */
static int minutes_until_asked(struct rig *r)
{
	int64_t from = r->f->now_ns;

	for (int i = 0; i < 3000; i++) {
		int64_t due = poll(r);
		if (pending(r))
			return (int)((r->f->now_ns - from) / MINUTE_NS);
		assert_true(due > r->f->now_ns);
		r->f->now_ns = due;
	}
	fail_msg("it never asks again");
	return -1;
}

/* ---- what is told ---- */

static void the_question_holds_place_and_units(void **state)
{
	struct rig r = rig(NULL);
	const char *url = asked(&r)->url;

	(void)state;
	assert_non_null(strstr(url, "https://api.open-meteo.com/v1/forecast?latitude=45.6190&longitude=-9.2810&"));
	assert_non_null(strstr(url, "timeformat=unixtime"));
	assert_non_null(strstr(url, "wind_speed_unit=ms"));
	assert_non_null(strstr(url, "minutely_15="));
	assert_null(strstr(url, "apikey"));
	assert_string_equal(r.f->limited, "api.open-meteo.com");
	assert_int_equal(r.f->n_windows, 2);
	poll(&r);
	assert_int_equal(r.f->n_requests, 1); /* one at a time */
	rig_end(&r);
}

static void an_answer_becomes_weather_outlook_and_link(void **state)
{
	struct rig r = rig(NULL);

	(void)state;
	answer_well(&r, 0.5);
	assert_int_equal(r.f->n_events, 3);
	const struct f1p_ev_outlook *o = fake_event(r.f, F1P_EV_OUTLOOK, 0);
	const struct f1p_ev_weather *w = fake_event(r.f, F1P_EV_WEATHER, 0);
	const struct f1p_ev_link *l = fake_event(r.f, F1P_EV_LINK, 0);
	assert_true(o->h.t_event_ns == T0 && w->h.t_event_ns == T0 && l->h.t_event_ns == T0);
	assert_string_equal(o->provider, "Open-Meteo");
	assert_true(o->n_steps >= 14);
	assert_int_equal(w->rain, F1P_YES);
	assert_int_equal(l->condition, F1P_LINK_UP);
	assert_int_equal(l->kinds, 1u << F1P_DATA_OUTLOOK);
	assert_true(fake_metric(r.f, "f1pd_weather_answers_total{result=used}") == 1);
	assert_true(r.f->wakes > 0);
	rig_end(&r);
}

static void without_present_only_the_forecast_is_told(void **state)
{
	struct rig r = rig("present=no");

	(void)state;
	answer_well(&r, 0);
	assert_int_equal(fake_count(r.f, F1P_EV_WEATHER), 0);
	assert_int_equal(fake_count(r.f, F1P_EV_OUTLOOK), 1);
	rig_end(&r);
}

static void events_that_find_no_room_are_told_later(void **state)
{
	struct rig r = rig(NULL);

	(void)state;
	fake_answer(r.f, asked(&r), 200, NULL, "{}");
	r.f->now_ns += HOUR_NS;
	char *body = open_meteo_answer(r.f->now_ns / SEC_NS, 0);
	struct fake_request *q = asked(&r);
	r.f->emit_answer = F1P_AGAIN;
	fake_answer(r.f, q, 200, NULL, body);
	free(body);
	assert_int_equal(fake_poll(r.f, r.p, NULL), F1P_AGAIN);
	r.f->emit_answer = F1P_OK;
	fake_forget_events(r.f);
	poll(&r);
	assert_int_equal(fake_count(r.f, F1P_EV_WEATHER), 1);
	assert_int_equal(fake_count(r.f, F1P_EV_OUTLOOK), 1);
	assert_int_equal(fake_count(r.f, F1P_EV_LINK), 1);
	rig_end(&r);
}

static void a_kept_answer_keeps_its_time(void **state)
{
	struct rig r = rig(NULL);

	(void)state;
	answer_kept(&r, 200 * SEC_NS, F1P_HTTPA_CACHED);
	const struct f1p_ev_outlook *o = fake_event(r.f, F1P_EV_OUTLOOK, 0);
	assert_true(o->h.t_event_ns == T0 - 200 * SEC_NS);
	assert_int_equal(minutes_until_asked(&r), 1); /* 100 s later: it is five minutes old */
	rig_end(&r);
}

static void a_stale_answer_is_told_once_as_old_as_it_is(void **state)
{
	struct rig r = rig(NULL);

	(void)state;
	answer_kept(&r, 2 * HOUR_NS, F1P_HTTPA_STALE);
	const struct f1p_ev_outlook *o = fake_event(r.f, F1P_EV_OUTLOOK, 0);
	assert_true(o->h.t_event_ns == T0 - 2 * HOUR_NS);
	assert_int_equal(fake_count(r.f, F1P_EV_WEATHER), 0); /* of two hours ago is not now */
	const struct f1p_ev_link *l = fake_event(r.f, F1P_EV_LINK, 0);
	assert_int_equal(l->condition, F1P_LINK_DOWN);
	assert_non_null(strstr(l->text, "time-out"));
	assert_non_null(strstr(r.f->log, "time-out"));
	minutes_until_asked(&r);
	answer_kept(&r, 2 * HOUR_NS + (r.f->now_ns - T0), F1P_HTTPA_STALE);
	assert_int_equal(fake_count(r.f, F1P_EV_OUTLOOK), 1);
	rig_end(&r);
}

static void a_forecast_of_yesterday_is_not_told(void **state)
{
	struct rig r = rig(NULL);

	(void)state;
	answer_kept(&r, 20 * HOUR_NS, F1P_HTTPA_STALE);
	assert_int_equal(fake_count(r.f, F1P_EV_OUTLOOK), 0);
	assert_non_null(strstr(r.f->log, "too old"));
	rig_end(&r);
}

static void a_new_session_is_told_the_forecast_again(void **state)
{
	struct rig r = rig(NULL);
	struct f1p_state *st = calloc(1, sizeof(*st));

	(void)state;
	st->size = sizeof(*st);
	st->seq = 9;
	st->outlook.t_ns = T0;
	r.f->state = st;
	answer_well(&r, 0);
	r.f->now_ns += 4 * MINUTE_NS;
	poll(&r);
	assert_int_equal(fake_count(r.f, F1P_EV_OUTLOOK), 1);
	st->outlook.t_ns = F1P_UNKNOWN_NS; /* the feed has begun another session */
	poll(&r);
	assert_int_equal(fake_count(r.f, F1P_EV_OUTLOOK), 1); /* perhaps on its way: not at once */
	r.f->now_ns += MINUTE_NS;
	poll(&r);
	const struct f1p_ev_outlook *o = fake_event(r.f, F1P_EV_OUTLOOK, 1);
	assert_non_null(o);
	assert_true(o->h.t_event_ns == T0);
	rig_end(&r);
	free(st);
}

/* ---- when it asks ---- */

static void as_often_as_the_calendar_says(void **state)
{
	static const struct {
		uint32_t mode;
		int64_t start_ns; /* from now */
		int minutes;
	} cases[] = {
		{F1P_SEASON_LIVE, -HOUR_NS, 5},
		{F1P_SEASON_BEFORE, HOUR_NS, 15},
		{F1P_SEASON_IDLE, 2 * HOUR_NS, 15},
		{F1P_SEASON_IDLE, 3 * HOUR_NS + 5 * MINUTE_NS, 15},
		{F1P_SEASON_IDLE, 5 * HOUR_NS, 120}, /* three hours before */
		{F1P_SEASON_IDLE, 50 * HOUR_NS, 360},
		{F1P_SEASON_AFTER, -3 * HOUR_NS, 360},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct rig r = rig(NULL);
		set_schedule(&r, cases[i].mode, T0 + cases[i].start_ns);
		answer_well(&r, 0);
		assert_int_equal(minutes_until_asked(&r), cases[i].minutes);
		rig_end(&r);
	}
}

/* The mode changes: the host polls at once. */
static void a_session_that_begins_is_asked_for_soon(void **state)
{
	struct rig r = rig(NULL);

	(void)state;
	set_schedule(&r, F1P_SEASON_IDLE, T0 + 50 * HOUR_NS);
	answer_well(&r, 0);
	r.f->now_ns += 20 * MINUTE_NS;
	set_schedule(&r, F1P_SEASON_LIVE, r.f->now_ns);
	assert_non_null(asked(&r));
	rig_end(&r);
}

/* A kept answer that is no newer than ours must not make it ask again and again. */
static void the_same_answer_does_not_make_it_ask_in_a_loop(void **state)
{
	struct rig r = rig(NULL);

	(void)state;
	answer_kept(&r, 10 * MINUTE_NS, F1P_HTTPA_CACHED);
	for (int i = 0; i < 5; i++) {
		assert_int_equal(minutes_until_asked(&r), 1);
		answer_kept(&r, 10 * MINUTE_NS + (r.f->now_ns - T0), F1P_HTTPA_CACHED);
	}
	assert_int_equal(fake_count(r.f, F1P_EV_OUTLOOK), 1);
	rig_end(&r);
}

static void without_a_place_it_waits(void **state)
{
	struct rig r = rig(NULL);

	(void)state;
	r.f->schedule.session.lat_e4 = r.f->schedule.session.lon_e4 = F1P_UNKNOWN;
	assert_true(poll(&r) <= T0 + MINUTE_NS);
	poll(&r);
	assert_null(pending(&r));
	assert_non_null(strstr(r.f->log, "where Example Grand Prix is: set lat"));
	assert_null(strstr(strstr(r.f->log, "set lat") + 1, "set lat"));
	r.f->schedule.has_session = F1P_NO;
	poll(&r);
	assert_null(pending(&r));
	set_schedule(&r, F1P_SEASON_BEFORE, T0 + HOUR_NS);
	assert_non_null(asked(&r));
	rig_end(&r);
}

static void the_next_circuit_is_asked_for_at_once(void **state)
{
	struct rig r = rig(NULL);

	(void)state;
	answer_well(&r, 0);
	r.f->now_ns += SEC_NS;
	r.f->schedule.session.lat_e4 = -237036;
	assert_non_null(strstr(asked(&r)->url, "latitude=-23.7036"));
	rig_end(&r);
}

static void a_place_of_its_own_needs_no_calendar(void **state)
{
	struct rig r = rig_with("lat=50.43725\nlon=-0.00006", F1P_EXT_SCHEDULE);

	(void)state;
	assert_non_null(strstr(asked(&r)->url, "latitude=50.4373&longitude=-0.0001&"));
	assert_null(strstr(r.f->log, "W "));
	rig_end(&r);
	r = rig_with(NULL, F1P_EXT_SCHEDULE);
	poll(&r);
	assert_null(pending(&r));
	assert_non_null(strstr(r.f->log, "set lat and lon"));
	rig_end(&r);
}

static void without_http_it_says_so_once_and_rests(void **state)
{
	struct rig r = rig_with(NULL, F1P_EXT_HTTP);

	(void)state;
	for (int i = 0; i < 5; i++)
		assert_true(poll(&r) == F1P_NEVER_NS);
	const char *first = strstr(r.f->log, "no weather forecast");
	assert_non_null(first);
	assert_null(strstr(first + 1, "no weather forecast"));
	rig_end(&r);
}

static void stop_calls_the_question_off(void **state)
{
	struct rig r = rig(NULL);
	struct fake_request *q = asked(&r);

	(void)state;
	fake_stop(r.f, r.p);
	r.p = NULL;
	assert_true(q->cancelled);
	rig_end(&r);
}

/* ---- failures ---- */

static size_t noted(const struct rig *r, const char *part)
{
	size_t n = 0;

	for (const char *at = strstr(r->f->log, part); at != NULL; at = strstr(at + 1, part))
		n++;
	return n;
}

static void errors_are_said_and_asked_again(void **state)
{
	static const struct {
		uint32_t status;
		const char *headers, *body, *said;
		int minutes;
		uint32_t link;
	} cases[] = {
		{400, NULL, "{\"reason\":\"Latitude must be in range of -90 to 90°.\",\"error\":true}",
			"HTTP 400: Latitude must be in range", 60, F1P_LINK_DOWN},
		{429, NULL,
			"{\"error\":true,\"reason\":\"Minutely API request limit exceeded. Please try again in one minute.\"}",
			"HTTP 429: Minutely", 1, F1P_LINK_DOWN},
		{429, NULL, "{\"error\":true,\"reason\":\"Hourly API request limit exceeded.\"}", "Hourly", 15, F1P_LINK_DOWN},
		{429, NULL, "{\"error\":true,\"reason\":\"Daily API request limit exceeded.\"}", "Daily", 180, F1P_LINK_DOWN},
		{429, "retry-after: 600\n", "", "HTTP 429: no reason given", 10, F1P_LINK_DOWN},
		{503, NULL, "{\"error\":true,\"reason\":\"The service is overloaded\"}", "overloaded", 1, F1P_LINK_DOWN},
		{502, NULL, "<html>Bad gateway</html>", "HTTP 502: no reason given", 1, F1P_LINK_DOWN},
		{401, NULL, "{\"cod\":401,\"reason\":\"Invalid API key\"}", "Invalid API key: look at key", 60, F1P_LINK_REFUSED},
		{200, NULL, "{\"hourly\":", "", 1, F1P_LINK_DOWN},
		{200, NULL, "[]", "no object", 1, F1P_LINK_DOWN},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct rig r = rig(NULL);
		fake_answer(r.f, asked(&r), cases[i].status, cases[i].headers, cases[i].body);
		assert_non_null(strstr(r.f->log, cases[i].said));
		assert_int_equal(minutes_until_asked(&r), cases[i].minutes);
		const struct f1p_ev_link *l = fake_event(r.f, F1P_EV_LINK, 0);
		assert_int_equal(l->condition, cases[i].link);
		assert_int_equal(r.f->n_events, 1);
		answer_well(&r, 0);
		assert_non_null(strstr(r.f->log, "answers again"));
		l = fake_event(r.f, F1P_EV_LINK, 1);
		assert_int_equal(l->condition, F1P_LINK_UP);
		assert_true(fake_metric(r.f, "f1pd_weather_answers_total{result=refused}") == 1);
		rig_end(&r);
	}
}

static void without_network_it_asks_less_and_less_often(void **state)
{
	static const int waits[] = {1, 2, 4, 8, 15, 15, 15};
	struct rig r = rig(NULL);

	(void)state;
	for (size_t i = 0; i < sizeof(waits) / sizeof(waits[0]); i++) {
		fake_answer_error(r.f, asked(&r), F1P_ETIMEOUT, "api.open-meteo.com: no answer in 30 s");
		assert_int_equal(minutes_until_asked(&r), waits[i]);
	}
	assert_int_equal(fake_count(r.f, F1P_EV_LINK), 1); /* said once */
	assert_int_equal(noted(&r, "W Open-Meteo: api.open-meteo.com: no answer in"), 1); /* then ever fewer notes */
	assert_int_equal(noted(&r, "I Open-Meteo: api.open-meteo.com: no answer in"), 2); /* the 2nd and the 4th */
	fake_answer(r.f, asked(&r), 503, NULL, ""); /* another trouble */
	assert_non_null(strstr(r.f->log, "HTTP 503"));
	assert_int_equal(minutes_until_asked(&r), 15);
	answer_well(&r, 0);
	assert_int_equal(minutes_until_asked(&r), 5);
	rig_end(&r);
}

static void doubts_are_said_once(void **state)
{
	struct rig r = rig(NULL);
	char body[600];

	(void)state;
	for (int i = 0; i < 3; i++) {
		struct fake_request *q = asked(&r);
		int64_t hour = r.f->now_ns / SEC_NS / 3600 * 3600 + 3600;
		snprintf(body, sizeof(body), "{\"hourly\":{\"time\":[%lld,%lld],\"precipitation\":[1],\"cloud_cover\":[5,999]}}",
			(long long)hour, (long long)hour + 3600);
		fake_answer(r.f, q, 200, NULL, body);
		poll(&r);
		r.f->now_ns += 5 * MINUTE_NS;
	}
	assert_int_equal(fake_count(r.f, F1P_EV_OUTLOOK), 3);
	const char *first = strstr(r.f->log, "2 times and 1 values");
	assert_non_null(first);
	assert_null(strstr(first + 1, "2 times and 1 values"));
	assert_true(fake_metric(r.f, "f1pd_weather_bad_values_total") == 3);
	rig_end(&r);
}

/* ---- the key ---- */

static void open_weather_needs_a_key_that_is_never_shown(void **state)
{
	struct rig r = rig_with("provider=openweather", NULL);

	(void)state;
	assert_null(r.p);
	assert_non_null(strstr(r.f->reason, "needs a key"));
	rig_end(&r);
	r = rig("provider=openweather\nkey=s3cretKEY");
	assert_non_null(strstr(asked(&r)->url, "api.openweathermap.org/data/3.0/onecall?lat=45.6190&lon=-9.2810&"));
	assert_non_null(strstr(pending(&r)->url, "appid=s3cretKEY"));
	fake_answer(r.f, pending(&r), 401, NULL, "{\"cod\":401,\"message\":\"Invalid API key s3cretKEY.\"}");
	poll(&r);
	const struct f1p_ev_link *l = fake_event(r.f, F1P_EV_LINK, 0);
	assert_int_equal(l->condition, F1P_LINK_REFUSED);
	assert_null(strstr(l->text, "s3cret"));
	assert_null(strstr(r.f->log, "s3cret"));
	assert_int_equal(minutes_until_asked(&r), 60);
	char *body = open_weather_answer(r.f->now_ns / SEC_NS);
	fake_answer(r.f, pending(&r), 200, NULL, body);
	free(body);
	poll(&r);
	const struct f1p_ev_outlook *o = fake_event(r.f, F1P_EV_OUTLOOK, 0);
	assert_string_equal(o->provider, "OpenWeather");
	assert_int_equal(minutes_until_asked(&r), 10); /* its model does not change more often */
	rig_end(&r);
}

static void bad_options_are_refused(void **state)
{
	static const struct {
		const char *options, *reason;
	} cases[] = {
		{"base_url=ftp://x", "no URL"},
		{"base_url=api.open-meteo.com", "no URL"},
		{"key=a b", "key holds characters"},
		{"key=a&x=1", "key holds characters"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct rig r = rig_with(cases[i].options, NULL);
		assert_null(r.p);
		assert_non_null(strstr(r.f->reason, cases[i].reason));
		rig_end(&r);
	}
}

static void another_server_is_asked_where_it_is(void **state)
{
	struct rig r = rig("base_url=http://127.0.0.1:8099/meteo/");

	(void)state;
	assert_non_null(strstr(asked(&r)->url, "http://127.0.0.1:8099/meteo/v1/forecast?"));
	assert_string_equal(r.f->limited, "127.0.0.1:8099");
	rig_end(&r);
}

/* ---- against the circuit's own measurements ---- */

static void measure(struct f1p_state *st, int64_t t_ns, int32_t air_dc, uint32_t rain, uint32_t source_id)
{
	st->weather = (struct f1p_weather){
		.air_temp_dc = air_dc, .track_temp_dc = 400, .wind_speed_dms = 20, .rain = rain, .t_ns = t_ns};
	st->origins[F1P_DATA_WEATHER] = (struct f1p_origin){.source_id = source_id, .t_ns = t_ns};
}

static void the_model_is_compared_with_the_circuit(void **state)
{
	struct rig r = rig(NULL);
	struct f1p_state *st = calloc(1, sizeof(*st));

	(void)state;
	st->size = sizeof(*st);
	st->outlook.t_ns = T0;
	r.f->state = st;
	measure(st, T0, 255, F1P_YES, 1); /* its own words */
	answer_well(&r, 0);
	assert_true(fake_metric(r.f, "f1pd_weather_error_air_celsius") == 0);
	for (int i = 0; i <= 8; i++) { /* the circuit is wet, the model is dry */
		minutes_until_asked(&r);
		measure(st, r.f->now_ns - MINUTE_NS, 255, F1P_YES, 2);
		answer_well(&r, 0);
		assert_int_equal(strstr(r.f->log, "do not rely") != NULL, i >= 6);
	}
	assert_int_equal(fake_count(r.f, F1P_EV_WEATHER), 1); /* measured is better: no more of its own */
	assert_int_equal(fake_count(r.f, F1P_EV_OUTLOOK), 10);
	double air = fake_metric(r.f, "f1pd_weather_error_air_celsius");
	assert_true(air > -2.11 && air < -2.09);
	assert_true(fake_metric(r.f, "f1pd_weather_error_rain") == 1);
	assert_true(fake_metric(r.f, "f1pd_weather_rain_comparisons_total{agree=no}") == 9);
	assert_null(strstr(strstr(r.f->log, "do not rely") + 1, "do not rely"));
	minutes_until_asked(&r);
	measure(st, r.f->now_ns, 234, F1P_NO, 2);
	answer_well(&r, 0);
	assert_non_null(strstr(r.f->log, "agree again"));
	assert_true(fake_metric(r.f, "f1pd_weather_error_rain") == 0);
	assert_true(fake_metric(r.f, "f1pd_weather_error_air_celsius") == 0);
	minutes_until_asked(&r);
	measure(st, r.f->now_ns - HOUR_NS, 100, F1P_YES, 2); /* the circuit is silent */
	answer_well(&r, 0);
	assert_true(fake_metric(r.f, "f1pd_weather_rain_comparisons_total{agree=no}") == 9);
	rig_end(&r);
	free(st);
}

static void another_air_temperature_is_told_when_it_lasts(void **state)
{
	struct rig r = rig(NULL);
	struct f1p_state *st = calloc(1, sizeof(*st));

	(void)state;
	st->size = sizeof(*st);
	st->outlook.t_ns = T0;
	r.f->state = st;
	answer_well(&r, 0);
	for (int i = 0; i <= 8; i++) { /* the model says 23.4 */
		minutes_until_asked(&r);
		measure(st, r.f->now_ns, 340, F1P_NO, 2);
		answer_well(&r, 0);
		assert_int_equal(strstr(r.f->log, "is its place the circuit's?") != NULL, i >= 6);
	}
	assert_non_null(strstr(r.f->log, "the circuit reports 34.0 and Open-Meteo says 23.4 degrees"));
	assert_null(strstr(strstr(r.f->log, "is its place") + 1, "is its place"));
	minutes_until_asked(&r);
	measure(st, r.f->now_ns, 300, F1P_NO, 2); /* models are some degrees off */
	answer_well(&r, 0);
	assert_non_null(strstr(r.f->log, "air temperature: Open-Meteo and the circuit agree again"));
	assert_null(strstr(r.f->log, "rain:"));
	rig_end(&r);
	free(st);
}

/* ---- bytes from outside ---- */

static void fed_bytes_are_taken_or_refused(void **state)
{
	struct rig r = rig(NULL);
	const struct f1p_source_feed *feed = r.p->get_extension(r.p, F1P_EXT_SOURCE_FEED);
	char *body = open_meteo_answer(NOON_S, 0), *large = calloc(1, 300000);

	(void)state;
	assert_int_equal(feed->feed(r.p, body, strlen(body)), F1P_OK);
	assert_int_equal(fake_count(r.f, F1P_EV_OUTLOOK), 1);
	assert_int_equal(feed->feed(r.p, body, strlen(body) - 1), F1P_EINVAL);
	assert_int_equal(feed->feed(r.p, large, 300000), F1P_EINVAL);
	assert_non_null(strstr(r.f->reason, "larger"));
	free(body);
	free(large);
	rig_end(&r);
}

static void a_clock_that_is_put_back_asks_anew(void **state)
{
	struct rig r = rig(NULL);

	(void)state;
	r.f->now_ns = T0 + 48 * HOUR_NS;
	answer_well(&r, 0);
	r.f->now_ns = T0;
	assert_non_null(asked(&r));
	rig_end(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_question_holds_place_and_units),
		cmocka_unit_test(an_answer_becomes_weather_outlook_and_link),
		cmocka_unit_test(without_present_only_the_forecast_is_told),
		cmocka_unit_test(events_that_find_no_room_are_told_later),
		cmocka_unit_test(a_kept_answer_keeps_its_time),
		cmocka_unit_test(a_stale_answer_is_told_once_as_old_as_it_is),
		cmocka_unit_test(a_forecast_of_yesterday_is_not_told),
		cmocka_unit_test(a_new_session_is_told_the_forecast_again),
		cmocka_unit_test(as_often_as_the_calendar_says),
		cmocka_unit_test(a_session_that_begins_is_asked_for_soon),
		cmocka_unit_test(the_same_answer_does_not_make_it_ask_in_a_loop),
		cmocka_unit_test(without_a_place_it_waits),
		cmocka_unit_test(the_next_circuit_is_asked_for_at_once),
		cmocka_unit_test(a_place_of_its_own_needs_no_calendar),
		cmocka_unit_test(without_http_it_says_so_once_and_rests),
		cmocka_unit_test(stop_calls_the_question_off),
		cmocka_unit_test(errors_are_said_and_asked_again),
		cmocka_unit_test(without_network_it_asks_less_and_less_often),
		cmocka_unit_test(doubts_are_said_once),
		cmocka_unit_test(open_weather_needs_a_key_that_is_never_shown),
		cmocka_unit_test(bad_options_are_refused),
		cmocka_unit_test(another_server_is_asked_where_it_is),
		cmocka_unit_test(the_model_is_compared_with_the_circuit),
		cmocka_unit_test(another_air_temperature_is_told_when_it_lasts),
		cmocka_unit_test(fed_bytes_are_taken_or_refused),
		cmocka_unit_test(a_clock_that_is_put_back_asks_anew),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
