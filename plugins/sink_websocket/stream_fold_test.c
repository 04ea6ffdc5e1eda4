/*
 * stream_fold_test.c - what is rebuilt of an earlier moment is what was served then, to the byte; places in the stream are found.
 */
#include <stdatomic.h>

#include "helpers/rng.h"
#include "sink_fixture.h"

#define TICKS 300u
#define SECOND INT64_C(1000000000)

static _Atomic int64_t test_clock_ns = 1000 * SECOND;

static int64_t test_now(const struct f1p_host *h)
{
	(void)h;
	return test_clock_ns;
}

/* Something of everything that moves in a race. */
static void change(struct f1p_state *race, struct f1p_rng *rng)
{
	for (int n = 0; n < 5; n++) {
		struct f1p_car *c = &race->cars[f1p_rng_below(rng, race->n_cars)];
		c->gap_ms = (int32_t)f1p_rng_below(rng, 90000);
		c->last_ms = (int32_t)(78000 + f1p_rng_below(rng, 900));
		c->in_pit = f1p_rng_below(rng, 2) ? F1P_YES : F1P_NO;
		c->compound = (uint8_t)(F1P_TYRE_SOFT + f1p_rng_below(rng, 3));
	}
	uint32_t a = f1p_rng_below(rng, race->n_cars), b = f1p_rng_below(rng, race->n_cars);
	uint16_t other = race->order[a];
	race->order[a] = race->order[b];
	race->order[b] = other;
	race->lap += f1p_rng_below(rng, 4) == 0;
	race->track = f1p_rng_below(rng, 10) == 0 ? F1P_TRACK_YELLOW : F1P_TRACK_CLEAR;
	race->weather.air_temp_dc += (int32_t)f1p_rng_below(rng, 3) - 1;
}

static void put_event(struct inbox *in, const struct f1p_event *e)
{
	inbox_put(in, e, 1, e->size);
}

static void put_message(struct inbox *in, struct f1p_state *race, uint32_t number)
{
	struct f1p_ev_race_control ev = {.h = {.size = sizeof(ev),
						 .type = F1P_EV_RACE_CONTROL,
						 .seq = ++race->seq,
						 .flags = F1P_EVF_SIMULATED,
						 .t_event_ns = race->t_event_ns},
		.lap = race->lap,
		.category = F1P_RC_OTHER,
		.flag = F1P_FLAG_NONE,
		.scope = F1P_SCOPE_TRACK,
		.mode = F1P_MODE_NONE,
		.status = F1P_RCS_NONE};
	snprintf(ev.text, sizeof(ev.text), "MESSAGE %u", number);
	if (race->n_messages == F1P_MAX_MESSAGES) {
		memmove(race->messages, race->messages + 1, (F1P_MAX_MESSAGES - 1) * sizeof(race->messages[0]));
		race->n_messages--;
	}
	struct f1p_message *m = &race->messages[race->n_messages++];
	*m = (struct f1p_message){.t_utc_ns = ev.t_utc_ns,
		.lap = ev.lap,
		.category = ev.category,
		.flag = ev.flag,
		.scope = ev.scope,
		.mode = ev.mode,
		.status = ev.status};
	snprintf(m->text, sizeof(m->text), "%s", ev.text);
	put_event(in, &ev.h);
}

static void put_forecast(struct inbox *in, struct f1p_state *race, struct f1p_rng *rng)
{
	struct f1p_ev_forecast ev = {
		.h = {.type = F1P_EV_FORECAST, .seq = ++race->seq, .flags = F1P_EVF_SIMULATED, .t_event_ns = race->t_event_ns},
		.published = 1,
		.lap = (uint16_t)race->lap,
		.trigger = F1P_TRIGGER_LAP};
	double p = f1p_rng_below(rng, 100000) / 1e5 + 4e-6;
	ev.h.size = (uint32_t)(offsetof(struct f1p_ev_forecast, forecast) + offsetof(struct f1p_forecast, cars) +
			       2 * sizeof(struct f1p_car_forecast));
	ev.forecast = (struct f1p_forecast){.n_cars = 2, .confidence = 0.5, .trend = F1P_TREND_STABLE, .runs = 1000};
	ev.forecast.cars[0] = (struct f1p_car_forecast){.car = 1, .p_win = p};
	ev.forecast.cars[1] = (struct f1p_car_forecast){.car = 2, .p_win = 1 - p};
	put_event(in, &ev.h);
}

