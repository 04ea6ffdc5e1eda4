#include "daemon/pump.h"

#include "base/log.h"

#include <stdlib.h>

#define MAX_SOURCES 32
#define STEP_NS 1000000LL          /* work per loop turn */
#define EVENTS_PER_POLL 128
#define BACKOFF_MIN_NS 100000000LL
#define BACKOFF_MAX_NS 10000000000LL
#define HELD_RETRY_MS 5
#define MAX_TIMER_MS 3600000

struct feed {
	struct instance *inst;
	bool paced, primed, ended;
	bool ending; /* said that it has ended; what it emitted last may still wait for a forecast */
	int64_t next_due_ns;   /* virtual UTC */
	int64_t retry_mono_ns; /* after F1P_AGAIN; 0 = none */
	int64_t backoff_ns;
};

struct pump {
	struct engine *engine;
	struct vclock *clock;
	struct pump_ops ops;
	uv_timer_t timer;
	uv_idle_t idle;
	bool stepping;
	int64_t mono_ns; /* the last look at the real clock, which is not free: once per poll is enough */
	int open_handles;
	struct feed feeds[MAX_SOURCES];
	size_t n;
};

static void step(struct pump *p);

static void on_timer(uv_timer_t *t)
{
	step(t->data);
}

static void on_idle(uv_idle_t *h)
{
	struct pump *p = h->data;

	uv_idle_stop(&p->idle);
	step(p);
}

struct pump *pump_create(uv_loop_t *loop, struct engine *e, struct vclock *c, const struct pump_ops *ops)
{
	struct pump *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->engine = e;
	p->clock = c;
	p->ops = *ops;
	uv_timer_init(loop, &p->timer);
	uv_idle_init(loop, &p->idle);
	p->timer.data = p->idle.data = p;
	p->open_handles = 2;
	return p;
}

static void on_closed(uv_handle_t *h)
{
	struct pump *p = h->data;

	if (--p->open_handles == 0)
		free(p);
}

void pump_destroy(struct pump *p)
{
	if (!p)
		return;
	uv_close((uv_handle_t *)&p->timer, on_closed);
	uv_close((uv_handle_t *)&p->idle, on_closed);
}

void pump_kick(struct pump *p)
{
	if (!p->stepping)
		uv_idle_start(&p->idle, on_idle);
}

static struct feed *find(struct pump *p, const struct instance *inst)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->feeds[i].inst == inst)
			return &p->feeds[i];
	return NULL;
}

bool pump_add(struct pump *p, struct instance *inst)
{
	struct feed *f = find(p, inst);

	if (!f && p->n == MAX_SOURCES)
		return false;
	if (!f)
		f = &p->feeds[p->n++];
	*f = (struct feed){.inst = inst, .paced = (inst->source->flags & F1P_SOURCE_PACED) != 0, .next_due_ns = F1P_UNKNOWN_NS};
	vclock_set_driven(p->clock, !pump_is_live(p));
	pump_kick(p);
	return true;
}

void pump_remove(struct pump *p, struct instance *inst)
{
	struct feed *f = find(p, inst);

	if (!f)
		return;
	*f = p->feeds[--p->n];
	vclock_set_driven(p->clock, !pump_is_live(p));
}

void pump_rewind(struct pump *p, struct instance *inst)
{
	struct feed *f = find(p, inst);

	if (f) {
		f->ended = f->ending = f->primed = false;
		f->next_due_ns = F1P_UNKNOWN_NS;
		pump_kick(p);
	}
}

void pump_wake(struct pump *p, struct instance *inst)
{
	struct feed *f = find(p, inst);

	if (f && !f->paced && f->primed) {
		f->next_due_ns = vclock_now_ns(p->clock);
		f->retry_mono_ns = 0;
		pump_kick(p);
	}
}

bool pump_all_ended(const struct pump *p)
{
	for (size_t i = 0; i < p->n; i++)
		if (!p->feeds[i].ended)
			return false;
	return p->n > 0;
}

bool pump_is_live(const struct pump *p)
{
	for (size_t i = 0; i < p->n; i++)
		if (!p->feeds[i].paced)
			return true;
	return false;
}

