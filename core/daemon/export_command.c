#include "daemon/export_command.h"

#include "base/log.h"
#include "daemon/command_config.h"
#include "daemon/daemon.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int complain(const char *path, const char *what)
{
	log_line(F1P_LOG_ERROR, "export", "%s: %s", path, what);
	return 1;
}

static bool is_empty_folder(const char *path)
{
	DIR *dir = opendir(path);
	const struct dirent *e = NULL;

	while (dir && (e = readdir(dir)) && (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)) {
	}
	bool empty = dir && !e;
	if (dir)
		closedir(dir);
	return empty;
}

static bool is_free(const char *path)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return errno == ENOENT;
	return S_ISDIR(st.st_mode) ? is_empty_folder(path) : st.st_size == 0;
}

/* Relative options are taken from the folder of the configuration: the command's are not. */
static bool absolute(const char *path, char out[PATH_MAX])
{
	char here[PATH_MAX];

	if (path[0] == '/')
		return snprintf(out, PATH_MAX, "%s", path) < PATH_MAX;
	return getcwd(here, sizeof(here)) && snprintf(out, PATH_MAX, "%s/%s", here, path) < PATH_MAX;
}

static struct config *make_config(const struct export_options *o, const char *out, bool journal)
{
	struct config *c = command_config_load(NULL);
	struct config_file *f = c ? command_config_add(c, "source-replay", "source_replay") : NULL;
	bool ok = f && command_config_option(f, "path", 4, o->path) && command_config_option(f, "start", 5, "beginning");

	if (ok && !journal) {
		f = command_config_add(c, "sink-export", "sink_export");
		ok = f && command_config_option(f, "path", 4, out) && command_config_option(f, "format", 6, o->format);
	}
	if (ok) {
		c->core.speed = 0;
		return c;
	}
	config_free(c);
	return NULL;
}

/* What a run that failed, or gave nothing, has to say. The engine has told what is wrong with a journal. */
static int judge(struct daemon *d, int code, const char *recording)
{
	struct engine_report r;

	if (code != 0) {
		if (daemon_failure(d)[0])
			log_line(F1P_LOG_ERROR, "export", "%s", daemon_failure(d));
		return code;
	}
	engine_report(daemon_engine(d), &r, false);
	if (r.journal_error[0])
		return 1;
	return r.events ? 0 : complain(recording, "not one event in it that can be exported");
}

static int run(struct config *c, const struct export_options *o, const char *journal)
{
	struct daemon_options opt = {.plugin_dir = o->plugin_dir, .journal_path = journal, .headless = true, .sinks = true};
	struct daemon *d = daemon_create(c, &opt);

	if (!d)
		return 1;
	int code = judge(d, daemon_run(d), o->path);
	daemon_destroy(d);
	return code;
}

/* The sink removes its own leavings; it makes OUT only when it is stopped in good order, which a signal brings about too. */
static void remove_out(const char *out)
{
	struct stat st;
	DIR *dir = NULL;

	if (lstat(out, &st) == 0 && S_ISDIR(st.st_mode) && (dir = opendir(out))) {
		for (const struct dirent *e; (e = readdir(dir));)
			if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
				unlinkat(dirfd(dir), e->d_name, 0);
		closedir(dir);
		rmdir(out);
	} else {
		unlink(out);
	}
}

static int export_journal(struct config *c, const struct export_options *o, const char *out)
{
	char part[PATH_MAX + 8];

	snprintf(part, sizeof(part), "%s.part", out);
	unlink(part); /* of a run that was killed: else it would be gone on with */
	int code = run(c, o, part);
	if (code == 0 && rename(part, out) != 0)
		code = complain(out, strerror(errno));
	if (code)
		unlink(part);
	return code;
}

int export_command(const struct export_options *o)
{
	bool journal = strcmp(o->format, "journal") == 0;
	char out[PATH_MAX];

	if (access(o->path, R_OK) != 0)
		return complain(o->path, strerror(errno));
	if (!absolute(o->out, out))
		return complain(o->out, "the path is too long");
	if (!is_free(out))
		return complain(o->out, "exists and is not empty: name another place, or remove it first");
	struct config *c = make_config(o, out, journal);
	if (!c)
		return 1;
	if (journal)
		return export_journal(c, o, out);
	int code = run(c, o, NULL);
	if (code)
		remove_out(out);
	else if (is_free(out))
		code = 1; /* the sink has said why */
	return code;
}
