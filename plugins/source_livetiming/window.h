/*
 * window.h - which messages were taken lately, and how often each of the two connections has sent each of them.
 *
 * A connection's copy of a message is news if it has sent more copies than were taken. Bounded: the oldest of SLT_WINDOW_SIZE
 * messages is forgotten, at the busiest rates of the feed after several minutes.
 */
#ifndef SLT_WINDOW_H
#define SLT_WINDOW_H

#include <f1pd/base.h>

#define SLT_LANES 2u
#define SLT_WINDOW_SIZE 8192u

/* 128 bits: equal for equal messages, and for no others that will ever be met. */
struct slt_hash {
	uint64_t a, b;
};
struct slt_hash slt_hash_begin(void);
/* A part, with its end: ("ab","c") and ("a","bc") differ. */
void slt_hash_add(struct slt_hash *, const char *bytes, size_t n);
struct slt_hash slt_hash_end(struct slt_hash);

static inline bool slt_hash_equal(struct slt_hash x, struct slt_hash y)
{
	return x.a == y.a && x.b == y.b;
}

struct slt_window;

struct slt_window *slt_window_create(void); /* NULL when memory is short */
void slt_window_destroy(struct slt_window *); /* accepts NULL */
void slt_window_clear(struct slt_window *);
/* Counts one more copy that the lane sent; true: it is news and now counts as taken. t_ns: the feed's time, F1P_UNKNOWN_NS. */
bool slt_window_offer(struct slt_window *, uint32_t lane, struct slt_hash, int64_t t_ns);
/* Whether it was taken. */
bool slt_window_has(const struct slt_window *, struct slt_hash);
/* The lane begins anew: it has sent nothing. */
void slt_window_forget_lane(struct slt_window *, uint32_t lane);
/* Feed time of the newest message that is forgotten; F1P_UNKNOWN_NS if none is. */
int64_t slt_window_horizon(const struct slt_window *);

#endif
