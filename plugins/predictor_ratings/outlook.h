/* outlook.h - the priors of a session: what book and fold, brought to its weekend, say of its cars and its circuit. */
#ifndef RATINGS_OUTLOOK_H
#define RATINGS_OUTLOOK_H

#include <f1pd/model.h>

#include "fold.h"

struct outlook_input {
	struct book *book;
	const struct fold *known;        /* everything before the weekend */
	const struct weekend_model *model;
	const struct book_race *weekend; /* race_id 0: the store does not know it */
	uint32_t n_races;                /* of the book that lie before */
};

/* Fills out[0..state->n_cars], the race first. F1P_ENOMEM. */
f1p_status outlook_make(const struct outlook_input *, const struct f1p_state *, struct f1p_ev_prior *out);

#endif
