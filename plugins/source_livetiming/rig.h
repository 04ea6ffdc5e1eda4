/*
 * rig.h - for tests: the plugin on the fake host, and the server's side of its conversations.
 */
#ifndef SLT_RIG_H
#define SLT_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fake_host.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RIG_START_NS (INT64_C(1900000000) * 1000000000) /* 2030-03-17T17:46:40Z */
#define RIG_S INT64_C(1000000000)
#define RIG_MS INT64_C(1000000)
#define END "\x1e"

struct rig {
	struct fake_host *f;
	struct f1p_plugin *plugin;
};

extern const struct f1p_entry f1p_entry_v1;

/* options as for fake_start(); the mode of the season is LIVE. */
struct rig rig_start(const char *options);
void rig_stop(struct rig *);
/* Time passes; the plugin is polled as often as it asks for. */
void rig_pass(struct rig *, int64_t ns);
void rig_poll(struct rig *);

/* "2030-03-17T17:46:40.000Z" of the rig's clock plus ns. One of four buffers, used in turn. */
const char *rig_stamp(const struct rig *, int64_t ns);

/* Answers OPTIONS and POST, opens the socket, accepts the handshake: it waits for the snapshot. NULL if nothing is asked for. */
struct fake_socket *rig_connect(struct rig *);
/* The same and then the snapshot; result is JSON. */
struct fake_socket *rig_subscribe(struct rig *, const char *result);
void rig_feed(struct fake_socket *, const char *topic, const char *json, const char *stamp);
void rig_result(struct fake_socket *, const char *json);

/* A small snapshot of one session: two cars. */
extern const char rig_snapshot[];

/* Subscribes, with a heartbeat behind the snapshot: that gives it its time, 200 ms ago. */
struct fake_socket *rig_begin(struct rig *);
/* Passes time until an attempt to connect is under way. */
struct fake_request *rig_await(struct rig *);

/* The newest event of the type; the current lap as last told. */
const void *rig_newest(const struct rig *, uint16_t type);
int32_t rig_lap(const struct rig *);
/* The text of the newest F1P_EV_LINK, after its condition: "up connected". "" if there is none. */
const char *rig_link(const struct rig *);
bool rig_logged(const struct rig *, const char *part);

#endif
