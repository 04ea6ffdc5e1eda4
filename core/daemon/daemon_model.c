/* daemon_model.c - what the predictors learnt, as they may ask for it. */
#include "daemon/daemon_internal.h"

#include "base/log.h"

static const struct model_file *model_of(const struct f1p_host *host)
{
	return ((struct daemon *)services_arg(host))->model;
}

static const char *fragment(const struct f1p_host *host, const char *id, size_t *n)
{
	return model_file_fragment(model_of(host), id, n);
}

static const char *version(const struct f1p_host *host)
{
	return model_file_version(model_of(host));
}

const struct f1p_model daemon_model_ext = {sizeof(daemon_model_ext), 0, fragment, version};

/* Without it the predictors have what they were built with: weaker forecasts, and a line that says so. */
void daemon_model_open(struct daemon *d)
{
	const char *path = d->config->core.model;
	char err[512];

	if (!path[0])
		return;
	d->model = model_file_open(path, err, sizeof(err));
	const char *tables = NULL;
	size_t n = 0;
	if (d->model)
		tables = model_file_fragment(d->model, MODEL_BASELINES, &n);
	if (tables && (d->baselines = baselines_load(tables, n)) == NULL)
		log_line(F1P_LOG_WARN, "core", "%s: its baselines cannot be read; live scores stand without them", path);
	scorer_set_baselines(d->scorer, d->baselines);
	if (d->model)
		log_line(F1P_LOG_INFO, "core", "model %s of %s, fitted until race %d", model_file_version(d->model), path,
			(int)model_file_until(d->model));
	else
		log_line(F1P_LOG_ERROR, "core", "%s; the predictors go on with their built-in parameters", err);
}
