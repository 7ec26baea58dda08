//! The back office as its callers see it: over a real connection, by a real client.

#[cfg(test)]
mod bad_input;
#[cfg(test)]
mod ledger;
#[cfg(test)]
mod life;
#[cfg(test)]
mod misbehaving;
#[cfg(test)]
mod process;
#[cfg(test)]
mod support;
