//! What may happen, without ids: those are given when the step is played.

/// One of the things met so far, the latest being 0; more than there are counts from the start
/// again.
pub type Pick = u8;

/// Something that happens to a store.
#[derive(Debug, Clone)]
pub enum Step {
    /// An operation is accepted.
    Accept(Arrival),
    /// A job is enqueued.
    Enqueue {
        /// What job.
        work: Work,
        /// For which operation.
        operation: Option<Pick>,
        /// Under the id of a job that exists.
        id: Option<Pick>,
    },
    /// A worker registers.
    Register {
        /// Which kinds it runs, as bits.
        kinds: u8,
        /// How many seconds its leases live.
        lease: u8,
    },
    /// A worker sends a heartbeat for all it was ever given.
    Heartbeat(Pick),
    /// A worker leaves.
    Leave(Pick),
    /// The process of a worker dies.
    Kill(Pick),
    /// A worker asks for jobs.
    Claim {
        /// Which worker.
        worker: Pick,
        /// How many.
        limit: u8,
        /// Whether a suspect.
        suspect: bool,
        /// From which queues, in which order.
        queues: u8,
    },
    /// An attempt begins its operation.
    Start(Pick, Forgery),
    /// An attempt writes something under way.
    Report(Pick, Forgery, Report),
    /// An attempt ends.
    End(Pick, Forgery, Ending),
    /// A caller does something to an operation.
    Act {
        /// Which operation.
        operation: Pick,
        /// As it was when it was accepted.
        stale: bool,
        /// What.
        action: Action,
    },
    /// A person says something about one of the parked jobs.
    Resolve(Pick, Statement),
    /// An API key is made or revoked.
    ApiKey {
        /// Which.
        id: u8,
        /// Whether it is revoked.
        revoked: bool,
    },
    /// Time passes, in milliseconds.
    Pass(u32),
    /// The clock steps back, in milliseconds.
    StepBack(u16),
    /// Due jobs are made available.
    Promote(u8),
    /// What is late is dealt with.
    Rescue(u8),
    /// What is past its time is removed.
    Prune(u8),
    /// A worker asks to lead.
    Lead(Pick),
    /// Somebody looks at an operation from all sides.
    Look(Pick),
    /// Somebody lists what there is.
    List {
        /// Which filters, as bits.
        filters: u8,
        /// After which row.
        before: Option<Pick>,
        /// How many.
        limit: u8,
    },
}

/// A job to be enqueued.
#[derive(Debug, Clone)]
pub struct Work {
    /// Whose.
    pub tenant: u8,
    /// Of which kind.
    pub kind: u8,
    /// In which queue.
    pub queue: u8,
    /// With which priority.
    pub priority: u8,
    /// In how many seconds it is due; 0 is now.
    pub due: u8,
    /// How many bytes of input it has.
    pub bytes: u8,
}

/// An operation to be accepted.
#[derive(Debug, Clone)]
pub struct Arrival {
    /// Its first job.
    pub work: Work,
    /// Under the id of an operation that exists.
    pub id: Option<Pick>,
    /// With which key.
    pub key: Option<u8>,
    /// For how many seconds.
    pub keep: u8,
    /// Taking the key over from which operation.
    pub instead_of: Option<Pick>,
    /// For how many seconds it is kept.
    pub retention: u8,
    /// Whether it may be canceled.
    pub cancelable: bool,
}

/// What is wrong with an attempt's commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Forgery {
    /// Nothing.
    None,
    /// It carries the token before its own.
    OlderToken,
    /// It carries the token after its own.
    NewerToken,
    /// It rests on the operation as it was when the job was claimed.
    StaleOperation,
    /// It is another tenant's.
    OtherTenant,
}

/// What an attempt writes under way.
#[derive(Debug, Clone)]
pub enum Report {
    /// That it runs alone.
    Alone,
    /// How far it is.
    Progress(u8),
    /// So many changes at once.
    Burst(u8),
    /// What went wrong with so many items.
    Items(u8),
    /// What is known about an effect: which one, and which state.
    Effect(u8, u8),
    /// Another job.
    Job(Work),
}

/// What stands behind a gate.
#[derive(Debug, Clone)]
pub struct Gated {
    /// The job that goes on.
    pub next: Work,
    /// The job that undoes.
    pub undo: Option<Work>,
    /// In how many seconds the gate closes.
    pub expires: u8,
}

/// How an attempt ends.
#[derive(Debug, Clone)]
pub enum Ending {
    /// With a result.
    Complete,
    /// With the next job.
    Then(Work),
    /// With a gate.
    Confirm(Gated),
    /// Again after so many seconds.
    Snooze(u8),
    /// Stopped, with the job that undoes.
    Cancel(Option<Work>),
    /// Again after a back-off.
    Retry,
    /// Again after so many seconds, as the far end wishes.
    Throttled(u8),
    /// Refused.
    Failed,
    /// Not known yet.
    Verifying(u8),
    /// Only a person can tell.
    Park,
    /// The code is wrong.
    Bug,
    /// Its worker stops.
    Release,
}

/// What a caller does.
#[derive(Debug, Clone, Copy)]
pub enum Action {
    /// Stop.
    Cancel,
    /// Go on.
    Confirm,
    /// Do not go on.
    Reject,
    /// Forget it, and for so many seconds that there was one.
    Delete(u8),
}

/// What a person says.
#[derive(Debug, Clone, Copy)]
pub enum Statement {
    /// It happened.
    Yes,
    /// It did not.
    No,
    /// It was refused.
    Refused,
    /// Try again.
    Retry,
    /// Give it up.
    GiveUp,
}
