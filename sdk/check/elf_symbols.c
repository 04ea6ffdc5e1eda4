/*
 * elf_symbols.c - which symbols a module exports, read from its ELF .dynsym: no symbol of it is run, nm is not needed.
 */
#include "check.h"

#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_MAX (512l << 20)

struct image {
	uint8_t *bytes;
	size_t size;
};

static bool image_read(struct image *image, const char *path)
{
	FILE *f = fopen(path, "rbe");
	long size = -1;
	bool ok = false;

	*image = (struct image){0};
	if (!f) {
		return false;
	}
	if (fseek(f, 0, SEEK_END) == 0) {
		size = ftell(f);
	}
	if (size > 0 && size <= FILE_MAX && fseek(f, 0, SEEK_SET) == 0 && (image->bytes = malloc((size_t)size))) {
		image->size = (size_t)size;
		ok = fread(image->bytes, 1, image->size, f) == image->size;
	}
	fclose(f);
	return ok;
}

static bool inside(const struct image *image, uint64_t offset, uint64_t n)
{
	return offset <= image->size && n <= image->size - offset;
}

static bool section(const struct image *image, const Elf64_Ehdr *head, unsigned index, Elf64_Shdr *out)
{
	if (index >= head->e_shnum || head->e_shentsize != sizeof(*out) ||
		!inside(image, head->e_shoff + (uint64_t)index * sizeof(*out), sizeof(*out))) {
		return false;
	}
	memcpy(out, image->bytes + head->e_shoff + (uint64_t)index * sizeof(*out), sizeof(*out));
	return inside(image, out->sh_offset, out->sh_type == SHT_NOBITS ? 0 : out->sh_size);
}

/* Sanitizer and coverage builds add symbols of their own. */
static bool of_toolchain(const char *name)
{
	static const char *const prefixes[] = {"__asan_", "__odr_asan", "__ubsan", "__tsan", "__sanitizer", "__sancov", "__gcov",
		"__llvm", "__profc", "_fini", "_init", "__bss_start", "_edata", "_end"};

	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
		if (strncmp(name, prefixes[i], strlen(prefixes[i])) == 0) {
			return true;
		}
	}
	return false;
}

static int count_symbols(
	const struct image *image, const Elf64_Shdr *symbols, const Elf64_Shdr *strings, char *names, size_t names_size)
{
	size_t n = symbols->sh_size / sizeof(Elf64_Sym), used = 0;
	int count = 0;

	names[0] = '\0';
	for (size_t i = 0; i < n; i++) {
		Elf64_Sym sym;
		const char *name;

		memcpy(&sym, image->bytes + symbols->sh_offset + i * sizeof(sym), sizeof(sym));
		if (sym.st_shndx == SHN_UNDEF || sym.st_name >= strings->sh_size ||
			(ELF64_ST_BIND(sym.st_info) != STB_GLOBAL && ELF64_ST_BIND(sym.st_info) != STB_WEAK)) {
			continue;
		}
		name = (const char *)image->bytes + strings->sh_offset + sym.st_name;
		if (!memchr(name, 0, strings->sh_size - sym.st_name) || of_toolchain(name)) {
			continue;
		}
		count++;
		if (used < names_size) {
			used += (size_t)snprintf(names + used, names_size - used, "%s%.100s", used ? " " : "", name);
		}
	}
	return count;
}

int elf_exported(const char *path, char *names, size_t names_size, char *err, size_t err_size)
{
	struct image image;
	Elf64_Ehdr head;
	Elf64_Shdr symbols, strings;
	int count = -1;

	snprintf(err, err_size, "cannot be read");
	if (!image_read(&image, path)) {
		goto out;
	}
	snprintf(err, err_size, "is no 64-bit ELF file");
	if (image.size < sizeof(head)) {
		goto out;
	}
	memcpy(&head, image.bytes, sizeof(head));
	if (memcmp(head.e_ident, ELFMAG, SELFMAG) != 0 || head.e_ident[EI_CLASS] != ELFCLASS64) {
		goto out;
	}
	snprintf(err, err_size, "has no .dynsym section");
	for (unsigned i = 0; i < head.e_shnum && count < 0; i++) {
		if (section(&image, &head, i, &symbols) && symbols.sh_type == SHT_DYNSYM &&
			section(&image, &head, symbols.sh_link, &strings)) {
			count = count_symbols(&image, &symbols, &strings, names, names_size);
		}
	}
out:
	free(image.bytes);
	return count;
}
