/*
 * reel.h - every message that was told in the last hours, in order, so that anyone can go on from where he was.
 *
 * [web] thread only. Message number i (from 0) stays until it is older than `keep` or the room for bytes is used up, oldest
 * first. The newest frames are in memory; the bytes of all lie in a file without a name, used round and round, or in memory when
 * there is no folder for it. Between the messages lie keys: full snapshots, from which the state at any message can be folded.
 */
#ifndef REEL_H
#define REEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "frame.h"

#define REEL_RING 256u	/* newest frames, in memory */
#define REEL_CACHE 128u /* frames read lately */
#define REEL_KEYS 4096u

struct reel_entry {
	uint64_t offset; /* where the text was written; the file is used round and round */
	uint64_t seq;	 /* of the journal */
	int64_t t_event_ns;
	int64_t told_ns; /* on the stream's own clock, which never falls */
	uint32_t length;
	uint32_t topic;
};

struct reel_key { /* the state as of just before message `position` */
	uint64_t position, offset;
	int64_t told_ns;
	uint32_t length;
};

struct reel_slot {
	uint64_t number;
	struct frame *frame;
};

struct reel {
	int fd;		/* -1: in memory */
	uint8_t *bytes; /* then here */
	uint64_t room, written;
	int64_t keep_ns;
	struct reel_entry *entries; /* number i is at i & (cap - 1) */
	uint64_t first, head, cap;  /* numbers first .. head - 1 are there */
	struct reel_key keys[REEL_KEYS];
	uint64_t first_key, n_keys; /* key k is at k % REEL_KEYS; first_key .. n_keys - 1 are there */
	struct reel_slot ring[REEL_RING], cache[REEL_CACHE];
	bool failed; /* the last write did not succeed */
};

/* folder: where the file is made; "" = memory. room: bytes. false: the folder cannot be used (errno) or memory is short. */
bool reel_init(struct reel *, const char *folder, uint64_t room, int64_t keep_ns);
void reel_finish(struct reel *);
/* Takes the reference. What cannot be written stays for as long as it is among the newest. false: memory is short, nothing is
 * kept. */
bool reel_append(struct reel *, struct frame *, uint64_t seq, int64_t t_event_ns, int64_t told_ns);
/* A full snapshot of now, at the head. */
void reel_add_key(struct reel *, const char *text, size_t n, int64_t told_ns);
/* NULL: not there (any more). Lent until the next append. */
const struct reel_entry *reel_entry(const struct reel *, uint64_t number);
/* A reference; NULL when it is gone or cannot be read. */
struct frame *reel_frame(struct reel *, uint64_t number);
/* The newest key at or before the position; NULL: none is left. */
const struct reel_key *reel_key(const struct reel *, uint64_t position);
struct frame *reel_key_frame(struct reel *, const struct reel_key *);
/* From here on everything can be told: the oldest key. */
uint64_t reel_begin(const struct reel *);
/* How many messages had been told by then, from `hint` on (any number). */
uint64_t reel_position(const struct reel *, int64_t told_ns, uint64_t hint);

#endif
