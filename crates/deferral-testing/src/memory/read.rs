//! What is seen.
//!
//! An operation whose time is over is gone for every reader, pruned or not.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use deferral_core::{
    ApiKey, Effect, Event, FoundJobs, FoundOperation, ItemError, JobQuery, JobState, KindCount,
    Operation, OperationId, OperationQuery, Overview, Page, QueueName, StoredJob, Tenant,
    Timestamp,
};

use super::state::{OperationRecord, State};

impl State {
    /// The operation as it stands in the store, if it is this tenant's.
    pub(super) fn owned(&self, tenant: &Tenant, id: OperationId) -> Option<&OperationRecord> {
        self.operations.get(&id).filter(|record| record.operation.tenant == *tenant)
    }

    /// The operation, if it is this tenant's and its time is not over.
    pub(super) fn visible(
        &self,
        tenant: &Tenant,
        id: OperationId,
        now: Timestamp,
    ) -> Option<&OperationRecord> {
        self.owned(tenant, id).filter(|record| !record.operation.is_expired(now))
    }

    pub(super) fn operation(
        &self,
        tenant: &Tenant,
        id: OperationId,
        now: Timestamp,
    ) -> FoundOperation {
        if let Some(record) = self.visible(tenant, id, now) {
            return FoundOperation::Live(Box::new(record.operation.clone()));
        }
        let remembered = self.tombstones.get(&id).is_some_and(|stone| stone.tenant == *tenant);
        if remembered || self.owned(tenant, id).is_some() {
            FoundOperation::Gone
        } else {
            FoundOperation::Unknown
        }
    }

    /// Newest first: ids grow with time.
    pub(super) fn operations(&self, query: &OperationQuery, now: Timestamp) -> Page<Operation> {
        let all = self.operations.values().rev().map(|record| &record.operation);
        let asked = |operation: &&Operation| {
            !operation.is_expired(now)
                && is(&query.tenant, &operation.tenant)
                && is(&query.status, &operation.status)
                && is(&query.kind, &operation.kind)
                && (query.correlation.is_none() || query.correlation == operation.correlation)
                && (query.stage.is_none() || query.stage == operation.stage)
                && (!query.attention || operation.attention.is_some())
                && query.before.is_none_or(|before| operation.id < before)
        };
        page(all.filter(asked), query.limit)
    }

    /// The order does not count.
    pub(super) fn changed(&self, seen: &[(OperationId, u64)], now: Timestamp) -> Vec<Operation> {
        let changed = |(id, version): &(OperationId, u64)| {
            let operation = &self.operations.get(id)?.operation;
            let news = operation.version != *version && !operation.is_expired(now);
            news.then(|| operation.clone())
        };
        seen.iter().filter_map(changed).collect()
    }

    pub(super) fn events(
        &self,
        tenant: &Tenant,
        id: OperationId,
        after: u64,
        now: Timestamp,
    ) -> Vec<Event> {
        let events = self.visible(tenant, id, now).map_or(&[][..], |record| &record.events);
        events.iter().filter(|event| event.number > after).cloned().collect()
    }

    pub(super) fn item_errors(
        &self,
        tenant: &Tenant,
        id: OperationId,
        (offset, limit): (u64, usize),
        now: Timestamp,
    ) -> Page<ItemError> {
        let errors = self.visible(tenant, id, now).map_or(&[][..], |record| &record.item_errors);
        let offset = usize::try_from(offset).unwrap_or(usize::MAX);
        page(errors.iter().skip(offset), limit)
    }

    /// Unfinished and finished ones, newest first.
    pub(super) fn jobs(&self, query: &JobQuery) -> FoundJobs {
        let asked = |job: &&StoredJob| {
            is(&query.id, &job.id)
                && is(&query.state, &job.state.as_str())
                && is(&query.kind, &job.kind)
                && is(&query.queue, &job.queue)
                && query.before.is_none_or(|before| job.id < before)
        };
        let mut jobs: Vec<&StoredJob> =
            self.jobs.values().chain(self.finished.values()).filter(asked).collect();
        jobs.sort_unstable_by_key(|job| Reverse(job.id));
        let page = page(jobs.into_iter(), query.limit);
        let asked_for = query.id.and(page.items.first());
        let owner = query.effects_of.map(OperationId::as_uuid);
        let owner = owner.or_else(|| asked_for.map(|job| Effect::owner(job.operation, job.id)));
        let effects = owner.map(|owner| self.effects_of(owner)).unwrap_or_default();
        FoundJobs { page, set_aside: Vec::new(), effects }
    }

    pub(super) fn overview(&self, now: Timestamp) -> Overview {
        let mut counts = BTreeMap::new();
        let mut oldest: BTreeMap<QueueName, Timestamp> = BTreeMap::new();
        for job in self.jobs.values() {
            let of =
                (job.queue.clone(), job.kind.clone(), job.version, job.state.as_str().to_owned());
            *counts.entry(of).or_insert(0) += 1;
            if let JobState::Available { since } = job.state {
                let first = oldest.entry(job.queue.clone()).or_insert(since);
                *first = since.min(*first);
            }
        }
        let count = |((queue, kind, version, state), count)| KindCount {
            queue,
            kind,
            version,
            state,
            count,
        };
        Overview {
            counts: counts.into_iter().map(count).collect(),
            oldest: oldest.into_iter().collect(),
            workers: self.live_workers(now),
        }
    }

    /// Oldest first.
    pub(super) fn api_keys(&self, id: Option<&str>) -> Vec<ApiKey> {
        let asked = self.api_keys.values().filter(|key| id.is_none_or(|id| key.id == id));
        let mut keys: Vec<ApiKey> = asked.cloned().collect();
        keys.sort_by(|a, b| (a.created_at, &a.id).cmp(&(b.created_at, &b.id)));
        keys
    }
}

/// Whether a value is the one asked for, if one is.
fn is<T: PartialEq>(asked: &Option<T>, value: &T) -> bool {
    asked.as_ref().is_none_or(|asked| asked == value)
}

fn page<'a, T: Clone + 'a>(mut rest: impl Iterator<Item = &'a T>, limit: usize) -> Page<T> {
    let items = rest.by_ref().take(limit).cloned().collect();
    Page { items, more: rest.next().is_some() }
}
