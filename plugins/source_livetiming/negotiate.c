/*
 * negotiate.c - see negotiate.h.
 */
#include "negotiate.h"

#include <helpers/json_reader.h>
#include <helpers/utf8.h>

#include <stdio.h>
#include <string.h>

/* ---- addresses ---- */

static const char *behind_scheme(const char *url)
{
	if (strncmp(url, "https://", 8) == 0) {
		return url + 8;
	}
	return strncmp(url, "http://", 7) == 0 ? url + 7 : NULL;
}

bool slt_base_url_ok(const char *url, const char **why)
{
	const char *host = behind_scheme(url);

	if (host == NULL) {
		*why = "it must begin with https:// (or http://)";
		return false;
	}
	if (host[0] == '\0' || host[0] == '/' || host[0] == ':') {
		*why = "it names no host";
		return false;
	}
	if (strpbrk(host, "?#@\\\" <>") != NULL) {
		*why = "it must hold no user, query, fragment or blank";
		return false;
	}
	for (const char *p = host; *p != '\0'; p++) {
		if ((unsigned char)*p < 0x20 || (unsigned char)*p >= 0x7f) {
			*why = "it holds characters that an address cannot have";
			return false;
		}
	}
	if (strlen(url) > 400) {
		*why = "it is longer than 400 characters";
		return false;
	}
	return true;
}

bool slt_base_url_is_open(const char *url)
{
	static const char *const own[] = {"http://127.0.0.1", "http://localhost", "http://[::1]"};

	if (strncmp(url, "http://", 7) != 0) {
		return false;
	}
	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
		size_t n = strlen(own[i]);

		if (strncmp(url, own[i], n) == 0 && (url[n] == '\0' || url[n] == ':' || url[n] == '/')) {
			return false;
		}
	}
	return true;
}

static int base_length(const char *base_url)
{
	size_t n = strlen(base_url);

	while (n > 0 && base_url[n - 1] == '/') {
		n--;
	}
	return (int)n;
}

bool slt_negotiate_url(const char *base_url, bool versioned, char out[SLT_URL_MAX + 1])
{
	int n = snprintf(out, SLT_URL_MAX + 1, "%.*s/signalrcore/negotiate%s", base_length(base_url), base_url,
		versioned ? "?negotiateVersion=1" : "");

	return n > 0 && n <= (int)SLT_URL_MAX;
}

static bool is_unreserved(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c != '\0' && strchr("-._~", c) != NULL);
}

bool slt_socket_url(const char *base_url, const char *connection_id, char out[SLT_URL_MAX + 1])
{
	bool secure = strncmp(base_url, "https://", 8) == 0;
	const char *host = behind_scheme(base_url);
	size_t size = SLT_URL_MAX + 1;
	int n = host == NULL ? -1 : snprintf(out, size, "%s%.*s/signalrcore?id=", secure ? "wss://" : "ws://",
						base_length(host), host);

	if (n < 0 || (size_t)n >= size) {
		return false;
	}
	for (const char *p = connection_id; *p != '\0'; p++) {
		if ((size_t)n + 4 > size) {
			return false;
		}
		n += snprintf(out + n, size - (size_t)n, is_unreserved(*p) ? "%c" : "%%%02X", (unsigned char)*p);
	}
	return true;
}

/* ---- cookies ---- */

/* Length of "name=value" at the beginning of a Set-Cookie value; 0 if it is none. */
static size_t cookie_length(const char *value, size_t *name_n)
{
	size_t n = strcspn(value, ";");
	const char *equals = memchr(value, '=', n);

	while (n > 0 && value[n - 1] == ' ') {
		n--;
	}
	for (size_t i = 0; i < n; i++) {
		if ((unsigned char)value[i] <= 0x20 || (unsigned char)value[i] >= 0x7f || value[i] == ',') {
			return 0;
		}
	}
	*name_n = equals != NULL ? (size_t)(equals - value) : 0;
	return *name_n > 0 ? n : 0;
}

static void remove_cookie(char *text, const char *name, size_t name_n)
{
	for (char *at = text; *at != '\0';) {
		size_t n = strcspn(at, ";");
		char *next = at + n + (at[n] == ';' ? 2 : 0); /* "; " */

		if (strncmp(at, name, name_n) == 0 && at[name_n] == '=') {
			memmove(at, next, strlen(next) + 1);
		} else {
			at = next;
		}
	}
	for (size_t n = strlen(text); n > 0 && (text[n - 1] == ' ' || text[n - 1] == ';'); n--) {
		text[n - 1] = '\0';
	}
}

