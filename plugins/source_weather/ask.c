/*
 * ask.c - the question, when it is due, and what became of it.
 */
#include "weather.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define URL_MAX 1024

void ask_begin(struct source *s)
{
	const struct provider *p = s->provider;
	const struct f1p_http_window windows[] = {{p->per_minute, 0, 60000}, {p->per_hour, 0, 3600000}};
	const char *authority = strstr(s->base_url, "://") + 3;
	char host_port[256];

	s->request = 0;
	s->failures = 0;
	s->repeats = (struct f1p_repeats){0};
	s->asked.known = s->place_missing = false;
	s->t_asked_ns = s->t_retry_ns = F1P_UNKNOWN_NS;
	if (!s->http)
		return;
	snprintf(host_port, sizeof(host_port), "%.*s", (int)strcspn(authority, "/"), authority);
	if (s->http->limit(s->host, host_port, windows, 2) != F1P_OK)
		s->host->log(s->host, F1P_LOG_WARN, "%s: no rate limit could be set", host_port);
}

void ask_end(struct source *s)
{
	if (s->request)
		s->http->cancel(s->host, s->request);
	s->request = 0;
}

static int64_t real_ns(const struct source *s)
{
	return s->host->now_mono_ns(s->host);
}

/* ---- answers ---- */

/* For people. A server that repeats the key to us is not repeated. */
static void failure_text(const struct source *s, char *out, size_t size, uint32_t status, const char *words)
{
	if (s->key[0] && strstr(words, s->key))
		words = "its words hold the key, they are not shown";
	if (status && status != 200)
		snprintf(out, size, "HTTP %u: %s%s", status, words[0] ? words : "no reason given",
			status == 401 || status == 403 ? ": look at key" : "");
	else
		snprintf(out, size, "%s", words);
}

static void answer_failed(struct source *s, const struct f1p_http_answer *a, const char *words, int64_t now_ns)
{
	bool kept_out = a->status == 401 || a->status == 403;
	char text[240];

	s->failures++;
	weather_count(s, s->refused, 1);
	int64_t wait_ms = pace_retry_ms(s->failures, a->status, words, a->retry_after_ms);
	s->t_retry_ns = real_ns(s) + wait_ms * MS_NS;
	failure_text(s, text, sizeof(text), a->status, words);
	note_link(s, kept_out ? F1P_LINK_REFUSED : F1P_LINK_DOWN, now_ns, text);
	s->host->log(s->host, f1p_repeats_level(&s->repeats, a->error == F1P_AGAIN ? NULL : text), "%s: %s: asked again in %lld min",
		s->provider->name, text, (long long)(wait_ms / 60000));
}

static void answer_used(struct source *s, int64_t now_ns)
{
	if (s->failures)
		s->host->log(s->host, F1P_LOG_INFO, "%s answers again", s->provider->name);
	s->failures = 0;
	s->repeats = (struct f1p_repeats){0};
	s->t_retry_ns = F1P_UNKNOWN_NS;
	weather_count(s, s->answers, 1);
	note_link(s, F1P_LINK_UP, now_ns, s->provider->name);
}

static void on_answer(void *arg, const struct f1p_http_answer *a)
{
	struct source *s = arg;
	int64_t now_ns = s->host->now_utc_ns(s->host);
	int64_t t_ns = now_ns - (a->age_ms > 0 ? a->age_ms : 0) * MS_NS;
	struct forecast *f = malloc(sizeof(*f));

	s->request = 0;
	if (f)
		forecast_init(f);
	if (f && a->error == F1P_OK)
		s->provider->read(f, a->body, a->body_bytes);
	if (!f)
		answer_failed(s, a, "no memory", now_ns);
	else if (a->error != F1P_OK)
		answer_failed(s, a, a->reason, now_ns);
	else if (a->status != 200)
		answer_failed(s, a, f->words, now_ns);
	else if (!note_forecast(s, f, t_ns, now_ns))
		answer_failed(s, a, f->fault, now_ns);
	else if (a->flags & F1P_HTTPA_STALE)
		answer_failed(s, a, a->reason, now_ns);
	else
		answer_used(s, now_ns);
	free(f);
	if (s->wake)
		s->wake->poll_soon(s->host);
}

/* ---- questions ---- */

static void ask(struct source *s, const struct place *place, int64_t now_ns)
{
	char url[URL_MAX];
	struct f1p_http_request r = {.size = sizeof(r),
		.flags = F1P_HTTPF_STALE_IF_ERROR,
		.method = F1P_HTTP_GET,
		.priority = F1P_HTTP_BACKGROUND,
		.url = url,
		.max_bytes = MAX_ANSWER,
		.fresh_ms = s->pace.session_ms};

	s->provider->url(url, sizeof(url), s->base_url, place->lat_e4, place->lon_e4, s->key);
	if (s->has_outlook) /* a kept answer must be newer than ours */
		r.fresh_ms = (now_ns - s->outlook.h.t_event_ns) / MS_NS - 1000;
	if (r.fresh_ms < 1)
		r.fresh_ms = 1;
	s->asked = *place;
	s->t_asked_ns = now_ns;
	s->request = s->http->request(s->host, &r, on_answer, s);
	if (!s->request)
		s->t_retry_ns = real_ns(s) + MINUTE_NS;
}

static bool is_other(const struct place *a, const struct place *b)
{
	return !a->known || a->lat_e4 != b->lat_e4 || a->lon_e4 != b->lon_e4;
}

static int64_t due(const struct source *s, const struct f1p_schedule_now *now, int64_t now_ns)
{
	int64_t least = s->t_asked_ns + s->provider->least_ms * MS_NS;

	if (s->t_retry_ns != F1P_UNKNOWN_NS)
		return now_ns + (s->t_retry_ns - real_ns(s));
	int64_t at = s->has_outlook ? pace_next(&s->pace, now->mode ? now : NULL, s->outlook.h.t_event_ns) : least;
	return at > least ? at : least;
}

int64_t ask_when_due(struct source *s, const struct place *place, const struct f1p_schedule_now *now, int64_t now_ns)
{
	if (!place->known || s->request)
		return F1P_NEVER_NS;
	if (is_other(&s->asked, place) || now_ns < s->t_asked_ns) { /* or the clock was put back */
		forget_forecast(s);
	} else {
		int64_t at = due(s, now, now_ns);
		if (at > now_ns)
			return at;
	}
	ask(s, place, now_ns);
	return F1P_NEVER_NS;
}
