//! What is asked is what is there.

use deferral_core::transition::OperationChange;
use deferral_core::{
    Attention, Cause, Change, Due, Event, FoundOperation, HandlerError, ItemError, JobId, JobQuery,
    JobState, KindCount, NewJob, Operation, OperationId, OperationQuery, Outcome, Overview,
    Progress, Refusal, Rejection, SNAPSHOT_EVERY, Status, StoredJob, Tenant, as_of, needed_after,
};

use super::Harness;
use super::finish::item_error;
use super::scene::{HOUR, SECOND, Scene, changed, only};
use crate::attempt::attempt;
use crate::factory::{LEASE, kind, queue, tenant};

/// The ids of the operations asked for, and whether more follow.
async fn listed(scene: &Scene<'_>, query: OperationQuery) -> (Vec<OperationId>, bool) {
    let page = scene.store.operations(&query).await.unwrap();
    (page.items.iter().map(|operation| operation.id).collect(), page.more)
}

fn all() -> OperationQuery {
    OperationQuery { limit: 100, ..OperationQuery::default() }
}

async fn jobs(scene: &Scene<'_>, query: JobQuery) -> Vec<StoredJob> {
    let found = scene.store.jobs(&query).await.unwrap();
    assert_eq!(found.set_aside, []);
    found.page.items
}

pub async fn operations_are_listed_newest_first_in_pages(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    let mut expected = Vec::new();
    for _ in 0..7 {
        expected.insert(0, scene.accept().await.id);
    }
    let mut query = OperationQuery { limit: 3, ..all() };
    for (part, more) in [(&expected[..3], true), (&expected[3..6], true), (&expected[6..], false)] {
        assert_eq!(listed(&scene, query.clone()).await, (part.to_vec(), more));
        query.before = part.last().copied();
    }
    query.before = None;
    query.limit = 7;
    assert_eq!(listed(&scene, query.clone()).await, (expected.clone(), false), "just as many");
    query.limit = 6;
    assert!(listed(&scene, query).await.1);
}

pub async fn operations_are_found_by_what_they_are(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    let make = async |change: fn(&mut Operation), stage: &str| {
        let mut operation = scene.make.operation(scene.now());
        change(&mut operation);
        scene.accept_operation(operation, scene.make.job().stage(stage)).await
    };
    let one = make(|operation| operation.correlation = Some("payroll 7".to_owned()), "a").await;
    let two = make(|operation| operation.kind = kind("other"), "b").await;
    let three = make(|operation| operation.tenant = tenant("acme"), "a").await;
    super::cancel::cancel_it(&scene, &two).await;
    let ids = |found: &[&Operation]| found.iter().map(|one| one.id).collect::<Vec<_>>();
    let queries = [
        (all(), ids(&[&three, &two, &one])),
        (OperationQuery { tenant: Some(tenant("acme")), ..all() }, ids(&[&three])),
        (OperationQuery { kind: Some(kind("other")), ..all() }, ids(&[&two])),
        (OperationQuery { status: Some(Status::Canceled), ..all() }, ids(&[&two])),
        (OperationQuery { status: Some(Status::Running), ..all() }, vec![]),
        (OperationQuery { correlation: Some("payroll 7".to_owned()), ..all() }, ids(&[&one])),
        (OperationQuery { correlation: Some("payroll".to_owned()), ..all() }, vec![]),
        (OperationQuery { stage: Some("a".to_owned()), ..all() }, ids(&[&three, &one])),
        (OperationQuery { before: Some(three.id), ..all() }, ids(&[&two, &one])),
    ];
    for (query, expected) in queries {
        assert_eq!(listed(&scene, query.clone()).await, (expected, false), "{query:?}");
    }
    let both =
        OperationQuery { tenant: Some(tenant("acme")), stage: Some("b".to_owned()), ..all() };
    assert_eq!(listed(&scene, both).await.0, []);
}

pub async fn operations_that_need_a_person_are_found(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    let stuck = scene.accept().await;
    let worker = scene.worker().await;
    let claimed = scene.start(worker).await;
    scene.accept().await;
    scene.end(&claimed, Err(HandlerError::Park { reason: "ask".to_owned() })).await;
    let expected = Attention { reason: "ask".to_owned(), since: scene.now() };
    assert_eq!(scene.operation(&stuck).await.attention, Some(expected));
    let query = OperationQuery { attention: true, ..all() };
    assert_eq!(listed(&scene, query).await.0, [stuck.id]);
}

/// I5: whoever is asked, the answer is there as soon as the commit is.
pub async fn another_process_sees_what_was_written(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    let second = scene.harness.second();
    for _ in 0..10 {
        let operation = scene.accept().await;
        let found = second.operation(&operation.tenant, operation.id).await.unwrap();
        assert_eq!(found, FoundOperation::Live(Box::new(operation)));
    }
    assert_eq!(crate::Everything::of(&*second).await.unwrap(), scene.everything().await);
}

