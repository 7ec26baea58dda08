use std::time::Duration;

use std::collections::BTreeSet;
use std::path::Path;

use super::load::Loader;
use super::*;

fn loader() -> Loader {
    let keys = ["mode", "settle"].map(str::to_owned);
    Loader::new([("mass_payments".to_owned(), BTreeSet::from(keys))])
}

fn read(text: &str) -> Result<Config, ConfigError> {
    let mut loader = loader();
    loader.text(Path::new("deferral.toml"), text)?;
    loader.finish()
}

fn refused(text: &str) -> String {
    read(text).unwrap_err().to_string()
}

#[test]
fn nothing_said_means_the_defaults() {
    let config = read("").unwrap();
    assert_eq!(config.store.url, "sqlite:deferral.db");
    assert_eq!(config.http.listen.to_string(), "127.0.0.1:8080");
    assert!(config.extensions.is_empty());
}

#[test]
fn options_go_before_environment_before_file() {
    let mut loader = loader();
    loader
        .text(Path::new("f"), "[worker]\nconcurrency = 1\nlease = \"5s\"\ngrace = \"5s\"")
        .unwrap();
    let environment = [("DEFERRAL_WORKER__CONCURRENCY", "2"), ("DEFERRAL_WORKER__GRACE", "6s")];
    let environment = environment.map(|(name, value)| (name.to_owned(), value.to_owned()));
    loader.environment(environment.into_iter()).unwrap();
    loader.option("worker.concurrency=3").unwrap();
    let worker = loader.finish().unwrap().worker;
    assert_eq!(worker.concurrency, Some(3));
    assert_eq!(worker.grace.0, Duration::from_secs(6));
    assert_eq!(worker.lease.0, Duration::from_secs(5));
}

#[test]
fn an_unknown_key_is_refused_with_its_line_and_the_nearest_name() {
    let message = refused("[http]\nlisten = \"127.0.0.1:1\"\nlongest_wiat = \"5s\"");
    assert_eq!(
        message,
        "deferral.toml:3: there is no key `http.longest_wiat`; did you mean `longest_wait`?"
    );
}

#[test]
fn an_unknown_section_is_refused_with_its_line_and_the_nearest_name() {
    let message = refused("\n[mass_payment]\nmode = \"sync\"");
    assert_eq!(
        message,
        "deferral.toml:2: there is no section `mass_payment`; did you mean `mass_payments`?"
    );
}

#[test]
fn a_wrong_value_is_told_with_its_line_and_what_is_right() {
    let message = refused("[worker]\n\nlease = 15");
    assert!(message.starts_with("deferral.toml:3: worker.lease: "), "{message}");
    let message = refused("[worker]\nlease = \"15\"");
    assert!(message.contains("unit"), "{message}");
}

#[test]
fn broken_toml_is_told_with_its_line() {
    let message = refused("[worker]\nlease = ");
    assert!(message.starts_with("deferral.toml:2: "), "{message}");
}

#[test]
fn environment_and_options_are_checked_too() {
    let error = loader().option("mass_payments.mod=sync").unwrap_err().to_string();
    assert!(error.contains("--set mass_payments.mod=sync") && error.contains("`mode`"), "{error}");
    let variable = [("DEFERRAL_HTTP__PROT".to_owned(), "1".to_owned())];
    let error = loader().environment(variable.into_iter()).unwrap_err().to_string();
    assert!(error.starts_with("environment variable DEFERRAL_HTTP__PROT"), "{error}");
}

#[test]
fn a_section_makes_its_extension_known() {
    let config = read("[mass_payments]\nmode = \"sync\"").unwrap();
    assert_eq!(config.extensions["mass_payments"]["mode"].as_str(), Some("sync"));
}
