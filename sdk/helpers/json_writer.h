/*
 * json_writer.h - writes one JSON value into a growing buffer.
 *
 * Call the functions in the order of the text. Misuse (a value without a key in an object, a second top-level value, more
 * ends than beginnings) and lack of memory are remembered: f1p_json_text() then returns NULL, so callers check once.
 * Numbers do not depend on the locale; equal input gives equal bytes on every machine.
 */
#ifndef F1P_JSON_WRITER_H
#define F1P_JSON_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define F1P_JSON_WRITER_DEPTH 32

struct f1p_json {
	/* private */
	char *text;
	size_t len;
	size_t cap;
	uint32_t depth;
	bool failed;
	bool key_pending;
	bool is_array[F1P_JSON_WRITER_DEPTH + 1];
	bool has_value[F1P_JSON_WRITER_DEPTH + 1];
};

void f1p_json_init(struct f1p_json *);
void f1p_json_finish(struct f1p_json *); /* frees; init again before further use */
void f1p_json_clear(struct f1p_json *);	 /* begins a new value, keeps the memory */

void f1p_json_object(struct f1p_json *);
void f1p_json_array(struct f1p_json *);
void f1p_json_end(struct f1p_json *); /* closes the innermost object or array */
void f1p_json_key(struct f1p_json *, const char *key);

void f1p_json_str(struct f1p_json *, const char *text); /* NULL gives null */
/* Invalid UTF-8 becomes U+FFFD, control characters are escaped. */
void f1p_json_strn(struct f1p_json *, const char *text, size_t n);
void f1p_json_int(struct f1p_json *, int64_t);
void f1p_json_uint(struct f1p_json *, uint64_t);
/* Fixed number of decimals, 0..9, rounded half away from zero; not finite gives null. */
void f1p_json_num(struct f1p_json *, double, int decimals);
void f1p_json_bool(struct f1p_json *, bool);
void f1p_json_null(struct f1p_json *);
void f1p_json_raw(struct f1p_json *, const char *json, size_t n); /* one encoded value, taken as it is */

/* A whole document of RFC 9457: why a request is refused. */
void f1p_json_problem(struct f1p_json *, uint32_t status, const char *title, const char *detail);

/* The finished text, NUL-terminated (the NUL is not in *len; len may be NULL); lent until the next call on the writer.
 * NULL if memory ran out, calls were misused, nesting is unbalanced or nothing was written. */
const char *f1p_json_text(struct f1p_json *, size_t *len);

#endif
