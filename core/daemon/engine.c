#include "daemon/engine.h"

#include "base/log.h"
#include "base/buffer.h"
#include "forecast/trigger.h"
#include "journal/journal.h"
#include "race/ingest.h"
#include "race/revision.h"

#include <openssl/evp.h>
#include <stdio.h>

struct source {
	bool known;
	uint32_t flags;
	uint64_t seq;      /* ordinal of the last event emitted in this run */
	uint64_t restored; /* ordinal of its last event in the recovered journal */
	int64_t t_last_ns; /* virtual time of its newest event */
};

struct engine {
	struct engine_options opt;
	struct ingest *ingest;
	struct journal *journal;
	struct race *race;
	struct arbiter *arbiter; /* of the live sources */
	struct workers *workers;
	struct forecaster *forecaster;
	struct trigger trigger;
	struct source sources[ENGINE_MAX_SOURCES];
	struct buffer inbox; /* accepted by the bus, waiting for a forecast to finish */
	struct buffer batch; /* for the sinks */
	struct f1p_event scratch[F1P_EVENT_MAX / sizeof(struct f1p_event) + 1];
	struct f1p_event parting[F1P_EVENT_MAX / sizeof(struct f1p_event) + 1]; /* one event taken out of the inbox */
	/* A trigger of the journal without its forecast yet, and the state then; trigger 0: none. */
	struct forecast_request recovered;
	EVP_MD_CTX *forecast_hash;
	pthread_mutex_t lock; /* current */
	struct snapshot *current;
	uint64_t published_seq;
	int64_t published_mono_ns;
	uint64_t events, rejected;
	int64_t last_event_mono_ns;
	bool heard; /* events since the last flush, which tells their time: the clock is not read for each */
	uint16_t retold_lap; /* recovery: of the forecast at retold_at in the batch */
	size_t retold_at;
	uint64_t steered; /* 1 after a seek: makes another identity */
	uint32_t skip_source; /* a recorded run made no forecast of this event: neither do we. skip_seq 0: none */
	uint64_t skip_seq;
	bool draining;
	bool recovering;
	bool closing; /* nothing new begins */
	bool disk_bad, disk_lost; /* what was told of the journal's disk */
};

/* -- recovery -- */

static void note_trigger(struct engine *e, const struct f1p_event *ev);
static void append(struct engine *e, struct f1p_event *ev);

static void hash_forecast(struct engine *e, const struct f1p_event *ev)
{
	if (ev->type == F1P_EV_FORECAST)
		EVP_DigestUpdate(e->forecast_hash, ev, ev->size);
}

static void forget_trigger(struct engine *e)
{
	snapshot_unref(e->recovered.snapshot);
	e->recovered = (struct forecast_request){0};
}

/* What the journal has of the trigger that it ended with. */
static void note_settled(struct engine *e, const struct f1p_event *ev)
{
	uint64_t waits = e->recovered.trigger ? e->recovered.trigger_seq : 0;

	if (!waits)
		return;
	if (ev->type == F1P_EV_FORECAST_SKIPPED && ((const struct f1p_ev_forecast_skipped *)ev)->trigger_seq == waits)
		forget_trigger(e);
	else if (ev->type == F1P_EV_FORECAST && ((const struct f1p_ev_forecast *)ev)->published &&
		 ((const struct f1p_ev_forecast *)ev)->trigger_seq == waits)
		e->recovered.published = true;
	else if (ev->type == F1P_EV_INSIGHTS && ((const struct f1p_ev_insights *)ev)->trigger_seq == waits)
		forget_trigger(e);
}

/* The forecast that the journal waits for is made of a state that has these priors. */
static void refresh_trigger(struct engine *e)
{
	struct snapshot *now = snapshot_create(race_state(e->race));

	if (now) {
		snapshot_unref(e->recovered.snapshot);
		e->recovered.snapshot = now;
	}
}

static bool begins_anew(const struct f1p_event *ev)
{
	return ev->space == F1P_SPACE_CORE && ev->type == F1P_EV_FEED_RESET && !(ev->flags & F1P_EVF_SNAPSHOT);
}

/* Whoever connects first sees the last word at once, and the chart of the laps before: the last forecast of each lap goes to the
 * sinks again, marked as nothing that happens now. */
