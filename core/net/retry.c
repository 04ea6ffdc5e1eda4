#include "net/retry.h"

#include <ctype.h>
#include <curl/curl.h>
#include <time.h>

#define SECONDS_MAX 31536000LL /* a year: longer is nonsense, and must not overflow */

int64_t retry_wait_ns(uint32_t attempt, uint64_t random)
{
	int64_t longest = RETRY_BASE_NS;

	for (uint32_t i = 1; i < attempt && longest < RETRY_CAP_NS; i++)
		longest *= 2;
	if (longest > RETRY_CAP_NS)
		longest = RETRY_CAP_NS;
	return (int64_t)(random % ((uint64_t)longest + 1));
}

bool retry_status(uint32_t status)
{
	return status == 408 || status == 429 || (status >= 500 && status <= 599);
}

int64_t retry_http_date_ns(const char *text)
{
	time_t t = text ? curl_getdate(text, NULL) : -1;

	/* years 1970 to 2255 fit into nanoseconds */
	return t >= 0 && t < 9000000000LL ? (int64_t)t * 1000000000LL : F1P_UNKNOWN_NS;
}

static int64_t seconds(const char *text)
{
	int64_t s = 0;

	for (; isdigit((unsigned char)*text); text++)
		s = s < SECONDS_MAX ? s * 10 + (*text - '0') : SECONDS_MAX;
	if (*text && *text != '.') /* some say 1.5 */
		return -1;
	return s < SECONDS_MAX ? s : SECONDS_MAX;
}

int64_t retry_after_ms(const char *text, int64_t now_utc_ns)
{
	int64_t at;

	if (text && isdigit((unsigned char)text[0])) {
		at = seconds(text);
		return at < 0 ? F1P_UNKNOWN_NS : at * 1000;
	}
	at = retry_http_date_ns(text);
	if (at == F1P_UNKNOWN_NS || now_utc_ns < 0)
		return F1P_UNKNOWN_NS;
	return at <= now_utc_ns					  ? 0
	       : (at - now_utc_ns) / 1000000 < SECONDS_MAX * 1000 ? (at - now_utc_ns) / 1000000
								  : SECONDS_MAX * 1000;
}
