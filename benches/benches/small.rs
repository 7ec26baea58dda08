//! The small things that every request and every job pays for: `cargo bench -p benches`.

#![expect(clippy::unwrap_used, reason = "a bench that panics has failed")]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use deferral::core::commit::{ApiCommit, AttemptCommit, Commit};
use deferral::core::transition::{AttemptEnd, CrashBudget, after_attempt};
use deferral::core::{
    Clock as _, JobId, JobState, Lease, NewJob, Operation, OperationId, Outcome, Payload, Policy,
    StoredJob, SystemClock, Tenant, Timestamp, Token, WorkerId,
};
use rehearsals::Rehearsal;
use serde_json::Value;

const SCRIPT: &str = r#"{"items":3,"seconds":1.0,"fail":false,"failItems":[1],"confirm":false}"#;

fn now() -> Timestamp {
    SystemClock.now()
}

fn script() -> Rehearsal {
    serde_json::from_str(SCRIPT).unwrap()
}

fn job(script: &Rehearsal) -> NewJob {
    NewJob::new(JobId::new(now(), [7; 10]), Tenant::default(), script).unwrap()
}

fn operation(job: &NewJob) -> Operation {
    Operation::accepted(
        OperationId::new(now(), [7; 10]),
        Tenant::default(),
        job.kind.clone(),
        now(),
    )
}

fn accept(criterion: &mut Criterion) {
    let script = script();
    criterion.bench_function("read an input", |bencher| bencher.iter(self::script));
    criterion.bench_function("make a job", |bencher| bencher.iter(|| job(black_box(&script))));
    criterion.bench_function("make the commit that accepts", |bencher| {
        bencher.iter(|| {
            let job = job(&script);
            let operation = operation(&job);
            Commit::from(ApiCommit::new(Tenant::default()).accept(operation, job, now()))
        });
    });
    let operation = operation(&job(&script));
    criterion.bench_function("write an operation as JSON", |bencher| {
        bencher.iter(|| serde_json::to_string(black_box(&operation)).unwrap());
    });
}

fn finish(criterion: &mut Criterion) {
    let worker = WorkerId::new(now(), [7; 10]);
    let mut job = StoredJob::enqueued(job(&script()), now(), now());
    job.state = JobState::Running { worker, alone: false };
    let lease = Lease { job: job.id, token: Token::default().next(), worker, expires_at: now() };
    let policy = Policy::default();
    criterion.bench_function("decide what a finished job becomes", |bencher| {
        bencher.iter(|| {
            let end = AttemptEnd {
                job: black_box(&job),
                policy: &policy,
                budget: CrashBudget::default(),
                open_effects: false,
                dice: 0.5,
                now: job.created_at,
            };
            let verdict = after_attempt(&end, &Ok(Outcome::Complete(Value::Null)), None);
            let commit = AttemptCommit::new(job.tenant.clone(), &lease);
            Commit::from(verdict.write(commit, None, job.created_at).unwrap())
        });
    });
}

fn bytes(criterion: &mut Criterion) {
    for size in [64, 1024, 65_536] {
        let payload = Payload::new(vec![b'x'; size]);
        criterion.bench_function(&format!("checksum of {size} bytes"), |bencher| {
            bencher.iter(|| black_box(&payload).checksum());
        });
    }
    criterion.bench_function("make an id", |bencher| {
        bencher.iter(|| JobId::new(now(), rand::random()));
    });
}

criterion_group!(small, accept, finish, bytes);
criterion_main!(small);
