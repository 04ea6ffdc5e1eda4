/* f1pd - the command line: f1pd [-c DIR] [-p DIR] [-t] | f1pd plugins [--config] | f1pd replay PATH ... */
#include "backtest/backtest_command.h"
#include "base/log.h"
#include "config/config.h"
#include "daemon/daemon.h"
#include "daemon/export_command.h"
#include "daemon/import_command.h"
#include "daemon/replay_command.h"
#include "daemon/score_command.h"
#include "plugin/commands.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_SET 32

static const char usage[] =
	"f1pd - live Formula 1 data into scored live predictions\n"
	"\n"
	"  f1pd [-c DIR] [-p DIR]          run the daemon on the configuration folder DIR\n"
	"  f1pd -t [-c DIR] [-p DIR]       check the configuration and exit\n"
	"  f1pd plugins [--config] [-c DIR] [-p DIR]\n"
	"                                  list the plugins; --config: with every option\n"
	"  f1pd replay PATH [--speed N|max] [--json] [--no-forecasts] [--workers N] [--journal FILE]\n"
	"                   [--set KEY=VALUE]... [-c DIR] [-p DIR]\n"
	"                                  play a recording without sinks; at the end the result\n"
	"  f1pd simulate [options of replay]\n"
	"                                  the same with a simulated race; --set seed=7 and so on\n"
	"  f1pd import SESSION [--out FILE] [--data DIR] [-c DIR] [-p DIR]\n"
	"                                  a past session from the static archive into a journal. SESSION: words (\"2025 mexico race\"),\n"
	"                                  latest, its path in the archive, its URL, or a recording that is here already\n"
	"  f1pd import --history DIR | --season YEAR [--data DIR] [-c DIR] [-p DIR]\n"
	"                                  results, laps and stops of the past into the history: from a folder of CSV files,\n"
	"                                  or one season from the network\n"
	"  f1pd export PATH --format fastf1|openf1-json|openf1-csv|journal --out PATH [-p DIR]\n"
	"                                  a recording as lines of FastF1's livetiming save, as a folder of OpenF1 collections,\n"
	"                                  or as a journal\n"
	"  f1pd backtest --history DIR [--recordings DIR] [--from SEASON] [--to SEASON] [--model FILE | --walk-forward] [--json]\n"
	"                [--only PHASES] [--forecasts FILE] [--burn-in SEASON] [--until RACE] [--workers N] [--set INSTANCE.OPTION=VALUE]... [-c DIR] [-p DIR]\n"
	"                                  forecasts of past races with what was known then, scored; --walk-forward: the predictors\n"
	"                                  learn from each season before the next\n"
	"  f1pd train --history DIR [--recordings DIR] [--until RACE] --out FILE [--burn-in SEASON] [--set INSTANCE.OPTION=VALUE]... [-c DIR] [-p DIR]\n"
	"                                  all that the predictors learn from the past, as a model file\n"
	"  f1pd score [--json] [--data DIR] [-c DIR]\n"
	"                                  what the live forecasts were worth so far, against the baselines\n"
	"  f1pd --version | --help\n"
	"\n"
	"  -c DIR   configuration folder (default: ./conf.d if it is there, else the installed one)\n"
	"  -p DIR   plugin folder (default: ../lib/f1pd/plugins beside the program)\n";

struct arguments {
	const char *verb;
	const char *config_dir, *plugin_dir;
	bool check, with_config, version, help;
	struct replay_options replay;
	struct import_options import;
	struct export_options export;
	struct backtest_options backtest;
	const char *set[MAX_SET];
};

static int bad_usage(const char *what, const char *arg)
{
	fprintf(stderr, "f1pd: %s%s%s; see f1pd --help\n", what, arg ? ": " : "", arg ? arg : "");
	return 2;
}

static bool parse_speed(const char *text, double *out)
{
	char *end;

	if (strcmp(text, "max") == 0) {
		*out = 0;
		return true;
	}
	errno = 0;
	*out = strtod(text, &end);
	return !errno && end != text && *end == '\0' && *out >= 0.1 && *out <= 1000;
}

static bool parse_workers(const char *text, int64_t *out)
{
	char *end;

	errno = 0;
	*out = strtoll(text, &end, 10);
	return !errno && end != text && *end == '\0' && *out >= 1 && *out <= 64;
}

