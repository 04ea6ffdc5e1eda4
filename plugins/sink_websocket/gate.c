/*
 * gate.c - see gate.h.
 */
#include "gate.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "api.h"
#include "sink_websocket.h"

f1p_status gate_init(struct sink *s, bool loopback)
{
	const struct sink_config *c = &s->config;
	char err[200];
	if (!access_init(&s->access, c->tokens, c->allow_anonymous, loopback, c->origins, c->hosts, err, sizeof(err))) {
		return s->host->fail(s->host, F1P_ECONFIG, "%s: %s", s->access.n_tokens || loopback ? "tokens" : c->bind, err);
	}
	/* on this machine alone everybody is one address */
	if (!limits_init(&s->limits, loopback ? 0 : c->connections_per_address, loopback ? 0 : c->requests_per_second)) {
		return s->host->fail(s->host, F1P_ENOMEM, "no memory");
	}
	return F1P_OK;
}

void gate_finish(struct sink *s)
{
	limits_finish(&s->limits);
	memset(&s->access, 0, sizeof(s->access));
}

bool gate_full(struct sink *s, int fd)
{
	char address[64] = "";
	if (!s->limits.peers) {
		return false;
	}
	lws_get_peer_simple_fd(fd, address, sizeof(address));
	bool full = limits_full(&s->limits, address, lws_now_usecs());
	sink_count(s, s->metrics.dropped, full ? 1 : 0);
	return full;
}

void gate_connect(struct sink *s, struct lws *wsi)
{
	char address[64] = "";
	if (s->limits.peers) {
		lws_get_peer_simple(wsi, address, sizeof(address));
		lws_set_opaque_user_data(wsi, limits_connect(&s->limits, address, lws_now_usecs()));
	}
}

void gate_disconnect(struct lws *wsi)
{
	limits_disconnect(lws_get_opaque_user_data(wsi));
	lws_set_opaque_user_data(wsi, NULL);
}

/* -------------------------------------------------------------- the check */

struct refusal {
	uint32_t status; /* 0 = let in */
	const char *title, *detail;
	int64_t retry_after_s;
};

/* The token behind "Bearer"; NULL: none is shown; "": what is shown is none. */
static const char *bearer(struct lws *wsi, char *out, size_t size)
{
	if (lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_AUTHORIZATION) <= 0) {
		return NULL;
	}
	if (lws_hdr_copy(wsi, out, (int)size, WSI_TOKEN_HTTP_AUTHORIZATION) < 0 || strncasecmp(out, "Bearer ", 7) != 0) {
		return "";
	}
	return out + 7 + strspn(out + 7, " ");
}

static struct refusal check_token(const struct sink *s, struct lws *wsi, struct request *r, uint32_t needed, bool in_query)
{
	char header[ACCESS_TOKEN_MOST + 32], argument[ACCESS_TOKEN_MOST + 2];
	const char *token = bearer(wsi, header, sizeof(header));
	if (!token && in_query) {
		int found = request_argument(r->query, "token", argument, sizeof(argument));
		token = found == 0 ? NULL : found > 0 ? argument : "";
	}
	r->scopes = access_scopes(&s->access, token);
	if (!token && !access_host_is_local(&s->access, r->host)) {
		r->scopes &= F1P_SCOPE_READ; /* through a proxy all the world has this machine's address */
	}
	if ((r->scopes & needed) == needed) {
		return (struct refusal){0};
	}
	if (r->scopes == 0) {
		return (struct refusal){401, "Unauthorized",
			token ? "this token is not known here" : "show a token: Authorization: Bearer TOKEN", 0};
	}
	return (struct refusal){403, "Forbidden",
		token ? "this token has not the scope control" : "this needs a token with the scope control", 0};
}

static struct refusal check(const struct sink *s, struct lws *wsi, struct request *r, uint32_t needed, bool socket, bool in_query)
{
	struct peer *p = lws_get_opaque_user_data(lws_get_network_wsi(wsi)); /* of HTTP/2 the connection, not the stream */
	int64_t wait = p ? limits_request(&s->limits, p, lws_now_usecs()) : 0;
	if (wait > 0) {
		return (struct refusal){429, "Too many requests", "this address asks too often, or has too many connections open", wait};
	}
	if (!access_host(&s->access, r->host)) {
		return (struct refusal){421, "Misdirected request", "this server does not go by that name; list it in hosts", 0};
	}
	bool foreign = socket ? !access_origin_reads(&s->access, r->origin, r->host)
			      : r->method != F1P_GET && !r->options && !access_origin_writes(&s->access, r->origin, r->host);
	if (foreign) {
		return (struct refusal){403, "Forbidden", "pages of other servers may not do this; list theirs in origins", 0};
	}
	return check_token(s, wsi, r, r->options ? 0 : needed, in_query);
}

bool gate_request(struct sink *s, struct lws *wsi, struct request *r, struct answer *a)
{
	const struct own_route *route = api_route(r->method, r->path);
	bool endless = route && route->take;
	struct refusal no = check(s, wsi, r, api_scope(s, r), false, endless);
	char seconds[24];
	if (no.status == 0) {
		return true;
	}
	answer_problem(a, no.status, no.title, no.detail);
	if (no.status == 401) {
		answer_header(a, "www-authenticate", "Bearer");
	}
	if (no.retry_after_s > 0) {
		snprintf(seconds, sizeof(seconds), "%lld", (long long)no.retry_after_s);
		answer_header(a, "retry-after", seconds);
	}
	return false;
}

int gate_socket(struct sink *s, struct lws *wsi)
{
	char path[REQUEST_PATH] = "", retry[64] = "", status[64];
	struct request r;
	struct refusal no = {431, "Request header fields too large", "a header may have 255 bytes here", 0};
	if (lws_hdr_copy(wsi, path, sizeof(path), WSI_TOKEN_GET_URI) > 0 && request_read(&r, wsi, path) == REQUEST_FINE) {
		no = check(s, wsi, &r, F1P_SCOPE_READ, true, true);
	}
	if (no.status == 0) {
		return 0;
	}
	if (no.retry_after_s > 0) {
		snprintf(retry, sizeof(retry), "retry-after: %lld\r\n", (long long)no.retry_after_s);
	}
	snprintf(status, sizeof(status), "%u %s", no.status, no.title);
	sink_count(s, s->metrics.requests[2], 1);
	return answer_refuse(wsi, status, no.detail,
		no.status == 401 ? "www-authenticate: Bearer\r\n" : retry);
}

bool gate_cors(const struct sink *s, const struct request *r)
{
	return access_origin_listed(&s->access, r->origin);
}
