/* daemon_live.c - what live plugins may ask for: network, calendar, history, wake; and the calendar's consequences. */
#include "daemon/daemon_internal.h"

#include "base/folder.h"
#include "base/log.h"
#include "helpers/encode.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#define WHY_MAX 200
#define TEXT_OF(x) #x
#define VERSION_TEXT(major, minor, patch) TEXT_OF(major) "." TEXT_OF(minor) "." TEXT_OF(patch)

static struct daemon *daemon_of(const struct f1p_host *host)
{
	return services_arg(host);
}

/* -- HTTP -- */

static uint64_t http_request(const struct f1p_host *host, const struct f1p_http_request *r, f1p_http_fn fn, void *arg)
{
	char why[WHY_MAX] = "";
	uint64_t id = http_client_request(daemon_of(host)->http, host->instance_id, r, fn, arg, why, sizeof(why));

	if (!id)
		host->fail(host, F1P_EINVAL, "%s", why);
	return id;
}

static void http_cancel(const struct f1p_host *host, uint64_t id)
{
	http_client_cancel(daemon_of(host)->http, host->instance_id, id);
}

static f1p_status http_limit(const struct f1p_host *host, const char *authority, const struct f1p_http_window *w, uint32_t n)
{
	char why[WHY_MAX] = "";
	f1p_status rc = http_client_limit(daemon_of(host)->http, host->instance_id, authority, w, n, why, sizeof(why));

	return rc == F1P_OK ? rc : host->fail(host, rc, "%s", why);
}

static bool http_is_proxied(const struct f1p_host *host, const char *authority)
{
	return http_client_is_proxied(daemon_of(host)->http, authority);
}

static const struct f1p_http http_ext = {sizeof(http_ext), 0, http_request, http_cancel, http_limit, http_is_proxied};

/* -- webhooks -- */

static f1p_status webhooks_check(const struct f1p_host *host, const char *url, uint32_t flags)
{
	char why[WHY_MAX] = "";

	return webhook_url_check(url, flags, why, sizeof(why)) ? F1P_OK : host->fail(host, F1P_EINVAL, "%s", why);
}

static f1p_status webhooks_post(const struct f1p_host *host, const struct f1p_webhook *w, f1p_webhook_fn fn, void *arg)
{
	char why[WHY_MAX] = "";
	f1p_status rc = webhook_post(daemon_of(host)->webhooks, host->instance_id, w, fn, arg, why, sizeof(why));

	return rc == F1P_OK ? rc : host->fail(host, rc, "%s", why);
}

static bool webhooks_random(const struct f1p_host *host, void *out, size_t n)
{
	(void)host;
	return n <= 256 && getrandom(out, n, 0) == (ssize_t)n;
}

static const struct f1p_webhooks webhooks_ext = {sizeof(webhooks_ext), 0, webhooks_check, webhooks_post, webhooks_random};

/* -- files -- */

static const char *data_dir_path(const struct f1p_host *host)
{
	return daemon_of(host)->data_dir;
}

static const struct f1p_data_dir data_dir_ext = {sizeof(data_dir_ext), 0, data_dir_path};

/* -- WebSocket -- */

static struct f1p_websocket *websocket_open(const struct f1p_host *host, const struct f1p_websocket_request *r,
	const struct f1p_websocket_events *events, void *arg)
{
	char why[WHY_MAX] = "";
	struct f1p_websocket *w = ws_open(daemon_of(host)->sockets, host->instance_id, r, events, arg, why, sizeof(why));

	if (!w)
		host->fail(host, F1P_EINVAL, "%s", why);
	return w;
}

static const struct f1p_websocket_client websocket_ext = {sizeof(websocket_ext), 0, websocket_open, ws_send, ws_close};

/* -- history -- */

static f1p_status history_each_row(const struct f1p_host *host, const struct f1p_history_query *q,
	bool (*fn)(void *, const struct f1p_history_row *), void *arg)
{
	char why[WHY_MAX] = "";
	f1p_status rc = history_each(daemon_of(host)->history, q, fn, arg, why, sizeof(why));

	return rc == F1P_OK ? rc : host->fail(host, rc, "%s", why);
}

