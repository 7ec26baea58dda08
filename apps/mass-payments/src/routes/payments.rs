//! `GET /mass-payments/{id}/payments?status=&cursor=`: the payments as the back office has them,
//! read through. It is given a second; then its absence is the answer, with what is known here.

use std::time::Duration;

use axum::extract::{Query, State};
use deferral::http::{Api, FieldError, Id, Json, Problem};
use deferral::prelude::*;
use schemars::JsonSchema;
use serde::de::IntoDeserializer;
use serde::de::value::{Error as Unknown, StrDeserializer};
use serde::{Deserialize, Serialize};

use super::found::mass_payment;
use crate::back_office::{BackOffice, BackOfficeId, Line, LineStatus, LinesPage, LinesQuery};
use crate::jobs::ConfirmMassPayment;
use crate::state::MassPayments;
use crate::view::{MassPaymentView, Trouble};

/// How long the back office may take. Status answers must stay fast when it is slow.
const BUDGET: Duration = Duration::from_secs(1);

/// The longest cursor that is passed on.
const LONGEST_CURSOR: usize = 200;

/// Which payments; what else stands in the query is none of ours.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Filter {
    status: Option<String>,
    cursor: Option<String>,
}

/// A part of the payments of a mass payment.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Payments {
    /// Whether the back office was there to be asked.
    back_office: Presence,
    /// The payments, in the order of the request.
    items: Vec<PaymentView>,
    /// Where the next part begins: send it as `cursor`.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
    /// The mass payment as far as it is known here.
    mass_payment: MassPaymentView,
}

/// Whether the back office was there to be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Presence {
    /// These are its payments.
    Available,
    /// It did not answer in time; ask again later.
    Unavailable,
}

/// A payment as the back office has it.
#[derive(Debug, Serialize, JsonSchema)]
struct PaymentView {
    /// The caller's name for it.
    line_id: String,
    /// Its place in the request, from 0.
    index: usize,
    /// Where it stands.
    status: LineStatus,
    /// How much.
    amount: String,
    /// In which currency.
    currency: String,
    /// Why it was rejected.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Trouble>,
}

pub(super) async fn payments(
    State(app): State<MassPayments>,
    api: Api,
    Id(id): Id,
    Query(filter): Query<Filter>,
) -> Result<Json<Payments>, Problem> {
    let query = filter.query()?;
    let operation = mass_payment(&api, id).await?;
    let asking = read(&app.back_office, &operation, &query);
    let answer = tokio::time::timeout(BUDGET, asking).await.unwrap_or_else(|_over| {
        Err(CallError::Unknown(Cause::from(format!("no answer within {BUDGET:?}"))))
    });
    let (back_office, page) = match answer {
        Ok(page) => (Presence::Available, page),
        Err(error) => {
            tracing::info!(operation.id = %id, ?error, "The back office could not be asked");
            (Presence::Unavailable, LinesPage::default())
        }
    };
    Ok(Json(Payments {
        back_office,
        items: page.items.into_iter().map(PaymentView::from).collect(),
        next_cursor: page.next_cursor,
        mass_payment: MassPaymentView::of(&operation, |path| api.absolute(path)),
    }))
}

/// The payments, if the back office has the mass payment yet.
async fn read(
    back_office: &BackOffice,
    operation: &Operation,
    query: &LinesQuery,
) -> Result<LinesPage, CallError> {
    let (mp_uuid, reference) = (operation.id.as_uuid(), operation.correlation.as_deref());
    let id = match known_id(operation) {
        Some(id) => Some(id),
        None => back_office.find(mp_uuid, reference).await?.map(|created| created.id),
    };
    match id {
        Some(id) => back_office.lines(&id, query).await,
        None => Ok(LinesPage::default()),
    }
}

/// Who was held is known by the job behind its gate; for all others the back office is asked.
fn known_id(operation: &Operation) -> Option<BackOfficeId> {
    let next = &operation.gate.as_ref()?.next;
    let job: ConfirmMassPayment = serde_json::from_slice(next.input.bytes()).ok()?;
    Some(job.back_office_id)
}

impl Filter {
    fn query(self) -> Result<LinesQuery, Problem> {
        let wrong = |name: &str, message: String| {
            Problem::validation(vec![FieldError::new(format!("/{name}"), "InvalidValue", message)])
        };
        let status = self.status.as_deref().map(line_status).transpose();
        let status = status.map_err(|error| wrong("status", error.to_string()))?;
        if self.cursor.as_ref().is_some_and(|cursor| cursor.len() > LONGEST_CURSOR) {
            return Err(wrong("cursor", "must be one that this list returned".into()));
        }
        Ok(LinesQuery { status, cursor: self.cursor })
    }
}

fn line_status(text: &str) -> Result<LineStatus, Unknown> {
    let text: StrDeserializer<'_, Unknown> = text.into_deserializer();
    LineStatus::deserialize(text)
}

impl From<Line> for PaymentView {
    fn from(line: Line) -> Self {
        let error = line
            .error
            .as_ref()
            .map(|error| Trouble { code: error.code(), message: error.message() });
        let Line { line_id, index, status, amount, currency, .. } = line;
        Self { line_id, index, status, amount, currency, error }
    }
}
