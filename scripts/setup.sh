#!/usr/bin/env bash
# Installs what the build needs beside rustup and Node.js. Takes a moment when nothing is missing.
#
# Debian's packages are installed where we are root; elsewhere one line says what is missing.
set -euo pipefail
cd "$(dirname "$0")/.."
cache=${SAMSYNK_CACHE:?run this through make, which names the cache}

fail() {
    echo "setup: $*" >&2
    exit 1
}

is_installed() {
    [[ $(dpkg-query --show --showformat='${db:Status-Status}' "$1" 2>/dev/null) == installed ]]
}

# Rust's own browser target, which `rustup target add` brings.
has_rustup_target() {
    compgen -G "$(rustc --print target-libdir --target wasm32-unknown-unknown)/libstd-*.rlib" >/dev/null
}

# Where rustup cannot fetch the target, Debian's packages build it from source: scripts/wasm.sh.
wasm_packages=(rustc-web libstd-rust-web-dev rust-web-src lld)

needs_wasm_packages() {
    ! has_rustup_target && ! timeout 20 rustup target add wasm32-unknown-unknown >/dev/null 2>&1
}

missing_packages() {
    local package
    # The browsers of the tests, their letters, the C compiler of the browser's SQLite, and what makes disks fail.
    for package in chromium firefox-esr webkit2gtk-driver xvfb fonts-noto-core clang fiu-utils; do
        is_installed "$package" || echo "$package"
    done
    for package in "${wasm_packages[@]}"; do
        is_installed "$package" && continue
        if needs_wasm_packages; then
            printf '%s\n' "${wasm_packages[@]}"
        fi
        break
    done
}

install_packages() {
    [[ $(id -u) == 0 ]] && command -v apt-get >/dev/null \
        || fail "missing: $* (Debian's names; on Debian run: sudo apt-get install $*)"
    echo "setup: installing $*" >&2
    export DEBIAN_FRONTEND=noninteractive
    local log
    log=$(mktemp)
    { apt-get update && apt-get install --yes --no-install-recommends "$@"; } >"$log" 2>&1 \
        || { tail -20 "$log" >&2; fail "apt-get could not install $*"; }
    rm -f "$log"
}

# Cargo tells crates of a workspace apart by their path inside it: it takes what another clone built
# from newer files for ours. So what was built of our own crates is forgotten when the clone changes.
# Clones that build at the same time need a cache each.
forget_other_clone() {
    local folder
    for folder in "$CARGO_TARGET_DIR" "$cache/target-wasm"; do
        [[ $(cat "$folder/clone" 2>/dev/null) != "$PWD" ]] || continue
        mkdir -p "$folder"
        find "$folder" -path '*/.fingerprint/samsynk-*' -prune -exec rm -rf {} +
        echo "$PWD" >"$folder/clone"
    done
}

command -v cargo >/dev/null || fail "missing: the Rust toolchain (https://rustup.rs)"
command -v npm >/dev/null || fail "missing: Node.js 20 or later with npm"

mapfile -t missing < <(missing_packages)
[[ ${#missing[@]} == 0 ]] || install_packages "${missing[@]}"

command -v cargo-nextest >/dev/null || cargo install --quiet --locked --root "$cache" cargo-nextest

forget_other_clone
