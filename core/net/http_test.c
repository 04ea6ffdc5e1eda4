#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net/http_fixture.h"

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

static void an_answer_comes_whole(void **state)
{
	struct fixture *f = *state;
	struct answer *a = fixture_get(f, "/ok", plain);

	assert_int_equal(a->error, F1P_OK);
	assert_int_equal(a->status, 200);
	assert_string_equal(a->body, "hello");
	assert_int_equal(a->body_bytes, 5);
	assert_string_equal(a->type, "text/plain");
	assert_string_equal(a->reason, "");
	assert_int_equal(a->attempts, 1);
	assert_true(a->t_server_ns == 784111777 * S_NS);
	assert_true(a->retry_after_ms == F1P_UNKNOWN_NS);
	assert_int_equal(f->n_measured, 1);
	assert_int_equal(f->measured_attempts, 1);
}

static void never_called_back_from_within_request(void **state)
{
	struct fixture *f = *state;

	fixture_send(f, 1, "/ok", plain);
	assert_int_equal(f->n_answers, 0);
	fixture_run(f, 1);
}

static void a_status_is_an_answer_too(void **state)
{
	struct answer *a = fixture_get(*state, "/absent?key=SECRET", plain);

	assert_int_equal(a->error, F1P_OK);
	assert_int_equal(a->status, 404);
	assert_string_equal(a->body, "nothing here");
	assert_non_null(strstr(a->reason, "/absent?...: the server said 404"));
	assert_null(strstr(a->reason, "SECRET"));
}

static void gzip_is_unpacked(void **state)
{
	struct answer *a = fixture_get(*state, "/gzip", plain);

	assert_int_equal(a->error, F1P_OK);
	assert_int_equal(a->body_bytes, 100000);
	assert_int_equal(strncmp(a->body, "zzzz", 4), 0);
}

static void a_post_sends_headers_and_body(void **state)
{
	struct fixture *f = *state;
	struct f1p_header headers[] = {{"Content-Type", "application/json"}, {"X-Empty", ""}, {"Authorization", "Bearer abc"}};
	char body[5000];
	struct answer *a;

	memset(body, 'b', sizeof(body));
	a = fixture_get(f, "/echo",
		(struct f1p_http_request){
			.method = F1P_HTTP_POST, .headers = headers, .n_headers = 3, .body = body, .body_bytes = sizeof(body)});
	assert_int_equal(a->status, 200);
	assert_true(a->body_bytes > sizeof(body));
	assert_int_equal(strncmp(f->server->head, "POST /echo HTTP/1.1\r\n", 21), 0);
	assert_non_null(strstr(f->server->head, "\r\nContent-Type: application/json\r\n"));
	assert_non_null(strstr(f->server->head, "\r\nX-Empty:\r\n"));
	assert_non_null(strstr(f->server->head, "\r\nAuthorization: Bearer abc\r\n"));
	assert_non_null(strstr(f->server->head, "\r\nContent-Length: 5000\r\n"));
	assert_non_null(strstr(f->server->head, "\r\nUser-Agent: f1pd/"));
	assert_null(strstr(f->server->head, "100-continue"));
}

static void post_and_options_without_a_body(void **state)
{
	struct fixture *f = *state;

	fixture_get(f, "/ok", (struct f1p_http_request){.method = F1P_HTTP_POST});
	assert_non_null(strstr(f->server->head, "\r\nContent-Length: 0\r\n"));
	assert_int_equal(fixture_get(f, "/ok", (struct f1p_http_request){.method = F1P_HTTP_OPTIONS})->status, 200);
	assert_int_equal(strncmp(f->server->head, "OPTIONS /ok ", 12), 0);
}

static uint64_t refused(struct fixture *f, struct f1p_http_request r, const char *expect)
{
	char why[400] = "";
	uint64_t id;

	r.size = sizeof(r);
	id = http_client_request(f->client, FIXTURE_OWNER, &r, fixture_on_answer, NULL, why, sizeof(why));
	if (id == 0 && !strstr(why, expect))
		print_message("\"%s\" does not say \"%s\"\n", why, expect);
	assert_true(id != 0 || strstr(why, expect));
	assert_null(strstr(why, "SECRET"));
	return id;
}

