/*
 * sink_alerts_test.c - the plugin on a fake host: asked, told what happens, and looked at what it sends.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdatomic.h>

#include "alerts_fixture.h"

static void a_rule_speaks_on_the_page(void **state)
{
	struct rig *r = *state;

	subscribe(r, "{\"rule\":\"win[VER] changes by 5 points\"}");
	assert_true(says(r, "\"rule\":\"win[VER] changes by >= 5 points\""));
	assert_true(says(r, "\"known\":true"));
	assert_true(says(r, "\"webhook\":null"));
	win(r, 1, 28.1);
	assert_int_equal(n_alerts(r), 0);
	win(r, 70, 34.2);
	assert_int_equal(n_alerts(r), 1);
	assert_true(says(r, "\"text\":\"VER: chance to win 34.2 %, was 28.1 %\""));
	assert_true(says(r, "\"session\":{\"key\":77,\"name\":\"Race\",\"meeting\":\"Example Grand Prix\"}"));
	assert_true(says(
		r, "\"values\":{\"driver\":\"VER\",\"number\":1,\"on\":null,\"value\":34.20,\"before\":28.10,\"unit\":\"%\"}"));
	assert_null(fake_posted(r->fake));
}

static void newest_come_first_and_the_viewers_delay_counts(void **state)
{
	struct rig *r = *state;
	int64_t before;

	subscribe(r, "{\"rule\":\"safety car\"}");
	subscribe(r, "{\"rule\":\"red flag\"}");
	track(r, 0, F1P_TRACK_CLEAR);
	track(r, 10, F1P_TRACK_SC);
	before = r->fake->now_ns;
	track(r, 10, F1P_TRACK_RED);
	assert_int_equal(n_alerts(r), 2);
	assert_true(strstr(r->text, "Red flag, lap 12") < strstr(r->text, "Safety car, lap 12"));
	fake_ask(r->fake, F1P_GET, "/api/v1/alerts", NULL, NULL, F1P_SCOPE_READ, before, r->text, sizeof(r->text));
	assert_false(says(r, "Red flag"));
	assert_true(says(r, "Safety car"));
	fake_ask(r->fake, F1P_GET, "/api/v1/alerts", "limit=1", NULL, F1P_SCOPE_READ, ANY, r->text, sizeof(r->text));
	assert_int_equal(count(r->text, "\"kind\""), 1);
	assert_int_equal(
		fake_ask(r->fake, F1P_GET, "/api/v1/alerts", "limit=0", NULL, F1P_SCOPE_READ, ANY, r->text, sizeof(r->text)),
		400);
}

/* What the socket that is opened with a subscription's ticket asks for. */
static void alerts_of_one_subscription_are_asked_for_alone(void **state)
{
	static const char *const refused[] = {"limit=1&limit=2", "subscription=r1&subscription=r2",
		"subscription=", "subscription", "delay=5&x=1", "x", "limit"};
	struct rig *r = *state;

	subscribe(r, "{\"rule\":\"safety car\"}");
	assert_true(says(r, "\"ws\":\"/ws/live-predictions?subscription=r1\""));
	subscribe(r, "{\"rule\":\"red flag\"}");
	track(r, 0, F1P_TRACK_CLEAR);
	track(r, 10, F1P_TRACK_SC);
	track(r, 10, F1P_TRACK_RED);
	assert_int_equal(fake_ask(r->fake, F1P_GET, "/api/v1/alerts", "subscription=r1&limit=9", NULL, F1P_SCOPE_READ, ANY,
				 r->text, sizeof(r->text)),
		200);
	assert_true(says(r, "Safety car"));
	assert_false(says(r, "Red flag"));
	fake_ask(r->fake, F1P_GET, "/api/v1/alerts", "subscription=r9", NULL, F1P_SCOPE_READ, ANY, r->text, sizeof(r->text));
	assert_string_equal(r->text, "{\"alerts\":[]}");
	assert_int_equal(fake_ask(r->fake, F1P_GET, "/api/v1/alerts", "delay=30&limit=9", NULL, F1P_SCOPE_READ, ANY, r->text,
				 sizeof(r->text)),
		200);
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		assert_int_equal(fake_ask(r->fake, F1P_GET, "/api/v1/alerts", refused[i], NULL, F1P_SCOPE_READ, ANY, r->text,
					 sizeof(r->text)),
			400);
	}
}

