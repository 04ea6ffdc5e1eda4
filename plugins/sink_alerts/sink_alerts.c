/*
 * sink_alerts.c - rules on state, forecasts and race control that tell somebody: on the page, or by a webhook.
 *
 * Threads: events come on [sink], requests on any, outcomes of webhooks on [loop]. One lock guards it all; the loop takes only
 * the small one of the outcomes.
 */
#include "sink_alerts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "helpers/encode.h"
#include "helpers/one_plugin.h"

#define SAVE_LOOKED_NS INT64_C(10000000000)

static const struct f1p_cfg_item options[] = {
	F1P_OPT(struct sink_config, allow_private, F1P_CFG_BOOL, 0, "no", NULL, NULL, NULL,
		"Webhooks may lead to this machine and into private networks"),
	F1P_OPT(struct sink_config, allow_http, F1P_CFG_BOOL, 0, "no", NULL, NULL, NULL,
		"Webhooks may be http://, not only https://"),
	F1P_OPT(struct sink_config, tries, F1P_CFG_INT, 0, "8", "1", "20", NULL,
		"How often a webhook is tried before it is a dead letter"),
	F1P_OPT(struct sink_config, retry_first, F1P_CFG_DURATION_MS, 0, "5s", "100ms", "10m", NULL,
		"Wait behind the first failure; it doubles with each further one"),
	F1P_OPT(struct sink_config, retry_most, F1P_CFG_DURATION_MS, 0, "10m", "100ms", "6h", NULL,
		"Longest wait before another try"),
};

static struct sink_alerts *of(struct f1p_plugin *plugin)
{
	return plugin->impl;
}

/* ------------------------------------------------------------------ life */

static void get_metrics(struct sink_alerts *s)
{
	static const char *const results[] = {"delivered", "tried_again", "dead"};

	s->metrics = s->host->get_extension(s->host, F1P_EXT_METRICS);
	if (!s->metrics) {
		return;
	}
	s->m_alerts = s->metrics->get(s->host, F1P_METRIC_COUNTER, "f1pd_alerts_total", "Times that a rule spoke.", NULL, NULL);
	for (size_t i = 0; i < 3; i++) {
		s->m_results[i] = s->metrics->get(s->host, F1P_METRIC_COUNTER, "f1pd_webhooks_total",
			"Attempts to deliver a webhook, by result.", "result", results[i]);
	}
}

static f1p_status alerts_init(struct f1p_plugin *plugin)
{
	struct sink_alerts *s = of(plugin);

	pthread_mutex_init(&s->saving, NULL);
	pthread_mutex_init(&s->lock, NULL);
	outbox_init(&s->outbox, s->host);
	s->known_until_ns = s->looked_ns = F1P_UNKNOWN_NS;
	s->bus = s->host->get_extension(s->host, F1P_EXT_BUS);
	s->routes = s->host->get_extension(s->host, F1P_EXT_ROUTES);
	s->webhooks = s->host->get_extension(s->host, F1P_EXT_WEBHOOK);
	get_metrics(s);
	return F1P_OK;
}

static f1p_status alerts_configure(struct f1p_plugin *plugin, const void *config)
{
	struct sink_alerts *s = of(plugin);

	s->config = *(const struct sink_config *)config;
	s->outbox.tries_max = s->config.tries;
	s->outbox.retry_first_ms = s->config.retry_first;
	s->outbox.retry_most_ms = s->config.retry_most;
	return F1P_OK;
}

static bool find_path(struct sink_alerts *s)
{
	const struct f1p_data_dir *dir = s->host->get_extension(s->host, F1P_EXT_DATA_DIR);
	const char *at = dir ? dir->path(s->host) : NULL;

	free(s->path);
	s->path = NULL;
	return !at || asprintf(&s->path, "%s/%s.json", at, s->host->instance) >= 0;
}

static void begin_run(struct sink_alerts *s)
{
	uint8_t bytes[12] = {0};

	if (!s->webhooks || !s->webhooks->random(s->host, bytes, sizeof(bytes))) {
		return; /* without webhooks nobody compares ids of two runs */
	}
	memcpy(&s->outbox.dice, bytes + 4, sizeof(s->outbox.dice));
	snprintf(s->run, sizeof(s->run), "a%02x%02x%02x%02x", bytes[0], bytes[1], bytes[2], bytes[3]);
}

static f1p_status alerts_start(struct f1p_plugin *plugin)
{
	struct sink_alerts *s = of(plugin);

	if (!s->recent) {
		s->recent = calloc(RECENT_MAX, sizeof(*s->recent));
	}
	if (!s->recent || !find_path(s)) {
		return s->host->fail(s->host, F1P_ENOMEM, "no memory for alerts");
	}
	if (!s->run[0]) {
		snprintf(s->run, sizeof(s->run), "a");
		begin_run(s);
		keep_load(s);
	}
	s->started = true;
	return routes_add(s);
}

static void alerts_stop(struct f1p_plugin *plugin)
{
	struct sink_alerts *s = of(plugin);

	if (!s->started) {
		return;
	}
	s->started = false;
	routes_remove(s);
	keep_save(s); /* what is being sent is told as such at the next start */
	pthread_mutex_lock(&s->lock);
	outbox_abandon(&s->outbox);
	pthread_mutex_unlock(&s->lock);
}

