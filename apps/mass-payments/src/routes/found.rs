//! The mass payment that a path names.

use deferral::http::{Api, Problem};
use deferral::prelude::*;

use crate::CreateMassPayment;

/// The operation of a mass payment of this caller. Another kind's is none.
pub(super) async fn mass_payment(api: &Api, id: OperationId) -> Result<Operation, Problem> {
    let operation = api.operation(id).await?;
    if operation.kind.as_str() == CreateMassPayment::KIND {
        Ok(operation)
    } else {
        Err(Problem::missing("OperationNotFound", "There is no such mass payment."))
    }
}
