/* Crashes in init. raise(): the same death under every sanitizer. */
#include "test_plugin.h"

#include <signal.h>

static f1p_status crash(struct f1p_plugin *p)
{
	(void)p;
	raise(SIGSEGV);
	return F1P_OK;
}

NOTHING_FUNCTIONS("bad_crash_in_init", crash)
F1P_PLUGIN_ENTRY(descriptor, create, 1);
