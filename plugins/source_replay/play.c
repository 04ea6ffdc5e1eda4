/*
 * play.c - see play.h.
 */
#include "play.h"

#include <stdio.h>
#include <string.h>

#define AUTO_BEFORE_NS (60 * SR_NS_PER_S) /* start = auto: so long before the start of racing */
#define A_LAP_NS (120 * SR_NS_PER_S)	  /* a long one */
#define ROUND_PAUSE_NS (1 * SR_NS_PER_S)  /* loop: between the end and the next beginning */

static void shift_time(int64_t *t_ns, int64_t by_ns)
{
	if (*t_ns != F1P_UNKNOWN_NS) {
		*t_ns += by_ns;
	}
}

/* The times inside an event of a later round of a loop. */
static void shift_inner_times(struct f1p_event *ev, int64_t by_ns)
{
	if (ev->space != F1P_SPACE_CORE) {
		return;
	}
	if (ev->type == F1P_EV_SESSION && ev->size >= sizeof(struct f1p_ev_session)) {
		struct f1p_ev_session *session = (void *)ev;

		shift_time(&session->t_start_ns, by_ns);
		shift_time(&session->t_end_ns, by_ns);
	} else if (ev->type == F1P_EV_CLOCK && ev->size >= sizeof(struct f1p_ev_clock)) {
		struct f1p_ev_clock *clock = (void *)ev;

		if ((clock->mask & F1P_CLOCK_AT) != 0) {
			shift_time(&clock->t_at_ns, by_ns);
		}
	} else if (ev->type == F1P_EV_RACE_CONTROL && ev->size >= sizeof(struct f1p_ev_race_control)) {
		shift_time(&((struct f1p_ev_race_control *)(void *)ev)->t_utc_ns, by_ns);
	}
}

static f1p_status emit(void *arg, const struct f1p_event *ev)
{
	struct sr_play *p = arg;
	_Alignas(8) uint8_t copy[F1P_EVENT_MAX];
	f1p_status status = F1P_OK;

	if (p->shift_ns != 0 && ev->size <= sizeof(copy)) {
		struct f1p_event *later = (void *)copy;

		memcpy(copy, ev, ev->size);
		shift_inner_times(later, p->shift_ns);
		/* samples of telemetry are a little older than their message */
		later->t_event_ns = ev->t_event_ns > p->floor_ns ? ev->t_event_ns : p->floor_ns;
		ev = later;
	}
	status = p->bus->emit(p->host, ev);
	p->emitted++;
	if (status != F1P_OK && status != F1P_EINVAL) {
		p->emit_status = status;
	}
	return status;
}

static void reject(void *arg, const char *topic, const char *reason)
{
	struct sr_play *p = arg;

	sr_report_note(&p->report, "%s: %s: %s", p->recording.path != NULL ? p->recording.path : "fed bytes", topic, reason);
}

static f1p_status say(char *err, size_t err_size, f1p_status status, const char *text)
{
	snprintf(err, err_size, "%s", text);
	return status;
}

/* Moves on to the next message that is played. */
static f1p_status load_head(struct sr_play *p)
{
	int64_t from = p->outline.first_ns != F1P_UNKNOWN_NS ? p->outline.first_ns : 0;

	for (;;) {
		f1p_status status = p->reader->next(p->reader, &p->head);
		int64_t t = F1P_UNKNOWN_NS;

		if (status != F1P_OK) {
			p->head_ns = F1P_UNKNOWN_NS;
			return status == F1P_END ? F1P_OK : status;
		}
		t = sr_clock_step(&p->clock, p->head.t_ns, &p->report);
		t = t == F1P_UNKNOWN_NS ? from : t;
		if (p->options.join_ns > 0 && t < from + p->options.join_ns) {
			continue;
		}
		t += p->shift_ns;
		p->head_ns = t > p->floor_ns ? t : p->floor_ns;
		return F1P_OK;
	}
}

/* Starts reading from the beginning. */
static f1p_status begin_round(struct sr_play *p)
{
	sr_reader_destroy(p->reader);
	p->reader = sr_recording_read(&p->recording, NULL, &p->report);
	if (p->reader == NULL) {
		return F1P_ENOMEM;
	}
	sr_clock_init(&p->clock);
	lt_reset(p->decoder);
	p->ended = false;
	p->messages_in_round = 0;
	return load_head(p);
}

