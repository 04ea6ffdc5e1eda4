/*
 * path.h - names in the archive: what may become part of a URL and of a file name here.
 */
#ifndef ARCHIVE_PATH_H
#define ARCHIVE_PATH_H

#include <stdbool.h>
#include <stddef.h>

#define PATH_ROOM 112 /* of "2025/2025-10-26_Example_Grand_Prix/2025-10-26_Race/", with its NUL */
#define TOPIC_ROOM 40

/* "YYYY/MEETING/SESSION", with or without a slash at the end; out gets it with one. False if a part is empty, begins with a dot,
 * or holds anything but letters, digits, UTF-8 and -_.,'()+& */
bool path_session(const char *text, char out[PATH_ROOM]);
/* A URL of a session or of a file in it: base gets what is before "/static/", out the session. */
bool path_of_url(const char *url, char *base, size_t base_size, char out[PATH_ROOM]);
/* "TimingData", "CarData.z" */
bool path_topic(const char *text, size_t n);
/* Everything but slashes and what never needs it as %XX. False if it does not fit. */
bool path_encode(const char *path, char *out, size_t size);

#endif
