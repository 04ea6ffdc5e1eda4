/*
 * host.h - a host for one plugin under check: every extension of host.h, a virtual clock, and a record of what was done.
 *
 * The structs that the plugin gets lie at the end of a page that is followed by an unreadable one, exactly as long as this
 * ABI's: a plugin that reads fields which it has not asked for with F1P_HAS crashes in its child, and the check fails.
 */
#ifndef F1P_CHECK_HOST_H
#define F1P_CHECK_HOST_H

#include <f1pd/f1pd.h>
#include <pthread.h>

enum host_ext { HOST_BUS = 0, HOST_METRICS, HOST_THREAD, HOST_THREAD_CHECK, HOST_HEALTH, HOST_REPLAY, HOST_ROUTES, HOST_EXTS };

struct fake_host {
	struct f1p_host *host; /* what the plugin sees */
	const void *ext[HOST_EXTS];
	uint32_t missing; /* bit per enum host_ext: get_extension says NULL */
	int64_t now_ns;
	f1p_status emit_answer; /* F1P_OK, or what emit() returns instead of taking the event */
	const struct f1p_state *state;
	pthread_t loop;
	pthread_mutex_t lock; /* all below */
	char fail_reason[256];
	uint64_t emitted, refused;
	uint64_t hash;	     /* over the events, without what the host sets */
	uint64_t hash_limit; /* over so many events only; 0 = all */
	uint32_t last_flags;
	uint16_t last_type;
	int64_t last_t_ns;
	uint64_t backwards; /* events that are older than the one before */
	uint64_t resets;
	char bad_event[256]; /* the first event that was not valid */
	int states_out;	     /* acquired and not released */
	int threads_out;     /* started and not joined */
	uint64_t log_lines;
	bool stopped; /* stop() has returned: host calls from now on are faults */
	char late_call[64];
	struct {
		char path[128];
		f1p_route_fn fn;
		f1p_tree_fn tree_fn; /* one of the two, or free */
		void *arg;
	} routes[16];
	struct {
		char key[256];
		double value;
		uint32_t kind;
	} metrics[512];
	uint32_t n_metrics;
};

/* Lives as long as the process. grow: bytes that the structs are longer than this ABI's (a newer host); minor: what the host
 * calls itself. */
struct fake_host *fake_host_create(uint32_t grow, uint32_t minor);
void fake_host_reset(struct fake_host *); /* counters and record; routes and metrics stay */
int fake_host_routes(const struct fake_host *);
/* Name of an extension id, for messages. */
const char *fake_host_ext_name(enum host_ext);

/* host_services.c */
extern const char *const host_ext_ids[HOST_EXTS];
struct f1p_metric;
void fake_host_services(struct fake_host *, uint32_t grow);
/* n bytes whose end is the end of a page before an unreadable one; never freed. */
void *guarded_copy(const void *bytes, size_t n, uint32_t grow);
void host_called(struct fake_host *, const char *what);
struct fake_host *fake_of(const struct f1p_host *);

#endif
