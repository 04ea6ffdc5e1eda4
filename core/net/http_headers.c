#include "net/http_headers.h"

#include "net/retry.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define AGE_MAX_S 31536000 /* a year */

void http_headers_finish(struct http_headers *h)
{
	free(h->text);
	*h = (struct http_headers){0};
}

void http_headers_clear(struct http_headers *h)
{
	h->used = h->n = 0;
}

static bool reserve(struct http_headers *h, size_t more)
{
	uint32_t cap = h->cap ? h->cap : 1024;
	char *text;

	if (more > HTTP_HEADERS_BYTES_MAX - h->used)
		return false;
	while (cap < h->used + more)
		cap *= 2;
	if (cap == h->cap)
		return true;
	text = realloc(h->text, cap);
	if (!text)
		return false;
	h->text = text;
	h->cap = cap;
	return true;
}

/* Control characters, NUL too, become '?': nobody behind us has to think of them. */
static char plain(char c)
{
	return ((unsigned char)c < 0x20 && c != '\t') || c == 0x7f ? '?' : c;
}

bool http_headers_put(struct http_headers *h, const char *name, size_t name_bytes, const char *value, size_t value_bytes)
{
	if (h->n >= HTTP_HEADERS_MAX || name_bytes > HTTP_HEADERS_BYTES_MAX || value_bytes > HTTP_HEADERS_BYTES_MAX ||
		!reserve(h, name_bytes + value_bytes + 2))
		return false;
	for (size_t i = 0; i < name_bytes; i++)
		h->text[h->used++] = plain((char)tolower((unsigned char)name[i]));
	h->text[h->used++] = '\0';
	for (size_t i = 0; i < value_bytes; i++)
		h->text[h->used++] = plain(value[i]);
	h->text[h->used++] = '\0';
	h->n++;
	return true;
}

bool http_headers_add_line(struct http_headers *h, const char *line, size_t n)
{
	const char *colon = memchr(line, ':', n);
	size_t name_bytes = colon ? (size_t)(colon - line) : 0;
	const char *value;

	if (name_bytes == 0 || isspace((unsigned char)line[0]))
		return n <= HTTP_HEADERS_BYTES_MAX;
	value = colon + 1;
	n -= name_bytes + 1;
	while (n > 0 && isspace((unsigned char)value[n - 1]))
		n--;
	while (n > 0 && isspace((unsigned char)*value)) {
		value++;
		n--;
	}
	return http_headers_put(h, line, name_bytes, value, n);
}

uint32_t http_headers_list(const struct http_headers *h, struct f1p_header out[HTTP_HEADERS_MAX])
{
	const char *p = h->text;

	for (uint32_t i = 0; i < h->n; i++) {
		out[i].name = p;
		out[i].value = p + strlen(p) + 1;
		p = out[i].value + strlen(out[i].value) + 1;
	}
	return h->n;
}

const char *http_headers_get(const struct http_headers *h, const char *name)
{
	struct f1p_header list[HTTP_HEADERS_MAX];
	uint32_t n = http_headers_list(h, list);

	for (uint32_t i = 0; i < n; i++)
		if (strcmp(list[i].name, name) == 0)
			return list[i].value;
	return NULL;
}

bool http_headers_from_text(struct http_headers *h, const char *text, size_t n)
{
	const char *end = text + n;

	http_headers_clear(h);
	while (text < end) {
		const char *value = memchr(text, '\0', (size_t)(end - text)), *stop;
		if (!value || ++value >= end)
			return false;
		stop = memchr(value, '\0', (size_t)(end - value));
		if (!stop || !http_headers_put(h, text, (size_t)(value - text) - 1, value, (size_t)(stop - value)))
			return false;
		text = stop + 1;
	}
	return true;
}

static bool of_the_body(const char *name)
{
	return strcmp(name, "content-length") == 0 || strcmp(name, "content-encoding") == 0 ||
	       strcmp(name, "transfer-encoding") == 0;
}

bool http_headers_update(struct http_headers *h, const struct http_headers *newer)
{
	struct f1p_header old[HTTP_HEADERS_MAX], add[HTTP_HEADERS_MAX];
	uint32_t n_old = http_headers_list(h, old), n_add = http_headers_list(newer, add);
	struct http_headers sum = {0};
	bool ok = true;

	for (uint32_t i = 0; ok && i < n_old; i++)
		if (of_the_body(old[i].name) || (strcmp(old[i].name, "age") != 0 && !http_headers_get(newer, old[i].name)))
			ok = http_headers_put(&sum, old[i].name, strlen(old[i].name), old[i].value, strlen(old[i].value));
	for (uint32_t i = 0; ok && i < n_add; i++)
		if (!of_the_body(add[i].name))
			ok = http_headers_put(&sum, add[i].name, strlen(add[i].name), add[i].value, strlen(add[i].value));
	if (!ok) {
		http_headers_finish(&sum);
		return false;
	}
	http_headers_finish(h);
	*h = sum;
	return true;
}

/* Seconds at text as milliseconds; nonsense is 0. */
static int64_t seconds_ms(const char *text)
{
	int64_t s = 0;

	if (*text == '"')
		text++;
	for (; isdigit((unsigned char)*text); text++)
		s = s < AGE_MAX_S ? s * 10 + (*text - '0') : AGE_MAX_S;
	return (s < AGE_MAX_S ? s : AGE_MAX_S) * 1000;
}

struct directives {
	bool no_store, no_cache, has_max_age;
	int64_t max_age_ms;
};

static void directives(const char *value, struct directives *d)
{
	while (*value) {
		size_t n = strcspn(value, ",");
		while (n > 0 && isspace((unsigned char)*value)) {
			value++;
			n--;
		}
		if (n >= 8 && strncasecmp(value, "no-store", 8) == 0)
			d->no_store = true;
		else if (n >= 8 && strncasecmp(value, "no-cache", 8) == 0)
			d->no_cache = true;
		else if (n > 8 && strncasecmp(value, "max-age=", 8) == 0) {
			d->has_max_age = true;
			d->max_age_ms = seconds_ms(value + 8);
		}
		value += n + (value[n] == ',');
	}
}

struct http_lifetime http_headers_lifetime(const struct http_headers *h)
{
	struct f1p_header list[HTTP_HEADERS_MAX];
	uint32_t n = http_headers_list(h, list);
	const char *vary = http_headers_get(h, "vary"), *age = http_headers_get(h, "age");
	int64_t expires = retry_http_date_ns(http_headers_get(h, "expires")),
		date = retry_http_date_ns(http_headers_get(h, "date"));
	struct directives d = {0};
	struct http_lifetime life;

	for (uint32_t i = 0; i < n; i++)
		if (strcmp(list[i].name, "cache-control") == 0)
			directives(list[i].value, &d);
	life.keep = !d.no_store && !(vary && strchr(vary, '*'));
	life.age_ms = age ? seconds_ms(age) : 0;
	if (!d.has_max_age && expires != F1P_UNKNOWN_NS && date != F1P_UNKNOWN_NS && expires > date)
		d.max_age_ms = (expires - date) / 1000000;
	life.max_age_ms = d.no_cache ? 0 : d.max_age_ms;
	return life;
}