static void put_insights(struct inbox *in, struct f1p_state *race)
{
	struct f1p_ev_insights ev = {.h = {.size = sizeof(ev),
					     .type = F1P_EV_INSIGHTS,
					     .seq = ++race->seq,
					     .flags = F1P_EVF_SIMULATED,
					     .t_event_ns = race->t_event_ns},
		.lap = (uint16_t)race->lap,
		.trigger = F1P_TRIGGER_LAP};
	ev.insights = (struct f1p_insights){.n_cars = 1, .n_overtakes = 1, .runs = 10};
	ev.insights.overtakes[0] = (struct f1p_overtake){.attacker = 2, .defender = 1, .p_1 = 0.25};
	ev.insights.cars[0] = (struct f1p_car_insight){.car = 1, .expected_points = race->lap};
	put_event(in, &ev.h);
}

static void put_xyz(struct inbox *in, struct f1p_state *race, struct f1p_rng *rng)
{
	struct f1p_ev_xyz ev = {.h = {.size = sizeof(ev),
					.type = F1P_EV_XYZ,
					.seq = ++race->seq,
					.flags = F1P_EVF_SIMULATED,
					.t_event_ns = race->t_event_ns},
		.car = 1,
		.x_dm = 1 + (int32_t)f1p_rng_below(rng, 10000)};
	put_event(in, &ev.h);
}

static void put_state(struct inbox *in, struct fake_host *host, struct f1p_state *race)
{
	struct f1p_event e = {.size = sizeof(e), .type = F1P_EV_STATE, .flags = F1P_EVF_SIMULATED};
	race->t_event_ns += SECOND / 4;
	e.seq = ++race->seq;
	fake_publish(host, race);
	put_event(in, &e);
}

static void put_some(struct inbox *in, struct fake_host *host, struct f1p_state *race, struct f1p_rng *rng, uint32_t tick)
{
	change(race, rng);
	if (tick % 5 == 0) {
		put_message(in, race, tick);
	}
	if (tick % 11 == 0) {
		put_forecast(in, race, rng);
		put_insights(in, race);
	}
	if (tick % 7 == 0) {
		put_xyz(in, race, rng);
	}
	put_state(in, host, race);
}

struct solo { /* a stream without a server */
	struct fake_host host;
	struct inbox inbox;
	struct stream stream;
	struct f1p_state race;
	struct f1p_rng rng;
};

static struct solo *solo_create(const char *folder, uint64_t room)
{
	struct solo *t = calloc(1, sizeof(*t));
	const struct stream_options o = {.folder = folder, .room = room, .keep_ns = INT64_MAX, .epoch = 0xabc};
	int failed = 0;
	assert_non_null(t);
	fake_host_init(&t->host);
	t->host.host.now_utc_ns = t->host.host.now_mono_ns = test_now;
	fake_race(&t->race, 20);
	f1p_rng_seed(&t->rng, 7, 1);
	assert_int_equal(inbox_init(&t->inbox, &t->host.host, t->host.host.get_extension(&t->host.host, F1P_EXT_BUS)), F1P_OK);
	assert_true(stream_init(&t->stream, &t->inbox, &o, &failed));
	assert_int_equal(failed, 0);
	return t;
}

static void solo_destroy(struct solo *t)
{
	stream_finish(&t->stream);
	inbox_finish(&t->inbox);
	fake_host_finish(&t->host);
	free(t);
}

static void solo_tick(struct solo *t, uint32_t tick)
{
	test_clock_ns += SECOND / 4;
	put_some(&t->inbox, &t->host, &t->race, &t->rng, tick);
	assert_true(stream_tick(&t->stream) > 0);
}

static void assert_same(struct frame *a, struct frame *b)
{
	assert_non_null(a);
	assert_non_null(b);
	if (a->length != b->length || memcmp(frame_text(a), frame_text(b), a->length) != 0) {
		size_t at = 0;
		while (at < a->length && at < b->length && frame_text(a)[at] == frame_text(b)[at]) {
			at++;
		}
		size_t from = at < 60 ? 0 : at - 60;
		fail_msg("differ at %zu: %.120s\n%.120s", at, frame_text(a) + from, frame_text(b) + from);
	}
}

