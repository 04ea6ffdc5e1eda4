/*
 * sink_websocket_test.c - the sink behind a fake host: HTTP, subscriptions, start and stop.
 */
#include "filter.h"
#include "sink_fixture.h"
#include "slug.h"

/* ------------------------------------------------------------------- HTTP */

static void serves_the_page_with_security_headers(void **arg)
{
	struct fixture *f = *arg;
	assert_int_equal(get(f, "/"), 200);
	assert_has(f, "content-type: text/html; charset=utf-8");
	assert_has(f, "content-security-policy: default-src 'self'");
	assert_has(f, "x-content-type-options: nosniff");
	assert_has(f, "referrer-policy: no-referrer");
	assert_has(f, "cache-control: no-cache");
	assert_has(f, "<title>page</title>");
	assert_lacks(f, "unsafe-inline");
}

static void serves_modules_of_the_page(void **arg)
{
	struct fixture *f = *arg;
	assert_int_equal(get(f, "/app.js"), 200);
	assert_has(f, "content-type: text/javascript");
	assert_string_equal(client_body(f->text), "export {};");
}

static void unknown_addresses_are_404_problems(void **arg)
{
	struct fixture *f = *arg;
	assert_int_equal(get(f, "/nothing/here"), 404);
	assert_has(f, "content-type: application/problem+json");
	assert_has(f, "\"status\":404");
	assert_int_equal(get(f, "/vendor/chart.js"), 404); /* chart_js is empty here */
}

static void other_files_of_the_folder_stay_hidden(void **arg)
{
	struct fixture *f = *arg;
	assert_int_equal(get(f, "/secret.ini"), 404);
	assert_lacks(f, "password");
}

static void paths_cannot_leave_the_folder(void **arg)
{
	static const char *const paths[] = {"/../../../../etc/passwd", "/..%2f..%2f..%2fetc/passwd", "/%2e%2e/%2e%2e/etc/passwd",
		"//etc/passwd", "/page/../../etc/passwd", "/....//etc/passwd", "/app.js/../secret.ini", "/app.js%00.html", "/.",
		"/..", "/vendor/../secret.ini", "/%5c..%5csecret.ini"};
	struct fixture *f = *arg;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		int status = get(f, paths[i]);
		if (status == 200 && !strstr(f->text, "<title>page</title>")) {
			fail_msg("%s was served: %s", paths[i], f->text);
		}
		assert_lacks(f, "root:");
		assert_lacks(f, "password");
	}
	assert_int_equal(get(f, "/healthz"), 200);
}

static void head_has_headers_and_no_body(void **arg)
{
	struct fixture *f = *arg;
	assert_int_equal(client_request(f->port, "HEAD", "/", NULL, f->text, TEXT_MAX), 200);
	assert_has(f, "content-length: 34");
	assert_string_equal(client_body(f->text), "");
}

static void other_methods_are_refused(void **arg)
{
	struct fixture *f = *arg;
	assert_int_equal(client_request(f->port, "DELETE", "/", NULL, f->text, TEXT_MAX), 405);
	assert_has(f, "allow: GET, HEAD");
	assert_has(f, "application/problem+json");
	assert_int_equal(client_request(f->port, "POST", "/healthz", "{}", f->text, TEXT_MAX), 405);
	assert_int_equal(get(f, "/api/v1/prediction/subscribe"), 405);
	assert_has(f, "allow: POST");
}

static void session_is_404_until_there_is_one(void **arg)
{
	struct fixture *f = *arg;
	assert_int_equal(get(f, "/api/v1/session/current"), 404);
	assert_has(f, "application/problem+json");
	publish(f);
	get_until(f, "/api/v1/session/current", "\"session\":{\"key\":4242");
	assert_has(f, "cache-control: private, no-cache");
	assert_has(f, "\"simulated\":true");
	assert_has(f, "\"code\":\"D20\"");
	assert_json(client_body(f->text), strlen(client_body(f->text)));
}

static void the_race_before_start_is_there_at_once(void **arg)
{
	struct fixture *f = *arg;
	fake_publish(&f->host, f->race);
	start(f);
	assert_int_equal(get(f, "/api/v1/session/current"), 200);
}

