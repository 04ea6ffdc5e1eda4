/*
 * find.c - when to be connected, and which session is the one.
 */
#include "source.h"

#include <stdio.h>
#include <string.h>

#define BEFORE_NS (5400 * NS_PER_S)  /* data comes from an hour before a race */
#define AFTER_NS (3 * 3600 * NS_PER_S)
#define LENGTH_NS (4 * 3600 * NS_PER_S) /* where the end is not known */
#define YEAR_NS (INT64_C(31556952) * NS_PER_S)

static void schedule_now(const struct of_source *src, struct f1p_schedule_now *now)
{
	*now = (struct f1p_schedule_now){.size = sizeof(*now)};
	if (src->schedule != NULL) {
		src->schedule->now(src->host, now);
	}
}

bool of_is_wanted(const struct of_source *src)
{
	struct f1p_schedule_now now;

	if (strcmp(src->cfg.connect, "always") == 0 || src->schedule == NULL) {
		return true;
	}
	schedule_now(src, &now);
	return now.mode == F1P_SEASON_BEFORE || now.mode == F1P_SEASON_LIVE || now.mode == F1P_SEASON_AFTER;
}

static bool runs_at(int64_t t_start_ns, int64_t t_end_ns, int64_t now_ns)
{
	int64_t end_ns = t_end_ns != F1P_UNKNOWN_NS ? t_end_ns : t_start_ns + LENGTH_NS;

	return now_ns >= t_start_ns - BEFORE_NS && now_ns <= end_ns + AFTER_NS;
}

/* The session of the calendar that runs, or comes next within the hour; 0 = none. */
static uint32_t key_by_calendar(const struct of_source *src)
{
	const struct f1p_session_plan *best = NULL;

	for (uint32_t i = 0; i < src->n_plans; i++) {
		const struct f1p_session_plan *p = &src->plans[i];
		bool running = p->cancelled != F1P_YES && runs_at(p->t_start_ns, p->t_end_ns, src->now_ns);

		if (running && (best == NULL || p->t_start_ns > best->t_start_ns)) {
			best = p;
		}
	}
	return best != NULL ? best->session_key : 0;
}

static uint32_t key_by_schedule(const struct of_source *src)
{
	struct f1p_schedule_now now;

	schedule_now(src, &now);
	return now.has_session == F1P_YES && now.mode != F1P_SEASON_IDLE ? now.session.session_key : 0;
}

bool of_find_url(const struct of_source *src, char *url, size_t size)
{
	uint32_t key = src->wanted_key;
	int n = 0;

	if (strcmp(src->cfg.session, "auto") == 0) {
		key = key_by_schedule(src);
		key = key != 0 ? key : key_by_calendar(src);
	}
	n = key != 0 ? snprintf(url, size, "%s/v1/sessions?session_key=%u", src->base_url, key)
		     : snprintf(url, size, "%s/v1/sessions?session_key=latest", src->base_url);
	return n > 0 && (size_t)n < size;
}

/* The newest of the rows that is acceptable. `latest` names the session before until a minute before the start. */
void of_found(struct of_source *src, const char *body, size_t n)
{
	struct f1p_session_plan plans[8];
	const struct f1p_session_plan *best = NULL;
	int count = of1_read_plans(body, n, plans, 8);
	bool any = strcmp(src->cfg.session, "auto") != 0;

	for (int i = 0; i < count; i++) {
		const struct f1p_session_plan *p = &plans[i];

		if (p->session_key != 0 && (any || runs_at(p->t_start_ns, p->t_end_ns, src->now_ns)) &&
			(best == NULL || p->t_start_ns > best->t_start_ns)) {
			best = p;
		}
	}
	if (best == NULL) {
		if (src->phase == OF_FIND) {
			of_tell_link(src, F1P_LINK_CONNECTING, "OpenF1 knows of no session that runs now");
		}
		return;
	}
	if (best->session_key != src->session_key || src->phase == OF_FIND) {
		of_begin_load(src, best, body, n);
		return;
	}
	src->t_start_ns = best->t_start_ns;
	src->t_end_ns = best->t_end_ns;
	if (of1_has_more(src->decoder)) {
		return; /* what is half told would have to be told at once; this comes again in a minute */
	}
	of1_rows(src->decoder, OF1_SESSIONS, body, n, src->now_ns); /* its times may have been moved */
	if (src->phase == OF_LIVE) {
		of1_flush(src->decoder, src->now_ns);
	}
}

/* ---- calendar ---- */

bool of_calendar_url(const struct of_source *src, const char *collection, char *url, size_t size)
{
	int year = (int)(1970 + src->now_ns / YEAR_NS);
	int n = snprintf(url, size, "%s/v1/%s?year=%d", src->base_url, collection, year);

	return n > 0 && (size_t)n < size;
}

bool of_take_calendar(struct of_source *src, const char *body, size_t n)
{
	int count = of1_read_plans(body, n, src->plans, OF_MAX_PLANS);

	src->n_plans = count > 0 ? (uint32_t)count : 0;
	return count > 0;
}

void of_take_meetings(struct of_source *src, const char *body, size_t n)
{
	if (!of1_name_meetings(body, n, src->plans, src->n_plans)) {
		src->host->log(src->host, F1P_LOG_WARN, "OpenF1's list of meetings is no JSON array: the calendar goes without names");
	}
	if (src->schedule != NULL && src->n_plans > 0 &&
		src->schedule->publish(src->host, 2, src->plans, src->n_plans) != F1P_OK) {
		src->host->log(src->host, F1P_LOG_WARN, "the calendar of OpenF1 was not taken");
	}
}
