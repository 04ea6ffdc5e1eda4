/*
 * calendar.h - the years' indexes as a calendar for the daemon.
 */
#ifndef ARCHIVE_CALENDAR_H
#define ARCHIVE_CALENDAR_H

#include "ask.h"
#include "listing.h"

struct calendar {
	const struct servers *servers;
	const struct f1p_schedule *schedule;
	void (*news)(void *arg);
	void *arg;
	/* private */
	struct ask ask;
	struct listing *years[2]; /* the running one and the next */
	int32_t year;		  /* the running one; 0 = none yet */
	int at;			  /* of the two, the one to ask for next; 2 = both came */
	int64_t t_next_ns;
	bool warned;
};

/* What is due; when to come again. */
int64_t calendar_go(struct calendar *, int64_t now_ns);
void calendar_finish(struct calendar *);

/* The year of a UTC time. */
int32_t calendar_year(int64_t t_ns);

#endif
