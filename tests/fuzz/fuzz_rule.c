/*
 * fuzz_rule.c - what users ask sink_alerts for, on arbitrary bytes: rules and subscriptions are taken or refused with a reason,
 * and what is taken is kept and read again as the same.
 */
#include "book.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void rule(const char *text, size_t n)
{
	char err[200] = "", out[RULE_TEXT], again[RULE_TEXT];
	struct rule r;

	if (!rule_parse(&r, text, n, err, sizeof(err))) {
		if (!err[0]) {
			abort();
		}
		return;
	}
	rule_text(&r, out);
	if (!rule_parse(&r, out, strlen(out), err, sizeof(err))) {
		abort();
	}
	rule_text(&r, again);
	if (strcmp(out, again) != 0) {
		abort();
	}
}

static char *kept(const struct subscription *s)
{
	struct f1p_json j;
	const char *text;
	char *copy;

	f1p_json_init(&j);
	subscription_save(&j, s);
	text = f1p_json_text(&j, NULL);
	copy = text ? strdup(text) : NULL;
	f1p_json_finish(&j);
	return copy;
}

static void subscription(const char *json, size_t n)
{
	char err[300] = "";
	struct subscription *s = subscription_read(json, n, err, sizeof(err)), *again;
	char *first, *second;

	if (!s) {
		if (!err[0]) {
			abort();
		}
		return;
	}
	memcpy(s->id, "r1", 3);
	if (s->url && !s->secret) {
		s->secret = strdup("0123456789abcdef");
	}
	first = kept(s);
	again = first ? subscription_load(first, strlen(first)) : NULL;
	second = again ? kept(again) : NULL;
	if (!second || strcmp(first, second) != 0) {
		abort();
	}
	free(first);
	free(second);
	subscription_destroy(s);
	subscription_destroy(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	if (!text) {
		return 0;
	}
	memcpy(text, data, size);
	text[size] = '\0';
	rule(text, size);
	subscription(text, size);
	subscription_destroy(subscription_load(text, size));
	free(text);
	return 0;
}
