# shellcheck shell=bash disable=SC2034
# lib.sh - what scripts/run and scripts/test share: messages, Debian packages, builds. Sourced by bash, never run.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

packages_build=(build-essential gcc cmake ninja-build pkg-config libuv1-dev zlib1g-dev libsqlite3-dev libssl-dev
	libcurl4-openssl-dev libmosquitto-dev libyajl-dev libwebsockets-dev libinih-dev libcmocka-dev libjs-chart.js ca-certificates)
packages_test=(clang libclang-rt-14-dev gcovr python3 python3-selenium python3-websockets python3-jsonschema python3-msgpack chromium chromium-driver curl
	mosquitto openssl universal-ctags wrk)

say()
{
	printf '== %s\n' "$*"
}

die()
{
	printf '%s: %s\n' "$(basename "$0")" "$*" >&2
	exit 1
}

missing_packages() # PACKAGE... ; prints those that are not installed
{
	local package
	for package in "$@"; do
		[ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || printf '%s\n' "$package"
	done
}

apt_try() # apt-get arguments; three attempts, because mirrors fail now and then; its talk goes to build/apt.log
{
	local as_root=() attempt
	if [ "$(id -u)" -ne 0 ]; then
		as_root=(sudo)
	fi
	mkdir -p "$root/build"
	for attempt in 1 2 3; do
		if "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o Dpkg::Use-Pty=0 "$@" >"$root/build/apt.log" 2>&1; then
			return 0
		fi
		say "apt-get $1 failed (attempt $attempt of 3):"
		grep -e '^E: ' -e '^Err:' "$root/build/apt.log" | tail -n 5
		sleep $((attempt * 3))
	done
	return 1
}

need_packages() # WHY PACKAGE... ; installs what is missing, does nothing when all is there
{
	local why=$1 missing
	shift
	if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
		if ! command -v cmake >/dev/null || ! command -v ninja >/dev/null || ! command -v pkg-config >/dev/null; then
			die "this is no Debian system: install by hand what these Debian 12 packages hold, then run again: $*"
		fi
		say "no apt here: going on with what is installed; Debian 12 would need: $*"
		return 0
	fi
	mapfile -t missing < <(missing_packages "$@")
	if [ ${#missing[@]} -eq 0 ]; then
		return 0
	fi
	if [ "$(id -u)" -ne 0 ] && ! command -v sudo >/dev/null; then
		die "these packages are missing and there is no sudo; as root: apt-get install ${missing[*]}"
	fi
	say "installing Debian packages, needed $why: ${missing[*]}"
	apt_try update || say "going on with the package lists that are here"
	apt_try install --no-install-recommends "${missing[@]}" ||
		die "cannot install ${missing[*]}: this project is made for Debian 12 (bookworm); all that apt said: build/apt.log"
}

fetch_prometheus() # only the programs of the package: installing it would start a server
{
	local into=$root/build/tools
	if command -v prometheus >/dev/null || [ -x "$into/usr/bin/prometheus" ] || ! command -v apt-get >/dev/null; then
		return 0
	fi
	mkdir -p "$into"
	say "fetching prometheus and promtool, needed for the tests"
	(cd "$into" && rm -f prometheus_*.deb && apt-get -q download prometheus >"$root/build/apt.log" 2>&1 &&
		dpkg-deb --fsys-tarfile prometheus_*.deb | tar -x ./usr/bin/promtool ./usr/bin/prometheus && rm prometheus_*.deb) ||
		say "cannot fetch them: the tests of /metrics will be skipped; all that apt said: build/apt.log"
}

launcher_options() # prints the CMake option for ccache, if there is one
{
	if command -v ccache >/dev/null; then
		printf '%s\n' "-DCMAKE_C_COMPILER_LAUNCHER=ccache"
	fi
}

# build PRESET [TARGET...]: configures and builds; output goes to build/PRESET.log, and to the terminal on failure.
build()
{
	local preset=$1 log options targets=()
	shift
	log=$root/build/$preset.log
	mkdir -p "$root/build"
	mapfile -t options < <(launcher_options)
	if [ $# -gt 0 ]; then
		targets=(--target "$@")
	fi
	if (cd "$root" && cmake --preset "$preset" "${options[@]}" && cmake --build "build/$preset" "${targets[@]}") >"$log" 2>&1; then
		return 0
	fi
	grep -v '^\[[0-9]*/[0-9]*\] \(Building\|Linking\)' "$log" | tail -n 80 >&2
	printf 'build of preset %s failed; all of it: build/%s.log\n' "$preset" "$preset" >&2
	return 1
}
