/*
 * webhook_test.c - what a receiver sees of a webhook, what is never connected to, and what happens when it fails.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net/http_fixture.h"
#include "net/webhook.h"

#define BOTH (F1P_WEBHOOKF_HTTP | F1P_WEBHOOKF_PRIVATE)

struct rig {
	struct fixture *f;
	struct webhook_sender *sender;
	int n;
	int32_t error[400];
	uint32_t status;
	int64_t retry_after_ms;
	char reason[400];
};

static int set_up(void **state)
{
	struct rig *r = calloc(1, sizeof(*r));
	char err[400];

	r->f = fixture_create(false);
	r->sender = webhook_sender_create(&r->f->options, err, sizeof(err));
	assert_non_null(r->sender);
	*state = r;
	return 0;
}

static int tear_down(void **state)
{
	struct rig *r = *state;

	webhook_sender_destroy(r->sender);
	fixture_destroy(r->f);
	free(r);
	return 0;
}

static void on_result(void *arg, const struct f1p_webhook_result *a)
{
	struct rig *r = arg;

	r->error[r->n++] = a->error;
	r->status = a->status;
	r->retry_after_ms = a->retry_after_ms;
	snprintf(r->reason, sizeof(r->reason), "%s", a->reason);
}

static f1p_status post(struct rig *r, uint32_t owner, const char *path, uint32_t flags)
{
	char url[300], why[300] = "";
	const struct f1p_webhook w = {.size = sizeof(w),
		.flags = flags,
		.url = path[0] == '/' ? fixture_url(r->f, path, url) : path,
		.id = "a-1",
		.secret = "key",
		.body = "{\"a\":1}",
		.body_bytes = 7};

	return webhook_post(r->sender, owner, &w, on_result, r, why, sizeof(why));
}

static void run(struct rig *r, int results)
{
	uv_timer_start(&r->f->guard, fixture_on_guard, FIXTURE_GUARD_MS, 0);
	uv_timer_start(&r->f->poll, fixture_on_poll, 5, 5);
	while (r->n < results && !r->f->timed_out)
		uv_run(&r->f->loop, UV_RUN_ONCE);
	uv_timer_stop(&r->f->poll);
	uv_timer_stop(&r->f->guard);
	assert_false(r->f->timed_out);
	assert_int_equal(r->n, results);
}

/* The sum was made with `openssl dgst -sha256 -hmac key`. */
static void the_signature_is_hmac_sha256_of_time_dot_body(void **state)
{
	char out[WEBHOOK_SIGNATURE_TEXT];

	(void)state;
	assert_true(webhook_sign("key", 1700001000, "{\"a\":1}", 7, out));
	assert_string_equal(out, "sha256=f72e477277a9cab461b7c8c228b20d53309f95d8c0b22088a71cf88c961e5e57");
}

static void a_receiver_gets_body_id_time_and_signature(void **state)
{
	struct rig *r = *state;
	char out[WEBHOOK_SIGNATURE_TEXT];

	assert_int_equal(post(r, 1, "/ok", BOTH), F1P_OK);
	assert_int_equal(r->n, 0); /* never from within */
	run(r, 1);
	assert_int_equal(r->error[0], F1P_OK);
	assert_int_equal(r->status, 200);
	assert_non_null(strstr(r->f->server->head, "POST /ok "));
	assert_non_null(strstr(r->f->server->head, "X-F1PD-Id: a-1\r\n"));
	assert_non_null(strstr(r->f->server->head, "X-F1PD-Timestamp: 1700001000\r\n"));
	assert_non_null(strstr(r->f->server->head, "Content-Type: application/json\r\n"));
	assert_true(webhook_sign("key", 1700001000, "{\"a\":1}", 7, out));
	assert_non_null(strstr(r->f->server->head, out));
}

static void one_attempt_and_no_redirect(void **state)
{
	struct rig *r = *state;

	snprintf(r->f->server->location, sizeof(r->f->server->location), "/ok");
	assert_int_equal(post(r, 1, "/moved", BOTH), F1P_OK);
	run(r, 1);
	assert_int_equal(r->status, 302);
	assert_int_equal(test_server_hits(r->f->server, "/ok"), 0);
	assert_int_equal(post(r, 1, "/fail/503/9?after=7", BOTH), F1P_OK);
	run(r, 2);
	assert_int_equal(r->status, 503);
	assert_int_equal(r->retry_after_ms, 7000);
	assert_string_equal(r->reason, "the server said 503"); /* and not to whom: the path may be secret */
	assert_int_equal(test_server_hits(r->f->server, "/fail/503/9"), 1);
}

static void a_long_answer_is_cut_off(void **state)
{
	struct rig *r = *state;

	assert_int_equal(post(r, 1, "/huge", BOTH), F1P_OK);
	run(r, 1);
	assert_int_equal(r->error[0], F1P_EINVAL);
}

