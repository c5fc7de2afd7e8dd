//! Builds again when the app has been built again: its files go into the program.

fn main() {
    println!("cargo:rerun-if-changed=../web/dist");
}
