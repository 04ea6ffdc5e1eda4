/*
 * msgpack.h - a JSON text as MessagePack.
 *
 * Whole numbers become integers, others 64-bit floats. Objects and lists have heads of a fixed size: a text that fits into memory
 * once does so twice.
 */
#ifndef MSGPACK_H
#define MSGPACK_H

#include "frame.h"

/* NULL: memory is short, or the text is not JSON. */
struct frame *msgpack_frame(const struct frame *json);

#endif
