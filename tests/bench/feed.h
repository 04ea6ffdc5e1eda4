/*
 * feed.h - live-timing messages in memory, for measuring: a synthetic race, or a recording read whole.
 */
#ifndef BENCH_FEED_H
#define BENCH_FEED_H

#include <f1pd/base.h>

struct feed_message {
	char topic[32];
	char *json; /* owned; NUL-terminated, length n */
	size_t n;
	int64_t t_ns;
	bool snapshot; /* a whole subscription answer: no topic */
};

struct feed {
	struct feed_message *messages;
	size_t n, room, bytes;
};

/* 20 cars over 57 laps in the mix of a present-day race: per car and lap 24 segments, 14 gaps, 3 sectors, a speed, the lap. */
bool feed_synthetic(struct feed *);
/* A file or folder, as source_replay reads it. False with one line in err. */
bool feed_read(struct feed *, const char *path, char *err, size_t err_size);
void feed_finish(struct feed *);
/* NULL topic: a snapshot. The text is copied. False: no memory. */
bool feed_add(struct feed *, const char *topic, size_t topic_n, const char *json, size_t n, int64_t t_ns);

#endif
