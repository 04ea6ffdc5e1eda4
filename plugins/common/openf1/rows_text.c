/*
 * rows_text.c - fields as JSON and as the text of CSV cells.
 */
#include "rows.h"

#include <helpers/encode.h>

#include <stdio.h>
#include <string.h>

#define NS_PER_S INT64_C(1000000000)

/* Python's way: no fraction when there is none, else microseconds. */
static void time_text(int64_t t_ns, char *out, size_t size)
{
	char text[F1P_TIME_TEXT];
	int64_t rest_ns = t_ns % NS_PER_S;

	rest_ns += rest_ns < 0 ? NS_PER_S : 0;
	out[0] = '\0';
	if (!f1p_time_text(t_ns, text)) {
		return;
	}
	if (rest_ns == 0) {
		snprintf(out, size, "%.19s+00:00", text);
	} else {
		snprintf(out, size, "%.19s.%06d+00:00", text, (int)(rest_ns / 1000));
	}
}

/* At least one decimal: it is no whole number. */
static void decimal_text(int64_t value, int32_t decimals, char *out, size_t size)
{
	int64_t unit = 1, part = value < 0 ? -value : value;
	int n = 0;

	for (int32_t i = 0; i < decimals; i++) {
		unit *= 10;
	}
	n = snprintf(
		out, size, "%s%lld.%0*lld", value < 0 ? "-" : "", (long long)(part / unit), decimals, (long long)(part % unit));
	for (; n > 2 && out[n - 1] == '0' && out[n - 2] != '.'; n--) {
		out[n - 1] = '\0';
	}
}

static bool codes_text(const struct openf1_field *f, char *out, size_t size)
{
	size_t n = (size_t)snprintf(out, size, "[");

	for (int64_t i = 0; i < f->value && n < size; i++) {
		n += (size_t)snprintf(out + n, size - n, "%s%u", i > 0 ? ", " : "", (unsigned)f->codes[i]);
	}
	return n + 1 < size && snprintf(out + n, size - n, "]") == 1;
}

bool openf1_field_text(const struct openf1_field *f, char *out, size_t size)
{
	if (size < 64) {
		return false;
	}
	switch (f->kind) {
	case OPENF1_INT:
		snprintf(out, size, "%lld", (long long)f->value);
		return true;
	case OPENF1_DECIMAL:
		decimal_text(f->value, f->decimals, out, size);
		return true;
	case OPENF1_BOOL:
		snprintf(out, size, "%s", f->value ? "True" : "False");
		return true;
	case OPENF1_TEXT:
		return snprintf(out, size, "%s", f->text) < (int)size;
	case OPENF1_TIME:
		time_text(f->value, out, size);
		return true;
	case OPENF1_CODES:
		return codes_text(f, out, size);
	default:
		out[0] = '\0';
		return true;
	}
}

static void value_json(struct f1p_json *j, const struct openf1_field *f)
{
	char text[64];

	switch (f->kind) {
	case OPENF1_TEXT:
		f1p_json_str(j, f->text);
		break;
	case OPENF1_INT:
		f1p_json_int(j, f->value);
		break;
	case OPENF1_BOOL:
		f1p_json_bool(j, f->value != 0);
		break;
	case OPENF1_DECIMAL:
		decimal_text(f->value, f->decimals, text, sizeof(text));
		f1p_json_raw(j, text, strlen(text));
		break;
	case OPENF1_TIME:
		time_text(f->value, text, sizeof(text));
		f1p_json_str(j, text);
		break;
	case OPENF1_CODES:
		f1p_json_array(j);
		for (int64_t i = 0; i < f->value; i++) {
			f1p_json_uint(j, f->codes[i]);
		}
		f1p_json_end(j);
		break;
	default:
		f1p_json_null(j);
		break;
	}
}

void openf1_row_json(struct f1p_json *j, const struct openf1_field *fields, size_t n)
{
	f1p_json_object(j);
	for (size_t i = 0; i < n; i++) {
		f1p_json_key(j, fields[i].name);
		value_json(j, &fields[i]);
	}
	f1p_json_end(j);
}
