#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net/http_fixture.h"

#include <dlfcn.h>
#include <netdb.h>

static const struct f1p_http_request once = {.flags = F1P_HTTPF_NO_RETRY};
static const struct f1p_http_request once_small = {.flags = F1P_HTTPF_NO_RETRY, .max_bytes = 1u << 20};

static atomic_int lookups; /* under way */

/* libcurl finds this one before the C library's: a name server that takes its time. */
int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **out)
{
	int (*next)(const char *, const char *, const struct addrinfo *, struct addrinfo **);

	if (node && strcmp(node, "slow.example") == 0) {
		atomic_fetch_add(&lookups, 1);
		usleep(2500 * 1000);
		atomic_fetch_sub(&lookups, 1);
		return EAI_AGAIN;
	}
	*(void **)&next = dlsym(RTLD_NEXT, "getaddrinfo");
	return next(node, service, hints, out);
}

static int setup(void **state)
{
	*state = fixture_create(false);
	return 0;
}

static int teardown(void **state)
{
	fixture_destroy(*state);
	return 0;
}

/* ------------------------------------------------------------------ tried again */

static void recovers(struct fixture *f, const char *path, const char *body, uint32_t attempts)
{
	struct answer *a = fixture_get(f, path, (struct f1p_http_request){.timeout_ms = 5000});

	if (a->error || a->status != 200)
		print_message("%s: error %d, status %u, %s\n", path, a->error, a->status, a->reason);
	assert_int_equal(a->error, F1P_OK);
	assert_int_equal(a->status, 200);
	assert_string_equal(a->body, body);
	assert_int_equal(a->attempts, attempts);
}

static void passing_troubles_are_not_noticed(void **state)
{
	struct fixture *f = *state;

	recovers(f, "/fail/500/2", "recovered", 3);
	recovers(f, "/fail/502/1", "recovered", 2);
	recovers(f, "/fail/408/1", "recovered", 2);
	recovers(f, "/fail/429/3", "recovered", 4);
	recovers(f, "/broken/short/1", "whole", 2);
	recovers(f, "/broken/chunk/2", "whole", 3);
	recovers(f, "/broken/reset/1", "whole", 2);
	recovers(f, "/broken/garbage/1", "whole", 2);
	recovers(f, "/broken/nothing/1", "whole", 2);
	recovers(f, "/broken/head/1", "whole", 2);
	recovers(f, "/broken/gzip/1", "whole", 2);
	recovers(f, "/broken/gzcut/1", "whole", 2);
}

static void four_attempts_and_no_more(void **state)
{
	struct fixture *f = *state;
	struct answer *a = fixture_get(f, "/fail/503/99", plain);

	assert_int_equal(a->error, F1P_OK);
	assert_int_equal(a->status, 503);
	assert_string_equal(a->body, "sorry");
	assert_int_equal(a->attempts, 4);
	assert_non_null(strstr(a->reason, "the server said 503; tried 4 times"));
	assert_int_equal(test_server_hits(f->server, "/fail/503/99"), 4);
}

static void no_retry_means_one_attempt(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(fixture_get(f, "/fail/500/99", once)->status, 500);
	assert_int_equal(fixture_get(f, "/broken/short/99", once)->error, F1P_EIO);
	assert_int_equal(test_server_hits(f->server, "/fail/500/99") + test_server_hits(f->server, "/broken/short/99"), 2);
}

static void a_post_that_arrived_is_not_sent_twice(void **state)
{
	struct fixture *f = *state;
	struct f1p_http_request post = {.method = F1P_HTTP_POST, .body = "x", .body_bytes = 1};

	assert_int_equal(fixture_get(f, "/fail/500/99", post)->status, 500);
	assert_int_equal(fixture_get(f, "/broken/nothing/99", post)->error, F1P_EIO);
	assert_int_equal(test_server_hits(f->server, "/fail/500/99") + test_server_hits(f->server, "/broken/nothing/99"), 2);
}

static void other_statuses_are_final(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(fixture_get(f, "/fail/401/99", plain)->status, 401);
	assert_int_equal(fixture_get(f, "/fail/403/99", plain)->status, 403);
	assert_int_equal(test_server_hits(f->server, "/fail/401/99") + test_server_hits(f->server, "/fail/403/99"), 2);
}

