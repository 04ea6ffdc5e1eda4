/*
 * host.c - the frozen part of the fake host: log, fail, clocks, extensions by id. See host.h.
 */
#include "check.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define LOG_LINES 200

void *guarded_copy(const void *bytes, size_t n, uint32_t grow)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t total = n + grow, room = (total + page - 1) / page * page;
	uint8_t *map = mmap(NULL, room + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uint8_t *at;

	if (map == MAP_FAILED) {
		perror("f1p-check: mmap");
		exit(2);
	}
	mprotect(map + room, page, PROT_NONE);
	at = map + room - total;
	memset(at, 0xa5, total); /* fields of a newer host: not ours to interpret */
	memcpy(at, bytes, n);
	return at;
}

struct fake_host *fake_of(const struct f1p_host *host)
{
	return host->impl;
}

void host_called(struct fake_host *h, const char *what)
{
	pthread_mutex_lock(&h->lock);
	if (h->stopped && h->late_call[0] == '\0' && !pthread_equal(pthread_self(), h->loop)) {
		snprintf(h->late_call, sizeof(h->late_call), "%s", what);
	}
	pthread_mutex_unlock(&h->lock);
}

static void F1P_PRINTF(3, 4) host_log(const struct f1p_host *host, int level, const char *fmt, ...)
{
	struct fake_host *h = fake_of(host);
	char line[1000];
	va_list ap;
	bool print;

	host_called(h, "log");
	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	pthread_mutex_lock(&h->lock);
	print = h->log_lines++ < LOG_LINES;
	pthread_mutex_unlock(&h->lock);
	if (print) {
		fprintf(stderr, "log %d: %s\n", level, line);
	}
}

static f1p_status F1P_PRINTF(3, 4) host_fail(const struct f1p_host *host, f1p_status status, const char *fmt, ...)
{
	struct fake_host *h = fake_of(host);
	va_list ap;

	host_called(h, "fail");
	pthread_mutex_lock(&h->lock);
	va_start(ap, fmt);
	vsnprintf(h->fail_reason, sizeof(h->fail_reason), fmt, ap);
	va_end(ap);
	pthread_mutex_unlock(&h->lock);
	return status;
}

static const void *host_extension(const struct f1p_host *host, const char *id)
{
	struct fake_host *h = fake_of(host);

	for (int i = 0; i < HOST_EXTS; i++) {
		if (strcmp(id, host_ext_ids[i]) == 0) {
			return h->missing & (1u << i) ? NULL : h->ext[i];
		}
	}
	return NULL;
}

static int64_t host_now_utc(const struct f1p_host *host)
{
	return fake_of(host)->now_ns;
}

static int64_t host_now_mono(const struct f1p_host *host)
{
	(void)host;
	return mono_ns();
}

const char *fake_host_ext_name(enum host_ext ext)
{
	return host_ext_ids[ext];
}

struct fake_host *fake_host_create(uint32_t grow, uint32_t minor)
{
	static const struct fake_host empty;
	struct fake_host *h = guarded_copy(&empty, sizeof(empty), 0);

	pthread_mutex_init(&h->lock, NULL);
	h->loop = pthread_self();
	struct f1p_host host = {
		.size = (uint32_t)sizeof(host) + grow,
		.abi_major = F1P_ABI_MAJOR,
		.abi_minor = minor,
		.instance_id = 1,
		.impl = h,
		.instance = "check-instance",
		.log = host_log,
		.fail = host_fail,
		.get_extension = host_extension,
		.now_utc_ns = host_now_utc,
		.now_mono_ns = host_now_mono,
	};
	h->host = guarded_copy(&host, sizeof(host), grow);
	fake_host_services(h, grow);
	fake_host_reset(h);
	return h;
}

void fake_host_reset(struct fake_host *h)
{
	pthread_mutex_lock(&h->lock);
	h->now_ns = F1P_UNKNOWN_NS;
	h->emit_answer = F1P_OK;
	h->emitted = h->refused = h->backwards = h->resets = 0;
	h->hash = 0;
	h->last_flags = 0;
	h->last_type = 0;
	h->last_t_ns = INT64_MIN;
	h->stopped = false;
	h->fail_reason[0] = h->bad_event[0] = h->late_call[0] = '\0';
	pthread_mutex_unlock(&h->lock);
}

int fake_host_routes(const struct fake_host *h)
{
	int n = 0;

	for (size_t i = 0; i < sizeof(h->routes) / sizeof(h->routes[0]); i++) {
		n += h->routes[i].fn != NULL;
	}
	return n;
}
