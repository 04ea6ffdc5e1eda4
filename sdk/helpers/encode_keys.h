/* encode_keys.h - a key and its value in one call: what the encoders share. */
#ifndef F1P_ENCODE_KEYS_H
#define F1P_ENCODE_KEYS_H

#include "helpers/encode.h"

static inline void key_int(struct f1p_json *j, const char *key, int32_t v)
{
	f1p_json_key(j, key);
	f1p_encode_int(j, v);
}

/* F1P_UNKNOWN_NS -> null */
static inline void key_int64(struct f1p_json *j, const char *key, int64_t v)
{
	f1p_json_key(j, key);
	if (v == F1P_UNKNOWN_NS) {
		f1p_json_null(j);
	} else {
		f1p_json_int(j, v);
	}
}

static inline void key_count(struct f1p_json *j, const char *key, uint64_t v)
{
	f1p_json_key(j, key);
	f1p_json_uint(j, v);
}

/* For fields in which 0 says "none". */
static inline void key_ref(struct f1p_json *j, const char *key, uint32_t v)
{
	f1p_json_key(j, key);
	if (v) {
		f1p_json_uint(j, v);
	} else {
		f1p_json_null(j);
	}
}

static inline void key_tenths(struct f1p_json *j, const char *key, int32_t v)
{
	f1p_json_key(j, key);
	f1p_encode_tenths(j, v);
}

static inline void key_tri(struct f1p_json *j, const char *key, uint32_t v)
{
	f1p_json_key(j, key);
	f1p_encode_tri(j, v);
}

static inline void key_name(struct f1p_json *j, const char *key, const char *name)
{
	f1p_json_key(j, key);
	f1p_json_str(j, name);
}

/* "" and NULL -> null */
static inline void key_str(struct f1p_json *j, const char *key, const char *text)
{
	key_name(j, key, text && text[0] ? text : NULL);
}

static inline void key_bool(struct f1p_json *j, const char *key, bool v)
{
	f1p_json_key(j, key);
	f1p_json_bool(j, v);
}

static inline void key_time(struct f1p_json *j, const char *key, int64_t t)
{
	f1p_json_key(j, key);
	f1p_encode_time(j, t);
}

#define KEY_TEXT(j, key, field) (f1p_json_key((j), (key)), f1p_encode_text((j), (field), sizeof(field)))

#endif
