/*
 * files.c - the page's files: one flat folder, known kinds, plain names. Nothing else of the disk can be reached.
 */
#include "sink_websocket.h"

#include "api.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MAX (4 << 20)

static bool has_index(const char *dir)
{
	char path[600];
	return snprintf(path, sizeof(path), "%s/index.html", dir) < (int)sizeof(path) && access(path, R_OK) == 0;
}

bool files_find_page(const char *configured, char *out, size_t out_size)
{
	static const char *const below[] = {"../../../share/f1pd/page", "../../../../share/f1pd/page"};
	Dl_info info;
	char module[400];
	if (configured[0]) {
		return snprintf(out, out_size, "%s", configured) < (int)out_size && has_index(out);
	}
	if (dladdr((const void *)(uintptr_t)files_find_page, &info) && info.dli_fname &&
		snprintf(module, sizeof(module), "%s", info.dli_fname) < (int)sizeof(module)) {
		char *slash = strrchr(module, '/');
		for (size_t i = 0; slash && i < sizeof(below) / sizeof(below[0]); i++) {
			if (snprintf(out, out_size, "%.*s/%s", (int)(slash - module), module, below[i]) < (int)out_size &&
				has_index(out)) {
				return true;
			}
		}
	}
	if (snprintf(out, out_size, "%s", F1PD_PAGE_DIR) < (int)out_size && has_index(out)) {
		return true;
	}
	out[0] = '\0';
	return false;
}

static const char *content_type(const char *name)
{
	static const struct {
		const char *suffix, *type;
	} types[] = {
		{".html", "text/html; charset=utf-8"},
		{".css", "text/css; charset=utf-8"},
		{".js", "text/javascript; charset=utf-8"},
		{".svg", "image/svg+xml"},
		{".png", "image/png"},
		{".webmanifest", "application/manifest+json"},
	};
	const char *dot = strrchr(name, '.');
	for (size_t i = 0; dot && i < sizeof(types) / sizeof(types[0]); i++) {
		if (strcmp(dot, types[i].suffix) == 0) {
			return types[i].type;
		}
	}
	return NULL;
}

static bool plain_name(const char *name)
{
	size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-");
	return n > 0 && n < 64 && name[n] == '\0' && name[0] != '.';
}

static struct frame *read_file(const char *path)
{
	struct stat st;
	struct frame *f = NULL;
	char *text = NULL;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0) {
		return NULL;
	}
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size <= FILE_MAX) {
		text = malloc((size_t)st.st_size + 1);
	}
	if (text) {
		ssize_t n = read(fd, text, (size_t)st.st_size);
		if (n == (ssize_t)st.st_size) {
			f = frame_create(0, text, (size_t)n);
		}
	}
	free(text);
	close(fd);
	return f;
}

bool files_is_page(const struct sink *s, const char *path)
{
	const char *name = strcmp(path, "/") == 0 ? "index.html" : path + 1;
	return strcmp(path, "/vendor/chart.js") == 0 || (s->page_dir[0] && path[0] == '/' && plain_name(name) && content_type(name));
}

bool files_get(struct sink *s, const char *path, struct answer *a)
{
	char file[600];
	const char *name = strcmp(path, "/") == 0 ? "index.html" : path + 1;
	if (strcmp(path, "/vendor/chart.js") == 0) {
		a->body = s->config.chart_js[0] ? read_file(s->config.chart_js) : NULL;
		a->content_type = "text/javascript; charset=utf-8";
		a->cache = "max-age=86400";
	} else if (files_is_page(s, path)) {
		snprintf(file, sizeof(file), "%s/%s", s->page_dir, name);
		a->body = read_file(file);
		a->content_type = content_type(name);
		a->cache = "no-cache";
	}
	a->status = 200;
	return a->body != NULL;
}

/* The descriptions of the interface lie beside the page: /api/v1/NAME is the file NAME. */
static void get_description(struct sink *s, const struct request *r, struct answer *a)
{
	char file[600];
	snprintf(file, sizeof(file), "%s/%s", s->page_dir, strrchr(r->path, '/') + 1);
	*a = (struct answer){.status = 200, .content_type = "application/json", .body = s->page_dir[0] ? read_file(file) : NULL};
	if (!a->body) {
		answer_problem(a, 404, "Not found", "the description is not installed; it lies beside the page");
	}
}

static const struct own_route items[] = {
	{.method = F1P_GET, .scope = 0, .path = "/api/v1/openapi.json", .answer = get_description},
	{.method = F1P_GET, .scope = 0, .path = "/api/v1/asyncapi.json", .answer = get_description},
};

struct own_routes file_routes(void)
{
	return OWN_ROUTES(items);
}
