/*
 * filter.h - what a client wants to hear of, and the subscriptions that keep such wishes until a socket uses them.
 *
 * A subscription is asked for by POST and named in the address of the socket. It ends when no socket used it for ten minutes.
 */
#ifndef FILTER_H
#define FILTER_H

#include <f1pd/state.h>

#define TOPIC_STATE (1u << 0)
#define TOPIC_FORECAST (1u << 1)
#define TOPIC_RACE_CONTROL (1u << 2)
#define TOPIC_SESSION (1u << 3)
#define TOPIC_INSIGHTS (1u << 4)
#define TOPIC_ALL 31u /* told unless others are named */
#define TOPIC_MASKS 32u
#define TOPIC_POSITIONS (1u << 5) /* only on request, and in no snapshot */
#define TOPICS_KEPT (TOPIC_RACE_CONTROL | TOPIC_SESSION) /* told one by one to whoever falls behind */

struct filter {
	uint32_t topics;
	uint16_t n_drivers; /* 0 = all */
	uint16_t drivers[F1P_MAX_CARS];
};

/* Reads {"topics":[...],"drivers":[...]}; both may be absent. Drivers are car numbers, or codes of cars in state (which may be
 * NULL). false: err says what is wrong with the text. */
bool filter_read(struct filter *, const char *json, size_t n, const struct f1p_state *state, char *err, size_t err_size);
/* The same from two lists divided by commas; NULL = not given. */
bool filter_read_lists(struct filter *, const char *topics, const char *drivers, const struct f1p_state *state, char *err,
	size_t err_size);

#define SUBSCRIPTION_ID 24u
#define SUBSCRIPTIONS_MAX 10000u
#define SUBSCRIPTION_UNUSED_US (600LL * 1000000)

struct subscription {
	char id[SUBSCRIPTION_ID];
	struct filter filter;
	int64_t used_us; /* when it was made or last let go by a socket */
	uint32_t sockets;
};
struct subscriptions {
	struct subscription **items;
	size_t n, cap;
	uint64_t made;
};

void subscriptions_finish(struct subscriptions *);
/* NULL when there are too many (or memory is short). */
struct subscription *subscriptions_add(struct subscriptions *, const struct filter *, int64_t now_us);
/* The subscription for a new socket, which must be let go of; NULL if there is none (any more). */
struct subscription *subscriptions_acquire(struct subscriptions *, const char *id, int64_t now_us);
void subscription_release(struct subscription *, int64_t now_us); /* accepts NULL */

#endif
