/*
 * feed_time.h - the ways in which recordings write times.
 */
#ifndef SR_FEED_TIME_H
#define SR_FEED_TIME_H

#include <helpers/json_reader.h>

/* "2024-07-05T11:50:44.449+00:00", with Z or without; zone offsets are applied. */
bool sr_utc_parse(const char *text, size_t n, int64_t *out_ns);
/* "HH:MM:SS.mmm" as the archive writes it, exactly 12 characters. */
bool sr_offset_parse(const char *text, size_t n, int64_t *out_ns);
/* "HH:MM:SS" or "H:MM:SS[.mmm]": for options and zones. */
bool sr_hms_parse(const char *text, size_t n, int64_t *out_ns);
/* A raw JSON value: a quoted UTC time, a quoted offset, or a number (UTC in s, ms, us or ns; below 1e8 an offset in ms). */
bool sr_json_time(struct f1p_json_slice raw, int64_t *out_ns, bool *is_offset);
/* The last "Utc":"..." (or Timestamp) inside a payload. */
bool sr_utc_inside(const char *json, size_t n, int64_t *out_ns);

#endif
