/*
 * config.h - conf.d: one INI file per plugin instance, read strictly.
 *
 * 00-f1pd.ini            [f1pd] core options
 * NN-KIND-NAME.ini       [plugin] id = ..., enabled = yes|no, (sinks) queue = coalesce|drop_oldest|block, queue_size = N
 *                        (sources) priority = 0..100, priorities = timing=90 weather=10, silence = 5s, settle = 10s
 *                        [options] the plugin's own, checked against its table
 * The instance name is KIND-NAME. Files are read in lexical order. Unknown sections, unknown keys, double keys, bad values,
 * over-long lines (Debian's inih cuts them silently; we do not) and unreadable files are errors with file:line: key: reason;
 * all of them are reported, not only the first.
 */
#ifndef CONFIG_H
#define CONFIG_H

#include <f1pd/config.h>

#define CONFIG_FILE_MAX 262144 /* bytes of one file */
#define CONFIG_FILES_MAX 256
#define CONFIG_KEYS_MAX 1000   /* of one file */
#define CONFIG_LINE_MAX 190    /* bytes of one line: Debian's inih cuts at about 197 */
#define CONFIG_NAME_MAX 47     /* bytes of an instance's name: it travels in f1p_ev_plugin_status */
#define CONFIG_BLOCK_MAX 65536 /* bytes of a plugin's config struct */

struct config_pair {
	char *key;
	char *value;
	int line;
};
struct config_file { /* one instance, options not yet checked against a table */
	char *path;
	char *name;	 /* "source-demo" */
	char *plugin_id; /* "source_simulator" */
	bool enabled;
	int queue_policy; /* enum config_queue */
	int64_t queue_size;
	struct config_pair *options;
	size_t n_options;
	int id_line; /* of "id = ..." */
	/* sources: who is preferred when several tell the same (race/arbiter.h) */
	int64_t priority;           /* 0..100 */
	int32_t priorities[16];     /* by enum f1p_data_kind; -1 = as priority, 0 = never */
	int64_t silence_ms, settle_ms;
};
enum config_queue { CONFIG_QUEUE_COALESCE = 1, CONFIG_QUEUE_DROP_OLDEST, CONFIG_QUEUE_BLOCK }; /* coalesce unless given */

struct config_core {		   /* [f1pd], filled through the same option table as plugins */
	const char *journal_dir;   /* "" = no journal */
	const char *data_dir;	   /* calendar, history, HTTP cache; "" = nothing is kept */
	const char *model;	   /* what the predictors learnt; "" = their built-in parameters */
	const char *ca_file;	   /* certificates to trust instead of the system's; "" = the system's */
	const char *proxy;	   /* "http://HOST:PORT"; "" = none */
	const char *proxy_login;   /* secret, "user:password"; "" = none */
	const char *clock_start;   /* "" = real time */
	const char *plugin_dir;	   /* "" = beside the program: ../lib/f1pd/plugins */
	const char *log_level;	   /* error|warn|info|debug */
	double speed;		   /* of paced sources; 0 = as fast as possible */
	int64_t workers;	   /* 0 = cores - 1, at least 1 */
	int64_t forecast_every_ms; /* at least one forecast per so much event time while a race runs */
	int64_t forecast_timeout_ms;
	int64_t journal_keep;      /* files set aside in journal_dir; older ones are deleted */
	int64_t publish_every_ms; /* least distance of two published snapshots, real time */
	int64_t seed;		  /* of all forecasts; 0 = derived from the session */
};
struct config {
	char *dir;
	struct config_core core;
	void *core_block; /* owns the strings of core */
	struct config_file *files;
	size_t n_files;
};

/* Errors as lines "PATH:LINE: KEY: REASON". Counted even if fn is NULL. */
struct config_errors {
	void (*fn)(void *arg, const char *line);
	void *arg;
	int count;
};

/* Adds one error line; line 0 and key NULL are left out. */
void config_report(struct config_errors *, const char *path, int line, const char *key, const char *fmt, ...) F1P_PRINTF(5, 6);

/* Reads the folder. Returns NULL only if nothing could be read (reported); else check errors->count. */
struct config *config_load(const char *dir, struct config_errors *);
void config_free(struct config *); /* accepts NULL */
/* One instance file given as text; path names it (NN-KIND-NAME.ini) and is not opened. NULL with errors reported. */
struct config_file *config_file_parse(const char *path, const char *text, size_t size, struct config_errors *);
struct config_file *config_file_copy(const struct config_file *); /* NULL when memory is short */
void config_file_free(struct config_file *);			  /* accepts NULL */
void config_file_finish(struct config_file *);			  /* frees what it owns, not the struct itself */
/* F1P_KIND_* by the instance's name ("source-demo"), 0 if it begins with no kind */
uint32_t config_file_kind(const struct config_file *);
extern const struct f1p_cfg_item config_core_items[];
extern const uint32_t config_core_count;
/* The options of [plugin]. */
extern const struct f1p_cfg_item config_plugin_items[];
extern const uint32_t config_plugin_count;
/* Which plugins a key of [plugin] is for: F1P_KIND_...; 0 = all. */
uint32_t config_plugin_key_kind(const char *key);

/* Fills a zeroed block of config_size bytes from options and defaults by the table. Returns false with errors reported.
 * The block owns its strings: free it with config_block_free. base_dir: for relative paths. */
bool config_fill(const struct f1p_cfg_item *items, uint32_t n, uint32_t config_size, const struct config_file *file,
	const char *base_dir, void **out_block, struct config_errors *);
void config_block_free(const struct f1p_cfg_item *items, uint32_t n, void *block);
/* True if two files give the same instance (id, enabled, queue, options): reload leaves it untouched. */
bool config_file_equal(const struct config_file *, const struct config_file *);
/* Hash over the paced sources' files: identity of a run, for the journal. */
uint64_t config_file_hash(const struct config_file *);

#endif
