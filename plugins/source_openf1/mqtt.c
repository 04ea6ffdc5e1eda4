/*
 * mqtt.c - libmosquitto is driven by a loop of our own: so it reconnects never by itself, and the thread ends when told to.
 * The library looks names up inside connect, which nothing can stop: so this thread's resolver waits a second for each server.
 */
#include "mqtt.h"

#include <mosquitto.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <resolv.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define QUEUE_BYTES (8u << 20)
#define MESSAGE_BYTES (64u << 10)
#define KEEPALIVE_S 15
#define LOOP_MS 100
#define CONNECT_LOOPS 150 /* of LOOP_MS */

struct mqtt {
	struct mqtt_options o; /* its texts are ours */
	struct mosquitto *m;
	struct f1p_thread *thread;
	atomic_int state; /* enum mqtt_state */
	atomic_bool quit, ended;
	pthread_mutex_t lock; /* what follows */
	struct mqtt_message *first, *last;
	size_t bytes;
	uint64_t dropped;
	char reason[120];
};

static void say(struct mqtt *c, enum mqtt_state state, const char *reason)
{
	pthread_mutex_lock(&c->lock);
	snprintf(c->reason, sizeof(c->reason), "%s", reason);
	pthread_mutex_unlock(&c->lock);
	atomic_store(&c->state, state);
	if (c->o.wake != NULL) {
		c->o.wake->poll_soon(c->o.host);
	}
}

/* ---- callbacks of the library, on the thread ---- */

static void on_connect(struct mosquitto *m, void *arg, int code)
{
	struct mqtt *c = arg;

	if (code != 0) { /* 4 and 5: user name, password or right */
		say(c, code == 4 || code == 5 ? MQTT_REFUSED : MQTT_LOST, mosquitto_connack_string(code));
		return;
	}
	for (uint32_t i = 0; i < c->o.n_topics; i++) {
		if (mosquitto_subscribe(m, NULL, c->o.topics[i], 0) != MOSQ_ERR_SUCCESS) {
			say(c, MQTT_LOST, "a topic could not be subscribed");
			return;
		}
	}
}

/* Only now does the broker send what it gets. */
static void on_subscribe(struct mosquitto *m, void *arg, int id, int count, const int *granted)
{
	struct mqtt *c = arg;

	(void)m;
	(void)id;
	if (count > 0 && granted[0] >= 0x80) {
		say(c, MQTT_REFUSED, "the broker refused a topic");
	} else if (atomic_load(&c->state) == MQTT_CONNECTING) {
		say(c, MQTT_UP, "");
	}
}

static void on_disconnect(struct mosquitto *m, void *arg, int code)
{
	struct mqtt *c = arg;

	(void)m;
	if (atomic_load(&c->state) != MQTT_REFUSED) {
		say(c, MQTT_LOST, code == 0 ? "closed" : mosquitto_strerror(code));
	}
}

static bool enqueue(struct mqtt *c, struct mqtt_message *message)
{
	bool room = false;

	pthread_mutex_lock(&c->lock);
	room = c->bytes + message->topic_n + message->n <= QUEUE_BYTES;
	if (room) {
		c->bytes += message->topic_n + message->n;
		if (c->last != NULL) {
			c->last->next = message;
		} else {
			c->first = message;
		}
		c->last = message;
	} else {
		c->dropped++;
	}
	pthread_mutex_unlock(&c->lock);
	return room;
}

static void on_message(struct mosquitto *m, void *arg, const struct mosquitto_message *in)
{
	struct mqtt *c = arg;
	size_t n = in->payloadlen > 0 ? (size_t)in->payloadlen : 0;
	size_t topic_n = strlen(in->topic);
	struct mqtt_message *message = NULL;

	(void)m;
	if (n == 0 || n > MESSAGE_BYTES) {
		return;
	}
	message = malloc(sizeof(*message) + topic_n + n);
	if (message == NULL) {
		return;
	}
	*message = (struct mqtt_message){.topic_n = topic_n, .n = n};
	memcpy(message->bytes, in->topic, topic_n);
	memcpy(message->bytes + topic_n, in->payload, n);
	if (!enqueue(c, message)) {
		free(message);
	}
	if (c->o.wake != NULL) {
		c->o.wake->poll_soon(c->o.host);
	}
}

/* ---- the thread ---- */

static int set_up(struct mqtt *c)
{
	int rc = MOSQ_ERR_SUCCESS;

	if (c->o.tls) {
		rc = c->o.ca_file[0] != '\0' ? mosquitto_tls_set(c->m, c->o.ca_file, NULL, NULL, NULL, NULL)
					     : mosquitto_int_option(c->m, MOSQ_OPT_TLS_USE_OS_CERTS, 1);
		if (rc == MOSQ_ERR_SUCCESS) {
			rc = mosquitto_tls_opts_set(c->m, 1, "tlsv1.2", NULL); /* 1: the certificate must be good */
		}
	}
	if (rc == MOSQ_ERR_SUCCESS && c->o.username[0] != '\0') {
		rc = mosquitto_username_pw_set(c->m, c->o.username, c->o.password);
	}
	return rc != MOSQ_ERR_SUCCESS ? rc : mosquitto_connect_async(c->m, c->o.address, c->o.port, KEEPALIVE_S);
}

