/* import_command.h - `f1pd import`: the past into the history store (--history DIR, --season YEAR), or a session into a journal. */
#ifndef DAEMON_IMPORT_COMMAND_H
#define DAEMON_IMPORT_COMMAND_H

#include <f1pd/base.h>

struct import_options {
	const char *history_dir; /* a folder with the CSV set, or NULL */
	const char *season;      /* a year, from the network by source_ergast, or NULL */
	const char *session;     /* of the static archive, or a recording on this machine, or NULL */
	const char *out;         /* the session's journal; NULL: in the data folder */
	const char *data_dir;    /* where history.sqlite and archive/ are; NULL: as configured */
	const char *config_dir;  /* NULL: every option at its default */
	const char *plugin_dir;
};
/* Prints what came to stdout. Returns the exit code: 0, or 1 if anything was left out or failed. */
int import_command(const struct import_options *);

#endif
