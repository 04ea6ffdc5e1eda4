/*
 * journal_format.c - reads and writes the pieces of a journal file.
 *
 * Events are stored as they are in memory, so only little-endian machines write and read journals.
 */
#include "journal_format.h"
#include <string.h>
#include <zlib.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "journals are little-endian");
_Static_assert(sizeof(struct f1p_journal_header) == F1P_JOURNAL_HEADER, "the file header is 64 bytes");
_Static_assert(sizeof(struct f1p_event) == 48, "the event header is 48 bytes");

static uint32_t read_u32(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static uint32_t checksum(const uint8_t *bytes, size_t n)
{
	return (uint32_t)crc32(crc32(0, NULL, 0), bytes, (uInt)n);
}

void f1p_journal_header_init(struct f1p_journal_header *h, uint64_t identity, uint64_t first_seq)
{
	memset(h, 0, sizeof(*h));
	memcpy(h->magic, F1P_JOURNAL_MAGIC, sizeof(h->magic));
	h->header_size = F1P_JOURNAL_HEADER;
	h->abi_major = F1P_ABI_MAJOR;
	h->abi_minor = F1P_ABI_MINOR;
	h->identity = identity;
	h->first_seq = first_seq;
}

f1p_status f1p_journal_header_check(const void *bytes, size_t n, struct f1p_journal_header *out)
{
	struct f1p_journal_header h;
	size_t known = n < sizeof(h.magic) ? n : sizeof(h.magic);

	if (memcmp(bytes, F1P_JOURNAL_MAGIC, known) != 0) {
		return F1P_EINVAL;
	}
	if (n < sizeof(h)) {
		return F1P_AGAIN;
	}
	memcpy(&h, bytes, sizeof(h));
	if (h.header_size != F1P_JOURNAL_HEADER || h.abi_major != F1P_ABI_MAJOR || h.first_seq == 0) {
		return F1P_EINVAL;
	}
	if (out) {
		*out = h;
	}
	return F1P_OK;
}

f1p_status f1p_journal_record_read(const uint8_t *bytes, size_t n, const uint8_t **event, size_t *event_size, size_t *used)
{
	uint32_t length;

	if (n < F1P_JOURNAL_RECORD) {
		return F1P_AGAIN;
	}
	length = read_u32(bytes);
	if (length < sizeof(struct f1p_event) || length > F1P_EVENT_MAX || length % 8 != 0) {
		return F1P_EINVAL;
	}
	if (n - F1P_JOURNAL_RECORD < length) {
		return F1P_AGAIN;
	}
	if (checksum(bytes + F1P_JOURNAL_RECORD, length) != read_u32(bytes + 4)) {
		return F1P_EINVAL;
	}
	if (read_u32(bytes + F1P_JOURNAL_RECORD + offsetof(struct f1p_event, size)) != length) {
		return F1P_EINVAL;
	}
	*event = bytes + F1P_JOURNAL_RECORD;
	*event_size = length;
	*used = F1P_JOURNAL_RECORD + length;
	return F1P_OK;
}

size_t f1p_journal_record_write(uint8_t *out, const struct f1p_event *ev)
{
	uint32_t head[2] = {ev->size, checksum((const uint8_t *)ev, ev->size)};

	memcpy(out, head, sizeof(head));
	memcpy(out + F1P_JOURNAL_RECORD, ev, ev->size);
	return F1P_JOURNAL_RECORD + ev->size;
}
