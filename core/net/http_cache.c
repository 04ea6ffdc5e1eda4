#include "net/http_cache.h"

#include "net/http_cache_blob.h"
#include "net/http_file.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SUFFIX ".http"
#define SLOTS_MAX 16384u
#define NAME_BYTES (2 * HTTP_CACHE_KEY + sizeof(SUFFIX))

struct slot {
	uint8_t key[HTTP_CACHE_KEY];
	uint64_t bytes;
	int64_t age_order; /* only while the folder is read */
	uint8_t *blob;     /* NULL with files */
};

struct http_cache {
	char *dir; /* NULL = in memory */
	uint64_t max_bytes, bytes;
	struct slot *slots; /* oldest first */
	uint32_t n, cap;
};

static bool key_of(const char *url, uint8_t key[HTTP_CACHE_KEY])
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	unsigned n = 0;
	bool ok = ctx && EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) == 1 && EVP_DigestUpdate(ctx, "GET ", 4) == 1 &&
		  EVP_DigestUpdate(ctx, url, strlen(url)) == 1 && EVP_DigestFinal_ex(ctx, key, &n) == 1 && n == HTTP_CACHE_KEY;

	EVP_MD_CTX_free(ctx);
	return ok;
}

static void name_of(const uint8_t key[HTTP_CACHE_KEY], char name[NAME_BYTES])
{
	for (unsigned i = 0; i < HTTP_CACHE_KEY; i++)
		snprintf(name + 2 * i, 3, "%02x", key[i]);
	memcpy(name + 2 * HTTP_CACHE_KEY, SUFFIX, sizeof(SUFFIX));
}

