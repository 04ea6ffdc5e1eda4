#include "path.h"

#include <helpers/utf8.h>

#include <string.h>

static bool is_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* One part of the path, up to the next slash or the end: its length, 0 if it may not be. */
static size_t part(const char *text)
{
	size_t n = strcspn(text, "/");

	if (text[0] == '.')
		return 0;
	for (size_t i = 0; i < n;) {
		size_t len = f1p_utf8_char(text + i, n - i);
		if (len == 0 || (len == 1 && !is_alnum(text[i]) && !strchr("-_.,'()+&", text[i])))
			return 0;
		i += len;
	}
	return n;
}

bool path_session(const char *text, char out[PATH_ROOM])
{
	size_t at = 0;

	if (strspn(text, "0123456789") != 4)
		return false;
	for (int i = 0; i < 3; i++) {
		size_t n = part(text);
		if (n == 0 || at + n + 1 >= PATH_ROOM || (i == 0 && n != 4))
			return false;
		memcpy(out + at, text, n);
		at += n;
		out[at++] = '/';
		text += n;
		if (*text == '/')
			text++;
		else if (i < 2)
			return false;
	}
	out[at] = '\0';
	return *text == '\0';
}

bool path_of_url(const char *url, char *base, size_t base_size, char out[PATH_ROOM])
{
	const char *at = strstr(url, "/static/");
	size_t n = at ? (size_t)(at - url) : 0;
	char text[PATH_ROOM + 64] = "", *hex;

	if (!at || n >= base_size || strlen(at + 8) >= sizeof(text) || strpbrk(at, "?#"))
		return false;
	memcpy(base, url, n);
	base[n] = '\0';
	strcpy(text, at + 8);
	while ((hex = strchr(text, '%')) != NULL) { /* as browsers write it */
		static const char digits[] = "0123456789abcdef0123456789ABCDEF";
		const char *hi = hex[1] ? strchr(digits, hex[1]) : NULL, *lo = hi && hex[2] ? strchr(digits, hex[2]) : NULL;
		if (!lo)
			return false;
		*hex = (char)(((hi - digits) % 16) * 16 + (lo - digits) % 16);
		if (*hex == '%' || *hex == '\0')
			return false;
		memmove(hex + 1, hex + 3, strlen(hex + 3) + 1);
	}
	char *third = strchr(text, '/');
	third = third ? strchr(third + 1, '/') : NULL;
	third = third ? strchr(third + 1, '/') : NULL;
	if (third && !strchr(third + 1, '/'))
		third[1] = '\0'; /* a file of the session */
	return path_session(text, out);
}

bool path_topic(const char *text, size_t n)
{
	if (n == 0 || n >= TOPIC_ROOM || text[0] == '.')
		return false;
	for (size_t i = 0; i < n; i++)
		if (!is_alnum(text[i]) && text[i] != '.')
			return false;
	return true;
}

bool path_encode(const char *path, char *out, size_t size)
{
	static const char digits[] = "0123456789ABCDEF";
	size_t at = 0;

	for (; *path; path++) {
		if (at + 4 > size)
			return false;
		if (is_alnum(*path) || strchr("-_./", *path)) {
			out[at++] = *path;
		} else {
			out[at++] = '%';
			out[at++] = digits[(unsigned char)*path >> 4];
			out[at++] = digits[(unsigned char)*path & 15];
		}
	}
	out[at] = '\0';
	return true;
}
