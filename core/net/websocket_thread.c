#include "net/websocket_internal.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdio.h>

#define NEVER_S 86400 /* libwebsockets' own time-outs: all limits are ours */

static void complain(struct ws_pool *p, bool tls)
{
	char line[512];

	if (tls)
		snprintf(line, sizeof(line),
			"WebSocket client: libwebsockets could not start; are there file descriptors and memory left?");
	else
		snprintf(line, sizeof(line), "WebSocket client: %s: cannot load certificate authorities; give a PEM file",
			p->ca_file ? p->ca_file : "system");
	if (p->log)
		p->log(p->log_arg, F1P_LOG_ERROR, line);
}

/* Our own, because libwebsockets would also trust what lies in "../share" of the working directory. */
static SSL_CTX *tls_create(const char *ca_file)
{
	SSL_CTX *tls = SSL_CTX_new(TLS_client_method());

	if (!tls)
		return NULL;
	SSL_CTX_set_min_proto_version(tls, TLS1_2_VERSION);
	SSL_CTX_set_verify(tls, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_mode(tls, SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
	if (ca_file ? SSL_CTX_load_verify_file(tls, ca_file) == 1 : SSL_CTX_set_default_verify_paths(tls) == 1)
		return tls;
	ERR_clear_error();
	SSL_CTX_free(tls);
	return NULL;
}

/* Where the proxy is, is told before each connection: here the library would look its name up, and wait. */
static bool proxied_create(struct ws_pool *p, struct lws_context *context, struct lws_context_creation_info *info)
{
	if (!p->proxy.url[0])
		return true;
	info->vhost_name = "proxied";
	info->http_proxy_address = "0.0.0.0:1";
	p->proxied = lws_create_vhost(context, info);
	return p->proxied != NULL;
}

static struct lws_context *context_create(struct ws_pool *p, SSL_CTX *tls)
{
	static const lws_retry_bo_t no_idle_policy;
	struct lws_context_creation_info info = {0};
	struct lws_context *context;

	info.port = CONTEXT_PORT_NO_LISTEN;
	info.protocols = ws_protocols;
	info.gid = -1;
	info.uid = -1;
	info.user = p;
	info.options = LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT | LWS_SERVER_OPTION_SKIP_SERVER_CANONICAL_NAME;
	info.provided_client_ssl_ctx = tls;
	info.http_proxy_address = ""; /* else $http_proxy rules */
	info.timeout_secs = NEVER_S;
	info.connect_timeout_secs = NEVER_S;
	info.pt_serv_buf_size = WS_IO_BYTES;
	info.max_http_header_data2 = WS_IO_BYTES / 2;
	info.max_http_header_pool2 = WS_MAX_SOCKETS;
	info.fd_limit_per_thread = 2 * WS_MAX_SOCKETS; /* else its tables grow with the limit of the process */
	info.retry_and_idle_policy = &no_idle_policy;
	context = lws_create_context(&info);
	if (!context || proxied_create(p, context, &info))
		return context;
	lws_context_destroy(context);
	return NULL;
}

/* [thread] Moves what the loop opened to the live ones. */
static bool take_opening(struct ws_pool *p)
{
	struct f1p_websocket *s;
	bool stop;

	pthread_mutex_lock(&p->lock);
	s = p->opening;
	p->opening = NULL;
	p->opening_end = &p->opening;
	stop = p->stop;
	pthread_mutex_unlock(&p->lock);
	while (s) {
		struct f1p_websocket *next = s->thread_next;

		s->thread_next = p->live;
		s->thread_link = &p->live;
		if (p->live)
			p->live->thread_link = &s->thread_next;
		p->live = s;
		s = next;
	}
	return !stop;
}

static void kill_all(struct ws_pool *p, const char *reason)
{
	take_opening(p);
	while (p->live)
		ws_connection_kill(p->live, reason);
}

static void step_all(struct ws_pool *p)
{
	struct f1p_websocket *next;

	for (struct f1p_websocket *s = p->live; s; s = next) {
		bool close_wanted, has_out, choked;

		next = s->thread_next;
		pthread_mutex_lock(&p->lock);
		close_wanted = s->close_wanted;
		has_out = s->out != NULL;
		choked = p->choked;
		pthread_mutex_unlock(&p->lock);
		ws_connection_step(s, close_wanted, has_out, choked);
	}
}

/* Runs until the pool stops or libwebsockets gives up. */
static void serve(struct ws_pool *p, struct lws_context *context)
{
	bool going;

	pthread_mutex_lock(&p->lock);
	p->context = context;
	pthread_mutex_unlock(&p->lock);
	for (going = true; going;) {
		going = take_opening(p);
		if (going) {
			step_all(p);
			going = lws_service(context, 0) >= 0;
		}
	}
	pthread_mutex_lock(&p->lock);
	p->context = NULL;
	pthread_mutex_unlock(&p->lock);
	kill_all(p, "the daemon ends the connection");
	p->proxied = NULL;
	lws_context_destroy(context);
}

static bool wait_for_work(struct ws_pool *p)
{
	bool stop;

	pthread_mutex_lock(&p->lock);
	while (!p->stop && !p->opening)
		pthread_cond_wait(&p->wanted, &p->lock);
	stop = p->stop;
	pthread_mutex_unlock(&p->lock);
	return !stop;
}

void *ws_thread_main(void *arg)
{
	struct ws_pool *p = arg;

	pthread_setname_np(pthread_self(), "f1pd-ws");
	while (wait_for_work(p)) {
		SSL_CTX *tls = tls_create(p->ca_file);
		struct lws_context *context = tls ? context_create(p, tls) : NULL;

		if (context) {
			serve(p, context);
		} else {
			complain(p, tls != NULL);
			kill_all(p, "the WebSocket client could not start");
		}
		SSL_CTX_free(tls);
	}
	kill_all(p, "the daemon ends the connection");
	return NULL;
}
