#include "openf1_folder.h"
#include "out_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct writer {
	struct out_file file;
	const char *folder;
	enum of1_collection collection;
	struct f1p_json json;
	bool csv, begun;
	int error;
};

static int begin(struct writer *w)
{
	char *path = NULL;

	if (asprintf(&path, "%s/%s.%s", w->folder, of1_collection_name(w->collection), w->csv ? "csv" : "json") < 0) {
		return ENOMEM;
	}
	w->error = out_file_open(&w->file, path);
	free(path);
	w->begun = true;
	return w->error;
}

/* ---- JSON ---- */

static bool put_json(struct writer *w, const struct openf1_field *fields, size_t n, bool first)
{
	const char *text = NULL;
	size_t len = 0;

	f1p_json_clear(&w->json);
	openf1_row_json(&w->json, fields, n);
	text = f1p_json_text(&w->json, &len);
	if (text == NULL) {
		w->error = ENOMEM;
		return false;
	}
	out_file_put(&w->file, first ? "[" : ",\n", first ? 1 : 2);
	out_file_put(&w->file, text, len);
	return true;
}

/* ---- CSV ---- */

static void put_bytes(void *file, const char *bytes, size_t n)
{
	out_file_put(file, bytes, n);
}

static void put_csv(struct writer *w, const struct openf1_field *fields, size_t n, bool first)
{
	if (first) {
		openf1_names_csv(put_bytes, &w->file, fields, n);
	}
	openf1_row_csv(put_bytes, &w->file, fields, n);
}

/* ---- files ---- */

static bool put_row(void *arg, const struct openf1_field *fields, size_t n)
{
	struct writer *w = arg;
	bool first = !w->begun;

	if (first && begin(w) != 0) {
		return false;
	}
	if (w->csv) {
		put_csv(w, fields, n, first);
	} else if (!put_json(w, fields, n, first)) {
		return false;
	}
	w->error = w->file.error;
	return w->error == 0;
}

static int write_collection(struct writer *w, const struct openf1_rows *rows)
{
	w->begun = false;
	openf1_rows_each(rows, w->collection, put_row, w);
	if (w->begun && w->error == 0) {
		out_file_put(&w->file, w->csv ? "" : "]\n", w->csv ? 0 : 2);
		w->error = out_file_commit(&w->file);
	}
	out_file_finish(&w->file);
	return w->error;
}

static bool has_row(void *arg, const struct openf1_field *fields, size_t n)
{
	(void)arg, (void)fields, (void)n;
	return false;
}

static unsigned count_collections(const struct openf1_rows *rows)
{
	unsigned n = 0;

	for (int c = OF1_NONE + 1; c < OF1_COLLECTIONS; c++) {
		n += !openf1_rows_each(rows, (enum of1_collection)c, has_row, NULL);
	}
	return n;
}

static int move_file(const char *from_dir, const char *to_dir, const char *name, bool csv)
{
	char *from = NULL, *to = NULL;
	int error = ENOMEM;

	if (asprintf(&from, "%s/%s.%s", from_dir, name, csv ? "csv" : "json") < 0) {
		return ENOMEM;
	}
	if (asprintf(&to, "%s/%s.%s", to_dir, name, csv ? "csv" : "json") >= 0) {
		error = rename(from, to) == 0 || errno == ENOENT ? 0 : errno;
		free(to);
	}
	free(from);
	return error;
}

/* The whole folder at once, or over what is there. */
static int publish(const char *part, const char *path, bool csv, bool overwrite)
{
	int error = rename(part, path) == 0 ? 0 : errno;

	if (!overwrite || (error != ENOTEMPTY && error != EEXIST)) {
		return error;
	}
	error = 0;
	for (int c = OF1_NONE + 1; c < OF1_COLLECTIONS && error == 0; c++) {
		error = move_file(part, path, of1_collection_name((enum of1_collection)c), csv);
	}
	return error == 0 ? out_path_remove(part) : error;
}

int openf1_folder_write(const struct openf1_rows *rows, const char *path, bool csv, bool overwrite, unsigned *files)
{
	struct writer w = {.csv = csv};
	char *part = NULL;

	*files = count_collections(rows);
	if (*files == 0) {
		return 0;
	}
	if (asprintf(&part, "%s.part", path) < 0) {
		return ENOMEM;
	}
	w.folder = part;
	f1p_json_init(&w.json);
	out_path_remove(part); /* of a run that was killed */
	w.error = mkdir(part, 0755) == 0 ? 0 : errno;
	for (int c = OF1_NONE + 1; c < OF1_COLLECTIONS && w.error == 0; c++) {
		w.collection = (enum of1_collection)c;
		write_collection(&w, rows);
	}
	w.error = w.error == 0 ? publish(part, path, csv, overwrite) : w.error;
	if (w.error != 0) {
		out_path_remove(part);
	}
	f1p_json_finish(&w.json);
	free(part);
	return w.error;
}
