/*
 * websocket_lookup.h - name look-ups, each on a detached thread, so that one that hangs can be left behind.
 */
#ifndef NET_WEBSOCKET_LOOKUP_H
#define NET_WEBSOCKET_LOOKUP_H

#include "net/websocket.h"

struct ws_resolver;
struct ws_lookup;

/* look_up: as in ws_options; NULL = getaddrinfo(). It must be callable after ws_resolver_release(): threads may outlive that. */
struct ws_resolver *ws_resolver_create(int (*look_up)(void *arg, const char *host, struct ws_addresses *), void *arg);
/* Look-ups that still run end on their own. Accepts NULL. */
void ws_resolver_release(struct ws_resolver *);

/* done(arg) is called on another thread when there is a result, unless it was abandoned before. It must not call back into this
 * file. NULL if 16 look-ups are running already, or without memory or threads. */
struct ws_lookup *ws_lookup_start(struct ws_resolver *, const char *host, void (*done)(void *), void *arg);
/* true when it has finished: error is 0 or an EAI_ code */
bool ws_lookup_result(struct ws_lookup *, struct ws_addresses *, int *error);
/* Frees it; done() is not running and will not be called after. Accepts NULL. */
void ws_lookup_abandon(struct ws_lookup *);

#endif
