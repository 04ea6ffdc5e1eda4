#include "daemon/import_session.h"

#include "base/folder.h"
#include "base/log.h"
#include "daemon/command_config.h"
#include "daemon/daemon.h"
#include "daemon/replay_command.h"
#include "daemon/report.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define STREAM ".jsonStream"
#define MISSING_MAX 64
#define OUT_MAX (PATH_MAX + 256)

struct fetched {
	char session[128]; /* its path in the archive; "": it is not whole */
	char missing[MISSING_MAX][48];
	size_t n_missing;
};

static int fail(const char *what, const char *where)
{
	log_line(F1P_LOG_ERROR, "import", "%s%s%s", where, where[0] ? ": " : "", what);
	return 1;
}

/* ---- from the archive ---- */

static struct config_file *source_of(struct config *c)
{
	for (size_t i = 0; i < c->n_files; i++)
		if (strcmp(c->files[i].plugin_id, "source_archive") == 0)
			return &c->files[i];
	return command_config_add(c, "source-archive", "source_archive");
}

static bool set_option(struct config_file *f, const char *key, const char *value)
{
	for (size_t i = 0; i < f->n_options; i++) {
		struct config_pair *o = &f->options[i];
		if (strcmp(o->key, key) != 0)
			continue;
		free(o->value);
		o->value = strdup(value);
		return o->value != NULL;
	}
	return command_config_option(f, key, strlen(key), value);
}

/* The source of the configuration with its address, or the bundled one, and nothing else. */
static bool set_up(struct config *c, const char *session, const char *folder)
{
	struct config_file *f = source_of(c);

	for (size_t i = 0; i < c->n_files; i++)
		c->files[i].enabled = &c->files[i] == f;
	return f && set_option(f, "session", session) && set_option(f, "folder", folder) && set_option(f, "calendar", "no");
}

static void read_metric(void *arg, const struct f1p_metric_view *v)
{
	struct fetched *f = arg;

	if (strcmp(v->name, "f1pd_archive_session") == 0)
		report_label(v->labels, "path", f->session, sizeof(f->session));
	else if (strcmp(v->name, "f1pd_archive_missing") == 0 && f->n_missing < MISSING_MAX)
		report_label(v->labels, "topic", f->missing[f->n_missing++], sizeof(f->missing[0]));
}

/* Takes the configuration over. */
static bool fetch(struct config *c, const struct import_options *o, const char *folder, struct fetched *out)
{
	if (!set_up(c, o->session, folder)) {
		config_free(c);
		return false;
	}
	struct daemon_options opt = {.plugin_dir = o->plugin_dir, .headless = true};
	struct daemon *d = daemon_create(c, &opt);
	if (!d)
		return false;
	bool ok = daemon_run(d) == 0;
	services_metrics()->visit(daemon_core_host(d), read_metric, out);
	daemon_destroy(d);
	size_t n = strlen(out->session);
	if (ok && n)
		out->session[n - 1] = '\0'; /* the slash */
	return ok && n;			    /* without: it was interrupted */
}

/* ---- what there is ---- */

static int is_stream(const struct dirent *e)
{
	return strstr(e->d_name, STREAM) != NULL;
}

static void print_files(const char *folder)
{
	struct dirent **names;
	char path[OUT_MAX];
	int n = scandir(folder, &names, is_stream, alphasort);

	for (int i = 0; i < n; i++) {
		struct stat st;
		snprintf(path, sizeof(path), "%s/%s", folder, names[i]->d_name);
		if (stat(path, &st) == 0)
			printf("%-28.*s %12lld bytes\n", (int)(strstr(names[i]->d_name, STREAM) - names[i]->d_name),
				names[i]->d_name, (long long)st.st_size);
		free(names[i]);
	}
	if (n >= 0)
		free(names);
}

static void print_missing(const struct fetched *f)
{
	for (size_t i = 0; i < f->n_missing; i++)
		printf("%-28s      missing\n", f->missing[i]);
}

/* ---- into the journal ---- */

/* The journal is there whole or not at all. */
static int play(const struct import_options *o, const char *path, const char *out)
{
	char fresh[OUT_MAX + 8];
	struct stat st;

	snprintf(fresh, sizeof(fresh), "%s.part", out);
	unlink(fresh);
	struct replay_options replay = {.path = path,
		.config_dir = o->config_dir,
		.plugin_dir = o->plugin_dir,
		.journal = fresh,
		.no_forecasts = true,
		.source = "source_replay"};
	log_set_level(F1P_LOG_WARN);
	int code = replay_command(&replay);
	if (code == 0 && (stat(fresh, &st) != 0 || rename(fresh, out) != 0))
		code = fail(strerror(errno), out);
	if (code)
		unlink(fresh);
	else
		printf("journal %s (%lld bytes)\n", out, (long long)st.st_size);
	return code;
}

/* DATA/archive, made if need be; absolute, since options of a file are taken from where that file is. */
static bool find_folder(const struct config *c, char out[PATH_MAX])
{
	char path[PATH_MAX], err[512];
	const char *data = c->core.data_dir;

	if (!data[0]) {
		fail("no data folder: give --data DIR, or set data_dir in the configuration", "");
		return false;
	}
	if (snprintf(path, sizeof(path), "%s/archive", data) >= (int)sizeof(path)) {
		fail("the name of the data folder is too long", "");
		return false;
	}
	if (!folder_make(path, err, sizeof(err))) {
		fail(err, "data folder");
		return false;
	}
	if (!realpath(path, out)) {
		fail(strerror(errno), path);
		return false;
	}
	return true;
}

/* "a/b/" -> "b" */
static void last_name(const char *path, char *out, size_t size)
{
	size_t n = strlen(path), from;

	while (n > 1 && path[n - 1] == '/')
		n--;
	for (from = n; from > 0 && path[from - 1] != '/'; from--)
		;
	snprintf(out, size, "%.*s", (int)(n - from), path + from);
}

/* A recording that is here. Takes the configuration over. */
static int import_local(struct config *c, const struct import_options *o)
{
	char folder[PATH_MAX], out[OUT_MAX] = "", name[200];
	bool ok = true;

	if (!o->out && (ok = find_folder(c, folder))) {
		last_name(o->session, name, sizeof(name));
		snprintf(out, sizeof(out), "%s/%s.f1j", folder, name);
	}
	config_free(c);
	if (!ok)
		return 1;
	print_files(o->session);
	return play(o, o->session, o->out ? o->out : out);
}

int import_session(struct config *c, const struct import_options *o)
{
	struct fetched fetched = {.n_missing = 0};
	char folder[PATH_MAX], path[OUT_MAX], out[OUT_MAX];

	if (access(o->session, F_OK) == 0)
		return import_local(c, o);
	if (!find_folder(c, folder)) {
		config_free(c);
		return 1;
	}
	if (!fetch(c, o, folder, &fetched))
		return fail("not imported", o->session);
	snprintf(path, sizeof(path), "%s/%s", folder, fetched.session);
	snprintf(out, sizeof(out), "%s/%s.f1j", folder, fetched.session);
	printf("%s\n", fetched.session);
	print_files(path);
	print_missing(&fetched);
	return play(o, path, o->out ? o->out : out);
}
