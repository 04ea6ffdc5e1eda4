/*
 * repeats.h - how loudly to tell of a failure that repeats itself: another reason is a warning, its 2nd, 4th, 8th ... repetition a
 * note, what lies between is for debugging only. So a night without network is a few lines.
 */
#ifndef F1PD_HELPERS_REPEATS_H
#define F1PD_HELPERS_REPEATS_H

#include <stdint.h>

/* Zeroed: nothing has failed. Zero it when things go well again. */
struct f1p_repeats {
	uint64_t reason; /* hash */
	uint32_t count;  /* in a row, of that reason */
};

/* Counts one more; returns an enum f1p_log_level. Amounts in the text (a number, a blank, a small letter: "after 12 ms") make no
 * other reason of it. NULL: as before, whatever that was. */
int f1p_repeats_level(struct f1p_repeats *, const char *reason);

#endif
