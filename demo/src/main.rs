//! The binary `demo`.
fn main() {}
