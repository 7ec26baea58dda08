//! The binary `deferral`.
fn main() {}