static void what_is_not_acceptable_is_refused_with_a_reason(void **state)
{
	struct fixture *f = *state;
	struct f1p_header broken = {"X-Token", "SECRET\r\nX-Other: 1"}, name = {"X Token", "1"}, ours = {"Content-Length", "5"};
	struct f1p_http_request r = {.method = F1P_HTTP_GET, .url = "http://127.0.0.1/", .n_headers = 1};
	char url[2100] = "http://127.0.0.1/";

	r.headers = &broken;
	assert_int_equal(refused(f, r, "line breaks"), 0);
	r.headers = &name;
	assert_int_equal(refused(f, r, "no valid name"), 0);
	r.headers = &ours;
	assert_int_equal(refused(f, r, "set by the host"), 0);
	r.n_headers = 33;
	assert_int_equal(refused(f, r, "at most 32 headers"), 0);
	r.n_headers = 0;
	r.max_bytes = (256u << 20) + 1;
	assert_int_equal(refused(f, r, "max_bytes"), 0);
	r.max_bytes = 0;
	r.timeout_ms = -1;
	assert_int_equal(refused(f, r, "timeout_ms"), 0);
	r.timeout_ms = 0;
	r.body = "x";
	r.body_bytes = 1;
	assert_int_equal(refused(f, r, "a body is for POST"), 0);
	r.body_bytes = 0;
	r.method = 9;
	assert_int_equal(refused(f, r, "method 9"), 0);
	r.method = F1P_HTTP_GET;
	r.url = "ftp://127.0.0.1/?SECRET";
	assert_int_equal(refused(f, r, "not an http"), 0);
	r.url = "http://me:SECRET@127.0.0.1/";
	assert_int_equal(refused(f, r, "use a header"), 0);
	r.url = "http://127.0.0.1/\r\nX: y";
	assert_int_equal(refused(f, r, "percent-encoded"), 0);
	memset(url + 17, 'a', 2000);
	r.url = url;
	assert_int_equal(refused(f, r, "longer than 2000"), 0);
	r.url = NULL;
	assert_int_equal(refused(f, r, "no URL"), 0);
}

static void one_instance_may_not_fill_the_queue(void **state)
{
	struct fixture *f = *state;
	char url[300], why[200];
	struct f1p_http_request r = {.size = sizeof(r), .method = F1P_HTTP_GET, .url = fixture_url(f, "/ok", url)};

	for (unsigned i = 0; i < HTTP_OWNER_WAITING_MAX; i++)
		assert_true(http_client_request(f->client, FIXTURE_OWNER, &r, NULL, NULL, why, sizeof(why)) != 0);
	assert_int_equal(refused(f, r, "256 requests wait"), 0);
	assert_true(http_client_request(f->client, 8, &r, NULL, NULL, why, sizeof(why)) != 0);
}

static void at_most_six_at_once_per_server(void **state)
{
	struct fixture *f = *state;

	for (int i = 0; i < 20; i++)
		fixture_send(f, i, "/silent", plain);
	fixture_run_hits(f, "/silent", 6);
	fixture_settle(f);
	assert_int_equal(test_server_hits(f->server, "/silent"), 6);
	http_client_forget(f->client, FIXTURE_OWNER);
	assert_int_equal(fixture_get(f, "/ok", plain)->status, 200); /* their places are free again */
}

static void count_running(void *arg, const struct http_server_view *v)
{
	*(uint32_t *)arg += v->running;
}

static void at_most_32_at_once_over_all(void **state)
{
	struct fixture *f = *state;
	struct test_server *others[6];
	struct f1p_http_request r = {.size = sizeof(r), .method = F1P_HTTP_GET};
	char url[300], why[100];
	uint32_t running = 0;

	for (int i = 0; i < 36; i++) {
		if (i % 6 == 0)
			others[i / 6] = test_server_start();
		snprintf(url, sizeof(url), "http://127.0.0.1:%u/silent", others[i / 6]->port);
		r.url = url;
		assert_true(http_client_request(f->client, FIXTURE_OWNER, &r, NULL, NULL, why, sizeof(why)) != 0);
	}
	for (int turn = 0; turn < 100 && running < 32; turn++) {
		fixture_settle(f);
		running = 0;
		http_client_visit(f->client, count_running, &running);
	}
	fixture_settle(f);
	running = 0;
	http_client_visit(f->client, count_running, &running);
	assert_int_equal(running, 32);
	http_client_forget(f->client, FIXTURE_OWNER);
	for (int i = 0; i < 6; i++)
		test_server_stop(others[i]);
}