static f1p_status history_put_rows(const struct f1p_host *host, const struct f1p_history_row *first, uint32_t count)
{
	char why[WHY_MAX] = "";
	f1p_status rc = history_put(daemon_of(host)->history, first, count, why, sizeof(why));

	return rc == F1P_OK ? rc : host->fail(host, rc, "%s", why);
}

static int64_t history_count_rows(const struct f1p_host *host, const struct f1p_history_query *q)
{
	char why[WHY_MAX];

	return history_count(daemon_of(host)->history, q, why, sizeof(why));
}

static const struct f1p_history history_ext = {sizeof(history_ext), 0, history_each_row, history_put_rows, history_count_rows};

/* -- calendar -- */

static f1p_status season_publish(const struct f1p_host *host, uint32_t rank, const struct f1p_session_plan *p, uint32_t n)
{
	struct daemon *d = daemon_of(host);
	char why[WHY_MAX] = "";

	pthread_mutex_lock(&d->season_lock);
	f1p_status rc = schedule_publish(d->schedule, host->instance_id, host->instance, rank, p, n, vclock_now_ns(&d->clock), why,
		sizeof(why));
	pthread_mutex_unlock(&d->season_lock);
	return rc == F1P_OK ? rc : host->fail(host, rc, "%s", why);
}

static void season_now(const struct f1p_host *host, struct f1p_schedule_now *out)
{
	struct daemon *d = daemon_of(host);
	struct f1p_schedule_now now = {.size = sizeof(now)};
	uint32_t size = out->size < sizeof(now) ? out->size : (uint32_t)sizeof(now);

	pthread_mutex_lock(&d->season_lock);
	schedule_now(d->schedule, &now);
	pthread_mutex_unlock(&d->season_lock);
	memcpy(out, &now, size);
	out->size = size;
}

static uint32_t season_list(const struct f1p_host *host, struct f1p_session_plan *out, uint32_t n)
{
	struct daemon *d = daemon_of(host);

	pthread_mutex_lock(&d->season_lock);
	uint32_t total = schedule_list(d->schedule, out, n);
	pthread_mutex_unlock(&d->season_lock);
	return total;
}

static const struct f1p_schedule season_ext = {sizeof(season_ext), 0, season_publish, season_now, season_list};

/* -- wake -- */

static void poll_soon(const struct f1p_host *host)
{
	struct daemon *d = daemon_of(host);

	atomic_fetch_or(&d->woken, UINT64_C(1) << (host->instance_id & 63));
	uv_async_send(&d->async);
}

static const struct f1p_wake wake_ext = {sizeof(wake_ext), 0, poll_soon};

void daemon_take_wakes(struct daemon *d)
{
	uint64_t woken = atomic_exchange(&d->woken, 0);

	for (size_t i = 0; woken && i < d->n_units; i++)
		if (d->units[i].inst->source && (woken >> (d->units[i].inst->id & 63) & 1))
			pump_wake(d->pump, d->units[i].inst);
}

/* -- look-up -- */

const void *daemon_extension(void *arg, const struct f1p_host *host, const char *id)
{
	const struct daemon *d = arg;
	const struct {
		const char *id;
		const void *ext;
		bool offered;
	} table[] = {
		{F1P_EXT_HTTP, &http_ext, d->http},
		{F1P_EXT_WEBHOOK, &webhooks_ext, d->webhooks},
		{F1P_EXT_DATA_DIR, &data_dir_ext, true},
		{F1P_EXT_WEBSOCKET, &websocket_ext, d->sockets},
		{F1P_EXT_HISTORY, &history_ext, d->history},
		{F1P_EXT_MODEL, &daemon_model_ext, d->model},
		{F1P_EXT_SCHEDULE, &season_ext, d->schedule},
		{F1P_EXT_WAKE, &wake_ext, true},
	};

	(void)host;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (strcmp(id, table[i].id) == 0)
			return table[i].offered ? table[i].ext : NULL;
	return NULL;
}