static f1p_status outline_laps(struct sr_play *p)
{
	return p->outline.laps ? F1P_OK : sr_outline_make(&p->outline, &p->recording, true);
}

static f1p_status lap_target(struct sr_play *p, int32_t lap, int64_t *target, char *err, size_t err_size)
{
	f1p_status status = outline_laps(p);

	if (status != F1P_OK) {
		return say(err, err_size, status, "out of memory");
	}
	if (lap < 1 || lap > (int32_t)F1P_MAX_LAPS || p->outline.lap_ns[lap] == F1P_UNKNOWN_NS) {
		snprintf(err, err_size, "%s: lap %d is not in the recording, which tells laps %d to %d", p->recording.path, lap,
			p->outline.first_lap, p->outline.last_lap);
		return F1P_EINVAL;
	}
	*target = p->outline.lap_ns[lap];
	return F1P_OK;
}

/* A recording that does not tell the start of racing (a fragment, a feed without SessionStatus): a lap before the first that is
 * seen to begin; lap 1 stands on the screen long before it does. */
static f1p_status auto_target(struct sr_play *p, int64_t *target, char *err, size_t err_size)
{
	if (p->outline.started_ns != F1P_UNKNOWN_NS) {
		*target = p->outline.started_ns - AUTO_BEFORE_NS;
		return F1P_OK;
	}
	if (outline_laps(p) != F1P_OK) {
		return say(err, err_size, F1P_ENOMEM, "out of memory");
	}
	for (int32_t lap = 2; lap <= p->outline.last_lap; lap++) {
		if (p->outline.lap_ns[lap] != F1P_UNKNOWN_NS) {
			*target = p->outline.lap_ns[lap] - A_LAP_NS - AUTO_BEFORE_NS;
			return F1P_OK;
		}
	}
	return F1P_OK;
}

/* Where the option `start` points to, in the recording's own time; F1P_UNKNOWN_NS: no catch-up. */
static f1p_status start_target(struct sr_play *p, int64_t *target, char *err, size_t err_size)
{
	*target = F1P_UNKNOWN_NS;
	switch (p->options.start.kind) {
	case SR_START_LAP:
		return lap_target(p, p->options.start.lap, target, err, err_size);
	case SR_START_OFFSET:
		if (p->outline.first_ns != F1P_UNKNOWN_NS) {
			*target = p->outline.first_ns + p->options.start.offset_ns;
		}
		return F1P_OK;
	case SR_START_AUTO:
		return auto_target(p, target, err, err_size);
	case SR_START_BEGINNING:
	default:
		return F1P_OK;
	}
}

f1p_status sr_play_open(struct sr_play *p, const char *path, char *err, size_t err_size)
{
	f1p_status status = F1P_OK;

	p->head_ns = p->target_ns = F1P_UNKNOWN_NS;
	p->floor_ns = INT64_MIN;
	p->report.lines = 0;
	status = sr_recording_open(&p->recording, path, &p->report, err, err_size);
	if (status != F1P_OK) {
		return status;
	}
	p->open = true;
	p->decoder = lt_create(emit, reject, p);
	if (p->decoder == NULL) {
		return say(err, err_size, F1P_ENOMEM, "out of memory");
	}
	status = sr_outline_make(&p->outline, &p->recording, false);
	if (status != F1P_OK) {
		return say(err, err_size, status, "out of memory");
	}
	status = start_target(p, &p->target_ns, err, err_size);
	if (status != F1P_OK) {
		return status == F1P_EINVAL ? F1P_ECONFIG : status;
	}
	status = begin_round(p);
	if (status != F1P_OK) {
		return say(err, err_size, status, "out of memory");
	}
	if (p->head_ns == F1P_UNKNOWN_NS) {
		snprintf(err, err_size, "%s: not one message in it%s", path, p->options.join_ns > 0 ? " after `join`" : "");
		return F1P_ECONFIG;
	}
	sr_report_info(&p->report, "plays %s: %u files, offsets count from UTC by %s", path, p->recording.n, p->recording.t0_how);
	return F1P_OK;
}

