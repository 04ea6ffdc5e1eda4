/*
 * params.h - what a model learnt, as named arrays of numbers, and their text in the model file.
 *
 * Not thread-safe; one owner. Values are finite. Names: 1 to 63 printable ASCII characters but the quote and the backslash.
 */
#ifndef LEARN_PARAMS_H
#define LEARN_PARAMS_H

#include <stdbool.h>
#include <stddef.h>

#define PARAMS_MAX_NAMES 4096u
#define PARAMS_MAX_NUMBERS 1000000u
#define PARAMS_MAX_TEXT (4u << 20)
#define PARAMS_MAX_NAME 64u /* with the NUL */

struct params;

struct params *params_create(void); /* NULL: memory */
void params_destroy(struct params *); /* NULL is fine */

/* Copies; replaces. False: no memory, a bad name, a value that is not finite, or more than the limits above. n may be 0. */
bool params_set(struct params *, const char *name, const double *v, size_t n);
/* Lent until the next params_set(). NULL: missing, or of another length. */
const double *params_get(const struct params *, const char *name, size_t n);
size_t params_length(const struct params *, const char *name); /* 0: missing */
/* The i-th name, in byte order; NULL: there are fewer. Lent until the next params_set(). */
const char *params_name(const struct params *, size_t i);

/* One JSON object {"name":[..],..}, names in byte order, numbers with 9 significant digits: the same text for the same values. */
void params_write(const struct params *, void (*write)(void *arg, const void *bytes, size_t n), void *arg);
/* Reads such an object. NULL with a reason in `why`: malformed, not such an object, a name twice, beyond the limits, no
 * memory. */
struct params *params_read(const char *text, size_t n, char *why, size_t why_size);

#endif
