/*
 * search.h - from what the user calls a session to its path in the archive.
 */
#ifndef ARCHIVE_SEARCH_H
#define ARCHIVE_SEARCH_H

#include "ask.h"
#include "match.h"

struct search {
	const struct servers *servers;
	struct words words;
	bool latest;
	const char *text; /* as the user wrote it */
	void (*news)(void *arg);
	void *arg;
	/* what came of it */
	char path[PATH_ROOM]; /* "" or found */
	char broken[500];     /* "" or why it was not; candidates were logged */
	/* private */
	struct ask ask;
	int32_t year; /* that is looked at */
};

/* Goes on; nothing is due at a time: news() tells. */
void search_go(struct search *, int64_t now_ns);
void search_finish(struct search *);

#endif
