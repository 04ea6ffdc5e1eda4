/*
 * http_transfer.h - one attempt of a request: a curl handle, what it receives, and what became of it.
 */
#ifndef NET_HTTP_TRANSFER_H
#define NET_HTTP_TRANSFER_H

#include "net/http_headers.h"
#include "net/proxy.h"

#include <curl/curl.h>

struct http_transfer_wish {
	uint32_t method;            /* enum f1p_http_method */
	const char *url;            /* copied */
	struct curl_slist *headers; /* lent until the transfer is destroyed, like body */
	const void *body;
	uint64_t body_bytes;
	uint64_t max_bytes;         /* of the unpacked answer */
	int64_t timeout_ms, connect_timeout_ms;
	uint32_t stall_s;           /* without a byte for so long it ends: what may take long need not hang */
	const char *save_path;      /* NULL = to memory; only answers with status 2xx are saved */
	uint64_t id;                /* names the part file */
	const char *user_agent, *ca_file; /* NULL = none; the system's */
	bool verify_tls;
	bool public_only;           /* refuse to connect to addresses that are not public */
	const struct proxy *proxy;        /* lent; NULL = directly */
	struct curl_slist *proxy_headers; /* lent; for the proxy alone */
	void *owner;                /* http_transfer_owner() of the handle gives it back */
};

enum http_fault {
	HTTP_FAULT_NONE = 1,    /* there is an answer, whatever its status */
	HTTP_FAULT_CONNECT = 2, /* the request never left: also a POST may be tried again */
	HTTP_FAULT_BROKEN = 3,  /* no, late or broken answer */
	HTTP_FAULT_REFUSED = 4, /* answered, but not as we accept it: the same would come again */
	HTTP_FAULT_UNSAFE = 5,  /* the server could not prove who it is */
	HTTP_FAULT_LOCAL = 6,   /* our disk or memory */
	HTTP_FAULT_PROXY = 7,   /* our proxy does not let it through */
};

struct http_outcome {
	enum http_fault fault;
	f1p_status error;
	uint32_t status;     /* 0 = none */
	int64_t took_ns;
	char why[300];       /* of a fault; no query, no secret */
};

struct http_transfer;
/* NULL: why says what is missing */
struct http_transfer *http_transfer_create(const struct http_transfer_wish *, char *why, size_t why_size);
/* It must not be in a multi handle any more. Unsaved files go. Accepts NULL. */
void http_transfer_destroy(struct http_transfer *);
CURL *http_transfer_handle(struct http_transfer *);
void *http_transfer_owner(CURL *);
/* Once, when it has ended: judges it, and puts a saved file in its place. */
void http_transfer_end(struct http_transfer *, CURLcode, struct http_outcome *);
/* What was received; owned by the transfer. body has one NUL behind it and is never NULL. */
const struct http_headers *http_transfer_headers(const struct http_transfer *);
const void *http_transfer_body(const struct http_transfer *, uint64_t *n);

#endif
