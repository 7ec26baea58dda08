//! All that can be seen in a store at one time.

use std::collections::BTreeMap;

use deferral_core::{
    ApiKey, Effect, Event, FoundJobs, ItemError, JobQuery, KindCount, Operation, OperationQuery,
    Overview, QueueName, SetAside, Store, StoreError, StoredJob, Timestamp,
};

/// So many rows are asked for at a time.
const PAGE: usize = 100;

/// All that can be seen in a store, except who works.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Everything {
    /// Every operation with its events and item errors, newest first.
    pub operations: Vec<(Operation, Vec<Event>, Vec<ItemError>)>,
    /// Every job, newest first.
    pub jobs: Vec<StoredJob>,
    /// The effects of every owner of a job, by owner and name.
    pub effects: Vec<Effect>,
    /// Every row that can't be read.
    pub set_aside: Vec<SetAside>,
    /// Unfinished jobs, counted.
    pub counts: Vec<KindCount>,
    /// How long queues wait.
    pub oldest: Vec<(QueueName, Timestamp)>,
    /// API keys, oldest first.
    pub api_keys: Vec<ApiKey>,
}

impl Everything {
    /// Reads all pages of all lists.
    pub async fn of(store: &dyn Store) -> Result<Self, StoreError> {
        let (jobs, set_aside) = jobs(store).await?;
        let Overview { mut counts, mut oldest, .. } = store.overview().await?;
        counts.sort();
        oldest.sort();
        Ok(Self {
            operations: operations(store).await?,
            effects: effects(store, &jobs).await?,
            jobs,
            set_aside,
            counts,
            oldest,
            api_keys: store.api_keys(None).await?,
        })
    }
}

async fn operations(
    store: &dyn Store,
) -> Result<Vec<(Operation, Vec<Event>, Vec<ItemError>)>, StoreError> {
    let mut all = Vec::new();
    let mut query = OperationQuery { limit: PAGE, ..OperationQuery::default() };
    loop {
        let page = store.operations(&query).await?;
        query.before = page.items.last().map(|operation| operation.id);
        for operation in page.items {
            let events = store.events(&operation.tenant, operation.id, 0).await?;
            let errors = item_errors(store, &operation).await?;
            all.push((operation, events, errors));
        }
        if !page.more {
            return Ok(all);
        }
    }
}

async fn item_errors(store: &dyn Store, of: &Operation) -> Result<Vec<ItemError>, StoreError> {
    let mut all = Vec::new();
    loop {
        let page = store.item_errors(&of.tenant, of.id, all.len() as u64, PAGE).await?;
        all.extend(page.items);
        if !page.more {
            return Ok(all);
        }
    }
}

async fn jobs(store: &dyn Store) -> Result<(Vec<StoredJob>, Vec<SetAside>), StoreError> {
    let mut all = Vec::new();
    let mut set_aside = Vec::new();
    let mut query = JobQuery { limit: PAGE, ..JobQuery::default() };
    loop {
        let FoundJobs { page, set_aside: damaged, .. } = store.jobs(&query).await?;
        query.before = page.items.last().map(|job| job.id);
        all.extend(page.items);
        set_aside.extend(damaged);
        if !page.more {
            return Ok((all, set_aside));
        }
    }
}

async fn effects(store: &dyn Store, jobs: &[StoredJob]) -> Result<Vec<Effect>, StoreError> {
    let owner = |job: &StoredJob| (Effect::owner(job.operation, job.id), job.id);
    let mut all = Vec::new();
    for job in jobs.iter().map(owner).collect::<BTreeMap<_, _>>().into_values() {
        let query = JobQuery { id: Some(job), limit: 1, ..JobQuery::default() };
        all.extend(store.jobs(&query).await?.effects);
    }
    Ok(all)
}
