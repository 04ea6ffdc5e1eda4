/*
 * request.h - one HTTP request as the answers see it: read once from the library, then independent of it.
 *
 * [web] thread only.
 */
#ifndef REQUEST_H
#define REQUEST_H

#include <libwebsockets.h>

#include <f1pd/host.h>

#define REQUEST_PATH 256u
#define REQUEST_QUERY 2048u
#define REQUEST_COOKIES 8192u /* as much as all headers may have */
#define REQUEST_BODY_MAX 16384u

struct request {
	uint32_t method;		/* enum f1p_method; 0: OPTIONS or one that nobody knows */
	bool head;			/* asked as HEAD: `method` is F1P_GET and the body is left out */
	bool options;			/* OPTIONS */
	bool gzip;			/* the client takes gzip */
	bool json;			/* says its Content-Type */
	uint32_t scopes;		/* bits of enum f1p_scope: what whoever asks may do */
	int64_t until_ns;		/* answer as of this event time; F1P_UNKNOWN_NS = now */
	uint64_t position;		/* likewise, of the stream (stream.h) */
	char path[REQUEST_PATH];	/* decoded, without query */
	char query[REQUEST_QUERY];	/* encoded, without '?'; "" = none */
	char content_type[96];
	char if_none_match[256];
	char origin[256];		/* "" = none: no web page asks, or one that asks its own server for a GET */
	char host[256];
	char viewer[64]; /* the cookie f1pd_viewer; "" = none */
	const char *body;		/* 0-terminated; "" = none */
	size_t body_n;
};

enum request_fault { REQUEST_FINE = 0, REQUEST_PATH_TOO_LONG = 1, REQUEST_QUERY_TOO_LONG = 2, REQUEST_HEADER_TOO_LONG = 3 };

/* Everything but scopes, until_ns, position and the body. */
enum request_fault request_read(struct request *, struct lws *, const char *path);

/* The decoded value of a query argument, "" without '='. 1: found; 0: absent; -1: given twice, too long for out, or broken escapes. */
int request_argument(const char *query, const char *name, char *out, size_t out_size);
/* The same of a decimal number of 0 to most; *out is 0 if it is absent. -1 also: it is no such number. */
int request_seconds(const char *query, const char *name, double most, double *out);
/* The query without that argument. */
void request_without(const char *query, const char *name, char out[REQUEST_QUERY]);
/* True if every argument's name is one of `known` (NULL at its end); else the first other one is in `other`. */
bool request_arguments_known(const char *query, const char *const *known, char *other, size_t other_size);

#endif
