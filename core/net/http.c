/*
 * http.c - the client and its queue: which call goes out next, and when to look again.
 */
#include "net/http_internal.h"

#include <inttypes.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STEPS_PER_TURN 16            /* the loop has other work too */
#define TURN_NS 1000000LL            /* enough for one turn of the loop */
#define LOOK_AGAIN_MS 1000           /* at the latest: our clock need not be the loop's */
#define NEVER INT64_MAX

static pthread_once_t curl_once = PTHREAD_ONCE_INIT;

static void curl_start(void)
{
	curl_global_init(CURL_GLOBAL_DEFAULT);
}

int64_t http_now_ns(struct http_client *c)
{
	return c->o.mono_ns(c->o.arg);
}

void http_log(struct http_client *c, int level, const char *fmt, ...)
{
	char line[800];
	va_list ap;

	if (!c->o.log)
		return;
	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	c->o.log(c->o.arg, level, line);
}

/* ------------------------------------------------------------------ the queue */

/* When there is something to do for a call that is not under way; NEVER: when another one ends. */
static int64_t due_ns(const struct http_client *c, const struct http_call *call, int64_t now)
{
	const struct http_server *s = call->server;
	int64_t ready;

	if (call->state == CALL_RUNNING)
		return NEVER;
	if (call->state == CALL_NEW || !breaker_allows(&s->breaker, now))
		return now;
	if (c->n_running >= HTTP_RUNNING_MAX || s->running >= HTTP_SERVER_RUNNING_MAX)
		return NEVER;
	ready = rate_ready_ns(&s->rate, now);
	return call->not_before_ns > ready ? call->not_before_ns : ready;
}

/* The first call that is due; NULL and when the next will be. */
static struct http_call *next_due(struct http_client *c, int64_t now, int64_t *next_ns)
{
	*next_ns = NEVER;
	for (struct http_call *call = c->calls; call; call = call->next) {
		int64_t at = due_ns(c, call, now);
		if (at <= now)
			return call;
		*next_ns = at < *next_ns ? at : *next_ns;
	}
	return NULL;
}

static int64_t lifetime_ms(const struct http_call *call, const struct http_cache_entry *e)
{
	return call->flags & F1P_HTTPF_REFRESH ? 0 : call->fresh_ms ? call->fresh_ms : e->max_age_ms;
}

static char *copy(const char *text)
{
	return text ? strdup(text) : NULL;
}

/* True if the call was answered from the cache; else it knows what to ask for. */
static bool try_cache(struct http_client *c, struct http_call *call)
{
	struct http_cache_entry e;
	int64_t age_ms;
	bool fresh;

	call->state = CALL_WAITING;
	if (!call->cached || call->own_condition || !http_cache_load(c->cache, call->url, &e))
		return false;
	age_ms = (c->o.utc_ns(c->o.arg) - e.t_utc_ns) / 1000000;
	fresh = age_ms >= 0 && age_ms < lifetime_ms(call, &e);
	call->has_kept = true;
	call->etag = copy(http_headers_get(&e.headers, "etag"));
	call->changed = copy(http_headers_get(&e.headers, "last-modified"));
	http_cache_entry_finish(&e);
	return fresh && http_deliver_kept(c, call, NULL);
}

static void step(struct http_client *c, struct http_call *call, int64_t now)
{
	if (call->state == CALL_NEW) {
		try_cache(c, call);
		return;
	}
	if (breaker_allows(&call->server->breaker, now))
		http_attempt_start(c, call);
	else if (call->attempts > 0)
		http_deliver_outcome(c, call); /* its own failures opened the breaker, or helped to */
	else
		http_deliver_breaker_open(c, call);
}

