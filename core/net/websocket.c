#include "net/websocket_internal.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What one turn of the loop delivers at most; the rest waits for the next one. */
#define TURN_EVENTS 64
#define TURN_BYTES (256u << 10)

static size_t cost(const struct ws_event *e)
{
	return e->kind == WS_MESSAGE ? sizeof(*e) + e->room : 0;
}

struct ws_event *ws_event_create(struct f1p_websocket *s, uint32_t kind, size_t room)
{
	struct ws_event *e = malloc(sizeof(*e) + room);

	if (e)
		*e = (struct ws_event){.socket = s, .kind = kind, .room = room};
	return e;
}

void ws_wake(struct ws_pool *p)
{
	if (p->context)
		lws_cancel_service(p->context);
	else
		pthread_cond_signal(&p->wanted);
}

void ws_post(struct ws_pool *p, struct ws_event *e)
{
	pthread_mutex_lock(&p->lock);
	e->next = NULL;
	*p->inbox_end = e;
	p->inbox_end = &e->next;
	p->inbox_bytes += cost(e);
	if (p->inbox_bytes > WS_INBOX_HIGH_BYTES)
		p->choked = true;
	uv_async_send(&p->async);
	pthread_mutex_unlock(&p->lock);
}

static struct ws_event *inbox_take(struct ws_pool *p)
{
	struct ws_event *e;

	pthread_mutex_lock(&p->lock);
	e = p->inbox;
	if (e) {
		p->inbox = e->next;
		if (!p->inbox)
			p->inbox_end = &p->inbox;
		p->inbox_bytes -= cost(e);
	}
	if (p->choked && p->inbox_bytes < WS_INBOX_LOW_BYTES) {
		p->choked = false;
		ws_wake(p);
	}
	pthread_mutex_unlock(&p->lock);
	return e;
}

static void free_out(struct f1p_websocket *s)
{
	while (s->out) {
		struct ws_out *next = s->out->next;

		free(s->out);
		s->out = next;
	}
}

static void socket_free(struct f1p_websocket *s)
{
	free_out(s);
	free(s->opened_event);
	free(s->closed_event);
	free(s->partial);
	ws_request_finish(&s->request);
	free(s);
}

static void unlist(struct f1p_websocket *s)
{
	struct f1p_websocket **at = &s->pool->sockets;

	while (*at != s)
		at = &(*at)->next;
	*at = s->next;
	s->pool->n_sockets--;
}

static void deliver(struct ws_event *e)
{
	struct f1p_websocket *s = e->socket;

	switch (e->kind) {
	case WS_OPENED:
		if (!s->forgotten && s->events.opened)
			s->events.opened(s->arg);
		break;
	case WS_MESSAGE:
		if (!s->forgotten && s->events.message)
			s->events.message(s->arg, e->bytes, e->n, e->binary);
		break;
	default:
		unlist(s);
		if (!s->forgotten && s->events.closed) {
			s->forgotten = true;
			s->events.closed(s->arg, e->http_status, (const char *)e->bytes);
		}
		socket_free(s);
	}
	free(e);
}

static void on_async(uv_async_t *async)
{
	struct ws_pool *p = async->data;
	size_t bytes = 0;

	for (int i = 0; i < TURN_EVENTS && bytes < TURN_BYTES; i++) {
		struct ws_event *e = inbox_take(p);

		if (!e)
			return;
		bytes += cost(e);
		deliver(e);
	}
	uv_async_send(&p->async);
}

static void pool_free(struct ws_pool *p)
{
	ws_resolver_release(p->resolver);
	proxy_finish(&p->proxy);
	pthread_cond_destroy(&p->wanted);
	pthread_mutex_destroy(&p->lock);
	free(p->ca_file);
	free(p->user_agent);
	free(p);
}

static void on_handle_closed(uv_handle_t *h)
{
	pool_free(h->data);
}

struct ws_pool *ws_pool_create(uv_loop_t *loop, const struct ws_options *o, char *err, size_t err_size)
{
	struct ws_pool *p;
	char why[400];

	if (o->ca_file && access(o->ca_file, R_OK) != 0) {
		snprintf(err, err_size, "%s: cannot read the file of certificate authorities: %s", o->ca_file, strerror(errno));
		return NULL;
	}
	p = calloc(1, sizeof(*p));
	if (!p) {
		snprintf(err, err_size, "WebSocket client: out of memory");
		return NULL;
	}
	if (!proxy_init(&p->proxy, o->proxy, o->proxy_login, why, sizeof(why))) {
		snprintf(err, err_size, "proxy: %s", why);
		free(p);
		return NULL;
	}
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->wanted, NULL);
	p->loop = loop;
	p->log = o->log;
	p->log_arg = o->arg;
	p->opening_end = &p->opening;
	p->inbox_end = &p->inbox;
	p->ca_file = o->ca_file ? strdup(o->ca_file) : NULL;
	p->user_agent = o->user_agent ? strdup(o->user_agent) : NULL;
	p->resolver = ws_resolver_create(o->look_up, o->arg);
	p->async.data = p;
	if (!p->resolver || (o->ca_file && !p->ca_file) || (o->user_agent && !p->user_agent) ||
		uv_async_init(loop, &p->async, on_async) != 0) {
		snprintf(err, err_size, "WebSocket client: out of memory or file descriptors");
		pool_free(p);
		return NULL;
	}
	lws_set_log_level(0, NULL); /* what it has to say comes as reasons of closed connections */
	return p;
}

