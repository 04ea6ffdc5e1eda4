#include "openf1_fixture.h"

#define LAP_MS 90000
#define CARS 3

static const int numbers[CARS] = {11, 22, 33};

const char *rig_time(int64_t ms, char out[64])
{
	int64_t s = ms / 1000 + 13 * 3600;

	snprintf(out, 64, "2030-05-05T%02d:%02d:%02d.%03d000+00:00", (int)(s / 3600), (int)(s / 60 % 60), (int)(s % 60), (int)(ms % 1000));
	return out;
}

/* ---- the little OpenF1 ---- */

struct body {
	char text[262144];
	size_t n;
};

static F1P_PRINTF(2, 3) void add(struct body *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	b->n += (size_t)vsnprintf(b->text + b->n, sizeof(b->text) - b->n, fmt, ap);
	va_end(ap);
	assert_true(b->n < sizeof(b->text));
}

static void begin_row(struct body *b)
{
	add(b, "%s{\"session_key\":7001,\"meeting_key\":1200", b->n > 1 ? "," : "");
}

static void add_session(struct body *b)
{
	begin_row(b);
	add(b, ",\"session_name\":\"Race\",\"session_type\":\"Race\",\"date_start\":\"2030-05-05T13:00:00+00:00\",\"date_end\":"
	       "\"2030-05-05T15:00:00+00:00\",\"gmt_offset\":\"02:00:00\",\"year\":2030,\"circuit_key\":5,\"circuit_short_name\":\"Ring\","
	       "\"country_code\":\"EXA\",\"country_name\":\"Example\",\"location\":\"Town\",\"is_cancelled\":false}");
}

static void add_laps(struct body *b, int64_t now_ms)
{
	for (int c = 0; c < CARS; c++) {
		for (int64_t lap = 1; lap <= 60 && (lap - 1) * LAP_MS <= now_ms; lap++) {
			bool done = lap * LAP_MS <= now_ms;
			char t[64];

			begin_row(b);
			add(b, ",\"driver_number\":%d,\"lap_number\":%d,\"date_start\":\"%s\",\"is_pit_out_lap\":false", numbers[c], (int)lap,
				rig_time((lap - 1) * LAP_MS + c * 1500, t));
			add(b, ",\"lap_duration\":%s}", done ? "90.0" : "null");
		}
	}
}

static void add_intervals(struct body *b, int64_t now_ms)
{
	for (int64_t ms = now_ms > 20000 ? now_ms / 4000 * 4000 - 16000 : 4000; ms <= now_ms; ms += 4000) {
		for (int c = 0; c < CARS; c++) {
			char t[64];

			begin_row(b);
			add(b, ",\"driver_number\":%d,\"date\":\"%s\",\"gap_to_leader\":%d.%03d,\"interval\":%d.5}", numbers[c], rig_time(ms, t),
				c * 2, c != 0 ? (int)(ms / 4000 % 100) : 0, c != 0 ? 1 : 0);
		}
	}
}

static void add_small(struct body *b, const char *url, int64_t now_ms)
{
	char t[64];

	for (int c = 0; c < CARS && strstr(url, "/position?") != NULL; c++) {
		begin_row(b);
		add(b, ",\"driver_number\":%d,\"date\":\"2030-05-05T12:05:00+00:00\",\"position\":%d}", numbers[c], c + 1);
	}
	for (int c = 0; c < CARS && strstr(url, "/drivers?") != NULL; c++) {
		begin_row(b);
		add(b, ",\"driver_number\":%d,\"name_acronym\":\"AA%d\",\"team_colour\":\"3671C6\"}", numbers[c], c);
	}
	for (int c = 0; c < CARS && strstr(url, "/stints?") != NULL; c++) {
		begin_row(b);
		add(b, ",\"driver_number\":%d,\"stint_number\":1,\"lap_start\":1,\"lap_end\":%d,\"compound\":\"HARD\",\"tyre_age_at_start\":2}",
			numbers[c], (int)(now_ms / LAP_MS) + 1);
	}
	if (strstr(url, "/weather?") != NULL) {
		begin_row(b);
		add(b, ",\"date\":\"%s\",\"air_temperature\":21.5,\"rainfall\":0}", rig_time(now_ms / 60000 * 60000, t));
	}
	if (strstr(url, "/race_control?") != NULL) {
		begin_row(b);
		add(b, ",\"date\":\"%s\",\"category\":\"Flag\",\"flag\":\"GREEN\",\"scope\":\"Track\",\"message\":\"GREEN LIGHT - PIT EXIT OPEN\"}",
			rig_time(0, t));
	}
}

