#include "values.h"

#include "helpers/json_reader.h"
#include "helpers/utf8.h"

#include <stdio.h>
#include <string.h>

struct walk {
	struct path path;
	bool in_array[PATH_DEPTH];
	uint32_t depth; /* of objects and arrays, also those that the path does not show */
	bool odd;	/* the top is not an object */
	value_fn fn;
	void *arg;
};

static bool open_level(struct walk *w, bool array)
{
	if (w->depth == 0 && array) {
		w->odd = true;
		return false;
	}
	if (w->depth < PATH_DEPTH) {
		w->in_array[w->depth] = array;
		memset(&w->path.at[w->depth], 0, sizeof(w->path.at[0]));
	}
	w->depth++;
	return true;
}

/* A value, simple or not, is behind us. */
static void pass(struct walk *w)
{
	if (w->depth > 0 && w->depth <= PATH_DEPTH && w->in_array[w->depth - 1])
		w->path.at[w->depth - 1].index++;
}

static bool close_level(struct walk *w)
{
	w->depth--;
	pass(w);
	return true;
}

static bool on_obj(void *ctx)
{
	return open_level(ctx, false);
}

static bool on_arr(void *ctx)
{
	return open_level(ctx, true);
}

static bool on_end(void *ctx)
{
	return close_level(ctx);
}

static bool on_key(void *ctx, const char *text, size_t n)
{
	struct walk *w = ctx;

	if (w->depth <= PATH_DEPTH)
		f1p_utf8_copy(w->path.at[w->depth - 1].key, sizeof(w->path.at[0].key), text, n);
	return true;
}

static bool on_value(struct walk *w, enum value_kind kind, const char *text, size_t n)
{
	if (w->depth == 0) {
		w->odd = true;
		return false;
	}
	if (w->depth <= PATH_DEPTH) {
		w->path.depth = w->depth;
		w->fn(w->arg, &w->path, kind, text, n);
	}
	pass(w);
	return true;
}

static bool on_str(void *ctx, const char *text, size_t n)
{
	return on_value(ctx, VALUE_TEXT, text, n);
}

static bool on_num(void *ctx, const char *text, size_t n)
{
	return on_value(ctx, VALUE_NUMBER, text, n);
}

static bool on_bool(void *ctx, bool value)
{
	return on_value(ctx, value ? VALUE_TRUE : VALUE_FALSE, "", 0);
}

static bool on_null(void *ctx)
{
	return on_value(ctx, VALUE_NULL, "", 0);
}

f1p_status values_read(const char *text, size_t n, value_fn fn, void *arg, char *err, size_t err_size)
{
	static const struct f1p_json_handler handler = {.obj_begin = on_obj,
		.obj_end = on_end,
		.arr_begin = on_arr,
		.arr_end = on_end,
		.key = on_key,
		.str = on_str,
		.num = on_num,
		.boolean = on_bool,
		.null = on_null};
	struct walk w = {.fn = fn, .arg = arg};
	f1p_status status = f1p_json_read(&handler, &w, text, n, err, err_size);

	if (!w.odd)
		return status;
	snprintf(err, err_size, "the answer is no object");
	return F1P_EINVAL;
}

bool path_is(const struct path *p, const char *a, const char *b, const char *c, const char *d)
{
	const char *want[] = {a, b, c, d};
	uint32_t n = 0;

	while (n < 4 && want[n])
		n++;
	if (p->depth != n)
		return false;
	for (uint32_t i = 0; i < n; i++) {
		bool any = strcmp(want[i], "*") == 0;
		if (any ? p->at[i].key[0] != '\0' : strcmp(p->at[i].key, want[i]) != 0)
			return false;
	}
	return true;
}

/* ---- numbers: neither locale nor binary fractions come between ---- */

#define MOST INT64_C(1000000000000000)

struct digits {
	int64_t value;
	int exponent;
	bool any;
};

static const char *take_digits(const char *at, const char *end, struct digits *d, int exponent_of_each)
{
	for (; at < end && *at >= '0' && *at <= '9'; at++) {
		d->any = true;
		if (d->value < MOST / 10) {
			d->value = d->value * 10 + (*at - '0');
			d->exponent += exponent_of_each;
		} else {
			d->exponent += exponent_of_each + 1; /* dropped: far behind what counts */
		}
	}
	return at;
}

static bool take_exponent(const char *at, const char *end, struct digits *d)
{
	bool negative = false;
	int e = 0;

	if (at == end)
		return true;
	if (*at != 'e' && *at != 'E')
		return false;
	at++;
	if (at < end && (*at == '+' || *at == '-'))
		negative = *at++ == '-';
	if (at == end || end - at > 3)
		return false;
	for (; at < end; at++) {
		if (*at < '0' || *at > '9')
			return false;
		e = e * 10 + (*at - '0');
	}
	d->exponent += negative ? -e : e;
	return true;
}

bool scaled_number(const char *text, size_t n, int decimals, int64_t *out)
{
	const char *at = text, *end = text + n;
	struct digits d = {0};
	bool negative = at < end && *at == '-';

	at = take_digits(at + negative, end, &d, 0);
	if (d.any && at < end && *at == '.')
		at = take_digits(at + 1, end, &d, -1);
	if (!d.any || !take_exponent(at, end, &d))
		return false;
	int64_t v = d.value, rest = 0;
	for (int e = d.exponent + decimals; e > 0 && v != 0; e--) {
		if (v >= MOST / 10)
			return false;
		v *= 10;
	}
	for (int e = d.exponent + decimals; e < 0 && (v != 0 || rest != 0); e++) {
		rest = v % 10;
		v /= 10;
	}
	v += rest >= 5;
	*out = negative ? -v : v;
	return true;
}
