/*
 * access.h - who may do what: tokens and their scopes, the names this server goes by, the web pages that may ask.
 *
 * Made once at start and never changed. Of tokens only hashes are kept.
 */
#ifndef ACCESS_H
#define ACCESS_H

#include <f1pd/host.h>

#define ACCESS_TOKENS 64u
#define ACCESS_TOKEN_LEAST 16u /* bytes: what is shorter can be guessed */
#define ACCESS_TOKEN_MOST 256u

struct access {
	struct access_token {
		uint8_t hash[32]; /* SHA-256 */
		uint32_t scopes;
	} tokens[ACCESS_TOKENS];
	uint32_t n_tokens;
	uint32_t anonymous; /* scopes of whoever shows no token */
	bool loopback;	    /* only this machine can connect */
	const char *origins, *hosts; /* lent lists, divided by blanks or commas */
};

/* Reads the tokens, one in a line (or divided by ';'): TOKEN read[,control]. false: what is wrong, without the token. */
bool access_init(struct access *, const char *tokens, bool allow_anonymous, bool loopback, const char *origins, const char *hosts,
	char *err, size_t err_size);
/* Scopes of whoever shows this token (NULL: none shown); 0: nothing, or the token is wrong. */
uint32_t access_scopes(const struct access *, const char *token);
/* Whether Host is a name of this server: on loopback only names that no foreign page can come from. */
bool access_host(const struct access *, const char *host);
/* Whether it is a name that only this machine goes by. */
bool access_host_is_local(const struct access *, const char *host);
/* Whether a page from `origin` may open sockets, and read. "" is no page. */
bool access_origin_reads(const struct access *, const char *origin, const char *host);
/* Whether it may change something. */
bool access_origin_writes(const struct access *, const char *origin, const char *host);
/* Whether another server's page is told that it may read the answer. */
bool access_origin_listed(const struct access *, const char *origin);

#endif
