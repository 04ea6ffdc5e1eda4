/* config_value.c - parsing of single option values; see config_value.h and include/f1pd/config.h for the notations. */
#include "config/config_value.h"

#include "base/log.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SECRET_MAX 4096

static bool refuse(char *reason, size_t size, const char *fmt, ...) F1P_PRINTF(3, 4);
static bool refuse(char *reason, size_t size, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(reason, size, fmt, ap);
	va_end(ap);
	return false;
}

bool config_type_is_text(uint32_t type)
{
	return type == F1P_CFG_STR || type == F1P_CFG_ENUM || type == F1P_CFG_PATH || type == F1P_CFG_SECRET;
}

uint32_t config_type_size(uint32_t type)
{
	switch (type) {
	case F1P_CFG_INT:
	case F1P_CFG_DURATION_MS:
	case F1P_CFG_SIZE:
		return sizeof(int64_t);
	case F1P_CFG_DOUBLE:
		return sizeof(double);
	case F1P_CFG_BOOL:
		return sizeof(bool);
	default:
		return config_type_is_text(type) ? sizeof(const char *) : 0;
	}
}

const char *config_type_name(uint32_t type)
{
	static const char *const names[] = {
		"?", "text", "whole number", "number", "yes/no", "duration", "size", "choice", "path", "secret"};

	return names[type < sizeof(names) / sizeof(names[0]) ? type : 0];
}

void config_item_at(const struct f1p_cfg_item *items, uint32_t i, struct f1p_cfg_item *item)
{
	const char *at = (const char *)items;
	uint32_t stride = items->size;

	memset(item, 0, sizeof(*item));
	at += (size_t)stride * i;
	memcpy(item, at, stride < sizeof(*item) ? stride : sizeof(*item));
}

/* A whole number with an optional sign; *rest points behind it. False: none, or beyond int64. */
static bool whole(const char *text, int64_t *out, const char **rest)
{
	const char *digits = text + (*text == '-' || *text == '+');
	char *end;

	if (!isdigit((unsigned char)*digits)) {
		return false;
	}
	errno = 0;
	*out = strtoll(text, &end, 10);
	*rest = end;
	return errno == 0;
}

static bool scaled(int64_t *number, int64_t factor)
{
	return !__builtin_mul_overflow(*number, factor, number);
}

static bool parse_int(const char *text, int64_t *out)
{
	const char *rest;

	return whole(text, out, &rest) && *rest == '\0';
}

static bool parse_duration(const char *text, int64_t *out)
{
	static const struct {
		const char *unit;
		int64_t ms;
	} units[] = {{"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}};
	const char *rest;

	if (!whole(text, out, &rest) || *out < 0) {
		return false;
	}
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(rest, units[i].unit) == 0) {
			return scaled(out, units[i].ms);
		}
	}
	return *rest == '\0' && *out == 0;
}

static bool parse_size(const char *text, int64_t *out)
{
	const char *rest;
	int64_t factor = 1;

	if (!whole(text, out, &rest) || *out < 0) {
		return false;
	}
	if (*rest != '\0') {
		factor = *rest == 'k' ? INT64_C(1) << 10 : *rest == 'M' ? INT64_C(1) << 20 : *rest == 'G' ? INT64_C(1) << 30 : 0;
		rest++;
	}
	return factor != 0 && *rest == '\0' && scaled(out, factor);
}

static bool parse_double(const char *text, double *out)
{
	char *end;

	/* strtod also reads hex, "inf" and "nan" */
	if (*text == '\0' || strspn(text, "0123456789.+-eE") != strlen(text)) {
		return false;
	}
	*out = strtod(text, &end);
	return *end == '\0' && isfinite(*out);
}

static bool parse_bool(const char *text, int64_t *out)
{
	static const char *const yes[] = {"yes", "true", "on", "1"};
	static const char *const no[] = {"no", "false", "off", "0"};

	for (int i = 0; i < 4; i++) {
		if (strcmp(text, yes[i]) == 0 || strcmp(text, no[i]) == 0) {
			*out = strcmp(text, yes[i]) == 0;
			return true;
		}
	}
	return false;
}

static bool is_choice(const char *choices, const char *text)
{
	size_t len = strlen(text);

	for (const char *at = choices; at && *at;) {
		size_t n = strcspn(at, "|");

		if (n == len && strncmp(at, text, n) == 0) {
			return true;
		}
		at += n + (at[n] == '|');
	}
	return false;
}

static bool parse(const struct f1p_cfg_item *item, const char *text, struct config_value *v, char *reason, size_t size)
{
	switch (item->type) {
	case F1P_CFG_STR:
	case F1P_CFG_PATH:
	case F1P_CFG_SECRET:
		return true;
	case F1P_CFG_INT:
		return parse_int(text, &v->number) || refuse(reason, size, "\"%.40s\" is not a whole number", text);
	case F1P_CFG_DOUBLE:
		return parse_double(text, &v->real) || refuse(reason, size, "\"%.40s\" is not a number", text);
	case F1P_CFG_BOOL:
		return parse_bool(text, &v->number) || refuse(reason, size, "\"%.40s\" is neither yes nor no", text);
	case F1P_CFG_DURATION_MS:
		return parse_duration(text, &v->number) ||
		       refuse(reason, size, "\"%.40s\" is not a duration; write 250ms, 10s, 5m or 2h", text);
	case F1P_CFG_SIZE:
		return parse_size(text, &v->number) ||
		       refuse(reason, size, "\"%.40s\" is not a size; write 512, 64k, 16M or 1G", text);
	case F1P_CFG_ENUM:
		return is_choice(item->choices, text) ||
		       refuse(reason, size, "\"%.40s\" is not one of %.120s", text, item->choices ? item->choices : "(none)");
	default:
		return refuse(reason, size, "the option has type %u, which this f1pd does not know", item->type);
	}
}