/* Options with a value. Returns 0, or the exit code of a complaint. */
static int parse_valued(struct arguments *a, const char *name, const char *value)
{
	if (strcmp(name, "-c") == 0)
		a->config_dir = value;
	else if (strcmp(name, "-p") == 0)
		a->plugin_dir = value;
	else if (strcmp(name, "--journal") == 0)
		a->replay.journal = value;
	else if (strcmp(name, "--history") == 0)
		a->import.history_dir = a->backtest.history_dir = value;
	else if (strcmp(name, "--from") == 0)
		a->backtest.from = value;
	else if (strcmp(name, "--to") == 0)
		a->backtest.to = value;
	else if (strcmp(name, "--burn-in") == 0)
		a->backtest.burn_in = value;
	else if (strcmp(name, "--recordings") == 0)
		a->backtest.recordings_dir = value;
	else if (strcmp(name, "--forecasts") == 0)
		a->backtest.forecasts = value;
	else if (strcmp(name, "--model") == 0)
		a->backtest.model = value;
	else if (strcmp(name, "--until") == 0)
		a->backtest.until = value;
	else if (strcmp(name, "--only") == 0)
		a->backtest.only = value;
	else if (strcmp(name, "--season") == 0)
		a->import.season = value;
	else if (strcmp(name, "--out") == 0)
		a->import.out = a->export.out = a->backtest.out = value;
	else if (strcmp(name, "--data") == 0)
		a->import.data_dir = value;
	else if (strcmp(name, "--format") == 0)
		a->export.format = value;
	else if (strcmp(name, "--speed") == 0)
		return parse_speed(value, &a->replay.speed) ? 0 : bad_usage("--speed takes 0.1 to 1000 or max", value);
	else if (strcmp(name, "--workers") == 0)
		return parse_workers(value, &a->replay.workers) ? 0 : bad_usage("--workers takes 1 to 64", value);
	else if (strcmp(name, "--set") == 0 && a->replay.n_set < MAX_SET)
		a->set[a->replay.n_set++] = value;
	else
		return bad_usage("unknown option", name);
	return 0;
}

static bool parse_flag(struct arguments *a, const char *name)
{
	bool *flag = strcmp(name, "-t") == 0 ? &a->check
		: strcmp(name, "--config") == 0 ? &a->with_config
		: strcmp(name, "--version") == 0 ? &a->version
		: strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 ? &a->help
		: strcmp(name, "--json") == 0 ? &a->replay.json
		: strcmp(name, "--walk-forward") == 0 ? &a->backtest.walk_forward
		: strcmp(name, "--no-forecasts") == 0 ? &a->replay.no_forecasts
		: NULL;
	if (flag)
		*flag = true;
	return flag != NULL;
}

static int parse(struct arguments *a, int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		int code = 0;
		if (argv[i][0] != '-' && !a->verb)
			a->verb = argv[i];
		else if (argv[i][0] != '-' && a->verb && strcmp(a->verb, "replay") == 0 && !a->replay.path)
			a->replay.path = argv[i];
		else if (argv[i][0] != '-' && a->verb && strcmp(a->verb, "export") == 0 && !a->export.path)
			a->export.path = argv[i];
		else if (argv[i][0] != '-' && a->verb && strcmp(a->verb, "import") == 0 && !a->import.session)
			a->import.session = argv[i];
		else if (argv[i][0] != '-')
			return bad_usage("unexpected argument", argv[i]);
		else if (parse_flag(a, argv[i]))
			continue;
		else if (i + 1 == argc)
			return bad_usage("unknown option, or its value is missing", argv[i]);
		else if ((code = parse_valued(a, argv[i], argv[i + 1])) != 0)
			return code;
		else
			i++;
	}
	return 0;
}

