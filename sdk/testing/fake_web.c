/* fake_web.c - webhooks that the test answers, trees that the test asks, a folder that the test names. */
#include "fake_host_impl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* -- webhooks -- */

static f1p_status check(const struct f1p_host *host, const char *url, uint32_t flags)
{
	if (strncmp(url, "https://", 8) != 0 && !(flags & F1P_WEBHOOKF_HTTP && strncmp(url, "http://", 7) == 0))
		return host->fail(host, F1P_EINVAL, "only https:// is allowed");
	if (!(flags & F1P_WEBHOOKF_PRIVATE) && strstr(url, "//10."))
		return host->fail(host, F1P_EINVAL, "it leads into a private network or to this machine");
	return F1P_OK;
}

static f1p_status post(const struct f1p_host *host, const struct f1p_webhook *w, f1p_webhook_fn fn, void *arg)
{
	struct fake_host *f = fake_of(host);
	struct fake_post *p;

	if (f->n_posts == FAKE_MAX)
		return F1P_AGAIN;
	p = &f->posts[f->n_posts++];
	*p = (struct fake_post){.flags = w->flags, .fn = fn, .arg = arg};
	snprintf(p->url, sizeof(p->url), "%s", w->url);
	snprintf(p->id, sizeof(p->id), "%s", w->id);
	snprintf(p->secret, sizeof(p->secret), "%s", w->secret);
	snprintf(p->body, sizeof(p->body), "%.*s", (int)w->body_bytes, (const char *)w->body);
	return F1P_OK;
}

static bool random_bytes(const struct f1p_host *host, void *out, size_t n)
{
	struct fake_host *f = fake_of(host);

	for (size_t i = 0; i < n; i++) {
		f->dice = f->dice * 6364136223846793005u + 1442695040888963407u;
		((uint8_t *)out)[i] = (uint8_t)(f->dice >> 56);
	}
	return true;
}

const struct f1p_webhooks fake_webhooks_ext = {sizeof(fake_webhooks_ext), 0, check, post, random_bytes};

struct fake_post *fake_posted(struct fake_host *f)
{
	for (size_t i = 0; i < f->n_posts; i++)
		if (!f->posts[i].done)
			return &f->posts[i];
	return NULL;
}

void fake_post_answer(struct fake_post *p, f1p_status error, uint32_t status, int64_t retry_after_ms, const char *reason)
{
	struct f1p_webhook_result r = {
		.size = sizeof(r), .error = error, .status = status, .retry_after_ms = retry_after_ms, .reason = reason};

	p->done = true;
	p->fn(p->arg, &r);
}

/* -- files -- */

static const char *data_dir(const struct f1p_host *host)
{
	return fake_of(host)->data_dir;
}

const struct f1p_data_dir fake_data_dir_ext = {sizeof(fake_data_dir_ext), 0, data_dir};

/* -- trees: exact routes are not offered -- */

static f1p_status add(const struct f1p_host *host, const char *path, f1p_route_fn fn, void *arg)
{
	(void)path;
	(void)fn;
	(void)arg;
	return host->fail(host, F1P_EINVAL, "the fake host has no exact routes");
}

static struct fake_tree *find_tree(struct fake_host *f, const char *path)
{
	for (size_t i = 0; i < sizeof(f->trees) / sizeof(f->trees[0]); i++)
		if (strcmp(f->trees[i].path, path) == 0)
			return &f->trees[i];
	return NULL;
}

static void remove_tree(const struct f1p_host *host, const char *path)
{
	struct fake_tree *t = find_tree(fake_of(host), path);

	if (t && path[0])
		*t = (struct fake_tree){0};
}

static f1p_status add_tree(const struct f1p_host *host, const char *path, f1p_tree_fn fn, void *arg)
{
	struct fake_tree *t = find_tree(fake_of(host), "");

	if (!t || find_tree(fake_of(host), path))
		return host->fail(host, F1P_EINVAL, "the route %s is taken", path);
	snprintf(t->path, sizeof(t->path), "%s", path);
	t->fn = fn;
	t->arg = arg;
	return F1P_OK;
}

static bool serve(const struct f1p_host *host, const char *path, struct f1p_response *r)
{
	(void)host;
	(void)path;
	(void)r;
	return false;
}

static bool handle(const struct f1p_host *host, const struct f1p_request *q, struct f1p_response *r)
{
	struct fake_host *f = fake_of(host);

	for (size_t i = 0; i < sizeof(f->trees) / sizeof(f->trees[0]); i++) {
		size_t n = strlen(f->trees[i].path);
		if (n && strncmp(q->path, f->trees[i].path, n) == 0 && (!q->path[n] || q->path[n] == '/')) {
			f->trees[i].fn(f->trees[i].arg, q, r);
			return true;
		}
	}
	return false;
}

const struct f1p_routes fake_routes_ext = {sizeof(fake_routes_ext), 0, add, remove_tree, serve, add_tree, handle};

struct text {
	char *out;
	size_t n, size;
};

static f1p_status append(struct f1p_response *r, const void *bytes, size_t n)
{
	struct text *t = r->impl;

	if (t->out && t->n + n < t->size) {
		memcpy(t->out + t->n, bytes, n);
		t->n += n;
		t->out[t->n] = '\0';
	}
	return F1P_OK;
}

static f1p_status header(struct f1p_response *r, const char *name, const char *value)
{
	(void)r;
	(void)name;
	(void)value;
	return F1P_OK;
}

uint32_t fake_ask(struct fake_host *f, uint32_t method, const char *path, const char *query, const char *request, uint32_t scopes,
	int64_t until_ns, char *body, size_t body_size)
{
	struct text t = {.out = body, .size = body_size};
	struct f1p_response r = {.size = sizeof(r), .status = 200, .append = append, .impl = &t, .header = header};
	const struct f1p_request q = {.size = sizeof(q),
		.method = method,
		.path = path,
		.query = query ? query : "",
		.content_type = "application/json",
		.body = request ? request : "",
		.body_n = request ? strlen(request) : 0,
		.scopes = scopes,
		.until_ns = until_ns};

	if (body_size)
		body[0] = '\0';
	return handle(&f->host, &q, &r) ? r.status : 0;
}
