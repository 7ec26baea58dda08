//! Opens the file and runs transactions on a blocking thread.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rusqlite::{Connection, Transaction, TransactionBehavior};
use tokio::sync::Mutex;

use super::StoreError;
use crate::moment::Moment;

/// How long another process may hold the file.
const BUSY: Duration = Duration::from_secs(5);

/// A handle on the database; clones share it.
#[derive(Debug, Clone)]
pub(crate) struct Store {
    connection: Arc<Mutex<Connection>>,
}

impl Store {
    pub(crate) fn open(path: &Path) -> Result<Self, StoreError> {
        let connection = Connection::open(path)?;
        connection.busy_timeout(BUSY)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.execute_batch(include_str!("../../migrations/0001_start.sql"))?;
        Ok(Self { connection: Arc::new(Mutex::new(connection)) })
    }

    /// Runs `work` in a transaction of its own and commits what it wrote, also if the caller
    /// goes away meanwhile.
    pub(super) async fn transact<T, E>(
        &self,
        work: impl FnOnce(&Transaction<'_>, Moment) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let mut connection = Arc::clone(&self.connection).lock_owned().await;
        let task = tokio::task::spawn_blocking(move || {
            let transaction = connection
                .transaction_with_behavior(TransactionBehavior::Immediate)
                .map_err(StoreError::from)?;
            let result = work(&transaction, Moment::now())?;
            transaction.commit().map_err(StoreError::from)?;
            Ok(result)
        });
        task.await.map_err(|_| StoreError::Aborted)?
    }
}
