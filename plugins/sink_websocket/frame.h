/*
 * frame.h - one encoded message or document, shared by everyone who is sent it.
 *
 * The bytes are laid out as libwebsockets wants them: LWS_PRE free bytes (where it writes the frame head), then the text.
 * Their texts never change after creation. They are counted without atomics: only the web thread has them.
 */
#ifndef FRAME_H
#define FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "helpers/json_writer.h"

struct frame_car { /* where one car's object lies in the text */
	uint32_t offset, length;
	uint16_t car;
	uint16_t list; /* which cars[] of the text it belongs to */
};

enum frame_form { /* in which a message can be sent; all but the first are made of it when first asked for, once for everyone */
	FORM_TEXT = 0,
	FORM_MSGPACK,
	FORM_SSE,
	FORM_TEXT_DEFLATED, /* a whole WebSocket frame, head included, permessage-deflate */
	FORM_MSGPACK_DEFLATED,
	FORMS
};

struct frame {
	uint32_t refs;
	uint32_t topic; /* TOPIC_* of filter.h; 0 = not filtered by topic */
	size_t length;
	struct frame_car *cars; /* NULL if the text has none, or nobody asked */
	size_t n_cars;
	bool indexed;
	struct frame *forms[FORMS]; /* NULL: not made yet */
	uint8_t bytes[]; /* LWS_PRE + length */
};

/* One reference. NULL when memory is short. */
struct frame *frame_create(uint32_t topic, const char *text, size_t length);
/* The same, to be filled by the caller before anyone else sees it. */
struct frame *frame_alloc(uint32_t topic, size_t length);
char *frame_room(struct frame *);
/* Of what was written; ends the writer. NULL also: the text is not whole. */
struct frame *frame_of_json(uint32_t topic, struct f1p_json *);
/* A copy that holds only the given cars' objects; a reference to itself if it has none. NULL when memory is short. */
struct frame *frame_for_drivers(struct frame *, const uint16_t *drivers, size_t n);
struct frame *frame_ref(struct frame *);
void frame_unref(struct frame *); /* accepts NULL */
const char *frame_text(const struct frame *);

#endif
