/*
 * encode_words.h - the feed's words for values of the ABI, which OpenF1 repeats. NULL where the feed has none.
 */
#ifndef LT_ENCODE_WORDS_H
#define LT_ENCODE_WORDS_H

#include <stdint.h>

const char *lt_category_word(uint8_t); /* enum f1p_rc_category: "CarEvent" */
const char *lt_flag_word(uint8_t);     /* enum f1p_rc_flag: "DOUBLE YELLOW" */
const char *lt_scope_word(uint8_t);    /* enum f1p_rc_scope: "Sector" */
const char *lt_mode_word(uint8_t);     /* enum f1p_rc_mode: "VIRTUAL SAFETY CAR" */
const char *lt_state_word(uint8_t);    /* enum f1p_rc_status: "IN THIS LAP" */
const char *lt_compound_word(uint8_t); /* enum f1p_compound: "INTERMEDIATE" */

#endif
