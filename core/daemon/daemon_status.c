/*
 * daemon_status.c - the daemon's own addresses: /api/v1/sources, /api/v1/gaps, /api/v1/schedule ...
 *
 * The loop writes the texts about twice a second; whichever web server is loaded reads them from its own thread.
 */
#include "daemon/daemon_internal.h"

#include "daemon/freshness.h"
#include "daemon/status_gaps.h"
#include "helpers/encode_keys.h"

#include <stdlib.h>
#include <string.h>

#define EVERY_NS 500000000LL
#define SESSIONS_MAX 400

/* -- sources -- */

static void write_kinds(struct f1p_json *j, uint32_t kinds)
{
	f1p_json_array(j);
	for (int kind = 1; kind < F1P_DATA_KINDS; kind++)
		if (kinds >> kind & 1u)
			f1p_json_str(j, f1p_data_kind_name(kind));
	f1p_json_end(j);
}

struct silence { /* of the servers that one source asks */
	uint64_t owner;
	bool answered; /* by one of them */
	int64_t ms;    /* none has answered for so long; -1: none was asked */
};

static void hear_server(void *arg, const struct http_server_view *v)
{
	struct silence *s = arg;

	if (!(v->owners & s->owner) || v->requests == 0)
		return;
	if (v->silent_ms < 0)
		s->answered = true;
	else if (s->ms < 0 || v->silent_ms < s->ms)
		s->ms = v->silent_ms;
}

/* For how long, in real time, no server of the source has answered; -1: one does, or none was asked. */
static int64_t silent_ms(const struct daemon *d, const struct instance *inst)
{
	struct silence s = {.owner = UINT64_C(1) << (inst->id & 63), .ms = -1};

	http_client_visit(d->http, hear_server, &s);
	return s.answered ? -1 : s.ms;
}

static void write_source(struct daemon *d, struct f1p_json *j, const struct instance *inst, const struct engine_source_view *v,
	int64_t now_ns)
{
	int64_t silent = silent_ms(d, inst);

	f1p_json_object(j);
	key_str(j, "name", inst->file->name);
	key_str(j, "plugin", inst->desc->id);
	key_str(j, "state", instance_state_name(inst->state));
	key_str(j, "reason", inst->state == INSTANCE_RUNNING ? "" : inst->reason);
	key_bool(j, "live", (inst->source->flags & F1P_SOURCE_PACED) == 0);
	key_bool(j, "alive", v->alive);
	key_str(j, "link", v->link ? f1p_link_name((int)v->link) : "");
	key_str(j, "link_text", v->link_text);
	f1p_json_key(j, "age_ms");
	if (v->t_last_ns == F1P_UNKNOWN_NS || now_ns == F1P_UNKNOWN_NS)
		f1p_json_null(j);
	else
		f1p_json_int(j, now_ns > v->t_last_ns ? (now_ns - v->t_last_ns) / 1000000 : 0);
	f1p_json_key(j, "no_answer_ms");
	if (silent < 0)
		f1p_json_null(j);
	else
		f1p_json_int(j, silent);
	f1p_json_key(j, "active");
	write_kinds(j, v->active_kinds);
	key_count(j, "events", v->events);
	key_count(j, "shadowed", v->shadowed);
	f1p_json_end(j);
}

/* The same for whoever scrapes. Series of the source carry its name as `instance`. */
static void measure_source(struct daemon *d, const struct instance *inst, const struct engine_source_view *v, int64_t now_ns)
{
	const struct f1p_metrics *m = d->metrics;
	bool known = v->t_last_ns != F1P_UNKNOWN_NS && now_ns != F1P_UNKNOWN_NS;

	m->put(m->get(inst->host, F1P_METRIC_GAUGE, "f1pd_source_alive", "1: data of this source came within its silence.", NULL, NULL),
		v->alive ? 1 : 0);
	if (known)
		m->put(m->get(inst->host, F1P_METRIC_GAUGE, "f1pd_source_age_seconds", "Since the newest event of this source.", NULL,
			       NULL), now_ns > v->t_last_ns ? (double)(now_ns - v->t_last_ns) / 1e9 : 0);
	for (int kind = 1; kind < F1P_DATA_KINDS; kind++) {
		bool active = v->active_kinds >> kind & 1u;
		if (active || (d->measured_kinds[inst->id] >> kind & 1u))
			m->put(m->get(inst->host, F1P_METRIC_GAUGE, "f1pd_source_active", "1: this kind of data is taken from this source.",
				       "kind", f1p_data_kind_name(kind)), active ? 1 : 0);
	}
	d->measured_kinds[inst->id] |= v->active_kinds;
}

