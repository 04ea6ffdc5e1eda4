/*
 * model_file.h - what the predictors learnt: one JSON file, a fragment for each plugin.
 *
 *	{"f1pd_model":1,"until":202424,"models":{"predictor_prerace":{...},...}}
 *
 * The fragments are handed on as text: only their plugins know what is in them.
 */
#ifndef FORECAST_MODEL_FILE_H
#define FORECAST_MODEL_FILE_H

#include <f1pd/base.h>

#define MODEL_FILE_FORMAT 1
/* Fragments of the host's own: the tables of the baselines, and the scorecard of the walk that the model was made in. */
#define MODEL_BASELINES "baselines"
#define MODEL_SCORECARD "scorecard"
#define MODEL_FILE_MAX (16u << 20)

struct model_file;

/* NULL with one line in err: cannot be read, is no model file, or of another format. */
struct model_file *model_file_open(const char *path, char *err, size_t err_size);
/* The same from memory; text is copied. name stands in err. */
struct model_file *model_file_parse(const char *name, const char *text, size_t n, char *err, size_t err_size);
void model_file_destroy(struct model_file *); /* accepts NULL */

/* One JSON object, NULL if the plugin has none. Owned by the file. */
const char *model_file_fragment(const struct model_file *, const char *plugin_id, size_t *n);
const char *model_file_version(const struct model_file *); /* first 12 hex digits of the SHA-256 of its bytes */
int32_t model_file_until(const struct model_file *);       /* last race_id that it was fitted on */

#endif
