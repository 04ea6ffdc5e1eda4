#include "net/http_loop.h"

#include <stdlib.h>
#include <unistd.h>

#define IDLE_CONNECTIONS 32L

struct socket_watch {
	uv_poll_t poll; /* first: the handle is the watch */
	struct http_loop *loop;
	curl_socket_t fd;
	struct socket_watch *next;
};

struct http_loop {
	uv_timer_t timer;
	uv_loop_t *uv;
	CURLM *multi;
	struct socket_watch *watches;
	void (*done)(void *arg, CURL *, CURLcode);
	void *arg;
};

static void on_watch_closed(uv_handle_t *handle)
{
	free(handle);
}

static void unwatch(struct http_loop *l, curl_socket_t fd)
{
	for (struct socket_watch **at = &l->watches; *at; at = &(*at)->next) {
		struct socket_watch *w = *at;
		if (w->fd != fd)
			continue;
		*at = w->next;
		uv_poll_stop(&w->poll);
		uv_close((uv_handle_t *)&w->poll, on_watch_closed);
		return;
	}
}

static void take_finished(struct http_loop *l)
{
	CURLMsg *m;
	int left;

	while ((m = curl_multi_info_read(l->multi, &left)) != NULL) {
		CURL *easy = m->easy_handle;
		CURLcode code = m->data.result;
		if (m->msg != CURLMSG_DONE)
			continue;
		curl_multi_remove_handle(l->multi, easy); /* m is gone with this */
		l->done(l->arg, easy, code);
	}
}

static void on_socket_event(uv_poll_t *poll, int status, int events)
{
	struct socket_watch *w = (struct socket_watch *)poll;
	struct http_loop *l = w->loop;
	int flags = status < 0 ? CURL_CSELECT_ERR : 0, running;

	flags |= events & UV_READABLE ? CURL_CSELECT_IN : 0;
	flags |= events & UV_WRITABLE ? CURL_CSELECT_OUT : 0;
	curl_multi_socket_action(l->multi, w->fd, flags, &running); /* w may be gone after this */
	take_finished(l);
}

static struct socket_watch *watch(struct http_loop *l, curl_socket_t fd)
{
	struct socket_watch *w = calloc(1, sizeof(*w));

	if (!w)
		return NULL;
	if (uv_poll_init_socket(l->uv, &w->poll, fd) != 0) {
		free(w);
		return NULL;
	}
	w->loop = l;
	w->fd = fd;
	w->next = l->watches;
	l->watches = w;
	return w;
}

/* Without a watch (no memory) the transfer hangs, and its time-out ends it. */
static int on_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *of_socket)
{
	struct http_loop *l = arg;
	struct socket_watch *w = of_socket;
	int events = 0;

	(void)easy;
	if (what == CURL_POLL_REMOVE) {
		curl_multi_assign(l->multi, fd, NULL);
		unwatch(l, fd);
		return 0;
	}
	if (!w) {
		unwatch(l, fd); /* one watch per descriptor, whatever curl forgot to tell */
		w = watch(l, fd);
		if (!w)
			return 0;
		curl_multi_assign(l->multi, fd, w);
	}
	events |= what & CURL_POLL_IN ? UV_READABLE : 0;
	events |= what & CURL_POLL_OUT ? UV_WRITABLE : 0;
	if (events)
		uv_poll_start(&w->poll, events, on_socket_event);
	else
		uv_poll_stop(&w->poll);
	return 0;
}

/* libuv aborts on a watched descriptor that was closed; curl does not always say REMOVE before it closes one. */
static int on_close_socket(void *arg, curl_socket_t fd)
{
	struct http_loop *l = arg;

	curl_multi_assign(l->multi, fd, NULL);
	unwatch(l, fd);
	return close(fd);
}

static void on_timer(uv_timer_t *timer)
{
	struct http_loop *l = timer->data;
	int running;

	curl_multi_socket_action(l->multi, CURL_SOCKET_TIMEOUT, 0, &running);
	take_finished(l);
}

/* Also for 0 ms through the timer: curl must not be called from within its own callback. */
static int on_timeout(CURLM *multi, long timeout_ms, void *arg)
{
	struct http_loop *l = arg;

	(void)multi;
	if (timeout_ms < 0)
		uv_timer_stop(&l->timer);
	else
		uv_timer_start(&l->timer, on_timer, (uint64_t)timeout_ms, 0);
	return 0;
}

struct http_loop *http_loop_create(uv_loop_t *uv, void (*done)(void *arg, CURL *, CURLcode), void *arg)
{
	struct http_loop *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	l->multi = curl_multi_init();
	if (!l->multi || uv_timer_init(uv, &l->timer) != 0) {
		if (l->multi)
			curl_multi_cleanup(l->multi);
		free(l);
		return NULL;
	}
	l->uv = uv;
	l->timer.data = l;
	l->done = done;
	l->arg = arg;
	curl_multi_setopt(l->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
	curl_multi_setopt(l->multi, CURLMOPT_SOCKETDATA, l);
	curl_multi_setopt(l->multi, CURLMOPT_TIMERFUNCTION, on_timeout);
	curl_multi_setopt(l->multi, CURLMOPT_TIMERDATA, l);
	curl_multi_setopt(l->multi, CURLMOPT_MAXCONNECTS, IDLE_CONNECTIONS);
	return l;
}

static void on_timer_closed(uv_handle_t *handle)
{
	free(handle->data);
}

void http_loop_destroy(struct http_loop *l)
{
	if (!l)
		return;
	curl_multi_cleanup(l->multi);
	while (l->watches)
		unwatch(l, l->watches->fd);
	uv_timer_stop(&l->timer);
	uv_close((uv_handle_t *)&l->timer, on_timer_closed);
}

bool http_loop_add(struct http_loop *l, CURL *easy)
{
	curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, on_close_socket);
	curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, l);
	return curl_multi_add_handle(l->multi, easy) == CURLM_OK;
}

void http_loop_remove(struct http_loop *l, CURL *easy)
{
	curl_multi_remove_handle(l->multi, easy);
}
