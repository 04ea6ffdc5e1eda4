/* check_command.c - `f1pd -t`: would the daemon start with this configuration? */
#include "plugin/commands.h"

#include "base/log.h"
#include "config/config.h"
#include "forecast/model_file.h"
#include "plugin/inert_ops.h"
#include "plugin/instance.h"

#include <f1pd/plugin.h>
#include <stdlib.h>
#include <string.h>

static void print_line(void *arg, const char *line)
{
	fprintf(arg, "%s\n", line);
}

static void print_log(void *arg, int level, const char *instance, const char *line)
{
	if (level <= F1P_LOG_WARN) {
		fprintf(arg, "%s: %s\n", instance, line);
	}
}

/* Creates and destroys every enabled instance; returns how many there are. */
static size_t try_instances(
	struct services *services, const struct config *config, const char *plugin_dir, struct config_errors *errors)
{
	const char *ensemble = NULL;
	size_t n = 0;

	for (size_t i = 0; i < config->n_files; i++) {
		const struct config_file *file = &config->files[i];
		struct instance *in;

		if (!file->enabled) {
			continue;
		}
		n++;
		in = instance_create(services, file, config->dir, plugin_dir, (uint32_t)i + 1, errors);
		if (in && in->ensemble) {
			if (ensemble) {
				config_report(errors, file->path, file->id_line, "id",
					"a second enabled ensemble; only one can publish (the first is %s)", ensemble);
			}
			ensemble = ensemble ? ensemble : file->path;
		}
		instance_destroy(in);
	}
	return n;
}

static void try_model(const struct config *config, struct config_errors *errors)
{
	char err[512];
	struct model_file *m = config->core.model[0] ? model_file_open(config->core.model, err, sizeof(err)) : NULL;

	if (config->core.model[0] && !m) {
		config_report(errors, config->dir, 0, "model", "%s", err);
	}
	model_file_destroy(m);
}

int check_command(const char *config_dir, const char *plugin_dir, FILE *out)
{
	struct config_errors errors = {.fn = print_line, .arg = out};
	const struct host_ops ops = inert_ops(print_log, out);
	struct config *config = config_load(config_dir, &errors);
	struct services *services = services_create(&ops);
	size_t n = 0;

	if (config) {
		try_model(config, &errors);
	}
	if (config && services) {
		n = try_instances(services, config, config->core.plugin_dir[0] ? config->core.plugin_dir : plugin_dir, &errors);
	}
	if (config && services && errors.count == 0) {
		fprintf(out, "%s: ok, %zu plugin%s\n", config->dir, n, n == 1 ? "" : "s");
	} else {
		fprintf(out, "%s: %d error%s\n", config_dir, errors.count, errors.count == 1 ? "" : "s");
	}
	services_destroy(services);
	config_free(config);
	return errors.count == 0 && config && services ? EXIT_SUCCESS : EXIT_FAILURE;
}