static void alerts_destroy(struct f1p_plugin *plugin)
{
	struct sink_alerts *s = of(plugin);

	book_finish(&s->book);
	outbox_finish(&s->outbox);
	pthread_mutex_destroy(&s->lock);
	pthread_mutex_destroy(&s->saving);
	free(s->recent);
	free(s->path);
	free(s);
}

/* ------------------------------------------------------------------ events */

static bool is_rewind(const struct f1p_event *ev)
{
	return ev->type == F1P_EV_FEED_RESET && !(ev->flags & F1P_EVF_SNAPSHOT);
}

/* What an event tells, if it is of a kind that rules look at. */
static bool is_news(const struct f1p_event *ev, struct news *n)
{
	const void *at = ev;

	switch (ev->type) {
	case F1P_EV_FORECAST: {
		const struct f1p_ev_forecast *f = at;
		n->kind = NEWS_FORECAST;
		n->forecast = &f->forecast;
		return f1p_forecast_event_valid(f) && f->published == 1;
	}
	case F1P_EV_INSIGHTS: {
		const struct f1p_ev_insights *i = at;
		n->kind = NEWS_INSIGHTS;
		n->insights = &i->insights;
		return f1p_insights_event_valid(i);
	}
	case F1P_EV_RACE_CONTROL:
		n->kind = NEWS_MESSAGE;
		n->message = at;
		n->quiet |= (ev->flags & F1P_EVF_SNAPSHOT) != 0;
		return ev->size >= sizeof(*n->message);
	default:
		return false;
	}
}

static void take(struct sink_alerts *s, const struct f1p_event *ev, const struct f1p_state *state)
{
	struct news n = {.seq = ev->seq, .t_ns = ev->t_event_ns, .state = state};

	n.quiet = ((ev->flags | state->flags) & F1P_EVF_CATCHUP) != 0;
	if (is_news(ev, &n)) {
		speak(s, &n);
	}
}

static void look_at_state(struct sink_alerts *s, const struct f1p_state *state)
{
	const struct news n = {.kind = NEWS_STATE,
		.quiet = (state->flags & F1P_EVF_CATCHUP) != 0,
		.seq = state->seq,
		.t_ns = state->t_event_ns,
		.state = state};

	speak(s, &n);
}

static f1p_status each(struct sink_alerts *s, const struct f1p_event *first, uint32_t count, size_t bytes,
	const struct f1p_state *state, bool *newer)
{
	const uint8_t *at = (const uint8_t *)first, *end = at + bytes;

	for (uint32_t i = 0; i < count; i++) {
		const struct f1p_event *ev = (const struct f1p_event *)(const void *)at;
		if ((size_t)(end - at) < sizeof(*ev) || ev->size < sizeof(*ev) || ev->size > (size_t)(end - at)) {
			return s->host->fail(
				s->host, F1P_EPERMANENT, "event %u of a batch of %u has an impossible size", i + 1, count);
		}
		at += ev->size;
		if (ev->space != F1P_SPACE_CORE) {
			continue;
		}
		if (is_rewind(ev)) {
			speak_rewind(s);
		}
		*newer |= ev->type == F1P_EV_STATE;
		if (state) {
			take(s, ev, state);
		}
	}
	return F1P_OK;
}

/* The newest snapshot serves for the whole batch: rules need of it who drives which car. */
static f1p_status alerts_write(struct f1p_plugin *plugin, const struct f1p_event *first, uint32_t count, size_t bytes)
{
	struct sink_alerts *s = of(plugin);
	const struct f1p_state *state = s->bus ? s->bus->state_acquire(s->host) : NULL;
	bool newer = false;
	f1p_status rc;

	pthread_mutex_lock(&s->lock);
	rc = each(s, first, count, bytes, state, &newer);
	if (rc == F1P_OK && newer && state) {
		look_at_state(s, state);
	}
	pthread_mutex_unlock(&s->lock);
	if (state) {
		s->bus->state_release(s->host, state);
	}
	send_due(s);
	return rc;
}

static f1p_status alerts_flush(struct f1p_plugin *plugin)
{
	struct sink_alerts *s = of(plugin);
	int64_t age_ns;
	bool due;

	send_due(s);
	pthread_mutex_lock(&s->lock);
	age_ns = s->host->now_mono_ns(s->host) - s->saved_mono_ns;
	due = s->changed || (s->book.n > 0 && s->looked_ns != s->saved_looked_ns && age_ns >= SAVE_LOOKED_NS);
	pthread_mutex_unlock(&s->lock);
	if (due) {
		keep_save(s);
	}
	return F1P_OK;
}

static const void *alerts_extension(struct f1p_plugin *plugin, const char *id)
{
	static const struct f1p_sink sink = {.size = sizeof(sink), .write = alerts_write, .flush = alerts_flush};

	(void)plugin;
	return strcmp(id, F1P_EXT_SINK) == 0 ? &sink : NULL;
}

static const struct f1p_descriptor descriptor = {
	.size = sizeof(descriptor),
	.kinds = F1P_KIND_SINK,
	.id = "sink_alerts",
	.version = "0.1.0",
	.license = "MIT",
	.description = "Tells when a rule on state, forecasts or race control comes true: on the page, or by a signed webhook",
	.config = options,
	.config_count = sizeof(options) / sizeof(options[0]),
	.config_size = sizeof(struct sink_config),
};

F1P_ONE_PLUGIN(descriptor, struct sink_alerts, alerts_init, alerts_configure, alerts_start, alerts_stop, alerts_destroy,
	alerts_extension);
