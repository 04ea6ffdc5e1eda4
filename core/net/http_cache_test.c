#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net/http_fixture.h"

#include "net/http_cache.h"

#include <fcntl.h>

#define MIB (1u << 20)

static const struct f1p_http_request stale_ok = {.flags = F1P_HTTPF_STALE_IF_ERROR | F1P_HTTPF_NO_RETRY};
static const struct f1p_http_request refresh = {.flags = F1P_HTTPF_REFRESH};

static int setup(void **state)
{
	*state = fixture_create(false);
	return 0;
}

static int setup_dir(void **state)
{
	*state = fixture_create(true);
	return 0;
}

static int teardown(void **state)
{
	fixture_destroy(*state);
	return 0;
}

/* ------------------------------------------------------------------ as a plugin sees it */

static void fresh_answers_are_not_asked_for(void **state)
{
	struct fixture *f = *state;
	struct answer *a = fixture_get(f, "/etag", plain);

	assert_int_equal(a->flags, 0);
	f->pushed_ns += 59 * S_NS;
	a = fixture_get(f, "/etag", plain);
	assert_int_equal(a->error, F1P_OK);
	assert_int_equal(a->flags, F1P_HTTPA_CACHED);
	assert_int_equal(a->status, 200);
	assert_int_equal(a->attempts, 0);
	assert_string_equal(a->body, "tagged");
	assert_string_equal(a->type, "text/plain");
	assert_string_equal(a->etag, "\"v1\"");
	assert_true(a->age_ms >= 59000 && a->age_ms < 62000);
	assert_true(a->t_server_ns == 784111777 * S_NS);
	assert_int_equal(test_server_hits(f->server, "/etag"), 1);
}

static void old_answers_are_confirmed_by_304(void **state)
{
	struct fixture *f = *state;
	struct answer *a;

	fixture_get(f, "/etag", plain);
	f->pushed_ns += 61 * S_NS;
	a = fixture_get(f, "/etag", plain);
	assert_non_null(strstr(f->server->head, "If-None-Match: \"v1\""));
	assert_int_equal(a->status, 200);
	assert_int_equal(a->flags, F1P_HTTPA_CACHED);
	assert_int_equal(a->attempts, 1);
	assert_string_equal(a->body, "tagged");
	assert_string_equal(a->again, "yes"); /* the 304's headers */
	assert_true(a->age_ms < 2000);
	assert_int_equal(test_server_hits(f->server, "/etag"), 2);
	fixture_get(f, "/etag", plain); /* it is fresh again */
	assert_int_equal(test_server_hits(f->server, "/etag"), 2);
	fixture_get(f, "/etag", refresh);
	assert_int_equal(test_server_hits(f->server, "/etag"), 3);
}

static void the_plugin_may_say_what_is_fresh(void **state)
{
	struct fixture *f = *state;

	fixture_get(f, "/ok", plain); /* the server says nothing about it */
	fixture_get(f, "/ok", plain);
	assert_int_equal(test_server_hits(f->server, "/ok"), 2);
	f->pushed_ns += 50 * S_NS;
	assert_int_equal(fixture_get(f, "/ok", (struct f1p_http_request){.fresh_ms = 60000})->flags, F1P_HTTPA_CACHED);
	assert_int_equal(fixture_get(f, "/ok", (struct f1p_http_request){.fresh_ms = 40000})->flags, 0);
	assert_int_equal(test_server_hits(f->server, "/ok"), 3);
}

static void no_store_is_heeded_from_both_sides(void **state)
{
	struct fixture *f = *state;
	struct f1p_header key = {"authorization", "Bearer x"}, cookie = {"Cookie", "id=1"};
	struct f1p_http_request r = {.fresh_ms = 60000};

	fixture_get(f, "/nostore", r);
	fixture_get(f, "/nostore", r);
	assert_int_equal(test_server_hits(f->server, "/nostore"), 2);
	r.flags = F1P_HTTPF_NO_STORE;
	fixture_get(f, "/etag/1", r);
	fixture_get(f, "/etag/1", r);
	assert_int_equal(test_server_hits(f->server, "/etag/1"), 2);
	r = (struct f1p_http_request){.fresh_ms = 60000, .headers = &key, .n_headers = 1};
	fixture_get(f, "/etag/2", r);
	r.headers = &cookie;
	fixture_get(f, "/etag/2", r);
	r.n_headers = 0;
	fixture_get(f, "/etag/2", r);
	assert_int_equal(test_server_hits(f->server, "/etag/2"), 3);
	r.method = F1P_HTTP_POST;
	fixture_get(f, "/etag/2", r);
	assert_int_equal(test_server_hits(f->server, "/etag/2"), 4);
}