static void a_webhook_gets_it_with_a_secret_that_is_shown_once(void **state)
{
	struct rig *r = *state;
	char secret[65] = "";
	struct fake_post *p;

	subscribe(r, "{\"rule\":\"safety car\"," HOOK "}");
	assert_int_equal(sscanf(strstr(r->text, "\"secret\":\""), "\"secret\":\"%64[0-9a-f]\"", secret), 1);
	assert_int_equal(strlen(secret), 64);
	track(r, 0, F1P_TRACK_CLEAR);
	track(r, 10, F1P_TRACK_SC);
	p = posted(r);
	assert_string_equal(p->url, "https://example.org/hook/path-secret?q=query-secret");
	assert_string_equal(p->secret, secret);
	assert_int_equal(p->flags, 0);
	assert_non_null(strstr(p->body, "\"text\":\"Safety car, lap 12\""));
	assert_non_null(strstr(p->body, p->id));
	assert_int_equal(ask(r, F1P_GET, SUBSCRIPTIONS, NULL), 200);
	assert_true(says(r, "\"server\":\"https://example.org\""));
	assert_false(says(r, secret));
	assert_false(says(r, "path-secret"));
	assert_false(says(r, "query-secret"));
	assert_null(strstr(r->fake->log, "path-secret"));
	fake_post_answer(p, F1P_OK, 204, ANY, "");
	flush(r, 1);
	ask(r, F1P_GET, SUBSCRIPTIONS "/r1", NULL);
	assert_true(says(r, "\"delivered\":1"));
}

static void a_failed_webhook_is_tried_again_and_ends_as_a_dead_letter(void **state)
{
	struct rig *r = *state;
	int64_t least = 5, most = 5;
	char id[72];

	subscribe(r, "{\"rule\":\"safety car\"," HOOK "}");
	track(r, 0, F1P_TRACK_CLEAR);
	track(r, 10, F1P_TRACK_SC);
	snprintf(id, sizeof(id), "%s", posted(r)->id);
	for (int i = 1; i <= 8; i++) {
		struct fake_post *p = posted(r);
		assert_string_equal(p->id, id); /* so that whoever has it already knows */
		fake_post_answer(p, F1P_OK, 500, ANY, "");
		flush(r, 0);
		assert_null(fake_posted(r->fake));
		if (i < 8) {
			flush(r, least * 2 / 5); /* under a half */
			assert_null(fake_posted(r->fake));
			flush(r, most);
		}
		least *= 2;
		most *= 2;
	}
	assert_null(fake_posted(r->fake));
	assert_int_equal(ask(r, F1P_GET, SUBSCRIPTIONS "/dead-letters", NULL), 200);
	assert_true(says(r, "\"total\":1"));
	assert_true(says(r, "\"reason\":\"the receiver said 500\""));
	assert_true(says(r, "\"tries\":8"));
	assert_true(says(r, id));
	assert_false(says(r, "path-secret"));
	assert_true(fake_metric(r->fake, "f1pd_webhooks_total{result=dead}") == 1);
	assert_true(fake_metric(r->fake, "f1pd_webhooks_total{result=tried_again}") == 7);
}

static void a_receivers_wish_to_wait_is_heeded(void **state)
{
	struct rig *r = *state;

	subscribe(r, "{\"rule\":\"safety car\"," HOOK "}");
	track(r, 0, F1P_TRACK_CLEAR);
	track(r, 10, F1P_TRACK_SC);
	fake_post_answer(posted(r), F1P_OK, 429, 90000, "");
	flush(r, 0);
	flush(r, 89);
	assert_null(fake_posted(r->fake));
	flush(r, 1);
	fake_post_answer(posted(r), F1P_OK, 200, ANY, "");
	flush(r, 0);
}

