/*
 * source_openf1.c - the plugin: options, life cycle, and the turn of a poll.
 */
#include "source.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "helpers/one_plugin.h"

#define EVENTS_AT_ONCE 8u
#define EVENTS_PER_POLL 64u
#define IDLE_LOOK_NS (30 * NS_PER_S) /* the schedule may change its mind */
#define NO_WAKE_NS (NS_PER_S / 2)

static const struct f1p_cfg_item options[] = {
	F1P_OPT(struct of_config, base_url, F1P_CFG_STR, 0, "https://api.openf1.org", NULL, NULL, NULL,
		"The service, or a server of your own; plain http:// only where you write it"),
	F1P_OPT(struct of_config, username, F1P_CFG_SECRET, 0, "", NULL, NULL, NULL, "User name of the paid account; empty = none"),
	F1P_OPT(struct of_config, password, F1P_CFG_SECRET, 0, "", NULL, NULL, NULL, "Password of the paid account"),
	F1P_OPT(struct of_config, mqtt, F1P_CFG_ENUM, 0, "off", NULL, NULL, "off|on",
		"Also take the stream: needs the account, or a broker of your own"),
	F1P_OPT(struct of_config, mqtt_host, F1P_CFG_STR, 0, "mqtt.openf1.org", NULL, NULL, NULL, "Host of the stream"),
	F1P_OPT(struct of_config, mqtt_port, F1P_CFG_INT, 0, "8883", "1", "65535", NULL, "TCP port of the stream"),
	F1P_OPT(struct of_config, mqtt_tls, F1P_CFG_BOOL, 0, "yes", NULL, NULL, NULL, "TLS for the stream; no = plain, for a broker of your own"),
	F1P_OPT(struct of_config, ca_file, F1P_CFG_PATH, 0, "", NULL, NULL, NULL,
		"Certificates to trust for the stream, PEM; empty = the system's"),
	F1P_OPT(struct of_config, session, F1P_CFG_STR, 0, "auto", NULL, NULL, NULL,
		"auto: the one that runs by the calendar; latest: as OpenF1 says; or a session_key"),
	F1P_OPT(struct of_config, connect, F1P_CFG_ENUM, 0, "auto", NULL, NULL, "auto|always",
		"auto: only around sessions; always: also when no session is due"),
	F1P_OPT(struct of_config, limits, F1P_CFG_ENUM, 0, "auto", NULL, NULL, "auto|free|paid|custom",
		"Requests allowed: free 3/s and 30/min, paid 6/s and 60/min, auto: paid with a username; custom: as given below"),
	F1P_OPT(struct of_config, limit_per_second, F1P_CFG_INT, 0, "3", "1", "100", NULL, "Requests in any second, with limits = custom"),
	F1P_OPT(struct of_config, limit_per_minute, F1P_CFG_INT, 0, "30", "1", "1000", NULL, "Requests in any minute, with limits = custom"),
	F1P_OPT(struct of_config, telemetry, F1P_CFG_BOOL, 0, "no", NULL, NULL, NULL,
		"Also speed, throttle, brake, gear and place of each car"),
};

static struct of_source *self(struct f1p_plugin *p)
{
	return p->impl;
}

int64_t of_real_ns(const struct of_source *src)
{
	return src->host->now_mono_ns(src->host);
}

/* ---- events ---- */

f1p_status of_emit(void *arg, const struct f1p_event *ev)
{
	struct of_source *src = arg;
	f1p_status status = src->bus->emit(src->host, ev);

	src->emitted++;
	src->refused += status != F1P_OK;
	src->t_alive_ns = src->now_ns;
	return status;
}

void of_tell_link(struct of_source *src, uint8_t condition, const char *text)
{
	struct f1p_ev_link ev = {.h = {.size = sizeof(ev), .space = F1P_SPACE_CORE, .type = F1P_EV_LINK}, .condition = condition};
	int64_t told_ns = of1_told_ns(src->decoder);

	if (src->link == condition) {
		return;
	}
	while (of1_tell_more(src->decoder)) { /* what belongs together stays together */
	}
	src->greeting = false;
	src->link = condition;
	ev.h.t_event_ns = told_ns > 0 && (condition == F1P_LINK_DOWN || condition == F1P_LINK_UP) ? told_ns : src->now_ns;
	snprintf(ev.text, sizeof(ev.text), "%s", text);
	src->host->log(src->host, condition == F1P_LINK_DOWN || condition == F1P_LINK_REFUSED ? F1P_LOG_WARN : F1P_LOG_INFO, "%s", text);
	of_emit(src, &ev.h);
}

