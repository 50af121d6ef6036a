#!/usr/bin/env bash
# Checks that every relative link of the Markdown files leads to a file.
set -euo pipefail
cd "${1:?usage: links.sh SOURCE_DIR}"
missing=0
links=0
while IFS= read -r file; do
  while IFS= read -r link; do
    case $link in *://* | '#'* | mailto:*) continue ;; esac
    links=$((links + 1))
    target=$(dirname "$file")/${link%%#*}
    [ -e "$target" ] || { echo "$file: the link to $link leads nowhere" >&2; missing=1; }
  done < <(grep -oE '\]\([^) ]+\)' "$file" | sed -E 's/^\]\(//; s/\)$//')
done < <(find . -name '*.md' -not -path './build/*' -not -path './.git/*')
[ "$links" -gt 0 ] || { echo 'links.sh: no link found; is this the source directory?' >&2; exit 1; }
[ "$missing" -eq 0 ] && echo "$links links are good"
