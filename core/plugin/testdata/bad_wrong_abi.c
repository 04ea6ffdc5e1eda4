/* Says that it was built for ABI 2. */
#include "test_plugin.h"

NOTHING_FUNCTIONS("bad_wrong_abi", nothing_init)
F1P_EXPORT extern const struct f1p_entry f1p_entry_v1;
F1P_EXPORT const struct f1p_entry f1p_entry_v1 = {F1P_MAGIC, sizeof(struct f1p_entry), 2, 0, 0, 1, descriptor, create};