/* A port where nobody listens. */
static void closed_port_url(char url[100])
{
	struct test_server *s = test_server_start();

	snprintf(url, 100, "http://127.0.0.1:%u/x?key=SECRET", s->port);
	test_server_stop(s);
}

static void also_a_post_is_tried_again_where_nobody_listens(void **state)
{
	struct fixture *f = *state;
	struct answer *a;
	char url[100];

	closed_port_url(url);
	a = fixture_get(f, url, (struct f1p_http_request){.method = F1P_HTTP_POST});
	assert_int_equal(a->error, F1P_EIO);
	assert_int_equal(a->status, 0);
	assert_int_equal(a->attempts, 4);
	assert_non_null(strstr(a->reason, "POST http://127.0.0.1:"));
	assert_non_null(strstr(a->reason, "tried 4 times"));
	assert_null(strstr(a->reason, "SECRET"));
}

static void back_off_waits(void **state)
{
	struct fixture *f = *state;

	f->random = 900 * 1000000; /* of the 1 s that may be waited after the first attempt */
	fixture_send(f, 1, "/fail/500/1", plain);
	fixture_run_hits(f, "/fail/500/1", 1);
	fixture_settle(f);
	assert_int_equal(test_server_hits(f->server, "/fail/500/1"), 1);
	f->pushed_ns += S_NS;
	fixture_run(f, 1);
	assert_int_equal(f->answers[0].attempts, 2);
}

/* ------------------------------------------------------------------ Retry-After */

static void retry_after_silences_the_whole_server(void **state)
{
	struct fixture *f = *state;

	fixture_send(f, 1, "/fail/429/1?after=120", plain);
	fixture_run_hits(f, "/fail/429/1", 1);
	fixture_settle(f);
	fixture_send(f, 2, "/ok", (struct f1p_http_request){.priority = F1P_HTTP_URGENT});
	f->pushed_ns += 119 * S_NS;
	fixture_settle(f);
	assert_int_equal(f->n_answers, 0);
	assert_int_equal(test_server_hits(f->server, "/ok"), 0);
	assert_non_null(strstr(f->log, "said 429 and wants to be left alone for 120 s"));
	f->pushed_ns += 2 * S_NS;
	fixture_run(f, 2);
	assert_int_equal(f->answers[0].status, 200);
	assert_int_equal(f->answers[1].status, 200);
}

static void retry_after_as_a_date(void **state)
{
	struct fixture *f = *state;
	char path[100], date[60];
	time_t t = (time_t)(fixture_utc(f) / S_NS) + 100;
	struct tm tm;

	gmtime_r(&t, &tm);
	strftime(date, sizeof(date), "%a,+%d+%b+%Y+%H:%M:%S+GMT", &tm);
	snprintf(path, sizeof(path), "/fail/503/1?after=%s", date);
	fixture_send(f, 1, path, plain);
	fixture_run_hits(f, "/fail/503/1", 1);
	f->pushed_ns += 90 * S_NS;
	fixture_settle(f);
	assert_int_equal(test_server_hits(f->server, "/fail/503/1"), 1);
	f->pushed_ns += 12 * S_NS;
	fixture_run(f, 1);
	assert_int_equal(f->answers[0].status, 200);
}

static void retry_after_is_capped(void **state)
{
	struct fixture *f = *state;
	struct answer *a = fixture_get(f, "/fail/429/1?after=99999999", once);

	assert_int_equal(a->status, 429);
	assert_true(a->retry_after_ms > 900 * 1000); /* told as the server said it */
	fixture_send(f, 2, "/ok", plain);
	f->pushed_ns += 901 * S_NS;
	fixture_run(f, 2);
}

/* ------------------------------------------------------------------ over-long, slow, odd */

