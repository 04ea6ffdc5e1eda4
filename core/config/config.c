/* config.c - the folder conf.d: which files, in which order, and the core's own options; see config.h. */
#include "config/config.h"

#include "config/ini_text.h"
#include "net/proxy.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CORE(field, type, def, min, max, choices, help) F1P_OPT(struct config_core, field, type, 0, def, min, max, choices, help)

const struct f1p_cfg_item config_core_items[] = {
	CORE(journal_dir, F1P_CFG_PATH, "", NULL, NULL, NULL, "folder of the journal; empty: none is kept"),
	CORE(data_dir, F1P_CFG_PATH, "", NULL, NULL, NULL, "folder of calendar, history and HTTP cache; empty: nothing is kept"),
	CORE(model, F1P_CFG_PATH, "", NULL, NULL, NULL, "model file of the predictors (f1pd train); empty: built-in parameters"),
	CORE(ca_file, F1P_CFG_PATH, "", NULL, NULL, NULL,
		"PEM file with the certificates that servers are checked against; empty: the system's"),
	CORE(proxy, F1P_CFG_STR, "", NULL, NULL, NULL,
		"http://HOST:PORT through which other machines are reached; empty: directly, whatever the environment says"),
	CORE(proxy_login, F1P_CFG_SECRET, "", NULL, NULL, NULL, "user:password for the proxy, at most 90 bytes; empty: none"),
	CORE(clock_start, F1P_CFG_STR, "", NULL, NULL, NULL,
		"rehearsal with live sources: the clock begins at this UTC time (2026-07-05T13:00:00Z) and runs at `speed`; empty: real time"),
	CORE(plugin_dir, F1P_CFG_PATH, "", NULL, NULL, NULL,
		"folder of the plugin modules; empty: ../lib/f1pd/plugins beside the program"),
	CORE(log_level, F1P_CFG_ENUM, "info", NULL, NULL, "error|warn|info|debug", "how much is logged"),
	CORE(speed, F1P_CFG_DOUBLE, "1", "0", "1000", NULL, "pace of recordings and simulations; 0: as fast as possible"),
	CORE(workers, F1P_CFG_INT, "0", "0", "256", NULL, "threads that run predictors; 0: processors - 1, at least 1"),
	CORE(forecast_every_ms, F1P_CFG_DURATION_MS, "15s", "100ms", "1h", NULL,
		"while a race runs, at least one forecast per so much race time"),
	CORE(forecast_timeout_ms, F1P_CFG_DURATION_MS, "2s", "10ms", "10m", NULL, "a predictor that takes longer is cancelled"),
	CORE(journal_keep, F1P_CFG_INT, "20", "0", "100000", NULL, "journals of former runs and races that are kept; older ones are deleted"),
	CORE(publish_every_ms, F1P_CFG_DURATION_MS, "200ms", "20ms", "1m", NULL, "least time between two published states"),
	CORE(seed, F1P_CFG_INT, "0", "0", NULL, NULL, "of all forecasts; 0: derived from the session"),
};
const uint32_t config_core_count = sizeof(config_core_items) / sizeof(config_core_items[0]);

/* ---- [f1pd] ---- */

static int line_of(const struct config_file *file, const char *key)
{
	for (size_t i = 0; i < file->n_options; i++) {
		if (strcmp(file->options[i].key, key) == 0) {
			return file->options[i].line;
		}
	}
	return 0;
}

/* What the option table cannot say. */
static bool check_core(const struct config_core *core, const struct config_file *file, struct config_errors *errors)
{
	char why[400];
	bool good = true;

	if (core->proxy[0] && !proxy_url_check(core->proxy, why, sizeof(why))) {
		config_report(errors, file->path, line_of(file, "proxy"), "proxy", "%s", why);
		good = false;
	}
	if (core->proxy_login[0] && !proxy_login_check(core->proxy_login, why, sizeof(why))) {
		config_report(errors, file->path, line_of(file, "proxy_login"), "proxy_login", "its secret %s", why);
		good = false;
	} else if (core->proxy_login[0] && !core->proxy[0]) {
		config_report(errors, file->path, line_of(file, "proxy_login"), "proxy_login", "is given without a proxy");
		good = false;
	}
	return good;
}

