//! The statements: each stands in a file of its own in `queries/`.

macro_rules! queries {
    ($($name:ident = $file:literal),* $(,)?) => {
        /// A statement, named as its file.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Query {
            $($name),*
        }

        impl Query {
            /// How many there are.
            pub(crate) const COUNT: usize = [$($file),*].len();

            /// All of them.
            #[cfg(test)]
            const ALL: [Self; Self::COUNT] = [$(Self::$name),*];

            /// Its text.
            pub(crate) const fn sql(self) -> &'static str {
                match self {
                    $(Self::$name => include_str!(concat!("../queries/", $file, ".sql"))),*
                }
            }
        }
    };
}

queries! {
    AbandonedJobs = "abandoned_jobs",
    ApiKeys = "api_keys",
    AvailableJobs = "available_jobs",
    AvailableSuspects = "available_suspects",
    BuryOperation = "bury_operation",
    ChangedOperation = "changed_operation",
    ClaimJobs = "claim_jobs",
    CorrectOperation = "correct_operation",
    CountAnew = "count_anew",
    CountItemErrors = "count_item_errors",
    CountJobs = "count_jobs",
    DeleteEffects = "delete_effects",
    DeleteEvents = "delete_events",
    DeleteFinishedJob = "delete_finished_job",
    DeleteItemErrors = "delete_item_errors",
    DeleteJob = "delete_job",
    DeleteJobs = "delete_jobs",
    DeleteLargeInput = "delete_large_input",
    DeleteOperation = "delete_operation",
    DropJob = "drop_job",
    DueJobs = "due_jobs",
    EffectsOf = "effects_of",
    Events = "events",
    ExpiredGates = "expired_gates",
    FenceWorker = "fence_worker",
    FenceWorkers = "fence_workers",
    FindFinishedJob = "find_finished_job",
    FindKey = "find_key",
    FindOperation = "find_operation",
    FindTombstone = "find_tombstone",
    FinishJob = "finish_job",
    FinishJobs = "finish_jobs",
    ForgetIdleOwner = "forget_idle_owner",
    ForgetUnreadableWorkers = "forget_unreadable_workers",
    ForgetWorker = "forget_worker",
    FreeKey = "free_key",
    GiveUpDamaged = "give_up_damaged",
    HasEffects = "has_effects",
    HeldJob = "held_job",
    IdleOwners = "idle_owners",
    InsertEvent = "insert_event",
    InsertItemError = "insert_item_error",
    InsertJob = "insert_job",
    InsertLargeInput = "insert_large_input",
    InsertOperation = "insert_operation",
    ItemErrors = "item_errors",
    Job = "job",
    JobCounts = "job_counts",
    JobIsTaken = "job_is_taken",
    JobLane = "job_lane",
    LastBatch = "last_batch",
    Leader = "leader",
    ListFinishedJobs = "list_finished_jobs",
    ListJobs = "list_jobs",
    ListOperations = "list_operations",
    ListOperationsByCorrelation = "list_operations_by_correlation",
    ListOperationsNeedingAttention = "list_operations_needing_attention",
    ListOperationsOfTenant = "list_operations_of_tenant",
    ListOperationsOpen = "list_operations_open",
    ListOperationsUnsuccessful = "list_operations_unsuccessful",
    ListParkedJobs = "list_parked_jobs",
    ListRunningJobs = "list_running_jobs",
    ListUnsuccessfulJobs = "list_unsuccessful_jobs",
    LiveWorker = "live_worker",
    LiveWorkers = "live_workers",
    MoveJob = "move_job",
    NextJobs = "next_jobs",
    NextOperations = "next_operations",
    NoteBatch = "note_batch",
    NoteIdleOwner = "note_idle_owner",
    NoteJob = "note_job",
    NumberedJob = "numbered_job",
    OldestAvailable = "oldest_available",
    OldestSuspects = "oldest_suspects",
    OperationIsTaken = "operation_is_taken",
    OperationVersion = "operation_version",
    OutliveStep = "outlive_step",
    OwnerIsNeeded = "owner_is_needed",
    PromoteJob = "promote_job",
    PrunableJobs = "prunable_jobs",
    PrunableOperations = "prunable_operations",
    PruneOnce = "prune_once",
    PruneTombstones = "prune_tombstones",
    QuarantineOperation = "quarantine_operation",
    ReadDamagedAgain = "read_damaged_again",
    RegisterWorker = "register_worker",
    RenewWorker = "renew_worker",
    ReturnJob = "return_job",
    SetAsideJob = "set_aside_job",
    ShortenLeases = "shorten_leases",
    StandingJob = "standing_job",
    SuspectsWait = "suspects_wait",
    TakeKey = "take_key",
    TakeLead = "take_lead",
    UpdateOperation = "update_operation",
    WaitsAhead = "waits_ahead",
    WorkerExists = "worker_exists",
    WorkerIds = "worker_ids",
    WorkerKinds = "worker_kinds",
    WriteApiKey = "write_api_key",
    WriteEffect = "write_effect",
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::Query;

    fn schema() -> Connection {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(include_str!("../migrations/0001_start.sql")).unwrap();
        connection
    }

    fn plan(connection: &Connection, query: Query) -> String {
        let mut statement =
            connection.prepare(&format!("EXPLAIN QUERY PLAN {}", query.sql())).unwrap();
        let steps = statement.raw_query().mapped(|row| row.get::<_, String>(3));
        steps.collect::<Result<Vec<_>, _>>().unwrap().join("; ")
    }

    #[test]
    fn every_statement_fits_the_schema() {
        let connection = schema();
        for query in Query::ALL {
            connection.prepare(query.sql()).unwrap_or_else(|error| panic!("{query:?}: {error}"));
        }
    }

    #[test]
    fn every_statement_begins_with_its_name() {
        for query in Query::ALL {
            let name: String = query.sql()[3..].chars().take_while(|c| *c != ':').collect();
            assert_eq!(name.replace('_', ""), format!("{query:?}").to_lowercase());
        }
    }

    /// Cost must not grow with the backlog: a claim reads its index and nothing else.
    #[test]
    fn a_claim_reads_only_its_index() {
        let connection = schema();
        for query in [Query::AvailableJobs, Query::AvailableSuspects] {
            let plan = plan(&connection, query);
            assert!(plan.contains("COVERING INDEX") && !plan.contains("TEMP B-TREE"), "{plan}");
        }
    }

    /// What most of the work is done by finds its rows without an index.
    #[test]
    fn known_jobs_are_found_by_their_number() {
        let connection = schema();
        for query in [Query::NumberedJob, Query::ClaimJobs, Query::FinishJobs, Query::DeleteJobs] {
            let plan = plan(&connection, query);
            assert!(plan.contains("jobs USING INTEGER PRIMARY KEY"), "{query:?}: {plan}");
        }
    }

    /// A sort reads all that it sorts, however few are asked for.
    #[test]
    fn nothing_sorts_what_may_be_many() {
        let connection = schema();
        // No more run than there are slots, and keys are made by people.
        let few = [Query::AbandonedJobs, Query::ListRunningJobs, Query::ApiKeys];
        for query in Query::ALL.into_iter().filter(|query| !few.contains(query)) {
            let plan = plan(&connection, query);
            assert!(!plan.contains("TEMP B-TREE"), "{query:?}: {plan}");
        }
    }

    /// What callers list, and what maintenance looks for, is found by a seek.
    #[test]
    fn nothing_scans_a_large_table() {
        let connection = schema();
        let small = ["INDEX jobs_running", "INDEX jobs_scheduled", "INDEX jobs_suspect"];
        for query in Query::ALL {
            let plan = plan(&connection, query);
            for step in plan.split("; ").filter(|step| step.starts_with("SCAN")) {
                let table = step.split(' ').nth(1).unwrap_or_default();
                let is_small = small.iter().any(|part| step.contains(part))
                    || !["jobs", "operations", "events", "finished_jobs", "once", "effects"]
                        .contains(&table);
                assert!(is_small, "{query:?}: {plan}");
            }
        }
    }
}
