/*
 * ingest.c - the gate: duplicates, shape, values, time; in this order, so that what was refused once stays refused.
 */
#include "race/ingest.h"
#include "race/ingest_rules.h"
#include <stdlib.h>

#define LATE_NS (INT64_C(30) * 1000000000)           /* older records of a source are clamped forward */
#define AHEAD_NS (INT64_C(2) * 86400 * 1000000000)   /* a jump that no session makes */
#define LIVE_AHEAD_NS (INT64_C(3600) * 1000000000)   /* no clock is so wrong without being wrong all the time */
#define FUTURE_NS (INT64_C(25) * 1000000000)
#define DAY_NS (INT64_C(86400) * 1000000000)
#define T_MAX_NS (INT64_C(7258118400) * 1000000000)  /* year 2200 */
#define MAX_SOURCES 4096u

struct source {
	uint32_t id;
	uint32_t session_key;
	uint64_t newest_seq;
	int64_t newest_ns;    /* F1P_UNKNOWN_NS: the next event sets it */
	int64_t newest_recv_ns; /* when that one came */
	int64_t earliest_ns;  /* a day before the session */
	bool live;
};

struct ingest {
	struct source *sources;
	size_t n_sources;
	size_t last;          /* most events come from the same source as the one before */
	uint64_t counts[INGEST_VERDICTS];
};

struct ingest *ingest_create(void)
{
	return calloc(1, sizeof(struct ingest));
}

void ingest_destroy(struct ingest *in)
{
	if (in) {
		free(in->sources);
		free(in);
	}
}

static struct source *add_source(struct ingest *in, uint32_t id)
{
	struct source *grown;

	if (in->n_sources >= MAX_SOURCES) {
		return NULL;
	}
	grown = realloc(in->sources, (in->n_sources + 1) * sizeof(*grown));
	if (!grown) {
		return NULL;
	}
	in->sources = grown;
	in->last = in->n_sources++;
	grown[in->last] = (struct source){.id = id, .newest_ns = F1P_UNKNOWN_NS, .earliest_ns = F1P_UNKNOWN_NS};
	return &grown[in->last];
}

static struct source *find_source(struct ingest *in, uint32_t id)
{
	if (in->n_sources && in->sources[in->last].id == id) {
		return &in->sources[in->last];
	}
	for (size_t i = 0; i < in->n_sources; i++) {
		if (in->sources[i].id == id) {
			in->last = i;
			return &in->sources[i];
		}
	}
	return add_source(in, id);
}

/* A new session or a reset feed begins its own time. */
static bool restarts_time(const struct source *s, const struct f1p_event *ev)
{
	if (ev->space != F1P_SPACE_CORE) {
		return false;
	}
	if (ev->type == F1P_EV_FEED_RESET) {
		return true;
	}
	return ev->type == F1P_EV_SESSION && ((const struct f1p_ev_session *)ev)->session_key != s->session_key;
}

/* A link, a forecast or a late record says nothing about how far its feed has come. */
static bool is_timeless(const struct f1p_event *ev)
{
	return ev->space == F1P_SPACE_CORE &&
	       (ev->type == F1P_EV_LINK || ev->type == F1P_EV_OUTLOOK || ev->type == F1P_EV_LAP_RECORD ||
		ev->type == F1P_EV_PRIOR);
}

/* A live source may have been cut off for days: what it says then is new, not far ahead. */
static bool is_far_ahead(const struct source *s, const struct f1p_event *ev)
{
	int64_t off_ns;

	if (ev->t_event_ns <= s->newest_ns + AHEAD_NS) {
		return false;
	}
	if (!s->live || ev->t_recv_ns < 0 || ev->t_recv_ns > T_MAX_NS) {
		return true;
	}
	off_ns = ev->t_event_ns - ev->t_recv_ns;
	return off_ns > AHEAD_NS || off_ns < -AHEAD_NS;
}

/* One event dated into the future: it happens now. A feed whose clock is always ahead is believed. */
static void cap_future(const struct source *s, struct f1p_event *ev)
{
	int64_t now_ns = ev->t_recv_ns;

	if (!s->live || s->newest_ns == F1P_UNKNOWN_NS || now_ns < 0 || now_ns > T_MAX_NS) {
		return;
	}
	if (s->newest_recv_ns >= 0 && now_ns > s->newest_recv_ns && s->newest_ns + (now_ns - s->newest_recv_ns) > now_ns) {
		now_ns = s->newest_ns + (now_ns - s->newest_recv_ns);
	}
	if (ev->t_event_ns > now_ns + LIVE_AHEAD_NS) {
		ev->t_event_ns = now_ns;
	}
}

/* The newest event of a live source lay in the future, this one does not: the newest was wrong. */
static bool is_back_to_now(const struct source *s, const struct f1p_event *ev)
{
	return s->live && ev->t_recv_ns >= 0 && ev->t_recv_ns <= T_MAX_NS && s->newest_ns > ev->t_recv_ns + FUTURE_NS &&
	       ev->t_event_ns <= ev->t_recv_ns + FUTURE_NS;
}

