/* list_command.c - `f1pd plugins [--config]`: the modules of a folder, their plugins and options, from the plugins' own tables.
 */
#include "plugin/commands.h"

#include "config/config.h"
#include "config/config_value.h"
#include "plugin/module.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define MODULES_MAX 256

struct listing {
	FILE *out;
	const char *dir;
	const struct config *config; /* may be NULL */
	char *names[MODULES_MAX];    /* file names, sorted */
	struct module *modules[MODULES_MAX];
	char *refused[MODULES_MAX]; /* reason, where the module is NULL */
	size_t n;
};

static void print_line(void *arg, const char *line)
{
	fprintf(arg, "%s\n", line);
}

/* ---- collecting ---- */

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool list_modules(struct listing *l)
{
	DIR *dir = opendir(l->dir);
	struct dirent *entry;

	if (!dir) {
		fprintf(l->out, "%s: the plugin folder cannot be read: %s\n", l->dir, strerror(errno));
		return false;
	}
	while ((entry = readdir(dir)) && l->n < MODULES_MAX) {
		size_t len = strlen(entry->d_name);

		if (len > 3 && strcmp(entry->d_name + len - 3, ".so") == 0) {
			l->names[l->n] = strdup(entry->d_name);
			l->n += l->names[l->n] != NULL;
		}
	}
	closedir(dir);
	qsort(l->names, l->n, sizeof(l->names[0]), by_name);
	return true;
}

static void load_modules(struct listing *l)
{
	for (size_t i = 0; i < l->n; i++) {
		char reason[400] = "";
		char *path = NULL;

		if (asprintf(&path, "%s/%s", l->dir, l->names[i]) < 0) {
			continue;
		}
		l->modules[i] = module_load(path, true, reason, sizeof(reason));
		if (!l->modules[i]) {
			l->refused[i] = strdup(reason);
		}
		free(path);
	}
}

/* ---- the table ---- */

/* "source-demo, source-spare (off)"; "-" if no instance uses the plugin. */
static void users_of(const struct listing *l, const char *id, char *out, size_t size)
{
	size_t used = 0;

	snprintf(out, size, "-");
	for (size_t i = 0; l->config && i < l->config->n_files && used < size; i++) {
		const struct config_file *file = &l->config->files[i];

		if (strcmp(file->plugin_id, id) == 0) {
			used += (size_t)snprintf(out + used, size - used, "%s%s%s", used > 0 ? ", " : "", file->name,
				file->enabled ? "" : " (off)");
		}
	}
}

static void print_table(const struct listing *l)
{
	fprintf(l->out, "%-20s %-9s %-8s %-5s %-23s %-22s %s\n", "ID", "KIND", "VERSION", "ABI", "FILE", "USED BY",
		"DESCRIPTION");
	for (size_t i = 0; i < l->n; i++) {
		const struct f1p_entry *entry = l->modules[i] ? &l->modules[i]->entry : NULL;

		for (uint32_t k = 0; entry && k < entry->count; k++) {
			const struct f1p_descriptor *d = entry->descriptor(k);
			char users[400];

			users_of(l, d->id, users, sizeof(users));
			fprintf(l->out, "%-20s %-9s %-8s %u.%-3u %-23s %-22s %s\n", d->id, module_kind_name(d->kinds), d->version,
				entry->abi_major, entry->abi_minor, l->names[i], users, d->description);
		}
	}
	for (size_t i = 0; i < l->n; i++) {
		if (l->refused[i]) {
			fprintf(l->out, "refused: %s/%s: %s\n", l->dir, l->names[i], l->refused[i]);
		}
	}
}

/* ---- --config ---- */

static void print_option(FILE *out, const struct f1p_cfg_item *item)
{
	fprintf(out, "; %s%s\n;   %s", item->help, item->flags & F1P_CFG_DEPRECATED ? " (deprecated)" : "",
		config_type_name(item->type));
	if (item->type == F1P_CFG_ENUM) {
		fprintf(out, ": %s", item->choices);
	}
	if (item->min) {
		fprintf(out, ", from %s", item->min);
	}
	if (item->max) {
		fprintf(out, ", to %s", item->max);
	}
	if (item->flags & F1P_CFG_REQUIRED) {
		fprintf(out, ", must be given\n%s =\n", item->name);
	} else {
		fprintf(out, ", default %s\n;%s =%s%s\n", item->def[0] ? item->def : "(empty)", item->name, item->def[0] ? " " : "",
			item->def);
	}
}

static void print_options(FILE *out, const struct f1p_cfg_item *items, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		struct f1p_cfg_item item;

		config_item_at(items, i, &item);
		print_option(out, &item);
	}
}

/* [plugin]: what is the host's and not the plugin's own. */
static void print_section(FILE *out, const struct f1p_descriptor *d)
{
	fprintf(out, "[plugin]\nid = %s\n", d->id);
	for (uint32_t i = 0; i < config_plugin_count; i++) {
		const struct f1p_cfg_item *item = &config_plugin_items[i];
		uint32_t kind = config_plugin_key_kind(item->name);

		if (!(item->flags & F1P_CFG_REQUIRED) && (kind == 0 || kind == d->kinds)) {
			print_option(out, item);
		}
	}
}

static void print_config(const struct listing *l)
{
	fprintf(l->out, "\n; ---- 00-f1pd.ini: the core\n[f1pd]\n");
	print_options(l->out, config_core_items, config_core_count);
	for (size_t i = 0; i < l->n; i++) {
		const struct f1p_entry *entry = l->modules[i] ? &l->modules[i]->entry : NULL;

		for (uint32_t k = 0; entry && k < entry->count; k++) {
			const struct f1p_descriptor *d = entry->descriptor(k);

			fprintf(l->out, "\n; ---- NN-%s-NAME.ini: %s\n; version %s, license %s\n", module_kind_name(d->kinds),
				d->description, d->version, d->license);
			print_section(l->out, d);
			fprintf(l->out, "\n[options]%s\n", d->config_count == 0 ? "\n; none" : "");
			print_options(l->out, d->config, d->config_count);
		}
	}
}

int list_command(const char *config_dir, const char *plugin_dir, bool with_config, FILE *out)
{
	struct listing l = {.out = out, .dir = plugin_dir};
	struct config_errors errors = {.fn = print_line, .arg = out};
	struct config *config = config_dir ? config_load(config_dir, &errors) : NULL;
	bool good;

	l.config = config;
	if (config && config->core.plugin_dir[0] != '\0') {
		l.dir = config->core.plugin_dir;
	}
	good = list_modules(&l);
	if (good) {
		load_modules(&l);
		print_table(&l);
	}
	if (good && with_config) {
		print_config(&l);
	}
	for (size_t i = 0; i < l.n; i++) {
		free(l.names[i]);
		free(l.refused[i]);
		module_free(l.modules[i]);
	}
	config_free(config);
	return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
