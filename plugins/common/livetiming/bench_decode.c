/*
 * bench_decode.c - speed of the decoder as JSON on stdout: messages/s, and its time over that of a bare yajl SAX pass.
 *
 * Without arguments: synthetic TimingData deltas in the mix of a race. With one: lines "HH:MM:SS.mmmJSON" of a
 * TimingData.jsonStream file (plain or gzip).
 */
#include "livetiming.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <yajl/yajl_parse.h>
#include <zlib.h>

#define ROUNDS 9
#define SYNTHETIC 40000

struct message {
	char *json;
	size_t n;
};

struct load {
	struct message *messages;
	size_t n, cap, bytes;
};

static void add(struct load *l, const char *json, size_t n)
{
	char *copy = malloc(n + 1);

	if (l->n == l->cap) {
		l->cap = l->cap != 0 ? l->cap * 2 : 4096;
		l->messages = realloc(l->messages, l->cap * sizeof(*l->messages));
	}
	if (copy == NULL || l->messages == NULL) {
		fputs("out of memory\n", stderr);
		exit(1);
	}
	memcpy(copy, json, n);
	copy[n] = '\0';
	l->messages[l->n++] = (struct message){copy, n};
	l->bytes += n;
}

/* Of eight messages: three segments, three gaps, a sector, a lap. */
static void make_synthetic(struct load *l)
{
	char text[400];

	for (int i = 0; i < SYNTHETIC; i++) {
		int car = 1 + i * 7 % 20;
		int lap = 1 + i / 800;

		if (i % 8 < 3) {
			snprintf(text, sizeof(text),
				"{\"Lines\":{\"%d\":{\"Sectors\":{\"%d\":{\"Segments\":{\"%d\":{\"Status\":2049}}}}}}}", car,
				i % 3, i % 7);
		} else if (i % 8 < 6) {
			snprintf(text, sizeof(text),
				"{\"Lines\":{\"%d\":{\"GapToLeader\":\"+%d.%03d\",\"IntervalToPositionAhead\":{\"Value\":\"+0.%"
				"03d\"}}}}",
				car, i % 90, i % 1000, i % 1000);
		} else if (i % 8 == 6) {
			snprintf(text, sizeof(text),
				"{\"Lines\":{\"%d\":{\"Sectors\":{\"1\":{\"Value\":\"3%d.%03d\",\"PersonalFastest\":true}},"
				"\"Speeds\":{\"I2\":{"
				"\"Value\":\"28%d\"}}}}}",
				car, i % 10, i % 1000, i % 10);
		} else {
			snprintf(text, sizeof(text),
				"{\"Lines\":{\"%d\":{\"NumberOfLaps\":%d,\"Sectors\":{\"2\":{\"Value\":\"2%d.%03d\"}},\"Speeds\":"
				"{\"FL\":{\"Value\":"
				"\"29%d\"}},\"LastLapTime\":{\"Value\":\"1:2%d.%03d\"}}}}",
				car, lap, i % 10, i % 1000, i % 10, i % 10, i % 1000);
		}
		add(l, text, strlen(text));
	}
}

static bool read_file(struct load *l, const char *path)
{
	static char line[1 << 20];
	gzFile file = gzopen(path, "rb");

	if (file == NULL) {
		return false;
	}
	while (gzgets(file, line, sizeof(line)) != NULL) {
		const char *json = strchr(line, '{');

		if (json != NULL) {
			add(l, json, strcspn(json, "\r\n"));
		}
	}
	gzclose(file);
	return true;
}

static double cpu_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static f1p_status count_event(void *arg, const struct f1p_event *ev)
{
	*(uint64_t *)arg += ev->size > 0;
	return F1P_OK;
}

static double decode_s(const struct load *l, uint64_t *events)
{
	struct lt_decoder *d = lt_create(count_event, NULL, events);
	double from = cpu_s();

	*events = 0;
	for (size_t i = 0; i < l->n; i++) {
		lt_message(d, "TimingData", 10, l->messages[i].json, l->messages[i].n, (int64_t)i, 0);
	}
	from = cpu_s() - from;
	lt_destroy(d);
	return from;
}

static int on_token(void *ctx)
{
	(void)ctx;
	return 1;
}

static int on_flag(void *ctx, int flag)
{
	(void)ctx;
	(void)flag;
	return 1;
}

static int on_number(void *ctx, const char *text, size_t n)
{
	(void)ctx;
	(void)text;
	(void)n;
	return 1;
}

static int on_text(void *ctx, const unsigned char *text, size_t n)
{
	(void)ctx;
	(void)text;
	(void)n;
	return 1;
}

static double bare_s(const struct load *l)
{
	static const yajl_callbacks callbacks = {
		.yajl_null = on_token,
		.yajl_boolean = on_flag,
		.yajl_number = on_number,
		.yajl_string = on_text,
		.yajl_start_map = on_token,
		.yajl_map_key = on_text,
		.yajl_end_map = on_token,
		.yajl_start_array = on_token,
		.yajl_end_array = on_token,
	};
	double from = cpu_s();

	for (size_t i = 0; i < l->n; i++) {
		yajl_handle yajl = yajl_alloc(&callbacks, NULL, NULL);

		yajl_parse(yajl, (const unsigned char *)l->messages[i].json, l->messages[i].n);
		yajl_complete_parse(yajl);
		yajl_free(yajl);
	}
	return cpu_s() - from;
}

int main(int argc, char **argv)
{
	struct load l = {0};
	double decode = 1e9;
	double bare = 1e9;
	uint64_t events = 0;

	if (argc < 2) {
		make_synthetic(&l);
	} else if (!read_file(&l, argv[1]) || l.n == 0) {
		fprintf(stderr, "%s: cannot read messages from it\n", argv[1]);
		return 1;
	}
	for (int i = 0; i < ROUNDS; i++) {
		double d = decode_s(&l, &events);
		double b = bare_s(&l);

		decode = d < decode ? d : decode;
		bare = b < bare ? b : bare;
	}
	printf("{\"bench\":\"decode\",\"messages\":%zu,\"bytes\":%zu,\"events\":%llu,\"messages_per_s\":%.0f,\"bare_yajl_"
	       "messages_per_s\":%.0f,"
	       "\"ratio_to_bare_yajl\":%.2f}\n",
		l.n, l.bytes, (unsigned long long)events, (double)l.n / decode, (double)l.n / bare, decode / bare);
	for (size_t i = 0; i < l.n; i++) {
		free(l.messages[i].json);
	}
	free(l.messages);
	return 0;
}
