/*
 * runner.h - runs one check in a child process with a time limit, and keeps what it printed.
 */
#ifndef F1P_CHECK_RUNNER_H
#define F1P_CHECK_RUNNER_H

#include "check.h"

#define SCAN_MAX 32u

struct scan { /* what a module holds, told by the child that loaded it */
	uint32_t count;
	struct {
		char id[64];
		uint32_t kinds;
	} plugins[SCAN_MAX];
};

struct run {
	enum check_result result;
	char reason[600];
	char output[8000]; /* the end of what the child printed */
	double seconds;
};

/* plugin: index of the descriptor; scan may be NULL. */
void run_check(struct check *, const struct check_def *, uint32_t plugin, int timeout_s, struct run *, struct scan *);

#endif
