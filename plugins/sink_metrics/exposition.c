/*
 * exposition.c - see exposition.h.
 */
#include "exposition.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_MAX (16u << 20)

void exposition_init(struct exposition *e)
{
	*e = (struct exposition){0};
}

void exposition_finish(struct exposition *e)
{
	free(e->text);
	*e = (struct exposition){0};
}

static void add(struct exposition *e, const char *bytes, size_t n)
{
	if (e->failed || n > TEXT_MAX - e->used) {
		e->failed = true;
		return;
	}
	if (e->used + n > e->room) {
		size_t room = (e->used + n) * 2 + 4096;
		char *text = realloc(e->text, room);

		if (!text) {
			e->failed = true;
			return;
		}
		e->text = text;
		e->room = room;
	}
	memcpy(e->text + e->used, bytes, n);
	e->used += n;
}

static void add_text(struct exposition *e, const char *text)
{
	add(e, text, strlen(text));
}

static void add_help(struct exposition *e, const char *help)
{
	for (; *help; help++) {
		if (*help == '\\' || *help == '\n') {
			add_text(e, *help == '\n' ? "\\n" : "\\\\");
		} else {
			add(e, help, 1);
		}
	}
}

/* The shortest of two spellings that reads back as the same number. */
static void number(char out[32], double value)
{
	if (isnan(value)) {
		snprintf(out, 32, "NaN");
	} else if (isinf(value)) {
		snprintf(out, 32, value > 0 ? "+Inf" : "-Inf");
	} else {
		snprintf(out, 32, "%.15g", value);
		if (strtod(out, NULL) < value || strtod(out, NULL) > value) {
			snprintf(out, 32, "%.17g", value);
		}
	}
}

static bool valid_name(const char *name)
{
	if (!*name || (*name >= '0' && *name <= '9')) {
		return false;
	}
	for (; *name; name++) {
		bool letter = (*name >= 'a' && *name <= 'z') || (*name >= 'A' && *name <= 'Z');

		if (!letter && !(*name >= '0' && *name <= '9') && *name != '_' && *name != ':') {
			return false;
		}
	}
	return true;
}

bool exposition_family(struct exposition *e, uint32_t kind, const char *name, const char *help)
{
	static const char *const types[] = {
		[F1P_METRIC_COUNTER] = "counter", [F1P_METRIC_GAUGE] = "gauge", [F1P_METRIC_HISTOGRAM] = "histogram"};

	if (strcmp(e->family, name) == 0) {
		return true;
	}
	if (!valid_name(name) || strlen(name) >= sizeof(e->family) || kind < F1P_METRIC_COUNTER || kind > F1P_METRIC_HISTOGRAM) {
		return false;
	}
	snprintf(e->family, sizeof(e->family), "%s", name);
	add_text(e, "# HELP ");
	add_text(e, name);
	add_text(e, " ");
	add_help(e, help ? help : "");
	add_text(e, "\n# TYPE ");
	add_text(e, name);
	add_text(e, " ");
	add_text(e, types[kind]);
	add_text(e, "\n");
	return true;
}

static void add_sample(struct exposition *e, const char *suffix, const char *labels, const char *more, const char *value)
{
	bool any = labels[0] || more[0];

	add_text(e, e->family);
	add_text(e, suffix);
	add_text(e, any ? "{" : "");
	add_text(e, labels);
	add_text(e, labels[0] && more[0] ? "," : "");
	add_text(e, more);
	add_text(e, any ? "} " : " ");
	add_text(e, value);
	add_text(e, "\n");
}

void exposition_sample(struct exposition *e, const char *suffix, const char *labels, double value)
{
	char text[32];

	number(text, value);
	add_sample(e, suffix, labels, "", text);
}

void exposition_gauge(struct exposition *e, const char *name, const char *help, double value)
{
	exposition_family(e, F1P_METRIC_GAUGE, name, help);
	exposition_sample(e, "", "", value);
}

void exposition_label(char *out, size_t size, const char *key, const char *value)
{
	size_t n = (size_t)snprintf(out, size, "%s=\"", key);

	for (; *value && n + 4 < size; value++) {
		if (*value == '\\' || *value == '"' || *value == '\n') {
			out[n++] = '\\';
		}
		out[n++] = *value;
		if (*value == '\n') {
			out[n - 1] = 'n';
		}
	}
	snprintf(out + n, size - n, "\"");
}

static void add_histogram(struct exposition *e, const struct f1p_metric_view *v)
{
	char text[32], bound[32], le[48];

	for (uint32_t i = 0; i < v->n_buckets; i++) {
		number(bound, v->bounds[i]);
		snprintf(le, sizeof(le), "le=\"%s\"", bound);
		snprintf(text, sizeof(text), "%" PRIu64, v->cumulative[i]);
		add_sample(e, "_bucket", v->labels, le, text);
	}
	snprintf(text, sizeof(text), "%" PRIu64, v->count);
	add_sample(e, "_bucket", v->labels, "le=\"+Inf\"", text);
	exposition_sample(e, "_sum", v->labels, v->sum);
	add_sample(e, "_count", v->labels, "", text);
}

void exposition_series(struct exposition *e, const struct f1p_metric_view *v)
{
	if (!exposition_family(e, v->kind, v->name, v->help)) {
		return;
	}
	if (v->kind == F1P_METRIC_HISTOGRAM) {
		add_histogram(e, v);
	} else {
		exposition_sample(e, "", v->labels, v->value);
	}
}
