/*
 * watch.h - one rule against the race: when it speaks.
 *
 * A rule speaks when what it asks for becomes true (an edge), never because it is. The first look, and every look at a time that
 * is only caught up with, is taken as known. Behind an edge a chance must leave the threshold by `hysteresis` before the next one
 * counts, and `cooldown_ns` of event time must pass: an edge within it is told at its end if it still holds. A rule on changes
 * compares with the value that was told last, or else with the first one seen.
 *
 * Pure: no clock, no allocation.
 */
#ifndef WATCH_H
#define WATCH_H

#include <f1pd/event.h>
#include <f1pd/forecast.h>
#include <f1pd/insight.h>
#include <f1pd/state.h>

#include "rule.h"

enum news_kind { NEWS_STATE = 1, NEWS_FORECAST, NEWS_INSIGHTS, NEWS_MESSAGE };

/* What a look is taken at; lent for the call. */
struct news {
	enum news_kind kind;
	bool quiet; /* caught up with: known, not told */
	uint64_t seq;
	int64_t t_ns;
	const struct f1p_state *state;		   /* never NULL */
	const struct f1p_forecast *forecast;	   /* NEWS_FORECAST */
	const struct f1p_insights *insights;	   /* NEWS_INSIGHTS */
	const struct f1p_ev_race_control *message; /* NEWS_MESSAGE */
};

/* What a rule remembers of one car, or of the race (car 0). */
struct edge {
	uint16_t car;
	uint8_t armed;
	uint8_t reserved0;
	int32_t base;	   /* changes: what is compared with */
	int64_t t_told_ns; /* F1P_UNKNOWN_NS = not yet */
};

struct watch {
	struct rule rule;
	struct rule_driver drivers[F1P_MAX_CARS]; /* of the subscription; none = any */
	uint32_t n_drivers;
	int32_t hysteresis; /* 1e-4 */
	int64_t cooldown_ns;
	struct edge edges[F1P_MAX_CARS + 1];
	uint32_t n_edges;
};

/* One time that it spoke. */
struct finding {
	uint16_t car, other;   /* 0 = none */
	int32_t value, before; /* 1e-4, or places; F1P_UNKNOWN = has none */
};

/* Looks; fills at most `max` findings and returns how many. */
uint32_t watch_look(struct watch *, const struct news *, struct finding *out, uint32_t max);
/* A new session, or the same one from its beginning: everything is seen for the first time again. */
void watch_forget(struct watch *);
/* The car of a driver in this state, or NULL. */
const struct f1p_car *watch_car(const struct f1p_state *, const struct rule_driver *);

#endif
