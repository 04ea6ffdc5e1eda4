/*
 * checks_life.c - the life cycle of an instance: often, in odd orders, on hosts that lack things or are newer.
 */
#include "check.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define ALL (F1P_KIND_SOURCE | F1P_KIND_PREDICTOR | F1P_KIND_SINK)
#define CYCLES 100
#define WARM_UP 10
#define ROUNDS 3
#define HEAP_SLACK 16384 /* bytes over CYCLES lives */
#define STOP_MS 2000

static enum check_result call_failed(struct check *c, const char *call, f1p_status status)
{
	return check_fail(
		c, "%s returned %d: %s", call, status, c->host->fail_reason[0] ? c->host->fail_reason : "(no reason given)");
}

enum check_result instance_create(struct check *c, struct instance *inst)
{
	f1p_status status;

	*inst = (struct instance){.desc = c->desc};
	inst->plugin = c->entry.create(c->host->host, c->desc->id);
	if (!inst->plugin) {
		return check_fail(c, "create(\"%s\") returned NULL", c->desc->id);
	}
	status = inst->plugin->init(inst->plugin);
	if (status != F1P_OK) {
		inst->plugin->destroy(inst->plugin);
		return call_failed(c, "init", status);
	}
	return CHECK_PASS;
}

static enum check_result configure_and_start(struct check *c, struct instance *inst)
{
	void *fresh = options_fill(c);
	f1p_status status;

	if (!fresh) {
		return CHECK_FAIL;
	}
	status = inst->plugin->configure(inst->plugin, fresh);
	options_free(c->desc, inst->config); /* valid until the next configure: only now may it go */
	inst->config = fresh;
	if (status != F1P_OK) {
		return call_failed(c, "configure", status);
	}
	status = inst->plugin->start(inst->plugin);
	return status == F1P_OK ? CHECK_PASS : call_failed(c, "start", status);
}

enum check_result instance_open(struct check *c, struct instance *inst)
{
	enum check_result result = instance_create(c, inst);

	if (result == CHECK_PASS) {
		result = configure_and_start(c, inst);
		if (result != CHECK_PASS) {
			instance_close(inst);
		}
	}
	return result;
}

void instance_close(struct instance *inst)
{
	inst->plugin->stop(inst->plugin);
	inst->plugin->destroy(inst->plugin);
	options_free(inst->desc, inst->config);
	*inst = (struct instance){0};
}

/* What an instance must have given back after destroy. */
static enum check_result returned_all(struct check *c)
{
	const struct fake_host *h = c->host;

	if (h->threads_out) {
		return check_fail(c, "%d threads were not joined", h->threads_out);
	}
	if (h->states_out) {
		return check_fail(c, "%d snapshots were not released", h->states_out);
	}
	if (fake_host_routes(h)) {
		return check_fail(c, "%d routes were not removed", fake_host_routes(h));
	}
	return CHECK_PASS;
}

static enum check_result live(struct check *c, int times)
{
	enum check_result result = CHECK_PASS;

	for (int i = 0; i < times && result == CHECK_PASS; i++) {
		struct instance inst;

		result = instance_open(c, &inst);
		if (result == CHECK_PASS) {
			instance_close(&inst);
			result = returned_all(c);
		}
	}
	return result;
}

static enum check_result run_cycles(struct check *c)
{
	struct usage before, after;
	size_t leaked = 0;
	enum check_result result = live(c, WARM_UP);

	/* The allocator's caches fill up as if they leaked, but not for ever: a leak shows in every round. */
	for (int round = 0; round < ROUNDS && result == CHECK_PASS; round++) {
		usage_read(&before);
		result = live(c, CYCLES);
		usage_read(&after);
		if (result == CHECK_PASS && after.fds > before.fds) {
			result = check_fail(c, "%d file descriptors leaked in %d lives", after.fds - before.fds, CYCLES);
		} else if (result == CHECK_PASS && after.threads > before.threads) {
			result = check_fail(c, "%d threads leaked in %d lives", after.threads - before.threads, CYCLES);
		}
		leaked = after.heap > before.heap ? after.heap - before.heap : 0;
		if (leaked <= HEAP_SLACK) {
			return result;
		}
	}
	return result == CHECK_PASS ? check_fail(c, "%zu bytes leaked in %d lives", leaked, CYCLES) : result;
}

static enum check_result run_restart(struct check *c)
{
	struct instance inst;
	enum check_result result = instance_open(c, &inst);

