/*
 * websocket_internal.h - what the files of the WebSocket client share.
 *
 * websocket.c runs on the loop; websocket_thread.c, websocket_connection.c and websocket_wire.c on the client's thread. A
 * connection is made by the loop, then lives on both sides. The last thing that the thread does with one is to post its WS_CLOSED
 * event; the loop frees it when that event is delivered.
 */
#ifndef NET_WEBSOCKET_INTERNAL_H
#define NET_WEBSOCKET_INTERNAL_H

#include "net/proxy.h"
#include "net/websocket.h"
#include "net/websocket_lookup.h"

#include <libwebsockets.h>
#include <pthread.h>

#define WS_MAX_SOCKETS 64u
#define WS_MAX_MESSAGE_BYTES (10u << 20)
#define WS_MAX_OUT_BYTES (1u << 20)
#define WS_INBOX_HIGH_BYTES (32u << 20) /* more waits for the loop: stop reading ... */
#define WS_INBOX_LOW_BYTES (16u << 20)	/* ... until only so much waits */
#define WS_MAX_HOST 100u		/* libwebsockets cuts a Host header at 128 bytes */
#define WS_REASON_SIZE 320u
#define WS_IO_BYTES 32768u /* of libwebsockets' buffers: a handshake must fit into one */

/* A checked request, as it goes to the server. */
struct ws_request {
	bool tls;
	uint16_t port;
	char host[WS_MAX_HOST + 1];	    /* without brackets */
	char host_header[WS_MAX_HOST + 16]; /* with port, unless it is the default one; an IPv6 address in brackets */
	char authority[WS_MAX_HOST + 16];   /* host:port, for people */
	char *path;			    /* with query: may hold a secret */
	char *protocol;			    /* NULL = none */
	char *headers;			    /* "Name: value\r\n" each: holds secrets */
	size_t headers_bytes;
	size_t max_bytes;
	int64_t connect_timeout_ms;
	int64_t ping_ms;
};

/* false with the reason in why; else finish it. */
bool ws_request_init(
	struct ws_request *, const struct f1p_websocket_request *, const char *user_agent, char *why, size_t why_size);
void ws_request_finish(struct ws_request *);

enum ws_event_kind { WS_OPENED = 1, WS_MESSAGE, WS_CLOSED };

struct ws_event {
	struct ws_event *next;
	struct f1p_websocket *socket;
	uint32_t kind; /* enum ws_event_kind */
	uint32_t http_status;
	bool binary;
	size_t n, room;
	unsigned char bytes[]; /* room; a reason is NUL-terminated */
};

struct ws_out {
	struct ws_out *next;
	size_t n;
	bool binary;
	unsigned char bytes[]; /* LWS_PRE, then n */
};

enum ws_state { WS_NEW = 1, WS_LOOKING_UP, WS_CONNECTING, WS_UP };

struct f1p_websocket {
	/* fixed */
	struct ws_pool *pool;
	struct ws_request request;
	struct f1p_websocket_events events;
	void *arg;
	uint32_t owner;
	/* [loop] */
	bool forgotten; /* nobody wants its events */
	struct f1p_websocket *next;
	/* under the pool's lock */
	struct ws_out *out, **out_end;
	size_t out_bytes;
	bool close_wanted;
	/* [thread] */
	struct f1p_websocket *thread_next, **thread_link;
	enum ws_state state;
	struct lws *wsi;
	struct ws_lookup *lookup;
	struct ws_addresses addresses;
	uint32_t next_address;
	bool proxied;	     /* next_address and addresses are the proxy's */
	bool attempt_failed; /* before the server said anything: the next address may do */
	bool handshake_sent;
	bool within_connect;
	bool closing; /* sends the rest of its queue, if all is well; receives nothing */
	enum lws_close_status close_code;
	bool flow_stopped;
	bool ping_due, ping_sent;
	int cert_error;	  /* X509_V_ERR_* of a refused certificate */
	char failure[200]; /* why the last address failed, or why it is closing */
	lws_sorted_usec_list_t timer;
	lws_usec_t deadline_us;			      /* of connecting, or of closing */
	lws_usec_t heard_us;			      /* when the server last sent anything */
	struct ws_event *partial;		      /* the message that is arriving */
	struct ws_event *opened_event, *closed_event; /* made in advance: they must not fail */
};

struct ws_pool {
	uv_loop_t *loop;
	uv_async_t async;
	char *ca_file, *user_agent;
	struct proxy proxy;
	void (*log)(void *arg, int level, const char *line);
	void *log_arg;
	struct ws_resolver *resolver;
	/* [loop] */
	struct f1p_websocket *sockets;
	uint32_t n_sockets;
	bool started;
	pthread_t thread;
	/* under the lock */
	pthread_mutex_t lock;
	struct lws_context *context;		      /* while it may be woken */
	struct f1p_websocket *opening, **opening_end; /* by thread_next */
	struct ws_event *inbox, **inbox_end;
	size_t inbox_bytes;
	bool choked; /* too much waits for the loop */
	bool stop;
	pthread_cond_t wanted; /* what wakes the thread while there is no context */
	/* [thread] */
	struct lws_vhost *proxied;  /* whose connections go through the proxy; NULL = none do */
	struct f1p_websocket *live; /* by thread_next, thread_link */
};

/* websocket.c */
struct ws_event *ws_event_create(struct f1p_websocket *, uint32_t kind, size_t room);
void ws_post(struct ws_pool *, struct ws_event *); /* [thread] */
void ws_wake(struct ws_pool *);			   /* [any] with the lock held */

/* websocket_thread.c */
void *ws_thread_main(void *pool);

/* websocket_connection.c, all [thread] */
/* Does what is due, after any wake: the socket may have ended when it returns. */
void ws_connection_step(struct f1p_websocket *, bool close_wanted, bool has_out, bool choked);
/* Posts the end, with reason, and lets go of libwebsockets' side. The socket must not be touched after. */
void ws_connection_end(struct f1p_websocket *, uint32_t http_status, const char *fmt, ...) F1P_PRINTF(3, 4);
/* As before, and the network connection ends at once. */
void ws_connection_kill(struct f1p_websocket *, const char *reason);
/* Ends it with a close frame when it can be written, or in two seconds without. Never by what a callback returns for received
 * bytes: libwebsockets 4.1.6 then writes what follows behind the end of its buffer. */
void ws_connection_close(struct f1p_websocket *, enum lws_close_status, const char *reason);
void ws_connection_heard(struct f1p_websocket *); /* the server lives */
void ws_connection_up(struct f1p_websocket *);
void ws_connection_failed(struct f1p_websocket *, const char *text, size_t n); /* to connect; the socket may have ended */
void ws_connection_gone(struct f1p_websocket *);			       /* the socket may have ended */

/* websocket_wire.c */
extern const struct lws_protocols ws_protocols[];

#endif
