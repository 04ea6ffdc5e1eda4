/* A shared object that is no plugin. */
#include <f1pd/base.h>

F1P_EXPORT extern const int something_else;
F1P_EXPORT const int something_else = 1;