static void a_plugin_may_ask_conditionally_itself(void **state)
{
	struct fixture *f = *state;
	struct f1p_header known = {"If-None-Match", "\"v1\""};
	struct answer *a = fixture_get(f, "/etag", (struct f1p_http_request){.headers = &known, .n_headers = 1});

	assert_int_equal(a->status, 304);
	assert_int_equal(a->flags, 0);
	assert_string_equal(fixture_get(f, "/etag", plain)->body, "tagged");
}

static void stale_when_the_server_fails(void **state)
{
	struct fixture *f = *state;
	struct answer *a;

	fixture_get(f, "/flip", stale_ok);
	f->pushed_ns += 3600 * S_NS;
	a = fixture_get(f, "/flip", stale_ok);
	assert_int_equal(a->error, F1P_OK);
	assert_int_equal(a->status, 200);
	assert_int_equal(a->flags, F1P_HTTPA_CACHED | F1P_HTTPA_STALE);
	assert_string_equal(a->body, "good");
	assert_true(a->age_ms >= 3600 * 1000);
	assert_non_null(strstr(a->reason, "the server said 503"));
	a = fixture_get(f, "/flip", (struct f1p_http_request){.flags = F1P_HTTPF_NO_RETRY});
	assert_int_equal(a->status, 503); /* who did not ask for it does not get it */
	for (int i = 0; i < 3; i++)
		fixture_get(f, "/flip", stale_ok);
	a = fixture_get(f, "/flip", stale_ok); /* the breaker is open */
	assert_int_equal(a->attempts, 0);
	assert_int_equal(a->flags, F1P_HTTPA_CACHED | F1P_HTTPA_STALE);
	assert_non_null(strstr(a->reason, "not asked"));
	assert_int_equal(fixture_get(f, "/flip/other", stale_ok)->error, F1P_AGAIN);
}

static void nobody_waits_minutes_who_takes_an_old_answer(void **state)
{
	struct fixture *f = *state;
	struct answer *a;

	fixture_get(f, "/flip?after=300", plain);
	a = fixture_get(f, "/flip?after=300", (struct f1p_http_request){.flags = F1P_HTTPF_STALE_IF_ERROR});
	assert_int_equal(a->flags, F1P_HTTPA_CACHED | F1P_HTTPA_STALE);
	assert_int_equal(a->attempts, 1);
}

static void the_folder_outlives_the_client(void **state)
{
	struct fixture *f = *state;
	struct answer *a;

	fixture_get(f, "/etag", plain);
	fixture_close(f);
	fixture_open(f);
	a = fixture_get(f, "/etag", plain);
	assert_int_equal(a->flags, F1P_HTTPA_CACHED);
	assert_string_equal(a->body, "tagged");
	assert_int_equal(test_server_hits(f->server, "/etag"), 1);
}

/* Calls fn for each kept file; returns their number. */
static int each_file(const char *dir, void (*fn)(const char *path))
{
	char path[400];
	struct dirent *e;
	DIR *d = opendir(dir);
	int n = 0;

	while ((e = readdir(d)) != NULL)
		if (strstr(e->d_name, ".http")) {
			snprintf(path, sizeof(path), "%s/%s", dir, e->d_name);
			fn(path);
			n++;
		}
	closedir(d);
	return n;
}

static void check_private(const char *path)
{
	struct stat st;
	char text[4096];
	int fd = open(path, O_RDONLY);
	ssize_t n = read(fd, text, sizeof(text));

	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_non_null(memmem(text, (size_t)n, "tagged", 6));
	assert_null(memmem(text, (size_t)n, "SECRET", 6));
	assert_null(memmem(text, (size_t)n, "set-cookie", 10));
	close(fd);
}

static void files_are_private_and_show_no_url(void **state)
{
	struct fixture *f = *state;

	fixture_get(f, "/etag?appid=SECRET", plain);
	assert_int_equal(each_file(f->dir, check_private), 1);
}

