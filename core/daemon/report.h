/* report.h - what a headless run says at its end. */
#ifndef DAEMON_REPORT_H
#define DAEMON_REPORT_H

#include "daemon/daemon.h"

#include <stdio.h>

/* json: one document; else a table. false and a log line if nothing was replayed (then nothing is written) or writing failed. */
bool report_write(struct daemon *, double wall_s, bool json, FILE *out);

/* The value of `name` among a metric's labels; "" if it is not there. */
void report_label(const char *labels, const char *name, char *out, size_t out_size);

#endif
