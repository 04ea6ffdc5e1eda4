/*
 * polling.c - which query is asked when: the one that waits longest, as the budget allows.
 *
 * Periods are stretched by one factor until they fit the limits, so that no collection starves.
 */
#include "source.h"

#include <stdio.h>
#include <string.h>

#define MAX_IN_FLIGHT 3u
#define CALENDAR_S 21600
#define FIND_S 30       /* while there is no session */
#define FIND_LIVE_S 60  /* another session may have begun */
#define FULL_NS (300 * NS_PER_S)
#define LAPS_BEHIND 8   /* corrections and lapped cars */
#define STREAM_S 60     /* the stream tells: REST only fills its gaps */
#define PAST_S 300      /* an hour after the end and more: corrections are rare */
#define PAST_NS (3600 * NS_PER_S)
#define FIRST_GAPS_S 120
#define LEAST_WAIT_NS (10 * NS_PER_MS)
#define MAX_BODY (16u << 20)

struct plan {
	uint8_t collection;
	int16_t period_s;
	int16_t overlap_s; /* asked again from so long before the newest row; 0 = no filter by date */
	bool race_only, telemetry, once, after_end;
};
static const struct plan plans[] = {
	{.collection = OF1_DRIVERS, .period_s = 300},
	{.collection = OF1_RACE_CONTROL, .period_s = 5, .overlap_s = 120},
	{.collection = OF1_POSITION, .period_s = 4, .overlap_s = 10},
	{.collection = OF1_LAPS, .period_s = 5},
	{.collection = OF1_STINTS, .period_s = 8},
	{.collection = OF1_PIT, .period_s = 8},
	{.collection = OF1_INTERVALS, .period_s = 4, .overlap_s = 10, .race_only = true},
	{.collection = OF1_WEATHER, .period_s = 60, .overlap_s = 90},
	{.collection = OF1_MEETINGS, .period_s = 3600, .once = true},
	{.collection = OF1_STARTING_GRID, .period_s = 3600, .race_only = true, .once = true},
	{.collection = OF1_SESSION_RESULT, .period_s = 120, .after_end = true},
	{.collection = OF1_CAR_DATA, .period_s = 5, .overlap_s = 1, .telemetry = true},
	{.collection = OF1_LOCATION, .period_s = 5, .overlap_s = 1, .telemetry = true},
};
#define N_PLANS (sizeof(plans) / sizeof(plans[0]))
_Static_assert(N_PLANS + 3 <= OF_QUERIES, "queries");

static const struct plan *plan_of(const struct of_query *q)
{
	for (size_t i = 0; i < N_PLANS; i++) {
		if (plans[i].collection == q->collection) {
			return &plans[i];
		}
	}
	return NULL;
}

void of_queries_init(struct of_source *src)
{
	memset(src->queries, 0, sizeof(src->queries));
	src->queries[0].kind = OF_Q_CALENDAR;
	src->queries[1].kind = OF_Q_MEETINGS;
	src->queries[1].due_ns = F1P_NEVER_NS; /* behind the calendar */
	src->queries[2].kind = OF_Q_FIND;
	for (size_t i = 0; i < N_PLANS; i++) {
		src->queries[3 + i].kind = OF_Q_ROWS;
		src->queries[3 + i].collection = plans[i].collection;
	}
	for (size_t i = 0; i < OF_QUERIES; i++) {
		src->queries[i].src = src;
		src->queries[i].held_ns = INT64_MIN;
	}
}

static bool is_race(const struct of_source *src)
{
	return of1_session_is_race(src->decoder);
}

/* Whether the query belongs to what is being done now. */
static bool is_active(const struct of_source *src, const struct of_query *q)
{
	const struct plan *p = NULL;

	switch (q->kind) {
	case OF_Q_CALENDAR:
	case OF_Q_MEETINGS:
		return true;
	case OF_Q_FIND:
		return src->phase == OF_FIND || (src->phase == OF_LIVE && src->wanted_key == 0);
	case OF_Q_ROWS:
		break;
	default:
		return false;
	}
	p = plan_of(q);
	if (p == NULL || (p->race_only && !is_race(src)) || (p->telemetry && !src->cfg.telemetry)) {
		return false;
	}
	if (src->phase == OF_LOAD) {
		return !q->loaded && !p->telemetry && !p->after_end;
	}
	return src->phase == OF_LIVE && !(p->once && q->loaded) && (!p->after_end || of1_is_over(src->decoder));
}

static int64_t rows_period_s(const struct of_source *src, const struct plan *p)
{
	bool is_past = of1_is_over(src->decoder) && src->t_end_ns != F1P_UNKNOWN_NS && src->now_ns - src->t_end_ns > PAST_NS;
	int64_t least_s = is_past ? PAST_S : of_stream_is_up(src) ? STREAM_S : 0;

	return p->period_s > least_s ? p->period_s : least_s;
}