static void retell_forecast(struct engine *e, const struct f1p_ev_forecast *ev)
{
	if (!ev->published || !e->opt.deliver)
		return;
	if (e->batch.count && e->retold_lap == ev->lap) {
		e->batch.len = e->retold_at;
		e->batch.count--;
	}
	e->retold_lap = ev->lap;
	e->retold_at = e->batch.len;
	if (buffer_push(&e->batch, &ev->h))
		((struct f1p_event *)(e->batch.data + e->retold_at))->flags |= F1P_EVF_SNAPSHOT | F1P_EVF_CATCHUP;
}

static void fold_recovered(void *arg, const struct f1p_event *ev)
{
	struct engine *e = arg;

	e->events++;
	if (ev->source_id > 0 && ev->source_id < ENGINE_MAX_SOURCES) {
		struct source *s = &e->sources[ev->source_id];
		ingest_seen(e->ingest, ev);
		s->restored = ev->source_seq > s->restored ? ev->source_seq : s->restored; /* snapshots are held back */
	}
	race_apply(e->race, ev);
	if (begins_anew(ev)) {
		forecaster_forget(e->forecaster);
		trigger_rewind(&e->trigger);
		forget_trigger(e);
		gaps_reset(arbiter_gaps(e->arbiter));
		buffer_clear(&e->batch);
	}
	if (ev->space == F1P_SPACE_CORE && ev->type == F1P_EV_GAP)
		gaps_restore(arbiter_gaps(e->arbiter), (const struct f1p_ev_gap *)ev);
	if (ev->type == F1P_EV_FORECAST || ev->type == F1P_EV_FORECAST_SKIPPED) {
		hash_forecast(e, ev);
		if (ev->type == F1P_EV_FORECAST)
			forecaster_restore(e->forecaster, (const struct f1p_ev_forecast *)ev, race_state(e->race));
		note_settled(e, ev);
		if (ev->type == F1P_EV_FORECAST)
			retell_forecast(e, (const struct f1p_ev_forecast *)ev);
	} else if (ev->source_id) {
		note_trigger(e, ev);
	} else if (ev->type == F1P_EV_PRIOR && e->recovered.trigger) {
		refresh_trigger(e);
	} else if (ev->type == F1P_EV_INSIGHTS) {
		forecaster_restore_insights(e->forecaster, snapshot_create(race_state(e->race)));
		note_settled(e, ev);
	}
	if (e->opt.recovered)
		e->opt.recovered(e->opt.arg, ev, race_state(e->race));
}

/* -- forecasts -- */

/* In a recorded live run another forecast was in hand then. */
static void skip_again(struct engine *e, const struct f1p_event *ev, uint8_t reason)
{
	struct f1p_ev_forecast_skipped skipped = {.h = {.size = sizeof(skipped),
							  .type = F1P_EV_FORECAST_SKIPPED,
							  .flags = ev->flags & F1P_EVF_SIMULATED,
							  .t_event_ns = ev->t_event_ns,
							  .t_recv_ns = ev->t_event_ns},
		.trigger_seq = ev->seq,
		.trigger_source = ev->source_id,
		.trigger_source_seq = ev->source_seq,
		.trigger = reason};

	append(e, &skipped.h);
}

static void note_trigger(struct engine *e, const struct f1p_event *ev)
{
	if (ev->flags & F1P_EVF_MORE)
		return;
	uint32_t changes = race_take_changes(e->race);
	if (!e->opt.forecasts || !trigger_wants(&e->trigger, changes, ev->t_event_ns, ev->flags))
		return;
	uint8_t reason = trigger_record(&e->trigger, changes, race_state(e->race), ev->t_event_ns, ev->flags);
	if (!reason)
		return;
	if (e->skip_seq && ev->source_id == e->skip_source && ev->source_seq == e->skip_seq) {
		skip_again(e, ev, reason);
		return;
	}
	struct forecast_request r = {.trigger = reason,
		.trigger_source = ev->source_id,
		.trigger_seq = ev->seq,
		.trigger_source_seq = ev->source_seq,
		.snapshot = snapshot_create(race_state(e->race))};
	if (!r.snapshot) {
		log_line(F1P_LOG_ERROR, "core", "no memory for a snapshot; this forecast is left out");
		return;
	}
	if (!e->recovering) {
		forecaster_request(e->forecaster, &r);
		return;
	}
	forget_trigger(e);
	e->recovered = r;
}

/* -- the pipeline -- */

static void append(struct engine *e, struct f1p_event *ev)
{
	journal_append(e->journal, ev);
	race_apply(e->race, ev);
	e->events++;
	if (e->opt.deliver && !buffer_push(&e->batch, ev))
		log_line(F1P_LOG_ERROR, "core", "no memory for a batch; sinks miss event %llu", (unsigned long long)ev->seq);
}

