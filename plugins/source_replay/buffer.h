/*
 * buffer.h - a growing run of bytes with a hard cap.
 */
#ifndef SR_BUFFER_H
#define SR_BUFFER_H

#include <f1pd/base.h>

struct sr_buffer {
	char *bytes; /* NULL while nothing was put in */
	size_t n, room;
	bool failed; /* memory ran out or the cap was met: what it holds is not whole */
};

#define SR_BUFFER_MAX (64u << 20)

void sr_buffer_finish(struct sr_buffer *);
void sr_buffer_clear(struct sr_buffer *); /* keeps the memory */
void sr_buffer_put(struct sr_buffer *, const void *bytes, size_t n);
void sr_buffer_putc(struct sr_buffer *, char c);
void sr_buffer_put_utf8(struct sr_buffer *, uint32_t code_point); /* surrogates and what is beyond Unicode become U+FFFD */

#endif
