/*
 * calendar.c - several calendars, most trusted first, merged into one season.
 */
#include "schedule/schedule_internal.h"

#include <stdlib.h>
#include <string.h>

#define MOVED_NS MIN_NS /* smaller differences between feed and calendar are none */

void calendar_finish(struct calendar *c)
{
	free(c->plans);
	memset(c, 0, sizeof(*c));
}

void calendars_finish(struct calendars *cs)
{
	for (uint32_t i = 0; i < cs->n; i++)
		calendar_finish(&cs->list[i]);
	cs->n = 0;
}

static void take_out(struct calendars *cs, uint32_t i)
{
	calendar_finish(&cs->list[i]);
	memmove(&cs->list[i], &cs->list[i + 1], (cs->n - i - 1) * sizeof(cs->list[0]));
	cs->n--;
}

/* Calendars that somebody gives now before kept ones, then by rank, then by name. */
static bool before(const struct calendar *a, const struct calendar *b)
{
	if (a->kept != b->kept)
		return b->kept;
	if (a->rank != b->rank)
		return a->rank < b->rank;
	return strcmp(a->instance, b->instance) < 0;
}

static void put_in_order(struct calendars *cs, const struct calendar *c)
{
	uint32_t i = cs->n++;

	for (; i > 0 && before(c, &cs->list[i - 1]); i--)
		cs->list[i] = cs->list[i - 1];
	cs->list[i] = *c;
}

static uint32_t find(const struct calendars *cs, const struct calendar *c)
{
	for (uint32_t i = 0; i < cs->n; i++)
		if (strcmp(cs->list[i].instance, c->instance) == 0 || (c->source_id && cs->list[i].source_id == c->source_id))
			return i;
	return NONE;
}

f1p_status calendars_put(struct calendars *cs, struct calendar *c)
{
	uint32_t old;

	while ((old = find(cs, c)) != NONE)
		take_out(cs, old);
	if (cs->n == SCHEDULE_MAX_CALENDARS && cs->list[cs->n - 1].kept)
		take_out(cs, cs->n - 1);
	if (cs->n == SCHEDULE_MAX_CALENDARS)
		return F1P_ENOMEM;
	put_in_order(cs, c);
	return F1P_OK;
}

void calendars_forget(struct calendars *cs, uint32_t source_id)
{
	for (uint32_t i = 0; i < cs->n; i++) {
		if (cs->list[i].kept || cs->list[i].source_id != source_id)
			continue;
		struct calendar c = cs->list[i];
		bool last = cs->n == 1 || (i == 0 && cs->list[1].kept); /* nobody else gives one now */
		if (!last) {
			take_out(cs, i);
			return;
		}
		memmove(&cs->list[i], &cs->list[i + 1], (cs->n - i - 1) * sizeof(cs->list[0]));
		cs->n--;
		c.kept = true;
		c.source_id = 0;
		put_in_order(cs, &c);
		return;
	}
}

/* ---- merge ---- */

static uint32_t nearest(const struct season *s, const struct f1p_session_plan *p)
{
	uint32_t best = NONE;
	int64_t least = INT64_MAX;

	for (uint32_t i = 0; i < s->n; i++) {
		int64_t apart = s->list[i].plan.t_start_ns - p->t_start_ns;
		apart = apart < 0 ? -apart : apart;
		if (apart < least && plan_same(&s->list[i].plan, p)) {
			least = apart;
			best = i;
		}
	}
	return best;
}

static void append(struct season *s, const struct f1p_session_plan *p, uint32_t calendar, uint32_t heard)
{
	s->list[s->n++] = (struct entry){.plan = *p, .calendar = calendar, .heard = heard, .t_calendar_start_ns = p->t_start_ns};
}

