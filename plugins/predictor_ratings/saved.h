/*
 * saved.h - what was learnt, for the model file: the weights, and the ratings and circuits as they stood after the last race, so that a
 * daemon without a history of its own, or with one that begins later, does not begin from nothing.
 */
#ifndef RATINGS_SAVED_H
#define RATINGS_SAVED_H

#include "fold.h"
#include "params.h"

/* t_start_ns: of the last race in the fold. False: no memory, or more than a model file may hold. */
bool saved_put(struct params *, const struct weekend_model *, const struct book *, const struct fold *, int64_t t_start_ns);

/* The weights; false if they are not there or not of this version: the model is as it was. */
bool saved_model(const struct params *, struct weekend_model *);
/* Ratings and circuits, into a fresh fold; names are added to the book. False: they are not there, or not usable. */
bool saved_fold(const struct params *, struct book *, struct fold *, int64_t *t_start_ns);

#endif
