#include "base/folder.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool fail(const char *path, const char *why, char *err, size_t err_size)
{
	snprintf(err, err_size, "%.300s: %s", path, why);
	return false;
}

/* A file system that is mounted read-only answers EROFS even where the folder is there. */
static bool make_one(const char *path)
{
	struct stat st;

	if (mkdir(path, 0755) == 0)
		return true;
	int why = errno;
	if (stat(path, &st) != 0)
		errno = why;
	else if (!S_ISDIR(st.st_mode))
		errno = ENOTDIR;
	else
		return true;
	return false;
}

bool folder_make(const char *path, char *err, size_t err_size)
{
	char upto[PATH_MAX];
	size_t n = strlen(path);

	if (n == 0 || n >= sizeof(upto))
		return fail(path, n ? "the path is too long" : "no folder is given", err, err_size);
	for (size_t i = 1; i <= n; i++) {
		if (path[i] != '/' && path[i] != '\0')
			continue;
		memcpy(upto, path, i);
		upto[i] = '\0';
		if (!make_one(upto))
			return fail(upto, strerror(errno), err, err_size);
	}
	return access(path, W_OK | X_OK) == 0 || fail(path, strerror(errno), err, err_size);
}
