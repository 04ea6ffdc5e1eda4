/*
 * http_file.h - files that are complete or not there: written beside their place and renamed.
 */
#ifndef NET_HTTP_FILE_H
#define NET_HTTP_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct http_file {
	int fd; /* -1 = none is open */
	char *path, *part;
};

/* Opens PATH's part file, "PATH.PID-N.part". mode: as open(). false: err says why. */
bool http_file_open(struct http_file *, const char *path, unsigned mode, uint64_t n, char *err, size_t err_size);
bool http_file_put(struct http_file *, const void *bytes, size_t n, char *err, size_t err_size);
/* keep: the file takes its place; else it goes. Either way everything is freed. false: err says why it could not be kept. */
bool http_file_close(struct http_file *, bool keep, char *err, size_t err_size);

/* True for the name of a part file. */
bool http_file_is_part(const char *name);
/* All at once, mode 0600. */
bool http_file_write(const char *path, const void *bytes, size_t n, char *err, size_t err_size);
/* malloced, with one NUL behind it; NULL if it is not there, not a plain file, or longer than max. */
uint8_t *http_file_read(const char *path, size_t max, size_t *n);

#endif
