/*
 * log_file.c - see log_file.h.
 */
#include "log_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool log_file_init(struct log_file *f, const char *path, const char *suffix, int64_t max_size, int keep)
{
	*f = (struct log_file){.fd = -1, .max_size = max_size, .keep = keep};
	if (path[0] == '\0') {
		return true;
	}
	return asprintf(&f->path, "%s%s", path, suffix) >= 0;
}

static void close_fd(struct log_file *f)
{
	if (f->path && f->fd >= 0) {
		close(f->fd);
	}
	f->fd = -1;
}

void log_file_finish(struct log_file *f)
{
	if (f->fd > 0 || !f->path) {
		close_fd(f);
	}
	free(f->path);
	free(f->lines);
	*f = (struct log_file){.fd = -1};
}

int log_file_open(struct log_file *f)
{
	struct stat st;

	if (!f->path) {
		f->fd = STDOUT_FILENO;
		return 0;
	}
	close_fd(f);
	f->fd = open(f->path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0644);
	if (f->fd < 0) {
		return errno;
	}
	if (fstat(f->fd, &st) != 0) {
		return errno;
	}
	f->size = st.st_size;
	return 0;
}

int log_file_add(struct log_file *f, const char *line, size_t n)
{
	if (f->used + n + 1 > f->room) {
		size_t room = (f->used + n + 1) * 2;
		char *lines = realloc(f->lines, room);

		if (!lines) {
			return ENOMEM;
		}
		f->lines = lines;
		f->room = room;
	}
	memcpy(f->lines + f->used, line, n);
	f->lines[f->used + n] = '\n';
	f->used += n + 1;
	return 0;
}

bool log_file_pending(const struct log_file *f)
{
	return f->done < f->used;
}

/* PATH.keep falls away, the others move up by one. Each step is one rename: at no moment is a line in no file. */
static int rotate(struct log_file *f)
{
	char *from = NULL, *to = NULL;
	int error = 0;

	if (f->keep == 0 && unlink(f->path) != 0 && errno != ENOENT) {
		return errno;
	}
	for (int i = f->keep; i >= 1 && error == 0; i--) {
		if (asprintf(&to, "%s.%d", f->path, i) < 0) {
			return ENOMEM;
		}
		if (i > 1 ? asprintf(&from, "%s.%d", f->path, i - 1) < 0 : asprintf(&from, "%s", f->path) < 0) {
			free(to);
			return ENOMEM;
		}
		if (rename(from, to) != 0 && errno != ENOENT) {
			error = errno;
		}
		free(from);
		free(to);
	}
	return error ? error : log_file_open(f);
}

/* Somebody may have moved or removed the file (logrotate does): then go on in a new one. */
static bool replaced(const struct log_file *f)
{
	struct stat open_file, at_path;

	if (!f->path || fstat(f->fd, &open_file) != 0) {
		return false;
	}
	return stat(f->path, &at_path) != 0 || at_path.st_ino != open_file.st_ino || at_path.st_dev != open_file.st_dev;
}

static int prepare(struct log_file *f)
{
	bool between_lines = f->done == 0 || f->lines[f->done - 1] == '\n';
	int64_t add = (int64_t)(f->used - f->done);

	if (f->fd < 0 || (between_lines && replaced(f))) {
		int error = log_file_open(f);

		if (error) {
			return error;
		}
	}
	if (f->path && between_lines && f->size > 0 && f->size + add > f->max_size) {
		return rotate(f);
	}
	return 0;
}

int log_file_flush(struct log_file *f)
{
	int error = log_file_pending(f) ? prepare(f) : 0;

	while (error == 0 && log_file_pending(f)) {
		ssize_t n = write(f->fd, f->lines + f->done, f->used - f->done);

		if (n < 0 && errno != EINTR) {
			error = errno;
		} else if (n > 0) {
			f->done += (size_t)n;
			f->size += n;
		}
	}
	if (!log_file_pending(f)) {
		f->used = f->done = 0;
	}
	return error;
}
