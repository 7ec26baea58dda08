//! What can be asked of the back office, a method each.

use std::time::Duration;

use deferral::prelude::*;
use reqwest::{Client, Method, RequestBuilder, StatusCode, Url};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::answers::{
    CreateAnswer, DecisionAnswer, LinesPage, LookupAnswer, Standing, Status, Trouble,
};
use super::class::{self, doubtful, later};
use super::connection::{Reply, Unusable, base, client, exchange};
use super::{BackOfficeId, LineStatus, refusal};
use crate::batch::Payment;
use crate::settings::Settings;
use crate::{Currency, MassPayment};

/// Connections for questions that are kept open; those that do something are never used twice.
const IDLE: usize = 8;

/// How long a decision may take that has to wait for the lines.
const STILL_PROCESSING: Duration = Duration::from_secs(1);

/// The back office.
#[derive(Debug, Clone)]
pub(crate) struct BackOffice {
    base: Url,
    acts: Client,
    asks: Client,
}

/// A mass payment that exists there. An operator who resolves `create` by hand writes this too.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Created {
    pub(crate) id: BackOfficeId,
}

/// Which lines to show.
#[derive(Debug, Clone, Default)]
pub(crate) struct LinesQuery {
    pub(crate) status: Option<LineStatus>,
    pub(crate) cursor: Option<String>,
}

/// The body of a creation: the same bytes in every attempt.
#[derive(Serialize)]
struct NewMassPayment<'a> {
    mp_uuid: Uuid,
    #[serde(skip_serializing_if = "Option::is_none")]
    reference: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sell_currency: Option<Currency>,
    #[serde(skip_serializing_if = "Option::is_none")]
    trade_id: Option<&'a str>,
    payments: &'a [Payment],
}

impl BackOffice {
    pub(crate) fn new(settings: &Settings) -> Result<Self, Unusable> {
        let timeout = settings.timeout.0;
        Ok(Self {
            base: base(&settings.back_office_url)?,
            acts: client(timeout, 0)?,
            asks: client(timeout, IDLE)?,
        })
    }

    /// Creates a mass payment, known to both sides by `mp_uuid`.
    pub(crate) async fn create(
        &self,
        mp_uuid: Uuid,
        mass_payment: &MassPayment,
    ) -> Result<Created, CallError> {
        let reference = mass_payment.reference.as_deref();
        let body = NewMassPayment {
            mp_uuid,
            reference,
            sell_currency: mass_payment.sell_currency,
            trade_id: mass_payment.trade_id.as_deref(),
            payments: &mass_payment.payments,
        };
        let reply = exchange(self.act(&["mass-payments"]).json(&body)).await?;
        if !matches!(reply.status, StatusCode::OK | StatusCode::CREATED | StatusCode::ACCEPTED) {
            return Err(class::of(&reply));
        }
        let answer: CreateAnswer = reply.read().map_err(doubtful)?;
        check_identity((mp_uuid, reference), (answer.mp_uuid, answer.reference.as_deref()))?;
        Ok(Created { id: answer.id })
    }

    /// The mass payment of this `mp_uuid`, if there is one. Several are an alarm.
    pub(crate) async fn find(
        &self,
        mp_uuid: Uuid,
        reference: Option<&str>,
    ) -> Result<Option<Created>, CallError> {
        let request = self.ask(&["mass-payments"]).query(&[("mp_uuid", mp_uuid)]);
        let reply = exchange(request).await?;
        if is_lookup_missing(&reply) {
            return Err(CallError::Rejected(refusal::lookup_not_supported()));
        }
        let LookupAnswer { mut items } = read_ok(&reply)?;
        if items.len() > 1 {
            return Err(CallError::Rejected(refusal::several(items.len())));
        }
        let Some(found) = items.pop() else { return Ok(None) };
        if found.mp_uuid.is_none() {
            return Err(doubtful("it names no mp_uuid"));
        }
        check_identity((mp_uuid, reference), (found.mp_uuid, found.reference.as_deref()))?;
        Ok(Some(Created { id: found.id }))
    }

