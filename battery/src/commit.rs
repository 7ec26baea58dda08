//! Which commit is attacked.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The first letters of the commit, with `+` when the work tree has changes that it has not.
pub(crate) fn name() -> String {
    let said = |arguments: &[&str]| -> Option<String> {
        let output = Command::new("git").args(arguments).current_dir(root()).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    // What was recorded meanwhile does not change what is attacked.
    let changed = ["status", "--porcelain", "--", ".", ":(exclude)battery/ledger.jsonl"];
    match said(&["rev-parse", "--short=10", "HEAD"]) {
        Some(name) if said(&changed).is_some_and(|changed| changed.is_empty()) => name,
        Some(name) => format!("{name}+"),
        None => "unknown".to_owned(),
    }
}

/// The folder of the project.
pub(crate) fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_owned()
}
