/*
 * rows_session.c - rows of sessions and meetings: of the session that was told, or of one of the calendar.
 */
#include "rows_internal.h"

#include <stdio.h>
#include <string.h>

/* What both kinds of row are made of. Keys: 0 = not known. */
struct facts {
	uint32_t session_key, meeting_key, circuit_key;
	uint16_t year;
	uint8_t type;
	bool cancelled;
	int32_t gmt_offset_s;
	int64_t t_start_ns, t_end_ns;
	const char *name, *meeting, *circuit, *location, *country_code, *country_name;
};

/* Countries as the feed names them. */
static const struct country {
	char code[4];
	const char *name;
} countries[] = {
	{"AUS", "Australia"},
	{"AUT", "Austria"},
	{"AZE", "Azerbaijan"},
	{"BEL", "Belgium"},
	{"BRA", "Brazil"},
	{"BRN", "Bahrain"},
	{"CAN", "Canada"},
	{"CHN", "China"},
	{"ESP", "Spain"},
	{"FRA", "France"},
	{"GBR", "Great Britain"},
	{"GER", "Germany"},
	{"HUN", "Hungary"},
	{"ITA", "Italy"},
	{"JPN", "Japan"},
	{"KSA", "Saudi Arabia"},
	{"MEX", "Mexico"},
	{"MON", "Monaco"},
	{"NED", "Netherlands"},
	{"POR", "Portugal"},
	{"QAT", "Qatar"},
	{"RUS", "Russia"},
	{"SGP", "Singapore"},
	{"TUR", "Turkey"},
	{"UAE", "United Arab Emirates"},
	{"USA", "United States"},
};
#define COUNTRIES (sizeof(countries) / sizeof(countries[0]))

static const char *name_of_code(const char *code)
{
	for (size_t i = 0; i < COUNTRIES; i++) {
		if (strcmp(countries[i].code, code) == 0) {
			return countries[i].name;
		}
	}
	return NULL;
}

static const char *code_of_name(const char *name)
{
	for (size_t i = 0; i < COUNTRIES; i++) {
		if (strcmp(countries[i].name, name) == 0) {
			return countries[i].code;
		}
	}
	return NULL;
}

static const char *type_word(uint8_t type)
{
	static const char *const words[] = {[F1P_SESSION_PRACTICE] = "Practice",
		[F1P_SESSION_QUALIFYING] = "Qualifying",
		[F1P_SESSION_SPRINT_QUALIFYING] = "Sprint Qualifying",
		[F1P_SESSION_SPRINT] = "Race",
		[F1P_SESSION_RACE] = "Race"};

	return type < sizeof(words) / sizeof(words[0]) ? words[type] : NULL;
}

static void offset_text(int32_t offset_s, char out[16])
{
	int64_t ahead = offset_s < 0 ? -(int64_t)offset_s : offset_s;

	out[0] = '\0';
	if (offset_s != F1P_UNKNOWN) {
		snprintf(out, 16, "%s%02d:%02d:%02d", offset_s < 0 ? "-" : "", (int)(ahead / 3600 % 100), (int)(ahead / 60 % 60),
			(int)(ahead % 60));
	}
}

static void session_row(struct rows_out *o, const struct facts *f)
{
	char offset[16];

	offset_text(f->gmt_offset_s, offset);
	rows_add_int(o, "circuit_key", f->circuit_key != 0, f->circuit_key);
	rows_add_text(o, "circuit_short_name", f->circuit);
	rows_add_text(o, "country_code", f->country_code);
	rows_add(o, "country_key", OPENF1_NULL);
	rows_add_text(o, "country_name", f->country_name);
	rows_add_time(o, "date_end", f->t_end_ns);
	rows_add_time(o, "date_start", f->t_start_ns);
	rows_add_text(o, "gmt_offset", offset);
	rows_add_bool(o, "is_cancelled", f->cancelled);
	rows_add_text(o, "location", f->location);
	rows_add_int(o, "meeting_key", f->meeting_key != 0, f->meeting_key);
	rows_add_int(o, "session_key", f->session_key != 0, f->session_key);
	rows_add_text(o, "session_name", f->name);
	rows_add_text(o, "session_type", type_word(f->type));
	rows_add_int(o, "year", f->year != 0, f->year);
	rows_give(o);
}

/* When a meeting begins and ends is not told: null, as what is known of one of its sessions. */
static void meeting_row(struct rows_out *o, const struct facts *f)
{
	char offset[16];

	offset_text(f->gmt_offset_s, offset);
	rows_add(o, "circuit_image", OPENF1_NULL);
	rows_add(o, "circuit_info_url", OPENF1_NULL);
	rows_add_int(o, "circuit_key", f->circuit_key != 0, f->circuit_key);
	rows_add_text(o, "circuit_short_name", f->circuit);
	rows_add(o, "circuit_type", OPENF1_NULL);
	rows_add_text(o, "country_code", f->country_code);
	rows_add(o, "country_flag", OPENF1_NULL);
	rows_add(o, "country_key", OPENF1_NULL);
	rows_add_text(o, "country_name", f->country_name);
	rows_add(o, "date_end", OPENF1_NULL);
	rows_add(o, "date_start", OPENF1_NULL);
	rows_add_text(o, "gmt_offset", offset);
	rows_add_bool(o, "is_cancelled", f->cancelled);
	rows_add_text(o, "location", f->location);
	rows_add_int(o, "meeting_key", f->meeting_key != 0, f->meeting_key);
	rows_add_text(o, "meeting_name", f->meeting);
	rows_add(o, "meeting_official_name", OPENF1_NULL);
	rows_add_int(o, "year", f->year != 0, f->year);
	rows_give(o);
}

static struct facts facts_of_session(const struct f1p_ev_session *s)
{
	return (struct facts){.session_key = s->session_key,
		.meeting_key = s->meeting_key,
		.circuit_key = s->circuit_key,
		.year = s->year,
		.type = s->type,
		.gmt_offset_s = s->gmt_offset_s,
		.t_start_ns = s->t_start_ns,
		.t_end_ns = s->t_end_ns,
		.name = s->name,
		.meeting = s->meeting,
		.circuit = s->circuit,
		.location = s->location,
		.country_code = s->country,
		.country_name = name_of_code(s->country)};
}

void rows_of_sessions(struct rows_out *o)
{
	struct facts f = facts_of_session(&o->r->session);

	if (o->r->has_session) {
		session_row(o, &f);
	}
}

void rows_of_meetings(struct rows_out *o)
{
	struct facts f = facts_of_session(&o->r->session);

	if (o->r->has_session) {
		meeting_row(o, &f);
	}
}

bool openf1_plan_row(const struct f1p_session_plan *p, enum of1_collection collection, openf1_row_fn fn, void *arg)
{
	struct rows_out o = {.fn = fn, .arg = arg, .until_ns = INT64_MAX};
	struct facts f = {.session_key = p->session_key,
		.meeting_key = p->meeting_key,
		.circuit_key = p->circuit_key,
		.year = p->year,
		.type = p->type,
		.cancelled = p->cancelled == F1P_YES,
		.gmt_offset_s = p->gmt_offset_s,
		.t_start_ns = p->t_start_ns,
		.t_end_ns = p->t_end_ns,
		.name = p->name,
		.meeting = p->meeting,
		.circuit = p->circuit,
		.location = p->location,
		.country_code = code_of_name(p->country),
		.country_name = p->country};

	if (collection == OF1_SESSIONS) {
		session_row(&o, &f);
	} else if (collection == OF1_MEETINGS) {
		meeting_row(&o, &f);
	}
	return !o.stopped;
}
