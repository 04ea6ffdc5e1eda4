/*
 * merge.c - see merge.h.
 */
#include "merge.h"
#include "clock.h"
#include "topics.h"

#include <stdlib.h>

#define SNAPSHOT_SLACK_NS (60 * SR_NS_PER_S)

struct head {
	struct sr_reader *reader;
	struct sr_message message;
	int64_t t_ns;
	uint32_t rank;
	bool ended;
};

struct merge {
	struct sr_reader base;
	struct head heads[SR_MERGE_MAX];
	uint32_t n;
	uint32_t lent; /* whose message was handed out last; SR_MERGE_MAX = none */
	int64_t last_ns;
	bool primed;
};

static f1p_status advance(struct merge *m, struct head *h)
{
	f1p_status status = h->reader->next(h->reader, &h->message);

	if (status == F1P_END) {
		h->ended = true;
		return F1P_OK;
	}
	if (status == F1P_OK) {
		h->t_ns = h->message.t_ns != F1P_UNKNOWN_NS ? h->message.t_ns : m->last_ns;
		h->rank = h->message.kind == SR_SNAPSHOT  ? 0
			  : h->message.kind == SR_MESSAGE ? sr_topic_rank(h->message.topic, h->message.topic_n)
							  : 3;
	}
	return status;
}

/* Reads the first message of each; puts guessed times in their place. */
static f1p_status prime(struct merge *m)
{
	int64_t first = F1P_NEVER_NS;

	for (uint32_t i = 0; i < m->n; i++) {
		struct head *h = &m->heads[i];
		f1p_status status = advance(m, h);

		if (status != F1P_OK) {
			return status;
		}
		if (!h->ended && !h->message.guessed && h->t_ns != F1P_UNKNOWN_NS && h->t_ns < first) {
			first = h->t_ns;
		}
	}
	for (uint32_t i = 0; i < m->n && first != F1P_NEVER_NS; i++) {
		struct head *h = &m->heads[i];

		if (h->ended || !h->message.guessed) {
			continue;
		}
		if (h->t_ns == F1P_UNKNOWN_NS || (h->t_ns > first && h->t_ns - first < SNAPSHOT_SLACK_NS)) {
			h->t_ns = first;
		}
	}
	m->primed = true;
	return F1P_OK;
}

static bool before(const struct head *a, const struct head *b)
{
	return a->t_ns != b->t_ns ? a->t_ns < b->t_ns : a->rank < b->rank;
}

static f1p_status merge_next(struct sr_reader *base, struct sr_message *out)
{
	struct merge *m = (struct merge *)base;
	struct head *best = NULL;
	f1p_status status = F1P_OK;

	if (!m->primed) {
		status = prime(m);
	} else if (m->lent < SR_MERGE_MAX) {
		status = advance(m, &m->heads[m->lent]);
	}
	m->lent = SR_MERGE_MAX;
	if (status != F1P_OK) {
		return status;
	}
	for (uint32_t i = 0; i < m->n; i++) {
		if (!m->heads[i].ended && (best == NULL || before(&m->heads[i], best))) {
			best = &m->heads[i];
		}
	}
	if (best == NULL) {
		return F1P_END;
	}
	m->lent = (uint32_t)(best - m->heads);
	m->last_ns = best->t_ns;
	*out = best->message;
	out->t_ns = best->t_ns;
	return F1P_OK;
}

static void merge_destroy(struct sr_reader *base)
{
	struct merge *m = (struct merge *)base;

	for (uint32_t i = 0; i < m->n; i++) {
		sr_reader_destroy(m->heads[i].reader);
	}
	free(m);
}

struct sr_reader *sr_merge_create(struct sr_reader *const *readers, uint32_t n)
{
	struct merge *m = n <= SR_MERGE_MAX ? calloc(1, sizeof(*m)) : NULL;

	if (m == NULL) {
		for (uint32_t i = 0; i < n; i++) {
			sr_reader_destroy(readers[i]);
		}
		return NULL;
	}
	m->base = (struct sr_reader){merge_next, merge_destroy};
	m->n = n;
	m->lent = SR_MERGE_MAX;
	m->last_ns = F1P_UNKNOWN_NS;
	for (uint32_t i = 0; i < n; i++) {
		m->heads[i].reader = readers[i];
	}
	return &m->base;
}
