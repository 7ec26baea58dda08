//! `operations`: what callers asked for, and saying what happened when nobody could find out.

use clap::{Args, Subcommand};
use deferral_core::transition::{Happened, Resolution, resolve, resolve_damaged};
use deferral_core::{
    Effect, FoundOperation, JobId, JobQuery, Operation, OperationId, OperationQuery, Rejection,
    Status, Store, StoredJob, Tenant,
};
use serde_json::Value;

use super::CommandError;
use crate::output;

/// Shows and resolves operations.
#[derive(Debug, Subcommand)]
pub(crate) enum OperationsCommand {
    /// Lists operations, newest first.
    List(ListArgs),
    /// Shows one operation with its events.
    Show(ShowArgs),
    /// Says what happened to an effect whose outcome nobody could find out; its job goes on.
    Resolve(ResolveArgs),
}

#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    /// Only of this tenant.
    #[arg(long)]
    tenant: Option<Tenant>,
    /// Only of this status.
    #[arg(long)]
    status: Option<Status>,
    /// Only those that need a person.
    #[arg(long)]
    attention: bool,
    /// So many at most.
    #[arg(long, default_value_t = 50)]
    limit: usize,
    /// Show them as JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ShowArgs {
    /// Its id.
    id: OperationId,
    /// Its tenant.
    #[arg(long, default_value = "default")]
    tenant: Tenant,
    /// Show it as JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ResolveArgs {
    /// The operation's id.
    id: OperationId,
    /// Its tenant.
    #[arg(long, default_value = "default")]
    tenant: Tenant,
    /// The job, when it is not the one that carries the operation on: an undo, say.
    #[arg(long)]
    job: Option<JobId>,
    /// The effect, when more than one is open, or to correct an earlier statement.
    #[arg(long)]
    effect: Option<String>,
    #[command(flatten)]
    what: What,
    /// Who says so.
    #[arg(long)]
    by: String,
    /// How they know.
    #[arg(long)]
    why: String,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct What {
    /// It happened; this is the answer, as JSON.
    #[arg(long, value_name = "JSON")]
    happened: Option<String>,
    /// It did not happen, and may be sent again.
    #[arg(long)]
    did_not_happen: bool,
    /// It was refused, for this reason.
    #[arg(long, value_name = "REASON")]
    refused: Option<String>,
    /// Only try the job again.
    #[arg(long)]
    retry: bool,
    /// Give the job up, for this reason; its operation fails.
    #[arg(long, value_name = "REASON")]
    give_up: Option<String>,
}

pub(crate) async fn run(
    store: &dyn Store,
    command: &OperationsCommand,
) -> Result<(), CommandError> {
    match command {
        OperationsCommand::List(args) => list(store, args).await,
        OperationsCommand::Show(args) => show(store, args).await,
        OperationsCommand::Resolve(args) => say(store, args).await,
    }
}

async fn list(store: &dyn Store, args: &ListArgs) -> Result<(), CommandError> {
    let query = OperationQuery {
        tenant: args.tenant.clone(),
        status: args.status,
        attention: args.attention,
        limit: args.limit,
        ..OperationQuery::default()
    };
    let page = store.operations(&query).await?;
    if args.json {
        return Ok(output::json(&page.items)?);
    }
    let rows = page.items.iter().map(row).collect();
    let head = ["id", "tenant", "kind", "status", "stage", "created", "attention"];
    output::table(head, rows, "no operations");
    Ok(())
}

fn row(operation: &Operation) -> [String; 7] {
    [
        operation.id.to_string(),
        operation.tenant.to_string(),
        operation.kind.to_string(),
        operation.status.to_string(),
        operation.stage.clone().unwrap_or_default(),
        operation.created_at.to_string(),
        operation.attention.as_ref().map(|it| it.reason.clone()).unwrap_or_default(),
    ]
}

async fn find(
    store: &dyn Store,
    tenant: &Tenant,
    id: OperationId,
) -> Result<Operation, CommandError> {
    match store.operation(tenant, id).await? {
        FoundOperation::Live(operation) => Ok(*operation),
        FoundOperation::Gone => Err(CommandError::NotFound(format!("operation {id} has expired"))),
        FoundOperation::Unknown => Err(CommandError::NotFound(format!(
            "tenant {tenant} has no operation {id}; `operations list` shows all"
        ))),
    }
}

