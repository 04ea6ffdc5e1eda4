/* test_plugin.h - what the small plugins of module_test, instance_test and services_test share: a plugin that does nothing. */
#ifndef TEST_PLUGIN_H
#define TEST_PLUGIN_H

#include <f1pd/plugin.h>
#include <stdlib.h>

static inline f1p_status nothing_init(struct f1p_plugin *p)
{
	(void)p;
	return F1P_OK;
}

static inline f1p_status nothing_configure(struct f1p_plugin *p, const void *cfg)
{
	(void)p, (void)cfg;
	return F1P_OK;
}

static inline void nothing_stop(struct f1p_plugin *p)
{
	(void)p;
}

static inline void nothing_destroy(struct f1p_plugin *p)
{
	free(p);
}

static inline const void *nothing_extension(struct f1p_plugin *p, const char *id)
{
	(void)p, (void)id;
	return NULL;
}

/* A plugin with the given init and no interface. */
static inline struct f1p_plugin *nothing_create(f1p_status (*init)(struct f1p_plugin *))
{
	struct f1p_plugin *p = calloc(1, sizeof(*p));

	if (p) {
		*p = (struct f1p_plugin){.size = sizeof(*p),
			.init = init,
			.configure = nothing_configure,
			.start = nothing_init,
			.stop = nothing_stop,
			.destroy = nothing_destroy,
			.get_extension = nothing_extension};
	}
	return p;
}

#define NOTHING_DESCRIPTOR(ID)                                                                                                   \
	{                                                                                                                        \
		.size = sizeof(struct f1p_descriptor), .kinds = F1P_KIND_SINK, .id = ID, .version = "1.0.0", .license = "MIT",   \
		.description = "A plugin for tests."                                                                             \
	}

/* The functions of an entry for a plugin with the given id and init. */
#define NOTHING_FUNCTIONS(ID, INIT)                                                                                              \
	static const struct f1p_descriptor *descriptor(uint32_t i)                                                               \
	{                                                                                                                        \
		static const struct f1p_descriptor d = NOTHING_DESCRIPTOR(ID);                                                   \
		return i == 0 ? &d : NULL;                                                                                       \
	}                                                                                                                        \
	static struct f1p_plugin *create(const struct f1p_host *host, const char *id)                                            \
	{                                                                                                                        \
		(void)host, (void)id;                                                                                            \
		return nothing_create(INIT);                                                                                     \
	}

#endif