void daemon_forget_instance(void *arg, uint32_t instance_id)
{
	struct daemon *d = arg;

	if (d->http)
		http_client_forget(d->http, instance_id);
	if (d->webhooks)
		webhook_forget(d->webhooks, instance_id);
	if (d->sockets)
		ws_forget(d->sockets, instance_id);
	if (!d->schedule)
		return;
	pthread_mutex_lock(&d->season_lock);
	schedule_forget(d->schedule, instance_id);
	pthread_mutex_unlock(&d->season_lock);
}

/* -- the mode of the season -- */

/* Which calendar the present or next session is from: with a better one out of reach, another serves. */
static void tell_calendar(struct daemon *d, const struct f1p_schedule_now *s)
{
	if (strcmp(d->calendar, s->calendar) == 0)
		return;
	snprintf(d->calendar, sizeof(d->calendar), "%s", s->calendar);
	if (strcmp(s->calendar, "cache") == 0)
		log_line(F1P_LOG_WARN, "schedule", "the calendar is the kept one, until a source of calendars answers%s",
			s->stale == F1P_YES ? "; it is older than two days" : "");
	else if (strcmp(s->calendar, "feed") == 0)
		log_line(F1P_LOG_INFO, "schedule", "no calendar has this session: the feed alone tells of it");
	else if (s->calendar[0])
		log_line(F1P_LOG_INFO, "schedule", "the calendar is that of %s", s->calendar);
}

/* The running feed's own word on its session counts more than any calendar. */
void daemon_follow_season(struct daemon *d)
{
	int64_t now = vclock_now_ns(&d->clock);
	struct f1p_schedule_now s = {.size = sizeof(s)};

	if (!d->schedule || now == F1P_UNKNOWN_NS || vclock_is_driven(&d->clock))
		return;
	pthread_mutex_lock(&d->season_lock);
	bool changed = schedule_observe(d->schedule, engine_state(d->engine), now);
	changed |= schedule_tick(d->schedule, now);
	schedule_now(d->schedule, &s);
	pthread_mutex_unlock(&d->season_lock);
	d->mode = s.mode;
	tell_calendar(d, &s);
	if (!changed)
		return;
	log_line(F1P_LOG_INFO, "season", "%s%s%s %s", f1p_season_mode_name((int)s.mode), s.has_session == F1P_YES ? ": " : "",
		s.has_session == F1P_YES ? s.session.meeting : "", s.has_session == F1P_YES ? s.session.name : "");
	for (size_t i = 0; i < d->n_units; i++)
		if (d->units[i].inst->source)
			pump_wake(d->pump, d->units[i].inst);
}

/* -- life -- */

static int64_t real_mono(void *arg)
{
	(void)arg;
	return vclock_mono_ns();
}

