/* config_table.c - options and defaults into a plugin's config struct, by its table; see config.h. */
#include "config/config_table.h"

#include "base/log.h"
#include "config/config.h"
#include "config/config_value.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void config_report(struct config_errors *errors, const char *path, int line, const char *key, const char *fmt, ...)
{
	char reason[400];
	char text[1000];
	char at[16] = "";
	va_list ap;

	if (!errors) {
		return;
	}
	errors->count++;
	if (!errors->fn) {
		return;
	}
	va_start(ap, fmt);
	vsnprintf(reason, sizeof(reason), fmt, ap);
	va_end(ap);
	if (line > 0) {
		snprintf(at, sizeof(at), ":%d", line);
	}
	snprintf(text, sizeof(text), "%.500s%s: %.60s%s%s", path, at, key ? key : "", key ? ": " : "", reason);
	errors->fn(errors->arg, text);
}

/* ---- the nearest known name ---- */

#define NAME_MAX_COMPARED 40

/* Edits (insert, delete, replace, swap of neighbours counts two) between two short names. */
static size_t distance(const char *a, const char *b)
{
	size_t row[NAME_MAX_COMPARED + 1];
	size_t n = strlen(b);

	for (size_t j = 0; j <= n; j++) {
		row[j] = j;
	}
	for (size_t i = 1; a[i - 1]; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= n; j++) {
			size_t above = row[j];
			size_t best = diagonal + (a[i - 1] != b[j - 1]);

			best = above + 1 < best ? above + 1 : best;
			best = row[j - 1] + 1 < best ? row[j - 1] + 1 : best;
			row[j] = best;
			diagonal = above;
		}
	}
	return row[n];
}

static const char *nearest(const struct f1p_cfg_item *items, uint32_t n, const char *key)
{
	const char *found = NULL;
	size_t best = strlen(key) / 3 + 1; /* further away is no typing error */

	for (uint32_t i = 0; i < n; i++) {
		struct f1p_cfg_item item;
		size_t d;

		config_item_at(items, i, &item);
		if (strlen(item.name) > NAME_MAX_COMPARED || strlen(key) > NAME_MAX_COMPARED) {
			continue;
		}
		d = distance(key, item.name);
		if (d <= best && (!found || d < best)) {
			best = d;
			found = item.name;
		}
	}
	return found;
}

static void report_unknown(const struct f1p_cfg_item *items, uint32_t n, const struct config_file *file,
	const struct config_pair *pair, struct config_errors *errors)
{
	const char *near = nearest(items, n, pair->key);
	char known[200] = "";
	size_t used = 0;

	if (near) {
		config_report(errors, file->path, pair->line, pair->key, "unknown option; did you mean \"%s\"?", near);
		return;
	}
	for (uint32_t i = 0; i < n; i++) {
		struct f1p_cfg_item item;
		size_t len;

		config_item_at(items, i, &item);
		len = strlen(item.name);
		if (used + len + 6 > sizeof(known)) {
			memcpy(known + used, " ...", 5);
			break;
		}
		used += (size_t)snprintf(known + used, sizeof(known) - used, " %s", item.name);
	}
	config_report(errors, file->path, pair->line, pair->key, "unknown option; known:%s", n > 0 ? known : " none");
}

/* ---- filling ---- */

static const struct config_pair *find_pair(const struct config_file *file, const char *key)
{
	for (size_t i = 0; i < file->n_options; i++) {
		if (strcmp(file->options[i].key, key) == 0) {
			return &file->options[i];
		}
	}
	return NULL;
}

static bool store(const struct f1p_cfg_item *item, const char *text, const char *base_dir, void *block, char *reason, size_t size)
{
	char *field = (char *)block + item->offset;
	struct config_value v;

	if (!config_value_parse(item, text, &v, reason, size)) {
		return false;
	}
	if (config_type_is_text(item->type)) {
		char *copy = config_value_text(item, text, base_dir, reason, size);

		memcpy(field, &copy, sizeof(copy));
		return copy != NULL;
	}
	if (item->type == F1P_CFG_DOUBLE) {
		memcpy(field, &v.real, sizeof(v.real));
	} else if (item->type == F1P_CFG_BOOL) {
		bool yes = v.number != 0;

		memcpy(field, &yes, sizeof(yes));
	} else {
		memcpy(field, &v.number, sizeof(v.number));
	}
	return true;
}

static void fill_one(const struct f1p_cfg_item *item, const struct config_file *file, const char *base_dir, void *block,
	struct config_errors *errors)
{
	const struct config_pair *pair = find_pair(file, item->name);
	char reason[CONFIG_REASON_MAX];

	if (!pair && (item->flags & F1P_CFG_REQUIRED)) {
		config_report(errors, file->path, 0, item->name, "must be given (%.120s)", item->help);
		return;
	}
	if (pair && (item->flags & F1P_CFG_REQUIRED) && pair->value[0] == '\0') {
		config_report(errors, file->path, pair->line, item->name, "must not be empty (%.120s)", item->help);
		return;
	}
	if (pair && (item->flags & F1P_CFG_DEPRECATED)) {
		log_line(F1P_LOG_WARN, "config", "%s:%d: %s: deprecated: %s", file->path, pair->line, item->name, item->help);
	}
	if (!store(item, pair ? pair->value : item->def, base_dir, block, reason, sizeof(reason))) {
		config_report(errors, file->path, pair ? pair->line : 0, item->name, "%s", reason);
	}
}

bool config_fill(const struct f1p_cfg_item *items, uint32_t n, uint32_t config_size, const struct config_file *file,
	const char *base_dir, void **out_block, struct config_errors *errors)
{
	struct config_errors none = {0};
	int before;
	void *block = calloc(1, config_size > 0 ? config_size : 1);

	*out_block = NULL;
	errors = errors ? errors : &none;
	before = errors->count;
	if (!block) {
		config_report(errors, file->path, 0, NULL, "out of memory");
		return false;
	}
	for (uint32_t i = 0; i < n; i++) {
		struct f1p_cfg_item item;

		config_item_at(items, i, &item);
		fill_one(&item, file, base_dir, block, errors);
	}
	for (size_t i = 0; i < file->n_options; i++) {
		struct f1p_cfg_item item = {0};
		uint32_t k = 0;

		for (; k < n; k++) {
			config_item_at(items, k, &item);
			if (strcmp(item.name, file->options[i].key) == 0) {
				break;
			}
		}
		if (k == n) {
			report_unknown(items, n, file, &file->options[i], errors);
		}
	}
	if (errors->count != before) {
		config_block_free(items, n, block);
		return false;
	}
	*out_block = block;
	return true;
}

void config_block_free(const struct f1p_cfg_item *items, uint32_t n, void *block)
{
	for (uint32_t i = 0; block && i < n; i++) {
		struct f1p_cfg_item item;
		char *text;

		config_item_at(items, i, &item);
		if (config_type_is_text(item.type)) {
			memcpy(&text, (char *)block + item.offset, sizeof(text));
			free(text);
		}
	}
	free(block);
}
