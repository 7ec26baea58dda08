//! How many event streams are open, in all and per tenant.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use deferral_core::Tenant;

/// Counts the open streams.
pub(crate) struct Streams {
    limit: usize,
    per_tenant: usize,
    open: Mutex<Open>,
}

#[derive(Default)]
struct Open {
    all: usize,
    of: HashMap<Tenant, usize>,
}

/// Why no more may be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoSeat {
    /// This process has too many.
    Process,
    /// The tenant has.
    Tenant,
}

impl Streams {
    pub(crate) fn new(limit: usize, per_tenant: usize) -> Self {
        Self { limit, per_tenant, open: Mutex::default() }
    }

    /// Counts one more, until what is returned is dropped.
    pub(crate) fn open(self: &Arc<Self>, tenant: &Tenant) -> Result<Seat, NoSeat> {
        let mut open = self.lock();
        if open.all >= self.limit {
            return Err(NoSeat::Process);
        }
        let of_tenant = open.of.entry(tenant.clone()).or_default();
        if *of_tenant >= self.per_tenant {
            return Err(NoSeat::Tenant);
        }
        *of_tenant += 1;
        open.all += 1;
        drop(open);
        Ok(Seat { streams: Arc::clone(self), tenant: tenant.clone() })
    }

    fn lock(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An open stream's place in the count.
pub(crate) struct Seat {
    streams: Arc<Streams>,
    tenant: Tenant,
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut open = self.streams.lock();
        open.all -= 1;
        let left = open.of.get_mut(&self.tenant).map(|count| {
            *count -= 1;
            *count
        });
        if left == Some(0) {
            open.of.remove(&self.tenant);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_tenant_cannot_take_all_seats() {
        let streams = Arc::new(Streams::new(3, 2));
        let (a, b, c) = ("a", "b", "c");
        let open = |name: &str| streams.open(&Tenant::new(name).unwrap());
        let first = open(a).ok();
        let _second = open(a).ok();
        assert_eq!(open(a).err(), Some(NoSeat::Tenant));
        let _third = open(b).ok();
        assert_eq!(open(c).err(), Some(NoSeat::Process));
        drop(first);
        assert!(open(c).is_ok());
    }

    #[test]
    fn a_tenant_without_streams_is_forgotten() {
        let streams = Arc::new(Streams::new(1, 1));
        drop(streams.open(&Tenant::default()));
        assert!(streams.lock().of.is_empty());
    }
}
