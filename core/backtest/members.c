#include "backtest/members.h"

#include "base/log.h"
#include "daemon/command_config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WHO "backtest"

/* ---- what the plugins may ask for ---- */

static f1p_status each_row(const struct f1p_host *host, const struct f1p_history_query *q,
	bool (*fn)(void *, const struct f1p_history_row *), void *arg)
{
	const struct members *m = services_arg(host);
	f1p_status status = past_view_each(&m->view, q, fn, arg);

	return status == F1P_OK ? status : host->fail(host, status, "no such history query");
}

static f1p_status put_rows(const struct f1p_host *host, const struct f1p_history_row *first, uint32_t count)
{
	(void)first, (void)count;
	return host->fail(host, F1P_EUNSUPPORTED, "the past cannot be written to");
}

static bool count_row(void *arg, const struct f1p_history_row *row)
{
	(void)row;
	++*(int64_t *)arg;
	return true;
}

static int64_t count_rows(const struct f1p_host *host, const struct f1p_history_query *q)
{
	const struct members *m = services_arg(host);
	int64_t n = 0;

	return past_view_each(&m->view, q, count_row, &n) == F1P_OK ? n : -1;
}

static const struct f1p_history history_ext = {sizeof(history_ext), 0, each_row, put_rows, count_rows};

static const char *model_fragment(const struct f1p_host *host, const char *id, size_t *n)
{
	const struct members *m = services_arg(host);

	*n = 0;
	return m->model ? model_file_fragment(m->model, id, n) : NULL;
}

static const char *model_version(const struct f1p_host *host)
{
	const struct members *m = services_arg(host);

	return m->model ? model_file_version(m->model) : "";
}

static const struct f1p_model model_ext = {sizeof(model_ext), 0, model_fragment, model_version};

static const void *extension(void *arg, const struct f1p_host *host, const char *id)
{
	(void)arg, (void)host;
	if (strcmp(id, F1P_EXT_HISTORY) == 0)
		return &history_ext;
	return strcmp(id, F1P_EXT_MODEL) == 0 ? &model_ext : NULL;
}

static bool always(void *arg)
{
	(void)arg;
	return true;
}

/* ---- configuration ---- */

static void log_error(void *arg, const char *line)
{
	(void)arg;
	log_line(F1P_LOG_ERROR, WHO, "%s", line);
}

static struct config_file *find_file(struct config *c, const char *name, size_t n)
{
	for (size_t i = 0; i < c->n_files; i++)
		if (strlen(c->files[i].name) == n && memcmp(c->files[i].name, name, n) == 0)
			return &c->files[i];
	return NULL;
}

static bool set_value(struct config_file *f, const char *key, size_t n, const char *value)
{
	if (n == 7 && memcmp(key, "enabled", n) == 0) {
		f->enabled = strcmp(value, "yes") == 0;
		return f->enabled || strcmp(value, "no") == 0;
	}
	for (size_t i = 0; i < f->n_options; i++)
		if (strlen(f->options[i].key) == n && memcmp(f->options[i].key, key, n) == 0) {
			char *new_value = strdup(value);
			free(f->options[i].value);
			f->options[i].value = new_value;
			return new_value != NULL;
		}
	return command_config_option(f, key, n, value);
}

static bool apply_set(struct config *c, const char *text)
{
	const char *dot = strchr(text, '.'), *equals = dot ? strchr(dot, '=') : NULL;
	struct config_file *f = equals ? find_file(c, text, (size_t)(dot - text)) : NULL;

	if (f && equals > dot + 1 && set_value(f, dot + 1, (size_t)(equals - dot - 1), equals + 1))
		return true;
	log_line(F1P_LOG_ERROR, WHO, "--set %s: write INSTANCE.OPTION=VALUE, with an instance of the configuration%s", text,
		equals && !f ? "; there is none of that name" : "");
	return false;
}

/* ---- life ---- */

struct members *members_create_empty(const struct past *past, const struct model_file *model)
{
	struct members *m = calloc(1, sizeof(*m));
	struct host_ops ops = {.arg = m, .is_loop = always, .is_worker = always, .extension = extension};

