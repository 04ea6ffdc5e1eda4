/* buffer.h - a growing run of events, contiguous as sinks read them. */
#ifndef BASE_BUFFER_H
#define BASE_BUFFER_H

#include <f1pd/event.h>
#include <stdlib.h>
#include <string.h>

struct buffer {
	uint8_t *data;
	size_t len, cap;
	uint32_t count;
};

/* Returns false when memory is short; nothing is added then. */
static inline bool buffer_push(struct buffer *b, const struct f1p_event *ev)
{
	if (b->len + ev->size > b->cap) {
		size_t cap = b->cap ? b->cap * 2 : 65536;
		while (cap < b->len + ev->size)
			cap *= 2;
		uint8_t *data = realloc(b->data, cap);
		if (!data)
			return false;
		b->data = data;
		b->cap = cap;
	}
	memcpy(b->data + b->len, ev, ev->size);
	b->len += ev->size;
	b->count++;
	return true;
}

static inline void buffer_clear(struct buffer *b)
{
	b->len = 0;
	b->count = 0;
}

static inline void buffer_finish(struct buffer *b)
{
	free(b->data);
	*b = (struct buffer){0};
}

#endif
