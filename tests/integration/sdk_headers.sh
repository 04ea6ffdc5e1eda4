#!/usr/bin/env bash
# sdk_headers.sh INCLUDE_DIR CC - every public header is complete by itself, may be read twice, and is C17 and C++17 without a warning.
set -euo pipefail

include=$1
cc=$2
strict=(-fsyntax-only -I "$include" -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror)
headers=0

alone() # COMPILER LANGUAGE STANDARD HEADER
{
	printf '#include <f1pd/%s>\n#include <f1pd/%s>\n' "$4" "$4" | "$1" "${strict[@]}" -x "$2" -std="$3" - || {
		printf 'FAILED: f1pd/%s alone, as %s\n' "$4" "$3" >&2
		exit 1
	}
}

for path in "$include"/f1pd/*.h; do
	alone "$cc" c c17 "$(basename "$path")"
	alone c++ c++ c++17 "$(basename "$path")"
	headers=$((headers + 1))
done
[ "$headers" -gt 10 ] || {
	printf 'FAILED: only %d headers in %s\n' "$headers" "$include" >&2
	exit 1
}
printf '%d headers: each alone is C17 and C++17\n' "$headers"