static int64_t real_utc(void *arg)
{
	struct timespec now;

	(void)arg;
	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static uint64_t random_bits(void *arg)
{
	uint64_t bits = 0;

	(void)arg;
	if (getrandom(&bits, sizeof(bits), GRND_NONBLOCK) != sizeof(bits))
		bits = (uint64_t)vclock_mono_ns();
	return bits;
}

static void http_log(void *arg, int level, const char *line)
{
	(void)arg;
	log_line(level, "http", "%s", line);
}

static void socket_log(void *arg, int level, const char *line)
{
	(void)arg;
	log_line(level, "websocket", "%s", line);
}

static void http_measured(void *arg, const char *authority, uint32_t status, int64_t took_ns, uint64_t bytes, uint32_t attempts)
{
	struct daemon *d = arg;
	char code[16];

	(void)bytes;
	(void)attempts;
	snprintf(code, sizeof(code), "%u", status);
	d->metrics->put(d->metrics->get(d->core, F1P_METRIC_HISTOGRAM, "f1pd_http_seconds", "Time of HTTP attempts, by server.", "server",
				authority), (double)took_ns / 1e9);
	d->metrics->put(d->metrics->get(d->core, F1P_METRIC_COUNTER, "f1pd_http_answers_total", "Answers, by HTTP status; 0: none came.",
				"status", code), 1);
}

/* Without a place for what is learnt the daemon runs all the same. */
static bool make_data_dir(struct daemon *d)
{
	const char *dir = d->config->core.data_dir;
	char err[512];

	if (!dir[0])
		return true;
	if (!folder_make(dir, err, sizeof(err))) {
		log_line(F1P_LOG_WARN, "core", "data_dir: %s; calendar, history and scores are not kept: make it a folder that f1pd can write",
			err);
		return true;
	}
	d->data_dir = strdup(dir);
	return d->data_dir != NULL;
}

const char *daemon_data_path(const struct daemon *d, const char *name, char *out, size_t size)
{
	return d->data_dir && snprintf(out, size, "%s/%s", d->data_dir, name) < (int)size ? out : NULL;
}

/* Without a place for its cache the network is worth having too. */
static struct http_client *create_http(struct http_options *o, char *err, size_t err_size)
{
	struct http_client *http = http_client_create(o, err, err_size);

	if (http || !o->cache_dir)
		return http;
	log_line(F1P_LOG_WARN, "http", "%s; answers are kept in memory only, and counts of requests end with the daemon", err);
	o->cache_dir = NULL;
	return http_client_create(o, err, err_size);
}

static struct history *open_history(const struct daemon *d, char *err, size_t err_size)
{
	char path[4200];
	struct history *h = daemon_data_path(d, "history.sqlite", path, sizeof(path)) ? history_open(path, err, err_size) : NULL;

	if (!h && d->data_dir)
		log_line(F1P_LOG_WARN, "history", "%s; results and laps of the past are kept in memory only", err);
	return h ? h : history_open(":memory:", err, err_size);
}

bool daemon_create_live(struct daemon *d)
{
	bool placed = make_data_dir(d);
	char cache[4200], calendar[4200], err[512] = "";
	const char *ca_file = d->config->core.ca_file[0] ? d->config->core.ca_file : NULL;
	struct http_options http = {.loop = &d->loop,
		.mono_ns = real_mono,
		.utc_ns = real_utc,
		.random = random_bits,
		.arg = d,
		.cache_dir = daemon_data_path(d, "cache", cache, sizeof(cache)),
		.user_agent = "f1pd/" VERSION_TEXT(F1P_VERSION_MAJOR, F1P_VERSION_MINOR, F1P_VERSION_PATCH),
		.verify_tls = true,
		.ca_file = ca_file,
		.proxy = d->config->core.proxy,
		.proxy_login = d->config->core.proxy_login,
		.log = http_log,
		.measured = http_measured};
	struct ws_options ws = {.ca_file = ca_file,
		.user_agent = http.user_agent,
		.proxy = http.proxy,
		.proxy_login = http.proxy_login,
		.log = socket_log,
		.arg = d};

	d->http = placed ? create_http(&http, err, sizeof(err)) : NULL;
	d->webhooks = d->http ? webhook_sender_create(&http, err, sizeof(err)) : NULL;
	d->sockets = d->webhooks ? ws_pool_create(&d->loop, &ws, err, sizeof(err)) : NULL;
	d->history = d->sockets ? open_history(d, err, sizeof(err)) : NULL;
	d->schedule = d->history ? schedule_create(daemon_data_path(d, "calendar.json", calendar, sizeof(calendar))) : NULL;
	if (d->schedule)
		return true;
	log_line(F1P_LOG_ERROR, "core", "%s", err[0] ? err : "out of memory");
	return false;
}

void daemon_destroy_live(struct daemon *d)
{
	webhook_sender_destroy(d->webhooks);
	http_client_destroy(d->http);
	ws_pool_destroy(d->sockets);
	d->webhooks = NULL;
	d->http = NULL;
	d->sockets = NULL;
}

void daemon_close_stores(struct daemon *d)
{
	history_close(d->history);
	schedule_destroy(d->schedule);
	free(d->data_dir);
}
