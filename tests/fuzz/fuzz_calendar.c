/*
 * fuzz_calendar.c - any bytes as the kept calendar: what is loaded can be merged, looked at on any day, written and loaded again.
 */
#include "schedule/schedule_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DAY INT64_C(86400000000000)

static char folder[128], path[160], again[160], beside[176];

static void clean_up(void)
{
	unlink(path);
	unlink(again);
	unlink(beside);
	rmdir(folder);
}

static void make_folder(void)
{
	const char *parent = getenv("TMPDIR");

	if (path[0] != '\0') {
		return;
	}
	snprintf(folder, sizeof(folder), "%.100s/f1pd-fuzz-XXXXXX", parent != NULL && parent[0] != '\0' ? parent : P_tmpdir);
	if (mkdtemp(folder) == NULL) {
		abort();
	}
	snprintf(path, sizeof(path), "%s/calendar", folder);
	snprintf(again, sizeof(again), "%s/again", folder);
	snprintf(beside, sizeof(beside), "%s.new", again);
	atexit(clean_up);
}

static void write_bytes(const uint8_t *data, size_t size)
{
	FILE *f = fopen(path, "we");

	if (f == NULL || fwrite(data, 1, size, f) != size || fclose(f) != 0) {
		abort();
	}
}

static uint32_t sessions_of(const struct calendars *cs)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < cs->n; i++) {
		n += cs->list[i].n;
	}
	return n;
}

static void look(const struct calendars *cs)
{
	static struct heard heard[MAX_HEARD];
	struct season season = {0};

	if (season_merge(&season, cs, heard)) {
		for (uint32_t i = 0; i < season.n && i < 8; i++) {
			int64_t t_ns = season.list[i].plan.t_start_ns;

			for (int64_t off = -2; off <= 2; off++) {
				struct choice c = season_choose(&season, t_ns + off * DAY / 4);

				if (c.mode < F1P_SEASON_IDLE || c.mode > F1P_SEASON_AFTER || (c.index != NONE && c.index >= season.n) ||
					season_next_change(&season, t_ns + off * DAY / 4) <= t_ns + off * DAY / 4) {
					abort();
				}
			}
		}
	}
	free(season.list);
}

static void check_again(const struct calendars *cs)
{
	struct calendars second = {0};
	char why[200] = "";

	if (!calendar_file_save(again, cs, why, sizeof(why)) || !calendar_file_load(again, &second, why, sizeof(why)) ||
		sessions_of(&second) != sessions_of(cs)) {
		fprintf(stderr, "%s: %u sessions, then %u\n", why, sessions_of(cs), sessions_of(&second));
		abort();
	}
	calendars_finish(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct calendars cs = {0};
	char why[200] = "";

	make_folder();
	write_bytes(data, size);
	if (calendar_file_load(path, &cs, why, sizeof(why))) {
		look(&cs);
		check_again(&cs);
	} else if (why[0] == '\0' || strchr(why, '\n') != NULL || cs.n != 0) {
		abort();
	}
	calendars_finish(&cs);
	return 0;
}