static void session_by_circuit_ignores_case_and_marks(void **arg)
{
	struct fixture *f = *arg;
	publish(f);
	get_until(f, "/api/v1/session/current", "HTTP/1.1 200");
	assert_int_equal(get(f, "/api/v1/session/examplering/live"), 200);
	assert_int_equal(get(f, "/api/v1/session/EXAMPLERING/live"), 200);
	assert_int_equal(get(f, "/api/v1/session/sao-exemplo/live"), 200);
	assert_int_equal(get(f, "/api/v1/session/S%C3%A3o%20Exemplo/live"), 200);
	assert_int_equal(get(f, "/api/v1/session/elsewhere/live"), 404);
	assert_has(f, "application/problem+json");
	assert_has(f, "examplering");
	assert_int_equal(get(f, "/api/v1/session//live"), 404);
}

static void prediction_is_null_then_the_newest(void **arg)
{
	struct fixture *f = *arg;
	assert_int_equal(get(f, "/api/v1/prediction/live"), 200);
	assert_has(f, "\"forecast\":null");
	publish(f);
	publish_forecast(f, 10, 0.625);
	get_until(f, "/api/v1/prediction/live", "\"win\":0.62500");
	assert_has(f, "\"lap\":10");
	assert_has(f, "\"code\":\"D01\"");
	assert_has(f, "\"simulated\":true");
	assert_json(client_body(f->text), strlen(client_body(f->text)));
}

static void unpublished_and_short_forecasts_are_ignored(void **arg)
{
	struct fixture *f = *arg;
	struct f1p_ev_forecast *ev = calloc(1, sizeof(*ev));
	assert_non_null(ev);
	ev->h = (struct f1p_event){.size = sizeof(*ev), .type = F1P_EV_FORECAST, .seq = 1};
	ev->forecast.n_cars = 2;
	f->sink->write(f->plugin, &ev->h, 1, ev->h.size); /* a member's, not the published one */
	ev->published = 1;
	ev->forecast.n_cars = 4000000000u;
	f->sink->write(f->plugin, &ev->h, 1, ev->h.size);
	ev->forecast.n_cars = 2;
	ev->h.size = 64;
	f->sink->write(f->plugin, &ev->h, 1, ev->h.size);
	free(ev);
	publish(f);
	get_until(f, "/api/v1/prediction/live", "\"session\":{");
	assert_has(f, "\"forecast\":null");
}

static void broken_batches_do_no_harm(void **arg)
{
	struct fixture *f = *arg;
	union {
		struct f1p_event e;
		uint8_t bytes[256];
	} batch;
	for (unsigned fill = 0; fill < 256; fill += 51) {
		memset(&batch, (int)fill, sizeof(batch));
		f->sink->write(f->plugin, &batch.e, 5, sizeof(batch));
		batch.e.size = 0;
		f->sink->write(f->plugin, &batch.e, 5, sizeof(batch));
		batch.e.size = 1u << 30;
		f->sink->write(f->plugin, &batch.e, 5, sizeof(batch));
	}
	assert_int_equal(get(f, "/healthz"), 200);
}

static void healthz_is_200_and_says_what_is_wrong(void **arg)
{
	struct fixture *f = *arg;
	publish(f);
	get_until(f, "/healthz", "\"status\":\"ok\"");
	pthread_mutex_lock(&f->host.lock);
	f->host.health.plugins_quarantined = 2;
	pthread_mutex_unlock(&f->host.lock);
	assert_int_equal(get(f, "/healthz"), 200);
	assert_has(f, "\"status\":\"degraded\"");
	assert_has(f, "\"quarantined\":2");
	assert_has(f, "\"data_age_ms\":100");
}

static void readyz_turns_with_the_age_of_the_data(void **arg)
{
	struct fixture *f = *arg;
	assert_int_equal(get(f, "/readyz"), 503);
	assert_has(f, "no session is known yet");
	publish(f);
	get_until(f, "/readyz", "HTTP/1.1 200");
	pthread_mutex_lock(&f->host.lock);
	f->host.health.data_age_ms = 30001;
	pthread_mutex_unlock(&f->host.lock);
	assert_int_equal(get(f, "/readyz"), 503);
	assert_has(f, "the data is stale");
	pthread_mutex_lock(&f->host.lock);
	f->host.health.source_ended = F1P_YES;
	pthread_mutex_unlock(&f->host.lock);
	assert_int_equal(get(f, "/readyz"), 200);
}

