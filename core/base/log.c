/*
 * log.c - one line per fact, written with one write() so that lines of several threads never mix.
 *
 * The log is the one thing of the process that is global: every thread and every test has the same stderr. Its time stamp
 * is real UTC (for the reader's eyes); nothing else in the daemon depends on it.
 */
#include "base/log.h"

#include <helpers/utf8.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define LOG_LINE_MAX 1000

static atomic_int log_level = F1P_LOG_INFO;
static struct {
	pthread_mutex_t lock;
	void (*fn)(void *arg, int level, const char *line);
	void *arg;
	char last[LOG_LINE_MAX + 1];
	int last_level;
	unsigned long repeats; /* of last, not printed yet */
} out = {.lock = PTHREAD_MUTEX_INITIALIZER};

const char *log_level_name(int level)
{
	static const char *const names[] = {"?", "error", "warn", "info", "debug"};

	return level >= F1P_LOG_ERROR && level <= F1P_LOG_DEBUG ? names[level] : names[0];
}

int log_level_from_name(const char *name)
{
	for (int level = F1P_LOG_ERROR; level <= F1P_LOG_DEBUG; level++) {
		if (name && strcmp(name, log_level_name(level)) == 0) {
			return level;
		}
	}
	return 0;
}

void log_set_level(int level)
{
	atomic_store(&log_level, level);
}

void log_set_writer(void (*fn)(void *arg, int level, const char *line), void *arg)
{
	pthread_mutex_lock(&out.lock);
	out.fn = fn;
	out.arg = arg;
	out.last[0] = '\0';
	out.repeats = 0;
	pthread_mutex_unlock(&out.lock);
}

static void print(int level, const char *line)
{
	char text[LOG_LINE_MAX + 64];
	struct timespec now;
	struct tm utc;
	int n;

	if (out.fn) {
		out.fn(out.arg, level, line);
		return;
	}
	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &utc);
	n = snprintf(text, sizeof(text), "%04d-%02d-%02dT%02d:%02d:%02d.%03ldZ %-5s %s\n", utc.tm_year + 1900, utc.tm_mon + 1,
		utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec, now.tv_nsec / 1000000, log_level_name(level), line);
	if (n > 0) {
		ssize_t unused = write(STDERR_FILENO, text, (size_t)n < sizeof(text) ? (size_t)n : sizeof(text) - 1);
		(void)unused; /* nowhere to complain */
	}
}

/* Copies text into line, escaping what could fake a second line or upset a terminal; cuts at LOG_LINE_MAX. */
static void escape(char *line, const char *text)
{
	size_t n = strlen(text);
	size_t used = 0;

	for (size_t i = 0; i < n;) {
		size_t len = f1p_utf8_char(text + i, n - i);
		bool plain = len > 1 || (len == 1 && (unsigned char)text[i] >= 0x20 && text[i] != 0x7f);
		size_t need = plain ? len : 4;

		if (used + need + 3 > LOG_LINE_MAX) {
			memcpy(line + used, "...", 3);
			used += 3;
			break;
		}
		if (plain) {
			memcpy(line + used, text + i, len);
		} else {
			char hex[5];

			snprintf(hex, sizeof(hex), "\\x%02x", (unsigned)(unsigned char)text[i]);
			memcpy(line + used, hex, 4);
		}
		used += need;
		i += plain ? len : 1;
	}
	line[used] = '\0';
}

static void print_repeats(void)
{
	char text[64];

	if (out.repeats > 0) {
		snprintf(text, sizeof(text), "log: the last line came %lu times more", out.repeats);
		print(out.last_level, text);
		out.repeats = 0;
	}
}

void log_vline(int level, const char *origin, const char *fmt, va_list ap)
{
	char raw[LOG_LINE_MAX + 200];
	char line[LOG_LINE_MAX + 1];
	int n;

	if (level > atomic_load(&log_level)) {
		return;
	}
	n = snprintf(raw, sizeof(raw), "%.100s: ", origin ? origin : "?");
	if (n < 0 || vsnprintf(raw + n, sizeof(raw) - (size_t)n, fmt, ap) < 0) {
		return;
	}
	escape(line, raw);
	pthread_mutex_lock(&out.lock);
	if (level == out.last_level && strcmp(line, out.last) == 0) {
		out.repeats++;
		/* a line that never stops must not hide that it goes on */
		if (out.repeats == 1000) {
			print_repeats();
		}
	} else {
		print_repeats();
		print(level, line);
		memcpy(out.last, line, strlen(line) + 1);
		out.last_level = level;
	}
	pthread_mutex_unlock(&out.lock);
}

void log_line(int level, const char *origin, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_vline(level, origin, fmt, ap);
	va_end(ap);
}
