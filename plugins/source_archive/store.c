#include "store.h"

#include "livetiming.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PART ".part"
#define STREAM ".jsonStream"
#define JUST_NOW_S 900
#define SETTLED_S (2 * 86400)
#define MANIFEST_MAX 16384

static bool complain(char *why, size_t size, const char *path, const char *what)
{
	snprintf(why, size, "%s: %s: %s", path, what, strerror(errno));
	return false;
}

/* ---- the folder ---- */

static bool make_folders(const char *path, char *why, size_t why_size)
{
	char part[STORE_PATH_ROOM];

	for (const char *slash = path; slash;) {
		slash = strchr(slash + 1, '/');
		snprintf(part, sizeof(part), "%.*s", slash ? (int)(slash - path) : (int)strlen(path), path);
		if (mkdir(part, 0755) != 0 && errno != EEXIST)
			return complain(why, why_size, part, "the folder cannot be made");
	}
	return true;
}

static void remove_parts(const char *dir)
{
	char path[STORE_PATH_ROOM + 256];
	struct dirent *e;
	DIR *d = opendir(dir);

	while (d && (e = readdir(d)) != NULL) {
		size_t n = strlen(e->d_name), tail = sizeof(PART) - 1;
		if (n <= tail || strcmp(e->d_name + n - tail, PART) != 0)
			continue;
		snprintf(path, sizeof(path), "%s/%s", dir, e->d_name);
		unlink(path);
	}
	if (d)
		closedir(d);
}

void store_path(const struct store *s, const char *topic, char out[STORE_PATH_ROOM])
{
	snprintf(out, STORE_PATH_ROOM, "%s/%s" STREAM, s->dir, topic);
}

/* "…/2025-10-26_Race/" -> 2025-10-26T00:00 */
static int64_t day_of(const char *session)
{
	char text[24];
	int64_t t_ns;
	const char *last = strchr(session, '/');

	last = last ? strchr(last + 1, '/') : NULL;
	if (!last)
		return INT64_MAX;
	snprintf(text, sizeof(text), "%.10sT00:00:00", last + 1);
	return lt_parse_utc(text, strlen(text), &t_ns) ? t_ns / 1000000000 : INT64_MAX;
}

/* ---- the manifest ---- */

static struct stored *find(const struct store *s, const char *topic)
{
	for (uint32_t i = 0; i < s->n; i++)
		if (strcmp(s->files[i].topic, topic) == 0)
			return (struct stored *)(uintptr_t)&s->files[i];
	return NULL;
}

/* Lines "BYTES UTC TOPIC". Anything else in it is worth nothing: then that file is fetched again. */
static void read_manifest(struct store *s)
{
	char path[STORE_PATH_ROOM], text[MANIFEST_MAX], *rest = NULL;
	FILE *f;

	snprintf(path, sizeof(path), "%s.manifest", s->dir);
	f = fopen(path, "re");
	if (!f)
		return;
	text[fread(text, 1, sizeof(text) - 1, f)] = '\0';
	fclose(f);
	for (char *line = strtok_r(text, "\n", &rest); line && s->n < TOPICS_MAX; line = strtok_r(NULL, "\n", &rest)) {
		struct stored *e = &s->files[s->n];
		char topic[TOPIC_ROOM];
		if (sscanf(line, "%" SCNu64 " %" SCNd64 " %39s", &e->bytes, &e->t_got_s, topic) != 3 || find(s, topic) ||
			!path_topic(topic, strlen(topic)))
			continue;
		memcpy(e->topic, topic, sizeof(topic));
		s->n++;
	}
}

static bool write_manifest(const struct store *s, char *why, size_t why_size)
{
	char path[STORE_PATH_ROOM], fresh[STORE_PATH_ROOM + 8];

	snprintf(path, sizeof(path), "%s.manifest", s->dir);
	snprintf(fresh, sizeof(fresh), "%s.new", path);
	FILE *f = fopen(fresh, "we");
	if (!f)
		return complain(why, why_size, path, "cannot be written");
	for (uint32_t i = 0; i < s->n; i++)
		fprintf(f, "%" PRIu64 " %" PRId64 " %s\n", s->files[i].bytes, s->files[i].t_got_s, s->files[i].topic);
	bool ok = !ferror(f);
	if (fclose(f) != 0 || !ok || rename(fresh, path) != 0) {
		complain(why, why_size, path, "cannot be written");
		unlink(fresh);
		return false;
	}
	return true;
}

