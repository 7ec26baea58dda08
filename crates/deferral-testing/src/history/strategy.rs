//! Where steps come from.

use proptest::bool::weighted as likely;
use proptest::collection::vec;
use proptest::option::weighted;
use proptest::prelude::{BoxedStrategy, Just, Strategy, any};
use proptest::prop_oneof;
use proptest::strategy::Union;

use super::step::{Action, Arrival, Ending, Forgery, Gated, Pick, Report, Statement, Step, Work};

/// Histories of up to so many steps.
pub fn strategy(steps: usize) -> impl Strategy<Value = Vec<Step>> {
    vec(Union::new_weighted(kinds()), 1..=steps)
}

/// The kinds of steps with their weights. What is drawn often keeps the others busy: workers that
/// live, jobs that are claimed.
pub(super) fn kinds() -> Vec<(u32, BoxedStrategy<Step>)> {
    macro_rules! weighted_kinds {
        ($($weight:literal => $strategy:expr,)*) => { vec![$(($weight, $strategy.boxed())),*] };
    }
    weighted_kinds![
        6 => arrival().prop_map(Step::Accept),
        2 => enqueue(),
        3 => (any::<u8>(), 20..120_u8).prop_map(|(kinds, lease)| Step::Register { kinds, lease }),
        6 => worker().prop_map(Step::Heartbeat),
        1 => worker().prop_map(Step::Leave),
        1 => worker().prop_map(Step::Kill),
        20 => claim(),
        5 => (attempt(), forgery()).prop_map(|(attempt, forgery)| Step::Start(attempt, forgery)),
        10 => (attempt(), forgery(), report())
            .prop_map(|(attempt, forgery, report)| Step::Report(attempt, forgery, report)),
        30 => (attempt(), forgery(), ending())
            .prop_map(|(attempt, forgery, ending)| Step::End(attempt, forgery, ending)),
        7 => act(),
        2 => (any::<Pick>(), statement()).prop_map(|(job, said)| Step::Resolve(job, said)),
        1 => (any::<u8>(), any::<bool>()).prop_map(|(id, revoked)| Step::ApiKey { id, revoked }),
        4 => (0..4000_u32).prop_map(Step::Pass),
        1 => (0..20_000_u32).prop_map(Step::Pass),
        1 => (0..2000_u16).prop_map(Step::StepBack),
        6 => (0..9_u8).prop_map(Step::Promote),
        4 => (0..9_u8).prop_map(Step::Rescue),
        3 => (0..40_u8).prop_map(Step::Prune),
        2 => worker().prop_map(Step::Lead),
        4 => any::<Pick>().prop_map(Step::Look),
        2 => (any::<u8>(), weighted(0.3, any::<Pick>()), 0..20_u8)
            .prop_map(|(filters, before, limit)| Step::List { filters, before, limit }),
    ]
}

/// Mostly one of the latest workers.
fn worker() -> impl Strategy<Value = Pick> {
    prop_oneof![4 => 0..3_u8, 1 => any::<Pick>()]
}

/// Mostly one of the latest attempts.
fn attempt() -> impl Strategy<Value = Pick> {
    prop_oneof![4 => 0..6_u8, 1 => any::<Pick>()]
}

fn forgery() -> impl Strategy<Value = Forgery> {
    prop_oneof![
        20 => Just(Forgery::None),
        1 => Just(Forgery::OlderToken),
        1 => Just(Forgery::NewerToken),
        1 => Just(Forgery::StaleOperation),
        1 => Just(Forgery::OtherTenant),
    ]
}

fn work() -> impl Strategy<Value = Work> {
    let due = prop_oneof![4 => Just(0_u8), 1 => 1..30_u8];
    (any::<u8>(), any::<u8>(), any::<u8>(), any::<u8>(), due, 0..64_u8).prop_map(
        |(tenant, kind, queue, priority, due, bytes)| Work {
            tenant,
            kind,
            queue,
            priority,
            due,
            bytes,
        },
    )
}

fn arrival() -> impl Strategy<Value = Arrival> {
    let key = (weighted(0.4, 0..8_u8), 1..60_u8, weighted(0.2, any::<Pick>()));
    let rest = (weighted(0.05, any::<Pick>()), 0..90_u8, likely(0.9));
    (work(), key, rest).prop_map(|(work, (key, keep, instead_of), (id, retention, cancelable))| {
        Arrival { work, id, key, keep, instead_of, retention, cancelable }
    })
}

fn enqueue() -> impl Strategy<Value = Step> {
    (work(), weighted(0.5, any::<Pick>()), weighted(0.1, any::<Pick>()))
        .prop_map(|(work, operation, id)| Step::Enqueue { work, operation, id })
}

fn claim() -> impl Strategy<Value = Step> {
    (worker(), 0..9_u8, likely(0.2), any::<u8>())
        .prop_map(|(worker, limit, suspect, queues)| Step::Claim { worker, limit, suspect, queues })
}

fn report() -> impl Strategy<Value = Report> {
    prop_oneof![
        2 => Just(Report::Alone),
        2 => any::<u8>().prop_map(Report::Progress),
        1 => any::<u8>().prop_map(Report::Burst),
        2 => (0..6_u8).prop_map(Report::Items),
        4 => (any::<u8>(), any::<u8>()).prop_map(|(name, state)| Report::Effect(name, state)),
        1 => work().prop_map(Report::Job),
    ]
}

fn gated() -> impl Strategy<Value = Gated> {
    (work(), weighted(0.5, work()), 0..90_u8).prop_map(|(next, undo, expires)| Gated {
        next,
        undo,
        expires,
    })
}

fn ending() -> impl Strategy<Value = Ending> {
    let after = || 0..20_u8;
    prop_oneof![
        6 => Just(Ending::Complete),
        2 => work().prop_map(Ending::Then),
        3 => gated().prop_map(Ending::Confirm),
        2 => after().prop_map(Ending::Snooze),
        2 => weighted(0.5, work()).prop_map(Ending::Cancel),
        2 => Just(Ending::Retry),
        1 => after().prop_map(Ending::Throttled),
        2 => Just(Ending::Failed),
        2 => after().prop_map(Ending::Verifying),
        1 => Just(Ending::Park),
        1 => Just(Ending::Bug),
        2 => Just(Ending::Release),
    ]
}

fn act() -> impl Strategy<Value = Step> {
    let action = prop_oneof![
        2 => Just(Action::Cancel),
        3 => Just(Action::Confirm),
        1 => Just(Action::Reject),
        2 => (0..60_u8).prop_map(Action::Delete),
    ];
    (any::<Pick>(), likely(0.1), action).prop_map(|(operation, stale, action)| Step::Act {
        operation,
        stale,
        action,
    })
}

fn statement() -> impl Strategy<Value = Statement> {
    prop_oneof![
        Just(Statement::Yes),
        Just(Statement::No),
        Just(Statement::Refused),
        Just(Statement::Retry),
        Just(Statement::GiveUp),
    ]
}
