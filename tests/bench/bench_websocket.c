/*
 * bench_websocket.c - how soon a broadcast of sink_websocket reaches the last of many clients, and what a client costs.
 *
 * A child process holds the clients (epoll, one thread); this process is the server: the plugin behind a fake host that
 * publishes about 2 KB of changes at a fixed rate. In one run, one after the other: a bare epoll server that writes the same
 * frames; the sink; the sink while one client never reads; the sink compressing; as many lanes of different delays as live
 * clients; clients that come back after an hour. Prints one JSON document.
 * Options: --clients N --seconds S --hz H --lanes N --only bare|live|deflate|lanes|resume
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <zlib.h>

#include "fake_host.h"
#include "sink_websocket.h"
#include "socket_client.h"

#define MAX_TICKS 4096u
#define HEAD_BYTES 512u /* of a message: enough for its type and seq, also when it is compressed */
#define PLAIN_HEAD 64u
#define FIRST_SEQ 1000u
#define BARE_BYTES 2078u /* payload of the bare server's frames: about that of the sink's updates */
#define HOUR_MESSAGES 36000u
#define WHOLE_MESSAGES 2000u /* so far behind every message is told */
#define RESUMERS 100u

extern const struct f1p_entry f1p_entry_v1;

/* Between the processes. */
struct shared {
	_Atomic uint32_t phase; /* 1: connect; 2: the odd one joins; 3: end */
	_Atomic uint32_t connected, failed;
	_Atomic uint32_t odd_connected;
	_Atomic int32_t port;
	_Atomic uint64_t bytes; /* of the last update */
	_Atomic uint64_t until_seq; /* resume: a client has all when it has this */
	_Atomic int64_t started_ns, slowest_ns;
	_Atomic uint32_t finished;
	struct {
		_Atomic int64_t published_ns, last_ns;
		_Atomic uint32_t received;
	} ticks[MAX_TICKS];
};

static int64_t now_ns(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

static void nap_until(int64_t at_ns)
{
	struct timespec ts = {at_ns / 1000000000, at_ns % 1000000000};
	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL) == EINTR) {
	}
}

/* --------------------------------------------------------------- clients */

struct reader {
	int fd;
	bool upgraded;
	uint8_t head[14];
	uint32_t head_n;
	uint64_t left; /* of the payload */
	uint64_t length;
	char text[HEAD_BYTES];
	uint32_t text_n;
	uint32_t crlf; /* of the answer to the upgrade: how much of \r\n\r\n was seen */
	uint32_t messages;
	bool finished;
};

enum kind { BARE = 1, LIVE, DEFLATE, LANES, RESUME, RESUME_WHOLE };

static void finish_resume(struct shared *sh, struct reader *r)
{
	const char *at = strstr(r->text, "\"seq\":");
	if (!r->finished && at && r->messages > 1 && strtoull(at + 6, NULL, 10) >= sh->until_seq) {
		int64_t took = now_ns() - sh->started_ns;
		r->finished = true;
		sh->finished++;
		if (took > sh->slowest_ns) {
			sh->slowest_ns = took;
		}
	}
}

/* The beginning of a compressed message, in place. */
static void unfold(struct reader *r)
{
	static z_stream z;
	char text[HEAD_BYTES];
	if (!z.state && inflateInit2(&z, -15) != Z_OK) {
		return;
	}
	inflateReset(&z);
	z.next_in = (Bytef *)r->text;
	z.avail_in = r->text_n;
	z.next_out = (Bytef *)text;
	z.avail_out = HEAD_BYTES - 1;
	inflate(&z, Z_SYNC_FLUSH);
	r->text_n = HEAD_BYTES - 1 - z.avail_out;
	memcpy(r->text, text, r->text_n);
	r->text[r->text_n] = '\0';
}