static void urgent_goes_first_and_equals_in_order(void **state)
{
	struct fixture *f = *state;
	struct f1p_http_window one = {.requests = 1, .window_ms = 1000};
	char host[40], why[100];
	static const uint32_t priority[] = {
		F1P_HTTP_BACKGROUND, 0, F1P_HTTP_URGENT, F1P_HTTP_NORMAL, F1P_HTTP_URGENT, F1P_HTTP_BACKGROUND};

	snprintf(host, sizeof(host), "127.0.0.1:%u", f->server->port);
	assert_int_equal(http_client_limit(f->client, FIXTURE_OWNER, host, &one, 1, why, sizeof(why)), F1P_OK);
	for (int i = 0; i < 6; i++) {
		char path[40];
		snprintf(path, sizeof(path), "/ok/%d", i);
		fixture_send(f, i, path, (struct f1p_http_request){.priority = priority[i]});
	}
	for (int i = 1; i <= 6; i++) {
		fixture_run(f, i);
		f->pushed_ns += S_NS + S_NS / 10;
	}
	assert_string_equal(f->server->order, "241305");
}

static void cancelled_requests_are_silent(void **state)
{
	struct fixture *f = *state;
	uint64_t running = fixture_send(f, 1, "/silent", plain), other, waiting;

	fixture_run_hits(f, "/silent", 1);
	other = fixture_send(f, 2, "/ok", plain);
	waiting = fixture_send(f, 3, "/ok/never", plain);
	http_client_cancel(f->client, FIXTURE_OWNER + 1, other); /* not its own */
	http_client_cancel(f->client, FIXTURE_OWNER, 123456);
	http_client_cancel(f->client, FIXTURE_OWNER, waiting);
	http_client_cancel(f->client, FIXTURE_OWNER, running);
	fixture_run(f, 1);
	fixture_settle(f);
	assert_int_equal(f->n_answers, 1);
	assert_int_equal(f->answers[0].tag, 2);
	assert_int_equal(test_server_hits(f->server, "/ok/never"), 0);
}

struct rude {
	struct fixture *f;
	uint64_t victim;
	int calls;
};

static void on_rude(void *arg, const struct f1p_http_answer *a)
{
	struct rude *r = arg;
	char url[300], why[100];
	struct f1p_http_request again = {.size = sizeof(again), .method = F1P_HTTP_GET, .flags = F1P_HTTPF_NO_STORE,
		.url = fixture_url(r->f, "/ok/again", url)};

	assert_int_equal(a->status, 200);
	r->calls++;
	if (r->calls == 1) {
		http_client_forget(r->f->client, 20);
		http_client_cancel(r->f->client, 10, r->victim);
		assert_true(http_client_request(r->f->client, 10, &again, on_rude, r, why, sizeof(why)) != 0);
	}
}

static void on_never(void *arg, const struct f1p_http_answer *a)
{
	(void)arg, (void)a;
	fail_msg("a cancelled or forgotten request called back");
}

static void a_callback_may_ask_cancel_and_forget(void **state)
{
	struct fixture *f = *state;
	char ok[300], silent[300], why[100];
	struct f1p_http_request r = {.size = sizeof(r), .method = F1P_HTTP_GET, .url = fixture_url(f, "/silent", silent)};
	struct rude rude = {.f = f};

	for (int i = 0; i < 3; i++)
		http_client_request(f->client, 20, &r, on_never, NULL, why, sizeof(why));
	rude.victim = http_client_request(f->client, 10, &r, on_never, NULL, why, sizeof(why));
	fixture_run_hits(f, "/silent", 4);
	r.url = fixture_url(f, "/ok", ok);
	http_client_request(f->client, 10, &r, on_rude, &rude, why, sizeof(why));
	fixture_run_hits(f, "/ok/again", 1);
	fixture_settle(f);
	assert_int_equal(rude.calls, 2);
}

static void nothing_is_called_back_after_destroy(void **state)
{
	struct fixture *f = *state;
	char url[300], why[100];
	struct f1p_http_request r = {.size = sizeof(r), .method = F1P_HTTP_GET, .url = fixture_url(f, "/silent", url)};

	for (int i = 0; i < 10; i++)
		assert_true(http_client_request(f->client, 10, &r, on_never, NULL, why, sizeof(why)) != 0);
	fixture_run_hits(f, "/silent", 6);
	fixture_close(f);
	fixture_open(f);
	assert_int_equal(fixture_get(f, "/ok", plain)->status, 200);
}