/* text NULL: all defaults. */
static bool load_core(struct config *config, const char *path, const char *text, size_t size, struct config_errors *errors)
{
	static const char *const sections[] = {"f1pd", NULL};
	struct config_file file = {.path = (char *)path};
	struct ini_doc doc = {0};
	bool good = text ? ini_read_text(&doc, path, text, size, sections, errors) : true;

	file.options = calloc(doc.n + 1, sizeof(*file.options));
	for (size_t i = 0; file.options && i < doc.n; i++) {
		file.options[file.n_options++] =
			(struct config_pair){doc.entries[i].key, doc.entries[i].value, doc.entries[i].line};
	}
	config_block_free(config_core_items, config_core_count, config->core_block);
	config->core_block = NULL;
	good = file.options &&
	       config_fill(config_core_items, config_core_count, sizeof(config->core), &file, config->dir, &config->core_block,
		       errors) &&
	       good;
	if (config->core_block && !check_core(config->core_block, &file, errors)) {
		config_block_free(config_core_items, config_core_count, config->core_block);
		config->core_block = NULL;
		good = false;
	}
	if (!config->core_block && text) { /* the errors are reported; what follows needs some core options */
		load_core(config, path, NULL, 0, NULL);
	}
	if (config->core_block) {
		memcpy(&config->core, config->core_block, sizeof(config->core));
	}
	free(file.options);
	ini_doc_finish(&doc);
	return good;
}

/* ---- the folder ---- */

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool is_ini(const char *name)
{
	size_t len = strlen(name);

	return name[0] != '.' && len > 4 && strcmp(name + len - 4, ".ini") == 0;
}

static void free_names(char **names, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(names[i]);
	}
	free(names);
}

/* Sorted names of the *.ini files; NULL with the error reported. */
static char **list_folder(const char *path, size_t *n, struct config_errors *errors)
{
	char **names = calloc(CONFIG_FILES_MAX, sizeof(*names));
	DIR *dir = names ? opendir(path) : NULL;
	struct dirent *entry;

	*n = 0;
	if (!dir) {
		config_report(errors, path, 0, NULL, "the configuration folder cannot be read: %s; name another with -c DIR", strerror(errno));
		free(names);
		return NULL;
	}
	while ((entry = readdir(dir))) {
		if (!is_ini(entry->d_name)) {
			continue;
		}
		if (*n == CONFIG_FILES_MAX) {
			config_report(errors, path, 0, NULL, "holds more than %d .ini files", CONFIG_FILES_MAX);
			break;
		}
		names[*n] = strdup(entry->d_name);
		*n += names[*n] != NULL;
	}
	closedir(dir);
	qsort(names, *n, sizeof(*names), by_name);
	return names;
}

static bool is_core_file(const char *name)
{
	return strspn(name, "0123456789") == 2 && strcmp(name + 2, "-f1pd.ini") == 0;
}

static void add_file(struct config *config, struct config_file *file, struct config_errors *errors)
{
	for (size_t i = 0; i < config->n_files; i++) {
		if (strcmp(config->files[i].name, file->name) == 0) {
			config_report(errors, file->path, 0, NULL, "its instance \"%s\" is already defined by %s", file->name,
				config->files[i].path);
			config_file_free(file);
			return;
		}
	}
	config->files[config->n_files++] = *file; /* moved */
	free(file);
}

