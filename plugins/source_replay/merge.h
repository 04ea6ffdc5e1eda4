/*
 * merge.h - several readers as one, in order of time; a file's own order is never changed.
 */
#ifndef SR_MERGE_H
#define SR_MERGE_H

#include "reader.h"

#define SR_MERGE_MAX 96u

/* Takes the readers over, also on failure (NULL: no memory). At equal times: a snapshot, SessionInfo, DriverList, then by
 * position in the array. A snapshot whose time is only guessed goes before the first message when it is about as old. */
struct sr_reader *sr_merge_create(struct sr_reader *const *readers, uint32_t n);

#endif
