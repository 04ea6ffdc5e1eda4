/*
 * prior.h - when the race state lacks what the past says about its cars, and how it gets there.
 *
 * The key of the line-up that the priors were made for stands in the state itself, behind the values: so a journal that is
 * folded again asks for nothing twice.
 */
#ifndef FORECAST_PRIOR_H
#define FORECAST_PRIOR_H

#include <f1pd/state.h>

#define PRIOR_KEY_AT (F1P_PRIORS - 1u)
#define PRIOR_EVENTS_MAX (F1P_MAX_CARS + 1u)

/* Session, cars and grid, in any order of the cars: 1.. */
int32_t prior_key(const struct f1p_state *);
/* A session for forecasts with cars, whose priors were made for another line-up, or never. Not again once it runs. */
bool prior_due(const struct f1p_state *);
/* Makes what a plugin answered into events for this state: cars first, the race with the key last; those that the state holds
 * already are left out. n = 0: nothing is known, only the key is told. Returns how many; out may be list. */
uint32_t prior_events(struct f1p_ev_prior *out, const struct f1p_ev_prior *list, uint32_t n, const struct f1p_state *);
/* What the predictors were worth this season, made into an event. list: F1P_MEMBER_SCORES entries, n of them in use. False: the state
 * holds this already. */
bool member_scores_event(struct f1p_ev_member_scores *out, const struct f1p_member_score *list, uint32_t n, const struct f1p_state *);

#endif