static void an_endless_body_is_cut_off(void **state)
{
	struct fixture *f = *state;
	struct answer *a = fixture_get(f, "/huge", once_small);

	assert_int_equal(a->error, F1P_EINVAL);
	assert_int_equal(a->status, 0);
	assert_int_equal(a->body_bytes, 0);
	assert_non_null(strstr(a->reason, "longer than 1048576 bytes"));
	assert_int_equal(fixture_get(f, "/claims", plain)->error, F1P_EINVAL);
	assert_int_equal(test_server_hits(f->server, "/claims"), 1); /* refused answers are not asked for again */
}

static size_t resident_kib(void)
{
	char line[200];
	size_t kib = 0;
	FILE *file = fopen("/proc/self/status", "r");

	while (file && fgets(line, sizeof(line), file))
		if (strncmp(line, "VmHWM:", 6) == 0)
			kib = strtoul(line + 6, NULL, 10);
	if (file)
		fclose(file);
	return kib;
}

static void a_gzip_bomb_is_not_unpacked(void **state)
{
	struct fixture *f = *state;
	size_t before = resident_kib();
	struct answer *a = fixture_get(f, "/bomb", once_small);

	assert_int_equal(a->error, F1P_EINVAL);
	assert_non_null(strstr(a->reason, "longer than 1048576 bytes"));
	assert_true(resident_kib() < before + 32 * 1024); /* it would be 128 MiB */
}

static void only_gzip_is_unpacked(void **state)
{
	struct answer *a = fixture_get(*state, "/brotli", plain);

	assert_int_equal(a->error, F1P_EINVAL);
	assert_non_null(strstr(a->reason, "only gzip"));
}

static void more_than_announced_is_cut(void **state)
{
	assert_string_equal(fixture_get(*state, "/longer", once)->body, "hello");
}

static void too_many_headers_are_refused(void **state)
{
	struct answer *a = fixture_get(*state, "/manyheaders", plain);

	assert_int_equal(a->error, F1P_EINVAL);
	assert_non_null(strstr(a->reason, "more than 128 headers"));
	assert_int_equal(a->attempts, 1);
	assert_int_not_equal(fixture_get(*state, "/bigheader", once)->error, F1P_OK);
}

static void a_silent_or_dripping_server_times_out(void **state)
{
	struct fixture *f = *state;
	struct f1p_http_request hasty = {.flags = F1P_HTTPF_NO_RETRY, .timeout_ms = 250};
	struct answer *a = fixture_get(f, "/silent", hasty);

	assert_int_equal(a->error, F1P_ETIMEOUT);
	assert_non_null(strstr(a->reason, "no complete answer within 250 ms"));
	assert_int_equal(fixture_get(f, "/drip", hasty)->error, F1P_ETIMEOUT);
	assert_int_equal(fixture_get(f, "/ok", plain)->status, 200);
}

static void what_may_take_long_is_given_up_when_nothing_comes(void **state)
{
	struct fixture *f = *state;
	struct f1p_http_request patient = {.flags = F1P_HTTPF_NO_RETRY, .timeout_ms = 15000};
	struct answer *a;

	f->options.stall_s = 1;
	fixture_close(f);
	fixture_open(f);
	a = fixture_get(f, "/silent", patient);
	assert_int_equal(a->error, F1P_ETIMEOUT);
	assert_non_null(strstr(a->reason, "nothing came for 1 s"));
}

static void a_slow_name_server_does_not_hold_up_the_loop(void **state)
{
	struct fixture *f = *state;
	struct f1p_http_request hasty = {.flags = F1P_HTTPF_NO_RETRY, .timeout_ms = 200};
	uint64_t id = fixture_send(f, 1, "http://slow.example/", plain), begun;
	struct answer *a;

	f->options.measured = NULL;
	while (atomic_load(&lookups) == 0)
		fixture_settle(f);
	begun = uv_hrtime();
	http_client_cancel(f->client, FIXTURE_OWNER, id);
	assert_true(uv_hrtime() - begun < 1500 * 1000000ULL);
	fixture_close(f);
	fixture_open(f);
	begun = uv_hrtime();
	a = fixture_get(f, "http://slow.example/", hasty);
	assert_true(uv_hrtime() - begun < 1500 * 1000000ULL);
	assert_int_equal(a->error, F1P_ETIMEOUT);
	assert_non_null(strstr(a->reason, "no connection within 200 ms"));
	while (atomic_load(&lookups) > 0)
		usleep(10000);
	usleep(100000); /* curl's threads end behind them, before leaks are searched */
}

