/*
 * temp_folder_fixture.h - for tests: a folder of their own below $TMPDIR, gone when the test is over, failed or not.
 */
#ifndef BASE_TEMP_FOLDER_FIXTURE_H
#define BASE_TEMP_FOLDER_FIXTURE_H

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

static char temp_folder[200];

static inline int temp_folder_make(void **state)
{
	const char *base = getenv("TMPDIR");

	(void)state;
	snprintf(temp_folder, sizeof(temp_folder), "%.150s/f1pd-unit-XXXXXX", base && base[0] ? base : "/tmp");
	return mkdtemp(temp_folder) ? 0 : -1;
}

static inline int temp_folder_drop(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st, (void)type, (void)at;
	return remove(path);
}

static inline int temp_folder_remove(void **state)
{
	(void)state;
	return nftw(temp_folder, temp_folder_drop, 16, FTW_DEPTH | FTW_PHYS);
}

/* TEMP_FOLDER/NAME; overwritten by the next call but three */
static inline const char *in_temp_folder(const char *name)
{
	static char paths[4][512];
	static unsigned turn;
	char *path = paths[turn++ % 4];

	snprintf(path, sizeof(paths[0]), "%s/%s", temp_folder, name);
	return path;
}

static inline void put_in_temp_folder(const char *name, const char *text)
{
	FILE *f = fopen(in_temp_folder(name), "w");

	if (!f || fputs(text, f) < 0 || fclose(f) != 0) {
		abort();
	}
}

#endif
