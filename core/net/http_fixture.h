/*
 * http_fixture.h - for tests: a client on its own loop, with a clock that the test can push on, and the answers that came.
 */
#ifndef NET_HTTP_FIXTURE_H
#define NET_HTTP_FIXTURE_H

#include "net/http.h"
#include "net/http_test_server.h"

#include <dirent.h>
#include <sys/stat.h>

#define S_NS 1000000000LL
#define FIXTURE_UTC_NS (1700000000 * S_NS)
#define FIXTURE_OWNER 7u
#define FIXTURE_ANSWERS 512
#define FIXTURE_GUARD_MS 20000

struct answer { /* what a plugin saw, copied */
	int tag;
	int32_t error;
	uint32_t status, flags, attempts;
	int64_t age_ms, retry_after_ms, t_server_ns;
	char reason[800], type[100], body[200], etag[50], again[50];
	uint64_t body_bytes;
};

struct fixture;
struct fixture_call {
	struct fixture *f;
	int tag;
};

struct fixture {
	uv_loop_t loop;
	uv_timer_t guard, poll;
	struct http_client *client;
	struct test_server *server;
	struct http_options options;
	int64_t pushed_ns;
	uint64_t random;
	struct answer answers[FIXTURE_ANSWERS];
	int n_answers, n_measured;
	uint32_t measured_attempts;
	char log[8000];
	char dir[64]; /* "" = no folder */
	bool timed_out;
	struct fixture_call calls[FIXTURE_ANSWERS];
	int n_calls;
};

/* It stands still unless the test pushes it: so no slow machine changes what happens. */
static inline int64_t fixture_mono(void *arg)
{
	return 1000 * S_NS + ((struct fixture *)arg)->pushed_ns;
}

static inline int64_t fixture_utc(void *arg)
{
	return FIXTURE_UTC_NS + fixture_mono(arg);
}

static inline uint64_t fixture_random(void *arg)
{
	return ((struct fixture *)arg)->random;
}

static inline void fixture_log(void *arg, int level, const char *line)
{
	struct fixture *f = arg;
	size_t n = strlen(f->log);

	snprintf(f->log + n, sizeof(f->log) - n, "%d %s\n", level, line);
}

static inline void fixture_measured(
	void *arg, const char *authority, uint32_t status, int64_t took_ns, uint64_t bytes, uint32_t attempts)
{
	struct fixture *f = arg;

	assert_int_equal(strncmp(authority, "127.0.0.1:", 10), 0);
	assert_true(took_ns >= 0 && status < 600 && bytes < (1u << 30));
	f->n_measured++;
	f->measured_attempts += attempts;
}

static inline void fixture_on_guard(uv_timer_t *t)
{
	((struct fixture *)t->data)->timed_out = true;
}

static inline void fixture_on_poll(uv_timer_t *t)
{
	(void)t; /* only so that the loop turns */
}

static inline void fixture_open(struct fixture *f)
{
	char err[5000];

	f->client = http_client_create(&f->options, err, sizeof(err));
	if (!f->client)
		print_message("%s\n", err);
	assert_non_null(f->client);
}

/* with_dir: the client keeps its cache and counts in a folder of this test. */
static inline struct fixture *fixture_create(bool with_dir)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	assert_int_equal(uv_loop_init(&f->loop), 0);
	uv_timer_init(&f->loop, &f->guard);
	uv_timer_init(&f->loop, &f->poll);
	f->guard.data = f;
	if (with_dir) {
		snprintf(f->dir, sizeof(f->dir), "%s/f1pd-http-XXXXXX", P_tmpdir);
		assert_non_null(mkdtemp(f->dir));
	}
	f->options = (struct http_options){.loop = &f->loop,
		.mono_ns = fixture_mono,
		.utc_ns = fixture_utc,
		.random = fixture_random,
		.arg = f,
		.cache_dir = with_dir ? f->dir : NULL,
		.verify_tls = true,
		.log = fixture_log,
		.measured = fixture_measured};
	f->server = test_server_start();
	fixture_open(f);
	return f;
}

static inline void fixture_close(struct fixture *f)
{
	http_client_destroy(f->client);
	f->client = NULL;
	uv_run(&f->loop, UV_RUN_NOWAIT);
	uv_run(&f->loop, UV_RUN_NOWAIT);
}

static inline void fixture_remove_dir(const char *dir)
{
	char path[400];
	struct dirent *e;
	DIR *d = opendir(dir);

	while (d && (e = readdir(d)) != NULL) {
		snprintf(path, sizeof(path), "%s/%s", dir, e->d_name);
		unlink(path);
	}
	if (d)
		closedir(d);
	rmdir(dir);
}

static inline void fixture_destroy(struct fixture *f)
{
	fixture_close(f);
	uv_close((uv_handle_t *)&f->guard, NULL);
	uv_close((uv_handle_t *)&f->poll, NULL);
	uv_run(&f->loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&f->loop), 0); /* EBUSY: a handle was left */
	test_server_stop(f->server);
	if (f->dir[0])
		fixture_remove_dir(f->dir);
	free(f);
}

