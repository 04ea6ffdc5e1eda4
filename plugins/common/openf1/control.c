/*
 * control.c - race control, and what it says of track and session.
 *
 * OpenF1 has no track status. Live timing changes it together with the messages: a yellow sector shows yellow until all sectors are
 * clear; SC, VSC and red hide yellows until TRACK CLEAR. Newer rows of category SessionStatus give the session's own status; where
 * none came, the green light after the scheduled start, the red and the chequered flag and announced restarts tell it.
 */
#include "decoder.h"

#include <stdio.h>
#include <string.h>

#define EARLY_NS (60 * NS_PER_S) /* the scheduled start may be so much late */
#define DAY_S 86400

void of1_control_init(struct of1_control *c)
{
	*c = (struct of1_control){.track = F1P_TRACK_UNKNOWN, .status = F1P_STATUS_UNKNOWN, .part = 255,
		.t_first_start_ns = F1P_UNKNOWN_NS};
}

struct word {
	const char *text;
	uint8_t value;
};

static uint8_t word_value(const struct word *words, const char *text, uint8_t otherwise)
{
	for (; words->text != NULL; words++) {
		if (strcmp(words->text, text) == 0) {
			return words->value;
		}
	}
	return otherwise;
}

/* ---- track status ---- */

static void set_track(struct of1_decoder *d, uint8_t track, int64_t t_ns)
{
	if (d->control.track != track) {
		d->control.track = track;
		of1_push_value(d, F1P_EV_TRACK_STATUS, t_ns, track);
	}
}

static bool shows_yellow(const struct of1_control *c)
{
	return c->track == F1P_TRACK_UNKNOWN || c->track == F1P_TRACK_CLEAR || c->track == F1P_TRACK_YELLOW;
}

static void sector_flag(struct of1_decoder *d, const struct f1p_ev_race_control *m, int64_t t_ns)
{
	struct of1_control *c = &d->control;
	uint64_t bit = m->sector < 64 ? UINT64_C(1) << m->sector : 0;

	if (m->flag == F1P_FLAG_YELLOW || m->flag == F1P_FLAG_DOUBLE_YELLOW) {
		c->yellow |= bit;
		if (shows_yellow(c)) {
			set_track(d, F1P_TRACK_YELLOW, t_ns);
		}
	} else if (m->flag == F1P_FLAG_CLEAR || m->flag == F1P_FLAG_GREEN) {
		c->yellow &= ~bit;
		if (c->yellow == 0 && shows_yellow(c)) {
			set_track(d, F1P_TRACK_CLEAR, t_ns);
		}
	}
}

static void safety_car(struct of1_decoder *d, const struct f1p_ev_race_control *m, int64_t t_ns)
{
	if (m->status == F1P_RCS_DEPLOYED) {
		set_track(d, m->mode == F1P_MODE_VSC ? F1P_TRACK_VSC : F1P_TRACK_SC, t_ns);
	} else if (m->status == F1P_RCS_ENDING && m->mode == F1P_MODE_VSC) {
		set_track(d, F1P_TRACK_VSC_ENDING, t_ns);
	}
}

/* ---- session status ---- */

/* Before the start the order is the grid. */
static void tell_grid(struct of1_decoder *d, int64_t t_ns)
{
	for (uint32_t i = 0; i < d->n_cars; i++) {
		struct of1_car *car = &d->cars[i];

		if (car->grid == F1P_UNKNOWN && car->position != F1P_UNKNOWN && car->begun <= 1) {
			car->grid = car->position;
			of1_push_car_value(d, F1P_EV_CAR_GRID, t_ns, car, car->grid);
		}
	}
}

