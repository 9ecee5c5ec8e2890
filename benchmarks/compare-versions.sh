#!/usr/bin/env bash
# Whether this version of the library is slower than an earlier one: both run in one process, in turn.
#   benchmarks/compare-versions.sh COMMIT [PAIRS] [ROW ...]
# A row is slower if the lower bound of the 95 % interval of the median of its paired ratios is above 1.03.
set -euo pipefail
cd "$(dirname "$0")/.."
[ $# -gt 0 ] || { echo "Usage: benchmarks/compare-versions.sh COMMIT [PAIRS] [ROW ...]" >&2; exit 2; }
commit=$(git rev-parse --verify "$1^{commit}")
shift
rm -rf artifacts/before
mkdir -p artifacts/before
git archive "$commit" src/AntFlow.Dataflow | tar -x -C artifacts/before
# The project of the earlier version is not built, but one of ours: it has to find the namespaces that the code takes for granted.
before=artifacts/before/src/AntFlow.Dataflow
sed -n 's/.*<Using Include="\([^"]*\)".*/global using \1;/p' $before/AntFlow.Dataflow.csproj > $before/GlobalUsings.cs
dotnet build benchmarks/AntFlow.Dataflow.Versions -c Release -v quiet -nologo
dotnet artifacts/bin/AntFlow.Dataflow.Versions/release/AntFlow.Dataflow.Versions.dll "$@"
