/* instance.c - the life of one configured plugin: created, running, waiting, quarantined, stopped; see instance.h. */
#include "plugin/instance.h"

#include "plugin/services_impl.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECOND_NS INT64_C(1000000000)
#define RETRY_MIN_NS SECOND_NS
#define RETRY_MAX_NS (60 * SECOND_NS)
#define HEALTHY_NS (60 * SECOND_NS) /* having run so long, earlier failures are forgotten */
#define SLOW_CALL_NS (SECOND_NS / 20)

const char *instance_state_name(enum instance_state state)
{
	static const char *const names[] = {"?", "created", "running", "waiting", "quarantined", "stopped"};

	return names[state >= INSTANCE_CREATED && state <= INSTANCE_STOPPED ? state : 0];
}

const char *instance_status_name(f1p_status status)
{
	static const char *const names[] = {"ok", "not now", "not acceptable", "out of memory", "input or output failed",
		"the configuration cannot work", "not supported", "took too long", "will never work", "cancelled", "ended"};

	return status <= 0 && status >= F1P_END ? names[-status] : "unknown status";
}

/* ---- making ---- */

/* What a failed call said, or else the meaning of its status. */
static void take_reason(const struct f1p_host *host, f1p_status status, char *out, size_t size)
{
	services_take_reason(host, out, size);
	if (out[0] == '\0') {
		snprintf(out, size, "%s", instance_status_name(status));
	}
}

/* Copies the plugin's struct into the zeroed host-side one; NULL if the plugin has none or it is too small to be one. */
static const void *adopt(struct f1p_plugin *plugin, const char *id, void *to, size_t size)
{
	const void *from = plugin->get_extension(plugin, id);
	uint32_t theirs;

	if (!from) {
		return NULL;
	}
	memcpy(&theirs, from, sizeof(theirs));
	if (theirs < 2 * sizeof(uint32_t) + sizeof(void (*)(void))) {
		return NULL;
	}
	memcpy(to, from, theirs < size ? theirs : size);
	return to;
}

/* Fetches the interfaces of the kind; false if what the kind must have is missing. */
static bool adopt_all(struct instance *in)
{
	struct f1p_plugin *p = in->plugin;

	switch (in->kind) {
	case F1P_KIND_SOURCE:
		in->source = adopt(p, F1P_EXT_SOURCE, &in->ext.source, sizeof(in->ext.source));
		in->seek = adopt(p, F1P_EXT_SEEK, &in->ext.seek, sizeof(in->ext.seek));
		in->seek = in->seek && in->seek->seek ? in->seek : NULL;
		return in->source && in->source->poll;
	case F1P_KIND_PREDICTOR:
		in->predictor = adopt(p, F1P_EXT_PREDICTOR, &in->ext.predictor, sizeof(in->ext.predictor));
		in->ensemble = adopt(p, F1P_EXT_ENSEMBLE, &in->ext.ensemble, sizeof(in->ext.ensemble));
		in->predictor = in->predictor && in->predictor->predict ? in->predictor : NULL;
		in->ensemble = in->ensemble && in->ensemble->combine ? in->ensemble : NULL;
		in->priors = adopt(p, F1P_EXT_PRIORS, &in->ext.priors, sizeof(in->ext.priors));
		in->priors = in->priors && in->priors->priors ? in->priors : NULL;
		in->trainable = adopt(p, F1P_EXT_TRAINABLE, &in->ext.trainable, sizeof(in->ext.trainable));
		in->trainable = in->trainable && in->trainable->begin && in->trainable->example && in->trainable->fit &&
				in->trainable->save ? in->trainable : NULL;
		in->insights = adopt(p, F1P_EXT_INSIGHTS, &in->ext.insights, sizeof(in->ext.insights));
		in->insights = in->insights && in->insights->insights ? in->insights : NULL;
		return in->predictor || in->ensemble;
	default:
		in->sink = adopt(p, F1P_EXT_SINK, &in->ext.sink, sizeof(in->ext.sink));
		return in->sink && in->sink->write;
	}
}

static bool plugin_complete(const struct f1p_plugin *p)
{
	return p->size >= offsetof(struct f1p_plugin, get_extension) + sizeof(p->get_extension) && p->init && p->configure &&
	       p->start && p->stop && p->destroy && p->get_extension;
}

