//! Reads settings from all their sources, refuses what nobody knows, and gives each section its
//! values.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

use crate::extension::Extension;

use super::sections::{Admin, Http, Jobs, Log, StoreSection, Worker, keys_of};
use super::source::{Setting, Source};

/// The prefix of environment variables that are settings.
const PREFIX: &str = "DEFERRAL_";

/// A configuration that can't be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file can't be read.
    #[error("can't read {path}: {source}", path = .path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is no TOML.
    #[error("{path}:{line}: {message}", path = .path.display())]
    Syntax {
        /// Which.
        path: PathBuf,
        /// From 1.
        line: usize,
        /// What is wrong.
        message: String,
    },
    /// Nobody knows the section or key.
    #[error("{place}: there is no {what} `{name}`{hint}")]
    Unknown {
        /// Where it stands.
        place: String,
        /// Section or key.
        what: &'static str,
        /// What stands there.
        name: String,
        /// The nearest right name.
        hint: String,
    },
    /// A value is not of the kind that its key takes.
    #[error("{place}: {key}: {message}")]
    Value {
        /// Where it stands.
        place: String,
        /// Its key with its section.
        key: String,
        /// What is wrong.
        message: String,
    },
}

/// The settings of a service.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// `[store]`
    pub store: StoreSection,
    /// `[http]`
    pub http: Http,
    /// `[admin]`
    pub admin: Admin,
    /// `[worker]`
    pub worker: Worker,
    /// `[jobs]`
    pub jobs: Jobs,
    /// `[log]`
    pub log: Log,
    /// The sections of extensions.
    pub extensions: BTreeMap<String, toml::Table>,
}

impl Config {
    /// The settings of an extension; none when it is off.
    pub(crate) fn section_of(&self, extension: &Extension) -> Option<toml::Table> {
        let mut section = self.extensions.get(&extension.section())?.clone();
        match section.remove("enabled") {
            Some(toml::Value::Boolean(false)) => None,
            _ => Some(section),
        }
    }
}

/// Collects settings, later ones over earlier ones.
#[derive(Default)]
pub(crate) struct Loader {
    known: BTreeMap<String, BTreeSet<String>>,
    settings: BTreeMap<(String, String), Setting>,
    sections: BTreeSet<String>,
}

impl Loader {
    /// A loader that knows the sections of every service and these of extensions.
    pub(crate) fn new(extensions: impl IntoIterator<Item = (String, BTreeSet<String>)>) -> Self {
        let mut known: BTreeMap<String, BTreeSet<String>> = BTreeMap::from([
            ("store".into(), keys_of::<StoreSection>()),
            ("http".into(), keys_of::<Http>()),
            ("admin".into(), keys_of::<Admin>()),
            ("worker".into(), keys_of::<Worker>()),
            ("jobs".into(), keys_of::<Jobs>()),
            ("log".into(), keys_of::<Log>()),
        ]);
        for (section, mut keys) in extensions {
            keys.insert("enabled".into());
            known.insert(section, keys);
        }
        Self { known, ..Self::default() }
    }

    /// The settings of a file.
    pub(crate) fn file(&mut self, path: &Path) -> Result<(), ConfigError> {
        let unreadable = |source| ConfigError::Unreadable { path: path.to_owned(), source };
        let text = std::fs::read_to_string(path).map_err(unreadable)?;
        self.text(path, &text)
    }

    pub(super) fn text(&mut self, path: &Path, text: &str) -> Result<(), ConfigError> {
        let line_at = |at: usize| text[..at.min(text.len())].matches('\n').count() + 1;
        let document = toml::de::DeTable::parse(text).map_err(|error| ConfigError::Syntax {
            path: path.to_owned(),
            line: line_at(error.span().map_or(0, |span| span.start)),
            message: error.message().to_owned(),
        })?;
        let values: toml::Table = toml::from_str(text).map_err(|error| ConfigError::Syntax {
            path: path.to_owned(),
            line: line_at(error.span().map_or(0, |span| span.start)),
            message: error.message().to_owned(),
        })?;
        for (section, table) in document.get_ref() {
            let name = section.get_ref().to_string();
            let place = Source::File { path: path.to_owned(), line: line_at(section.span().start) };
            self.check_section(&name, &place)?;
            let Some(keys) = table.get_ref().as_table() else {
                return Err(ConfigError::Value {
                    place: place.to_string(),
                    key: name.clone(),
                    message: format!("is a section: write [{name}] and its keys below"),
                });
            };
            self.sections.insert(name.clone());
            for key in keys.keys() {
                let line = line_at(key.span().start);
                let value = values.get(&name).and_then(|table| table.get(key.get_ref().as_ref()));
                let Some(value) = value.cloned() else { continue };
                let source = Source::File { path: path.to_owned(), line };
                self.set(&name, key.get_ref(), value, source)?;
            }
        }
        Ok(())
    }