static void connections_are_used_again(void **state)
{
	struct fixture *f = *state;

	for (int i = 0; i < 10; i++)
		assert_string_equal(
			fixture_get(f, "/keep", (struct f1p_http_request){.flags = F1P_HTTPF_NO_STORE})->body, "kept");
	assert_int_equal(f->server->connections, 1);
}

static void an_older_plugin_knows_a_shorter_request(void **state)
{
	struct fixture *f = *state;
	char url[300], why[100];
	struct f1p_http_request r = {.size = offsetof(struct f1p_http_request, max_bytes),
		.method = F1P_HTTP_GET,
		.max_bytes = UINT64_MAX,
		.timeout_ms = -5,
		.url = fixture_url(f, "/ok", url)};
	struct fixture_call call = {.f = f};

	assert_true(http_client_request(f->client, 1, &r, fixture_on_answer, &call, why, sizeof(why)) != 0);
	fixture_run(f, 1);
	assert_string_equal(f->answers[0].body, "hello");
}

static char *slurp(const char *path, char out[200])
{
	FILE *file = fopen(path, "rb");
	size_t n = file ? fread(out, 1, 199, file) : 0;

	out[n] = '\0';
	if (file)
		fclose(file);
	return file ? out : NULL;
}

static void a_saved_body_is_complete_or_not_there(void **state)
{
	struct fixture *f = *state;
	char dir[] = P_tmpdir "/f1pd-save-XXXXXX", path[100], text[200];
	struct f1p_http_request save = {.save_path = path, .flags = F1P_HTTPF_NO_RETRY};
	struct answer *a;

	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/out", dir);
	a = fixture_get(f, "/broken/short/1", save);
	assert_int_equal(a->error, F1P_EIO);
	assert_null(slurp(path, text));
	a = fixture_get(f, "/absent", save);
	assert_int_equal(a->status, 404);
	assert_null(slurp(path, text));
	a = fixture_get(f, "/ok", save);
	assert_int_equal(a->error, F1P_OK);
	assert_string_equal(a->body, "");
	assert_string_equal(slurp(path, text), "hello");
	a = fixture_get(f, "/bomb", (struct f1p_http_request){.save_path = path, .max_bytes = 100000});
	assert_int_equal(a->error, F1P_EINVAL);
	assert_string_equal(slurp(path, text), "hello"); /* the former one stands */
	a = fixture_get(f, "/empty", save);
	assert_int_equal(a->error, F1P_OK);
	assert_string_equal(slurp(path, text), "");
	unlink(path);
	assert_int_equal(rmdir(dir), 0); /* nothing else was left in it */
	a = fixture_get(f, "/ok", save);
	assert_int_equal(a->error, F1P_EIO);
	assert_non_null(strstr(a->reason, "cannot write"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(an_answer_comes_whole, setup, teardown),
		cmocka_unit_test_setup_teardown(never_called_back_from_within_request, setup, teardown),
		cmocka_unit_test_setup_teardown(a_status_is_an_answer_too, setup, teardown),
		cmocka_unit_test_setup_teardown(gzip_is_unpacked, setup, teardown),
		cmocka_unit_test_setup_teardown(a_post_sends_headers_and_body, setup, teardown),
		cmocka_unit_test_setup_teardown(post_and_options_without_a_body, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_not_acceptable_is_refused_with_a_reason, setup, teardown),
		cmocka_unit_test_setup_teardown(one_instance_may_not_fill_the_queue, setup, teardown),
		cmocka_unit_test_setup_teardown(at_most_six_at_once_per_server, setup, teardown),
		cmocka_unit_test_setup_teardown(at_most_32_at_once_over_all, setup, teardown),
		cmocka_unit_test_setup_teardown(urgent_goes_first_and_equals_in_order, setup, teardown),
		cmocka_unit_test_setup_teardown(cancelled_requests_are_silent, setup, teardown),
		cmocka_unit_test_setup_teardown(a_callback_may_ask_cancel_and_forget, setup, teardown),
		cmocka_unit_test_setup_teardown(nothing_is_called_back_after_destroy, setup, teardown),
		cmocka_unit_test_setup_teardown(connections_are_used_again, setup, teardown),
		cmocka_unit_test_setup_teardown(an_older_plugin_knows_a_shorter_request, setup, teardown),
		cmocka_unit_test_setup_teardown(a_saved_body_is_complete_or_not_there, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