static inline void fixture_on_answer(void *arg, const struct f1p_http_answer *a)
{
	struct fixture_call *call = arg;
	struct fixture *f = call->f;
	struct answer *to = &f->answers[f->n_answers++];

	assert_true(f->n_answers < FIXTURE_ANSWERS);
	assert_int_equal(a->size, sizeof(*a));
	assert_non_null(a->body);
	assert_int_equal(((const char *)a->body)[a->body_bytes], 0);
	*to = (struct answer){.tag = call->tag,
		.error = a->error,
		.status = a->status,
		.flags = a->flags,
		.attempts = a->attempts,
		.age_ms = a->age_ms,
		.retry_after_ms = a->retry_after_ms,
		.t_server_ns = a->t_server_ns,
		.body_bytes = a->body_bytes};
	snprintf(to->reason, sizeof(to->reason), "%s", a->reason);
	snprintf(to->type, sizeof(to->type), "%s", a->content_type);
	snprintf(to->body, sizeof(to->body), "%.190s", (const char *)a->body);
	for (uint32_t i = 0; i < a->n_headers; i++) {
		assert_int_not_equal(strcmp(a->headers[i].name, "ETag"), 0);
		if (strcmp(a->headers[i].name, "etag") == 0)
			snprintf(to->etag, sizeof(to->etag), "%s", a->headers[i].value);
		if (strcmp(a->headers[i].name, "x-again") == 0)
			snprintf(to->again, sizeof(to->again), "%s", a->headers[i].value);
	}
}

static inline const char *fixture_url(struct fixture *f, const char *path, char out[300])
{
	snprintf(out, 300, "http://127.0.0.1:%u%s", f->server->port, path);
	return out;
}

/* r: what differs from a plain GET; its url is set here. Asserts that it is accepted. */
static inline uint64_t fixture_send(struct fixture *f, int tag, const char *path, struct f1p_http_request r)
{
	struct fixture_call *call = &f->calls[f->n_calls++];
	char url[300], why[400] = "";
	uint64_t id;

	assert_true(f->n_calls < FIXTURE_ANSWERS);
	*call = (struct fixture_call){.f = f, .tag = tag};
	r.size = sizeof(r);
	r.method = r.method ? r.method : F1P_HTTP_GET;
	r.url = path[0] == '/' ? fixture_url(f, path, url) : path;
	id = http_client_request(f->client, FIXTURE_OWNER, &r, fixture_on_answer, call, why, sizeof(why));
	if (!id)
		print_message("refused: %s\n", why);
	assert_true(id != 0);
	return id;
}

/* The client's clock was pushed, the loop's was not: any limit makes the client look at its queue. */
static inline void fixture_kick(struct fixture *f)
{
	char why[100];

	http_client_limit(f->client, 99, "nobody.example", NULL, 0, why, sizeof(why));
}

/* Runs the loop until so many answers have come. */
static inline void fixture_run(struct fixture *f, int answers)
{
	fixture_kick(f);
	uv_timer_start(&f->guard, fixture_on_guard, FIXTURE_GUARD_MS, 0);
	uv_timer_start(&f->poll, fixture_on_poll, 5, 5); /* a turn that answers in a timer would go on to sleep */
	while (f->n_answers < answers && !f->timed_out)
		uv_run(&f->loop, UV_RUN_ONCE);
	uv_timer_stop(&f->poll);
	uv_timer_stop(&f->guard);
	assert_false(f->timed_out);
	assert_int_equal(f->n_answers, answers);
}

/* Runs the loop until the server saw the path so often. */
static inline void fixture_run_hits(struct fixture *f, const char *path, unsigned hits)
{
	fixture_kick(f);
	uv_timer_start(&f->guard, fixture_on_guard, FIXTURE_GUARD_MS, 0);
	uv_timer_start(&f->poll, fixture_on_poll, 5, 5);
	while (test_server_hits(f->server, path) < hits && !f->timed_out)
		uv_run(&f->loop, UV_RUN_ONCE);
	uv_timer_stop(&f->poll);
	uv_timer_stop(&f->guard);
	assert_false(f->timed_out);
}

/* Lets the loop do whatever it would do at once: for asserting that it does nothing. */
static inline void fixture_settle(struct fixture *f)
{
	uint64_t until = uv_hrtime() + 60 * 1000000ULL;

	fixture_kick(f);
	uv_timer_start(&f->poll, fixture_on_poll, 5, 5);
	while (uv_hrtime() < until)
		uv_run(&f->loop, UV_RUN_ONCE);
	uv_timer_stop(&f->poll);
}

/* One request from beginning to end. */
static inline struct answer *fixture_get(struct fixture *f, const char *path, struct f1p_http_request r)
{
	int before = f->n_answers;

	fixture_send(f, 0, path, r);
	fixture_run(f, before + 1);
	return &f->answers[before];
}

static const struct f1p_http_request plain;

#endif
