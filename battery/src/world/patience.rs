//! Waiting for something that must happen.

use std::time::Duration;

use tokio::time::Instant;

use crate::error::Error;

/// Far more than anything takes that happens at all.
pub(crate) const PATIENCE: Duration = Duration::from_secs(90);
/// How often to ask.
const POLL: Duration = Duration::from_millis(10);

/// Asks until there is an answer; gives up after [`PATIENCE`].
pub(crate) async fn eventually<T, A>(what: &str, mut ask: impl FnMut() -> A) -> Result<T, Error>
where
    A: Future<Output = Result<Option<T>, Error>>,
{
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(answer) = ask().await? {
            return Ok(answer);
        }
        if Instant::now() > deadline {
            return Err(Error::Never { what: what.to_owned(), patience: PATIENCE });
        }
        tokio::time::sleep(POLL).await;
    }
}