static void serve_rows(struct rig *r, struct fake_request *q)
{
	static struct body b;
	int64_t now_ms = (r->fake->now_ns - RIG_START_NS) / 1000000;

	b.n = 0;
	add(&b, "[");
	if (strstr(q->url, "/meetings?") != NULL) {
		add(&b, "{\"meeting_key\":1200,\"meeting_name\":\"Example Grand Prix\",\"year\":2030}");
	} else if (strstr(q->url, "/sessions?") != NULL) {
		add_session(&b);
	} else if (!r->no_rows && now_ms >= 0) {
		if (strstr(q->url, "/laps?") != NULL) {
			add_laps(&b, now_ms);
		} else if (strstr(q->url, "/intervals?") != NULL) {
			add_intervals(&b, now_ms);
		} else {
			add_small(&b, q->url, now_ms);
		}
	}
	if (b.n == 1) {
		fake_answer(r->fake, q, 404, "content-type: application/json\n", "{\"detail\":\"No results found.\"}");
		return;
	}
	add(&b, "]");
	fake_answer(r->fake, q, 200, "content-type: application/json\n", b.text);
}

static void serve(struct rig *r, struct fake_request *q)
{
	if (strstr(q->url, "/token") != NULL) {
		char body[200];

		snprintf(body, sizeof(body), "{\"expires_in\":\"3600\",\"access_token\":\"tok%zu\",\"token_type\":\"bearer\"}", ++r->tokens);
		fake_answer(r->fake, q, 200, "content-type: application/json\n", body);
	} else {
		serve_rows(r, q);
	}
}

void rig_answer_all(struct rig *r)
{
	struct fake_request *q = NULL;

	while ((q = fake_pending(r->fake, "")) != NULL) {
		uint64_t id = q->id;

		if (r->answer == NULL || !r->answer(r, q)) {
			serve(r, q);
		}
		assert_true(fake_pending(r->fake, "") == NULL || fake_pending(r->fake, "")->id != id);
	}
}

/* ---- the rig ---- */

struct rig *rig_create(const char *options, int64_t now_ns)
{
	struct rig *r = calloc(1, sizeof(*r));

	assert_non_null(r);
	r->fake = fake_host_create("openf1");
	r->fake->now_ns = now_ns;
	r->plugin = fake_start(r->fake, &f1p_entry_v1, "source_openf1", options);
	if (r->plugin == NULL) {
		print_message("not started: %s\n", r->fake->reason);
	}
	assert_non_null(r->plugin);
	return r;
}

void rig_destroy(struct rig *r)
{
	fake_stop(r->fake, r->plugin);
	fake_host_destroy(r->fake);
	free(r);
}

static void poll_once(struct rig *r)
{
	uint64_t before = r->fake->last_request;

	r->n_polls++;
	assert_int_equal(fake_poll(r->fake, r->plugin, &r->next_ns), F1P_OK);
	for (; before < r->fake->last_request; before++) {
		assert_true(r->n_asked < RIG_MAX_ASKED);
		r->asked_ns[r->n_asked++] = r->fake->now_ns;
	}
}

void rig_run(struct rig *r, double seconds)
{
	int64_t end_ns = r->fake->now_ns + (int64_t)(seconds * 1e9);

	while (r->fake->now_ns < end_ns) {
		poll_once(r);
		rig_answer_all(r);
		poll_once(r);
		if (fake_pending(r->fake, "") != NULL || r->next_ns <= r->fake->now_ns) {
			r->fake->now_ns += RIG_S / 100;
		} else {
			r->fake->now_ns = r->next_ns < end_ns ? r->next_ns : end_ns;
		}
	}
}

size_t rig_links(const struct rig *r, uint32_t condition)
{
	size_t n = 0;

	for (size_t i = 0; i < fake_count(r->fake, F1P_EV_LINK); i++) {
		n += ((const struct f1p_ev_link *)fake_event(r->fake, F1P_EV_LINK, i))->condition == condition;
	}
	return n;
}

const struct f1p_ev_link *rig_last_link(const struct rig *r)
{
	size_t n = fake_count(r->fake, F1P_EV_LINK);

	return n > 0 ? fake_event(r->fake, F1P_EV_LINK, n - 1) : NULL;
}

size_t rig_most_in(const struct rig *r, int64_t window_ns)
{
	size_t most = 0;

	for (size_t i = 0, from = 0; i < r->n_asked; i++) {
		while (r->asked_ns[i] - r->asked_ns[from] >= window_ns) {
			from++;
		}
		most = i - from + 1 > most ? i - from + 1 : most;
	}
	return most;
}