    /// The settings of the environment: `DEFERRAL_SECTION__KEY`, and `DEFERRAL_STORE`.
    pub(crate) fn environment(
        &mut self,
        variables: impl Iterator<Item = (String, String)>,
    ) -> Result<(), ConfigError> {
        for (name, value) in variables {
            let Some(path) = name.strip_prefix(PREFIX) else { continue };
            let source = Source::Environment(name.clone());
            if path == "STORE" {
                self.set("store", "url", value.into(), source)?;
            } else if let Some((section, key)) = path.split_once("__") {
                let (section, key) = (section.to_lowercase(), key.to_lowercase());
                self.check_section(&section, &source)?;
                self.set(&section, &key, scalar(&value), source)?;
            }
        }
        Ok(())
    }

    /// One setting of the command line: `section.key=value`.
    pub(crate) fn option(&mut self, text: &str) -> Result<(), ConfigError> {
        let source = Source::Option(format!("--set {text}"));
        let parts = text.split_once('=').and_then(|(path, value)| {
            path.split_once('.').map(|(section, key)| (section, key, value))
        });
        let Some((section, key, value)) = parts else {
            return Err(ConfigError::Value {
                place: source.to_string(),
                key: "--set".into(),
                message: "takes section.key=value".into(),
            });
        };
        self.check_section(section, &source)?;
        self.set(section, key, scalar(value), source)
    }

    /// One setting that has an option of its own.
    pub(crate) fn named_option(
        &mut self,
        option: &str,
        section: &str,
        key: &str,
        value: &str,
    ) -> Result<(), ConfigError> {
        self.set(section, key, value.into(), Source::Option(option.to_owned()))
    }

    fn set(
        &mut self,
        section: &str,
        key: &str,
        value: toml::Value,
        source: Source,
    ) -> Result<(), ConfigError> {
        let keys = self.known.get(section).cloned().unwrap_or_default();
        if !keys.contains(key) {
            return Err(unknown("key", &format!("{section}.{key}"), key, &keys, &source));
        }
        self.sections.insert(section.to_owned());
        let (section, key) = (section.to_owned(), key.to_owned());
        let setting = Setting { section: section.clone(), key: key.clone(), value, source };
        self.settings.insert((section, key), setting);
        Ok(())
    }

    fn check_section(&self, name: &str, source: &Source) -> Result<(), ConfigError> {
        if self.known.contains_key(name) {
            return Ok(());
        }
        let names = self.known.keys().cloned().collect();
        Err(unknown("section", name, name, &names, source))
    }

    /// The settings, each section of its type.
    pub(crate) fn finish(self) -> Result<Config, ConfigError> {
        let mut config = Config {
            store: self.section("store")?,
            http: self.section("http")?,
            admin: self.section("admin")?,
            worker: self.section("worker")?,
            jobs: self.section("jobs")?,
            log: self.section("log")?,
            extensions: BTreeMap::new(),
        };
        let own = ["store", "http", "admin", "worker", "jobs", "log"];
        for section in self.sections.iter().filter(|name| !own.contains(&name.as_str())) {
            config.extensions.insert(section.clone(), self.table(section));
        }
        Ok(config)
    }

    fn table(&self, section: &str) -> toml::Table {
        let mine = self.settings.values().filter(|setting| setting.section == section);
        mine.map(|setting| (setting.key.clone(), setting.value.clone())).collect()
    }

    fn section<T: DeserializeOwned>(&self, section: &str) -> Result<T, ConfigError> {
        let table = self.table(section);
        // Alone each, to say which one is wrong and where it stands.
        for setting in self.settings.values().filter(|setting| setting.section == section) {
            let alone = toml::Table::from_iter([(setting.key.clone(), setting.value.clone())]);
            if let Err(error) = alone.try_into::<T>() {
                return Err(ConfigError::Value {
                    place: setting.source.to_string(),
                    key: format!("{section}.{}", setting.key),
                    message: error.message().to_owned(),
                });
            }
        }
        table.try_into().map_err(|error: toml::de::Error| ConfigError::Value {
            place: format!("[{section}]"),
            key: section.to_owned(),
            message: error.message().to_owned(),
        })
    }
}

fn unknown(
    what: &'static str,
    shown: &str,
    name: &str,
    names: &BTreeSet<String>,
    source: &Source,
) -> ConfigError {
    let near = names
        .iter()
        .max_by(|a, b| strsim::jaro_winkler(a, name).total_cmp(&strsim::jaro_winkler(b, name)));
    let hint = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
    ConfigError::Unknown { place: source.to_string(), what, name: shown.to_owned(), hint }
}

/// A value as TOML would read it, or else text: `8`, `true` and `["high"]` need no quotes, nor
/// does `60s`.
fn scalar(text: &str) -> toml::Value {
    let table: Result<toml::Table, _> = toml::from_str(&format!("value = {text}"));
    table.ok().and_then(|mut table| table.remove("value")).unwrap_or_else(|| text.into())
}
