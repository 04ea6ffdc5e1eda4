#include "model_params.h"

#include <f1pd/model.h>

#include <stdio.h>

struct params *params_of_model(const struct f1p_host *host, const char *id)
{
	const struct f1p_model *model = host && host->get_extension ? host->get_extension(host, F1P_EXT_MODEL) : NULL;
	char why[160] = "";
	size_t n = 0;
	const char *text = model && model->fragment ? model->fragment(host, id, &n) : NULL;
	if (!text) {
		return NULL;
	}
	struct params *params = params_read(text, n, why, sizeof(why));
	if (!params && host->log) {
		host->log(host, F1P_LOG_WARN, "model file: what it holds for %s cannot be read (%s): the built-in figures are used; train it anew",
			  id, why);
	}
	return params;
}

void params_version(const struct f1p_host *host, const char *plugin_version, bool from_file, char *out, size_t out_size)
{
	const struct f1p_model *model = from_file && host && host->get_extension ? host->get_extension(host, F1P_EXT_MODEL) : NULL;
	const char *file = model && model->version ? model->version(host) : "";
	snprintf(out, out_size, "%s%s%.12s", plugin_version, file && file[0] ? "+" : "", file ? file : "");
}
