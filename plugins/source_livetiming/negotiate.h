/*
 * negotiate.h - what comes before the WebSocket: addresses, the load balancer's cookies, the answer to "negotiate".
 */
#ifndef SLT_NEGOTIATE_H
#define SLT_NEGOTIATE_H

#include <f1pd/net.h>

#define SLT_URL_MAX 2000u
#define SLT_COOKIES_MAX 2048u
#define SLT_CONNECTION_ID_MAX 512u

/* http://HOST[:PORT][/PATH] or https://..., no user, query or fragment; *why says what is wrong. */
bool slt_base_url_ok(const char *url, const char **why);
/* Whether what is sent there can be read on the way: plain http to another machine. */
bool slt_base_url_is_open(const char *url);

/* Addresses of the steps; base_url may end in a slash. False: longer than SLT_URL_MAX. */
bool slt_negotiate_url(const char *base_url, bool versioned, char out[SLT_URL_MAX + 1]);
bool slt_socket_url(const char *base_url, const char *connection_id, char out[SLT_URL_MAX + 1]);

/* The value of a Cookie header, "" if there are none. */
struct slt_cookies {
	char text[SLT_COOKIES_MAX];
};
/* Takes over the Set-Cookie headers of an answer; a cookie of the same name is replaced, what does not fit is left out. */
void slt_cookies_take(struct slt_cookies *, const struct f1p_header *, uint32_t n);

/* The answer to negotiate -> the id for the WebSocket's address. False: *why (size bytes) is a line for people. */
bool slt_negotiate_parse(const char *body, size_t n, char id[SLT_CONNECTION_ID_MAX], char *why, size_t size);

#endif
