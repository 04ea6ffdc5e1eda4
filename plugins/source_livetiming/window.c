/*
 * window.c - a ring of messages, and chains from hash to place.
 */
#include "window.h"

#include <helpers/rng.h>

#include <stdlib.h>
#include <string.h>

#define BUCKETS (SLT_WINDOW_SIZE * 2)
#define NONE UINT16_MAX

struct entry {
	struct slt_hash hash;
	int64_t t_ns;
	uint16_t taken;
	uint16_t sent[SLT_LANES];
	uint16_t next; /* in the same bucket */
};

struct slt_window {
	struct entry entries[SLT_WINDOW_SIZE];
	uint16_t buckets[BUCKETS];
	uint32_t n;	   /* entries in use */
	uint32_t oldest;   /* once all are in use */
	int64_t horizon_ns;
};

/* ---- hash: two FNV-1a lanes with different bases and steps ---- */

struct slt_hash slt_hash_begin(void)
{
	return (struct slt_hash){UINT64_C(0xcbf29ce484222325), UINT64_C(0x84222325cbf29ce4)};
}

void slt_hash_add(struct slt_hash *h, const char *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint64_t byte = (unsigned char)bytes[i];

		h->a = (h->a ^ byte) * UINT64_C(0x100000001b3);
		h->b = (h->b + byte) * UINT64_C(0x9e3779b97f4a7c15);
	}
	h->a = f1p_mix64(h->a ^ n);
	h->b = f1p_mix64(h->b + n);
}

struct slt_hash slt_hash_end(struct slt_hash h)
{
	return (struct slt_hash){f1p_mix64(h.a), f1p_mix64(h.b ^ (h.a >> 32))};
}

/* ---- ring ---- */

struct slt_window *slt_window_create(void)
{
	struct slt_window *w = malloc(sizeof(*w));

	if (w != NULL) {
		slt_window_clear(w);
	}
	return w;
}

void slt_window_destroy(struct slt_window *w)
{
	free(w);
}

void slt_window_clear(struct slt_window *w)
{
	memset(w->buckets, 0xff, sizeof(w->buckets));
	w->n = w->oldest = 0;
	w->horizon_ns = F1P_UNKNOWN_NS;
}

static uint16_t *bucket_of(struct slt_window *w, struct slt_hash h)
{
	return &w->buckets[h.a % BUCKETS];
}

static uint16_t find(const struct slt_window *w, struct slt_hash h)
{
	uint16_t at = w->buckets[h.a % BUCKETS];

	while (at != NONE && !slt_hash_equal(w->entries[at].hash, h)) {
		at = w->entries[at].next;
	}
	return at;
}

static void forget_oldest(struct slt_window *w)
{
	const struct entry *e = &w->entries[w->oldest];
	uint16_t *link = bucket_of(w, e->hash);

	while (*link != w->oldest) {
		link = &w->entries[*link].next;
	}
	*link = e->next;
	if (e->t_ns != F1P_UNKNOWN_NS && e->t_ns > w->horizon_ns) {
		w->horizon_ns = e->t_ns;
	}
}

static struct entry *add(struct slt_window *w, struct slt_hash h, int64_t t_ns)
{
	uint16_t *bucket = bucket_of(w, h);
	uint32_t at = w->n;

	if (w->n == SLT_WINDOW_SIZE) {
		at = w->oldest;
		forget_oldest(w);
		w->oldest = (w->oldest + 1) % SLT_WINDOW_SIZE;
	} else {
		w->n++;
	}
	w->entries[at] = (struct entry){.hash = h, .t_ns = t_ns, .next = *bucket};
	*bucket = (uint16_t)at;
	return &w->entries[at];
}

bool slt_window_offer(struct slt_window *w, uint32_t lane, struct slt_hash h, int64_t t_ns)
{
	uint16_t at = find(w, h);
	struct entry *e = at != NONE ? &w->entries[at] : add(w, h, t_ns);

	if (e->sent[lane] < UINT16_MAX) {
		e->sent[lane]++;
	}
	if (e->sent[lane] <= e->taken) {
		return false;
	}
	e->taken = e->sent[lane];
	return true;
}

bool slt_window_has(const struct slt_window *w, struct slt_hash h)
{
	uint16_t at = find(w, h);

	return at != NONE && w->entries[at].taken > 0;
}

void slt_window_forget_lane(struct slt_window *w, uint32_t lane)
{
	for (uint32_t i = 0; i < w->n; i++) {
		w->entries[i].sent[lane] = 0;
	}
}

int64_t slt_window_horizon(const struct slt_window *w)
{
	return w->horizon_ns;
}
