/*
 * proxy.h - the one HTTP proxy through which all clients go to other machines, as the configuration names it.
 *
 * https and wss go through a tunnel (CONNECT), so the proxy sees no more than names; plain http is asked for in absolute form. Names
 * are looked up by the proxy. What lives on this machine (localhost, 127.0.0.0/8, ::1) is always reached directly.
 */
#ifndef NET_PROXY_H
#define NET_PROXY_H

#include "net/url.h"

#include <stdint.h>

#define PROXY_LOGIN_MAX 90u /* bytes of "user:password": libwebsockets keeps no longer one */

struct proxy {
	char url[URL_AUTHORITY_MAX + 8];   /* "http://host:port"; "" = there is none */
	char host[URL_AUTHORITY_MAX];      /* without brackets */
	uint16_t port;
	char name[URL_AUTHORITY_MAX + 8];  /* "host:port", for people */
	char login[PROXY_LOGIN_MAX + 1];   /* secret; "" = none */
};

/* url: "http://HOST:PORT"; login: "user:password". NULL or "" = none. false: why says what is wrong, without the login. */
bool proxy_init(struct proxy *, const char *url, const char *login, char *why, size_t why_size);
bool proxy_url_check(const char *url, char *why, size_t why_size);
bool proxy_login_check(const char *login, char *why, size_t why_size);
/* Wipes the login. */
void proxy_finish(struct proxy *);
/* Whether a server is reached through it. authority: "host", "host:port", "[v6]:port" */
bool proxy_serves(const struct proxy *, const char *authority);

#endif