static bool make_plugin(struct instance *in, struct config_errors *errors)
{
	const char *path = in->file->path;
	char reason[sizeof(in->reason)];
	f1p_status status;

	in->plugin = in->module->entry.create(in->host, in->desc->id);
	if (!in->plugin) {
		config_report(errors, path, 0, NULL, "%s cannot be created", in->desc->id);
		return false;
	}
	if (!plugin_complete(in->plugin)) {
		config_report(errors, path, 0, NULL, "%s: its plugin struct is incomplete", in->module->path);
		in->plugin = NULL; /* not even its destroy can be trusted */
		return false;
	}
	status = in->plugin->init(in->plugin);
	if (status == F1P_OK && !adopt_all(in)) {
		config_report(
			errors, path, 0, NULL, "%s has not the interface of a %s", in->module->path, module_kind_name(in->kind));
		return false;
	}
	if (status == F1P_OK) {
		status = in->plugin->configure(in->plugin, in->config_block);
	}
	if (status != F1P_OK) {
		take_reason(in->host, status, reason, sizeof(reason));
		config_report(errors, path, 0, NULL, "%s: %s", in->desc->id, reason);
		return false;
	}
	return true;
}

static bool find_descriptor(struct instance *in, struct services *services, const char *plugin_dir, struct config_errors *errors)
{
	const struct config_file *file = in->file;
	char path[PATH_MAX];
	char reason[400];

	if (!module_path(plugin_dir, file->plugin_id, path, sizeof(path))) {
		config_report(
			errors, file->path, file->id_line, "id", "no plugin \"%s\": %s does not exist", file->plugin_id, path);
		return false;
	}
	in->module = module_pool_get(services->modules, path, reason, sizeof(reason));
	if (!in->module) {
		config_report(errors, path, 0, NULL, "%s", reason);
		return false;
	}
	in->desc = module_descriptor(in->module, file->plugin_id);
	if (!in->desc) {
		config_report(errors, path, 0, NULL, "holds no plugin \"%s\"", file->plugin_id);
		return false;
	}
	in->kind = in->desc->kinds;
	if (in->kind != config_file_kind(file)) {
		config_report(errors, file->path, file->id_line, "id", "%s is a %s; rename the file to NN-%s-NAME.ini",
			file->plugin_id, module_kind_name(in->kind), module_kind_name(in->kind));
		return false;
	}
	return true;
}

static void get_metrics(struct instance *in)
{
	const struct f1p_metrics *m = services_metrics();

	in->m_call = m->get(
		in->host, F1P_METRIC_HISTOGRAM, "f1pd_plugin_call_seconds", "Time of one call into the plugin.", NULL, NULL);
	in->m_slow = m->get(in->host, F1P_METRIC_COUNTER, "f1pd_plugin_slow_calls_total",
		"Calls on the loop that took over 50 ms.", NULL, NULL);
	in->m_restarts = m->get(in->host, F1P_METRIC_COUNTER, "f1pd_plugin_restarts_total",
		"Restarts of the plugin after a failure.", NULL, NULL);
}

struct instance *instance_create(struct services *services, const struct config_file *file, const char *base_dir,
	const char *plugin_dir, uint32_t id, struct config_errors *errors)
{
	struct instance *in = calloc(1, sizeof(*in));

	if (!in) {
		return NULL;
	}
	in->id = id;
	in->state = INSTANCE_CREATED;
	in->file = config_file_copy(file);
	if (!in->file || !find_descriptor(in, services, plugin_dir, errors) ||
		!config_fill(in->desc->config, in->desc->config_count, in->desc->config_size, in->file, base_dir,
			&in->config_block, errors)) {
		goto fail;
	}
	in->host = services_host_create(services, id, file->name);
	if (!in->host || !make_plugin(in, errors)) {
		goto fail;
	}
	get_metrics(in);
	return in;
fail:
	if (in->state == INSTANCE_CREATED) {
		in->state = INSTANCE_STOPPED; /* never configured: destroy without stop */
	}
	instance_destroy(in);
	return NULL;
}

/* ---- running ---- */

static void say(const struct instance *in, int level, const char *text)
{
	in->host->log(in->host, level, "%s", text);
}