/* The first of the places, taken from the program's own folder, that is there. */
static bool beside_program(const char *const *places, size_t n, char *out, size_t size)
{
	char self[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (len <= 0)
		return false;
	self[len] = '\0';
	char *slash = strrchr(self, '/');
	if (!slash)
		return false;
	*slash = '\0';
	for (size_t i = 0; i < n; i++)
		if (snprintf(out, size, "%s/%s", self, places[i]) < (int)size && access(out, X_OK) == 0)
			return true;
	return false;
}

/* As both the build tree and an installed prefix have it. */
static bool default_plugin_dir(char *out, size_t size)
{
	static const char *const places[] = {"../lib/f1pd/plugins", F1PD_PLUGIN_DIR_FROM_BIN};

	return beside_program(places, 2, out, size);
}

/* An installed prefix may have been moved. */
static const char *default_config_dir(char *out, size_t size)
{
	static const char *const places[] = {F1PD_CONFIG_FROM_BIN};

	if (access("conf.d", R_OK) == 0)
		return "conf.d";
	return beside_program(places, 1, out, size) ? out : F1PD_DEFAULT_CONFIG;
}

static void log_error(void *arg, const char *line)
{
	(void)arg;
	log_line(F1P_LOG_ERROR, "config", "%s", line);
}

/* Files with errors were reported and left out; the rest of the daemon runs. */
static int run_command(const struct arguments *a, const char *config_dir, const char *plugin_dir)
{
	struct config_errors errors = {.fn = log_error};
	struct config *c = config_load(config_dir, &errors);

	if (!c)
		return 1;
	log_set_level(log_level_from_name(c->core.log_level));
	if (errors.count)
		log_line(F1P_LOG_WARN, "config", "%d error%s: what %s left out; f1pd -t checks the folder", errors.count,
			errors.count == 1 ? "" : "s", errors.count == 1 ? "it concerns is" : "they concern is");
	const char *dir = a->plugin_dir || !c->core.plugin_dir[0] ? plugin_dir : NULL;
	struct daemon_options o = {.config_dir = config_dir, .plugin_dir = dir, .forecasts = true};
	struct daemon *d = daemon_create(c, &o);
	if (!d)
		return 1;
	int code = daemon_run(d);
	daemon_destroy(d);
	return code;
}

static int run_export(struct arguments *a, const char *plugin_dir)
{
	static const char *const formats[] = {"fastf1", "openf1-json", "openf1-csv", "journal"};
	struct export_options *o = &a->export;
	bool known = false;

	if (!o->path || !o->format || !o->out)
		return bad_usage("export needs the path of a recording, --format and --out", NULL);
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		known |= strcmp(o->format, formats[i]) == 0;
	if (!known)
		return bad_usage("--format takes fastf1, openf1-json, openf1-csv or journal", o->format);
	log_set_level(F1P_LOG_ERROR);
	o->plugin_dir = plugin_dir;
	return export_command(o);
}

static int run_backtest(struct arguments *a, const char *config_dir, const char *plugin_dir)
{
	struct backtest_options *o = &a->backtest;
	bool train = strcmp(a->verb, "train") == 0;

	if (!o->history_dir || (train && !o->out))
		return bad_usage(train ? "train needs --history DIR, a folder with the CSV set, and --out FILE"
				       : "backtest needs --history DIR, a folder with the CSV set", NULL);
	log_set_level(F1P_LOG_WARN);
	o->json = a->replay.json;
	o->workers = (unsigned)a->replay.workers;
	o->set = a->set;
	o->n_set = a->replay.n_set;
	o->config_dir = config_dir;
	o->plugin_dir = plugin_dir;
	return train ? train_command(o) : backtest_command(o);
}

static int dispatch(struct arguments *a, const char *config_dir, const char *plugin_dir)
{
	if (!a->verb)
		return a->check ? check_command(config_dir, plugin_dir, stdout) : run_command(a, config_dir, plugin_dir);
	if (strcmp(a->verb, "plugins") == 0)
		return list_command(config_dir, plugin_dir, a->with_config, stdout);
	if (strcmp(a->verb, "import") == 0) {
		if ((a->import.history_dir != NULL) + (a->import.season != NULL) + (a->import.session != NULL) != 1)
			return bad_usage("import needs either SESSION, --history DIR or --season YEAR", NULL);
		a->import.config_dir = a->config_dir || access(config_dir, R_OK) == 0 ? config_dir : NULL;
		a->import.plugin_dir = plugin_dir;
		return import_command(&a->import);
	}
	if (strcmp(a->verb, "export") == 0)
		return run_export(a, plugin_dir);
	if (strcmp(a->verb, "score") == 0) {
		log_set_level(F1P_LOG_ERROR);
		return score_command(config_dir, a->import.data_dir, a->replay.json);
	}
	if (strcmp(a->verb, "backtest") == 0 || strcmp(a->verb, "train") == 0)
		return run_backtest(a, config_dir, plugin_dir);
	bool replay = strcmp(a->verb, "replay") == 0;
	if (!replay && strcmp(a->verb, "simulate") != 0)
		return bad_usage("unknown command", a->verb);
	if (replay && !a->replay.path)
		return bad_usage("replay needs the path of a recording", NULL);
	log_set_level(F1P_LOG_WARN);
	a->replay.config_dir = a->config_dir;
	a->replay.plugin_dir = plugin_dir;
	a->replay.source = replay ? "source_replay" : "source_simulator";
	a->replay.set = a->set;
	return replay_command(&a->replay);
}

int main(int argc, char **argv)
{
	struct arguments a = {0};
	char beside[PATH_MAX + 64], config[PATH_MAX + 64];
	int code = parse(&a, argc, argv);

	if (code)
		return code;
	if (a.help || a.version) {
		if (a.help)
			fputs(usage, stdout);
		else
			printf("f1pd %d.%d.%d, ABI %u.%u\n", F1P_VERSION_MAJOR, F1P_VERSION_MINOR, F1P_VERSION_PATCH, F1P_ABI_MAJOR,
				F1P_ABI_MINOR);
		return 0;
	}
	const char *plugin_dir = a.plugin_dir;
	if (!plugin_dir && default_plugin_dir(beside, sizeof(beside)))
		plugin_dir = beside;
	if (!plugin_dir) {
		fprintf(stderr, "f1pd: no plugin folder beside the program; name one with -p DIR\n");
		return 1;
	}
	if (access(plugin_dir, R_OK | X_OK) != 0) { /* one line, not one for each plugin */
		fprintf(stderr, "f1pd: -p %s: %s; give the folder that holds the modules (*.so)\n", plugin_dir, strerror(errno));
		return 1;
	}
	return dispatch(&a, a.config_dir ? a.config_dir : default_config_dir(config, sizeof(config)), plugin_dir);
}
