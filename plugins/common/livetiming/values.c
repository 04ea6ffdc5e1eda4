/*
 * values.c - see values.h. Nothing here depends on locale or time zone.
 */
#include "values.h"

#include "livetiming.h"

#include <string.h>

#define NS_PER_S INT64_C(1000000000)
#define MAX_CLOCK_MS (24 * 3600 * 1000)
#define MAX_LAPS_BEHIND 200

struct cursor {
	const char *at;
	const char *end;
};

static bool done(const struct cursor *c)
{
	return c->at == c->end;
}

static bool take(struct cursor *c, char wanted)
{
	if (!done(c) && *c->at == wanted) {
		c->at++;
		return true;
	}
	return false;
}

/* Between min and max digits, as many as there are. */
static bool take_digits(struct cursor *c, int min, int max, int64_t *out)
{
	int n = 0;

	*out = 0;
	while (n < max && !done(c) && lt_is_digit(*c->at)) {
		*out = *out * 10 + (*c->at - '0');
		c->at++;
		n++;
	}
	return n >= min;
}

bool lt_parse_int(const char *text, size_t n, int64_t lo, int64_t hi, int64_t *out)
{
	struct cursor c = {text, text + n};
	bool negative = take(&c, '-');
	int64_t v = 0;

	if (!take_digits(&c, 1, 17, &v) || !done(&c)) {
		return false;
	}
	v = negative ? -v : v;
	if (v < lo || v > hi) {
		return false;
	}
	*out = v;
	return true;
}

bool lt_parse_tenths(const char *text, size_t n, int32_t *out)
{
	struct cursor c = {text, text + n};
	bool negative = take(&c, '-');
	int64_t whole = 0;
	int64_t tenth = 0;
	int64_t hundredth = 0;
	int64_t rest = 0;

	if (!take_digits(&c, 1, 6, &whole)) {
		return false;
	}
	if (take(&c, '.')) {
		if (!take_digits(&c, 1, 1, &tenth)) {
			return false;
		}
		take_digits(&c, 0, 1, &hundredth);
		take_digits(&c, 0, 15, &rest);
	}
	if (!done(&c)) {
		return false;
	}
	whole = whole * 10 + tenth + (hundredth >= 5 ? 1 : 0);
	*out = (int32_t)(negative ? -whole : whole);
	return true;
}

/* ".5", ".12", ".608" -> milliseconds; nothing -> 0. */
static bool take_millis(struct cursor *c, int64_t *out_ms)
{
	static const int64_t scale[] = {0, 100, 10, 1};
	const char *from = NULL;

	*out_ms = 0;
	if (!take(c, '.')) {
		return true;
	}
	from = c->at;
	if (!take_digits(c, 1, 3, out_ms)) {
		return false;
	}
	*out_ms *= scale[c->at - from];
	return true;
}

static bool take_clock(struct cursor *c, int32_t *out_ms)
{
	int64_t total = 0;
	int64_t part = 0;
	int64_t ms = 0;

	if (!take_digits(c, 1, 5, &total)) {
		return false;
	}
	for (int colons = 0; colons < 2 && take(c, ':'); colons++) {
		if (!take_digits(c, 2, 2, &part) || part > 59) {
			return false;
		}
		total = total * 60 + part;
	}
	if (!take_millis(c, &ms)) {
		return false;
	}
	total = total * 1000 + ms;
	if (total > MAX_CLOCK_MS) {
		return false;
	}
	*out_ms = (int32_t)total;
	return true;
}

bool lt_parse_clock(const char *text, size_t n, int32_t *out_ms)
{
	struct cursor c = {text, text + n};

	return take_clock(&c, out_ms) && done(&c);
}

/* The part behind the number of laps: "L", " L", " LAP", " LAPS". */
static bool is_lap_word(const char *text, size_t n)
{
	if (n > 0 && text[0] == ' ') {
		text++;
		n--;
	}
	return n >= 1 && n <= 4 && n != 2 && memcmp(text, "LAPS", n) == 0;
}

static bool parse_laps_behind(const char *text, size_t n, struct lt_gap *out)
{
	struct cursor c = {text, text + n};
	int64_t laps = 0;

	take(&c, '+');
	if (!take_digits(&c, 1, 3, &laps) || laps == 0 || laps > MAX_LAPS_BEHIND) {
		return false;
	}
	if (!is_lap_word(c.at, (size_t)(c.end - c.at))) {
		return false;
	}
	*out = (struct lt_gap){.ms = F1P_UNKNOWN, .laps = (int32_t)laps};
	return true;
}

