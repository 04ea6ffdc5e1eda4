/* leaf.h - the values of a JSON document, picked without a tree: leaves are strings or numbers, may be empty, and may be missing. */
#ifndef LT_LEAF_H
#define LT_LEAF_H

#include <helpers/json_reader.h>

/* The members of an object by their keys: out[i] for keys[i], empty (text NULL) if it is not there. False if it is no object. */
bool leaf_members(struct f1p_json_slice object, const char *const *keys, struct f1p_json_slice *out, size_t n);
/* Calls fn for every element until it returns false; false then, and if the slice is no array. */
bool leaf_each(struct f1p_json_slice array, bool (*fn)(void *arg, struct f1p_json_slice element), void *arg);

/* The string or number as text, cut at a character boundary; "" for anything else. Returns its length. */
size_t leaf_text(struct f1p_json_slice, char *out, size_t size);
/* F1P_UNKNOWN if it is no whole number of the range. */
int32_t leaf_int(struct f1p_json_slice, int32_t lo, int32_t hi);
/* "575.5" with 2 decimals is 57550; F1P_UNKNOWN. */
int32_t leaf_decimal(struct f1p_json_slice, int decimals);
/* "1:31.295", "22.313", "40:55.302" in milliseconds; F1P_UNKNOWN. */
int32_t leaf_clock(struct f1p_json_slice);
/* "2023-03-05" and "15:00:00Z"; F1P_UNKNOWN_NS if either is missing. */
int64_t leaf_utc(struct f1p_json_slice date, struct f1p_json_slice time);

#endif
