/*
 * vclock.h - the virtual clock: real time when a live source rules, else a time that the host drives.
 *
 * Driven: virtual = base + (real elapsed) * speed; speed 0 stands still until vclock_set moves it to the next event that is
 * due, which is how a replay runs as fast as the processor goes. Reads are thread-safe, writes belong to the loop.
 * Rehearsal: what a live source takes for real time begins where it is told and runs faster, so that a weekend can be tried.
 */
#ifndef LOOP_VCLOCK_H
#define LOOP_VCLOCK_H

#include <f1pd/base.h>
#include <pthread.h>

struct vclock {
	pthread_mutex_t lock;
	bool driven;
	bool paused;
	double speed;
	int64_t base_utc_ns;  /* F1P_UNKNOWN_NS until set */
	int64_t base_mono_ns;
	double rehearsal_speed; /* 0 = none */
	int64_t rehearsal_utc_ns, rehearsal_mono_ns;
};

void vclock_init(struct vclock *, double speed);
void vclock_finish(struct vclock *);
int64_t vclock_mono_ns(void);
int64_t vclock_now_ns(struct vclock *);              /* [any]; F1P_UNKNOWN_NS while a driven clock is not set */
void vclock_set_driven(struct vclock *, bool driven);
bool vclock_is_driven(struct vclock *);              /* [any] */
void vclock_set(struct vclock *, int64_t utc_ns);    /* driven: it is utc_ns now */
void vclock_set_speed(struct vclock *, double speed);
void vclock_set_paused(struct vclock *, bool paused);
double vclock_speed(struct vclock *);
bool vclock_paused(struct vclock *);
/* From now on a clock that is not driven reads start_utc_ns and runs at speed (> 0; 1 = real time); speed 0 ends the rehearsal. */
void vclock_rehearse(struct vclock *, int64_t start_utc_ns, double speed);
/* Real nanoseconds until the clock reads utc_ns; 0 = due now; INT64_MAX = never (paused). Driven at speed 0: always 0. */
int64_t vclock_real_until(struct vclock *, int64_t utc_ns);

#endif
