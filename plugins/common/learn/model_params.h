/*
 * model_params.h - what the model file holds for a plugin.
 */
#ifndef LEARN_MODEL_PARAMS_H
#define LEARN_MODEL_PARAMS_H

#include <f1pd/host.h>

#include "params.h"

/* The plugin's fragment of the model file, owned by the caller; NULL: there is none, or it cannot be read, which is
 * logged. host may
 * be NULL. id: the plugin's, "predictor_order". */
struct params *params_of_model(const struct f1p_host *host, const char *id);

/* The version that a forecast carries: "1.0.0", and if the plugin uses what it found in the model file "1.0.0+3f9a0c12b4de". */
void params_version(const struct f1p_host *host, const char *plugin_version, bool from_file, char *out, size_t out_size);

#endif
