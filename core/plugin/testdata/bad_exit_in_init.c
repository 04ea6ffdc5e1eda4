/* Ends the process in init, as if all were well. */
#include "test_plugin.h"

#include <unistd.h>

static f1p_status leave(struct f1p_plugin *p)
{
	(void)p;
	_exit(0);
	return F1P_OK;
}

NOTHING_FUNCTIONS("bad_exit_in_init", leave)
F1P_PLUGIN_ENTRY(descriptor, create, 1);
