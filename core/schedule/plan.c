#include "schedule/plan.h"

#include "helpers/utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define FAR_NS (36 * HOUR_NS)  /* starts of one session in two calendars differ by less */
#define CLOSE_NS (2 * HOUR_NS) /* likewise where type, number or key leave a doubt: sessions of a day are further apart */
#define T_MAX_NS (INT64_C(7258118400) * SEC_NS) /* year 2200 */

#define NUMBER(field, kind, low, high, unknown)                                                                                  \
	{                                                                                                                        \
#field, offsetof(struct f1p_session_plan, field), 0, kind, low, high, unknown                                    \
	}
#define TEXT(field)                                                                                                              \
	{                                                                                                                        \
#field, offsetof(struct f1p_session_plan, field), sizeof(((struct f1p_session_plan *)0)->field), PLAN_TEXT, 0,   \
			0, 0                                                                                                     \
	}

const struct plan_field plan_fields[] = {
	NUMBER(session_key, PLAN_U32, 0, UINT32_MAX, 0),
	NUMBER(meeting_key, PLAN_U32, 0, UINT32_MAX, 0),
	NUMBER(circuit_key, PLAN_U32, 0, UINT32_MAX, 0),
	NUMBER(year, PLAN_U16, 1950, 2200, PLAN_REQUIRED),
	NUMBER(round, PLAN_U16, 0, 99, 0),
	NUMBER(type, PLAN_U8, F1P_SESSION_UNKNOWN, F1P_SESSION_RACE, F1P_SESSION_UNKNOWN),
	NUMBER(number, PLAN_U8, 0, 9, 0),
	NUMBER(cancelled, PLAN_U8, F1P_TRI_UNKNOWN, F1P_YES, F1P_TRI_UNKNOWN),
	NUMBER(gmt_offset_s, PLAN_I32, -18 * 3600, 18 * 3600, F1P_UNKNOWN),
	NUMBER(t_start_ns, PLAN_I64, 0, T_MAX_NS, PLAN_REQUIRED),
	NUMBER(t_end_ns, PLAN_I64, 0, T_MAX_NS, F1P_UNKNOWN_NS),
	NUMBER(lat_e4, PLAN_I32, -900000, 900000, F1P_UNKNOWN),
	NUMBER(lon_e4, PLAN_I32, -1800000, 1800000, F1P_UNKNOWN),
	TEXT(name),
	TEXT(meeting),
	TEXT(circuit),
	TEXT(location),
	TEXT(country),
	TEXT(path),
};
const size_t plan_n_fields = sizeof(plan_fields) / sizeof(plan_fields[0]);

static const char *text_of(const struct f1p_session_plan *p, const struct plan_field *f)
{
	return (const char *)p + f->offset;
}

#define READ(type) ((int64_t)(*(const type *)(const void *)((const char *)p + f->offset)))
#define WRITE(type) (*(type *)(void *)((char *)p + f->offset) = (type)value)

int64_t plan_get(const struct f1p_session_plan *p, const struct plan_field *f)
{
	switch (f->kind) {
	case PLAN_U8:
		return READ(uint8_t);
	case PLAN_U16:
		return READ(uint16_t);
	case PLAN_U32:
		return READ(uint32_t);
	case PLAN_I32:
		return READ(int32_t);
	default:
		return READ(int64_t);
	}
}

void plan_put(struct f1p_session_plan *p, const struct plan_field *f, int64_t value)
{
	switch (f->kind) {
	case PLAN_U8:
		WRITE(uint8_t);
		break;
	case PLAN_U16:
		WRITE(uint16_t);
		break;
	case PLAN_U32:
		WRITE(uint32_t);
		break;
	case PLAN_I32:
		WRITE(int32_t);
		break;
	default:
		WRITE(int64_t);
		break;
	}
}

void plan_init(struct f1p_session_plan *p)
{
	memset(p, 0, sizeof(*p));
	p->size = sizeof(*p);
	for (size_t i = 0; i < plan_n_fields; i++)
		if (plan_fields[i].kind != PLAN_TEXT && plan_fields[i].unknown != PLAN_REQUIRED)
			plan_put(p, &plan_fields[i], plan_fields[i].unknown);
}

static bool is_known(const struct f1p_session_plan *p, const struct plan_field *f)
{
	return f->kind == PLAN_TEXT ? text_of(p, f)[0] != '\0' : plan_get(p, f) != f->unknown;
}

static const char *text_fault(const char *text, size_t bytes)
{
	size_t n = strnlen(text, bytes);

	if (n == bytes)
		return "has no end";
	return f1p_utf8_valid(text, n) ? NULL : "is not UTF-8";
}

