//! `keys`: who may call the API.

use std::collections::BTreeMap;

use clap::{Args, Subcommand};
use deferral_core::commit::OperatorCommit;
use deferral_core::{ApiKey, Store, Tenant};
use deferral_http::ApiKeySecret;

use super::CommandError;
use crate::output;

/// Makes, lists and revokes API keys.
#[derive(Debug, Subcommand)]
pub(crate) enum KeysCommand {
    /// Makes a key and shows it, once.
    Create(CreateArgs),
    /// Lists keys, never the secrets.
    List(ListArgs),
    /// Refuses a key from now on.
    Revoke(RevokeArgs),
}

#[derive(Debug, Args)]
pub(crate) struct CreateArgs {
    /// Whose key it is.
    #[arg(long)]
    tenant: Tenant,
    /// A setting for callers with this key, such as `mass_payments.mode=sync`.
    #[arg(long, value_name = "SECTION.KEY=VALUE", value_parser = setting)]
    with: Vec<(String, String)>,
    /// Show it as JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    /// Show them as JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct RevokeArgs {
    /// Its public id, as listed.
    id: String,
}

fn setting(text: &str) -> Result<(String, String), String> {
    let parts = text.split_once('=').filter(|(name, _)| name.contains('.'));
    let (name, value) = parts.ok_or("takes section.key=value")?;
    Ok((name.to_owned(), value.to_owned()))
}

pub(crate) async fn run(store: &dyn Store, command: &KeysCommand) -> Result<(), CommandError> {
    match command {
        KeysCommand::Create(args) => create(store, args).await,
        KeysCommand::List(args) => list(store, args).await,
        KeysCommand::Revoke(args) => revoke(store, args).await,
    }
}

async fn create(store: &dyn Store, args: &CreateArgs) -> Result<(), CommandError> {
    let settings: BTreeMap<String, String> = args.with.iter().cloned().collect();
    let secret = ApiKeySecret::generate(random());
    let key = secret.key(args.tenant.clone(), settings, store.now());
    let id = key.id.clone();
    store.commit(OperatorCommit::api_key(key).into()).await?;
    if args.json {
        let shown = serde_json::json!({"id": id, "tenant": args.tenant, "key": secret.shown()});
        return Ok(output::json(&shown)?);
    }
    output::line(&secret.shown());
    output::line("Keep it: it is not stored and can't be shown again.");
    Ok(())
}

fn random() -> [u8; 40] {
    let mut random = [0; 40];
    rand::fill(&mut random);
    random
}

async fn list(store: &dyn Store, args: &ListArgs) -> Result<(), CommandError> {
    let keys = store.api_keys(None).await?;
    if args.json {
        let shown: Vec<_> = keys.iter().map(shown).collect();
        return Ok(output::json(&shown)?);
    }
    let row = |key: &ApiKey| {
        let settings: Vec<String> =
            key.settings.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let revoked = key.revoked_at.map(|at| at.to_string()).unwrap_or_default();
        let created = key.created_at.to_string();
        [key.id.clone(), key.tenant.to_string(), created, revoked, settings.join(" ")]
    };
    let head = ["id", "tenant", "created", "revoked", "settings"];
    output::table(head, keys.iter().map(row).collect(), "no keys: only loopback is served");
    Ok(())
}

fn shown(key: &ApiKey) -> serde_json::Value {
    serde_json::json!({
        "id": key.id,
        "tenant": key.tenant,
        "createdAt": key.created_at.to_string(),
        "revokedAt": key.revoked_at.map(|at| at.to_string()),
        "settings": key.settings,
    })
}

async fn revoke(store: &dyn Store, args: &RevokeArgs) -> Result<(), CommandError> {
    let found = store.api_keys(Some(&args.id)).await?.pop();
    let mut key = found.ok_or_else(|| {
        CommandError::NotFound(format!("there is no key {}; `keys list` shows all", args.id))
    })?;
    key.revoked_at.get_or_insert(store.now());
    store.commit(OperatorCommit::api_key(key).into()).await?;
    output::line(&format!("{} is refused from now on", args.id));
    Ok(())
}
