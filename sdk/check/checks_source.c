/*
 * checks_source.c - sources: what they emit, whether they emit it again, and what garbage does to them.
 */
#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define POLLS 1000
#define OVERRUN 20000u	/* events that finishing the record in hand may add to max_events */
#define IDLE_POLLS 1000 /* polls in a row that say "more at once" and emit nothing */
#define FEED_MS 2000
#define FEED_HEAP (64u << 20)
#define LIVE_START_NS INT64_C(1748178000000000000)
#define LIVE_STEP_NS INT64_C(100000000)

struct drive { /* a source that is being polled */
	struct check *c;
	struct f1p_plugin *plugin;
	const struct f1p_source *source;
	int64_t now_ns, due_ns;
	int idle;
	bool ended;
};

static const char *reason(const struct check *c)
{
	return c->host->fail_reason[0] ? c->host->fail_reason : "(no reason given)";
}

static enum check_result drive_open(struct drive *d, struct check *c, struct instance *inst)
{
	enum check_result result;

	fake_host_reset(c->host);
	result = instance_open(c, inst);
	*d = (struct drive){.c = c};
	if (result != CHECK_PASS) {
		return result;
	}
	d->plugin = inst->plugin;
	d->source = d->plugin->get_extension(d->plugin, F1P_EXT_SOURCE);
	d->now_ns = LIVE_START_NS;
	d->due_ns = F1P_UNKNOWN_NS;
	if (d->source->flags & F1P_SOURCE_PACED) {
		f1p_status status = d->source->poll(d->plugin, F1P_UNKNOWN_NS, 64, &d->due_ns);

		if (status != F1P_OK && status != F1P_END) {
			result = check_fail(c, "first poll returned %d: %s", status, reason(c));
		} else if (c->host->emitted) {
			result = check_fail(c,
				"the first poll of a paced source (now = F1P_UNKNOWN_NS) must emit nothing, it emitted %llu "
				"events",
				(unsigned long long)c->host->emitted);
		} else if (status == F1P_OK && d->due_ns == F1P_UNKNOWN_NS) {
			result = check_fail(c, "the first poll did not say when the first event is due");
		}
		d->ended = status == F1P_END;
		d->now_ns = d->due_ns;
	}
	if (result != CHECK_PASS) {
		instance_close(inst);
	}
	return result;
}

static enum check_result after_poll(struct drive *d, f1p_status status, uint64_t n, uint32_t max_events)
{
	const struct fake_host *h = d->c->host;

	if (h->bad_event[0]) {
		return check_fail(d->c, "not a valid event: %s", h->bad_event);
	}
	if (n > max_events + OVERRUN) {
		return check_fail(d->c, "one poll emitted %llu events, max_events was %u", (unsigned long long)n, max_events);
	}
	if (n > 0 && (h->last_flags & F1P_EVF_MORE)) {
		return check_fail(d->c, "the last event of a poll has F1P_EVF_MORE: finish the record in hand");
	}
	if (status != F1P_OK && status != F1P_AGAIN && status != F1P_END) {
		return check_fail(d->c, "poll returned %d: %s", status, reason(d->c));
	}
	if ((d->source->flags & F1P_SOURCE_PACED) && h->backwards) {
		return check_fail(d->c, "t_event_ns goes backwards at event %llu without a F1P_EV_FEED_RESET",
			(unsigned long long)h->emitted);
	}
	if ((d->source->flags & F1P_SOURCE_PACED) && n > 0 && h->last_t_ns > d->now_ns) {
		return check_fail(d->c, "emitted an event of the future: its t_event_ns is after now");
	}
	return CHECK_PASS;
}

static enum check_result step(struct drive *d, uint32_t max_events)
{
	bool paced = d->source->flags & F1P_SOURCE_PACED;
	uint64_t before = d->c->host->emitted, n;
	int64_t due = F1P_UNKNOWN_NS;
	enum check_result result;
	f1p_status status;

	d->c->host->now_ns = d->now_ns;
	status = d->source->poll(d->plugin, d->now_ns, max_events, &due);
	n = d->c->host->emitted - before;
	d->ended = status == F1P_END;
	result = after_poll(d, status, n, max_events);
	if (result != CHECK_PASS || d->ended) {
		return result;
	}
	if (status == F1P_OK && due == F1P_UNKNOWN_NS) {
		return check_fail(d->c, "poll did not set next_due_ns");
	}
	d->idle = n == 0 && status == F1P_OK && due <= d->now_ns ? d->idle + 1 : 0;
	if (d->idle >= IDLE_POLLS) {
		return check_fail(d->c, "%d polls in a row said that there is more at once and emitted nothing", d->idle);
	}
	if (!paced) {
		d->now_ns += LIVE_STEP_NS;
	} else if (status == F1P_OK && due > d->now_ns && due != F1P_NEVER_NS) {
		d->now_ns = due;
	}
	return CHECK_PASS;
}

