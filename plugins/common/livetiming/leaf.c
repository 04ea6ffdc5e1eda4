#include "leaf.h"

#include "livetiming.h"
#include "values.h"

#include <helpers/decimal.h>
#include <helpers/utf8.h>

#include <stdio.h>
#include <string.h>

#define LEAF_MAX 256

bool leaf_members(struct f1p_json_slice object, const char *const *keys, struct f1p_json_slice *out, size_t n)
{
	struct f1p_json_cutter c;
	struct f1p_json_slice key, value;

	memset(out, 0, n * sizeof(*out));
	if (!object.text || object.text[0] != '{' || !f1p_json_cut_begin(&c, object.text, object.n))
		return false;
	while (f1p_json_cut_next(&c, &key, &value) == F1P_OK)
		for (size_t i = 0; i < n; i++)
			if (f1p_json_slice_is(key, keys[i]))
				out[i] = value;
	return true;
}

bool leaf_each(struct f1p_json_slice array, bool (*fn)(void *arg, struct f1p_json_slice element), void *arg)
{
	struct f1p_json_cutter c;
	struct f1p_json_slice element;

	if (!array.text || array.text[0] != '[' || !f1p_json_cut_begin(&c, array.text, array.n))
		return false;
	while (f1p_json_cut_next(&c, NULL, &element) == F1P_OK)
		if (!fn(arg, element))
			return false;
	return true;
}

struct target {
	char *out;
	size_t size, n;
};

static bool copy(void *ctx, const char *text, size_t n)
{
	struct target *t = ctx;

	t->n = f1p_utf8_copy(t->out, t->size, text, n);
	return true;
}

size_t leaf_text(struct f1p_json_slice s, char *out, size_t size)
{
	static const struct f1p_json_handler handler = {.str = copy, .num = copy};
	struct target t = {out, size, 0};

	memset(out, 0, size);
	if (!s.text || s.n == 0 || s.text[0] == '{' || s.text[0] == '[')
		return 0;
	if (s.text[0] == '"' && s.n >= 2 && !memchr(s.text, '\\', s.n))
		copy(&t, s.text + 1, s.n - 2);
	else
		f1p_json_read(&handler, &t, s.text, s.n, NULL, 0);
	return t.n;
}

int32_t leaf_int(struct f1p_json_slice s, int32_t lo, int32_t hi)
{
	char text[LEAF_MAX];
	size_t n = leaf_text(s, text, sizeof(text));
	int64_t v;

	return lt_parse_int(text, n, lo, hi, &v) ? (int32_t)v : F1P_UNKNOWN;
}

int32_t leaf_decimal(struct f1p_json_slice s, int decimals)
{
	char text[LEAF_MAX];
	size_t n = leaf_text(s, text, sizeof(text));
	int64_t v;

	if (!f1p_parse_decimal(text, n, decimals, &v) || v <= INT32_MIN || v > INT32_MAX)
		return F1P_UNKNOWN;
	return (int32_t)v;
}

int32_t leaf_clock(struct f1p_json_slice s)
{
	char text[LEAF_MAX];
	size_t n = leaf_text(s, text, sizeof(text));
	int32_t ms;

	return n && lt_parse_clock(text, n, &ms) ? ms : F1P_UNKNOWN;
}

int64_t leaf_utc(struct f1p_json_slice date, struct f1p_json_slice time)
{
	char day[32], hour[32], both[72];
	int64_t ns;

	if (!leaf_text(date, day, sizeof(day)) || !leaf_text(time, hour, sizeof(hour)))
		return F1P_UNKNOWN_NS;
	int n = snprintf(both, sizeof(both), "%sT%s", day, hour);
	return lt_parse_utc(both, (size_t)n, &ns) ? ns : F1P_UNKNOWN_NS;
}