static void tear(const char *path)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(truncate(path, st.st_size - 1), 0);
}

static void flip_a_bit(const char *path)
{
	int fd = open(path, O_RDWR);
	char c;

	assert_int_equal(pread(fd, &c, 1, 60), 1);
	c ^= 4;
	assert_int_equal(pwrite(fd, &c, 1, 60), 1);
	close(fd);
}

static void remove_it(const char *path)
{
	assert_int_equal(unlink(path), 0);
}

static void damaged_files_are_passed_over(void **state)
{
	static void (*const harm[])(const char *) = {tear, flip_a_bit, remove_it};
	struct fixture *f = *state;

	for (unsigned i = 0; i < 3; i++) {
		assert_string_equal(fixture_get(f, "/etag", plain)->body, "tagged");
		assert_int_equal(each_file(f->dir, harm[i]), 1);
		if (i == 1) {
			fixture_close(f);
			fixture_open(f);
		}
		assert_string_equal(fixture_get(f, "/etag", plain)->body, "tagged");
		assert_int_equal(test_server_hits(f->server, "/etag"), 2 + i);
	}
}

static void confirmed_but_gone_is_fetched_whole(void **state)
{
	struct fixture *f = *state;
	struct f1p_http_window one = {.requests = 1, .window_ms = 100000};
	char host[40], why[100];

	snprintf(host, sizeof(host), "127.0.0.1:%u", f->server->port);
	fixture_get(f, "/etag", plain);
	f->pushed_ns += 61 * S_NS;
	http_client_limit(f->client, FIXTURE_OWNER, host, &one, 1, why, sizeof(why));
	fixture_send(f, 1, "/etag", plain); /* looks into the cache, and waits for its turn */
	fixture_settle(f);
	assert_int_equal(each_file(f->dir, remove_it), 1);
	http_client_limit(f->client, FIXTURE_OWNER, host, NULL, 0, why, sizeof(why));
	fixture_run(f, 2);
	assert_int_equal(f->answers[1].status, 200);
	assert_int_equal(f->answers[1].flags, 0);
	assert_string_equal(f->answers[1].body, "tagged");
	assert_int_equal(test_server_hits(f->server, "/etag"), 3);
}

static void damaged_rate_counts_do_no_harm(void **state)
{
	static const char *const texts[] = {
		"", "\n\n", "a b c\nd", "127.0.0.1 99999999999999999999 x\n", "host/x 0 1 2\n", "\x01\xff 0 5\n"};
	struct fixture *f = *state;
	char path[100];

	snprintf(path, sizeof(path), "%s/rates", f->dir);
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		FILE *file;
		fixture_close(f);
		file = fopen(path, "w");
		assert_non_null(file);
		fputs(texts[i], file);
		fclose(file);
		fixture_open(f);
		assert_int_equal(fixture_get(f, "/ok", plain)->status, 200);
	}
}

/* ------------------------------------------------------------------ the store alone */

static void store(struct http_cache *c, const char *url, size_t n, f1p_status expect)
{
	struct http_cache_entry e = {.status = 200, .t_utc_ns = 5, .max_age_ms = 6, .body = malloc(n + 1), .body_bytes = n};
	char err[5000] = "";

	memset(e.body, url[0], n);
	assert_int_equal(http_cache_store(c, url, &e, err, sizeof(err)), expect);
	free(e.body);
}

static bool has(struct http_cache *c, const char *url)
{
	struct http_cache_entry e;
	bool ok = http_cache_load(c, url, &e);

	if (ok) {
		assert_int_equal(e.status, 200);
		assert_true(e.t_utc_ns == 5 && e.max_age_ms == 6);
		assert_true(e.body_bytes == 0 || e.body[e.body_bytes - 1] == (uint8_t)url[0]);
		assert_int_equal(e.body[e.body_bytes], 0);
	}
	http_cache_entry_finish(&e);
	return ok;
}