/* One poll with its measurements and consequences. */
static void poll_feed(struct pump *p, struct feed *f, int64_t now)
{
	struct instance *inst = f->inst;
	int64_t next = f->next_due_ns;
	int64_t before = vclock_mono_ns();
	f1p_status rc = inst->source->poll(inst->plugin, now, EVENTS_PER_POLL, &next);
	int64_t after = p->mono_ns = vclock_mono_ns();

	instance_measure(inst, "poll", before, after);
	f->retry_mono_ns = 0;
	if (rc == F1P_OK) {
		/* A live source with a backlog must not always come before the others. */
		f->next_due_ns = !f->paced && next < now ? now : next;
		f->backoff_ns = 0;
	} else if (rc == F1P_AGAIN) {
		f->backoff_ns = f->backoff_ns ? f->backoff_ns * 2 : BACKOFF_MIN_NS;
		if (f->backoff_ns > BACKOFF_MAX_NS)
			f->backoff_ns = BACKOFF_MAX_NS;
		f->retry_mono_ns = after + f->backoff_ns;
	} else if (rc == F1P_END) {
		f->ending = true;
	} else {
		p->ops.failed(p->ops.arg, inst, rc); /* may remove f */
	}
}

/* Paced sources tell their first time before the clock starts. True if the feed was removed or there is more to do. */
static void prime(struct pump *p)
{
	for (size_t i = 0; i < p->n; i++) {
		struct feed *f = &p->feeds[i];
		if (f->primed)
			continue;
		f->primed = true;
		if (f->paced) {
			poll_feed(p, f, F1P_UNKNOWN_NS);
			return; /* the list may have changed */
		}
		f->next_due_ns = vclock_now_ns(p->clock);
	}
}

static bool all_primed(const struct pump *p)
{
	for (size_t i = 0; i < p->n; i++)
		if (!p->feeds[i].primed)
			return false;
	return true;
}

/* Ends come behind all events. True if one was told of. */
static bool tell_end(struct pump *p)
{
	for (size_t i = 0; i < p->n; i++) {
		struct feed *f = &p->feeds[i];
		if (!f->ending || f->ended)
			continue;
		f->ended = true;
		p->ops.ended(p->ops.arg, f->inst);
		return true;
	}
	return false;
}

static struct feed *earliest(struct pump *p, int64_t mono, int64_t *retry_in)
{
	struct feed *best = NULL;

	*retry_in = INT64_MAX;
	for (size_t i = 0; i < p->n; i++) {
		struct feed *f = &p->feeds[i];
		if (f->ended)
			continue;
		if (f->retry_mono_ns > mono) {
			if (f->retry_mono_ns - mono < *retry_in)
				*retry_in = f->retry_mono_ns - mono;
			continue;
		}
		if (!best || f->next_due_ns < best->next_due_ns)
			best = f;
	}
	return best;
}

static void sleep_for(struct pump *p, int64_t ns)
{
	if (ns == INT64_MAX) {
		uv_timer_stop(&p->timer);
		return;
	}
	int64_t ms = (ns + 999999) / 1000000;
	uv_timer_start(&p->timer, on_timer, (uint64_t)(ms < MAX_TIMER_MS ? ms : MAX_TIMER_MS), 0);
}

/* One turn. Returns real nanoseconds to sleep; 0 = come again at once; INT64_MAX = until kicked. */
static int64_t turn(struct pump *p)
{
	int64_t retry_in;

	if (engine_waiting(p->engine))
		return INT64_MAX;
	if (p->ops.held(p->ops.arg))
		return HELD_RETRY_MS * 1000000LL;
	if (!all_primed(p)) {
		prime(p);
		return 0;
	}
	if (tell_end(p))
		return 0;
	struct feed *f = earliest(p, p->mono_ns, &retry_in);
	if (!f)
		return retry_in;
	if (f->next_due_ns == F1P_NEVER_NS) /* it waits for a seek, or emits from a thread of its own */
		return retry_in;
	if (f->paced && vclock_now_ns(p->clock) == F1P_UNKNOWN_NS)
		vclock_set(p->clock, f->next_due_ns);
	int64_t wait = vclock_real_until(p->clock, f->next_due_ns);
	if (wait > 0)
		return wait < retry_in ? wait : retry_in;
	if (f->paced && vclock_speed(p->clock) <= 0 && f->next_due_ns > vclock_now_ns(p->clock))
		vclock_set(p->clock, f->next_due_ns);
	poll_feed(p, f, vclock_now_ns(p->clock));
	return 0;
}

static void step(struct pump *p)
{
	int64_t begin = p->mono_ns = vclock_mono_ns();
	int64_t wait;

	p->stepping = true;
	do {
		wait = turn(p);
	} while (wait == 0 && p->mono_ns - begin < STEP_NS);
	engine_flush(p->engine, false);
	p->stepping = false;
	if (wait == 0)
		uv_idle_start(&p->idle, on_idle);
	else
		sleep_for(p, wait);
}
