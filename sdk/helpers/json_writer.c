/*
 * json_writer.c - see json_writer.h. No library: escaping and commas are less code than an adapter would be.
 */
#include <helpers/json_writer.h>
#include <helpers/utf8.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_CAPACITY 256u
#define LARGEST_TEXT ((size_t)256 << 20)

void f1p_json_init(struct f1p_json *j)
{
	memset(j, 0, sizeof(*j));
	j->is_array[0] = true; /* the top level holds values without keys, but only one */
}

void f1p_json_finish(struct f1p_json *j)
{
	free(j->text);
	f1p_json_init(j);
}

void f1p_json_clear(struct f1p_json *j)
{
	char *text = j->text;
	size_t cap = j->cap;

	f1p_json_init(j);
	j->text = text;
	j->cap = cap;
}

/* Room for n more bytes and a NUL. */
static bool reserve(struct f1p_json *j, size_t n)
{
	size_t cap = j->cap != 0 ? j->cap : FIRST_CAPACITY;
	char *text = NULL;

	if (n > LARGEST_TEXT || j->len + n + 1 > LARGEST_TEXT) {
		j->failed = true;
		return false;
	}
	if (j->len + n + 1 <= j->cap) {
		return true;
	}
	while (cap < j->len + n + 1) {
		cap *= 2;
	}
	text = realloc(j->text, cap);
	if (text == NULL) {
		j->failed = true;
		return false;
	}
	j->text = text;
	j->cap = cap;
	return true;
}

static void append(struct f1p_json *j, const char *p, size_t n)
{
	if (n != 0 && reserve(j, n)) {
		memcpy(j->text + j->len, p, n);
		j->len += n;
	}
}

/* Before each value: checks that one may stand here and writes the comma. */
static bool begin_value(struct f1p_json *j)
{
	bool is_array = j->is_array[j->depth];

	if (j->failed || (!is_array && !j->key_pending) || (j->depth == 0 && j->has_value[0])) {
		j->failed = true;
		return false;
	}
	if (is_array && j->has_value[j->depth]) {
		append(j, ",", 1);
	}
	j->has_value[j->depth] = true;
	j->key_pending = false;
	return !j->failed;
}

static void begin_nested(struct f1p_json *j, bool is_array)
{
	if (!begin_value(j)) {
		return;
	}
	if (j->depth == F1P_JSON_WRITER_DEPTH) {
		j->failed = true;
		return;
	}
	j->depth++;
	j->is_array[j->depth] = is_array;
	j->has_value[j->depth] = false;
	append(j, is_array ? "[" : "{", 1);
}

void f1p_json_object(struct f1p_json *j)
{
	begin_nested(j, false);
}

void f1p_json_array(struct f1p_json *j)
{
	begin_nested(j, true);
}

void f1p_json_end(struct f1p_json *j)
{
	if (j->failed || j->depth == 0 || j->key_pending) {
		j->failed = true;
		return;
	}
	append(j, j->is_array[j->depth] ? "]" : "}", 1);
	j->depth--;
}

