#include "match.h"

#include <stdlib.h>
#include <string.h>

/* Latin letters with marks, as names of places have them: two bytes in UTF-8, beginning with C3. */
static char without_mark(unsigned char second)
{
	static const char plain[] = "aaaaaaaceeeeiiiidnooooo*ouuuuypsaaaaaaaceeeeiiiidnooooo/ouuuuypy";

	return second >= 0x80 && second <= 0xbf ? plain[second - 0x80] : ' ';
}

/* The next word of the text in small plain letters, of a long one the beginning; false at the end. *at moves behind it. */
static bool next_word(const char **at, char *out, size_t size)
{
	size_t n = 0;

	for (; **at; (*at)++) {
		char c = **at;
		if ((unsigned char)c == 0xc3 && (*at)[1])
			c = without_mark((unsigned char)*++*at);
		else if (c >= 'A' && c <= 'Z')
			c = (char)(c + 'a' - 'A');
		bool letter = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c & 0x80);
		if (!letter && n > 0)
			break;
		if (letter && n + 1 < size)
			out[n++] = c;
	}
	out[n] = '\0';
	return n > 0;
}

bool words_read(struct words *w, const char *text)
{
	char word[WORD_ROOM];

	*w = (struct words){0};
	while (next_word(&text, word, sizeof(word))) {
		if (!w->year && strlen(word) == 4 && strspn(word, "0123456789") == 4 && atoi(word) >= 1950 && atoi(word) <= 2200)
			w->year = atoi(word);
		else if (w->n == WORDS_MAX)
			return false;
		else
			memcpy(w->text[w->n++], word, sizeof(word));
	}
	return w->n > 0 || w->year;
}

static bool begins_word_of(const char *text, const char *wanted)
{
	char word[WORD_ROOM];

	while (next_word(&text, word, sizeof(word)))
		if (strncmp(word, wanted, strlen(wanted)) == 0)
			return true;
	return false;
}

static uint32_t score(const struct listed *l, const struct words *w)
{
	const struct f1p_session_plan *p = &l->plan;
	const char *texts[] = {p->meeting, p->location, p->country, p->circuit, p->name, l->code};
	uint32_t found = 0;

	for (uint32_t i = 0; i < w->n; i++)
		for (size_t k = 0; k < sizeof(texts) / sizeof(texts[0]); k++)
			if (begins_word_of(texts[k], w->text[i])) {
				found++;
				break;
			}
	return found;
}

/* Whether every word of its name was given. */
static bool fully_named(const struct listed *l, const struct words *w)
{
	const char *name = l->plan.name;
	char word[WORD_ROOM];

	while (next_word(&name, word, sizeof(word))) {
		bool given = false;
		for (uint32_t i = 0; i < w->n; i++)
			given |= strcmp(w->text[i], word) == 0;
		if (!given)
			return false;
	}
	return true;
}

static void add(struct matched *m, const struct listed *l)
{
	if (m->n < CANDIDATES_MAX)
		m->sessions[m->n++] = l;
}

static void narrow(struct matched *m, const struct words *w)
{
	const struct listed *only = NULL;
	uint32_t full = 0;

	for (uint32_t i = 0; i < m->n; i++)
		if (fully_named(m->sessions[i], w)) {
			only = m->sessions[i];
			full++;
		}
	if (full == 1)
		*m = (struct matched){.n = 1, .sessions = {only}};
}

struct matched match_words(const struct listing *l, const struct words *w)
{
	struct matched m = {.how = MATCH_NONE}, here = {0};
	uint32_t best = 0;

	for (uint32_t i = 0; i < l->n; i++) {
		uint32_t s = score(&l->sessions[i], w);
		if (s > best)
			m.n = here.n = 0;
		best = s > best ? s : best;
		if (s < best || (s == 0 && w->n > 0))
			continue;
		add(&m, &l->sessions[i]);
		if (l->sessions[i].plan.path[0])
			add(&here, &l->sessions[i]);
	}
	if (l->n == 0 || best < w->n)
		return m;
	if (here.n == 0) {
		m.how = MATCH_NOT_YET;
		return m;
	}
	narrow(&here, w);
	here.how = here.n == 1 ? MATCH_ONE : MATCH_MANY;
	return here;
}

struct matched match_latest(const struct listing *l)
{
	struct matched m = {.how = MATCH_NONE};

	for (uint32_t i = 0; i < l->n; i++) {
		const struct listed *s = &l->sessions[i];
		if (s->plan.path[0] && (m.n == 0 || s->plan.t_start_ns > m.sessions[0]->plan.t_start_ns))
			m = (struct matched){MATCH_ONE, 1, {s}};
	}
	return m;
}
