/* Cannot work with a host older than ABI 1.9. */
#include "test_plugin.h"

NOTHING_FUNCTIONS("bad_newer_minor", nothing_init)
F1P_EXPORT extern const struct f1p_entry f1p_entry_v1;
F1P_EXPORT const struct f1p_entry f1p_entry_v1 = {F1P_MAGIC, sizeof(struct f1p_entry), 1, 9, 9, 1, descriptor, create};
