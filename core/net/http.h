/*
 * http.h - the HTTP client behind f1p.http/1: a queue in front of libcurl, on the daemon's loop.
 *
 * Per server (host[:port]): at most 6 requests at once, rate windows, a pause when it says Retry-After, a circuit breaker.
 * Over all: at most 32 at once, urgent before normal before background, cache, retries. What f1pd/net.h promises holds here.
 * A proxy is used only if the options name one, never from the environment. Everything is called on the loop thread, and calls back
 * on it.
 */
#ifndef NET_HTTP_H
#define NET_HTTP_H

#include <f1pd/net.h>
#include <uv.h>

#define HTTP_OWNER_WAITING_MAX 256u

struct http_client;

struct http_options {
	uv_loop_t *loop;
	int64_t (*mono_ns)(void *arg);  /* never goes back; paces everything */
	int64_t (*utc_ns)(void *arg);   /* age of cached answers, dates in headers: real UTC, not a replayed one */
	uint64_t (*random)(void *arg);  /* 64 random bits: spreads retries */
	void *arg;                      /* of all functions here */
	const char *cache_dir;          /* of ours alone; NULL = cache in memory, rate counts end with the process */
	const char *user_agent;         /* NULL = f1pd/VERSION */
	const char *ca_file;            /* certificates to trust; NULL = the system's */
	bool verify_tls;                /* false only in tests */
	uint32_t stall_s;               /* an attempt in which no byte came for so long is given up; 0 = 30 */
	const char *proxy;              /* "http://HOST:PORT", see proxy.h; NULL or "" = none */
	const char *proxy_login;        /* "user:password", secret; NULL or "" = none */
	void (*log)(void *arg, int level, const char *line); /* enum f1p_log_level; may be NULL */
	/* After each answer. took_ns: the last attempt; bytes: of the unpacked body; attempts 0 = from the cache or not asked;
	 * status 0 = no answer. May be NULL */
	void (*measured)(void *arg, const char *authority, uint32_t status, int64_t took_ns, uint64_t bytes, uint32_t attempts);
};

/* Texts are copied. NULL: err says what is wrong (the cache folder cannot be used, no proxy or login, no memory). */
struct http_client *http_client_create(const struct http_options *, char *err, size_t err_size);
/* Nothing is called back from here on. Handles close asynchronously: the loop must run once more. Not from within a callback.
 * Accepts NULL. */
void http_client_destroy(struct http_client *);

/* As f1p_http.request, for the instance `owner`. 0: why says what is not acceptable. */
uint64_t http_client_request(struct http_client *, uint32_t owner, const struct f1p_http_request *, f1p_http_fn, void *arg,
	char *why, size_t why_size);
void http_client_cancel(struct http_client *, uint32_t owner, uint64_t id);
/* The instance stops: its requests are cancelled, its rate windows taken back. */
void http_client_forget(struct http_client *, uint32_t owner);
/* The rate windows that `owner` wants for a server; replaces those it gave before. F1P_EINVAL, F1P_ENOMEM: why says why. */
f1p_status http_client_limit(struct http_client *, uint32_t owner, const char *authority, const struct f1p_http_window *,
	uint32_t n, char *why, size_t why_size);

/* Whether the server is reached through the proxy of the options. */
bool http_client_is_proxied(const struct http_client *, const char *authority);

struct http_server_view {
	const char *authority;  /* "api.example.org" */
	const char *breaker;    /* "closed", "open", "probing" */
	const char *last_error; /* one line, "" = none yet */
	uint64_t requests;      /* sent, retries too */
	uint64_t failures;      /* of them: no answer, or 5xx */
	uint32_t waiting, running;
	int64_t paused_ms;      /* because it said Retry-After; 0 = not */
	uint64_t owners;        /* who asked it: bit = owner modulo 64 */
	int64_t silent_ms;      /* it has failed for so long; -1: the newest request was answered, or there was none */
};
/* Every server that was asked or limited so far. Pointers are valid during the call. */
void http_client_visit(struct http_client *, void (*fn)(void *arg, const struct http_server_view *), void *arg);

#endif