static void what_is_useless_is_not_tried_again(void **state)
{
	struct rig *r = *state;

	subscribe(r, "{\"rule\":\"safety car\"," HOOK "}");
	track(r, 0, F1P_TRACK_CLEAR);
	track(r, 10, F1P_TRACK_SC);
	fake_post_answer(posted(r), F1P_EINVAL, 0, ANY, "its address 10.0.0.1 is not public");
	flush(r, 600);
	assert_null(fake_posted(r->fake));
	ask(r, F1P_GET, SUBSCRIPTIONS "/dead-letters", NULL);
	assert_true(says(r, "its address 10.0.0.1 is not public"));
	track(r, 60, F1P_TRACK_CLEAR);
	track(r, 60, F1P_TRACK_SC);
	fake_post_answer(posted(r), F1P_OK, 410, ANY, "");
	flush(r, 0);
	ask(r, F1P_GET, SUBSCRIPTIONS "/r1", NULL);
	assert_true(says(r, "\"status\":\"paused\""));
}

static void a_delayed_subscription_waits_as_long_as_its_viewer(void **state)
{
	struct rig *r = *state;

	subscribe(r, "{\"rule\":\"safety car\",\"delay_s\":30," HOOK "}");
	track(r, 0, F1P_TRACK_CLEAR);
	track(r, 10, F1P_TRACK_SC);
	flush(r, 29);
	assert_null(fake_posted(r->fake));
	assert_int_equal(n_alerts(r), 0);
	flush(r, 1);
	assert_non_null(strstr(posted(r)->body, "Safety car"));
	assert_int_equal(n_alerts(r), 1);
}

static void a_delayed_alert_is_the_newest_when_it_appears(void **state)
{
	struct rig *r = *state;

	subscribe(r, "{\"rule\":\"safety car\",\"delay_s\":30}");
	subscribe(r, "{\"rule\":\"red flag\"}");
	track(r, 0, F1P_TRACK_CLEAR);
	track(r, 10, F1P_TRACK_SC);
	track(r, 10, F1P_TRACK_RED);
	assert_int_equal(n_alerts(r), 1);
	later(r, 20);
	assert_int_equal(n_alerts(r), 2);
	assert_true(strstr(r->text, "Safety car") < strstr(r->text, "Red flag"));
}

/* Numbers tell too. */
static void a_viewer_who_is_behind_sees_no_sign_of_what_is_to_come(void **state)
{
	struct rig *r = *state;
	int64_t before;

	subscribe(r, "{\"rule\":\"safety car\",\"repeat\":\"once\"," HOOK "}");
	track(r, 0, F1P_TRACK_CLEAR);
	before = r->fake->now_ns;
	track(r, 10, F1P_TRACK_SC);
	fake_post_answer(posted(r), F1P_EINVAL, 0, ANY, "refused");
	flush(r, 1);
	for (int i = 0; i < 2; i++) {
		fake_ask(r->fake, F1P_GET, i ? SUBSCRIPTIONS "/r1" : SUBSCRIPTIONS, NULL, NULL, F1P_SCOPE_READ, before, r->text,
			sizeof(r->text));
		assert_true(says(r, "\"alerts\":0,\"delivered\":0,\"failed\":0,\"last_alert\":null"));
		assert_true(says(r, "\"status\":\"active\""));
	}
	fake_ask(r->fake, F1P_GET, SUBSCRIPTIONS "/dead-letters", NULL, NULL, F1P_SCOPE_READ, before, r->text, sizeof(r->text));
	assert_string_equal(r->text, "{\"dead_letters\":[],\"total\":0}");
	ask(r, F1P_GET, SUBSCRIPTIONS "/r1", NULL);
	assert_true(says(r, "\"alerts\":1,\"delivered\":0,\"failed\":1,\"last_alert\":\""));
	assert_true(says(r, "\"status\":\"done\""));
	ask(r, F1P_GET, SUBSCRIPTIONS "/dead-letters", NULL);
	assert_true(says(r, "\"total\":1"));
}

static void without_spoilers_neither_what_nor_who_is_said(void **state)
{
	struct rig *r = *state;
	const char *body;

	subscribe(r, "{\"rule\":\"pits[VER]\",\"no_spoiler\":true," HOOK "}");
	publish(r);
	r->state->cars[0].in_pit = F1P_YES;
	later(r, 5);
	publish(r);
	body = posted(r)->body;
	assert_non_null(strstr(body, "Something happened; catch up"));
	assert_non_null(strstr(body, "\"rule\":null"));
	assert_non_null(strstr(body, "\"values\":null"));
	assert_null(strstr(body, "VER"));
	assert_null(strstr(body, "pit"));
	assert_int_equal(n_alerts(r), 1);
	assert_false(says(r, "VER"));
}

