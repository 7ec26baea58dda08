//! Which Rust files ship, and which only test.

/// In a folder `tests` or `benches`, or the file `tests.rs` beside the code.
pub(crate) fn is_test(path: &str) -> bool {
    path.split('/').any(|part| matches!(part, "tests" | "benches" | "tests.rs"))
}

/// A Rust file whose code runs at the user's.
pub(crate) fn is_product(path: &str) -> bool {
    let shipped = ["crates/", "apps/", "stand-ins/", "server/"];
    path.ends_with(".rs") && !is_test(path) && shipped.iter().any(|top| path.starts_with(top))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_are_told_by_their_place() {
        assert!(is_test("crates/a/tests/it/main.rs") && is_test("crates/a/src/job/tests.rs"));
        assert!(!is_test("crates/deferral-testing/src/clock.rs"));
    }

    #[test]
    fn tooling_and_tests_are_not_the_product() {
        assert!(is_product("server/src/main.rs"));
        assert!(!is_product("xtask/src/main.rs") && !is_product("apps/a/tests/it/main.rs"));
        assert!(!is_product("crates/a/queries/claim.sql"));
    }
}
