/* A sink of an imagined older build, whose f1p_sink ended with write(); what lies behind it must not be read. */
#include "test_plugin.h"

#include <string.h>

struct small_sink {
	uint32_t size;
	uint32_t reserved0;
	f1p_status (*write)(struct f1p_plugin *, const struct f1p_event *first, uint32_t count, size_t bytes);
};

static f1p_status write_events(struct f1p_plugin *p, const struct f1p_event *first, uint32_t count, size_t bytes)
{
	(void)p, (void)first, (void)bytes;
	return count > 0 ? F1P_OK : F1P_EINVAL;
}

static const void *get_extension(struct f1p_plugin *p, const char *id)
{
	static const struct {
		struct small_sink sink;
		uintptr_t garbage;
	} small = {{sizeof(struct small_sink), 0, write_events}, 0xdeadbeef};

	(void)p;
	return strcmp(id, F1P_EXT_SINK) == 0 ? &small.sink : NULL;
}

static const struct f1p_descriptor *descriptor(uint32_t i)
{
	static const struct f1p_descriptor d = NOTHING_DESCRIPTOR("good_small_sink");

	return i == 0 ? &d : NULL;
}

static struct f1p_plugin *create(const struct f1p_host *host, const char *id)
{
	struct f1p_plugin *p = nothing_create(nothing_init);

	(void)host, (void)id;
	if (p) {
		p->get_extension = get_extension;
	}
	return p;
}

F1P_PLUGIN_ENTRY(descriptor, create, 1);