static void once_is_once_and_a_pause_is_a_pause(void **state)
{
	struct rig *r = *state;

	subscribe(r, "{\"rule\":\"safety car\",\"repeat\":\"once\"}");
	subscribe(r, "{\"rule\":\"red flag\"}");
	track(r, 0, F1P_TRACK_CLEAR);
	for (int i = 0; i < 3; i++) {
		track(r, 100, F1P_TRACK_SC);
		track(r, 100, F1P_TRACK_CLEAR);
	}
	assert_int_equal(n_alerts(r), 1);
	ask(r, F1P_GET, SUBSCRIPTIONS "/r1", NULL);
	assert_true(says(r, "\"status\":\"done\""));
	assert_int_equal(ask(r, F1P_PATCH, SUBSCRIPTIONS "/r2", "{\"paused\":true}"), 200);
	assert_true(says(r, "\"status\":\"paused\""));
	track(r, 100, F1P_TRACK_RED);
	assert_int_equal(ask(r, F1P_PATCH, SUBSCRIPTIONS "/r2", "{\"paused\":false}"), 200);
	track(r, 1, F1P_TRACK_RED);
	assert_int_equal(n_alerts(r), 1); /* it began in the pause */
	track(r, 100, F1P_TRACK_CLEAR);
	track(r, 100, F1P_TRACK_RED);
	assert_int_equal(n_alerts(r), 2);
	assert_int_equal(ask(r, F1P_DELETE, SUBSCRIPTIONS "/r2", NULL), 204);
	assert_int_equal(ask(r, F1P_GET, SUBSCRIPTIONS "/r2", NULL), 404);
	track(r, 100, F1P_TRACK_CLEAR);
	track(r, 100, F1P_TRACK_RED);
	assert_int_equal(n_alerts(r), 2);
}

static void a_deletion_while_it_is_sent_harms_nobody(void **state)
{
	struct rig *r = *state;

	subscribe(r, "{\"rule\":\"safety car\"," HOOK "}");
	track(r, 0, F1P_TRACK_CLEAR);
	track(r, 10, F1P_TRACK_SC);
	assert_int_equal(ask(r, F1P_DELETE, SUBSCRIPTIONS "/r1", NULL), 204);
	fake_post_answer(posted(r), F1P_OK, 500, ANY, "");
	flush(r, 60);
	assert_null(fake_posted(r->fake));
	ask(r, F1P_GET, SUBSCRIPTIONS "/dead-letters", NULL);
	assert_true(says(r, "\"total\":0"));
}

static void a_test_goes_out_at_once(void **state)
{
	struct rig *r = *state;

	subscribe(r, "{\"rule\":\"rain\",\"delay_s\":600," HOOK "}");
	assert_int_equal(ask(r, F1P_POST, SUBSCRIPTIONS "/r1/test", ""), 202);
	assert_true(says(r, "\"kind\":\"test\""));
	flush(r, 1);
	assert_non_null(strstr(posted(r)->body, "\"kind\":\"test\""));
	assert_int_equal(ask(r, F1P_POST, SUBSCRIPTIONS "/r9/test", ""), 404);
}

static void messages_of_race_control_are_passed_on(void **state)
{
	struct rig *r = *state;
	struct f1p_ev_race_control m = {.car = 4, .text = "CAR 4 (NOR) TIME 1:20.1 DELETED"};
	struct f1p_ev_race_control old = {.text = "GREEN LIGHT"};

	subscribe(r, "{\"topics\":[\"race_control\"],\"drivers\":[\"NOR\"]," HOOK "}");
	publish(r);
	event(r, F1P_EV_RACE_CONTROL, &old, sizeof(old), 0); /* of nobody */
	event(r, F1P_EV_RACE_CONTROL, &m, sizeof(m), F1P_EVF_SNAPSHOT);
	assert_null(fake_posted(r->fake));
	event(r, F1P_EV_RACE_CONTROL, &m, sizeof(m), 0);
	assert_non_null(strstr(posted(r)->body, "CAR 4 (NOR) TIME 1:20.1 DELETED"));
}

