/*
 * json_reader.h - reads JSON text as a stream of calls, and cuts it into slices. No tree is ever built.
 *
 * All text handed out is (pointer, length), not NUL-terminated, and lent for the call. Keys and strings are unescaped UTF-8
 * and may hold NUL characters (from \u0000). Numbers come as their text: the reader of a value knows its range and unit.
 */
#ifndef F1P_JSON_READER_H
#define F1P_JSON_READER_H

#include <f1pd/base.h>

#define F1P_JSON_MAX_DEPTH 32u	      /* deeper text is refused */
#define F1P_JSON_MAX_SIZE (64u << 20) /* larger text is refused; callers usually have a smaller cap of their own */

/* Each call may be NULL (then that token is just checked). Returning false stops the reading. */
struct f1p_json_handler {
	bool (*obj_begin)(void *ctx);
	bool (*obj_end)(void *ctx);
	bool (*arr_begin)(void *ctx);
	bool (*arr_end)(void *ctx);
	bool (*key)(void *ctx, const char *text, size_t n);
	bool (*str)(void *ctx, const char *text, size_t n);
	bool (*num)(void *ctx, const char *text, size_t n);
	bool (*boolean)(void *ctx, bool value);
	bool (*null)(void *ctx);
};

/* Reads exactly one JSON value. A leading UTF-8 byte-order mark is skipped; comments and trailing text are refused.
 * Calls are made while reading: text that is found malformed later has had calls for its beginning.
 * F1P_OK; F1P_ECANCELLED: a call returned false; F1P_EINVAL: malformed, too deep or too large; F1P_ENOMEM.
 * err (may be NULL) gets one line with the reason and the byte where it was met. */
f1p_status f1p_json_read(const struct f1p_json_handler *, void *ctx, const char *text, size_t n, char *err, size_t err_size);

/* Cutting: walks the members of an object or the elements of an array and hands out each value as raw text, so that one
 * part of a frame can be passed on without decoding the rest. It looks at quotes and brackets only: what it hands out is
 * checked by whoever reads it with f1p_json_read(). Safe on any bytes. */
struct f1p_json_slice {
	const char *text;
	size_t n;
};

struct f1p_json_cutter {
	/* private */
	const char *at;
	const char *end;
	char closing; /* '}' or ']', 0 when finished */
	bool first;
};

/* False if the text is neither an object nor an array. */
bool f1p_json_cut_begin(struct f1p_json_cutter *, const char *text, size_t n);
/* The next member. key: the raw text between the quotes, escapes left as they are; empty in arrays; may be NULL.
 * F1P_OK; F1P_END: no more, the text was well closed; F1P_EINVAL: the text is broken. */
f1p_status f1p_json_cut_next(struct f1p_json_cutter *, struct f1p_json_slice *key, struct f1p_json_slice *value);
/* Whether the slice is exactly this word. */
bool f1p_json_slice_is(struct f1p_json_slice, const char *word);

#endif
