/*
 * url.h - what the HTTP client must know of a URL: which server it names, where a redirect leads, how it looks in a log.
 */
#ifndef NET_URL_H
#define NET_URL_H

#include <stdbool.h>
#include <stddef.h>

#define URL_MAX 2000u
#define URL_AUTHORITY_MAX 272u /* with NUL: a host name of 255, a colon, a port */

/* Checks a URL and gives its authority: host in lower case, ":port" behind it unless it is the scheme's own. https may be NULL.
 * false: why says what is wrong; it shows no query and no password. */
bool url_check(const char *url, char authority[URL_AUTHORITY_MAX], bool *https, char *why, size_t why_size);
/* The same form of an authority as a user writes it: lower case, without :80 and :443. */
bool url_authority(const char *text, char authority[URL_AUTHORITY_MAX]);
/* Where `location` leads, seen from `from`. false: not to be followed (another server, https to http, no URL); why says so and
 * names the target's server. */
bool url_redirect(const char *from, const char *location, char to[URL_MAX + 1], char *why, size_t why_size);
/* The URL without user, password, query and fragment: those may hold secrets. "https://host/path?..." */
void url_for_log(const char *url, char *out, size_t out_size);

#endif
