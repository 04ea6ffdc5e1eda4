/*
 * module.h - finding, probing and loading plugin modules (.so).
 *
 * A module is first opened in a child process: one that crashes, hangs (> 5 s), has the wrong ABI, exports no entry, is not an
 * ELF file, or can be written by group or others (file or folder) is refused with one clear line, and the daemon lives.
 * Modules are never dlclosed (thread-local destructors of libraries make that unsafe).
 */
#ifndef MODULE_H
#define MODULE_H

#include <f1pd/plugin.h>

#define MODULE_PLUGINS_MAX 64

struct module {
	char *path;
	struct f1p_entry entry; /* copied, newer fields zero */
};
/* [loop] at start and on reload: the probe forks, and the child calls dlopen and the plugins' init; it waits up to 5 s.
 * err: one line, without the path. NULL on refusal. probe = false: for tests and tools that have forked already. */
struct module *module_load(const char *path, bool probe, char *err, size_t err_size);
void module_free(struct module *); /* the handle stays open */
/* The descriptor of the plugin with this id in the module, checked (kinds, table, sizes); NULL if none. */
const struct f1p_descriptor *module_descriptor(const struct module *, const char *id);

/* All modules that an id may come from: DIR/ID.so. Returns the path in out; false if it does not exist. */
bool module_path(const char *plugin_dir, const char *id, char *out, size_t out_size);
/* Checks a descriptor and its option table; false with a reason. */
bool descriptor_check(const struct f1p_descriptor *, char *err, size_t err_size);
/* Checks an entry as it lies in a module and copies it; false with a reason. Calls its descriptor(). */
bool entry_check(const struct f1p_entry *raw, struct f1p_entry *out, char *err, size_t err_size);

/* "source", "predictor", "sink"; "?" */
const char *module_kind_name(uint32_t kind);

/* Modules already loaded, so that each file is probed once: a struct module for the path, or NULL with err. */
struct module_pool;
struct module_pool *module_pool_create(void);
void module_pool_destroy(struct module_pool *); /* accepts NULL */
struct module *module_pool_get(struct module_pool *, const char *path, char *err, size_t err_size);

#endif
