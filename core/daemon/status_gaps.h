/*
 * status_gaps.h - what /api/v1/gaps answers: {"total", "open", "dropped", "revisions", "gaps": [...]}, oldest line first.
 */
#ifndef DAEMON_STATUS_GAPS_H
#define DAEMON_STATUS_GAPS_H

#include <f1pd/state.h>
#include <helpers/json_writer.h>

struct gap_ledger { /* where the lines are */
	void *arg;
	void (*visit)(void *arg, void (*fn)(void *fn_arg, const struct f1p_ev_gap *), void *fn_arg);
	const char *(*source_name)(void *arg, uint32_t source_id); /* "" = not known */
};

/* Changes when anything that the answer shows does; never 0. */
uint64_t status_gaps_mark(const struct gap_ledger *, const struct f1p_state *);
void status_gaps_write(struct f1p_json *, const struct gap_ledger *, const struct f1p_state *);

#endif
