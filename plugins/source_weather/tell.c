/*
 * tell.c - from forecasts to events, in order of time.
 */
#include "weather.h"

#include <stdio.h>
#include <string.h>

#define TOO_OLD_NS (360 * MINUTE_NS) /* an older forecast tells nothing */
#define PRESENT_NS (30 * MINUTE_NS)  /* likewise of the weather now */
#define AGAIN_NS (5 * MINUTE_NS)

void tell_begin(struct source *s)
{
	s->link = 0;
	s->t_newest_ns = s->t_told_ns = F1P_UNKNOWN_NS;
	s->has_outlook = s->tell_outlook = s->tell_weather = s->tell_link = false;
	s->doubt[0] = '\0';
}

void forget_forecast(struct source *s)
{
	s->has_outlook = s->tell_outlook = s->tell_weather = false;
}

/* This source's events never go back in time. */
static int64_t in_order(struct source *s, int64_t t_ns)
{
	if (s->t_newest_ns != F1P_UNKNOWN_NS && t_ns < s->t_newest_ns)
		return s->t_newest_ns;
	s->t_newest_ns = t_ns;
	return t_ns;
}

void note_link(struct source *s, uint32_t condition, int64_t now_ns, const char *text)
{
	if (s->link == condition)
		return;
	s->link = condition;
	s->link_event = (struct f1p_ev_link){.h = {.size = sizeof(s->link_event), .type = F1P_EV_LINK, .t_event_ns = now_ns},
		.condition = condition,
		.kinds = 1u << F1P_DATA_OUTLOOK};
	provider_words(s->link_event.text, sizeof(s->link_event.text), text, strlen(text));
	s->tell_link = true;
}

static void note_doubt(struct source *s, const char *doubt)
{
	if (strcmp(s->doubt, doubt) == 0)
		return;
	snprintf(s->doubt, sizeof(s->doubt), "%s", doubt);
	if (doubt[0])
		s->host->log(s->host, F1P_LOG_WARN, "%s: %s: left out", s->provider->name, doubt);
}

bool note_forecast(struct source *s, struct forecast *f, int64_t t_ns, int64_t now_ns)
{
	struct f1p_ev_outlook outlook;
	const struct f1p_state *st;

	weather_count(s, s->bad_values, f->bad_values);
	if (f->fault[0])
		return false;
	if (now_ns - t_ns > TOO_OLD_NS) {
		snprintf(f->fault, sizeof(f->fault), "the kept forecast is too old to be of use");
		return false;
	}
	if (!forecast_outlook(f, s->provider->name, t_ns, &outlook))
		return false;
	note_doubt(s, f->doubt);
	if (s->has_outlook && outlook.h.t_event_ns <= s->outlook.h.t_event_ns)
		return true; /* the same answer once more */
	s->outlook = outlook;
	s->has_outlook = s->tell_outlook = true;
	if (now_ns - t_ns > PRESENT_NS || !forecast_weather(f, t_ns, &s->weather))
		return true;
	st = s->bus->state_acquire(s->host);
	bool measured = compare_with(&s->compare, st, &s->weather, s->provider->name, now_ns);
	s->tell_weather = s->present && !measured;
	if (st)
		s->bus->state_release(s->host, st);
	return true;
}

static f1p_status tell(struct source *s, struct f1p_event *ev, bool *flag)
{
	ev->t_event_ns = in_order(s, ev->t_event_ns);
	f1p_status status = s->bus->emit(s->host, ev);
	*flag = status == F1P_AGAIN;
	return status == F1P_EINVAL ? F1P_OK : status; /* refused events are the host's to count */
}

/* A new session's state knows of no forecast: it is told again, as old as it is. */
static void tell_again(struct source *s, int64_t now_ns)
{
	bool wait = !s->has_outlook || s->tell_outlook || (s->t_told_ns <= now_ns && now_ns - s->t_told_ns < AGAIN_NS);
	const struct f1p_state *st = wait ? NULL : s->bus->state_acquire(s->host);

	if (!st)
		return;
	s->tell_outlook = F1P_HAS(st, struct f1p_state, outlook) && st->outlook.t_ns == F1P_UNKNOWN_NS && st->seq > 0;
	s->bus->state_release(s->host, st);
}

f1p_status tell_all(struct source *s, int64_t now_ns)
{
	f1p_status status = F1P_OK;

	tell_again(s, now_ns);
	if (s->tell_weather)
		status = tell(s, &s->weather.h, &s->tell_weather);
	if (s->tell_outlook && status == F1P_OK) {
		status = tell(s, &s->outlook.h, &s->tell_outlook);
		s->t_told_ns = now_ns;
	}
	if (s->tell_link && status == F1P_OK)
		status = tell(s, &s->link_event.h, &s->tell_link);
	return status;
}
