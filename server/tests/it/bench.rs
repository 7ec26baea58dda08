//! `deferral bench` measures beside a store that it never touches.

use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

#[test]
fn bench_tells_each_figure_beside_its_limit_and_leaves_nothing_behind() {
    let folder = TempDir::new().unwrap();
    let store = format!("sqlite:{}", folder.path().join("mine.db").display());
    let output = Command::new(env!("CARGO_BIN_EXE_deferral"))
        .args(["bench", "--quick", "--json", "--only", "enqueue", "--only", "pick-up"])
        .args(["--store", &store])
        .stderr(Stdio::inherit())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", output.status);
    let figures: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(figures.len(), 11, "{figures:#?}");
    for figure in &figures {
        assert_eq!(figure["durability"], "power-safe", "{figure:#}");
        let numbers = ["value", "rawLimit", "ratio", "cpuMicrosPerJob", "fsyncMicros"];
        for name in numbers {
            assert!(figure[name].as_f64().is_some_and(|it| it > 0.0), "{name} of {figure:#}");
        }
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "it leaves nothing behind");
}

#[test]
fn bench_measures_beside_a_file_only() {
    let output = Command::new(env!("CARGO_BIN_EXE_deferral"))
        .args(["--store", "postgres://somewhere", "bench"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("use sqlite:PATH"), "{said}");
}