/* From here the state owes nothing to the past: a new file can be folded alone, and the old one kept or deleted. */
static void turn_the_page(struct engine *e)
{
	char path[4400], err[5000];

	forecaster_forget(e->forecaster);
	trigger_rewind(&e->trigger);
	if (!e->opt.aside || !e->opt.journal_path)
		return;
	if (!e->opt.aside(e->opt.arg, path, sizeof(path), err, sizeof(err)) ||
		journal_rotate(e->journal, path, e->opt.identity ^ e->steered, err, sizeof(err)) != F1P_OK)
		log_line(F1P_LOG_WARN, "journal", "%s; the file goes on", err);
}

static void accept_event(struct engine *e, struct f1p_event *ev)
{
	if (begins_anew(ev))
		turn_the_page(e);
	append(e, ev);
	e->heard = true;
	note_trigger(e, ev);
}

/* What the arbiter lets through. What it corrects is told right behind it. */
static void on_live_event(void *arg, struct f1p_event *ev)
{
	struct engine *e = arg;
	struct f1p_ev_revision revisions[REVISIONS_MAX];
	struct revision_probe probe;

	if (!ev->source_seq)
		ev->source_seq = ++e->sources[ev->source_id].seq;
	revision_before(e->race, ev, &probe);
	accept_event(e, ev);
	uint32_t n = revision_after(e->race, ev, &probe, revisions);
	for (uint32_t i = 0; i < n; i++)
		engine_host_event(e, &revisions[i].h);
}

static void on_remark(void *arg, struct f1p_event *ev)
{
	engine_host_event(arg, ev);
}

/* A recording of a journal tells ahead of an event that it made no forecast. */
static bool is_skip(const struct engine *e, const struct f1p_event *ev)
{
	return ev->space == F1P_SPACE_CORE && ev->type == F1P_EV_FORECAST_SKIPPED && e->sources[ev->source_id].flags & F1P_SOURCE_PACED;
}

static f1p_status admit(struct engine *e, struct f1p_event *ev)
{
	const char *why = "";

	if (is_skip(e, ev)) {
		e->skip_source = ev->source_id;
		e->skip_seq = ev->source_seq + 1;
		return F1P_OK;
	}

	enum ingest_verdict verdict = ingest_check(e->ingest, ev, &why);

	if (verdict == INGEST_DUPLICATE)
		return F1P_OK;
	if (verdict != INGEST_OK) {
		e->rejected++;
		if (e->opt.rejected)
			e->opt.rejected(e->opt.arg, ev->source_id, ingest_verdict_name(verdict), why);
		return F1P_EINVAL;
	}
	if (arbiter_knows(e->arbiter, ev->source_id))
		arbiter_take(e->arbiter, ev, ev->t_recv_ns);
	else
		accept_event(e, ev);
	return F1P_OK;
}

void engine_steered(struct engine *e)
{
	e->steered = 1;
}

bool engine_waiting(const struct engine *e)
{
	return e->opt.wait && (forecaster_busy(e->forecaster) || e->inbox.count);
}

f1p_status engine_emit(struct engine *e, uint32_t source_id, const struct f1p_event *ev)
{
	if (source_id == 0 || source_id >= ENGINE_MAX_SOURCES || !e->sources[source_id].known)
		return F1P_EINVAL;
	if (ev->size < sizeof(*ev) || ev->size > F1P_EVENT_MAX || ev->size % 8)
		return F1P_EINVAL;
	struct source *s = &e->sources[source_id];
	struct f1p_event *copy = e->scratch;
	memcpy(copy, ev, ev->size);
	copy->source_id = source_id;
	copy->source_seq = ++s->seq;
	copy->seq = 0;
	copy->t_recv_ns = s->t_last_ns = vclock_now_ns(e->opt.clock);
	copy->flags &= F1P_EVF_MORE | F1P_EVF_SNAPSHOT | F1P_EVF_CATCHUP | F1P_EVF_SIMULATED;
	if (s->flags & F1P_SOURCE_SIMULATED)
		copy->flags |= F1P_EVF_SIMULATED;
	if (engine_waiting(e))
		return buffer_push(&e->inbox, copy) ? F1P_OK : F1P_ENOMEM;
	return admit(e, copy);
}

