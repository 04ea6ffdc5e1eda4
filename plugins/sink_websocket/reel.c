/*
 * reel.c - see reel.h.
 */
#include "reel.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FIRST_CAP 1024u

bool reel_init(struct reel *r, const char *folder, uint64_t room, int64_t keep_ns)
{
	memset(r, 0, sizeof(*r));
	r->fd = -1;
	r->room = room;
	r->keep_ns = keep_ns;
	r->cap = FIRST_CAP;
	r->entries = malloc(FIRST_CAP * sizeof(*r->entries));
	if (!r->entries) {
		return false;
	}
	if (folder[0]) {
		r->fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	} else {
		r->bytes = malloc(room); /* touched only as it fills */
	}
	if (r->fd < 0 && !r->bytes) {
		int why = errno;
		reel_finish(r);
		errno = why;
		return false;
	}
	return true;
}

static void empty(struct reel_slot *slots, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		frame_unref(slots[i].frame);
	}
}

void reel_finish(struct reel *r)
{
	empty(r->ring, REEL_RING);
	empty(r->cache, REEL_CACHE);
	if (r->fd >= 0) {
		close(r->fd);
	}
	free(r->bytes);
	free(r->entries);
	memset(r, 0, sizeof(*r));
	r->fd = -1;
}

/* ------------------------------------------------------------------ bytes */

static bool whole(ssize_t (*move)(struct reel *, void *, size_t, uint64_t), struct reel *r, void *bytes, size_t n, uint64_t at)
{
	for (size_t done = 0; done < n;) {
		ssize_t m = move(r, (uint8_t *)bytes + done, n - done, at + done);
		if (m < 0 && errno == EINTR) {
			continue;
		}
		if (m <= 0) {
			return false;
		}
		done += (size_t)m;
	}
	return true;
}

static ssize_t put(struct reel *r, void *bytes, size_t n, uint64_t at)
{
	return pwrite(r->fd, bytes, n, (off_t)at);
}

static ssize_t take(struct reel *r, void *bytes, size_t n, uint64_t at)
{
	return pread(r->fd, bytes, n, (off_t)at);
}

/* A text never goes over the end of the room: what is left there stays free. *offset counts on for ever. */
static bool write_text(struct reel *r, const char *text, size_t n, uint64_t *offset)
{
	uint64_t at = r->written % r->room;
	if (n > r->room / 4) {
		return false;
	}
	if (at + n > r->room) {
		r->written += r->room - at;
		at = 0;
	}
	*offset = r->written;
	if (r->fd < 0) {
		memcpy(r->bytes + at, text, n);
	} else if (!whole(put, r, (void *)(uintptr_t)text, n, at)) {
		r->failed = true;
		return false;
	}
	r->written += n;
	r->failed = false;
	return true;
}

static bool overwritten(const struct reel *r, uint64_t offset)
{
	return r->written > offset + r->room;
}

static struct frame *read_text(struct reel *r, uint32_t topic, uint64_t offset, uint32_t n)
{
	if (n == 0 || overwritten(r, offset)) {
		return NULL;
	}
	uint64_t at = offset % r->room;
	if (r->fd < 0) {
		return frame_create(topic, (const char *)r->bytes + at, n);
	}
	struct frame *f = frame_alloc(topic, n);
	if (f && !whole(take, r, frame_room(f), n, at)) {
		frame_unref(f);
		f = NULL;
	}
	return f;
}

/* --------------------------------------------------------------- messages */

static void drop_old(struct reel *r, int64_t now_ns)
{
	while (r->first < r->head) {
		const struct reel_entry *e = &r->entries[r->first & (r->cap - 1)];
		bool ring = r->head - r->first <= REEL_RING;
		if (ring || (!overwritten(r, e->offset) && now_ns - e->told_ns <= r->keep_ns)) {
			break;
		}
		r->first++;
	}
	while (r->first_key < r->n_keys) {
		const struct reel_key *k = &r->keys[r->first_key % REEL_KEYS];
		if (k->position >= r->first && !overwritten(r, k->offset)) {
			break;
		}
		r->first_key++;
	}
}

