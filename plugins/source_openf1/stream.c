/*
 * stream.c - keeps a connection to the broker while a session is on: back-off, a fresh token in time, new connection before old.
 *
 * The broker keeps nothing: the stream is opened before REST loads, and drained behind the snapshot. After every loss REST is asked
 * for all that may have been missed.
 */
#include "source.h"

#include "mqtt.h"

#include <mosquitto.h>
#include <stdlib.h>
#include <string.h>

#define BACKOFF_NS (2 * NS_PER_S)
#define BACKOFF_MAX_NS (300 * NS_PER_S) /* over ten connections at once are refused for about five minutes */
#define LEAVING_MAX 4u
#define HEALTHY_NS (60 * NS_PER_S)
#define MESSAGES_PER_POLL 32u

static const char *const topics[] = {
	"v1/race_control", "v1/position", "v1/intervals", "v1/laps", "v1/pit", "v1/stints", "v1/weather", "v1/drivers"};
static const char *const topics_all[] = {"v1/race_control", "v1/position", "v1/intervals", "v1/laps", "v1/pit", "v1/stints", "v1/weather",
	"v1/drivers", "v1/car_data", "v1/location"};

struct of_stream {
	struct mqtt *now;  /* in use, or being made */
	struct mqtt *next; /* with a newer token; takes over when it is up */
	struct mqtt *leaving[LEAVING_MAX]; /* told to end: the loop does not wait for their threads */
	uint32_t serial, next_serial; /* of their tokens */
	int64_t retry_ns, next_retry_ns; /* real time */
	int64_t since_ns;
	uint32_t failures;
	struct f1p_repeats repeats;
	bool was_up;
	bool proxy_told;
};

f1p_status of_stream_create(struct of_source *src)
{
	if (src->threads == NULL) {
		src->host->log(src->host, F1P_LOG_WARN, "this host lends no threads (%s): the stream stays off", F1P_EXT_THREAD);
		return F1P_OK;
	}
	src->stream = calloc(1, sizeof(*src->stream));
	if (src->stream == NULL) {
		return src->host->fail(src->host, F1P_ENOMEM, "out of memory for the stream");
	}
	mosquitto_lib_init();
	return F1P_OK;
}

void of_stream_close(struct of_source *src)
{
	struct of_stream *s = src->stream;

	if (s == NULL) {
		return;
	}
	mqtt_close(s->now);
	mqtt_close(s->next);
	for (size_t i = 0; i < LEAVING_MAX; i++) {
		mqtt_close(s->leaving[i]);
	}
	*s = (struct of_stream){.proxy_told = s->proxy_told};
}

void of_stream_destroy(struct of_source *src)
{
	if (src->stream == NULL) {
		return;
	}
	of_stream_close(src);
	free(src->stream);
	src->stream = NULL;
	mosquitto_lib_cleanup();
}

bool of_stream_is_up(const struct of_source *src)
{
	return src->stream != NULL && src->stream->now != NULL && mqtt_state(src->stream->now) == MQTT_UP;
}

static void let_go(struct of_stream *s, struct mqtt *c)
{
	struct mqtt **place = &s->leaving[0];

	for (size_t i = 0; i < LEAVING_MAX && *place != NULL; i++) {
		place = &s->leaving[i];
	}
	mqtt_close(*place); /* none is free: the loop has to wait */
	*place = c;
	mqtt_quit(c);
}

static void see_off(struct of_stream *s)
{
	for (size_t i = 0; i < LEAVING_MAX; i++) {
		if (s->leaving[i] != NULL && mqtt_has_ended(s->leaving[i])) {
			mqtt_close(s->leaving[i]);
			s->leaving[i] = NULL;
		}
	}
}

static struct mqtt *connect_with_token(struct of_source *src)
{
	struct mqtt_options o = {
		.host = src->host,
		.threads = src->threads,
		.wake = src->wake,
		.address = src->cfg.mqtt_host,
		.port = (int)src->cfg.mqtt_port,
		.tls = src->cfg.mqtt_tls,
		.ca_file = src->cfg.ca_file,
		.username = src->cfg.username, /* any text will do */
		.password = src->token.access,
		.topics = src->cfg.telemetry ? topics_all : topics,
		.n_topics = src->cfg.telemetry ? 10 : 8,
	};

	return mqtt_open(&o);
}

static void lost(struct of_source *src, struct of_stream *s)
{
	char reason[120];
	bool refused = mqtt_state(s->now) == MQTT_REFUSED;
	int64_t wait_ns = BACKOFF_NS << (s->failures < 8 ? s->failures : 8);

	mqtt_reason(s->now, reason, sizeof(reason));
	wait_ns = refused || wait_ns > BACKOFF_MAX_NS ? BACKOFF_MAX_NS : wait_ns;
	src->host->log(src->host, f1p_repeats_level(&s->repeats, reason), "the stream of OpenF1 %s: %s; next try in %d s, REST goes on",
		refused ? "refuses the account" : "was lost", reason, (int)(wait_ns / NS_PER_S));
	if (refused) {
		token_rejected(src);
	}
	let_go(s, s->now);
	s->now = NULL;
	s->failures++;
	s->retry_ns = of_real_ns(src) + wait_ns;
	if (s->was_up) {
		of_catch_up(src);
	}
	s->was_up = false;
}

