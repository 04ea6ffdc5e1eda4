/* module.c - opening a module and judging its entry and descriptors; see module.h. */
#include "plugin/module_impl.h"

#include "base/log.h"
#include "config/config_table.h"

#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const char *module_kind_name(uint32_t kind)
{
	return kind == F1P_KIND_SOURCE	    ? "source"
	       : kind == F1P_KIND_PREDICTOR ? "predictor"
	       : kind == F1P_KIND_SINK	    ? "sink"
					    : "?";
}

static bool id_ok(const char *id)
{
	size_t len = id ? strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789_") : 0;

	return len > 0 && len <= 63 && id[len] == '\0';
}

static bool text_ok(const char *text)
{
	return text && text[0] != '\0';
}

bool descriptor_check(const struct f1p_descriptor *d, char *err, size_t err_size)
{
	char reason[256];

	if (!d || d->size < offsetof(struct f1p_descriptor, config_size) + sizeof(d->config_size)) {
		return module_refuse(err, err_size, "a descriptor is missing or too small");
	}
	if (!id_ok(d->id)) {
		return module_refuse(err, err_size, "a plugin id is not of a-z 0-9 _");
	}
	if (d->kinds != F1P_KIND_SOURCE && d->kinds != F1P_KIND_PREDICTOR && d->kinds != F1P_KIND_SINK) {
		return module_refuse(err, err_size, "%s: its kind is not exactly one of source, predictor, sink", d->id);
	}
	if (!text_ok(d->version) || !text_ok(d->license) || !text_ok(d->description)) {
		return module_refuse(err, err_size, "%s: version, license or description is missing", d->id);
	}
	if (!config_table_check(d->config, d->config_count, d->config_size, reason, sizeof(reason))) {
		return module_refuse(err, err_size, "%s: %s", d->id, reason);
	}
	return true;
}

static bool descriptors_ok(const struct f1p_entry *entry, char *err, size_t err_size)
{
	for (uint32_t i = 0; i < entry->count; i++) {
		const struct f1p_descriptor *d = entry->descriptor(i);

		if (!descriptor_check(d, err, err_size)) {
			return false;
		}
		for (uint32_t k = 0; k < i; k++) {
			if (strcmp(entry->descriptor(k)->id, d->id) == 0) {
				return module_refuse(err, err_size, "holds the plugin %s twice", d->id);
			}
		}
	}
	return true;
}

static bool other_abi(uint32_t major, char *err, size_t err_size)
{
	return module_refuse(err, err_size,
		"built for ABI %u, this f1pd has %u.%u; not loaded; build it against the headers of this f1pd", major, F1P_ABI_MAJOR,
		F1P_ABI_MINOR);
}

bool entry_check(const struct f1p_entry *raw, struct f1p_entry *out, char *err, size_t err_size)
{
	uint32_t size;

	memset(out, 0, sizeof(*out));
	if (raw->magic != F1P_MAGIC) {
		return module_refuse(err, err_size, "%s is not an f1pd plugin entry (wrong magic number); not loaded", F1P_ENTRY_SYMBOL);
	}
	size = raw->size < sizeof(*out) ? raw->size : (uint32_t)sizeof(*out);
	if (size < offsetof(struct f1p_entry, create) + sizeof(raw->create)) {
		return module_refuse(err, err_size, "its entry has %u bytes, ABI 1 has at least %zu; not loaded", raw->size,
			offsetof(struct f1p_entry, create) + sizeof(raw->create));
	}
	memcpy(out, raw, size);
	if (out->abi_major != F1P_ABI_MAJOR) {
		return other_abi(out->abi_major, err, err_size);
	}
	if (out->abi_min_minor > F1P_ABI_MINOR) {
		return module_refuse(err, err_size, "needs ABI %u.%u, this f1pd has %u.%u; not loaded", out->abi_major,
			out->abi_min_minor, F1P_ABI_MAJOR, F1P_ABI_MINOR);
	}
	if (out->count == 0 || out->count > MODULE_PLUGINS_MAX || !out->descriptor || !out->create) {
		return module_refuse(err, err_size, "its entry is incomplete (%u plugins); not loaded", out->count);
	}
	return descriptors_ok(out, err, err_size);
}

