/*
 * stream.h - reads a file, plain or gzip, piece by piece: lines, JSON values, or bytes. Nothing is ever loaded whole.
 *
 * What is handed out is lent until the next call on the same stream.
 */
#ifndef SR_STREAM_H
#define SR_STREAM_H

#include <f1pd/base.h>

#define SR_PIECE_MAX (16u << 20)	  /* a longer line or value is refused */
#define SR_STREAM_MAX (UINT64_C(4) << 30) /* unpacked bytes of one file; more is taken for a bomb */

struct sr_stream;

/* NULL on failure: missing, not a regular file, or no memory; err gets the reason. */
struct sr_stream *sr_stream_open(const char *path, char *err, size_t err_size);
/* The same over bytes in memory; they are copied. max: cap on what they unpack to. */
struct sr_stream *sr_stream_open_bytes(const void *bytes, size_t n, uint64_t max);
void sr_stream_close(struct sr_stream *); /* accepts NULL */

/* What comes next, without taking it: up to `want` bytes (at most 1 MiB), fewer only at the end. */
size_t sr_stream_peek(struct sr_stream *, size_t want, const char **bytes);

/* The next line, up to `terminator`, which is not part of it; CR before LF is taken off. F1P_OK; F1P_END;
 * F1P_EINVAL: longer than SR_PIECE_MAX, skipped; F1P_EIO: damaged or truncated gzip, read error, more than the cap: after it
 * comes F1P_END. The part of a line before the damage is dropped. */
f1p_status sr_stream_line(struct sr_stream *, char terminator, const char **text, size_t *n);
/* The next JSON object or array, over as many lines as it takes. Commas and blanks between values are skipped, and, when
 * `inside_array`, the bracket that closes the array whose opening one the caller has skipped. Status as above; F1P_EINVAL ends
 * the stream. */
f1p_status sr_stream_value(struct sr_stream *, bool inside_array, const char **text, size_t *n);
/* Takes n bytes that a peek has shown. */
void sr_stream_skip(struct sr_stream *, size_t n);

uint64_t sr_stream_line_number(const struct sr_stream *); /* of what was handed out last, from 1 */
const char *sr_stream_error(const struct sr_stream *);	  /* after F1P_EIO */

#endif
