/*
 * topics_control.c - RaceControlMessages. A snapshot holds all earlier messages: their events carry F1P_EVF_SNAPSHOT.
 */
#include "decoder.h"
#include "values.h"

#include <string.h>

static uint16_t *length_of_messages(struct lt_decoder *d)
{
	return &d->session.n_messages;
}

static void begin_control(struct lt_decoder *d, const struct lt_node *node)
{
	(void)node;
	d->in.message = (struct f1p_ev_race_control){
		.lap = F1P_UNKNOWN,
		.t_utc_ns = F1P_UNKNOWN_NS,
		.category = F1P_RC_OTHER,
		.flag = F1P_FLAG_NONE,
		.scope = F1P_SCOPE_NONE,
		.mode = F1P_MODE_NONE,
		.status = F1P_RCS_NONE,
	};
}

/* "(HAM)" */
static bool is_code(const char *p)
{
	if (*p != '(') {
		return false;
	}
	for (int i = 1; i <= 3; i++) {
		if (p[i] < 'A' || p[i] > 'Z') {
			return false;
		}
	}
	return p[4] == ')';
}

/* Number of the car in "... CAR 43 (COL) ..."; 0 if the text names none or several. */
static uint16_t car_from_text(const char *text)
{
	uint16_t car = 0;
	int named = 0;

	for (const char *p = text; (p = strchr(p, '(')) != NULL; p++) {
		const char *from = p;
		int64_t number = 0;

		if (!is_code(p) || p == text || p[-1] != ' ') {
			continue;
		}
		named++;
		for (from = p - 1; from > text && lt_is_digit(from[-1]); from--) {
		}
		if (from - text >= 4 && memcmp(from - 4, "CAR ", 4) == 0 &&
			lt_parse_int(from, (size_t)(p - 1 - from), 1, F1P_MAX_CAR_NUMBER, &number)) {
			car = (uint16_t)number;
		}
	}
	return named == 1 ? car : 0;
}

static void end_control(struct lt_decoder *d, const struct lt_node *node)
{
	struct f1p_ev_race_control *m = &d->in.message;

	(void)node;
	if (m->text[0] == '\0') {
		return; /* a later correction of some field: the event has no mask to tell just that */
	}
	if (m->car == 0) {
		m->car = car_from_text(m->text);
	}
	m->index = (uint16_t)d->index[LT_IX_ENTRY];
	LT_PUSH(d, F1P_EV_RACE_CONTROL, m);
}

static bool set_category(struct lt_decoder *d, const struct lt_node *node, const struct lt_value *v)
{
	static const struct lt_word words[] = {
		{"Flag", F1P_RC_FLAG},
		{"Drs", F1P_RC_DRS},
		{"SafetyCar", F1P_RC_SAFETY_CAR},
		{"CarEvent", F1P_RC_CAR_EVENT},
	};

	(void)node;
	d->in.message.category = (uint8_t)LT_WORD(words, v, F1P_RC_OTHER);
	return true;
}

static bool set_flag(struct lt_decoder *d, const struct lt_node *node, const struct lt_value *v)
{
	static const struct lt_word words[] = {
		{"GREEN", F1P_FLAG_GREEN},
		{"YELLOW", F1P_FLAG_YELLOW},
		{"DOUBLE YELLOW", F1P_FLAG_DOUBLE_YELLOW},
		{"RED", F1P_FLAG_RED},
		{"BLUE", F1P_FLAG_BLUE},
		{"CLEAR", F1P_FLAG_CLEAR},
		{"CHEQUERED", F1P_FLAG_CHEQUERED},
		{"BLACK AND WHITE", F1P_FLAG_BLACK_AND_WHITE},
		{"BLACK", F1P_FLAG_BLACK},
		{"BLACK AND ORANGE", F1P_FLAG_BLACK_AND_ORANGE},
	};

	(void)node;
	d->in.message.flag = (uint8_t)LT_WORD(words, v, F1P_FLAG_NONE);
	return true;
}

static bool set_scope(struct lt_decoder *d, const struct lt_node *node, const struct lt_value *v)
{
	static const struct lt_word words[] = {
		{"Track", F1P_SCOPE_TRACK},
		{"Sector", F1P_SCOPE_SECTOR},
		{"Driver", F1P_SCOPE_DRIVER},
	};

	(void)node;
	d->in.message.scope = (uint8_t)LT_WORD(words, v, F1P_SCOPE_NONE);
	return true;
}

static bool set_mode(struct lt_decoder *d, const struct lt_node *node, const struct lt_value *v)
{
	static const struct lt_word words[] = {{"SAFETY CAR", F1P_MODE_SC}, {"VIRTUAL SAFETY CAR", F1P_MODE_VSC}};

	(void)node;
	d->in.message.mode = (uint8_t)LT_WORD(words, v, F1P_MODE_NONE);
	return true;
}

static bool set_status(struct lt_decoder *d, const struct lt_node *node, const struct lt_value *v)
{
	static const struct lt_word words[] = {
		{"ENABLED", F1P_RCS_ENABLED},
		{"DISABLED", F1P_RCS_DISABLED},
		{"DEPLOYED", F1P_RCS_DEPLOYED},
		{"IN THIS LAP", F1P_RCS_IN_THIS_LAP},
		{"ENDING", F1P_RCS_ENDING},
	};

	(void)node;
	d->in.message.status = (uint8_t)LT_WORD(words, v, F1P_RCS_NONE);
	return true;
}

static const struct lt_node message_members[] = {
	{LT_NAMED("Utc"), .kind = LT_FIELD, .set = lt_set_utc, LT_INTO(in.message.t_utc_ns)},
	{LT_NAMED("Lap"), .kind = LT_FIELD, .set = lt_set_int, LT_INTO(in.message.lap), .lo = 0, .hi = 200},
	{LT_NAMED("Message"), .kind = LT_FIELD, .set = lt_set_text, LT_INTO(in.message.text),
		.hi = sizeof(((struct lt_decoder *)0)->in.message.text)},
	{LT_NAMED("Category"), .kind = LT_FIELD, .set = set_category},
	{LT_NAMED("Flag"), .kind = LT_FIELD, .set = set_flag},
	{LT_NAMED("Scope"), .kind = LT_FIELD, .set = set_scope},
	{LT_NAMED("Sector"), .kind = LT_FIELD, .set = lt_set_int, LT_INTO(in.message.sector), .lo = 0, .hi = 99},
	{LT_NAMED("RacingNumber"), .kind = LT_FIELD, .set = lt_set_int, LT_INTO(in.message.car), .lo = 0,
		.hi = F1P_MAX_CAR_NUMBER},
	{LT_NAMED("Status"), .kind = LT_FIELD, .set = set_status},
	{LT_NAMED("Mode"), .kind = LT_FIELD, .set = set_mode},
};
static const struct lt_node message_element[] = {
	{.kind = LT_OBJECT, LT_CHILDREN(message_members), .begin = begin_control, .end = end_control},
};
static const struct lt_node control_members[] = {
	{LT_NAMED("Messages"), .kind = LT_LIST, .index = LT_IX_ENTRY, LT_CHILDREN(message_element), .length = length_of_messages,
		.hi = 4096},
};
const struct lt_node lt_race_control = {.kind = LT_OBJECT, LT_CHILDREN(control_members)};
