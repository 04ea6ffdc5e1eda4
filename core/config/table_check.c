/* table_check.c - sanity of a plugin's option table; see config_table.h. */
#include "config/config.h"
#include "config/config_table.h"
#include "config/config_value.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static bool bad(char *err, size_t size, const char *fmt, ...) F1P_PRINTF(3, 4);
static bool bad(char *err, size_t size, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(err, size, fmt, ap);
	va_end(ap);
	return false;
}

static bool name_ok(const char *name)
{
	size_t len = name ? strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") : 0;

	return len > 0 && len <= 40 && name[len] == '\0';
}

static bool place_ok(const struct f1p_cfg_item *item, uint32_t config_size, unsigned char *used)
{
	uint32_t size = config_type_size(item->type);

	if (size == 0 || item->offset > config_size || config_size - item->offset < size || item->offset % size != 0) {
		return false;
	}
	for (uint32_t i = 0; i < size; i++) {
		uint32_t at = item->offset + i;
		unsigned char bit = (unsigned char)(1u << (at % 8));

		if (used[at / 8] & bit) {
			return false;
		}
		used[at / 8] |= bit;
	}
	return true;
}

static bool values_ok(const struct f1p_cfg_item *item, char *err, size_t err_size)
{
	struct f1p_cfg_item bare = *item;
	char reason[CONFIG_REASON_MAX];
	struct config_value v;

	bare.min = bare.max = NULL;
	if ((item->min && !config_value_parse(&bare, item->min, &v, reason, sizeof(reason))) ||
		(item->max && !config_value_parse(&bare, item->max, &v, reason, sizeof(reason)))) {
		return bad(err, err_size, "option %s: its range: %s", item->name, reason);
	}
	bare.max = item->max;
	if (item->min && item->max && !config_value_parse(&bare, item->min, &v, reason, sizeof(reason))) {
		return bad(err, err_size, "option %s: its minimum is above its maximum", item->name);
	}
	if (!item->def && !(item->flags & F1P_CFG_REQUIRED)) {
		return bad(err, err_size, "option %s: has no default and is not required", item->name);
	}
	if (item->type == F1P_CFG_SECRET && item->def && item->def[0] != '\0') {
		return bad(err, err_size, "option %s: a secret can have no default", item->name);
	}
	if (item->def && !config_value_parse(item, item->def, &v, reason, sizeof(reason))) {
		return bad(err, err_size, "option %s: its default: %s", item->name, reason);
	}
	return true;
}

static bool item_ok(
	const struct f1p_cfg_item *items, uint32_t i, uint32_t config_size, unsigned char *used, char *err, size_t err_size)
{
	struct f1p_cfg_item item;

	config_item_at(items, i, &item);
	if (!name_ok(item.name)) {
		return bad(err, err_size, "option number %u has a bad name", i + 1);
	}
	for (uint32_t k = 0; k < i; k++) {
		struct f1p_cfg_item earlier;

		config_item_at(items, k, &earlier);
		if (strcmp(earlier.name, item.name) == 0) {
			return bad(err, err_size, "option %s is in the table twice", item.name);
		}
	}
	if (config_type_size(item.type) == 0) {
		return bad(err, err_size, "option %s has type %u, which this f1pd does not know", item.name, item.type);
	}
	if (item.type == F1P_CFG_ENUM && (!item.choices || item.choices[0] == '\0')) {
		return bad(err, err_size, "option %s has no choices", item.name);
	}
	if (!item.help || item.help[0] == '\0') {
		return bad(err, err_size, "option %s has no help", item.name);
	}
	if (!place_ok(&item, config_size, used)) {
		return bad(err, err_size, "option %s: its field at byte %u does not fit into the config struct of %u bytes",
			item.name, item.offset, config_size);
	}
	return values_ok(&item, err, err_size);
}

bool config_table_check(const struct f1p_cfg_item *items, uint32_t n, uint32_t config_size, char *err, size_t err_size)
{
	unsigned char used[CONFIG_BLOCK_MAX / 8 + 1] = {0};

	if (n > CONFIG_ITEMS_MAX || config_size > CONFIG_BLOCK_MAX) {
		return bad(err, err_size, "%u options and a config struct of %u bytes are more than %u and %u", n, config_size,
			(unsigned)CONFIG_ITEMS_MAX, (unsigned)CONFIG_BLOCK_MAX);
	}
	if (n > 0 && (!items || items->size < offsetof(struct f1p_cfg_item, help) + sizeof(items->help) ||
			     items->size % sizeof(void *) != 0)) {
		return bad(err, err_size, "the option table is missing or its items are too small");
	}
	for (uint32_t i = 0; i < n; i++) {
		if (!item_ok(items, i, config_size, used, err, err_size)) {
			return false;
		}
	}
	return true;
}
