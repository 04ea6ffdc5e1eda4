/* livetiming_telemetry_test.c - the .z topics: packing, time of each entry, channels; packed data that is none. */
#include "testing.h"

#include <zlib.h>

/* base64 of the raw deflate of text, quoted as a JSON string. free() it. */
static char *pack(const char *text, size_t n)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	z_stream z = {0};
	size_t cap = n + 1000;
	unsigned char *raw = calloc(1, cap);
	char *out = malloc(cap * 2);
	size_t used = 0;

	assert_non_null(raw);
	assert_non_null(out);
	assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
	z.next_in = (unsigned char *)(uintptr_t)text;
	z.avail_in = (uInt)n;
	z.next_out = raw;
	z.avail_out = (uInt)cap;
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	out[used++] = '"';
	for (size_t i = 0; i < z.total_out; i += 3) {
		uint32_t v = (uint32_t)raw[i] << 16 | (uint32_t)raw[i + 1] << 8 | raw[i + 2];

		for (int k = 0; k < 4; k++) {
			out[used++] = i + (size_t)k <= z.total_out ? digits[v >> (18 - 6 * k) & 63] : '=';
		}
	}
	out[used++] = '"';
	out[used] = '\0';
	deflateEnd(&z);
	free(raw);
	return out;
}

static f1p_status send_packed(struct feed *f, const char *topic, const char *text)
{
	char *json = pack(text, strlen(text));
	f1p_status status = send(f, topic, json);

	free(json);
	return status;
}

#define CHANNELS "{\"Channels\":{\"0\":10500,\"2\":291,\"3\":8,\"4\":100,\"5\":0,\"45\":12}}"

static void car_data(void **state)
{
	struct feed *f = *state;
	const struct f1p_ev_telemetry *t = NULL;

	assert_int_equal(
		send_packed(f, "CarData.z",
			"\xef\xbb\xbf{\"Entries\":[{\"Utc\":\"2024-05-19T14:31:01.2000000Z\",\"Cars\":{\"1\":" CHANNELS
			"}},{\"Utc\":\"2024-05-19T14:31:01.4400000Z\",\"Cars\":{\"1\":" CHANNELS ",\"44\":" CHANNELS "}}]}"),
		F1P_OK);
	assert_int_equal(f->n, 3);
	t = find(f, F1P_EV_TELEMETRY, 2);
	assert_int_equal(t->car, 44);
	assert_int_equal(t->rpm, 10500);
	assert_int_equal(t->speed_kmh, 291);
	assert_int_equal(t->gear, 8);
	assert_int_equal(t->throttle_pct, 100);
	assert_int_equal(t->brake_pct, 0);
	assert_int_equal(t->drs, 12);
	/* the newest entry is at the message's time, the other 240 ms before it */
	assert_int_equal(t->h.t_event_ns, T0);
	assert_int_equal(f->events[0].ev.h.t_event_ns, T0 - 240000000);
	assert_true((f->events[1].ev.h.flags & F1P_EVF_MORE) != 0);
	assert_true((f->events[2].ev.h.flags & F1P_EVF_MORE) == 0);
}

static void entry_time_may_stand_behind_the_cars_or_be_missing(void **state)
{
	struct feed *f = *state;

	send_packed(f, "CarData.z",
		"{\"Entries\":[{\"Cars\":{\"1\":" CHANNELS
		"},\"Utc\":\"2024-05-19T14:31:01Z\"},{\"Utc\":\"2024-05-19T14:31:02Z\",\"Cars\":{"
		"\"1\":" CHANNELS "}},{\"Cars\":{\"1\":" CHANNELS "}},{\"Utc\":\"2023-01-01T00:00:00Z\",\"Cars\":{\"1\":" CHANNELS
		"}}]}");
	assert_int_equal(f->n, 4);
	assert_int_equal(f->events[0].ev.h.t_event_ns, T0 - 1000000000);
	assert_int_equal(f->events[1].ev.h.t_event_ns, T0);
	assert_int_equal(f->events[2].ev.h.t_event_ns, T0);
	assert_int_equal(f->events[3].ev.h.t_event_ns, T0); /* absurdly old: not believed */
}

static void missing_channels_are_unknown(void **state)
{
	struct feed *f = *state;
	const struct f1p_ev_telemetry *t = NULL;

	send_packed(
		f, "CarData.z", "{\"Entries\":[{\"Cars\":{\"1\":{\"Channels\":{\"0\":0,\"4\":104,\"5\":104,\"45\":null}}}}]}");
	t = find(f, F1P_EV_TELEMETRY, 0);
	assert_int_equal(t->throttle_pct, 255);
	assert_int_equal(t->brake_pct, 255);
	assert_int_equal(t->drs, 255);
	assert_int_equal(stats(f)->bad_values, 0);
	send_packed(f, "CarData.z", "{\"Entries\":[{\"Cars\":{\"1\":{\"Channels\":{\"2\":501,\"4\":105}}}}]}");
	t = find(f, F1P_EV_TELEMETRY, 0);
	assert_int_equal(t->speed_kmh, 0);
	assert_int_equal(t->throttle_pct, 255);
	assert_int_equal(stats(f)->bad_values, 2);
}

