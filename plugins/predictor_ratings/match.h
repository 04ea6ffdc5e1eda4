/*
 * match.h - who the cars of a race state are in the book of the past. Codes and numbers change hands and names are written in many
 * ways, so: the name first, of equal ones the driver seen last; a code alone only for somebody who raced lately. A team goes by its
 * name; where no name of a team that is around fits, by what its drivers drove last; else it is new.
 */
#ifndef RATINGS_MATCH_H
#define RATINGS_MATCH_H

#include <f1pd/state.h>

#include "book.h"
#include "fold.h"

/* Fills car[0..state->n_cars). Whom the book does not have is added to it. */
void match_cars(struct book *, const struct fold *, const struct f1p_state *, struct fold_car *car);
/* The circuit of the session: its id, or the one where a race of this name was run last; BOOK_NONE. n_races: of the book that count. */
uint32_t match_circuit(const struct book *, const struct f1p_state *, uint32_t n_races);

#endif
