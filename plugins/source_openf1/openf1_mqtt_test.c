/*
 * openf1_mqtt_test.c - the stream against a real mosquitto on loopback, with TLS, the token as password.
 */
#include "openf1_fixture.h"

#include <arpa/inet.h>
#include <mosquitto.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define BROKER "/usr/sbin/mosquitto"
#define PATIENCE_S 15

static char folder[] = "/tmp/f1pd-openf1-XXXXXX";

struct broker {
	int port;
	bool takes_anybody;
	pid_t pid;
};

/* ---- a broker of our own ---- */

static void shell(const char *fmt, ...) F1P_PRINTF(1, 2);
static void shell(const char *fmt, ...)
{
	char command[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(command, sizeof(command), fmt, ap);
	va_end(ap);
	assert_int_equal(system(command), 0);
}

static int free_port(void)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t n = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&a, n), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &n), 0);
	close(fd);
	return ntohs(a.sin_port);
}

static void set_password(const char *token)
{
	shell("mosquitto_passwd -b -c %s/passwords user %s && mosquitto_passwd -b %s/passwords publisher secret && chmod 644 %s/passwords",
		folder, token, folder, folder);
}

static bool answers(int port)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons((uint16_t)port)};
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	bool good = connect(fd, (struct sockaddr *)&a, sizeof(a)) == 0;

	close(fd);
	return good;
}

static void broker_start(struct broker *b)
{
	char conf[256];
	FILE *f = NULL;

	snprintf(conf, sizeof(conf), "%s/conf", folder);
	f = fopen(conf, "w");
	assert_non_null(f);
	fprintf(f, "listener %d 127.0.0.1\ncafile %s/ca.pem\ncertfile %s/cert.pem\nkeyfile %s/key.pem\nlog_dest none\npersistence false\n"
		   "user root\nallow_anonymous %s\n",
		b->port, folder, folder, folder, b->takes_anybody ? "true" : "false");
	if (!b->takes_anybody) {
		fprintf(f, "password_file %s/passwords\n", folder);
	}
	fclose(f);
	b->pid = fork();
	if (b->pid == 0) {
		if (freopen("/dev/null", "w", stderr) == NULL) {
			_exit(126);
		}
		execl(BROKER, BROKER, "-c", conf, (char *)NULL);
		_exit(127);
	}
	for (int i = 0; i < 500 && !answers(b->port); i++) {
		nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
	}
	assert_true(answers(b->port));
}

static void broker_stop(struct broker *b)
{
	if (b->pid > 0) {
		kill(b->pid, SIGKILL);
		waitpid(b->pid, NULL, 0);
		b->pid = 0;
	}
}

static void make_certificates(void)
{
	shell("cd %s && openssl req -x509 -newkey rsa:2048 -nodes -keyout cakey.pem -out ca.pem -days 2 -subj /CN=test-ca 2>/dev/null && "
	      "openssl req -newkey rsa:2048 -nodes -keyout key.pem -out req.pem -subj /CN=localhost 2>/dev/null && "
	      "printf 'subjectAltName=DNS:localhost,IP:127.0.0.1' > ext && "
	      "openssl x509 -req -in req.pem -CA ca.pem -CAkey cakey.pem -CAcreateserial -out cert.pem -days 2 -extfile ext 2>/dev/null && "
	      "openssl req -x509 -newkey rsa:2048 -nodes -keyout otherkey.pem -out other.pem -days 2 -subj /CN=other-ca 2>/dev/null && "
	      "chmod 644 *.pem && chmod 755 .",
		folder);
}

static void count_ack(struct mosquitto *m, void *arg, int id)
{
	(void)m;
	(void)id;
	++*(int *)arg;
}

/* Sends at QoS 1, so that the broker has it when this returns. */
static void publish(const struct broker *b, const char *topic, const char *payload, int times)
{
	int acks = 0;
	struct mosquitto *m = mosquitto_new(NULL, true, &acks);
	char ca[128];

	snprintf(ca, sizeof(ca), "%s/ca.pem", folder);
	assert_int_equal(mosquitto_tls_set(m, ca, NULL, NULL, NULL, NULL), MOSQ_ERR_SUCCESS);
	mosquitto_username_pw_set(m, "publisher", "secret");
	assert_int_equal(mosquitto_connect(m, "localhost", b->port, 60), MOSQ_ERR_SUCCESS);
	for (int i = 0; i < times; i++) {
		assert_int_equal(mosquitto_publish(m, NULL, topic, (int)strlen(payload), payload, 1, false), MOSQ_ERR_SUCCESS);
	}
	mosquitto_publish_callback_set(m, count_ack);
	for (int i = 0; i < 5000 && acks < times; i++) {
		mosquitto_loop(m, 10, 1);
	}
	assert_int_equal(acks, times);
	mosquitto_disconnect(m);
	mosquitto_destroy(m);
}