static bool no_entry(void *handle, char *err, size_t err_size)
{
	char symbol[32];

	for (uint32_t major = 2; major <= 9; major++) {
		snprintf(symbol, sizeof(symbol), "f1p_entry_v%u", major);
		if (dlsym(handle, symbol)) {
			return other_abi(major, err, err_size);
		}
	}
	return module_refuse(err, err_size, "exports no %s, so it is no f1pd plugin; not loaded", F1P_ENTRY_SYMBOL);
}

bool module_open(const char *real, struct f1p_entry *out, char *err, size_t err_size)
{
	void *handle = dlopen(real, RTLD_NOW | RTLD_LOCAL);
	const struct f1p_entry *raw;

	if (!handle) {
		const char *reason = dlerror();
		size_t len = strlen(real);

		if (reason && strncmp(reason, real, len) == 0 && strncmp(reason + len, ": ", 2) == 0) {
			reason += len + 2; /* the caller names the file */
		}
		return module_refuse(err, err_size, "cannot be loaded: %s", reason ? reason : "unknown reason");
	}
	raw = dlsym(handle, F1P_ENTRY_SYMBOL);
	return raw ? entry_check(raw, out, err, err_size) : no_entry(handle, err, err_size);
}

struct module *module_load(const char *path, bool probe, char *err, size_t err_size)
{
	char real[PATH_MAX];
	struct module *module;

	if (!module_file_check(path, real, err, err_size) || (probe && !module_probe(real, err, err_size))) {
		return NULL;
	}
	module = calloc(1, sizeof(*module));
	if (module) {
		module->path = strdup(path);
	}
	if (!module || !module->path) {
		module_refuse(err, err_size, "out of memory");
		module_free(module);
		return NULL;
	}
	if (!module_open(real, &module->entry, err, err_size)) {
		module_free(module);
		return NULL;
	}
	return module;
}

void module_free(struct module *module)
{
	if (module) {
		free(module->path);
		free(module);
	}
}

const struct f1p_descriptor *module_descriptor(const struct module *module, const char *id)
{
	for (uint32_t i = 0; i < module->entry.count; i++) {
		const struct f1p_descriptor *d = module->entry.descriptor(i);

		if (strcmp(d->id, id) == 0) {
			return d;
		}
	}
	return NULL;
}

bool module_path(const char *plugin_dir, const char *id, char *out, size_t out_size)
{
	int n;

	if (!id_ok(id)) {
		out[0] = '\0';
		return false;
	}
	n = snprintf(out, out_size, "%s/%s.so", plugin_dir, id);
	return n > 0 && (size_t)n < out_size && access(out, F_OK) == 0;
}

/* ---- pool ---- */

#define POOL_MAX 256

struct module_pool {
	struct {
		struct module *module;
		ino_t inode;
		struct timespec changed;
	} loaded[POOL_MAX];
	size_t n;
};

struct module_pool *module_pool_create(void)
{
	return calloc(1, sizeof(struct module_pool));
}

void module_pool_destroy(struct module_pool *pool)
{
	for (size_t i = 0; pool && i < pool->n; i++) {
		module_free(pool->loaded[i].module);
	}
	free(pool);
}

struct module *module_pool_get(struct module_pool *pool, const char *path, char *err, size_t err_size)
{
	struct stat st = {0};
	struct module *module;

	if (stat(path, &st) != 0) {
		module_refuse(err, err_size, "does not exist");
		return NULL;
	}
	for (size_t i = 0; i < pool->n; i++) {
		if (strcmp(pool->loaded[i].module->path, path) != 0) {
			continue;
		}
		if (pool->loaded[i].inode != st.st_ino || pool->loaded[i].changed.tv_sec != st.st_mtim.tv_sec) {
			log_line(F1P_LOG_WARN, "core", "%s has changed since it was loaded; restart f1pd to use the new one",
				path);
		}
		return pool->loaded[i].module;
	}
	if (pool->n == POOL_MAX) {
		module_refuse(err, err_size, "more than %d modules", POOL_MAX);
		return NULL;
	}
	module = module_load(path, true, err, err_size);
	if (module) {
		pool->loaded[pool->n].module = module;
		pool->loaded[pool->n].inode = st.st_ino;
		pool->loaded[pool->n++].changed = st.st_mtim;
	}
	return module;
}