static void drain_inbox(struct engine *e)
{
	size_t at = 0;

	if (e->draining)
		return;
	e->draining = true;
	while (at < e->inbox.len && !forecaster_busy(e->forecaster)) {
		const struct f1p_event *ev = (const struct f1p_event *)(e->inbox.data + at);
		memcpy(e->parting, ev, ev->size);
		at += ev->size;
		e->inbox.count--;
		admit(e, e->parting);
	}
	memmove(e->inbox.data, e->inbox.data + at, e->inbox.len - at);
	e->inbox.len -= at;
	e->draining = false;
}

static void on_forecast_event(void *arg, struct f1p_event *ev)
{
	struct engine *e = arg;

	ev->t_recv_ns = ev->t_event_ns;
	append(e, ev);
	hash_forecast(e, ev);
}

static void on_forecaster_idle(void *arg)
{
	struct engine *e = arg;

	if (e->closing)
		return;
	if (e->inbox.len)
		drain_inbox(e);
	if (!engine_waiting(e) && e->opt.resume)
		e->opt.resume(e->opt.arg);
}

static void on_predictor_failed(void *arg, struct instance *inst, f1p_status status, const char *reason)
{
	struct engine *e = arg;

	if (e->opt.predictor_failed)
		e->opt.predictor_failed(e->opt.arg, inst, status, reason);
}

static void on_forecast_timed(void *arg, int64_t took_ns)
{
	struct engine *e = arg;

	if (e->opt.forecast_timed)
		e->opt.forecast_timed(e->opt.arg, took_ns);
}

static struct snapshot *on_refresh(void *arg)
{
	return snapshot_create(race_state(((struct engine *)arg)->race));
}

static uint32_t on_member_scores(void *arg, const struct f1p_state *s, struct f1p_member_score *out)
{
	struct engine *e = arg;

	return e->opt.member_scores ? e->opt.member_scores(e->opt.arg, s, out) : 0;
}

void engine_host_event(struct engine *e, struct f1p_event *ev)
{
	const struct f1p_state *s = race_state(e->race);

	ev->source_id = 0;
	ev->flags = s->flags & F1P_EVF_SIMULATED;
	ev->t_event_ns = s->t_event_ns;
	ev->t_recv_ns = vclock_now_ns(e->opt.clock);
	append(e, ev);
}

/* -- publishing -- */

static void publish_snapshot(struct engine *e, int64_t mono)
{
	const struct f1p_state *s = race_state(e->race);
	struct snapshot *snap = snapshot_create(s);

	if (!snap)
		return;
	pthread_mutex_lock(&e->lock);
	struct snapshot *old = e->current;
	e->current = snap;
	pthread_mutex_unlock(&e->lock);
	snapshot_unref(old);
	e->published_seq = s->seq;
	e->published_mono_ns = mono;
	if (!e->opt.deliver)
		return;
	struct f1p_event marker = {.size = sizeof(marker), .type = F1P_EV_STATE, .flags = s->flags, .seq = s->seq,
		.t_event_ns = s->t_event_ns, .t_recv_ns = vclock_now_ns(e->opt.clock)};
	buffer_push(&e->batch, &marker);
}

/* One line when the journal's disk fills up, one if it stays so until the memory is full too, one when all is well again. */
static void tell_disk(struct engine *e)
{
	const char *error = journal_error(e->journal);
	bool bad = error[0] != '\0', lost = journal_lost(e->journal);

	if ((bad && !e->disk_bad) || (lost && !e->disk_lost))
		log_line(F1P_LOG_ERROR, "journal", "%s", error);
	else if (!bad && e->disk_bad)
		log_line(F1P_LOG_INFO, "journal", "all that waited is written");
	e->disk_bad = bad;
	e->disk_lost = lost;
}

bool engine_has_news(const struct engine *e)
{
	return e->batch.count > 0;
}

int64_t engine_publish_in_ms(const struct engine *e)
{
	if (journal_seq(e->journal) == e->published_seq)
		return -1;
	int64_t left_ns = e->published_mono_ns + e->opt.publish_every_ms * 1000000 - vclock_mono_ns();
	return left_ns > 0 ? (left_ns + 999999) / 1000000 : 0;
}

