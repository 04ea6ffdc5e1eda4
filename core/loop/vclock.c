#include "loop/vclock.h"

#include <time.h>

static int64_t read_ns(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (int64_t)ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

int64_t vclock_mono_ns(void)
{
	return read_ns(CLOCK_MONOTONIC);
}

void vclock_init(struct vclock *c, double speed)
{
	*c = (struct vclock){.speed = speed, .base_utc_ns = F1P_UNKNOWN_NS};
	pthread_mutex_init(&c->lock, NULL);
}

void vclock_finish(struct vclock *c)
{
	pthread_mutex_destroy(&c->lock);
}

/* The straight line through (utc, mono); at its far end it stands still. */
static int64_t line(int64_t utc_ns, int64_t mono_ns, double speed)
{
	double gone = (double)(vclock_mono_ns() - mono_ns) * speed;
	int64_t now;

	if (gone > 9e18 || __builtin_add_overflow(utc_ns, (int64_t)gone, &now))
		return INT64_MAX - 1;
	return now;
}

static int64_t now_locked(const struct vclock *c)
{
	if (!c->driven)
		return c->rehearsal_speed > 0 ? line(c->rehearsal_utc_ns, c->rehearsal_mono_ns, c->rehearsal_speed)
					      : read_ns(CLOCK_REALTIME);
	if (c->base_utc_ns == F1P_UNKNOWN_NS || c->paused || c->speed <= 0)
		return c->base_utc_ns;
	return line(c->base_utc_ns, c->base_mono_ns, c->speed);
}

/* Virtual seconds per real second; 0 = it jumps. */
static double pace_locked(const struct vclock *c)
{
	if (c->driven)
		return c->speed;
	return c->rehearsal_speed > 0 ? c->rehearsal_speed : 1.0;
}

/* Every change of pace starts a new straight line at the present moment. */
static void rebase(struct vclock *c)
{
	if (c->driven && c->base_utc_ns != F1P_UNKNOWN_NS)
		c->base_utc_ns = now_locked(c);
	c->base_mono_ns = vclock_mono_ns();
}

int64_t vclock_now_ns(struct vclock *c)
{
	pthread_mutex_lock(&c->lock);
	int64_t now = now_locked(c);
	pthread_mutex_unlock(&c->lock);
	return now;
}

void vclock_set_driven(struct vclock *c, bool driven)
{
	pthread_mutex_lock(&c->lock);
	c->driven = driven;
	pthread_mutex_unlock(&c->lock);
}

bool vclock_is_driven(struct vclock *c)
{
	pthread_mutex_lock(&c->lock);
	bool driven = c->driven;
	pthread_mutex_unlock(&c->lock);
	return driven;
}

void vclock_set(struct vclock *c, int64_t utc_ns)
{
	pthread_mutex_lock(&c->lock);
	c->base_utc_ns = utc_ns;
	if (c->speed > 0) /* standing still, it needs no real time: a change of pace looks at it */
		c->base_mono_ns = vclock_mono_ns();
	pthread_mutex_unlock(&c->lock);
}

void vclock_set_speed(struct vclock *c, double speed)
{
	pthread_mutex_lock(&c->lock);
	rebase(c);
	c->speed = speed;
	pthread_mutex_unlock(&c->lock);
}

void vclock_set_paused(struct vclock *c, bool paused)
{
	pthread_mutex_lock(&c->lock);
	rebase(c);
	c->paused = paused;
	pthread_mutex_unlock(&c->lock);
}

double vclock_speed(struct vclock *c)
{
	pthread_mutex_lock(&c->lock);
	double speed = c->speed;
	pthread_mutex_unlock(&c->lock);
	return speed;
}

bool vclock_paused(struct vclock *c)
{
	pthread_mutex_lock(&c->lock);
	bool paused = c->paused;
	pthread_mutex_unlock(&c->lock);
	return paused;
}

void vclock_rehearse(struct vclock *c, int64_t start_utc_ns, double speed)
{
	pthread_mutex_lock(&c->lock);
	c->rehearsal_utc_ns = start_utc_ns;
	c->rehearsal_mono_ns = vclock_mono_ns();
	c->rehearsal_speed = speed > 0 ? speed : 0;
	pthread_mutex_unlock(&c->lock);
}

int64_t vclock_real_until(struct vclock *c, int64_t utc_ns)
{
	int64_t wait = 0;

	pthread_mutex_lock(&c->lock);
	int64_t now = now_locked(c);
	if (c->paused && c->driven) /* a seek in a pause is still carried out up to its target */
		wait = now != F1P_UNKNOWN_NS && utc_ns <= now ? 0 : INT64_MAX;
	else if (now != F1P_UNKNOWN_NS && utc_ns > now && pace_locked(c) > 0) {
		int64_t ahead;
		if (__builtin_sub_overflow(utc_ns, now, &ahead))
			ahead = INT64_MAX;
		double real = (double)ahead / pace_locked(c);
		wait = real > 9e18 ? INT64_MAX : (int64_t)real + 1;
	}
	pthread_mutex_unlock(&c->lock);
	return wait;
}
