/* Never comes back from init. */
#include "test_plugin.h"

#include <unistd.h>

static f1p_status hang(struct f1p_plugin *p)
{
	(void)p;
	for (;;) {
		pause();
	}
	return F1P_OK;
}

NOTHING_FUNCTIONS("bad_hang_in_init", hang)
F1P_PLUGIN_ENTRY(descriptor, create, 1);
