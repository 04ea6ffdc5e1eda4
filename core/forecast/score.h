/*
 * score.h - how good was a forecast, once the result is known.
 *
 * Per-driver figures are means over the cars of the forecast that the result knows; log-losses are natural logarithms with
 * probabilities clipped at 5e-4, so that one impossible thing that happened costs 7.6, not infinity.
 */
#ifndef FORECAST_SCORE_H
#define FORECAST_SCORE_H

#include <f1pd/forecast.h>
#include <f1pd/state.h>

struct score {
	uint32_t cars;         /* how many were compared; 0 = nothing could be */
	double top3_hit;       /* share of the three most likely podium finishers who are on the podium */
	double winner_hit;     /* 1 if the most likely winner won */
	double winner_logloss; /* -log P(the one who won) */
	double win_logloss, podium_logloss, points_logloss, retire_logloss;
	double win_brier, podium_brier, points_brier;
	double rps;            /* ranked probability score of the position, 0..1, 0 is perfect */
	double mae;            /* |expected - actual position| */
	double cover50, cover90; /* share of the cars that ended within q25..q75, q05..q95 */
	uint32_t gap_cars50, gap_cars90; /* of the cars, those whose range of the gap at the flag has an end, and whose gap is known */
	double gap_cover50, gap_cover90; /* share of these whose gap lay within q25..q75, q05..q95; NaN without any */
};

struct score_car {
	uint16_t car;
	uint16_t position; /* 1.. */
	bool retired;
	bool gap_known;
	int32_t gap_ms;    /* to the winner at the flag; F1P_UNKNOWN: laps behind, or out */
};
struct score_result {
	uint32_t n;
	uint32_t points_places; /* how many places score; 0 = ten */
	struct score_car cars[F1P_MAX_CARS];
};

#define SCORE_POINTS_PLACES 10u
#define SCORE_SPRINT_PLACES 8u
static inline uint32_t score_places(uint8_t session_type)
{
	return session_type == F1P_SESSION_SPRINT ? SCORE_SPRINT_PLACES : SCORE_POINTS_PLACES;
}

/* The order in which the feed has the cars. It knows of no penalty or disqualification after the race. Its gaps lack the time penalties
 * that nobody has served: of such a car, and of all behind such a winner, the gap is not known. */
void score_result_of(struct score_result *, const struct f1p_state *);
/* Rain, or rain tyres on a car that runs. */
bool score_is_wet(const struct f1p_state *);
/* -log of what was said of what came, clipped. */
double score_logloss(double p, bool happened);
/* False if the two have no car in common. */
bool score_forecast(struct score *, const struct f1p_forecast *, const struct score_result *);

#endif
