/*
 * daemon_plugins.c - /api/v1/plugins and /api/v1/models: which instances there are, how they fare, what the predictors learnt.
 */
#include "daemon/daemon_internal.h"

#include "helpers/encode_keys.h"

#include <stdio.h>

static void write_instance(struct f1p_json *j, const struct instance *inst)
{
	f1p_json_object(j);
	key_str(j, "name", inst->file->name);
	key_str(j, "plugin", inst->desc->id);
	key_str(j, "kind", module_kind_name(inst->kind));
	key_str(j, "version", inst->desc->version);
	key_str(j, "license", inst->desc->license);
	key_str(j, "description", inst->desc->description);
	key_str(j, "state", instance_state_name(inst->state));
	key_str(j, "reason", inst->state == INSTANCE_RUNNING ? "" : inst->reason);
	key_count(j, "failures", (uint64_t)inst->failures);
	f1p_json_end(j);
}

void daemon_write_plugins(const struct daemon *d, struct f1p_json *j)
{
	char version[32];

	snprintf(version, sizeof(version), "%d.%d.%d", F1P_VERSION_MAJOR, F1P_VERSION_MINOR, F1P_VERSION_PATCH);
	f1p_json_object(j);
	key_str(j, "version", version);
	key_count(j, "abi_major", F1P_ABI_MAJOR);
	key_count(j, "abi_minor", F1P_ABI_MINOR);
	f1p_json_key(j, "plugins");
	f1p_json_array(j);
	for (size_t i = 0; i < d->n_units; i++)
		write_instance(j, d->units[i].inst);
	f1p_json_end(j);
	f1p_json_end(j);
}

/* What stands behind the figures, for those who show them to others. */
static const char method[] =
	"Every predictor answers the same snapshot of the race; the ensemble adds their log-odds with weights that were learnt from races "
	"that are over, and bends a table of places to them. Chances are those of the official result; a car that retires counts at the place "
	"where it is then classified. The 50 and 90 % ranges of places and gaps are those that held half and nine tenths of past results. "
	"confidence: 1 less the entropy of the winner's distribution, as a part of what it could be, times how fresh the members' forecasts are. "
	"trend: rising or falling when confidence is more than 0.01 above or below its running mean. Why it moved: the chance of now less that of "
	"the same futures without the event. Each forecast is kept with model, version, seed and snapshot, and scored when the result is known: "
	"/api/v1/accuracy.";

static void write_model(const struct daemon *d, struct f1p_json *j, const struct instance *inst)
{
	size_t n = 0;

	f1p_json_object(j);
	key_str(j, "name", inst->file->name);
	key_str(j, "plugin", inst->desc->id);
	key_str(j, "version", inst->desc->version);
	key_str(j, "method", inst->desc->description);
	key_str(j, "state", instance_state_name(inst->state));
	key_bool(j, "ensemble", inst->ensemble != NULL); /* weighs the others: its forecast is the published one */
	key_bool(j, "priors", inst->priors != NULL);
	key_bool(j, "insights", inst->insights != NULL);
	key_bool(j, "learns", inst->trainable != NULL);
	key_bool(j, "learnt", d->model && model_file_fragment(d->model, inst->desc->id, &n) != NULL);
	f1p_json_end(j);
}

void daemon_write_models(const struct daemon *d, struct f1p_json *j)
{
	f1p_json_object(j);
	key_str(j, "method", method);
	f1p_json_key(j, "file");
	if (d->model) {
		f1p_json_object(j);
		key_str(j, "version", model_file_version(d->model));
		key_int(j, "until", model_file_until(d->model));
		f1p_json_end(j);
	} else {
		f1p_json_null(j);
	}
	f1p_json_key(j, "models");
	f1p_json_array(j);
	for (size_t i = 0; i < d->n_units; i++)
		if (d->units[i].inst->kind == F1P_KIND_PREDICTOR)
			write_model(d, j, d->units[i].inst);
	f1p_json_end(j);
	f1p_json_end(j);
}
