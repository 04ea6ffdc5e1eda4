#include "daemon/command_config.h"

#include "base/log.h"

#include <stdlib.h>
#include <string.h>

bool command_config_option(struct config_file *f, const char *key, size_t key_len, const char *value)
{
	struct config_pair *grown = realloc(f->options, (f->n_options + 1) * sizeof(*grown));

	if (!grown)
		return false;
	f->options = grown;
	grown[f->n_options] = (struct config_pair){strndup(key, key_len), strdup(value), 0};
	return grown[f->n_options].key && grown[f->n_options++].value;
}

struct config_file *command_config_add(struct config *c, const char *name, const char *plugin_id)
{
	struct config_file *grown = realloc(c->files, (c->n_files + 1) * sizeof(*grown));

	if (!grown)
		return NULL;
	c->files = grown;
	struct config_file *f = &grown[c->n_files++];
	*f = (struct config_file){.path = strdup("(command line)"),
		.name = strdup(name),
		.plugin_id = strdup(plugin_id),
		.enabled = true,
		.queue_policy = CONFIG_QUEUE_BLOCK,
		.queue_size = 1024};
	return f->path && f->name && f->plugin_id ? f : NULL;
}

static void log_error(void *arg, const char *line)
{
	(void)arg;
	log_line(F1P_LOG_ERROR, "config", "%s", line);
}

static struct config *all_defaults(struct config_errors *errors)
{
	struct config *c = calloc(1, sizeof(*c));
	struct config_file none = {.path = "(defaults)", .name = "f1pd", .plugin_id = "f1pd", .enabled = true};

	if (!c || !config_fill(config_core_items, config_core_count, sizeof(c->core), &none, ".", &c->core_block, errors)) {
		free(c);
		return NULL;
	}
	memcpy(&c->core, c->core_block, sizeof(c->core));
	return c;
}

struct config *command_config_load(const char *dir)
{
	struct config_errors errors = {.fn = log_error};
	struct config *c = dir ? config_load(dir, &errors) : all_defaults(&errors);

	if (c && !errors.count)
		return c;
	config_free(c);
	return NULL;
}
