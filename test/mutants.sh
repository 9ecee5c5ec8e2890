#!/usr/bin/env bash
# Changes the pure decision objects in all the ways that Stryker knows, one by one, and checks that the tests of AntFlow.Dataflow.Decisions.Tests notice nearly all of them, in each file.
#   test/mutants.sh                           all files of its stryker-config.json
#   test/mutants.sh Buffers/FifoRing.cs ...   these; what a run costs before the first mutant is the same
# Prints the score of each file; ends with 1 if one is below 95 %, or if comments disable more than 5 % of its mutants. The report is in artifacts/stryker.
set -uo pipefail
cd "$(dirname "$0")/AntFlow.Dataflow.Decisions.Tests"
root=$(cd ../.. && pwd)
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
# Nearly every mutant that some plan notices is noticed by one of the first few.
export ANTFLOW_PLANS=${ANTFLOW_PLANS:-500}
unset ANTFLOW_LONG
report=$root/artifacts/stryker/reports/mutation-report.json

dotnet tool restore || exit 1
rm -f "$report"
only=()
for file in "$@"; do only+=(--mutate "$file"); done
dotnet stryker --output "$root/artifacts/stryker" "${only[@]}"
# Its own score is that of all files together.
[ -f "$report" ] || exit 1
dotnet run -c Release --project "$root/eng/MutationScores" -- stryker-config.json "$report" "$@"
