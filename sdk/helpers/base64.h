/*
 * base64.h - base64 and base64url (RFC 4648) into bytes.
 */
#ifndef F1P_HELPERS_BASE64_H
#define F1P_HELPERS_BASE64_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* c62 and c63: the last two digits, '+' and '/', of URLs and tokens '-' and '_'. -1 = no digit. */
static inline int f1p_base64_digit(char c, char c62, char c63)
{
	if (c >= 'A' && c <= 'Z') {
		return c - 'A';
	}
	if (c >= 'a' && c <= 'z') {
		return c - 'a' + 26;
	}
	if (c >= '0' && c <= '9') {
		return c - '0' + 52;
	}
	return c == c62 ? 62 : c == c63 ? 63 : -1;
}

/* out has room for n * 3 / 4 bytes. Padding is optional, but nothing may follow it. False: it is no such text. */
static inline bool f1p_base64_decode(const char *in, size_t n, char c62, char c63, unsigned char *out, size_t *out_n)
{
	uint32_t bits = 0;
	int n_bits = 0;

	while (n > 0 && in[n - 1] == '=') {
		n--;
	}
	*out_n = 0;
	for (size_t i = 0; i < n; i++) {
		int v = f1p_base64_digit(in[i], c62, c63);

		if (v < 0) {
			return false;
		}
		bits = (bits << 6 | (uint32_t)v) & 0xffffu;
		n_bits += 6;
		if (n_bits >= 8) {
			n_bits -= 8;
			out[(*out_n)++] = (unsigned char)(bits >> n_bits);
		}
	}
	return n % 4 != 1;
}

#endif
