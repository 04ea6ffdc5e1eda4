#include "daemon/sink_runner.h"

#include "base/log.h"
#include "base/buffer.h"
#include "loop/vclock.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>

#define BATCH_MAX 512          /* events handed over at once */
#define BACKOFF_MIN_NS 10000000LL
#define BACKOFF_MAX_NS 1000000000LL
#define FLUSH_EVERY_NS 1000000000LL
#define STOP_LIMIT_NS 1000000000LL

struct sink_runner {
	struct instance *inst;
	const struct f1p_metrics *metrics;
	struct f1p_metric *m_dropped, *m_queue;
	void (*failed)(void *arg);
	void *arg;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct buffer queue; /* waiting */
	size_t limit;        /* events */
	bool stop, busy; /* busy: the thread has taken events and not written them yet */
	f1p_status failure;
	char reason[160];
	bool stalled; /* the thread's own: the reason why nothing is taken was told */
	struct buffer work; /* the thread's own: taken, not yet written */
	int64_t stop_at_ns;
};

/* What a viewer can do without: the next one of its kind tells the same and more. */
static bool is_passing(const struct f1p_event *ev)
{
	switch (ev->type) {
	case F1P_EV_STATE:
	case F1P_EV_CAR_GAP:
	case F1P_EV_CAR_SEGMENT:
	case F1P_EV_CAR_SECTOR:
	case F1P_EV_CAR_SPEED:
	case F1P_EV_TELEMETRY:
	case F1P_EV_XYZ:
	case F1P_EV_HEARTBEAT:
		return ev->space == F1P_SPACE_CORE;
	default:
		return false;
	}
}

/* Keeps the events for which keep() is true. Returns how many went. */
static uint32_t queue_filter(struct buffer *q, bool (*keep)(const struct f1p_event *, void *), void *arg)
{
	size_t from = 0, to = 0;
	uint32_t gone = 0;

	while (from < q->len) {
		struct f1p_event *ev = (struct f1p_event *)(q->data + from);
		size_t size = ev->size;
		if (keep(ev, arg)) {
			memmove(q->data + to, ev, size);
			to += size;
		} else {
			gone++;
		}
		from += size;
	}
	q->len = to;
	q->count -= gone;
	return gone;
}

static bool keep_lasting(const struct f1p_event *ev, void *arg)
{
	(void)arg;
	return !is_passing(ev);
}

static bool skip_first(const struct f1p_event *ev, void *arg)
{
	uint32_t *left = arg;
	(void)ev;
	if (*left == 0)
		return true;
	--*left;
	return false;
}

static void make_room(struct sink_runner *r)
{
	uint32_t gone = 0, half;

	if (r->queue.count < r->limit)
		return;
	if (r->inst->file->queue_policy == CONFIG_QUEUE_COALESCE)
		gone = queue_filter(&r->queue, keep_lasting, NULL);
	if (r->queue.count >= r->limit) {
		half = (uint32_t)(r->queue.count - r->limit / 2);
		gone += queue_filter(&r->queue, skip_first, &half);
	}
	r->metrics->put(r->m_dropped, gone);
}

void sink_runner_push(struct sink_runner *r, const struct f1p_event *first, uint32_t count, size_t bytes)
{
	const uint8_t *at = (const uint8_t *)first;
	bool blocks = r->inst->file->queue_policy == CONFIG_QUEUE_BLOCK;

	(void)bytes;
	pthread_mutex_lock(&r->lock);
	for (uint32_t i = 0; i < count; i++) {
		const struct f1p_event *ev = (const struct f1p_event *)at;
		if (!blocks)
			make_room(r);
		if (!buffer_push(&r->queue, ev))
			r->metrics->put(r->m_dropped, 1);
		at += ev->size;
	}
	r->metrics->put(r->m_queue, r->queue.count);
	pthread_mutex_unlock(&r->lock);
	pthread_cond_signal(&r->wake);
}

bool sink_runner_blocks(struct sink_runner *r)
{
	if (r->inst->file->queue_policy != CONFIG_QUEUE_BLOCK)
		return false;
	pthread_mutex_lock(&r->lock);
	bool blocks = r->queue.count > r->limit / 2;
	pthread_mutex_unlock(&r->lock);
	return blocks;
}

