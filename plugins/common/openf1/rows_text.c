/*
 * rows_text.c - fields as JSON and as the text of CSV cells.
 */
#include "rows.h"

#include <helpers/encode.h>

#include <stdio.h>
#include <string.h>

#define NS_PER_S INT64_C(1000000000)

/* The number with at least so many digits; returns how many there are. Rows come by the ten thousand: snprintf took half the
 * time. */
static size_t put_digits(char *out, uint64_t value, size_t least)
{
	char digits[20];
	size_t n = 0;

	do {
		digits[n++] = (char)('0' + value % 10);
		value /= 10;
	} while (value > 0 || n < least);
	for (size_t i = 0; i < n; i++) {
		out[i] = digits[n - 1 - i];
	}
	return n;
}

/* Python's way: no fraction when there is none, else microseconds. out: 64 bytes. */
static void time_text(int64_t t_ns, char *out)
{
	char text[F1P_TIME_TEXT];
	int64_t rest_ns = t_ns % NS_PER_S;
	size_t n = 19;

	rest_ns += rest_ns < 0 ? NS_PER_S : 0;
	out[0] = '\0';
	if (!f1p_time_text(t_ns, text)) {
		return;
	}
	memcpy(out, text, n);
	if (rest_ns != 0) {
		out[n++] = '.';
		n += put_digits(out + n, (uint64_t)rest_ns / 1000, 6);
	}
	memcpy(out + n, "+00:00", 7);
}

/* At least one decimal: it is no whole number. out: 64 bytes. */
static void decimal_text(int64_t value, int32_t decimals, char *out)
{
	uint64_t unit = 1, part = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
	size_t n = 0;

	for (int32_t i = 0; i < decimals; i++) {
		unit *= 10;
	}
	if (value < 0) {
		out[n++] = '-';
	}
	n += put_digits(out + n, part / unit, 1);
	out[n++] = '.';
	n += put_digits(out + n, part % unit, (size_t)decimals);
	for (; out[n - 1] == '0' && out[n - 2] != '.'; n--) {
	}
	out[n] = '\0';
}

static bool codes_text(const struct openf1_field *f, char *out, size_t size)
{
	size_t n = (size_t)snprintf(out, size, "[");

	for (int64_t i = 0; i < f->value && n < size; i++) {
		n += (size_t)snprintf(out + n, size - n, "%s%u", i > 0 ? ", " : "", (unsigned)f->codes[i]);
	}
	return n + 1 < size && snprintf(out + n, size - n, "]") == 1;
}

static bool seconds_text(const struct openf1_field *f, char *out, size_t size)
{
	char number[64] = "";
	size_t n = (size_t)snprintf(out, size, "[");

	for (int64_t i = 0; i < f->value && n < size; i++) {
		if (f->ms[i] != F1P_UNKNOWN) {
			decimal_text(f->ms[i], 3, number);
		}
		n += (size_t)snprintf(out + n, size - n, "%s%s", i > 0 ? ", " : "", f->ms[i] != F1P_UNKNOWN ? number : "None");
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
		decimal_text(f->value, f->decimals, out);
		return true;
	case OPENF1_BOOL:
		snprintf(out, size, "%s", f->value ? "True" : "False");
		return true;
	case OPENF1_TEXT:
		return snprintf(out, size, "%s", f->text) < (int)size;
	case OPENF1_TIME:
		time_text(f->value, out);
		return true;
	case OPENF1_CODES:
		return codes_text(f, out, size);
	case OPENF1_SECONDS:
		return seconds_text(f, out, size);
	default:
		out[0] = '\0';
		return true;
	}
}

static void seconds_json(struct f1p_json *j, int32_t ms)
{
	char text[64];

	if (ms == F1P_UNKNOWN) {
		f1p_json_null(j);
		return;
	}
	decimal_text(ms, 3, text);
	f1p_json_raw(j, text, strlen(text));
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
		decimal_text(f->value, f->decimals, text);
		f1p_json_raw(j, text, strlen(text));
		break;
	case OPENF1_TIME:
		time_text(f->value, text);
		f1p_json_str(j, text);
		break;
	case OPENF1_CODES:
		f1p_json_array(j);
		for (int64_t i = 0; i < f->value; i++) {
			f1p_json_uint(j, f->codes[i]);
		}
		f1p_json_end(j);
		break;
	case OPENF1_SECONDS:
		f1p_json_array(j);
		for (int64_t i = 0; i < f->value; i++) {
			seconds_json(j, f->ms[i]);
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

/* ---- CSV ---- */

#define CELL_MAX 1024

static void put_cell(openf1_put_fn put, void *arg, const char *text)
{
	if (strpbrk(text, ",\"\r\n") == NULL) {
		put(arg, text, strlen(text));
		return;
	}
	put(arg, "\"", 1);
	for (; *text != '\0'; text++) {
		put(arg, "\"", *text == '"');
		put(arg, text, 1);
	}
	put(arg, "\"", 1);
}

void openf1_names_csv(openf1_put_fn put, void *arg, const struct openf1_field *fields, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		put(arg, ",", i > 0);
		put_cell(put, arg, fields[i].name);
	}
	put(arg, "\n", 1);
}

bool openf1_row_csv(openf1_put_fn put, void *arg, const struct openf1_field *fields, size_t n)
{
	char cell[CELL_MAX];
	bool whole = true;

	for (size_t i = 0; i < n; i++) {
		bool fits = openf1_field_text(&fields[i], cell, sizeof(cell));

		put(arg, ",", i > 0);
		put_cell(put, arg, fits ? cell : "");
		whole = whole && fits;
	}
	put(arg, "\n", 1);
	return whole;
}
