/*
 * ingest_rules.h - what each core event must look like: its least size, its texts, the range of each field.
 */
#ifndef INGEST_RULES_H
#define INGEST_RULES_H

#include "race/ingest.h"

/* INGEST_OK or INGEST_BAD_SHAPE: size, alignment, known type, terminated text. Reads the header first. */
enum ingest_verdict ingest_check_shape(const struct f1p_event *, const char **why);
/* INGEST_OK or INGEST_BAD_VALUE. Only after the shape is right. */
enum ingest_verdict ingest_check_values(const struct f1p_event *, const char **why);

#endif
