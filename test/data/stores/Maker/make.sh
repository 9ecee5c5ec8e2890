#!/bin/bash
# Makes the store of a version under test/data/stores: make.sh v1 [folder of the assemblies of that version: its artifacts/bin]
# Needs the sqlite3 shell and a PostgreSQL server to which $PGHOST, $PGPORT, $PGUSER and $PGDATABASE lead, without a password.
set -euo pipefail
version=$1 library=${2:-}
here=$(cd "$(dirname "$0")" && pwd) to=$here/../$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
dotnet build "$here" -c Release -o "$work/maker" "-p:Library=$library" -p:RunAnalyzers=false -p:EnforceCodeStyleInBuild=false >"$work/log" || { cat "$work/log"; exit 1; }
server="Host=$PGHOST;Port=$PGPORT;Username=$PGUSER;Database=$PGDATABASE"
psql -qc 'DROP SCHEMA IF EXISTS antflow_fixture CASCADE'
for place in "$work/store.sqlite" "$server"; do
    for part in first second; do
        # Each of the two processes kills itself.
        dotnet "$work/maker/Maker.dll" "$part" "$place" || [ $? = 137 ]
    done
done

# What is of the machine alone is taken out: nothing of it matters, but that the owners are gone.
dotnet "$work/maker/Maker.dll" fold "$work/store.sqlite"
sqlite3 "$work/store.sqlite" "UPDATE runs SET owner = 'process 1 on fixture'; PRAGMA wal_checkpoint(TRUNCATE); VACUUM;" >"$work/log"
psql -qc "UPDATE antflow_fixture.openings SET host = 'fixture', pid = 1, process_start = 1, process_space = 'fixture', lease_until = '2020-01-01', opened_at = '2020-01-01', backend_start = '2020-01-01'"
mkdir -p "$to"
cp "$work"/store.sqlite "$work"/store.sqlite-run-* "$to"
pg_dump --schema=antflow_fixture --inserts --no-owner --no-privileges >"$work/dump.sql"
# Without the commands of psql, and with the one large value in a short form.
grep -v '^\\' "$work/dump.sql" | perl -pe "s/'\\\\x((?:[0-9a-f]{2})*?)((?:78){1000,})((?:[0-9a-f]{2})*)'/sprintf(\"decode('%s' || repeat('78', %d) || '%s', 'hex')\", \$1, length(\$2) \/ 2, \$3)/e" >"$to/postgresql.sql"
ls -l "$to"
