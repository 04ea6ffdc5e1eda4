/*
 * checks_config.c - the option table: complete, inside the struct, defaults inside their own limits; limits accepted.
 */
#include "check.h"

#include <stdio.h>
#include <string.h>

#define ALL (F1P_KIND_SOURCE | F1P_KIND_PREDICTOR | F1P_KIND_SINK)

static enum check_result item_check(struct check *c, const struct f1p_cfg_item *item, uint32_t index)
{
	size_t size = option_field_size(item->type);
	double number;
	char err[300];

	if (!item->name || !*item->name || strspn(item->name, "abcdefghijklmnopqrstuvwxyz0123456789_") != strlen(item->name)) {
		return check_fail(c, "option %u: name must be of a-z 0-9 _", index);
	}
	if (size == 0) {
		return check_fail(c, "option %s: unknown type %u", item->name, item->type);
	}
	if (item->offset % size != 0 || item->offset + size > c->desc->config_size) {
		return check_fail(c, "option %s: offset %u is outside the config struct of %u bytes, or not aligned", item->name,
			item->offset, c->desc->config_size);
	}
	if (!item->help || !*item->help) {
		return check_fail(c, "option %s: no help", item->name);
	}
	if (!item->def && !(item->flags & F1P_CFG_REQUIRED)) {
		return check_fail(c, "option %s: no default, and not required", item->name);
	}
	if (item->type == F1P_CFG_ENUM && (!item->choices || !*item->choices)) {
		return check_fail(c, "option %s: an ENUM needs choices", item->name);
	}
	if (item->def && !option_parse(item, item->def, &number, err, sizeof(err))) {
		return check_fail(c, "default of option %s", err);
	}
	if ((item->min && !option_parse(item, item->min, &number, err, sizeof(err))) ||
		(item->max && !option_parse(item, item->max, &number, err, sizeof(err)))) {
		return check_fail(c, "limits of option %s", err);
	}
	return CHECK_PASS;
}

static enum check_result pair_check(struct check *c, const struct f1p_cfg_item *a, const struct f1p_cfg_item *b)
{
	if (strcmp(a->name, b->name) == 0) {
		return check_fail(c, "option %s is there twice", a->name);
	}
	if (a->offset < b->offset + option_field_size(b->type) && b->offset < a->offset + option_field_size(a->type)) {
		return check_fail(c, "options %s and %s lie on one another", a->name, b->name);
	}
	return CHECK_PASS;
}

static enum check_result run_table(struct check *c)
{
	const struct f1p_descriptor *d = c->desc;
	enum check_result result = CHECK_PASS;

	if (d->config_size > 65536 || (d->config_count > 0 && (!d->config || d->config_size == 0))) {
		return check_fail(c, "config_count %u, config_size %u, table %s", d->config_count, d->config_size,
			d->config ? "given" : "NULL");
	}
	if (d->config_count > 0 && d->config[0].size < sizeof(struct f1p_cfg_item)) {
		return check_fail(
			c, "items are %u bytes long, ABI 1.0 needs %zu", d->config[0].size, sizeof(struct f1p_cfg_item));
	}
	for (uint32_t i = 0; i < d->config_count && result == CHECK_PASS; i++) {
		result = item_check(c, option_at(d, i), i);
		for (uint32_t k = 0; k < i && result == CHECK_PASS; k++) {
			result = pair_check(c, option_at(d, i), option_at(d, k));
		}
	}
	return result;
}

/* An instance at a limit of one option may refuse with a reason (two options may not fit together), never crash. */
static enum check_result try_value(struct check *c, const struct f1p_cfg_item *item, const char *value)
{
	struct check one = *c;
	struct check_option options[65];
	struct instance inst;

	memcpy(options, c->options, c->n_options * sizeof(options[0]));
	options[c->n_options] = (struct check_option){item->name, value};
	one.options = options;
	one.n_options = c->n_options + 1;
	fake_host_reset(c->host);
	if (instance_create(&one, &inst) != CHECK_PASS) {
		return check_fail(c, "%s", one.reason);
	}
	inst.config = options_fill(&one);
	if (!inst.config) {
		instance_close(&inst);
		return check_fail(c, "%s", one.reason);
	}
	f1p_status status = inst.plugin->configure(inst.plugin, inst.config);
	instance_close(&inst);
	if (status != F1P_OK && c->host->fail_reason[0] == '\0') {
		return check_fail(
			c, "configure with %s = %s returned %d without a reason: use host->fail", item->name, value, status);
	}
	return CHECK_PASS;
}

static enum check_result run_limits(struct check *c)
{
	enum check_result result = CHECK_PASS;

	for (uint32_t i = 0; i < c->desc->config_count && result == CHECK_PASS; i++) {
		const struct f1p_cfg_item *item = option_at(c->desc, i);
		char choice[64];

		if (item->min) {
			result = try_value(c, item, item->min);
		}
		if (item->max && result == CHECK_PASS) {
			result = try_value(c, item, item->max);
		}
		for (const char *at = item->type == F1P_CFG_ENUM ? item->choices : NULL; at && result == CHECK_PASS;) {
			size_t n = strcspn(at, "|");

			snprintf(choice, sizeof(choice), "%.*s", (int)(n < 63 ? n : 63), at);
			result = try_value(c, item, choice);
			at = at[n] ? at + n + 1 : NULL;
		}
	}
	return result;
}

const struct check_def config_checks[] = {
	{"option-table", "options have type, help, default inside limits, a place of their own", ALL, run_table},
	{"option-limits", "configure() takes the least and greatest value and every choice, or says why not", ALL, run_limits},
	{0},
};
