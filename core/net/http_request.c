/*
 * http_request.c - from the request of a plugin to a call of ours: everything is checked and copied here.
 */
#include "net/http_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define REQUEST_HEADERS_MAX 32u
#define HEADER_BYTES_MAX 16384u
#define BODY_MAX (16u << 20)
#define ANSWER_DEFAULT (4u << 20)
#define ANSWER_MAX (256u << 20)
#define TIMEOUT_DEFAULT_MS 30000
#define TIMEOUT_MAX_MS (15 * 60 * 1000)

static bool is_name(const char *text)
{
	if (!*text)
		return false;
	for (; *text; text++)
		if ((unsigned char)*text <= 0x20 || (unsigned char)*text >= 0x7f || strchr("()<>@,;:\\\"/[]?={}", *text))
			return false;
	return true;
}

static bool is_value(const char *text)
{
	for (; *text; text++)
		if (((unsigned char)*text < 0x20 && *text != '\t') || *text == 0x7f)
			return false;
	return true;
}

static bool is_one_of(const char *name, const char *const *list)
{
	for (; *list; list++)
		if (strcasecmp(name, *list) == 0)
			return true;
	return false;
}

static bool add_header(struct curl_slist **list, const char *name, const char *value)
{
	char *line = NULL;
	struct curl_slist *longer;

	/* curl's way to say a header without a value */
	if ((*value ? asprintf(&line, "%s: %s", name, value) : asprintf(&line, "%s;", name)) < 0)
		return false;
	longer = curl_slist_append(*list, line);
	free(line);
	if (longer)
		*list = longer;
	return longer != NULL;
}

/* What a header tells us about the call; false: it is ours to set. */
static bool consider(struct http_call *c, const char *name)
{
	static const char *const ours[] = {"host", "content-length", "transfer-encoding", "connection", "te", "trailer", NULL};
	static const char *const personal[] = {"authorization", "cookie", "proxy-authorization", "range", NULL};
	static const char *const conditions[] = {"if-none-match", "if-modified-since", "if-match", "if-unmodified-since", NULL};

	if (is_one_of(name, personal))
		c->cached = false;
	if (is_one_of(name, conditions))
		c->own_condition = true;
	return !is_one_of(name, ours);
}

/* The values stay out of the reasons: they may be secret. */
static bool take_headers(struct http_call *c, const struct f1p_http_request *r, char *why, size_t why_size)
{
	if (r->n_headers > REQUEST_HEADERS_MAX || (r->n_headers && !r->headers)) {
		snprintf(why, why_size, "at most %u headers", REQUEST_HEADERS_MAX);
		return false;
	}
	for (uint32_t i = 0; i < r->n_headers; i++) {
		const struct f1p_header *h = &r->headers[i];
		if (!h->name || !h->value || !is_name(h->name) || !is_value(h->value) ||
			strlen(h->name) + strlen(h->value) > HEADER_BYTES_MAX) {
			snprintf(why, why_size, "header %u: no valid name, or a value with line breaks or longer than %u bytes",
				i + 1, HEADER_BYTES_MAX);
			return false;
		}
		if (!consider(c, h->name)) {
			snprintf(why, why_size, "header %s is set by the host itself: leave it out", h->name);
			return false;
		}
		if (!add_header(&c->headers, h->name, h->value)) {
			snprintf(why, why_size, "no memory");
			return false;
		}
	}
	/* else curl asks first whether it may send a longer body, which many servers do not know */
	if (c->method == F1P_HTTP_POST && !add_header(&c->headers, "Expect", "")) {
		snprintf(why, why_size, "no memory");
		return false;
	}
	return true;
}

static bool take_numbers(struct http_call *c, const struct f1p_http_request *r, char *why, size_t why_size)
{
	c->flags = r->flags;
	c->method = r->method;
	c->priority = r->priority ? r->priority : F1P_HTTP_NORMAL;
	c->max_bytes = r->max_bytes ? r->max_bytes : ANSWER_DEFAULT;
	c->timeout_ms = r->timeout_ms ? r->timeout_ms : TIMEOUT_DEFAULT_MS;
	c->fresh_ms = r->fresh_ms;
	c->cached = c->method == F1P_HTTP_GET && !(c->flags & F1P_HTTPF_NO_STORE) && !r->save_path;
	if (c->method < F1P_HTTP_GET || c->method > F1P_HTTP_OPTIONS)
		snprintf(why, why_size, "method %u is none of GET, POST and OPTIONS", c->method);
	else if (c->priority > F1P_HTTP_BACKGROUND)
		snprintf(why, why_size, "priority %u is none", c->priority);
	else if (c->max_bytes > ANSWER_MAX)
		snprintf(why, why_size, "max_bytes is over 256 MiB");
	else if (c->timeout_ms < 0 || c->timeout_ms > TIMEOUT_MAX_MS || c->fresh_ms < 0)
		snprintf(why, why_size, "timeout_ms must be 0 to %d, fresh_ms not below 0", TIMEOUT_MAX_MS);
	else if (r->body_bytes > BODY_MAX || (r->body_bytes && (!r->body || c->method != F1P_HTTP_POST)))
		snprintf(why, why_size, "a body is for POST, and at most %u bytes", BODY_MAX);
	else if (r->save_path && (c->method != F1P_HTTP_GET || !r->save_path[0]))
		snprintf(why, why_size, "save_path is for GET, and not empty");
	else
		return true;
	return false;
}

static bool take_memory(struct http_call *c, const struct f1p_http_request *r)
{
	c->url = strdup(r->url);
	c->save_path = r->save_path ? strdup(r->save_path) : NULL;
	c->body = malloc(r->body_bytes ? (size_t)r->body_bytes : 1);
	if (!c->url || (r->save_path && !c->save_path) || !c->body)
		return false;
	c->body_bytes = r->body_bytes;
	if (r->body_bytes)
		memcpy(c->body, r->body, (size_t)r->body_bytes);
	return true;
}

struct http_call *http_call_create(const struct f1p_http_request *given, char *why, size_t why_size)
{
	struct f1p_http_request r = {0};
	struct http_call *c = calloc(1, sizeof(*c));

	memcpy(&r, given, given->size < sizeof(r) ? given->size : sizeof(r));
	if (!c) {
		snprintf(why, why_size, "no memory");
		return NULL;
	}
	c->state = CALL_NEW;
	if (!r.url) {
		snprintf(why, why_size, "no URL");
		goto refuse;
	}
	if (!take_numbers(c, &r, why, why_size) || !take_headers(c, &r, why, why_size))
		goto refuse;
	if (!take_memory(c, &r)) {
		snprintf(why, why_size, "no memory");
		goto refuse;
	}
	return c;
refuse:
	http_call_destroy(c);
	return NULL;
}

void http_call_destroy(struct http_call *c)
{
	if (!c)
		return;
	http_transfer_destroy(c->transfer);
	curl_slist_free_all(c->headers);
	curl_slist_free_all(c->sent);
	free(c->url);
	free(c->at);
	free(c->body);
	free(c->save_path);
	free(c->etag);
	free(c->changed);
	free(c);
}
