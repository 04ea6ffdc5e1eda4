/*
 * supervisor.c - see supervisor.h.
 */
#include "supervisor_internal.h"

#define TICK_NS (1 * SLT_NS_PER_S)
#define LEAST_WAIT_NS (10 * SLT_NS_PER_MS)
#define IDLE_TICK_NS (60 * SLT_NS_PER_S)

static void put_metrics(struct slt_supervisor *s)
{
	uint64_t duplicates = slt_merge_duplicates(s->merge);

	slt_intake_put_metrics(&s->intake);
	slt_put(s, s->m_connections, slt_merge_is_joined(s->merge, 0) + slt_merge_is_joined(s->merge, 1));
	slt_put(s, s->m_duplicates, (double)(duplicates - s->duplicates_put));
	s->duplicates_put = duplicates;
}

/* Where real time that has to pass ends on the own scale; in a rehearsal that is too soon: then it is looked at again. */
static int64_t after(int64_t now_ns, int64_t real_ns)
{
	if (real_ns == F1P_NEVER_NS) {
		return F1P_NEVER_NS;
	}
	return now_ns + (real_ns > LEAST_WAIT_NS ? real_ns : LEAST_WAIT_NS);
}

static int64_t slot_due(const struct slt_supervisor *s, const struct slt_slot *slot, int64_t now_ns)
{
	int64_t held_ns = slot->held_ns - slt_clock_real(&s->clock);

	if (slt_connection_is_open(&slot->connection)) {
		return after(now_ns, slt_connection_wait(&slot->connection));
	}
	if (slot->due_ns == F1P_NEVER_NS || (slot->due_ns <= now_ns && held_ns <= 0)) {
		return F1P_NEVER_NS; /* not wanted, or it waits for the other one */
	}
	return held_ns > 0 ? after(now_ns, held_ns) : slot->due_ns;
}

static int64_t next_due(const struct slt_supervisor *s, int64_t now_ns)
{
	int64_t due_ns = slt_sooner(now_ns + TICK_NS, slt_merge_due(s->merge));

	if (!s->wanted) {
		due_ns = slt_clock_utc(&s->clock, now_ns + IDLE_TICK_NS);
		return s->change_utc_ns > s->clock.utc_ns ? slt_sooner(due_ns, s->change_utc_ns) : due_ns;
	}
	for (uint32_t i = 0; i < SLT_LANES; i++) {
		due_ns = slt_sooner(due_ns, slot_due(s, &s->slots[i], now_ns));
	}
	return slt_clock_utc(&s->clock, due_ns);
}

int64_t slt_supervisor_poll(struct slt_supervisor *s)
{
	int64_t now_ns = slt_now(s);

	if (!s->network) {
		put_metrics(s);
		return F1P_NEVER_NS;
	}
	slt_follow_season(s);
	if (s->wanted) {
		slt_policy_step(s, now_ns);
		if (s->intake.other_session) {
			slt_switch_session(s);
		}
		slt_tell_link(s);
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
	for (uint32_t i = 0; i < SLT_LANES; i++) {
		slt_connection_init(&s->slots[i].connection, i, &s->endpoint, &slt_connection_out, s);
		s->slots[i].due_ns = F1P_NEVER_NS;
	}
	slt_framer_init(&s->fed, s->options.max_message);
	s->merge = slt_merge_create(&slt_stream_out, s);
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
	s->started_ns = s->token_due_ns = slt_now(s);
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
	slt_token_refresh(&s->token, s->clock.utc_ns); /* a path that is wrong is told now, not an hour before the race */
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
