/*
 * download.h - one session into the folder: its index, then every stream that is not there yet.
 */
#ifndef ARCHIVE_DOWNLOAD_H
#define ARCHIVE_DOWNLOAD_H

#include "ask.h"
#include "store.h"

enum file_state { FILE_WANTED = 1, FILE_THERE, FILE_ABSENT, FILE_FAILED };
struct download;

struct download_file {
	struct download *of;
	enum file_state state;
	char topic[TOPIC_ROOM];
	char path[STORE_PATH_ROOM];
	struct ask ask;
};
struct download {
	const struct servers *servers;
	const char *folder;	     /* FOLDER of the store */
	const struct topics *wanted; /* empty: all that the session has */
	char session[PATH_ROOM];
	void (*news)(void *arg); /* something changed: download_go() may have work */
	void *arg;
	/* what came of it */
	struct store store;
	uint32_t n;
	struct download_file *files; /* TOPICS_MAX */
	bool complete;		     /* every file is there or absent */
	char broken[500];	     /* "" or why it cannot go on */
	/* private */
	struct ask index;
	bool asked;
	uint32_t open; /* files under way */
	uint32_t round;
	int64_t t_retry_ns;
};

/* The first group is set. False when memory is short. */
bool download_init(struct download *);
/* Begins what can be begun; the time at which to come again, F1P_NEVER_NS: when there are news. */
int64_t download_go(struct download *, int64_t now_ns);
void download_finish(struct download *); /* cancels and frees */

#endif
