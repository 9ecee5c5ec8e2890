#!/usr/bin/env bash
# Makes every package of src/, with its symbols, in a folder. The same commit gives the same bytes with the same SDK.
#   eng/pack.sh FOLDER                  AntFlow.Dataflow.0.1.0.nupkg, .snupkg, and so on
#   eng/pack.sh FOLDER SUFFIX           AntFlow.Dataflow.0.1.0-SUFFIX.nupkg: a version that is no release
set -euo pipefail

if [ $# -lt 1 ] || [ $# -gt 2 ] || [ "${1#-}" != "$1" ]; then
  echo "pack.sh: say where the packages go, and at most a version suffix after it: eng/pack.sh FOLDER [SUFFIX]" >&2
  exit 2
fi
mkdir -p "$1"
folder=$(cd "$1" && pwd)
suffix=${2:-}
cd "$(dirname "$0")/.."

# Files in a package are dated by the commit, not by the clock.
if [ -z "${SOURCE_DATE_EPOCH:-}" ] && commit=$(git log -1 --format=%ct 2>/dev/null); then
  export SOURCE_DATE_EPOCH=$commit
fi

dotnet build eng/PublicDocs -c Release -v q -p:Packing=true
dotnet pack src/packages.slnf -c Release -v q -p:Packing=true -p:VersionSuffix="$suffix" -o "$folder"
ls "$folder"
