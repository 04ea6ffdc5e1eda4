/*
 * rows.h - OpenF1 collections out of f1pd events: the decoder's counterpart.
 *
 * Takes events in order, keeps what each collection holds so far, and hands out rows as lists of fields in alphabetical order;
 * knows neither files nor sockets. Bounded: a collection that is full takes no more rows, which are counted.
 *
 * Rows of car_data, intervals, location, position, race_control and weather are told once and stand; those of the others are the
 * newest version of what they describe. Not thread-safe: one object, one thread.
 */
#ifndef OPENF1_ROWS_H
#define OPENF1_ROWS_H

#include "openf1.h"

#include <helpers/json_writer.h>

enum openf1_kind {
	OPENF1_NULL = 1,
	OPENF1_INT,	/* value */
	OPENF1_DECIMAL, /* value / 10^decimals */
	OPENF1_BOOL,	/* value */
	OPENF1_TEXT,	/* text, NUL-terminated */
	OPENF1_TIME,	/* value: UTC, nanoseconds since 1970 */
	OPENF1_CODES,	/* codes[value]: a list of whole numbers */
	OPENF1_SECONDS	/* ms[value]: a list of durations, told in seconds; F1P_UNKNOWN is null */
};
struct openf1_field {
	const char *name; /* static */
	uint32_t kind;	  /* enum openf1_kind */
	int32_t decimals;
	int64_t value;
	const char *text;      /* lent for the call */
	const uint16_t *codes; /* lent for the call */
	const int32_t *ms;     /* lent for the call */
};

struct openf1_rows;

struct openf1_rows *openf1_rows_create(void);	/* NULL when memory is short */
void openf1_rows_destroy(struct openf1_rows *); /* accepts NULL */
void openf1_rows_clear(struct openf1_rows *);	/* forgets everything */

/* From now on no row of car_data and location is kept: they are most of what there is. */
void openf1_rows_leave_out_telemetry(struct openf1_rows *);
/* What was told of the session; NULL: nothing yet. */
const struct f1p_ev_session *openf1_rows_session(const struct openf1_rows *);

/* F1P_OK, also for events that no collection is made of; F1P_ENOMEM: the row is lost, the rest goes on. */
f1p_status openf1_rows_take(struct openf1_rows *, const struct f1p_event *);

/* Calls fn for every row of the collection, in order of time, then of car; it stops when fn returns false. False if it did, or if
 * memory is short. */
typedef bool (*openf1_row_fn)(void *arg, const struct openf1_field *fields, size_t n);
bool openf1_rows_each(const struct openf1_rows *, enum of1_collection, openf1_row_fn fn, void *arg);
/* The same with what was known at that event time: later rows are left out, what became known later of a row is null. What was
 * corrected since is unknown until its correction. F1P_UNKNOWN_NS = all. */
bool openf1_rows_each_until(const struct openf1_rows *, enum of1_collection, int64_t until_ns, openf1_row_fn fn, void *arg);
/* The row of `sessions` or `meetings` for a session of the calendar. */
bool openf1_plan_row(const struct f1p_session_plan *, enum of1_collection, openf1_row_fn fn, void *arg);

/* Rows that found no room. */
uint64_t openf1_rows_lost(const struct openf1_rows *);

/* One row as a JSON object. */
void openf1_row_json(struct f1p_json *, const struct openf1_field *fields, size_t n);
/* One row as a line of CSV, or the line of its names. False: a text does not fit. */
typedef void (*openf1_put_fn)(void *arg, const char *bytes, size_t n);
bool openf1_row_csv(openf1_put_fn put, void *arg, const struct openf1_field *fields, size_t n);
void openf1_names_csv(openf1_put_fn put, void *arg, const struct openf1_field *fields, size_t n);
/* One field as the text of a CSV cell, without quotes; "" for null. False: the text does not fit. */
bool openf1_field_text(const struct openf1_field *, char *out, size_t size);

#endif