/* ---- poll ---- */

static bool all_loaded(const struct of_source *src)
{
	return src->phase == OF_LOAD && src->first == NULL && of_is_loaded(src);
}

static void go_live(struct of_source *src)
{
	of_estimate_laps(src);
	of1_snapshot(src->decoder, src->now_ns);
	src->phase = OF_LIVE;
	src->greeting = true; /* behind the whole snapshot */
}

static void leave(struct of_source *src)
{
	if (src->phase == OF_OFF) {
		return;
	}
	of_cancel_all(src);
	of_drop_bodies(src);
	of_stream_close(src);
	of1_set_session(src->decoder, 0, 0);
	src->phase = OF_OFF;
	src->session_key = 0;
	of_tell_link(src, F1P_LINK_CLOSED, "OpenF1: no session is due");
}

static void enter(struct of_source *src)
{
	if (src->phase != OF_OFF) {
		return;
	}
	src->phase = OF_FIND;
	src->queries[2].due_ns = src->now_ns;
	of_tell_link(src, F1P_LINK_CONNECTING, "OpenF1: looking for the session");
}

static void measure(struct of_source *src)
{
	int64_t newest_ns = of1_newest_ns(src->decoder, OF1_INTERVALS);

	if (src->metrics == NULL || src->phase != OF_LIVE) {
		return;
	}
	if (newest_ns != F1P_UNKNOWN_NS) {
		src->metrics->put(src->m_lag, (double)(src->now_ns - newest_ns) / 1e9);
	}
}

/* Until the time is used up: what an event costs is up to the host. True if there is more. */
static bool tell_some(struct of_source *src)
{
	int64_t end_ns = of_real_ns(src) + OF_SLICE_NS;

	for (uint32_t n = 0; n < EVENTS_PER_POLL && of1_tell_more(src->decoder); n += EVENTS_AT_ONCE) {
		if (of_real_ns(src) >= end_ns) {
			break;
		}
	}
	return of1_has_more(src->decoder);
}

/* A slice of what waits: the loop must not. True if there is more. */
static bool work(struct of_source *src)
{
	bool more = false;

	if (of1_has_more(src->decoder)) {
		if (tell_some(src)) {
			return true;
		}
	} else {
		of_decode(src);
	}
	if (all_loaded(src)) {
		go_live(src);
	} else if (!of1_has_more(src->decoder)) {
		more = of_stream_drain(src);
		if (src->phase == OF_LIVE) {
			of1_flush(src->decoder, src->now_ns);
		}
	}
	if (src->greeting && !of1_has_more(src->decoder)) {
		src->link = 0;
		of_tell_link(src, F1P_LINK_UP, "OpenF1: the session is loaded");
	}
	return more || src->first != NULL || of1_has_more(src->decoder);
}

static f1p_status poll_source(struct f1p_plugin *p, int64_t now_ns, uint32_t max_events, int64_t *next_due_ns)
{
	struct of_source *src = self(p);
	bool wanted = false;

	(void)max_events; /* rows are cut into slices instead */
	*next_due_ns = F1P_NEVER_NS;
	if (src->http == NULL) {
		return F1P_OK;
	}
	src->now_ns = now_ns;
	wanted = of_is_wanted(src);
	if (wanted) {
		enter(src);
	} else {
		leave(src);
	}
	of_ask_due(src);
	of_stream_step(src);
	if (work(src)) {
		*next_due_ns = now_ns;
		return F1P_OK;
	}
	measure(src);
	*next_due_ns = of_next_due_ns(src);
	if (*next_due_ns > now_ns + IDLE_LOOK_NS) {
		*next_due_ns = now_ns + IDLE_LOOK_NS;
	}
	if ((src->wake == NULL || src->stream != NULL) && *next_due_ns > now_ns + NO_WAKE_NS && src->phase != OF_OFF) {
		*next_due_ns = now_ns + NO_WAKE_NS;
	}
	return F1P_OK;
}

