//! What cargo and git know about this workspace.

use std::path::Path;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::Result;
use crate::command_line::CommandLine;

/// The folder of the workspace's `Cargo.toml`.
pub(crate) fn root() -> &'static str {
    let xtask = env!("CARGO_MANIFEST_DIR");
    xtask.strip_suffix("/xtask").unwrap_or(xtask)
}

/// What is tracked, or would be: a new file is checked before it is added.
pub(crate) fn files() -> Result<Vec<String>> {
    let listed = CommandLine::new("git ls-files --cached --others --exclude-standard -z").read()?;
    let mut files: Vec<String> = listed
        .split('\0')
        .filter(|path| Path::new(root()).join(path).is_file())
        .map(str::to_owned)
        .collect();
    files.sort();
    files.dedup();
    Ok(files)
}

/// Reads a data file of xtask's own.
pub(crate) fn table<T: DeserializeOwned>(path: &str) -> Result<T> {
    let text = std::fs::read_to_string(Path::new(root()).join(path))
        .map_err(|error| format!("{path}: {error}"))?;
    toml::from_str(&text).map_err(|error| format!("{path}: {error}").into())
}

/// The part of `cargo metadata` that is of use here.
#[derive(Deserialize)]
pub(crate) struct Metadata {
    pub(crate) packages: Vec<Package>,
    pub(crate) target_directory: String,
}

#[derive(Deserialize)]
pub(crate) struct Package {
    manifest_path: String,
    pub(crate) dependencies: Vec<Dependency>,
}

#[derive(Deserialize)]
pub(crate) struct Dependency {
    pub(crate) name: String,
    kind: Option<String>,
    path: Option<String>,
}

impl Metadata {
    pub(crate) fn read() -> Result<Self> {
        let json = CommandLine::new("cargo metadata --no-deps --format-version 1").read()?;
        Ok(serde_json::from_str(&json)?)
    }
}

impl Package {
    /// Its folder, relative to the root: `crates/deferral-core`.
    pub(crate) fn folder(&self) -> &str {
        relative(self.manifest_path.strip_suffix("/Cargo.toml").unwrap_or(&self.manifest_path))
    }
}

impl Dependency {
    /// The folder of a dependency that lies in this workspace.
    pub(crate) fn folder(&self) -> Option<&str> {
        self.path.as_deref().map(relative)
    }

    /// Used by tests, benches and examples only.
    pub(crate) fn is_for_tests(&self) -> bool {
        self.kind.as_deref() == Some("dev")
    }
}

fn relative(path: &str) -> &str {
    path.strip_prefix(root()).map_or(path, |rest| rest.trim_start_matches('/'))
}

#[cfg(test)]
impl Package {
    /// A package as cargo would tell of it.
    pub(crate) fn at(folder: &str, dependencies: Vec<Dependency>) -> Self {
        Self { manifest_path: format!("{}/{folder}/Cargo.toml", root()), dependencies }
    }
}

#[cfg(test)]
impl Dependency {
    pub(crate) fn on_folder(folder: &str) -> Self {
        let name = folder.rsplit('/').next().unwrap_or(folder).to_owned();
        Self { name, kind: None, path: Some(format!("{}/{folder}", root())) }
    }

    pub(crate) fn on_registry(name: &str) -> Self {
        Self { name: name.to_owned(), kind: None, path: None }
    }

    pub(crate) fn in_tests(self) -> Self {
        Self { kind: Some("dev".to_owned()), ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cargo_tells_of_this_very_package() {
        let metadata = Metadata::read().unwrap();
        let own = metadata.packages.iter().find(|package| package.folder() == "xtask").unwrap();
        assert!(own.dependencies.iter().any(|dependency| dependency.name == "clap"));
        assert!(own.dependencies.iter().all(|dependency| dependency.folder().is_none()));
    }

    #[test]
    fn git_lists_this_very_file() {
        assert!(files().unwrap().contains(&"xtask/src/workspace.rs".to_owned()));
    }

    #[test]
    fn a_missing_table_is_named() {
        let failure = table::<toml::Table>("xtask/no-such.toml").unwrap_err().to_string();
        assert!(failure.starts_with("xtask/no-such.toml: "), "{failure}");
    }
}