static int nibble(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool key_of_name(const char *name, uint8_t key[HTTP_CACHE_KEY])
{
	if (strlen(name) != NAME_BYTES - 1 || strcmp(name + 2 * HTTP_CACHE_KEY, SUFFIX) != 0)
		return false;
	for (unsigned i = 0; i < HTTP_CACHE_KEY; i++) {
		int high = nibble(name[2 * i]), low = nibble(name[2 * i + 1]);
		if (high < 0 || low < 0)
			return false;
		key[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

static bool path_of(const struct http_cache *c, const uint8_t key[HTTP_CACHE_KEY], char *path, size_t size)
{
	char name[NAME_BYTES];

	name_of(key, name);
	return snprintf(path, size, "%s/%s", c->dir, name) < (int)size;
}

static struct slot *find(struct http_cache *c, const uint8_t key[HTTP_CACHE_KEY])
{
	for (uint32_t i = c->n; i-- > 0;)
		if (memcmp(c->slots[i].key, key, HTTP_CACHE_KEY) == 0)
			return &c->slots[i];
	return NULL;
}

/* Forgets a slot; what it kept goes too, but for a file that a newer one has replaced. */
static void drop(struct http_cache *c, struct slot *s, bool with_file)
{
	char path[4400];
	size_t behind = c->n - (size_t)(s - c->slots) - 1;

	if (with_file && c->dir && path_of(c, s->key, path, sizeof(path)))
		unlink(path);
	free(s->blob);
	c->bytes -= s->bytes;
	memmove(s, s + 1, behind * sizeof(*s));
	c->n--;
}

static bool add(struct http_cache *c, const struct slot *s)
{
	if (c->n == c->cap) {
		uint32_t cap = c->cap ? c->cap * 2 : 64;
		struct slot *slots = realloc(c->slots, cap * sizeof(*slots));
		if (!slots)
			return false;
		c->slots = slots;
		c->cap = cap;
	}
	c->slots[c->n++] = *s;
	c->bytes += s->bytes;
	return true;
}

static void make_room(struct http_cache *c)
{
	while (c->n > 0 && (c->bytes > c->max_bytes || c->n > SLOTS_MAX))
		drop(c, &c->slots[0], true);
}

static int by_age(const void *a, const void *b)
{
	const struct slot *x = a, *y = b;

	return (x->age_order > y->age_order) - (x->age_order < y->age_order);
}

static void look_at(struct http_cache *c, int dir, const char *name)
{
	struct slot s = {0};
	struct stat st;

	if (http_file_is_part(name)) { /* of a process that died over it */
		unlinkat(dir, name, 0);
		return;
	}
	if (!key_of_name(name, s.key) || fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(st.st_mode))
		return;
	s.bytes = (uint64_t)st.st_size;
	s.age_order = (int64_t)st.st_mtim.tv_sec * 1000000000LL + st.st_mtim.tv_nsec;
	if (!add(c, &s))
		unlinkat(dir, name, 0);
}

static bool read_folder(struct http_cache *c, char *err, size_t err_size)
{
	DIR *d;
	struct dirent *entry;

	if (mkdir(c->dir, 0700) != 0 && errno != EEXIST) {
		snprintf(err, err_size, "%s: cannot make the cache folder: %s", c->dir, strerror(errno));
		return false;
	}
	d = opendir(c->dir);
	if (!d || access(c->dir, W_OK | X_OK) != 0) {
		snprintf(err, err_size, "%s: cannot use the cache folder: %s", c->dir, strerror(errno));
		if (d)
			closedir(d);
		return false;
	}
	while ((entry = readdir(d)) != NULL)
		look_at(c, dirfd(d), entry->d_name);
	closedir(d);
	if (c->n > 1)
		qsort(c->slots, c->n, sizeof(*c->slots), by_age);
	make_room(c);
	return true;
}

struct http_cache *http_cache_create(const char *dir, uint64_t max_bytes, char *err, size_t err_size)
{
	struct http_cache *c = calloc(1, sizeof(*c));

	if (c && dir && strlen(dir) < 4096)
		c->dir = strdup(dir);
	if (!c || (dir && !c->dir)) {
		snprintf(err, err_size, "no memory for the cache, or its path is too long");
		free(c);
		return NULL;
	}
	c->max_bytes = max_bytes;
	if (dir && !read_folder(c, err, err_size)) {
		http_cache_destroy(c);
		return NULL;
	}
	return c;
}

void http_cache_destroy(struct http_cache *c)
{
	if (!c)
		return;
	for (uint32_t i = 0; i < c->n; i++)
		free(c->slots[i].blob);
	free(c->slots);
	free(c->dir);
	free(c);
}

uint64_t http_cache_bytes(const struct http_cache *c)
{
	return c->bytes;
}

bool http_cache_load(struct http_cache *c, const char *url, struct http_cache_entry *out)
{
	uint8_t key[HTTP_CACHE_KEY], *file = NULL;
	char path[4400];
	struct slot *s;
	size_t n;
	bool ok;

	*out = (struct http_cache_entry){0};
	if (!key_of(url, key) || !(s = find(c, key)))
		return false;
	if (!c->dir)
		return http_cache_blob_read(s->blob, s->bytes, key, out);
	ok = path_of(c, key, path, sizeof(path)) && (file = http_file_read(path, HTTP_CACHE_ENTRY_MAX, &n)) != NULL &&
	     http_cache_blob_read(file, n, key, out);
	free(file);
	if (!ok)
		drop(c, s, true);
	return ok;
}

f1p_status http_cache_store(struct http_cache *c, const char *url, const struct http_cache_entry *e, char *err, size_t err_size)
{
	struct slot s = {0}, *old;
	char path[4400];
	uint8_t *blob;
	size_t n;

	if (!key_of(url, s.key) || !(blob = http_cache_blob_make(e, s.key, HTTP_CACHE_ENTRY_MAX, &n)))
		return F1P_EUNSUPPORTED;
	s.bytes = n;
	if (!c->dir)
		s.blob = blob;
	else if (!path_of(c, s.key, path, sizeof(path)) || !http_file_write(path, blob, n, err, err_size)) {
		free(blob);
		return F1P_EIO;
	} else
		free(blob);
	old = find(c, s.key);
	if (old)
		drop(c, old, false);
	if (!add(c, &s)) {
		snprintf(err, err_size, "no memory for the cache");
		free(s.blob);
		return F1P_ENOMEM;
	}
	make_room(c);
	return F1P_OK;
}

void http_cache_entry_finish(struct http_cache_entry *e)
{
	http_headers_finish(&e->headers);
	free(e->body);
	*e = (struct http_cache_entry){0};
}
