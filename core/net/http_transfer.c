#include "net/http_transfer.h"

#include "net/address.h"
#include "net/http_file.h"
#include "net/http_unpack.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct http_transfer {
	CURL *easy;
	void *owner;
	struct http_headers headers;
	bool head_ended, body_begun;
	struct http_unpack *unpack; /* NULL: the body comes as it is */
	char *body;
	uint64_t n, cap, max;
	int64_t timeout_ms, connect_timeout_ms;
	uint32_t stall_s;
	const char *save_path;
	const struct proxy *proxy;
	struct http_file file;
	uint64_t id;
	char closed[INET6_ADDRSTRLEN]; /* an address that we did not connect to; "" = none */
	enum http_fault fault; /* why we ended it ourselves */
	char why[300];
	char curl_error[CURL_ERROR_SIZE];
};

static void give_up(struct http_transfer *t, enum http_fault fault, const char *why)
{
	t->fault = fault;
	if (why)
		snprintf(t->why, sizeof(t->why), "%s", why);
}

static size_t on_header(char *line, size_t size, size_t n, void *arg)
{
	struct http_transfer *t = arg;

	(void)size; /* always 1 */
	if (t->body_begun) /* trailers: nobody asked for them */
		return n;
	/* each answer begins anew: behind "100 Continue" comes the real one */
	t->head_ended = n > 0 && (line[0] == '\r' || line[0] == '\n');
	if (n >= 5 && memcmp(line, "HTTP/", 5) == 0) {
		http_headers_clear(&t->headers);
		return n;
	}
	if (!http_headers_add_line(&t->headers, line, n)) {
		give_up(t, HTTP_FAULT_REFUSED, "more than 128 headers or 64 KiB of them");
		return 0;
	}
	return n;
}

static bool reserve(struct http_transfer *t, uint64_t more)
{
	uint64_t cap = t->cap ? t->cap : 4096;
	char *body;

	while (cap < t->n + more + 1)
		cap *= 2;
	if (cap == t->cap)
		return true;
	body = realloc(t->body, (size_t)cap);
	if (!body)
		return false;
	t->body = body;
	t->cap = cap;
	return true;
}

static bool saves(struct http_transfer *t)
{
	long status = 0;

	curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
	return t->save_path && status >= 200 && status <= 299;
}

static bool save(struct http_transfer *t, const char *bytes, size_t n)
{
	if (t->file.fd < 0 && !http_file_open(&t->file, t->save_path, 0644, t->id, t->why, sizeof(t->why)))
		return false;
	return http_file_put(&t->file, bytes, n, t->why, sizeof(t->why));
}

static bool keep(void *arg, const void *bytes, size_t n)
{
	struct http_transfer *t = arg;

	if (n > t->max - t->n) {
		snprintf(t->why, sizeof(t->why), "the answer is longer than %" PRIu64 " bytes", t->max);
		give_up(t, HTTP_FAULT_REFUSED, NULL);
		return false;
	}
	if (saves(t)) {
		if (!save(t, bytes, n)) {
			give_up(t, HTTP_FAULT_LOCAL, NULL);
			return false;
		}
	} else if (!reserve(t, n)) {
		give_up(t, HTTP_FAULT_LOCAL, "no memory for the answer");
		return false;
	} else {
		memcpy(t->body + t->n, bytes, n);
		t->body[t->n + n] = '\0';
	}
	t->n += n;
	return true;
}

/* What the headers say about how the body is packed. */
static bool begin_body(struct http_transfer *t)
{
	const char *encoding = http_headers_get(&t->headers, "content-encoding");

	t->body_begun = true;
	if (!encoding || !encoding[0] || strcasecmp(encoding, "identity") == 0)
		return true;
	if (strcasecmp(encoding, "gzip") != 0 && strcasecmp(encoding, "x-gzip") != 0) {
		give_up(t, HTTP_FAULT_REFUSED, "the answer is packed in a way that was not asked for (only gzip)");
		return false;
	}
	t->unpack = http_unpack_create(keep, t);
	if (!t->unpack)
		give_up(t, HTTP_FAULT_LOCAL, "no memory for unpacking");
	return t->unpack != NULL;
}

static size_t on_body(char *bytes, size_t size, size_t n, void *arg)
{
	struct http_transfer *t = arg;

	(void)size; /* always 1 */
	if (!t->body_begun && !begin_body(t))
		return 0;
	if (!t->unpack)
		return keep(t, bytes, n) ? n : 0;
	if (http_unpack_put(t->unpack, bytes, n))
		return n;
	if (!t->fault)
		give_up(t, HTTP_FAULT_BROKEN, "the answer is not the gzip that it claims to be");
	return 0;
}

