#!/usr/bin/env bash
# Regenerates and tidies everything, lints, and fails if that changed, added or removed a file. It compares
# the work tree before and after, so it can be run before a commit as well as on a clean clone.
set -euo pipefail

cd "$(dirname -- "${BASH_SOURCE[0]}")/.."

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# tree prints the ID of a git tree that holds every file that is not ignored; the real index stays as it is.
tree() {
	cp "$(git rev-parse --git-path index)" "$scratch/index"
	GIT_INDEX_FILE=$scratch/index git add --all .
	GIT_INDEX_FILE=$scratch/index git write-tree
}

before=$(tree)
make generate tidy
after=$(tree)

if [[ $before != "$after" ]]; then
	git --no-pager diff --stat --patch "$before" "$after"
	printf '\n%s\n' "verify: the files above are not what 'make generate tidy' makes of the sources." \
		"Run 'make generate tidy' and commit the result." >&2
	exit 1
fi

make lint
echo "verify: generated files and module files are up to date, and lint is clean."
