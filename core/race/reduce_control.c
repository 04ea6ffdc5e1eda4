/*
 * reduce_control.c - race-control messages: kept, and read for penalties, stopped cars and the safety car's way.
 *
 * Real texts: "FIA STEWARDS: 5 SECOND TIME PENALTY FOR CAR 31 (OCO) - CAUSING A COLLISION", "CAR 27 (HUL) STOPPED AT TURN 5",
 * "CARS 3 (RIC) AND 23 (ALB) STOPPED AT TURN 2", "SAFETY CAR THROUGH THE PIT LANE", "... PENALTY NOT SERVED CORRECTLY".
 */
#include "race/race_internal.h"
#include <ctype.h>
#include <string.h>

static bool read_number(const char **p, int32_t *out)
{
	int32_t value = 0;
	int digits = 0;

	while (**p >= '0' && **p <= '9' && digits < 4) {
		value = value * 10 + (*(*p)++ - '0');
		digits++;
	}
	*out = value;
	return digits > 0 && digits < 4;
}

/* The number before the words, e.g. "5" before " SECOND TIME PENALTY". */
static bool number_before(const char *text, const char *words, int32_t *out)
{
	const char *start = words;

	while (start > text && isdigit((unsigned char)start[-1])) {
		start--;
	}
	return read_number(&start, out);
}

void penalties_sum(struct fold *f, struct f1p_car *car)
{
	struct car_memory *m = fold_memory(f, car);
	int32_t sum = 0;

	for (uint32_t i = 0; i < m->n_penalties; i++) {
		sum += m->penalties[i].served ? 0 : m->penalties[i].ms;
	}
	car->penalty_ms = sum;
}

/* A time penalty has to be served at the next stop, so a stop after the announcement serves it. */
void penalties_served(struct fold *f, struct f1p_car *car, int64_t t_ns)
{
	struct car_memory *m = fold_memory(f, car);

	for (uint32_t i = 0; i < m->n_penalties; i++) {
		m->penalties[i].served = m->penalties[i].served || time_between(m->penalties[i].t_ns, t_ns) >= 0;
	}
	penalties_sum(f, car);
}

static void add_penalty(struct fold *f, struct f1p_car *car, int32_t ms, int64_t t_ns, bool served)
{
	struct car_memory *m = fold_memory(f, car);

	if (m->n_penalties == PENALTIES_MAX) {
		memmove(m->penalties, m->penalties + 1, (PENALTIES_MAX - 1) * sizeof(m->penalties[0]));
		m->n_penalties--;
	}
	m->penalties[m->n_penalties++] = (struct penalty){t_ns, ms, served};
	penalties_sum(f, car);
}

/* "... SERVED": the oldest open one; "NOT SERVED" and "FAILING TO SERVE" say the opposite and change nothing. */
static void read_served(struct fold *f, struct f1p_car *car, const char *text)
{
	struct car_memory *m;

	if (!car || !strstr(text, "PENALTY SERVED") || strstr(text, "NOT SERVED")) {
		return;
	}
	m = fold_memory(f, car);
	for (uint32_t i = 0; i < m->n_penalties; i++) {
		if (!m->penalties[i].served) {
			m->penalties[i].served = true;
			break;
		}
	}
	penalties_sum(f, car);
}

/* The car that the text names after the words; the message's own car number otherwise. */
static struct f1p_car *named_car(struct fold *f, const char *text, const char *words, uint16_t car_field)
{
	const char *p = strstr(text, words);
	int32_t number;

	if (p) {
		p += strlen(words);
		if (read_number(&p, &number)) {
			return fold_find_car(f, (uint32_t)number);
		}
	}
	return fold_find_car(f, car_field);
}

