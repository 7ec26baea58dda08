//! Steps that only look.

use deferral_core::{
    JobQuery, KindCount, OperationQuery, Overview, QueueName, Status, Store, Timestamp, Worker,
};

use super::pair::{Disagreement, compared, same};
use super::play::Play;
use super::step::Pick;
use super::world::{kinds, pick, tenants};
use crate::factory::queue;

impl Play<'_> {
    /// Everything about one operation, for its tenant and for another one.
    pub(super) async fn look(&self, operation: Pick) -> Result<(), Disagreement> {
        let Some((_, id)) = pick(&self.world.operations, operation).cloned() else {
            return Ok(());
        };
        let pair = &self.pair;
        for tenant in [tenants(0), tenants(1)] {
            same!(pair.operation(&tenant, id))?;
            same!(pair.events(&tenant, id, 0))?;
            same!(pair.events(&tenant, id, 2))?;
            same!(pair.item_errors(&tenant, id, 2, 3))?;
        }
        let seen: Vec<_> = self.world.operations.iter().map(|(_, id)| (*id, 2)).collect();
        let mut store = pair.store.changed(&seen).await;
        let mut model = pair.model.changed(&seen).await;
        for changed in [&mut store, &mut model].into_iter().flatten() {
            changed.sort_by_key(|operation| operation.id);
        }
        compared(&"changed", store, model)?;
        Ok(())
    }

    /// A page of operations and a page of jobs.
    pub(super) async fn list(
        &self,
        filters: u8,
        before: Option<Pick>,
        limit: u8,
    ) -> Result<(), Disagreement> {
        let when = |bit: u8| filters & (1 << bit) != 0;
        let (kind, _) = kinds()[usize::from(filters) % kinds().len()].clone();
        let operations = OperationQuery {
            tenant: when(0).then(|| tenants(filters)),
            status: when(1).then(|| Status::ALL[usize::from(filters) % 7]),
            kind: when(2).then(|| kind.clone()),
            correlation: when(3).then(|| format!("reference {}", filters % 8)),
            stage: when(4).then(|| format!("stage {}", filters % 5)),
            attention: when(5),
            before: before.and_then(|at| pick(&self.world.operations, at)).map(|(_, id)| *id),
            limit: limit.into(),
        };
        let states = ["scheduled", "available", "running", "completed", "failed", "parked"];
        let jobs = JobQuery {
            id: None,
            state: when(1).then(|| states[usize::from(filters) % 6]),
            kind: when(2).then_some(kind),
            queue: when(3).then(|| queue("two")),
            before: before.and_then(|at| pick(&self.world.jobs, at)).copied(),
            effects_of: None,
            limit: limit.into(),
        };
        let pair = &self.pair;
        same!(pair.operations(&operations))?;
        same!(pair.jobs(&jobs))?;
        same!(pair.api_keys(when(0).then_some("key-1")))?;
        self.workers().await
    }

    /// Counts and workers.
    pub(super) async fn workers(&self) -> Result<(), Disagreement> {
        let store = self.pair.store.overview().await.map(sorted);
        let model = self.pair.model.overview().await.map(sorted);
        compared::<Sorted>(&"overview", store, model)?;
        Ok(())
    }
}

type Sorted = (Vec<KindCount>, Vec<(QueueName, Timestamp)>, Vec<Worker>);

/// In an order of their own: the trait promises none.
fn sorted(overview: Overview) -> Sorted {
    let Overview { mut counts, mut oldest, mut workers } = overview;
    counts.retain(|count| count.count > 0);
    counts.sort();
    oldest.sort();
    workers.sort_by_key(|worker| worker.id);
    (counts, oldest, workers)
}