bool sink_runner_idle(struct sink_runner *r)
{
	pthread_mutex_lock(&r->lock);
	bool idle = r->queue.count == 0 && !r->busy;
	pthread_mutex_unlock(&r->lock);
	return idle;
}

/* Waits on the condition, which runs on the monotonic clock. */
static void wait_ns(struct sink_runner *r, int64_t ns)
{
	int64_t at = vclock_mono_ns() + ns;
	struct timespec ts = {.tv_sec = at / 1000000000LL, .tv_nsec = at % 1000000000LL};

	pthread_cond_timedwait(&r->wake, &r->lock, &ts);
}

static f1p_status write_batch(struct sink_runner *r, const struct f1p_event *first, uint32_t n, size_t bytes)
{
	struct instance *inst = r->inst;
	int64_t before = vclock_mono_ns();
	f1p_status rc = inst->sink->write(inst->plugin, first, n, bytes);

	instance_measure(inst, "write", before, vclock_mono_ns());
	return rc;
}

/* Under the lock. */
static bool out_of_time(const struct sink_runner *r)
{
	return r->stop && vclock_mono_ns() >= r->stop_at_ns;
}

/* New events wake the condition too: they do not shorten the back-off, the stop does. True if there is no time left. */
static bool back_off(struct sink_runner *r, int64_t backoff_ns)
{
	int64_t until = vclock_mono_ns() + backoff_ns, now;

	pthread_mutex_lock(&r->lock);
	bool stopping = r->stop;
	while ((now = vclock_mono_ns()) < until && !out_of_time(r) && stopping == r->stop) {
		int64_t left = until - now;
		wait_ns(r, r->stop && r->stop_at_ns - now < left ? r->stop_at_ns - now : left);
	}
	bool over = out_of_time(r);
	pthread_mutex_unlock(&r->lock);
	return over;
}

static void note_failure(struct sink_runner *r, f1p_status status)
{
	char reason[sizeof(r->reason)];

	services_take_reason(r->inst->host, reason, sizeof(reason));
	pthread_mutex_lock(&r->lock);
	r->failure = status;
	memcpy(r->reason, reason, sizeof(reason));
	pthread_mutex_unlock(&r->lock);
	r->failed(r->arg);
}

/* A sink that gave a reason for its "not now" (a full disk) is quoted, once until it takes events again. */
static void tell_stall(struct sink_runner *r, f1p_status rc)
{
	char reason[sizeof(r->reason)];
	const struct f1p_host *host = r->inst->host;

	services_take_reason(host, reason, sizeof(reason));
	if (rc == F1P_AGAIN && reason[0] && !r->stalled) {
		host->log(host, F1P_LOG_WARN, "%s", reason);
		r->stalled = true;
	} else if (rc == F1P_OK && r->stalled) {
		host->log(host, F1P_LOG_INFO, "takes events again");
		r->stalled = false;
	}
}

/* True if the thread must end. Called without the lock. */
static bool write_with_backoff(struct sink_runner *r, const struct f1p_event *first, uint32_t n, size_t bytes)
{
	int64_t backoff = BACKOFF_MIN_NS;

	for (;;) {
		f1p_status rc = write_batch(r, first, n, bytes);
		if (rc == F1P_OK || rc == F1P_AGAIN)
			tell_stall(r, rc);
		if (rc == F1P_OK)
			return false;
		if (rc == F1P_EPERMANENT) {
			r->metrics->put(r->m_dropped, n);
			return false;
		}
		if (rc != F1P_AGAIN) {
			note_failure(r, rc);
			return true;
		}
		if (back_off(r, backoff))
			return true;
		backoff = backoff * 2 < BACKOFF_MAX_NS ? backoff * 2 : BACKOFF_MAX_NS;
	}
}