static void set_live_and_stale(struct fixture *f, uint8_t stale)
{
	pthread_mutex_lock(&f->host.lock);
	f->host.health.live = F1P_YES;
	f->host.health.stale = stale;
	pthread_mutex_unlock(&f->host.lock);
}

static void the_session_says_whether_it_is_stale_and_how_old_each_kind_is(void **arg)
{
	struct fixture *f = *arg;
	int64_t now_ns = f->host.host.now_utc_ns(&f->host.host);

	f->race->origins[F1P_DATA_TIMING] = (struct f1p_origin){.source_id = 1, .confidence = 1000, .t_ns = now_ns - 7200 * INT64_C(1000000000)};
	f->race->origins[F1P_DATA_TYRES] = (struct f1p_origin){.t_ns = F1P_UNKNOWN_NS};
	publish(f);
	get_until(f, "/api/v1/session/current", "HTTP/1.1 200");
	set_live_and_stale(f, F1P_NO);
	assert_int_equal(get(f, "/api/v1/session/current"), 200);
	assert_has(f, "\"stale\":false,\"ages_ms\":{");
	assert_has(f, "\"timing\":7200"); /* and some milliseconds */
	assert_null(strstr(strstr(f->text, "\"ages_ms\""), "tyres"));
	assert_json(client_body(f->text), strlen(client_body(f->text)));
	set_live_and_stale(f, F1P_YES); /* nothing new was told: the state is the same */
	assert_int_equal(get(f, "/api/v1/session/current"), 200);
	assert_has(f, "\"stale\":true,");
	assert_int_equal(get(f, "/api/v1/session/examplering/live"), 200);
	assert_has(f, "\"stale\":true,");
	assert_json(client_body(f->text), strlen(client_body(f->text)));
	pthread_mutex_lock(&f->host.lock);
	f->host.health.live = F1P_NO;
	f->host.health.data_age_ms = 30001;
	f->host.health.paused = F1P_YES; /* a recording that somebody stopped */
	pthread_mutex_unlock(&f->host.lock);
	assert_int_equal(get(f, "/api/v1/session/current"), 200);
	assert_has(f, "\"stale\":false,");
}

static void works_with_a_host_that_has_no_health(void **arg)
{
	struct fixture *f = *arg;
	f->host.without_health = true;
	f->plugin->init(f->plugin);
	start(f);
	assert_int_equal(get(f, "/readyz"), 503);
	publish(f);
	get_until(f, "/readyz", "HTTP/1.1 200");
}

static void routes_of_other_plugins_are_served(void **arg)
{
	struct fixture *f = *arg;
	assert_int_equal(get(f, "/metrics"), 200);
	assert_has(f, "content-type: text/plain; version=0.0.4");
	assert_int_equal(strlen(client_body(f->text)), FAKE_METRICS_BYTES); /* more than one piece */
}

/* Almost 16 MB each, more than the system keeps for a connection: behind the third the half of what may wait is taken. */
static void large_answers_that_nobody_reads_are_bounded(void **arg)
{
	static const char request[] = "GET /echo/large HTTP/1.1\r\nHost: localhost\r\n\r\n";
	struct fixture *f = *arg;
	int fds[10], given = 0, refused = 0;
	for (int i = 0; i < 10; i++) {
		fds[i] = client_connect(f->port);
		assert_true(client_send(fds[i], request, sizeof(request) - 1));
		assert_true(client_read(fds[i], f->text, 12, CLIENT_WAIT_MS));
		given += memcmp(f->text, "HTTP/1.1 200", 12) == 0;
		refused += memcmp(f->text, "HTTP/1.1 503", 12) == 0;
	}
	assert_int_equal(given, 3);
	assert_int_equal(refused, 7);
	assert_int_equal(client_request(f->port, "HEAD", "/echo/large", NULL, f->text, TEXT_MAX), 503);
	assert_has(f, "retry-after: 5");
	assert_int_equal(get(f, "/app.js"), 200); /* whoever asks for little is served */
	for (int i = 0; i < 10; i++) {
		close(fds[i]);
	}
	int status = 503;
	for (int i = 0; i < 500 && status == 503; i++) {
		status = client_request(f->port, "HEAD", "/echo/large", NULL, f->text, TEXT_MAX);
		nap(10);
	}
	assert_int_equal(status, 200);
}

