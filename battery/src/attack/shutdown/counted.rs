//! How much of everything there was.

/// What was survived.
#[derive(Debug, Default)]
pub(super) struct Counted {
    pub(super) accepted: u64,
    pub(super) refused: u64,
    pub(super) open: u64,
    pub(super) resumed: u64,
    pub(super) impatient: u64,
}

impl std::ops::AddAssign for Counted {
    fn add_assign(&mut self, more: Self) {
        self.accepted += more.accepted;
        self.refused += more.refused;
        self.open += more.open;
        self.resumed += more.resumed;
        self.impatient += more.impatient;
    }
}
