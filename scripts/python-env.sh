#!/bin/sh
# Makes .venv with the packages of Tests/python/requirements.txt; does nothing when it is there and up to date.
set -eu
cd "$(dirname "$0")/.."
requirements=Tests/python/requirements.txt
stamp=.venv/.requirements-of-client-tests

if [ -x .venv/bin/python ] && cmp -s "$requirements" "$stamp"; then
    exit 0
fi
python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    echo "python-env: Python 3.11 or later is needed" >&2
    exit 1
}
# One without pip was left by a run that was ended.
.venv/bin/python -m pip --version >/dev/null 2>&1 || python3 -m venv --clear .venv
echo "python-env: installing $(grep -c '==' "$requirements") packages into .venv"
.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --only-binary :all: -r "$requirements"
cp "$requirements" "$stamp"
