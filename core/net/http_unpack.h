/*
 * http_unpack.h - gzip, bit by bit, handed on in small pieces: so a bomb is stopped long before it is large, and gzip that ends
 * too early is noticed.
 */
#ifndef NET_HTTP_UNPACK_H
#define NET_HTTP_UNPACK_H

#include <stdbool.h>
#include <stddef.h>

struct http_unpack;

/* fn gets what was unpacked, at most 16 KiB at a time; false from it stops. NULL without memory. */
struct http_unpack *http_unpack_create(bool (*fn)(void *arg, const void *bytes, size_t n), void *arg);
void http_unpack_destroy(struct http_unpack *); /* accepts NULL */
/* false: fn said so, or this is no gzip */
bool http_unpack_put(struct http_unpack *, const void *bytes, size_t n);
/* True at the end of the gzip. */
bool http_unpack_complete(const struct http_unpack *);

#endif
