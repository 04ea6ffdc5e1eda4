/*
 * trial.h - a new configuration is tried before anything that runs is touched: each plugin that would start anew is created
 * and configured, not started, and destroyed.
 */
#ifndef DAEMON_TRIAL_H
#define DAEMON_TRIAL_H

#include "config/config.h"
#include "plugin/instance.h"

/* running: tells the instance that would go on under this file unchanged, or NULL. Errors are reported and counted. */
void trial_run(struct services *, const struct config *, const char *plugin_dir,
	       const struct instance *(*running)(void *arg, const struct config_file *), void *arg, struct config_errors *);

#endif
