/*
 * livetiming.h - decodes F1 live-timing messages (topic + JSON) into f1pd events.
 *
 * One piece of code for recordings and for the live feed. It keeps the little state that the feed's merge rules need
 * (how long each list is, what was set), checks every value, and emits typed events; it never reads clocks or files.
 * Not thread-safe: one decoder, one thread.
 */
#ifndef LIVETIMING_H
#define LIVETIMING_H

#include <f1pd/event.h>

#define LT_MAX_TOPICS 48
#define LT_MAX_MESSAGE (10u << 20) /* larger messages are rejected */

struct lt_decoder;

/* Receives each event; the event is lent for the call. Returns what the bus says. */
typedef f1p_status (*lt_emit_fn)(void *arg, const struct f1p_event *);
/* Receives one line for each rejected message or value: topic, reason. Rate limiting is the receiver's business. */
typedef void (*lt_reject_fn)(void *arg, const char *topic, const char *reason);

struct lt_topic_count {
	char topic[32];
	uint64_t messages;
	uint64_t rejected;
};

struct lt_stats {
	uint64_t messages;        /* accepted, all topics */
	uint64_t rejected;        /* messages that were not JSON, too large, too deep or of a wrong shape */
	uint64_t bad_values;      /* values of a wrong type or out of range inside accepted messages; the value is skipped */
	uint64_t merge_oddities;  /* merge rules 3 (gap), 4, 5: index beyond the end, object onto nothing, object onto scalar */
	uint64_t deleted_keys;    /* keys that _deleted lists named */
	uint64_t stint_appends;   /* TimingAppData stints beyond the known ones */
	uint64_t unknown_topics;  /* messages of topics that nothing here reads (they are counted, not rejected) */
	uint32_t n_topics;
	struct lt_topic_count topics[LT_MAX_TOPICS];
};

/* NULL when memory is short. */
struct lt_decoder *lt_create(lt_emit_fn emit, lt_reject_fn reject, void *arg);
void lt_destroy(struct lt_decoder *); /* accepts NULL */

/* Forgets all feed state (a new subscription follows); statistics stay. */
void lt_reset(struct lt_decoder *);

/* One message. json: the payload (an object, or for .z topics the quoted base64 string), not NUL-terminated.
 * t_event_ns: the feed's time. flags: F1P_EVF_SNAPSHOT / F1P_EVF_CATCHUP, copied into every event.
 * Every event but the last of the message carries F1P_EVF_MORE.
 * F1P_OK, or F1P_EINVAL: rejected, counted, told; the decoder stays usable. */
f1p_status lt_message(struct lt_decoder *, const char *topic, size_t topic_len, const char *json, size_t json_len,
		      int64_t t_event_ns, uint32_t flags);

/* A whole subscription answer: an object topic -> snapshot. Emits F1P_EV_FEED_RESET first, then all topics with
 * F1P_EVF_SNAPSHOT | F1P_EVF_MORE, the last event without F1P_EVF_MORE. SessionInfo and DriverList come first. */
f1p_status lt_snapshot(struct lt_decoder *, const char *json, size_t json_len, int64_t t_event_ns, uint32_t flags);

const struct lt_stats *lt_get_stats(const struct lt_decoder *);

/* "2025-10-26T20:30:35.01Z" -> ns since 1970; 0 to 9 fraction digits, Z optional. false if malformed. */
bool lt_parse_utc(const char *text, size_t n, int64_t *out_ns);

#endif
