//! The verbs that change something, as they run inside the transaction of a batch.

mod claim;
mod commit;
pub(crate) mod damage;
mod finish;
mod job;
mod maintain;
mod once;
mod operation;
mod prune;
mod worker;

pub(crate) use finish::PlainFinish;

#[cfg(test)]
mod tests;