static void positions(void **state)
{
	struct feed *f = *state;
	const struct f1p_ev_xyz *p = NULL;

	send_packed(f, "Position.z",
		"{\"Position\":[{\"Timestamp\":\"2024-05-19T14:31:01Z\",\"Entries\":{\"1\":{\"Status\":\"OnTrack\",\"X\":-1234,"
		"\"Y\":56,\"Z\":"
		"7},\"44\":{\"Status\":\"OffTrack\",\"X\":0,\"Y\":0,\"Z\":0}}}]}");
	assert_int_equal(f->n, 2);
	p = find(f, F1P_EV_XYZ, 0);
	assert_int_equal(p->car, 1);
	assert_int_equal(p->on_track, F1P_YES);
	assert_int_equal(p->x_dm, -1234);
	assert_int_equal(p->y_dm, 56);
	assert_int_equal(p->z_dm, 7);
	assert_int_equal(((const struct f1p_ev_xyz *)find(f, F1P_EV_XYZ, 1))->on_track, F1P_NO);
	assert_int_equal(
		send(f, "Position", "{\"Position\":[{\"Entries\":{\"1\":{\"X\":1,\"Y\":2,\"Z\":3}}}]}"), F1P_OK); /* unpacked */
	assert_int_equal(f->n, 1);
}

static void what_is_not_packed_json_is_refused(void **state)
{
	static const char *const payloads[] = {"{}", "[]", "1", "null", "", "\"", "\"\"", "\"!!!!\"", "\"AAAA\"", "4\"}}]",
		" {\"a\":\"AAAA\"}", "\"7ZSxDsIgEIbf5ea24Q\"", "\"A\""};
	struct feed *f = *state;

	for (size_t i = 0; i < sizeof(payloads) / sizeof(payloads[0]); i++) {
		if (send(f, "CarData.z", payloads[i]) != F1P_EINVAL) {
			fail_msg("took %s", payloads[i]);
		}
		assert_int_equal(f->n, 0);
	}
	assert_int_equal(send_packed(f, "CarData.z", "{\"Entries\":[{\"Cars\":{\"1\":" CHANNELS "}}]"), F1P_EINVAL);
	assert_int_equal(f->n, 0);
	assert_int_equal(stats(f)->rejected, sizeof(payloads) / sizeof(payloads[0]) + 1);
}

static void cut_off_data_is_refused(void **state)
{
	struct feed *f = *state;
	char *json = pack(
		"{\"Entries\":[{\"Cars\":{\"1\":" CHANNELS "}}]}", strlen("{\"Entries\":[{\"Cars\":{\"1\":" CHANNELS "}}]}"));
	size_t n = strlen(json);

	json[n - 9] = '"';
	assert_int_equal(lt_message(f->decoder, "CarData.z", 9, json, n - 8, T0, 0), F1P_EINVAL);
	assert_string_equal(f->complaint, "CarData.z: deflated data is cut off");
	free(json);
}

static void a_bomb_is_refused(void **state)
{
	struct feed *f = *state;
	size_t n = (1u << 20) + 1;
	char *text = malloc(n);
	char *json = NULL;

	assert_non_null(text);
	memset(text, ' ', n);
	json = pack(text, n);
	assert_true(strlen(json) < 4000);
	assert_int_equal(send(f, "CarData.z", json), F1P_EINVAL);
	assert_string_equal(f->complaint, "CarData.z: unpacks to more than 1 MB");
	free(json);
	free(text);
}

static void decoder_lives_on_after_refusals(void **state)
{
	struct feed *f = *state;

	send(f, "CarData.z", "\"AAAA\"");
	assert_int_equal(send_packed(f, "CarData.z", "{\"Entries\":[{\"Cars\":{\"1\":" CHANNELS "}}]}"), F1P_OK);
	assert_int_equal(f->n, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FEED_TEST(car_data),
		FEED_TEST(entry_time_may_stand_behind_the_cars_or_be_missing),
		FEED_TEST(missing_channels_are_unknown),
		FEED_TEST(positions),
		FEED_TEST(what_is_not_packed_json_is_refused),
		FEED_TEST(cut_off_data_is_refused),
		FEED_TEST(a_bomb_is_refused),
		FEED_TEST(decoder_lives_on_after_refusals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