static int64_t period_s(const struct of_source *src, const struct of_query *q)
{
	switch (q->kind) {
	case OF_Q_CALENDAR:
	case OF_Q_MEETINGS:
		return CALENDAR_S;
	case OF_Q_FIND:
		return src->phase == OF_FIND ? FIND_S : FIND_LIVE_S;
	default:
		return rows_period_s(src, plan_of(q));
	}
}

bool of_is_loaded(const struct of_source *src)
{
	for (size_t i = 0; i < OF_QUERIES; i++) {
		if (src->queries[i].kind == OF_Q_ROWS && is_active(src, &src->queries[i])) {
			return false;
		}
	}
	return true;
}

static double stretch(const struct of_source *src)
{
	double per_hour = 0;

	for (size_t i = 0; i < OF_QUERIES; i++) {
		const struct of_query *q = &src->queries[i];

		if (q->kind == OF_Q_ROWS && is_active(src, q)) {
			per_hour += 3600.0 / (double)period_s(src, q);
		}
	}
	return budget_stretch(&src->budget, per_hour) * src->slow;
}

/* ---- URLs ---- */

/* What has been seen need not come again. 0 = all. */
static int64_t rows_since_ns(const struct of_source *src, const struct of_query *q, const struct plan *p)
{
	int64_t newest_ns = of1_newest_ns(src->decoder, (enum of1_collection)q->collection);
	int64_t since_ns = 0;
	int64_t end_ns = src->t_end_ns != F1P_UNKNOWN_NS && src->t_end_ns < src->now_ns ? src->t_end_ns : src->now_ns;

	if (p->overlap_s > 0 && newest_ns != F1P_UNKNOWN_NS && src->now_ns < q->full_ns) {
		since_ns = newest_ns - p->overlap_s * NS_PER_S;
	} else if (q->collection == OF1_INTERVALS && src->phase == OF_LOAD) {
		since_ns = end_ns - FIRST_GAPS_S * NS_PER_S; /* only the newest count */
	} else if (p->telemetry) {
		since_ns = src->now_ns - p->period_s * NS_PER_S;
	}
	if (q->window_s > 0 && src->now_ns - q->window_s * NS_PER_S > since_ns) {
		since_ns = src->now_ns - q->window_s * NS_PER_S;
	}
	return since_ns;
}

static bool rows_url(const struct of_source *src, const struct of_query *q, char *url, size_t size)
{
	const struct plan *p = plan_of(q);
	const char *name = of1_collection_name((enum of1_collection)q->collection);
	bool by_meeting = q->collection == OF1_MEETINGS || q->collection == OF1_STARTING_GRID;
	int64_t since_ns = rows_since_ns(src, q, p);
	int32_t lap = of1_leader_lap(src->decoder) - LAPS_BEHIND;
	char time[48];
	int n = snprintf(url, size, "%s/v1/%s?%s=%u", src->base_url, name, by_meeting ? "meeting_key" : "session_key",
		by_meeting ? of1_meeting_key(src->decoder) : src->session_key);

	if (n > 0 && (size_t)n < size && p->overlap_s > 0 && since_ns > 0) {
		url_time(since_ns, time);
		n += snprintf(url + n, size - (size_t)n, "&date%%3E=%s", time);
	} else if (n > 0 && (size_t)n < size && q->collection == OF1_LAPS && lap > 1 && src->now_ns < q->full_ns) {
		n += snprintf(url + n, size - (size_t)n, "&lap_number%%3E=%d", lap);
	}
	return n > 0 && (size_t)n < size;
}

static bool make_url(const struct of_source *src, const struct of_query *q, char *url, size_t size)
{
	switch (q->kind) {
	case OF_Q_CALENDAR:
		return of_calendar_url(src, "sessions", url, size);
	case OF_Q_MEETINGS:
		return of_calendar_url(src, "meetings", url, size);
	case OF_Q_FIND:
		return of_find_url(src, url, size);
	default:
		return rows_url(src, q, url, size);
	}
}

/* ---- asking ---- */

static void ask(struct of_source *src, struct of_query *q)
{
	char url[OF_URL_MAX];
	char bearer[OF_TOKEN_MAX];
	struct f1p_header headers[2] = {{"Accept", "application/json"}, {"Authorization", bearer}};
	bool is_calendar = q->kind == OF_Q_CALENDAR || q->kind == OF_Q_MEETINGS;
	struct f1p_http_request request = {.size = sizeof(request),
		.flags = F1P_HTTPF_NO_RETRY | (is_calendar ? 0 : F1P_HTTPF_NO_STORE),
		.method = F1P_HTTP_GET,
		.priority = is_calendar ? F1P_HTTP_BACKGROUND : F1P_HTTP_NORMAL,
		.url = url,
		.headers = headers,
		.n_headers = token_header(src, bearer, sizeof(bearer)) ? 2 : 1,
		.max_bytes = MAX_BODY,
		.timeout_ms = 20000};

	if (make_url(src, q, url, sizeof(url))) {
		q->request = src->http->request(src->host, &request, of_on_answer, q);
	}
	explicit_bzero(bearer, sizeof(bearer));
	if (q->kind == OF_Q_ROWS && src->now_ns >= q->full_ns) {
		q->full_ns = src->now_ns + FULL_NS;
	}
	q->due_ns = src->now_ns + (int64_t)((double)period_s(src, q) * stretch(src) * (double)NS_PER_S);
	if (q->request != 0) {
		src->in_flight++;
		budget_take(&src->budget, of_real_ns(src));
		if (src->metrics != NULL) {
			src->metrics->put(src->m_requests, 1);
		}
	}
}

