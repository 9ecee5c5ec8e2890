#!/usr/bin/env bash
# The one test command: restore, check the format, build with all analyzers, run every test. Closes with "N passed, N failed, N skipped".
#   ./test.sh            everything CI runs
#   ./test.sh --long     also the long modes (more random plans, mutants of the decision objects)
set -uo pipefail
cd "$(dirname "$0")"

if ! command -v dotnet >/dev/null 2>&1; then
  echo "test.sh: the .NET SDK is missing: 'dotnet' is not on the PATH. Install the .NET 10 SDK (https://dotnet.microsoft.com/download) and run ./test.sh again." >&2
  exit 1
fi
if ! dotnet --list-sdks | grep -q '^10\.'; then
  echo "test.sh: the .NET 10 SDK is missing: 'dotnet --list-sdks' shows $(dotnet --list-sdks | cut -d' ' -f1 | paste -sd, -). Install it from https://dotnet.microsoft.com/download." >&2
  exit 1
fi

long=false
[ "${1:-}" = "--long" ] && long=true
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
[ "$long" = true ] && export ANTFLOW_LONG=1

# The dashboards are tested in a real terminal. Without tmux those tests are skipped, and on a build server (CI is set) they fail.
if ! command -v tmux >/dev/null 2>&1 && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  echo "== tmux"; { apt-get update -q && apt-get install -y -q --no-install-recommends tmux; } >/dev/null 2>&1 || echo "test.sh: tmux could not be installed."
fi

# The checkpoints in PostgreSQL are tested with a server that the tests start themselves. Without its programs those tests are skipped, and on a build server they fail.
# The package is told not to make a cluster of its own: nothing is to run here but what a test has started.
has_postgres() { command -v initdb >/dev/null 2>&1 || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1; }
if ! has_postgres && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  echo "== postgresql"
  mkdir -p /etc/postgresql-common/createcluster.d && echo "create_main_cluster = false" >/etc/postgresql-common/createcluster.d/antflow-tests.conf
  { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends postgresql; } >/dev/null 2>&1 || echo "test.sh: PostgreSQL could not be installed."
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
