/*
 * fold_util.c - small questions that several reducers ask.
 */
#include "race/race_internal.h"
#include <string.h>

/* Zero-fills the rest: two equal texts are equal bytes. */
void copy_text(char *dst, size_t dst_size, const char *src, size_t src_size)
{
	size_t n = strnlen(src, src_size < dst_size - 1 ? src_size : dst_size - 1);

	memcpy(dst, src, n);
	memset(dst + n, 0, dst_size - n);
}

int64_t time_between(int64_t earlier, int64_t later)
{
	int64_t d;

	if (earlier == F1P_UNKNOWN_NS || later == F1P_UNKNOWN_NS) {
		return INT64_MAX;
	}
	if (__builtin_sub_overflow(later, earlier, &d)) {
		return later > earlier ? INT64_MAX : INT64_MIN;
	}
	return d;
}

/* A recording that was joined late may not tell its type; only races count laps. */
bool is_race(const struct fold *f)
{
	uint8_t type = f->st.type;

	return type == F1P_SESSION_RACE || type == F1P_SESSION_SPRINT ||
	       (type == F1P_SESSION_UNKNOWN && (f->lap_count_seen || f->st.total_laps != F1P_UNKNOWN));
}

bool is_red(const struct fold *f)
{
	return f->st.track == F1P_TRACK_RED || f->st.status == F1P_STATUS_ABORTED;
}

bool is_running(const struct fold *f)
{
	return f->st.status == F1P_STATUS_STARTED || f->st.status == F1P_STATUS_UNKNOWN;
}

uint8_t neutral_now(const struct fold *f)
{
	switch (f->st.track) {
	case F1P_TRACK_SC:
	case F1P_TRACK_RED:
	case F1P_TRACK_VSC:
	case F1P_TRACK_VSC_ENDING:
		return SEEN_NEUTRAL;
	case F1P_TRACK_YELLOW:
		return f->st.status == F1P_STATUS_ABORTED ? SEEN_NEUTRAL | SEEN_YELLOW : SEEN_YELLOW;
	default:
		return f->st.status == F1P_STATUS_ABORTED ? SEEN_NEUTRAL : 0;
	}
}
