/*
 * forms.h - a message in the form in which a client takes it.
 *
 * [web] thread only. Made when first asked for, then shared by all who take that form.
 */
#ifndef FORMS_H
#define FORMS_H

#include "frame.h"

/* Bits of the window of compressed messages (RFC 7692, server_max_window_bits): most are smaller, and some clients ask for no
 * more. */
#define FORMS_WINDOW 12

/* Lent by the frame. NULL: memory is short. */
struct frame *frame_form(struct frame *, enum frame_form);
/* All that goes over the wire, WebSocket frame head included. Lent by the frame. NULL: memory is short. */
const uint8_t *frame_to_send(struct frame *, enum frame_form, size_t *n);

#endif
