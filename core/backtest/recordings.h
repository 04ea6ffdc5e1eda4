/*
 * recordings.h - a folder of recorded sessions: which race or qualifying each is of, and their events as a live source would have told them.
 *
 * What a recording is, is found out by the plugin that plays it (source_replay). Every folder that holds files is tried; what cannot be
 * played, or is neither, is passed over.
 */
#ifndef BACKTEST_RECORDINGS_H
#define BACKTEST_RECORDINGS_H

#include <f1pd/history.h>
#include <f1pd/state.h>

struct recordings;

/* NULL with one line in err: no such folder, no plugin, or memory. A folder without a race in it is fine. */
struct recordings *recordings_open(const char *dir, const char *plugin_dir, char *err, size_t err_size);
void recordings_close(struct recordings *); /* accepts NULL */
size_t recordings_count(const struct recordings *); /* of races */
/* The folder of a recording of the race (same day), NULL if there is none. */
const char *recordings_find(const struct recordings *, const struct f1p_hist_race *);
/* The same of its qualifying: at most two days and a half before. */
const char *recordings_find_qualifying(const struct recordings *, const struct f1p_hist_race *);
/* Plays it as fast as it goes: every event that the gate lets through, in order, until fn returns false. False: it broke off with an
 * error (logged). */
bool recordings_play(struct recordings *, const char *path, bool (*fn)(void *arg, const struct f1p_event *), void *arg);

#endif