void sr_play_close(struct sr_play *p)
{
	sr_reader_destroy(p->reader);
	p->reader = NULL;
	lt_destroy(p->decoder);
	p->decoder = NULL;
	if (p->open) {
		sr_recording_finish(&p->recording);
	}
	p->open = false;
	p->shift_ns = 0;
	p->reset_due = p->ended = false;
	p->outline = (struct sr_outline){0};
}

static void emit_reset(struct sr_play *p, uint32_t flags)
{
	struct f1p_event ev = {
		.size = sizeof(ev), .space = F1P_SPACE_CORE, .type = F1P_EV_FEED_RESET, .flags = flags, .t_event_ns = p->head_ns};

	p->reset_due = false;
	emit(p, &ev);
}

/* Played at the head's time, but it keeps its own: the same journal gives the same fold. Only a wild one is mended. */
static void play_event(struct sr_play *p, uint32_t flags)
{
	_Alignas(8) uint8_t copy[F1P_EVENT_MAX];
	struct f1p_event *ev = (void *)copy;
	int64_t before_ns = 0;

	memcpy(copy, p->head.event, p->head.event->size);
	ev->flags |= flags;
	if (__builtin_sub_overflow(p->head_ns - p->shift_ns, ev->t_event_ns, &before_ns) || before_ns > SR_ODD_GAP_NS ||
		before_ns < -SR_ODD_GAP_NS || p->shift_ns != 0) {
		ev->t_event_ns = p->head_ns;
	}
	ev->source_id = 0;
	ev->seq = ev->source_seq = 0;
	p->journal_events++;
	emit(p, ev);
}

static void play_head(struct sr_play *p, uint32_t flags)
{
	const struct sr_message *m = &p->head;

	p->messages_in_round++;
	if (m->kind == SR_MESSAGE) {
		lt_message(p->decoder, m->topic, m->topic_n, m->json, m->json_n, p->head_ns, flags);
	} else if (m->kind == SR_SNAPSHOT) {
		lt_snapshot(p->decoder, m->json, m->json_n, p->head_ns, flags);
	} else {
		play_event(p, flags);
	}
}

static bool catching_up(const struct sr_play *p)
{
	return p->head_ns != F1P_UNKNOWN_NS && p->target_ns != F1P_UNKNOWN_NS && p->head_ns < p->target_ns;
}

/* The recording is over: again from the beginning, later in time. */
static f1p_status next_round(struct sr_play *p)
{
	int64_t end_ns = p->clock.now_ns + p->shift_ns;
	int64_t resume = p->outline.first_ns, target = F1P_UNKNOWN_NS;
	char err[128];
	f1p_status status = start_target(p, &target, err, sizeof(err));

	if (status != F1P_OK) {
		return status;
	}
	resume = p->options.join_ns > 0 ? resume + p->options.join_ns : resume;
	if (target != F1P_UNKNOWN_NS && target > resume) {
		resume = target;
	}
	/* the moment at which the new round goes on at the pace comes right after the end; what is before is caught up there */
	p->shift_ns = end_ns + ROUND_PAUSE_NS - resume;
	p->floor_ns = end_ns + ROUND_PAUSE_NS;
	p->target_ns = target == F1P_UNKNOWN_NS ? target : target + p->shift_ns;
	p->reset_due = true;
	return begin_round(p);
}

static f1p_status end_of_recording(struct sr_play *p)
{
	const struct lt_stats *stats = lt_get_stats(p->decoder);

	sr_report_info(&p->report, "%s: end: %llu messages, %llu rejected, %llu odd times", p->recording.path,
		(unsigned long long)(stats->messages + p->journal_events),
		(unsigned long long)(stats->rejected + p->report.rejected), (unsigned long long)p->report.odd_times);
	if (p->options.loop && p->messages_in_round > 0) {
		return next_round(p);
	}
	p->ended = true;
	return F1P_END;
}

