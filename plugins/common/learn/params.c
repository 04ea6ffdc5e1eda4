/*
 * params.c - named arrays of numbers: a sorted table, and its text.
 */
#include "params.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "helpers/fmath.h"
#include "helpers/json_reader.h"

#define MAX_EXPONENT 400

struct entry {
	char name[PARAMS_MAX_NAME];
	double *v; /* NULL if n = 0 */
	size_t n;
};

struct params {
	struct entry *entries; /* by name */
	size_t n, cap;
	size_t numbers;
};

struct params *params_create(void)
{
	return calloc(1, sizeof(struct params));
}

void params_destroy(struct params *p)
{
	for (size_t i = 0; p && i < p->n; i++) {
		free(p->entries[i].v);
	}
	if (p) {
		free(p->entries);
	}
	free(p);
}

static bool good_name(const char *name)
{
	size_t n = strlen(name);
	for (size_t i = 0; i < n; i++) {
		if (name[i] < 0x20 || name[i] > 0x7e || name[i] == '"' || name[i] == '\\') {
			return false;
		}
	}
	return n > 0 && n < PARAMS_MAX_NAME;
}

static bool all_finite(const double *v, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (!(f1p_abs(v[i]) < f1p_infinity())) {
			return false;
		}
	}
	return true;
}

/* Where the name is, or would be. */
static size_t place_of(const struct params *p, const char *name, bool *found)
{
	size_t low = 0, high = p->n;
	*found = false;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int c = strcmp(p->entries[mid].name, name);
		if (c == 0) {
			*found = true;
			return mid;
		}
		low = c < 0 ? mid + 1 : low;
		high = c < 0 ? high : mid;
	}
	return low;
}

static bool make_room(struct params *p)
{
	if (p->n < p->cap) {
		return true;
	}
	size_t cap = p->cap ? 2 * p->cap : 16;
	struct entry *grown = p->n < PARAMS_MAX_NAMES ? realloc(p->entries, cap * sizeof(*grown)) : NULL;
	if (!grown) {
		return false;
	}
	p->entries = grown;
	p->cap = cap;
	return true;
}

/* Takes ownership of v if it succeeds. */
static bool put_entry(struct params *p, const char *name, double *v, size_t n)
{
	bool found;
	size_t at = place_of(p, name, &found), before = found ? p->entries[at].n : 0;
	if (p->numbers - before + n > PARAMS_MAX_NUMBERS) {
		return false;
	}
	if (!found) {
		if (p->n >= PARAMS_MAX_NAMES || !make_room(p)) {
			return false;
		}
		memmove(&p->entries[at + 1], &p->entries[at], (p->n - at) * sizeof(p->entries[0]));
		memset(&p->entries[at], 0, sizeof(p->entries[at]));
		memcpy(p->entries[at].name, name, strlen(name) + 1);
		p->n++;
	}
	free(p->entries[at].v);
	p->entries[at].v = v;
	p->entries[at].n = n;
	p->numbers += n - before;
	return true;
}

bool params_set(struct params *p, const char *name, const double *v, size_t n)
{
	if (!good_name(name) || n > PARAMS_MAX_NUMBERS || !all_finite(v, n)) {
		return false;
	}
	double *copy = n ? malloc(n * sizeof(*copy)) : NULL;
	if (n && !copy) {
		return false;
	}
	if (n) {
		memcpy(copy, v, n * sizeof(*copy));
	}
	if (!put_entry(p, name, copy, n)) {
		free(copy);
		return false;
	}
	return true;
}

const double *params_get(const struct params *p, const char *name, size_t n)
{
	bool found;
	size_t at = place_of(p, name, &found);
	return found && p->entries[at].n == n ? p->entries[at].v : NULL;
}

size_t params_length(const struct params *p, const char *name)
{
	bool found;
	size_t at = place_of(p, name, &found);
	return found ? p->entries[at].n : 0;
}

const char *params_name(const struct params *p, size_t i)
{
	return i < p->n ? p->entries[i].name : NULL;
}

static void write_number(double v, void (*write)(void *, const void *, size_t), void *arg)
{
	char text[32];
	int n = snprintf(text, sizeof(text), "%.9g", v == 0.0 ? 0.0 : v); /* no -0 */
	for (int i = 0; i < n; i++) {
		if (!strchr("0123456789+-e", text[i])) { /* the locale's decimal point */
			text[i] = '.';
		}
	}
	write(arg, text, (size_t)n);
}

void params_write(const struct params *p, void (*write)(void *arg, const void *bytes, size_t n), void *arg)
{
	write(arg, "{", 1);
	for (size_t i = 0; i < p->n; i++) {
		const struct entry *e = &p->entries[i];
		write(arg, i ? ",\n\"" : "\n\"", i ? 3 : 2);
		write(arg, e->name, strlen(e->name));
		write(arg, "\":[", 3);
		for (size_t k = 0; k < e->n; k++) {
			if (k) {
				write(arg, ",", 1);
			}
			write_number(e->v[k], write, arg);
		}
		write(arg, "]", 1);
	}
	write(arg, "}", 1);
}

