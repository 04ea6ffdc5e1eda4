#include "out_file.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int note(struct out_file *f, int error)
{
	f->error = f->error != 0 ? f->error : error;
	return f->error;
}

int out_file_open(struct out_file *f, const char *path)
{
	*f = (struct out_file){0};
	f->path = strdup(path);
	if (f->path == NULL || asprintf(&f->part, "%s.part", path) < 0) {
		f->part = NULL;
		return note(f, ENOMEM);
	}
	f->stream = fopen(f->part, "wbe");
	return f->stream != NULL ? 0 : note(f, errno);
}

void out_file_put(struct out_file *f, const char *bytes, size_t n)
{
	if (f->error == 0 && fwrite(bytes, 1, n, f->stream) != n) {
		note(f, errno != 0 ? errno : EIO);
	}
}

void out_file_putc(struct out_file *f, char c)
{
	out_file_put(f, &c, 1);
}

int out_file_flush(struct out_file *f)
{
	if (f->error == 0 && fflush(f->stream) != 0) {
		note(f, errno);
	}
	return f->error;
}

int out_file_rewind(struct out_file *f)
{
	if (out_file_flush(f) == 0 && (fseek(f->stream, 0, SEEK_SET) != 0 || ftruncate(fileno(f->stream), 0) != 0)) {
		note(f, errno);
	}
	return f->error;
}

static void close_stream(struct out_file *f)
{
	if (f->stream != NULL && fclose(f->stream) != 0) {
		note(f, errno);
	}
	f->stream = NULL;
}

int out_file_commit(struct out_file *f)
{
	if (out_file_flush(f) == 0 && fsync(fileno(f->stream)) != 0) {
		note(f, errno);
	}
	close_stream(f);
	if (f->error == 0 && rename(f->part, f->path) != 0) {
		note(f, errno);
	}
	if (f->error != 0) {
		unlink(f->part);
	}
	return f->error;
}

void out_file_finish(struct out_file *f)
{
	if (f->stream != NULL) {
		close_stream(f);
		unlink(f->part);
	}
	free(f->path);
	free(f->part);
	*f = (struct out_file){0};
}

/* ---- paths ---- */

static bool is_dot(const struct dirent *d)
{
	return strcmp(d->d_name, ".") == 0 || strcmp(d->d_name, "..") == 0;
}

static int folder_is_free(const char *path)
{
	DIR *dir = opendir(path);
	const struct dirent *d = NULL;

	if (dir == NULL) {
		return errno;
	}
	while ((d = readdir(dir)) != NULL && is_dot(d)) {
	}
	closedir(dir);
	return d == NULL ? 0 : EEXIST;
}

int out_path_is_free(const char *path)
{
	struct stat st;

	if (stat(path, &st) != 0) {
		return errno == ENOENT ? 0 : errno;
	}
	if (S_ISDIR(st.st_mode)) {
		return folder_is_free(path);
	}
	return S_ISREG(st.st_mode) && st.st_size == 0 ? 0 : EEXIST;
}

static int remove_folder(const char *path)
{
	DIR *dir = opendir(path);
	const struct dirent *d = NULL;

	if (dir == NULL) {
		return errno;
	}
	while ((d = readdir(dir)) != NULL) {
		if (!is_dot(d)) {
			unlinkat(dirfd(dir), d->d_name, 0);
		}
	}
	closedir(dir);
	return rmdir(path) == 0 ? 0 : errno;
}

int out_path_remove(const char *path)
{
	struct stat st;

	if (lstat(path, &st) != 0) {
		return errno == ENOENT ? 0 : errno;
	}
	if (S_ISDIR(st.st_mode)) {
		return remove_folder(path);
	}
	return unlink(path) == 0 ? 0 : errno;
}
