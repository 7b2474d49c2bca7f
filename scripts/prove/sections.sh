# For the scripts that prove what the protocols do: sections one after the other, and the line of counts at the end.
# Sets DUNLIN_BINARY from the script's argument, python, and counts; used with `.` from the repository's folder.
DUNLIN_BINARY=$(realpath "${1:-${DUNLIN_BINARY:-.build/release/dunlin}}")
PYTHONPATH=Tests/python
export DUNLIN_BINARY PYTHONPATH
scripts/python-env.sh
python=.venv/bin/python
passed=0
failed=
"$DUNLIN_BINARY" version

section() { # name, command...
    name=$1
    shift
    printf '\n== %s\n' "$name"
    if "$@"; then passed=$((passed + 1)); else failed="$failed\n  $name"; fi
}

# Whether all sections passed.
conclude() {
    printf '\n%s sections passed' "$passed"
    [ -z "$failed" ] || printf ', failed:%b' "$failed"
    echo
    [ -z "$failed" ]
}