/// I25: for another tenant there is nothing.
pub async fn another_tenant_sees_nothing(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    let operation = scene.accept().await;
    let (other, id) = (tenant("other"), operation.id);
    assert_eq!(scene.store.operation(&other, id).await.unwrap(), FoundOperation::Unknown);
    assert_eq!(scene.store.events(&other, id, 0).await.unwrap(), []);
    assert_eq!(scene.store.item_errors(&other, id, 0, 10).await.unwrap().items, []);
    let query = OperationQuery { tenant: Some(other), ..all() };
    assert_eq!(listed(&scene, query).await.0, []);
}

/// I25: nor can it change what it can't see.
pub async fn another_tenant_changes_nothing(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    let theirs = scene.accept_with(scene.make.job()).await;
    let mut mine = scene.make.job();
    mine.tenant = tenant("other");
    scene.enqueue(mine.clone()).await;
    let worker = scene.worker().await;
    let claimed = scene.claim(worker, 10).await;
    let mine = claimed.iter().find(|claimed| claimed.job.id == mine.id).unwrap();
    let before = scene.everything().await;
    let change = changed(&theirs, Change::Started, scene.now());
    let refusal = scene.refused(attempt(mine).change(change)).await;
    assert_eq!(refusal, Refusal::OperationChanged { current: None });
    assert_eq!(scene.everything().await, before);
}

pub async fn an_unknown_operation_is_unknown(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    let (tenant, id) = (Tenant::default(), scene.make.operation_id());
    assert_eq!(scene.store.operation(&tenant, id).await.unwrap(), FoundOperation::Unknown);
    assert_eq!(scene.store.events(&tenant, id, 0).await.unwrap(), []);
    assert_eq!(scene.store.item_errors(&tenant, id, 0, 10).await.unwrap().items, []);
    assert_eq!(scene.store.changed(&[(id, 1)]).await.unwrap(), []);
}

pub async fn only_changed_operations_are_told(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    let first = scene.accept().await;
    let worker = scene.worker().await;
    scene.start(worker).await;
    let second = scene.accept().await;
    let unknown = scene.make.operation_id();
    let seen = [(first.id, 1), (second.id, 1), (unknown, 1)];
    let running = scene.operation(&first).await;
    assert_eq!(only(scene.store.changed(&seen).await.unwrap()), running);
    let seen = [(first.id, running.version), (second.id, 1)];
    assert_eq!(scene.store.changed(&seen).await.unwrap(), []);
    let mut both = scene.store.changed(&[(second.id, 0), (first.id, 9)]).await.unwrap();
    both.sort_by_key(|operation| operation.id);
    assert_eq!(both, [running, second], "another version, not only a later one");
    assert_eq!(scene.store.changed(&[]).await.unwrap(), []);
}

/// I19: events have no gap, and say all that the operation says.
pub async fn events_tell_the_whole_story(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    scene.accept().await;
    let worker = scene.worker().await;
    let claimed = scene.start(worker).await;
    let mut seen = vec![claimed.operation.clone().unwrap()];
    for completed in 0..10 {
        scene.advance(SECOND);
        let progress = Progress { completed, total: Some(10), ..Progress::default() };
        let operation = seen.last().unwrap();
        let change = changed(operation, Change::Progressed(progress), scene.now());
        scene.commit(attempt(&claimed).change(change)).await;
        seen.push(scene.operation(operation).await);
    }
    scene.end(&claimed, Err(HandlerError::Failed(Rejection::new("X", "y")))).await;
    let (last, events, _) = only(scene.everything().await.operations);
    let numbers: Vec<u64> = events.iter().map(|event| event.number).collect();
    assert_eq!(numbers, (1..=last.version).collect::<Vec<_>>());
    for operation in seen {
        let mut then = as_of(&last, &events, operation.version).unwrap();
        then.job = operation.job;
        assert_eq!(then, operation);
    }
}

