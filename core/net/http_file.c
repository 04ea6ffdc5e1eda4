#include "net/http_file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PART ".part"

bool http_file_is_part(const char *name)
{
	size_t n = strlen(name);

	return n > sizeof(PART) && strcmp(name + n - (sizeof(PART) - 1), PART) == 0;
}

bool http_file_open(struct http_file *f, const char *path, unsigned mode, uint64_t n, char *err, size_t err_size)
{
	*f = (struct http_file){.fd = -1, .path = strdup(path)};
	if (!f->path || asprintf(&f->part, "%s.%ld-%" PRIu64 PART, path, (long)getpid(), n) < 0) {
		f->part = NULL;
		snprintf(err, err_size, "%s: no memory", path);
	} else {
		unlink(f->part); /* of a process that died over it and had our number */
		f->fd = open(f->part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, (mode_t)mode);
		if (f->fd >= 0)
			return true;
		snprintf(err, err_size, "%s: cannot write: %s", path, strerror(errno));
	}
	free(f->path);
	free(f->part);
	*f = (struct http_file){.fd = -1};
	return false;
}

bool http_file_put(struct http_file *f, const void *bytes, size_t n, char *err, size_t err_size)
{
	const char *p = bytes;

	while (n > 0) {
		ssize_t done = write(f->fd, p, n);
		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0) {
			snprintf(err, err_size, "%s: cannot write: %s", f->path, strerror(errno));
			return false;
		}
		p += done;
		n -= (size_t)done;
	}
	return true;
}

bool http_file_close(struct http_file *f, bool keep, char *err, size_t err_size)
{
	bool ok = true;

	if (f->fd < 0)
		return true;
	if (close(f->fd) != 0 && keep)
		ok = false;
	if (ok && keep && rename(f->part, f->path) != 0)
		ok = false;
	if (!ok)
		snprintf(err, err_size, "%s: cannot write: %s", f->path, strerror(errno));
	if (!ok || !keep)
		unlink(f->part);
	free(f->path);
	free(f->part);
	*f = (struct http_file){.fd = -1};
	return ok;
}

bool http_file_write(const char *path, const void *bytes, size_t n, char *err, size_t err_size)
{
	struct http_file f;
	char ignored[8];

	if (!http_file_open(&f, path, 0600, 0, err, err_size))
		return false;
	if (!http_file_put(&f, bytes, n, err, err_size)) {
		http_file_close(&f, false, ignored, sizeof(ignored));
		return false;
	}
	return http_file_close(&f, true, err, err_size);
}

uint8_t *http_file_read(const char *path, size_t max, size_t *n)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat st;
	uint8_t *bytes = NULL;
	size_t used = 0;
	ssize_t got = 0;

	if (fd < 0)
		return NULL;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && (uint64_t)st.st_size <= max)
		bytes = malloc((size_t)st.st_size + 1);
	while (bytes && used < (size_t)st.st_size && (got = read(fd, bytes + used, (size_t)st.st_size - used)) > 0)
		used += (size_t)got;
	close(fd);
	if (bytes && got < 0) {
		free(bytes);
		return NULL;
	}
	if (bytes)
		bytes[used] = '\0';
	*n = used;
	return bytes;
}
