/*
 * checks_sink.c - sinks: every kind of event, kinds that do not exist yet, longer records, bursts, a second start.
 */
#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BURST 100000u
#define BATCH 256u
#define BURST_HEAP (64u << 20)
#define AGAIN_TRIES 400
#define AGAIN_WAIT_NS 5000000

struct sink_run { /* what the sink's thread does */
	struct check *c;
	struct f1p_plugin *plugin;
	const struct f1p_sink *sink;
	enum check_result (*fn)(struct sink_run *);
	enum check_result result;
};

/* F1P_OK and F1P_EPERMANENT end it; F1P_AGAIN is tried again for a while, as the host does. */
static f1p_status write_batch(struct sink_run *r, const void *events, uint32_t count, size_t bytes)
{
	f1p_status status = F1P_AGAIN;

	for (int i = 0; i < AGAIN_TRIES && status == F1P_AGAIN; i++) {
		status = r->sink->write(r->plugin, events, count, bytes);
		if (status == F1P_AGAIN) {
			nanosleep(&(struct timespec){.tv_nsec = AGAIN_WAIT_NS}, NULL);
		}
	}
	return status;
}

static enum check_result flush(struct sink_run *r)
{
	f1p_status status = r->sink->flush ? r->sink->flush(r->plugin) : F1P_OK;

	if (status != F1P_OK && status != F1P_AGAIN) {
		return check_fail(r->c, "flush returned %d: %s", status, r->c->host->fail_reason);
	}
	return CHECK_PASS;
}

static void *thread_main(void *arg)
{
	struct sink_run *r = arg;

	r->result = r->fn(r);
	return NULL;
}

/* The host calls a sink on a thread of its own: so do we. */
static enum check_result on_thread(struct check *c, struct instance *inst, enum check_result (*fn)(struct sink_run *))
{
	struct sink_run r = {.c = c, .plugin = inst->plugin, .fn = fn};
	pthread_t thread;

	r.sink = inst->plugin->get_extension(inst->plugin, F1P_EXT_SINK);
	if (pthread_create(&thread, NULL, thread_main, &r) != 0) {
		abort();
	}
	pthread_join(thread, NULL);
	return r.result;
}

static enum check_result with_instance(struct check *c, enum check_result (*fn)(struct sink_run *))
{
	struct f1p_state *state = calloc(1, sizeof(*state));
	struct instance inst;
	enum check_result result;

	if (!state) {
		abort();
	}
	synth_state(state, 20, SYNTH_MID, c->seed);
	c->host->state = state;
	c->host->now_ns = state->t_event_ns;
	result = instance_open(c, &inst);
	if (result == CHECK_PASS) {
		result = on_thread(c, &inst, fn);
		instance_close(&inst);
		if (result == CHECK_PASS && c->host->states_out) {
			result = check_fail(c, "%d snapshots were not released", c->host->states_out);
		}
	}
	c->host->state = NULL;
	free(state);
	return result;
}

/* ---- single events */

static void *event_room(void)
{
	void *room = calloc(1, F1P_EVENT_MAX);

	if (!room) {
		abort();
	}
	return room;
}

/* Writes one event that ends where memory ends. */
static enum check_result write_one(struct sink_run *r, const struct f1p_event *ev, bool may_refuse)
{
	const struct f1p_event *copy = guarded_copy(ev, ev->size, 0);
	f1p_status status = write_batch(r, copy, 1, ev->size);

	if (status == F1P_OK || (may_refuse && status == F1P_EPERMANENT)) {
		return CHECK_PASS;
	}
	return check_fail(r->c, "event of space %u, type %u, size %u: write returned %d: %s", ev->space, ev->type, ev->size,
		status, r->c->host->fail_reason);
}

static f1p_status response_append(struct f1p_response *response, const void *bytes, size_t n)
{
	size_t *total = response->impl;

	(void)bytes;
	*total += n;
	return F1P_OK;
}

static f1p_status response_header(struct f1p_response *response, const char *name, const char *value)
{
	(void)response;
	return name && name[0] && value ? F1P_OK : F1P_EINVAL;
}

/* Routes that the sink added must answer, on a thread that is not the loop's. */
static enum check_result ask_routes(struct sink_run *r)
{
	struct fake_host *h = r->c->host;

	for (size_t i = 0; i < sizeof(h->routes) / sizeof(h->routes[0]); i++) {
		size_t total = 0;
		struct f1p_response response = {.size = sizeof(response),
			.status = 200,
			.content_type = "text/plain; charset=utf-8",
			.append = response_append,
			.impl = &total,
			.header = response_header};
		struct f1p_request request = {.size = sizeof(request),
			.method = F1P_GET,
			.path = h->routes[i].path,
			.query = "",
			.content_type = "",
			.body = "",
			.scopes = F1P_SCOPE_READ,
			.until_ns = F1P_UNKNOWN_NS};

		if (h->routes[i].fn) {
			h->routes[i].fn(h->routes[i].arg, &response);
		} else if (h->routes[i].tree_fn) {
			h->routes[i].tree_fn(h->routes[i].arg, &request, &response);
		} else {
			continue;
		}
		if (response.status < 200 || response.status > 599 || (response.status == 200 && total == 0)) {
			return check_fail(r->c, "route %s: status %u, %zu bytes", h->routes[i].path, response.status, total);
		}
	}
	return CHECK_PASS;
}

