/*
 * buffer.c - see buffer.h.
 */
#include "buffer.h"

#include <stdlib.h>
#include <string.h>

void sr_buffer_finish(struct sr_buffer *b)
{
	free(b->bytes);
	*b = (struct sr_buffer){0};
}

void sr_buffer_clear(struct sr_buffer *b)
{
	b->n = 0;
	b->failed = false;
}

static bool reserve(struct sr_buffer *b, size_t more)
{
	size_t room = b->room == 0 ? 512 : b->room;
	char *grown = NULL;

	if (b->failed || more > SR_BUFFER_MAX || b->n + more > SR_BUFFER_MAX) {
		b->failed = true;
		return false;
	}
	if (b->n + more <= b->room) {
		return true;
	}
	while (room < b->n + more) {
		room *= 2;
	}
	grown = realloc(b->bytes, room);
	if (grown == NULL) {
		b->failed = true;
		return false;
	}
	b->bytes = grown;
	b->room = room;
	return true;
}

void sr_buffer_put(struct sr_buffer *b, const void *bytes, size_t n)
{
	if (n > 0 && reserve(b, n)) {
		memcpy(b->bytes + b->n, bytes, n);
		b->n += n;
	}
}

void sr_buffer_putc(struct sr_buffer *b, char c)
{
	if (reserve(b, 1)) {
		b->bytes[b->n++] = c;
	}
}

void sr_buffer_put_utf8(struct sr_buffer *b, uint32_t cp)
{
	if (cp > 0x10ffff || (cp >= 0xd800 && cp <= 0xdfff)) {
		cp = 0xfffd;
	}
	if (cp < 0x80) {
		sr_buffer_putc(b, (char)cp);
	} else if (cp < 0x800) {
		sr_buffer_putc(b, (char)(0xc0 | (cp >> 6)));
		sr_buffer_putc(b, (char)(0x80 | (cp & 0x3f)));
	} else if (cp < 0x10000) {
		sr_buffer_putc(b, (char)(0xe0 | (cp >> 12)));
		sr_buffer_putc(b, (char)(0x80 | ((cp >> 6) & 0x3f)));
		sr_buffer_putc(b, (char)(0x80 | (cp & 0x3f)));
	} else {
		sr_buffer_putc(b, (char)(0xf0 | (cp >> 18)));
		sr_buffer_putc(b, (char)(0x80 | ((cp >> 12) & 0x3f)));
		sr_buffer_putc(b, (char)(0x80 | ((cp >> 6) & 0x3f)));
		sr_buffer_putc(b, (char)(0x80 | (cp & 0x3f)));
	}
}
