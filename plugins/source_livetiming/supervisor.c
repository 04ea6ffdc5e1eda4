/*
 * supervisor.c - see supervisor.h.
 */
#include "supervisor.h"

#include <helpers/rng.h>

#include <stdio.h>
#include <string.h>

#define SECOND_AFTER_NS (5 * SLT_NS_PER_S)  /* the second connection opens so long after the first has data */
#define HEALTHY_NS (60 * SLT_NS_PER_S)	    /* who has lived so long is forgiven its failures */
#define SHORTEST_DELAY_NS (100 * SLT_NS_PER_MS)
#define REMIND_EVERY 100			    /* failed attempts: with the longest waits about an hour */
#define TOKEN_EVERY_NS (10 * SLT_NS_PER_S)
#define TICK_NS (1 * SLT_NS_PER_S)
#define IDLE_TICK_NS (60 * SLT_NS_PER_S)
#define NO_CALENDAR_NS (60 * SLT_NS_PER_S)  /* so long a calendar may take to come after the start */
#define QUIET_TIMES 3			    /* while no session runs the feed may be silent so many times longer */
#define SWITCH_PAUSE_NS (600 * SLT_NS_PER_S) /* two servers that tell of different sessions must not make us jump */

static const char *const slot_names[SLT_LANES] = {"first", "second"};

static struct slt_slot *slot_of(struct slt_supervisor *s, const struct slt_connection *c)
{
	return &s->slots[c->index];
}

static int64_t now_of(struct slt_supervisor *s)
{
	return slt_clock_now(&s->clock);
}

static void wake(struct slt_supervisor *s)
{
	if (s->wake != NULL) {
		s->wake->poll_soon(s->host);
	}
}

static void put(const struct slt_supervisor *s, struct f1p_metric *metric, double value)
{
	if (metric != NULL) {
		s->intake.meters.metrics->put(metric, value);
	}
}

/* ---- what the user is told ---- */

/* What is not there, for want of a token. */
static bool lacks_topics(const struct slt_supervisor *s)
{
	return s->missing[0] != '\0' && slt_token_usable(&s->token, s->clock.utc_ns)[0] == '\0';
}

static void tell_up(struct slt_supervisor *s)
{
	char text[200]; /* the event cuts it */

	s->refused = false;
	snprintf(text, sizeof(text), "connected%s%s", lacks_topics(s) ? "; without a token there is no " : "",
		lacks_topics(s) ? s->missing : "");
	slt_intake_link(&s->intake, F1P_LINK_UP, 0, text);
}

static void tell_link(struct slt_supervisor *s)
{
	struct slt_intake *in = &s->intake;

	if (s->is_fed) {
		return;
	}
	if (slt_merge_is_up(s->merge)) {
		tell_up(s);
	} else if (s->refused) {
		slt_intake_link(in, F1P_LINK_REFUSED, 0, s->trouble);
	} else if (in->link == 0 || in->link == F1P_LINK_CLOSED) {
		slt_intake_link(in, F1P_LINK_CONNECTING, 0, "connecting");
	} else if (s->trouble[0] != '\0') {
		slt_intake_link(in, F1P_LINK_DOWN, 0, s->trouble);
	}
}

/* ---- the stream ---- */

static void on_stream_snapshot(void *arg, const char *json, size_t n, const struct slt_message *first, bool gap)
{
	struct slt_supervisor *s = arg;

	if (gap && s->intake.link == F1P_LINK_UP) {
		slt_intake_link(&s->intake, F1P_LINK_DOWN, 0, s->trouble[0] != '\0' ? s->trouble : "the connections did not overlap");
	}
	slt_intake_snapshot(&s->intake, json, n, first);
	if (!s->is_fed) {
		s->trouble[0] = '\0';
		tell_up(s);
	}
}

static void on_stream_message(void *arg, const struct slt_message *msg)
{
	slt_intake_message(&((struct slt_supervisor *)arg)->intake, msg);
}

static void on_stream_addition(void *arg, struct f1p_json_slice topic, struct f1p_json_slice json)
{
	slt_intake_addition(&((struct slt_supervisor *)arg)->intake, topic, json);
}

/* ---- losing connections ---- */

