use rusqlite::Connection;

use super::Query;

fn schema() -> Connection {
    let connection = Connection::open_in_memory().unwrap();
    connection.execute_batch(include_str!("../../migrations/0001_start.sql")).unwrap();
    connection
}

fn plan(connection: &Connection, query: Query) -> String {
    let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {}", query.sql())).unwrap();
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

/// What callers list, and what maintenance looks for, is found by a seek.
#[test]
fn nothing_scans_a_large_table() {
    let connection = schema();
    let small = ["INDEX jobs_running", "INDEX jobs_scheduled", "INDEX jobs_suspect"];
    for query in Query::ALL {
        let plan = plan(&connection, *query);
        for step in plan.split("; ").filter(|step| step.starts_with("SCAN")) {
            let table = step.split(' ').nth(1).unwrap_or_default();
            let is_small = small.iter().any(|part| step.contains(part))
                || !["jobs", "operations", "events", "finished_jobs", "once", "effects"]
                    .contains(&table);
            assert!(is_small, "{query:?}: {plan}");
        }
    }
}