void engine_flush(struct engine *e, bool force)
{
	int64_t mono = vclock_mono_ns();

	if (e->heard)
		e->last_event_mono_ns = mono;
	e->heard = false;
	journal_flush(e->journal);
	tell_disk(e);
	if (journal_seq(e->journal) != e->published_seq && (e->opt.deliver || force) &&
	    (force || mono - e->published_mono_ns >= e->opt.publish_every_ms * 1000000))
		publish_snapshot(e, mono);
	if (e->batch.count && e->opt.deliver) {
		e->opt.deliver(e->opt.arg, (const struct f1p_event *)e->batch.data, e->batch.count, e->batch.len);
		buffer_clear(&e->batch);
	}
}

const struct f1p_state *engine_state_acquire(struct engine *e)
{
	pthread_mutex_lock(&e->lock);
	struct snapshot *s = e->current ? snapshot_ref(e->current) : NULL;
	pthread_mutex_unlock(&e->lock);
	return s ? snapshot_state(s) : NULL;
}

void engine_state_release(struct engine *e, const struct f1p_state *s)
{
	(void)e;
	if (s)
		snapshot_unref(snapshot_of(s));
}

/* -- life cycle -- */

static bool open_journal(struct engine *e, char *err, size_t err_size)
{
	const char *path = e->opt.journal_path;

	if (!path) {
		if (journal_open_null(&e->journal) == F1P_OK)
			return true;
		snprintf(err, err_size, "out of memory");
		return false;
	}
	e->recovering = true;
	f1p_status rc = journal_open(&e->journal, path, e->opt.identity, fold_recovered, e, err, err_size);
	e->recovering = false;
	return rc == F1P_OK;
}

struct engine *engine_create(const struct engine_options *opt, char *err, size_t err_size)
{
	struct engine *e = calloc(1, sizeof(*e));

	if (!e)
		goto no_memory;
	e->opt = *opt;
	pthread_mutex_init(&e->lock, NULL);
	struct forecaster_ops ops = {e, on_forecast_event, on_forecaster_idle, on_predictor_failed, on_forecast_timed, on_refresh,
		on_member_scores};
	e->ingest = ingest_create();
	e->race = race_create();
	struct arbiter_ops arbiter_ops = {e, on_live_event, on_remark};
	e->arbiter = e->race ? arbiter_create(e->race, &arbiter_ops) : NULL;
	e->workers = workers_create(opt->loop, opt->workers);
	e->forecast_hash = EVP_MD_CTX_new();
	if (!e->ingest || !e->arbiter || !e->workers || !e->forecast_hash)
		goto no_memory;
	e->forecaster = forecaster_create(e->workers, &ops, opt->wait, opt->forecast_timeout_ms, opt->seed);
	if (!e->forecaster || EVP_DigestInit_ex(e->forecast_hash, EVP_sha256(), NULL) != 1)
		goto no_memory;
	trigger_init(&e->trigger, opt->forecast_every_ms * 1000000);
	if (!open_journal(e, err, err_size)) {
		engine_destroy(e);
		return NULL;
	}
	/* Sinks find the recovered state when they start: no client is told of an empty race first. */
	if (journal_seq(e->journal))
		publish_snapshot(e, vclock_mono_ns());
	return e;
no_memory:
	snprintf(err, err_size, "out of memory");
	engine_destroy(e);
	return NULL;
}

void engine_begin(struct engine *e)
{
	int64_t t = race_state(e->race)->t_event_ns;

	if (journal_seq(e->journal) && t != F1P_UNKNOWN_NS)
		vclock_set(e->opt.clock, t);
	if (e->recovered.trigger) {
		struct forecast_request r = e->recovered;
		e->recovered = (struct forecast_request){0};
		forecaster_request(e->forecaster, &r);
	}
	if (journal_seq(e->journal))
		engine_flush(e, true);
}

void engine_destroy(struct engine *e)
{
	if (!e)
		return;
	e->closing = true;
	if (e->forecaster)
		forecaster_cancel(e->forecaster);
	workers_destroy(e->workers);
	forecaster_destroy(e->forecaster);
	journal_close(e->journal);
	arbiter_destroy(e->arbiter);
	race_destroy(e->race);
	ingest_destroy(e->ingest);
	snapshot_unref(e->current);
	forget_trigger(e);
	EVP_MD_CTX_free(e->forecast_hash);
	buffer_finish(&e->inbox);
	buffer_finish(&e->batch);
	pthread_mutex_destroy(&e->lock);
	free(e);
}