/* Full jitter: anywhere between nothing and a bound that doubles with each failure. */
static void back_off(struct slt_supervisor *s, struct slt_slot *slot, bool was_useful)
{
	const struct slt_connection *c = &slot->connection;
	int64_t now_ns = now_of(s);
	int64_t bound_ns = s->options.retry_min_ns;
	struct f1p_rng rng;
	uint64_t seed = 0;

	if (was_useful && c->fed_ns != F1P_NEVER_NS && now_ns - c->fed_ns >= HEALTHY_NS) {
		slot->attempts = 0;
	}
	for (uint32_t i = 0; i < slot->attempts && bound_ns < s->options.retry_max_ns; i++) {
		bound_ns *= 2;
	}
	bound_ns = slt_sooner(bound_ns, s->options.retry_max_ns);
	for (const char *p = s->host->instance; *p != '\0'; p++) {
		seed = seed * 31 + (unsigned char)*p;
	}
	f1p_rng_seed(&rng, seed, s->draws++);
	slot->due_ns = now_ns + (int64_t)(f1p_rng_uniform(&rng) * (double)bound_ns);
	if (slot->due_ns < now_ns + SHORTEST_DELAY_NS) {
		slot->due_ns = now_ns + SHORTEST_DELAY_NS;
	}
	slot->attempts++;
}

/* The server does not take our token: from now on without it. */
static void refuse_token(struct slt_supervisor *s, struct slt_slot *slot)
{
	char text[160];

	slot->due_ns = now_of(s);
	if (slot->connection.token_generation != s->token.generation || s->token.refused) {
		return;
	}
	s->token.refused = true;
	snprintf(text, sizeof(text), "token refused; missing: %s", s->missing[0] != '\0' ? s->missing : "nothing");
	s->host->log(s->host, F1P_LOG_WARN, "the server refuses the token: going on without it; missing: %s; %s", s->missing,
		s->token.path[0] != '\0' ? "put a good one into token_file" : "configure a good one");
	slt_intake_link(&s->intake, F1P_LINK_REFUSED, s->missing_kinds, text);
}

/* A night without network is not a thousand lines: the first failure in a row, another kind of failure, and a reminder now and then. */
static bool worth_telling(struct slt_slot *slot, uint32_t http_status)
{
	bool news = slot->attempts == 1 || slot->told_status != http_status;

	slot->told_status = http_status;
	return news || slot->attempts % REMIND_EVERY == 0;
}

static void take_loss(struct slt_supervisor *s, struct slt_connection *c, uint32_t http_status, const char *reason, bool was_useful)
{
	struct slt_slot *slot = slot_of(s, c);
	bool unwelcome = http_status == 401 || http_status == 403;

	put(s, s->m_lost, 1);
	if (unwelcome && c->has_token) {
		refuse_token(s, slot);
	} else {
		back_off(s, slot, was_useful);
		bool told = worth_telling(slot, http_status);
		if (told || s->trouble[0] == '\0') {
			snprintf(s->trouble, sizeof(s->trouble), "%s", reason);
		}
		s->refused = unwelcome;
		s->host->log(s->host, told ? F1P_LOG_WARN : F1P_LOG_DEBUG, "%s connection: %s; next attempt in %.1f s",
			slot_names[c->index], reason, (double)(slot->due_ns - now_of(s)) / (double)SLT_NS_PER_S);
	}
	slt_merge_off(s->merge, c->index);
	tell_link(s);
	wake(s);
}

/* Ends a connection that is of no use any more. */
static void replace(struct slt_supervisor *s, uint32_t index, const char *reason, bool was_useful)
{
	slt_connection_close(&s->slots[index].connection);
	take_loss(s, &s->slots[index].connection, 0, reason, was_useful);
}

static void on_drop(void *arg, uint32_t lane, const char *reason)
{
	replace(arg, lane, reason, false);
}

static void on_lost(void *arg, struct slt_connection *c, uint32_t http_status, const char *reason)
{
	take_loss(arg, c, http_status, reason, true);
}

/* ---- what the connections bring ---- */

static void close_all(struct slt_supervisor *s)
{
	for (uint32_t i = 0; i < SLT_LANES; i++) {
		slt_connection_close(&s->slots[i].connection);
		slt_merge_off(s->merge, i);
		s->slots[i].due_ns = F1P_NEVER_NS;
	}
}

