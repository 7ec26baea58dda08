//! Settings that would be unsafe are refused before anything is promised.

use deferral::config::Config;
use deferral::{Service, open_store};

/// What the service says instead of starting.
async fn refused(settings: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let mut config = Config::default();
    config.store.url = format!("sqlite:{}", folder.path().join("test.db").display());
    config.extensions.insert("mass_payments".into(), toml::from_str(settings).unwrap());
    let store = open_store(&config.store).await.unwrap();
    match Service::new(store, config, [mass_payments::extension()]) {
        Ok(_) => panic!("accepted: {settings}"),
        Err(error) => error.to_string(),
    }
}

#[tokio::test]
async fn a_setting_that_is_wrong_is_named() {
    for (settings, expected) in [
        ("", "missing field `back_office_url`"),
        ("back_office_url = \"bank\"", "back_office_url: \"bank\" is no address"),
        ("back_office_url = \"http://bank\"\nmode = \"fast\"", "unknown variant `fast`"),
        ("back_office_url = \"http://bank\"\ntimeout = \"30\"", "write it with its unit"),
        (
            "back_office_url = \"http://bank\"\nsettle = \"40s\"",
            "settle: must be at least timeout + landing (50s), not 40s",
        ),
    ] {
        let error = refused(settings).await;
        assert!(error.contains("[mass_payments]"), "{error}");
        assert!(error.contains(expected), "{error}");
    }
}
