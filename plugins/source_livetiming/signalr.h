/*
 * signalr.h - SignalR Core's JSON protocol: records that end in 0x1E, and what is in them. Pure functions on bytes.
 */
#ifndef SLT_SIGNALR_H
#define SLT_SIGNALR_H

#include <helpers/json_reader.h>

#define SLT_RECORD_END '\x1e'
#define SLT_HANDSHAKE "{\"protocol\":\"json\",\"version\":1}\x1e"
#define SLT_PING "{\"type\":6}\x1e"
#define SLT_SUBSCRIBE_ID "0"

/* ---- framing: messages may hold several records, and parts of records ---- */

struct slt_framer {
	/* private */
	char *bytes; /* the beginning of a record whose end has not come */
	size_t n, room, max;
};

/* One record without its end byte; lent for the call. False: stop, the rest is not wanted. */
typedef bool (*slt_record_fn)(void *arg, const char *record, size_t n);

void slt_framer_init(struct slt_framer *, size_t max_record);
void slt_framer_finish(struct slt_framer *);
void slt_framer_reset(struct slt_framer *); /* forgets a record begun; may be called from within the record function */
/* F1P_OK; F1P_ECANCELLED: the function said stop; F1P_EINVAL: a record is longer than allowed; F1P_ENOMEM. After the last three
 * the framer is as after a reset. */
f1p_status slt_framer_put(struct slt_framer *, const char *bytes, size_t n, slt_record_fn, void *arg);

/* ---- records ---- */

enum slt_kind {
	SLT_EMPTY = 1, /* {}: the handshake is accepted */
	SLT_REFUSAL,   /* {"error":..}: the handshake is refused */
	SLT_FEED,      /* type 1, target feed: topic, data, time */
	SLT_RESULT,    /* type 3: the answer to Subscribe: result, or error */
	SLT_PINGED,    /* type 6 */
	SLT_CLOSE,     /* type 7 */
	SLT_OTHER      /* valid, and of no use here */
};

struct slt_record {
	uint32_t kind; /* enum slt_kind */
	struct f1p_json_slice topic; /* without quotes */
	struct f1p_json_slice data;  /* raw JSON */
	struct f1p_json_slice time;  /* without quotes; empty if there is none */
	struct f1p_json_slice id, result;
	char error[120]; /* for people; "" if none */
	bool allow_reconnect;
};

/* False: not a record of this protocol; *why says in what way. Slices point into the text. */
bool slt_record_parse(const char *text, size_t n, struct slt_record *, const char **why);

/* A JSON string for people: unescaped, control characters replaced, cut to size. */
void slt_text_for_people(struct f1p_json_slice raw, char *out, size_t size);

/* What is between the quotes of a JSON string; empty if the value is no string. */
struct f1p_json_slice slt_inside_quotes(struct f1p_json_slice);

#endif