/* After stop(): WAITING with a doubled delay, or QUARANTINED. */
static void schedule(struct instance *in, f1p_status status, int64_t now_mono_ns)
{
	int64_t delay = RETRY_MIN_NS;
	char text[300];

	in->failures++;
	for (int i = 1; i < in->failures && delay < RETRY_MAX_NS; i++) {
		delay *= 2;
	}
	delay = delay < RETRY_MAX_NS ? delay : RETRY_MAX_NS;
	if (in->failures >= INSTANCE_FAILURES_MAX) {
		in->state = INSTANCE_QUARANTINED;
		snprintf(text, sizeof(text), "%s; quarantined after %d failures: repair it and reload (SIGHUP)", in->reason,
			in->failures);
		say(in, F1P_LOG_ERROR, text);
		return;
	}
	in->state = INSTANCE_WAITING;
	in->retry_mono_ns = now_mono_ns + delay;
	int n = snprintf(text, sizeof(text), "%s (%s)", in->reason, instance_status_name(status));
	if (!in->once && n > 0 && (size_t)n < sizeof(text)) {
		snprintf(text + n, sizeof(text) - (size_t)n, "; trying again in %d s", (int)(delay / SECOND_NS));
	}
	say(in, F1P_LOG_WARN, text);
}

static void stop_plugin(struct instance *in)
{
	uint32_t left;

	in->plugin->stop(in->plugin);
	services_stopped(in->host);
	left = services_threads(in->host);
	if (left > 0) {
		in->host->log(in->host, F1P_LOG_ERROR, "%u thread%s still run after stop()", left, left > 1 ? "s" : "");
	}
}

f1p_status instance_start(struct instance *in, int64_t now_mono_ns)
{
	f1p_status status;

	if (in->state != INSTANCE_CREATED && in->state != INSTANCE_WAITING) {
		return F1P_EINVAL;
	}
	if (in->state == INSTANCE_WAITING) {
		services_metrics()->put(in->m_restarts, 1);
	}
	status = in->plugin->start(in->plugin);
	if (status == F1P_OK) {
		in->state = INSTANCE_RUNNING;
		in->started_mono_ns = now_mono_ns;
		return F1P_OK;
	}
	take_reason(in->host, status, in->reason, sizeof(in->reason));
	stop_plugin(in); /* it may have got half-way */
	schedule(in, status, now_mono_ns);
	return status;
}

void instance_fail_because(struct instance *in, f1p_status status, const char *reason, int64_t now_mono_ns)
{
	if (in->state != INSTANCE_RUNNING) {
		return;
	}
	snprintf(in->reason, sizeof(in->reason), "%s", reason[0] != '\0' ? reason : instance_status_name(status));
	stop_plugin(in);
	if (now_mono_ns - in->started_mono_ns >= HEALTHY_NS) {
		in->failures = 0;
	}
	schedule(in, status, now_mono_ns);
}

void instance_fail(struct instance *in, f1p_status status, int64_t now_mono_ns)
{
	char reason[sizeof(in->reason)];

	services_take_reason(in->host, reason, sizeof(reason));
	instance_fail_because(in, status, reason, now_mono_ns);
}

bool instance_due(const struct instance *in, int64_t now_mono_ns)
{
	return in->state == INSTANCE_WAITING && now_mono_ns >= in->retry_mono_ns;
}

void instance_stop(struct instance *in)
{
	if (in->state == INSTANCE_CREATED || in->state == INSTANCE_RUNNING) {
		stop_plugin(in);
	}
	in->state = INSTANCE_STOPPED;
}

void instance_destroy(struct instance *in)
{
	if (!in) {
		return;
	}
	instance_stop(in);
	if (in->plugin) {
		in->plugin->destroy(in->plugin);
	}
	services_host_destroy(in->host);
	if (in->desc) {
		config_block_free(in->desc->config, in->desc->config_count, in->config_block);
	}
	config_file_free(in->file);
	free(in);
}

void instance_measure(struct instance *in, const char *call, int64_t before_ns, int64_t after_ns)
{
	int64_t took_ns = after_ns - before_ns;
	uint32_t n;

	services_metrics()->put(in->m_call, (double)took_ns / (double)SECOND_NS);
	if (took_ns <= SLOW_CALL_NS || !services_is_loop(in->host)) {
		return;
	}
	services_metrics()->put(in->m_slow, 1);
	n = ++in->slow_calls;
	if ((n & (n - 1)) == 0) { /* a plugin that is always slow must not fill the log */
		in->host->log(in->host, F1P_LOG_WARN, "%s took %d ms on the loop, 2 ms are allowed (%u slow calls so far)", call,
			(int)(took_ns / 1000000), n);
	}
}
