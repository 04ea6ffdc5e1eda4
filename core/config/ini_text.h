/*
 * ini_text.h - a strict INI reader over inih.
 *
 * Every physical line is checked before inih sees it (length, UTF-8, control characters, closed section, '='); a bad line
 * is reported with its number and handed on as an empty one, so that inih's line numbers stay true.
 */
#ifndef CONFIG_INI_TEXT_H
#define CONFIG_INI_TEXT_H

#include "config/config.h"

struct ini_entry {
	const char *section; /* one of the allowed names */
	char *key;
	char *value;
	int line;
};
struct ini_doc {
	struct ini_entry *entries;
	size_t n;
};

/* sections: NULL-terminated list of the allowed ones, strings that outlive doc. Returns false if errors were reported;
 * doc then holds the good lines. Call ini_doc_finish in both cases. */
bool ini_read_text(struct ini_doc *doc, const char *path, const char *text, size_t size, const char *const *sections,
	struct config_errors *);
void ini_doc_finish(struct ini_doc *);
/* The whole of a regular file of at most CONFIG_FILE_MAX bytes; NULL with the error reported. free() it. */
char *ini_read_file(const char *path, size_t *size, struct config_errors *);

#endif
