/*
 * f1pd/season.h - the season's calendar and what the daemon does when.
 *
 * Calendar sources (Jolpica, OpenF1, the live-timing index) hand over the sessions that they know; the host merges them by trust,
 * keeps the result on disk, follows what the running feed says about its own session, and tells everybody which mode it is.
 */
#ifndef F1PD_SEASON_H
#define F1PD_SEASON_H

#include <f1pd/base.h>
#include <f1pd/host.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One session of the calendar. Sessions of several calendars are the same if type, number and year are equal and their starts are
 * less than 36 hours apart. */
struct f1p_session_plan {
	uint32_t size;
	uint32_t session_key;  /* the feed's; 0 = not known */
	uint32_t meeting_key;  /* 0 = not known */
	uint32_t circuit_key;  /* 0 = not known */
	uint16_t year;
	uint16_t round;        /* 0 = not known */
	uint8_t type;          /* enum f1p_session_type */
	uint8_t number;        /* practice 1..3; 0 = none */
	uint8_t cancelled;     /* enum f1p_tri */
	uint8_t reserved0;
	int32_t gmt_offset_s;  /* local = UTC + this; F1P_UNKNOWN */
	int64_t t_start_ns;    /* UTC */
	int64_t t_end_ns;      /* UTC, scheduled; F1P_UNKNOWN_NS */
	int32_t lat_e4, lon_e4; /* the circuit, 0.0001 degrees; F1P_UNKNOWN */
	char name[32];         /* "Race" */
	char meeting[64];      /* "Example Grand Prix" */
	char circuit[40];
	char location[40];
	char country[40];
	char path[128];        /* folder in the static archive; "" = not known */
};

enum f1p_season_mode {
	F1P_SEASON_IDLE = 1, /* nothing soon: live sources stay disconnected */
	F1P_SEASON_BEFORE, /* from 60 min before a race or sprint, 15 min before other sessions: connect */
	F1P_SEASON_LIVE,   /* the session runs, or should */
	F1P_SEASON_AFTER,  /* it is over: results are gathered, forecasts scored; 30 min, then IDLE */
};

struct f1p_schedule_now {
	uint32_t size;
	uint32_t mode;         /* enum f1p_season_mode */
	int64_t t_change_ns;   /* virtual UTC when the mode changes next if nothing is moved; F1P_NEVER_NS: no calendar */
	int64_t t_calendar_ns; /* when the calendar was fetched; F1P_UNKNOWN_NS: there is none */
	uint8_t has_session;   /* enum f1p_tri: `session` is the one of this mode, in IDLE the next one */
	uint8_t stale;         /* enum f1p_tri: the calendar is a kept one and older than two days */
	uint8_t moved;         /* enum f1p_tri: the feed gave another start than the calendar */
	uint8_t reserved0[5];
	char calendar[48];     /* the instance that gave the session; "cache" after a restart without network */
	struct f1p_session_plan session;
};

#define F1P_EXT_SCHEDULE "f1p.schedule/1"
struct f1p_schedule {
	uint32_t size;
	uint32_t reserved0;
	/* [loop] A calendar source hands over all sessions it knows; they replace its former ones. rank: 1 = trusted most. The array's
	 * elements are `size` bytes apart. F1P_EINVAL: an element is out of range, nothing is taken (reason with host->fail). */
	f1p_status (*publish)(const struct f1p_host *, uint32_t rank, const struct f1p_session_plan *, uint32_t n);
	/* [any] fills *out, whose size the caller sets. Live sources are polled at once when the mode changes. */
	void (*now)(const struct f1p_host *, struct f1p_schedule_now *out);
	/* [any] copies the first n merged sessions in order of start; returns how many there are */
	uint32_t (*list)(const struct f1p_host *, struct f1p_session_plan *out, uint32_t n);
};

#ifdef __cplusplus
}
#endif
#endif