static enum check_result run_polls(struct check *c)
{
	struct instance inst;
	struct drive d;
	enum check_result result = drive_open(&d, c, &inst);

	if (result != CHECK_PASS) {
		return result;
	}
	for (int i = 0; i < POLLS && !d.ended && result == CHECK_PASS; i++) {
		result = step(&d, i % 2 ? 64 : 1);
	}
	if (result == CHECK_PASS && (d.source->flags & F1P_SOURCE_PACED) && c->host->emitted == 0) {
		result = check_fail(c, "a paced source emitted nothing in %d polls", POLLS);
	}
	instance_close(&inst);
	return result;
}

/* Polls until the source ends or so many events are there. */
static enum check_result collect(struct check *c, uint32_t max_events, uint64_t limit, uint64_t *events, uint64_t *hash)
{
	struct instance inst;
	struct drive d;
	enum check_result result;

	c->host->hash_limit = limit;
	result = drive_open(&d, c, &inst);
	if (result != CHECK_PASS) {
		return result;
	}
	for (int i = 0; i < 100000 && !d.ended && result == CHECK_PASS && c->host->emitted < limit; i++) {
		result = step(&d, max_events);
	}
	*events = c->host->emitted < limit ? c->host->emitted : limit;
	*hash = c->host->hash;
	instance_close(&inst);
	return result;
}

static enum check_result run_deterministic(struct check *c)
{
	uint64_t events[3], hash[3];
	static const uint32_t sizes[3] = {64, 64, 7};
	struct instance inst;
	struct drive d;
	enum check_result result = drive_open(&d, c, &inst);

	if (result != CHECK_PASS) {
		return result;
	}
	bool flagged = d.source->flags & F1P_SOURCE_DETERMINISTIC;
	instance_close(&inst);
	if (!flagged) {
		return check_skip(c, "F1P_SOURCE_DETERMINISTIC is not set");
	}
	for (int i = 0; i < 3 && result == CHECK_PASS; i++) {
		result = collect(c, sizes[i], 5000, &events[i], &hash[i]);
	}
	if (result == CHECK_PASS && (events[0] != events[1] || hash[0] != hash[1])) {
		return check_fail(c, "a second run emitted other events (%llu and %llu)", (unsigned long long)events[0],
			(unsigned long long)events[1]);
	}
	if (result == CHECK_PASS && (events[0] != events[2] || hash[0] != hash[2])) {
		return check_fail(c, "with max_events 7 instead of 64 the events are others (%llu and %llu)",
			(unsigned long long)events[2], (unsigned long long)events[0]);
	}
	return result;
}

/* A host that refuses, or has no room: the source may complain, not crash or spin. */
static enum check_result run_refused(struct check *c)
{
	static const f1p_status answers[] = {F1P_AGAIN, F1P_EINVAL};
	struct instance inst;
	enum check_result result = CHECK_PASS;

	for (int i = 0; i < 2 && result == CHECK_PASS; i++) {
		struct drive d;

		result = drive_open(&d, c, &inst);
		if (result != CHECK_PASS) {
			return result;
		}
		c->host->emit_answer = answers[i];
		for (int k = 0; k < 50 && !d.ended; k++) {
			int64_t due = F1P_UNKNOWN_NS;

			d.ended = d.source->poll(d.plugin, d.now_ns, 64, &due) != F1P_OK;
			d.now_ns = due > d.now_ns && due != F1P_NEVER_NS ? due : d.now_ns;
		}
		c->host->emit_answer = F1P_OK;
		instance_close(&inst);
	}
	return result;
}

static enum check_result run_seek(struct check *c)
{
	struct instance inst;
	struct drive d;
	enum check_result result = drive_open(&d, c, &inst);
	const struct f1p_seek *seek;
	int64_t first_ns;

	if (result != CHECK_PASS) {
		return result;
	}
	first_ns = d.now_ns;
	seek = d.plugin->get_extension(d.plugin, F1P_EXT_SEEK);
	if (!seek) {
		instance_close(&inst);
		return check_skip(c, "no " F1P_EXT_SEEK);
	}
	for (int i = 0; i < 100 && !d.ended && result == CHECK_PASS; i++) {
		result = step(&d, 64);
	}
	if (result == CHECK_PASS && seek->seek(d.plugin, 119, 0) == F1P_OK &&
		seek->seek(d.plugin, 0, INT64_C(7258118399000000000)) == F1P_OK) {
		result = check_fail(c, "seek to lap 119 and to the year 2199 both said F1P_OK");
	}
	if (result == CHECK_PASS && seek->seek(d.plugin, 0, first_ns) == F1P_OK) {
		uint64_t resets = c->host->resets;

		d.ended = false;
		for (int i = 0; i < 100 && !d.ended && result == CHECK_PASS && c->host->resets == resets; i++) {
			result = step(&d, 64);
		}
		if (result == CHECK_PASS && c->host->resets == resets) {
			result = check_fail(c, "after a seek no F1P_EV_FEED_RESET came");
		}
	}
	instance_close(&inst);
	return result;
}