/* A JSON number, whose grammar the reader has checked. Digits beyond the 18th are dropped: values here carry 9. */
static bool parse_number(const char *text, size_t n, double *out)
{
	double mantissa = 0.0;
	int exponent = 0, written = 0, digits = 0;
	bool negative = n > 0 && text[0] == '-', fraction = false;
	size_t i = negative;
	for (; i < n && text[i] != 'e' && text[i] != 'E'; i++) {
		if (text[i] == '.') {
			fraction = true;
			continue;
		}
		if (digits < 18) {
			mantissa = mantissa * 10.0 + (double)(text[i] - '0');
			digits += mantissa > 0.0;
			exponent -= fraction;
		} else {
			exponent += !fraction;
		}
		if (exponent < -MAX_EXPONENT || exponent > MAX_EXPONENT) {
			return false;
		}
	}
	if (i < n) {
		bool down = text[i + 1] == '-';
		for (i += 1u + (down || text[i + 1] == '+'); i < n && written <= MAX_EXPONENT; i++) {
			written = written * 10 + (text[i] - '0');
		}
		exponent += down ? -written : written;
	}
	if (exponent < -MAX_EXPONENT || exponent > MAX_EXPONENT) {
		return false;
	}
	double scale = 1.0;
	for (int k = exponent < 0 ? -exponent : exponent; k > 0; k--) {
		scale *= 10.0;
	}
	mantissa = exponent < 0 ? mantissa / scale : mantissa * scale;
	*out = negative ? -mantissa : mantissa;
	return all_finite(out, 1);
}

struct reading {
	struct params *p;
	char name[PARAMS_MAX_NAME];
	double *v;
	size_t n, cap;
	unsigned depth; /* 1 in the object, 2 in an array */
	bool named;
	const char *wrong;
};

static bool stop_because(struct reading *r, const char *wrong)
{
	r->wrong = wrong;
	return false;
}

static bool on_object(void *ctx)
{
	struct reading *r = ctx;
	return r->depth == 0 ? (r->depth = 1) : stop_because(r, "an object where an array of numbers belongs");
}

static bool on_object_end(void *ctx)
{
	((struct reading *)ctx)->depth = 0;
	return true;
}

static bool on_key(void *ctx, const char *text, size_t n)
{
	struct reading *r = ctx;
	bool found;
	if (n == 0 || n >= sizeof(r->name) || memchr(text, 0, n)) {
		return stop_because(r, "a name that is empty or too long");
	}
	memcpy(r->name, text, n);
	r->name[n] = 0;
	place_of(r->p, r->name, &found);
	r->named = true;
	return good_name(r->name) && !found ? true : stop_because(r, "a name twice, or with characters that names do not have");
}

static bool on_array(void *ctx)
{
	struct reading *r = ctx;
	r->n = 0;
	return r->depth == 1 && r->named ? (r->depth = 2) : stop_because(r, "an array where none belongs");
}

static bool on_array_end(void *ctx)
{
	struct reading *r = ctx;
	r->depth = 1;
	r->named = false;
	return params_set(r->p, r->name, r->v, r->n) ? true : stop_because(r, "too many names or numbers");
}

static bool on_number(void *ctx, const char *text, size_t n)
{
	struct reading *r = ctx;
	if (r->depth != 2 || r->n >= PARAMS_MAX_NUMBERS) {
		return stop_because(r, "a number where none belongs, or too many");
	}
	if (r->n == r->cap) {
		size_t cap = r->cap ? 2 * r->cap : 64;
		double *grown = realloc(r->v, cap * sizeof(*grown));
		if (!grown) {
			return stop_because(r, "no memory");
		}
		r->v = grown;
		r->cap = cap;
	}
	return parse_number(text, n, &r->v[r->n++]) ? true : stop_because(r, "a number out of range");
}

static bool on_text(void *ctx, const char *text, size_t n)
{
	(void)text;
	(void)n;
	return stop_because(ctx, "text where a number belongs");
}

static bool on_boolean(void *ctx, bool value)
{
	(void)value;
	return stop_because(ctx, "true or false where a number belongs");
}

static bool on_null(void *ctx)
{
	return stop_because(ctx, "null where a number belongs");
}

struct params *params_read(const char *text, size_t n, char *why, size_t why_size)
{
	static const struct f1p_json_handler handler = { on_object, on_object_end, on_array, on_array_end, on_key, on_text,
		on_number, on_boolean, on_null };
	struct reading r = { .p = params_create() };
	char err[160] = "no memory";
	bool good = false;
	if (n > PARAMS_MAX_TEXT) {
		snprintf(err, sizeof(err), "longer than %u bytes", PARAMS_MAX_TEXT);
	} else if (r.p) {
		good = f1p_json_read(&handler, &r, text, n, err, sizeof(err)) == F1P_OK;
	}
	if (!good) {
		snprintf(why, why_size, "%s", r.wrong ? r.wrong : err);
		params_destroy(r.p);
		r.p = NULL;
	}
	free(r.v);
	return r.p;
}
