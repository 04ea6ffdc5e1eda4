/*
 * encode_pack.c - CarData.z and Position.z: entries by time, packed as raw deflate and base64.
 */
#include "encode_internal.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define NO_DATA 104 /* in throttle and brake */
#define UNKNOWN_CHANNEL 255

/* ---- entries ---- */

/* Whether the car has been told since the entry began. */
static bool is_told(const struct lt_encoder *e, const struct f1p_event *from, const struct f1p_event *at)
{
	for (; from != at; from = lte_next(e, from)) {
		if (lte_car_of(from) == lte_car_of(at)) {
			return true;
		}
	}
	return false;
}

static void write_channels(struct f1p_json *j, const struct f1p_event *at)
{
	const struct f1p_ev_telemetry *ev = (const void *)at;

	f1p_json_object(j);
	f1p_json_key(j, "Channels");
	f1p_json_object(j);
	lte_member_int(j, "0", ev->rpm);
	lte_member_int(j, "2", ev->speed_kmh);
	lte_member_int(j, "3", ev->gear);
	lte_member_int(j, "4", ev->throttle_pct == UNKNOWN_CHANNEL ? NO_DATA : ev->throttle_pct);
	lte_member_int(j, "5", ev->brake_pct == UNKNOWN_CHANNEL ? NO_DATA : ev->brake_pct);
	if (ev->drs != UNKNOWN_CHANNEL) {
		lte_member_int(j, "45", ev->drs);
	}
	f1p_json_end(j);
	f1p_json_end(j);
}

static void write_place(struct f1p_json *j, const struct f1p_event *at)
{
	const struct f1p_ev_xyz *ev = (const void *)at;

	f1p_json_object(j);
	if (ev->on_track == F1P_YES || ev->on_track == F1P_NO) {
		lte_member_str(j, "Status", ev->on_track == F1P_YES ? "OnTrack" : "OffTrack");
	}
	lte_member_int(j, "X", ev->x_dm);
	lte_member_int(j, "Y", ev->y_dm);
	lte_member_int(j, "Z", ev->z_dm);
	f1p_json_end(j);
}

struct entry_words {
	const char *list, *time, *cars;
	void (*write)(struct f1p_json *, const struct f1p_event *);
};

/* One entry: the cars of one moment, each once. Returns the first event of the next one. */
static const struct f1p_event *write_entry(struct lt_encoder *e, const struct entry_words *words, const struct f1p_event *at)
{
	const struct f1p_event *from = at;
	struct f1p_json *j = &e->json;
	char utc[LT_UTC_TEXT];

	lt_utc_text(at->t_event_ns, utc);
	f1p_json_object(j);
	lte_member_str(j, words->time, utc);
	f1p_json_key(j, words->cars);
	f1p_json_object(j);
	for (; at != NULL && at->t_event_ns == from->t_event_ns && !is_told(e, from, at); at = lte_next(e, at)) {
		lte_car_key(j, lte_car_of(at));
		words->write(j, at);
	}
	f1p_json_end(j);
	f1p_json_end(j);
	return at;
}

static bool write_entries(struct lt_encoder *e, const struct entry_words *words)
{
	const struct f1p_event *at = lte_next(e, NULL);

	f1p_json_object(&e->json);
	f1p_json_key(&e->json, words->list);
	f1p_json_array(&e->json);
	while (at != NULL) {
		at = write_entry(e, words, at);
	}
	f1p_json_end(&e->json);
	f1p_json_end(&e->json);
	return true;
}

bool lte_write_car_data(struct lt_encoder *e)
{
	static const struct entry_words words = {"Entries", "Utc", "Cars", write_channels};

	return write_entries(e, &words);
}

bool lte_write_position(struct lt_encoder *e)
{
	static const struct entry_words words = {"Position", "Timestamp", "Entries", write_place};

	return write_entries(e, &words);
}

/* ---- packing ---- */

static size_t base64(const uint8_t *in, size_t n, char *out)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	size_t used = 0;

	for (size_t i = 0; i < n; i += 3) {
		uint32_t three = (uint32_t)in[i] << 16 | (i + 1 < n ? (uint32_t)in[i + 1] << 8 : 0) | (i + 2 < n ? in[i + 2] : 0);

		out[used++] = digits[three >> 18];
		out[used++] = digits[three >> 12 & 63];
		out[used++] = i + 1 < n ? digits[three >> 6 & 63] : '=';
		out[used++] = i + 2 < n ? digits[three & 63] : '=';
	}
	return used;
}

static bool reserve(struct lt_encoder *e, size_t size)
{
	char *grown = size > e->packed_cap ? realloc(e->packed, size) : e->packed;

	if (grown == NULL) {
		return false;
	}
	e->packed = grown;
	e->packed_cap = size > e->packed_cap ? size : e->packed_cap;
	return true;
}

/* The raw deflate of the text in a buffer of its own; NULL when memory is short. */
static uint8_t *squeeze(const char *text, size_t n, size_t *out_n)
{
	z_stream z = {0};
	uint8_t *out = NULL;

	if (n > UINT32_MAX / 2 || deflateInit2(&z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
		return NULL;
	}
	uLong bound = deflateBound(&z, (uLong)n);
	out = malloc(bound);
	if (out != NULL) {
		z.next_in = (Bytef *)(uintptr_t)text;
		z.avail_in = (uInt)n;
		z.next_out = out;
		z.avail_out = (uInt)bound;
		if (deflate(&z, Z_FINISH) != Z_STREAM_END) {
			free(out);
			out = NULL;
		}
	}
	*out_n = z.total_out;
	deflateEnd(&z);
	return out;
}

const char *lte_pack(struct lt_encoder *e, const char *text, size_t n, size_t *packed_n)
{
	size_t squeezed_n = 0;
	uint8_t *squeezed = squeeze(text, n, &squeezed_n);

	if (squeezed == NULL || !reserve(e, (squeezed_n + 2) / 3 * 4 + 3)) {
		free(squeezed);
		return NULL;
	}
	e->packed[0] = '"';
	n = 1 + base64(squeezed, squeezed_n, e->packed + 1);
	e->packed[n++] = '"';
	e->packed[n] = '\0';
	free(squeezed);
	*packed_n = n;
	return e->packed;
}
