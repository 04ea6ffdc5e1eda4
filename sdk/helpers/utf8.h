/*
 * utf8.h - one place that knows what valid UTF-8 is.
 *
 * Stricter than yajl's own check: overlong forms, surrogates and code points above U+10FFFF are invalid.
 */
#ifndef F1P_UTF8_H
#define F1P_UTF8_H

#include <stddef.h>
#include <string.h>

#define F1P_UTF8_REPLACEMENT "\xef\xbf\xbd" /* U+FFFD, 3 bytes */

static inline int f1p_utf8_is_tail(const unsigned char *s, size_t from, size_t to)
{
	for (; from < to; from++) {
		if ((s[from] & 0xc0) != 0x80) {
			return 0;
		}
	}
	return 1;
}

/* Length (1..4) of the valid character that begins at p, of which n bytes can be read; 0 = invalid. */
static inline size_t f1p_utf8_char(const char *p, size_t n)
{
	const unsigned char *s = (const unsigned char *)p;
	size_t len = 0;

	if (n == 0) {
		return 0;
	}
	if (s[0] < 0x80) {
		return 1;
	}
	len = s[0] >= 0xc2 && s[0] <= 0xdf ? 2 : s[0] >= 0xe0 && s[0] <= 0xef ? 3 : s[0] >= 0xf0 && s[0] <= 0xf4 ? 4 : 0;
	if (len == 0 || n < len || !f1p_utf8_is_tail(s, 1, len)) {
		return 0;
	}
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) || (s[0] == 0xf0 && s[1] < 0x90) ||
		(s[0] == 0xf4 && s[1] > 0x8f)) {
		return 0;
	}
	return len;
}

/* 1 = all n bytes are valid characters. */
static inline int f1p_utf8_valid(const char *text, size_t n)
{
	size_t at = 0, len = 1;

	while (at < n && len > 0) {
		len = f1p_utf8_char(text + at, n - at);
		at += len;
	}
	return len > 0;
}

/* Copies n bytes into dst[size], NUL-terminated, cut at a character boundary; invalid bytes and NUL become U+FFFD.
 * The rest of dst is zeroed, so that equal texts are equal bytes. Returns the length. */
static inline size_t f1p_utf8_copy(char *dst, size_t size, const char *src, size_t n)
{
	size_t out = 0;

	for (size_t i = 0; i < n;) {
		size_t len = src[i] != '\0' ? f1p_utf8_char(src + i, n - i) : 0;
		const char *from = len != 0 ? src + i : F1P_UTF8_REPLACEMENT;
		size_t put = len != 0 ? len : sizeof(F1P_UTF8_REPLACEMENT) - 1;

		if (out + put >= size) {
			break;
		}
		memcpy(dst + out, from, put);
		out += put;
		i += len != 0 ? len : 1;
	}
	if (size > 0) {
		memset(dst + out, 0, size - out);
	}
	return out;
}

#endif
