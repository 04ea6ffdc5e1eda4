/*
 * values.h - the feed's ways of writing numbers, times and gaps, each checked to the last character.
 */
#ifndef LT_VALUES_H
#define LT_VALUES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* "12", "-3"; digits only, within lo..hi. */
bool lt_parse_int(const char *text, size_t n, int64_t lo, int64_t hi, int64_t *out);
/* "24.3" -> 243, "1008" -> 10080, "-0.25" -> -3 (rounded half away from zero). */
bool lt_parse_tenths(const char *text, size_t n, int32_t *out);
/* "59.123", "1:32.608", "1:02:03.5", "23" -> milliseconds; up to 3 fraction digits; parts behind a colon are 00..59. */
bool lt_parse_clock(const char *text, size_t n, int32_t *out_ms);
/* "+1.234", "+1:09.473", "1L", "12 L", "+1 LAP", "+2 LAPS", "LAP 5" (the leader), "" (none shown). */
struct lt_gap {
	int32_t ms;   /* F1P_UNKNOWN when none is shown or the car is lapped */
	int32_t laps; /* whole laps behind, 0 on the lead lap */
	bool leader;
};
bool lt_parse_gap(const char *text, size_t n, struct lt_gap *out);
/* "02:00:00", "-06:00:00", "+05:30:00" -> seconds. */
bool lt_parse_offset(const char *text, size_t n, int32_t *out_s);

static inline bool lt_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

#endif