static bool field_check(const struct f1p_session_plan *p, const struct plan_field *f, char *why, size_t why_size)
{
	if (f->kind == PLAN_TEXT) {
		const char *fault = text_fault(text_of(p, f), f->bytes);
		if (fault)
			snprintf(why, why_size, "%s %s", f->name, fault);
		return !fault;
	}
	int64_t v = plan_get(p, f);
	if ((f->unknown != PLAN_REQUIRED && v == f->unknown) || (v >= f->low && v <= f->high))
		return true;
	snprintf(why, why_size, "%s = %lld is out of range (%lld to %lld)", f->name, (long long)v, (long long)f->low,
		(long long)f->high);
	return false;
}

bool plan_check(const struct f1p_session_plan *p, char *why, size_t why_size)
{
	for (size_t i = 0; i < plan_n_fields; i++)
		if (!field_check(p, &plan_fields[i], why, why_size))
			return false;
	if (p->t_end_ns != F1P_UNKNOWN_NS && (p->t_end_ns <= p->t_start_ns || p->t_end_ns - p->t_start_ns > DAY_NS)) {
		snprintf(why, why_size, "t_end_ns is not within a day after t_start_ns");
		return false;
	}
	if ((p->lat_e4 == F1P_UNKNOWN) != (p->lon_e4 == F1P_UNKNOWN)) {
		snprintf(why, why_size, "lat_e4 and lon_e4 are known only together");
		return false;
	}
	return true;
}

static int64_t apart_ns(const struct f1p_session_plan *a, const struct f1p_session_plan *b)
{
	int64_t d = a->t_start_ns - b->t_start_ns;

	return d < 0 ? -d : d;
}

bool plan_same(const struct f1p_session_plan *a, const struct f1p_session_plan *b)
{
	if (a->session_key && a->session_key == b->session_key)
		return true;
	if (a->year != b->year)
		return false;
	if (a->type == F1P_SESSION_UNKNOWN || b->type == F1P_SESSION_UNKNOWN)
		return apart_ns(a, b) < CLOSE_NS;
	if (a->type != b->type)
		return false;
	/* Only practices have numbers that all calendars agree on. */
	bool practice = a->type == F1P_SESSION_PRACTICE;
	if (practice && a->number && b->number && a->number != b->number)
		return false;
	bool doubtful = (a->session_key && b->session_key) || (practice && !(a->number && b->number));
	return apart_ns(a, b) < (doubtful ? CLOSE_NS : FAR_NS);
}

void plan_fill(struct f1p_session_plan *to, const struct f1p_session_plan *from)
{
	if (to->t_end_ns == F1P_UNKNOWN_NS && from->t_end_ns != F1P_UNKNOWN_NS) /* its length counts: the starts may differ */
		to->t_end_ns = to->t_start_ns + (from->t_end_ns - from->t_start_ns);
	for (size_t i = 0; i < plan_n_fields; i++) {
		const struct plan_field *f = &plan_fields[i];
		if (is_known(to, f) || !is_known(from, f) || f->kind == PLAN_I64)
			continue;
		if (f->kind == PLAN_TEXT)
			memcpy((char *)to + f->offset, text_of(from, f), f->bytes);
		else
			plan_put(to, f, plan_get(from, f));
	}
}

bool plan_is_race(const struct f1p_session_plan *p)
{
	return p->type == F1P_SESSION_RACE || p->type == F1P_SESSION_SPRINT;
}

int64_t plan_end_ns(const struct f1p_session_plan *p)
{
	static const int minutes[] = {[F1P_SESSION_UNKNOWN] = 60,
		[F1P_SESSION_PRACTICE] = 60,
		[F1P_SESSION_QUALIFYING] = 60,
		[F1P_SESSION_SPRINT_QUALIFYING] = 45,
		[F1P_SESSION_SPRINT] = 60,
		[F1P_SESSION_RACE] = 120};

	return p->t_end_ns != F1P_UNKNOWN_NS ? p->t_end_ns : p->t_start_ns + minutes[p->type] * MIN_NS;
}

int64_t plan_limit_ns(const struct f1p_session_plan *p)
{
	return p->type == F1P_SESSION_RACE ? p->t_start_ns + 4 * HOUR_NS : plan_end_ns(p) + 45 * MIN_NS;
}

void plan_copy(struct f1p_session_plan *to, const struct f1p_session_plan *from)
{
	plan_init(to);
	for (size_t i = 0; i < plan_n_fields; i++) {
		const struct plan_field *f = &plan_fields[i];
		if (f->kind == PLAN_TEXT)
			f1p_utf8_copy((char *)to + f->offset, f->bytes, text_of(from, f), strlen(text_of(from, f)));
		else
			plan_put(to, f, plan_get(from, f));
	}
}

uint16_t plan_year_of(int64_t utc_ns)
{
	time_t s = (time_t)(utc_ns / SEC_NS);
	struct tm tm;

	return gmtime_r(&s, &tm) ? (uint16_t)(tm.tm_year + 1900) : 0;
}
