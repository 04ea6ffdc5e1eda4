/*
 * percent.h - percent signs of a URL (RFC 3986) undone.
 */
#ifndef F1P_HELPERS_PERCENT_H
#define F1P_HELPERS_PERCENT_H

#include <stdbool.h>
#include <stddef.h>

/* -1 = no digit. */
static inline int f1p_hex_digit(char c)
{
	if (c >= '0' && c <= '9') {
		return c - '0';
	}
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* plus: what '+' stands for. out is NUL-terminated. False: a broken escape, a NUL, or longer than size - 1 bytes. */
static inline bool f1p_percent_decode(const char *text, size_t n, char plus, char *out, size_t size)
{
	size_t at = 0;

	for (size_t i = 0; i < n; i++) {
		int c = text[i] == '+' ? plus : (unsigned char)text[i];

		if (text[i] == '%') {
			int high = i + 2 < n ? f1p_hex_digit(text[i + 1]) : -1;
			int low = i + 2 < n ? f1p_hex_digit(text[i + 2]) : -1;

			c = high < 0 || low < 0 ? 0 : high * 16 + low;
			i += 2;
		}
		if (c == 0 || at + 1 >= size) {
			return false;
		}
		out[at++] = (char)c;
	}
	out[at] = '\0';
	return true;
}

#endif