/* Emits while something is due and the budget lasts. A message counts as one even if it gives no event. */
static f1p_status play_due(struct sr_play *p, int64_t now_ns, uint32_t max_events)
{
	bool catch_up = catching_up(p);
	uint32_t played = 0;
	f1p_status status = F1P_OK;

	while (p->head_ns != F1P_UNKNOWN_NS && p->emit_status == F1P_OK && p->emitted + played < max_events) {
		/* a call that catches up stops at the target: the host sets its clock before it goes on */
		if (catch_up ? !catching_up(p) : p->head_ns > now_ns) {
			break;
		}
		if (p->reset_due) {
			emit_reset(p, catch_up ? F1P_EVF_CATCHUP : 0);
		}
		play_head(p, catch_up ? F1P_EVF_CATCHUP : 0);
		played++;
		status = load_head(p);
		if (status != F1P_OK) {
			return status;
		}
	}
	return p->emit_status;
}

f1p_status sr_play_poll(struct sr_play *p, int64_t now_ns, uint32_t max_events, int64_t *next_due_ns, char *err, size_t err_size)
{
	f1p_status status = F1P_OK;

	*next_due_ns = F1P_NEVER_NS;
	if (p->ended || p->reader == NULL) {
		return F1P_END;
	}
	p->emitted = 0;
	p->emit_status = F1P_OK;
	if (now_ns != F1P_UNKNOWN_NS) {
		status = play_due(p, now_ns, max_events > 0 ? max_events : 1);
		if (status == F1P_OK && p->head_ns == F1P_UNKNOWN_NS) {
			status = end_of_recording(p);
		}
		if (status == F1P_END) {
			return status;
		}
		if (status != F1P_OK) {
			return say(err, err_size, status, "an event could not be handed over, or memory ran out");
		}
	}
	*next_due_ns = p->head_ns;
	if (catching_up(p)) {
		/* the clock is to begin at the target; for a clock that runs already, all this is due at once */
		*next_due_ns = now_ns == F1P_UNKNOWN_NS || now_ns > p->target_ns ? p->target_ns : now_ns;
	}
	return F1P_OK;
}

f1p_status sr_play_seek(struct sr_play *p, int32_t lap, int64_t t_ns, char *err, size_t err_size)
{
	int64_t target = F1P_UNKNOWN_NS;
	f1p_status status = F1P_OK;

	if (p->reader == NULL) {
		return say(err, err_size, F1P_EINVAL, "not started");
	}
	if (lap > 0) {
		status = lap_target(p, lap, &target, err, err_size);
	} else if ((status = outline_laps(p)) == F1P_OK) {
		target = t_ns - p->shift_ns;
		if (lap < 0 || t_ns == F1P_UNKNOWN_NS || target < p->outline.first_ns || target > p->outline.last_ns) {
			status = say(err, err_size, F1P_EINVAL, "that time is not in the recording");
		}
	}
	if (status != F1P_OK) {
		return status;
	}
	p->target_ns = target + p->shift_ns;
	p->floor_ns = INT64_MIN;
	p->reset_due = true;
	status = begin_round(p);
	return status == F1P_OK ? F1P_OK : say(err, err_size, status, "out of memory");
}

f1p_status sr_play_bytes(struct sr_play *p, const void *bytes, size_t n, char *err, size_t err_size)
{
	struct sr_recording recording;
	struct sr_reader *reader = NULL;
	struct sr_clock clock;
	struct sr_message m;
	f1p_status status = sr_recording_open_bytes(&recording, bytes, n, err, err_size);

	if (status != F1P_OK) {
		return status;
	}
	if (p->decoder == NULL) {
		p->decoder = lt_create(emit, reject, p);
	}
	reader = sr_recording_read(&recording, NULL, &p->report);
	status = p->decoder != NULL && reader != NULL ? F1P_OK : F1P_ENOMEM;
	sr_clock_init(&clock);
	while (status == F1P_OK && (status = reader->next(reader, &m)) == F1P_OK) {
		int64_t t = sr_clock_step(&clock, m.t_ns, &p->report);

		if (m.kind == SR_MESSAGE) {
			lt_message(p->decoder, m.topic, m.topic_n, m.json, m.json_n, t == F1P_UNKNOWN_NS ? 0 : t, 0);
		} else if (m.kind == SR_SNAPSHOT) {
			lt_snapshot(p->decoder, m.json, m.json_n, t == F1P_UNKNOWN_NS ? 0 : t, 0);
		} else {
			emit(p, m.event);
		}
	}
	sr_reader_destroy(reader);
	sr_recording_finish(&recording);
	return status == F1P_END ? F1P_OK : say(err, err_size, status, "out of memory");
}
