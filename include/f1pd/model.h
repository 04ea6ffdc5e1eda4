/*
 * f1pd/model.h - models that learn: priors that enter the race state, training on past races, and what was learnt.
 *
 * Everything a predictor knows comes from three places: the state (which holds the priors, and what the predictors were worth this
 * season), its configuration, and the model file. Priors and scores are events of the journal, the model file has a version: a
 * forecast can be made again, bit for bit, anywhere.
 *
 * Training and back-tests walk through the past race by race in the order of time. For each race: priors() with what was known
 * before it; predict() on snapshots of it; then example() for every snapshot, now with the result; at the start of a season, and at
 * the end, fit(). So a forecast of a walk is made by code that has not been shown its race yet.
 */
#ifndef F1PD_MODEL_H
#define F1PD_MODEL_H

#include <f1pd/forecast.h>
#include <f1pd/host.h>
#include <f1pd/plugin.h>
#include <f1pd/state.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- the model file (host extension) ---- */
#define F1P_EXT_MODEL "f1p.model/1"
struct f1p_model {
	uint32_t size;
	uint32_t reserved0;
	/* [any] What the plugin's f1p_trainable.save() once wrote: one JSON object, host-owned until destroy(); NULL: there is none.
	 * id: the plugin's, "predictor_prerace". *n gets the length. */
	const char *(*fragment)(const struct f1p_host *, const char *id, size_t *n);
	/* [any] Names the file: hash of its bytes, 12 hex digits; "" without a file. Host-owned. */
	const char *(*version)(const struct f1p_host *);
};

/* ---- priors (plugin extension): what the past says about this session ---- */
#define F1P_EXT_PRIORS "f1p.priors/1"
struct f1p_priors {
	uint32_t size;
	uint32_t reserved0;
	/* [worker] Fills out[0..*n) with one event for the race (car 0) and one for each car of the state, h excepted: the host sets it. Reads
	 * the past through f1p.history/1, and of it only what was known at state->t_start_ns: earlier races, earlier sessions
	 * of this weekend. max >= state->n_cars + 1. F1P_EUNSUPPORTED: nothing is known (no history). */
	f1p_status (*priors)(struct f1p_plugin *, const struct f1p_state *state, struct f1p_ev_prior *out, uint32_t max, uint32_t *n);
};

/* ---- training (plugin extension) ---- */

/* When in a weekend a forecast was made. Shares of the distance run by the winner; a snapshot is taken
 * when the leader and the cars on his lap have ended it. */
enum f1p_phase {
	F1P_PHASE_NONE = 1,        /* some other lap */
	F1P_PHASE_PRE_QUALIFYING,  /* of the race, before qualifying: no grid, no qualifying times */
	F1P_PHASE_LIGHTS_OUT,      /* the grid stands, tyres are known */
	F1P_PHASE_D10, F1P_PHASE_D25, F1P_PHASE_D50, F1P_PHASE_D75, F1P_PHASE_D90,
	F1P_PHASES                 /* how many, plus one */
};

/* What became of a car. */
struct f1p_outcome {
	uint16_t car;
	uint8_t classified; /* enum f1p_tri */
	uint8_t retired;    /* enum f1p_tri: did not finish, classified or not */
	int32_t position;   /* official, 1..; of qualifying: in its order; F1P_UNKNOWN: it did not take part */
	int32_t laps;
	int32_t gap_ms;     /* to the winner at the flag, penalties included; F1P_UNKNOWN: laps behind, out, or nobody told it */
	uint32_t reserved0;
};

struct f1p_example {
	uint32_t size;
	uint32_t phase;              /* enum f1p_phase */
	int32_t race_id;             /* season * 100 + round */
	int32_t lap;                 /* completed by the leader; 0 before the start */
	int32_t laps;                /* run by the winner in the end */
	uint32_t n_members;          /* forecasts of the other predictors on this snapshot; 0 unless this plugin is an ensemble */
	const struct f1p_state *state; /* lent, as all pointers here; state->type says which session: race, sprint or qualifying */
	const struct f1p_outcome *outcome; /* state->n_cars entries, order of the state's cars[] */
	const struct f1p_member *members;
};

#define F1P_EXT_TRAINABLE "f1p.trainable/1"
struct f1p_trainable {
	uint32_t size;
	uint32_t reserved0;
	/* [worker] Forgets the model file and all examples. */
	f1p_status (*begin)(struct f1p_plugin *);
	/* [worker] One snapshot of a race that is over, in order of time; copies what it needs. After begin(). */
	f1p_status (*example)(struct f1p_plugin *, const struct f1p_example *);
	/* [worker] Fits on all examples so far, for forecasts from next_race_id on. Deterministic. F1P_AGAIN: too few examples, the
	 * plugin goes on with what it had. */
	f1p_status (*fit)(struct f1p_plugin *, int32_t next_race_id);
	/* [worker] Writes what it learnt as one JSON object by any number of calls of write; the same text for the same examples. */
	f1p_status (*save)(struct f1p_plugin *, void (*write)(void *arg, const void *bytes, size_t n), void *arg);
};

#ifdef __cplusplus
}
#endif
#endif
