/*
 * report.h - where readers tell what they could not use: counted, and logged at a bounded rate.
 */
#ifndef SR_REPORT_H
#define SR_REPORT_H

#include <f1pd/host.h>

#define SR_REPORT_LINES 20u /* warnings per opening of a recording; the rest is only counted */

struct sr_report {
	const struct f1p_host *host; /* NULL: counts only, as in the first look at a recording */
	uint64_t rejected;	     /* records that could not be used */
	uint64_t ignored;	     /* chatter of the recording program, keep-alives, hub answers */
	uint64_t odd_times;	     /* times more than six hours away from the one before */
	uint32_t lines;
};

/* Counts a rejected record and logs "PATH:LINE: reason". line 0: the whole file. */
void sr_report_reject(struct sr_report *, const char *path, uint64_t line, const char *fmt, ...) F1P_PRINTF(4, 5);
/* Logs a warning at the same bounded rate, counts nothing: what the decoder rejects is counted there. */
void sr_report_note(struct sr_report *, const char *fmt, ...) F1P_PRINTF(2, 3);
/* Logs only; info level, always. */
void sr_report_info(struct sr_report *, const char *fmt, ...) F1P_PRINTF(2, 3);

#endif
