/*
 * encode_names.c - names of the ABI's enum values, as they appear in JSON, logs and metrics.
 */
#include "helpers/encode.h"

#include <f1pd/season.h>

static const char *pick(const char *const *names, size_t n, int value)
{
	if (value < 0 || (size_t)value >= n || !names[value]) {
		return "invalid";
	}
	return names[value];
}
#define PICK(names, value) pick(names, sizeof(names) / sizeof((names)[0]), value)

const char *f1p_event_type_name(int v)
{
	static const char *const names[] = {
		[F1P_EV_SESSION] = "session",
		[F1P_EV_SESSION_STATUS] = "session_status",
		[F1P_EV_SESSION_PART] = "session_part",
		[F1P_EV_TRACK_STATUS] = "track_status",
		[F1P_EV_LAP_COUNT] = "lap_count",
		[F1P_EV_CLOCK] = "clock",
		[F1P_EV_DRIVER] = "driver",
		[F1P_EV_CAR_POSITION] = "car_position",
		[F1P_EV_CAR_GRID] = "car_grid",
		[F1P_EV_CAR_GAP] = "car_gap",
		[F1P_EV_CAR_LAP] = "car_lap",
		[F1P_EV_CAR_STATUS] = "car_status",
		[F1P_EV_CAR_SECTOR] = "car_sector",
		[F1P_EV_CAR_SEGMENT] = "car_segment",
		[F1P_EV_CAR_SPEED] = "car_speed",
		[F1P_EV_CAR_BEST] = "car_best",
		[F1P_EV_STINT] = "stint",
		[F1P_EV_STINTS_RESET] = "stints_reset",
		[F1P_EV_TYRE] = "tyre",
		[F1P_EV_WEATHER] = "weather",
		[F1P_EV_RACE_CONTROL] = "race_control",
		[F1P_EV_PIT_LANE_TIME] = "pit_lane_time",
		[F1P_EV_PIT_STOP] = "pit_stop",
		[F1P_EV_TOP_THREE] = "top_three",
		[F1P_EV_TELEMETRY] = "telemetry",
		[F1P_EV_XYZ] = "xyz",
		[F1P_EV_HEARTBEAT] = "heartbeat",
		[F1P_EV_FEED_RESET] = "feed_reset",
		[F1P_EV_FORECAST] = "forecast",
		[F1P_EV_FORECAST_SKIPPED] = "forecast_skipped",
		[F1P_EV_PLUGIN_STATUS] = "plugin_status",
		[F1P_EV_STATE] = "state",
		[F1P_EV_SOURCE_END] = "source_end",
		[F1P_EV_OUTLOOK] = "outlook",
		[F1P_EV_LINK] = "link",
		[F1P_EV_LAP_RECORD] = "lap_record",
		[F1P_EV_PRIOR] = "prior",
		[F1P_EV_SOURCE_CHOICE] = "source_choice",
		[F1P_EV_GAP] = "gap",
		[F1P_EV_REVISION] = "revision",
		[F1P_EV_INSIGHTS] = "insights",
		[F1P_EV_MEMBER_SCORES] = "member_scores",
	};
	return PICK(names, v);
}

const char *f1p_session_type_name(int v)
{
	static const char *const names[] = {
		[F1P_SESSION_UNKNOWN] = "unknown",
		[F1P_SESSION_PRACTICE] = "practice",
		[F1P_SESSION_QUALIFYING] = "qualifying",
		[F1P_SESSION_SPRINT_QUALIFYING] = "sprint_qualifying",
		[F1P_SESSION_SPRINT] = "sprint",
		[F1P_SESSION_RACE] = "race",
	};
	return PICK(names, v);
}

const char *f1p_session_status_name(int v)
{
	static const char *const names[] = {
		[F1P_STATUS_UNKNOWN] = "unknown",
		[F1P_STATUS_INACTIVE] = "inactive",
		[F1P_STATUS_STARTED] = "started",
		[F1P_STATUS_ABORTED] = "aborted",
		[F1P_STATUS_FINISHED] = "finished",
		[F1P_STATUS_FINALISED] = "finalised",
		[F1P_STATUS_ENDS] = "ends",
	};
	return PICK(names, v);
}

