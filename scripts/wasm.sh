#!/usr/bin/env bash
# Builds the core for the browser into web/src/wasm: samsynk_bg.wasm, its glue and its types.
#
# SAMSYNK_WASM_PROFILE=wasm-dev links in seconds and makes a bigger file: for work on the core.
set -euo pipefail
cd "$(dirname "$0")/.."
cache=${SAMSYNK_CACHE:?run this through make, which names the cache}

target=wasm32-unknown-unknown
profile=${SAMSYNK_WASM_PROFILE:-wasm}
target_dir=$cache/target-wasm
out=web/src/wasm
wasm_opt=web/node_modules/.bin/wasm-opt

build_core() {
    local arguments=(build --quiet --locked --package samsynk-bindings
        --profile "$profile" --target "$target" --target-dir "$target_dir")
    if compgen -G "$(rustc --print target-libdir --target "$target")/libstd-*.rlib" >/dev/null; then
        cargo "${arguments[@]}"
        return
    fi
    # Debian's compiler builds the standard library too. It brings no linker for this target.
    local linker
    linker=$(compgen -G "$(rustc --print sysroot)/lib/rustlib/*/bin/rust-lld")
    RUSTC=/usr/bin/rustc RUSTC_BOOTSTRAP=1 CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER=$linker \
        cargo "${arguments[@]}" -Zbuild-std=std,panic_abort
}

# Everything that the files in $out are made from.
fingerprint() {
    cat "$1" "$0" Cargo.lock web/node_modules/binaryen/package.json tools/bindgen/src/main.rs | sha256sum
}

post_process() {
    cargo build --quiet --locked --package samsynk-bindgen
    rm -rf "$out"
    "$CARGO_TARGET_DIR/debug/samsynk-bindgen" "$1" "$out"
    if [[ $profile == wasm ]]; then
        "$wasm_opt" -Os --all-features "$out/samsynk_bg.wasm" -o "$out/samsynk_bg.wasm"
    fi
}

build_core
built=$target_dir/$target/$profile/samsynk_bindings.wasm
wanted=$(fingerprint "$built")
if [[ $wanted != "$(cat "$out/fingerprint" 2>/dev/null)" ]]; then
    post_process "$built"
    echo "$wanted" >"$out/fingerprint"
fi
