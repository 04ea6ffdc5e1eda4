#include "search.h"

#include "calendar.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OLDEST 2018 /* the archive's first year */
#define FRESH_MS 60000

static void list(struct search *s, const struct matched *m)
{
	const struct f1p_host *host = s->servers->host;

	for (uint32_t i = 0; i < m->n; i++) {
		const struct f1p_session_plan *p = &m->sessions[i]->plan;
		host->log(host, F1P_LOG_WARN, "  %s%s%u %s, %s%s", p->path, p->path[0] ? "  " : "", p->year, p->meeting, p->name,
			p->path[0] ? "" : " (not in the archive)");
	}
	if (m->n == CANDIDATES_MAX)
		host->log(host, F1P_LOG_WARN, "  and perhaps more");
}

static void refuse(struct search *s, const struct matched *m, const char *what)
{
	snprintf(s->broken, sizeof(s->broken), "\"%.100s\": %s%s", s->text, what,
		m->n ? "; the sessions above come nearest: name one by more words or its path" : "");
	list(s, m);
}

static void judge(struct search *s, const struct listing *l)
{
	struct matched m = s->latest ? match_latest(l) : match_words(l, &s->words);

	if (m.how == MATCH_ONE) {
		memcpy(s->path, m.sessions[0]->plan.path, sizeof(s->path));
		s->servers->host->log(s->servers->host, F1P_LOG_INFO, "%s", s->path);
	} else if (m.how == MATCH_MANY) {
		refuse(s, &m, "several sessions are called so");
	} else if (m.how == MATCH_NOT_YET) {
		refuse(s, &m, "it was not held yet, or the archive has it not yet");
	} else if (s->words.year || s->year == OLDEST) {
		refuse(s, &m, "no session is called so");
	} else {
		s->year--;
	}
}

static void on_year(void *arg, struct ask *ask, enum asked how, const struct f1p_http_answer *answer)
{
	struct search *s = arg;
	struct listing *l = calloc(1, sizeof(*l));
	char why[200];

	if (!l)
		snprintf(s->broken, sizeof(s->broken), "no memory");
	else if (how == ASKED_ABSENT)
		judge(s, l);
	else if (how != ASKED_GOT)
		snprintf(s->broken, sizeof(s->broken), "%s", ask->why);
	else if (!listing_read(l, s->year, answer->body, answer->body_bytes, why, sizeof(why)))
		snprintf(s->broken, sizeof(s->broken), "%s: no index of a year: %s", ask->path, why);
	else
		judge(s, l);
	free(l);
	s->news(s->arg);
}

void search_go(struct search *s, int64_t now_ns)
{
	if (s->ask.id || s->path[0] || s->broken[0])
		return;
	if (!s->year) {
		int32_t running = calendar_year(now_ns);
		s->year = s->words.year ? s->words.year : running > OLDEST ? running : OLDEST;
	}
	s->ask = (struct ask){.servers = s->servers, .fresh_ms = FRESH_MS, .fn = on_year, .arg = s};
	snprintf(s->ask.path, sizeof(s->ask.path), "%d/Index.json", s->year);
	ask_begin(&s->ask);
}

void search_finish(struct search *s)
{
	ask_cancel(&s->ask);
	s->path[0] = s->broken[0] = '\0';
	s->year = 0;
}
