/*
 * out_file.h - a file that appears under its name only when it is whole: written as NAME.part, renamed at the end.
 *
 * Functions that fail return an errno value and remember the first one; 0 = good.
 */
#ifndef OUT_FILE_H
#define OUT_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct out_file {
	FILE *stream; /* NULL: closed */
	char *path;   /* NAME */
	char *part;   /* NAME.part */
	int error;    /* errno of the first failure */
};

/* Begins NAME.part anew. */
int out_file_open(struct out_file *, const char *path);
void out_file_put(struct out_file *, const char *bytes, size_t n);
void out_file_putc(struct out_file *, char);
/* What was written goes to the system: tells of a full disk. */
int out_file_flush(struct out_file *);
/* Empties it. */
int out_file_rewind(struct out_file *);
/* To disk, closed, and renamed to NAME; after a failure the part is removed. */
int out_file_commit(struct out_file *);
/* Closes and removes the part; frees. Safe on a zeroed struct, and after commit. */
void out_file_finish(struct out_file *);

/* 0 if nothing stands at the path, or an empty file, or an empty folder; EEXIST; or why that cannot be told. */
int out_path_is_free(const char *path);
/* Removes the file, or the folder with the files in it (not deeper). */
int out_path_remove(const char *path);

#endif
