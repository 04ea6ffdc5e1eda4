/*
 * f1pd/base.h - version, status codes, limits and "unknown" values.
 *
 * Everything a plugin may see lives in include/f1pd and nowhere else. All headers compile as C11, C17 and C++11.
 *
 * Reading guide
 *   base.h       this file
 *   event.h      what sources emit and sinks receive: one flat record per fact
 *   state.h      the race as it stands: the immutable snapshot predictors and sinks read
 *   forecast.h   what predictors return
 *   config.h     the table by which a plugin declares its options
 *   plugin.h     entry symbol, descriptor, life cycle, the three kinds (source, predictor, sink)
 *   host.h       what the host offers to a plugin
 *   net.h        HTTP and WebSocket clients of the host
 *   webhook.h    signed messages to addresses that a user gave
 *   season.h     the calendar, and what the daemon does when
 *   history.h    results, laps and stops of the past
 *
 * Thread tags. Every function states where it is called or may be called:
 *   [loop]    the daemon's one event-loop thread. A call must return within 2 ms.
 *   [worker]  a pool thread; never two calls at once on one instance.
 *   [sink]    the one thread that the host runs for a sink instance.
 *   [any]     thread-safe, callable from every thread, also the plugin's own.
 *
 * Growth rules (they keep old plugins loading for ever)
 *   - a struct begins with its size and grows only at its end; read a late field behind F1P_HAS();
 *   - the receiver copies min(its size, the sender's size) into zeroed memory;
 *   - no bit-fields, no long, no pointer inside an event, no enum-typed field (enums are named constants for uintN_t);
 *   - enum value 0 is invalid, "unknown" is a value of its own;
 *   - a new capability is a new extension id ("f1p.NAME/REV"), never a changed one.
 */
#ifndef F1PD_BASE_H
#define F1PD_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Project version; CMake reads these three lines: the header is the one source of truth. */
#define F1P_VERSION_MAJOR 0
#define F1P_VERSION_MINOR 1
#define F1P_VERSION_PATCH 0

#define F1P_ABI_MAJOR 1u /* a break gets a new entry symbol, f1p_entry_v2 */
#define F1P_ABI_MINOR 1u /* grows with every appended field or extension */

#if defined(__GNUC__)
#define F1P_EXPORT __attribute__((visibility("default")))
#define F1P_PRINTF(f, a) __attribute__((format(printf, f, a)))
#else
#define F1P_EXPORT
#define F1P_PRINTF(f, a)
#endif

/* True if the struct that p points to (its first field is its size) is new enough to hold the field. */
#define F1P_HAS(p, type, field) ((p)->size >= offsetof(type, field) + sizeof((p)->field))

/* Status of a call: F1P_OK or a negative reason. A plugin that fails returns
 * host->fail(host, F1P_E..., "what, where, what to do"), so that the reason reaches the user. */
typedef int32_t f1p_status;
enum {
	F1P_OK = 0,
	F1P_AGAIN = -1,        /* not now; the host keeps the work and calls again with back-off */
	F1P_EINVAL = -2,       /* an argument or a record is not acceptable */
	F1P_ENOMEM = -3,
	F1P_EIO = -4,          /* file, socket or device failed */
	F1P_ECONFIG = -5,      /* the configuration cannot work */
	F1P_EUNSUPPORTED = -6, /* not offered, or not for this session; no fault */
	F1P_ETIMEOUT = -7,
	F1P_EPERMANENT = -8,   /* will never work: drop it and count it */
	F1P_ECANCELLED = -9,   /* cancel() said so */
	F1P_END = -10,         /* source: no more data, ever; no fault */
};

/* Limits. Fixed in ABI 1; arrays in state and forecast have these lengths. */
#define F1P_MAX_CARS 32u
#define F1P_MAX_LAPS 120u    /* per-car lap history; race distances are 44 to 78 laps */
#define F1P_MAX_STINTS 24u
#define F1P_MAX_MESSAGES 64u /* newest race-control messages kept in the state */
#define F1P_MAX_CAR_NUMBER 999u

/* "Unknown" for integer fields. Times are milliseconds in int32_t unless the name says otherwise. */
#define F1P_UNKNOWN INT32_MIN
#define F1P_UNKNOWN_NS INT64_MIN
#define F1P_NEVER_NS INT64_MAX

/* A boolean that the feed may not have told yet. */
enum f1p_tri { F1P_TRI_INVALID = 0, F1P_TRI_UNKNOWN = 1, F1P_NO = 2, F1P_YES = 3 };

#ifdef __cplusplus
}
#endif
#endif
