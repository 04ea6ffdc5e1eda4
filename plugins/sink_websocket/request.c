/*
 * request.c - see request.h.
 *
 * The library cuts the query at '&' and decodes it; others expect it as it came, so it is encoded again.
 */
#include "request.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "helpers/percent.h"

static void read_method(struct request *r, struct lws *wsi)
{
	static const struct {
		enum lws_token_indexes token;
		uint32_t method;
	} methods[] = {
		{WSI_TOKEN_GET_URI, F1P_GET},
		{WSI_TOKEN_HEAD_URI, F1P_GET},
		{WSI_TOKEN_POST_URI, F1P_POST},
		{WSI_TOKEN_PUT_URI, F1P_PUT},
		{WSI_TOKEN_PATCH_URI, F1P_PATCH},
		{WSI_TOKEN_DELETE_URI, F1P_DELETE},
	};
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		if (lws_hdr_total_length(wsi, methods[i].token) > 0) {
			r->method = methods[i].method;
			r->head = methods[i].token == WSI_TOKEN_HEAD_URI;
			return;
		}
	}
	r->options = lws_hdr_total_length(wsi, WSI_TOKEN_OPTIONS_URI) > 0;
}

static bool stands_for_itself(unsigned char c)
{
	return c > ' ' && c < 0x7f && !strchr("%&#+\"\\", c);
}

/* Appends one argument; false when it does not fit. */
static bool encode_argument(struct request *r, size_t *at, const char *text, size_t n)
{
	static const char hex[] = "0123456789ABCDEF";
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)text[i];
		bool plain = stands_for_itself(c);
		if (*at + (plain ? 1 : 3) >= sizeof(r->query)) {
			return false;
		}
		if (plain) {
			r->query[(*at)++] = (char)c;
		} else {
			r->query[(*at)++] = '%';
			r->query[(*at)++] = hex[c >> 4];
			r->query[(*at)++] = hex[c & 15];
		}
	}
	r->query[*at] = '\0';
	return true;
}

static bool read_query(struct request *r, struct lws *wsi)
{
	char argument[REQUEST_QUERY];
	size_t at = 0;
	for (int i = 0;; i++) {
		int length = lws_hdr_fragment_length(wsi, WSI_TOKEN_HTTP_URI_ARGS, i);
		int n = lws_hdr_copy_fragment(wsi, argument, sizeof(argument), WSI_TOKEN_HTTP_URI_ARGS, i);
		if (n < 0 && length <= 0) {
			return true; /* there is no further one; an empty one ("?&a=1") has a copy */
		}
		if (n < 0 || (i > 0 && at + 1 >= sizeof(r->query))) {
			return false;
		}
		if (n == 1 && argument[0] == '/') {
			n = 0; /* what the library makes of an '&' at the end */
		}
		if (i > 0) {
			r->query[at++] = '&';
		}
		if (!encode_argument(r, &at, argument, (size_t)n)) {
			return false;
		}
	}
}

/* False if it is there and too long. */
static bool header(struct lws *wsi, enum lws_token_indexes token, char *out, size_t out_size)
{
	out[0] = '\0';
	if (lws_hdr_total_length(wsi, token) <= 0) {
		return true;
	}
	return lws_hdr_copy(wsi, out, (int)out_size, token) >= 0;
}

/* "gzip" or "*" among the codings, and not with q=0. */
static bool takes_gzip(const char *accept)
{
	for (const char *p = accept; *p; p += strcspn(p, ","), p += *p == ',') {
		p += strspn(p, " \t");
		size_t n = strcspn(p, ",");
		size_t name = strcspn(p, ",; \t");
		if (!((name == 4 && strncasecmp(p, "gzip", 4) == 0) || (name == 1 && *p == '*'))) {
			continue;
		}
		const char *q = memchr(p, '=', n);
		return !q || strspn(q + 1, "0.") < (size_t)(p + n - q - 1);
	}
	return false;
}

/* The cookie that names the viewer; one that does not fit is none of ours. False: there are too many to tell. */
static bool read_viewer(struct request *r, struct lws *wsi)
{
	static const char name[] = "f1pd_viewer=";
	char cookies[REQUEST_COOKIES];
	if (!header(wsi, WSI_TOKEN_HTTP_COOKIE, cookies, sizeof(cookies))) {
		return false;
	}
	for (const char *p = cookies; *p; p += strcspn(p, ";"), p += strspn(p, "; ")) {
		size_t n = strcspn(p, ";"), head = sizeof(name) - 1;
		if (n > head && n - head < sizeof(r->viewer) && strncmp(p, name, head) == 0) {
			memcpy(r->viewer, p + head, n - head);
			r->viewer[n - head] = '\0';
		}
	}
	return true;
}

