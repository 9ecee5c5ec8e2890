#!/usr/bin/env bash
# Breaks the engine, and what shows it, on purpose, one mutation of test/mutations at a time, and checks that the tests notice.
#   test/mutate.sh            all of them
#   test/mutate.sh 05 17      those whose names begin so
# A mutation is a text file: the file it changes, the old text (which must be there exactly once) and the new one.
# Prints "killed NN-name by <test>" or "SURVIVED NN-name"; ends with 1 if one survives or does not apply any more.
set -uo pipefail
cd "$(dirname "$0")/.."
root=$PWD
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 ANTFLOW_CASES=${ANTFLOW_CASES:-200}
unset ANTFLOW_LONG ANTFLOW_SEED ANTFLOW_PLANS
# A lot is a filter, of AntFlow.Dataflow.Tests unless it names another project. The first lot kills most; each further one is asked only about what those before let live.
engine=('FullyQualifiedName~ShortLockTests|FullyQualifiedName~ItemPoolTests|FullyQualifiedName~FeedingTogether'
  'AntFlow.Dataflow.Decisions.Tests: FullyQualifiedName~Decisions'
  'FullyQualifiedName~ConservationTests|FullyQualifiedName~CountingTests|FullyQualifiedName~HistoriesTests'
  'FullyQualifiedName~WakingTests|FullyQualifiedName~ResizeTests|FullyQualifiedName~AbandonTests|FullyQualifiedName~BackpressureTests|FullyQualifiedName~InAGraphTests|FullyQualifiedName~RetryTimerTests|FullyQualifiedName~AttemptTimerTests|FullyQualifiedName~BeginTests|FullyQualifiedName~ReadingTests|FullyQualifiedName~ClosingTests|FullyQualifiedName~Runs.Stopping|FullyQualifiedName~Stages.Limits|FullyQualifiedName~EndingRacesTests|FullyQualifiedName~PipelineBlockTests|FullyQualifiedName~SnapshotFieldsTests|FullyQualifiedName~WakingOrderTests|FullyQualifiedName~PublishedTests|FullyQualifiedName~DeadContextTests|FullyQualifiedName~CountingOrderTests|FullyQualifiedName~LockOrderTests|FullyQualifiedName~CallsThatAreNotMade|FullyQualifiedName~LeavingTheInput')
executor='FullyQualifiedName~Tests.Execution'
# What a dead process leaves behind, and what the next one makes of it.
checkpoints=('FullyQualifiedName~SurvivalTests' 'FullyQualifiedName~OncePropertyTests' 'FullyQualifiedName~Tests.Checkpoints')
looks='FullyQualifiedName~Tests.Displays|FullyQualifiedName~Tests.Snapshots'
# Not those in a real terminal: they run examples, which are not built here.
terminal='FullyQualifiedName!~RealTerminal'
limit=${MUTATION_SECONDS:-240}
build=(-v quiet -p:RunAnalyzers=false -p:TreatWarningsAsErrors=false -p:GenerateDocumentationFile=false)

git ls-files -co --exclude-standard -z | xargs -0 cp --parents -t "$work" 2>/dev/null
cd "$work"
for tests in AntFlow.Dataflow.Tests AntFlow.Dataflow.Decisions.Tests AntFlow.Dataflow.Terminal.Tests; do
  if ! dotnet build "test/$tests" "${build[@]}" >build.log 2>&1; then
    cat build.log; echo "mutate.sh: the tests do not build." >&2; exit 1
  fi
done