static void read_penalty(struct fold *f, const struct f1p_ev_race_control *e, const char *text)
{
	const char *words = strstr(text, " SECOND TIME PENALTY FOR CAR");
	int64_t t_ns = e->h.t_event_ns;
	struct f1p_car *car;
	bool served = false;
	int32_t seconds;

	if (!words) {
		read_served(f, named_car(f, text, "CAR ", e->car), text);
		return;
	}
	car = named_car(f, words, "FOR CAR ", e->car);
	if (!car || !number_before(text, words, &seconds)) {
		return;
	}
	if (e->h.flags & F1P_EVF_SNAPSHOT) { /* an old message: a stop since then has served it */
		t_ns = e->t_utc_ns;
		served = t_ns != F1P_UNKNOWN_NS && car->t_pit_in_ns != F1P_UNKNOWN_NS && car->t_pit_in_ns >= t_ns;
	}
	add_penalty(f, car, seconds * 1000, t_ns, served);
}

/* Texts that begin with the cars: "CAR 27 (HUL) STOPPED AT TURN 5", "CARS 3 (RIC) AND 23 (ALB) STOPPED ...". */
static void read_stopped(struct race *r, const char *text)
{
	const char *end = strstr(text, " STOPPED");
	const char *p = text;

	if (!end) {
		end = strstr(text, " RETIRED");
	}
	if (!end || strncmp(text, "CAR", 3) != 0 || !is_race(&r->now) || r->now.st.t_green_ns == F1P_UNKNOWN_NS) {
		return;
	}
	while (p < end) {
		int32_t number;
		struct f1p_car *car;

		if (!isdigit((unsigned char)*p) || !read_number(&p, &number)) {
			p++;
			continue;
		}
		car = strncmp(p, " (", 2) == 0 ? fold_find_car(&r->now, (uint32_t)number) : NULL;
		if (car) {
			fold_memory(&r->now, car)->message_retired = true;
			retirement_update(r, car);
		}
	}
}

void message_read(struct f1p_message *msg, const struct f1p_ev_race_control *e)
{
	memset(msg, 0, sizeof(*msg));
	msg->t_utc_ns = e->t_utc_ns;
	msg->lap = e->lap;
	msg->car = e->car;
	msg->category = e->category;
	msg->flag = e->flag;
	msg->scope = e->scope;
	msg->mode = e->mode;
	msg->status = e->status;
	msg->sector = e->sector;
	msg->index = e->index;
	copy_text(msg->text, sizeof(msg->text), e->text, sizeof(e->text));
}

/* The kept message of this index, or NULL. */
static struct f1p_message *find_message(struct f1p_state *st, uint16_t index)
{
	for (size_t i = st->n_messages; i > 0; i--) {
		if (st->messages[i - 1].index == index) {
			return &st->messages[i - 1];
		}
	}
	return NULL;
}

static struct f1p_message *append_message(struct f1p_state *st)
{
	st->messages_total++;
	if (st->n_messages == F1P_MAX_MESSAGES) {
		memmove(st->messages, st->messages + 1, (F1P_MAX_MESSAGES - 1) * sizeof(st->messages[0]));
		return &st->messages[F1P_MAX_MESSAGES - 1];
	}
	return &st->messages[st->n_messages++];
}

void reduce_race_control(struct race *r, const struct f1p_event *ev)
{
	const struct f1p_ev_race_control *e = (const struct f1p_ev_race_control *)ev;
	struct f1p_message msg;
	struct f1p_message *same = find_message(&r->now.st, e->index);

	message_read(&msg, e);
	if (same) { /* sent again, or a field of it was added: its text has been read */
		bool read = strcmp(same->text, msg.text) == 0;

		*same = msg;
		if (read) {
			return;
		}
	} else {
		*append_message(&r->now.st) = msg;
	}
	read_penalty(&r->now, e, msg.text);
	read_stopped(r, msg.text);
	if (strstr(msg.text, "SAFETY CAR THROUGH THE PIT LANE")) {
		r->now.pit_lane_route = true;
	} else if (strstr(msg.text, "SAFETY CAR WILL USE START/FINISH STRAIGHT")) {
		r->now.pit_lane_route = false;
	}
	if (e->flag == F1P_FLAG_CHEQUERED) {
		r->now.chequered = true;
	}
}