/* ---- garbage */

struct garbage {
	char *bytes;
	size_t n;
};

static const char sample[] =
	"{\"R\":{\"TimingData\":{\"Lines\":{\"44\":{\"Position\":\"3\",\"GapToLeader\":\"+1.234\",\"Sectors\":[{\"Value\":\"28."
	"1\"}]}}},"
	"\"LapCount\":{\"CurrentLap\":3,\"TotalLaps\":57}},\"M\":[{\"H\":\"Streaming\",\"M\":\"feed\",\"A\":[\"TrackStatus\","
	"{\"Status\":\"1\"},\"2025-05-25T13:00:00.000Z\"]}]}\n";

/* Case k of many: random bytes, text cut or altered, deep nesting, a megabyte. */
static struct garbage garbage(uint64_t k, uint64_t *random)
{
	struct garbage g = {.n = k % 16 == 15 ? 1u << 20 : 1 + synth_random(random) % 2000};

	g.bytes = malloc(g.n);
	if (!g.bytes) {
		abort();
	}
	for (size_t i = 0; i < g.n; i++) {
		char text = sample[i % (sizeof(sample) - 1)];

		switch (k % 4) {
		case 0:
			g.bytes[i] = (char)synth_random(random);
			break;
		case 1:
			g.bytes[i] = text;
			break;
		case 2:
			g.bytes[i] = synth_random(random) % 40 ? text : (char)synth_random(random);
			break;
		default:
			g.bytes[i] = "[{\"\\"[k / 4 % 4];
			break;
		}
	}
	return g;
}

static enum check_result run_garbage(struct check *c)
{
	struct instance inst;
	struct drive d;
	struct usage before, after;
	uint64_t random = c->seed;
	enum check_result result = drive_open(&d, c, &inst);
	const struct f1p_source_feed *feed;

	if (result != CHECK_PASS) {
		return result;
	}
	feed = d.plugin->get_extension(d.plugin, F1P_EXT_SOURCE_FEED);
	usage_read(&before);
	for (uint64_t k = 0; feed && k < 400 && result == CHECK_PASS; k++) {
		struct garbage g = garbage(k, &random);
		int64_t t = mono_ns();
		f1p_status status = feed->feed(d.plugin, g.bytes, g.n);
		int64_t ms = (mono_ns() - t) / 1000000;

		free(g.bytes);
		if (status != F1P_OK && status != F1P_EINVAL) {
			result =
				check_fail(c, "feed of case %llu (seed %llu) returned %d: only F1P_OK and F1P_EINVAL are allowed",
					(unsigned long long)k, (unsigned long long)c->seed, status);
		} else if (ms > FEED_MS * (sanitized() ? 10 : 1)) {
			result = check_fail(c, "feed of case %llu (seed %llu, %zu bytes) took %lld ms", (unsigned long long)k,
				(unsigned long long)c->seed, g.n, (long long)ms);
		} else if (c->host->bad_event[0]) {
			result = check_fail(c, "case %llu (seed %llu): not a valid event: %s", (unsigned long long)k,
				(unsigned long long)c->seed, c->host->bad_event);
		}
	}
	usage_read(&after);
	if (result == CHECK_PASS && feed && after.heap > before.heap + FEED_HEAP) {
		result = check_fail(c, "garbage made it grow by %zu bytes", after.heap - before.heap);
	}
	instance_close(&inst);
	return feed || result != CHECK_PASS ? result : check_skip(c, "no " F1P_EXT_SOURCE_FEED);
}

const struct check_def source_checks[] = {
	{"source-polls", "1,000 polls emit valid events in order, finish their records and make progress", F1P_KIND_SOURCE,
		run_polls},
	{"source-deterministic", "if it says so: the same events again, however it is polled", F1P_KIND_SOURCE,
		run_deterministic},
	{"source-refused", "a host that refuses events does no harm", F1P_KIND_SOURCE, run_refused},
	{"source-seek", "if it can seek: what is not there is refused, a rewind begins with a reset", F1P_KIND_SOURCE, run_seek},
	{"source-garbage", "if it can be fed: random, cut, deep and huge input ends in OK or EINVAL", F1P_KIND_SOURCE,
		run_garbage},
	{0},
};