static void measure_race(struct daemon *d, const struct f1p_state *st)
{
	const struct f1p_metrics *m = d->metrics;
	const struct {
		const char *name, *help;
		double value;
	} gauges[] = {
		{"f1pd_gaps", "Lines of this session's gap ledger.", st->gaps_total},
		{"f1pd_gaps_open", "Of them, still open or lost.", st->gaps_open},
		{"f1pd_revisions", "Corrections of values told before, in this session.", st->revisions_total},
		{"f1pd_stale", "1: a session should be running and no live source has data.", d->stale},
		{"f1pd_season_mode", "1 idle, 2 before a session, 3 live, 4 after it; 0 without live sources.", d->mode},
	};

	for (size_t i = 0; i < sizeof(gauges) / sizeof(gauges[0]); i++)
		m->put(m->get(d->core, F1P_METRIC_GAUGE, gauges[i].name, gauges[i].help, NULL, NULL), gauges[i].value);
}

static void measure_server(void *arg, const struct http_server_view *v)
{
	struct daemon *d = arg;

	d->metrics->put(d->metrics->get(d->core, F1P_METRIC_GAUGE, "f1pd_http_breaker_open", "1: the server fails and is left alone.",
				"server", v->authority), strcmp(v->breaker, "open") == 0);
}

static void write_sources(struct daemon *d, struct f1p_json *j, int64_t now_ns)
{
	f1p_json_key(j, "sources");
	f1p_json_array(j);
	for (size_t i = 0; i < d->n_units; i++) {
		struct engine_source_view v;
		if (!d->units[i].inst->source)
			continue;
		engine_source_view(d->engine, d->units[i].inst->id, &v);
		measure_source(d, d->units[i].inst, &v, now_ns);
		write_source(d, j, d->units[i].inst, &v, now_ns);
	}
	f1p_json_end(j);
}

static const char *instance_name(const struct daemon *d, uint32_t id)
{
	for (size_t i = 0; i < d->n_units; i++)
		if (d->units[i].inst->id == id)
			return d->units[i].inst->file->name;
	return "";
}

static bool is_stale_kind(const struct daemon *d, uint32_t kind, const struct f1p_origin *o, int64_t now_ns)
{
	struct engine_source_view v;

	if (!pump_is_live(d->pump) || now_ns == F1P_UNKNOWN_NS)
		return false;
	engine_source_view(d->engine, o->source_id, &v);
	return freshness_kind_is_stale(d->mode, kind, v.alive, now_ns - o->t_ns);
}

/* Per kind of data: who told it last, how long ago, how sure it is. */
static void write_origins(const struct daemon *d, struct f1p_json *j, const struct f1p_state *st, int64_t now_ns)
{
	f1p_json_key(j, "origins");
	f1p_json_object(j);
	for (int kind = 1; kind < F1P_DATA_KINDS; kind++) {
		const struct f1p_origin *o = &st->origins[kind];
		if (o->t_ns == F1P_UNKNOWN_NS)
			continue;
		f1p_json_key(j, f1p_data_kind_name(kind));
		f1p_json_object(j);
		key_str(j, "source", instance_name(d, o->source_id));
		f1p_json_key(j, "age_ms");
		if (now_ns == F1P_UNKNOWN_NS)
			f1p_json_null(j);
		else
			f1p_json_int(j, now_ns > o->t_ns ? (now_ns - o->t_ns) / 1000000 : 0);
		f1p_json_key(j, "confidence");
		f1p_json_num(j, o->confidence / 1000.0, 3);
		key_bool(j, "stale", is_stale_kind(d, (uint32_t)kind, o, now_ns));
		f1p_json_end(j);
	}
	f1p_json_end(j);
}

static void write_server(void *arg, const struct http_server_view *v)
{
	struct f1p_json *j = arg;

	f1p_json_object(j);
	key_str(j, "server", v->authority);
	key_str(j, "breaker", v->breaker);
	key_str(j, "last_error", v->last_error);
	key_count(j, "requests", v->requests);
	key_count(j, "failures", v->failures);
	key_count(j, "waiting", v->waiting);
	key_count(j, "running", v->running);
	f1p_json_key(j, "paused_ms");
	f1p_json_int(j, v->paused_ms);
	f1p_json_end(j);
}

/* -- calendar -- */

