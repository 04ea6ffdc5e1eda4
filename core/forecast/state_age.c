/*
 * state_age.c - see state_age.h.
 */
#include "forecast/state_age.h"

#define STEP_NS INT64_C(30000000000)
#define STEPS_MAX 40 /* 1.5 % of the confidence is left */
#define STEP_FACTOR 0.9

static bool cars_should_move(const struct f1p_state *s)
{
	return (s->type == F1P_SESSION_RACE || s->type == F1P_SESSION_SPRINT) && s->status == F1P_STATUS_STARTED &&
	       s->track != F1P_TRACK_RED;
}

/* Of the newest word on where the cars are; F1P_UNKNOWN_NS: there was none. */
static int64_t newest_ns(const struct f1p_state *s)
{
	int64_t timing_ns = s->origins[F1P_DATA_TIMING].t_ns, laps_ns = s->origins[F1P_DATA_LAPS].t_ns;

	return timing_ns > laps_ns ? timing_ns : laps_ns; /* unknown is the least */
}

void state_age_weaken(struct f1p_forecast *fc, const struct f1p_state *s)
{
	int64_t newest = newest_ns(s);

	if (!cars_should_move(s) || newest == F1P_UNKNOWN_NS || s->t_event_ns - newest < STEP_NS)
		return;
	fc->missing |= F1P_MISSING_NEWS;
	for (int64_t age = s->t_event_ns - newest, i = 0; age >= 2 * STEP_NS && i < STEPS_MAX; age -= STEP_NS, i++)
		fc->confidence *= STEP_FACTOR;
}
