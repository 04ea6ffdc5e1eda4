/*
 * clock.h - makes a recording's times usable: they never go back, and one wild stamp does not stop the race.
 */
#ifndef SR_CLOCK_H
#define SR_CLOCK_H

#include "report.h"

#define SR_NS_PER_S INT64_C(1000000000)
#define SR_ODD_GAP_NS (6 * 3600 * SR_NS_PER_S) /* between two messages: longer is an error in the file */
#define SR_ODD_ACCEPT 16u		       /* so many stamps that agree about the new time are believed */

struct sr_clock {
	int64_t now_ns; /* F1P_UNKNOWN_NS before the first message */
	int64_t far_ns;
	int64_t shift_ns; /* added when a recording jumps back for good */
	uint32_t far_count;
};

void sr_clock_init(struct sr_clock *);
/* The time at which a message stamped t_ns is played. F1P_UNKNOWN_NS: as the one before. */
int64_t sr_clock_step(struct sr_clock *, int64_t t_ns, struct sr_report *);

#endif
