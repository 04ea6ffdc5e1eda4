/*
 * plan.h - one session of a calendar: its fields with their ranges, when two are the same session, what one lends to another.
 *
 * One table of fields serves the check, the merge and the file on disk.
 */
#ifndef SCHEDULE_PLAN_H
#define SCHEDULE_PLAN_H

#include <f1pd/season.h>

#define SEC_NS INT64_C(1000000000)
#define MIN_NS (60 * SEC_NS)
#define HOUR_NS (60 * MIN_NS)
#define DAY_NS (24 * HOUR_NS)
#define PLAN_REQUIRED INT64_MAX /* as `unknown`: the field must be known */

enum plan_kind { PLAN_U8 = 1, PLAN_U16, PLAN_U32, PLAN_I32, PLAN_I64, PLAN_TEXT };

struct plan_field {
	const char *name;
	uint32_t offset;
	uint32_t bytes; /* of a text, NUL included */
	uint8_t kind;
	int64_t low, high; /* of known numbers */
	int64_t unknown;
};

extern const struct plan_field plan_fields[];
extern const size_t plan_n_fields;

/* All unknown; year, type and t_start_ns, which must be known, are 0. */
void plan_init(struct f1p_session_plan *);
int64_t plan_get(const struct f1p_session_plan *, const struct plan_field *);
void plan_put(struct f1p_session_plan *, const struct plan_field *, int64_t);
/* False with a reason that names the field: out of range, not UTF-8, not terminated, an end before the start. */
bool plan_check(const struct f1p_session_plan *, char *why, size_t why_size);
bool plan_same(const struct f1p_session_plan *, const struct f1p_session_plan *);
/* Fields that *to does not know are taken from *from, which is the same session. */
void plan_fill(struct f1p_session_plan *to, const struct f1p_session_plan *from);
/* Scheduled end, or start + the usual length of such a session. */
int64_t plan_end_ns(const struct f1p_session_plan *);
/* When it is over at the latest, as long as no feed tells. */
int64_t plan_limit_ns(const struct f1p_session_plan *);
/* Of a checked plan, so that equal plans are equal bytes. */
void plan_copy(struct f1p_session_plan *to, const struct f1p_session_plan *from);
bool plan_is_race(const struct f1p_session_plan *); /* race or sprint */
uint16_t plan_year_of(int64_t utc_ns);

#endif
