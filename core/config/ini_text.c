/*
 * ini_text.c - the strict reader: our line checks in front of inih's parser. See ini_text.h.
 *
 * What Debian's inih 55 does on its own, measured: cuts lines at about 197 bytes and takes the rest for the next line, cuts
 * section names at 49, reads an unclosed "[section" as nothing, joins indented lines to the value above, accepts ':' for '='.
 */
#define INI_HANDLER_LINENO 1 /* how the library was built; its header defaults to 0 */
#include <ini.h>

#include "config/ini_text.h"

#include <errno.h>
#include <fcntl.h>
#include <helpers/utf8.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_ERRORS 50 /* shown of one file: a binary file must not flood the log */
#define MAX_SECTIONS 8

struct reader {
	const char *path;
	const char *text;
	size_t size, at;
	int line;
	const char *const *sections;
	const char *section;   /* current, NULL = none or unknown: its keys are skipped */
	bool section_reported; /* an unknown or broken section has been reported: no error for each of its keys */
	int first_line[MAX_SECTIONS];
	int errors;
	bool no_memory;
	struct ini_doc *doc;
	struct config_errors *out;
};

static void complain(struct reader *r, const char *key, const char *fmt, ...) F1P_PRINTF(3, 4);
static void complain(struct reader *r, const char *key, const char *fmt, ...)
{
	char reason[300];
	va_list ap;

	r->errors++;
	if (r->errors > MAX_ERRORS) {
		if (r->errors == MAX_ERRORS + 1) {
			config_report(r->out, r->path, r->line, NULL, "more than %d errors, the rest of this file is not shown",
				MAX_ERRORS);
		}
		return;
	}
	va_start(ap, fmt);
	vsnprintf(reason, sizeof(reason), fmt, ap);
	va_end(ap);
	config_report(r->out, r->path, r->line, key, "%s", reason);
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t';
}

static bool bytes_ok(struct reader *r, const char *p, size_t n)
{
	for (size_t i = 0; i < n;) {
		size_t len = f1p_utf8_char(p + i, n - i);

		if (len == 0) {
			complain(r, NULL, "byte %zu is not UTF-8", i + 1);
			return false;
		}
		if (len == 1 && ((unsigned char)p[i] < 0x20 || p[i] == 0x7f) && p[i] != '\t') {
			complain(r, NULL, "byte %zu is a control character", i + 1);
			return false;
		}
		i += len;
	}
	return true;
}

/* line: trimmed, NUL-terminated, begins with '['. */
static bool section_ok(struct reader *r, const char *line)
{
	const char *end = strchr(line, ']');

	r->section = NULL;
	r->section_reported = true;
	if (!end) {
		complain(r, NULL, "the section has no closing ']'");
		return false;
	}
	if (end[1] != '\0') {
		complain(r, NULL, "only a comment may follow a section on its line");
		return false;
	}
	for (size_t i = 0; r->sections[i]; i++) {
		size_t len = strlen(r->sections[i]);

		if (len != (size_t)(end - line - 1) || strncmp(line + 1, r->sections[i], len) != 0) {
			continue;
		}
		if (r->first_line[i] != 0) {
			complain(r, NULL, "[%s] stands a second time, the first is on line %d", r->sections[i], r->first_line[i]);
			return false;
		}
		r->first_line[i] = r->line;
		r->section = r->sections[i];
		r->section_reported = false;
		return true;
	}
	complain(r, NULL, "unknown section %.60s; allowed: [%s]%s%s%s", line, r->sections[0], r->sections[1] ? ", [" : "",
		r->sections[1] ? r->sections[1] : "", r->sections[1] ? "]" : "");
	return false;
}

static bool pair_ok(struct reader *r, const char *line)
{
	const char *equals = strchr(line, '=');
	size_t len = strcspn(line, "=:");
	size_t key;

	if (!equals) {
		complain(r, NULL, "no '=' in the line; write key = value (a value cannot go on in a second line)");
		return false;
	}
	while (len > 0 && is_space(line[len - 1])) {
		len--;
	}
	key = strspn(line, "abcdefghijklmnopqrstuvwxyz0123456789_");
	if (len == 0) {
		complain(r, NULL, "no key before '='");
		return false;
	}
	if (key != len || line[strcspn(line, "=:")] != '=') {
		complain(r, NULL, "bad key \"%.*s\"; a key is a-z, 0-9 and _", (int)(equals - line > 40 ? 40 : equals - line),
			line);
		return false;
	}
	if (!r->section && !r->section_reported) {
		r->section_reported = true;
		complain(r, NULL, "a key before the first section; put it under [%s]", r->sections[0]);
	}
	return r->section != NULL;
}

/* Cuts the comment (';' or '#' at the beginning or after a space) and the spaces around what is left. */
static char *trim(char *line)
{
	size_t n;

	while (is_space(*line)) {
		line++;
	}
	for (size_t i = 0; line[i]; i++) {
		if ((line[i] == ';' || line[i] == '#') && (i == 0 || is_space(line[i - 1]))) {
			line[i] = '\0';
		}
	}
	n = strlen(line);
	while (n > 0 && is_space(line[n - 1])) {
		line[--n] = '\0';
	}
	return line;
}