static void requests_on_one_connection_are_all_answered(void **arg)
{
	struct fixture *f = *arg;
	static const char request[] = "GET /app.js HTTP/1.1\r\nHost: localhost\r\n\r\n";
	int fd = client_connect(f->port);
	for (int i = 0; i < 5; i++) {
		assert_true(client_send(fd, request, sizeof(request) - 1));
		size_t n = 0;
		do {
			assert_true(client_read(fd, f->text + n, 1, CLIENT_WAIT_MS));
			f->text[++n] = '\0';
		} while (!strstr(f->text, "export {};"));
		assert_has(f, "HTTP/1.1 200");
	}
	close(fd);
}

static void long_posts_are_refused(void **arg)
{
	struct fixture *f = *arg;
	size_t n = 1 << 20;
	char *request = malloc(n + 256);
	assert_non_null(request);
	size_t head = (size_t)snprintf(
		request, 256, "POST /api/v1/prediction/subscribe HTTP/1.1\r\nHost: localhost\r\nContent-Length: %zu\r\n\r\n", n);
	memset(request + head, ' ', n);
	assert_int_equal(client_raw(f->port, request, head + n, f->text, TEXT_MAX), 413);
	free(request);
	static const char gigantic[] =
		"POST /api/v1/prediction/subscribe HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999\r\n\r\n";
	client_raw(f->port, gigantic, sizeof(gigantic) - 1, f->text, TEXT_MAX);
	assert_true(strstr(f->text, " 413 ") || f->text[0] == '\0');
	assert_int_equal(get(f, "/healthz"), 200);
}

static void malformed_requests_do_no_harm(void **arg)
{
	struct fixture *f = *arg;
	static const char *const requests[] = {
		"\r\n\r\n",
		"GARBAGE\r\n\r\n",
		"GET\r\n\r\n",
		"GET / HTTP/9.9\r\n\r\n",
		"GET / HTTP/1.1\r\nUpgrade: websocket\r\n\r\n",
		"GET /ws/live-predictions HTTP/1.1\r\nHost: localhost\r\nUpgrade: bogus, websocket, , x\r\nConnection: Upgrade\r\n\r\n",
		"GET /ws/live-predictions HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: "
		"99\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: "
		"AAMAAABkAAQAAP__\r\n\r\n",
		"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
		"POST /api/v1/prediction/subscribe HTTP/1.1\r\nHost: localhost\r\nContent-Length: -5\r\n\r\n",
		"POST /api/v1/prediction/subscribe HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: "
		"chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
	};
	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		int fd = client_connect(f->port);
		assert_true(fd >= 0);
		client_send(fd, requests[i], strlen(requests[i]));
		struct pollfd pfd = {.fd = fd, .events = POLLIN};
		poll(&pfd, 1, 100);
		close(fd);
		assert_int_equal(get(f, "/healthz"), 200);
	}
}

/* --------------------------------------------------------- subscriptions */

static void subscribe_gives_a_ticket(void **arg)
{
	struct fixture *f = *arg;
	assert_int_equal(client_request(f->port, "POST", "/api/v1/prediction/subscribe",
				 "{\"topics\":[\"forecast\"],\"drivers\":[1,44]}", f->text, TEXT_MAX),
		201);
	assert_has(f, "\"subscription\":\"s1\"");
	assert_has(f, "\"ws\":\"/ws/live-predictions?subscription=s1\"");
}

/* POSTs with a Content-Type of its own. */
static int post_replay(struct fixture *f, const char *type, const char *body)
{
	char request[512];
	snprintf(request, sizeof(request),
		"POST /api/v1/replay HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n%s%s%sContent-Length: %zu\r\n\r\n%s",
		type ? "Content-Type: " : "", type ? type : "", type ? "\r\n" : "", strlen(body), body);
	return client_raw(f->port, request, strlen(request), f->text, TEXT_MAX);
}

static void replay_is_steered(void **arg)
{
	struct fixture *f = *arg;
	assert_int_equal(post_replay(f, "application/json", "{\"speed\": 60, \"paused\": true, \"lap\": 12}"), 202);
	assert_true(f->host.speed == 60);
	assert_int_equal(f->host.paused, 1);
	assert_int_equal(f->host.lap, 12);
	assert_int_equal(post_replay(f, "application/json; charset=utf-8", "{\"speed\": \"max\"}"), 202);
	assert_true(f->host.speed == 0);
	f->host.live = true;
	assert_int_equal(post_replay(f, "application/json", "{\"speed\": 2}"), 409);
	assert_non_null(strstr(f->text, "a live source rules the clock"));
	assert_int_equal(get(f, "/api/v1/replay"), 405);
}

