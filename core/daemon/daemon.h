/*
 * daemon.h - the assembly: configuration -> instances, engine, pump, sink runners, signals, reload.
 *
 * `f1pd` and `f1pd replay` are the same daemon with different configurations.
 */
#ifndef DAEMON_DAEMON_H
#define DAEMON_DAEMON_H

#include "config/config.h"
#include "daemon/engine.h"
#include "plugin/services.h"

struct daemon;

struct daemon_options {
	const char *config_dir;    /* for reloads and relative paths; NULL: no reload */
	const char *plugin_dir;    /* overrides [f1pd] plugin_dir; NULL: not */
	const char *journal_path;  /* overrides journal_dir; NULL: not */
	bool headless;             /* end when every source has ended; sinks are not started; no signals but INT and TERM */
	bool sinks;                /* headless: sinks are started; one that fails, and a signal, fail the run */
	bool forecasts;
};

/* Takes the configuration over. NULL after errors were logged. */
struct daemon *daemon_create(struct config *, const struct daemon_options *);
/* Runs until a signal, or (headless) until the sources end. Returns the exit code. */
int daemon_run(struct daemon *);
/* Why a headless run failed; "" = it did not, or a signal ended it. */
const char *daemon_failure(const struct daemon *);
void daemon_destroy(struct daemon *); /* accepts NULL */

struct engine *daemon_engine(struct daemon *);
struct services *daemon_services(struct daemon *);
const struct f1p_host *daemon_core_host(struct daemon *);

#endif
