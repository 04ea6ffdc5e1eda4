/*
 * exposition.h - text format 0.0.4 of Prometheus: families with HELP and TYPE, samples, escapes, number spelling.
 */
#ifndef SINK_METRICS_EXPOSITION_H
#define SINK_METRICS_EXPOSITION_H

#include <f1pd/host.h>

#define EXPOSITION_CONTENT_TYPE "text/plain; version=0.0.4; charset=utf-8"

struct exposition {
	char *text;
	size_t used, room;
	bool failed;	  /* memory ran out, or the text passed 16 MiB */
	char family[128]; /* the one being written */
};

void exposition_init(struct exposition *);
void exposition_finish(struct exposition *);
/* Begins a family unless it is the current one. False if the name is no metric name. */
bool exposition_family(struct exposition *, uint32_t kind, const char *name, const char *help);
/* A sample of the current family. labels: already escaped pairs, "" = none. */
void exposition_sample(struct exposition *, const char *suffix, const char *labels, double value);
/* One gauge family with one sample and no labels. */
void exposition_gauge(struct exposition *, const char *name, const char *help, double value);
/* key="value" with escapes, cut at size. */
void exposition_label(char *out, size_t size, const char *key, const char *value);
/* A series of the host's registry, histograms with +Inf bucket, sum and count. */
void exposition_series(struct exposition *, const struct f1p_metric_view *);

#endif