/* ---- the plugin on real time ---- */

static struct rig *start(const struct broker *b, const char *ca, const char *more)
{
	char options[1024];

	snprintf(options, sizeof(options),
		"connect=always\nusername=user\npassword=pw\nmqtt=on\nmqtt_host=localhost\nmqtt_port=%d\nca_file=%s/%s\n%s", b->port, folder, ca,
		more);
	return rig_create(options, IN_RACE_NS);
}

static int64_t mono_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * RIG_S + t.tv_nsec;
}

/* Runs ten times as fast as real time until the condition holds. */
static bool run_until(struct rig *r, bool (*holds)(const struct rig *))
{
	int64_t end_ns = mono_ns() + PATIENCE_S * RIG_S;

	while (mono_ns() < end_ns) {
		rig_run(r, 0.1);
		if (holds(r)) {
			return true;
		}
		nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
	}
	print_message("%s\n", r->fake->log);
	return false;
}

static size_t times_in_log(const struct rig *r, const char *text)
{
	size_t n = 0;

	for (const char *at = r->fake->log; (at = strstr(at, text)) != NULL; at++) {
		n++;
	}
	return n;
}

static bool is_streaming(const struct rig *r)
{
	return times_in_log(r, "stream of OpenF1 is up") == 1 && rig_links(r, F1P_LINK_UP) == 1;
}

static bool is_streaming_again(const struct rig *r)
{
	return times_in_log(r, "stream of OpenF1 is up") == 2;
}

static size_t positions_of(const struct rig *r, uint16_t car)
{
	size_t n = 0;

	for (size_t i = 0; i < fake_count(r->fake, F1P_EV_CAR_POSITION); i++) {
		n += ((const struct f1p_ev_car_value *)fake_event(r->fake, F1P_EV_CAR_POSITION, i))->car == car;
	}
	return n;
}

static bool has_car_44(const struct rig *r)
{
	return positions_of(r, 44) == 1;
}

static bool has_car_55(const struct rig *r)
{
	return positions_of(r, 55) == 1;
}

#define POSITION(car, place, id)                                                                                                 \
	"{\"session_key\":7001,\"meeting_key\":1200,\"driver_number\":" car ",\"date\":\"2030-05-05T13:03:30.5+00:00\",\"position\":" place   \
	",\"_key\":\"k" car "\",\"_id\":" id "}"

/* ---- tests ---- */

static void rows_of_the_stream_become_events_once(void **state)
{
	struct broker *b = *state;
	struct rig *r = start(b, "ca.pem", "");

	assert_true(run_until(r, is_streaming));
	publish(b, "v1/position", POSITION("44", "5", "1"), 1);
	assert_true(run_until(r, has_car_44));
	/* A restart of OpenF1's reader sends it again, with a higher id; and rubbish harms nobody. */
	publish(b, "v1/position", POSITION("44", "5", "900"), 3);
	publish(b, "v1/position", "{\"session_key\":", 1);
	publish(b, "v1/unheard_of", "{}", 1);
	publish(b, "v1/position", POSITION("55", "6", "901"), 1);
	assert_true(run_until(r, has_car_55));
	assert_int_equal(positions_of(r, 44), 1);
	rig_destroy(r);
}

static void a_lost_broker_is_found_again_and_rest_fills_the_gap(void **state)
{
	struct broker *b = *state;
	struct rig *r = start(b, "ca.pem", "");
	size_t asked = 0;

	assert_true(run_until(r, is_streaming));
	broker_stop(b);
	rig_run(r, 1);
	asked = r->n_asked;
	for (int i = 0; i < 300 && times_in_log(r, "was lost") == 0; i++) {
		rig_run(r, 0.1);
		nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
	}
	assert_true(times_in_log(r, "was lost") >= 1);
	rig_run(r, 20);
	assert_true(r->n_asked > asked + 8);
	assert_int_equal(rig_links(r, F1P_LINK_DOWN), 0); /* REST still tells */
	broker_start(b);
	assert_true(run_until(r, is_streaming_again));
	publish(b, "v1/position", POSITION("44", "5", "1"), 1);
	assert_true(run_until(r, has_car_44));
	rig_destroy(r);
}

static bool is_lost(const struct rig *r)
{
	return times_in_log(r, "was lost") > 0 && rig_links(r, F1P_LINK_UP) == 1;
}

static void a_certificate_of_somebody_else_is_not_trusted(void **state)
{
	struct broker *b = *state;
	struct rig *r = start(b, "other.pem", "");

	assert_true(run_until(r, is_lost));
	assert_int_equal(times_in_log(r, "stream of OpenF1 is up"), 0);
	rig_destroy(r);
}

static bool is_refused(const struct rig *r)
{
	return times_in_log(r, "refuses the account") > 0 && rig_links(r, F1P_LINK_UP) == 1;
}