# Who is asked about a file, and in which order: those first that are about it.
choose() {
  project=AntFlow.Dataflow suites=(AntFlow.Dataflow.Tests AntFlow.Dataflow.Decisions.Tests) lots=("${engine[@]}" "${checkpoints[@]}" "$executor" "$looks")
  case $1 in
    src/AntFlow.Dataflow.Terminal/*) project=AntFlow.Dataflow.Terminal suites=(AntFlow.Dataflow.Terminal.Tests) lots=("$terminal") ;;
    src/AntFlow.Dataflow/Displays/* | src/AntFlow.Dataflow/Snapshots/*) lots=("$looks" "${engine[@]}") ;;
    src/AntFlow.Dataflow/Checkpoints/* | src/AntFlow.Dataflow/Runs/FeedCall.cs) lots=("${checkpoints[@]}" "${engine[@]}") ;;
    src/AntFlow.Dataflow/Execution/*) lots=("$executor" "${engine[@]}") ;;
  esac
}

# Runs the tests until one fails; prints its name, nothing if all pass.
run_tests() {
  local by lot
  for lot in "${lots[@]}"; do
    by=$(run_lot "$lot")
    [ -n "$by" ] && { echo "$by"; return; }
  done
}

run_lot() {
  # Emptied here: what the run before wrote must not be taken for this one's.
  : >run.log
  local suite=${suites[0]} filter=$1
  case $1 in *": "*) suite=${1%%: *} filter=${1#*: } ;; esac
  timeout "$limit" "artifacts/bin/$suite/debug/$suite" --filter "$filter" >>run.log 2>&1 &
  local run=$! code
  while kill -0 "$run" 2>/dev/null; do
    grep -q '^failed ' run.log && kill "$run"
    sleep 0.3
  done
  wait "$run"; code=$?
  [ "$code" -eq 0 ] && return
  local name
  name=$(grep -m1 -oE '^failed [A-Za-z_0-9]+' run.log | cut -d' ' -f2)
  # The tests have limits of their own: a run that takes longer was slow, which says nothing about the mutation.
  [ -z "$name" ] && [ "$code" -eq 124 ] && name=TIMED-OUT
  echo "${name:-a crash of the test run (exit code $code)}"
}

# Applies a mutation; fails if its old text is not there exactly once.
apply() {
  local text file old new content rest
  text=$(cat "$1"; printf x)
  file=${text#file: }; file=${file%%$'\n'*}
  old=${text#*$'--- old\n'}; old=${old%%$'\n--- new\n'*}
  new=${text#*$'\n--- new\n'}; new=${new%%$'\n--- end\n'*}
  [ "$new" = "--- end"$'\n'x ] && new=
  [ -f "$file" ] || { echo "$file is not there" >&2; return 1; }
  content=$(cat "$file"; printf x)
  rest=${content#*"$old"}
  [ "$rest" != "$content" ] || { echo "the old text is not in $file" >&2; return 1; }
  [ "${rest#*"$old"}" = "$rest" ] || { echo "the old text is more than once in $file" >&2; return 1; }
  cp "$file" original
  content=${content%%"$old"*}$new$rest
  printf %s "${content%x}" >"$file"
  mutated=$file
}

for file in src/AntFlow.Dataflow/any src/AntFlow.Dataflow.Terminal/any; do
  choose "$file"
  by=$(run_tests 2>/dev/null)
  if [ -n "$by" ]; then
    cat run.log; echo "mutate.sh: without any mutation, $by fails." >&2; exit 1
  fi
done

killed=0; bad=0
for mutation in "$root"/test/mutations/*.txt; do
  name=$(basename "$mutation" .txt)
  if [ $# -gt 0 ]; then
    wanted=false
    for prefix in "$@"; do [[ $name == "$prefix"* ]] && wanted=true; done
    [ "$wanted" = true ] || continue
  fi
  if ! apply "$mutation"; then
    echo "DOES NOT APPLY $name"; bad=$((bad + 1)); continue
  fi
  choose "$mutated"
  # Only bodies of methods change, so the tests need not be built again.
  if dotnet build "src/$project" "${build[@]}" --no-restore >build.log 2>&1; then
    for suite in "${suites[@]}"; do cp "artifacts/bin/$project/debug/$project.dll" "artifacts/bin/$suite/debug/"; done
    by=$(run_tests 2>/dev/null)
    if [ "$by" = TIMED-OUT ]; then
      echo "TIMED OUT $name (MUTATION_SECONDS is $limit)"; bad=$((bad + 1))
    elif [ -n "$by" ]; then
      echo "killed $name by $by"; killed=$((killed + 1))
    else
      echo "SURVIVED $name"; bad=$((bad + 1))
    fi
  else
    cat build.log; echo "DOES NOT BUILD $name"; bad=$((bad + 1))
  fi
  cp original "$mutated"
done
echo "$killed killed, $bad not"
[ "$bad" -eq 0 ]