static bool write_all(struct sink_runner *r)
{
	size_t at = 0;
	bool over = false;

	while (at < r->work.len && !over) {
		const struct f1p_event *first = (const struct f1p_event *)(r->work.data + at);
		size_t bytes = 0;
		uint32_t n = 0;
		while (at + bytes < r->work.len && n < BATCH_MAX) {
			bytes += ((const struct f1p_event *)(r->work.data + at + bytes))->size;
			n++;
		}
		over = write_with_backoff(r, first, n, bytes);
		at += bytes;
		pthread_mutex_lock(&r->lock);
		over |= out_of_time(r);
		pthread_mutex_unlock(&r->lock);
	}
	buffer_clear(&r->work);
	return over;
}

static void flush_sink(struct sink_runner *r)
{
	if (r->inst->sink->flush)
		r->inst->sink->flush(r->inst->plugin);
}

static void *runner_main(void *arg)
{
	struct sink_runner *r = arg;
	int64_t flushed = vclock_mono_ns();
	bool over = false;

	sched_setscheduler(0, SCHED_BATCH, &(struct sched_param){0}); /* waking it must not push the loop aside */
	pthread_mutex_lock(&r->lock);
	while (!over && !(r->stop && r->queue.count == 0)) {
		if (r->queue.count == 0)
			wait_ns(r, FLUSH_EVERY_NS);
		struct buffer taken = r->queue;
		r->queue = r->work;
		r->work = taken;
		r->busy = taken.count > 0;
		pthread_mutex_unlock(&r->lock);
		over = write_all(r);
		if (!over && vclock_mono_ns() - flushed >= FLUSH_EVERY_NS) {
			flush_sink(r);
			flushed = vclock_mono_ns();
		}
		pthread_mutex_lock(&r->lock);
		over |= out_of_time(r);
		r->busy = over && r->failure != F1P_OK; /* what a failed sink did not take stays so */
	}
	pthread_mutex_unlock(&r->lock);
	flush_sink(r);
	return NULL;
}

static int start_thread(struct sink_runner *r)
{
	sigset_t all, old;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	int rc = pthread_create(&r->thread, NULL, runner_main, r);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return rc;
}

struct sink_runner *sink_runner_create(struct instance *inst, const struct f1p_metrics *metrics, const struct f1p_host *core,
				       void (*failed)(void *arg), void *arg)
{
	struct sink_runner *r = calloc(1, sizeof(*r));
	pthread_condattr_t attr;

	if (!r)
		return NULL;
	r->inst = inst;
	r->metrics = metrics;
	r->failed = failed;
	r->arg = arg;
	r->limit = inst->file->queue_size > 16 ? (size_t)inst->file->queue_size : 16;
	r->m_dropped = metrics->get(core, F1P_METRIC_COUNTER, "f1pd_sink_dropped_total",
		"Events that a full queue or the sink itself gave up.", "sink", inst->file->name);
	r->m_queue = metrics->get(core, F1P_METRIC_GAUGE, "f1pd_sink_queue_events", "Events waiting for the sink.", "sink",
		inst->file->name);
	pthread_mutex_init(&r->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&r->wake, &attr);
	pthread_condattr_destroy(&attr);
	if (start_thread(r) != 0) {
		pthread_mutex_destroy(&r->lock);
		pthread_cond_destroy(&r->wake);
		free(r);
		return NULL;
	}
	return r;
}

f1p_status sink_runner_failure(struct sink_runner *r, char *reason, size_t reason_size)
{
	pthread_mutex_lock(&r->lock);
	f1p_status status = r->failure;
	snprintf(reason, reason_size, "%s", r->reason);
	pthread_mutex_unlock(&r->lock);
	return status;
}

void sink_runner_destroy(struct sink_runner *r)
{
	if (!r)
		return;
	pthread_mutex_lock(&r->lock);
	r->stop = true;
	r->stop_at_ns = vclock_mono_ns() + STOP_LIMIT_NS;
	pthread_cond_signal(&r->wake);
	pthread_mutex_unlock(&r->lock);
	pthread_join(r->thread, NULL);
	pthread_mutex_destroy(&r->lock);
	pthread_cond_destroy(&r->wake);
	buffer_finish(&r->queue);
	buffer_finish(&r->work);
	free(r);
}

