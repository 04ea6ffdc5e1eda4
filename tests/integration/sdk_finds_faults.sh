#!/usr/bin/env bash
# sdk_finds_faults.sh F1P_CHECK FOLDER - f1p-check passes the three sound plugins of FOLDER and finds the fault of each other one.
set -uo pipefail

check=$1 dir=$2 failed=0

passes() # MODULE
{
	if ! "$check" "$dir/$1.so" >"$dir/$1.tap" 2>&1; then
		printf 'FAILED: the sound plugin %s does not pass:\n' "$1"
		grep -A 20 '^not ok' "$dir/$1.tap"
		failed=1
	fi
}

finds() # MODULE CHECK
{
	"$check" --include "$2" "$dir/$1.so" >"$dir/$1.tap" 2>&1
	if [ $? -ne 1 ] || ! grep -q "^not ok [0-9]* - $1: $2\$" "$dir/$1.tap"; then
		printf 'FAILED: %s: check %s should have failed; what f1p-check said:\n' "$1" "$2"
		cat "$dir/$1.tap"
		failed=1
	fi
}

passes none_source
passes none_predictor
passes none_sink
finds extra_symbol symbols
finds crash_init life-cycle
finds exit_called life-cycle
finds leak_fd life-cycle
finds slow_stop stop-time
finds loose_id extensions
finds bad_default option-table
finds sink_overread sink-sizes
finds sink_strict sink-unknown
finds snapshot_kept sink-kinds
finds predictor_sum predictor-races
finds predictor_gaps predictor-races
finds predictor_memory predictor-reproducible
finds predictor_stubborn predictor-cancel
finds predictor_overwrite predictor-bounds
finds source_more source-polls
finds source_bad_car source-polls
finds source_stuck source-polls
finds source_drift source-deterministic
if [ "${SANITIZER-}" != thread ]; then # its run-time tells nothing about the heap
	finds leak_memory life-cycle
	finds sink_greedy sink-burst
fi

"$check" --json "$dir/none_sink.so" | /usr/bin/python3 -c '
import json, sys
r = json.load(sys.stdin)
assert r["failed"] == 0 and r["passed"] == len(r["checks"]) - r["skipped"], r' || {
	printf 'FAILED: --json\n'
	failed=1
}
printf 'no ELF file\n' >"$dir/text.so"
if "$check" "$dir/text.so" >"$dir/text.tap" 2>&1 || ! grep -q '^not ok 1 - text.so: load' "$dir/text.tap"; then
	printf 'FAILED: a text file was accepted as a module\n'
	failed=1
fi
exit "$failed"