/* Another session has begun: everything anew. */
static void switch_session(struct slt_supervisor *s)
{
	int64_t now_ns = now_of(s);
	struct slt_slot *slot = &s->slots[s->main];
	bool again = s->switched_ns != F1P_NEVER_NS && now_ns - s->switched_ns < HEALTHY_NS;

	s->host->log(s->host, F1P_LOG_INFO, "the feed goes over to another session: subscribing anew");
	close_all(s);
	s->switched_ns = now_ns;
	s->trouble[0] = '\0';
	if (again) {
		back_off(s, slot, false);
	} else {
		slot->due_ns = now_ns;
	}
	slt_intake_link(&s->intake, F1P_LINK_CONNECTING, 0, "another session begins: subscribing anew");
	s->intake.other_session = false;
}

/* After whatever a connection brought. */
static void settle(struct slt_supervisor *s)
{
	if (s->intake.other_session) {
		switch_session(s);
	}
	if (s->wanted) {
		tell_link(s);
	}
	wake(s);
}

static void on_snapshot(void *arg, struct slt_connection *c, const char *json, size_t n)
{
	struct slt_supervisor *s = arg;
	int64_t now_ns = now_of(s);
	struct slt_slot *second = &s->slots[1 - s->main];

	s->host->log(s->host, F1P_LOG_INFO, "%s connection: subscribed, %zu bytes of snapshot", slot_names[c->index], n);
	if (slt_merge_is_up(s->merge) && slt_intake_is_other(&s->intake, json, n)) {
		if (s->switched_ns != F1P_NEVER_NS && now_ns - s->switched_ns < SWITCH_PAUSE_NS) {
			replace(s, c->index, "it tells of another session than the connection that delivers", false);
			return;
		}
		s->intake.other_session = true;
	} else {
		slt_merge_snapshot(s->merge, c->index, json, n, now_ns);
	}
	if (s->options.connections == 2 && second->due_ns == F1P_NEVER_NS && !slt_connection_is_open(&second->connection)) {
		second->due_ns = now_ns + SECOND_AFTER_NS;
	}
	settle(s);
}

static void on_message(void *arg, struct slt_connection *c, const struct slt_record *r)
{
	struct slt_supervisor *s = arg;
	struct slt_message msg = slt_intake_message_of(r->topic, r->data, r->time);

	slt_merge_message(s->merge, c->index, &msg, now_of(s));
	settle(s);
}

static void on_broken(void *arg, struct slt_connection *c, const char *why)
{
	(void)c;
	slt_intake_broken(&((struct slt_supervisor *)arg)->intake, why);
}

/* ---- time ---- */

/* Whether to be connected, by the calendar. */
static bool is_wanted(struct slt_supervisor *s, struct f1p_schedule_now *season)
{
	*season = (struct f1p_schedule_now){.size = sizeof(*season), .t_change_ns = F1P_NEVER_NS};
	if (s->schedule == NULL) {
		return true;
	}
	s->schedule->now(s->host, season);
	if (s->options.always || (season->mode >= F1P_SEASON_BEFORE && season->mode <= F1P_SEASON_AFTER)) {
		return true;
	}
	/* without any calendar only the feed itself can tell */
	return season->t_calendar_ns == F1P_UNKNOWN_NS && season->has_session != F1P_YES &&
	       now_of(s) - s->started_ns >= NO_CALENDAR_NS;
}

static void follow_season(struct slt_supervisor *s)
{
	struct f1p_schedule_now season;
	bool wanted = is_wanted(s, &season);
	char text[160];

	s->change_utc_ns = season.t_change_ns;
	if (wanted && !s->wanted) {
		s->slots[s->main].due_ns = now_of(s);
		s->token.refused = false;
		s->token_due_ns = now_of(s);
	} else if (!wanted && (s->wanted || s->intake.link == 0)) {
		close_all(s);
		s->trouble[0] = '\0';
		s->refused = false;
		snprintf(text, sizeof(text), season.has_session == F1P_YES ? "no session now; next: %.31s, %.63s" : "no session now",
			season.session.name, season.session.meeting);
		slt_intake_link(&s->intake, F1P_LINK_CLOSED, 0, text);
		s->host->log(s->host, F1P_LOG_INFO, "not connected: %s", text);
	}
	s->wanted = wanted;
}

