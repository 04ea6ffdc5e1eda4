/* config_read.c - one instance file (NN-KIND-NAME.ini) from text to struct config_file; see config.h. */
#include "config/config.h"
#include "config/ini_text.h"
#include "race/arbiter.h"

#include <f1pd/plugin.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* [plugin] goes through an option table like everything else. */
struct plugin_section {
	const char *id;
	bool enabled;
	const char *queue;
	int64_t queue_size;
	int64_t priority;
	const char *priorities;
	int64_t silence;
	int64_t settle;
};
const struct f1p_cfg_item config_plugin_items[] = {
	F1P_OPT(struct plugin_section, id, F1P_CFG_STR, F1P_CFG_REQUIRED, NULL, NULL, NULL, NULL,
		"which plugin: its module is ID.so"),
	F1P_OPT(struct plugin_section, enabled, F1P_CFG_BOOL, 0, "yes", NULL, NULL, NULL, "no: the file is read but not used"),
	F1P_OPT(struct plugin_section, queue, F1P_CFG_ENUM, 0, "coalesce", NULL, NULL, "coalesce|drop_oldest|block",
		"sinks: what happens when events come faster than they go"),
	F1P_OPT(struct plugin_section, queue_size, F1P_CFG_INT, 0, "4096", "16", "1000000", NULL, "sinks: events that may wait"),
	F1P_OPT(struct plugin_section, priority, F1P_CFG_INT, 0, "50", "0", "100", NULL,
		"live sources: where several tell the same, the greatest is taken"),
	F1P_OPT(struct plugin_section, priorities, F1P_CFG_STR, 0, "", NULL, NULL, NULL,
		"live sources: priority per kind of data, like timing=90 weather=10 tyres=0 (0: never from here)"),
	F1P_OPT(struct plugin_section, silence, F1P_CFG_DURATION_MS, 0, "4500ms", "500ms", "10m", NULL,
		"live sources: without news for so long in a race, another one takes over; in practice and qualifying four times that"),
	F1P_OPT(struct plugin_section, settle, F1P_CFG_DURATION_MS, 0, "10s", "0s", "10m", NULL,
		"live sources: it must have told news for so long before it takes over again"),
};
const uint32_t config_plugin_count = sizeof(config_plugin_items) / sizeof(config_plugin_items[0]);

static const struct {
	const char *prefix;
	uint32_t kind;
} kinds[] = {{"source-", F1P_KIND_SOURCE}, {"predictor-", F1P_KIND_PREDICTOR}, {"sink-", F1P_KIND_SINK}};

static uint32_t kind_of(const char *name)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strncmp(name, kinds[i].prefix, strlen(kinds[i].prefix)) == 0) {
			return kinds[i].kind;
		}
	}
	return 0;
}

uint32_t config_file_kind(const struct config_file *file)
{
	return kind_of(file->name);
}

/* "conf.d/10-source-demo.ini" -> "source-demo"; NULL with the error reported. */
static char *instance_name(const char *path, struct config_errors *errors)
{
	const char *slash = strrchr(path, '/');
	const char *base = slash ? slash + 1 : path;
	size_t digits = strspn(base, "0123456789");
	const char *name = base + digits + 1;
	size_t len = strlen(base);

	if (digits != 2 || base[2] != '-' || len < 8 || strcmp(base + len - 4, ".ini") != 0) {
		config_report(errors, path, 0, NULL, "the file's name must be NN-KIND-NAME.ini, like 10-source-demo.ini");
		return NULL;
	}
	len -= digits + 1 + 4;
	if (len > CONFIG_NAME_MAX || strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_-") < len || kind_of(name) == 0 ||
		strcspn(name, "-") + 1 >= len) {
		config_report(errors, path, 0, NULL,
			"the file's name must be NN-KIND-NAME.ini with KIND source, predictor or sink and NAME of a-z 0-9 _ -, "
			"at most %d bytes",
			CONFIG_NAME_MAX);
		return NULL;
	}
	return strndup(name, len);
}

uint32_t config_plugin_key_kind(const char *key)
{
	if (strncmp(key, "queue", 5) == 0) {
		return F1P_KIND_SINK;
	}
	return strncmp(key, "priorit", 7) == 0 || strcmp(key, "silence") == 0 || strcmp(key, "settle") == 0 ? F1P_KIND_SOURCE : 0;
}

static void check_key(struct config_file *file, const struct config_pair *pair, struct config_errors *errors)
{
	uint32_t kind = config_plugin_key_kind(pair->key);
	char why[160];

	if (kind != 0 && kind != config_file_kind(file)) {
		config_report(errors, file->path, pair->line, pair->key,
			kind == F1P_KIND_SINK ? "only sinks have a queue" : "only sources are chosen between");
	} else if (strcmp(pair->key, "priorities") == 0 &&
		   !arbiter_parse_priorities(pair->value, file->priorities, why, sizeof(why))) {
		config_report(errors, file->path, pair->line, pair->key, "%s", why);
	}
}

