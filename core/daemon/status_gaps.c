#include "daemon/status_gaps.h"

#include "helpers/encode_keys.h"
#include "helpers/encode_live.h"

struct tally {
	uint32_t n;
	uint64_t newest_seq; /* of when a line was told last */
};

static void count(void *arg, const struct f1p_ev_gap *gap)
{
	struct tally *t = arg;

	t->n++;
	t->newest_seq = gap->h.seq > t->newest_seq ? gap->h.seq : t->newest_seq;
}

uint64_t status_gaps_mark(const struct gap_ledger *l, const struct f1p_state *st)
{
	struct tally t = {0};

	l->visit(l->arg, count, &t);
	return (t.newest_seq << 24) + ((uint64_t)(t.n & 0xfffu) << 12) + (st->revisions_total & 0xfffu) + 1;
}

struct page {
	struct f1p_json *j;
	const struct gap_ledger *ledger;
};

static void write_line(void *arg, const struct f1p_ev_gap *gap)
{
	const struct page *p = arg;
	const char *name = gap->filled_by ? p->ledger->source_name(p->ledger->arg, gap->filled_by) : "";

	f1p_json_object(p->j); /* a line of the ledger, not an event of the log: it has no header of its own */
	encode_gap(p->j, gap);
	f1p_json_key(p->j, "filled_by_name");
	f1p_json_str(p->j, name[0] ? name : NULL);
	f1p_json_end(p->j);
}

void status_gaps_write(struct f1p_json *j, const struct gap_ledger *l, const struct f1p_state *st)
{
	struct page page = {j, l};
	struct tally t = {0};

	l->visit(l->arg, count, &t);
	f1p_json_object(j);
	key_count(j, "total", st->gaps_total);
	key_count(j, "open", st->gaps_open);
	key_count(j, "dropped", st->gaps_total > t.n ? st->gaps_total - t.n : 0);
	key_count(j, "revisions", st->revisions_total);
	f1p_json_key(j, "gaps");
	f1p_json_array(j);
	l->visit(l->arg, write_line, &page);
	f1p_json_end(j);
	f1p_json_end(j);
}
