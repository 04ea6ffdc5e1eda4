/*
 * tune.h - what qualifying sessions are like, learnt from how past ones ended: how far cars stray from what was expected of them.
 */
#ifndef QUALIFYING_TUNE_H
#define QUALIFYING_TUNE_H

#include <f1pd/model.h>

#include "draw.h"

#define TUNE_MAX 1024u

struct tune_example {
	uint32_t n;
	double pace[F1P_MAX_CARS], pace_sd[F1P_MAX_CARS]; /* as the priors had them */
	uint32_t key[F1P_MAX_CARS];
	uint8_t place[F1P_MAX_CARS]; /* in the end; 0 = not known */
};

struct tune {
	struct tune_example *list;
	uint32_t n, cap;
};

void tune_clear(struct tune *);

/* Keeps a session that had not begun; others are passed over. False: no memory, or too many. */
bool tune_add(struct tune *, const struct f1p_example *);

/* Finds what explains the newest sessions best. False: too few; the model is unchanged. */
bool tune_fit(const struct tune *, const struct draw_tables *, struct session_model *);

#endif
