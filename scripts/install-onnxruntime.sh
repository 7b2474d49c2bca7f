#!/bin/sh
# Installs ONNX Runtime, the fallback backend's library, for this project.
#
#   scripts/install-onnxruntime.sh
#
# Where the system's own packages have it (Debian 13 and later), that is `apt-get install libonnxruntime-dev`.
# Elsewhere the headers come out of the next Debian suite's libonnxruntime-dev, read from the mirror that this
# machine already uses, and the library from the Python wheel; both go to .cache/onnxruntime/{include,lib} and
# nothing on the system changes. Does nothing when all is there. The server itself builds and runs without it.
set -eu

wheel_version=1.31.1
header_suite=trixie
package=libonnxruntime-dev

root=$(cd "$(dirname "$0")/.." && pwd)
# Another program may be installing, and a mirror may stumble.
apt_patience="-o DPkg::Lock::Timeout=300 -o Acquire::Retries=3"
cache=$root/.cache/onnxruntime
header=include/onnxruntime/onnxruntime_c_api.h
library=lib/libonnxruntime.so.1

say() { printf 'install-onnxruntime: %s\n' "$*"; }
fail() {
    printf 'install-onnxruntime: %s\n' "$*" >&2
    exit 1
}

# The library the linker's cache knows, if any.
system_library() { { ldconfig -p 2>/dev/null || /sbin/ldconfig -p 2>/dev/null || true; } | grep -m1 -o '/.*libonnxruntime\.so\.1$' || true; }

if [ -f "$cache/$header" ] && [ -e "$cache/$library" ]; then
    say "present: $cache"
    exit 0
fi
if [ -f "/usr/$header" ] && [ -n "$(system_library)" ]; then
    say "present: $(system_library)"
    exit 0
fi

candidate=$(apt-cache policy "$package" 2>/dev/null | sed -n 's/^ *Candidate: *//p')
if [ -n "$candidate" ] && [ "$candidate" != "(none)" ] && [ "$(id -u)" = 0 ]; then
    say "installing $package $candidate"
    apt-get $apt_patience update -qq || fail "apt-get update failed"
    DEBIAN_FRONTEND=noninteractive apt-get $apt_patience install -y --no-install-recommends "$package" >/dev/null ||
        fail "apt-get install $package failed"
    exit 0
fi

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT INT TERM

# Prints the URI of the first configured apt source that carries the `main` component of the running suite.
mirror() {
    codename=$(. /etc/os-release && printf '%s' "${VERSION_CODENAME:-}")
    [ -n "$codename" ] || return 0
    cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null |
        sed -n "s/^deb  *\(\[[^]]*\] *\)\{0,1\}\([^ ]*\)  *$codename  *.*main.*/\2/p" | head -n 1
    for file in /etc/apt/sources.list.d/*.sources; do
        [ -f "$file" ] || continue
        awk -v suite="$codename" '
            function flush() { if (uri != "" && found && main) { print uri; uri = "" } found = 0; main = 0; uri = "" }
            /^[ \t]*$/ { flush(); next }
            tolower($1) == "uris:" { uri = $2 }
            tolower($1) == "suites:" { for (i = 2; i <= NF; i++) if ($i == suite) found = 1 }
            tolower($1) == "components:" { for (i = 2; i <= NF; i++) if ($i == "main") main = 1 }
            END { flush() }' "$file"
    done
}

install_header() {
    # shellcheck source=/dev/null
    system=$(. /etc/os-release 2>/dev/null && printf '%s' "${ID:-}") || system=
    [ "$system" = debian ] || fail "the headers can only be fetched on Debian 12 and 13, this is '${system:-unknown}'. \
Either copy those of ONNX Runtime (the folder include of a release for Linux) to $cache/include/onnxruntime and try again, \
or do without: \`make serve\` builds and runs without ONNX Runtime"
    uri=$(mirror | head -n 1)
    [ -n "$uri" ] || fail "no apt source of this system's suite found; install $package by hand"
    mkdir -p "$scratch/state/lists/partial" "$scratch/cache/archives/partial" "$scratch/download"
    keyring=/usr/share/keyrings/debian-archive-keyring.gpg
    [ -f "$keyring" ] || fail "$keyring is missing; apt-get install debian-archive-keyring"
    printf 'deb [signed-by=%s] %s %s main\n' "$keyring" "$uri" "$header_suite" >"$scratch/sources.list"
    # A configuration of its own: the system's package lists and sources stay as they are.
    cat >"$scratch/apt.conf" <<CONF
Dir::Etc::SourceList "$scratch/sources.list";
Dir::Etc::SourceParts "$scratch/none";
Dir::State::Lists "$scratch/state/lists";
Dir::Cache "$scratch/cache";
Acquire::Languages "none";
APT::Sandbox::User "";
CONF
    say "reading the package list of $header_suite"
    APT_CONFIG=$scratch/apt.conf apt-get $apt_patience update -qq || fail "apt-get update for $header_suite failed"
    (cd "$scratch/download" && APT_CONFIG=$scratch/apt.conf apt-get $apt_patience download -qq "$package") ||
        fail "apt-get download $package failed"
    dpkg-deb -x "$scratch"/download/"$package"_*.deb "$scratch/deb" || fail "cannot unpack $package"
    [ -f "$scratch/deb/usr/$header" ] || fail "$package of $header_suite has no $header"
    rm -rf "$cache/include"
    mkdir -p "$cache"
    cp -R "$scratch/deb/usr/include" "$cache/include"
}

install_library() {
    python=$root/.venv/bin/python
    if ! "$python" -m pip --version >/dev/null 2>&1; then
        python=$scratch/venv/bin/python
        python3 -m venv "$scratch/venv" || fail "python3 and its venv are needed to fetch the library; apt-get install python3-venv"
    fi
    say "downloading the wheel onnxruntime==$wheel_version"
    "$python" -m pip download "onnxruntime==$wheel_version" --no-deps --only-binary :all: --quiet \
        --disable-pip-version-check --dest "$scratch/wheel" || fail "pip download onnxruntime==$wheel_version failed"
    "$python" -m zipfile -e "$scratch"/wheel/onnxruntime-*.whl "$scratch/unpacked" || fail "cannot unpack the wheel"
    shared=$(find "$scratch/unpacked/onnxruntime/capi" -name 'libonnxruntime.so.*' | head -n 1)
    [ -n "$shared" ] || fail "the wheel holds no libonnxruntime.so"
    mkdir -p "$cache/lib"
    cp "$shared" "$cache/lib/libonnxruntime.so.$wheel_version"
    ln -sf "libonnxruntime.so.$wheel_version" "$cache/$library"
    ln -sf libonnxruntime.so.1 "$cache/lib/libonnxruntime.so"
}

[ -f "$cache/$header" ] || [ -f "/usr/$header" ] || install_header
[ -e "$cache/$library" ] || install_library
say "installed: $cache"
