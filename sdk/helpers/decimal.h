/*
 * decimal.h - decimal text as a whole number of small units: "24.35" with 3 decimals is 24350. No floating point, no locale.
 */
#ifndef F1P_HELPERS_DECIMAL_H
#define F1P_HELPERS_DECIMAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* "-37.8497" with 4 decimals -> -378497; further digits are rounded half away from zero. decimals: 0..6; at most 12 digits before
 * the point. False if the text is anything else, also if it is empty. */
static inline bool f1p_parse_decimal(const char *text, size_t n, int decimals, int64_t *out)
{
	const char *at = text, *end = text + n, *first;
	int64_t v = 0;

	if (at < end && (*at == '-' || *at == '+')) {
		at++;
	}
	for (first = at; at < end && *at >= '0' && *at <= '9'; at++) {
		v = at - first < 12 ? v * 10 + (*at - '0') : v;
	}
	if (at == first || at - first > 12) {
		return false;
	}
	if (at < end && *at == '.' && (++at == end || *at < '0' || *at > '9')) {
		return false;
	}
	for (; decimals > 0; decimals--) {
		v *= 10;
		if (at < end && *at >= '0' && *at <= '9') {
			v += *at++ - '0';
		}
	}
	if (at < end && *at >= '5' && *at <= '9') {
		v++;
	}
	while (at < end && *at >= '0' && *at <= '9') {
		at++;
	}
	*out = text[0] == '-' ? -v : v;
	return at == end;
}

#endif