static void on_pump(uv_timer_t *timer)
{
	struct http_client *c = timer->data;
	int64_t begun = http_now_ns(c), now = begun, next;
	struct http_call *call = NULL;
	int64_t wait_ms;

	for (int i = 0; (call = next_due(c, now, &next)) && i < STEPS_PER_TURN && now - begun < TURN_NS; i++) {
		step(c, call, now);
		now = http_now_ns(c);
	}
	if (!call && next == NEVER)
		return;
	wait_ms = call ? 0 : (next - now) / 1000000 + 1;
	uv_timer_start(&c->pump, on_pump, (uint64_t)(wait_ms < LOOK_AGAIN_MS ? wait_ms : LOOK_AGAIN_MS), 0);
}

void http_pump_soon(struct http_client *c)
{
	uv_timer_start(&c->pump, on_pump, 0, 0);
}

static void enqueue(struct http_client *c, struct http_call *call)
{
	struct http_call **at = &c->calls;

	while (*at && (*at)->priority <= call->priority)
		at = &(*at)->next;
	call->next = *at;
	*at = call;
	http_pump_soon(c);
}

void http_unlink(struct http_client *c, struct http_call *call)
{
	struct http_call **at = &c->calls;

	while (*at && *at != call)
		at = &(*at)->next;
	if (*at)
		*at = call->next;
}

uint64_t http_client_request(struct http_client *c, uint32_t owner, const struct f1p_http_request *r, f1p_http_fn fn, void *arg,
	char *why, size_t why_size)
{
	char authority[URL_AUTHORITY_MAX];
	struct http_call *call;
	uint32_t waiting = 0;

	for (const struct http_call *other = c->calls; other; other = other->next)
		waiting += other->owner == owner;
	if (waiting >= HTTP_OWNER_WAITING_MAX) {
		snprintf(why, why_size, "%u requests wait already", waiting);
		return 0;
	}
	call = http_call_create(r, why, why_size);
	if (!call)
		return 0;
	if (!url_check(call->url, authority, NULL, why, why_size) ||
		!(call->server = http_server_get(c, authority, why, why_size))) {
		http_call_destroy(call);
		return 0;
	}
	if ((call->flags & F1P_HTTPF_PUBLIC_ONLY) && proxy_serves(&c->proxy, authority)) {
		snprintf(why, why_size, "%.150s is reached through a proxy, where its address cannot be checked", authority);
		http_call_destroy(call);
		return 0;
	}
	call->id = ++c->last_id;
	call->owner = owner;
	call->server->owners |= UINT64_C(1) << (owner & 63);
	call->fn = fn;
	call->arg = arg;
	enqueue(c, call);
	return call->id;
}

static void cancel(struct http_client *c, struct http_call *call)
{
	http_unlink(c, call);
	if (call->state == CALL_RUNNING)
		http_attempt_stop(c, call);
	http_call_destroy(call);
	http_pump_soon(c);
}

void http_client_cancel(struct http_client *c, uint32_t owner, uint64_t id)
{
	for (struct http_call *call = c->calls; call; call = call->next)
		if (call->id == id && call->owner == owner) {
			cancel(c, call);
			return;
		}
}

void http_client_forget(struct http_client *c, uint32_t owner)
{
	char why[100];

	for (struct http_call *call = c->calls, *next; call; call = next) {
		next = call->next;
		if (call->owner == owner)
			cancel(c, call);
	}
	for (struct http_server *s = c->servers; s; s = s->next) {
		s->owners &= ~(UINT64_C(1) << (owner & 63));
		rate_limit(&s->rate, owner, NULL, 0, why, sizeof(why));
	}
}

f1p_status http_client_limit(struct http_client *c, uint32_t owner, const char *authority, const struct f1p_http_window *w,
	uint32_t n, char *why, size_t why_size)
{
	char name[URL_AUTHORITY_MAX];
	struct http_server *s;
	f1p_status rc;

	if (!authority || !url_authority(authority, name)) {
		snprintf(why, why_size, "\"%.100s\" is no host or host:port", authority ? authority : "");
		return F1P_EINVAL;
	}
	s = http_server_get(c, name, why, why_size);
	if (!s)
		return F1P_ENOMEM;
	rc = rate_limit(&s->rate, owner, w, n, why, why_size);
	http_pump_soon(c);
	return rc;
}

