/* member_scores.h - what the predictors were worth so far in a season, for those who weigh them. */
#ifndef BACKTEST_MEMBER_SCORES_H
#define BACKTEST_MEMBER_SCORES_H

#include "backtest/walk.h"

/* Of the races of the season that the result holds. Returns how many predictors; the others zero. */
uint32_t member_scores_of(const struct walk_result *, int32_t season, struct f1p_member_score out[F1P_MEMBER_SCORES]);

#endif
