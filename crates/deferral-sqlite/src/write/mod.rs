//! The verbs that change something, as they run inside the transaction of a batch.

mod claim;
mod commit;
pub(crate) mod damage;
mod job;
mod maintain;
mod once;
mod operation;
mod prune;
mod worker;

#[cfg(test)]
mod tests;