/* ------------------------------------------------------------------ life */

static bool copy_texts(struct http_client *c)
{
	char agent[40];

	snprintf(agent, sizeof(agent), "f1pd/%d.%d.%d", F1P_VERSION_MAJOR, F1P_VERSION_MINOR, F1P_VERSION_PATCH);
	c->user_agent = copy(c->o.user_agent ? c->o.user_agent : agent);
	c->cache_dir = copy(c->o.cache_dir);
	c->ca_file = copy(c->o.ca_file);
	return c->user_agent && (c->cache_dir || !c->o.cache_dir) && (c->ca_file || !c->o.ca_file);
}

/* As a header of our own: libcurl takes percent signs in a login for escapes. */
static bool make_login(struct http_client *c)
{
	unsigned char coded[4 * (PROXY_LOGIN_MAX / 3 + 1) + 1];
	char line[sizeof(coded) + 40];

	if (!c->proxy.login[0])
		return true;
	EVP_EncodeBlock(coded, (const unsigned char *)c->proxy.login, (int)strlen(c->proxy.login));
	snprintf(line, sizeof(line), "Proxy-Authorization: Basic %s", (const char *)coded);
	c->proxy_headers = curl_slist_append(NULL, line);
	explicit_bzero(coded, sizeof(coded));
	explicit_bzero(line, sizeof(line));
	return c->proxy_headers != NULL;
}

static void free_client(struct http_client *c)
{
	proxy_finish(&c->proxy);
	curl_slist_free_all(c->proxy_headers);
	http_servers_finish(c);
	http_cache_destroy(c->cache);
	free(c->user_agent);
	free(c->cache_dir);
	free(c->ca_file);
	free(c);
}

struct http_client *http_client_create(const struct http_options *o, char *err, size_t err_size)
{
	struct http_client *c = calloc(1, sizeof(*c));
	char why[400];

	pthread_once(&curl_once, curl_start);
	snprintf(err, err_size, "no memory for the HTTP client");
	if (!c)
		return NULL;
	c->o = *o;
	if (!copy_texts(c))
		goto fail;
	if (!proxy_init(&c->proxy, o->proxy, o->proxy_login, why, sizeof(why))) {
		snprintf(err, err_size, "proxy: %s", why);
		goto fail;
	}
	c->o.proxy = c->o.proxy_login = NULL; /* the caller's */
	if (!make_login(c))
		goto fail;
	c->cache =
		http_cache_create(c->cache_dir, c->cache_dir ? HTTP_CACHE_FILES_BYTES : HTTP_CACHE_MEMORY_BYTES, err, err_size);
	if (!c->cache)
		goto fail;
	c->loop = http_loop_create(o->loop, http_attempt_done, c);
	if (!c->loop)
		goto fail;
	uv_timer_init(o->loop, &c->pump);
	uv_timer_init(o->loop, &c->save);
	c->pump.data = c->save.data = c;
	c->open_handles = 2;
	http_rates_load(c);
	err[0] = '\0';
	return c;
fail:
	free_client(c);
	return NULL;
}

bool http_client_is_proxied(const struct http_client *c, const char *authority)
{
	return proxy_serves(&c->proxy, authority);
}

static void on_closed(uv_handle_t *handle)
{
	struct http_client *c = handle->data;

	if (--c->open_handles == 0)
		free_client(c);
}

void http_client_destroy(struct http_client *c)
{
	if (!c)
		return;
	http_rates_save(c);
	while (c->calls)
		cancel(c, c->calls);
	http_loop_destroy(c->loop);
	uv_close((uv_handle_t *)&c->pump, on_closed);
	uv_close((uv_handle_t *)&c->save, on_closed);
}
