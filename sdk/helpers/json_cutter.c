/*
 * json_cutter.c - cuts JSON text into the raw slices of its members; see json_reader.h.
 */
#include <helpers/json_reader.h>

#include <string.h>

static void skip_space(struct f1p_json_cutter *c)
{
	while (c->at < c->end && (*c->at == ' ' || *c->at == '\t' || *c->at == '\n' || *c->at == '\r')) {
		c->at++;
	}
}

/* Moves behind the string that begins at c->at. */
static bool skip_string(struct f1p_json_cutter *c)
{
	for (c->at++; c->at < c->end; c->at++) {
		if (*c->at == '\\' && c->end - c->at > 1) {
			c->at++;
		} else if (*c->at == '"') {
			c->at++;
			return true;
		}
	}
	return false;
}

static bool skip_nested(struct f1p_json_cutter *c)
{
	uint32_t depth = 0;

	while (c->at < c->end) {
		char ch = *c->at;

		if (ch == '"') {
			if (!skip_string(c)) {
				return false;
			}
			continue;
		}
		c->at++;
		if (ch == '{' || ch == '[') {
			depth++;
		} else if ((ch == '}' || ch == ']') && --depth == 0) {
			return true;
		}
	}
	return false;
}

static bool skip_word(struct f1p_json_cutter *c)
{
	const char *from = c->at;

	while (c->at < c->end && strchr(" \t\r\n,:{}[]\"", *c->at) == NULL) {
		c->at++;
	}
	return c->at > from;
}

static bool skip_value(struct f1p_json_cutter *c)
{
	if (c->at >= c->end) {
		return false;
	}
	if (*c->at == '"') {
		return skip_string(c);
	}
	return *c->at == '{' || *c->at == '[' ? skip_nested(c) : skip_word(c);
}

static bool take(struct f1p_json_cutter *c, char wanted)
{
	skip_space(c);
	if (c->at < c->end && *c->at == wanted) {
		c->at++;
		return true;
	}
	return false;
}

bool f1p_json_cut_begin(struct f1p_json_cutter *c, const char *text, size_t n)
{
	if (n == 0) {
		*c = (struct f1p_json_cutter){0};
		return false;
	}
	*c = (struct f1p_json_cutter){.at = text, .end = text + n, .first = true};
	if (n >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
		c->at += 3;
	}
	c->closing = take(c, '{') ? '}' : take(c, '[') ? ']' : '\0';
	return c->closing != '\0';
}

/* Behind the closing bracket nothing but blanks may stand. */
static f1p_status finish(struct f1p_json_cutter *c)
{
	c->closing = '\0';
	skip_space(c);
	return c->at == c->end ? F1P_END : F1P_EINVAL;
}

static bool take_key(struct f1p_json_cutter *c, struct f1p_json_slice *key)
{
	const char *from = NULL;

	skip_space(c);
	from = c->at;
	if (c->at >= c->end || *c->at != '"' || !skip_string(c)) {
		return false;
	}
	if (key != NULL) {
		*key = (struct f1p_json_slice){from + 1, (size_t)(c->at - from) - 2};
	}
	return take(c, ':');
}

f1p_status f1p_json_cut_next(struct f1p_json_cutter *c, struct f1p_json_slice *key, struct f1p_json_slice *value)
{
	const char *from = NULL;

	if (c->closing == '\0') {
		return F1P_EINVAL;
	}
	if (take(c, c->closing)) {
		return finish(c);
	}
	if (!c->first && !take(c, ',')) {
		return F1P_EINVAL;
	}
	c->first = false;
	if (key != NULL) {
		*key = (struct f1p_json_slice){"", 0};
	}
	if (c->closing == '}' && !take_key(c, key)) {
		return F1P_EINVAL;
	}
	skip_space(c);
	from = c->at;
	if (!skip_value(c)) {
		return F1P_EINVAL;
	}
	*value = (struct f1p_json_slice){from, (size_t)(c->at - from)};
	return F1P_OK;
}

bool f1p_json_slice_is(struct f1p_json_slice s, const char *word)
{
	return s.n == strlen(word) && memcmp(s.text, word, s.n) == 0;
}
