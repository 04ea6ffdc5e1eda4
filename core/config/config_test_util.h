/* config_test_util.h - what the tests of the configuration share: collecting the error lines, parsing one instance file. */
#ifndef CONFIG_TEST_UTIL_H
#define CONFIG_TEST_UTIL_H

#include "config/config.h"

#include <stdio.h>
#include <string.h>

/* ---- collecting error lines ---- */

struct lines {
	char text[16384];
	struct config_errors errors;
};

static inline void collect(void *arg, const char *line)
{
	struct lines *l = arg;
	size_t used = strlen(l->text);

	snprintf(l->text + used, sizeof(l->text) - used, "%s\n", line);
}

static inline struct config_errors *fresh(struct lines *l)
{
	l->text[0] = '\0';
	l->errors = (struct config_errors){.fn = collect, .arg = l};
	return &l->errors;
}

/* ---- one instance file ---- */

#define PATH "conf.d/10-source-demo.ini"
#define HEAD "[plugin]\nid = source_simulator\n"

static inline struct config_file *parse(struct lines *l, const char *text)
{
	return config_file_parse(PATH, text, strlen(text), fresh(l));
}

#endif