static void write_plan(struct f1p_json *j, const struct f1p_session_plan *p)
{
	f1p_json_object(j);
	key_count(j, "year", p->year);
	key_count(j, "round", p->round);
	key_str(j, "type", f1p_session_type_name(p->type));
	KEY_TEXT(j, "name", p->name);
	KEY_TEXT(j, "meeting", p->meeting);
	KEY_TEXT(j, "circuit", p->circuit);
	KEY_TEXT(j, "location", p->location);
	KEY_TEXT(j, "country", p->country);
	key_time(j, "start", p->t_start_ns);
	key_time(j, "end", p->t_end_ns);
	f1p_json_key(j, "gmt_offset_s");
	f1p_encode_int(j, p->gmt_offset_s);
	key_bool(j, "cancelled", p->cancelled == F1P_YES);
	f1p_json_end(j);
}

/* A recording or a simulation follows no calendar: its mode is null. */
static void write_mode(struct f1p_json *j, const struct f1p_schedule_now *s, bool live, int64_t now_ns)
{
	key_str(j, "mode", live ? f1p_season_mode_name((int)s->mode) : "");
	key_time(j, "now", now_ns);
	key_time(j, "mode_changes", s->t_change_ns == F1P_NEVER_NS ? F1P_UNKNOWN_NS : s->t_change_ns);
	key_time(j, "calendar_fetched", s->t_calendar_ns);
	key_bool(j, "calendar_stale", s->stale == F1P_YES);
	KEY_TEXT(j, "calendar", s->calendar);
	key_bool(j, "moved", s->moved == F1P_YES);
	f1p_json_key(j, "session");
	if (s->has_session == F1P_YES)
		write_plan(j, &s->session);
	else
		f1p_json_null(j);
}

static void schedule_text(struct daemon *d, struct f1p_json *j, const struct f1p_schedule_now *s, int64_t now_ns)
{
	struct f1p_session_plan *plans = calloc(SESSIONS_MAX, sizeof(*plans));
	uint32_t n = plans ? schedule_list(d->schedule, plans, SESSIONS_MAX) : 0;

	f1p_json_object(j);
	write_mode(j, s, pump_is_live(d->pump), now_ns);
	f1p_json_key(j, "sessions");
	f1p_json_array(j);
	for (uint32_t i = 0; i < n && i < SESSIONS_MAX; i++)
		write_plan(j, &plans[i]);
	f1p_json_end(j);
	f1p_json_end(j);
	free(plans);
}

/* -- gaps -- */

static void visit_gaps(void *arg, void (*fn)(void *fn_arg, const struct f1p_ev_gap *), void *fn_arg)
{
	engine_visit_gaps(((struct daemon *)arg)->engine, fn, fn_arg);
}

static const char *name_of_source(void *arg, uint32_t id)
{
	return instance_name(arg, id);
}

/* False: nothing has changed since the last time. A full ledger is long, and the loop has other work. */
static bool gaps_text(struct daemon *d, struct f1p_json *j)
{
	const struct gap_ledger ledger = {d, visit_gaps, name_of_source};
	uint64_t mark = status_gaps_mark(&ledger, engine_state(d->engine));

	if (mark == d->gaps_mark)
		return false;
	d->gaps_mark = mark;
	status_gaps_write(j, &ledger, engine_state(d->engine));
	return true;
}

/* -- texts -- */

void daemon_store_text(struct daemon *d, int which, const char *text, size_t n)
{
	struct status_text *t = &d->status[which];
	char *copy = text ? malloc(n + 1) : NULL;

	if (copy) {
		memcpy(copy, text, n);
		copy[n] = '\0';
		pthread_mutex_lock(&t->lock);
		char *old = t->text;
		t->text = copy;
		t->n = n;
		pthread_mutex_unlock(&t->lock);
		free(old);
	}
}

/* Takes the writer's text for the readers of the route. */
static void store(struct daemon *d, int which, struct f1p_json *j)
{
	size_t n = 0;
	const char *text = f1p_json_text(j, &n);

	daemon_store_text(d, which, text, n);
	f1p_json_clear(j);
}

/* While nobody tells: what can be said all the same. */
static void write_estimate(const struct daemon *d, struct f1p_json *j, const struct f1p_state *st, int64_t now_ns)
{
	int32_t lap = d->stale && now_ns != F1P_UNKNOWN_NS ? freshness_leader_lap(st, now_ns) : F1P_UNKNOWN;

	f1p_json_key(j, "estimate");
	if (lap == F1P_UNKNOWN) {
		f1p_json_null(j);
		return;
	}
	f1p_json_object(j);
	f1p_json_key(j, "lap");
	f1p_json_int(j, lap);
	f1p_json_key(j, "told_lap");
	f1p_encode_int(j, st->lap);
	key_str(j, "how", "the leader's pace; all else stands as it was told last");
	f1p_json_end(j);
}

