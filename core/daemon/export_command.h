/* export_command.h - `f1pd export PATH --format F --out OUT`: a recording in another shape. */
#ifndef DAEMON_EXPORT_COMMAND_H
#define DAEMON_EXPORT_COMMAND_H

struct export_options {
	const char *path;       /* recording, as replay takes it */
	const char *format;     /* "fastf1", "openf1-json", "openf1-csv", "journal" */
	const char *out;        /* file or folder to make; must not exist, or be empty */
	const char *plugin_dir;
};
/* Returns the exit code. After a failure nothing stands at `out`. */
int export_command(const struct export_options *);

#endif
