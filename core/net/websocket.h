/*
 * websocket.h - WebSocket client: libwebsockets on a thread of its own, callbacks on the caller's libuv loop.
 *
 * Name look-ups run on threads of their own, so a name server that hangs delays neither the loop nor other connections. Nothing
 * is taken from the environment; a proxy is used if the options name one, by CONNECT also for ws://. Redirects are not followed. Certificates are always verified against the host name.
 * Text messages are handed on as the bytes that came: that they are UTF-8 is not checked.
 *
 * All functions are [loop]: called on the thread of the loop that ws_pool_create() was given.
 */
#ifndef NET_WEBSOCKET_H
#define NET_WEBSOCKET_H

#include <f1pd/net.h>
#include <uv.h>

struct ws_pool;

#define WS_MAX_ADDRESSES 4u

struct ws_addresses {
	uint32_t n;
	char text[WS_MAX_ADDRESSES][64]; /* numeric IPv4 or IPv6, in the order in which to try them */
};

struct ws_options {
	const char *ca_file;	/* PEM; trusted instead of the system's authorities; NULL = the system's */
	const char *user_agent; /* NULL = none */
	const char *proxy;	/* "http://HOST:PORT", see proxy.h; NULL or "" = none */
	const char *proxy_login; /* "user:password", secret; NULL or "" = none */
	void (*log)(void *arg, int level, const char *line); /* [any] enum f1p_log_level; may be NULL */
	void *arg;
	/* [any] For tests: finds the addresses of a name; returns 0 or an EAI_ code. NULL = getaddrinfo() */
	int (*look_up)(void *arg, const char *host, struct ws_addresses *out);
};

/* Options are copied. NULL with the reason in err. The thread starts with the first ws_open(). */
struct ws_pool *ws_pool_create(uv_loop_t *, const struct ws_options *, char *err, size_t err_size);
/* Ends every connection without callbacks and joins the thread; its last handle closes in the loop's next turn. Not to be called
 * from a callback of this pool. Accepts NULL. */
void ws_pool_destroy(struct ws_pool *);

/* Begins to connect. Request, events and their strings are copied. Nothing is called back from within. NULL with the reason in
 * why, if the request is not acceptable or 64 connections are open. owner: who is meant by ws_forget(). */
struct f1p_websocket *ws_open(struct ws_pool *, uint32_t owner, const struct f1p_websocket_request *,
	const struct f1p_websocket_events *, void *arg, char *why, size_t why_size);
/* Queues one message. F1P_AGAIN: more than 1 MiB would wait. F1P_EINVAL: a message over 1 MiB. F1P_ECANCELLED: it is closed. */
f1p_status ws_send(struct f1p_websocket *, const void *bytes, size_t n, bool binary);
/* No callback comes after. What was queued before is sent, if that takes no more than two seconds. The handle must not be used
 * any more. Accepts NULL. */
void ws_close(struct f1p_websocket *);
/* ws_close() for every connection of the owner */
void ws_forget(struct ws_pool *, uint32_t owner);

#endif
