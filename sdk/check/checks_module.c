/*
 * checks_module.c - the module before any instance: loading, symbols, descriptors, ids.
 */
#include "check.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

#define ALL (F1P_KIND_SOURCE | F1P_KIND_PREDICTOR | F1P_KIND_SINK)
#define LOAD_MS 500 /* a daemon with ten plugins is to start at once, even on a busy machine */

static enum check_result entry_check(struct check *c)
{
	const struct f1p_entry *e = &c->entry;

	if (e->magic != F1P_MAGIC) {
		return check_fail(c, "magic is 0x%08x, not 0x%08x: use F1P_PLUGIN_ENTRY", e->magic, F1P_MAGIC);
	}
	if (e->size < sizeof(struct f1p_entry)) {
		return check_fail(c, "entry is %u bytes long, ABI 1.0 needs %zu", e->size, sizeof(struct f1p_entry));
	}
	if (e->abi_major != F1P_ABI_MAJOR || e->abi_min_minor > F1P_ABI_MINOR) {
		return check_fail(
			c, "needs ABI %u.%u, this is %u.%u", e->abi_major, e->abi_min_minor, F1P_ABI_MAJOR, F1P_ABI_MINOR);
	}
	if (e->count == 0 || !e->descriptor || !e->create) {
		return check_fail(c, "entry has no descriptor or no create");
	}
	return CHECK_PASS;
}

enum check_result check_load(struct check *c)
{
	int64_t t = mono_ns();
	void *module = dlopen(c->path, RTLD_NOW | RTLD_LOCAL);
	const struct f1p_entry *entry;
	int64_t ms = (mono_ns() - t) / 1000000;

	if (!module) {
		return check_fail(c, "%s", dlerror());
	}
	entry = dlsym(module, F1P_ENTRY_SYMBOL);
	if (!entry) {
		return check_fail(c, "exports no " F1P_ENTRY_SYMBOL);
	}
	memcpy(&c->entry, entry, entry->size < sizeof(c->entry) ? entry->size : sizeof(c->entry));
	if (ms > LOAD_MS * (sanitized() ? 10 : 1)) {
		return check_fail(c, "loading took %lld ms, allowed are %d: no work before create()", (long long)ms, LOAD_MS);
	}
	return entry_check(c);
}

/* check_load() has run before every check; what it found wrong is this check's failure. */
static enum check_result run_load(struct check *c)
{
	return c->entry.count > 32 ? check_fail(c, "%u plugins in one module", c->entry.count) : CHECK_PASS;
}

static enum check_result run_symbols(struct check *c)
{
	char names[400], err[100];
	int n = elf_exported(c->path, names, sizeof(names), err, sizeof(err));

	if (n < 0) {
		return check_fail(c, "%s %s", c->path, err);
	}
	if (n != 1 || strcmp(names, F1P_ENTRY_SYMBOL) != 0) {
		return check_fail(c,
			"exports %d symbols (%s), not just " F1P_ENTRY_SYMBOL ": use f1p_add_plugin or the version script", n,
			names);
	}
	return CHECK_PASS;
}

static bool id_valid(const char *id)
{
	size_t n = id ? strlen(id) : 0;

	if (n == 0 || n > 47 || strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789_") != n) {
		return false;
	}
	return id[0] >= 'a' && id[0] <= 'z';
}

static enum check_result run_descriptor(struct check *c)
{
	const struct f1p_descriptor *d = c->desc;

	for (uint32_t i = 0; i < c->entry.count; i++) {
		const struct f1p_descriptor *a = c->entry.descriptor(i);

		if (!a || a != c->entry.descriptor(i)) {
			return check_fail(c, "descriptor(%u) is NULL or another pointer the second time", i);
		}
		if (a != d && a->id && strcmp(a->id, d->id) == 0) {
			return check_fail(c, "two plugins have the id %s", d->id);
		}
	}
	if (d->size < sizeof(*d)) {
		return check_fail(c, "descriptor is %u bytes long, ABI 1.0 needs %zu", d->size, sizeof(*d));
	}
	if (d->kinds != F1P_KIND_SOURCE && d->kinds != F1P_KIND_PREDICTOR && d->kinds != F1P_KIND_SINK) {
		return check_fail(c, "kinds is 0x%x: exactly one kind is wanted", d->kinds);
	}
	if (!id_valid(d->id)) {
		return check_fail(c, "id \"%s\": use a-z 0-9 _, a letter first, at most 47 characters", d->id ? d->id : "(null)");
	}
	if (!d->version || !*d->version || !d->license || !*d->license || !d->description || !*d->description) {
		return check_fail(c, "version, license and description must be given");
	}
	return CHECK_PASS;
}

