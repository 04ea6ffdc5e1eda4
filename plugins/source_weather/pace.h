/*
 * pace.h - when to ask for a forecast: by the calendar, and after failures.
 */
#ifndef WEATHER_PACE_H
#define WEATHER_PACE_H

#include <f1pd/season.h>

struct pace {
	int64_t session_ms, before_ms, idle_ms; /* how often in a session, shortly before one, else */
	int64_t ahead_ms;			/* what is shortly */
};

/* When the forecast fetched at t_fetched_ns is to be renewed. now may be NULL: nobody knows the calendar. */
int64_t pace_next(const struct pace *, const struct f1p_schedule_now *now, int64_t t_fetched_ns);
/* Wait after the nth failure in a row (from 1): a minute, doubling, at most a quarter of an hour, or what the server said. */
int64_t pace_retry_ms(uint32_t failures, uint32_t http_status, const char *words, int64_t retry_after_ms);

#endif