static void finish_message(struct shared *sh, struct reader *r, enum kind kind)
{
	static const char prefix[] = "{\"type\":\"state\"";
	r->text[r->text_n < HEAD_BYTES ? r->text_n : HEAD_BYTES - 1] = '\0';
	r->messages++;
	if (r->head[0] & 0x40) {
		unfold(r);
	}
	const char *at = strstr(r->text, "\"seq\":");
	if (kind >= RESUME) {
		finish_resume(sh, r);
	} else if (kind == BARE || (strncmp(r->text, prefix, sizeof(prefix) - 1) == 0 && at)) {
		uint64_t tick = kind == BARE ? r->messages - 1 : strtoull(at + 6, NULL, 10) - FIRST_SEQ;
		if (tick < MAX_TICKS) {
			sh->ticks[tick].last_ns = now_ns();
			sh->ticks[tick].received++;
			sh->bytes = r->length;
		}
	}
	r->head_n = r->text_n = 0;
}

static uint32_t head_size(const struct reader *r)
{
	uint8_t n = r->head[1] & 0x7f;
	return r->head_n < 2 ? 2 : n == 126 ? 4 : n == 127 ? 10 : 2;
}

static void take_head(struct reader *r, uint8_t byte)
{
	r->head[r->head_n++] = byte;
	uint32_t size = head_size(r);
	if (r->head_n < size) {
		return;
	}
	uint64_t n = r->head[1] & 0x7f;
	if (size > 2) {
		n = 0;
		for (uint32_t i = 2; i < size; i++) {
			n = n << 8 | r->head[i];
		}
	}
	r->left = r->length = n;
}

static void take_bytes(struct shared *sh, struct reader *r, enum kind kind, const uint8_t *bytes, size_t n)
{
	static const char end[] = "\r\n\r\n";
	for (size_t i = 0; i < n;) {
		if (!r->upgraded) {
			r->crlf = bytes[i] == (uint8_t)end[r->crlf] ? r->crlf + 1 : bytes[i] == '\r';
			i++;
			if (r->crlf == 4) {
				r->upgraded = true;
				sh->connected++;
			}
		} else if (r->head_n < head_size(r)) {
			take_head(r, bytes[i++]);
		} else {
			size_t part = n - i < r->left ? n - i : (size_t)r->left;
			size_t room = (r->head[0] & 0x40 ? HEAD_BYTES - 1 : PLAIN_HEAD) - r->text_n, kept = part < room ? part : room;
			memcpy(r->text + r->text_n, bytes + i, kept);
			r->text_n += (uint32_t)kept;
			r->left -= part;
			i += part;
		}
		if (r->upgraded && r->head_n >= head_size(r) && r->head_n >= 2 && r->left == 0) {
			finish_message(sh, r, kind);
		}
	}
}

static int connect_one(int port, enum kind kind, uint32_t number, bool odd)
{
	char request[512], query[96] = "";
	int fd = client_connect(port), small = 4096;
	if (fd >= 0 && odd) {
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	}
	if (kind == LANES) {
		snprintf(query, sizeof(query), "?delay=%.3f", 0.1 + 0.01 * number);
	} else if (kind >= RESUME) {
		snprintf(query, sizeof(query), "?from=%u", kind == RESUME ? FIRST_SEQ : FIRST_SEQ + HOUR_MESSAGES - WHOLE_MESSAGES);
	}
	int n = snprintf(request, sizeof(request),
		"GET /ws/live-predictions%s HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n%s\r\n",
		query, kind == DEFLATE ? "Sec-WebSocket-Extensions: permessage-deflate\r\n" : "");
	if (fd >= 0 && !client_send(fd, request, (size_t)n)) {
		close(fd);
		return -1;
	}
	return fd;
}

static void read_all(struct shared *sh, struct reader *r, enum kind kind)
{
	uint8_t buffer[65536];
	for (;;) {
		ssize_t n = recv(r->fd, buffer, sizeof(buffer), MSG_DONTWAIT);
		if (n > 0) {
			take_bytes(sh, r, kind, buffer, (size_t)n);
			if ((size_t)n < sizeof(buffer)) {
				return;
			}
			continue;
		}
		if (n == 0 || (errno != EAGAIN && errno != EWOULDBLOCK)) {
			close(r->fd);
			r->fd = -1;
			sh->failed++;
		}
		return;
	}
}

