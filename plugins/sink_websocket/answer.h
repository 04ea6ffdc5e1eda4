/*
 * answer.h - what is said to one request: status, headers, body.
 *
 * [web] thread only.
 */
#ifndef ANSWER_H
#define ANSWER_H

#include <f1pd/host.h>

#include "frame.h"
#include "helpers/json_writer.h"
#include "request.h"

#define ANSWER_HEADERS 8u /* that an answer may add */

struct answer_header {
	char name[40]; /* lower case, ':' behind it */
	char value[513];
};

struct answer {
	uint32_t status;
	const char *content_type;
	const char *cache;   /* Cache-Control; NULL = no-store */
	struct frame *body;  /* NULL: memory is short; its reference belongs to whoever sends it */
	bool close;	     /* the connection ends with it */
	uint64_t version;    /* of what the body means, for its ETag; 0 = the body's own bytes */
	struct answer_header *headers; /* NULL, or ANSWER_HEADERS of them */
	uint32_t n_headers;
};

/* Frees the headers; the body is whoever's it was given to. */
void answer_finish(struct answer *);
/* In place of all that the answer holds. */
void answer_problem(struct answer *, uint32_t status, const char *title, const char *detail);
/* Writes a problem by hand, where the library is between HTTP and something else: status "404 Not Found", headers "" or whole lines.
 * Answers -1, for the callback: the connection ends. */
int answer_refuse(struct lws *, const char *status, const char *detail, const char *headers);
/* Takes the finished JSON as the body, and finishes it. */
void answer_json(struct answer *, struct f1p_json *);
/* F1P_EINVAL: not fit for a header, or too many. */
f1p_status answer_header(struct answer *, const char *name, const char *value);

/* What f1p_response collects, for a route of another plugin. Answers F1P_OK, or F1P_END: nobody serves the path. */
f1p_status answer_from_routes(const struct f1p_host *, const struct f1p_routes *, const struct request *, const char *path,
	struct answer *);

/* ---- variants.c: the same body compressed, and its validator ---- */
#define VARIANTS 32u
#define ETAG_TEXT 24u

struct variants { /* newest compressed bodies; zero = empty */
	struct variant {
		uint64_t hash;
		size_t length;
		struct frame *source; /* NULL, or held so that its address stays its own */
		struct frame *gzip;   /* NULL until somebody asks */
	} items[VARIANTS];
	uint32_t next;
};
void variants_finish(struct variants *);
/* The validator of the body, quoted. */
void variants_etag(struct variants *, const struct answer *, char out[ETAG_TEXT]);
/* The body compressed, one reference; NULL when it is not worth it or memory is short. */
struct frame *variants_gzip(struct variants *, struct frame *body, const char *content_type);
/* Whether If-None-Match names it. */
bool variants_match(const char *if_none_match, const char *etag);

#endif