/* The resolver's state is the thread's own. A server that does not answer is asked once, and no other domains are tried behind a
 * full name: the end of the thread, and so the stop of the plugin, waits no longer. */
static void bound_lookup(const char *address)
{
	if (res_init() == 0) {
		_res.retrans = 1; /* seconds */
		_res.retry = 1;
		_res.options &= strchr(address, '.') != NULL ? ~(u_long)(RES_DEFNAMES | RES_DNSRCH) : ~(u_long)0;
	}
}

static void serve(struct mqtt *c)
{
	int rc;

	bound_lookup(c->o.address);
	rc = set_up(c);

	for (int i = 0; rc == MOSQ_ERR_SUCCESS && !atomic_load(&c->quit); i++) {
		rc = mosquitto_loop(c->m, LOOP_MS, 1);
		if (i == CONNECT_LOOPS && atomic_load(&c->state) == MQTT_CONNECTING) {
			say(c, MQTT_LOST, "no connection within 15 s");
			return;
		}
	}
	if (!atomic_load(&c->quit) && atomic_load(&c->state) != MQTT_REFUSED && atomic_load(&c->state) != MQTT_LOST) {
		say(c, MQTT_LOST, mosquitto_strerror(rc));
	}
	mosquitto_disconnect(c->m);
}

static void run(void *arg)
{
	struct mqtt *c = arg;

	serve(c);
	res_nclose(&_res);
	atomic_store(&c->ended, true);
}

static void free_options(struct mqtt_options *o)
{
	if (o->password != NULL) {
		explicit_bzero((char *)(uintptr_t)o->password, strlen(o->password));
	}
	free((char *)(uintptr_t)o->password);
	free((char *)(uintptr_t)o->username);
	free((char *)(uintptr_t)o->ca_file);
	free((char *)(uintptr_t)o->address);
}

struct mqtt *mqtt_open(const struct mqtt_options *o)
{
	struct mqtt *c = calloc(1, sizeof(*c));

	if (c == NULL) {
		return NULL;
	}
	pthread_mutex_init(&c->lock, NULL);
	atomic_init(&c->state, MQTT_CONNECTING);
	c->o = *o;
	c->o.address = strdup(o->address);
	c->o.ca_file = strdup(o->ca_file);
	c->o.username = strdup(o->username);
	c->o.password = strdup(o->password);
	c->m = mosquitto_new(NULL, true, c);
	if (c->m != NULL && c->o.address != NULL && c->o.ca_file != NULL && c->o.username != NULL && c->o.password != NULL) {
		mosquitto_threaded_set(c->m, true);
		mosquitto_connect_callback_set(c->m, on_connect);
		mosquitto_subscribe_callback_set(c->m, on_subscribe);
		mosquitto_disconnect_callback_set(c->m, on_disconnect);
		mosquitto_message_callback_set(c->m, on_message);
		c->thread = o->threads->start(o->host, "openf1-mqtt", run, c);
	}
	if (c->thread == NULL) {
		mqtt_close(c);
		return NULL;
	}
	return c;
}

void mqtt_close(struct mqtt *c)
{
	struct mqtt_message *message = NULL;

	if (c == NULL) {
		return;
	}
	atomic_store(&c->quit, true);
	if (c->thread != NULL) {
		c->o.threads->join(c->o.host, c->thread);
	}
	while ((message = mqtt_take(c)) != NULL) {
		free(message);
	}
	if (c->m != NULL) {
		mosquitto_destroy(c->m);
	}
	free_options(&c->o);
	pthread_mutex_destroy(&c->lock);
	free(c);
}

void mqtt_quit(struct mqtt *c)
{
	atomic_store(&c->quit, true);
}

bool mqtt_has_ended(const struct mqtt *c)
{
	return atomic_load(&c->ended);
}

enum mqtt_state mqtt_state(const struct mqtt *c)
{
	return (enum mqtt_state)atomic_load(&c->state);
}

void mqtt_reason(struct mqtt *c, char *out, size_t size)
{
	pthread_mutex_lock(&c->lock);
	snprintf(out, size, "%s", c->reason);
	pthread_mutex_unlock(&c->lock);
}

struct mqtt_message *mqtt_take(struct mqtt *c)
{
	struct mqtt_message *message = NULL;

	pthread_mutex_lock(&c->lock);
	message = c->first;
	if (message != NULL) {
		c->first = message->next;
		c->last = c->first != NULL ? c->last : NULL;
		c->bytes -= message->topic_n + message->n;
	}
	pthread_mutex_unlock(&c->lock);
	return message;
}

uint64_t mqtt_dropped(struct mqtt *c)
{
	uint64_t dropped = 0;

	pthread_mutex_lock(&c->lock);
	dropped = c->dropped;
	c->dropped = 0;
	pthread_mutex_unlock(&c->lock);
	return dropped;
}