static struct of_query *most_overdue(struct of_source *src)
{
	struct of_query *best = NULL;
	int64_t real_ns = of_real_ns(src);

	for (size_t i = 0; i < OF_QUERIES; i++) {
		struct of_query *q = &src->queries[i];

		if (q->request == 0 && q->due_ns <= src->now_ns && q->held_ns <= real_ns && is_active(src, q) && (best == NULL || q->due_ns < best->due_ns)) {
			best = q;
		}
	}
	return best;
}

/* Real time until the next request may go out; <= 0: now. */
static int64_t ready_in_ns(const struct of_source *src)
{
	int64_t real_ns = of_real_ns(src);
	int64_t ready_ns = budget_ready_ns(&src->budget, real_ns);

	return (src->blocked_ns > ready_ns ? src->blocked_ns : ready_ns) - real_ns;
}

void of_ask_due(struct of_source *src)
{
	struct of_query *q = NULL;

	token_step(src);
	if (token_is_wanted(src) && !token_is_valid(src) && !src->token.refused) {
		return; /* what is asked without it would be refused */
	}
	while (src->in_flight < MAX_IN_FLIGHT && ready_in_ns(src) <= 0 && (q = most_overdue(src)) != NULL) {
		ask(src, q);
	}
}

static int64_t token_due_ns(const struct of_source *src)
{
	return src->now_ns + (src->token.t_renew_ns - of_real_ns(src));
}

/* Waits of real time end sooner than this says where a rehearsal's clock runs faster: then it is looked at again. */
int64_t of_next_due_ns(const struct of_source *src)
{
	int64_t next_ns = F1P_NEVER_NS;
	int64_t real_ns = of_real_ns(src);
	int64_t ready_ns = src->now_ns + ready_in_ns(src);

	for (size_t i = 0; i < OF_QUERIES; i++) {
		const struct of_query *q = &src->queries[i];
		int64_t due_ns = q->due_ns;

		if (q->held_ns > real_ns && due_ns < src->now_ns + (q->held_ns - real_ns)) {
			due_ns = src->now_ns + (q->held_ns - real_ns);
		}
		if (q->request == 0 && is_active(src, q) && due_ns < next_ns) {
			next_ns = due_ns;
		}
	}
	if (token_is_wanted(src) && src->token.request == 0) {
		if (!token_is_valid(src) && !src->token.refused) {
			next_ns = token_due_ns(src);
		} else {
			next_ns = token_due_ns(src) < next_ns ? token_due_ns(src) : next_ns;
		}
	}
	if (src->in_flight >= MAX_IN_FLIGHT) {
		return F1P_NEVER_NS; /* the next answer polls us */
	}
	next_ns = next_ns > ready_ns ? next_ns : ready_ns;
	return next_ns < src->now_ns + LEAST_WAIT_NS ? src->now_ns + LEAST_WAIT_NS : next_ns;
}

void of_begin_load(struct of_source *src, const struct f1p_session_plan *plan, const char *row, size_t n)
{
	of_cancel_all(src);
	of_drop_bodies(src);
	src->phase = OF_LOAD;
	src->session_key = plan->session_key;
	src->t_start_ns = plan->t_start_ns;
	src->t_end_ns = plan->t_end_ns;
	of1_set_session(src->decoder, plan->session_key, plan->meeting_key);
	of1_set_silent(src->decoder, true);
	of1_rows(src->decoder, OF1_SESSIONS, row, n, src->now_ns);
	for (size_t i = 0; i < OF_QUERIES; i++) {
		struct of_query *q = &src->queries[i];

		if (q->kind == OF_Q_ROWS) {
			q->due_ns = src->now_ns;
			q->held_ns = INT64_MIN;
			q->full_ns = 0;
			q->window_s = 0;
			q->loaded = false;
			q->failures = 0;
		}
	}
	src->host->log(src->host, F1P_LOG_INFO, "OpenF1: loading session %u (%s, %s)", plan->session_key, plan->name, plan->location);
}

void of_catch_up(struct of_source *src)
{
	for (size_t i = 0; i < OF_QUERIES; i++) {
		if (src->queries[i].kind == OF_Q_ROWS) {
			src->queries[i].due_ns = src->now_ns;
			src->queries[i].full_ns = src->queries[i].collection == OF1_LAPS ? 0 : src->queries[i].full_ns;
		}
	}
}

void of_cancel_all(struct of_source *src)
{
	for (size_t i = 0; i < OF_QUERIES; i++) {
		struct of_query *q = &src->queries[i];

		if (q->request != 0) {
			src->http->cancel(src->host, q->request);
			q->request = 0;
			src->in_flight--;
		}
	}
}