static void the_oldest_go(const char *dir)
{
	char err[5000];
	struct http_cache *c = http_cache_create(dir, 4 * MIB, err, sizeof(err));

	assert_non_null(c);
	for (char url[2] = "a"; url[0] <= 'f'; url[0]++)
		store(c, url, MIB, F1P_OK);
	assert_true(http_cache_bytes(c) <= 4 * MIB && http_cache_bytes(c) > 3 * MIB);
	assert_false(has(c, "a") || has(c, "b") || has(c, "c"));
	assert_true(has(c, "d") && has(c, "e") && has(c, "f"));
	store(c, "d", 10, F1P_OK); /* replaced, and the newest now */
	store(c, "g", MIB, F1P_OK);
	store(c, "h", MIB, F1P_OK);
	assert_true(has(c, "d") && !has(c, "e") && has(c, "f"));
	store(c, "i", 17 * MIB, F1P_EUNSUPPORTED);
	store(c, "d", 0, F1P_OK);
	assert_true(has(c, "d"));
	http_cache_destroy(c);
}

static void the_oldest_go_in_memory(void **state)
{
	(void)state;
	the_oldest_go(NULL);
}

static void the_oldest_go_in_a_folder(void **state)
{
	char dir[] = P_tmpdir "/f1pd-cache-XXXXXX", err[5000], path[100];
	struct http_cache *c;
	FILE *part;

	(void)state;
	assert_non_null(mkdtemp(dir));
	the_oldest_go(dir);
	snprintf(path, sizeof(path), "%s/x.http.12-0.part", dir);
	part = fopen(path, "w");
	assert_non_null(part);
	fclose(part);
	c = http_cache_create(dir, 2 * MIB, err, sizeof(err)); /* smaller at the next start */
	assert_true(http_cache_bytes(c) <= 2 * MIB);
	assert_true(has(c, "d") && has(c, "h") && !has(c, "f"));
	assert_int_not_equal(access(path, F_OK), 0); /* what a dead process left goes */
	http_cache_destroy(c);
	fixture_remove_dir(dir);
}

static void a_folder_that_cannot_be_is_said(void **state)
{
	char err[5000] = "";

	(void)state;
	assert_null(http_cache_create("/proc/nowhere/cache", MIB, err, sizeof(err)));
	assert_non_null(strstr(err, "/proc/nowhere/cache: cannot make the cache folder: "));
	assert_null(http_cache_create("/dev/null", MIB, err, sizeof(err)));
	assert_non_null(strstr(err, "cannot use the cache folder"));
}

static void a_folder_that_vanishes_is_said_once(void **state)
{
	struct fixture *f = *state;

	fixture_get(f, "/etag/1", plain);
	fixture_remove_dir(f->dir);
	assert_string_equal(fixture_get(f, "/etag/2", plain)->body, "tagged"); /* the answer comes all the same */
	fixture_get(f, "/etag/3", plain);
	assert_non_null(strstr(f->log, "answers are not kept: "));
	assert_null(strstr(strstr(f->log, "answers are not kept: ") + 5, "answers are not kept: "));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(fresh_answers_are_not_asked_for, setup, teardown),
		cmocka_unit_test_setup_teardown(old_answers_are_confirmed_by_304, setup, teardown),
		cmocka_unit_test_setup_teardown(the_plugin_may_say_what_is_fresh, setup, teardown),
		cmocka_unit_test_setup_teardown(no_store_is_heeded_from_both_sides, setup, teardown),
		cmocka_unit_test_setup_teardown(a_plugin_may_ask_conditionally_itself, setup, teardown),
		cmocka_unit_test_setup_teardown(stale_when_the_server_fails, setup, teardown),
		cmocka_unit_test_setup_teardown(nobody_waits_minutes_who_takes_an_old_answer, setup, teardown),
		cmocka_unit_test_setup_teardown(the_folder_outlives_the_client, setup_dir, teardown),
		cmocka_unit_test_setup_teardown(files_are_private_and_show_no_url, setup_dir, teardown),
		cmocka_unit_test_setup_teardown(damaged_files_are_passed_over, setup_dir, teardown),
		cmocka_unit_test_setup_teardown(confirmed_but_gone_is_fetched_whole, setup_dir, teardown),
		cmocka_unit_test_setup_teardown(damaged_rate_counts_do_no_harm, setup_dir, teardown),
		cmocka_unit_test_setup_teardown(a_folder_that_vanishes_is_said_once, setup_dir, teardown),
		cmocka_unit_test(the_oldest_go_in_memory),
		cmocka_unit_test(the_oldest_go_in_a_folder),
		cmocka_unit_test(a_folder_that_cannot_be_is_said),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
