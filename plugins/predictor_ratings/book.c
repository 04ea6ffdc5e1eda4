#include "book.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WEEKEND_NS (INT64_C(5) * 24 * 3600 * 1000000000)
#define RACES_MAX 4096u
#define NAMES_MAX 4096u
#define ID_BYTES 32u
#define FRESH_RACES 3u /* the newest races are looked at again: their rows may come one after the other */

void book_init(struct book *book, const struct f1p_host *host)
{
	*book = (struct book){.host = host, .history = host->get_extension(host, F1P_EXT_HISTORY)};
}

void book_finish(struct book *book)
{
	for (uint32_t i = 0; i < book->n_races; i++)
		free(book->race[i].entry);
	free(book->race);
	free(book->driver);
	free(book->team);
	free(book->circuit);
	free(book->meeting);
	*book = (struct book){.host = book->host, .history = book->history};
}

/* ids stand at the beginning of every element. */
static uint32_t find_id(const void *first, uint32_t n, size_t size, const char *id)
{
	for (uint32_t i = 0; i < n; i++) {
		if (strcmp((const char *)first + i * size, id) == 0)
			return i;
	}
	return BOOK_NONE;
}

static uint32_t add_id(void **first, uint32_t *n, size_t size, const char *id)
{
	uint32_t at = find_id(*first, *n, size, id);

	if (at != BOOK_NONE || *n >= NAMES_MAX || !id[0])
		return at;
	if ((*n & (*n - 1)) == 0) { /* full at powers of two */
		void *larger = realloc(*first, (*n ? 2u * *n : 1u) * size);
		if (!larger)
			return BOOK_NONE;
		*first = larger;
	}
	char *added = (char *)*first + *n * size;
	memset(added, 0, size);
	memcpy(added, id, strnlen(id, ID_BYTES - 1));
	return (*n)++;
}

uint32_t book_find_team(const struct book *book, const char *id)
{
	return find_id(book->team, book->n_teams, sizeof(*book->team), id);
}

uint32_t book_add_driver(struct book *book, const char *id)
{
	void *first = book->driver;
	uint32_t at = add_id(&first, &book->n_drivers, sizeof(*book->driver), id);

	book->driver = first;
	return at;
}

uint32_t book_add_team(struct book *book, const char *id)
{
	void *first = book->team;
	uint32_t at = add_id(&first, &book->n_teams, sizeof(*book->team), id);

	book->team = first;
	return at;
}

uint32_t book_add_circuit(struct book *book, const char *id)
{
	void *first = book->circuit;
	uint32_t at = add_id(&first, &book->n_circuits, sizeof(*book->circuit), id);

	book->circuit = first;
	return at;
}

bool book_add_meeting(struct book *book, const char *slug, uint32_t circuit)
{
	void *first = book->meeting;
	uint32_t at = add_id(&first, &book->n_meetings, sizeof(*book->meeting), slug);

	book->meeting = first;
	if (at != BOOK_NONE) {
		snprintf(book->meeting[at].id, sizeof(book->meeting[at].id), "%s", slug);
		book->meeting[at].circuit = circuit;
	}
	return at != BOOK_NONE;
}

/* UTC of 31 December of the season. */
static int64_t end_of_season_ns(int32_t race_id)
{
	int64_t years = (int64_t)(race_id / 100) + 1 - 1970;

	return years * INT64_C(31556952) * 1000000000;
}

struct calendar {
	struct book *book;
	struct book_race *race;
	uint32_t n;
	bool failed;
};

static void describe(struct book *book, const struct f1p_hist_race *row, struct book_race *race)
{
	*race = (struct book_race){.race_id = row->row.race_id,
		.t_start_ns = row->t_start_ns != F1P_UNKNOWN_NS ? row->t_start_ns : end_of_season_ns(row->row.race_id),
		.circuit = row->circuit_id[0] ? book_add_circuit(book, row->circuit_id) : BOOK_NONE,
		.laps = row->laps,
		.scheduled_laps = row->scheduled_laps,
		.street = row->street == F1P_YES,
		.wet = row->wet == F1P_YES,
		.sprint = row->sprint == F1P_YES};
	memcpy(race->layout, row->layout_id, strnlen(row->layout_id, sizeof(race->layout) - 1));
	memcpy(race->name, row->name, strnlen(row->name, sizeof(race->name) - 1));
}