static int clients_main(struct shared *sh, enum kind kind, uint32_t n)
{
	struct reader *readers = calloc(n, sizeof(*readers));
	struct epoll_event events[256];
	int ep = epoll_create1(EPOLL_CLOEXEC);
	bool odd = false;
	while (sh->port == 0) {
		nap_until(now_ns() + 1000000);
	}
	while (sh->phase < 1) {
		nap_until(now_ns() + 1000000);
	}
	for (uint32_t i = 0; readers && i < n; i++) {
		struct epoll_event ev = {.events = EPOLLIN, .data.ptr = &readers[i]};
		readers[i].fd = connect_one(sh->port, kind, i, false);
		if (readers[i].fd < 0 || epoll_ctl(ep, EPOLL_CTL_ADD, readers[i].fd, &ev) != 0) {
			sh->failed++;
		}
	}
	while (readers && sh->phase < 3) {
		if (sh->phase == 2 && !odd) {
			odd = true;
			sh->odd_connected = connect_one(sh->port, kind, 0, true) >= 0;
		}
		int ready = epoll_wait(ep, events, 256, 20);
		for (int i = 0; i < ready; i++) {
			read_all(sh, events[i].data.ptr, kind);
		}
	}
	return 0; /* the sockets end with the process */
}

/* ---------------------------------------------------------------- server */

struct server {
	struct fake_host host;
	struct f1p_state race;
	struct f1p_plugin *plugin;
	const struct f1p_sink *sink;
	uint32_t tick;
	int listener; /* of the bare server */
	int *fds;
	uint32_t n_fds;
};

static long rss_kb(void)
{
	char line[256];
	long kb = -1;
	FILE *f = fopen("/proc/self/status", "r");
	while (f && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "VmRSS: %ld kB", &kb) == 1) {
			break;
		}
	}
	if (f) {
		fclose(f);
	}
	return kb;
}

static int64_t bench_clock_ns; /* runs only where an hour passes at once */

static int64_t bench_now(const struct f1p_host *h)
{
	(void)h;
	return bench_clock_ns;
}

static bool server_open(struct server *s, struct shared *sh, enum kind kind)
{
	static char page[] = "";
	struct sink_config config = {.bind = "127.0.0.1",
		.port = 0,
		.page_dir = page,
		.chart_js = "",
		.max_clients = 100000,
		.stale_after = 30000,
		.update_every = kind >= RESUME ? 0 : 20,
		.slow_client = 30000,
		.rewind_bytes = 512 << 20,
		.reel_dir = "/tmp",
		.compress = true};
	memset(s, 0, sizeof(*s));
	fake_host_init(&s->host);
	if (kind >= RESUME) {
		s->host.host.now_utc_ns = bench_now;
	}
	fake_race(&s->race, 20);
	s->race.seq = FIRST_SEQ - 1;
	fake_publish(&s->host, &s->race);
	s->plugin = f1p_entry_v1.create(&s->host.host, "sink_websocket");
	if (!s->plugin || s->plugin->init(s->plugin) != F1P_OK || s->plugin->configure(s->plugin, &config) != F1P_OK ||
		s->plugin->start(s->plugin) != F1P_OK) {
		fprintf(stderr, "bench_websocket: %s\n", s->host.reason);
		return false;
	}
	s->sink = s->plugin->get_extension(s->plugin, F1P_EXT_SINK);
	sh->port = ((struct sink *)s->plugin->impl)->port;
	return true;
}

/* About 2 KB of changes: what moves in a race each second. */
static void change(struct f1p_state *race, uint32_t tick)
{
	for (uint16_t i = 0; i < race->n_cars; i++) {
		struct f1p_car *c = &race->cars[i];
		int32_t move = (int32_t)(tick % 89) + 1;
		c->gap_ms = 20000 + i * 1000 + move;
		c->interval_ms = 1000 + move;
		c->last_ms = 78000 + i * 10 + move;
		c->sector_ms[tick % 3] = 25000 + move;
	}
}

/* ------------------------------------------------------- the bare server */