    /// Our mass payment as it stands, or stood a moment ago. None when what has this id is not
    /// ours, or is not there.
    pub(crate) async fn show(
        &self,
        mp_uuid: Uuid,
        id: &BackOfficeId,
    ) -> Result<Option<Standing>, CallError> {
        let reply = exchange(self.ask(&["mass-payments", id.as_str()])).await?;
        if reply.status == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        let standing: Standing = read_ok(&reply)?;
        check_id(id, &standing.id)?;
        Ok((standing.mp_uuid == Some(mp_uuid)).then_some(standing))
    }

    /// A part of the lines of a mass payment.
    pub(crate) async fn lines(
        &self,
        id: &BackOfficeId,
        query: &LinesQuery,
    ) -> Result<LinesPage, CallError> {
        let mut request = self.ask(&["mass-payments", id.as_str(), "payments"]);
        if let Some(status) = query.status {
            request = request.query(&[("status", status)]);
        }
        if let Some(cursor) = &query.cursor {
            request = request.query(&[("cursor", cursor)]);
        }
        read_ok(&exchange(request).await?)
    }

    /// Has the payments created. That it was confirmed before is as good.
    pub(crate) async fn confirm(&self, id: &BackOfficeId) -> Result<(), CallError> {
        match self.decide(id, "confirm").await? {
            Status::Creating | Status::Created => Ok(()),
            Status::Canceled => Err(CallError::Rejected(refusal::canceled_there())),
            Status::Processing => Err(later(STILL_PROCESSING)),
            Status::Processed => Err(doubtful("it was neither confirmed nor refused")),
        }
    }

    /// Withdraws a mass payment. That it was withdrawn before is as good.
    pub(crate) async fn cancel(&self, id: &BackOfficeId) -> Result<(), CallError> {
        match self.decide(id, "cancel").await? {
            Status::Canceled => Ok(()),
            Status::Creating | Status::Created => {
                Err(CallError::Rejected(refusal::created_there()))
            }
            Status::Processing | Status::Processed => Err(doubtful("it was not canceled")),
        }
    }

    /// Asks for a decision; answers where the mass payment stands then, whoever decided.
    async fn decide(&self, id: &BackOfficeId, verb: &str) -> Result<Status, CallError> {
        let reply = exchange(self.act(&["mass-payments", id.as_str(), verb])).await?;
        match reply.status {
            StatusCode::OK | StatusCode::ACCEPTED => {
                let answer: DecisionAnswer = reply.read().map_err(doubtful)?;
                check_id(id, &answer.id)?;
                Ok(answer.status)
            }
            StatusCode::CONFLICT => {
                let trouble: Trouble = reply.read().map_err(doubtful)?;
                trouble.status.ok_or_else(|| doubtful("a conflict without a status"))
            }
            _ => Err(class::of(&reply)),
        }
    }

    fn act(&self, path: &[&str]) -> RequestBuilder {
        self.acts.request(Method::POST, self.at(path))
    }

    fn ask(&self, path: &[&str]) -> RequestBuilder {
        self.asks.request(Method::GET, self.at(path))
    }

    fn at(&self, path: &[&str]) -> Url {
        let mut url = self.base.clone();
        // Only addresses without a path of their own, such as `mailto:`, have no segments.
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        }
        url
    }
}

/// The answer to a question. That a question is refused says nothing about what it was about.
fn read_ok<T: DeserializeOwned>(reply: &Reply) -> Result<T, CallError> {
    if reply.status == StatusCode::OK {
        return reply.read().map_err(doubtful);
    }
    Err(match class::of(reply) {
        CallError::Rejected(_) => class::unknown(reply),
        other => other,
    })
}

fn is_lookup_missing(reply: &Reply) -> bool {
    reply.status == StatusCode::NOT_IMPLEMENTED
        && reply.read::<Trouble>().is_ok_and(|trouble| trouble.error == "lookup_not_supported")
}

fn check_id(asked: &BackOfficeId, told: &BackOfficeId) -> Result<(), CallError> {
    if asked == told { Ok(()) } else { Err(doubtful("it is about another mass payment")) }
}

/// Whether an answer is about our mass payment, as far as it says what it is about.
fn check_identity(
    ours: (Uuid, Option<&str>),
    told: (Option<Uuid>, Option<&str>),
) -> Result<(), CallError> {
    if told.0.is_some_and(|mp_uuid| mp_uuid != ours.0) {
        return Err(doubtful("it names another mp_uuid"));
    }
    if told.1.is_some() && told.1 != ours.1 {
        return Err(doubtful("it names another reference"));
    }
    Ok(())
}
