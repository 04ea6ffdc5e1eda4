/*
 * mqtt.h - one connection to the broker, on a thread of its own; what it receives waits in a bounded queue.
 */
#ifndef OF_MQTT_H
#define OF_MQTT_H

#include <f1pd/host.h>

enum mqtt_state { MQTT_CONNECTING = 1, MQTT_UP, MQTT_REFUSED, MQTT_LOST };

struct mqtt_options {
	const struct f1p_host *host;
	const struct f1p_threads *threads;
	const struct f1p_wake *wake; /* may be NULL */
	const char *address;         /* host name; copied, likewise below */
	int port;
	bool tls;
	const char *ca_file;  /* "" = the system's */
	const char *username; /* "" = none */
	const char *password;
	const char *const *topics; /* static */
	uint32_t n_topics;
};

struct mqtt_message {
	struct mqtt_message *next;
	size_t topic_n, n;
	char bytes[]; /* topic, payload */
};

struct mqtt;

/* [loop] NULL: no thread, or memory is short. */
struct mqtt *mqtt_open(const struct mqtt_options *);
/* [loop] joins the thread; accepts NULL. Up to a tenth of a second: first mqtt_quit(), then when mqtt_has_ended() it takes no time. */
void mqtt_close(struct mqtt *);
void mqtt_quit(struct mqtt *);
bool mqtt_has_ended(const struct mqtt *);
enum mqtt_state mqtt_state(const struct mqtt *);
void mqtt_reason(struct mqtt *, char *out, size_t size); /* one line for people; "" = none */
/* [loop] The oldest message; free() it. NULL: none. */
struct mqtt_message *mqtt_take(struct mqtt *);
/* [loop] Messages that found the queue full, since the last call. */
uint64_t mqtt_dropped(struct mqtt *);

#endif