void slt_cookies_take(struct slt_cookies *c, const struct f1p_header *headers, uint32_t n_headers)
{
	for (uint32_t i = 0; i < n_headers; i++) {
		const char *value = headers[i].value;
		size_t name_n = 0, n = 0, used = 0;

		if (strcmp(headers[i].name, "set-cookie") != 0 || (n = cookie_length(value, &name_n)) == 0) {
			continue;
		}
		remove_cookie(c->text, value, name_n);
		used = strlen(c->text);
		if (used + n + 3 <= sizeof(c->text)) {
			snprintf(c->text + used, sizeof(c->text) - used, "%s%.*s", used > 0 ? "; " : "", (int)n, value);
		}
	}
}

/* ---- the answer ---- */

struct answer {
	uint32_t depth;
	char member[32]; /* of the outermost object, that is being read */
	char key[32];
	char token[SLT_CONNECTION_ID_MAX], id[SLT_CONNECTION_ID_MAX];
	char url[80], error[120];
	bool too_long;
	bool lists_transports, has_websockets;
};

static bool go_down(void *ctx)
{
	((struct answer *)ctx)->depth++;
	return true;
}

static bool go_up(void *ctx)
{
	((struct answer *)ctx)->depth--;
	return true;
}

static bool on_key(void *ctx, const char *text, size_t n)
{
	struct answer *a = ctx;

	f1p_utf8_copy(a->depth == 1 ? a->member : a->key, sizeof(a->key), text, n);
	return true;
}

static void take_id(struct answer *a, char *out, const char *text, size_t n)
{
	a->too_long |= n >= SLT_CONNECTION_ID_MAX;
	f1p_utf8_copy(out, SLT_CONNECTION_ID_MAX, text, n);
}

static bool on_text(void *ctx, const char *text, size_t n)
{
	struct answer *a = ctx;

	if (a->depth == 3 && strcmp(a->member, "availableTransports") == 0 && strcmp(a->key, "transport") == 0) {
		a->lists_transports = true;
		a->has_websockets |= n == 10 && memcmp(text, "WebSockets", 10) == 0;
	} else if (a->depth != 1) {
		return true;
	} else if (strcmp(a->member, "connectionToken") == 0) {
		take_id(a, a->token, text, n);
	} else if (strcmp(a->member, "connectionId") == 0) {
		take_id(a, a->id, text, n);
	} else if (strcmp(a->member, "url") == 0) {
		f1p_utf8_copy(a->url, sizeof(a->url), text, n);
		a->url[strcspn(a->url, "?")] = '\0'; /* what is behind it may be a secret */
	} else if (strcmp(a->member, "error") == 0) {
		f1p_utf8_copy(a->error, sizeof(a->error), text, n);
	}
	return true;
}

static void clean(char *text)
{
	for (; *text != '\0'; text++) {
		*text = (unsigned char)*text < 0x20 || *text == 0x7f ? '?' : *text;
	}
}

static bool judge(struct answer *a, char *id, char *why, size_t size)
{
	clean(a->error);
	clean(a->url);
	if (a->error[0] != '\0') {
		snprintf(why, size, "negotiate: the server refuses: %s", a->error);
	} else if (a->url[0] != '\0') {
		snprintf(why, size, "negotiate: the server sends us on to %s, which is not followed: set base_url if it is right",
			a->url);
	} else if (a->lists_transports && !a->has_websockets) {
		snprintf(why, size, "negotiate: the server offers no WebSockets");
	} else if (a->too_long) {
		snprintf(why, size, "negotiate: the connection id is longer than %u bytes", SLT_CONNECTION_ID_MAX - 1);
	} else if (a->token[0] == '\0' && a->id[0] == '\0') {
		snprintf(why, size, "negotiate: the answer holds no connectionToken");
	} else {
		/* protocol version 0 knows only the id */
		memcpy(id, a->token[0] != '\0' ? a->token : a->id, SLT_CONNECTION_ID_MAX);
		return true;
	}
	return false;
}

bool slt_negotiate_parse(const char *body, size_t n, char id[SLT_CONNECTION_ID_MAX], char *why, size_t size)
{
	static const struct f1p_json_handler handler = {.obj_begin = go_down, .obj_end = go_up, .arr_begin = go_down,
		.arr_end = go_up, .key = on_key, .str = on_text};
	struct answer a = {0};
	const char *first = body;
	char err[160] = "";

	while (first < body + n && (*first == ' ' || *first == '\r' || *first == '\n' || *first == '\t')) {
		first++;
	}
	if (first == body + n) {
		snprintf(why, size, "negotiate: the answer is empty");
	} else if (*first == '<') {
		snprintf(why, size, "negotiate: the answer is a web page, not JSON");
	} else if (*first != '{') {
		snprintf(why, size, "negotiate: the answer is no JSON object");
	} else if (f1p_json_read(&handler, &a, body, n, err, sizeof(err)) != F1P_OK) {
		snprintf(why, size, "negotiate: the answer is broken JSON: %s", err);
	} else {
		return judge(&a, id, why, size);
	}
	return false;
}