/* What was served at each moment is what is rebuilt of it later, to the byte. */
static void check_rebuilt(const char *folder)
{
	static const enum stream_document documents[] = {STREAM_DOC_STATE, STREAM_DOC_FORECAST, STREAM_DOC_INSIGHTS};
	static struct frame *then[TICKS][4];
	static uint64_t positions[TICKS];
	struct solo *t = solo_create(folder, 4 << 20);
	for (uint32_t i = 0; i < TICKS; i++) {
		solo_tick(t, i);
		positions[i] = stream_head(&t->stream);
		for (uint32_t d = 0; d < 3; d++) {
			then[i][d] = stream_document_at(&t->stream, documents[d], positions[i]);
		}
		then[i][3] = stream_snapshot(&t->stream, positions[i], TOPIC_ALL);
	}
	solo_tick(t, 1);
	for (uint32_t i = 0; i < TICKS; i++) {
		for (uint32_t d = 0; d < 4; d++) {
			struct frame *now = d < 3 ? stream_document_at(&t->stream, documents[d], positions[i])
						  : stream_snapshot(&t->stream, positions[i], TOPIC_ALL);
			assert_same(then[i][d], now);
			frame_unref(now);
			frame_unref(then[i][d]);
		}
	}
	solo_destroy(t);
}

static void every_moment_can_be_rebuilt(void **arg)
{
	(void)arg;
	check_rebuilt("");
	check_rebuilt("/tmp");
}

static void the_oldest_go_first_when_the_room_is_full(void **arg)
{
	(void)arg;
	struct solo *t = solo_create("/tmp", 1 << 20);
	for (uint32_t i = 0; i < 3000; i++) {
		solo_tick(t, i);
	}
	uint64_t begin = reel_begin(&t->stream.reel), head = stream_head(&t->stream), position = 0;
	char id[STREAM_ID];
	assert_true(begin > 0 && begin < head);
	for (uint64_t p = begin; p < head; p += 37) {
		struct frame *f = stream_snapshot(&t->stream, p, TOPIC_ALL);
		assert_non_null(f);
		assert_json(frame_text(f), f->length);
		frame_unref(f);
	}
	assert_null(stream_snapshot(&t->stream, 0, TOPIC_ALL));
	stream_id(&t->stream, 1, id);
	assert_non_null(stream_find(&t->stream, id, &position));
	stream_id(&t->stream, head, id);
	assert_null(stream_find(&t->stream, id, &position));
	assert_int_equal(position, head);
	solo_destroy(t);
}

static void places_are_found_by_id_and_by_seq(void **arg)
{
	(void)arg;
	struct solo *t = solo_create("", 1 << 20);
	uint64_t position = 0;
	for (uint32_t i = 1; i < 5; i++) { /* states only */
		solo_tick(t, i);
	}
	uint64_t seq = t->stream.seq;
	char text[32];
	snprintf(text, sizeof(text), "%llu", (unsigned long long)seq);
	assert_null(stream_find(&t->stream, text, &position));
	assert_int_equal(position, stream_head(&t->stream));
	t->race.status = F1P_STATUS_FINISHED; /* a session and a state message of one seq */
	solo_tick(t, 6);
	snprintf(text, sizeof(text), "%llu", (unsigned long long)t->stream.seq);
	assert_non_null(strstr(stream_find(&t->stream, text, &position), "several"));
	assert_null(stream_find(&t->stream, "abc-2", &position));
	assert_int_equal(position, 2);
	static const char *const none[] = {
		"", "x", "abc-", "abc-99", "abd-2", "abc-2x", "-2", "99999999999999999999", "1", " 5", "abc--1"};
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
		if (!stream_find(&t->stream, none[i], &position)) {
			fail_msg("found: %s", none[i]);
		}
	}
	solo_destroy(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_moment_can_be_rebuilt),
		cmocka_unit_test(the_oldest_go_first_when_the_room_is_full),
		cmocka_unit_test(places_are_found_by_id_and_by_seq),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
