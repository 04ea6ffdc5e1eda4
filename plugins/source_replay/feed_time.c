/*
 * feed_time.c - see feed_time.h.
 */
#include "feed_time.h"
#include "clock.h"

#include <livetiming.h>

#include <string.h>

static bool digits(const char *p, size_t n, int64_t *out)
{
	*out = 0;
	for (size_t i = 0; i < n; i++) {
		if (p[i] < '0' || p[i] > '9') {
			return false;
		}
		*out = *out * 10 + (p[i] - '0');
	}
	return n > 0;
}

bool sr_utc_parse(const char *text, size_t n, int64_t *out)
{
	int64_t h = 0, m = 0, zone_s = 0;

	if (n > 20 && (text[n - 6] == '+' || text[n - 6] == '-') && text[n - 3] == ':') {
		if (!digits(text + n - 5, 2, &h) || !digits(text + n - 2, 2, &m) || h > 14 || m > 59) {
			return false;
		}
		zone_s = (h * 60 + m) * 60 * (text[n - 6] == '-' ? -1 : 1);
		n -= 6;
	}
	if (n > 40 || !lt_parse_utc(text, n, out)) {
		return false;
	}
	*out -= zone_s * SR_NS_PER_S;
	return true;
}

bool sr_offset_parse(const char *p, size_t n, int64_t *out)
{
	int64_t h = 0, m = 0, s = 0, ms = 0;

	if (n != 12 || p[2] != ':' || p[5] != ':' || p[8] != '.' || !digits(p, 2, &h) || !digits(p + 3, 2, &m) ||
		!digits(p + 6, 2, &s) || !digits(p + 9, 3, &ms) || m > 59 || s > 59) {
		return false;
	}
	*out = (((h * 60 + m) * 60 + s) * 1000 + ms) * 1000000;
	return true;
}

bool sr_hms_parse(const char *p, size_t n, int64_t *out)
{
	int64_t h = 0, m = 0, s = 0, ms = 0;
	const char *colon = memchr(p, ':', n);
	size_t h_n = colon != NULL ? (size_t)(colon - p) : 0;

	if (h_n < 1 || h_n > 2 || (n != h_n + 6 && n != h_n + 10) || p[h_n + 3] != ':' || !digits(p, h_n, &h) ||
		!digits(p + h_n + 1, 2, &m) || !digits(p + h_n + 4, 2, &s) || m > 59 || s > 59) {
		return false;
	}
	if (n == h_n + 10 && (p[h_n + 6] != '.' || !digits(p + h_n + 7, 3, &ms))) {
		return false;
	}
	*out = (((h * 60 + m) * 60 + s) * 1000 + ms) * 1000000;
	return true;
}

/* Numbers: the magnitude tells the unit. Fractions of a second are kept to the millisecond. */
static bool number_time(struct f1p_json_slice raw, int64_t *out, bool *is_offset)
{
	const char *dot = memchr(raw.text, '.', raw.n);
	size_t whole_n = dot != NULL ? (size_t)(dot - raw.text) : raw.n;
	size_t frac_n = dot != NULL ? raw.n - whole_n - 1 : 0;
	int64_t whole = 0, frac = 0;

	if (whole_n > 19 || (whole_n == 19 && raw.text[0] == '9') || !digits(raw.text, whole_n, &whole) ||
		(dot != NULL && !digits(dot + 1, frac_n > 3 ? 3 : frac_n, &frac))) {
		return false;
	}
	for (size_t i = frac_n; i < 3; i++) {
		frac *= 10;
	}
	*is_offset = whole < 100000000;
	if (*is_offset) {
		*out = whole * 1000000;
	} else if (whole < INT64_C(100000000000)) {
		*out = whole * SR_NS_PER_S + frac * 1000000;
	} else if (whole < INT64_C(100000000000000)) {
		*out = whole * 1000000;
	} else if (whole < INT64_C(100000000000000000)) {
		*out = whole * 1000;
	} else {
		*out = whole;
	}
	return true;
}

bool sr_json_time(struct f1p_json_slice raw, int64_t *out, bool *is_offset)
{
	*is_offset = false;
	if (raw.n < 2 || raw.text[0] != '"') {
		return raw.n > 0 && number_time(raw, out, is_offset);
	}
	raw = (struct f1p_json_slice){raw.text + 1, raw.n - 2};
	if (sr_utc_parse(raw.text, raw.n, out)) {
		return true;
	}
	*is_offset = sr_hms_parse(raw.text, raw.n, out);
	return *is_offset;
}

/* The quoted value that follows the colon at p. */
static bool utc_value(const char *p, const char *end, int64_t *out)
{
	const char *close = NULL;

	while (p < end && (*p == ' ' || *p == ':')) {
		p++;
	}
	if (p >= end || *p != '"') {
		return false;
	}
	p++;
	close = memchr(p, '"', (size_t)(end - p));
	return close != NULL && sr_utc_parse(p, (size_t)(close - p), out);
}

static bool last_value_of(const char *json, size_t n, const char *key, int64_t *out)
{
	const char *end = json + n;
	size_t key_n = strlen(key);
	bool found = false;
	int64_t t = 0;

	for (const char *p = memmem(json, n, key, key_n); p != NULL; p = memmem(p, (size_t)(end - p), key, key_n)) {
		p += key_n;
		if (utc_value(p, end, &t)) {
			*out = t;
			found = true;
		}
	}
	return found;
}

bool sr_utc_inside(const char *json, size_t n, int64_t *out)
{
	return last_value_of(json, n, "\"Utc\"", out) || last_value_of(json, n, "\"Timestamp\"", out);
}
