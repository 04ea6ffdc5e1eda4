/*
 * fuzz_signalr.c - any bytes as what a SignalR server sends: cut into records wherever the network cuts them, read, and given to the
 * decoder as the source does.
 *
 * The first byte says how the rest is cut into messages.
 */
#include "fuzz_event.h"
#include "livetiming.h"
#include "signalr.h"

#define RECORD_MAX 65536u

struct listener {
	struct lt_decoder *decoder;
	size_t bytes; /* of records */
};

static f1p_status on_event(void *arg, const struct f1p_event *ev)
{
	(void)arg;
	fuzz_check_event(ev);
	return F1P_OK;
}

static void inside(struct f1p_json_slice s, const char *text, size_t n)
{
	if (s.n > 0 && (s.text < text || s.text + s.n > text + n)) {
		abort();
	}
}

static bool on_record(void *arg, const char *text, size_t n)
{
	struct listener *l = arg;
	struct slt_record r = {0};
	const char *why = NULL;
	char words[80];

	l->bytes += n;
	if (n > RECORD_MAX || memchr(text, SLT_RECORD_END, n) != NULL) {
		abort();
	}
	if (!slt_record_parse(text, n, &r, &why)) {
		if (why == NULL || why[0] == '\0') {
			abort();
		}
		return true;
	}
	inside(r.topic, text, n);
	inside(r.data, text, n);
	inside(r.time, text, n);
	inside(r.id, text, n);
	inside(r.result, text, n);
	slt_text_for_people(r.data, words, sizeof(words));
	if (memchr(r.error, 0, sizeof(r.error)) == NULL || memchr(words, 0, sizeof(words)) == NULL || strpbrk(words, "\r\n\x1b") != NULL) {
		abort();
	}
	if (r.kind == SLT_FEED) {
		lt_message(l->decoder, r.topic.text, r.topic.n, r.data.text, r.data.n, 1000, 0);
	} else if (r.kind == SLT_RESULT && r.result.n > 0) {
		lt_snapshot(l->decoder, r.result.text, r.result.n, 1000, 0);
	}
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct listener l = {.decoder = lt_create(on_event, NULL, NULL)};
	struct slt_framer framer;
	size_t step = size > 0 ? 1u + data[0] : 1;

	slt_framer_init(&framer, RECORD_MAX);
	for (size_t at = 1; l.decoder != NULL && at < size; at += step) {
		size_t n = size - at < step ? size - at : step;

		slt_framer_put(&framer, (const char *)data + at, n, on_record, &l);
		if (framer.n > RECORD_MAX) {
			abort();
		}
	}
	if (l.bytes > size) {
		abort();
	}
	slt_framer_finish(&framer);
	lt_destroy(l.decoder);
	return 0;
}
