/*
 * socket_client.h - a tiny HTTP and WebSocket client over raw sockets, for the tests of this sink.
 */
#ifndef SOCKET_CLIENT_H
#define SOCKET_CLIENT_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define CLIENT_WAIT_MS 10000

static inline int client_connect(int port)
{
	struct sockaddr_in sa = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	sa.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&sa, sizeof(sa)) != 0) {
		close(fd);
		return -1;
	}
	return fd;
}

static inline bool client_send(int fd, const void *bytes, size_t n)
{
	const char *p = bytes;
	while (n > 0) {
		ssize_t sent = send(fd, p, n, MSG_NOSIGNAL);
		if (sent <= 0) {
			return false;
		}
		p += sent;
		n -= (size_t)sent;
	}
	return true;
}

/* Reads exactly n bytes within the waiting time. */
static inline bool client_read(int fd, void *out, size_t n, int wait_ms)
{
	char *p = out;
	while (n > 0) {
		struct pollfd pfd = {.fd = fd, .events = POLLIN};
		if (poll(&pfd, 1, wait_ms) <= 0) {
			return false;
		}
		ssize_t got = recv(fd, p, n, 0);
		if (got <= 0) {
			return false;
		}
		p += got;
		n -= (size_t)got;
	}
	return true;
}

/* Reads until the other side closes; returns the length, NUL-terminated. */
static inline size_t client_read_all(int fd, char *out, size_t size)
{
	size_t n = 0;
	while (n + 1 < size) {
		struct pollfd pfd = {.fd = fd, .events = POLLIN};
		if (poll(&pfd, 1, CLIENT_WAIT_MS) <= 0) {
			break;
		}
		ssize_t got = recv(fd, out + n, size - 1 - n, 0);
		if (got <= 0) {
			break;
		}
		n += (size_t)got;
	}
	out[n] = '\0';
	return n;
}

/* Sends the request text as it is and reads the whole answer. Returns the status, 0 if there was none. */
static inline int client_raw(int port, const char *request, size_t n, char *out, size_t size)
{
	int fd = client_connect(port), status = 0;
	out[0] = '\0';
	if (fd < 0) {
		return 0;
	}
	client_send(fd, request, n);
	client_read_all(fd, out, size);
	close(fd);
	return sscanf(out, "HTTP/1.%*d %d", &status) == 1 ? status : 0;
}

static inline int client_request(int port, const char *method, const char *path, const char *body, char *out, size_t size)
{
	char request[4096];
	int n = body ? snprintf(request, sizeof(request),
			       "%s %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\n"
			       "Content-Length: %zu\r\n\r\n%s",
			       method, path, strlen(body), body)
		     : snprintf(request, sizeof(request), "%s %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
			       method, path);
	return client_raw(port, request, (size_t)n, out, size);
}

static inline const char *client_body(const char *response)
{
	const char *end = strstr(response, "\r\n\r\n");
	return end ? end + 4 : "";
}

/* The upgrade; extra: further header lines. Returns the socket, or -1 and the status in *status. */
static inline int client_upgrade(int port, const char *path, const char *extra, int *status)
{
	char request[1024], head[2048];
	size_t n = 0;
	int fd = client_connect(port);
	*status = 0;
	if (fd < 0) {
		return -1;
	}
	int len = snprintf(request, sizeof(request),
		"GET %s HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n%s\r\n",
		path, extra);
	client_send(fd, request, (size_t)len);
	while (n + 1 < sizeof(head) && client_read(fd, head + n, 1, CLIENT_WAIT_MS)) {
		n++;
		head[n] = '\0';
		if (n >= 4 && memcmp(head + n - 4, "\r\n\r\n", 4) == 0) {
			break;
		}
	}
	if (sscanf(head, "HTTP/1.%*d %d", status) != 1 || *status != 101) {
		close(fd);
		return -1;
	}
	return fd;
}

/* One frame. Returns the opcode, -1 when the connection is over or nothing comes in time. */
static inline int client_frame(int fd, char *out, size_t size, size_t *length, int wait_ms)
{
	uint8_t head[2], more[8];
	uint64_t n;
	if (!client_read(fd, head, 2, wait_ms)) {
		return -1;
	}
	n = head[1] & 0x7fu;
	if (n >= 126) {
		size_t bytes = n == 126 ? 2 : 8;
		if (!client_read(fd, more, bytes, wait_ms)) {
			return -1;
		}
		n = 0;
		for (size_t i = 0; i < bytes; i++) {
			n = n << 8 | more[i];
		}
	}
	if (n + 1 > size || !client_read(fd, out, (size_t)n, wait_ms)) {
		return -1;
	}
	out[n] = '\0';
	*length = (size_t)n;
	return head[0] & 0x0f;
}

#endif