void of1_set_status(struct of1_decoder *d, uint8_t status, int64_t t_ns)
{
	struct of1_control *c = &d->control;
	bool first = c->status == F1P_STATUS_UNKNOWN || c->status == F1P_STATUS_INACTIVE;

	if (c->status == status) {
		return;
	}
	c->status = status;
	c->t_resume_ns = 0;
	if (status == F1P_STATUS_STARTED && first && of1_is_race(d)) {
		tell_grid(d, t_ns);
	}
	if (status == F1P_STATUS_STARTED && c->track == F1P_TRACK_UNKNOWN) {
		set_track(d, F1P_TRACK_CLEAR, t_ns);
	}
	of1_push_value(d, F1P_EV_SESSION_STATUS, t_ns, status);
}

void of1_check_resume(struct of1_decoder *d, int64_t t_ns)
{
	struct of1_control *c = &d->control;

	if (c->t_resume_ns != 0 && t_ns >= c->t_resume_ns && c->track != F1P_TRACK_RED && c->status == F1P_STATUS_ABORTED) {
		of1_set_status(d, F1P_STATUS_STARTED, c->t_resume_ns);
	}
}

/* "RACE WILL RESUME AT 15:33 - STANDING START PROCEDURE": local time of the circuit, within the hours that follow. */
static void read_resume(struct of1_decoder *d, const char *text, int64_t t_ns)
{
	const char *at = strstr(text, "RESUME AT ");
	int32_t offset_s = d->session.gmt_offset_s;
	int hour = 0;
	int minute = 0;
	int64_t local_s = 0;
	int64_t ahead_s = 0;

	if (at == NULL || offset_s == F1P_UNKNOWN || sscanf(at + 10, "%2d:%2d", &hour, &minute) != 2 || hour < 0 || hour > 23 ||
		minute < 0 || minute > 59) {
		return;
	}
	local_s = t_ns / NS_PER_S + offset_s;
	ahead_s = ((hour * 60 + minute) * 60 - local_s % DAY_S + DAY_S) % DAY_S;
	if (ahead_s < DAY_S / 4) {
		d->control.t_resume_ns = (local_s + ahead_s - offset_s) * NS_PER_S;
	}
}

static bool is_early(const struct of1_decoder *d, int64_t t_ns)
{
	return d->session.t_start_ns != F1P_UNKNOWN_NS && t_ns < d->session.t_start_ns - EARLY_NS;
}

/* Whatever the order of the rows. */
static void note_start(struct of1_decoder *d, int64_t t_ns)
{
	int64_t *first_ns = &d->control.t_first_start_ns;

	if (!is_early(d, t_ns) && (*first_ns == F1P_UNKNOWN_NS || t_ns < *first_ns)) {
		*first_ns = t_ns;
	}
}

int64_t of1_first_start_ns(const struct of1_decoder *d)
{
	int64_t first_ns = d->control.t_first_start_ns;

	for (uint32_t i = 0; i < d->n_cars && d->control.t_first_start_ns == F1P_UNKNOWN_NS; i++) {
		int64_t t_ns = d->cars[i].laps[0].t_start_ns;

		if (t_ns != 0 && !is_early(d, t_ns) && (first_ns == F1P_UNKNOWN_NS || t_ns < first_ns)) {
			first_ns = t_ns;
		}
	}
	return first_ns;
}

static void own_status(struct of1_decoder *d, const char *text, int64_t t_ns)
{
	static const struct word words[] = {{"INACTIVE", F1P_STATUS_INACTIVE}, {"STARTED", F1P_STATUS_STARTED},
		{"ABORTED", F1P_STATUS_ABORTED}, {"FINISHED", F1P_STATUS_FINISHED}, {"FINALISED", F1P_STATUS_FINALISED},
		{"ENDS", F1P_STATUS_ENDS}, {"ENDED", F1P_STATUS_ENDS}, {NULL, 0}};
	const char *word = strncmp(text, "SESSION ", 8) == 0 ? text + 8 : text;
	uint8_t status = word_value(words, word, 0);

	if (status == F1P_STATUS_STARTED) {
		note_start(d, t_ns);
	}
	if (status != 0) {
		d->control.own_status = true;
		of1_set_status(d, status, t_ns);
	}
}

