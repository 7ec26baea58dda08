//! Parts of lists: how many, from where on, and the link to the next.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{StatusCode, Uri, header};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use deferral_core::OperationId;
use serde::Serialize;
use uuid::Uuid;

use crate::answer::json;
use crate::api::{Api, original_uri};
use crate::header::{REVALIDATE, value};
use crate::problem::Problem;

const USUAL: usize = 50;
const MOST: usize = 1000;

/// `pageSize` and `pageToken` of a request.
#[derive(Debug, Clone)]
pub struct Paging {
    size: usize,
    token: Option<Vec<u8>>,
}

impl<S: Sync> FromRequestParts<S> for Paging {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Self::of(&original_uri(parts))
    }
}

impl Paging {
    fn of(uri: &Uri) -> Result<Self, Problem> {
        let size = match parameter(uri, "pageSize") {
            None => USUAL,
            Some(text) => match text.parse::<u64>() {
                Ok(0) => USUAL,
                Ok(size) => usize::try_from(size).unwrap_or(MOST).min(MOST),
                Err(_) => return Err(Problem::invalid_page_size()),
            },
        };
        let token = parameter(uri, "pageToken").filter(|token| !token.is_empty());
        let token = token.map(|token| URL_SAFE_NO_PAD.decode(token)).transpose();
        Ok(Self { size, token: token.map_err(|_| Problem::invalid_page_token())? })
    }

    /// How many items at most.
    pub const fn limit(&self) -> usize {
        self.size
    }

    /// The last operation of the page before, of a list of operations.
    pub fn before(&self) -> Result<Option<OperationId>, Problem> {
        let id = |token: &Vec<u8>| Uuid::from_slice(token).map(OperationId::from_uuid);
        let id = self.token.as_ref().map(id).transpose();
        id.map_err(|_| Problem::invalid_page_token())
    }

    /// How many items the pages before had, of a list that only grows at its end.
    pub(crate) fn offset(&self) -> Result<u64, Problem> {
        let Some(token) = &self.token else { return Ok(0) };
        let bytes = token.as_slice().try_into().map_err(|_| Problem::invalid_page_token())?;
        Ok(u64::from_be_bytes(bytes))
    }
}

/// What the next page begins after.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NextPage {
    /// This operation.
    After(OperationId),
    /// So many items.
    From(u64),
}

impl NextPage {
    fn token(self) -> String {
        match self {
            Self::After(id) => URL_SAFE_NO_PAD.encode(id.as_uuid()),
            Self::From(offset) => URL_SAFE_NO_PAD.encode(offset.to_be_bytes()),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct List<'a, T> {
    value: &'a [T],
    #[serde(skip_serializing_if = "Option::is_none")]
    next_link: Option<&'a str>,
}

impl Api {
    /// A part of a list as callers get it: the items, and the link to the next part if there is
    /// one, in the body and as `Link`.
    pub fn list<T: Serialize>(&self, items: &[T], next: Option<NextPage>) -> Response {
        let next = next.map(|next| self.base().join(&with_token(&self.uri, &next.token())));
        let list = List { value: items, next_link: next.as_deref() };
        let mut response = json(StatusCode::OK, &list);
        response.headers_mut().insert(header::CACHE_CONTROL, REVALIDATE);
        if let Some(url) = next {
            response.headers_mut().insert(header::LINK, value(format!("<{url}>; rel=\"next\"")));
        }
        response
    }
}

/// The value of a query parameter; the first one counts.
pub(crate) fn parameter(uri: &Uri, name: &str) -> Option<String> {
    let pairs = axum::extract::Query::<Vec<(String, String)>>::try_from_uri(uri).ok()?;
    pairs.0.into_iter().find(|(found, _)| found == name).map(|(_, value)| value)
}

/// Path and query with another page token, all else as it was sent.
fn with_token(uri: &Uri, token: &str) -> String {
    let query = uri.query().unwrap_or_default().split('&');
    let kept = query.filter(|part| !part.is_empty() && !part.starts_with("pageToken="));
    let query: Vec<&str> = kept.collect();
    let separator = if query.is_empty() { "" } else { "&" };
    format!("{}?{}{separator}pageToken={token}", uri.path(), query.join("&"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paging(query: &str) -> Result<Paging, String> {
        let uri = format!("/operations?{query}").parse().unwrap();
        Paging::of(&uri).map_err(|problem| format!("{problem:?}"))
    }

    #[test]
    fn sizes_are_defaulted_and_coerced() {
        let sizes = ["", "pageSize=0", "pageSize=7", "pageSize=99999", "pageSize=9999999999999"]
            .map(|query| paging(query).unwrap().limit());
        assert_eq!(sizes, [50, 50, 7, 1000, 1000]);
        for query in ["pageSize=-1", "pageSize=x", "pageSize="] {
            assert!(paging(query).unwrap_err().starts_with("400 InvalidPageSize"), "{query}");
        }
    }

    #[test]
    fn a_token_leads_back_to_where_it_came_from() {
        let id = OperationId::from_uuid(Uuid::from_u128(7));
        let token = NextPage::After(id).token();
        assert_eq!(paging(&format!("pageToken={token}")).unwrap().before().unwrap(), Some(id));
        let token = NextPage::From(200).token();
        assert_eq!(paging(&format!("pageToken={token}")).unwrap().offset().unwrap(), 200);
    }

    #[test]
    fn tokens_of_others_are_refused() {
        assert!(paging("pageToken=%20").is_err());
        assert!(paging("pageToken=AAAA").unwrap().before().is_err());
        assert!(paging("pageToken=AAAA").unwrap().offset().is_err());
        assert_eq!(paging("pageToken=").unwrap().before().unwrap(), None);
    }

    #[test]
    fn the_next_link_keeps_the_query() {
        let uri = "/operations?status=Running&pageToken=old&pageSize=2".parse().unwrap();
        assert_eq!(with_token(&uri, "new"), "/operations?status=Running&pageSize=2&pageToken=new");
        assert_eq!(with_token(&"/operations".parse().unwrap(), "t"), "/operations?pageToken=t");
    }
}
