/*
 * answers.c - what the server answered, and what follows from it.
 */
#include "source.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROWS_AT_ONCE 8u
#define ROWS_PER_POLL 128u
#define LOCKED_NS (120 * NS_PER_S)
#define SLOW_DOWN_NS (10 * NS_PER_S) /* twice as long each time in a row */
#define SLOW_DOWN_MAX_NS (300 * NS_PER_S)
#define SLOWEST 8.0
#define LOST_AFTER 3u     /* failures in a row */
#define GIVE_UP_LOADING 4u
#define RETRY_NS (2 * NS_PER_S)
#define RETRY_MAX_NS (120 * NS_PER_S)
#define FIRST_WINDOW_S 600
#define LEAST_WINDOW_S 30

/* ---- rows ---- */

static bool is_array(const char *body, size_t n)
{
	size_t at = strspn(body, " \t\r\n");

	return at < n && body[at] == '[';
}

static bool keep_body(struct of_source *src, struct of_query *q, const char *text, size_t n)
{
	struct of_body *body = malloc(sizeof(*body) + n + 1);

	if (body == NULL) {
		return false;
	}
	memcpy(body->text, text, n);
	body->text[n] = '\0';
	body->next = NULL;
	body->query = q;
	if (!f1p_json_cut_begin(&body->cutter, body->text, n)) {
		free(body);
		return false;
	}
	if (src->last != NULL) {
		src->last->next = body;
	} else {
		src->first = body;
	}
	src->last = body;
	return true;
}

static void drop_first(struct of_source *src)
{
	struct of_body *body = src->first;

	src->first = body->next;
	src->last = src->first != NULL ? src->last : NULL;
	free(body);
}

void of_drop_bodies(struct of_source *src)
{
	while (src->first != NULL) {
		drop_first(src);
	}
}

static void failed(struct of_source *src, struct of_query *q, const char *what);

/* Says that the source lives, at the time of its newest news, so that later rows with older dates keep theirs. */
static void tell_alive(struct of_source *src)
{
	struct f1p_event beat = {.size = sizeof(beat), .space = F1P_SPACE_CORE, .type = F1P_EV_HEARTBEAT};

	beat.t_event_ns = of1_told_ns(src->decoder);
	if (src->phase == OF_LIVE && src->now_ns - src->t_alive_ns >= NS_PER_S && beat.t_event_ns > 0 && !of1_has_more(src->decoder)) {
		src->t_alive_ns = src->now_ns;
		of_emit(src, &beat);
	}
}

static void rows_done(struct of_source *src, struct of_query *q)
{
	q->loaded = true;
	q->failures = 0;
	q->repeats = (struct f1p_repeats){0};
	q->window_s = 0;
	src->failures = 0;
	if (src->phase != OF_LIVE) {
		return;
	}
	of1_flush(src->decoder, src->now_ns);
	tell_alive(src);
	if (src->link != F1P_LINK_UP && !src->greeting) {
		of_tell_link(src, F1P_LINK_UP, "OpenF1 answers");
	}
}

/* Until the time is used up, or the answer. */
static f1p_status some_rows(struct of_source *src, struct of_body *body)
{
	int64_t end_ns = src->host->now_mono_ns(src->host) + OF_SLICE_NS;
	f1p_status status = F1P_OK;

	for (uint32_t rows = 0; status == F1P_OK && rows < ROWS_PER_POLL; rows += ROWS_AT_ONCE) {
		status = of1_some_rows(src->decoder, (enum of1_collection)body->query->collection, &body->cutter, ROWS_AT_ONCE, src->now_ns);
		if (src->host->now_mono_ns(src->host) >= end_ns) {
			break;
		}
	}
	return status;
}