static bool may_start(const struct of1_decoder *d, int64_t t_ns)
{
	const struct of1_control *c = &d->control;

	if (c->own_status || is_early(d, t_ns)) {
		return false;
	}
	return c->status <= F1P_STATUS_ABORTED || !of1_is_race(d); /* qualifying starts anew after each part */
}

static void track_flag(struct of1_decoder *d, const struct f1p_ev_race_control *m, int64_t t_ns)
{
	struct of1_control *c = &d->control;

	switch (m->flag) {
	case F1P_FLAG_CLEAR:
		c->yellow = 0;
		set_track(d, F1P_TRACK_CLEAR, t_ns);
		if (c->status == F1P_STATUS_ABORTED && c->t_resume_ns == 0 && !c->own_status && of1_is_race(d)) {
			of1_set_status(d, F1P_STATUS_STARTED, t_ns);
		}
		break;
	case F1P_FLAG_GREEN:
		if (c->track == F1P_TRACK_RED || c->track == F1P_TRACK_UNKNOWN) {
			set_track(d, F1P_TRACK_CLEAR, t_ns);
		}
		note_start(d, t_ns);
		if (may_start(d, t_ns)) {
			of1_set_status(d, F1P_STATUS_STARTED, t_ns);
		}
		break;
	case F1P_FLAG_RED:
		set_track(d, F1P_TRACK_RED, t_ns);
		if (!c->own_status && c->status == F1P_STATUS_STARTED) {
			of1_set_status(d, F1P_STATUS_ABORTED, t_ns);
		}
		break;
	case F1P_FLAG_CHEQUERED:
		if (!c->own_status) {
			of1_set_status(d, F1P_STATUS_FINISHED, t_ns);
		}
		break;
	default:
		break;
	}
}

/* ---- messages ---- */

static uint64_t mix(uint64_t hash, const void *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		hash = (hash ^ ((const uint8_t *)bytes)[i]) * UINT64_C(1099511628211);
	}
	return hash;
}

/* What makes two messages the same: OpenF1's own key, and the text. */
static uint64_t identity(const struct of1_row *row)
{
	uint64_t hash = UINT64_C(14695981039346656037);

	hash = mix(hash, &row->date_ns, sizeof(row->date_ns));
	hash = mix(hash, &row->driver, sizeof(row->driver));
	hash = mix(hash, &row->sector, sizeof(row->sector));
	hash = mix(hash, row->flag, strlen(row->flag) + 1);
	return mix(hash, row->message, strlen(row->message));
}

