/* Built against ABI 1.7 with a longer entry, but works with 1.0: must load. */
#include "test_plugin.h"

NOTHING_FUNCTIONS("good_newer_minor", nothing_init)
struct longer_entry {
	struct f1p_entry entry;
	uint64_t later_field;
};
F1P_EXPORT extern const struct longer_entry f1p_entry_v1;
F1P_EXPORT const struct longer_entry f1p_entry_v1 = {
	{F1P_MAGIC, sizeof(struct longer_entry), 1, 7, 0, 1, descriptor, create}, 0x0123456789abcdef};
