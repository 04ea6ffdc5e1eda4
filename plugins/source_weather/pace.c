#include "pace.h"

#include <string.h>

#define MS_NS INT64_C(1000000)
#define MINUTE_MS INT64_C(60000)
#define HOUR_MS (60 * MINUTE_MS)
#define MOST_MS (15 * MINUTE_MS) /* without network: a session may run */

static bool knows_session(const struct f1p_schedule_now *now)
{
	return now && now->has_session == F1P_YES;
}

int64_t pace_next(const struct pace *p, const struct f1p_schedule_now *now, int64_t t_fetched_ns)
{
	int64_t idle = t_fetched_ns + p->idle_ms * MS_NS;

	if (!knows_session(now) || now->mode == F1P_SEASON_AFTER)
		return idle;
	if (now->mode == F1P_SEASON_LIVE)
		return t_fetched_ns + p->session_ms * MS_NS;
	int64_t near = now->session.t_start_ns - p->ahead_ms * MS_NS;
	int64_t often = t_fetched_ns + p->before_ms * MS_NS;
	if (often >= near)
		return often < idle ? often : idle;
	return near < idle ? near : idle;
}

/* The free limits say in words which one is reached. */
static int64_t least_wait_ms(uint32_t http_status, const char *words)
{
	if (http_status == 429 && strstr(words, "Daily"))
		return 3 * HOUR_MS;
	if (http_status == 429 && strstr(words, "Hourly"))
		return 15 * MINUTE_MS;
	if (http_status >= 400 && http_status < 500 && http_status != 408 && http_status != 429)
		return HOUR_MS; /* the question or the key is wrong: it will not heal soon */
	return 0;
}

int64_t pace_retry_ms(uint32_t failures, uint32_t http_status, const char *words, int64_t retry_after_ms)
{
	int64_t least = least_wait_ms(http_status, words);
	int64_t wait = MINUTE_MS << (failures > 5 ? 4 : failures > 0 ? failures - 1 : 0);

	if (wait > MOST_MS)
		wait = MOST_MS;
	if (retry_after_ms != F1P_UNKNOWN_NS && retry_after_ms > wait)
		wait = retry_after_ms < 24 * HOUR_MS ? retry_after_ms : 24 * HOUR_MS;
	return wait > least ? wait : least;
}
