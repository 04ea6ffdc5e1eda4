/*
 * module_probe.c - opening a module in a child process first, where it may crash or hang without harm.
 *
 * The child writes "ok" or one line of reason into a pipe and ends with _exit: nothing of the parent (buffers, exit handlers)
 * may run twice. Fork from the loop thread only: in the child there is no other thread, and a lock that another thread held
 * stays held; should that ever block the child, it counts as a hang and the module is refused.
 */
#include "plugin/module_impl.h"

#include "plugin/inert_ops.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define REPORT_MAX 400

/* ---- in the child ---- */

static void no_log(void *arg, int level, const char *instance, const char *line)
{
	(void)arg, (void)level, (void)instance, (void)line;
}

static bool try_plugin(struct services *services, const struct f1p_entry *entry, uint32_t i, char *err, size_t err_size)
{
	const struct f1p_descriptor *d = entry->descriptor(i);
	struct f1p_host *host = services_host_create(services, 1, "probe");
	struct f1p_plugin *plugin = host ? entry->create(host, d->id) : NULL;

	if (!plugin) {
		return module_refuse(err, err_size, "%s: create() gave no plugin; not loaded", d->id);
	}
	if (plugin->size < offsetof(struct f1p_plugin, get_extension) + sizeof(plugin->get_extension) || !plugin->init ||
		!plugin->configure || !plugin->start || !plugin->stop || !plugin->destroy || !plugin->get_extension) {
		return module_refuse(err, err_size, "%s: its plugin struct is incomplete; not loaded", d->id);
	}
	plugin->init(plugin); /* failing is allowed here, crashing is not */
	plugin->destroy(plugin);
	services_host_destroy(host);
	return true;
}

static void child(const char *real, int report_fd)
{
	static const int deadly[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGTERM};
	const struct host_ops ops = inert_ops(no_log, NULL);
	const struct rlimit no_core = {0, 0};
	char report[REPORT_MAX] = "";
	struct services *services = NULL;
	struct f1p_entry entry;
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	bool good;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setrlimit(RLIMIT_CORE, &no_core);
	for (size_t i = 0; i < sizeof(deadly) / sizeof(deadly[0]); i++) {
		signal(deadly[i], SIG_DFL); /* die of the signal itself, whoever had a handler */
	}
	if (null >= 0) { /* stdout may be a JSON document of the parent */
		dup2(null, STDIN_FILENO);
		dup2(null, STDOUT_FILENO);
	}
	good = module_open(real, &entry, report, sizeof(report));
	if (good) {
		services = services_create(&ops);
		good = services || module_refuse(report, sizeof(report), "out of memory");
	}
	for (uint32_t i = 0; good && i < entry.count; i++) {
		good = try_plugin(services, &entry, i, report, sizeof(report));
	}
	if (good) {
		snprintf(report, sizeof(report), "ok");
	}
	_exit(write(report_fd, report, strlen(report)) < 0);
}

/* ---- in the parent ---- */

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Reads until the child closes the pipe or the time is up. */
static void read_report(int fd, int64_t end, char *report, size_t size)
{
	size_t used = 0;

	for (;;) {
		struct pollfd p = {.fd = fd, .events = POLLIN};
		int64_t left = end - now_ms();
		char scrap[64];
		ssize_t got;

		if (left <= 0) {
			break;
		}
		if (poll(&p, 1, (int)left) <= 0) {
			continue; /* time is up, or a signal */
		}
		got = used + 1 < size ? read(fd, report + used, size - 1 - used) : read(fd, scrap, sizeof(scrap));
		if (got == 0 || (got < 0 && errno != EINTR)) {
			break;
		}
		used += got > 0 && used + 1 < size ? (size_t)got : 0;
		report[used] = '\0';
	}
}

/* A child that has closed the pipe may still hang. False when the time is up; the child is dead then, too. */
static bool reap(pid_t pid, int64_t end, int *status)
{
	const struct timespec pause = {0, 1000000};

	while (now_ms() < end) {
		if (waitpid(pid, status, WNOHANG) != 0) { /* ended, or (SIGCHLD ignored) already gone */
			return true;
		}
		nanosleep(&pause, NULL);
	}
	kill(pid, SIGKILL);
	while (waitpid(pid, status, 0) < 0 && errno == EINTR) {
	}
	return false;
}

static bool judge(int status, bool in_time, const char *report, char *err, size_t err_size)
{
	if (!in_time) {
		return module_refuse(err, err_size, "hung while it was probed (over %d s); not loaded", MODULE_PROBE_TIMEOUT_MS / 1000);
	}
	if (WIFSIGNALED(status)) {
		return module_refuse(err, err_size, "crashed while it was probed (signal %d); not loaded", WTERMSIG(status));
	}
	if (strcmp(report, "ok") == 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0) {
		return true;
	}
	if (report[0] != '\0' && strcmp(report, "ok") != 0) {
		return module_refuse(err, err_size, "%s", report);
	}
	return module_refuse(err, err_size, "ended the process while it was probed (exit code %d); not loaded", WEXITSTATUS(status));
}

bool module_probe(const char *real, char *err, size_t err_size)
{
	char report[REPORT_MAX] = "";
	int64_t end;
	bool in_time;
	int fds[2];
	int status = 0;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC) != 0) {
		return module_refuse(err, err_size, "cannot be probed: %s", strerror(errno));
	}
	pid = fork();
	if (pid < 0) {
		module_refuse(err, err_size, "cannot be probed: %s", strerror(errno));
		close(fds[0]);
		close(fds[1]);
		return false;
	}
	if (pid == 0) {
		close(fds[0]);
		child(real, fds[1]);
	}
	close(fds[1]);
	end = now_ms() + MODULE_PROBE_TIMEOUT_MS;
	read_report(fds[0], end, report, sizeof(report));
	close(fds[0]);
	in_time = reap(pid, end, &status);
	return judge(status, in_time, report, err, err_size);
}
