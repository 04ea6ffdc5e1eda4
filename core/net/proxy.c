#include "net/proxy.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char form[] = "write http://HOST:PORT";

static bool refuse(char *why, size_t why_size, const char *text)
{
	snprintf(why, why_size, "%s", text);
	return false;
}

static bool read_port(const char *text, uint16_t *port)
{
	unsigned long n = 0;

	if (!isdigit((unsigned char)*text) || strlen(text) > 5 || text[strspn(text, "0123456789")])
		return false;
	n = strtoul(text, NULL, 10);
	*port = (uint16_t)n;
	return n >= 1 && n <= 65535;
}

/* The host of an authority, without brackets and port. */
static void host_of(const char *authority, char out[URL_AUTHORITY_MAX])
{
	bool v6 = *authority == '[';

	snprintf(out, URL_AUTHORITY_MAX, "%.*s", (int)strcspn(authority + v6, v6 ? "]" : ":"), authority + v6);
}

static bool read_url(struct proxy *p, const char *url, char *why, size_t why_size)
{
	char authority[URL_AUTHORITY_MAX], rest[URL_AUTHORITY_MAX], *colon, text[URL_AUTHORITY_MAX + 8];
	size_t n = strlen(url);

	if (strncasecmp(url, "http://", 7) != 0 || n >= sizeof(rest)) {
		snprintf(why, why_size, "not a proxy that is known here; %s", form);
		return false;
	}
	memcpy(rest, url + 7, n - 6);
	if (strchr(rest, '@'))
		return refuse(why, why_size, "holds a user name; give it as proxy_login");
	n = strlen(rest);
	if (n > 0 && rest[n - 1] == '/')
		rest[n - 1] = '\0';
	colon = strrchr(rest, ':');
	if (strpbrk(rest, "/?#") || !colon || strchr(colon, ']') || !read_port(colon + 1, &p->port)) {
		snprintf(why, why_size, "has no port from 1 to 65535, or something behind it; %s", form);
		return false;
	}
	*colon = '\0';
	snprintf(text, sizeof(text), "http://%s", rest);
	if (!url_check(text, authority, NULL, why, why_size))
		return false;
	host_of(authority, p->host);
	snprintf(p->name, sizeof(p->name), "%s:%u", authority, p->port);
	if (snprintf(p->url, sizeof(p->url), "http://%s", p->name) >= (int)sizeof(p->url))
		return refuse(why, why_size, "the host name is too long");
	return true;
}

bool proxy_url_check(const char *url, char *why, size_t why_size)
{
	struct proxy p = {0};

	return read_url(&p, url, why, why_size);
}

bool proxy_login_check(const char *login, char *why, size_t why_size)
{
	const char *colon = strchr(login, ':');

	if (!colon || colon == login)
		return refuse(why, why_size, "is not of the form user:password");
	if (strlen(login) > PROXY_LOGIN_MAX) {
		snprintf(why, why_size, "is longer than %u bytes", PROXY_LOGIN_MAX);
		return false;
	}
	for (; *login; login++)
		if ((unsigned char)*login < 0x20 || *login == 0x7f)
			return refuse(why, why_size, "has a line end or another control character");
	return true;
}

bool proxy_init(struct proxy *p, const char *url, const char *login, char *why, size_t why_size)
{
	*p = (struct proxy){0};
	if (!url || !url[0])
		return true;
	if (!read_url(p, url, why, why_size))
		return false;
	if (!login || !login[0])
		return true;
	if (!proxy_login_check(login, why, why_size))
		return false;
	memcpy(p->login, login, strlen(login) + 1);
	return true;
}

void proxy_finish(struct proxy *p)
{
	explicit_bzero(p, sizeof(*p));
}

static bool is_here(const char *host)
{
	struct in6_addr v6;
	struct in_addr v4;

	if (inet_pton(AF_INET, host, &v4) == 1)
		return ntohl(v4.s_addr) >> 24 == 127;
	if (inet_pton(AF_INET6, host, &v6) == 1)
		return IN6_IS_ADDR_LOOPBACK(&v6) || (IN6_IS_ADDR_V4MAPPED(&v6) && v6.s6_addr[12] == 127);
	return strcasecmp(host, "localhost") == 0 || strcasecmp(host, "localhost.") == 0;
}

bool proxy_serves(const struct proxy *p, const char *authority)
{
	char host[URL_AUTHORITY_MAX];

	if (!p->url[0])
		return false;
	host_of(authority, host);
	return !is_here(host);
}