static void what_the_url_says_is_refused_at_once(void **state)
{
	static const char *const urls[] = {"https://127.0.0.1/", "https://127.1/", "https://2130706433/", "https://0x7f.1/",
		"https://[::1]/", "https://[::ffff:10.0.0.1]/", "https://10.1.2.3:8443/",
		"https://169.254.169.254/latest/meta-data/", "https://0.0.0.0/", "https://localhost/", "https://a.localhost/",
		"https://printer.local/", "https://metadata.google.internal/", "http://example.org/", "ftp://example.org/",
		"https://user:pw@example.org/", "https://", "", "https://example.org/a b"};
	char why[300];

	(void)state;
	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
		if (webhook_url_check(urls[i], 0, why, sizeof(why)))
			fail_msg("%s is accepted", urls[i]);
		assert_true(why[0] != '\0');
	}
	assert_true(webhook_url_check("https://example.org/hook?x=1", 0, why, sizeof(why)));
	assert_true(webhook_url_check("https://8.8.8.8/", 0, why, sizeof(why)));
	assert_true(webhook_url_check("http://10.0.0.1/", BOTH, why, sizeof(why)));
	assert_false(webhook_url_check("http://10.0.0.1/", F1P_WEBHOOKF_PRIVATE, why, sizeof(why)));
}

/* The name's word is not taken: what is judged is the address that is connected to. A connection that stands open already is none
 * either. */
static void where_a_name_leads_is_judged_when_connecting(void **state)
{
	struct rig *r = *state;
	struct f1p_http_request guarded = {.flags = F1P_HTTPF_PUBLIC_ONLY | F1P_HTTPF_NO_RETRY};
	char url[100];
	struct answer *a;

	fixture_close(r->f);
	r->f->options.measured = NULL; /* it knows numbers only */
	fixture_open(r->f);
	snprintf(url, sizeof(url), "http://localhost:%u/keep", r->f->server->port);
	assert_int_equal(fixture_get(r->f, url, plain)->status, 200);
	a = fixture_get(r->f, url, guarded);
	assert_int_equal(a->error, F1P_EINVAL);
	assert_int_equal(a->status, 0);
	assert_non_null(strstr(a->reason, "is not public"));
	a = fixture_get(r->f, "/keep", guarded);
	assert_int_equal(a->error, F1P_EINVAL);
	assert_int_equal(test_server_hits(r->f->server, "/keep"), 1);
}

static void behind_a_proxy_nothing_is_sent_unchecked(void **state)
{
	struct rig *r = *state;
	struct http_options o = r->f->options;
	char err[400];

	webhook_sender_destroy(r->sender);
	o.proxy = "http://127.0.0.1:9";
	r->sender = webhook_sender_create(&o, err, sizeof(err));
	assert_non_null(r->sender);
	assert_int_equal(post(r, 1, "https://example.org/", 0), F1P_OK);
	run(r, 1);
	assert_int_equal(r->error[0], F1P_EINVAL);
	assert_non_null(strstr(r->reason, "proxy"));
}

static void what_is_not_acceptable_says_so(void **state)
{
	struct rig *r = *state;
	struct f1p_webhook good = {
		.size = sizeof(good), .url = "https://example.org/", .id = "a", .secret = "s", .body = "{}", .body_bytes = 2};
	struct f1p_webhook bad[6];
	char why[300];

	for (size_t i = 0; i < 6; i++)
		bad[i] = good;
	bad[0].id = "a\r\nX-Evil: 1";
	bad[1].id = "";
	bad[2].secret = "";
	bad[3].body_bytes = 70000;
	bad[4].url = "https://192.168.1.1/";
	bad[5].timeout_ms = 3600000;
	for (size_t i = 0; i < 6; i++)
		assert_int_equal(webhook_post(r->sender, 1, &bad[i], on_result, r, why, sizeof(why)), F1P_EINVAL);
	fixture_settle(r->f);
	assert_int_equal(r->n, 0);
}

static void a_server_is_called_sixty_times_a_minute_at_most(void **state)
{
	struct rig *r = *state;

	for (int i = 0; i < 61; i++)
		assert_int_equal(post(r, 1, "/ok", BOTH), F1P_OK);
	run(r, 60);
	fixture_settle(r->f);
	assert_int_equal(r->n, 60);
	r->f->pushed_ns += 62 * S_NS;
	run(r, 61);
}

static void a_queue_has_an_end_and_a_stop_forgets(void **state)
{
	struct rig *r = *state;

	for (int i = 0; i < 256; i++)
		assert_int_equal(post(r, 1, "/silent", BOTH), F1P_OK);
	assert_int_equal(post(r, 1, "/silent", BOTH), F1P_AGAIN);
	assert_int_equal(post(r, 2, "/ok", BOTH), F1P_OK); /* another's queue is another */
	fixture_settle(r->f);
	webhook_forget(r->sender, 1);
	run(r, 1);
	assert_int_equal(r->status, 200);
	assert_int_equal(post(r, 1, "/ok2", BOTH), F1P_OK);
	run(r, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_signature_is_hmac_sha256_of_time_dot_body),
		cmocka_unit_test_setup_teardown(a_receiver_gets_body_id_time_and_signature, set_up, tear_down),
		cmocka_unit_test_setup_teardown(one_attempt_and_no_redirect, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_long_answer_is_cut_off, set_up, tear_down),
		cmocka_unit_test(what_the_url_says_is_refused_at_once),
		cmocka_unit_test_setup_teardown(where_a_name_leads_is_judged_when_connecting, set_up, tear_down),
		cmocka_unit_test_setup_teardown(behind_a_proxy_nothing_is_sent_unchecked, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_is_not_acceptable_says_so, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_server_is_called_sixty_times_a_minute_at_most, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_queue_has_an_end_and_a_stop_forgets, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
