/*
 * webhook.c - see webhook.h. Any thread queues a post; the loop takes it from there.
 */
#include "net/webhook.h"

#include "net/address.h"
#include "net/url.h"

#include <inttypes.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define WAITING_MAX 256u
#define BODY_MAX 65536u
#define ANSWER_MAX 16384u
#define SECRET_MAX 256u
#define ID_MAX 64u
#define TIMEOUT_DEFAULT_MS 10000
#define TIMEOUT_MAX_MS 60000

struct post {
	struct post *next;
	struct webhook_sender *sender;
	uint32_t owner, flags;
	char *url, *body;
	size_t body_bytes;
	char id[ID_MAX + 1], secret[SECRET_MAX + 1];
	int64_t timeout_ms;
	bool sent; /* the HTTP client has it */
	f1p_webhook_fn fn;
	void *arg;
};

struct webhook_sender {
	struct http_client *http;
	struct http_options o;
	uv_async_t news;
	pthread_mutex_t lock; /* posts */
	struct post *posts;   /* newest last; a post stays here until its fn was called */
};

/* ------------------------------------------------------------------ checks */

static bool refuse(char *why, size_t size, const char *text)
{
	snprintf(why, size, "%s", text);
	return false;
}

/* "[v6]:port", "host:port", "host": the host alone. */
static void host_of(const char *authority, char out[URL_AUTHORITY_MAX])
{
	bool v6 = *authority == '[';

	snprintf(out, URL_AUTHORITY_MAX, "%.*s", (int)strcspn(authority + v6, v6 ? "]" : ":"), authority + v6);
}

static bool is_local_name(const char *host)
{
	static const char *const ends[] = {"localhost", "localhost.", "local", "internal", NULL};
	size_t n = strlen(host);

	for (size_t i = 0; ends[i]; i++) {
		size_t m = strlen(ends[i]);
		if (n >= m && strcasecmp(host + n - m, ends[i]) == 0 && (n == m || host[n - m - 1] == '.'))
			return true;
	}
	return false;
}

bool webhook_url_check(const char *url, uint32_t flags, char *why, size_t why_size)
{
	char authority[URL_AUTHORITY_MAX], host[URL_AUTHORITY_MAX];
	struct sockaddr_storage a;
	bool https = false;

	if (!url || !url_check(url, authority, &https, why, why_size))
		return url ? false : refuse(why, why_size, "no URL");
	if (!https && !(flags & F1P_WEBHOOKF_HTTP))
		return refuse(why, why_size, "only https:// is allowed");
	host_of(authority, host);
	if (!(flags & F1P_WEBHOOKF_PRIVATE) &&
		(is_local_name(host) || (address_parse(host, &a) && !address_is_public((struct sockaddr *)&a))))
		return refuse(why, why_size, "it leads into a private network or to this machine");
	return true;
}

