/*
 * detect.h - what a file is, by its content.
 */
#ifndef SR_DETECT_H
#define SR_DETECT_H

#include "record_reader.h"

enum sr_format {
	SR_FORMAT_NONE = 1, /* nothing that can be played */
	SR_FORMAT_OFFSETS,  /* one stream of the static archive */
	SR_FORMAT_RECORDS,  /* record.h */
	SR_FORMAT_JOURNAL
};

/* Where bytes come from: a file, or memory. */
struct sr_input {
	const char *path; /* for messages also when bytes is set */
	const void *bytes;
	size_t n;
};

struct sr_stream *sr_input_open(const struct sr_input *, char *err, size_t err_size);

struct sr_detected {
	enum sr_format format;
	enum sr_framing framing; /* of records */
	bool offsets;		 /* the records tell offsets, no UTC */
	char topic[32];		 /* of an archive stream: by its content, "" if that tells none */
	int64_t meta_t0_ns;	 /* a JSON object that tells t0_utc: not played, but it knows the time. Else F1P_UNKNOWN_NS */
};

/* False: the file cannot be read, err says why. */
bool sr_detect(const struct sr_input *, struct sr_detected *, char *err, size_t err_size);

#endif
