/*
 * inert_ops.h - host_ops behind which nothing happens: every extension is offered, events vanish, there is no snapshot.
 * For probing modules and for checking a configuration: plugins get all they may ask for, and nothing is started.
 */
#ifndef INERT_OPS_H
#define INERT_OPS_H

#include "plugin/services.h"

/* log and arg of the caller; log must not be NULL */
struct host_ops inert_ops(void (*log)(void *arg, int level, const char *instance, const char *line), void *arg);

#endif
