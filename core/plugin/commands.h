/*
 * commands.h - `f1pd -t` and `f1pd plugins [--config]`. Both return the exit code and print to out.
 *
 * plugin_dir is used where [f1pd] plugin_dir of the configuration is empty; the caller resolves the default. The folders that
 * only check_command knows (journal_dir) are not touched: nothing is started.
 */
#ifndef PLUGIN_COMMANDS_H
#define PLUGIN_COMMANDS_H

#include <stdbool.h>
#include <stdio.h>

/* Reads the configuration and creates every enabled instance (no start). 0: "conf.d: ok, 7 plugins"; 1: all errors. */
int check_command(const char *config_dir, const char *plugin_dir, FILE *out);
/* All modules of the folder, and which instances of the configuration (may be NULL) use them; with_config: every option of
 * the core and of each plugin. 1 if the folder cannot be read, else 0: refused modules are listed with the reason. */
int list_command(const char *config_dir, const char *plugin_dir, bool with_config, FILE *out);

#endif