/* ---- life cycle ---- */

static f1p_status init(struct f1p_plugin *p)
{
	struct of_source *src = self(p);
	const struct f1p_host *host = src->host;

	src->bus = host->get_extension(host, F1P_EXT_BUS);
	src->http = host->get_extension(host, F1P_EXT_HTTP);
	src->schedule = host->get_extension(host, F1P_EXT_SCHEDULE);
	src->history = host->get_extension(host, F1P_EXT_HISTORY);
	src->wake = host->get_extension(host, F1P_EXT_WAKE);
	src->threads = host->get_extension(host, F1P_EXT_THREAD);
	src->metrics = host->get_extension(host, F1P_EXT_METRICS);
	if (src->bus == NULL) {
		return host->fail(host, F1P_EUNSUPPORTED, "the host offers no %s: a source cannot emit", F1P_EXT_BUS);
	}
	src->decoder = of1_create(of_emit, src);
	if (src->decoder == NULL) {
		return host->fail(host, F1P_ENOMEM, "out of memory for the decoder");
	}
	of1_set_slice(src->decoder, EVENTS_AT_ONCE);
	return F1P_OK;
}

static bool read_session_option(struct of_source *src)
{
	const char *text = src->cfg.session;
	char *end = NULL;
	unsigned long key = 0;

	src->wanted_key = 0;
	if (strcmp(text, "auto") == 0 || strcmp(text, "latest") == 0) {
		return true;
	}
	if (text[0] < '0' || text[0] > '9') {
		return false;
	}
	key = strtoul(text, &end, 10);
	src->wanted_key = (uint32_t)key;
	return *end == '\0' && key > 0 && key <= INT32_MAX;
}

static bool fits(const char *text)
{
	char encoded[900];

	return url_encode(text, encoded, sizeof(encoded));
}

static void set_limits(struct of_source *src)
{
	const char *limits = src->cfg.limits;
	bool paid = strcmp(limits, "paid") == 0 || (strcmp(limits, "auto") == 0 && src->cfg.username[0] != '\0');
	bool custom = strcmp(limits, "custom") == 0;

	budget_init(&src->budget, custom ? (uint32_t)src->cfg.limit_per_second : paid ? 6 : 3,
		custom ? (uint32_t)src->cfg.limit_per_minute : paid ? 60 : 30);
}

static f1p_status configure(struct f1p_plugin *p, const void *config)
{
	struct of_source *src = self(p);
	const struct f1p_host *host = src->host;
	size_t n = 0;

	src->cfg = *(const struct of_config *)config;
	n = strlen(src->cfg.base_url);
	while (n > 0 && src->cfg.base_url[n - 1] == '/') {
		n--;
	}
	if (n >= sizeof(src->base_url) || !url_authority(src->cfg.base_url, src->authority, sizeof(src->authority))) {
		return host->fail(host, F1P_ECONFIG, "base_url is no http:// or https:// address of at most %zu bytes without user name",
			sizeof(src->base_url) - 1);
	}
	memcpy(src->base_url, src->cfg.base_url, n);
	src->base_url[n] = '\0';
	if (!read_session_option(src)) {
		return host->fail(host, F1P_ECONFIG, "session = \"%.40s\" is neither auto, latest nor a session_key", src->cfg.session);
	}
	if (!fits(src->cfg.username) || !fits(src->cfg.password)) {
		return host->fail(host, F1P_ECONFIG, "username or password is too long: at most 299 bytes");
	}
	if ((src->cfg.username[0] == '\0') != (src->cfg.password[0] == '\0')) {
		return host->fail(host, F1P_ECONFIG, "username and password belong together: give both or none");
	}
	set_limits(src);
	return F1P_OK;
}