const char *f1p_track_status_name(int v)
{
	static const char *const names[] = {
		[F1P_TRACK_UNKNOWN] = "unknown",
		[F1P_TRACK_CLEAR] = "clear",
		[F1P_TRACK_YELLOW] = "yellow",
		[F1P_TRACK_SC] = "sc",
		[F1P_TRACK_RED] = "red",
		[F1P_TRACK_VSC] = "vsc",
		[F1P_TRACK_VSC_ENDING] = "vsc_ending",
	};
	return PICK(names, v);
}

const char *f1p_compound_name(int v)
{
	static const char *const names[] = {
		[F1P_TYRE_UNKNOWN] = "unknown",
		[F1P_TYRE_SOFT] = "soft",
		[F1P_TYRE_MEDIUM] = "medium",
		[F1P_TYRE_HARD] = "hard",
		[F1P_TYRE_INTERMEDIATE] = "intermediate",
		[F1P_TYRE_WET] = "wet",
		[F1P_TYRE_HYPERSOFT] = "hypersoft",
		[F1P_TYRE_ULTRASOFT] = "ultrasoft",
		[F1P_TYRE_SUPERSOFT] = "supersoft",
		[F1P_TYRE_SUPERHARD] = "superhard",
	};
	return PICK(names, v);
}

const char *f1p_rc_category_name(int v)
{
	static const char *const names[] = {
		[F1P_RC_OTHER] = "other",
		[F1P_RC_FLAG] = "flag",
		[F1P_RC_DRS] = "drs",
		[F1P_RC_SAFETY_CAR] = "safety_car",
		[F1P_RC_CAR_EVENT] = "car_event",
	};
	return PICK(names, v);
}

const char *f1p_rc_flag_name(int v)
{
	static const char *const names[] = {
		[F1P_FLAG_NONE] = "none",
		[F1P_FLAG_GREEN] = "green",
		[F1P_FLAG_YELLOW] = "yellow",
		[F1P_FLAG_DOUBLE_YELLOW] = "double_yellow",
		[F1P_FLAG_RED] = "red",
		[F1P_FLAG_BLUE] = "blue",
		[F1P_FLAG_CLEAR] = "clear",
		[F1P_FLAG_CHEQUERED] = "chequered",
		[F1P_FLAG_BLACK_AND_WHITE] = "black_and_white",
		[F1P_FLAG_BLACK] = "black",
		[F1P_FLAG_BLACK_AND_ORANGE] = "black_and_orange",
	};
	return PICK(names, v);
}

const char *f1p_rc_scope_name(int v)
{
	static const char *const names[] = {
		[F1P_SCOPE_NONE] = "none",
		[F1P_SCOPE_TRACK] = "track",
		[F1P_SCOPE_SECTOR] = "sector",
		[F1P_SCOPE_DRIVER] = "driver",
	};
	return PICK(names, v);
}

const char *f1p_rc_mode_name(int v)
{
	static const char *const names[] = {[F1P_MODE_NONE] = "none", [F1P_MODE_SC] = "sc", [F1P_MODE_VSC] = "vsc"};
	return PICK(names, v);
}

const char *f1p_rc_status_name(int v)
{
	static const char *const names[] = {
		[F1P_RCS_NONE] = "none",
		[F1P_RCS_ENABLED] = "enabled",
		[F1P_RCS_DISABLED] = "disabled",
		[F1P_RCS_DEPLOYED] = "deployed",
		[F1P_RCS_IN_THIS_LAP] = "in_this_lap",
		[F1P_RCS_ENDING] = "ending",
	};
	return PICK(names, v);
}

const char *f1p_trap_name(int v)
{
	static const char *const names[] = {
		[F1P_TRAP_I1] = "i1",
		[F1P_TRAP_I2] = "i2",
		[F1P_TRAP_FL] = "fl",
		[F1P_TRAP_ST] = "st",
	};
	return PICK(names, v);
}

const char *f1p_trigger_name(int v)
{
	static const char *const names[] = {
		[F1P_TRIGGER_LAP] = "lap",
		[F1P_TRIGGER_PIT] = "pit",
		[F1P_TRIGGER_TRACK] = "track",
		[F1P_TRIGGER_RETIREMENT] = "retirement",
		[F1P_TRIGGER_WEATHER] = "weather",
		[F1P_TRIGGER_SESSION] = "session",
		[F1P_TRIGGER_TIMER] = "timer",
	};
	return PICK(names, v);
}

