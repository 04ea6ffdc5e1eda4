/*
 * inflate.h - unpacks the payload of .z topics: base64 -> raw deflate -> JSON.
 */
#ifndef LT_INFLATE_H
#define LT_INFLATE_H

#include <f1pd/base.h>

#define LT_MAX_INFLATED (1u << 20) /* a real message is some 5 kB */

struct lt_inflater;

struct lt_inflater *lt_inflater_create(void); /* NULL when memory is short */
void lt_inflater_destroy(struct lt_inflater *);
/* The unpacked text is lent until the next call. F1P_EINVAL: not base64, not deflate, cut off, or too large; *why says which. */
f1p_status lt_inflate(struct lt_inflater *, const char *base64, size_t n, const char **text, size_t *text_n, const char **why);

#endif
