//! Writes `samples/payroll.csv` anew: `cargo run -p mass-payments --example write_payroll`.

mod payroll;

use std::path::Path;
use std::{fs, io};

fn main() -> io::Result<()> {
    fs::write(Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/payroll.csv"), payroll::csv())
}
