/*
 * log.h - the daemon's own log: one line per fact, to stderr (or a sink of the caller's), with level and origin.
 * Lines longer than 1,000 bytes are cut; control characters are escaped; the same line repeated is counted, not printed.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <f1pd/base.h>
#include <f1pd/host.h>
#include <stdarg.h>

void log_set_level(int level); /* enum f1p_log_level; at start, before threads */
/* [any] origin: "core", "config", or an instance name */
void log_line(int level, const char *origin, const char *fmt, ...) F1P_PRINTF(3, 4);
void log_vline(int level, const char *origin, const char *fmt, va_list ap) F1P_PRINTF(3, 0);
/* NULL = stderr. [loop] for tests and `replay --json`. The line is "origin: text", without time, level and line end;
 * fn must not log. */
void log_set_writer(void (*fn)(void *arg, int level, const char *line), void *arg);
/* "error", "warn", "info", "debug"; "?" for anything else */
const char *log_level_name(int level);
/* The level of a name, 0 if it is none */
int log_level_from_name(const char *name);

#endif
