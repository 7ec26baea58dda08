//! A little of everything, for attacks that care only that there is work.

use serde_json::json;

use crate::world::batch::Batch;
use crate::world::history::{Order, Request, Wish};

/// The order of a number: payments that run through or are confirmed, and rehearsals.
pub(super) fn mixed(prefix: &str, number: usize) -> Request {
    let key = format!("{prefix}-{number}");
    let (good, bad) = (3 + number % 9, number % 3);
    let order = match number % 4 {
        0 => Order::Payments(Batch::held(&key, good, bad), Wish::Confirmed),
        1 | 2 => Order::Payments(Batch::immediate(&key, good, bad), Wish::Through),
        _ => Order::Rehearsal(json!({"items": 10, "seconds": 0.5, "failItems": [7]})),
    };
    Request::new(key, order)
}
