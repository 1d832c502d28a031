//! The inputs that fuzzing kept, and those it starts from, once more through every boundary.

use seinhuis_tests::fuzzed::{TARGETS, run, seeds};
use seinhuis_tests::repository;
use std::fs;

#[test]
fn every_kept_input_is_taken_or_refused_at_its_boundary() {
    for (name, target) in TARGETS {
        let folder = repository().join("fuzz/corpus").join(name);
        let kept = fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
        let mut inputs = 0;
        for file in kept {
            let path = file.unwrap().path();
            target(&fs::read(&path).unwrap());
            inputs += 1;
        }
        assert!(inputs > 0, "{name}: no input is kept");
    }
}

#[test]
fn what_fuzzing_starts_from_reaches_behind_each_boundary() {
    let seeds = seeds();
    for (name, _) in TARGETS {
        assert!(seeds.iter().any(|(target, _)| *target == name), "{name}");
    }
    for (name, bytes) in &seeds {
        run(name, bytes);
        if *name == "message" {
            let method = seinhuis_gateway::internal::METHODS[usize::from(bytes[0])];
            seinhuis_gateway::internal::command(method, &bytes[1..])
                .unwrap_or_else(|why| panic!("{method}: {why}"));
        }
    }
}
