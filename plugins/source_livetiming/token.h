/*
 * token.h - the bearer token: where it comes from, until when it is good. It is never shown to anybody.
 */
#ifndef SLT_TOKEN_H
#define SLT_TOKEN_H

#include <f1pd/host.h>

#define SLT_TOKEN_MAX 4096u

struct slt_token {
	const struct f1p_host *host;
	const char *path; /* "" = the token was given itself */
	char text[SLT_TOKEN_MAX + 1]; /* "" = none */
	int64_t expires_ns; /* UTC; F1P_UNKNOWN_NS = it does not say */
	int64_t file_stamp_ns; /* time of change of the file that was read */
	int64_t file_bytes;
	uint32_t generation; /* grows with every new token */
	bool refused;	     /* by the server */
	bool told_soon, told_expired, told_file;
};

/* given: the token, or ""; path: file with the token, or "". At most one of them. */
void slt_token_init(struct slt_token *, const struct f1p_host *, const char *given, const char *path);
void slt_token_finish(struct slt_token *); /* wipes it */
/* Looks whether the file has changed, and warns of the end of the token's life. now_ns: virtual UTC. */
void slt_token_refresh(struct slt_token *, int64_t now_ns);
/* The token to use now, or "". */
const char *slt_token_usable(const struct slt_token *, int64_t now_ns);
/* Whether one was asked for by the configuration. */
bool slt_token_is_wanted(const struct slt_token *);

/* `exp` of a JWT in nanoseconds since 1970; F1P_UNKNOWN_NS if it tells none. */
int64_t slt_token_expiry(const char *token, size_t n);

#endif