static bool grow(struct reel *r)
{
	struct reel_entry *entries = malloc(2 * r->cap * sizeof(*entries));
	if (!entries) {
		return false;
	}
	for (uint64_t i = r->first; i < r->head; i++) {
		entries[i & (2 * r->cap - 1)] = r->entries[i & (r->cap - 1)];
	}
	free(r->entries);
	r->entries = entries;
	r->cap *= 2;
	return true;
}

static void keep(struct reel_slot *slot, uint64_t number, struct frame *f)
{
	frame_unref(slot->frame);
	*slot = (struct reel_slot){number, f};
}

bool reel_append(struct reel *r, struct frame *f, uint64_t seq, int64_t t_event_ns, int64_t told_ns)
{
	if (r->head - r->first == r->cap && !grow(r)) {
		frame_unref(f);
		return false;
	}
	struct reel_entry *e = &r->entries[r->head & (r->cap - 1)];
	*e = (struct reel_entry){.seq = seq, .t_event_ns = t_event_ns, .told_ns = told_ns, .topic = f->topic};
	if (write_text(r, frame_text(f), f->length, &e->offset)) {
		e->length = (uint32_t)f->length;
	}
	keep(&r->ring[r->head % REEL_RING], r->head, f);
	r->head++;
	drop_old(r, told_ns);
	return true;
}

void reel_add_key(struct reel *r, const char *text, size_t n, int64_t told_ns)
{
	struct reel_key *k = &r->keys[r->n_keys % REEL_KEYS];
	uint64_t offset;
	if (!write_text(r, text, n, &offset)) {
		return;
	}
	*k = (struct reel_key){.position = r->head, .offset = offset, .told_ns = told_ns, .length = (uint32_t)n};
	r->n_keys++;
	if (r->n_keys - r->first_key > REEL_KEYS) {
		r->first_key++;
	}
}

const struct reel_entry *reel_entry(const struct reel *r, uint64_t number)
{
	return number < r->first || number >= r->head ? NULL : &r->entries[number & (r->cap - 1)];
}

struct frame *reel_frame(struct reel *r, uint64_t number)
{
	const struct reel_entry *e = reel_entry(r, number);
	struct reel_slot *slot = &r->ring[number % REEL_RING];
	if (!e) {
		return NULL;
	}
	if (!slot->frame || slot->number != number) {
		slot = &r->cache[number % REEL_CACHE];
		if (!slot->frame || slot->number != number) {
			struct frame *f = read_text(r, e->topic, e->offset, e->length);
			if (!f) {
				return NULL;
			}
			keep(slot, number, f);
		}
	}
	return frame_ref(slot->frame);
}

/* ------------------------------------------------------------------- keys */

const struct reel_key *reel_key(const struct reel *r, uint64_t position)
{
	uint64_t low = r->first_key, high = r->n_keys; /* keys below `low` are at or before the position */
	while (low < high) {
		uint64_t middle = low + (high - low) / 2;
		if (r->keys[middle % REEL_KEYS].position <= position) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	return low == r->first_key ? NULL : &r->keys[(low - 1) % REEL_KEYS];
}

struct frame *reel_key_frame(struct reel *r, const struct reel_key *k)
{
	return read_text(r, 0, k->offset, k->length);
}

uint64_t reel_begin(const struct reel *r)
{
	return r->first_key < r->n_keys ? r->keys[r->first_key % REEL_KEYS].position : r->head;
}

uint64_t reel_position(const struct reel *r, int64_t told_ns, uint64_t hint)
{
	uint64_t low = r->first, high = r->head;
	const struct reel_entry *at = reel_entry(r, hint);
	if (at && at->told_ns <= told_ns) { /* nearly always the answer is near */
		low = hint + 1;
		at = reel_entry(r, low);
		if (!at || at->told_ns > told_ns) {
			return low;
		}
	} else if (at) {
		high = hint;
		at = reel_entry(r, hint - 1);
		if (hint > 0 && at && at->told_ns <= told_ns) {
			return hint;
		}
	}
	while (low < high) {
		uint64_t middle = low + (high - low) / 2;
		if (r->entries[middle & (r->cap - 1)].told_ns <= told_ns) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	return low;
}