/* ------------------------------------------------------------------ redirects */

static struct answer *moved_to(struct fixture *f, const char *location, struct f1p_http_request r)
{
	pthread_mutex_lock(&f->server->lock);
	snprintf(f->server->location, sizeof(f->server->location), "%s", location);
	pthread_mutex_unlock(&f->server->lock);
	return fixture_get(f, "/moved", r);
}

static void redirects_on_the_same_server_are_followed(void **state)
{
	struct fixture *f = *state;
	char url[300];

	assert_string_equal(moved_to(f, "/ok", plain)->body, "hello");
	assert_string_equal(moved_to(f, fixture_url(f, "/ok/2", url), plain)->body, "hello");
	assert_string_equal(moved_to(f, "ok/3", plain)->body, "hello");
	assert_int_equal(f->answers[0].attempts, 1);
}

static void redirects_elsewhere_are_refused(void **state)
{
	struct fixture *f = *state;
	struct test_server *other = test_server_start();
	char url[300];
	struct answer *a;

	snprintf(url, sizeof(url), "http://127.0.0.1:%u/ok?token=SECRET", other->port);
	a = moved_to(f, url, plain);
	assert_int_equal(a->error, F1P_EINVAL);
	snprintf(url, sizeof(url), "another server, 127.0.0.1:%u", other->port);
	assert_non_null(strstr(a->reason, url));
	assert_null(strstr(a->reason, "SECRET"));
	assert_int_equal(test_server_hits(other, "/ok"), 0);
	assert_int_equal(test_server_hits(f->server, "/moved"), 1);
	assert_int_equal(moved_to(f, "file:///etc/passwd", plain)->error, F1P_EINVAL);
	assert_int_equal(moved_to(f, "gopher://127.0.0.1/", plain)->error, F1P_EINVAL);
	test_server_stop(other);
}

static void redirects_in_a_circle_end(void **state)
{
	struct fixture *f = *state;
	struct answer *a = moved_to(f, "/moved", plain);

	assert_int_equal(a->error, F1P_EINVAL);
	assert_non_null(strstr(a->reason, "more than 3 redirects"));
	assert_int_equal(test_server_hits(f->server, "/moved"), 4);
}

static void a_post_is_not_turned_into_a_get(void **state)
{
	struct fixture *f = *state;
	struct answer *a = moved_to(f, "/ok", (struct f1p_http_request){.method = F1P_HTTP_POST});

	assert_int_equal(a->status, 302);
	assert_int_equal(test_server_hits(f->server, "/ok"), 0);
}

/* ------------------------------------------------------------------ breaker, rates */

static void on_view(void *arg, const struct http_server_view *v)
{
	char *text = arg;

	if (strncmp(v->authority, "127.0.0.1:", 10) == 0)
		snprintf(text, 500, "%s, %u requests, %u failures, %u waiting, %u running: %s", v->breaker, (unsigned)v->requests,
			(unsigned)v->failures, v->waiting, v->running, v->last_error);
}

struct silence {
	uint64_t owners;
	int64_t ms;
};

static void on_silence(void *arg, const struct http_server_view *v)
{
	if (strncmp(v->authority, "127.0.0.1:", 10) == 0)
		*(struct silence *)arg = (struct silence){v->owners, v->silent_ms};
}

static void silence_is_counted_from_the_first_failure(void **state)
{
	struct fixture *f = *state;
	struct silence s = {0};

	fixture_get(f, "/ok", plain);
	http_client_visit(f->client, on_silence, &s);
	assert_true(s.ms == -1);
	assert_true(s.owners == UINT64_C(1) << (FIXTURE_OWNER & 63));
	fixture_get(f, "/fail/500/2", once);
	f->pushed_ns += 7 * S_NS;
	fixture_get(f, "/fail/500/2", once);
	http_client_visit(f->client, on_silence, &s);
	assert_in_range(s.ms, 7000, 9000);
	assert_int_equal(fixture_get(f, "/status/404", plain)->status, 404); /* that is an answer */
	http_client_visit(f->client, on_silence, &s);
	assert_true(s.ms == -1);
	http_client_forget(f->client, FIXTURE_OWNER);
	http_client_visit(f->client, on_silence, &s);
	assert_true(s.owners == 0);
}

