/*
 * query.h - the filters of an OpenF1 query, and whether a row passes them.
 *
 * "driver_number=1&date>=2024-03-02T15:00:00&lap_number%3C10": conditions on the same field are alternatives, but a lower and an
 * upper bound make one range, paired in the order given; those on different fields must all hold. A null, a list and a field that
 * the row does not have meet no condition. Values are read as what the field is: a number, yes or no, a text, or a time; a date
 * alone is the whole UTC day.
 */
#ifndef QUERY_H
#define QUERY_H

#include <rows.h>

#define QUERY_CONDITIONS 32u
#define QUERY_NAME_MAX 40u
#define QUERY_VALUE_MAX 128u

enum query_operator { QUERY_EQUAL = 1, QUERY_LESS, QUERY_AT_MOST, QUERY_MORE, QUERY_AT_LEAST };

struct query_condition {
	char name[QUERY_NAME_MAX];
	char text[QUERY_VALUE_MAX];
	uint8_t operator; /* enum query_operator */
	uint8_t pair;	  /* 1 + index of the other bound of the range; 0 = stands alone */
	bool has_number;
	int64_t number; /* millionths */
	uint8_t truth;	/* enum f1p_tri; 0 = neither */
	bool has_time;
	int64_t from_us, to_us; /* UTC; a day is to_us - from_us long, a moment is 1 */
};

struct query {
	struct query_condition conditions[QUERY_CONDITIONS];
	uint32_t n;
	bool csv;
};

/* text: behind '?', as it came. False: it cannot be read; *why is then a static text for the client. */
bool query_read(struct query *, const char *text, const char **why);
/* Puts the key in the place of "latest", of all conditions on that field. 0: there is none, so nothing passes. */
void query_set_latest(struct query *, const char *name, uint32_t key);
bool query_passes(const struct query *, const struct openf1_field *fields, size_t n);

#endif
