/*
 * recording.h - a file or a folder that can be played: what is in it, and what UTC its offsets count from.
 */
#ifndef SR_RECORDING_H
#define SR_RECORDING_H

#include "detect.h"

struct sr_file {
	char *path; /* owned */
	struct sr_input input;
	struct sr_detected is;
	char topic[32]; /* of an archive stream */
};

struct sr_recording {
	char *path; /* owned */
	struct sr_file *files;
	uint32_t n;
	uint32_t folder_from; /* the first file of the folder that is being looked at */
	int64_t meta_t0_ns;   /* F1P_UNKNOWN_NS */
	int64_t t0_ns;	      /* UTC of offset 0; 0 if nothing tells it */
	const char *t0_how;   /* for the log */
	bool has_offsets;
};

/* Looks at the path and what is in it. F1P_OK; F1P_ECONFIG or F1P_ENOMEM with one line in err. */
f1p_status sr_recording_open(struct sr_recording *, const char *path, struct sr_report *, char *err, size_t err_size);
/* The same over bytes in memory, which stay the caller's. F1P_EINVAL: nothing that can be played. */
f1p_status sr_recording_open_bytes(struct sr_recording *, const void *bytes, size_t n, char *err, size_t err_size);
void sr_recording_finish(struct sr_recording *);

/* All messages in order, from the beginning. only: NULL, or the one archive topic that is wanted (other kinds of files are
 * read whole). NULL: no memory. The recording must outlive the reader. */
struct sr_reader *sr_recording_read(const struct sr_recording *, const char *only, struct sr_report *);

/* Finds t0_ns (t0.c). */
void sr_recording_find_t0(struct sr_recording *);

#endif