static bool ensure_thread(struct ws_pool *p)
{
	sigset_t all, old;

	if (p->started)
		return true;
	sigfillset(&all); /* signals belong to the loop; and SIGPIPE of TLS to nobody */
	pthread_sigmask(SIG_SETMASK, &all, &old);
	p->started = pthread_create(&p->thread, NULL, ws_thread_main, p) == 0;
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return p->started;
}

static struct f1p_websocket *socket_create(
	struct ws_pool *p, const struct f1p_websocket_request *request, char *why, size_t why_size)
{
	struct f1p_websocket *s = calloc(1, sizeof(*s));

	if (!s || !ws_request_init(&s->request, request, p->user_agent, why, why_size)) {
		if (!s)
			snprintf(why, why_size, "out of memory");
		free(s);
		return NULL;
	}
	s->pool = p;
	s->state = WS_NEW;
	s->out_end = &s->out;
	s->opened_event = ws_event_create(s, WS_OPENED, 0);
	s->closed_event = ws_event_create(s, WS_CLOSED, WS_REASON_SIZE);
	if (s->opened_event && s->closed_event)
		return s;
	snprintf(why, why_size, "out of memory");
	socket_free(s);
	return NULL;
}

struct f1p_websocket *ws_open(struct ws_pool *p, uint32_t owner, const struct f1p_websocket_request *request,
	const struct f1p_websocket_events *events, void *arg, char *why, size_t why_size)
{
	struct f1p_websocket *s;

	if (p->n_sockets >= WS_MAX_SOCKETS) {
		snprintf(why, why_size, "%u connections are open already", WS_MAX_SOCKETS);
		return NULL;
	}
	s = socket_create(p, request, why, why_size);
	if (!s)
		return NULL;
	if (!ensure_thread(p)) {
		snprintf(why, why_size, "no thread for the WebSocket client");
		socket_free(s);
		return NULL;
	}
	memcpy(&s->events, events, events->size < sizeof(s->events) ? events->size : sizeof(s->events));
	s->arg = arg;
	s->owner = owner;
	s->next = p->sockets;
	p->sockets = s;
	p->n_sockets++;
	pthread_mutex_lock(&p->lock);
	*p->opening_end = s;
	p->opening_end = &s->thread_next;
	ws_wake(p);
	pthread_mutex_unlock(&p->lock);
	return s;
}

f1p_status ws_send(struct f1p_websocket *s, const void *bytes, size_t n, bool binary)
{
	struct ws_out *m;
	f1p_status status = F1P_OK;

	if (s->forgotten)
		return F1P_ECANCELLED;
	if (n > WS_MAX_OUT_BYTES)
		return F1P_EINVAL;
	m = malloc(sizeof(*m) + LWS_PRE + n);
	if (!m)
		return F1P_ENOMEM;
	*m = (struct ws_out){.n = n, .binary = binary};
	if (n > 0)
		memcpy(m->bytes + LWS_PRE, bytes, n);
	pthread_mutex_lock(&s->pool->lock);
	if (s->out_bytes + n > WS_MAX_OUT_BYTES) {
		status = F1P_AGAIN;
	} else {
		*s->out_end = m;
		s->out_end = &m->next;
		s->out_bytes += n + sizeof(*m);
		ws_wake(s->pool);
	}
	pthread_mutex_unlock(&s->pool->lock);
	if (status != F1P_OK)
		free(m);
	return status;
}

void ws_close(struct f1p_websocket *s)
{
	if (!s || s->forgotten)
		return;
	s->forgotten = true;
	pthread_mutex_lock(&s->pool->lock);
	s->close_wanted = true;
	ws_wake(s->pool);
	pthread_mutex_unlock(&s->pool->lock);
}

void ws_forget(struct ws_pool *p, uint32_t owner)
{
	for (struct f1p_websocket *s = p->sockets; s; s = s->next) {
		if (s->owner == owner)
			ws_close(s);
	}
}

void ws_pool_destroy(struct ws_pool *p)
{
	if (!p)
		return;
	if (p->started) {
		pthread_mutex_lock(&p->lock);
		p->stop = true;
		ws_wake(p);
		pthread_mutex_unlock(&p->lock);
		pthread_join(p->thread, NULL);
	}
	for (struct f1p_websocket *s = p->sockets; s; s = s->next)
		s->forgotten = true;
	for (struct ws_event *e; (e = inbox_take(p));)
		deliver(e);
	uv_close((uv_handle_t *)&p->async, on_handle_closed);
}
