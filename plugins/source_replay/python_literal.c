/*
 * python_literal.c - see python_literal.h. One loop and a stack of closing brackets: depth is bounded by the stack.
 */
#include "python_literal.h"

#include <stdio.h>
#include <string.h>

struct python {
	const char *p, *end;
	struct sr_buffer *out;
	const char *why;
	char closing[SR_PYTHON_DEPTH]; /* ')' ']' '}' of what is open */
	uint32_t depth;
};

static bool fail(struct python *y, const char *why)
{
	y->why = why;
	return false;
}

static void skip_space(struct python *y)
{
	while (y->p < y->end && (*y->p == ' ' || *y->p == '\t' || *y->p == '\n' || *y->p == '\r')) {
		y->p++;
	}
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9') {
		return c - '0';
	}
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool hex_number(struct python *y, uint32_t digits, uint32_t *value)
{
	*value = 0;
	for (uint32_t i = 0; i < digits; i++) {
		int d = y->p < y->end ? hex_digit(*y->p) : -1;

		if (d < 0 || *value > 0x0fffffff) {
			return fail(y, "a broken \\x or \\u escape");
		}
		*value = *value * 16 + (uint32_t)d;
		y->p++;
	}
	return true;
}

/* One character of a string's value. */
static void put_character(struct sr_buffer *out, uint32_t cp)
{
	char text[8];

	if (cp == '"' || cp == '\\') {
		sr_buffer_putc(out, '\\');
		sr_buffer_putc(out, (char)cp);
	} else if (cp < 0x20) {
		snprintf(text, sizeof(text), "\\u%04x", (unsigned)cp);
		sr_buffer_put(out, text, 6);
	} else {
		sr_buffer_put_utf8(out, cp);
	}
}

static uint32_t octal(struct python *y, char first)
{
	uint32_t value = (uint32_t)(first - '0');

	for (int i = 0; i < 2 && y->p < y->end && *y->p >= '0' && *y->p <= '7'; i++) {
		value = value * 8 + (uint32_t)(*y->p++ - '0');
	}
	return value;
}

/* y->p is behind the backslash. */
static bool put_escape(struct python *y)
{
	static const char plain[] = "'\"\\/abfnrtv";
	static const char value[] = "'\"\\/\a\b\f\n\r\t\v";
	const char *known = NULL;
	uint32_t cp = 0;
	char c = '\0';

	if (y->p >= y->end) {
		return fail(y, "a string that does not end");
	}
	c = *y->p++;
	known = c != '\0' ? strchr(plain, c) : NULL;
	if (known != NULL) {
		put_character(y->out, (unsigned char)value[known - plain]);
	} else if (c == 'x' || c == 'u' || c == 'U') {
		if (!hex_number(y, c == 'x' ? 2 : c == 'u' ? 4 : 8, &cp)) {
			return false;
		}
		put_character(y->out, cp);
	} else if (c >= '0' && c <= '7') {
		put_character(y->out, octal(y, c));
	} else {
		/* Python keeps the backslash of what is no escape */
		put_character(y->out, '\\');
		y->p--;
	}
	return true;
}

/* Bytes above 0x7f are copied as they are: the decoder checks UTF-8. */
static bool put_string(struct python *y)
{
	char quote = *y->p++;

	sr_buffer_putc(y->out, '"');
	while (y->p < y->end && *y->p != quote) {
		const char *run = y->p;

		while (y->p < y->end && *y->p != quote && *y->p != '\\' && *y->p != '"' && (unsigned char)*y->p >= 0x20) {
			y->p++;
		}
		sr_buffer_put(y->out, run, (size_t)(y->p - run));
		if (y->p >= y->end || *y->p == quote) {
			continue;
		}
		if (*y->p == '\\') {
			y->p++;
			if (!put_escape(y)) {
				return false;
			}
		} else {
			put_character(y->out, (unsigned char)*y->p++);
		}
	}
	if (y->p >= y->end) {
		return fail(y, "a string that does not end");
	}
	y->p++;
	sr_buffer_putc(y->out, '"');
	return true;
}