void engine_add_source(struct engine *e, uint32_t id, uint32_t flags)
{
	if (id == 0 || id >= ENGINE_MAX_SOURCES)
		return;
	struct source *s = &e->sources[id];
	/* A source that tells the same story again starts at 1: what the journal has is dropped as a duplicate. */
	uint64_t last = s->seq > s->restored ? s->seq : s->restored;
	*s = (struct source){.known = true, .flags = flags, .restored = last, .t_last_ns = F1P_UNKNOWN_NS};
	if (!(flags & F1P_SOURCE_DETERMINISTIC))
		s->seq = last;
	ingest_set_live(e->ingest, id, !(flags & F1P_SOURCE_PACED));
	if (flags & F1P_SOURCE_PACED)
		arbiter_remove(e->arbiter, id);
	else if (!arbiter_knows(e->arbiter, id))
		arbiter_add(e->arbiter, id, "", &arbiter_default_prefs);
}

void engine_prefer(struct engine *e, uint32_t id, const char *name, const struct arbiter_prefs *prefs)
{
	if (arbiter_knows(e->arbiter, id))
		arbiter_add(e->arbiter, id, name, prefs);
}

void engine_remove_source(struct engine *e, uint32_t id)
{
	if (id > 0 && id < ENGINE_MAX_SOURCES) {
		arbiter_remove(e->arbiter, id);
		e->sources[id].known = false;
	}
}

void engine_tick(struct engine *e, int64_t now_ns)
{
	arbiter_tick(e->arbiter, now_ns);
}

void engine_visit_gaps(struct engine *e, void (*fn)(void *arg, const struct f1p_ev_gap *), void *arg)
{
	gaps_visit(arbiter_gaps(e->arbiter), fn, arg);
}

void engine_set_wait(struct engine *e, bool wait)
{
	e->opt.wait = wait;
	forecaster_set_wait(e->forecaster, wait);
}

struct forecaster *engine_forecaster(struct engine *e)
{
	return e->forecaster;
}

const struct f1p_state *engine_state(struct engine *e)
{
	return race_state(e->race);
}

static void hash_text(EVP_MD_CTX *running, char out[65])
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned n = 0;
	EVP_MD_CTX *copy = EVP_MD_CTX_new();

	out[0] = '\0';
	if (copy && EVP_MD_CTX_copy_ex(copy, running) == 1 && EVP_DigestFinal_ex(copy, digest, &n) == 1)
		for (unsigned i = 0; i < n && i < 32; i++)
			snprintf(out + 2 * i, 3, "%02x", digest[i]);
	EVP_MD_CTX_free(copy);
}

/* A recording or simulation: nobody takes anything from it but itself. */
static void view_paced(struct engine *e, uint32_t id, struct engine_source_view *v)
{
	const struct f1p_state *s = race_state(e->race);

	v->alive = e->sources[id].known;
	v->t_last_ns = e->sources[id].t_last_ns;
	v->events = e->sources[id].seq;
	for (uint32_t kind = 1; kind < F1P_DATA_KINDS; kind++)
		v->active_kinds |= s->origins[kind].source_id == id ? 1u << kind : 0;
}

void engine_source_view(struct engine *e, uint32_t id, struct engine_source_view *v)
{
	struct arbiter_view a;

	*v = (struct engine_source_view){.t_last_ns = F1P_UNKNOWN_NS};
	if (id == 0 || id >= ENGINE_MAX_SOURCES)
		return;
	if (!arbiter_view(e->arbiter, id, &a)) {
		view_paced(e, id, v);
		return;
	}
	v->alive = a.alive;
	v->t_last_ns = a.t_last_ns;
	v->link = a.condition;
	snprintf(v->link_text, sizeof(v->link_text), "%s", a.text);
	v->active_kinds = a.active_kinds;
	v->events = a.events;
	v->shadowed = a.shadowed;
	v->duplicates = a.duplicates;
}

void engine_report(struct engine *e, struct engine_report *r, bool with_hashes)
{
	const struct f1p_state *s = race_state(e->race);

	*r = (struct engine_report){.seq = journal_seq(e->journal),
		.events = e->events,
		.rejected = e->rejected,
		.forecasts = forecaster_count(e->forecaster),
		.journal_cut_bytes = journal_cut_bytes(e->journal),
		.journal_bytes = journal_bytes(e->journal),
		.last_event_mono_ns = e->last_event_mono_ns,
		.t_event_ns = s->t_event_ns,
		.simulated = (s->flags & F1P_EVF_SIMULATED) != 0,
		.journal_error = journal_error(e->journal)};
	if (with_hashes) {
		race_hash(e->race, r->state_sha256);
		hash_text(e->forecast_hash, r->forecast_sha256);
	}
}
