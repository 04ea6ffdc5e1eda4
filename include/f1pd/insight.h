/*
 * f1pd/insight.h - what else a forecast says: stops, options, rejoin places, passes to come, neutralisations, why it moved.
 *
 * Everything is a probability, or a difference of two simulations that share their random futures: with the option and without.
 */
#ifndef F1PD_INSIGHT_H
#define F1PD_INSIGHT_H

#include <f1pd/event.h>
#include <f1pd/forecast.h>
#include <f1pd/plugin.h>
#include <f1pd/state.h>

#ifdef __cplusplus
extern "C" {
#endif

#define F1P_MAX_OPTIONS 6u
#define F1P_MAX_OVERTAKES 12u
#define F1P_MAX_MOVES 8u

enum f1p_option_kind {
	F1P_OPTION_PIT_NOW = 1,    /* at the end of this lap */
	F1P_OPTION_PIT_LATER,      /* `laps` laps later */
	F1P_OPTION_PIT_UNDER_SC,   /* now, if a safety car were deployed now; compared with staying out under it */
	F1P_OPTION_OTHER_COMPOUND, /* as expected, but onto `compound` */
	F1P_OPTION_NO_STOP         /* to the end on these tyres */
};
/* Changes against what the car is expected to do, the same random futures in both. */
struct f1p_option {
	uint8_t kind;     /* enum f1p_option_kind */
	uint8_t compound; /* fitted: enum f1p_compound; NO_STOP: that on the car */
	uint16_t laps;    /* from now; OTHER_COMPOUND: by which its stop is as likely made as not */
	uint32_t reserved0;
	double position_change; /* of the expected finishing position: below 0 = better */
	double p_win_change, p_podium_change;
};

struct f1p_car_insight {
	uint16_t car;
	uint8_t n_options;
	uint8_t rejoin_known; /* 1: rejoin[] is filled */
	uint32_t reserved0;
	double expected_points;
	double stops_left;       /* expected */
	double p_stop_1, p_stop_5; /* stops within so many laps */
	uint16_t rejoin[F1P_MAX_CARS]; /* 1e-4: place right after a stop at the end of this lap is k + 1 */
	struct f1p_option options[F1P_MAX_OPTIONS];
};

/* A pass on the track, pit stops apart: `attacker` is right behind `defender` now. */
struct f1p_overtake {
	uint16_t attacker, defender;
	uint32_t reserved0;
	double p_1, p_3, p_5; /* within so many laps */
};

/* Why it moved: what happened since the insights before, and by how much it alone changed one car's chance to win: the simulated chance now
 * less the chance without it. What is told of one car never sums to more than its simulated chance moved in all. */
struct f1p_move {
	uint16_t car;     /* whose chance */
	uint16_t cause;   /* car that did it; 0 = the race */
	uint8_t trigger;  /* enum f1p_trigger: what kind of news */
	uint8_t reserved0[3];
	double p_win_change;
	char text[48];    /* "VER pitted", for people */
};

struct f1p_insights {
	uint32_t size;
	uint32_t n_cars;
	uint64_t snapshot_seq; /* set by the host */
	uint64_t seed;         /* set by the host */
	uint32_t runs;         /* Monte-Carlo runs for each option */
	uint32_t missing;      /* F1P_MISSING_* */
	double p_sc_5, p_vsc_5, p_red_5; /* begins within five laps; 1 for the one that rules now */
	uint32_t n_overtakes;
	uint32_t n_moves;
	struct f1p_overtake overtakes[F1P_MAX_OVERTAKES]; /* likeliest within three laps first */
	struct f1p_move moves[F1P_MAX_MOVES];             /* largest first */
	struct f1p_car_insight cars[F1P_MAX_CARS];        /* n_cars entries, order of the state's cars[] */
};

struct f1p_ev_insights {
	struct f1p_event h;
	uint32_t instance_id;
	uint8_t trigger; /* enum f1p_trigger */
	uint8_t reserved0;
	uint16_t lap;    /* leader's lap in progress; 0 unknown */
	uint64_t trigger_seq;
	struct f1p_insights insights; /* cut after the last car: use h.size, never sizeof */
};

/* Offered by a predictor; the first instance that has it is asked, once a forecast is published. */
#define F1P_EXT_INSIGHTS "f1p.insights/1"
struct f1p_insight_maker {
	uint32_t size;
	uint32_t reserved0;
	/* [worker] A pure function of its arguments, configuration and model. before: the state at the insights before this one, of the
	 * same session; NULL = none. published: the forecast of this snapshot. Contract of cancel as in predict(). out is zeroed, its
	 * size set, by the host. F1P_EUNSUPPORTED: nothing to say of this session. */
	f1p_status (*insights)(struct f1p_plugin *, const struct f1p_state *now, const struct f1p_state *before,
			       const struct f1p_forecast *published, uint64_t seed, bool (*cancel)(void *), void *cancel_arg,
			       struct f1p_insights *out);
};

#ifdef __cplusplus
}
#endif
#endif