static enum check_result every_kind(struct sink_run *r)
{
	void *room = event_room();
	enum check_result result = CHECK_PASS;

	for (uint64_t k = 0; k < (uint64_t)SYNTH_KINDS * 3 && result == CHECK_PASS; k++) {
		synth_event(k, room);
		result = write_one(r, room, true);
	}
	free(room);
	if (result == CHECK_PASS) {
		result = flush(r);
	}
	return result == CHECK_PASS ? ask_routes(r) : result;
}

static enum check_result unknown_kinds(struct sink_run *r)
{
	static const struct {
		uint16_t space, type;
		uint32_t size;
	} odd[] = {{0, 999, 48}, {0, 65535, 64}, {1024, 1, 48}, {2000, 27, F1P_EVENT_MAX}, {0, 0, 48}};
	struct f1p_event *room = event_room();
	enum check_result result = CHECK_PASS;

	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]) && result == CHECK_PASS; i++) {
		memset(room, 0xff, F1P_EVENT_MAX);
		*room = (struct f1p_event){.size = odd[i].size,
			.space = odd[i].space,
			.type = odd[i].type,
			.seq = i + 1,
			.t_event_ns = INT64_C(1748178000000000000)};
		result = write_one(r, room, false);
	}
	free(room);
	return result;
}

/* A newer host appends fields: every kind, 8 bytes longer; and cut to the bare header, as a foreign journal might hold it. */
static enum check_result other_sizes(struct sink_run *r)
{
	struct f1p_event *room = event_room();
	enum check_result result = CHECK_PASS;

	for (uint64_t k = 0; k < SYNTH_KINDS && result == CHECK_PASS; k++) {
		uint32_t size = synth_event(k, room);

		memset((uint8_t *)room + size, 0xa5, 8);
		room->size = size + 8;
		result = write_one(r, room, false);
		if (result == CHECK_PASS) {
			room->size = sizeof(*room);
			result = write_one(r, room, true);
		}
	}
	free(room);
	return result;
}

/* ---- bursts */

static enum check_result burst(struct sink_run *r)
{
	uint8_t *batch = calloc(BATCH, F1P_EVENT_MAX);
	struct usage before, after;
	enum check_result result = CHECK_PASS;
	uint64_t k = 0;

	if (!batch) {
		abort();
	}
	usage_read(&before);
	while (k < BURST && result == CHECK_PASS) {
		size_t bytes = 0;
		uint32_t count = 0;
		f1p_status status;

		for (; count < BATCH && k < BURST; count++) {
			bytes += synth_event(k++, batch + bytes);
		}
		status = write_batch(r, batch, count, bytes);
		if (status != F1P_OK && status != F1P_EPERMANENT) {
			result = check_fail(r->c, "write returned %d after %llu events: %s", status, (unsigned long long)k,
				r->c->host->fail_reason);
		}
	}
	if (result == CHECK_PASS) {
		result = flush(r);
	}
	usage_read(&after);
	free(batch);
	if (result == CHECK_PASS && after.heap > before.heap + BURST_HEAP) {
		result = check_fail(r->c, "grew by %zu bytes in a burst of %u events", after.heap - before.heap, BURST);
	}
	return result;
}

static enum check_result run_kinds(struct check *c)
{
	return with_instance(c, every_kind);
}

static enum check_result run_unknown(struct check *c)
{
	return with_instance(c, unknown_kinds);
}

static enum check_result run_sizes(struct check *c)
{
	return with_instance(c, other_sizes);
}

static enum check_result run_burst(struct check *c)
{
	return with_instance(c, burst);
}

static enum check_result run_second_start(struct check *c)
{
	struct instance inst;
	enum check_result result = instance_open(c, &inst);

	for (int i = 0; i < 2 && result == CHECK_PASS; i++) {
		result = on_thread(c, &inst, every_kind);
		if (result == CHECK_PASS && i == 0) {
			f1p_status status;

			inst.plugin->stop(inst.plugin);
			status = inst.plugin->start(inst.plugin);
			if (status != F1P_OK) {
				result = check_fail(c, "second start returned %d: %s", status, c->host->fail_reason);
			}
		}
	}
	if (inst.plugin) {
		instance_close(&inst);
	}
	return result;
}

const struct check_def sink_checks[] = {
	{"sink-kinds", "takes every kind of event or refuses it for good; its routes answer", F1P_KIND_SINK, run_kinds},
	{"sink-unknown", "skips events of unknown space or type", F1P_KIND_SINK, run_unknown},
	{"sink-sizes", "reads no further than an event's size; longer events are no obstacle", F1P_KIND_SINK, run_sizes},
	{"sink-burst", "100,000 events at once, in bounded memory", F1P_KIND_SINK, run_burst},
	{"sink-second-start", "writes on after stop and start", F1P_KIND_SINK, run_second_start},
	{0},
};