static void the_breaker_opens_probes_and_closes(void **state)
{
	struct fixture *f = *state;
	char text[500] = "";
	struct answer *a;

	for (int i = 0; i < 5; i++)
		fixture_get(f, "/fail/500/6", once);
	assert_non_null(strstr(f->log, "failed 5 times in a row"));
	http_client_visit(f->client, on_view, text);
	assert_string_equal(text, "open, 5 requests, 5 failures, 0 waiting, 0 running: status 500");
	a = fixture_get(f, "/ok", plain);
	assert_int_equal(a->error, F1P_AGAIN);
	assert_int_equal(a->attempts, 0);
	assert_non_null(strstr(a->reason, "not asked, because the server fails (last: status 500)"));
		assert_int_equal(test_server_hits(f->server, "/ok"), 0);
	f->pushed_ns += 10 * S_NS;
	assert_int_equal(fixture_get(f, "/fail/500/6", plain)->status, 500); /* the probe: one attempt, not four */
	assert_int_equal(test_server_hits(f->server, "/fail/500/6"), 6);
	f->pushed_ns += 11 * S_NS;
	assert_int_equal(fixture_get(f, "/ok", plain)->error, F1P_AGAIN); /* 20 s now */
	f->pushed_ns += 10 * S_NS;
	assert_int_equal(fixture_get(f, "/ok", plain)->status, 200);
	assert_non_null(strstr(f->log, "answers again"));
	http_client_visit(f->client, on_view, text);
	assert_non_null(strstr(text, "closed, 7 requests, 6 failures"));
}

static void a_cancelled_probe_does_not_block_the_server(void **state)
{
	struct fixture *f = *state;
	uint64_t probe;

	for (int i = 0; i < 5; i++)
		fixture_get(f, "/fail/500/5", once);
	f->pushed_ns += 10 * S_NS;
	probe = fixture_send(f, 1, "/silent", plain);
	fixture_run_hits(f, "/silent", 1);
	assert_int_equal(fixture_get(f, "/ok", plain)->error, F1P_AGAIN);
	http_client_cancel(f->client, FIXTURE_OWNER, probe);
	assert_int_equal(fixture_get(f, "/ok", plain)->status, 200);
}

static void rate_windows_hold(void **state)
{
	struct fixture *f = *state;
	struct f1p_http_window windows[] = {{.requests = 2, .window_ms = 10000}, {.requests = 3, .window_ms = 60000}};
	char host[40], why[100];

	snprintf(host, sizeof(host), "127.0.0.1:%u", f->server->port);
	assert_int_equal(http_client_limit(f->client, FIXTURE_OWNER, host, windows, 2, why, sizeof(why)), F1P_OK);
	for (int i = 0; i < 4; i++)
		fixture_send(f, i, "/ok", (struct f1p_http_request){.flags = F1P_HTTPF_NO_STORE});
	fixture_run(f, 2);
	fixture_settle(f);
	assert_int_equal(test_server_hits(f->server, "/ok"), 2);
	f->pushed_ns += 10 * S_NS;
	fixture_settle(f);
	assert_int_equal(test_server_hits(f->server, "/ok"), 2); /* a margin for jitter on the way */
	f->pushed_ns += S_NS;
	fixture_run(f, 3);
	f->pushed_ns += 40 * S_NS;
	fixture_settle(f);
	assert_int_equal(test_server_hits(f->server, "/ok"), 3);
	f->pushed_ns += 12 * S_NS;
	fixture_run(f, 4);
	assert_int_equal(http_client_limit(f->client, 1, "no host/", windows, 2, why, sizeof(why)), F1P_EINVAL);
	assert_int_equal(http_client_limit(f->client, 1, host, windows, 5, why, sizeof(why)), F1P_EINVAL);
}

