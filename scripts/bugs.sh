#!/bin/sh
# Puts each bug of tests/simulation/bugs into a copy of the code, one after the other, and expects the
# simulation to find it. With names only those: `scripts/bugs.sh server-skips-commit`.
set -eu
cd "$(dirname "$0")/.."

# How many stories may be told before a bug counts as not found: as many as `make test` tells.
stories=5000

copy=$SAMSYNK_CACHE/bugs
export CARGO_TARGET_DIR="$SAMSYNK_CACHE/target-bugs"
mkdir -p "$copy"

# Brings the copy to what is here. What is the same keeps its time, so that it is not built again.
refresh() {
    find "$copy" -type f | while IFS= read -r file; do
        [ -f "${file#"$copy"/}" ] || rm "$file"
    done
    git ls-files | while IFS= read -r file; do
        if [ -f "$file" ] && ! cmp -s "$file" "$copy/$file"; then
            mkdir -p "$copy/$(dirname "$file")"
            cp "$file" "$copy/$file"
        fi
    done
}

missed=0
for bug in tests/simulation/bugs/*.patch; do
    name=$(basename "$bug" .patch)
    case " $* " in "  " | *" $name "*) ;; *) continue ;; esac
    refresh
    if ! patch --quiet --strip 1 --directory "$copy" < "$bug" ||
        ! cargo build --quiet --locked --manifest-path "$copy/Cargo.toml" \
            --package samsynk-simulation 2> "$copy.log"
    then
        printf '%-40s cannot be put in any more, see %s\n' "$name" "$copy.log"
        missed=1
    else
        found=$("$CARGO_TARGET_DIR/debug/simulate" find "$stories" 2> "$copy.log") && status=0 || status=$?
        case $status in
        0) printf '%-40s %s\n' "$name" "$(printf '%s\n' "$found" | head -n 1)" ;;
        # The bug breaks what the code takes for granted, and it says so.
        101) printf '%-40s panics: %s\n' "$name" "$(grep -m 1 -A 1 'panicked at' "$copy.log" | tail -n 1 | cut -c 1-120)" ;;
        *)
            printf '%-40s was not found in %s stories\n' "$name" "$stories"
            missed=1
            ;;
        esac
    fi
done
refresh
exit "$missed"
