/*
 * source.h - the inside of source_openf1.
 *
 * A query is one thing that is asked for again and again: the calendar, the session, each collection. polling.c asks the one that
 * waits longest, as the budget allows; answers.c judges what comes back; rows wait in `bodies` and are decoded in slices by poll().
 */
#ifndef OF_SOURCE_H
#define OF_SOURCE_H

#include <f1pd/f1pd.h>
#include <helpers/repeats.h>
#include <openf1.h>

#include "budget.h"
#include "token.h"
#include "url.h"

#define NS_PER_MS INT64_C(1000000)
#define NS_PER_S INT64_C(1000000000)
#define OF_MAX_PLANS 256u
#define OF_SLICE_NS (NS_PER_MS / 2) /* of work at a time: the loop waits */

struct of_config {
	const char *base_url, *username, *password;
	const char *mqtt, *mqtt_host, *ca_file;
	int64_t mqtt_port;
	bool mqtt_tls;
	const char *session, *connect, *limits;
	int64_t limit_per_second, limit_per_minute;
	bool telemetry;
};

enum of_query_kind { OF_Q_CALENDAR = 1, OF_Q_MEETINGS, OF_Q_FIND, OF_Q_ROWS };

struct of_source;
struct of_query {
	struct of_source *src;
	uint64_t request; /* 0 = none under way */
	int64_t due_ns;
	int64_t full_ns;  /* next time without a filter */
	int64_t window_s; /* after 422: not further back than this; 0 = all */
	uint8_t kind;     /* enum of_query_kind */
	uint8_t collection; /* enum of1_collection */
	bool loaded;
	int64_t held_ns;   /* real time: not before */
	uint32_t failures; /* in a row */
	struct f1p_repeats repeats; /* of answers that are of no use */
};
#define OF_QUERIES (3u + OF1_SESSION_RESULT + 1u)

/* An answer whose rows are not all decoded. */
struct of_body {
	struct of_body *next;
	struct of_query *query;
	struct f1p_json_cutter cutter;
	char text[];
};

enum of_phase { OF_OFF = 1, OF_FIND, OF_LOAD, OF_LIVE };

struct of_source {
	struct f1p_plugin plugin;
	const struct f1p_host *host;
	const struct f1p_bus *bus;
	const struct f1p_http *http;         /* may be NULL, likewise below */
	const struct f1p_schedule *schedule;
	const struct f1p_history *history;
	const struct f1p_wake *wake;
	const struct f1p_threads *threads;
	const struct f1p_metrics *metrics;
	struct of_config cfg;
	char base_url[OF_URL_MAX / 2];
	char authority[256];
	uint32_t wanted_key; /* session = KEY */
	struct budget budget;
	struct token token;
	struct of1_decoder *decoder;

	uint8_t phase; /* enum of_phase */
	int64_t now_ns;
	uint32_t session_key;
	int64_t t_start_ns, t_end_ns;
	struct of_query queries[OF_QUERIES];
	uint32_t in_flight;
	struct of_body *first, *last;
	double slow;            /* after 429: periods are longer by this */
	uint32_t pauses;        /* for 429 in a row */
	int64_t blocked_ns;     /* real time: nothing is asked before */
	struct f1p_repeats silent, throttled; /* no answer at all; 429 */
	uint32_t failures;      /* of rows, in a row */
	bool greeting;          /* the link is up, to be told behind the snapshot */
	uint8_t link;           /* enum f1p_link_condition, as told */
	int64_t t_alive_ns;     /* newest sign of life told */
	uint64_t emitted, refused;

	struct f1p_session_plan plans[OF_MAX_PLANS];
	uint32_t n_plans;

	struct of_stream *stream; /* NULL = off */
	struct f1p_metric *m_requests, *m_rows, *m_lag;
};

/* source_openf1.c */
f1p_status of_emit(void *src, const struct f1p_event *);
void of_tell_link(struct of_source *, uint8_t condition, const char *text); /* once per change */

/* Real time: the network is paced by it, also when a rehearsal's clock runs faster. */
int64_t of_real_ns(const struct of_source *);

/* polling.c */
void of_queries_init(struct of_source *);
void of_begin_load(struct of_source *, const struct f1p_session_plan *, const char *row, size_t n);
void of_ask_due(struct of_source *);
void of_catch_up(struct of_source *); /* everything is due, without filters */
int64_t of_next_due_ns(const struct of_source *);
bool of_is_loaded(const struct of_source *); /* no collection is missing for the snapshot */
void of_cancel_all(struct of_source *);

/* answers.c */
void of_on_answer(void *query, const struct f1p_http_answer *);
void of_decode(struct of_source *); /* a slice of what waits */
void of_drop_bodies(struct of_source *);

/* find.c: which session, and the calendar */
bool of_is_wanted(const struct of_source *); /* by `connect` and the schedule */
bool of_find_url(const struct of_source *, char *url, size_t size);
bool of_calendar_url(const struct of_source *, const char *collection, char *url, size_t size);
void of_found(struct of_source *, const char *body, size_t n);
bool of_take_calendar(struct of_source *, const char *body, size_t n);
void of_take_meetings(struct of_source *, const char *body, size_t n);

/* distance.c: tells the decoder how many laps the race has, if nobody else does */
void of_estimate_laps(struct of_source *);

/* stream.c */
struct of_stream;
f1p_status of_stream_create(struct of_source *);
void of_stream_destroy(struct of_source *);
void of_stream_step(struct of_source *);
void of_stream_close(struct of_source *);
bool of_stream_is_up(const struct of_source *);
/* Decodes a slice of what has come; true if more waits. */
bool of_stream_drain(struct of_source *);

#endif
