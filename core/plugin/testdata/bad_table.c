/* Its option table contradicts itself: the default is above the maximum. */
#include "test_plugin.h"

struct cfg {
	int64_t laps;
};
static const struct f1p_cfg_item items[] = {F1P_OPT(struct cfg, laps, F1P_CFG_INT, 0, "500", "1", "78", NULL, "Laps of a race")};

static const struct f1p_descriptor *descriptor(uint32_t i)
{
	static struct f1p_descriptor d = NOTHING_DESCRIPTOR("bad_table");

	d.config = items;
	d.config_count = 1;
	d.config_size = sizeof(struct cfg);
	return i == 0 ? &d : NULL;
}

static struct f1p_plugin *create(const struct f1p_host *host, const char *id)
{
	(void)host, (void)id;
	return nothing_create(nothing_init);
}

F1P_PLUGIN_ENTRY(descriptor, create, 1);