static void the_objects_rule_is_the_texts(void **state)
{
	struct rig *r = *state;

	subscribe(r, "{\"rule\":{\"what\":\"overtake\",\"driver\":\"NOR\",\"on\":1,\"within_laps\":3,\"compare\":\">=\","
		     "\"value\":60}}");
	assert_true(says(r, "\"rule\":\"overtake[NOR on 1] within 3 laps >= 60 %\""));
	subscribe(r, "{\"rule\":{\"what\":\"win\",\"driver\":\"VER\",\"compare\":\"changes\",\"value\":2.5}}");
	assert_true(says(r, "\"rule\":\"win[VER] changes by >= 2.50 points\""));
	subscribe(r, "{\"rule\":{\"what\":\"safety_car\"}}");
	assert_true(says(r, "\"rule\":\"safety car\""));
	subscribe(r, "{\"rule\":{\"what\":\"position\",\"driver\":\"44\",\"compare\":\"<=\",\"value\":3}}");
	assert_true(says(r, "\"rule\":\"position[44] <= 3\""));
	assert_true(says(r, "\"known\":false"));
	subscribe(r, "{\"rule\":{\"what\":\"pits\",\"my_driver\":true},\"drivers\":[\"VER\"]}");
	assert_true(says(r, "\"rule\":\"my driver pits\""));
}

static void what_cannot_be_is_refused_with_a_reason(void **state)
{
	static const struct {
		const char *body;
		uint32_t status;
		const char *why;
	} bad[] = {
		{"", 400, "not valid JSON"},
		{"[]", 400, "an object"},
		{"{\"rule\":\"rain\"}x", 400, "not valid JSON"},
		{"{}", 400, "rule is missing"},
		{"{\"rule\":7}", 400, "a text or an object"},
		{"{\"rule\":\"rain\",\"rule\":\"vsc\"}", 400, "given twice"},
		{"{\"rule\":\"win > 5 %\",\"drivers\":[1],\"drivers\":[4]}", 400, "once"},
		{"{\"rule\":\"win[VER]\"}", 400, "rule: >, >="},
		{"{\"rule\":{\"what\":\"win\",\"who\":\"VER\"}}", 400, "who is unknown"},
		{"{\"rule\":\"my driver pits\"}", 400, "drivers is missing"},
		{"{\"rule\":\"rain\",\"drivers\":[]}", 400, "the list is empty"},
		{"{\"rule\":\"rain\",\"drivers\":[\"VERSTAPPEN\"]}", 400, "at most 32 codes"},
		{"{\"rule\":\"rain\",\"drivers\":[1.5]}", 400, "at most 32 codes"},
		{"{\"rule\":\"rain\",\"topics\":[\"state\"]}", 400, "topics"},
		{"{\"topics\":[\"forecast\"]," HOOK "}", 400, "open a socket"},
		{"{\"topics\":[]," HOOK "}", 400, "rule is missing"},
		{"{\"rule\":{\"what\":\"win\",\"compare\":\">\"}}", 400, "a number"},
		{"{\"rule\":{\"what\":\"win\",\"compare\":\"rises\"}}", 400, "a number"},
		{"{\"rule\":{\"what\":\"win\",\"value\":5}}", 400, ">, >="},
		{"{\"rule\":\"rain\",\"delay_s\":601}", 400, "0 to 600"},
		{"{\"rule\":\"rain\",\"delay_s\":-1}", 400, "0 to 600"},
		{"{\"rule\":\"rain\",\"delay_s\":\"3\"}", 400, "0 to 600"},
		{"{\"rule\":\"rain\",\"repeat\":\"twice\"}", 400, "once"},
		{"{\"rule\":\"rain\",\"webhook\":{\"secret\":\"0123456789abcdef\"}}", 400, "url is missing"},
		{"{\"rule\":\"rain\",\"webhook\":{\"url\":\"https://example.org\",\"secret\":\"short\"}}", 400, "16 to 256"},
		{"{\"rule\":\"rain\",\"webhook\":\"https://example.org/\xed\xbb\xbf\"}", 400, "UTF-8"},
		{"{\"rule\":\"rain\",\"webhook\":\"http://example.org\"}", 422, "allow_http"},
		{"{\"rule\":\"rain\",\"webhook\":\"https://10.0.0.1/\"}", 422, "allow_private"},
		{"{\"rule\":\"rain\",\"color\":1}", 400, "color: unknown"},
	};
	struct rig *r = *state;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		uint32_t status = ask(r, F1P_POST, SUBSCRIPTIONS, bad[i].body);
		if (status != bad[i].status || !says(r, bad[i].why) || !says(r, "\"title\"")) {
			fail_msg("%s: %u %s", bad[i].body, status, r->text);
		}
	}
	ask(r, F1P_GET, SUBSCRIPTIONS, NULL);
	assert_string_equal(r->text, "{\"subscriptions\":[]}");
}

