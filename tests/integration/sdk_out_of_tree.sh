#!/usr/bin/env bash
# sdk_out_of_tree.sh BUILD_DIR - what a plugin author does: install f1pd, f1p-new, build with CMake and with make, f1p-check.
set -euo pipefail

build=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
prefix=$work/prefix

fail()
{
	printf 'FAILED: %s\n' "$*" >&2
	exit 1
}

quietly() # runs a command; shows its output only if it fails
{
	"$@" >"$work/log" 2>&1 || {
		cat "$work/log" >&2
		fail "$*"
	}
}

check_with_cmake() # ID
{
	quietly cmake -S "$work/$1" -B "$work/$1/build" -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_BUILD_TYPE=Release
	quietly cmake --build "$work/$1/build"
	quietly ctest --test-dir "$work/$1/build" --output-on-failure --no-tests=error
	quietly cmake --install "$work/$1/build" --prefix "$prefix"
}

check_with_make() # ID
{
	quietly make -C "$work/$1" CFLAGS="-O2 -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror" check
	grep -q ' 0 failed' "$work/log" || fail "f1p-check printed no summary for $1"
}

check_loads() # ID: the installed daemon lists it
{
	[ -x "$prefix/bin/f1pd" ] || return 0
	chmod -R go-w "$libdir/f1pd"
	"$prefix/bin/f1pd" plugins -p "$libdir/f1pd/plugins" >"$work/list" 2>&1 || {
		cat "$work/list" >&2
		fail "f1pd plugins"
	}
	grep -q "$1" "$work/list" || {
		cat "$work/list" >&2
		fail "f1pd plugins does not list $1"
	}
}

quietly cmake --install "$build" --prefix "$prefix"
libdir=$(dirname "$(find "$prefix" -type d -name cmake -path '*lib*' | head -n 1)")
[ -f "$libdir/pkgconfig/f1pd.pc" ] || fail "no f1pd.pc was installed"
export PKG_CONFIG_PATH=$libdir/pkgconfig
[ "$(pkg-config --variable=plugindir f1pd | xargs realpath -m)" = "$(realpath -m "$libdir/f1pd/plugins")" ] || fail "plugindir of f1pd.pc"
pkg-config --variable=abi f1pd | grep -Eq '^[0-9]+\.[0-9]+$' || fail "abi of f1pd.pc"
! grep -rn "$(realpath "$build/..")" "$libdir/cmake/f1pd" "$libdir/pkgconfig" || fail "the installed package names the build tree"

cd "$work"
for kind in source predictor sink; do
	quietly "$prefix/bin/f1p-new" "$kind" mine
	id=${kind}_mine
	check_with_make "$id"
	check_with_cmake "$id"
	check_loads "$id"
	printf '%s: built with make and CMake, checked, installed\n' "$id"
done

for wrong in "motor mine" "sink Mine" "sink a/b" "sink mine" "sink"; do
	# shellcheck disable=SC2086
	if "$prefix/bin/f1p-new" $wrong >/dev/null 2>&1; then
		fail "f1p-new $wrong should have been refused"
	fi
done
printf 'f1p-new refuses what it should\n'
