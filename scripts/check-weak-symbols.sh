#!/bin/sh
# Fails when a weak symbol holds instructions of x86-64-v3 or v4.
#
#     scripts/check-weak-symbols.sh <build directory> [<binary>]
#
# The linker keeps one copy of a weak symbol for the whole program. A copy that was compiled for a wide instruction
# set (DunlinKernelsV3, DunlinKernelsV4) would be called by everybody and trap on a CPU without it. The build
# directory is that of one configuration, such as .build/debug; a linked binary is checked too when it is given.
set -eu

[ $# -ge 1 ] || { echo "usage: $0 <build directory> [<binary>]" >&2; exit 2; }

found=0

# Prints each weak function of file $1 that uses an instruction of a wider set.
check() {
    weak=$(nm --defined-only "$1" | awk '$2 == "W" || $2 == "w" || $2 == "u" { print $3 }')
    [ -n "$weak" ] || return 0
    hits=$(objdump -d --no-show-raw-insn "$1" | WEAK="$weak" awk '
        # VEX and EVEX mnemonics start with v, and so do some old ones; BMI and MOVBE come with x86-64-v3.
        function wide(op, operands) {
            if (operands ~ /%[yz]mm|%k[0-7]/) return 1
            if (op ~ /^v/) return op !~ /^(verr|verw|vm(call|mcall|launch|resume|xoff|xon|read|write|func|load|save|run|clear|ptr).*)$/
            return op ~ /^(andn|bextr|bls|bzhi|mulx|pdep|pext|rorx|sarx|shlx|shrx|movbe)/
        }
        BEGIN { n = split(ENVIRON["WEAK"], names, "\n"); for (i = 1; i <= n; i++) weak[names[i]] = 1 }
        /^[0-9a-f]+ <.*>:$/ { name = substr($2, 2, length($2) - 3); next }
        name in weak && wide($2, $0) {
            if (!(name in told)) { told[name] = 1; print "    " name ": " $2 " " $3 }
        }')
    [ -n "$hits" ] || return 0
    echo "$1: weak symbols with instructions of a wider set:"
    echo "$hits"
    found=1
}

objects=0
for module in DunlinKernelsV3 DunlinKernelsV4; do
    for object in "$1/$module.build/"*.o; do
        [ -e "$object" ] || continue
        objects=$((objects + 1))
        check "$object"
    done
done
if [ "$(uname -m)" = x86_64 ] && [ "$objects" -eq 0 ]; then
    echo "$1 holds no objects of DunlinKernelsV3 or DunlinKernelsV4" >&2
    exit 2
fi
[ $# -lt 2 ] || check "$2"
[ "$found" -eq 0 ] || exit 1
echo "$objects objects: no weak symbol has instructions of a wider set"