bool store_open(struct store *s, const char *folder, const char *session, char *why, size_t why_size)
{
	int64_t day_s = day_of(session);

	s->n = 0;
	s->t_final_s = day_s == INT64_MAX ? INT64_MAX : day_s + SETTLED_S;
	int n = snprintf(s->dir, sizeof(s->dir), "%s/%.*s", folder, (int)strlen(session) - 1, session);
	if (n < 0 || n >= (int)sizeof(s->dir)) {
		snprintf(why, why_size, "the name of the folder is too long");
		return false;
	}
	if (!make_folders(s->dir, why, why_size))
		return false;
	remove_parts(s->dir);
	read_manifest(s);
	return write_manifest(s, why, why_size); /* so that a folder that takes nothing is found before anything is fetched */
}

/* ---- the files ---- */

const struct stored *store_has(const struct store *s, const char *topic, int64_t now_s)
{
	const struct stored *e = find(s, topic);
	char path[STORE_PATH_ROOM];
	struct stat st;

	if (!e || (e->t_got_s < s->t_final_s && (now_s < e->t_got_s || now_s - e->t_got_s > JUST_NOW_S)))
		return NULL;
	store_path(s, topic, path);
	return stat(path, &st) == 0 && S_ISREG(st.st_mode) && (uint64_t)st.st_size == e->bytes ? e : NULL;
}

/* "HH:MM:SS.mmm" and the beginning of a value */
static bool is_head(const char *p, size_t n)
{
	static const char shape[] = "00:00:00.000";

	for (size_t i = 0; i < 12; i++)
		if (i >= n || (shape[i] == '0' ? p[i] < '0' || p[i] > '9' : p[i] != shape[i]))
			return false;
	return n > 12 && (p[12] == '{' || p[12] == '"' || p[12] == '[');
}

/* What is wrong with the file, or NULL. An empty one is a topic that said nothing. */
static const char *fault_of(FILE *f, uint64_t *bytes)
{
	char p[256];
	size_t n = fread(p, 1, 32, f), bom = n >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
	off_t size = fseeko(f, 0, SEEK_END) == 0 ? ftello(f) : -1;

	*bytes = size < 0 ? 0 : (uint64_t)size;
	if (size >= 0 && (size_t)size == bom)
		return NULL;
	if (size < 0 || !is_head(p + bom, n - bom))
		return "the answer is no stream of the archive";
	if (fseeko(f, size > 256 ? size - 256 : 0, SEEK_SET) != 0)
		return "it cannot be read";
	n = fread(p, 1, sizeof(p), f);
	while (n > 0 && strchr("\r\n ", p[n - 1]) && p[n - 1])
		n--;
	return n > 0 && p[n - 1] != '\0' && strchr("}\"]", p[n - 1]) ? NULL : "it ends in the middle of a line";
}

f1p_status store_take(struct store *s, const char *topic, int64_t now_s, char *why, size_t why_size)
{
	struct stored *e = find(s, topic);
	const char *fault = "it is not there";
	char path[STORE_PATH_ROOM];
	uint64_t bytes = 0;

	store_path(s, topic, path);
	FILE *f = fopen(path, "re");
	if (f) {
		fault = fault_of(f, &bytes);
		fclose(f);
	}
	if (fault) {
		snprintf(why, why_size, "%s: %s", topic, fault);
		store_drop(s, topic);
		return F1P_EINVAL;
	}
	if (!e && s->n == TOPICS_MAX) {
		snprintf(why, why_size, "%s: more than %d files", topic, TOPICS_MAX);
		return F1P_EINVAL;
	}
	e = e ? e : &s->files[s->n++];
	*e = (struct stored){.bytes = bytes, .t_got_s = now_s};
	memcpy(e->topic, topic, strlen(topic));
	return write_manifest(s, why, why_size) ? F1P_OK : F1P_EIO;
}

void store_drop(struct store *s, const char *topic)
{
	struct stored *e = find(s, topic);
	char path[STORE_PATH_ROOM];

	store_path(s, topic, path);
	unlink(path);
	if (e)
		*e = s->files[--s->n];
}
