//! The memory store keeps its own promises, and the suite notices a store that does not.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

mod canaries;
mod faults;
mod histories;
mod scenarios;

mod memory {
    async fn open() -> deferral_testing::MemoryHarness {
        deferral_testing::MemoryHarness::open()
    }

    deferral_testing::conformance!(crate::memory::open);
}
