/* speak.c - see sink_alerts.h. */
#include <stdio.h>
#include <string.h>

#include "sink_alerts.h"

#define ANEW_NS INT64_C(60000000000)

/* ------------------------------------------------------------------ an alert and where it goes */

static void remember(struct sink_alerts *s, const struct alert *a)
{
	if (s->recent) {
		s->recent[s->n_recent++ % RECENT_MAX] = *a;
	}
}

static void hand_over(struct sink_alerts *s, struct subscription *sub, const struct alert *a)
{
	struct letter l = {.id = a->id, .subscription = sub->id, .t_ns = a->t_ns};
	struct f1p_json j;

	if (!sub->url) {
		return;
	}
	f1p_json_init(&j);
	alert_encode(&j, a);
	l.body = f1p_json_text(&j, NULL);
	if (l.body && !outbox_add(&s->outbox, &l, a->delayed ? a->shown_ns : F1P_UNKNOWN_NS)) {
		sub->failed++;
		sink_count(s, s->m_results[2]);
	}
	f1p_json_finish(&j);
}

static void begin(struct sink_alerts *s, const struct subscription *sub, struct alert *a)
{
	*a = (struct alert){.no_spoiler = sub->no_spoiler, .delayed = sub->delay_s > 0};
	snprintf(a->id, sizeof(a->id), "%s-%llu", s->run, (unsigned long long)++s->alerts_made);
	snprintf(a->subscription, sizeof(a->subscription), "%s", sub->id);
	rule_text(&sub->watch.rule, a->rule);
}

/* Whoever is behind is so by the time at which news came, not by that at which it happened. */
static int64_t came_ns(const struct sink_alerts *s, int64_t t_ns)
{
	int64_t now_ns = s->host->now_utc_ns(s->host);

	return now_ns > t_ns ? now_ns : t_ns;
}

static void tell(struct sink_alerts *s, struct subscription *sub, const struct news *n, const struct finding *f)
{
	struct alert a;

	begin(s, sub, &a);
	alert_describe(&a, &sub->watch.rule, n, f);
	a.shown_ns = came_ns(s, n->t_ns) + sub->delay_s * INT64_C(1000000000);
	remember(s, &a);
	hand_over(s, sub, &a);
	sub->alerts++;
	sub->t_told_ns = n->t_ns;
	sub->done = sub->once;
	s->changed = true;
	sink_count(s, s->m_alerts);
}

void speak_test(struct sink_alerts *s, struct subscription *sub, const struct f1p_state *state, struct alert *a)
{
	begin(s, sub, a);
	a->test = true;
	a->delayed = false;
	a->found.value = a->found.before = F1P_UNKNOWN;
	a->t_ns = state ? state->t_event_ns : s->host->now_utc_ns(s->host);
	a->shown_ns = came_ns(s, a->t_ns);
	a->seq = state ? state->seq : 0;
	snprintf(a->text, sizeof(a->text), "A test of the subscription %s", sub->id);
	remember(s, a);
	hand_over(s, sub, a);
	s->changed = true;
}

/* ------------------------------------------------------------------ looks */

static void forget(struct sink_alerts *s)
{
	for (uint32_t i = 0; i < s->book.n; i++) {
		watch_forget(&s->book.items[i]->watch);
	}
}

void speak_rewind(struct sink_alerts *s)
{
	forget(s);
	s->known_until_ns = s->looked_ns = F1P_UNKNOWN_NS;
	s->n_recent = 0;
	s->changed = true;
}

static void follow_session(struct sink_alerts *s, const struct f1p_state *state)
{
	if (state->session_key == s->session_key) {
		return;
	}
	s->session_key = state->session_key;
	s->known_until_ns = s->looked_ns = F1P_UNKNOWN_NS;
	forget(s);
	s->changed = true;
}

/* Whatever ran before this run has told what was up to then; but a recording that begins anew is told anew. */
static void first_look(struct sink_alerts *s, int64_t t_ns)
{
	if (!s->has_looked && s->known_until_ns != F1P_UNKNOWN_NS && t_ns < s->known_until_ns - ANEW_NS) {
		speak_rewind(s);
	}
	s->has_looked = true;
}

static void look(struct sink_alerts *s, struct subscription *sub, const struct news *n)
{
	struct finding found[F1P_MAX_CARS];
	uint32_t n_found = watch_look(&sub->watch, n, found, F1P_MAX_CARS);

	for (uint32_t i = 0; i < n_found && !sub->done; i++) {
		tell(s, sub, n, &found[i]);
	}
}

void speak(struct sink_alerts *s, const struct news *given)
{
	struct news loud = *given, quiet;

	if (loud.state->session_key == 0 && loud.state->n_cars == 0) {
		return; /* no session is known: what the last one taught is not forgotten for that */
	}
	follow_session(s, loud.state);
	first_look(s, loud.t_ns);
	loud.quiet |= s->known_until_ns != F1P_UNKNOWN_NS && loud.t_ns <= s->known_until_ns;
	s->looked_ns = loud.t_ns > s->looked_ns ? loud.t_ns : s->looked_ns;
	quiet = loud;
	quiet.quiet = true;
	for (uint32_t i = 0; i < s->book.n; i++) {
		if (!s->book.items[i]->done) {
			look(s, s->book.items[i], s->book.items[i]->paused ? &quiet : &loud);
		}
	}
}
