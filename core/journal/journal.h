/*
 * journal.h - the sequenced log on disk: append-only, checksummed, cut at the first torn record on recovery.
 *
 * Format (sdk/helpers/journal_format.h): a 64-byte file header, then records {u32 length, u32 crc32, event bytes}. Events
 * hold their own seq, which rises by one, over rotations too. All integers little-endian.
 */
#ifndef JOURNAL_H
#define JOURNAL_H

#include <f1pd/event.h>

struct journal;

/* Called for every good record on recovery, in order. The event is lent. */
typedef void (*journal_fold_fn)(void *arg, const struct f1p_event *);

/* Opens or makes the file at path. identity: hash of what feeds it; a file of another identity is refused with F1P_EINVAL
 * (nothing is changed). Good records go through fold; the torn tail is cut off (its length in journal_cut_bytes).
 * err: one line with path and reason, on failure. */
f1p_status journal_open(struct journal **out, const char *path, uint64_t identity, journal_fold_fn fold, void *arg,
			char *err, size_t err_size);
/* A journal without a file: only sequence numbers and byte counts (headless replay). */
f1p_status journal_open_null(struct journal **out);
/* Sets ev->seq to the next number and appends to the write buffer. F1P_EIO: the disk is full or failing: the event is
 * kept in the buffer as long as memory allows (64 MiB) and the daemon goes on; the state of the disk is in journal_error(). */
f1p_status journal_append(struct journal *, struct f1p_event *ev);
/* Writes the buffer to the file (page cache: survives the death of the process). F1P_EIO as above; retried on the next call. */
f1p_status journal_flush(struct journal *);
/* Ends this file and goes on in a new one: the present file becomes `aside`, the numbers go on. Only where the state begins
 * anew, so that the new file can be folded alone. identity: of the new file. On F1P_EIO everything stays as it was. */
f1p_status journal_rotate(struct journal *, const char *aside, uint64_t identity, char *err, size_t err_size);
uint64_t journal_seq(const struct journal *);       /* last number given out; 0 = none */
uint64_t journal_bytes(const struct journal *);
uint64_t journal_cut_bytes(const struct journal *);
const char *journal_error(const struct journal *);  /* "" = well */
bool journal_lost(const struct journal *); /* disk and buffer were full: later events are not recorded */
void journal_close(struct journal *);               /* flush, fdatasync, close; accepts NULL */

#endif