	if (!m)
		return NULL;
	m->view = (struct past_view){.past = past, .moment = PAST_BEFORE_QUALIFYING};
	m->model = model;
	m->services = services_create(&ops);
	if (m->services)
		return m;
	free(m);
	return NULL;
}

bool members_add(struct members *m, struct instance *in)
{
	if (m->n == MEMBERS_MAX)
		return false;
	m->all[m->n++] = in;
	if (in->ensemble && !m->ensemble)
		m->ensemble = in;
	if (in->priors && !m->priors)
		m->priors = in;
	return true;
}

static void load_member(struct members *m, const struct config_file *f, const char *plugin_dir)
{
	struct config_errors errors = {.fn = log_error};
	struct instance *in = instance_create(m->services, f, m->config->dir, plugin_dir, (uint32_t)m->n + 1, &errors);

	if (in && instance_start(in, 0) == F1P_OK && members_add(m, in))
		return;
	instance_destroy(in);
	log_line(F1P_LOG_ERROR, WHO, "%s is left out", f->name);
}

static bool load_all(struct members *m, const struct members_options *o)
{
	struct config_errors errors = {.fn = log_error};

	m->config = config_load(o->config_dir, &errors);
	if (!m->config)
		return false;
	for (size_t i = 0; i < o->n_set; i++)
		if (!apply_set(m->config, o->set[i]))
			return false;
	const char *plugin_dir = o->plugin_dir ? o->plugin_dir : m->config->core.plugin_dir;
	for (size_t i = 0; i < m->config->n_files; i++)
		if (m->config->files[i].enabled && config_file_kind(&m->config->files[i]) == F1P_KIND_PREDICTOR)
			load_member(m, &m->config->files[i], plugin_dir);
	if (!m->n)
		log_line(F1P_LOG_ERROR, WHO, "%s: no enabled predictor could be loaded", o->config_dir);
	return m->n > 0;
}

struct members *members_create(const struct members_options *o, const struct past *past)
{
	struct members *m = members_create_empty(past, o->model);

	if (m && load_all(m, o))
		return m;
	members_destroy(m);
	return NULL;
}

void members_destroy(struct members *m)
{
	if (!m)
		return;
	for (size_t i = m->n; i > 0; i--)
		instance_destroy(m->all[i - 1]);
	services_destroy(m->services);
	config_free(m->config);
	free(m);
}

/* ---- calls ---- */

static bool never(void *arg)
{
	(void)arg;
	return false;
}

static void prepare(struct f1p_forecast *out, const struct f1p_state *s, uint64_t seed)
{
	memset(out, 0, sizeof(*out));
	out->size = sizeof(*out);
	out->snapshot_seq = s->seq;
	out->seed = seed;
}

/* What the others do not get to see must be whole: one line for each instance, then silence. */
static bool conclude(struct instance *in, f1p_status status, const struct f1p_state *s, struct f1p_forecast *out)
{
	if (status == F1P_OK && out->n_cars == s->n_cars)
		return true;
	if (status != F1P_EUNSUPPORTED && in->failures++ == 0) {
		char reason[160];
		services_take_reason(in->host, reason, sizeof(reason));
		log_line(F1P_LOG_WARN, WHO, "%s failed in race %u, lap %d: %s", in->file->name, s->meeting_key, (int)s->lap,
			reason[0] ? reason : instance_status_name(status));
	}
	out->n_cars = 0;
	return false;
}

bool members_predict(struct instance *in, const struct f1p_state *s, uint64_t seed, struct f1p_forecast *out)
{
	prepare(out, s, seed);
	return conclude(in, in->predictor->predict(in->plugin, s, seed, never, NULL, out), s, out);
}

bool members_combine(struct instance *in, const struct f1p_state *s, uint64_t seed, const struct f1p_member *list, uint32_t n,
	struct f1p_forecast *out)
{
	prepare(out, s, seed);
	return conclude(in, n ? in->ensemble->combine(in->plugin, s, list, n, out) : F1P_EUNSUPPORTED, s, out);
}

const char *members_name(const struct instance *in)
{
	const char *dash = strchr(in->file->name, '-');

	return dash ? dash + 1 : in->file->name;
}
