/*
 * match.h - which session the user means: "2025 mexico race".
 */
#ifndef ARCHIVE_MATCH_H
#define ARCHIVE_MATCH_H

#include "listing.h"

#define WORDS_MAX 16
#define WORD_ROOM 32
#define CANDIDATES_MAX 40

struct words {
	uint32_t n;
	int32_t year;			 /* one of them; 0 = none of them is one */
	char text[WORDS_MAX][WORD_ROOM]; /* small letters without accents; the year is not among them */
};
/* False if there are none or too many. */
bool words_read(struct words *, const char *text);

enum match { MATCH_ONE = 1, MATCH_MANY, MATCH_NOT_YET, MATCH_NONE };
struct matched {
	enum match how;
	uint32_t n; /* MATCH_ONE: 1; else whatever comes nearest, which may be nothing */
	const struct listed *sessions[CANDIDATES_MAX];
};
/* Every word must begin a word of meeting, place, country, circuit or session. Where one session's whole name was given and of
 * the others only a part ("sprint": also "Sprint Qualifying"), it is that one. */
struct matched match_words(const struct listing *, const struct words *);
/* The newest that is in the archive. */
struct matched match_latest(const struct listing *);

#endif