const char *f1p_trend_name(int v)
{
	static const char *const names[] = {
		[F1P_TREND_UNKNOWN] = "unknown",
		[F1P_TREND_FALLING] = "falling",
		[F1P_TREND_STABLE] = "stable",
		[F1P_TREND_RISING] = "rising",
	};
	return PICK(names, v);
}

const char *f1p_retired_how_name(int v)
{
	static const char *const names[] = {
		[F1P_RETIRED_UNKNOWN] = "unknown",
		[F1P_RETIRED_NOT] = "not",
		[F1P_RETIRED_FLAG] = "flag",
		[F1P_RETIRED_MESSAGE] = "message",
		[F1P_RETIRED_SILENCE] = "silence",
	};
	return PICK(names, v);
}

const char *f1p_condition_name(int v)
{
	static const char *const names[] = {
		[F1P_PLUGIN_RUNNING] = "running",
		[F1P_PLUGIN_RESTARTING] = "restarting",
		[F1P_PLUGIN_QUARANTINED] = "quarantined",
		[F1P_PLUGIN_STOPPED] = "stopped",
	};
	return PICK(names, v);
}

const char *f1p_data_kind_name(int v)
{
	static const char *const names[] = {
		[F1P_DATA_SESSION] = "session",
		[F1P_DATA_TRACK] = "track",
		[F1P_DATA_MESSAGES] = "race_control",
		[F1P_DATA_DRIVERS] = "drivers",
		[F1P_DATA_TIMING] = "timing",
		[F1P_DATA_LAPS] = "laps",
		[F1P_DATA_PIT] = "pit",
		[F1P_DATA_TYRES] = "tyres",
		[F1P_DATA_WEATHER] = "weather",
		[F1P_DATA_OUTLOOK] = "outlook",
		[F1P_DATA_TELEMETRY] = "telemetry",
		[F1P_DATA_LOCATION] = "location",
	};
	return PICK(names, v);
}

const char *f1p_link_name(int v)
{
	static const char *const names[] = {
		[F1P_LINK_CONNECTING] = "connecting",
		[F1P_LINK_UP] = "up",
		[F1P_LINK_DOWN] = "down",
		[F1P_LINK_CLOSED] = "closed",
		[F1P_LINK_REFUSED] = "refused",
	};
	return PICK(names, v);
}

const char *f1p_gap_how_name(int v)
{
	static const char *const names[] = {
		[F1P_GAP_OPEN] = "open",
		[F1P_GAP_SNAPSHOT] = "snapshot",
		[F1P_GAP_OTHER_SOURCE] = "other_source",
		[F1P_GAP_REPAIRED] = "repaired",
		[F1P_GAP_LOST] = "lost",
	};
	return PICK(names, v);
}

const char *f1p_revised_name(int v)
{
	static const char *const names[] = {
		[F1P_REVISED_LAP_TIME] = "lap_time",
		[F1P_REVISED_LAPS] = "laps",
		[F1P_REVISED_COMPOUND] = "compound",
		[F1P_REVISED_TYRE_AGE] = "tyre_age",
		[F1P_REVISED_PIT_TIME] = "pit_time",
		[F1P_REVISED_POSITION] = "position",
	};
	return PICK(names, v);
}

const char *f1p_season_mode_name(int v)
{
	static const char *const names[] = {
		[F1P_SEASON_IDLE] = "idle",
		[F1P_SEASON_BEFORE] = "before",
		[F1P_SEASON_LIVE] = "live",
		[F1P_SEASON_AFTER] = "after",
	};
	return PICK(names, v);
}

const char *f1p_missing_name(uint32_t bit)
{
	switch (bit) {
	case F1P_MISSING_GRID:
		return "grid";
	case F1P_MISSING_PACE:
		return "pace";
	case F1P_MISSING_TYRES:
		return "tyres";
	case F1P_MISSING_LAPS:
		return "laps";
	case F1P_MISSING_GAPS:
		return "gaps";
	case F1P_MISSING_MEMBER:
		return "member";
	case F1P_MISSING_FRESH:
		return "fresh";
	case F1P_MISSING_NEWS:
		return "news";
	default:
		return "invalid";
	}
}
