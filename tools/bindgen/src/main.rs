//! `samsynk-bindgen INPUT.wasm OUT_DIR`: wasm-bindgen's post-processing, for the browser's worker.
//!
//! A tool of the workspace rather than an installed `wasm-bindgen`, because its version must be
//! exactly that of the `wasm-bindgen` crate, and `Cargo.lock` already pins that.

use anyhow::{Context as _, bail};

fn main() -> anyhow::Result<()> {
    let arguments: Vec<_> = std::env::args_os().skip(1).collect();
    let [input, out_dir] = arguments.as_slice() else {
        bail!("usage: samsynk-bindgen INPUT.wasm OUT_DIR");
    };
    wasm_bindgen_cli_support::Bindgen::new()
        .input_path(input)
        .web(true)?
        // The glue names the file beside it, so that the bundler finds and versions it.
        .omit_default_module_path(false)
        .typescript(true)
        .out_name("samsynk")
        .generate(out_dir)
        .with_context(|| format!("cannot process {}", input.display()))
}
