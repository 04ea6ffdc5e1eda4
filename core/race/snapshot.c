/*
 * snapshot.c - immutable copies of the race state, counted by reference, for worker and sink threads.
 */
#include "race/race.h"
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

struct snapshot {
	atomic_uint references;
	struct f1p_state state;
};

struct snapshot *snapshot_create(const struct f1p_state *state)
{
	struct snapshot *s = malloc(sizeof(*s));

	if (s) {
		atomic_init(&s->references, 1);
		memcpy(&s->state, state, sizeof(s->state));
	}
	return s;
}

struct snapshot *snapshot_ref(struct snapshot *s)
{
	atomic_fetch_add_explicit(&s->references, 1, memory_order_relaxed);
	return s;
}

void snapshot_unref(struct snapshot *s)
{
	/* acq_rel: all reads of the other owners happen before the free */
	if (s && atomic_fetch_sub_explicit(&s->references, 1, memory_order_acq_rel) == 1) {
		free(s);
	}
}

const struct f1p_state *snapshot_state(const struct snapshot *s)
{
	return &s->state;
}

struct snapshot *snapshot_of(const struct f1p_state *state)
{
	return (struct snapshot *)((uintptr_t)state - offsetof(struct snapshot, state));
}
