/*
 * token.h - the access token: fetched with user name and password, renewed early, kept while renewing fails. Never logged.
 */
#ifndef OF_TOKEN_H
#define OF_TOKEN_H

#include <f1pd/base.h>

#define OF_TOKEN_MAX 8192

struct of_source;

struct token {
	char access[OF_TOKEN_MAX]; /* "" = none */
	int64_t t_expires_ns; /* real time, likewise below: the server's clock is no rehearsal's */
	int64_t t_renew_ns; /* when to ask next */
	uint64_t request;   /* 0 = none under way */
	uint32_t failures;
	bool refused;       /* the account itself was */
	uint32_t serial;    /* counts the tokens */
};

bool token_is_wanted(const struct of_source *); /* an account is configured */
bool token_is_valid(const struct of_source *);
void token_step(struct of_source *);    /* asks when it is time */
void token_rejected(struct of_source *); /* a server did not take it: ask at once */
/* "Bearer ..."; false if there is none. */
bool token_header(const struct of_source *, char *out, size_t size);

#endif