static bool parse_leader(const char *text, size_t n, struct lt_gap *out)
{
	int64_t lap = 0;

	if (n < 5 || memcmp(text, "LAP ", 4) != 0 || !lt_parse_int(text + 4, n - 4, 0, MAX_LAPS_BEHIND, &lap)) {
		return false;
	}
	*out = (struct lt_gap){.leader = true};
	return true;
}

bool lt_parse_gap(const char *text, size_t n, struct lt_gap *out)
{
	struct cursor c = {text, text + n};
	int32_t ms = 0;

	if (n == 0) {
		*out = (struct lt_gap){.ms = F1P_UNKNOWN};
		return true;
	}
	take(&c, '+');
	if (take_clock(&c, &ms) && done(&c)) {
		*out = (struct lt_gap){.ms = ms};
		return true;
	}
	return parse_laps_behind(text, n, out) || parse_leader(text, n, out);
}

bool lt_parse_offset(const char *text, size_t n, int32_t *out_s)
{
	struct cursor c = {text, text + n};
	bool negative = take(&c, '-');
	int64_t h = 0;
	int64_t m = 0;
	int64_t s = 0;

	if (!negative) {
		take(&c, '+');
	}
	if (!take_digits(&c, 2, 2, &h) || !take(&c, ':') || !take_digits(&c, 2, 2, &m) || !take(&c, ':') ||
		!take_digits(&c, 2, 2, &s) || !done(&c) || h > 15 || m > 59 || s > 59) {
		return false;
	}
	s += h * 3600 + m * 60;
	*out_s = (int32_t)(negative ? -s : s);
	return true;
}

static bool is_leap(int64_t y)
{
	return (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
}

static int64_t days_in_month(int64_t y, int64_t m)
{
	static const int8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	return days[m - 1] + (m == 2 && is_leap(y) ? 1 : 0);
}

/* Days since 1970-01-01 in the Gregorian calendar; the year is counted from March, so that the leap day comes last. */
static int64_t days_since_epoch(int64_t y, int64_t m, int64_t d)
{
	int64_t from_march = (m + 9) % 12;
	int64_t years = m <= 2 ? y - 1 : y;

	return years * 365 + years / 4 - years / 100 + years / 400 + (from_march * 306 + 5) / 10 + d - 1 - 719468;
}

/* Up to 9 fraction digits as nanoseconds. */
static bool take_nanos(struct cursor *c, int64_t *out)
{
	const char *from = NULL;

	*out = 0;
	if (!take(c, '.')) {
		return true;
	}
	from = c->at;
	if (!take_digits(c, 1, 9, out)) {
		return false;
	}
	for (size_t digits = (size_t)(c->at - from); digits < 9; digits++) {
		*out *= 10;
	}
	return true;
}

static bool take_date(struct cursor *c, int64_t *days)
{
	int64_t y = 0;
	int64_t m = 0;
	int64_t d = 0;

	if (!take_digits(c, 4, 4, &y) || !take(c, '-') || !take_digits(c, 2, 2, &m) || !take(c, '-') ||
		!take_digits(c, 2, 2, &d)) {
		return false;
	}
	if (y < 1950 || y > 2200 || m < 1 || m > 12 || d < 1 || d > days_in_month(y, m)) {
		return false;
	}
	*days = days_since_epoch(y, m, d);
	return true;
}

bool lt_parse_utc(const char *text, size_t n, int64_t *out_ns)
{
	struct cursor c = {text, text + n};
	int64_t days = 0;
	int64_t h = 0;
	int64_t m = 0;
	int64_t s = 0;
	int64_t ns = 0;

	if (!take_date(&c, &days) || !take(&c, 'T') || !take_digits(&c, 2, 2, &h) || !take(&c, ':') ||
		!take_digits(&c, 2, 2, &m) || !take(&c, ':') || !take_digits(&c, 2, 2, &s) || !take_nanos(&c, &ns)) {
		return false;
	}
	take(&c, 'Z');
	if (!done(&c) || h > 23 || m > 59 || s > 59) {
		return false;
	}
	*out_ns = (days * 86400 + h * 3600 + m * 60 + s) * NS_PER_S + ns;
	return true;
}