/// The last 256 events are kept, and a snapshot before them.
pub async fn old_events_are_dropped_and_a_snapshot_stays(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    scene.accept().await;
    let worker = scene.worker().await;
    let claimed = scene.start(worker).await;
    let mut operation = claimed.operation.clone().unwrap();
    for part in 0..100 {
        let mut change = OperationChange::of(operation.clone());
        for step in 0..7 {
            let progress = Progress { completed: part * 7 + step, ..Progress::default() };
            change.record(Change::Progressed(progress), scene.now()).unwrap();
        }
        scene.commit(attempt(&claimed).change(change)).await;
        operation = scene.operation(&operation).await;
        let events = scene.store.events(&operation.tenant, operation.id, 0).await.unwrap();
        let numbers: Vec<u64> = events.iter().map(|event| event.number).collect();
        let last_snapshot = operation.version / SNAPSHOT_EVERY * SNAPSHOT_EVERY;
        let first = last_snapshot.saturating_sub(4 * SNAPSHOT_EVERY).max(1);
        assert_eq!(numbers, (first..=operation.version).collect::<Vec<_>>());
        let oldest = operation.version.saturating_sub(255).max(1);
        assert!(as_of(&operation, &events, oldest).is_some(), "{oldest} can't be told any more");
    }
}

pub async fn who_follows_reads_only_what_is_new(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    let operation = scene.accept().await;
    let worker = scene.worker().await;
    let claimed = scene.start(worker).await;
    let mut change = OperationChange::of(claimed.operation.clone().unwrap());
    for completed in 0..200 {
        let progress = Progress { completed, ..Progress::default() };
        change.record(Change::Progressed(progress), scene.now()).unwrap();
    }
    scene.commit(attempt(&claimed).change(change)).await;
    let current = scene.operation(&operation).await;
    let (tenant, id) = (&operation.tenant, operation.id);
    let all = scene.store.events(tenant, id, 0).await.unwrap();
    for after in [0, 1, 63, 64, 150, current.version - 1, current.version, u64::MAX] {
        let told = scene.store.events(tenant, id, after).await.unwrap();
        let newer: Vec<Event> = all.iter().filter(|e| e.number > after).cloned().collect();
        assert_eq!(told, newer, "after {after}");
    }
    for number in 1..=current.version {
        let needed = scene.store.events(tenant, id, needed_after(number)).await.unwrap();
        assert_eq!(as_of(&current, &needed, number), as_of(&current, &all, number), "{number}");
    }
}

pub async fn item_errors_are_read_in_pages(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    let operation = scene.accept().await;
    let worker = scene.worker().await;
    let claimed = scene.start(worker).await;
    let errors: Vec<ItemError> = (0..250).rev().map(item_error).collect();
    for part in errors.chunks(100) {
        let operation = scene.operation(&operation).await;
        let count = operation.error_count + part.len() as u64;
        let change = changed(&operation, Change::ItemErrors { count }, scene.now());
        scene.commit(attempt(&claimed).change(change).item_errors(part.to_vec())).await;
    }
    assert_eq!(scene.operation(&operation).await.error_count, 250);
    let read = async |offset, limit| {
        scene.store.item_errors(&operation.tenant, operation.id, offset, limit).await.unwrap()
    };
    for (offset, limit, more) in [(0, 250, false), (0, 249, true), (120, 7, true), (249, 9, false)]
    {
        let page = read(offset, limit).await;
        let from = usize::try_from(offset).unwrap();
        let expected: Vec<ItemError> = errors[from..].iter().take(limit).cloned().collect();
        assert_eq!((page.items, page.more), (expected, more), "{limit} from {offset}");
    }
    assert_eq!(read(250, 1).await.items, []);
    assert_eq!(read(u64::MAX >> 1, 1).await.items, []);
}

pub async fn jobs_are_listed_newest_first_whatever_their_state(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    let mut ids: Vec<JobId> = Vec::new();
    for _ in 0..5 {
        ids.insert(0, scene.enqueue(scene.make.job()).await);
    }
    let worker = scene.worker().await;
    let claimed = scene.claim(worker, 2).await;
    scene.complete(&claimed[0]).await;
    let mut query = JobQuery { limit: 2, ..JobQuery::default() };
    for part in ids.chunks(2) {
        let page = scene.store.jobs(&query).await.unwrap().page;
        assert_eq!(page.items.iter().map(|job| job.id).collect::<Vec<_>>(), part);
        assert_eq!(page.more, part.last() != ids.last());
        query.before = part.last().copied();
    }
}

pub async fn jobs_are_found_by_what_they_are(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    one_of_each_state(&scene).await;
    let other = NewJob { kind: kind("other"), queue: queue("slow"), ..scene.make.job() };
    let other = scene.enqueue(other).await;
    let query = JobQuery { limit: 100, ..JobQuery::default() };
    let all = jobs(&scene, query.clone()).await;
    for state in STATES {
        let found = jobs(&scene, JobQuery { state: Some(state), ..query.clone() }).await;
        let expected = all.iter().filter(|job| job.state.as_str() == state).cloned();
        assert_eq!(found, expected.collect::<Vec<_>>());
        assert!(!found.is_empty(), "none is {state}");
    }
    let by_kind = JobQuery { kind: Some(kind("other")), ..query.clone() };
    let by_queue = JobQuery { queue: Some(queue("slow")), ..query.clone() };
    let by_id = JobQuery { id: Some(other), ..query.clone() };
    for query in [by_kind, by_queue, by_id] {
        assert_eq!(only(jobs(&scene, query).await).id, other);
    }
    let none = JobQuery { id: Some(other), state: Some("running"), ..query };
    assert_eq!(jobs(&scene, none).await, []);
}

