/*
 * topics.h - the names of the live-timing topics: how a recording is told from any other JSON.
 */
#ifndef SR_TOPICS_H
#define SR_TOPICS_H

#include <helpers/json_reader.h>

#define SR_TOPIC_MAX 31u /* bytes of a name */

/* One of the feed's topics. */
bool sr_topic_known(const char *name, size_t n);
/* Could be a topic of a coming season: letters, digits, a dot; starts with a capital. */
bool sr_topic_plausible(const char *name, size_t n);
/* The topic that a file's name tells: all up to .jsonStream, else a known topic at the end of the name without its
 * extensions. Empty if there is none. Points into name. */
struct f1p_json_slice sr_topic_of_name(const char *file_name);
/* The topic whose payload looks like this, or NULL. For streams whose name tells nothing. */
const char *sr_topic_of_payload(const char *json, size_t n);
/* Order among messages of the same time: the session and its drivers are known before the rest. */
uint32_t sr_topic_rank(const char *name, size_t n);

#endif