static void a_simulation_is_not_moved(void **arg)
{
	struct fixture *f = *arg;
	f->host.simulation = true;
	assert_int_equal(post_replay(f, "application/json", "{\"speed\": 30, \"lap\": 12}"), 409);
	assert_non_null(strstr(f->text, "application/problem+json"));
	assert_non_null(strstr(f->text, "a simulation has no other times"));
	assert_true(f->host.speed != 30);
	assert_int_equal(post_replay(f, "application/json", "{\"time_ms\": 1000}"), 409);
	assert_int_equal(post_replay(f, "application/json", "{\"speed\": 30}"), 202);
	assert_true(f->host.speed == 30);
}

static void replay_refuses_what_it_does_not_know(void **arg)
{
	static const char *const bad[] = {"", "[]", "7", "{\"speed\": 0}", "{\"speed\": 1001}", "{\"speed\": \"fast\"}",
		"{\"paused\": 1}", "{\"lap\": 0}", "{\"lap\": 1e9}", "{\"lap\": null}", "{\"lap\": 3, \"time_ms\": 5}",
		"{\"time_ms\": -1}", "{\"wings\": 1}", "{\"lap\": {}}", "{\"lap\": 3"};
	struct fixture *f = *arg;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (post_replay(f, "application/json", bad[i]) != 400) {
			fail_msg("%s: %s", bad[i], f->text);
		}
	}
	/* what a form of a foreign page could send */
	assert_int_equal(post_replay(f, NULL, "{\"paused\": true}"), 415);
	assert_int_equal(post_replay(f, "text/plain", "{\"paused\": true}"), 415);
	assert_int_equal(f->host.paused, 0);
}

static void subscribe_refuses_what_it_does_not_know(void **arg)
{
	static const struct {
		const char *body, *reason;
	} cases[] = {
		{"{\"topics\":[\"weather\"]}", "unknown topic"},
		{"{\"topics\":[]}", "the list is empty"},
		{"{\"topics\":\"state\"}", "a list is expected"},
		{"{\"drivers\":[0]}", "a car number is 1 to 999"},
		{"{\"drivers\":[1000]}", "a car number is 1 to 999"},
		{"{\"drivers\":[1.5]}", "a car number is 1 to 999"},
		{"{\"drivers\":[-1]}", "a car number is 1 to 999"},
		{"{\"drivers\":[\"XXX\"]}", "no driver of this session"},
		{"{\"rules\":\"win\"}", "unknown key"},
		{"{\"topics\":[\"state\"],\"topics\":[\"state\"]}", "given twice"},
		{"{\"topics\":[[\"state\"]]}", "a list is expected only"},
		{"{\"topics\":{}}", "an object is not expected"},
		{"{\"topics\":null}", "null is not expected"},
		{"[]", "a list is expected only"},
		{"{\"topics\":[\"state\"]", "not valid JSON"},
		{"{} trailing", "not valid JSON"},
		{"", "not valid JSON"},
	};
	struct fixture *f = *arg;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int status = client_request(f->port, "POST", "/api/v1/prediction/subscribe", cases[i].body, f->text, TEXT_MAX);
		if (status != 400 || !strstr(f->text, cases[i].reason)) {
			fail_msg("%s: status %d, %s", cases[i].body, status, f->text);
		}
		assert_has(f, "application/problem+json");
	}
}

static void driver_codes_become_numbers(void **arg)
{
	struct fixture *f = *arg;
	struct filter filter;
	char err[160];
	static const char body[] = "{\"drivers\":[\"D03\",7]}";
	assert_true(filter_read(&filter, body, sizeof(body) - 1, f->race, err, sizeof(err)));
	assert_int_equal(filter.topics, TOPIC_ALL);
	assert_int_equal(filter.n_drivers, 2);
	assert_int_equal(filter.drivers[0], 3);
	assert_int_equal(filter.drivers[1], 7);
}

