/*
 * http_tls_test.c - certificates and downgrades, against the openssl program's own server with a certificate made here.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net/http_fixture.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>

struct tls_server {
	char dir[64], cert[100];
	pid_t pid;
	unsigned port;
	FILE *out;
};

static void run(const char *command)
{
	if (system(command) != 0)
		fail_msg("%s", command);
}

static void write_page(const struct tls_server *s, const char *name, const char *text)
{
	char path[200];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", s->dir, name);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static void launch(struct tls_server *s)
{
	char line[200];
	int pipe_fds[2];

	assert_int_equal(pipe(pipe_fds), 0);
	s->pid = fork();
	assert_true(s->pid >= 0);
	if (s->pid == 0) {
		dup2(pipe_fds[1], STDOUT_FILENO);
		dup2(open("/dev/null", O_RDWR), STDIN_FILENO);
		dup2(STDIN_FILENO, STDERR_FILENO);
		if (chdir(s->dir) == 0)
			execlp("openssl", "openssl", "s_server", "-accept", "127.0.0.1:0", "-cert", "cert.pem", "-key", "key.pem",
				"-HTTP", (char *)NULL);
		_exit(127);
	}
	close(pipe_fds[1]);
	s->out = fdopen(pipe_fds[0], "r");
	while (s->port == 0 && fgets(line, sizeof(line), s->out))
		sscanf(line, "ACCEPT 127.0.0.1:%u", &s->port);
	assert_true(s->port > 0);
}

/* -HTTP gives out files as whole answers, head and all. */
static void tls_start(struct tls_server *s, unsigned plain_port)
{
	char text[600];

	*s = (struct tls_server){0};
	snprintf(s->dir, sizeof(s->dir), "%s/f1pd-tls-XXXXXX", P_tmpdir);
	assert_non_null(mkdtemp(s->dir));
	snprintf(s->cert, sizeof(s->cert), "%s/cert.pem", s->dir);
	snprintf(text, sizeof(text),
		"cd %s && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=127.0.0.1 "
		"-addext subjectAltName=IP:127.0.0.1 -keyout key.pem -out cert.pem 2>/dev/null", s->dir);
	run(text);
	write_page(s, "page", "HTTP/1.0 200 OK\r\nContent-Length: 6\r\n\r\nsecure");
	snprintf(text, sizeof(text), "HTTP/1.0 302 Found\r\nLocation: http://127.0.0.1:%u/ok\r\nContent-Length: 0\r\n\r\n",
		plain_port);
	write_page(s, "down", text);
	launch(s);
	snprintf(text, sizeof(text), "HTTP/1.0 302 Found\r\nLocation: http://127.0.0.1:%u/page\r\nContent-Length: 0\r\n\r\n",
		s->port);
	write_page(s, "same_port", text);
}

static void tls_stop(struct tls_server *s)
{
	kill(s->pid, SIGKILL);
	waitpid(s->pid, NULL, 0);
	fclose(s->out);
	fixture_remove_dir(s->dir);
}

static struct answer *ask(struct fixture *f, const char *host, unsigned port, const char *page)
{
	char url[200];

	snprintf(url, sizeof(url), "https://%s:%u/%s", host, port, page);
	f->options.measured = NULL;
	return fixture_get(f, url, (struct f1p_http_request){.timeout_ms = 8000});
}

static void trust(struct fixture *f, const char *ca_file)
{
	fixture_close(f);
	f->options.measured = NULL;
	f->options.ca_file = ca_file;
	fixture_open(f);
}

static void an_unknown_certificate_is_refused(void **state)
{
	struct fixture *f = fixture_create(false);
	struct tls_server s;
	struct answer *a;

	(void)state;
	tls_start(&s, f->server->port);
	a = ask(f, "127.0.0.1", s.port, "page");
	assert_int_equal(a->error, F1P_EIO);
	assert_int_equal(a->status, 0);
	assert_int_equal(a->attempts, 1); /* the same would come again */
	assert_non_null(strstr(a->reason, "the server's certificate is not accepted"));

	trust(f, s.cert);
	a = ask(f, "127.0.0.1", s.port, "page");
	assert_int_equal(a->error, F1P_OK);
	assert_string_equal(a->body, "secure");

	/* a good certificate, but of another name */
	f->options.measured = NULL;
	a = ask(f, "localhost", s.port, "page");
	assert_int_equal(a->error, F1P_EIO);
	assert_non_null(strstr(a->reason, "certificate is not accepted"));

	trust(f, "/nowhere/ca.pem");
	assert_int_equal(ask(f, "127.0.0.1", s.port, "page")->error, F1P_EIO);
	tls_stop(&s);
	fixture_destroy(f);
}

static void a_redirect_to_plain_http_is_refused(void **state)
{
	struct fixture *f = fixture_create(false);
	struct tls_server s;
	struct answer *a;

	(void)state;
	tls_start(&s, f->server->port);
	trust(f, s.cert);
	a = ask(f, "127.0.0.1", s.port, "same_port");
	assert_int_equal(a->error, F1P_EINVAL);
	assert_non_null(strstr(a->reason, "from https to plain http"));
	a = ask(f, "127.0.0.1", s.port, "down");
	assert_int_equal(a->error, F1P_EINVAL);
	assert_non_null(strstr(a->reason, "another server"));
	assert_int_equal(test_server_hits(f->server, "/ok"), 0);
	tls_stop(&s);
	fixture_destroy(f);
}

static void a_handshake_that_hangs_times_out(void **state)
{
	struct fixture *f = fixture_create(false);
	char url[100];
	struct answer *a;

	(void)state;
	snprintf(url, sizeof(url), "https://127.0.0.1:%u/ok", f->server->port); /* it waits for the end of a request head */
	a = fixture_get(f, url, (struct f1p_http_request){.timeout_ms = 300, .flags = F1P_HTTPF_NO_RETRY});
	assert_int_equal(a->error, F1P_ETIMEOUT);
	assert_non_null(strstr(a->reason, "no connection within 300 ms"));
	fixture_destroy(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_unknown_certificate_is_refused),
		cmocka_unit_test(a_redirect_to_plain_http_is_refused),
		cmocka_unit_test(a_handshake_that_hangs_times_out),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