static void changes_need_the_scope_control(void **state)
{
	struct rig *r = *state;
	static const struct {
		uint32_t method;
		const char *path;
	} asked[] = {{F1P_POST, SUBSCRIPTIONS}, {F1P_PATCH, SUBSCRIPTIONS "/r1"}, {F1P_DELETE, SUBSCRIPTIONS "/r1"},
		{F1P_POST, SUBSCRIPTIONS "/r1/test"}};

	subscribe(r, "{\"rule\":\"rain\"}");
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(fake_ask(r->fake, asked[i].method, asked[i].path, NULL, "{\"rule\":\"vsc\"}", F1P_SCOPE_READ,
					 ANY, r->text, sizeof(r->text)),
			403);
	}
	assert_int_equal(
		fake_ask(r->fake, F1P_GET, SUBSCRIPTIONS "/r1", NULL, NULL, F1P_SCOPE_READ, ANY, r->text, sizeof(r->text)), 200);
	assert_int_equal(ask(r, F1P_PUT, SUBSCRIPTIONS "/r1", "{}"), 405);
	assert_int_equal(ask(r, F1P_GET, SUBSCRIPTIONS "/r1/x", NULL), 404);
	assert_int_equal(ask(r, F1P_GET, SUBSCRIPTIONS "/r1/testing", NULL), 404);
	assert_int_equal(ask(r, F1P_GET, SUBSCRIPTIONS "/", NULL), 404);
	assert_int_equal(ask(r, F1P_POST, "/api/v1/alerts", NULL), 405);
	ask(r, F1P_GET, SUBSCRIPTIONS, NULL);
	assert_int_equal(count(r->text, "\"id\""), 1);
}

static void there_is_an_end_to_subscriptions_and_to_what_waits(void **state)
{
	struct rig *r = *state;

	for (int i = 0; i < 1000; i++) {
		subscribe(r, i < 999 ? "{\"rule\":\"rain\"}" : "{\"topics\":[\"race_control\"],\"delay_s\":600," HOOK "}");
	}
	assert_int_equal(ask(r, F1P_POST, SUBSCRIPTIONS, "{\"rule\":\"rain\"}"), 503);
	publish(r);
	for (int i = 0; i < 60; i++) {
		struct f1p_ev_race_control m = {.text = "YELLOW IN SECTOR 1"};
		event(r, F1P_EV_RACE_CONTROL, &m, sizeof(m), 0);
	}
	ask(r, F1P_GET, SUBSCRIPTIONS "/dead-letters", NULL);
	assert_true(says(r, "\"total\":10"));
	ask(r, F1P_GET, SUBSCRIPTIONS "/r1000", NULL);
	assert_true(says(r, "\"failed\":0")); /* a viewer sees nothing of what is not due */
	flush(r, 600);
	ask(r, F1P_GET, SUBSCRIPTIONS "/r1000", NULL);
	assert_true(says(r, "\"alerts\":60,\"delivered\":0,\"failed\":10,"));
	assert_int_equal(r->fake->n_posts, 50);
}

static void without_a_host_that_sends_it_serves_the_page(void **state)
{
	struct rig *r = *state;

	fake_stop(r->fake, r->plugin);
	r->fake->absent[0] = F1P_EXT_WEBHOOK;
	r->fake->absent[1] = F1P_EXT_DATA_DIR;
	r->fake->absent[2] = F1P_EXT_METRICS;
	start(r, NULL);
	assert_int_equal(ask(r, F1P_POST, SUBSCRIPTIONS, "{\"rule\":\"rain\"," HOOK "}"), 422);
	subscribe(r, "{\"rule\":\"safety car\"}");
	track(r, 0, F1P_TRACK_CLEAR);
	track(r, 10, F1P_TRACK_SC);
	assert_int_equal(n_alerts(r), 1);
}

/* ------------------------------------------------------------------ threads */

struct asker {
	pthread_t id;
	struct rig *r;
	atomic_bool *stop;
	unsigned failed;
};

