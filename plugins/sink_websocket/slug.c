/*
 * slug.c - see slug.h.
 */
#include "slug.h"

#include <stdbool.h>

/* U+00C0 to U+00FF (two bytes in UTF-8, the first is C3) without their marks; '-' for the two signs. */
static const char latin1[] = "aaaaaaaceeeeiiiidnooooo-ouuuuytsaaaaaaaceeeeiiiidnooooo-ouuuuyty";

static char plain(const char *text, size_t n, size_t *at)
{
	unsigned char c = (unsigned char)text[(*at)++];
	if (c >= 'A' && c <= 'Z') {
		return (char)(c - 'A' + 'a');
	}
	if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) {
		return (char)c;
	}
	if (c == 0xc3 && *at < n && ((unsigned char)text[*at] & 0xc0) == 0x80) {
		return latin1[(unsigned char)text[(*at)++] - 0x80];
	}
	return '-';
}

void slug(const char *text, size_t n, char out[SLUG_MAX])
{
	size_t to = 0;
	bool gap = false;
	for (size_t at = 0; at < n && to < SLUG_MAX - 2;) {
		char c = plain(text, n, &at);
		if (c == '-') {
			gap = to > 0;
			continue;
		}
		if (gap) {
			out[to++] = '-';
			gap = false;
		}
		out[to++] = c;
	}
	out[to] = '\0';
}
