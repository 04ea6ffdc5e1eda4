/*
 * log_file.h - a file of whole lines that is rotated by size.
 *
 * Lines are collected in memory and pushed out by log_file_flush. What a full disk refuses stays in memory and is tried
 * again: no line is lost or written twice. Rotation renames PATH to PATH.1, PATH.1 to PATH.2 and so on.
 */
#ifndef SINK_LOG_FILE_H
#define SINK_LOG_FILE_H

#include <f1pd/base.h>

struct log_file {
	char *path; /* NULL = standard output, never rotated */
	int fd;	    /* -1 = closed */
	int64_t size, max_size;
	int keep; /* rotated files that are kept; 0 = none */
	char *lines;
	size_t used, done, room; /* lines[done..used) is not yet written */
};

/* path "" = standard output. false if memory ran out. */
bool log_file_init(struct log_file *, const char *path, const char *suffix, int64_t max_size, int keep);
void log_file_finish(struct log_file *); /* closes; what is still in memory is dropped; safe on a zeroed struct */
/* 0 or an errno value. */
int log_file_open(struct log_file *);
/* Adds one line; the line end is added. 0 or ENOMEM. */
int log_file_add(struct log_file *, const char *line, size_t n);
/* Writes all that is in memory; rotates first if it would not fit. 0 or an errno value. */
int log_file_flush(struct log_file *);
bool log_file_pending(const struct log_file *);

#endif
