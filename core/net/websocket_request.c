#include "net/websocket_internal.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define MAX_URL_BYTES 2000u
#define MAX_HEADERS 16u
#define MAX_HEADER_BYTES 12288u
#define MAX_PROTOCOL_BYTES 128u
#define DEFAULT_CONNECT_TIMEOUT_MS 15000
#define DEFAULT_PING_MS 15000
#define MAX_TIMEOUT_MS (3600 * 1000)

static bool refuse(char *why, size_t why_size, const char *text)
{
	snprintf(why, why_size, "%s", text);
	return false;
}

static const char *without_scheme(const char *url, bool *tls)
{
	*tls = strncasecmp(url, "wss://", 6) == 0;
	if (*tls)
		return url + 6;
	return strncasecmp(url, "ws://", 5) == 0 ? url + 5 : NULL;
}

static bool is_host(const char *s, size_t n, bool v6)
{
	if (n == 0 || n > WS_MAX_HOST)
		return false;
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s[i];

		if (v6 ? !isxdigit(c) && c != ':' && c != '.' : !isalnum(c) && c != '.' && c != '-' && c != '_')
			return false;
	}
	return true;
}

static bool read_port(const char *s, const char *end, uint16_t *out)
{
	uint32_t port = 0;

	if (s == end || end - s > 5)
		return false;
	for (; s < end; s++) {
		if (!isdigit((unsigned char)*s))
			return false;
		port = port * 10 + (uint32_t)(*s - '0');
	}
	*out = (uint16_t)port;
	return port >= 1 && port <= 65535;
}

/* s: from behind "//" to the first of "/?" */
static bool read_authority(struct ws_request *r, const char *s, size_t n, char *why, size_t why_size)
{
	const char *end = s + n, *host = s, *host_end;
	const uint16_t usual = r->tls ? 443 : 80;
	bool v6 = n > 0 && *s == '[';

	if (memchr(s, '@', n))
		return refuse(why, why_size, "the URL holds a user name; give credentials as a header");
	host += v6;
	host_end = memchr(host, v6 ? ']' : ':', (size_t)(end - host));
	if (!host_end && v6)
		return refuse(why, why_size, "the URL has '[' without ']'");
	host_end = host_end ? host_end : end;
	if (!is_host(host, (size_t)(host_end - host), v6))
		return refuse(why, why_size, "the URL has no host name, or one that is over-long or has odd characters");
	memcpy(r->host, host, (size_t)(host_end - host));
	r->port = usual;
	s = host_end + v6;
	if (s < end && (*s != ':' || !read_port(s + 1, end, &r->port)))
		return refuse(why, why_size, "the port in the URL is no number from 1 to 65535");
	if (v6 && r->tls) /* libwebsockets would cut the address at its first colon and verify that */
		return refuse(why, why_size, "wss:// needs a host name or an IPv4 address");
	snprintf(r->authority, sizeof(r->authority), v6 ? "[%s]:%u" : "%s:%u", r->host, r->port);
	snprintf(r->host_header, sizeof(r->host_header), v6 ? "[%s]" : "%s", r->host);
	if (r->port != usual)
		snprintf(r->host_header, sizeof(r->host_header), "%s", r->authority);
	return true;
}

static bool read_url(struct ws_request *r, const char *url, char *why, size_t why_size)
{
	const char *rest;

	if (!url || strnlen(url, MAX_URL_BYTES + 1) > MAX_URL_BYTES)
		return refuse(why, why_size, "the URL is missing or longer than 2000 bytes");
	for (const char *c = url; *c; c++) {
		if ((unsigned char)*c <= ' ' || (unsigned char)*c >= 0x7f || *c == '#' || *c == '\\')
			return refuse(why, why_size, "the URL has a character that must be escaped, or a fragment");
	}
	rest = without_scheme(url, &r->tls);
	if (!rest)
		return refuse(why, why_size, "the URL begins with neither ws:// nor wss://");
	if (!read_authority(r, rest, strcspn(rest, "/?"), why, why_size))
		return false;
	rest += strcspn(rest, "/?");
	r->path = malloc(strlen(rest) + 2);
	if (!r->path)
		return refuse(why, why_size, "out of memory");
	sprintf(r->path, "%s%s", *rest == '/' ? "" : "/", rest);
	return true;
}

static bool is_token(const char *s)
{
	if (!s || !*s)
		return false;
	for (; *s; s++) {
		if (!isalnum((unsigned char)*s) && !strchr("!#$%&'*+-.^_`|~", *s))
			return false;
	}
	return true;
}