/* Asked for each address that a name has: what is not public gets no socket. */
static curl_socket_t open_public(void *arg, curlsocktype purpose, struct curl_sockaddr *a)
{
	struct http_transfer *t = arg;
	const void *bits = a->family == AF_INET6 ? (const void *)&((struct sockaddr_in6 *)(void *)&a->addr)->sin6_addr
						 : (const void *)&((struct sockaddr_in *)(void *)&a->addr)->sin_addr;

	if (purpose == CURLSOCKTYPE_IPCXN && address_is_public(&a->addr))
		return socket(a->family, a->socktype | SOCK_CLOEXEC, a->protocol);
	if (!inet_ntop(a->family, bits, t->closed, sizeof(t->closed)))
		snprintf(t->closed, sizeof(t->closed), "of no internet");
	return CURL_SOCKET_BAD;
}

/* A connection that somebody else opened was not judged, so none is shared. */
static bool set_guard(CURL *e, struct http_transfer *t, const struct http_transfer_wish *w)
{
	return !w->public_only || (curl_easy_setopt(e, CURLOPT_OPENSOCKETFUNCTION, open_public) == CURLE_OK &&
					  curl_easy_setopt(e, CURLOPT_OPENSOCKETDATA, t) == CURLE_OK &&
					  curl_easy_setopt(e, CURLOPT_FRESH_CONNECT, 1L) == CURLE_OK &&
					  curl_easy_setopt(e, CURLOPT_FORBID_REUSE, 1L) == CURLE_OK);
}

static void set_method(CURL *e, const struct http_transfer_wish *w)
{
	if (w->method == F1P_HTTP_POST) {
		curl_easy_setopt(e, CURLOPT_POST, 1L);
		curl_easy_setopt(e, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)w->body_bytes);
		curl_easy_setopt(e, CURLOPT_POSTFIELDS, w->body_bytes ? w->body : "");
	} else {
		curl_easy_setopt(e, CURLOPT_HTTPGET, 1L);
		if (w->method == F1P_HTTP_OPTIONS)
			curl_easy_setopt(e, CURLOPT_CUSTOMREQUEST, "OPTIONS");
	}
}

static bool set_limits(CURL *e, const struct http_transfer_wish *w)
{
	curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
	/* else the end of a transfer waits for a name look-up that is still under way, and the loop with it */
	curl_easy_setopt(e, CURLOPT_QUICK_EXIT, 1L);
	curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, (long)w->timeout_ms);
	curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS, (long)w->connect_timeout_ms);
	curl_easy_setopt(e, CURLOPT_LOW_SPEED_LIMIT, 1L);
	curl_easy_setopt(e, CURLOPT_LOW_SPEED_TIME, (long)w->stall_s);
	curl_easy_setopt(e, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)w->max_bytes);
	curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(e, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L); /* a proxy's are not the server's */
	curl_easy_setopt(e, CURLOPT_TCP_KEEPALIVE, 1L);
	curl_easy_setopt(e, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
	return curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
	       curl_easy_setopt(e, CURLOPT_ACCEPT_ENCODING, "gzip") == CURLE_OK &&
	       /* we unpack ourselves: curl takes gzip that ends too early for complete */
	       curl_easy_setopt(e, CURLOPT_HTTP_CONTENT_DECODING, 0L) == CURLE_OK;
}

static bool set_tls(CURL *e, const struct http_transfer_wish *w)
{
	/* With a folder of certificates curl does not keep what it has read, and reads the whole bundle for every connection:
	 * 50 ms of the loop. Without it, once a day. */
	curl_easy_setopt(e, CURLOPT_CAPATH, NULL);
	return curl_easy_setopt(e, CURLOPT_SSL_VERIFYPEER, w->verify_tls ? 1L : 0L) == CURLE_OK &&
	       curl_easy_setopt(e, CURLOPT_SSL_VERIFYHOST, w->verify_tls ? 2L : 0L) == CURLE_OK &&
	       curl_easy_setopt(e, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) == CURLE_OK &&
	       (!w->ca_file || curl_easy_setopt(e, CURLOPT_CAINFO, w->ca_file) == CURLE_OK);
}

/* Nothing of it is left to the environment. */
static bool set_proxy(CURL *e, const struct http_transfer_wish *w)
{
	return curl_easy_setopt(e, CURLOPT_PROXY, w->proxy ? w->proxy->url : "") == CURLE_OK &&
	       curl_easy_setopt(e, CURLOPT_NOPROXY, "") == CURLE_OK &&
	       curl_easy_setopt(e, CURLOPT_HEADEROPT, (long)CURLHEADER_SEPARATE) == CURLE_OK && /* the proxy gets its own only */
	       curl_easy_setopt(e, CURLOPT_PROXYHEADER, w->proxy ? w->proxy_headers : NULL) == CURLE_OK;
}

