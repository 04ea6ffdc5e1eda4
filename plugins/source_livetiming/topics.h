/*
 * topics.h - which topics to subscribe to, and which of them need a token.
 */
#ifndef SLT_TOPICS_H
#define SLT_TOPICS_H

#include <f1pd/base.h>

#define SLT_TOPICS_MAX 48u
#define SLT_TOPIC_NAME_MAX 32u

struct slt_topics {
	char names[SLT_TOPICS_MAX][SLT_TOPIC_NAME_MAX];
	uint32_t n;
};

/* "a, b, c", or "all": those that the decoder reads. False: *why says what is wrong. */
bool slt_topics_parse(const char *list, struct slt_topics *, char *why, size_t size);
/* The Subscribe record, end byte included; its length, 0 if it does not fit. */
size_t slt_topics_subscribe(const struct slt_topics *, char *out, size_t size);
/* Those that need a token, as "CarData.z, Position.z"; returns how many. kinds: their data kinds, as in struct f1p_ev_link. */
uint32_t slt_topics_needing_token(const struct slt_topics *, char *out, size_t size, uint32_t *kinds);

#endif