void of_decode(struct of_source *src)
{
	struct of_body *body = src->first;
	f1p_status status = F1P_OK;
	struct of_query *q = NULL;

	if (body == NULL) {
		return;
	}
	q = body->query;
	status = some_rows(src, body);
	if (status == F1P_OK) {
		return;
	}
	drop_first(src);
	if (status == F1P_END) {
		rows_done(src, q);
	} else { /* what came before the cut is good, and is kept */
		of1_flush(src->decoder, src->now_ns);
		failed(src, q, "the answer is cut off");
	}
}

/* ---- judgement ---- */

static const char *name_of(const struct of_query *q)
{
	switch (q->kind) {
	case OF_Q_CALENDAR:
		return "sessions of the year";
	case OF_Q_MEETINGS:
		return "meetings of the year";
	case OF_Q_FIND:
		return "sessions";
	default:
		return of1_collection_name((enum of1_collection)q->collection);
	}
}

/* level: enum f1p_log_level */
static void failed_at(struct of_source *src, struct of_query *q, const char *what, int level)
{
	int64_t wait_ns = RETRY_NS << (q->failures < 6 ? q->failures : 6);

	q->failures++;
	wait_ns = wait_ns < RETRY_MAX_NS ? wait_ns : RETRY_MAX_NS;
	q->due_ns = src->now_ns;
	q->held_ns = of_real_ns(src) + wait_ns;
	src->host->log(src->host, level, "OpenF1: %s: %s; next try in %d s", name_of(q), what, (int)(wait_ns / NS_PER_S));
	if (q->kind != OF_Q_ROWS) {
		return;
	}
	if (src->phase == OF_LOAD && q->failures >= GIVE_UP_LOADING) {
		q->loaded = true; /* go on without; it is asked for again while the session runs */
	}
	if (++src->failures >= LOST_AFTER && src->phase == OF_LIVE && src->link == F1P_LINK_UP && !of_stream_is_up(src)) {
		of_tell_link(src, F1P_LINK_DOWN, what);
	}
}

static void failed(struct of_source *src, struct of_query *q, const char *what)
{
	failed_at(src, q, what, f1p_repeats_level(&q->repeats, what));
}

/* One line for the server, not one for each collection. */
static void unanswered(struct of_source *src, struct of_query *q, const struct f1p_http_answer *answer)
{
	const char *what = answer->reason[0] != '\0' ? answer->reason : "no answer";
	const char *behind_url = strstr(what, ": ");
	bool asked = answer->error != F1P_AGAIN; /* else nothing new is known */

	failed_at(src, q, what, f1p_repeats_level(&src->silent, !asked ? NULL : behind_url != NULL ? behind_url : what));
}

static void refused(struct of_source *src, struct of_query *q, const struct f1p_http_answer *a)
{
	bool locked = strstr(a->body, "Session in progress") != NULL;

	if (token_is_valid(src)) {
		token_rejected(src);
		of_tell_link(src, F1P_LINK_REFUSED, "OpenF1 does not take the access token; a new one is asked for");
		src->blocked_ns = of_real_ns(src) + RETRY_NS;
	} else {
		of_tell_link(src, F1P_LINK_REFUSED,
			locked ? "live data needs a paid OpenF1 account: set username and password; without one OpenF1 answers again "
				 "after the session"
			       : "OpenF1 asks for an account: set username and password");
		src->blocked_ns = of_real_ns(src) + LOCKED_NS;
	}
	q->due_ns = src->now_ns;
}