/* told[i]: the last calendar that told entry i. One that tells a session twice means two, unless the times are equal. */
static void merge_calendar(struct season *s, const struct calendar *c, uint32_t number, uint32_t *told)
{
	for (uint32_t i = 0; i < c->n; i++) {
		uint32_t at = nearest(s, &c->plans[i]);
		if (at != NONE && told[at] != number) {
			plan_fill(&s->list[at].plan, &c->plans[i]);
			told[at] = number;
		} else if (at == NONE || s->list[at].plan.t_start_ns != c->plans[i].t_start_ns) {
			told[s->n] = number;
			append(s, &c->plans[i], number, NONE);
		}
	}
}

static void follow(struct entry *e, const struct heard *h)
{
	int64_t shift = h->plan.t_start_ns - e->plan.t_start_ns;

	plan_fill(&e->plan, &h->plan);
	e->moved = h->start_told && (shift > MOVED_NS || shift < -MOVED_NS);
	if (!e->moved)
		return;
	e->plan.t_start_ns += shift;
	if (h->plan.t_end_ns != F1P_UNKNOWN_NS)
		e->plan.t_end_ns = h->plan.t_end_ns;
	else if (e->plan.t_end_ns != F1P_UNKNOWN_NS)
		e->plan.t_end_ns += shift;
}

static void merge_heard(struct season *s, const struct heard heard[MAX_HEARD])
{
	uint32_t of_calendars = s->n;

	for (uint32_t i = 0; i < MAX_HEARD; i++) {
		if (!heard[i].plan.size)
			continue;
		uint32_t at = nearest(s, &heard[i].plan);
		if (at != NONE && at < of_calendars && s->list[at].heard == NONE) {
			s->list[at].heard = i;
			follow(&s->list[at], &heard[i]);
		} else if (at == NONE) {
			append(s, &heard[i].plan, NONE, i);
		}
	}
}

static bool same_place(const struct f1p_session_plan *a, const struct f1p_session_plan *b)
{
	return (a->circuit_key && a->circuit_key == b->circuit_key) || (a->meeting_key && a->meeting_key == b->meeting_key) ||
	       (a->circuit[0] && strcmp(a->circuit, b->circuit) == 0) ||
	       (a->meeting[0] && a->year == b->year && strcmp(a->meeting, b->meeting) == 0);
}

/* Not every calendar knows where its circuits are. */
static void place(struct season *s)
{
	for (uint32_t i = 0; i < s->n; i++) {
		struct f1p_session_plan *p = &s->list[i].plan;
		for (uint32_t k = 0; k < s->n && p->lat_e4 == F1P_UNKNOWN; k++) {
			const struct f1p_session_plan *q = &s->list[k].plan;
			if (q->lat_e4 != F1P_UNKNOWN && same_place(p, q)) {
				p->lat_e4 = q->lat_e4;
				p->lon_e4 = q->lon_e4;
			}
		}
	}
}

static int by_start(const void *a, const void *b)
{
	const struct f1p_session_plan *x = &((const struct entry *)a)->plan, *y = &((const struct entry *)b)->plan;
	const int64_t order[][2] = {
		{x->t_start_ns, y->t_start_ns}, {x->type, y->type}, {x->number, y->number}, {x->session_key, y->session_key}};

	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++)
		if (order[i][0] != order[i][1])
			return order[i][0] < order[i][1] ? -1 : 1;
	return 0;
}

bool season_merge(struct season *s, const struct calendars *cs, const struct heard heard[MAX_HEARD])
{
	uint32_t most = MAX_HEARD;

	for (uint32_t i = 0; i < cs->n; i++)
		most += cs->list[i].n;
	struct season made = {.list = malloc(most * sizeof(struct entry)), .cap = most};
	uint32_t *told = malloc(most * sizeof(*told));
	if (!made.list || !told) {
		free(made.list);
		free(told);
		return false;
	}
	for (uint32_t i = 0; i < cs->n; i++)
		merge_calendar(&made, &cs->list[i], i, told);
	free(told);
	merge_heard(&made, heard);
	place(&made);
	qsort(made.list, made.n, sizeof(made.list[0]), by_start);
	for (uint32_t i = 0; i < made.n; i++)
		entry_times(&made.list[i], made.list[i].heard == NONE ? NULL : &heard[made.list[i].heard]);
	free(s->list);
	*s = made;
	return true;
}
