#include "sessions.h"

#include <string.h>

#define MINUTE_NS (INT64_C(60) * 1000000000)
#define LATEST_AHEAD_NS MINUTE_NS
#define STAND_INS 1000000000u

static f1p_status begin(struct sessions *s)
{
	struct openf1_rows *rows = openf1_rows_create();

	if (rows == NULL) {
		return F1P_ENOMEM;
	}
	if (!s->telemetry) {
		openf1_rows_leave_out_telemetry(rows);
	}
	s->rows[s->n++] = rows;
	return F1P_OK;
}

static void drop(struct sessions *s, uint32_t i)
{
	openf1_rows_destroy(s->rows[i]);
	s->n--;
	memmove(&s->rows[i], &s->rows[i + 1], (s->n - i) * sizeof(s->rows[0]));
}

f1p_status sessions_init(struct sessions *s, uint32_t keep, bool telemetry)
{
	*s = (struct sessions){.keep = keep, .telemetry = telemetry};
	return begin(s);
}

void sessions_finish(struct sessions *s)
{
	while (s->n > 0) {
		drop(s, s->n - 1);
	}
}

static struct openf1_rows *running(const struct sessions *s)
{
	return s->rows[s->n - 1];
}

/* Another one begins behind it. What has no session yet is forgotten. */
static f1p_status go_on(struct sessions *s)
{
	f1p_status status = F1P_OK;

	if (openf1_rows_session(running(s)) == NULL) {
		openf1_rows_clear(running(s));
		return F1P_OK;
	}
	if (s->n == s->keep) {
		if (s->n == 1) {
			openf1_rows_clear(running(s));
			return F1P_OK;
		}
		drop(s, 0);
	}
	status = begin(s);
	if (status != F1P_OK) { /* at least not mixed with the one before */
		openf1_rows_clear(running(s));
	}
	return status;
}

/* Clients ask by number. What the feed gives none, a simulation for one, gets a number that no session of the feed has: the
 * minute of its start, so that it is the same after a restart. */
static uint32_t key_or_stand_in(uint32_t key, int64_t t_start_ns)
{
	int64_t minute = t_start_ns > 0 ? t_start_ns / MINUTE_NS : 0;

	return key != 0 ? key : STAND_INS + (uint32_t)(minute % STAND_INS);
}

static f1p_status take_session(struct sessions *s, struct f1p_ev_session *ev)
{
	const struct f1p_ev_session *now = openf1_rows_session(running(s));
	f1p_status status = F1P_OK, taken = F1P_OK;

	ev->h.size = sizeof(*ev);
	ev->session_key = key_or_stand_in(ev->session_key, ev->t_start_ns);
	ev->meeting_key = key_or_stand_in(ev->meeting_key, ev->t_start_ns);
	if (now != NULL && now->session_key != ev->session_key) {
		status = go_on(s);
	}
	for (uint32_t i = s->n - 1; i > 0; i--) {
		const struct f1p_ev_session *old = openf1_rows_session(s->rows[i - 1]);

		if (old != NULL && old->session_key == ev->session_key) {
			drop(s, i - 1);
		}
	}
	taken = openf1_rows_take(running(s), &ev->h);
	return status != F1P_OK ? status : taken;
}

f1p_status sessions_take(struct sessions *s, const struct f1p_event *ev)
{
	bool is_core = ev->space == F1P_SPACE_CORE;
	struct f1p_ev_session session;

	if (is_core && ev->type == F1P_EV_FEED_RESET && !(ev->flags & F1P_EVF_SNAPSHOT)) {
		return go_on(s); /* whether it is the same session again is told next */
	}
	if (is_core && ev->type == F1P_EV_SESSION && ev->size >= sizeof(session)) {
		memcpy(&session, ev, sizeof(session));
		return take_session(s, &session);
	}
	return openf1_rows_take(running(s), ev);
}

const struct openf1_rows *sessions_latest(const struct sessions *s, int64_t now_ns)
{
	const struct openf1_rows *best = NULL, *last = NULL;
	int64_t best_ns = F1P_UNKNOWN_NS;

	for (uint32_t i = 0; i < s->n; i++) {
		const struct f1p_ev_session *ev = openf1_rows_session(s->rows[i]);

		if (ev == NULL) {
			continue;
		}
		last = s->rows[i];
		if (ev->t_start_ns != F1P_UNKNOWN_NS && ev->t_start_ns >= best_ns && now_ns != F1P_UNKNOWN_NS &&
			ev->t_start_ns - LATEST_AHEAD_NS <= now_ns) {
			best = s->rows[i];
			best_ns = ev->t_start_ns;
		}
	}
	return best != NULL ? best : last;
}

uint64_t sessions_lost(const struct sessions *s)
{
	uint64_t lost = 0;

	for (uint32_t i = 0; i < s->n; i++) {
		lost += openf1_rows_lost(s->rows[i]);
	}
	return lost;
}
