#include "daemon/import_command.h"

#include "base/folder.h"
#include "base/log.h"
#include "daemon/command_config.h"
#include "daemon/daemon.h"
#include "daemon/import_session.h"
#include "history/history_csv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct history *open_store(const char *data_dir)
{
	char path[4200], err[512];

	if (!folder_make(data_dir, err, sizeof(err))) {
		log_line(F1P_LOG_ERROR, "import", "data folder: %s", err);
		return NULL;
	}
	snprintf(path, sizeof(path), "%.4000s/history.sqlite", data_dir);
	struct history *h = history_open(path, err, sizeof(err));
	if (!h)
		log_line(F1P_LOG_ERROR, "import", "%s", err);
	return h;
}

/* ---- a folder ---- */

static void complain(void *arg, const char *line)
{
	(void)arg;
	fprintf(stderr, "%s\n", line);
}

static void print_report(const struct history_csv_report *r)
{
	printf("%-24s %10s %10s %10s\n", "file", "rows", "no key", "errors");
	for (size_t i = 0; i < HISTORY_CSV_FILES; i++) {
		const struct history_csv_file *f = &r->files[i];
		if (f->present)
			printf("%-24s %10lu %10lu %10lu\n", f->name, f->rows, f->no_key, f->errors);
		else if (f->name)
			printf("%-24s %10s\n", f->name, "not there");
	}
	if (r->errors)
		fprintf(stderr, "%lu errors: those rows were left out\n", r->errors);
}

static int import_folder(const char *dir, const char *data_dir)
{
	struct history_csv_report report;
	char why[512] = "";
	struct history *h = open_store(data_dir);

	if (!h)
		return 1;
	f1p_status status = history_csv_import(h, dir, complain, NULL, &report, why, sizeof(why));
	history_close(h);
	if (status != F1P_OK) {
		log_line(F1P_LOG_ERROR, "import", "%s", why);
		return 1;
	}
	print_report(&report);
	return report.errors != 0;
}

/* ---- a season from the network ---- */

static struct config_file *source_of(struct config *c)
{
	for (size_t i = 0; i < c->n_files; i++)
		if (strcmp(c->files[i].plugin_id, "source_ergast") == 0)
			return &c->files[i];
	return command_config_add(c, "source-ergast", "source_ergast");
}

/* The source of the configuration with its address and limits, or the bundled one, and nothing else. */
static bool set_up(struct config *c, const char *season)
{
	static const char key[] = "import_season";
	struct config_file *f = source_of(c);

	for (size_t i = 0; i < c->n_files; i++)
		c->files[i].enabled = &c->files[i] == f;
	for (size_t i = 0; f && i < f->n_options; i++)
		if (strcmp(f->options[i].key, key) == 0) {
			char *value = strdup(season);
			free(f->options[i].value);
			f->options[i].value = value;
			return value != NULL;
		}
	return f && command_config_option(f, key, strlen(key), season);
}

static int print_season(const char *data_dir, int32_t year)
{
	struct history *h = open_store(data_dir);

	if (!h)
		return 1;
	for (uint32_t type = 1; type < F1P_HIST_TYPES; type++) {
		struct f1p_history_query q = {
			.size = sizeof(q), .type = type, .race_from = year * 100 + 1, .race_to = year * 100 + 99};
		if (type != F1P_HIST_DRIVER && type != F1P_HIST_CONSTRUCTOR)
			printf("%-24s %10lld\n", history_type_name(type), (long long)history_count(h, &q, NULL, 0));
	}
	history_close(h);
	return 0;
}

static int import_season(struct config *c, const struct import_options *o, const char *data_dir)
{
	char *end;
	long year = strtol(o->season, &end, 10);
	struct history *place = open_store(data_dir); /* said before an hour of requests, not after */

	history_close(place);
	if (!place) {
		config_free(c);
		return 1;
	}
	if (*end || end == o->season || year < 1950 || year > 2999 || !set_up(c, o->season)) {
		log_line(F1P_LOG_ERROR, "import", "--season takes a year from 1950 on, not %s", o->season);
		config_free(c);
		return 1;
	}
	char *dir = strdup(data_dir); /* the daemon owns the configuration and is gone when the rows are counted */
	struct daemon_options opt = {.plugin_dir = o->plugin_dir, .headless = true};
	struct daemon *d = daemon_create(c, &opt);
	int code = d && dir ? daemon_run(d) : 1;
	daemon_destroy(d);
	if (dir && d && print_season(dir, (int32_t)year) != 0)
		code = 1;
	free(dir);
	return code;
}

int import_command(const struct import_options *o)
{
	struct config *c = command_config_load(o->config_dir);

	if (!c)
		return 1;
	if (o->data_dir)
		c->core.data_dir = o->data_dir;
	if (o->session)
		return import_session(c, o);
	if (!c->core.data_dir[0]) {
		log_line(F1P_LOG_ERROR, "import", "no data folder: give --data DIR, or set data_dir in the configuration");
		config_free(c);
		return 1;
	}
	if (o->season)
		return import_season(c, o, c->core.data_dir);
	int code = import_folder(o->history_dir, c->core.data_dir);
	config_free(c);
	return code;
}