static void sources_text(struct daemon *d, struct f1p_json *j, const struct f1p_schedule_now *s, int64_t now_ns)
{
	const struct f1p_state *st = engine_state(d->engine);

	f1p_json_object(j);
	write_mode(j, s, pump_is_live(d->pump), now_ns);
	key_bool(j, "stale", d->stale);
	key_count(j, "gaps_total", st->gaps_total);
	key_count(j, "gaps_open", st->gaps_open);
	write_sources(d, j, now_ns);
	write_origins(d, j, st, now_ns);
	write_estimate(d, j, st, now_ns);
	f1p_json_key(j, "servers");
	f1p_json_array(j);
	http_client_visit(d->http, write_server, j);
	http_client_visit(d->http, measure_server, d);
	measure_race(d, st);
	f1p_json_end(j);
	f1p_json_end(j);
}

void daemon_refresh_status(struct daemon *d)
{
	int64_t mono = vclock_mono_ns(), now = vclock_now_ns(&d->clock);
	struct f1p_schedule_now s = {.size = sizeof(s)};
	struct f1p_json j;

	if (mono - d->status_mono_ns < EVERY_NS)
		return;
	d->status_mono_ns = mono;
	schedule_now(d->schedule, &s); /* written by this thread alone */
	f1p_json_init(&j);
	sources_text(d, &j, &s, now);
	store(d, STATUS_SOURCES, &j);
	schedule_text(d, &j, &s, now);
	store(d, STATUS_SCHEDULE, &j);
	if (gaps_text(d, &j))
		store(d, STATUS_GAPS, &j);
	daemon_write_plugins(d, &j);
	store(d, STATUS_PLUGINS, &j);
	daemon_write_models(d, &j);
	store(d, STATUS_MODELS, &j);
	f1p_json_finish(&j);
}

static void store_insights(struct daemon *d, const struct f1p_ev_insights *ev)
{
	struct f1p_json j;

	f1p_json_init(&j);
	f1p_json_object(&j);
	f1p_json_key(&j, "insights");
	if (ev) {
		f1p_json_object(&j);
		key_count(&j, "seq", ev->h.seq);
		key_time(&j, "time", ev->h.t_event_ns);
		key_name(&j, "trigger", f1p_trigger_name(ev->trigger));
		key_ref(&j, "lap", ev->lap);
		f1p_encode_insights_members(&j, &ev->insights);
		f1p_json_end(&j);
	} else {
		f1p_json_null(&j);
	}
	f1p_json_end(&j);
	store(d, STATUS_INSIGHTS, &j);
	f1p_json_finish(&j);
}

void daemon_take_insights(struct daemon *d, const struct f1p_event *first, uint32_t count)
{
	const struct f1p_event *ev = first;
	const struct f1p_ev_insights *newest = NULL;
	bool anew = false;

	for (uint32_t i = 0; i < count; i++) {
		if (ev->space == F1P_SPACE_CORE && ev->type == F1P_EV_INSIGHTS)
			newest = (const struct f1p_ev_insights *)ev;
		if (ev->space == F1P_SPACE_CORE && ev->type == F1P_EV_FEED_RESET) {
			newest = NULL;
			anew = true;
		}
		ev = (const struct f1p_event *)((const uint8_t *)ev + ev->size);
	}
	if (newest || anew)
		store_insights(d, newest);
}

static void serve(void *arg, struct f1p_response *r)
{
	struct status_text *t = arg;

	r->content_type = "application/json";
	pthread_mutex_lock(&t->lock);
	if (t->text)
		r->append(r, t->text, t->n);
	else
		r->status = 503;
	pthread_mutex_unlock(&t->lock);
}

void daemon_create_status(struct daemon *d)
{
	static const char *const paths[STATUS_TEXTS] = {"/api/v1/sources", "/api/v1/schedule", "/api/v1/gaps", "/api/v1/insights",
		"/api/v1/accuracy", "/api/v1/plugins", "/api/v1/models"};

	for (int i = 0; i < STATUS_TEXTS; i++) {
		pthread_mutex_init(&d->status[i].lock, NULL);
		services_routes()->add(d->core, paths[i], serve, &d->status[i]);
	}
	store_insights(d, NULL);
	daemon_refresh_accuracy(d);
}

void daemon_finish_status(struct daemon *d)
{
	for (int i = 0; i < STATUS_TEXTS; i++) {
		free(d->status[i].text);
		pthread_mutex_destroy(&d->status[i].lock);
	}
}