static void watch_silence(struct slt_supervisor *s, uint32_t index, bool session_runs, int64_t now_ns)
{
	const struct slt_connection *c = &s->slots[index].connection;
	int64_t limit_ns = s->options.silence_ns * (session_runs ? 1 : QUIET_TIMES);
	int64_t since_ns = session_runs ? c->news_ns : c->heard_ns;
	char reason[80];

	if (c->step == SLT_FEEDING && now_ns - since_ns >= limit_ns) {
		snprintf(reason, sizeof(reason), "no message for %.0f s", (double)(now_ns - since_ns) / (double)SLT_NS_PER_S);
		replace(s, index, reason, c->news_ns > c->fed_ns);
	}
}

static bool is_due_for_renewal(struct slt_supervisor *s, const struct slt_slot *slot, int64_t now_ns)
{
	const struct slt_connection *c = &slot->connection;
	bool better_token = slt_token_usable(&s->token, s->clock.utc_ns)[0] != '\0' &&
			    (!c->has_token || c->token_generation != s->token.generation);

	return c->step == SLT_FEEDING && (better_token || now_ns - c->opened_ns >= slot->life_ns);
}

/* Before the server cuts it; only while the other one delivers. */
static void renew(struct slt_supervisor *s, int64_t now_ns)
{
	for (uint32_t i = 0; i < SLT_LANES; i++) {
		if (!is_due_for_renewal(s, &s->slots[i], now_ns) || !slt_merge_is_joined(s->merge, 1 - i)) {
			continue;
		}
		s->host->log(s->host, F1P_LOG_INFO, "%s connection: renewed before the server ends it", slot_names[i]);
		slt_connection_close(&s->slots[i].connection);
		slt_merge_off(s->merge, i);
		s->slots[i].due_ns = s->options.connections == 2 ? now_ns : F1P_NEVER_NS;
		s->slots[i].attempts = 0;
		s->main = s->options.connections == 2 ? s->main : 1 - i;
		return;
	}
}

/* With one connection the other slot serves to renew it without a break. */
static void arrange_single(struct slt_supervisor *s, int64_t now_ns)
{
	struct slt_slot *main = &s->slots[s->main], *spare = &s->slots[1 - s->main];

	if (s->options.connections == 2) {
		return;
	}
	if (!slt_connection_is_open(&main->connection) && slt_connection_is_open(&spare->connection)) {
		main->due_ns = F1P_NEVER_NS;
		s->main = 1 - s->main;
	} else if (!is_due_for_renewal(s, main, now_ns)) {
		spare->due_ns = F1P_NEVER_NS;
	} else if (spare->due_ns == F1P_NEVER_NS && !slt_connection_is_open(&spare->connection)) {
		spare->due_ns = now_ns;
	}
}

static void open_due(struct slt_supervisor *s, int64_t now_ns)
{
	for (uint32_t i = 0; i < SLT_LANES; i++) {
		struct slt_slot *slot = &s->slots[i];
		const struct slt_connection *partner = &s->slots[1 - i].connection;

		if (slot->due_ns > now_ns || slt_connection_is_open(&slot->connection) ||
			(slt_connection_is_open(partner) && partner->step != SLT_FEEDING)) {
			continue; /* one at a time */
		}
		slot->due_ns = F1P_NEVER_NS;
		/* the second's first life is short: from then on they are renewed in turn */
		slot->life_ns = i == 1 && slot->openings == 0 ? s->options.renew_ns / 2 : s->options.renew_ns;
		slot->openings++;
		slt_connection_open(&slot->connection, slt_token_usable(&s->token, s->clock.utc_ns), s->token.generation);
	}
}

static void refresh_token(struct slt_supervisor *s, int64_t now_ns)
{
	if (now_ns >= s->token_due_ns) {
		s->token_due_ns = now_ns + TOKEN_EVERY_NS;
		slt_token_refresh(&s->token, s->clock.utc_ns);
	}
}

