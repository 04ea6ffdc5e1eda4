/*
 * encode_values.c - single values of the ABI as JSON: times, integers with "unknown", three-valued booleans, fixed text.
 */
#include "helpers/encode.h"

#include <stdio.h>
#include <string.h>

#define NS_PER_MS 1000000
#define MS_PER_DAY 86400000

/* Days since 1970 to year, month, day in the proleptic Gregorian calendar; years begin in March so that the leap day is last. */
static void civil_of_days(int64_t days, int *year, int *month, int *day)
{
	int64_t z = days + 719468;
	int64_t era = (z >= 0 ? z : z - 146096) / 146097;
	int64_t doe = z - era * 146097;
	int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	int64_t mp = (5 * doy + 2) / 153;
	*day = (int)(doy - (153 * mp + 2) / 5 + 1);
	*month = (int)(mp < 10 ? mp + 3 : mp - 9);
	*year = (int)(yoe + era * 400 + (*month <= 2 ? 1 : 0));
}

bool f1p_time_text(int64_t utc_ns, char out[F1P_TIME_TEXT])
{
	int year, month, day;
	if (utc_ns == F1P_UNKNOWN_NS || utc_ns == F1P_NEVER_NS) {
		out[0] = '\0';
		return false;
	}
	int64_t ms = utc_ns / NS_PER_MS - (utc_ns % NS_PER_MS < 0 ? 1 : 0);
	int64_t days = ms / MS_PER_DAY - (ms % MS_PER_DAY < 0 ? 1 : 0);
	int of_day = (int)(ms - days * MS_PER_DAY);
	civil_of_days(days, &year, &month, &day);
	snprintf(out, F1P_TIME_TEXT, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", year, month, day, of_day / 3600000,
		of_day / 60000 % 60, of_day / 1000 % 60, of_day % 1000);
	return true;
}

void f1p_encode_time(struct f1p_json *j, int64_t utc_ns)
{
	char text[F1P_TIME_TEXT];
	if (f1p_time_text(utc_ns, text)) {
		f1p_json_str(j, text);
	} else {
		f1p_json_null(j);
	}
}

void f1p_encode_int(struct f1p_json *j, int32_t v)
{
	if (v == F1P_UNKNOWN) {
		f1p_json_null(j);
	} else {
		f1p_json_int(j, v);
	}
}

void f1p_encode_tenths(struct f1p_json *j, int32_t v)
{
	if (v == F1P_UNKNOWN) {
		f1p_json_null(j);
	} else {
		f1p_json_num(j, (double)v / 10.0, 1);
	}
}

void f1p_encode_tri(struct f1p_json *j, uint32_t v)
{
	if (v == F1P_YES || v == F1P_NO) {
		f1p_json_bool(j, v == F1P_YES);
	} else {
		f1p_json_null(j);
	}
}

void f1p_encode_text(struct f1p_json *j, const char *text, size_t field_size)
{
	size_t n = strnlen(text, field_size);
	if (n == 0) {
		f1p_json_null(j);
	} else {
		f1p_json_strn(j, text, n);
	}
}