/* libmosquitto knows SOCKS5 proxies only. */
static void warn_of_proxy(struct of_source *src, struct of_stream *s)
{
	bool can_tell = src->http != NULL && F1P_HAS(src->http, struct f1p_http, is_proxied);

	if (!s->proxy_told && can_tell && src->http->is_proxied(src->host, src->cfg.mqtt_host)) {
		src->host->log(src->host, F1P_LOG_WARN,
			"the stream of OpenF1 does not go through the proxy of 00-f1pd.ini: it connects to %s:%d itself; where that is not "
			"allowed, set mqtt = off here: REST goes through the proxy and tells the same, some seconds later",
			src->cfg.mqtt_host, (int)src->cfg.mqtt_port);
	}
	s->proxy_told = true;
}

static void open_first(struct of_source *src, struct of_stream *s)
{
	bool ready = !token_is_wanted(src) || token_is_valid(src);

	if (ready && of_real_ns(src) >= s->retry_ns) {
		warn_of_proxy(src, s);
		s->now = connect_with_token(src);
		s->serial = src->token.serial;
		s->since_ns = src->now_ns;
		s->retry_ns = of_real_ns(src) + BACKOFF_NS;
	}
}

/* Make before break: the old connection goes when the new one receives. */
static void renew(struct of_source *src, struct of_stream *s)
{
	if (s->next == NULL) {
		if (token_is_valid(src) && src->token.serial != s->serial && of_real_ns(src) >= s->next_retry_ns) {
			s->next = connect_with_token(src);
			s->next_serial = src->token.serial;
		}
		return;
	}
	if (mqtt_state(s->next) == MQTT_UP) {
		if (of_stream_drain(src)) {
			return; /* first what the old one brought, a slice at a time */
		}
		let_go(s, s->now);
		s->now = s->next;
		s->serial = s->next_serial;
		s->next = NULL;
		s->since_ns = src->now_ns;
		src->host->log(src->host, F1P_LOG_INFO, "the stream of OpenF1 was renewed with a fresh token");
	} else if (mqtt_state(s->next) != MQTT_CONNECTING) {
		let_go(s, s->next);
		s->next = NULL;
		s->next_retry_ns = of_real_ns(src) + 30 * NS_PER_S;
	}
}

static void watch(struct of_source *src, struct of_stream *s)
{
	uint64_t dropped = mqtt_dropped(s->now);

	if (mqtt_state(s->now) == MQTT_UP && !s->was_up) {
		s->was_up = true;
		src->host->log(src->host, F1P_LOG_INFO, "the stream of OpenF1 is up");
		of_catch_up(src); /* what came between the last answers and the subscription */
	}
	if (s->was_up && src->now_ns - s->since_ns > HEALTHY_NS) {
		s->failures = 0;
		s->repeats = (struct f1p_repeats){0};
	}
	if (dropped > 0) {
		src->host->log(src->host, F1P_LOG_WARN, "%llu messages of the stream dropped: the queue was full; REST is asked for them",
			(unsigned long long)dropped);
		if (src->metrics != NULL) {
			src->metrics->put(src->m_rows, (double)dropped);
		}
		of_catch_up(src);
	}
}

void of_stream_step(struct of_source *src)
{
	struct of_stream *s = src->stream;

	if (s == NULL || (src->phase != OF_LOAD && src->phase != OF_LIVE)) {
		return;
	}
	see_off(s);
	if (s->now == NULL) {
		open_first(src, s);
		return;
	}
	watch(src, s);
	if (mqtt_state(s->now) == MQTT_LOST || mqtt_state(s->now) == MQTT_REFUSED) {
		if (!of_stream_drain(src)) {
			lost(src, s);
		}
		return;
	}
	renew(src, s);
}

static void take(struct of_source *src, const struct mqtt_message *m)
{
	size_t slash = m->topic_n > 3 && memcmp(m->bytes, "v1/", 3) == 0 ? 3 : m->topic_n;
	enum of1_collection c = of1_collection_find(m->bytes + slash, m->topic_n - slash);

	if (c != OF1_NONE) {
		of1_rows(src->decoder, c, m->bytes + m->topic_n, m->n, src->now_ns);
	}
}

bool of_stream_drain(struct of_source *src)
{
	struct of_stream *s = src->stream;
	struct mqtt_message *m = NULL;
	int64_t end_ns = of_real_ns(src) + OF_SLICE_NS;

	if (s == NULL || s->now == NULL || src->phase != OF_LIVE) {
		return false;
	}
	for (uint32_t i = 0; i < MESSAGES_PER_POLL && of_real_ns(src) < end_ns; i++) {
		if (of1_has_more(src->decoder)) {
			return true; /* what is half told comes first */
		}
		m = mqtt_take(s->now);
		if (m == NULL) {
			return false;
		}
		take(src, m);
		free(m);
	}
	return true;
}
