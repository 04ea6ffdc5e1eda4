/*
 * fuzz_journal.c - libFuzzer: what recovery and replay do with a journal file.
 *
 * The bytes are read as a journal. Records whose checksum is wrong are taken too, so that the fuzzer gets behind it: every
 * event goes straight into a race (recovery trusts its own file) and through the gate into another one (replay does not).
 */
#include <helpers/journal_format.h>
#include <race/ingest.h>
#include <race/race.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

union record {
	struct f1p_event event;
	uint8_t bytes[F1P_EVENT_MAX];
};

struct readers {
	struct race *recovered;
	struct race *replayed;
	struct ingest *gate;
	uint64_t seq;
};

static void take(struct readers *r, const uint8_t *bytes, size_t size)
{
	union record copy;

	memset(&copy, 0, sizeof(copy));
	memcpy(copy.bytes, bytes, size);
	copy.event.size = (uint32_t)size;
	copy.event.seq = ++r->seq;
	race_apply(r->recovered, &copy.event);
	if (r->seq % 8 == 0) {
		race_state(r->recovered);
	}
	copy.event.source_seq = r->seq;
	if (ingest_check(r->gate, &copy.event, NULL) == INGEST_OK) {
		race_apply(r->replayed, &copy.event);
	}
}

static void read_records(struct readers *r, const uint8_t *bytes, size_t n)
{
	while (n >= F1P_JOURNAL_RECORD + sizeof(struct f1p_event)) {
		const uint8_t *event = bytes + F1P_JOURNAL_RECORD;
		size_t size = 0;
		size_t used = 0;

		if (f1p_journal_record_read(bytes, n, &event, &size, &used) != F1P_OK) {
			uint32_t length;

			memcpy(&length, bytes, sizeof(length));
			size = length % F1P_EVENT_MAX / 8 * 8;
			if (size < sizeof(struct f1p_event) || size > n - F1P_JOURNAL_RECORD) {
				return;
			}
			used = F1P_JOURNAL_RECORD + size;
		}
		take(r, event, size);
		bytes += used;
		n -= used;
	}
}

/* The folds must end with a state that is consistent in itself. */
static void check_state(struct race *race)
{
	const struct f1p_state *st = race_state(race);
	bool seen[F1P_MAX_CARS] = {false};

	if (st->n_cars > F1P_MAX_CARS || st->n_messages > F1P_MAX_MESSAGES) {
		abort();
	}
	for (size_t i = 0; i < st->n_cars; i++) {
		if (st->order[i] >= st->n_cars || seen[st->order[i]] || st->cars[i].n_laps > F1P_MAX_LAPS ||
		    st->cars[i].n_stints > F1P_MAX_STINTS) {
			abort();
		}
		seen[st->order[i]] = true;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct readers r = {race_create(), race_create(), ingest_create(), 0};
	struct f1p_journal_header header;

	if (r.recovered && r.replayed && r.gate) {
		if (f1p_journal_header_check(data, size, &header) == F1P_OK) {
			data += F1P_JOURNAL_HEADER;
			size -= F1P_JOURNAL_HEADER;
		}
		read_records(&r, data, size);
		check_state(r.recovered);
		check_state(r.replayed);
	}
	race_destroy(r.recovered);
	race_destroy(r.replayed);
	ingest_destroy(r.gate);
	return 0;
}