static void a_refused_token_is_told_and_rest_goes_on(void **state)
{
	struct broker *b = *state;
	struct rig *r = NULL;

	set_password("another");
	broker_stop(b);
	broker_start(b);
	r = start(b, "ca.pem", "");
	assert_true(run_until(r, is_refused));
	assert_true(r->tokens <= 2);
	assert_int_equal(times_in_log(r, "tok1"), 0);
	rig_destroy(r);
	set_password("tok1");
	broker_stop(b);
	broker_start(b);
}

static bool is_renewed(const struct rig *r)
{
	return times_in_log(r, "renewed with a fresh token") == 1;
}

static void the_connection_is_renewed_before_its_token_ends(void **state)
{
	struct broker *b = *state;
	struct rig *r = NULL;

	broker_stop(b);
	b->takes_anybody = true; /* a password file knows one token at a time */
	broker_start(b);
	r = start(b, "ca.pem", "");
	assert_true(run_until(r, is_streaming));
	r->fake->now_ns += 3330 * RIG_S;
	assert_true(run_until(r, is_renewed));
	assert_int_equal(r->tokens, 2);
	assert_int_equal(times_in_log(r, "was lost"), 0);
	publish(b, "v1/position", POSITION("44", "5", "1"), 1);
	assert_true(run_until(r, has_car_44));
	rig_destroy(r);
	broker_stop(b);
	b->takes_anybody = false;
	broker_start(b);
}

static bool has_dropped(const struct rig *r)
{
	return times_in_log(r, "dropped: the queue was full") > 0;
}

static void a_flood_is_bounded_and_counted(void **state)
{
	static char row[50000];
	struct broker *b = *state;
	struct rig *r = start(b, "ca.pem", "");
	size_t asked = 0;

	assert_true(run_until(r, is_streaming));
	snprintf(row, sizeof(row), "{\"session_key\":7001,\"driver_number\":44,\"date\":\"2030-05-05T13:03:30+00:00\",\"position\":5,\"x\":\"%045000d\"}", 0);
	publish(b, "v1/position", row, 400); /* 18 MB, while nobody polls */
	nanosleep(&(struct timespec){.tv_sec = 1}, NULL);
	asked = r->n_asked;
	assert_true(run_until(r, has_dropped));
	assert_true(run_until(r, has_car_44));
	assert_true(fake_metric(r->fake, "f1pd_openf1_dropped_total") > 0);
	rig_run(r, 20);
	assert_true(r->n_asked > asked);
	rig_destroy(r);
}

static void stops_at_once_while_connecting_to_nobody(void **state)
{
	struct broker nobody = {.port = free_port()};
	struct rig *r = start(&nobody, "ca.pem", "");
	int64_t before = 0;

	(void)state;
	rig_run(r, 30);
	before = mono_ns();
	rig_destroy(r);
	assert_true(mono_ns() - before < 2 * RIG_S);
}

/* libmosquitto cannot go through it, and whoever configured one should know. */
static void a_proxy_is_not_used_and_that_is_said_once(void **state)
{
	struct broker nobody = {.port = free_port()};
	struct rig *r = start(&nobody, "ca.pem", "");

	(void)state;
	rig_run(r, 10);
	assert_int_equal(times_in_log(r, "does not go through the proxy"), 0);
	rig_destroy(r);
	r = start(&nobody, "ca.pem", "");
	r->fake->has_proxy = true;
	rig_run(r, 60); /* with several tries to connect */
	assert_int_equal(times_in_log(r, "does not go through the proxy of 00-f1pd.ini: it connects to localhost"), 1);
	assert_int_equal(times_in_log(r, "mqtt = off"), 1);
	rig_destroy(r);
}

static int setup(void **state)
{
	static struct broker broker;

	if (access(BROKER, X_OK) != 0) {
		puts("SKIPPED: " BROKER " is not installed: the stream is not tested (apt-get install mosquitto)");
		exit(77);
	}
	if (mkdtemp(folder) == NULL) {
		return -1;
	}
	mosquitto_lib_init();
	make_certificates();
	set_password("tok1");
	broker.port = free_port();
	broker_start(&broker);
	*state = &broker;
	return 0;
}

static int teardown(void **state)
{
	broker_stop(*state);
	shell("rm -rf %s", folder);
	mosquitto_lib_cleanup();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_of_the_stream_become_events_once),
		cmocka_unit_test(a_lost_broker_is_found_again_and_rest_fills_the_gap),
		cmocka_unit_test(a_certificate_of_somebody_else_is_not_trusted),
		cmocka_unit_test(a_refused_token_is_told_and_rest_goes_on),
		cmocka_unit_test(the_connection_is_renewed_before_its_token_ends),
		cmocka_unit_test(a_flood_is_bounded_and_counted),
		cmocka_unit_test(stops_at_once_while_connecting_to_nobody),
		cmocka_unit_test(a_proxy_is_not_used_and_that_is_said_once),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
