/*
 * frame.h - one encoded message or document, shared by everyone who is sent it.
 *
 * The bytes are laid out as libwebsockets wants them: LWS_PRE free bytes (where it writes the frame head), then the text.
 * Frames never change after creation. They are counted without atomics: only the web thread has them.
 */
#ifndef FRAME_H
#define FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct frame_car { /* where one car's object lies in the text */
	uint32_t offset, length;
	uint16_t car;
	uint16_t list; /* which cars[] of the text it belongs to */
};

struct frame {
	uint32_t refs;
	uint32_t topic; /* TOPIC_* of filter.h; 0 = not filtered by topic */
	size_t length;
	struct frame_car *cars; /* NULL if the text has none */
	size_t n_cars;
	uint8_t bytes[]; /* LWS_PRE + length */
};

/* One reference. NULL when memory is short. */
struct frame *frame_create(uint32_t topic, const char *text, size_t length);
/* frame_create() and finds the objects of the cars, for texts that clients may filter by driver. */
struct frame *frame_create_filterable(uint32_t topic, const char *text, size_t length);
/* A copy that holds only the given cars' objects. */
struct frame *frame_for_drivers(const struct frame *, const uint16_t *drivers, size_t n);
struct frame *frame_ref(struct frame *);
void frame_unref(struct frame *); /* accepts NULL */
const char *frame_text(const struct frame *);

#endif