static void get_metrics(struct of_source *src)
{
	if (src->metrics == NULL) {
		return;
	}
	src->m_requests = src->metrics->get(src->host, F1P_METRIC_COUNTER, "f1pd_openf1_requests_total", "Requests sent to OpenF1", NULL, NULL);
	src->m_rows = src->metrics->get(src->host, F1P_METRIC_COUNTER, "f1pd_openf1_dropped_total",
		"Messages of the stream dropped because the queue was full", NULL, NULL);
	src->m_lag = src->metrics->get(src->host, F1P_METRIC_GAUGE, "f1pd_source_lag_seconds", "Age of the newest timing row", NULL, NULL);
}

static f1p_status start(struct f1p_plugin *p)
{
	struct of_source *src = self(p);

	src->phase = OF_OFF;
	src->link = 0;
	src->greeting = false;
	src->slow = 1;
	src->blocked_ns = INT64_MIN;
	src->silent = src->throttled = (struct f1p_repeats){0};
	src->failures = 0;
	src->in_flight = 0;
	src->session_key = 0;
	memset(&src->token, 0, sizeof(src->token));
	of1_set_session(src->decoder, 0, 0);
	of_queries_init(src);
	get_metrics(src);
	if (src->http == NULL) {
		src->host->log(src->host, F1P_LOG_WARN, "this host has no network (%s): OpenF1 is not asked", F1P_EXT_HTTP);
		return F1P_OK;
	}
	if (src->http->limit(src->host, src->authority, src->budget.windows, src->budget.n_windows) != F1P_OK) {
		src->host->log(src->host, F1P_LOG_WARN, "the host did not take the rate limits of %s", src->authority);
	}
	return strcmp(src->cfg.mqtt, "on") == 0 ? of_stream_create(src) : F1P_OK;
}

static void stop(struct f1p_plugin *p)
{
	struct of_source *src = self(p);

	of_stream_destroy(src);
	if (src->http != NULL) {
		of_cancel_all(src);
		src->http->cancel(src->host, src->token.request);
	}
	explicit_bzero(&src->token, sizeof(src->token));
	of_drop_bodies(src);
}

static void destroy(struct f1p_plugin *p)
{
	struct of_source *src = self(p);

	of1_destroy(src->decoder);
	free(src);
}

/* "v1/laps\n{...}": one message of the stream. */
static f1p_status feed(struct f1p_plugin *p, const void *bytes, size_t n)
{
	struct of_source *src = self(p);
	const char *text = bytes;
	const char *cut = memchr(text, '\n', n);
	size_t topic_n = cut != NULL ? (size_t)(cut - text) : 0;
	enum of1_collection c = topic_n > 3 ? of1_collection_find(text + 3, topic_n - 3) : OF1_NONE;

	src->now_ns = src->host->now_utc_ns(src->host);
	if (c == OF1_NONE || of1_rows(src->decoder, c, cut + 1, n - topic_n - 1, src->now_ns) != F1P_OK) {
		return src->host->fail(src->host, F1P_EINVAL, "no message of the stream: \"v1/COLLECTION\", a line break and a row are wanted");
	}
	of1_flush(src->decoder, src->now_ns);
	return F1P_OK;
}

static const void *get_extension(struct f1p_plugin *p, const char *id)
{
	static const struct f1p_source source = {.size = sizeof(source), .poll = poll_source};
	static const struct f1p_source_feed source_feed = {.size = sizeof(source_feed), .feed = feed};

	(void)p;
	if (strcmp(id, F1P_EXT_SOURCE) == 0) {
		return &source;
	}
	return strcmp(id, F1P_EXT_SOURCE_FEED) == 0 ? &source_feed : NULL;
}

static const struct f1p_descriptor descriptor = {
	.size = sizeof(descriptor),
	.kinds = F1P_KIND_SOURCE,
	.id = "source_openf1",
	.version = "0.1.0",
	.license = "MIT",
	.description = "Live timing from OpenF1, over REST and MQTT",
	.config = options,
	.config_count = sizeof(options) / sizeof(options[0]),
	.config_size = sizeof(struct of_config),
};

F1P_ONE_PLUGIN(descriptor, struct of_source, init, configure, start, stop, destroy, get_extension);