static enum check_result run_file_name(struct check *c)
{
	const char *base = strrchr(c->path, '/');
	size_t n = strlen(c->desc->id);

	base = base ? base + 1 : c->path;
	if (c->entry.count > 1) {
		return check_skip(c, "the module holds %u plugins", c->entry.count);
	}
	if (strncmp(base, c->desc->id, n) != 0 || strcmp(base + n, ".so") != 0) {
		return check_fail(c, "the daemon looks for %s.so, the file is %s", c->desc->id, base);
	}
	return CHECK_PASS;
}

static enum check_result run_unknown_id(struct check *c)
{
	char longer[80], shorter[80];
	const char *const ids[] = {"", "no_such_plugin", longer, shorter};

	snprintf(longer, sizeof(longer), "%.47sx", c->desc->id);
	snprintf(shorter, sizeof(shorter), "%.47s", c->desc->id);
	shorter[strlen(shorter) - 1] = '\0';
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		if (c->entry.create(c->host->host, ids[i])) {
			return check_fail(c, "create(\"%s\") must return NULL", ids[i]);
		}
	}
	return CHECK_PASS;
}

static const char *kind_extension(uint32_t kinds)
{
	return kinds == F1P_KIND_SOURCE ? F1P_EXT_SOURCE : kinds == F1P_KIND_SINK ? F1P_EXT_SINK : F1P_EXT_PREDICTOR;
}

static enum check_result extensions_check(struct check *c, struct f1p_plugin *p)
{
	static const char *const ids[] = {
		F1P_EXT_SOURCE, F1P_EXT_SEEK, F1P_EXT_SOURCE_FEED, F1P_EXT_PREDICTOR, F1P_EXT_ENSEMBLE, F1P_EXT_SINK};
	const char *wanted = kind_extension(c->desc->kinds);
	const uint32_t *found = p->get_extension(p, wanted);
	char id[80];

	if (!found && c->desc->kinds == F1P_KIND_PREDICTOR) {
		found = p->get_extension(p, F1P_EXT_ENSEMBLE);
	}
	if (!found || *found < 2 * sizeof(uint32_t) + sizeof(void *)) {
		return check_fail(c, "get_extension(\"%s\") gives %s", wanted, found ? "a struct that is too short" : "NULL");
	}
	if (p->get_extension(p, "") || p->get_extension(p, "no.such/1") || p->get_extension(p, "f1p.")) {
		return check_fail(c, "an unknown extension id must give NULL");
	}
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		const void *once = p->get_extension(p, ids[i]);

		snprintf(id, sizeof(id), "%sx", ids[i]);
		if (p->get_extension(p, id)) {
			return check_fail(c, "extension \"%s\" must give NULL: compare the whole id", id);
		}
		id[strlen(id) - 2] = '\0';
		if (p->get_extension(p, id)) {
			return check_fail(c, "extension \"%s\" must give NULL: compare the whole id", id);
		}
		if (once != p->get_extension(p, ids[i])) {
			return check_fail(c, "extension \"%s\" is another pointer the second time", ids[i]);
		}
	}
	return CHECK_PASS;
}

static enum check_result run_extensions(struct check *c)
{
	struct instance inst;
	enum check_result result = instance_create(c, &inst);

	if (result == CHECK_PASS) {
		const struct f1p_plugin *p = inst.plugin;

		if (p->size < sizeof(*p) || !p->init || !p->configure || !p->start || !p->stop || !p->destroy ||
			!p->get_extension) {
			return check_fail(c, "struct f1p_plugin is too short or has a function missing");
		}
		result = extensions_check(c, inst.plugin);
		instance_close(&inst);
	}
	return result;
}

const struct check_def module_checks[] = {
	{"load", "loads with RTLD_NOW | RTLD_LOCAL; the entry fits this ABI", ALL, run_load},
	{"symbols", "exactly one exported symbol", ALL, run_symbols},
	{"descriptor", "descriptors are complete and the same every time", ALL, run_descriptor},
	{"file-name", "a module of one plugin is named ID.so", ALL, run_file_name},
	{"unknown-id", "create() knows only its own ids", ALL, run_unknown_id},
	{"extensions", "the kind's interface is there, unknown ids give NULL", ALL, run_extensions},
	{0},
};