static void put_metrics(struct slt_supervisor *s)
{
	uint64_t duplicates = slt_merge_duplicates(s->merge);

	slt_intake_put_metrics(&s->intake);
	put(s, s->m_connections, slt_merge_is_joined(s->merge, 0) + slt_merge_is_joined(s->merge, 1));
	put(s, s->m_duplicates, (double)(duplicates - s->duplicates_put));
	s->duplicates_put = duplicates;
}

static bool session_runs(const struct slt_supervisor *s)
{
	struct f1p_schedule_now season = {.size = sizeof(season)};

	if (s->intake.session_status != 0 || s->schedule == NULL) {
		return slt_intake_is_running(&s->intake);
	}
	s->schedule->now(s->host, &season);
	return season.mode == F1P_SEASON_LIVE;
}

static int64_t next_due(const struct slt_supervisor *s, int64_t now_ns)
{
	int64_t due_ns = slt_sooner(now_ns + TICK_NS, slt_merge_due(s->merge));

	if (!s->wanted) {
		due_ns = slt_clock_utc(&s->clock, now_ns + IDLE_TICK_NS);
		return s->change_utc_ns > s->clock.utc_ns ? slt_sooner(due_ns, s->change_utc_ns) : due_ns;
	}
	for (uint32_t i = 0; i < SLT_LANES; i++) {
		due_ns = slt_sooner(due_ns, slt_connection_due(&s->slots[i].connection));
		if (!slt_connection_is_open(&s->slots[i].connection) && s->slots[i].due_ns > now_ns) {
			due_ns = slt_sooner(due_ns, s->slots[i].due_ns);
		}
	}
	return slt_clock_utc(&s->clock, due_ns);
}

int64_t slt_supervisor_poll(struct slt_supervisor *s)
{
	int64_t now_ns = now_of(s);
	bool runs = session_runs(s);

	if (!s->network) {
		put_metrics(s);
		return F1P_NEVER_NS;
	}
	follow_season(s);
	if (s->wanted) {
		refresh_token(s, now_ns);
		for (uint32_t i = 0; i < SLT_LANES; i++) {
			slt_connection_tick(&s->slots[i].connection, now_ns);
			watch_silence(s, i, runs, now_ns);
		}
		slt_merge_tick(s->merge, now_ns);
		renew(s, now_ns);
		arrange_single(s, now_ns);
		open_due(s, now_ns);
		if (s->intake.other_session) {
			switch_session(s);
		}
		tell_link(s);
	}
	put_metrics(s);
	return next_due(s, now_ns);
}

/* ---- start, stop ---- */

static void make_metrics(struct slt_supervisor *s)
{
	const struct f1p_metrics *m = s->intake.meters.metrics;

	if (m == NULL) {
		return;
	}
	s->m_connections = m->get(s->host, F1P_METRIC_GAUGE, "f1pd_livetiming_connections",
		"Connections that deliver into the stream.", NULL, NULL);
	s->m_lost = m->get(s->host, F1P_METRIC_COUNTER, "f1pd_livetiming_lost_connections_total",
		"Connections that failed or ended unasked.", NULL, NULL);
	s->m_duplicates = m->get(s->host, F1P_METRIC_COUNTER, "f1pd_livetiming_duplicates_total",
		"Messages that the other connection had brought already.", NULL, NULL);
}

static bool make_parts(struct slt_supervisor *s, const struct f1p_bus *bus)
{
	static const struct slt_merge_out out = {on_stream_snapshot, on_stream_message, on_stream_addition, on_drop};
	static const struct slt_connection_events events = {on_snapshot, on_message, on_broken, on_lost};

	for (uint32_t i = 0; i < SLT_LANES; i++) {
		slt_connection_init(&s->slots[i].connection, i, &s->endpoint, &events, s);
		s->slots[i].due_ns = F1P_NEVER_NS;
	}
	slt_framer_init(&s->fed, s->options.max_message);
	s->merge = slt_merge_create(&out, s);
	return s->merge != NULL && slt_intake_init(&s->intake, s->host, bus);
}