static void read_kinds(const struct of1_row *row, struct f1p_ev_race_control *m)
{
	static const struct word categories[] = {
		{"Flag", F1P_RC_FLAG}, {"Drs", F1P_RC_DRS}, {"SafetyCar", F1P_RC_SAFETY_CAR}, {"CarEvent", F1P_RC_CAR_EVENT}, {NULL, 0}};
	static const struct word flags[] = {{"GREEN", F1P_FLAG_GREEN}, {"YELLOW", F1P_FLAG_YELLOW},
		{"DOUBLE YELLOW", F1P_FLAG_DOUBLE_YELLOW}, {"RED", F1P_FLAG_RED}, {"BLUE", F1P_FLAG_BLUE}, {"CLEAR", F1P_FLAG_CLEAR},
		{"CHEQUERED", F1P_FLAG_CHEQUERED}, {"BLACK AND WHITE", F1P_FLAG_BLACK_AND_WHITE}, {"BLACK", F1P_FLAG_BLACK},
		{"BLACK AND ORANGE", F1P_FLAG_BLACK_AND_ORANGE}, {NULL, 0}};
	static const struct word scopes[] = {
		{"Track", F1P_SCOPE_TRACK}, {"Sector", F1P_SCOPE_SECTOR}, {"Driver", F1P_SCOPE_DRIVER}, {NULL, 0}};
	static const struct word statuses[] = {{"ENABLED", F1P_RCS_ENABLED}, {"DISABLED", F1P_RCS_DISABLED},
		{"DEPLOYED", F1P_RCS_DEPLOYED}, {"IN THIS LAP", F1P_RCS_IN_THIS_LAP}, {"ENDING", F1P_RCS_ENDING}, {NULL, 0}};
	const struct word *s = statuses;

	m->category = word_value(categories, row->category, F1P_RC_OTHER);
	m->flag = word_value(flags, row->flag, F1P_FLAG_NONE);
	m->scope = word_value(scopes, row->scope, F1P_SCOPE_NONE);
	m->mode = F1P_MODE_NONE;
	m->status = F1P_RCS_NONE;
	if (m->category != F1P_RC_SAFETY_CAR && m->category != F1P_RC_DRS) {
		return;
	}
	while (s->text != NULL && strstr(row->message, s->text) == NULL) {
		s++;
	}
	m->status = s->text != NULL ? s->value : F1P_RCS_NONE;
	if (m->category == F1P_RC_SAFETY_CAR) {
		bool is_virtual = strstr(row->message, "VIRTUAL") != NULL || strstr(row->message, "VSC") != NULL;

		m->mode = is_virtual ? F1P_MODE_VSC : F1P_MODE_SC;
	}
}

static bool is_known(const struct of1_decoder *d, uint64_t hash)
{
	for (uint32_t i = d->n_messages; i > 0; i--) {
		if (d->message_hashes[i - 1] == hash) {
			return true;
		}
	}
	return false;
}

static void keep_message(struct of1_decoder *d, struct f1p_ev_race_control *m, uint64_t hash, int64_t t_ns)
{
	m->index = (uint16_t)d->n_messages;
	d->messages[d->n_messages] = *m;
	d->message_hashes[d->n_messages++] = hash;
	OF1_PUSH(d, F1P_EV_RACE_CONTROL, t_ns, m);
}

static void set_part(struct of1_decoder *d, int64_t t_ns)
{
	if (of1_has(&d->row, OF1_F_PART) && d->control.part != d->row.part) {
		d->control.part = (uint8_t)d->row.part;
		of1_push_value(d, F1P_EV_SESSION_PART, t_ns, d->row.part);
	}
}

void of1_merge_control(struct of1_decoder *d)
{
	const struct of1_row *row = &d->row;
	int64_t t_ns = of1_row_time(d);
	uint64_t hash = identity(row);
	struct f1p_ev_race_control m = {
		.car = of1_has(row, OF1_F_DRIVER) ? (uint16_t)row->driver : 0,
		.lap = of1_has(row, OF1_F_LAP) ? row->lap : F1P_UNKNOWN,
		.t_utc_ns = of1_has(row, OF1_F_DATE) ? row->date_ns : F1P_UNKNOWN_NS,
		.sector = (uint8_t)row->sector,
	};

	if (row->message[0] == '\0' || d->n_messages == OF1_MAX_CONTROL) {
		d->stats.incomplete++;
		return;
	}
	if (is_known(d, hash)) {
		return;
	}
	read_kinds(row, &m);
	memcpy(m.text, row->message, sizeof(m.text));
	set_part(d, t_ns);
	if (strcmp(row->category, "SessionStatus") == 0) { /* made by OpenF1, no message of race control */
		own_status(d, row->message, t_ns);
		return;
	}
	read_resume(d, m.text, t_ns);
	keep_message(d, &m, hash, t_ns);
	if (m.scope == F1P_SCOPE_SECTOR) {
		sector_flag(d, &m, t_ns);
	} else if (m.scope == F1P_SCOPE_TRACK) {
		track_flag(d, &m, t_ns);
	} else if (m.category == F1P_RC_SAFETY_CAR) {
		safety_car(d, &m, t_ns);
	}
}
