/* model_write.h - what the members of a walk have learnt, as a model file (forecast/model_file.h). */
#ifndef BACKTEST_MODEL_WRITE_H
#define BACKTEST_MODEL_WRITE_H

#include "backtest/members.h"

/* Writes PATH.part and renames it. until: the last race that was learnt from. False with one line in err. */
bool model_write(const struct members *, int32_t until, const char *path, char *err, size_t err_size);

#endif
