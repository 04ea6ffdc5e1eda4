/* score_command.h - `f1pd score`: the running scorecard of the live daemon. */
#ifndef DAEMON_SCORE_COMMAND_H
#define DAEMON_SCORE_COMMAND_H

#include <stdbool.h>

/* data_dir: a folder with scores.jsonl, NULL = that of the configuration. Returns the exit code. */
int score_command(const char *config_dir, const char *data_dir, bool json);

#endif
