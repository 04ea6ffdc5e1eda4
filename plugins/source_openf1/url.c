#include "url.h"

#include <stdio.h>
#include <string.h>

bool url_authority(const char *url, char *out, size_t size)
{
	size_t scheme = strncmp(url, "https://", 8) == 0 ? 8 : strncmp(url, "http://", 7) == 0 ? 7 : 0;
	size_t n = scheme != 0 ? strcspn(url + scheme, "/?#") : 0;

	if (n == 0 || n >= size || memchr(url + scheme, '@', n) != NULL) {
		return false;
	}
	memcpy(out, url + scheme, n);
	out[n] = '\0';
	return true;
}

static bool is_plain(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || strchr("-._~", c) != NULL;
}

bool url_encode(const char *text, char *out, size_t size)
{
	static const char digits[] = "0123456789ABCDEF";
	size_t at = 0;

	for (; *text != '\0'; text++) {
		if (at + 4 > size) {
			return false;
		}
		if (is_plain(*text)) {
			out[at++] = *text;
		} else {
			out[at++] = '%';
			out[at++] = digits[(unsigned char)*text >> 4];
			out[at++] = digits[(unsigned char)*text & 15];
		}
	}
	out[at] = '\0';
	return true;
}

void url_time(int64_t t_ns, char out[48])
{
	int64_t ms = t_ns / 1000000;
	int64_t s = ms / 1000 % 86400;
	int64_t days = ms / 86400000 + 719468; /* since 0000-03-01 */
	int64_t era = days / 146097;
	int64_t of_era = days % 146097;
	int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
	int64_t month = (5 * of_year + 2) / 153;
	int64_t day = of_year - (153 * month + 2) / 5 + 1;

	month += month < 10 ? 3 : -9;
	year += era * 400 + (month <= 2);
	snprintf(out, 48, "%04d-%02d-%02dT%02d:%02d:%02d.%03d%%2B00:00", (int)year, (int)month, (int)day, (int)(s / 3600),
		(int)(s / 60 % 60), (int)(s % 60), (int)(ms % 1000));
}