static bool take_race(void *arg, const struct f1p_history_row *row)
{
	struct calendar *c = arg;

	if (c->n >= RACES_MAX)
		return false;
	if ((c->n & (c->n - 1)) == 0) {
		struct book_race *larger = realloc(c->race, (c->n ? 2u * c->n : 1u) * sizeof(*larger));
		c->failed = !larger;
		if (!larger)
			return false;
		c->race = larger;
	}
	describe(c->book, (const struct f1p_hist_race *)(const void *)row, &c->race[c->n++]);
	return true;
}

static f1p_status read_calendar(struct book *book, struct calendar *c)
{
	const struct f1p_history_query query = {.size = sizeof(query), .type = F1P_HIST_RACE};

	*c = (struct calendar){.book = book};
	if (!book->history)
		return F1P_EUNSUPPORTED;
	f1p_status status = book->history->each(book->host, &query, take_race, c);
	return status != F1P_OK ? status : c->failed ? F1P_ENOMEM : F1P_OK;
}

static int64_t count_rows(const struct book *book, int32_t race_id)
{
	static const uint32_t types[] = {F1P_HIST_RESULT, F1P_HIST_QUALIFYING, F1P_HIST_PRACTICE, F1P_HIST_LAP,
		F1P_HIST_NEUTRALISATION};
	int64_t sum = 0;

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		const struct f1p_history_query query = {.size = sizeof(query), .type = types[i], .race_from = race_id,
			.race_to = race_id};
		int64_t n = book->history->count(book->host, &query);
		sum += n > 0 ? n : 0;
	}
	return sum;
}

static uint32_t place_of(const struct book *book, int32_t race_id)
{
	uint32_t at = book->n_races;

	while (at > 0 && book->race[at - 1].race_id >= race_id)
		at--;
	return at;
}

/* Keeps the race, in order; takes its entries over. */
static f1p_status keep(struct book *book, const struct book_race *race)
{
	uint32_t at = place_of(book, race->race_id);

	book->stable = book->stable < at ? book->stable : at;
	if (at < book->n_races && book->race[at].race_id == race->race_id) {
		free(book->race[at].entry);
		book->race[at] = *race;
		return F1P_OK;
	}
	struct book_race *larger = realloc(book->race, (book->n_races + 1u) * sizeof(*larger));
	if (!larger) {
		free(race->entry);
		return F1P_ENOMEM;
	}
	book->race = larger;
	memmove(&larger[at + 1], &larger[at], (book->n_races - at) * sizeof(*larger));
	larger[at] = *race;
	book->n_races++;
	return F1P_OK;
}

static f1p_status sync_race(struct book *book, struct book_race *race, bool fresh)
{
	uint32_t at = place_of(book, race->race_id);
	bool held = at < book->n_races && book->race[at].race_id == race->race_id;

	if (held && !fresh)
		return F1P_OK;
	race->rows = count_rows(book, race->race_id);
	if (race->rows == 0 || (held && race->rows == book->race[at].rows))
		return F1P_OK;
	f1p_status status = book_read_race(book, race, true);
	if (status != F1P_OK || race->n == 0) {
		free(race->entry);
		return status;
	}
	return keep(book, race);
}

f1p_status book_sync(struct book *book, int64_t t_ns)
{
	struct calendar c;
	f1p_status status = read_calendar(book, &c);
	uint32_t n = 0;

	if (status == F1P_OK)
		status = book_read_names(book);
	while (n < c.n && c.race[n].t_start_ns < t_ns - BOOK_PAST_NS)
		n++;
	for (uint32_t i = 0; i < n && status == F1P_OK; i++)
		status = sync_race(book, &c.race[i], i + FRESH_RACES >= n);
	free(c.race);
	return status;
}

uint32_t book_before(const struct book *book, int64_t t_ns)
{
	uint32_t n = 0;

	while (n < book->n_races && book->race[n].t_start_ns < t_ns - BOOK_PAST_NS)
		n++;
	return n;
}

f1p_status book_weekend(struct book *book, int64_t t_ns, struct book_race *out)
{
	struct calendar c;
	f1p_status status = read_calendar(book, &c);

	*out = (struct book_race){.circuit = BOOK_NONE, .laps = F1P_UNKNOWN, .scheduled_laps = F1P_UNKNOWN};
	for (uint32_t i = 0; i < c.n && status == F1P_OK && out->race_id == 0; i++) {
		if (c.race[i].t_start_ns >= t_ns - BOOK_PAST_NS && c.race[i].t_start_ns <= t_ns + WEEKEND_NS)
			*out = c.race[i];
	}
	free(c.race);
	return status == F1P_OK && out->race_id != 0 ? book_read_race(book, out, false) : status;
}

void book_weekend_finish(struct book_race *race)
{
	free(race->entry);
	race->entry = NULL;
	race->n = 0;
}