static bool bare_open(struct server *s, struct shared *sh, uint32_t clients)
{
	struct sockaddr_in sa = {.sin_family = AF_INET};
	socklen_t n = sizeof(sa);
	memset(s, 0, sizeof(*s));
	sa.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	s->fds = calloc(clients, sizeof(*s->fds));
	s->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (!s->fds || bind(s->listener, (struct sockaddr *)&sa, sizeof(sa)) != 0 || listen(s->listener, 4096) != 0 ||
		getsockname(s->listener, (struct sockaddr *)&sa, &n) != 0) {
		return false;
	}
	sh->port = ntohs(sa.sin_port);
	return true;
}

/* Answers any request as if it were an upgrade. */
static void bare_accept(struct server *s, uint32_t clients)
{
	static const char answer[] = "HTTP/1.1 101 Switching Protocols\r\n\r\n";
	char request[1024];
	while (s->n_fds < clients) {
		int fd = accept(s->listener, NULL, NULL);
		if (fd < 0 || recv(fd, request, sizeof(request), 0) <= 0 || send(fd, answer, sizeof(answer) - 1, MSG_NOSIGNAL) < 0) {
			return;
		}
		s->fds[s->n_fds++] = fd;
	}
}

/* The frame that the sink would send: as long, and as often. Its time begins when the update is due, as the sink's does, also where this
 * loop is still busy with the one before: else a server that cannot keep up would look quick. */
static void bare_publish(struct server *s, struct shared *sh, int64_t due_ns)
{
	static uint8_t frame[4096];
	size_t n = BARE_BYTES;
	memset(frame, 'x', sizeof(frame));
	frame[0] = 0x81;
	frame[1] = 126;
	frame[2] = (uint8_t)(n >> 8);
	frame[3] = (uint8_t)(n & 0xff);
	sh->ticks[s->tick++].published_ns = due_ns;
	for (uint32_t i = 0; i < s->n_fds; i++) {
		if (send(s->fds[i], frame, n + 4, MSG_NOSIGNAL | MSG_DONTWAIT) != (ssize_t)(n + 4)) {
			fprintf(stderr, "bench_websocket: a client of the bare server is full\n");
		}
	}
}

static void bare_close(struct server *s)
{
	for (uint32_t i = 0; i < s->n_fds; i++) {
		close(s->fds[i]);
	}
	close(s->listener);
	free(s->fds);
}

