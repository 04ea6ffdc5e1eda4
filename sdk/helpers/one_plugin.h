/*
 * one_plugin.h - the entry of a module that holds one plugin: the same for all of them, so it stands here.
 *
 * type has the members `struct f1p_plugin plugin` and `const struct f1p_host *host`; an instance begins zeroed but for these.
 * What else it needs from the first moment on is the business of its init().
 */
#ifndef F1P_ONE_PLUGIN_H
#define F1P_ONE_PLUGIN_H

#include <f1pd/plugin.h>
#include <stdlib.h>
#include <string.h>

/* At file scope, once. desc: a struct f1p_descriptor; then the six functions of struct f1p_plugin. */
#define F1P_ONE_PLUGIN(desc, type, init_fn, configure_fn, start_fn, stop_fn, destroy_fn, get_extension_fn) \
	static const struct f1p_descriptor *one_descriptor(uint32_t index) \
	{ \
		return index == 0 ? &(desc) : NULL; \
	} \
	static struct f1p_plugin *one_create(const struct f1p_host *host, const char *id) \
	{ \
		type *self = strcmp(id, (desc).id) == 0 ? calloc(1, sizeof(*self)) : NULL; \
		if (!self) \
			return NULL; \
		self->host = host; \
		self->plugin = (struct f1p_plugin){.size = sizeof(self->plugin), \
			.impl = self, \
			.init = init_fn, \
			.configure = configure_fn, \
			.start = start_fn, \
			.stop = stop_fn, \
			.destroy = destroy_fn, \
			.get_extension = get_extension_fn}; \
		return &self->plugin; \
	} \
	F1P_PLUGIN_ENTRY(one_descriptor, one_create, 1)

#endif
