/* model_write.h - what the members of a walk have learnt, as a model file (forecast/model_file.h). */
#ifndef BACKTEST_MODEL_WRITE_H
#define BACKTEST_MODEL_WRITE_H

#include "backtest/baselines.h"
#include "backtest/members.h"

struct model_contents {
	const struct members *members;     /* who learnt */
	const struct baselines *baselines; /* after the last race */
	const char *scorecard;             /* JSON of what their forecasts on the way were worth, n bytes; NULL: none */
	size_t scorecard_n;
	int32_t until;                     /* the last race that was learnt from */
};
/* Writes PATH.part and renames it. False with one line in err. */
bool model_write(const struct model_contents *, const char *path, char *err, size_t err_size);

#endif
