/*
 * options.c - fills a plugin's config struct from its table and the -o options, by the rules of config.h.
 */
#include "check.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool is_text(uint32_t type)
{
	return type == F1P_CFG_STR || type == F1P_CFG_ENUM || type == F1P_CFG_PATH || type == F1P_CFG_SECRET;
}

size_t option_field_size(uint32_t type)
{
	switch (type) {
	case F1P_CFG_INT:
	case F1P_CFG_DURATION_MS:
	case F1P_CFG_SIZE:
		return sizeof(int64_t);
	case F1P_CFG_DOUBLE:
		return sizeof(double);
	case F1P_CFG_BOOL:
		return sizeof(bool);
	default:
		return is_text(type) ? sizeof(char *) : 0;
	}
}

const struct f1p_cfg_item *option_at(const struct f1p_descriptor *desc, uint32_t index)
{
	/* the table's stride is its own: each item tells its size */
	return (const struct f1p_cfg_item *)(const void *)((const char *)desc->config + (size_t)index * desc->config[0].size);
}

static bool unit_factor(uint32_t type, const char *unit, double *factor)
{
	static const struct {
		uint32_t type;
		const char *unit;
		double factor;
	} units[] = {{F1P_CFG_DURATION_MS, "ms", 1}, {F1P_CFG_DURATION_MS, "s", 1e3}, {F1P_CFG_DURATION_MS, "m", 6e4},
		{F1P_CFG_DURATION_MS, "h", 3.6e6}, {F1P_CFG_SIZE, "k", 1024}, {F1P_CFG_SIZE, "M", 1048576},
		{F1P_CFG_SIZE, "G", 1073741824}};

	*factor = 1;
	if (*unit == '\0') {
		return true;
	}
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (units[i].type == type && strcmp(units[i].unit, unit) == 0) {
			*factor = units[i].factor;
			return true;
		}
	}
	return false;
}

static bool parse_number(const struct f1p_cfg_item *item, const char *text, double *number)
{
	char *end;
	double factor;

	errno = 0;
	*number = strtod(text, &end);
	if (end == text || errno != 0 || !isfinite(*number) || !unit_factor(item->type, end, &factor)) {
		return false;
	}
	*number *= factor;
	return item->type == F1P_CFG_DOUBLE || *number == floor(*number);
}

static bool parse_bool(const char *text, double *number)
{
	static const char *const words[] = {"no", "yes", "false", "true", "off", "on", "0", "1"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcasecmp(text, words[i]) == 0) {
			*number = (double)(i % 2);
			return true;
		}
	}
	return false;
}

static bool in_choices(const char *choices, const char *text)
{
	size_t n = strlen(text);

	for (const char *at = choices; at && n > 0; at = strchr(at, '|'), at = at ? at + 1 : NULL) {
		if (strncmp(at, text, n) == 0 && (at[n] == '|' || at[n] == '\0')) {
			return true;
		}
	}
	return false;
}

bool option_parse(const struct f1p_cfg_item *item, const char *text, double *number, char *err, size_t err_size)
{
	double limit;

	*number = 0;
	if (item->type == F1P_CFG_ENUM && !in_choices(item->choices, text)) {
		snprintf(err, err_size, "%s: \"%s\" is none of %s", item->name, text,
			item->choices ? item->choices : "(no choices)");
		return false;
	}
	if (is_text(item->type)) {
		return true;
	}
	if (item->type == F1P_CFG_BOOL ? !parse_bool(text, number) : !parse_number(item, text, number)) {
		snprintf(err, err_size, "%s: \"%s\" has not the form of its type", item->name, text);
		return false;
	}
	if ((item->min && parse_number(item, item->min, &limit) && *number < limit) ||
		(item->max && parse_number(item, item->max, &limit) && *number > limit)) {
		snprintf(err, err_size, "%s: %s is outside %s..%s", item->name, text, item->min ? item->min : "",
			item->max ? item->max : "");
		return false;
	}
	return true;
}

static bool store(const struct f1p_cfg_item *item, const char *text, void *block, char *err, size_t err_size)
{
	uint8_t *field = (uint8_t *)block + item->offset;
	double number;
	int64_t integer;
	bool yes;

	if (!option_parse(item, text, &number, err, err_size)) {
		return false;
	}
	integer = (int64_t)number;
	yes = number > 0;
	if (is_text(item->type)) {
		char *copy = strdup(text);

		memcpy(field, &copy, sizeof(copy));
		return copy != NULL;
	}
	if (item->type == F1P_CFG_DOUBLE) {
		memcpy(field, &number, sizeof(number));
	} else if (item->type == F1P_CFG_BOOL) {
		memcpy(field, &yes, sizeof(yes));
	} else {
		memcpy(field, &integer, sizeof(integer));
	}
	return true;
}

static const char *value_of(const struct check *c, const struct f1p_cfg_item *item)
{
	for (size_t i = c->n_options; i-- > 0;) {
		if (strcmp(c->options[i].key, item->name) == 0) {
			return c->options[i].value;
		}
	}
	return item->def;
}

void options_free(const struct f1p_descriptor *desc, void *block)
{
	for (uint32_t i = 0; block && i < desc->config_count; i++) {
		const struct f1p_cfg_item *item = option_at(desc, i);
		char *text;

		if (is_text(item->type)) {
			memcpy(&text, (uint8_t *)block + item->offset, sizeof(text));
			free(text);
		}
	}
	free(block);
}

void *options_fill(struct check *c)
{
	const struct f1p_descriptor *desc = c->desc;
	void *block = calloc(1, desc->config_size ? desc->config_size : 1);
	char err[300] = "no memory";

	for (uint32_t i = 0; block && i < desc->config_count; i++) {
		const struct f1p_cfg_item *item = option_at(desc, i);
		const char *text = value_of(c, item);

		if (!text) {
			snprintf(err, sizeof(err), "option %s is required: give -o %s=VALUE", item->name, item->name);
		}
		if (!text || !store(item, text, block, err, sizeof(err))) {
			options_free(desc, block);
			block = NULL;
		}
	}
	if (!block) {
		check_fail(c, "%s", err);
	}
	return block;
}
