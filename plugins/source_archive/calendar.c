#include "calendar.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define RANK 3 /* the season's own calendars know more, and earlier */
#define MINUTE_NS (60 * INT64_C(1000000000))
#define EVERY_NS (6 * 60 * MINUTE_NS)
#define AGAIN_NS (15 * MINUTE_NS)

int32_t calendar_year(int64_t t_ns)
{
	time_t t = (time_t)(t_ns / 1000000000);
	struct tm tm;

	return gmtime_r(&t, &tm) ? tm.tm_year + 1900 : 1970;
}

static void publish(struct calendar *c)
{
	uint32_t n = 0;
	struct f1p_session_plan *all = calloc(2 * SESSIONS_MAX, sizeof(*all));

	for (int y = 0; all && y < 2; y++)
		for (uint32_t i = 0; c->years[y] && i < c->years[y]->n; i++)
			all[n++] = c->years[y]->sessions[i].plan;
	if (all && n > 0 && c->schedule->publish(c->servers->host, RANK, all, n) != F1P_OK)
		c->servers->host->log(c->servers->host, F1P_LOG_WARN, "the calendar of %u sessions was not taken", n);
	free(all);
}

static void fail(struct calendar *c, const char *why)
{
	const struct f1p_host *host = c->servers->host;

	c->t_next_ns = host->now_utc_ns(host) + AGAIN_NS;
	if (!c->warned)
		host->log(host, F1P_LOG_WARN, "no calendar: %s; it is tried again every 15 minutes", why);
	c->warned = true;
}

static bool take(struct calendar *c, const struct f1p_http_answer *answer, char *why, size_t why_size)
{
	struct listing *l = calloc(1, sizeof(*l));
	char fault[200];

	if (!l || !listing_read(l, c->year + c->at, answer->body, answer->body_bytes, fault, sizeof(fault))) {
		snprintf(why, why_size, "%s: %s", c->ask.path, l ? fault : "no memory");
		free(l);
		return false;
	}
	if (l->refused)
		c->servers->host->log(c->servers->host, F1P_LOG_WARN, "%s: %u sessions hold what cannot be and are left out",
			c->ask.path, l->refused);
	free(c->years[c->at]);
	c->years[c->at] = l;
	publish(c);
	return true;
}

static void on_year(void *arg, struct ask *ask, enum asked how, const struct f1p_http_answer *answer)
{
	struct calendar *c = arg;
	char why[500];

	snprintf(why, sizeof(why), "%s", ask->why);
	/* the next year comes into being late in this one */
	if (how == ASKED_GOT ? take(c, answer, why, sizeof(why)) : how == ASKED_ABSENT && c->at == 1) {
		c->at++;
		c->warned = false;
	} else {
		fail(c, why);
	}
	if (c->at == 2) {
		c->t_next_ns = c->servers->host->now_utc_ns(c->servers->host) + EVERY_NS;
		c->at = 0;
	}
	c->news(c->arg);
}

static void forget(struct calendar *c)
{
	for (int i = 0; i < 2; i++) {
		free(c->years[i]);
		c->years[i] = NULL;
	}
}

int64_t calendar_go(struct calendar *c, int64_t now_ns)
{
	if (c->ask.id)
		return F1P_NEVER_NS;
	if (calendar_year(now_ns) != c->year) {
		forget(c);
		c->year = calendar_year(now_ns);
		c->at = 0;
		c->t_next_ns = now_ns;
	}
	if (now_ns < c->t_next_ns)
		return c->t_next_ns;
	c->ask = (struct ask){.servers = c->servers, .fn = on_year, .arg = c};
	snprintf(c->ask.path, sizeof(c->ask.path), "%d/Index.json", c->year + c->at);
	ask_begin(&c->ask);
	return c->ask.id ? F1P_NEVER_NS : c->t_next_ns;
}

void calendar_finish(struct calendar *c)
{
	ask_cancel(&c->ask);
	forget(c);
	c->year = 0;
}
