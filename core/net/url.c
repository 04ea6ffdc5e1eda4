#include "net/url.h"

#include <ctype.h>
#include <curl/curl.h>
#include <stdio.h>
#include <string.h>

static bool printable(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text <= 0x20 || (unsigned char)*text >= 0x7f)
			return false;
	return true;
}

static void lower(char *text)
{
	for (; *text; text++)
		*text = (char)tolower((unsigned char)*text);
}

void url_for_log(const char *url, char *out, size_t out_size)
{
	const char *host = strstr(url, "://");
	size_t scheme = host ? (size_t)(host - url) + 3 : 0, host_bytes, path_bytes;

	host = url + scheme;
	host_bytes = strcspn(host, "/?#");
	for (size_t i = host_bytes; i-- > 0;)
		if (host[i] == '@') {
			host += i + 1;
			host_bytes -= i + 1;
			break;
		}
	path_bytes = strcspn(host + host_bytes, "?#");
	snprintf(out, out_size, "%.*s%.*s%s", (int)scheme, url, (int)(host_bytes + path_bytes), host,
		host[host_bytes + path_bytes] ? "?..." : "");
	for (; *out; out++)
		if ((unsigned char)*out < 0x20 || *out == 0x7f)
			*out = '?';
}

/* libcurl takes one slash and three for two; whoever reads the server's name out of the text would find another, or none. */
static bool has_two_slashes(const char *url)
{
	const char *at = strchr(url, ':');

	return at && at[1] == '/' && at[2] == '/' && at[3] != '/';
}

/* The authority of a parsed URL; false if it is none that we use. */
static bool take_authority(CURLU *u, char authority[URL_AUTHORITY_MAX], bool *https)
{
	char *scheme = NULL, *host = NULL, *port = NULL;
	bool ok = false;

	if (curl_url_get(u, CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK || curl_url_get(u, CURLUPART_HOST, &host, 0) != CURLUE_OK)
		goto end;
	*https = strcmp(scheme, "https") == 0;
	if ((!*https && strcmp(scheme, "http") != 0) || !host[0] || strlen(host) > 255)
		goto end;
	if (curl_url_get(u, CURLUPART_PORT, &port, CURLU_NO_DEFAULT_PORT) != CURLUE_OK)
		port = NULL;
	ok = snprintf(authority, URL_AUTHORITY_MAX, "%s%s%s", host, port ? ":" : "", port ? port : "") < (int)URL_AUTHORITY_MAX;
	lower(authority);
end:
	curl_free(scheme);
	curl_free(host);
	curl_free(port);
	return ok;
}

bool url_check(const char *url, char authority[URL_AUTHORITY_MAX], bool *https, char *why, size_t why_size)
{
	char shown[200];
	CURLU *u = NULL;
	CURLUcode code = CURLUE_OK;
	bool is_https, ok = false;

	url_for_log(url, shown, sizeof(shown));
	if (strlen(url) > URL_MAX) {
		snprintf(why, why_size, "%s: longer than %u bytes", shown, URL_MAX);
		return false;
	}
	if (!printable(url)) {
		snprintf(why, why_size, "%s: has spaces or characters that must be percent-encoded", shown);
		return false;
	}
	u = curl_url();
	if (u)
		code = curl_url_set(u, CURLUPART_URL, url, CURLU_DISALLOW_USER);
	if (!u)
		snprintf(why, why_size, "%s: no memory", shown);
	else if (code == CURLUE_USER_NOT_ALLOWED)
		snprintf(why, why_size, "%s: a user or password in a URL is not accepted; use a header", shown);
	else if (code != CURLUE_OK || !has_two_slashes(url) || !take_authority(u, authority, &is_https))
		snprintf(why, why_size, "%s: not an http:// or https:// URL", shown);
	else
		ok = true;
	if (ok && https)
		*https = is_https;
	curl_url_cleanup(u);
	return ok;
}

bool url_authority(const char *text, char authority[URL_AUTHORITY_MAX])
{
	char url[URL_AUTHORITY_MAX + 16], why[300];
	const char *port = strrchr(text, ':');

	if (strlen(text) >= URL_AUTHORITY_MAX || strpbrk(text, "/?#@"))
		return false;
	/* 443 is the own port of https, and 80 of http: whichever was meant, it is not part of the name */
	snprintf(url, sizeof(url), "%s://%s", port && strcmp(port, ":443") == 0 ? "https" : "http", text);
	return url_check(url, authority, NULL, why, sizeof(why));
}

bool url_redirect(const char *from, const char *location, char to[URL_MAX + 1], char *why, size_t why_size)
{
	char was[URL_AUTHORITY_MAX], becomes[URL_AUTHORITY_MAX], *text = NULL;
	bool was_https, is_https, ok = false;
	CURLU *u = curl_url();

	if (!u || !printable(location) || strlen(location) > URL_MAX || curl_url_set(u, CURLUPART_URL, from, 0) != CURLUE_OK ||
		curl_url_set(u, CURLUPART_URL, location, CURLU_DISALLOW_USER) != CURLUE_OK ||
		curl_url_get(u, CURLUPART_URL, &text, 0) != CURLUE_OK || strlen(text) > URL_MAX ||
		!take_authority(u, becomes, &is_https))
		snprintf(why, why_size, "redirected to something that is not an http or https URL");
	else if (!url_check(from, was, &was_https, why, why_size))
		;
	else if (strcmp(was, becomes) != 0)
		snprintf(why, why_size, "redirected to another server, %s: not followed; if it moved, change the configured URL",
			becomes);
	else if (was_https && !is_https)
		snprintf(why, why_size, "redirected from https to plain http on %s: refused", becomes);
	else
		ok = true;
	if (ok)
		memcpy(to, text, strlen(text) + 1);
	curl_free(text);
	curl_url_cleanup(u);
	return ok;
}