/* Several that were under way together count once. */
static void slow_down(struct of_source *src, struct of_query *q, const struct f1p_http_answer *a)
{
	int64_t real_ns = of_real_ns(src);
	int64_t wait_ns = SLOW_DOWN_NS << (src->pauses < 5 ? src->pauses : 5);
	bool known = src->pauses > 0 && real_ns < src->blocked_ns;

	wait_ns = wait_ns < SLOW_DOWN_MAX_NS ? wait_ns : SLOW_DOWN_MAX_NS;
	if (a->retry_after_ms != F1P_UNKNOWN_NS && a->retry_after_ms > 0) {
		wait_ns = a->retry_after_ms * NS_PER_MS;
	} else if (known) {
		wait_ns = src->blocked_ns - real_ns;
	}
	q->due_ns = src->now_ns;
	src->blocked_ns = src->blocked_ns > real_ns + wait_ns ? src->blocked_ns : real_ns + wait_ns;
	if (known) {
		return;
	}
	src->pauses++;
	src->slow = src->slow * 1.5 < SLOWEST ? src->slow * 1.5 : SLOWEST;
	src->host->log(src->host, f1p_repeats_level(&src->throttled, ""), "OpenF1 says too many requests: %d s pause, then %.1f times slower",
		(int)(wait_ns / NS_PER_S), src->slow);
}

/* Too much at once: ask for the newest part only. */
static void narrow(struct of_source *src, struct of_query *q)
{
	if (q->kind == OF_Q_ROWS && q->window_s != LEAST_WINDOW_S) {
		q->window_s = q->window_s == 0 ? FIRST_WINDOW_S : q->window_s / 2 > LEAST_WINDOW_S ? q->window_s / 2 : LEAST_WINDOW_S;
		q->due_ns = src->now_ns;
		return;
	}
	failed(src, q, "status 422, even for the shortest time");
}

static void empty(struct of_source *src, struct of_query *q)
{
	if (q->kind == OF_Q_ROWS) {
		rows_done(src, q);
	} else if (q->kind == OF_Q_FIND) {
		of_found(src, "[]", 2);
	} else if (q->kind == OF_Q_MEETINGS) {
		of_take_meetings(src, "[]", 2);
	}
	q->failures = 0;
}

static void accepted(struct of_source *src, struct of_query *q, const char *body, size_t n)
{
	src->pauses = 0;
	src->slow = src->slow > 1.02 ? src->slow * 0.98 : 1;
	if (src->slow <= 1) {
		src->throttled = (struct f1p_repeats){0};
	}
	if (!is_array(body, n)) {
		failed(src, q, "the answer is no JSON array");
		return;
	}
	if (q->kind != OF_Q_ROWS) {
		q->failures = 0;
		q->repeats = (struct f1p_repeats){0};
	}
	switch (q->kind) {
	case OF_Q_CALENDAR:
		src->queries[1].due_ns = of_take_calendar(src, body, n) ? src->now_ns : F1P_NEVER_NS;
		break;
	case OF_Q_MEETINGS:
		of_take_meetings(src, body, n);
		q->due_ns = F1P_NEVER_NS;
		break;
	case OF_Q_FIND:
		of_found(src, body, n);
		break;
	default:
		if (!keep_body(src, q, body, n)) {
			failed(src, q, "out of memory");
		}
		break;
	}
}

static void judge(struct of_source *src, struct of_query *q, const struct f1p_http_answer *a)
{
	char what[120];

	if (a->error != F1P_OK) {
		unanswered(src, q, a);
		return;
	}
	src->silent = (struct f1p_repeats){0};
	if (a->status == 200) {
		accepted(src, q, a->body, a->body_bytes);
	} else if (a->status == 404) {
		empty(src, q);
	} else if (a->status == 401 || a->status == 403) {
		refused(src, q, a);
	} else if (a->status == 429) {
		slow_down(src, q, a);
	} else if (a->status == 422) {
		narrow(src, q);
	} else {
		snprintf(what, sizeof(what), "the server answered with status %u", a->status);
		failed(src, q, what);
	}
}

void of_on_answer(void *arg, const struct f1p_http_answer *a)
{
	struct of_query *q = arg;
	struct of_source *src = q->src;

	q->request = 0;
	src->in_flight--;
	src->now_ns = src->host->now_utc_ns(src->host);
	judge(src, q, a);
	if (src->wake != NULL) {
		src->wake->poll_soon(src->host);
	}
}