async fn show(store: &dyn Store, args: &ShowArgs) -> Result<(), CommandError> {
    let operation = find(store, &args.tenant, args.id).await?;
    let events = store.events(&args.tenant, args.id, 0).await?;
    let job = match operation.job {
        Some(id) => match job(store, &operation, id).await? {
            Found::Sound(job, _) => Some(job),
            Found::Damaged(reason, _) => {
                output::error(&format!("its job {id} is damaged: {reason}"));
                None
            }
        },
        None => None,
    };
    if args.json {
        let events: Vec<Value> = events.iter().map(event).collect();
        let job = job.as_ref().map(|job| {
            serde_json::json!({"id": job.id, "kind": job.kind, "state": job.state.as_str(),
                "attempts": job.attempts, "crashes": job.crashes, "lastError": job.last_error})
        });
        let shown = serde_json::json!({"operation": operation, "job": job, "events": events});
        return Ok(output::json(&shown)?);
    }
    let [id, tenant, kind, status, stage, created, attention] = row(&operation);
    output::line(&format!("{kind} {id} of {tenant}: {status} {stage}, accepted {created}"));
    if !attention.is_empty() {
        output::line(&format!("needs a person: {attention}"));
    }
    if let Some(job) = &job {
        output::line(&format!(
            "job {} {}: {} failed attempts, {} crashes; {}",
            job.id,
            job.state.as_str(),
            job.attempts,
            job.crashes,
            job.last_error.as_deref().unwrap_or("no error"),
        ));
    }
    let rows = events
        .iter()
        .map(|event| [event.number.to_string(), event.at.to_string(), event.name().to_owned()]);
    output::table(["event", "at", "what"], rows.collect(), "no events");
    Ok(())
}

fn event(event: &deferral_core::Event) -> Value {
    serde_json::json!({"number": event.number, "at": event.at.to_string(), "name": event.name(),
        "change": event.change})
}

/// The job of an operation, with the effects.
enum Found {
    Sound(Box<StoredJob>, Vec<Effect>),
    /// Its row can't be read, for this reason.
    Damaged(String, Vec<Effect>),
}

async fn job(store: &dyn Store, operation: &Operation, id: JobId) -> Result<Found, CommandError> {
    let effects_of = Some(operation.id);
    let query = JobQuery { id: Some(id), effects_of, limit: 1, ..JobQuery::default() };
    let mut found = store.jobs(&query).await?;
    if let Some(job) = found.page.items.pop() {
        return Ok(Found::Sound(Box::new(job), found.effects));
    }
    let reason = found.set_aside.pop().map_or_else(|| "it is gone".to_owned(), |row| row.reason);
    Ok(Found::Damaged(reason, found.effects))
}

async fn say(store: &dyn Store, args: &ResolveArgs) -> Result<(), CommandError> {
    let operation = find(store, &args.tenant, args.id).await?;
    let resolution = Resolution {
        effect: args.effect.clone(),
        happened: args.what.happened()?,
        by: args.by.clone(),
        why: args.why.clone(),
    };
    let nothing = || {
        CommandError::NotFound(format!("operation {} has no job that waits for a person", args.id))
    };
    let id = args.job.or(operation.job).ok_or_else(nothing)?;
    let now = store.now();
    let commit = match job(store, &operation, id).await? {
        Found::Sound(job, effects) if job.operation == Some(operation.id) => {
            resolve(&job, Some(&operation), &effects, &resolution, now)?
        }
        Found::Damaged(_, effects) if operation.job == Some(id) => {
            resolve_damaged(id, &operation, &effects, &resolution, now)?
        }
        Found::Sound(..) | Found::Damaged(..) => return Err(nothing()),
    };
    store.commit(commit.into()).await?;
    output::line(&format!("recorded, by {}: the job goes on", args.by));
    Ok(())
}

impl What {
    fn happened(&self) -> Result<Happened, CommandError> {
        if let Some(json) = &self.happened {
            let value = serde_json::from_str(json).map_err(|error| {
                CommandError::Usage(format!("--happened takes the answer as JSON: {error}"))
            })?;
            return Ok(Happened::Yes(value));
        }
        if let Some(reason) = &self.refused {
            return Ok(Happened::Refused(Rejection::new("Refused", reason)));
        }
        if let Some(reason) = &self.give_up {
            return Ok(Happened::GiveUp(Rejection::new("GivenUp", reason)));
        }
        Ok(if self.did_not_happen { Happened::No } else { Happened::Retry })
    }
}