static const char *check_line(struct reader *r, const char *p, size_t n, char *buffer)
{
	char *line;
	bool good;

	if (r->line == 1 && n >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0) {
		p += 3;
		n -= 3;
	}
	if (n > 0 && p[n - 1] == '\r') {
		n--;
	}
	if (n > CONFIG_LINE_MAX) {
		complain(r, NULL, "the line has %zu bytes, at most %d are read", n, CONFIG_LINE_MAX);
		return "";
	}
	if (!bytes_ok(r, p, n)) {
		return "";
	}
	memcpy(buffer, p, n);
	buffer[n] = '\0';
	line = trim(buffer);
	if (*line == '\0') {
		return "";
	}
	good = *line == '[' ? section_ok(r, line) : pair_ok(r, line);
	return good ? line : "";
}

/* The fgets of ini_parse_stream: one checked line per call. */
static char *next_line(char *str, int num, void *arg)
{
	struct reader *r = arg;
	char buffer[CONFIG_LINE_MAX + 1];
	const char *begin = r->text + r->at;
	const char *end;
	size_t n;

	if (r->at >= r->size || r->no_memory) {
		return NULL;
	}
	end = memchr(begin, '\n', r->size - r->at);
	n = end ? (size_t)(end - begin) : r->size - r->at;
	r->at += n + 1;
	r->line++;
	if (snprintf(str, (size_t)num, "%s\n", check_line(r, begin, n, buffer)) >= num) {
		complain(r, NULL, "the line is longer than this build of inih reads"); /* a library with another limit */
		snprintf(str, (size_t)num, "\n");
	}
	return str;
}

static const struct ini_entry *find(const struct ini_doc *doc, const char *section, const char *key)
{
	for (size_t i = 0; i < doc->n; i++) {
		if (strcmp(doc->entries[i].section, section) == 0 && strcmp(doc->entries[i].key, key) == 0) {
			return &doc->entries[i];
		}
	}
	return NULL;
}

static bool append(struct reader *r, const char *key, const char *value)
{
	struct ini_doc *doc = r->doc;
	struct ini_entry *grown;
	struct ini_entry entry = {r->section, strdup(key), strdup(value), r->line};

	if ((doc->n & (doc->n + 1)) == 0) { /* 0, 1, 3, 7 ...: room for twice as many */
		grown = realloc(doc->entries, (2 * doc->n + 1) * sizeof(*grown));
		doc->entries = grown ? grown : doc->entries;
	} else {
		grown = doc->entries;
	}
	if (!grown || !entry.key || !entry.value) {
		free(entry.key);
		free(entry.value);
		return false;
	}
	doc->entries[doc->n++] = entry;
	return true;
}

/* inih calls this right after next_line gave it the line: r->section and r->line are those of this pair. */
static int on_pair(void *arg, const char *section, const char *name, const char *value, int lineno)
{
	struct reader *r = arg;
	const struct ini_entry *earlier;

	(void)lineno;
	if (!r->section || strcmp(section, r->section) != 0) {
		return 1; /* under a section that has been reported */
	}
	earlier = find(r->doc, section, name);
	if (earlier) {
		complain(r, name, "given twice, the first is on line %d", earlier->line);
		return 1;
	}
	if (r->doc->n == CONFIG_KEYS_MAX) {
		complain(r, name, "more than %d keys in one file", CONFIG_KEYS_MAX);
	} else if (!append(r, name, value)) {
		r->no_memory = true;
	}
	return 1;
}

bool ini_read_text(struct ini_doc *doc, const char *path, const char *text, size_t size, const char *const *sections,
	struct config_errors *errors)
{
	struct reader r = {.path = path, .text = text, .size = size, .sections = sections, .doc = doc, .out = errors};
	int rc;

	memset(doc, 0, sizeof(*doc));
	rc = ini_parse_stream(next_line, &r, on_pair, &r);
	if (r.no_memory) {
		complain(&r, NULL, "out of memory");
	} else if (rc != 0 && r.errors == 0) {
		r.line = rc > 0 ? rc : 0;
		complain(&r, NULL, "inih does not understand the line"); /* our checks should have found it */
	}
	return r.errors == 0;
}

void ini_doc_finish(struct ini_doc *doc)
{
	for (size_t i = 0; i < doc->n; i++) {
		free(doc->entries[i].key);
		free(doc->entries[i].value);
	}
	free(doc->entries);
	memset(doc, 0, sizeof(*doc));
}

static char *slurp(int fd, size_t *size)
{
	char *text = malloc(CONFIG_FILE_MAX + 1);
	size_t n = 0;

	while (text && n <= CONFIG_FILE_MAX) {
		ssize_t got = read(fd, text + n, CONFIG_FILE_MAX + 1 - n);

		if (got < 0 && errno == EINTR) {
			continue;
		}
		if (got < 0) {
			free(text);
			return NULL;
		}
		if (got == 0) {
			break;
		}
		n += (size_t)got;
	}
	*size = n;
	return text;
}

char *ini_read_file(const char *path, size_t *size, struct config_errors *errors)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* O_NONBLOCK: a FIFO must not hang the start */
	char *text = NULL;
	struct stat st;

	if (fd < 0 || fstat(fd, &st) != 0) {
		config_report(errors, path, 0, NULL, "cannot be opened: %s", strerror(errno));
		goto out;
	}
	if (!S_ISREG(st.st_mode)) {
		config_report(errors, path, 0, NULL, "is not a regular file");
		goto out;
	}
	text = slurp(fd, size);
	if (!text) {
		config_report(errors, path, 0, NULL, "cannot be read: %s", strerror(errno));
	} else if (*size > CONFIG_FILE_MAX) {
		config_report(errors, path, 0, NULL, "is larger than %d bytes", CONFIG_FILE_MAX);
		free(text);
		text = NULL;
	}
out:
	if (fd >= 0) {
		close(fd);
	}
	return text;
}
