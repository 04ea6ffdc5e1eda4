/*
 * traffic.c - what the connections bring, what becomes of it when one is lost, and what the user is told.
 */
#include "supervisor_internal.h"

#include <stdio.h>

#define SECOND_AFTER_NS (5 * SLT_NS_PER_S)  /* the second connection opens so long after the first has data */
#define SWITCH_PAUSE_NS (600 * SLT_NS_PER_S) /* two servers that tell of different sessions must not make us jump */

static struct slt_slot *slot_of(struct slt_supervisor *s, const struct slt_connection *c)
{
	return &s->slots[c->index];
}

static void wake(struct slt_supervisor *s)
{
	if (s->wake != NULL) {
		s->wake->poll_soon(s->host);
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

void slt_tell_link(struct slt_supervisor *s)
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

/* The server does not take our token: from now on without it. */
static void refuse_token(struct slt_supervisor *s, struct slt_slot *slot)
{
	char text[160];

	slot->due_ns = slt_now(s);
	if (slot->connection.token_generation != s->token.generation || s->token.refused) {
		return;
	}
	s->token.refused = true;
	snprintf(text, sizeof(text), "token refused; missing: %s", s->missing[0] != '\0' ? s->missing : "nothing");
	s->host->log(s->host, F1P_LOG_WARN, "the server refuses the token: going on without it; missing: %s; %s", s->missing,
		s->token.path[0] != '\0' ? "put a good one into token_file" : "configure a good one");
	slt_intake_link(&s->intake, F1P_LINK_REFUSED, s->missing_kinds, text);
}

static void take_loss(struct slt_supervisor *s, struct slt_connection *c, uint32_t http_status, const char *reason, bool was_useful)
{
	struct slt_slot *slot = slot_of(s, c);
	bool unwelcome = http_status == 401 || http_status == 403;
	int level = 0;

	slt_put(s, s->m_lost, 1);
	if (unwelcome && c->has_token) {
		refuse_token(s, slot);
	} else {
		slt_back_off(s, slot, was_useful);
		level = f1p_repeats_level(&slot->repeats, c->not_asked ? NULL : reason);
		if (level == F1P_LOG_WARN || s->trouble[0] == '\0') {
			snprintf(s->trouble, sizeof(s->trouble), "%s", reason);
		}
		s->refused = unwelcome;
		s->host->log(s->host, level, "%s connection: %s; next attempt in %.1f s", slt_slot_name(c->index), reason,
			(double)(slot->held_ns - slt_clock_real(&s->clock)) / (double)SLT_NS_PER_S);
	}
	slt_merge_off(s->merge, c->index);
	slt_tell_link(s);
	wake(s);
}

/* Ends a connection that is of no use any more. */
void slt_replace(struct slt_supervisor *s, uint32_t index, const char *reason, bool was_useful)
{
	slt_connection_close(&s->slots[index].connection);
	take_loss(s, &s->slots[index].connection, 0, reason, was_useful);
}

static void on_drop(void *arg, uint32_t lane, const char *reason)
{
	slt_replace(arg, lane, reason, false);
}

static void on_lost(void *arg, struct slt_connection *c, uint32_t http_status, const char *reason)
{
	take_loss(arg, c, http_status, reason, true);
}

/* ---- what the connections bring ---- */

void slt_close_all(struct slt_supervisor *s)
{
	for (uint32_t i = 0; i < SLT_LANES; i++) {
		slt_connection_close(&s->slots[i].connection);
		slt_merge_off(s->merge, i);
		s->slots[i].due_ns = F1P_NEVER_NS;
	}
}

/* Another session has begun: everything anew. */
void slt_switch_session(struct slt_supervisor *s)
{
	int64_t now_ns = slt_now(s);
	struct slt_slot *slot = &s->slots[s->main];
	bool again = s->switched_ns != F1P_NEVER_NS && now_ns - s->switched_ns < SLT_HEALTHY_NS;

	s->host->log(s->host, F1P_LOG_INFO, "the feed goes over to another session: subscribing anew");
	slt_close_all(s);
	s->switched_ns = now_ns;
	s->trouble[0] = '\0';
	if (again) {
		slt_back_off(s, slot, false);
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
		slt_switch_session(s);
	}
	if (s->wanted) {
		slt_tell_link(s);
	}
	wake(s);
}

static void on_snapshot(void *arg, struct slt_connection *c, const char *json, size_t n)
{
	struct slt_supervisor *s = arg;
	int64_t now_ns = slt_now(s);
	struct slt_slot *second = &s->slots[1 - s->main];

	s->host->log(s->host, F1P_LOG_INFO, "%s connection: subscribed, %zu bytes of snapshot", slt_slot_name(c->index), n);
	if (slt_merge_is_up(s->merge) && slt_intake_is_other(&s->intake, json, n)) {
		if (s->switched_ns != F1P_NEVER_NS && now_ns - s->switched_ns < SWITCH_PAUSE_NS) {
			slt_replace(s, c->index, "it tells of another session than the connection that delivers", false);
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

	slt_merge_message(s->merge, c->index, &msg, slt_now(s));
	settle(s);
}

static void on_broken(void *arg, struct slt_connection *c, const char *why)
{
	(void)c;
	slt_intake_broken(&((struct slt_supervisor *)arg)->intake, why);
}

const struct slt_merge_out slt_stream_out = {on_stream_snapshot, on_stream_message, on_stream_addition, on_drop};
const struct slt_connection_events slt_connection_out = {on_snapshot, on_message, on_broken, on_lost};
