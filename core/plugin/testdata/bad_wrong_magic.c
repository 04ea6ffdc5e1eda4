/* The right symbol, but no entry of ours. */
#include "test_plugin.h"

NOTHING_FUNCTIONS("bad_wrong_magic", nothing_init)
F1P_EXPORT extern const struct f1p_entry f1p_entry_v1;
F1P_EXPORT const struct f1p_entry f1p_entry_v1 = {0x12345678u, sizeof(struct f1p_entry), 1, 0, 0, 1, descriptor, create};
