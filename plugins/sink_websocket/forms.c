/*
 * forms.c - see forms.h.
 */
#include "forms.h"

#include <libwebsockets.h>
#include <zlib.h>

#include <stdlib.h>
#include <string.h>

#include "msgpack.h"

#define DEFLATE_LEVEL 6
#define DEFLATE_LEAST 64u /* shorter texts grow */
#define FIN 0x80u
#define RSV1 0x40u
#define OPCODE_TEXT 1u
#define OPCODE_BINARY 2u

/* Written right before the payload; returns its bytes, at most 10. */
static size_t write_head(uint8_t *payload, uint8_t first, size_t n)
{
	size_t head = n < 126 ? 2 : n < 65536 ? 4 : 10;
	uint8_t *p = payload - head;
	*p++ = first;
	*p++ = (uint8_t)(n < 126 ? n : n < 65536 ? 126 : 127);
	for (size_t bytes = head - 2; bytes > 0; bytes--) {
		*p++ = (uint8_t)(n >> (8 * (bytes - 1)) & 0xff);
	}
	return head;
}

/* A message alone, with nothing of those before it, ended as RFC 7692 wants it: an empty block whose last four bytes are left
 * out. */
static bool deflate_message(const char *text, size_t n, uint8_t *out, size_t *out_n)
{
	z_stream z = {0};
	if (deflateInit2(&z, DEFLATE_LEVEL, Z_DEFLATED, -FORMS_WINDOW, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
		return false;
	}
	z.next_in = (Bytef *)(uintptr_t)text;
	z.avail_in = (uInt)n;
	z.next_out = out;
	z.avail_out = (uInt)*out_n;
	bool fine = deflate(&z, Z_SYNC_FLUSH) == Z_OK && z.avail_in == 0 && z.avail_out > 0 && z.total_out > 4;
	*out_n = fine ? z.total_out - 4 : 0;
	deflateEnd(&z);
	return fine;
}

/* A whole WebSocket frame: head and payload, which is compressed if that makes it smaller. */
static struct frame *deflated(const struct frame *from, uint8_t opcode)
{
	size_t room = from ? from->length + from->length / 100 + 64 : 0, n = room;
	uint8_t *work = from ? malloc(room + LWS_PRE) : NULL, *payload = work ? work + LWS_PRE : NULL;
	uint8_t first = (uint8_t)(FIN | opcode);
	if (!work) {
		return NULL;
	}
	if (from->length >= DEFLATE_LEAST && deflate_message(frame_text(from), from->length, payload, &n) && n < from->length) {
		first |= RSV1;
	} else {
		n = from->length;
		memcpy(payload, frame_text(from), n);
	}
	size_t head = write_head(payload, first, n);
	struct frame *f = frame_create(from->topic, (char *)payload - head, head + n);
	free(work);
	return f;
}

/* id: behind the first "id": of the text, which stands near its beginning. */
static struct frame *server_sent_event(const struct frame *from)
{
	static const char key[] = "\"id\":\"";
	char id[64] = "";
	const char *text = frame_text(from), *at = memmem(text, from->length < 256 ? from->length : 256, key, sizeof(key) - 1);
	const char *end = at ? memchr(at + sizeof(key) - 1, '"', sizeof(id)) : NULL;
	if (end) {
		size_t n = (size_t)(end - at) - (sizeof(key) - 1);
		memcpy(id, at + sizeof(key) - 1, n);
		id[n] = '\0';
	}
	size_t n = strlen(id);
	struct frame *f = frame_alloc(from->topic, from->length + (n ? n + 5 : 0) + 8);
	if (!f) {
		return NULL;
	}
	char *p = frame_room(f);
	if (n) {
		p = mempcpy(mempcpy(mempcpy(p, "id: ", 4), id, n), "\n", 1);
	}
	p = mempcpy(mempcpy(mempcpy(p, "data: ", 6), text, from->length), "\n\n", 2);
	return f;
}

static struct frame *make(struct frame *f, enum frame_form form)
{
	switch (form) {
	case FORM_MSGPACK:
		return msgpack_frame(f);
	case FORM_SSE:
		return server_sent_event(f);
	case FORM_TEXT_DEFLATED:
		return deflated(f, OPCODE_TEXT);
	case FORM_MSGPACK_DEFLATED:
		return deflated(frame_form(f, FORM_MSGPACK), OPCODE_BINARY);
	default:
		return NULL;
	}
}

struct frame *frame_form(struct frame *f, enum frame_form form)
{
	if (form == FORM_TEXT) {
		return f;
	}
	if (!f->forms[form]) {
		f->forms[form] = make(f, form);
	}
	return f->forms[form];
}

const uint8_t *frame_to_send(struct frame *f, enum frame_form form, size_t *n)
{
	struct frame *made = frame_form(f, form);
	size_t head = 0;
	if (!made) {
		return NULL;
	}
	uint8_t *payload = made->bytes + LWS_PRE;
	if (form == FORM_TEXT || form == FORM_MSGPACK) { /* the room before the text is free, and the head always the same */
		head = write_head(payload, (uint8_t)(FIN | (form == FORM_TEXT ? OPCODE_TEXT : OPCODE_BINARY)), made->length);
	}
	*n = made->length + head;
	return payload - head;
}