static void escape(struct f1p_json *j, unsigned char c)
{
	static const char hex[] = "0123456789abcdef";
	char out[6] = {'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]};
	size_t n = 2;

	switch (c) {
	case '"':
	case '\\':
		out[1] = (char)c;
		break;
	case '\n':
		out[1] = 'n';
		break;
	case '\r':
		out[1] = 'r';
		break;
	case '\t':
		out[1] = 't';
		break;
	default:
		n = 6;
	}
	append(j, out, n);
}

static bool is_plain(unsigned char c)
{
	return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

static void quoted(struct f1p_json *j, const char *p, size_t n)
{
	append(j, "\"", 1);
	for (size_t i = 0; i < n;) {
		size_t run = i;
		size_t len = 0;

		while (run < n && is_plain((unsigned char)p[run])) {
			run++;
		}
		append(j, p + i, run - i);
		i = run;
		if (i == n) {
			break;
		}
		len = f1p_utf8_char(p + i, n - i);
		if (len == 0) {
			append(j, F1P_UTF8_REPLACEMENT, sizeof(F1P_UTF8_REPLACEMENT) - 1);
			i++;
		} else if (len == 1) {
			escape(j, (unsigned char)p[i]);
			i++;
		} else {
			append(j, p + i, len);
			i += len;
		}
	}
	append(j, "\"", 1);
}

void f1p_json_key(struct f1p_json *j, const char *key)
{
	if (j->failed || j->is_array[j->depth] || j->key_pending || key == NULL) {
		j->failed = true;
		return;
	}
	if (j->has_value[j->depth]) {
		append(j, ",", 1);
	}
	quoted(j, key, strlen(key));
	append(j, ":", 1);
	j->key_pending = true;
}

void f1p_json_strn(struct f1p_json *j, const char *text, size_t n)
{
	if (begin_value(j)) {
		quoted(j, text, n);
	}
}

void f1p_json_str(struct f1p_json *j, const char *text)
{
	if (text == NULL) {
		f1p_json_null(j);
	} else {
		f1p_json_strn(j, text, strlen(text));
	}
}

/* Decimal digits of v, at least `width` of them, right-aligned in buf; returns their beginning. */
static char *digits(char buf[32], uint64_t v, int width)
{
	char *p = buf + 32;

	do {
		*--p = (char)('0' + v % 10);
		v /= 10;
		width--;
	} while (v != 0 || width > 0);
	return p;
}

static void put_uint(struct f1p_json *j, uint64_t v, int width)
{
	char buf[32];
	char *p = digits(buf, v, width);

	append(j, p, (size_t)(buf + sizeof(buf) - p));
}

void f1p_json_uint(struct f1p_json *j, uint64_t v)
{
	if (begin_value(j)) {
		put_uint(j, v, 1);
	}
}

void f1p_json_int(struct f1p_json *j, int64_t v)
{
	if (!begin_value(j)) {
		return;
	}
	if (v < 0) {
		append(j, "-", 1);
	}
	put_uint(j, v < 0 ? ~(uint64_t)v + 1 : (uint64_t)v, 1);
}

void f1p_json_num(struct f1p_json *j, double v, int decimals)
{
	static const double power[] = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9};
	uint64_t scaled = 0;
	uint64_t unit = 0;

	if (!isfinite(v)) {
		f1p_json_null(j);
		return;
	}
	if (!begin_value(j)) {
		return;
	}
	decimals = decimals < 0 ? 0 : decimals > 9 ? 9 : decimals;
	if (fabs(v) * power[decimals] >= 9e15) { /* beyond exact integers: no decimals are left to show */
		char buf[400];
		int n = snprintf(buf, sizeof(buf), "%.0f", v);

		append(j, buf, (size_t)n);
		return;
	}
	scaled = (uint64_t)(fabs(v) * power[decimals] + 0.5);
	unit = (uint64_t)power[decimals];
	if (v < 0 && scaled != 0) {
		append(j, "-", 1);
	}
	put_uint(j, scaled / unit, 1);
	if (decimals > 0) {
		append(j, ".", 1);
		put_uint(j, scaled % unit, decimals);
	}
}

void f1p_json_bool(struct f1p_json *j, bool v)
{
	if (begin_value(j)) {
		append(j, v ? "true" : "false", v ? 4 : 5);
	}
}

void f1p_json_null(struct f1p_json *j)
{
	if (begin_value(j)) {
		append(j, "null", 4);
	}
}

void f1p_json_raw(struct f1p_json *j, const char *json, size_t n)
{
	if (n == 0) {
		j->failed = true;
	} else if (begin_value(j)) {
		append(j, json, n);
	}
}

void f1p_json_problem(struct f1p_json *j, uint32_t status, const char *title, const char *detail)
{
	f1p_json_object(j);
	f1p_json_key(j, "type");
	f1p_json_str(j, "about:blank");
	f1p_json_key(j, "title");
	f1p_json_str(j, title);
	f1p_json_key(j, "status");
	f1p_json_uint(j, status);
	f1p_json_key(j, "detail");
	f1p_json_str(j, detail);
	f1p_json_end(j);
}

const char *f1p_json_text(struct f1p_json *j, size_t *len)
{
	if (j->failed || j->depth != 0 || !j->has_value[0] || !reserve(j, 0)) {
		if (len != NULL) {
			*len = 0;
		}
		return NULL;
	}
	j->text[j->len] = '\0';
	if (len != NULL) {
		*len = j->len;
	}
	return j->text;
}
