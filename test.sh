#!/usr/bin/env bash
# The one test command: restore, check the format, build with all analyzers, run every test. Closes with "N passed, N failed, N skipped".
#   ./test.sh                 everything CI runs
#   ./test.sh --long          also the long modes (more random plans, mutants of the decision objects)
#   ./test.sh --no-install    installs nothing: tests that need a program which is missing are skipped, and say so
set -uo pipefail
cd "$(dirname "$0")"

long=false install=true
for argument in "$@"; do
  case "$argument" in
    --long) long=true ;;
    --no-install) install=false ;;
    *)
      echo "test.sh: '$argument' is not an argument of this script: it takes --long and --no-install." >&2
      exit 2
      ;;
  esac
done

if ! command -v dotnet >/dev/null 2>&1; then
  echo "test.sh: the .NET SDK is missing: 'dotnet' is not on the PATH. Install the .NET 10 SDK (https://dotnet.microsoft.com/download) and run ./test.sh again." >&2
  exit 1
fi
if ! dotnet --list-sdks | grep -q '^10\.'; then
  echo "test.sh: the .NET 10 SDK is missing: 'dotnet --list-sdks' shows $(dotnet --list-sdks | cut -d' ' -f1 | paste -sd, -). Install it from https://dotnet.microsoft.com/download." >&2
  exit 1
fi

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
[ "$long" = true ] && export ANTFLOW_LONG=1

# Some tests need programs that are not part of the SDK. Where apt can install them, it does; without them those tests are skipped, and on a build server (CI is set) they fail.
[ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1 || install=false
has() { command -v "$1" >/dev/null 2>&1; }
apt_install() { # what it is, and the Debian packages it is in
  echo "== $1"
  { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${@:2}"; } >/dev/null 2>&1 || echo "test.sh: $1 could not be installed."
}

# The dashboards are tested in a real terminal.
if [ "$install" = true ] && ! has tmux; then
  apt_install tmux tmux
fi

# The checkpoints in PostgreSQL are tested with a server that the tests start themselves.
# The package is told not to make a cluster of its own: nothing is to run here but what a test has started.
if [ "$install" = true ] && ! has initdb && ! ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1; then
  mkdir -p /etc/postgresql-common/createcluster.d && echo "create_main_cluster = false" >/etc/postgresql-common/createcluster.d/antflow-tests.conf
  apt_install PostgreSQL postgresql
fi

# A program that uses the packages is compiled ahead of time, which takes a linker.
if [ "$install" = true ] && { ! { has clang || has gcc; } || ! [ -e /usr/include/zlib.h ]; }; then
  apt_install "the linker for programs that are compiled ahead of time" clang zlib1g-dev
fi

log=$(mktemp) started=$(mktemp)
trap 'rm -f "$log" "$started"' EXIT

set -e
echo "== restore"; dotnet restore AntFlow.Dataflow.sln
echo "== format";  dotnet format AntFlow.Dataflow.sln --no-restore --verify-no-changes
echo "== build";   dotnet build AntFlow.Dataflow.sln --no-restore -c Release -p:Analyze=true
# The faults build, for the tests of AntFlow.Dataflow.Faults.Tests, beside the other one: what it needs, and no analyzers.
echo "== faults";  dotnet build test/faults.slnf -c Release -p:Faults=true
echo "== test"
set +e
dotnet test --solution AntFlow.Dataflow.sln --no-build -c Release --hangdump --hangdump-timeout 10m 2>&1 | tee "$log"
code=${PIPESTATUS[0]}
# Which tests were running when one of the test programs had said nothing for ten minutes.
[ "$code" -eq 0 ] || find . -path ./artifacts -prune -o -name '*_hang.log' -newer "$started" -print -exec cat {} +

if [ "$long" = true ] && [ "$code" -eq 0 ]; then
  echo "== mutants"; bash test/mutants.sh || code=1
fi

awk '
  /^ *failed: [0-9]+/    { failed = $2 }
  /^ *succeeded: [0-9]+/ { passed = $2 }
  /^ *skipped: [0-9]+/   { skipped = $2 }
  END { printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped }
' "$log"
exit "$code"
