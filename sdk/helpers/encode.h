/*
 * encode.h - names and JSON of the ABI: what sinks, tools and tests print of events, states and forecasts.
 *
 * Keys are snake_case with the unit at the end. Times of day are ISO-8601 UTC text with milliseconds, durations numbers in
 * *_ms; what is not known is null, never 0. Two keys are text although they are numbers in C: `seed`, because JavaScript's
 * numbers hold only 53 bits, and `colour`, "#rrggbb". Growth: keys are added, never changed.
 */
#ifndef F1P_ENCODE_H
#define F1P_ENCODE_H

#include <f1pd/event.h>
#include <f1pd/forecast.h>
#include <f1pd/insight.h>
#include <f1pd/state.h>

#include "helpers/json_writer.h"

/* Names of enum values; "unknown" for the UNKNOWN value, "invalid" for a value that the enum does not have. */
const char *f1p_event_type_name(int);	  /* "car_lap" */
const char *f1p_session_type_name(int);	  /* "sprint_qualifying" */
const char *f1p_session_status_name(int); /* "started" */
const char *f1p_track_status_name(int);	  /* "clear", "yellow", "sc", "red", "vsc", "vsc_ending" */
const char *f1p_compound_name(int);	  /* "soft" */
const char *f1p_rc_category_name(int);	  /* "car_event" */
const char *f1p_rc_flag_name(int);	  /* "double_yellow" */
const char *f1p_rc_scope_name(int);	  /* "sector" */
const char *f1p_rc_mode_name(int);	  /* "vsc" */
const char *f1p_rc_status_name(int);	  /* "in_this_lap" */
const char *f1p_trap_name(int);		  /* "fl" */
const char *f1p_trigger_name(int);	  /* "retirement" */
const char *f1p_trend_name(int);	  /* "rising" */
const char *f1p_retired_how_name(int);	  /* "silence" */
const char *f1p_condition_name(int);	  /* enum f1p_plugin_condition: "quarantined" */
const char *f1p_data_kind_name(int);	  /* "race_control" for F1P_DATA_MESSAGES, else the constant's own word: "timing" */
const char *f1p_link_name(int);		  /* enum f1p_link_condition: "refused" */
const char *f1p_gap_how_name(int);	  /* "other_source" */
const char *f1p_revised_name(int);	  /* "lap_time" */
const char *f1p_season_mode_name(int);	  /* enum f1p_season_mode: "before" */
/* One bit of F1P_MISSING_*: "grid"; "invalid" for anything else. */
const char *f1p_missing_name(uint32_t bit);

/* Text of a time: "2024-05-19T13:00:00.000Z" + NUL. false (and "") for F1P_UNKNOWN_NS. */
#define F1P_TIME_TEXT 64u
bool f1p_time_text(int64_t utc_ns, char out[F1P_TIME_TEXT]);

/* Single values with their "unknown" as null. */
void f1p_encode_time(struct f1p_json *, int64_t utc_ns);
void f1p_encode_int(struct f1p_json *, int32_t);    /* F1P_UNKNOWN -> null */
void f1p_encode_tenths(struct f1p_json *, int32_t); /* 253 -> 25.3 */
void f1p_encode_tri(struct f1p_json *, uint32_t);   /* enum f1p_tri -> true, false, null */
/* Text of a fixed field that a sender may have left without NUL; "" -> null. */
void f1p_encode_text(struct f1p_json *, const char *text, size_t field_size);

/* One event as an object: type, seq, source_id, source_seq, time, received, simulated, then what the event says; of masked
 * events only the fields that it sets. An event of a foreign space or too short for its type is its header only. */
void f1p_encode_event(struct f1p_json *, const struct f1p_event *);

/* Steps of a weather forecast, as an array. */
void f1p_encode_outlook_steps(struct f1p_json *, const struct f1p_outlook_step *, uint32_t n);

/* The whole state as an object; cars in running order. */
void f1p_encode_state(struct f1p_json *, const struct f1p_state *);
/* Only session{...} of it, as an object. */
void f1p_encode_session(struct f1p_json *, const struct f1p_state *);
/* Members for an object that the caller has open: what differs between two states. Top-level keys come whole (track,
 * weather, ...), cars as [{number, changed keys}], the running order as order[] when it changed; race_control is not among
 * them. Returns the number of members; 0 = nothing changed that anyone could see. */
size_t f1p_encode_state_changes(struct f1p_json *, const struct f1p_state *before, const struct f1p_state *now);
/* One race-control message as an object. */
void f1p_encode_message(struct f1p_json *, const struct f1p_message *);

/* The forecast as an object; driver codes and the lap come from the state, if one is given. */
void f1p_encode_forecast(struct f1p_json *, const struct f1p_forecast *, const struct f1p_state *for_codes_or_null);
/* Members of the above for an object that the caller has open. lap: F1P_UNKNOWN = null. */
void f1p_encode_forecast_members(
	struct f1p_json *, const struct f1p_forecast *, const struct f1p_state *for_codes_or_null, int32_t lap);
/* True if the record is long enough for the cars that it claims: ask before reading ev->forecast.cars. */
bool f1p_forecast_event_valid(const struct f1p_ev_forecast *);

/* Members of the insights, into an object that the caller has open. */
void f1p_encode_insights_members(struct f1p_json *, const struct f1p_insights *);
/* As above, for ev->insights. */
bool f1p_insights_event_valid(const struct f1p_ev_insights *);
const char *f1p_option_name(int); /* "pit_now" */

/* Car of the state by number; NULL if it has none. */
const struct f1p_car *f1p_state_car(const struct f1p_state *, uint16_t number);

#endif
