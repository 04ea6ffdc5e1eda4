/*
 * page.h - one answer of Jolpica (or any server of the Ergast shapes) into rows of the history, or into races of a calendar.
 */
#ifndef ERGAST_PAGE_H
#define ERGAST_PAGE_H

#include <f1pd/f1pd.h>

#define PAGE_SIZE 100      /* rows that are asked for at once: the server's most */
#define RACES_MAX 40       /* of a season */
#define SESSIONS_MAX 8     /* of a weekend */
#define ROWS_MAX (8u << 20) /* bytes of one resource */

enum kind {
	KIND_CALENDAR = 1,
	KIND_QUALIFYING,
	KIND_SPRINT,
	KIND_RESULTS,
	KIND_STOPS, /* before the laps, which take their in and out laps from it */
	KIND_LAPS,
	KIND_DRIVER_STANDINGS,
	KIND_CONSTRUCTOR_STANDINGS,
	KINDS
};

struct want {
	enum kind kind;
	int32_t season, round; /* round 0: the calendar */
};

struct rows {
	unsigned char *bytes; /* contiguous, each row.size long */
	size_t n_bytes, cap;
	uint32_t n;
};
bool rows_add(struct rows *, const void *row); /* false: no memory, or over ROWS_MAX */
void rows_clear(struct rows *);                /* frees */

struct race {
	int32_t round;
	int64_t t_race_ns; /* its start; the end of its day where no hour is given; F1P_UNKNOWN_NS */
	int64_t t_qualifying_ns, t_sprint_ns; /* F1P_UNKNOWN_NS */
	struct f1p_hist_race row;
	struct f1p_session_plan plans[SESSIONS_MAX];
	uint32_t n_plans;
};
struct calendar {
	struct race races[RACES_MAX];
	size_t n;
};

struct page {
	int32_t limit, offset, total; /* as the answer says; total counts rows */
	int32_t seen;                 /* rows of this page, bad ones too */
};

/* Path behind the base URL: "2023/5/laps/"; calendar "2023/races/". */
void want_path(const struct want *, char *out, size_t size);
/* For people: "2023 round 5: lap times". */
void want_name(const struct want *, char *out, size_t size);

/* Adds to rows or, for KIND_CALENDAR, to calendar (the other may be NULL). False with one line in why: no JSON, no answer of the
 * kind that was asked for, or about another race. */
bool page_read(const struct want *, const char *body, size_t n, struct page *, struct rows *, struct calendar *, char *why,
	size_t why_size);

/* For page_rows.c and page_calendar.c. */
struct f1p_json_slice;
typedef bool (*row_fn)(const struct want *, struct f1p_json_slice element, struct rows *);
bool row_of_result(const struct want *, struct f1p_json_slice, struct rows *);
bool row_of_qualifying(const struct want *, struct f1p_json_slice, struct rows *);
bool row_of_stop(const struct want *, struct f1p_json_slice, struct rows *);
bool row_of_driver_standing(const struct want *, struct f1p_json_slice, struct rows *);
bool row_of_constructor_standing(const struct want *, struct f1p_json_slice, struct rows *);
bool row_of_timing(const struct want *, int32_t lap, struct f1p_json_slice, struct rows *);
bool calendar_add(int32_t season, struct f1p_json_slice race, struct calendar *);

#endif