/* What a web server's thread may do: makes a subscription, tries, pauses and deletes it, and looks at all that there is. */
static void *keep_asking(void *arg)
{
	struct asker *a = arg;
	struct fake_host *f = a->r->fake;
	char *text = malloc(65536), path[64], id[24];

	do {
		uint32_t status =
			fake_ask(f, F1P_POST, SUBSCRIPTIONS, NULL, "{\"rule\":\"race control\"}", BOTH, ANY, text, 65536);
		a->failed += status != 201 || sscanf(text, "{\"id\":\"%23[^\"]", id) != 1;
		snprintf(path, sizeof(path), SUBSCRIPTIONS "/%s/test", id);
		a->failed += fake_ask(f, F1P_POST, path, NULL, "", BOTH, ANY, text, 65536) != 202;
		snprintf(path, sizeof(path), SUBSCRIPTIONS "/%s", id);
		a->failed += fake_ask(f, F1P_PATCH, path, NULL, "{\"paused\":true}", BOTH, ANY, text, 65536) != 200;
		a->failed += fake_ask(f, F1P_GET, "/api/v1/alerts", NULL, NULL, BOTH, ANY, text, 65536) != 200;
		a->failed += fake_ask(f, F1P_GET, SUBSCRIPTIONS, NULL, NULL, BOTH, ANY, text, 65536) != 200;
		a->failed += fake_ask(f, F1P_DELETE, path, NULL, NULL, BOTH, ANY, text, 65536) != 204;
	} while (!atomic_load(a->stop));
	free(text);
	return NULL;
}

static void requests_come_on_any_thread(void **state)
{
	struct rig *r = *state;
	struct asker askers[3] = {0};
	atomic_bool stop = false;

	fake_stop(r->fake, r->plugin);
	r->fake->data_dir = NULL;
	start(r, NULL);
	subscribe(r, "{\"rule\":\"race control\"}");
	publish(r);
	for (int i = 0; i < 3; i++) {
		askers[i].r = r;
		askers[i].stop = &stop;
		assert_int_equal(pthread_create(&askers[i].id, NULL, keep_asking, &askers[i]), 0);
	}
	for (int i = 0; i < 400; i++) {
		struct f1p_ev_race_control m = {.text = "YELLOW IN SECTOR 1"};
		event(r, F1P_EV_RACE_CONTROL, &m, sizeof(m), 0);
		assert_int_equal(sink_of(r)->flush(r->plugin), F1P_OK);
	}
	atomic_store(&stop, true);
	for (int i = 0; i < 3; i++) {
		pthread_join(askers[i].id, NULL);
		assert_int_equal(askers[i].failed, 0);
	}
	assert_int_equal(ask(r, F1P_GET, SUBSCRIPTIONS "/r1", NULL), 200);
	assert_true(says(r, "\"alerts\":400,"));
	r->fake->data_dir = r->dir;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_rule_speaks_on_the_page),
		TEST(newest_come_first_and_the_viewers_delay_counts),
		TEST(alerts_of_one_subscription_are_asked_for_alone),
		TEST(a_webhook_gets_it_with_a_secret_that_is_shown_once),
		TEST(a_failed_webhook_is_tried_again_and_ends_as_a_dead_letter),
		TEST(a_receivers_wish_to_wait_is_heeded),
		TEST(what_is_useless_is_not_tried_again),
		TEST(a_delayed_subscription_waits_as_long_as_its_viewer),
		TEST(a_delayed_alert_is_the_newest_when_it_appears),
		TEST(a_viewer_who_is_behind_sees_no_sign_of_what_is_to_come),
		TEST(without_spoilers_neither_what_nor_who_is_said),
		TEST(once_is_once_and_a_pause_is_a_pause),
		TEST(a_deletion_while_it_is_sent_harms_nobody),
		TEST(a_test_goes_out_at_once),
		TEST(messages_of_race_control_are_passed_on),
		TEST(the_objects_rule_is_the_texts),
		TEST(what_cannot_be_is_refused_with_a_reason),
		TEST(changes_need_the_scope_control),
		TEST(there_is_an_end_to_subscriptions_and_to_what_waits),
		TEST(requests_come_on_any_thread),
		TEST(without_a_host_that_sends_it_serves_the_page),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
