/*
 * openf1_folder.h - all collections that hold rows, as files of a folder: COLLECTION.json or COLLECTION.csv.
 */
#ifndef OPENF1_FOLDER_H
#define OPENF1_FOLDER_H

#include <rows.h>

#include <stdbool.h>

/* Writes PATH.part and renames it to PATH, which must not exist or be an empty folder; with overwrite, files of the same
 * names in it are replaced one by one and others stay. Returns 0, or an errno value: then nothing of the part is left.
 * *files: how many collections had rows; none: nothing is written. */
int openf1_folder_write(const struct openf1_rows *, const char *path, bool csv, bool overwrite, unsigned *files);

#endif
