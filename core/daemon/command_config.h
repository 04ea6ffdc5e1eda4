/* command_config.h - configurations that a command line makes up: for replay, simulate and import. */
#ifndef DAEMON_COMMAND_CONFIG_H
#define DAEMON_COMMAND_CONFIG_H

#include "config/config.h"

/* The folder's, or with dir NULL every core option at its default and no instance. NULL after errors were logged. */
struct config *command_config_load(const char *dir);
/* One more instance, enabled, without options. NULL when memory is short. */
struct config_file *command_config_add(struct config *, const char *name, const char *plugin_id);
/* One more option of it. */
bool command_config_option(struct config_file *, const char *key, size_t key_len, const char *value);

#endif