const STATES: [&str; 7] =
    ["scheduled", "available", "running", "completed", "failed", "canceled", "parked"];

/// A job in each state, none of an operation.
async fn one_of_each_state(scene: &Scene<'_>) {
    for _ in 0..6 {
        scene.enqueue(scene.make.job()).await;
    }
    scene.enqueue(scene.make.job().due(Due::After(HOUR))).await;
    let worker = scene.worker().await;
    let claimed = scene.claim(worker, 5).await;
    let rejection = Rejection::new("No", "no");
    let canceled = Outcome::Cancel { reason: rejection.clone(), undo: None };
    scene.complete(&claimed[0]).await;
    scene.end(&claimed[1], Err(HandlerError::Failed(rejection))).await;
    scene.end(&claimed[2], Ok(canceled)).await;
    scene.end(&claimed[3], Err(HandlerError::Park { reason: "ask".to_owned() })).await;
}

pub async fn the_overview_counts_what_the_list_shows(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    one_of_each_state(&scene).await;
    for (queue_name, version) in [("a", 1), ("a", 2), ("b", 1), ("a", 2)] {
        let job = NewJob { queue: queue(queue_name), version, ..scene.make.job() };
        scene.enqueue(job).await;
    }
    counts_are_right(&scene).await;
    scene.advance(HOUR + SECOND);
    scene.store.promote(100).await.unwrap();
    scene.rescue().await;
    counts_are_right(&scene).await;
    let worker = scene.worker().await;
    for claimed in scene.claim(worker, 100).await {
        scene.end(&claimed, Err(HandlerError::Retry(Cause::from("no")))).await;
        counts_are_right(&scene).await;
    }
}

async fn counts_are_right(scene: &Scene<'_>) {
    let mut expected = std::collections::BTreeMap::new();
    for job in scene.everything().await.jobs.iter().filter(|job| !job.state.is_finished()) {
        let state = job.state.as_str().to_owned();
        *expected.entry((job.queue.clone(), job.kind.clone(), job.version, state)).or_insert(0) +=
            1;
    }
    let mut counts = scene.store.overview().await.unwrap().counts;
    counts.retain(|count| count.count > 0);
    counts.sort();
    let counted = counts.into_iter().map(|count| {
        let KindCount { queue, kind, version, state, count } = count;
        ((queue, kind, version, state), count)
    });
    assert_eq!(counted.collect::<Vec<_>>(), expected.into_iter().collect::<Vec<_>>());
}

pub async fn the_overview_says_how_long_queues_wait(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    let first = scene.enqueue(scene.make.job()).await;
    scene.enqueue(NewJob { queue: queue("later"), ..scene.make.job() }.due(Due::After(HOUR))).await;
    scene.advance(SECOND);
    let second = scene.enqueue(scene.make.job()).await;
    let worker = scene.worker().await;
    for id in [first, second] {
        let JobState::Available { since } = scene.job(id).await.state else { panic!() };
        let oldest = scene.store.overview().await.unwrap().oldest;
        assert_eq!(oldest, [(queue("default"), since)]);
        scene.claim(worker, 1).await;
    }
    assert_eq!(scene.store.overview().await.unwrap().oldest, []);
}

/// I15: what runs is counted from what is claimed, so that nothing leaks.
pub async fn the_overview_shows_workers_with_what_they_run(harness: &mut dyn Harness) {
    let scene = Scene::of(harness);
    for _ in 0..3 {
        scene.enqueue(scene.make.job()).await;
    }
    let registered = scene.make.worker();
    let worker = scene.register(registered.clone()).await;
    let running = async || {
        let Overview { workers, .. } = scene.store.overview().await.unwrap();
        let shown = only(workers);
        assert_eq!((shown.id, shown.name), (worker, registered.name.clone()));
        assert_eq!(
            (shown.queues, shown.kinds),
            (registered.queues.clone(), registered.kinds.clone())
        );
        assert_eq!(shown.expires_at, scene.now().after(LEASE));
        shown.running
    };
    assert_eq!(running().await, 0);
    let claimed = scene.claim(worker, 3).await;
    assert_eq!(running().await, 3);
    scene.complete(&claimed[0]).await;
    assert_eq!(running().await, 2);
    scene.advance(LEASE);
    assert_eq!(scene.store.overview().await.unwrap().workers, []);
}
