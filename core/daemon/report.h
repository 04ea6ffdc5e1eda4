/* report.h - what a headless run says at its end. */
#ifndef DAEMON_REPORT_H
#define DAEMON_REPORT_H

#include "daemon/daemon.h"

#include <stdio.h>

/* json: one document; else a table. false (and a log line) if nothing was replayed or writing failed. */
bool report_write(struct daemon *, double wall_s, bool json, FILE *out);

#endif