static void subscriptions_expire_unless_a_socket_holds_them(void **arg)
{
	struct subscriptions subs = {0};
	struct filter filter = {.topics = TOPIC_ALL};
	(void)arg;
	struct subscription *a = subscriptions_add(&subs, &filter, 0);
	struct subscription *b = subscriptions_add(&subs, &filter, 0);
	assert_non_null(a);
	assert_non_null(b);
	char a_id[SUBSCRIPTION_ID], b_id[SUBSCRIPTION_ID];
	strcpy(a_id, a->id);
	strcpy(b_id, b->id);
	assert_ptr_equal(subscriptions_acquire(&subs, a_id, 1), a);
	assert_null(subscriptions_acquire(&subs, b_id, SUBSCRIPTION_UNUSED_US + 2));
	subscription_release(a, SUBSCRIPTION_UNUSED_US + 2);
	assert_non_null(subscriptions_acquire(&subs, a_id, 2 * SUBSCRIPTION_UNUSED_US + 1));
	subscriptions_finish(&subs);
}

static void subscriptions_are_bounded(void **arg)
{
	struct subscriptions subs = {0};
	struct filter filter = {.topics = TOPIC_ALL};
	(void)arg;
	for (uint32_t i = 0; i < SUBSCRIPTIONS_MAX; i++) {
		assert_non_null(subscriptions_add(&subs, &filter, 5));
	}
	assert_null(subscriptions_add(&subs, &filter, 6));
	assert_non_null(subscriptions_add(&subs, &filter, 6 + SUBSCRIPTION_UNUSED_US)); /* the old ones made room */
	subscriptions_finish(&subs);
}

/* ------------------------------------------------------------- life cycle */

static void a_port_in_use_is_said_clearly(void **arg)
{
	struct fixture *f = *arg;
	char want[160];
	struct f1p_plugin *second = f1p_entry_v1.create(&f->host.host, "sink_websocket");
	struct sink_config config = f->config;
	config.port = f->port;
	assert_int_equal(second->init(second), F1P_OK);
	second->configure(second, &config);
	assert_int_equal(second->start(second), F1P_EIO);
	snprintf(want, sizeof(want), "127.0.0.1:%d: address in use; change port in the configuration or stop the other program",
		f->port);
	assert_string_equal(f->host.reason, want);
	second->stop(second);
	second->destroy(second);
	assert_int_equal(get(f, "/healthz"), 200);
}

static void a_bad_address_is_said_clearly(void **arg)
{
	struct fixture *f = *arg;
	f->config.bind = "localhost";
	f->plugin->configure(f->plugin, &f->config);
	assert_int_equal(f->plugin->start(f->plugin), F1P_ECONFIG);
	assert_non_null(strstr(f->host.reason, "bind = localhost: not a numeric address"));
}

static void a_folder_without_page_is_said_clearly(void **arg)
{
	struct fixture *f = *arg;
	f->config.page_dir = "/nonexistent";
	f->plugin->configure(f->plugin, &f->config);
	assert_int_equal(f->plugin->start(f->plugin), F1P_ECONFIG);
	assert_string_equal(f->host.reason, "page_dir = /nonexistent: no readable index.html there");
}

static void the_free_port_is_logged(void **arg)
{
	struct fixture *f = *arg;
	char want[64];
	snprintf(want, sizeof(want), "serving http://127.0.0.1:%d/", f->port);
	pthread_mutex_lock(&f->host.lock);
	bool logged = strstr(f->host.log, want) != NULL;
	pthread_mutex_unlock(&f->host.lock);
	assert_true(logged);
}

static void stops_in_time_with_clients_and_starts_again(void **arg)
{
	struct fixture *f = *arg;
	int fds[10];
	size_t n = 0;
	publish(f);
	for (int round = 0; round < 3; round++) {
		for (size_t i = 0; i < 10; i++) {
			fds[i] = open_socket(f, WS_PATH);
		}
		next_message(f, fds[0], "snapshot");
		int64_t before = fake_mono(&f->host.host);
		f->plugin->stop(f->plugin);
		f->plugin->stop(f->plugin);
		assert_true(fake_mono(&f->host.host) - before < 2000000000);
		assert_int_equal(f->host.threads_alive, 0);
		for (size_t i = 0; i < 10; i++) {
			int opcode;
			do {
				opcode = client_frame(fds[i], f->text, TEXT_MAX, &n, CLIENT_WAIT_MS);
			} while (opcode == 1);
			assert_true(opcode == -1 || opcode == 8);
			close(fds[i]);
		}
		start(f);
	}
}

