/* replay_command.h - `f1pd replay PATH`: a recording through the daemon, without sinks; one document at the end. */
#ifndef DAEMON_REPLAY_COMMAND_H
#define DAEMON_REPLAY_COMMAND_H

#include <f1pd/base.h>

struct replay_options {
	const char *path;        /* recording, or NULL with source_id "source_simulator" */
	const char *config_dir;  /* whose predictors are used; NULL: the bundled ones with their defaults */
	const char *plugin_dir;
	const char *journal;     /* write the journal there; NULL: none */
	double speed;            /* 0 = as fast as possible */
	int64_t workers;         /* 0 = as configured */
	bool json;               /* else a table for people */
	bool no_forecasts;
	const char *source;      /* plugin id; "source_replay" */
	const char *const *set;  /* "key=value" options of the source */
	size_t n_set;
};
int replay_command(const struct replay_options *);

#endif
