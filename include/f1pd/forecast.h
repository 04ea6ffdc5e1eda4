/*
 * f1pd/forecast.h - what a predictor returns, and the events by which the host publishes it.
 *
 * Probabilities are doubles in [0,1]. For the cars of one forecast: p_position sums to 1 over positions for each car and
 * to 1 over cars for each position (both within 1e-9). A car that retires is counted at the place where it is then
 * classified, so p_win, p_podium and p_points are sums of p_position; p_retire stands beside them.
 */
#ifndef F1PD_FORECAST_H
#define F1PD_FORECAST_H

#include <f1pd/base.h>
#include <f1pd/event.h>

#ifdef __cplusplus
extern "C" {
#endif

enum f1p_trigger {
	F1P_TRIGGER_LAP = 1,      /* the leader completed a lap */
	F1P_TRIGGER_PIT,          /* a car entered or left the pit lane */
	F1P_TRIGGER_TRACK,        /* track status changed */
	F1P_TRIGGER_RETIREMENT,
	F1P_TRIGGER_WEATHER,      /* rain began or ended */
	F1P_TRIGGER_SESSION,      /* session or its status changed */
	F1P_TRIGGER_TIMER         /* nothing of the above for some seconds of event time */
};
enum f1p_trend { F1P_TREND_UNKNOWN = 1, F1P_TREND_FALLING, F1P_TREND_STABLE, F1P_TREND_RISING };

/* Why a forecast is weaker than it should be; 0 = nothing missing. */
#define F1P_MISSING_GRID (1u << 0)
#define F1P_MISSING_PACE (1u << 1)  /* no clean laps yet: prior only */
#define F1P_MISSING_TYRES (1u << 2)
#define F1P_MISSING_LAPS (1u << 3)  /* scheduled distance unknown */
#define F1P_MISSING_GAPS (1u << 4)
#define F1P_MISSING_MEMBER (1u << 5) /* a member failed: its last forecast was used, widened */
#define F1P_MISSING_FRESH (1u << 6)  /* this is an older forecast, repeated with falling confidence */
#define F1P_MISSING_NEWS (1u << 7)   /* the race goes on, but where the cars are was told last more than 30 s ago; set by the host */

/* Levels of the quantiles of a gap: 5, 25, 50, 75, 95 %. */
enum f1p_gap_level { F1P_GAP_Q05 = 0, F1P_GAP_Q25, F1P_GAP_Q50, F1P_GAP_Q75, F1P_GAP_Q95, F1P_GAP_LEVELS };

struct f1p_car_forecast {
	uint16_t car;
	uint16_t reserved0;
	uint8_t q05, q25, q50, q75, q95; /* finishing position, quantiles, 1.. */
	uint8_t gap_given;               /* 1 = gap_ms is said; 0 = nothing is said of gaps */
	uint8_t reserved1[6];
	/* Quantiles of the gap to the winner at the flag, penalties included, by enum f1p_gap_level, rising; F1P_UNKNOWN from the level on at
	 * which the car is a lap or more behind, or out. */
	int32_t gap_ms[F1P_GAP_LEVELS];
	uint32_t reserved2;
	double expected_position;
	double p_win, p_podium, p_points, p_retire;
	double p_position[F1P_MAX_CARS]; /* [k] = classified at position k + 1 */
};

struct f1p_forecast {
	uint32_t size;
	uint32_t n_cars;
	uint64_t snapshot_seq; /* set by the host */
	uint64_t seed;         /* set by the host */
	uint32_t runs;         /* Monte-Carlo runs; 0 = not a simulation */
	uint32_t missing;      /* F1P_MISSING_* */
	double mc_error;       /* largest standard error of a win probability; 0 if runs = 0 */
	double confidence;     /* 0..1; 1 - entropy of the winner distribution / log(cars running), times freshness */
	uint8_t trend;         /* enum f1p_trend, of confidence; set by the host */
	uint8_t reserved0[7];
	char model[32];        /* "midrace" */
	char version[24];
	struct f1p_car_forecast cars[F1P_MAX_CARS]; /* n_cars entries, order of the state's cars[] */
};

struct f1p_ev_forecast {
	struct f1p_event h;
	uint32_t instance_id; /* which predictor; the ensemble's is the published one */
	uint8_t published;    /* 1 = this is the forecast that is shown */
	uint8_t trigger;      /* enum f1p_trigger */
	uint16_t lap;         /* leader's lap in progress then; 0 unknown */
	uint64_t trigger_seq; /* the event that triggered it */
	struct f1p_forecast forecast; /* cut after the last car: use h.size, never sizeof */
};

struct f1p_ev_forecast_skipped {
	struct f1p_event h;
	uint64_t trigger_seq;
	uint64_t trigger_source_seq; /* of the trigger event within trigger_source */
	uint32_t trigger_source;
	uint8_t trigger; /* enum f1p_trigger */
	uint8_t reserved0[3];
};

#ifdef __cplusplus
}
#endif
#endif
