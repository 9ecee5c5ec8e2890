#!/usr/bin/env bash
# Makes docs/pictures/dashboard-*.png from a real run: the example in a terminal, its pane as HTML, and a picture of that.
# Needs dotnet, tmux, aha, chromium and python3 (Debian: apt-get install tmux aha chromium python3 fonts-dejavu-core).
#   eng/dashboard-pictures.sh [seconds to wait before the picture, default 15]
set -euo pipefail
cd "$(dirname "$0")/.."
wait_for="${1:-15}"
for tool in dotnet tmux aha chromium python3; do
  command -v "$tool" >/dev/null || { echo "dashboard-pictures.sh: $tool is missing; see the top of this file." >&2; exit 1; }
done

dotnet build examples/Dashboards -c Release -v q
work=$(mktemp -d)
socket=none
trap 'tmux -L "$socket" kill-server 2>/dev/null || true; rm -rf "$work"' EXIT

picture() { # level, columns, rows
  # A server that is going down would take the next session with it.
  socket="antflow-pictures-$$-$1"
  tmux -L "$socket" -f /dev/null new-session -d -x "$2" -y "$3" \
    "TERM=xterm-256color dotnet artifacts/bin/Dashboards/release/Dashboards.dll --level $1 --seconds 60"
  # By then every stage has something to show.
  for _ in $(seq 240); do
    tmux -L "$socket" capture-pane -p | grep -q "elapsed $wait_for""s" && break
    sleep 0.25
  done
  tmux -L "$socket" capture-pane -pe | sed -e :a -e '/^\n*$/{$d;N;ba' -e '}' > "$work/$1.ansi"
  tmux -L "$socket" kill-server
  aha --black --title "$1" < "$work/$1.ansi" > "$work/$1.html"
  lines=$(wc -l < "$work/$1.ansi")
  python3 - "$work/$1.html" <<'PY'
import sys
path = sys.argv[1]
text = open(path, encoding="utf-8").read()
style = "<style>body{margin:12px;background:#111;color:#ddd}pre{font:14px/18px 'DejaVu Sans Mono',monospace;margin:0}</style></head>"
open(path, "w", encoding="utf-8").write(text.replace("</head>", style, 1))
PY
  # 14 px of DejaVu Sans Mono are 8.43 px wide; 24 px of margin.
  width=$(( $2 * 843 / 100 + 30 ))
  height=$(( lines * 18 + 26 ))
  chromium --headless --no-sandbox --disable-gpu --hide-scrollbars --disable-background-networking --disable-component-update --disable-sync --no-first-run \
    --window-size="$width,$height" --screenshot="$PWD/docs/pictures/dashboard-$1.png" "file://$work/$1.html" >/dev/null 2>&1
  echo "docs/pictures/dashboard-$1.png"
}

picture compact 100 12
picture detailed 100 30
picture full 110 40
