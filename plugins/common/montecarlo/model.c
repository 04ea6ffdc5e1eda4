/*
 * model.c - what was learnt, in and out of the model file.
 */
#include "model.h"

#include <stddef.h>

#define LARGEST 50.0 /* no figure of a sane model is; sums of them stay finite */

struct item {
	const char *name;
	size_t offset, n;
};

#define ITEM(field, count)                                                                                                       \
	{                                                                                                                        \
#field, offsetof(struct midrace_model, field), count                                                             \
	}
static const struct item items[] = {
	ITEM(tyre_off, TYRE_CLASSES),
	ITEM(tyre_slope, TYRE_CLASSES),
	ITEM(stop_green, STOP_GREEN_INPUTS),
	ITEM(stop_neutral, STOP_NEUTRAL_INPUTS),
	ITEM(stop_wet, STOP_WET_INPUTS),
};

void midrace_model_init(struct midrace_model *m)
{
	static const struct midrace_model defaults = {
		.tyre_off = {0.0, 0.241, 0.370},
		.tyre_slope = {0.069, 0.052, 0.045},
#include "stops_default.h"
	};
	*m = defaults;
}

bool midrace_model_save(const struct midrace_model *m, struct params *params)
{
	bool ok = true;
	for (size_t i = 0; i < sizeof(items) / sizeof(items[0]); i++) {
		ok = ok && params_set(params, items[i].name, (const double *)((const char *)m + items[i].offset), items[i].n);
	}
	return ok;
}

void midrace_model_load(struct midrace_model *m, const struct params *params)
{
	for (size_t i = 0; i < sizeof(items) / sizeof(items[0]); i++) {
		const double *v = params_get(params, items[i].name, items[i].n);
		double *to = (double *)((char *)m + items[i].offset);
		for (size_t k = 0; v && k < items[i].n; k++) {
			to[k] = v[k] < -LARGEST ? -LARGEST : v[k] > LARGEST ? LARGEST : v[k];
		}
	}
}
