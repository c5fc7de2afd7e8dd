//! What the fuzzer starts from and what it has found, replayed: `fuzz/seeds` and `fuzz/finds`.

use std::fs;
use std::path::Path;

use samsynk_tests::targets::TARGETS;

#[test]
fn what_is_kept_of_the_fuzzer_is_survived() {
    let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz");
    for (name, target) in TARGETS {
        let seeds = fs::read_dir(fuzz.join("seeds").join(name)).expect("seeds for each target");
        let finds = fs::read_dir(fuzz.join("finds").join(name)).into_iter().flatten();
        let mut count = 0;
        for file in seeds.chain(finds) {
            let file = file.unwrap().path();
            println!("{}", file.display());
            target(&fs::read(&file).unwrap());
            count += 1;
        }
        assert!(count > 0, "no seeds for {name}");
    }
}
