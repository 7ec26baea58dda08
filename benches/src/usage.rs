//! What a process has used so far, as the system tells.

use std::fs::read_to_string;
use std::time::Duration;

use crate::error::Error;

/// What a process has used.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Usage {
    /// User and system time of all its threads.
    pub(crate) cpu: Duration,
    /// The memory that it has now, in MiB.
    pub(crate) rss: f64,
    /// The most that it ever had.
    pub(crate) peak: f64,
}

impl Usage {
    pub(crate) fn of(pid: u32) -> Result<Self, Error> {
        let read = |file| read_to_string(format!("/proc/{pid}/{file}")).map_err(Error::Usage);
        let ticks = ticks(&read("stat")?).ok_or(Error::UsageText("stat"))?;
        let status = read("status")?;
        let memory = |line| mebibytes(&status, line).ok_or(Error::UsageText("status"));
        let a_second = rustix::param::clock_ticks_per_second();
        let cpu = Duration::from_secs_f64(ticks as f64 / a_second as f64);
        Ok(Self { cpu, rss: memory("VmRSS:")?, peak: memory("VmHWM:")? })
    }
}

/// `utime` and `stime`: fields 14 and 15, after a name that may hold anything.
fn ticks(stat: &str) -> Option<u64> {
    let (_, fields) = stat.rsplit_once(')')?;
    let mut times = fields.split_whitespace().skip(11).map(str::parse::<u64>);
    Some(times.next()?.ok()? + times.next()?.ok()?)
}

fn mebibytes(status: &str, name: &str) -> Option<f64> {
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    let kib: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib / 1024.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_stand_after_the_name_whatever_it_is() {
        let stat = "7 (a) b) S 1 2 3 4 5 6 7 8 9 10 120 30 0 0 20 0 4 0";
        assert_eq!(ticks(stat), Some(150));
        assert_eq!(ticks("7 (a) S"), None);
    }

    #[test]
    fn memory_is_told_in_mebibytes() {
        assert_eq!(mebibytes("Name:\tx\nVmRSS:\t    2048 kB\n", "VmRSS:"), Some(2.0));
        assert_eq!(mebibytes("Name:\tx\n", "VmRSS:"), None);
    }

    #[test]
    fn this_process_has_used_something() {
        assert!(Usage::of(std::process::id()).unwrap().rss > 0.0);
    }
}
