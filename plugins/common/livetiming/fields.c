/*
 * fields.c - setters that many fields share: check the value, store it in the half-filled event, set its mask bit.
 */
#include "decoder.h"
#include "values.h"

#include <helpers/utf8.h>

#include <string.h>

static void *target(struct lt_decoder *d, const struct lt_node *node)
{
	return (char *)d + node->at;
}

static void mark(struct lt_decoder *d, const struct lt_node *node)
{
	if (node->bit != 0) {
		*(uint32_t *)(void *)((char *)d + node->mask_at) |= node->bit;
	}
}

static void store(struct lt_decoder *d, const struct lt_node *node, int32_t value)
{
	if (node->width == 1) {
		*(uint8_t *)target(d, node) = (uint8_t)value;
	} else if (node->width == 2) {
		*(uint16_t *)target(d, node) = (uint16_t)value;
	} else {
		*(int32_t *)target(d, node) = value;
	}
	mark(d, node);
}

static bool is_one_of(const struct lt_value *v, const char *const words[3])
{
	for (int i = 0; i < 3; i++) {
		if (lt_is(v->text, v->n, words[i], strlen(words[i]))) {
			return true;
		}
	}
	return false;
}

/* Booleans of TimingData, "true"/"false" of TimingAppData ("True" where a tool re-wrote it), "0"/"1" of WeatherData. */
bool lt_set_tri(struct lt_decoder *d, const struct lt_node *node, const struct lt_value *v)
{
	static const char *const yes_words[3] = {"true", "1", "True"};
	static const char *const no_words[3] = {"false", "0", "False"};
	bool yes = v->flag;

	if (lt_is_empty(v)) {
		return true;
	}
	if (v->type != LT_BOOLEAN) {
		yes = is_one_of(v, yes_words);
		if (!yes && !is_one_of(v, no_words)) {
			return false;
		}
	}
	store(d, node, yes ? F1P_YES : F1P_NO);
	return true;
}

bool lt_set_int(struct lt_decoder *d, const struct lt_node *node, const struct lt_value *v)
{
	int64_t value = 0;

	if (lt_is_empty(v)) {
		return true;
	}
	if (!lt_parse_int(v->text, v->n, node->lo, node->hi, &value)) {
		return false;
	}
	store(d, node, (int32_t)value);
	return true;
}

bool lt_set_tenths(struct lt_decoder *d, const struct lt_node *node, const struct lt_value *v)
{
	int32_t value = 0;

	if (lt_is_empty(v)) {
		return true;
	}
	if (!lt_parse_tenths(v->text, v->n, &value) || value < node->lo || value > node->hi) {
		return false;
	}
	store(d, node, value);
	return true;
}

bool lt_set_clock(struct lt_decoder *d, const struct lt_node *node, const struct lt_value *v)
{
	int32_t ms = F1P_UNKNOWN;

	if (!lt_is_empty(v) && (!lt_parse_clock(v->text, v->n, &ms) || ms < node->lo || ms > node->hi)) {
		return false;
	}
	store(d, node, ms);
	return true;
}

bool lt_set_text(struct lt_decoder *d, const struct lt_node *node, const struct lt_value *v)
{
	if (v->type == LT_NULL) {
		return true;
	}
	if (v->type != LT_STRING) {
		return false;
	}
	f1p_utf8_copy(target(d, node), (size_t)node->hi, v->text, v->n);
	mark(d, node);
	return true;
}

bool lt_set_utc(struct lt_decoder *d, const struct lt_node *node, const struct lt_value *v)
{
	int64_t ns = 0;

	if (lt_is_empty(v)) {
		return true;
	}
	if (!lt_parse_utc(v->text, v->n, &ns)) {
		return false;
	}
	*(int64_t *)target(d, node) = ns;
	mark(d, node);
	return true;
}

int32_t lt_word_value(const struct lt_word *words, size_t n_words, const struct lt_value *v, int32_t otherwise)
{
	for (size_t i = 0; i < n_words; i++) {
		if (strlen(words[i].text) == v->n && memcmp(words[i].text, v->text, v->n) == 0) {
			return words[i].value;
		}
	}
	return otherwise;
}
