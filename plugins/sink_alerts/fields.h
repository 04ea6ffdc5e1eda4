/*
 * fields.h - values of JSON members that were cut out: texts, numbers, booleans. Nothing is taken that is of another type.
 */
#ifndef FIELDS_H
#define FIELDS_H

#include "helpers/json_reader.h"
#include "helpers/json_writer.h"

/* Unescaped, 0-terminated; false: no text, longer than size - 1 bytes, or with a NUL in it. */
bool field_text(struct f1p_json_slice, char *out, size_t size);
/* In units of 10^-decimals; false: no number, or outside least..most. No exponents. */
bool field_number(struct f1p_json_slice, int decimals, int64_t least, int64_t most, int64_t *out);
bool field_bool(struct f1p_json_slice, bool *out);
/* A time of day as it is kept: seconds since 1970 with milliseconds; 0 = F1P_UNKNOWN_NS. */
bool field_time(struct f1p_json_slice, int64_t *t_ns);
void field_put_time(struct f1p_json *, int64_t t_ns);
bool field_is_text(struct f1p_json_slice);

#endif
