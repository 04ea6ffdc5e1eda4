#include "provider.h"

#include "helpers/utf8.h"

#include <stdio.h>
#include <stdlib.h>

#define YEAR_2200_S INT64_C(7258118400)

void place_text(char out[PLACE_TEXT], int32_t e4)
{
	int32_t most = e4 > 1800000 ? 1800000 : e4 < -1800000 ? -1800000 : e4;

	snprintf(out, PLACE_TEXT, "%s%d.%04d", most < 0 ? "-" : "", abs(most) / 10000, abs(most) % 10000);
}

void provider_words(char *out, size_t size, const char *text, size_t n)
{
	f1p_utf8_copy(out, size, text, n);
	for (char *p = out; *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			*p = ' ';
}

void provider_number(
	struct forecast *f, enum column column, int shift, enum value_kind kind, const char *text, size_t n, int32_t *out)
{
	bool is_number = kind == VALUE_NUMBER;

	forecast_number(f, column, shift, is_number ? text : "", is_number ? n : 0, out);
}

bool provider_time(struct forecast *f, const char *field, enum value_kind kind, const char *text, size_t n, int64_t *t_s)
{
	if (kind == VALUE_NUMBER && scaled_number(text, n, 0, t_s) && *t_s > 0 && *t_s < YEAR_2200_S)
		return true;
	snprintf(f->fault, sizeof(f->fault), "a %s is not in Unix seconds", field);
	return false;
}

bool provider_values(struct forecast *f, const char *body, size_t n, value_fn fn, void *arg)
{
	char err[160];

	if (values_read(body, n, fn, arg, err, sizeof(err)) != F1P_OK)
		snprintf(f->fault, sizeof(f->fault), "%s", err);
	else if (f->words[0])
		snprintf(f->fault, sizeof(f->fault), "%s", f->words);
	return f->fault[0] == '\0';
}
