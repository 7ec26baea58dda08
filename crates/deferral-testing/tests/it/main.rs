//! The memory store keeps its own promises, and the suite notices a store that does not.

mod histories;

mod memory {
    async fn open() -> deferral_testing::MemoryHarness {
        deferral_testing::MemoryHarness::open()
    }

    deferral_testing::conformance!(crate::memory::open);
}
