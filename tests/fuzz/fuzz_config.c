/*
 * fuzz_config.c - the configuration reader on arbitrary bytes: it never crashes, and what it refuses has a reason.
 *
 * The accepted options then go through a table that has one option of each type.
 */
#include "config/config.h"

#include <stdlib.h>
#include <string.h>

struct options {
	const char *name;
	int64_t laps;
	double speed;
	bool loud;
	int64_t every;
	int64_t cache;
	const char *mode;
	const char *path;
	const char *password;
};
#define OPT(field, type, def, min, max, choices) F1P_OPT(struct options, field, type, 0, def, min, max, choices, "help")
static const struct f1p_cfg_item items[] = {
	OPT(name, F1P_CFG_STR, "nobody", NULL, NULL, NULL),
	OPT(laps, F1P_CFG_INT, "57", "1", "78", NULL),
	OPT(speed, F1P_CFG_DOUBLE, "1", "0", "1000", NULL),
	OPT(loud, F1P_CFG_BOOL, "no", NULL, NULL, NULL),
	OPT(every, F1P_CFG_DURATION_MS, "10s", "20ms", "2h", NULL),
	OPT(cache, F1P_CFG_SIZE, "64k", "512", "1G", NULL),
	OPT(mode, F1P_CFG_ENUM, "fast", NULL, NULL, "slow|fast"),
	OPT(path, F1P_CFG_PATH, "", NULL, NULL, NULL),
	OPT(password, F1P_CFG_SECRET, "", NULL, NULL, NULL),
};
#define N_ITEMS ((uint32_t)(sizeof(items) / sizeof(items[0])))

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* No secret is taken from a real file or variable: the fuzzer must not read the machine. */
static bool has_secret(const struct config_file *file)
{
	for (size_t i = 0; i < file->n_options; i++) {
		if (strcmp(file->options[i].key, "password") == 0) {
			return true;
		}
	}
	return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct config_errors errors = {0};
	struct config_file *file = config_file_parse("conf.d/30-sink-fuzz.ini", (const char *)data, size, &errors);
	struct config_file *copy;
	void *block = NULL;
	int before = errors.count;

	if ((file == NULL) != (errors.count > 0)) {
		abort();
	}
	if (!file) {
		return 0;
	}
	copy = config_file_copy(file);
	if (!copy || !config_file_equal(file, copy) || config_file_hash(file) != config_file_hash(copy)) {
		abort();
	}
	if (!has_secret(file) && config_fill(items, N_ITEMS, sizeof(struct options), file, "conf.d", &block, &errors)) {
		const struct options *o = block;

		if (o->laps < 1 || o->laps > 78 || !(o->speed >= 0 && o->speed <= 1000) || !o->name || !o->mode || !o->path) {
			abort();
		}
		config_block_free(items, N_ITEMS, block);
	} else if (!has_secret(file) && errors.count == before) {
		abort();
	}
	config_file_free(copy);
	config_file_free(file);
	return 0;
}