	for (int i = 0; i < 3 && result == CHECK_PASS; i++) {
		inst.plugin->stop(inst.plugin);
		result = configure_and_start(c, &inst);
		if (result != CHECK_PASS) {
			instance_close(&inst);
			return result;
		}
	}
	if (result == CHECK_PASS) {
		inst.plugin->stop(inst.plugin);
		f1p_status status = inst.plugin->start(inst.plugin); /* the daemon does so after a failure */

		result = status == F1P_OK ? CHECK_PASS : call_failed(c, "start after stop", status);
		instance_close(&inst);
	}
	return result == CHECK_PASS ? returned_all(c) : result;
}

static enum check_result run_idle_stop(struct check *c)
{
	struct instance inst;
	enum check_result result = instance_create(c, &inst);

	if (result != CHECK_PASS) {
		return result;
	}
	inst.plugin->stop(inst.plugin); /* never configured */
	inst.plugin->stop(inst.plugin);
	inst.plugin->destroy(inst.plugin);
	result = instance_create(c, &inst);
	if (result != CHECK_PASS) {
		return result;
	}
	inst.plugin->destroy(inst.plugin); /* no stop at all */
	result = instance_open(c, &inst);
	if (result == CHECK_PASS) {
		inst.plugin->stop(inst.plugin);
		instance_close(&inst); /* stops again */
		result = returned_all(c);
	}
	return result;
}

static enum check_result run_stop_time(struct check *c)
{
	struct instance inst;
	enum check_result result = instance_open(c, &inst);
	int64_t t, ms;

	if (result != CHECK_PASS) {
		return result;
	}
	nanosleep(&(struct timespec){.tv_nsec = 200000000}, NULL); /* let its threads get to work */
	t = mono_ns();
	inst.plugin->stop(inst.plugin);
	ms = (mono_ns() - t) / 1000000;
	pthread_mutex_lock(&c->host->lock);
	c->host->stopped = true;
	pthread_mutex_unlock(&c->host->lock);
	nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
	instance_close(&inst);
	if (ms > STOP_MS) {
		return check_fail(c, "stop() took %lld ms, allowed are %d", (long long)ms, STOP_MS);
	}
	if (c->host->late_call[0]) {
		return check_fail(
			c, "host->%s was called from a thread of the plugin after stop() had returned", c->host->late_call);
	}
	return returned_all(c);
}

/* Goes as far as the plugin comes; a refusal must have a reason. */
static enum check_result open_or_refuse(struct check *c, const char *without)
{
	struct instance inst;
	enum check_result result;

	fake_host_reset(c->host);
	result = instance_open(c, &inst);
	if (result == CHECK_PASS) {
		instance_close(&inst);
		return returned_all(c);
	}
	if (c->host->fail_reason[0] == '\0') {
		char reason[sizeof(c->reason)];

		snprintf(reason, sizeof(reason), "%.400s", c->reason);
		return check_fail(c, "without %s: %s: use host->fail", without, reason);
	}
	return returned_all(c);
}

static enum check_result run_bare_host(struct check *c)
{
	c->host->missing = ~0u;
	return open_or_refuse(c, "any extension");
}

static enum check_result run_missing_one(struct check *c)
{
	enum check_result result = CHECK_PASS;

	for (int i = 0; i < HOST_EXTS && result == CHECK_PASS; i++) {
		c->host->missing = 1u << i;
		result = open_or_refuse(c, fake_host_ext_name((enum host_ext)i));
	}
	return result;
}

/* Every host of f1p-check ends at an unreadable page; this one also calls itself the oldest. */
static enum check_result run_oldest_host(struct check *c)
{
	struct instance inst;
	enum check_result result;

	c->host = fake_host_create(0, 0);
	result = instance_open(c, &inst);
	if (result == CHECK_PASS) {
		instance_close(&inst);
	}
	return result;
}

static enum check_result run_newer_host(struct check *c)
{
	struct instance inst;
	enum check_result result;

	c->host = fake_host_create(64, F1P_ABI_MINOR + 7);
	result = instance_open(c, &inst);
	if (result == CHECK_PASS) {
		instance_close(&inst);
	}
	return result;
}

const struct check_def life_checks[] = {
	{"life-cycle", "100 lives leave no descriptor, thread, snapshot, route or memory behind", ALL, run_cycles},
	{"restart", "stop, configure, start, again and again", ALL, run_restart},
	{"stop-idle", "stop without start, stop twice, destroy after init", ALL, run_idle_stop},
	{"stop-time", "stop() within 2 s, no host call from a thread of the plugin after it", ALL, run_stop_time},
	{"bare-host", "a host without any extension: works or says why not", ALL, run_bare_host},
	{"missing-extension", "each host extension missing in turn: works or says why not", ALL, run_missing_one},
	{"oldest-host", "structs exactly as long as in ABI 1.0: nothing is read behind them", ALL, run_oldest_host},
	{"newer-host", "longer structs of a newer minor version are no obstacle", ALL, run_newer_host},
	{0},
};
