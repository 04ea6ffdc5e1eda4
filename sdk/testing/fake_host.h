/*
 * fake_host.h - a host for unit tests of plugins: events are kept, time stands where the test puts it, and the network answers
 * what the test says. One thread. For sources above all; anything that is not offered here is NULL, as the ABI allows.
 */
#ifndef FAKE_HOST_H
#define FAKE_HOST_H

#include <f1pd/f1pd.h>

struct fake_request { /* one HTTP request that the plugin made */
	uint64_t id;
	uint32_t method, flags, priority;
	char url[2048];
	char headers[2048]; /* "Name: value\n" each */
	char body[4096];
	char save_path[512];
	f1p_http_fn fn;
	void *arg;
	bool done, cancelled;
};

struct fake_socket { /* one WebSocket that the plugin opened: its handle is a pointer to it */
	char url[2048];
	char headers[2048];
	char protocol[64];
	struct f1p_websocket_events events;
	void *arg;
	char **sent; /* texts, NUL-terminated */
	size_t n_sent;
	bool closed; /* by either side */
};

#define FAKE_MAX 256

struct fake_post { /* one webhook that the plugin posted */
	uint32_t flags;
	char url[2048], id[72], secret[260], body[4096];
	f1p_webhook_fn fn;
	void *arg;
	bool done;
};

struct fake_tree {
	char path[128];
	f1p_tree_fn fn;
	void *arg;
};

struct fake_metric {
	char key[128]; /* "name" or "name{label=value}" */
	uint32_t kind;
	double value;
};

struct fake_host {
	struct f1p_host host; /* give &fake->host to the plugin's create() */
	int64_t now_ns;       /* the virtual clock */
	double speed;         /* of it, against real time: as in a rehearsal; 0 = 1 */
	int64_t mono_ns, mono_seen_ns; /* real time as now_mono_ns() tells it: goes on with now_ns, never back */
	uint8_t *events;      /* all that was emitted, contiguous */
	size_t n_events, event_bytes;
	f1p_status emit_answer; /* F1P_OK unless set */
	char log[65536];      /* all lines, "L text\n" with L of E W I D */
	size_t log_bytes;
	char reason[512];     /* of the last fail() */
	struct fake_request requests[FAKE_MAX];
	size_t n_requests;
	struct fake_socket *sockets[FAKE_MAX];
	size_t n_sockets;
	struct f1p_schedule_now schedule; /* what schedule->now() answers; the test fills it */
	struct f1p_session_plan plans[FAKE_MAX]; /* what was published, newest call */
	size_t n_plans;
	uint32_t plan_rank;
	uint8_t *rows;        /* history rows that were put, contiguous */
	size_t n_rows, row_bytes;
	unsigned wakes;
	const char *absent[8]; /* extension ids that are not offered */
	const struct f1p_state *state; /* what state_acquire() gives; NULL unless set */
	char limited[256];     /* http->limit: newest authority and its windows */
	struct f1p_http_window windows[4];
	uint32_t n_windows;
	bool has_proxy;        /* http->is_proxied() says yes */
	struct fake_metric metrics[FAKE_MAX];
	size_t n_metrics;
	struct fake_post posts[FAKE_MAX];
	size_t n_posts;
	const char *data_dir;  /* NULL unless set */
	struct fake_tree trees[8];
	/* own */
	uint64_t dice;
	uint64_t last_request;
	void *config_block;
	char *config_text; /* options behind one another, each NUL-terminated, an empty one at the end */
};

struct fake_host *fake_host_create(const char *instance);
void fake_host_destroy(struct fake_host *); /* after the plugin's destroy */

/* The nth event of the type (from 0), or NULL. */
const void *fake_event(const struct fake_host *, uint16_t type, size_t nth);
size_t fake_count(const struct fake_host *, uint16_t type);
void fake_forget_events(struct fake_host *);

/* The value of a metric, -1 if there is none. */
double fake_metric(const struct fake_host *, const char *key);

/* The oldest unanswered request whose URL holds `part`, or NULL. */
struct fake_request *fake_pending(struct fake_host *, const char *part);
/* Answers it. headers: "name: value\n"..., may be NULL. */
void fake_answer(struct fake_host *, struct fake_request *, uint32_t status, const char *headers, const char *body);
void fake_answer_bytes(struct fake_host *, struct fake_request *, uint32_t status, const char *headers, const void *body, size_t n);
void fake_answer_error(struct fake_host *, struct fake_request *, f1p_status error, const char *reason);

/* The oldest unanswered webhook, or NULL; and the answer to it. */
struct fake_post *fake_posted(struct fake_host *);
void fake_post_answer(struct fake_post *, f1p_status error, uint32_t status, int64_t retry_after_ms, const char *reason);

/* Asks the tree that fits. Returns the status, 0 = no tree; body (may be NULL) gets the answer's. */
uint32_t fake_ask(struct fake_host *, uint32_t method, const char *path, const char *query, const char *request, uint32_t scopes,
	int64_t until_ns, char *body, size_t body_size);

/* The newest socket that is not closed, or NULL. */
struct fake_socket *fake_open_socket(struct fake_host *);
void fake_socket_opened(struct fake_socket *);
void fake_socket_message(struct fake_socket *, const char *text);
void fake_socket_lose(struct fake_socket *, uint32_t http_status, const char *reason);

/* The nth row of the type that was put into the history, or NULL. */
const void *fake_row(const struct fake_host *, uint32_t type, size_t nth);
size_t fake_rows(const struct fake_host *, uint32_t type);

/* Creates, configures and starts the module's plugin on this host. options: "key=value\n"..., checked against the plugin's own table
 * for numbers, booleans, durations and sizes; NULL = defaults. NULL if a step fails (reason in fake->reason). */
struct f1p_plugin *fake_start(struct fake_host *, const struct f1p_entry *, const char *plugin_id, const char *options);
void fake_stop(struct fake_host *, struct f1p_plugin *); /* stop and destroy */
/* One poll at fake->now_ns: returns the status, *next_due_ns as the plugin says (may be NULL). */
f1p_status fake_poll(struct fake_host *, struct f1p_plugin *, int64_t *next_due_ns);

#endif