static enum ingest_verdict check_time(const struct source *s, struct f1p_event *ev, const char **why)
{
	if (ev->t_event_ns < 0 || ev->t_event_ns > T_MAX_NS) {
		*why = "event time unknown or not between 1970 and 2200";
		return INGEST_BAD_TIME;
	}
	if (is_timeless(ev)) {
		return INGEST_OK;
	}
	if (restarts_time(s, ev) || s->newest_ns == F1P_UNKNOWN_NS) {
		cap_future(s, ev);
		return INGEST_OK;
	}
	if (s->earliest_ns != F1P_UNKNOWN_NS && ev->t_event_ns < s->earliest_ns) {
		*why = "event time is more than a day before the session";
		return INGEST_BAD_TIME;
	}
	if (is_back_to_now(s, ev)) {
		return INGEST_OK;
	}
	if (ev->t_event_ns < s->newest_ns - LATE_NS) {
		*why = "event time is more than 30 s before the newest of this source";
		return INGEST_BAD_TIME;
	}
	if (is_far_ahead(s, ev)) {
		*why = s->live ? "event time is more than two days after the newest of this source, and not within two days of now"
			       : "event time is more than two days after the newest of this source";
		return INGEST_BAD_TIME;
	}
	cap_future(s, ev);
	if (ev->t_event_ns < s->newest_ns) {
		ev->t_event_ns = s->newest_ns;
	}
	return INGEST_OK;
}

static void note_session(struct source *s, const struct f1p_ev_session *e)
{
	s->session_key = e->session_key;
	s->earliest_ns = e->h.t_event_ns;
	if (e->t_start_ns >= 0 && e->t_start_ns < s->earliest_ns) {
		s->earliest_ns = e->t_start_ns;
	}
	s->earliest_ns -= DAY_NS;
}

static void note_accepted(struct source *s, const struct f1p_event *ev)
{
	bool core = ev->space == F1P_SPACE_CORE;

	if (core && ev->type == F1P_EV_FEED_RESET) {
		s->session_key = 0;
		s->earliest_ns = F1P_UNKNOWN_NS;
	}
	if (core && ev->type == F1P_EV_SESSION && ev->size >= sizeof(struct f1p_ev_session)) {
		note_session(s, (const struct f1p_ev_session *)ev);
	}
	if (!is_timeless(ev)) {
		s->newest_ns = ev->t_event_ns;
		s->newest_recv_ns = ev->t_recv_ns;
	}
}

static enum ingest_verdict decide(struct ingest *in, struct f1p_event *ev, const char **why)
{
	enum ingest_verdict verdict = ingest_check_shape(ev, why);
	struct source *s;

	if (verdict != INGEST_OK) {
		return verdict;
	}
	s = find_source(in, ev->source_id);
	if (!s) {
		*why = "too many sources, or out of memory";
		return INGEST_BAD_SHAPE;
	}
	if (ev->source_seq <= s->newest_seq) {
		*why = "source_seq already seen";
		return INGEST_DUPLICATE;
	}
	s->newest_seq = ev->source_seq;
	verdict = ingest_check_values(ev, why);
	if (verdict == INGEST_OK) {
		verdict = check_time(s, ev, why);
	}
	if (verdict == INGEST_OK) {
		note_accepted(s, ev);
	}
	return verdict;
}

void ingest_set_live(struct ingest *in, uint32_t source_id, bool live)
{
	struct source *s = find_source(in, source_id);

	if (s) {
		s->live = live;
	}
}

enum ingest_verdict ingest_check(struct ingest *in, struct f1p_event *ev, const char **why)
{
	const char *reason = "";
	enum ingest_verdict verdict = decide(in, ev, &reason);

	if (why && verdict != INGEST_OK) {
		*why = reason;
	}
	in->counts[verdict]++;
	return verdict;
}

void ingest_seen(struct ingest *in, const struct f1p_event *ev)
{
	struct source *s;

	if (ev->source_id == 0 || ev->source_seq == 0) {
		return; /* the host's own */
	}
	s = find_source(in, ev->source_id);
	if (s && ev->source_seq > s->newest_seq) {
		s->newest_seq = ev->source_seq;
		if (ev->t_event_ns >= 0 && ev->t_event_ns <= T_MAX_NS) {
			note_accepted(s, ev);
		}
	}
}

const char *ingest_verdict_name(enum ingest_verdict verdict)
{
	switch (verdict) {
	case INGEST_OK:
		return "ok";
	case INGEST_DUPLICATE:
		return "duplicate";
	case INGEST_BAD_SHAPE:
		return "bad_shape";
	case INGEST_BAD_VALUE:
		return "bad_value";
	case INGEST_BAD_TIME:
		return "bad_time";
	case INGEST_VERDICTS:
		break;
	}
	return "unknown";
}

uint64_t ingest_count(const struct ingest *in, enum ingest_verdict verdict)
{
	return verdict >= INGEST_OK && verdict < INGEST_VERDICTS ? in->counts[verdict] : 0;
}