static void events_and_clients_at_once(void **arg)
{
	struct fixture *f = *arg;
	publish(f);
	get_until(f, "/api/v1/session/current", "HTTP/1.1 200");
	for (int i = 0; i < 60; i++) {
		f->race->lap = 10 + i / 10;
		publish(f);
		publish_forecast(f, (uint16_t)(10 + i / 10), 0.5 + i * 0.005);
		publish_message(f, "GREEN LIGHT");
		int fd = open_socket(f, WS_PATH);
		if (i % 3) {
			next_message(f, fd, "snapshot");
		}
		assert_int_equal(get(f, "/api/v1/session/current"), 200);
		close(fd);
	}
}

static void slugs_are_plain(void **arg)
{
	static const struct {
		const char *text, *slug;
	} cases[] = {{"Interlagos", "interlagos"}, {"S\xc3\xa3o Paulo", "sao-paulo"}, {"Spa-Francorchamps", "spa-francorchamps"},
		{"  Mexico  City ", "mexico-city"}, {"N\xc3\xbcrburgring", "nurburgring"}, {"\xc3", ""}, {"---", ""}};
	char out[SLUG_MAX];
	(void)arg;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		slug(cases[i].text, strlen(cases[i].text), out);
		assert_string_equal(out, cases[i].slug);
	}
}

static void the_descriptor_has_sane_defaults(void **arg)
{
	(void)arg;
	const struct f1p_descriptor *d = f1p_entry_v1.descriptor(0);
	assert_string_equal(d->id, "sink_websocket");
	assert_null(f1p_entry_v1.descriptor(1));
	assert_null(f1p_entry_v1.create(NULL, "sink_websocket2"));
	for (uint32_t i = 0; i < d->config_count; i++) {
		assert_non_null(d->config[i].help);
		assert_non_null(d->config[i].def);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUNNING(serves_the_page_with_security_headers),
		RUNNING(serves_modules_of_the_page),
		RUNNING(unknown_addresses_are_404_problems),
		RUNNING(other_files_of_the_folder_stay_hidden),
		RUNNING(paths_cannot_leave_the_folder),
		RUNNING(head_has_headers_and_no_body),
		RUNNING(other_methods_are_refused),
		RUNNING(session_is_404_until_there_is_one),
		STOPPED(the_race_before_start_is_there_at_once),
		RUNNING(session_by_circuit_ignores_case_and_marks),
		RUNNING(prediction_is_null_then_the_newest),
		RUNNING(unpublished_and_short_forecasts_are_ignored),
		RUNNING(broken_batches_do_no_harm),
		RUNNING(healthz_is_200_and_says_what_is_wrong),
		RUNNING(readyz_turns_with_the_age_of_the_data),
		RUNNING(the_session_says_whether_it_is_stale_and_how_old_each_kind_is),
		STOPPED(works_with_a_host_that_has_no_health),
		RUNNING(routes_of_other_plugins_are_served),
		RUNNING(large_answers_that_nobody_reads_are_bounded),
		RUNNING(requests_on_one_connection_are_all_answered),
		RUNNING(long_posts_are_refused),
		RUNNING(malformed_requests_do_no_harm),
		RUNNING(replay_is_steered),
		RUNNING(a_simulation_is_not_moved),
		RUNNING(replay_refuses_what_it_does_not_know),
		RUNNING(subscribe_gives_a_ticket),
		RUNNING(subscribe_refuses_what_it_does_not_know),
		STOPPED(driver_codes_become_numbers),
		cmocka_unit_test(subscriptions_expire_unless_a_socket_holds_them),
		cmocka_unit_test(subscriptions_are_bounded),
		RUNNING(a_port_in_use_is_said_clearly),
		STOPPED(a_bad_address_is_said_clearly),
		STOPPED(a_folder_without_page_is_said_clearly),
		RUNNING(the_free_port_is_logged),
		RUNNING(stops_in_time_with_clients_and_starts_again),
		RUNNING(events_and_clients_at_once),
		cmocka_unit_test(slugs_are_plain),
		cmocka_unit_test(the_descriptor_has_sane_defaults),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
