/*
 * access.c - see access.h.
 */
#include "access.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <openssl/crypto.h>
#include <openssl/sha.h>

static bool add_scopes(const char *text, size_t n, uint32_t *scopes)
{
	while (n > 0) {
		size_t word = 0;
		while (word < n && text[word] != ',') {
			word++;
		}
		if (word == 4 && memcmp(text, "read", 4) == 0) {
			*scopes |= F1P_SCOPE_READ;
		} else if (word == 7 && memcmp(text, "control", 7) == 0) {
			*scopes |= F1P_SCOPE_READ | F1P_SCOPE_CONTROL;
		} else {
			return false;
		}
		text += word + (word < n);
		n -= word + (word < n);
	}
	return *scopes != 0;
}

static bool add_token(struct access *a, const char *line, size_t n, uint32_t number, char *err, size_t err_size)
{
	size_t token = strcspn(line, " \t\r\n;");
	size_t gap = token < n ? strspn(line + token, " \t") : 0;
	const char *scopes = line + token + gap;
	size_t scopes_n = n - token - gap;
	if (a->n_tokens == ACCESS_TOKENS) {
		snprintf(err, err_size, "more than %u tokens", ACCESS_TOKENS);
		return false;
	}
	if (token < ACCESS_TOKEN_LEAST || token > ACCESS_TOKEN_MOST) {
		snprintf(err, err_size, "line %u: a token has %u to %u characters; make one with: openssl rand -hex 32", number,
			ACCESS_TOKEN_LEAST, ACCESS_TOKEN_MOST);
		return false;
	}
	struct access_token *t = &a->tokens[a->n_tokens];
	if (!add_scopes(scopes, scopes_n, &t->scopes)) {
		snprintf(err, err_size, "line %u: behind the token stands read or control", number);
		return false;
	}
	SHA256((const unsigned char *)line, token, t->hash);
	a->n_tokens++;
	return true;
}

static bool add_tokens(struct access *a, const char *text, char *err, size_t err_size)
{
	uint32_t number = 0;
	while (*text) {
		size_t n = strcspn(text, "\n;");
		size_t used = n;
		number++;
		while (used > 0 && strchr(" \t\r", text[used - 1])) {
			used--;
		}
		size_t blank = strspn(text, " \t");
		if (blank < used && text[blank] != '#' && !add_token(a, text + blank, used - blank, number, err, err_size)) {
			return false;
		}
		text += n + (text[n] != '\0');
	}
	return true;
}

bool access_init(struct access *a, const char *tokens, bool allow_anonymous, bool loopback, const char *origins, const char *hosts,
	char *err, size_t err_size)
{
	memset(a, 0, sizeof(*a));
	a->loopback = loopback;
	a->origins = origins ? origins : "";
	a->hosts = hosts ? hosts : "";
	if (!add_tokens(a, tokens ? tokens : "", err, err_size)) {
		return false;
	}
	if (loopback && a->n_tokens == 0) {
		a->anonymous = F1P_SCOPE_READ | F1P_SCOPE_CONTROL;
	} else if (allow_anonymous) {
		a->anonymous = F1P_SCOPE_READ;
	} else if (a->n_tokens == 0) {
		snprintf(err, err_size, "others than this machine could connect: set tokens, or allow_anonymous = yes to let everybody read");
		return false;
	}
	return true;
}

uint32_t access_scopes(const struct access *a, const char *token)
{
	uint8_t hash[32];
	uint32_t scopes = 0;
	if (!token) {
		return a->anonymous;
	}
	SHA256((const unsigned char *)token, strlen(token), hash);
	for (uint32_t i = 0; i < a->n_tokens; i++) { /* all of them: the time tells nothing */
		if (CRYPTO_memcmp(hash, a->tokens[i].hash, sizeof(hash)) == 0) {
			scopes |= a->tokens[i].scopes;
		}
	}
	return scopes;
}

/* ------------------------------------------------------- names and pages */

static bool listed(const char *list, const char *text, size_t n)
{
	for (const char *p = list; *p;) {
		p += strspn(p, " \t,");
		size_t word = strcspn(p, " \t,");
		if (word > 0 && word == n && strncasecmp(p, text, n) == 0) {
			return true;
		}
		p += word;
	}
	return false;
}

/* Length of the name in "name:port" or "[::1]:port"; 0: it is neither. */
static size_t name_length(const char *host)
{
	const char *end = host[0] == '[' ? strchr(host, ']') : NULL;
	size_t n = end ? (size_t)(end - host) + 1 : strcspn(host, ":");
	size_t port = host[n] == ':' ? 1 + strspn(host + n + 1, "0123456789") : 0;
	return host[n + port] == '\0' ? n : 0;
}

static bool names_this_machine(const char *host, size_t n)
{
	static const char local[] = ".localhost";
	size_t local_n = sizeof(local) - 1;
	if ((n == 9 && strncasecmp(host, "localhost", 9) == 0) || (n == 5 && strncmp(host, "[::1]", 5) == 0)) {
		return true;
	}
	if (n > local_n && strncasecmp(host + n - local_n, local, local_n) == 0) {
		return true;
	}
	return n >= 7 && strncmp(host, "127.", 4) == 0 && strspn(host, "0123456789.") == n;
}

bool access_host(const struct access *a, const char *host)
{
	size_t n = name_length(host);
	if (host[0] == '\0' || (!a->loopback && a->hosts[0] == '\0')) {
		return true; /* no browser leaves it out */
	}
	return names_this_machine(host, n) || listed(a->hosts, host, n);
}

bool access_host_is_local(const struct access *a, const char *host)
{
	return a->loopback && (host[0] == '\0' || names_this_machine(host, name_length(host)));
}

/* The page came from here: scheme aside, since a proxy may have ended the TLS. */
static bool own_page(const char *origin, const char *host)
{
	const char *at = strstr(origin, "://");
	return at && host[0] && strcasecmp(at + 3, host) == 0;
}

bool access_origin_listed(const struct access *a, const char *origin)
{
	return origin[0] && (listed(a->origins, "*", 1) || listed(a->origins, origin, strlen(origin)));
}

bool access_origin_reads(const struct access *a, const char *origin, const char *host)
{
	return origin[0] == '\0' || own_page(origin, host) || access_origin_listed(a, origin);
}

bool access_origin_writes(const struct access *a, const char *origin, const char *host)
{
	return origin[0] == '\0' || own_page(origin, host) || (strcmp(origin, "*") != 0 && listed(a->origins, origin, strlen(origin)));
}
