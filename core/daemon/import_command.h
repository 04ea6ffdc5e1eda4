/* import_command.h - `f1pd import --history DIR` and `--season YEAR`: the past into the history store. */
#ifndef DAEMON_IMPORT_COMMAND_H
#define DAEMON_IMPORT_COMMAND_H

#include <f1pd/base.h>

struct import_options {
	const char *history_dir; /* a folder with the CSV set, or NULL */
	const char *season;      /* a year, from the network by source_ergast, or NULL */
	const char *data_dir;    /* where history.sqlite is; NULL: as configured */
	const char *config_dir;  /* NULL: every option at its default */
	const char *plugin_dir;
};
/* Prints what came to stdout. Returns the exit code: 0, or 1 if anything was left out or failed. */
int import_command(const struct import_options *);

#endif
