/*
 * listing.h - the index of a year and of a session, as the archive gives them.
 */
#ifndef ARCHIVE_LISTING_H
#define ARCHIVE_LISTING_H

#include "path.h"

#include <f1pd/event.h>
#include <f1pd/season.h>

#define SESSIONS_MAX 200 /* of a year; the daemon takes 400 of a calendar */
#define TOPICS_MAX 64

struct listed {
	struct f1p_session_plan plan; /* path "": there is nothing of it yet */
	char code[8];		      /* of the country */
};
struct listing {
	uint32_t n;
	uint32_t refused; /* sessions whose path or date cannot be */
	struct listed sessions[SESSIONS_MAX];
};
struct topics {
	uint32_t n;
	char names[TOPICS_MAX][TOPIC_ROOM];
};

/* False if the document is broken (why says how); sessions that make no sense are left out and counted. */
bool listing_read(struct listing *, int32_t year, const char *text, size_t n, char *why, size_t why_size);
/* The topics that have a stream. */
bool topics_read(struct topics *, const char *text, size_t n, char *why, size_t why_size);
bool topics_add(struct topics *, const char *name, size_t n); /* false if it may not be, or there are too many */
bool topics_have(const struct topics *, const char *name);

#endif