static bool id_ok(const char *id)
{
	size_t n = id ? strlen(id) : 0;

	return n >= 1 && n <= ID_MAX && strspn(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") == n;
}

static bool post_ok(const struct f1p_webhook *w, char *why, size_t size)
{
	size_t secret = w->secret ? strlen(w->secret) : 0;

	if (!id_ok(w->id))
		return refuse(why, size, "an id has 1 to 64 bytes of A-Z a-z 0-9 - _");
	if (secret < 1 || secret > SECRET_MAX)
		return refuse(why, size, "a secret has 1 to 256 bytes");
	if (!w->body || w->body_bytes > BODY_MAX)
		return refuse(why, size, "a body has at most 64 KiB");
	if (w->timeout_ms < 0 || w->timeout_ms > TIMEOUT_MAX_MS)
		return refuse(why, size, "timeout_ms is 0 to 60000");
	return webhook_url_check(w->url, w->flags, why, size);
}

/* ------------------------------------------------------------------ the queue */

static void post_destroy(struct post *p)
{
	if (!p)
		return;
	explicit_bzero(p->secret, sizeof(p->secret));
	free(p->url);
	free(p->body);
	free(p);
}

static struct post *post_create(const struct f1p_webhook *w)
{
	struct post *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->flags = w->flags;
	p->timeout_ms = w->timeout_ms ? w->timeout_ms : TIMEOUT_DEFAULT_MS;
	p->url = strdup(w->url);
	p->body_bytes = (size_t)w->body_bytes;
	p->body = malloc(p->body_bytes + 1);
	if (!p->url || !p->body) {
		post_destroy(p);
		return NULL;
	}
	memcpy(p->body, w->body, p->body_bytes);
	snprintf(p->id, sizeof(p->id), "%s", w->id);
	snprintf(p->secret, sizeof(p->secret), "%s", w->secret);
	return p;
}

/* Appends it; false: as many of this owner wait already. */
static bool enqueue(struct webhook_sender *s, struct post *p)
{
	struct post **at = &s->posts;
	uint32_t waiting = 0;

	pthread_mutex_lock(&s->lock);
	for (; *at; at = &(*at)->next)
		waiting += (*at)->owner == p->owner;
	if (waiting < WAITING_MAX)
		*at = p;
	pthread_mutex_unlock(&s->lock);
	return waiting < WAITING_MAX;
}

f1p_status webhook_post(struct webhook_sender *s, uint32_t owner, const struct f1p_webhook *given, f1p_webhook_fn fn, void *arg,
	char *why, size_t why_size)
{
	struct f1p_webhook w = {0};
	struct post *p;

	memcpy(&w, given, given->size < sizeof(w) ? given->size : sizeof(w));
	if (!post_ok(&w, why, why_size))
		return F1P_EINVAL;
	p = post_create(&w);
	if (!p) {
		snprintf(why, why_size, "no memory");
		return F1P_ENOMEM;
	}
	p->sender = s;
	p->owner = owner;
	p->fn = fn;
	p->arg = arg;
	if (!enqueue(s, p)) {
		post_destroy(p);
		snprintf(why, why_size, "%u webhooks wait already", WAITING_MAX);
		return F1P_AGAIN;
	}
	uv_async_send(&s->news);
	return F1P_OK;
}

static void unlink_post(struct webhook_sender *s, const struct post *p)
{
	struct post **at = &s->posts;

	pthread_mutex_lock(&s->lock);
	while (*at != p)
		at = &(*at)->next;
	*at = p->next;
	pthread_mutex_unlock(&s->lock);
}

/* ------------------------------------------------------------------ on the loop */

bool webhook_sign(const char *secret, int64_t timestamp_s, const void *body, size_t n, char out[WEBHOOK_SIGNATURE_TEXT])
{
	unsigned char sum[EVP_MAX_MD_SIZE];
	unsigned int sum_n = 0;
	char *text = malloc(n + 32);
	int head;

	if (!text)
		return false;
	head = snprintf(text, 32, "%" PRId64 ".", timestamp_s);
	memcpy(text + head, body, n);
	bool ok = HMAC(EVP_sha256(), secret, (int)strlen(secret), (const unsigned char *)text, (size_t)head + n, sum, &sum_n) !=
		  NULL;
	free(text);
	memcpy(out, "sha256=", 8);
	for (unsigned int i = 0; ok && i < sum_n; i++)
		snprintf(out + 7 + 2 * i, 3, "%02x", sum[i]);
	return ok;
}

/* The one call back; frees the post. */
static void finish(struct post *p, const struct f1p_webhook_result *r)
{
	unlink_post(p->sender, p);
	p->fn(p->arg, r);
	post_destroy(p);
}

/* The reason without the URL: its path may be what lets anybody in. */
static const char *without_url(const struct post *p, const char *reason)
{
	char prefix[320], shown[300];

	url_for_log(p->url, shown, sizeof(shown));
	snprintf(prefix, sizeof(prefix), "POST %s: ", shown);
	return strncmp(reason, prefix, strlen(prefix)) == 0 ? reason + strlen(prefix) : reason;
}

static void on_answer(void *arg, const struct f1p_http_answer *a)
{
	struct f1p_webhook_result r = {.size = sizeof(r),
		.error = a->error,
		.status = a->status,
		.retry_after_ms = a->retry_after_ms,
		.reason = without_url(arg, a->reason)};

	finish(arg, &r);
}

static void fail(struct post *p, f1p_status error, const char *reason)
{
	struct f1p_webhook_result r = {.size = sizeof(r), .error = error, .retry_after_ms = F1P_UNKNOWN_NS, .reason = reason};

	finish(p, &r);
}

static void limit(struct webhook_sender *s, const struct post *p)
{
	static const struct f1p_http_window window = {.requests = 60, .window_ms = 60000};
	char authority[URL_AUTHORITY_MAX], why[200];

	if (url_check(p->url, authority, NULL, why, sizeof(why)))
		http_client_limit(s->http, p->owner, authority, &window, 1, why, sizeof(why));
}

static void send_post(struct webhook_sender *s, struct post *p)
{
	char signature[WEBHOOK_SIGNATURE_TEXT], stamp[32], why[300] = "";
	int64_t now_s = s->o.utc_ns(s->o.arg) / 1000000000;
	const struct f1p_header headers[] = {{"Content-Type", "application/json"}, {"X-F1PD-Id", p->id},
		{"X-F1PD-Timestamp", stamp}, {"X-F1PD-Signature", signature}};
	struct f1p_http_request r = {.size = sizeof(r),
		.flags = F1P_HTTPF_NO_RETRY | F1P_HTTPF_NO_STORE | F1P_HTTPF_NO_REDIRECT |
			 (p->flags & F1P_WEBHOOKF_PRIVATE ? 0 : F1P_HTTPF_PUBLIC_ONLY),
		.method = F1P_HTTP_POST,
		.url = p->url,
		.headers = headers,
		.n_headers = sizeof(headers) / sizeof(headers[0]),
		.body = p->body,
		.body_bytes = p->body_bytes,
		.max_bytes = ANSWER_MAX,
		.timeout_ms = p->timeout_ms};

	snprintf(stamp, sizeof(stamp), "%" PRId64, now_s);
	if (!webhook_sign(p->secret, now_s, p->body, p->body_bytes, signature)) {
		fail(p, F1P_ENOMEM, "no memory");
		return;
	}
	limit(s, p);
	if (!http_client_request(s->http, p->owner, &r, on_answer, p, why, sizeof(why)))
		fail(p, F1P_EINVAL, why);
}

static struct post *next_new(struct webhook_sender *s)
{
	struct post *p;

	pthread_mutex_lock(&s->lock);
	for (p = s->posts; p && p->sent; p = p->next)
		;
	if (p)
		p->sent = true;
	pthread_mutex_unlock(&s->lock);
	return p;
}

static void on_news(uv_async_t *a)
{
	struct webhook_sender *s = a->data;

	for (struct post *p; (p = next_new(s)) != NULL;)
		send_post(s, p);
}

void webhook_forget(struct webhook_sender *s, uint32_t owner)
{
	struct post **at = &s->posts;

	http_client_forget(s->http, owner);
	pthread_mutex_lock(&s->lock);
	while (*at) {
		struct post *p = *at;
		if (p->owner != owner) {
			at = &p->next;
			continue;
		}
		*at = p->next;
		post_destroy(p);
	}
	pthread_mutex_unlock(&s->lock);
}

/* ------------------------------------------------------------------ life */

struct webhook_sender *webhook_sender_create(const struct http_options *o, char *err, size_t err_size)
{
	struct webhook_sender *s = calloc(1, sizeof(*s));

	if (!s) {
		snprintf(err, err_size, "no memory for webhooks");
		return NULL;
	}
	s->o = *o;
	s->o.cache_dir = NULL;
	s->o.measured = NULL; /* a series for each address that a user gives would be too many */
	s->http = http_client_create(&s->o, err, err_size);
	if (!s->http || uv_async_init(o->loop, &s->news, on_news) != 0) {
		if (s->http)
			snprintf(err, err_size, "no event handle for webhooks");
		http_client_destroy(s->http);
		free(s);
		return NULL;
	}
	uv_unref((uv_handle_t *)&s->news);
	s->news.data = s;
	pthread_mutex_init(&s->lock, NULL);
	return s;
}

static void on_closed(uv_handle_t *handle)
{
	struct webhook_sender *s = handle->data;

	pthread_mutex_destroy(&s->lock);
	free(s);
}

void webhook_sender_destroy(struct webhook_sender *s)
{
	if (!s)
		return;
	http_client_destroy(s->http);
	while (s->posts) {
		struct post *p = s->posts;
		s->posts = p->next;
		post_destroy(p);
	}
	uv_close((uv_handle_t *)&s->news, on_closed);
}
