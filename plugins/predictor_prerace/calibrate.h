/*
 * calibrate.h - how sure the model may be, learnt from forecasts of races that its weights had not seen.
 */
#ifndef PRERACE_CALIBRATE_H
#define PRERACE_CALIBRATE_H

#include "examples.h"

/* What a forecast lost on a race: log-losses of win and podium, half that of points, and the ranked probability score;
 * each a mean over
 * the cars. */
double calibrate_loss(const struct positions_matrix *m, const struct example *x);

/* Sets the temperature and the share of the record, from the newest honest examples; leaves them if there are too few. */
void calibrate(const struct examples *, struct outcome_model *);

#endif
