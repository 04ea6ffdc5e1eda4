/*
 * api.h - which function answers which address.
 *
 * [web] thread only. A group of addresses is a table in a file of its own; api.c lists the tables.
 */
#ifndef API_H
#define API_H

#include "answer.h"
#include "request.h"

struct sink;

struct own_route {
	uint32_t method;  /* enum f1p_method; GET answers HEAD too */
	uint32_t scope;   /* bits of enum f1p_scope that are needed; 0 = open to everybody */
	const char *path; /* "/api/v1/session/{}/live": {} stands for one part without '/' */
	/* Says it all into the answer, which is zero before. */
	void (*answer)(struct sink *, const struct request *, struct answer *);
	/* Or: takes the connection over and returns what the library's callback shall (0 = goes on, -1 = close); for answers without end. */
	int (*take)(struct sink *, struct lws *, const struct request *);
};
struct own_routes {
	const struct own_route *items;
	size_t n;
};
#define OWN_ROUTES(table) ((struct own_routes){table, sizeof(table) / sizeof((table)[0])})

/* The route of path and method; NULL: none. */
const struct own_route *api_route(uint32_t method, const char *path);
/* What whoever asks must be allowed to. Pages' files are open, all else that has no route needs to be read. */
uint32_t api_scope(struct sink *, const struct request *);
void api_answer(struct sink *, const struct request *, struct answer *);

/* Tables: api.c knows them all. */
struct own_routes session_routes(void); /* rest_session.c */
struct own_routes rows_routes(void);	 /* rest_rows.c */
struct own_routes forecast_routes(void); /* rest_forecasts.c */
struct own_routes core_routes(void);	 /* rest_core.c */
struct own_routes health_routes(void);	 /* health.c */
struct own_routes file_routes(void);	 /* files.c */

/* rest_session.c: the state's document as of the request's time, one reference. NULL: the problem is in the answer. */
struct frame *rest_state_document(struct sink *, const struct request *, struct answer *);

/* rest_core.c: a document of the core or of another plugin, with status 200; false, with the problem in the answer */
bool rest_fetch(struct sink *, const struct request *, const char *path, struct answer *document, struct answer *problem);
/* rest_core.c: the core's document of its sources */
void rest_sources(struct sink *, const struct request *, struct answer *);
/* rest_core.c: takes out of what another plugin answered what an earlier time must not show */
void rest_hold_back(const struct request *, struct answer *);
/* health.c: why it is not ready; NULL: it is */
struct f1p_health;
void health_get(const struct sink *, struct f1p_health *);
const char *health_not_ready_because(const struct sink *, const struct f1p_health *);

/* subscribe.c, replay.c */
void api_subscribe(struct sink *, const struct request *, struct answer *);
void api_replay(struct sink *, const struct request *, struct answer *);

#endif
