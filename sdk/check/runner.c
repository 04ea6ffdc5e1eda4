/*
 * runner.c - see runner.h; also the few things about processes that checks share.
 */
#include "runner.h"

#include <dirent.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct answer { /* from child to parent, in one write */
	int32_t result;
	char reason[512];
	struct scan scan;
};

int64_t mono_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static enum check_result keep_reason(struct check *c, enum check_result result, const char *fmt, va_list ap)
{
	vsnprintf(c->reason, sizeof(c->reason), fmt, ap);
	return result;
}

enum check_result check_fail(struct check *c, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	keep_reason(c, CHECK_FAIL, fmt, ap);
	va_end(ap);
	return CHECK_FAIL;
}

enum check_result check_skip(struct check *c, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	keep_reason(c, CHECK_SKIP, fmt, ap);
	va_end(ap);
	return CHECK_SKIP;
}

/* ---- use of memory, descriptors, threads */

extern size_t __sanitizer_get_current_allocated_bytes(void) __attribute__((weak));
extern void __tsan_init(void) __attribute__((weak));

bool sanitized(void)
{
	return __sanitizer_get_current_allocated_bytes || __tsan_init;
}

static int count_entries(const char *path)
{
	DIR *dir = opendir(path);
	int n = 0;

	while (dir && readdir(dir)) {
		n++;
	}
	if (dir) {
		closedir(dir);
	}
	return n;
}

void usage_read(struct usage *u)
{
	u->fds = count_entries("/proc/self/fd");
	u->threads = count_entries("/proc/self/task");
	if (__sanitizer_get_current_allocated_bytes) {
		u->heap = __sanitizer_get_current_allocated_bytes();
	} else {
		struct mallinfo2 info = mallinfo2();

		u->heap = info.uordblks + info.hblkhd;
	}
}

/* ---- child */

static void describe(const struct check *c, struct scan *scan)
{
	scan->count = c->entry.count < SCAN_MAX ? c->entry.count : SCAN_MAX;
	for (uint32_t i = 0; i < scan->count; i++) {
		const struct f1p_descriptor *desc = c->entry.descriptor(i);

		if (desc && desc->id) {
			snprintf(scan->plugins[i].id, sizeof(scan->plugins[i].id), "%s", desc->id);
			scan->plugins[i].kinds = desc->kinds;
		}
	}
}

static _Noreturn void child(struct check *c, const struct check_def *def, uint32_t plugin, int pipe_fd, int output_fd)
{
	struct answer answer = {0};

	setpgid(0, 0);
	dup2(output_fd, STDOUT_FILENO);
	dup2(output_fd, STDERR_FILENO);
	setvbuf(stdout, NULL, _IONBF, 0);
	answer.result = CHECK_PASS;
	if (def->run) {
		answer.result = (int32_t)check_load(c);
	}
	if (answer.result == CHECK_PASS) {
		c->desc = plugin < c->entry.count ? c->entry.descriptor(plugin) : NULL;
		c->host = fake_host_create(0, F1P_ABI_MINOR);
		describe(c, &answer.scan);
		answer.result = (int32_t)def->run(c);
	}
	memcpy(answer.reason, c->reason, sizeof(answer.reason));
	fflush(NULL);
	if (write(pipe_fd, &answer, sizeof(answer)) != (ssize_t)sizeof(answer)) {
		_exit(3);
	}
	close(pipe_fd);
	exit(0); /* not _exit: leak checkers and coverage report at exit */
}

/* ---- parent */

static void read_output(int fd, struct run *run)
{
	off_t size = lseek(fd, 0, SEEK_END);
	off_t from = size > (off_t)sizeof(run->output) - 1 ? size - (off_t)sizeof(run->output) + 1 : 0;
	ssize_t n = pread(fd, run->output, sizeof(run->output) - 1, from);

	run->output[n > 0 ? n : 0] = '\0';
}

/* True if the child ended by itself within the limit. */
static bool await(pid_t pid, int pipe_fd, int timeout_s, struct answer *answer, bool *answered, int *status)
{
	int64_t until = mono_ns() + (int64_t)timeout_s * 1000000000;
	size_t got = 0;
	struct pollfd p = {.fd = pipe_fd, .events = POLLIN};
	ssize_t n = 1;

	while (n > 0 && got < sizeof(*answer)) {
		int64_t left = (until - mono_ns()) / 1000000;

		if (left <= 0 || poll(&p, 1, (int)left) <= 0) {
			break;
		}
		n = read(pipe_fd, (char *)answer + got, sizeof(*answer) - got);
		got += n > 0 ? (size_t)n : 0;
	}
	*answered = got == sizeof(*answer);
	while (waitpid(pid, status, WNOHANG) == 0) {
		if (mono_ns() > until) {
			kill(-pid, SIGKILL);
			kill(pid, SIGKILL);
			waitpid(pid, status, 0);
			return false;
		}
		nanosleep(&(struct timespec){.tv_nsec = 200000}, NULL);
	}
	kill(-pid, SIGKILL); /* what the plugin itself may have forked */
	return true;
}

static void judge(struct run *run, const struct answer *answer, bool answered, bool in_time, int status, int timeout_s)
{
	run->result = CHECK_FAIL;
	if (!in_time) {
		snprintf(run->reason, sizeof(run->reason), "did not end within %d s%s%s", timeout_s, answered ? " after: " : "",
			answered ? answer->reason : "");
	} else if (WIFSIGNALED(status)) {
		snprintf(run->reason, sizeof(run->reason), "crashed with signal %d (%s)", WTERMSIG(status),
			strsignal(WTERMSIG(status)));
	} else if (WEXITSTATUS(status) != 0) {
		snprintf(run->reason, sizeof(run->reason), "the process ended with code %d%s", WEXITSTATUS(status),
			sanitized() ? ": see the sanitizer's report" : "");
	} else if (!answered) {
		snprintf(run->reason, sizeof(run->reason), "the plugin ended the process");
	} else {
		run->result = (enum check_result)answer->result;
		snprintf(run->reason, sizeof(run->reason), "%s", answer->reason);
	}
}

void run_check(struct check *c, const struct check_def *def, uint32_t plugin, int timeout_s, struct run *run, struct scan *scan)
{
	struct answer answer = {0};
	bool answered = false, in_time;
	int fds[2], status = 0, output = memfd_create("f1p-check", MFD_CLOEXEC);
	int64_t t = mono_ns();
	pid_t pid;

	*run = (struct run){.result = CHECK_FAIL};
	if (output < 0 || pipe(fds) != 0) {
		snprintf(run->reason, sizeof(run->reason), "f1p-check: no file descriptors");
		return;
	}
	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		close(fds[0]);
		child(c, def, plugin, fds[1], output);
	}
	close(fds[1]);
	if (pid > 0) {
		in_time = await(pid, fds[0], timeout_s, &answer, &answered, &status);
		judge(run, &answer, answered, in_time, status, timeout_s);
	}
	close(fds[0]);
	read_output(output, run);
	close(output);
	run->seconds = (double)(mono_ns() - t) / 1e9;
	if (scan) {
		*scan = answer.scan;
	}
}