static bool set_up(struct http_transfer *t, const struct http_transfer_wish *w)
{
	CURL *e = t->easy;

	curl_easy_setopt(e, CURLOPT_PRIVATE, t);
	curl_easy_setopt(e, CURLOPT_ERRORBUFFER, t->curl_error);
	curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(e, CURLOPT_WRITEDATA, t);
	curl_easy_setopt(e, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(e, CURLOPT_HEADERDATA, t);
	curl_easy_setopt(e, CURLOPT_HTTPHEADER, w->headers);
	set_method(e, w);
	return curl_easy_setopt(e, CURLOPT_URL, w->url) == CURLE_OK && set_limits(e, w) && set_tls(e, w) &&
	       set_proxy(e, w) && set_guard(e, t, w) &&
	       (!w->user_agent || curl_easy_setopt(e, CURLOPT_USERAGENT, w->user_agent) == CURLE_OK);
}

struct http_transfer *http_transfer_create(const struct http_transfer_wish *w, char *why, size_t why_size)
{
	struct http_transfer *t = calloc(1, sizeof(*t));

	if (!t || !(t->easy = curl_easy_init())) {
		snprintf(why, why_size, "no memory for a transfer");
		free(t);
		return NULL;
	}
	t->file.fd = -1;
	t->owner = w->owner;
	t->max = w->max_bytes;
	t->timeout_ms = w->timeout_ms;
	t->connect_timeout_ms = w->connect_timeout_ms;
	t->stall_s = w->stall_s;
	t->save_path = w->save_path;
	t->proxy = w->proxy;
	t->id = w->id;
	if (!set_up(t, w)) {
		snprintf(why, why_size, "this libcurl cannot do what is needed (https, gzip, TLS 1.2)");
		http_transfer_destroy(t);
		return NULL;
	}
	return t;
}

void http_transfer_destroy(struct http_transfer *t)
{
	if (!t)
		return;
	curl_easy_cleanup(t->easy);
	http_file_close(&t->file, false, t->why, sizeof(t->why));
	http_headers_finish(&t->headers);
	http_unpack_destroy(t->unpack);
	free(t->body);
	free(t);
}

CURL *http_transfer_handle(struct http_transfer *t)
{
	return t->easy;
}

void *http_transfer_owner(CURL *easy)
{
	char *t = NULL;

	curl_easy_getinfo(easy, CURLINFO_PRIVATE, &t);
	return ((struct http_transfer *)(void *)t)->owner;
}

const struct http_headers *http_transfer_headers(const struct http_transfer *t)
{
	return &t->headers;
}

const void *http_transfer_body(const struct http_transfer *t, uint64_t *n)
{
	*n = t->body ? t->n : 0;
	return t->body ? t->body : "";
}

/* What the proxy said instead of letting the request through; 0 = nothing of that kind. */
static long refused_by_proxy(struct http_transfer *t, CURLcode code)
{
	long said = 0;

	if (!t->proxy)
		return 0;
	curl_easy_getinfo(t->easy, code == CURLE_OK ? CURLINFO_RESPONSE_CODE : CURLINFO_HTTP_CONNECTCODE, &said);
	if (code == CURLE_OK)
		return said == 407 ? said : 0;
	return said >= 300 ? said : 0;
}

/* Whether the request can have reached the server. */
static bool never_left(struct http_transfer *t, CURLcode code)
{
	curl_off_t ready_us = 0;

	if (code == CURLE_COULDNT_RESOLVE_HOST || code == CURLE_COULDNT_RESOLVE_PROXY || code == CURLE_COULDNT_CONNECT)
		return true;
	curl_easy_getinfo(t->easy, CURLINFO_PRETRANSFER_TIME_T, &ready_us);
	return ready_us == 0;
}

static enum http_fault fault_of(struct http_transfer *t, CURLcode code)
{
	if (t->fault)
		return t->fault;
	if (refused_by_proxy(t, code) >= 300 && refused_by_proxy(t, code) < 500)
		return HTTP_FAULT_PROXY;
	switch (code) {
	case CURLE_OK:
		return HTTP_FAULT_NONE;
	case CURLE_FILESIZE_EXCEEDED:
		return HTTP_FAULT_REFUSED;
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_ISSUER_ERROR:
		return HTTP_FAULT_UNSAFE;
	case CURLE_OUT_OF_MEMORY:
		return HTTP_FAULT_LOCAL;
	default:
		return never_left(t, code) ? HTTP_FAULT_CONNECT : HTTP_FAULT_BROKEN;
	}
}

static void explain_proxy(const struct proxy *p, long said, struct http_outcome *out)
{
	if (said == 407)
		snprintf(out->why, sizeof(out->why), "the proxy %.150s wants %s login (407); see proxy_login in 00-f1pd.ini", p->name,
			p->login[0] ? "another" : "a");
	else if (said < 500)
		snprintf(out->why, sizeof(out->why), "the proxy %.150s does not allow this server (%ld)", p->name, said);
	else
		snprintf(out->why, sizeof(out->why), "the proxy %.150s cannot reach the server (%ld)", p->name, said);
}

static void explain(struct http_transfer *t, CURLcode code, struct http_outcome *out)
{
	const char *text = t->curl_error[0] ? t->curl_error : curl_easy_strerror(code);
	long said = refused_by_proxy(t, code);
	size_t n;

	if (t->why[0])
		snprintf(out->why, sizeof(out->why), "%s", t->why);
	else if (said)
		explain_proxy(t->proxy, said, out);
	else if (code == CURLE_FILESIZE_EXCEEDED)
		snprintf(out->why, sizeof(out->why), "the answer is longer than %" PRIu64 " bytes", t->max);
	else if (code == CURLE_OPERATION_TIMEDOUT && strstr(text, "too slow"))
		snprintf(out->why, sizeof(out->why), "nothing came for %" PRIu32 " s", t->stall_s);
	else if (code == CURLE_OPERATION_TIMEDOUT)
		snprintf(out->why, sizeof(out->why), "%s within %" PRId64 " ms",
			out->fault == HTTP_FAULT_CONNECT ? "no connection" : "no complete answer",
			out->fault == HTTP_FAULT_CONNECT ? t->connect_timeout_ms : t->timeout_ms);
	else if (out->fault == HTTP_FAULT_UNSAFE)
		snprintf(out->why, sizeof(out->why), "the server's certificate is not accepted: %.200s", text);
	else
		snprintf(out->why, sizeof(out->why), "%.250s", text);
	n = strlen(out->why);
	if (t->proxy && !said && out->fault == HTTP_FAULT_CONNECT)
		snprintf(out->why + n, sizeof(out->why) - n, ", through the proxy %s", t->proxy->name);
}

static f1p_status error_of(enum http_fault fault, CURLcode code)
{
	return fault == HTTP_FAULT_NONE	     ? F1P_OK
	       : fault == HTTP_FAULT_REFUSED ? F1P_EINVAL
	       : code == CURLE_OPERATION_TIMEDOUT ? F1P_ETIMEOUT
						  : F1P_EIO;
}

void http_transfer_end(struct http_transfer *t, CURLcode code, struct http_outcome *out)
{
	curl_off_t took_us = 0;
	long status = 0;

	*out = (struct http_outcome){0};
	curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(t->easy, CURLINFO_TOTAL_TIME_T, &took_us);
	out->took_ns = (int64_t)took_us * 1000;
	if (code == CURLE_OK && !t->head_ended) /* which curl takes for an answer without a body */
		give_up(t, HTTP_FAULT_BROKEN, "the head of the answer ends too early");
	if (code == CURLE_OK && t->unpack && !http_unpack_complete(t->unpack))
		give_up(t, HTTP_FAULT_BROKEN, "the gzip of the answer ends too early");
	/* an empty file is a file too */
	if (code == CURLE_OK && !t->fault && saves(t) && t->file.fd < 0 && !save(t, "", 0))
		give_up(t, HTTP_FAULT_LOCAL, NULL);
	if (code == CURLE_COULDNT_CONNECT && t->closed[0]) { /* of no use to try again */
		snprintf(t->why, sizeof(t->why), "its address %s is not public", t->closed);
		give_up(t, HTTP_FAULT_REFUSED, NULL);
	}
	out->fault = fault_of(t, code);
	if (!http_file_close(&t->file, out->fault == HTTP_FAULT_NONE, t->why, sizeof(t->why)))
		out->fault = HTTP_FAULT_LOCAL;
	out->error = error_of(out->fault, code);
	if (out->fault == HTTP_FAULT_NONE)
		out->status = status > 0 && status <= 999 ? (uint32_t)status : 0;
	else
		explain(t, code, out);
	/* a file with control characters in its name, or a server's text */
	for (char *c = out->why; *c; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			*c = '?';
}
