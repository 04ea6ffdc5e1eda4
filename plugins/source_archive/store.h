/*
 * store.h - what lies in the folder: the files of one session, and a manifest beside their folder that says which are whole.
 */
#ifndef ARCHIVE_STORE_H
#define ARCHIVE_STORE_H

#include "listing.h"

#define STORE_PATH_ROOM 4400

struct stored {
	char topic[TOPIC_ROOM];
	uint64_t bytes;
	int64_t t_got_s; /* UTC */
};
struct store {
	char dir[4200];	   /* FOLDER/2025/MEETING/SESSION; the manifest is DIR.manifest */
	int64_t t_final_s; /* what was fetched from then on does not change any more */
	uint32_t n;
	struct stored files[TOPICS_MAX];
};

/* Makes the folders, reads the manifest, removes what a process left that died over a file. False: why. */
bool store_open(struct store *, const char *folder, const char *session, char *why, size_t why_size);
void store_path(const struct store *, const char *topic, char out[STORE_PATH_ROOM]);
/* The topic's file is whole and need not be fetched: it came when the session was long over, or just now. */
const struct stored *store_has(const struct store *, const char *topic, int64_t now_s);
/* Looks at a file that came and enters it into the manifest. F1P_EINVAL: it is no whole stream and was removed; F1P_EIO: the
 * manifest cannot be written. why says so. */
f1p_status store_take(struct store *, const char *topic, int64_t now_s, char *why, size_t why_size);
/* Removes the file of a topic that the archive has not (any more). */
void store_drop(struct store *, const char *topic);

#endif
