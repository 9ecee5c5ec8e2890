#!/usr/bin/env bash
# Where the time of an item goes, by perf: samples of the threads that run items, put into a few groups.
#   benchmarks/profile.sh                 writes benchmarks/results/Profile.tsv and Profile.md
#   benchmarks/profile.sh --plain         prints the numbers of core and full only, for comparing two states of the source
#   BEFORE=FILE benchmarks/profile.sh     also shows the numbers in FILE, printed by an earlier state
# Needs perf (Debian: linux-perf), and the benchmarks built: dotnet build -c Release benchmarks/AntFlow.Dataflow.Benchmarks
set -euo pipefail
cd "$(dirname "$0")/.."
command -v perf >/dev/null || { echo "profile.sh: perf is missing. Install it (Debian: apt-get install linux-perf)." >&2; exit 1; }
dll=artifacts/bin/AntFlow.Dataflow.Benchmarks/release/AntFlow.Dataflow.Benchmarks.dll
export DOTNET_PerfMapEnabled=1 DOTNET_EnableWriteXorExecute=0
data=$(mktemp)
trap 'rm -f "$data"' EXIT

shares() {
  local nanoseconds
  nanoseconds=$(perf record -q -F 999 -g -o "$data" dotnet "$dll" run "$1" "${SECONDS_OF_PROFILE:-12}" 2>/dev/null | awk '/^Nanoseconds/ { print $NF }')
  perf report -i "$data" --no-children --comm '.NET TP Worker' --sort dso,sym -g none -F overhead,dso,sym 2>/dev/null | awk -v what="$1" -v all="$nanoseconds" '
    !/%/ || /^#/ { next }
    { share = $1 + 0; total += share
      if (/RawBlocks|Bodies|AddAtOnce|OurPipeline/) group = "the bodies and the reader of the benchmark"
      else if (/System.Threading.Lock|ShortLock|EnterScope|sched_yield|SpinWait/) group = "entering and leaving locks"
      else if (/vdso|clock_gettime|Stopwatch|GetTimestamp|RunClock/) group = "reading the clock"
      else if (/ItemHistories|Tracker|ObserverGroup|PackedEvent|HistorySlot|RunState::Notify/) group = "tracker"
      else if (/BucketPriorityQueue|FifoRing/) group = "front"
      else if (/Feed|SequenceInput/) group = "feeding"
      else if (/ResultSink|ResultRing|ResultStream|PipelineResult|ReadAhead/) group = "results"
      else if (/AntFlow.Dataflow/) group = "worker loop and stage"
      else if (/libcoreclr|libclrjit|libclrgc|memset|memmove|WriteBarrier|tls_get_addr/) group = "runtime: allocation, collection, compiling"
      else if (/\[k\]|kernel/) group = "kernel"
      else group = "thread pool, tasks, Dataflow"
      sum[group] += share }
    END { for (g in sum) printf "%s\t%s\t%.0f\n", what, g, sum[g] * all / total; printf "%s\t%s\t%d\n", what, "all of it", all }' | sort -t "$(printf '\t')" -k3 -rn
}

if [ "${1:-}" = "--plain" ]; then
  shares core; shares full
  exit
fi

now=$(shares core; shares full)
mkdir -p benchmarks/results
echo "$now" > benchmarks/results/Profile.tsv
{
  awk -F '\t' -v before="${BEFORE:-/dev/null}" '
    FILENAME == before { old[$1, $2] = $3; next }
    { new[$1, $2] = $3; if (!($2 in seen)) { seen[$2] = 1; order[++n] = $2 } }
    END {
      print "| ns of the processor per item and stage | core, before | core | full, before | full |"; print "|---|---|---|---|---|"
      for (i = 1; i <= n; i++) { g = order[i]; printf "| %s | %s | %s | %s | %s |\n", g, cell(old["core", g]), cell(new["core", g]), cell(old["full", g]), cell(new["full", g]) }
    }
    function cell(x) { return x == "" ? "-" : x }' "${BEFORE:-/dev/null}" <(echo "$now")
  processor=$(awk -F ': ' '/model name/ { print $2; exit }' /proc/cpuinfo)
  echo; echo "Measured on $processor, $(uname -sr), $(nproc) cores, .NET $(dotnet --list-runtimes | awk '/NETCore.App 10/ { v = $2 } END { print v }'); $(date +%F), commit $(git rev-parse --short=10 HEAD)."
} > benchmarks/results/Profile.md
cat benchmarks/results/Profile.md
dotnet "$dll" docs
