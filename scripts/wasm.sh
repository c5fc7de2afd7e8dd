#!/usr/bin/env bash
# Builds the core for the browser into web/src/wasm: samsynk_bg.wasm, its glue and its types.
#
# SAMSYNK_WASM=quick leaves out what makes the file small and takes a minute: for work on the core.
set -euo pipefail
cd "$(dirname "$0")/.."
cache=${SAMSYNK_CACHE:?run this through make, which names the cache}

target=wasm32-unknown-unknown
quick=$([[ ${SAMSYNK_WASM:-} == quick ]] && echo yes || echo no)
target_dir=$cache/target-wasm
out=web/src/wasm
wasm_opt=web/node_modules/.bin/wasm-opt

# Parts of SQLite that no query of ours uses; together a quarter of its code.
sqlite_without=(API_ARMOR BYTECODE_VTAB COLUMN_METADATA DBPAGE_VTAB DBSTAT_VTAB FTS5 MATH_FUNCTIONS
    PREUPDATE_HOOK RTREE SESSION STMTVTAB UNLOCK_NOTIFY)
sqlite_omitted=(AUTHORIZATION AUTOMATIC_INDEX AUTOVACUUM COMPLETE DESERIALIZE GET_TABLE INCRBLOB JSON
    LIKE_OPTIMIZATION LOCALTIME OR_OPTIMIZATION PROGRESS_CALLBACK TCL_VARIABLE TRACE UTF16 XFER_OPT)
export SQLITE_WASM_RS_FLAGS="${sqlite_without[*]/#/-USQLITE_ENABLE_} ${sqlite_omitted[*]/#/-DSQLITE_OMIT_}"

# As a cdylib alone: cargo leaves link-time optimisation out of a crate that is an rlib as well.
build_core() (
    # Where in the source a panic came from, and how values print in its message: nobody reads them
    # in a browser, and they are a tenth of the code. Stable compilers take such flags from RUSTC_BOOTSTRAP.
    export RUSTC_BOOTSTRAP=1 RUSTFLAGS="-Zlocation-detail=none -Zfmt-debug=none"
    local arguments=(rustc --quiet --locked --package samsynk-bindings --lib --crate-type cdylib
        --profile wasm --target "$target" --target-dir "$target_dir")
    [[ $quick == no ]] || arguments+=(--config profile.wasm.lto=false
        --config profile.wasm.codegen-units=16 --config profile.wasm.incremental=true)
    if compgen -G "$(rustc --print target-libdir --target "$target")/libstd-*.rlib" >/dev/null; then
        cargo "${arguments[@]}"
        exit
    fi
    # Debian's compiler builds the standard library too. It brings no linker for this target.
    local linker
    linker=$(compgen -G "$(rustc --print sysroot)/lib/rustlib/*/bin/rust-lld")
    RUSTC=/usr/bin/rustc CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER=$linker \
        cargo "${arguments[@]}" -Zbuild-std=std,panic_abort
)

# Everything that the files in $out are made from.
fingerprint() {
    { echo "$quick"; cat "$1" "$0" Cargo.lock web/node_modules/binaryen/package.json tools/bindgen/src/main.rs; } \
        | sha256sum
}

post_process() {
    cargo build --quiet --locked --package samsynk-bindgen
    rm -rf "$out"
    "$CARGO_TARGET_DIR/debug/samsynk-bindgen" "$1" "$out"
    [[ $quick == yes ]] || "$wasm_opt" -Oz --strip-producers --strip-debug "$out/samsynk_bg.wasm" -o "$out/samsynk_bg.wasm"
}

build_core
built=$target_dir/$target/wasm/samsynk_bindings.wasm
wanted=$(fingerprint "$built")
if [[ $wanted != "$(cat "$out/fingerprint" 2>/dev/null)" ]]; then
    post_process "$built"
    echo "$wanted" >"$out/fingerprint"
fi
