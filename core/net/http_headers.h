/*
 * http_headers.h - the headers of an answer: capped, names in lower case, and what they say about keeping it.
 */
#ifndef NET_HTTP_HEADERS_H
#define NET_HTTP_HEADERS_H

#include <f1pd/net.h>

#define HTTP_HEADERS_MAX 128u
#define HTTP_HEADERS_BYTES_MAX 65536u

struct http_headers {
	char *text; /* "name\0value\0" one behind the other */
	uint32_t used, cap, n;
};

/* Zeroed memory has none. */
void http_headers_finish(struct http_headers *);
void http_headers_clear(struct http_headers *);
/* One received line, "Name: value\r\n"; a line without a name is passed over. false: too many, too long or no memory. */
bool http_headers_add_line(struct http_headers *, const char *line, size_t n);
bool http_headers_put(struct http_headers *, const char *name, size_t name_bytes, const char *value, size_t value_bytes);
/* NULL if it is not there; name in lower case; the first of several. */
const char *http_headers_get(const struct http_headers *, const char *name);
/* All of them, in order; returns how many. They point into h. */
uint32_t http_headers_list(const struct http_headers *h, struct f1p_header out[HTTP_HEADERS_MAX]);
/* Takes over text that list() of former headers came from; false if it is not such. */
bool http_headers_from_text(struct http_headers *, const char *text, size_t n);
/* `newer` replaces what has the same names: a 304 updates what was kept. But lengths and encodings stay: they tell of a body that
 * did not come. */
bool http_headers_update(struct http_headers *, const struct http_headers *newer);

struct http_lifetime {
	bool keep;          /* the server does not forbid it */
	int64_t max_age_ms; /* 0 = ask again */
	int64_t age_ms;     /* that it already had when it came */
};
struct http_lifetime http_headers_lifetime(const struct http_headers *);

#endif
