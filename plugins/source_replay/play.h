/*
 * play.h - plays a recording through the decoder into the bus: what is due, catch-up, seek, loop.
 */
#ifndef SR_PLAY_H
#define SR_PLAY_H

#include "clock.h"
#include "outline.h"
#include "start_option.h"

#include <livetiming.h>

struct sr_options {
	struct sr_start start;
	int64_t join_ns; /* drop what comes before this offset; 0 = nothing */
	bool loop;
};

struct sr_play {
	const struct f1p_host *host;
	const struct f1p_bus *bus;
	struct sr_options options;
	struct sr_report report;
	struct lt_decoder *decoder;
	struct sr_recording recording;
	struct sr_outline outline;
	bool open, outlined;

	struct sr_reader *reader;
	struct sr_clock clock;
	struct sr_message head; /* the next message */
	int64_t head_ns;	/* when it is due; F1P_UNKNOWN_NS: there is none */
	int64_t target_ns;	/* messages before it are caught up at once; F1P_UNKNOWN_NS = none */
	int64_t floor_ns;	/* events are never older: the end of the round before */
	int64_t shift_ns;	/* of this round: loop */
	bool reset_due;		/* F1P_EV_FEED_RESET goes first */
	bool ended;

	uint32_t emitted;	 /* by this poll */
	f1p_status emit_status;	 /* what the bus said that is no mere refusal */
	uint64_t journal_events; /* played from a journal */
	uint64_t messages_in_round;
};

/* Zeroed memory, host, bus and options set. One line in err on failure. */
f1p_status sr_play_open(struct sr_play *, const char *path, char *err, size_t err_size);
void sr_play_close(struct sr_play *); /* idempotent; report and options stay */
/* As f1p_source.poll and f1p_seek.seek; err gets the reason of a failure. */
f1p_status sr_play_poll(struct sr_play *, int64_t now_ns, uint32_t max_events, int64_t *next_due_ns, char *err, size_t err_size);
f1p_status sr_play_seek(struct sr_play *, int32_t lap, int64_t t_ns, char *err, size_t err_size);
/* Plays bytes at once, with a decoder of their own state. */
f1p_status sr_play_bytes(struct sr_play *, const void *bytes, size_t n, char *err, size_t err_size);

#endif
