# shellcheck shell=bash
# Builds a Go program once per content: two clones with the same sources share one binary, and two
# builds at the same time cannot harm each other. Sourced by the build.sh files under hack/.
#
# Everything for people goes to stderr, since the callers print a path on stdout.

# A failing build must also fail where the callers catch its output.
shopt -s inherit_errexit

# given_flags are the GOFLAGS that somebody set, before a caller sets others.
given_flags=${GOFLAGS:-}

say() { printf '%s\n' "$*" >&2; }

die() {
	say "$0: $*"
	exit 1
}

# cache_root prints the folder that keeps what is built here.
cache_root() {
	printf '%s\n' "${TOKENWRIGHT_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/tokenwright}"
}

# content_key FILE... prints a short name for the content of the files and for the Go that compiles them.
content_key() {
	{
		go version
		sha256sum -- "$@"
	} | sha256sum | cut -c1-16
}

# cached_build NAME KEY BUILD prints the folder NAME-KEY. If it is not there yet, BUILD FOLDER fills a
# temporary folder beside it, which then takes its name in one step: a folder that exists is complete.
cached_build() {
	local name=$1 build=$3 root folder
	root=$(cache_root)
	folder=$root/$name-$2
	if [[ ! -d $folder ]]; then
		mkdir -p "$root"
		(
			flock --nonblock 9 || {
				say "Waiting for another build of $name to finish."
				flock 9
			}
			[[ -d $folder ]] || fill "$folder" "$build"
		) 9>"$root/$name.lock" >&2
	fi
	printf '%s\n' "$folder"
}

# fill FOLDER BUILD runs in a subshell of its own, so that its trap clears up after that build alone.
fill() {
	local folder=$1 build=$2 partial
	partial=$(mktemp -d "$folder.XXXXXX")
	# shellcheck disable=SC2064 # the folder of this moment is meant
	trap "rm -rf '$partial'" EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM
	chmod 755 "$partial"
	"$build" "$partial" 9>&-
	mv -T "$partial" "$folder"
}

# kept_flags FLAG... prints those of somebody's GOFLAGS that are about how to build and not about what comes out:
# what is built here is shared by all clones, whoever builds it.
kept_flags() {
	local flag
	for flag in "$@"; do
		case $flag in
		-p=* | --p=* | -modcacherw | -modcacherw=true) printf '%s ' "$flag" ;;
		esac
	done
}

# cold_build_depends prints what the time of a cold build depends on.
cold_build_depends() {
	printf '%s\n' "This machine has $(nproc) cores; it takes longer while something else uses them. Modules in $(go env GOMODCACHE)" \
		"are not downloaded again, nor is compiled again what $(go env GOCACHE) has."
}

# go_build_shown HINT OUTPUT FLAG... builds the package in the current folder into the file OUTPUT and shows how far it is
# and how long it may take; HINT says how long a cold build takes. The flags decide what Go's own build cache can
# give, so they also count the packages that are left to compile.
go_build_shown() {
	local hint=$1 output=$2 left given
	shift 2
	# The caller has set GOFLAGS. What somebody wants of Go besides stands in front, from the environment or `go env -w`.
	read -ra given <<<"${given_flags:-$(GOFLAGS='' go env GOFLAGS)}"
	GOFLAGS="$(kept_flags "${given[@]}")${GOFLAGS:-}"
	left=$({ go list -deps -f '{{if .Stale}}{{.ImportPath}}{{end}}' "$@" . | grep -c .; } 2> >(show_progress 0) || true)
	if ((left > 100)); then
		say "$hint"
		say "$(cold_build_depends)"
	fi
	go build -v -o "$output" "$@" . 2>&1 | show_progress "$left"
}

# show_progress TOTAL counts the package names of `go build -v` and passes every other line on. On a
# terminal it keeps one line up to date; in a log it adds a line each 15 seconds.
show_progress() {
	local total=$1 compiled=0 modules=0 line='' begun=$SECONDS shown=$SECONDS status
	while :; do
		status=0
		IFS= read -r -t 5 line || status=$?
		if ((status == 0)); then
			case $line in
			'go: downloading '*) modules=$((modules + 1)) ;;
			*[[:space:]]* | '') say "$line" ;;
			*) compiled=$((compiled + 1)) ;;
			esac
		elif ((status <= 128)); then
			break
		fi
		if [[ -t 2 ]]; then
			printf '\r\033[K%s' "$(progress_line "$compiled" "$total" "$modules" $((SECONDS - begun)))" >&2
		elif ((SECONDS - shown >= 15)); then
			progress_line "$compiled" "$total" "$modules" $((SECONDS - begun)) >&2
			shown=$SECONDS
		fi
	done
	if [[ -t 2 ]]; then
		printf '\r\033[K' >&2
	fi
}

# time_left COMPILED TOTAL SECONDS guesses by what was compiled in SECONDS, and says nothing of the first few packages, which are
# small. The last ones are large, and linking is not counted: it rounds up to whole minutes.
time_left() {
	local compiled=$1 total=$2 seconds=$3
	if ((compiled >= 25 && seconds >= 10)); then
		printf ', about %d min left' $(((seconds * (total - compiled) + 60 * compiled - 1) / (60 * compiled)))
	fi
}

# progress_line COMPILED TOTAL MODULES SECONDS is one line of progress.
progress_line() {
	local compiled=$1 total=$2 modules=$3 seconds=$4
	if ((total == 0)); then
		printf '  reading the module graph, %d modules downloaded\n' "$modules"
	elif ((compiled < total)); then
		printf '  %3d%%  compiled %d of %d packages%s\n' $((100 * compiled / total)) "$compiled" "$total" \
			"$(time_left "$compiled" "$total" "$seconds")"
	else
		printf '  100%%  linking\n'
	fi
}