static void load_one(struct config *config, const char *name, bool *core_seen, struct config_errors *errors)
{
	char *path = NULL;
	char *text = NULL;
	size_t size = 0;

	if (asprintf(&path, "%s/%s", config->dir, name) < 0) {
		config_report(errors, name, 0, NULL, "out of memory");
		return;
	}
	text = ini_read_file(path, &size, errors);
	if (text && is_core_file(name)) {
		if (*core_seen) {
			config_report(errors, path, 0, NULL, "a second file with [f1pd]; keep one, 00-f1pd.ini");
		} else {
			load_core(config, path, text, size, errors);
		}
		*core_seen = true;
	} else if (text) {
		struct config_file *file = config_file_parse(path, text, size, errors);

		if (file) {
			add_file(config, file, errors);
		}
	}
	free(text);
	free(path);
}

struct config *config_load(const char *dir, struct config_errors *errors)
{
	struct config_errors none = {0};
	struct config *config = calloc(1, sizeof(*config));
	char **names = NULL;
	size_t n = 0;
	bool core_seen = false;

	errors = errors ? errors : &none;
	if (!config) {
		return NULL;
	}
	config->dir = strdup(dir);
	while (config->dir && strlen(config->dir) > 1 && config->dir[strlen(config->dir) - 1] == '/') {
		config->dir[strlen(config->dir) - 1] = '\0';
	}
	names = config->dir ? list_folder(config->dir, &n, errors) : NULL;
	config->files = calloc(n + 1, sizeof(*config->files));
	if (!names || !config->files || !load_core(config, dir, NULL, 0, errors)) {
		goto fail;
	}
	if (n == 0) {
		config_report(errors, config->dir, 0, NULL, "holds no .ini file; a plugin instance is a file NN-KIND-NAME.ini");
	}
	for (size_t i = 0; i < n; i++) {
		load_one(config, names[i], &core_seen, errors);
	}
	free_names(names, n);
	return config;
fail:
	free_names(names, n);
	config_free(config);
	return NULL;
}

void config_free(struct config *config)
{
	if (!config) {
		return;
	}
	for (size_t i = 0; i < config->n_files; i++) {
		config_file_finish(&config->files[i]);
	}
	free(config->files);
	config_block_free(config_core_items, config_core_count, config->core_block);
	free(config->dir);
	free(config);
}

/* ---- identity of an instance ---- */

static const char *option(const struct config_file *file, const char *key)
{
	for (size_t i = 0; i < file->n_options; i++) {
		if (strcmp(file->options[i].key, key) == 0) {
			return file->options[i].value;
		}
	}
	return NULL;
}

bool config_file_equal(const struct config_file *a, const struct config_file *b)
{
	if (strcmp(a->name, b->name) != 0 || strcmp(a->plugin_id, b->plugin_id) != 0 || a->enabled != b->enabled ||
		a->queue_policy != b->queue_policy || a->queue_size != b->queue_size || a->n_options != b->n_options) {
		return false;
	}
	if (a->priority != b->priority || a->silence_ms != b->silence_ms || a->settle_ms != b->settle_ms ||
		memcmp(a->priorities, b->priorities, sizeof(a->priorities)) != 0) {
		return false;
	}
	for (size_t i = 0; i < a->n_options; i++) {
		const char *other = option(b, a->options[i].key);

		if (!other || strcmp(a->options[i].value, other) != 0) {
			return false;
		}
	}
	return true;
}

static uint64_t fnv1a(uint64_t hash, const char *text)
{
	do { /* with the final NUL, so that "ab" "c" and "a" "bc" differ */
		hash = (hash ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
	} while (*text++ != '\0');
	return hash;
}

uint64_t config_file_hash(const struct config_file *file)
{
	uint64_t hash = fnv1a(UINT64_C(0xcbf29ce484222325), file->plugin_id);
	uint64_t sum = 0;

	hash = fnv1a(hash, file->name);
	for (size_t i = 0; i < file->n_options; i++) { /* a sum: the order of the lines does not matter */
		sum += fnv1a(fnv1a(UINT64_C(0xcbf29ce484222325), file->options[i].key), file->options[i].value);
	}
	return (hash ^ sum) * UINT64_C(0x100000001b3);
}
