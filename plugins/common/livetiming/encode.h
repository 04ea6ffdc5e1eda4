/*
 * encode.h - the decoder's counterpart: f1pd events as messages of the live-timing feed.
 *
 * A source record (events joined by F1P_EVF_MORE) becomes one message per topic; where a topic's events stand in an order that
 * one message could not tell, several. So decoding what was encoded gives the same events in the same order, but for what the
 * feed has no place for: forecasts, outlooks, links, late lap records, the first lap of a stint as its own field, and values out
 * of the feed's ranges. These are counted.
 *
 * Reads no clock. Not thread-safe: one encoder, one thread.
 */
#ifndef LT_ENCODE_H
#define LT_ENCODE_H

#include <f1pd/event.h>

struct lt_encoder;

/* Receives each message, lent for the call: topic and json are NUL-terminated, json holds n bytes (for .z topics the quoted
 * base64 string). Anything but F1P_OK stops the encoder and is what lt_encode() and lt_encode_flush() return. */
typedef f1p_status (*lt_message_fn)(void *arg, const char *topic, const char *json, size_t n, int64_t t_ns);

struct lt_encoder *lt_encoder_create(lt_message_fn, void *arg); /* NULL when memory is short */
void lt_encoder_destroy(struct lt_encoder *);			/* accepts NULL */

/* Takes one event, in order. F1P_ENOMEM, or what the receiver said; the encoder is then of no further use but for reset. */
f1p_status lt_encode(struct lt_encoder *, const struct f1p_event *);
/* Hands out the message in hand, if there is one. */
f1p_status lt_encode_flush(struct lt_encoder *);
/* Forgets the message in hand and all that was told: lists begin anew. */
void lt_encoder_reset(struct lt_encoder *);

/* Events that the feed has no place for. */
uint64_t lt_encode_skipped(const struct lt_encoder *);

#define LT_UTC_TEXT 40
/* "2024-05-19T13:00:00.000Z": three digits behind the point, more where the time needs them. "" for F1P_UNKNOWN_NS. */
void lt_utc_text(int64_t utc_ns, char out[LT_UTC_TEXT]);

#endif
