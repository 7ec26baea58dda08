//! How many of something are taken, in all and per tenant: event streams, places to wait.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use deferral_core::Tenant;

/// Counts what is taken.
pub(crate) struct Quota {
    limit: usize,
    per_tenant: usize,
    taken: Mutex<Taken>,
}

#[derive(Default)]
struct Taken {
    all: usize,
    of: HashMap<Tenant, usize>,
}

/// Why no more may be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoSeat {
    /// This process has too many.
    Process,
    /// The tenant has.
    Tenant,
}

impl Quota {
    pub(crate) fn new(limit: usize, per_tenant: usize) -> Self {
        Self { limit, per_tenant, taken: Mutex::default() }
    }

    /// Counts one more, until what is returned is dropped.
    pub(crate) fn take(self: &Arc<Self>, tenant: &Tenant) -> Result<Seat, NoSeat> {
        let mut taken = self.lock();
        if taken.all >= self.limit {
            return Err(NoSeat::Process);
        }
        let of_tenant = taken.of.entry(tenant.clone()).or_default();
        if *of_tenant >= self.per_tenant {
            return Err(NoSeat::Tenant);
        }
        *of_tenant += 1;
        taken.all += 1;
        drop(taken);
        Ok(Seat { quota: Arc::clone(self), tenant: tenant.clone() })
    }

    fn lock(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A place in the count.
pub(crate) struct Seat {
    quota: Arc<Quota>,
    tenant: Tenant,
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.quota.lock();
        taken.all -= 1;
        let left = taken.of.get_mut(&self.tenant).map(|count| {
            *count -= 1;
            *count
        });
        if left == Some(0) {
            taken.of.remove(&self.tenant);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_tenant_cannot_take_all_seats() {
        let quota = Arc::new(Quota::new(3, 2));
        let (a, b, c) = ("a", "b", "c");
        let take = |name: &str| quota.take(&Tenant::new(name).unwrap());
        let first = take(a).ok();
        let _second = take(a).ok();
        assert_eq!(take(a).err(), Some(NoSeat::Tenant));
        let _third = take(b).ok();
        assert_eq!(take(c).err(), Some(NoSeat::Process));
        drop(first);
        assert!(take(c).is_ok());
    }

    #[test]
    fn a_tenant_that_has_none_is_forgotten() {
        let quota = Arc::new(Quota::new(1, 1));
        drop(quota.take(&Tenant::default()));
        assert!(quota.lock().of.is_empty());
    }
}