static void limits_end_with_their_instance(void **state)
{
	struct fixture *f = *state;
	struct f1p_http_window slow = {.requests = 1, .window_ms = 3600000};
	char host[40], why[100];

	snprintf(host, sizeof(host), "127.0.0.1:%u", f->server->port);
	assert_int_equal(http_client_limit(f->client, 1, host, &slow, 1, why, sizeof(why)), F1P_OK);
	fixture_get(f, "/ok", plain);
	fixture_send(f, 1, "/ok/2", plain);
	fixture_settle(f);
	assert_int_equal(f->n_answers, 1);
	http_client_forget(f->client, 1);
	fixture_run(f, 2);
}

static void rate_counts_outlive_a_restart(void **state)
{
	struct fixture *f = *state;
	struct f1p_http_window window = {.requests = 2, .window_ms = 3600000};
	char host[40], why[100];

	snprintf(host, sizeof(host), "127.0.0.1:%u", f->server->port);
	http_client_limit(f->client, FIXTURE_OWNER, host, &window, 1, why, sizeof(why));
	fixture_get(f, "/ok/1", plain);
	fixture_get(f, "/ok/2", plain);
	fixture_close(f);
	fixture_open(f);
	http_client_limit(f->client, FIXTURE_OWNER, host, &window, 1, why, sizeof(why));
	fixture_send(f, 3, "/ok/3", plain);
	fixture_settle(f);
	assert_int_equal(f->n_answers, 2);
	f->pushed_ns += 3700 * S_NS;
	fixture_run(f, 3);
}

static int setup_dir(void **state)
{
	*state = fixture_create(true);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(passing_troubles_are_not_noticed, setup, teardown),
		cmocka_unit_test_setup_teardown(four_attempts_and_no_more, setup, teardown),
		cmocka_unit_test_setup_teardown(no_retry_means_one_attempt, setup, teardown),
		cmocka_unit_test_setup_teardown(a_post_that_arrived_is_not_sent_twice, setup, teardown),
		cmocka_unit_test_setup_teardown(other_statuses_are_final, setup, teardown),
		cmocka_unit_test_setup_teardown(also_a_post_is_tried_again_where_nobody_listens, setup, teardown),
		cmocka_unit_test_setup_teardown(back_off_waits, setup, teardown),
		cmocka_unit_test_setup_teardown(retry_after_silences_the_whole_server, setup, teardown),
		cmocka_unit_test_setup_teardown(retry_after_as_a_date, setup, teardown),
		cmocka_unit_test_setup_teardown(retry_after_is_capped, setup, teardown),
		cmocka_unit_test_setup_teardown(an_endless_body_is_cut_off, setup, teardown),
		cmocka_unit_test_setup_teardown(a_gzip_bomb_is_not_unpacked, setup, teardown),
		cmocka_unit_test_setup_teardown(only_gzip_is_unpacked, setup, teardown),
		cmocka_unit_test_setup_teardown(more_than_announced_is_cut, setup, teardown),
		cmocka_unit_test_setup_teardown(too_many_headers_are_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(a_silent_or_dripping_server_times_out, setup, teardown),
		cmocka_unit_test_setup_teardown(what_may_take_long_is_given_up_when_nothing_comes, setup, teardown),
		cmocka_unit_test_setup_teardown(a_slow_name_server_does_not_hold_up_the_loop, setup, teardown),
		cmocka_unit_test_setup_teardown(redirects_on_the_same_server_are_followed, setup, teardown),
		cmocka_unit_test_setup_teardown(redirects_elsewhere_are_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(redirects_in_a_circle_end, setup, teardown),
		cmocka_unit_test_setup_teardown(a_post_is_not_turned_into_a_get, setup, teardown),
		cmocka_unit_test_setup_teardown(silence_is_counted_from_the_first_failure, setup, teardown),
		cmocka_unit_test_setup_teardown(the_breaker_opens_probes_and_closes, setup, teardown),
		cmocka_unit_test_setup_teardown(a_cancelled_probe_does_not_block_the_server, setup, teardown),
		cmocka_unit_test_setup_teardown(rate_windows_hold, setup, teardown),
		cmocka_unit_test_setup_teardown(limits_end_with_their_instance, setup, teardown),
		cmocka_unit_test_setup_teardown(rate_counts_outlive_a_restart, setup_dir, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
