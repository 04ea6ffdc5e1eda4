/*
 * fold.h - the state at any message: a full snapshot and the messages behind it, put together as a client would.
 *
 * [web] thread only. Nothing is decoded: the values stay as they are in the texts, which are held until fold_finish().
 */
#ifndef FOLD_H
#define FOLD_H

#include <f1pd/state.h>

#include "frame.h"
#include "helpers/json_reader.h"
#include "helpers/json_writer.h"

#define FOLD_MEMBERS 64u

struct fold_member {
	struct f1p_json_slice key, value;
};
struct fold_object {
	struct fold_member members[FOLD_MEMBERS];
	uint32_t n;
};

struct fold {
	struct frame **held;
	size_t n_held, cap_held;
	/* of the newest message */
	uint64_t seq;
	struct f1p_json_slice time, session_key, simulated;
	struct f1p_json_slice session, forecast, insights, state_time; /* n = 0: null */
	uint64_t state_seq;
	bool has_state;
	struct fold_object state; /* all but seq, time, cars, race_control */
	struct fold_object cars[F1P_MAX_CARS];
	uint32_t n_cars;
	struct f1p_json_slice messages[F1P_MAX_MESSAGES]; /* race control, oldest first */
	uint32_t n_messages;
	struct f1p_json_slice laps[F1P_MAX_LAPS]; /* of the forecast's history, by lap; n = 0: none */
};

/* Takes the reference of the snapshot. NULL: memory is short, or the text is none. */
struct fold *fold_create(struct frame *snapshot);
void fold_destroy(struct fold *); /* accepts NULL */
/* Takes the reference. false: memory is short. */
bool fold_apply(struct fold *, struct frame *message);
/* The members of a snapshot behind `simulated` and `resumed`, into the open object: session, state, forecast, insights, history.
 */
void fold_write(const struct fold *, struct f1p_json *, bool state, bool forecast, bool insights);
/* One of them alone, as a value. */
struct f1p_json_slice fold_session(const struct fold *);
void fold_write_state(const struct fold *, struct f1p_json *);
void fold_write_history(const struct fold *, struct f1p_json *);
void fold_write_key(struct f1p_json *, const char *key, struct f1p_json_slice); /* null if it is empty */

#endif
