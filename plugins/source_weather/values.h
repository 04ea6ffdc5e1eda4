/*
 * values.h - reads a weather service's JSON: every single value with the path that leads to it, and numbers as scaled integers.
 */
#ifndef WEATHER_VALUES_H
#define WEATHER_VALUES_H

#include <f1pd/base.h>

#define PATH_DEPTH 6

struct step_of_path { /* a key of an object, or an index of an array */
	char key[32]; /* "" in arrays */
	uint32_t index;
};
struct path {
	uint32_t depth;
	struct step_of_path at[PATH_DEPTH];
};

enum value_kind { VALUE_NULL = 1, VALUE_NUMBER, VALUE_TEXT, VALUE_TRUE, VALUE_FALSE };

/* Called for every value that is neither object nor array; text as in json_reader.h. Values deeper than PATH_DEPTH are left out.
 */
typedef void (*value_fn)(void *arg, const struct path *, enum value_kind, const char *text, size_t n);

/* As f1p_json_read(); F1P_EINVAL also when the top is not an object. */
f1p_status values_read(const char *text, size_t n, value_fn fn, void *arg, char *err, size_t err_size);

/* True if the path is exactly these keys; "*" stands for any index of an array. */
bool path_is(const struct path *, const char *a, const char *b, const char *c, const char *d); /* NULL = no more */

/* "12.345" with 1 decimal -> 123: rounded half away from zero. False if malformed or over 10^15. */
bool scaled_number(const char *text, size_t n, int decimals, int64_t *out);

#endif
