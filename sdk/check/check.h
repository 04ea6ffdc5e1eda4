/*
 * check.h - what the checks of f1p-check share.
 *
 * A check is a function that runs in a child process of its own, with a module that is loaded there: it may crash, hang or
 * exit, and only that check fails. It knows the plugin through the ABI alone.
 */
#ifndef F1P_CHECK_H
#define F1P_CHECK_H

#include <f1pd/f1pd.h>

#include "host.h"

enum check_result { CHECK_PASS = 1, CHECK_FAIL, CHECK_SKIP };

struct check_option { /* -o key=value */
	const char *key, *value;
};

struct check {
	const char *path;
	uint64_t seed;
	const struct check_option *options;
	size_t n_options;
	struct f1p_entry entry;		   /* copied, newer fields zero */
	const struct f1p_descriptor *desc; /* the plugin under check */
	struct fake_host *host;
	char reason[512]; /* of the result */
};

struct check_def {
	const char *name;
	const char *what; /* one line: what must hold */
	uint32_t kinds;	  /* F1P_KIND_* for which it is run */
	enum check_result (*run)(struct check *);
};

extern const struct check_def module_checks[], config_checks[], life_checks[], source_checks[], predictor_checks[], sink_checks[];

/* Both keep the text as the reason. */
enum check_result check_fail(struct check *, const char *fmt, ...) F1P_PRINTF(2, 3);
enum check_result check_skip(struct check *, const char *fmt, ...) F1P_PRINTF(2, 3);

/* Opens the module and fills c->entry. */
enum check_result check_load(struct check *);

/* An instance with the options of the command line. */
struct instance {
	struct f1p_plugin *plugin;
	void *config;
	const struct f1p_descriptor *desc;
};
/* create, init, configure, start. On failure everything is undone and the reason tells the call. */
enum check_result instance_open(struct check *, struct instance *);
void instance_close(struct instance *);				      /* stop, destroy */
enum check_result instance_create(struct check *, struct instance *); /* create and init only */

/* options.c: a block of desc->config_size bytes, filled from the table's defaults and -o. NULL with a reason. */
void *options_fill(struct check *);
void options_free(const struct f1p_descriptor *, void *block);
/* Parses text by the item; false with a reason in err. *number gets the value of numeric types. */
bool option_parse(const struct f1p_cfg_item *, const char *text, double *number, char *err, size_t err_size);
const struct f1p_cfg_item *option_at(const struct f1p_descriptor *, uint32_t index);
size_t option_field_size(uint32_t type); /* 0 = unknown type */

/* elf_symbols.c: exported symbols of a module; -1 with a reason. names gets the first few, for the message. */
int elf_exported(const char *path, char *names, size_t names_size, char *err, size_t err_size);

/* event_check.c: true if a source may emit it. */
bool event_check(const struct f1p_event *, char *err, size_t err_size);

/* synth_state.c: race states with known content. */
enum synth_phase { SYNTH_GRID = 1, SYNTH_MID, SYNTH_ALL_RETIRED };
void synth_state(struct f1p_state *, uint32_t n_cars, enum synth_phase, uint64_t seed);
/* The same race with the entries of cars[] in reverse. */
void synth_reverse(struct f1p_state *out, const struct f1p_state *in);
uint64_t synth_random(uint64_t *x); /* splitmix64 */

/* synth_event.c: event number k of an endless, valid stream that holds every kind; returns its size. out has F1P_EVENT_MAX. */
uint32_t synth_event(uint64_t k, void *out);
#define SYNTH_KINDS 42u /* so many events hold every kind once */

/* What the process uses now. */
struct usage {
	size_t heap; /* bytes; 0 = this build cannot tell */
	int fds, threads;
};
void usage_read(struct usage *);
bool sanitized(void); /* the program was built with a sanitizer: times are stretched */
int64_t mono_ns(void);

#endif
