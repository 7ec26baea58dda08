//! The application's own words for where a mass payment stands, while it is not over.

/// Accepted; no worker has begun.
pub(crate) const QUEUED_FOR_PROCESSING: &str = "queued_for_processing";
/// The back office judges the lines.
pub(crate) const PROCESSING: &str = "processing";
/// The verdicts are there; what follows is decided, perhaps by somebody.
pub(crate) const PROCESSED: &str = "processed";
/// Confirmed; no worker has begun.
pub(crate) const QUEUED_FOR_CREATING: &str = "queued_for_creating";
/// The back office makes the payments.
pub(crate) const CREATING: &str = "creating";