static bool is_value(const char *s)
{
	for (; s && *s; s++) {
		if (((unsigned char)*s < ' ' && *s != '\t') || *s == 0x7f)
			return false;
	}
	return s != NULL;
}

/* Headers by which a caller could change what libwebsockets says about the connection itself. */
static bool is_ours(const char *name)
{
	static const char *const ours[] = {"Host", "Connection", "Upgrade", "Content-Length", "Transfer-Encoding"};

	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++) {
		if (strcasecmp(name, ours[i]) == 0)
			return true;
	}
	return strncasecmp(name, "Sec-WebSocket-", 14) == 0;
}

static bool add_header(struct ws_request *r, const char *name, const char *value, char *why, size_t why_size)
{
	size_t room = MAX_HEADER_BYTES - r->headers_bytes;
	int n;

	if (!is_token(name) || is_ours(name))
		return refuse(why, why_size, "a header has a name that is not allowed");
	if (!is_value(value)) {
		snprintf(why, why_size, "header %.40s: its value has a line end or another control character", name);
		return false;
	}
	n = snprintf(r->headers + r->headers_bytes, room, "%s: %s\r\n", name, value);
	if (n < 0 || (size_t)n >= room)
		return refuse(why, why_size, "the headers are longer than 12 KiB together");
	r->headers_bytes += (size_t)n;
	return true;
}

static bool read_headers(
	struct ws_request *r, const struct f1p_websocket_request *from, const char *user_agent, char *why, size_t why_size)
{
	if (from->n_headers > MAX_HEADERS || (from->n_headers > 0 && !from->headers))
		return refuse(why, why_size, "more than 16 headers");
	r->headers = malloc(MAX_HEADER_BYTES);
	if (!r->headers)
		return refuse(why, why_size, "out of memory");
	for (uint32_t i = 0; i < from->n_headers; i++) {
		const struct f1p_header *h = &from->headers[i];

		if (!add_header(r, h->name, h->value, why, why_size))
			return false;
		if (strcasecmp(h->name, "User-Agent") == 0)
			user_agent = NULL;
	}
	return !user_agent || add_header(r, "User-Agent", user_agent, why, why_size);
}

static bool read_protocol(struct ws_request *r, const char *protocol, char *why, size_t why_size)
{
	if (!protocol)
		return true;
	if (!is_token(protocol) || strlen(protocol) > MAX_PROTOCOL_BYTES)
		return refuse(why, why_size, "the subprotocol is no token of at most 128 bytes");
	r->protocol = strdup(protocol);
	return r->protocol || refuse(why, why_size, "out of memory");
}

static bool read_limits(struct ws_request *r, const struct f1p_websocket_request *from, char *why, size_t why_size)
{
	if (from->max_bytes > WS_MAX_MESSAGE_BYTES)
		return refuse(why, why_size, "max_bytes is over 10 MiB");
	if (from->connect_timeout_ms < 0 || from->connect_timeout_ms > MAX_TIMEOUT_MS || from->ping_ms < 0 ||
		from->ping_ms > MAX_TIMEOUT_MS)
		return refuse(why, why_size, "connect_timeout_ms or ping_ms is not within 0 and one hour");
	r->max_bytes = from->max_bytes ? (size_t)from->max_bytes : WS_MAX_MESSAGE_BYTES;
	r->connect_timeout_ms = from->connect_timeout_ms ? from->connect_timeout_ms : DEFAULT_CONNECT_TIMEOUT_MS;
	r->ping_ms = from->ping_ms ? from->ping_ms : DEFAULT_PING_MS;
	return true;
}

bool ws_request_init(
	struct ws_request *r, const struct f1p_websocket_request *given, const char *user_agent, char *why, size_t why_size)
{
	struct f1p_websocket_request from = {0};

	memcpy(&from, given, given->size < sizeof(from) ? given->size : sizeof(from));
	memset(r, 0, sizeof(*r));
	if (read_url(r, from.url, why, why_size) && read_headers(r, &from, user_agent, why, why_size) &&
		read_protocol(r, from.protocol, why, why_size) && read_limits(r, &from, why, why_size))
		return true;
	ws_request_finish(r);
	return false;
}

void ws_request_finish(struct ws_request *r)
{
	if (r->headers)
		explicit_bzero(r->headers, MAX_HEADER_BYTES);
	if (r->path)
		explicit_bzero(r->path, strlen(r->path));
	free(r->headers);
	free(r->path);
	free(r->protocol);
	memset(r, 0, sizeof(*r));
}