static void publish(struct server *s, struct shared *sh, int64_t due_ns)
{
	struct f1p_event e = {.size = sizeof(e), .type = F1P_EV_STATE};
	if (s->fds) {
		bare_publish(s, sh, due_ns);
		return;
	}
	change(&s->race, s->tick);
	s->race.seq++;
	s->race.t_event_ns += 100000000;
	fake_publish(&s->host, &s->race);
	e.seq = s->race.seq;
	sh->ticks[s->tick % MAX_TICKS].published_ns = now_ns();
	s->tick++;
	s->sink->write(s->plugin, &e, 1, sizeof(e));
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

struct result {
	uint32_t ticks, complete;
	double p50_ms, p99_ms, max_ms, cpu_us_per_send, cpu_percent;
};

static double cpu_s(void)
{
	struct rusage u;
	getrusage(RUSAGE_SELF, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) + (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

/* Publishes for the time and waits for the last. */
static struct result run_phase(struct server *s, struct shared *sh, uint32_t clients, uint32_t ticks, uint32_t hz)
{
	struct result r = {.ticks = ticks};
	uint32_t first = s->tick;
	int64_t step = 1000000000 / hz, due = now_ns();
	double *took = calloc(ticks, sizeof(*took));
	double cpu = cpu_s();
	for (uint32_t i = 0; i < ticks; i++) {
		due += step;
		nap_until(due);
		publish(s, sh, due);
	}
	nap_until(now_ns() + 1000000000);
	cpu = cpu_s() - cpu;
	for (uint32_t i = 0; took && i < ticks; i++) {
		if (sh->ticks[first + i].received >= clients) {
			took[r.complete++] = (double)(sh->ticks[first + i].last_ns - sh->ticks[first + i].published_ns) / 1e6;
		}
	}
	if (r.complete) {
		qsort(took, r.complete, sizeof(*took), compare);
		r.p50_ms = took[r.complete / 2];
		r.p99_ms = took[(uint32_t)((double)(r.complete - 1) * 0.99 + 0.5)];
		r.max_ms = took[r.complete - 1];
	}
	r.cpu_us_per_send = cpu * 1e6 / ((double)ticks * clients);
	r.cpu_percent = cpu * 100 / ((double)ticks / hz + 1);
	free(took);
	return r;
}

static void print_result(const char *name, const struct result *r)
{
	printf("    \"%s\": {\"ticks\": %u, \"complete\": %u, \"p50_ms\": %.2f, \"p99_ms\": %.2f, \"max_ms\": %.2f, "
	       "\"cpu_us_per_send\": %.2f, \"cpu_percent\": %.1f}",
		name, r->ticks, r->complete, r->p50_ms, r->p99_ms, r->max_ms, r->cpu_us_per_send, r->cpu_percent);
}

static bool wait_connected(struct shared *sh, uint32_t clients)
{
	for (int i = 0; i < 3000 && sh->connected + sh->failed < clients; i++) {
		nap_until(now_ns() + 10000000);
	}
	return sh->connected == clients;
}

static void close_server(struct server *s)
{
	if (s->fds) {
		bare_close(s);
		return;
	}
	if (s->plugin) {
		s->plugin->stop(s->plugin);
		s->plugin->destroy(s->plugin);
	}
	fake_host_finish(&s->host);
}

/* One scenario; prints its member of the document. */
static bool measure(struct server *s, struct shared *sh, enum kind kind, uint32_t clients, uint32_t seconds, uint32_t hz, const char *name)
{
	if (!(kind == BARE ? bare_open(s, sh, clients) : server_open(s, sh, kind))) {
		return false;
	}
	nap_until(now_ns() + 300000000);
	long base = rss_kb();
	int64_t before = now_ns();
	sh->phase = 1;
	if (kind == BARE) {
		bare_accept(s, clients);
	}
	if (!wait_connected(sh, clients)) {
		fprintf(stderr, "bench_websocket: only %u of %u clients connected; raise ulimit -n\n", sh->connected, clients);
		return false;
	}
	double connect_s = (double)(now_ns() - before) / 1e9;
	/* lanes: until the longest delay flows */
	run_phase(s, sh, clients, kind == LANES ? (uint32_t)((double)hz * (1 + 0.01 * clients)) : hz, hz);
	struct result good = run_phase(s, sh, clients, seconds * hz, hz);
	long with_clients = rss_kb();
	printf(",\n  \"%s\": {\"clients\": %u, \"connect_s\": %.3f, \"update_bytes\": %llu, \"rss_base_kb\": %ld, "
	       "\"rss_clients_kb\": %ld, \"rss_per_client_kb\": %.2f,\n",
		name, clients, connect_s, (unsigned long long)sh->bytes, base, with_clients, (double)(with_clients - base) / clients);
	print_result("all_read", &good);
	if (kind == LIVE) {
		sh->phase = 2;
		nap_until(now_ns() + 200000000);
		struct result odd = run_phase(s, sh, clients, seconds * hz, hz);
		printf(",\n");
		print_result("one_never_reads", &odd);
		printf(",\n    \"rss_end_kb\": %ld", rss_kb());
	}
	printf("}");
	return (kind == LANES || good.complete == good.ticks) && (kind != LIVE || sh->odd_connected);
}

/* An hour of messages, made at once; then clients that have only the first. */
static bool measure_resume(struct server *s, struct shared *sh, enum kind kind, const char *name)
{
	if (!server_open(s, sh, kind)) {
		return false;
	}
	struct sink *sink = s->plugin->impl;
	volatile uint64_t *head = &sink->stream.reel.head;
	for (uint32_t i = 0; i < HOUR_MESSAGES; i++) {
		uint64_t was = *head;
		bench_clock_ns += 100000000;
		publish(s, sh, now_ns());
		for (uint32_t turns = 0; *head == was && turns < 1000000; turns++) {
			sched_yield();
		}
	}
	sh->until_seq = s->race.seq;
	long base = rss_kb();
	sh->started_ns = now_ns();
	sh->phase = 1;
	for (int i = 0; i < 6000 && sh->finished < RESUMERS; i++) {
		nap_until(now_ns() + 10000000);
	}
	printf(",\n  \"%s\": {\"clients\": %u, \"messages_behind\": %u, \"complete\": %u, \"slowest_s\": %.3f, \"rss_base_kb\": %ld, \"rss_end_kb\": %ld}",
		name, RESUMERS, kind == RESUME ? HOUR_MESSAGES : WHOLE_MESSAGES, sh->finished, (double)sh->slowest_ns / 1e9, base, rss_kb());
	return sh->finished == RESUMERS;
}

static bool run(enum kind kind, uint32_t clients, uint32_t seconds, uint32_t hz, const char *name)
{
	static struct server s;
	struct shared *sh = mmap(NULL, sizeof(*sh), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (sh == MAP_FAILED) {
		perror("bench_websocket: mmap");
		return false;
	}
	fflush(stdout);
	pid_t child = fork();
	if (child == 0) {
		_exit(clients_main(sh, kind, clients));
	}
	if (child < 0) {
		perror("bench_websocket: fork");
		return false;
	}
	bool fine = kind >= RESUME ? measure_resume(&s, sh, kind, name) : measure(&s, sh, kind, clients, seconds, hz, name);
	sh->phase = 3;
	kill(child, SIGTERM);
	waitpid(child, NULL, 0);
	close_server(&s);
	munmap(sh, sizeof(*sh));
	return fine;
}

static uint32_t option(int argc, char **argv, const char *name, uint32_t def, uint32_t max)
{
	for (int i = 1; i + 1 < argc; i++) {
		if (strcmp(argv[i], name) == 0) {
			unsigned long v = strtoul(argv[i + 1], NULL, 10);
			return v >= 1 && v <= max ? (uint32_t)v : def;
		}
	}
	return def;
}

static bool wanted(int argc, char **argv, const char *group)
{
	for (int i = 1; i + 1 < argc; i++) {
		if (strcmp(argv[i], "--only") == 0) {
			return strcmp(argv[i + 1], group) == 0;
		}
	}
	return true;
}

int main(int argc, char **argv)
{
	uint32_t clients = option(argc, argv, "--clients", 1000, 50000), lanes = option(argc, argv, "--lanes", 1000, 5000);
	uint32_t seconds = option(argc, argv, "--seconds", 10, 60);
	uint32_t hz = option(argc, argv, "--hz", 10, 30);
	const struct {
		enum kind kind;
		uint32_t clients;
		const char *name, *group;
	} runs[] = {{BARE, clients, "bare", "bare"}, {LIVE, clients, "live", "live"}, {DEFLATE, clients, "deflate", "deflate"},
		{LIVE, lanes, "as_many_as_lanes", "lanes"}, {LANES, lanes, "lanes", "lanes"}, {RESUME, RESUMERS, "resume", "resume"},
		{RESUME_WHOLE, RESUMERS, "resume_each_message", "resume"}};
	const rlim_t files = (clients > lanes ? clients : lanes) + 100;
	struct rlimit lim;
	bool fine = true;
	getrlimit(RLIMIT_NOFILE, &lim);
	lim.rlim_cur = lim.rlim_max < files ? lim.rlim_max : files;
	setrlimit(RLIMIT_NOFILE, &lim);
	printf("{\n  \"bench\": \"websocket\", \"hz\": %u, \"seconds\": %u", hz, seconds);
	for (size_t i = 0; i < sizeof(runs) / sizeof(runs[0]); i++) {
		if (wanted(argc, argv, runs[i].group)) {
			fine = run(runs[i].kind, runs[i].clients, seconds, hz, runs[i].name) && fine;
		}
	}
	printf("\n}\n");
	return fine ? 0 : 1;
}
