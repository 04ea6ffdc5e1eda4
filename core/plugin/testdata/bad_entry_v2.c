/* A plugin of a later ABI, which has another symbol. */
#include <f1pd/base.h>

F1P_EXPORT extern const int f1p_entry_v2;
F1P_EXPORT const int f1p_entry_v2 = 1;
