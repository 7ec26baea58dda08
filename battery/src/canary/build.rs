//! The build that can make mistakes.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::process::Command;

use crate::error::Error;

/// In a folder of its own below the target folder: other builds stay as they are.
const FOLDER: &str = "target/canary";

/// Builds it, unless that is done; where it is.
pub(super) async fn program(root: &Path) -> Result<PathBuf, Error> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let target = root.join(FOLDER);
    let mut build = Command::new(cargo);
    build.args(["build", "--locked", "--package", "battery", "--features", "battery/canary"]);
    build.arg("--target-dir").arg(&target).current_dir(root);
    // The result is printed there.
    build.stdin(Stdio::null()).stdout(Stdio::null());
    let name = || "cargo build --package battery --features battery/canary".to_owned();
    let status = build.status().await;
    let status = status.map_err(|source| Error::Start { name: name(), source })?;
    if !status.success() {
        return Err(Error::Unexpected { what: name(), why: status.to_string() });
    }
    Ok(target.join("debug").join("battery"))
}
