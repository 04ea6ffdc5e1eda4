#include "history/csv_value.h"

#include <string.h>

#define NS INT64_C(1000000000)

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Exactly n digits. */
static bool take(const char **p, int n, int *out)
{
	*out = 0;
	for (; n > 0; n--, (*p)++) {
		if (!is_digit(**p))
			return false;
		*out = *out * 10 + (**p - '0');
	}
	return true;
}

static bool literal(const char **p, char c)
{
	return *(*p)++ == c;
}

/* Days since 1970, by the proleptic Gregorian calendar. */
static int64_t days_of(int year, int month, int day)
{
	int64_t y = year - (month <= 2);
	int64_t year_of_era = y % 400;
	int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return y / 400 * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
}

bool csv_date(const char *text, int64_t *out_ns)
{
	static const int days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	int y, m, d;

	if (!take(&text, 4, &y) || !literal(&text, '-') || !take(&text, 2, &m) || !literal(&text, '-') || !take(&text, 2, &d) ||
		*text)
		return false;
	if (y < 1950 || y > 2199 || m < 1 || m > 12 || d < 1 || d > days[m - 1])
		return false;
	*out_ns = days_of(y, m, d) * 86400 * NS;
	return true;
}

bool csv_time_of_day(const char *text, int64_t *out_ns)
{
	int h, m, s = 0;

	if (!take(&text, 2, &h) || !literal(&text, ':') || !take(&text, 2, &m))
		return false;
	if (*text == ':' && (text++, !take(&text, 2, &s)))
		return false;
	if (*text || h > 23 || m > 59 || s > 59)
		return false;
	*out_ns = (h * 3600 + m * 60 + s) * NS;
	return true;
}

const struct csv_word *csv_find_word(const struct csv_word *words, const char *text)
{
	for (; words && words->text; words++)
		if (strcmp(words->text, text) == 0)
			return words;
	return NULL;
}
