#include "daemon/trial.h"

static bool combines(struct services *services, const struct config_file *f, const char *base_dir, const char *plugin_dir,
		     const struct instance *goes_on, struct config_errors *errors)
{
	if (goes_on)
		return goes_on->ensemble != NULL;
	struct instance *inst = instance_create(services, f, base_dir, plugin_dir, 0, errors);
	bool ensemble = inst && inst->ensemble;
	instance_destroy(inst);
	return ensemble;
}

void trial_run(struct services *services, const struct config *c, const char *plugin_dir,
	       const struct instance *(*running)(void *arg, const struct config_file *), void *arg, struct config_errors *errors)
{
	const char *first = NULL;

	for (size_t i = 0; i < c->n_files; i++) {
		const struct config_file *f = &c->files[i];
		if (!f->enabled || !combines(services, f, c->dir, plugin_dir, running(arg, f), errors))
			continue;
		if (first)
			config_report(errors, f->path, f->id_line, "id",
				"a second enabled ensemble; only one can publish (the first is %s)", first);
		else
			first = f->path;
	}
}