enum request_fault request_read(struct request *r, struct lws *wsi, const char *path)
{
	char accept[128];
	memset(r, 0, sizeof(*r));
	r->body = "";
	r->until_ns = F1P_UNKNOWN_NS;
	read_method(r, wsi);
	if (strlen(path) >= sizeof(r->path)) {
		return REQUEST_PATH_TOO_LONG;
	}
	strcpy(r->path, path);
	if (!read_query(r, wsi)) {
		return REQUEST_QUERY_TOO_LONG;
	}
	if (!header(wsi, WSI_TOKEN_HTTP_CONTENT_TYPE, r->content_type, sizeof(r->content_type)) ||
		!header(wsi, WSI_TOKEN_HOST, r->host, sizeof(r->host)) ||
		!header(wsi, WSI_TOKEN_ORIGIN, r->origin, sizeof(r->origin)) || !read_viewer(r, wsi)) {
		return REQUEST_HEADER_TOO_LONG;
	}
	r->json = strncasecmp(r->content_type, "application/json", 16) == 0 &&
		  (r->content_type[16] == '\0' || strchr("; ", r->content_type[16]));
	if (!header(wsi, WSI_TOKEN_HTTP_IF_NONE_MATCH, r->if_none_match, sizeof(r->if_none_match))) {
		r->if_none_match[0] = '\0'; /* costs the client the body, nothing else */
	}
	r->gzip = header(wsi, WSI_TOKEN_HTTP_ACCEPT_ENCODING, accept, sizeof(accept)) && takes_gzip(accept);
	return REQUEST_FINE;
}

/* -------------------------------------------------------------- arguments */

/* Whether that is the name of the argument of n bytes; *value_at: where its value begins. */
static bool is_named(const char *argument, size_t n, const char *name, size_t *value_at)
{
	size_t name_n = strlen(name);
	*value_at = n == name_n ? n : name_n + 1;
	return n >= name_n && memcmp(argument, name, name_n) == 0 && (n == name_n || argument[name_n] == '=');
}

int request_argument(const char *query, const char *name, char *out, size_t out_size)
{
	int found = 0;
	out[0] = '\0';
	for (const char *p = query; *p; p += *p == '&') {
		size_t n = strcspn(p, "&"), head;
		if (is_named(p, n, name, &head)) {
			if (found || !f1p_percent_decode(p + head, n - head, '+', out, out_size)) {
				return -1;
			}
			found = 1;
		}
		p += n;
	}
	return found;
}

int request_seconds(const char *query, const char *name, double most, double *out)
{
	char text[16], *end = NULL;
	int found = request_argument(query, name, text, sizeof(text));
	*out = 0;
	if (found != 1) {
		return found;
	}
	if (!text[0] || text[strspn(text, "0123456789.")]) { /* strtod takes more: 0x10, 1e9, nan */
		return -1;
	}
	*out = strtod(text, &end);
	return *end == '\0' && *out <= most ? 1 : -1;
}

void request_without(const char *query, const char *name, char out[REQUEST_QUERY])
{
	size_t at = 0;
	for (const char *p = query; *p; p += *p == '&') {
		size_t n = strcspn(p, "&"), head;
		if (n > 0 && at + n < REQUEST_QUERY && !is_named(p, n, name, &head)) {
			memcpy(out + at, p, n);
			out[at + n] = '&';
			at += n + 1;
		}
		p += n;
	}
	out[at > 0 ? at - 1 : 0] = '\0';
}

bool request_arguments_known(const char *query, const char *const *known, char *other, size_t other_size)
{
	for (const char *p = query; *p; p += *p == '&') {
		size_t n = strcspn(p, "&"), name_n = strcspn(p, "=&");
		size_t i = 0;
		while (known[i] && !(strlen(known[i]) == name_n && memcmp(known[i], p, name_n) == 0)) {
			i++;
		}
		if (!known[i] && n > 0) {
			size_t kept = name_n < other_size ? name_n : other_size - 1;
			memcpy(other, p, kept);
			other[kept] = '\0';
			return false;
		}
		p += n;
	}
	return true;
}