static bool take_plugin(struct config_file *file, const struct config_file *section, struct config_errors *errors)
{
	int before = errors->count;
	struct plugin_section *p = NULL;
	void *block;

	if (!config_fill(config_plugin_items, config_plugin_count, sizeof(*p), section, NULL, &block, errors)) {
		return false;
	}
	p = block;
	file->plugin_id = strdup(p->id);
	file->enabled = p->enabled;
	file->queue_size = p->queue_size;
	file->priority = p->priority;
	file->silence_ms = p->silence;
	file->settle_ms = p->settle;
	memset(file->priorities, 0xff, sizeof(file->priorities)); /* -1 each */
	file->queue_policy = strcmp(p->queue, "block") == 0	    ? CONFIG_QUEUE_BLOCK
			     : strcmp(p->queue, "drop_oldest") == 0 ? CONFIG_QUEUE_DROP_OLDEST
								    : CONFIG_QUEUE_COALESCE;
	for (size_t i = 0; i < section->n_options; i++) {
		const struct config_pair *pair = &section->options[i];

		if (strcmp(pair->key, "id") == 0) {
			file->id_line = pair->line;
			if (strlen(p->id) > 63 || strspn(p->id, "abcdefghijklmnopqrstuvwxyz0123456789_") != strlen(p->id)) {
				config_report(
					errors, file->path, pair->line, "id", "\"%.40s\" is no plugin id (a-z 0-9 _)", p->id);
			}
		} else {
			check_key(file, pair, errors);
		}
	}
	config_block_free(config_plugin_items, config_plugin_count, block);
	return errors->count == before && file->plugin_id;
}

/* Moves the entries of one section into pairs. */
static bool take_section(struct ini_doc *doc, const char *section, struct config_pair **out, size_t *n)
{
	struct config_pair *pairs = calloc(doc->n + 1, sizeof(*pairs));

	*out = pairs;
	*n = 0;
	if (!pairs) {
		return false;
	}
	for (size_t i = 0; i < doc->n; i++) {
		struct ini_entry *e = &doc->entries[i];

		if (strcmp(e->section, section) == 0) {
			pairs[(*n)++] = (struct config_pair){e->key, e->value, e->line};
			e->key = NULL;
			e->value = NULL;
		}
	}
	return true;
}

static void free_pairs(struct config_pair *pairs, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(pairs[i].key);
		free(pairs[i].value);
	}
	free(pairs);
}

struct config_file *config_file_parse(const char *path, const char *text, size_t size, struct config_errors *errors)
{
	static const char *const sections[] = {"plugin", "options", NULL};
	struct config_errors none = {0};
	struct config_file section = {0};
	struct config_file *file = calloc(1, sizeof(*file));
	struct ini_doc doc = {0};
	int before;
	bool good;

	errors = errors ? errors : &none;
	before = errors->count;
	if (!file) {
		return NULL;
	}
	file->path = strdup(path);
	file->name = instance_name(path, errors);
	good = ini_read_text(&doc, path, text, size, sections, errors) && file->path && file->name;
	section.path = file->path;
	if (file->path && file->name && doc.n + (size_t)good > 0) { /* with bad lines too: report everything at once */
		good = take_section(&doc, "plugin", &section.options, &section.n_options) &&
		       take_section(&doc, "options", &file->options, &file->n_options) && take_plugin(file, &section, errors) &&
		       good;
	}
	free_pairs(section.options, section.n_options);
	ini_doc_finish(&doc);
	if (!good || errors->count != before) {
		config_file_free(file);
		return NULL;
	}
	return file;
}

struct config_file *config_file_copy(const struct config_file *file)
{
	struct config_file *copy = calloc(1, sizeof(*copy));

	if (!copy) {
		return NULL;
	}
	*copy = *file;
	copy->path = strdup(file->path);
	copy->name = strdup(file->name);
	copy->plugin_id = strdup(file->plugin_id);
	copy->options = calloc(file->n_options + 1, sizeof(*copy->options));
	copy->n_options = 0;
	if (!copy->path || !copy->name || !copy->plugin_id || !copy->options) {
		goto fail;
	}
	for (size_t i = 0; i < file->n_options; i++) {
		struct config_pair *to = &copy->options[copy->n_options++];

		to->key = strdup(file->options[i].key);
		to->value = strdup(file->options[i].value);
		to->line = file->options[i].line;
		if (!to->key || !to->value) {
			goto fail;
		}
	}
	return copy;
fail:
	config_file_free(copy);
	return NULL;
}

void config_file_finish(struct config_file *file)
{
	free_pairs(file->options, file->n_options);
	free(file->path);
	free(file->name);
	free(file->plugin_id);
}

void config_file_free(struct config_file *file)
{
	if (file) {
		config_file_finish(file);
		free(file);
	}
}