f1p_status slt_supervisor_start(struct slt_supervisor *s, const struct f1p_host *host, const struct f1p_bus *bus,
	const struct slt_options *options)
{
	const struct f1p_http *http = host->get_extension(host, F1P_EXT_HTTP);
	const struct f1p_websocket_client *websocket = host->get_extension(host, F1P_EXT_WEBSOCKET);

	*s = (struct slt_supervisor){.host = host,
		.schedule = host->get_extension(host, F1P_EXT_SCHEDULE),
		.wake = host->get_extension(host, F1P_EXT_WAKE),
		.options = *options,
		.clock = {.host = host, .utc_ns = F1P_UNKNOWN_NS},
		.network = http != NULL && websocket != NULL,
		.switched_ns = F1P_NEVER_NS,
		.change_utc_ns = F1P_NEVER_NS};
	s->started_ns = s->token_due_ns = now_of(s);
	s->endpoint = (struct slt_endpoint){.host = host,
		.http = http,
		.websocket = websocket,
		.clock = &s->clock,
		.base_url = options->base_url,
		.subscribe = s->subscribe,
		.subscribe_n = slt_topics_subscribe(&options->topics, s->subscribe, sizeof(s->subscribe)),
		.max_message = options->max_message};
	slt_topics_needing_token(&options->topics, s->missing, sizeof(s->missing), &s->missing_kinds);
	slt_token_init(&s->token, host, options->token, options->token_file);
	if (!make_parts(s, bus)) {
		slt_supervisor_stop(s);
		return host->fail(host, F1P_ENOMEM, "no memory for the live feed");
	}
	make_metrics(s);
	if (!s->network) {
		host->log(host, F1P_LOG_WARN, "this host offers no network (%s, %s): nothing will come", F1P_EXT_HTTP,
			F1P_EXT_WEBSOCKET);
	} else if (!slt_token_is_wanted(&s->token) && s->missing[0] != '\0') {
		host->log(host, F1P_LOG_INFO, "no token is configured: there will be no %s", s->missing);
	}
	return F1P_OK;
}

void slt_supervisor_stop(struct slt_supervisor *s)
{
	if (s->host == NULL) {
		return;
	}
	if (s->merge != NULL && s->intake.decoder != NULL) {
		put_metrics(s);
	}
	for (uint32_t i = 0; i < SLT_LANES; i++) {
		slt_connection_finish(&s->slots[i].connection);
	}
	slt_framer_finish(&s->fed);
	slt_merge_destroy(s->merge);
	s->merge = NULL;
	slt_intake_finish(&s->intake);
	slt_token_finish(&s->token);
	s->host = NULL;
}

/* ---- fed bytes ---- */

struct feeding {
	struct slt_supervisor *s;
	bool bad;
};

static void begin_fed(struct slt_supervisor *s, const char *json, size_t n)
{
	slt_merge_off(s->merge, 0);
	slt_merge_snapshot(s->merge, 0, json, n, 0);
	slt_merge_tick(s->merge, F1P_NEVER_NS - 1); /* at once: no message will be waited for */
}

static bool take_fed(void *arg, const char *text, size_t n)
{
	struct feeding *f = arg;
	struct slt_supervisor *s = f->s;
	struct slt_record r;
	const char *why = "";

	if (!slt_record_parse(text, n, &r, &why)) {
		slt_intake_broken(&s->intake, why);
		f->bad = true;
	} else if (r.kind == SLT_RESULT) {
		begin_fed(s, r.result.text, r.result.n);
	} else if (r.kind == SLT_FEED) {
		struct slt_message msg = slt_intake_message_of(r.topic, r.data, r.time);

		slt_merge_message(s->merge, 0, &msg, 0);
	}
	return true;
}

f1p_status slt_supervisor_feed(struct slt_supervisor *s, const char *bytes, size_t n)
{
	struct feeding f = {.s = s};
	uint64_t rejected = lt_get_stats(s->intake.decoder)->rejected;
	f1p_status status = F1P_OK;

	if (!s->is_fed) {
		s->is_fed = true;
		begin_fed(s, "{}", 2);
	}
	status = slt_framer_put(&s->fed, bytes, n, take_fed, &f);
	if (status != F1P_OK) {
		return s->host->fail(s->host, F1P_EINVAL, "a record is longer than max_message, or memory is short");
	}
	if (f.bad || lt_get_stats(s->intake.decoder)->rejected != rejected) {
		return s->host->fail(s->host, F1P_EINVAL, "records that could not be used are in it");
	}
	return F1P_OK;
}