/* -1, 0, 1: how a compares with b */
static int compare(const struct f1p_cfg_item *item, const struct config_value *a, const struct config_value *b)
{
	if (item->type == F1P_CFG_DOUBLE) {
		return (a->real > b->real) - (a->real < b->real);
	}
	return (a->number > b->number) - (a->number < b->number);
}

static bool has_range(uint32_t type)
{
	return type == F1P_CFG_INT || type == F1P_CFG_DOUBLE || type == F1P_CFG_DURATION_MS || type == F1P_CFG_SIZE;
}

bool config_value_parse(const struct f1p_cfg_item *item, const char *text, struct config_value *v, char *reason, size_t size)
{
	struct config_value limit = {0};

	memset(v, 0, sizeof(*v));
	if (!parse(item, text, v, reason, size)) {
		return false;
	}
	if (!has_range(item->type)) {
		return true;
	}
	if (item->min) {
		if (!parse(item, item->min, &limit, reason, size)) {
			return refuse(reason, size, "the plugin's table has a bad minimum \"%.40s\"", item->min);
		}
		if (compare(item, v, &limit) < 0) {
			return refuse(reason, size, "%.40s is below the minimum %.40s", text, item->min);
		}
	}
	if (item->max) {
		if (!parse(item, item->max, &limit, reason, size)) {
			return refuse(reason, size, "the plugin's table has a bad maximum \"%.40s\"", item->max);
		}
		if (compare(item, v, &limit) > 0) {
			return refuse(reason, size, "%.40s is above the maximum %.40s", text, item->max);
		}
	}
	return true;
}

/* ---- texts ---- */

static char *copy_or_refuse(const char *text, char *reason, size_t size)
{
	char *copy = strdup(text);

	if (!copy) {
		refuse(reason, size, "out of memory");
	}
	return copy;
}

static char *under(const char *base_dir, const char *path, char *reason, size_t size)
{
	char *joined = NULL;

	if (path[0] == '\0' || path[0] == '/' || !base_dir || base_dir[0] == '\0') {
		return copy_or_refuse(path, reason, size);
	}
	if (path[0] == '~') {
		refuse(reason, size, "~ is not expanded; write the whole path");
		return NULL;
	}
	if (asprintf(&joined, "%s/%s", base_dir, path) < 0) {
		refuse(reason, size, "out of memory");
		return NULL;
	}
	return joined;
}

/* The first SECRET_MAX bytes of the file without the line end; NULL with a reason. */
static char *read_secret(const char *path, char *reason, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	char *text = calloc(1, SECRET_MAX + 2);
	struct stat st;
	ssize_t n = -1;

	if (fd < 0 || !text || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || (n = read(fd, text, SECRET_MAX + 1)) < 0) {
		refuse(reason, size, "the secret's file %.100s cannot be read%s%s", path, fd < 0 ? ": " : "",
			fd < 0 ? strerror(errno) : "");
		goto fail;
	}
	if (n > SECRET_MAX || memchr(text, '\0', (size_t)n)) {
		refuse(reason, size, "the secret's file %.100s is longer than %d bytes or binary", path, SECRET_MAX);
		goto fail;
	}
	while (n > 0 && (text[n - 1] == '\n' || text[n - 1] == '\r')) {
		text[--n] = '\0';
	}
	if (st.st_mode & (S_IRGRP | S_IWGRP | S_IROTH | S_IWOTH)) {
		log_line(F1P_LOG_WARN, "config", "%s: others can read this secret; chmod 600 it", path);
	}
	close(fd);
	return text;
fail:
	if (fd >= 0) {
		close(fd);
	}
	free(text);
	return NULL;
}

static char *secret(const char *text, const char *base_dir, char *reason, size_t size)
{
	size_t len = strlen(text);
	char name[200];
	char *path;
	char *value;

	if (len == 0) {
		return copy_or_refuse("", reason, size);
	}
	if (len > sizeof(name) || text[len - 1] != '}' || (strncmp(text, "${file:", 7) != 0 && strncmp(text, "${env:", 6) != 0)) {
		refuse(reason, size, "write ${file:PATH} or ${env:NAME}, never the secret itself");
		return NULL;
	}
	snprintf(name, sizeof(name), "%.*s", (int)(len - 1), text);
	if (name[2] == 'e') {
		value = getenv(name + 6);
		if (!value || *value == '\0') {
			refuse(reason, size, "the environment variable %.100s is not set", name + 6);
			return NULL;
		}
		return copy_or_refuse(value, reason, size);
	}
	path = under(base_dir, name + 7, reason, size);
	value = path ? read_secret(path, reason, size) : NULL;
	free(path);
	return value;
}

char *config_value_text(const struct f1p_cfg_item *item, const char *text, const char *base_dir, char *reason, size_t size)
{
	switch (item->type) {
	case F1P_CFG_PATH:
		return under(base_dir, text, reason, size);
	case F1P_CFG_SECRET:
		return secret(text, base_dir, reason, size);
	default:
		return copy_or_refuse(text, reason, size);
	}
}