static bool put_word(struct python *y)
{
	static const struct {
		const char *python, *json;
	} words[] = {{"True", "true"}, {"False", "false"}, {"None", "null"}, {"true", "true"}, {"false", "false"},
		{"null", "null"}, {"nan", "null"}, {"inf", "null"}, {"-inf", "null"}};
	const char *from = y->p;
	size_t n = 0;

	while (y->p < y->end && strchr(" \t\r\n,:()[]{}'\"", *y->p) == NULL && *y->p != '\0') {
		y->p++;
	}
	n = (size_t)(y->p - from);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (n == strlen(words[i].python) && memcmp(from, words[i].python, n) == 0) {
			sr_buffer_put(y->out, words[i].json, strlen(words[i].json));
			return true;
		}
	}
	/* a number keeps its text: the decoder checks its form */
	if (n == 0 || n > 64 || !((*from >= '0' && *from <= '9') || *from == '-')) {
		y->p = from;
		return fail(y, "neither a value nor a bracket");
	}
	sr_buffer_put(y->out, from, n);
	return true;
}

static bool open_bracket(struct python *y)
{
	if (y->depth == SR_PYTHON_DEPTH) {
		return fail(y, "nested deeper than 32");
	}
	y->closing[y->depth++] = *y->p == '(' ? ')' : *y->p == '[' ? ']' : '}';
	sr_buffer_putc(y->out, *y->p++ == '{' ? '{' : '[');
	return true;
}

static bool at_closing(const struct python *y)
{
	return y->p < y->end && y->depth > 0 && *y->p == y->closing[y->depth - 1];
}

static void close_bracket(struct python *y)
{
	sr_buffer_putc(y->out, y->closing[--y->depth] == '}' ? '}' : ']');
	y->p++;
}

/* A dict's key and its colon: strings, and numbers, which JSON wants quoted. */
static bool put_key(struct python *y)
{
	bool quoted = y->p < y->end && (*y->p == '\'' || *y->p == '"');

	if (!quoted) {
		sr_buffer_putc(y->out, '"');
	}
	if (y->p >= y->end || !(quoted ? put_string(y) : put_word(y))) {
		return fail(y, y->why != NULL ? y->why : "it ends in the middle");
	}
	if (!quoted) {
		sr_buffer_putc(y->out, '"');
	}
	skip_space(y);
	if (y->p >= y->end || *y->p != ':') {
		return fail(y, "no colon behind a key");
	}
	y->p++;
	sr_buffer_putc(y->out, ':');
	skip_space(y);
	return true;
}

/* Behind a value: closes what closes here; *more: another element of the open bracket follows. */
static bool after_value(struct python *y, bool *more)
{
	*more = false;
	for (;;) {
		skip_space(y);
		if (y->depth == 0) {
			return true;
		}
		if (at_closing(y)) {
			close_bracket(y);
			continue;
		}
		if (y->p >= y->end || *y->p != ',') {
			return fail(y, y->p >= y->end ? "it ends in the middle" : "no comma between two values");
		}
		y->p++;
		skip_space(y);
		if (at_closing(y)) { /* (1,) and [1,] */
			close_bracket(y);
			continue;
		}
		sr_buffer_putc(y->out, ',');
		*more = true;
		return true;
	}
}

static bool convert(struct python *y)
{
	bool more = true;

	while (more) {
		skip_space(y);
		if (y->depth > 0 && y->closing[y->depth - 1] == '}' && !put_key(y)) {
			return false;
		}
		if (y->p >= y->end) {
			return fail(y, "it ends in the middle");
		}
		if (strchr("([{", *y->p) != NULL && *y->p != '\0') {
			if (!open_bracket(y)) {
				return false;
			}
			skip_space(y);
			if (!at_closing(y)) {
				continue;
			}
			close_bracket(y);
		} else if (*y->p == '\'' || *y->p == '"') {
			if (!put_string(y)) {
				return false;
			}
		} else if (!put_word(y)) {
			return false;
		}
		if (!after_value(y, &more)) {
			return false;
		}
	}
	return y->p == y->end || fail(y, "text behind the closing bracket");
}

bool sr_python_to_json(const char *text, size_t n, struct sr_buffer *out, const char **why, size_t *at)
{
	struct python y = {.p = text, .end = text + n, .out = out};
	bool ok = convert(&y);

	if (ok && out->failed) {
		ok = fail(&y, "too long");
	}
	*why = y.why;
	*at = (size_t)(y.p - text);
	return ok;
}
