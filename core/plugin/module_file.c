/* module_file.c - what can be told about a module without running any of it. */
#include "plugin/module_impl.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool owner_ok(const struct stat *st)
{
	return st->st_uid == 0 || st->st_uid == geteuid();
}

static bool writers_ok(const char *real, const struct stat *file, char *err, size_t err_size)
{
	char folder[PATH_MAX];
	struct stat st;

	if (!owner_ok(file)) {
		return module_refuse(
			err, err_size, "belongs to user %u, not to root or the user f1pd runs as; not loaded", file->st_uid);
	}
	if (file->st_mode & (S_IWGRP | S_IWOTH)) {
		return module_refuse(
			err, err_size, "can be written by others (mode %04o); not loaded; chmod go-w it", file->st_mode & 07777);
	}
	snprintf(folder, sizeof(folder), "%s", real);
	*(strrchr(folder, '/') + (strrchr(folder, '/') == folder)) = '\0';
	if (stat(folder, &st) != 0) {
		return module_refuse(err, err_size, "its folder cannot be looked at: %s", strerror(errno));
	}
	if (!owner_ok(&st)) {
		return module_refuse(err, err_size, "its folder belongs to user %u, not to root or the user f1pd runs as; not loaded",
			st.st_uid);
	}
	if ((st.st_mode & (S_IWGRP | S_IWOTH)) && !(st.st_mode & S_ISVTX)) {
		return module_refuse(err, err_size, "its folder can be written by others (mode %04o); not loaded; chmod go-w it",
			st.st_mode & 07777);
	}
	return true;
}

/* The header of f1pd itself tells which machine this is. */
static bool elf_ok(int fd, char *err, size_t err_size)
{
	Elf64_Ehdr file = {0};
	Elf64_Ehdr self = {0};
	int self_fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	ssize_t got = self_fd >= 0 ? pread(self_fd, &self, sizeof(self), 0) : 0;

	if (self_fd >= 0) {
		close(self_fd);
	}
	if (pread(fd, &file, sizeof(file), 0) < (ssize_t)sizeof(Elf32_Ehdr) || memcmp(file.e_ident, ELFMAG, SELFMAG) != 0) {
		return module_refuse(err, err_size, "is not an ELF file; not loaded");
	}
	if (got == sizeof(self) && (file.e_ident[EI_CLASS] != self.e_ident[EI_CLASS] || file.e_machine != self.e_machine)) {
		return module_refuse(err, err_size, "is an ELF file for another kind of processor; not loaded");
	}
	if (file.e_type != ET_DYN) {
		return module_refuse(err, err_size, "is an ELF file but no shared object; not loaded");
	}
	return true;
}

bool module_file_check(const char *path, char *real, char *err, size_t err_size)
{
	struct stat st;
	bool good = false;
	int fd;

	if (!realpath(path, real)) {
		return module_refuse(err, err_size, "%s", errno == ENOENT ? "does not exist" : strerror(errno));
	}
	fd = open(real, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0 || fstat(fd, &st) != 0) {
		module_refuse(err, err_size, "cannot be opened: %s", strerror(errno));
	} else if (!S_ISREG(st.st_mode)) {
		module_refuse(err, err_size, "is not a regular file; not loaded");
	} else {
		good = writers_ok(real, &st, err, err_size) && elf_ok(fd, err, err_size);
	}
	if (fd >= 0) {
		close(fd);
	}
	return good;
}
