/* fake_plugin.c - a plugin on the fake host: options by its own table, life cycle, polls. */
#include "fake_host_impl.h"

#include <f1pd/plugin.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The value of "name=" in "a=1\nb=2", or the default; text is cut in place. */
static const char *value_of(char *text, const char *name, const char *def)
{
	size_t n = strlen(name);

	for (char *line = text; line && *line; line = strchr(line, '\0') + 1)
		if (strncmp(line, name, n) == 0 && line[n] == '=')
			return line + n + 1;
	return def;
}

static int64_t with_unit(const char *text, bool duration)
{
	char *end;
	double v = strtod(text, &end);
	static const struct {
		const char *unit;
		double ms, bytes;
	} units[] = {{"ms", 1, 0}, {"s", 1e3, 0}, {"m", 6e4, 0}, {"h", 3.6e6, 0}, {"k", 0, 1024}, {"M", 0, 1048576}, {"G", 0, 1073741824}};

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (strcmp(end, units[i].unit) == 0)
			return (int64_t)(v * (duration ? units[i].ms : units[i].bytes));
	return (int64_t)v;
}

static bool fill(uint8_t *at, uint32_t type, const char *text)
{
	if (!text)
		return false; /* required and not given */
	switch (type) {
	case F1P_CFG_INT:
		*(int64_t *)(void *)at = atoll(text);
		return true;
	case F1P_CFG_DOUBLE:
		*(double *)(void *)at = atof(text);
		return true;
	case F1P_CFG_BOOL:
		*(bool *)at = strcmp(text, "yes") == 0 || strcmp(text, "true") == 0 || strcmp(text, "on") == 0 || strcmp(text, "1") == 0;
		return true;
	case F1P_CFG_DURATION_MS:
	case F1P_CFG_SIZE:
		*(int64_t *)(void *)at = with_unit(text, type == F1P_CFG_DURATION_MS);
		return true;
	default:
		*(const char **)(void *)at = text;
		return true;
	}
}

static bool configure(struct fake_host *f, const struct f1p_descriptor *d, const char *options)
{
	f->config_block = calloc(1, d->config_size ? d->config_size : 1);
	f->config_text = calloc(1, strlen(options ? options : "") + 2); /* an empty line ends it */
	if (!f->config_block || !f->config_text)
		return false;
	strcpy(f->config_text, options ? options : "");
	for (char *c = f->config_text; *c; c++)
		if (*c == '\n')
			*c = '\0';
	for (uint32_t i = 0; i < d->config_count; i++) {
		const struct f1p_cfg_item *item = &d->config[i];
		if (!fill((uint8_t *)f->config_block + item->offset, item->type, value_of(f->config_text, item->name, item->def))) {
			snprintf(f->reason, sizeof(f->reason), "%s is required", item->name);
			return false;
		}
	}
	return true;
}

static const struct f1p_descriptor *find(const struct f1p_entry *entry, const char *id)
{
	for (uint32_t i = 0; i < entry->count; i++)
		if (strcmp(entry->descriptor(i)->id, id) == 0)
			return entry->descriptor(i);
	return NULL;
}

struct f1p_plugin *fake_start(struct fake_host *f, const struct f1p_entry *entry, const char *plugin_id, const char *options)
{
	const struct f1p_descriptor *d = find(entry, plugin_id);
	struct f1p_plugin *p = d ? entry->create(&f->host, plugin_id) : NULL;

	if (!p)
		return NULL;
	free(f->config_block);
	free(f->config_text);
	f->config_block = NULL;
	f->config_text = NULL;
	if (p->init(p) == F1P_OK && configure(f, d, options) && p->configure(p, f->config_block) == F1P_OK && p->start(p) == F1P_OK)
		return p;
	p->stop(p);
	p->destroy(p);
	return NULL;
}

void fake_stop(struct fake_host *f, struct f1p_plugin *p)
{
	(void)f;
	if (p) {
		p->stop(p);
		p->destroy(p);
	}
}

f1p_status fake_poll(struct fake_host *f, struct f1p_plugin *p, int64_t *next_due_ns)
{
	const struct f1p_source *s = p->get_extension(p, F1P_EXT_SOURCE);
	int64_t next = F1P_UNKNOWN_NS;
	f1p_status rc = s->poll(p, f->now_ns, 128, &next);

	if (next_due_ns)
		*next_due_ns = next;
	return rc;
}
